/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * core_triage_log.h: what the log in a dump says happened, for core_triage.c: reports, the first of them, its
 * registers. The words of a report and those of a dump have the same names in C (stack, module, statement), so that
 * one file knows reports, and another the dump; this header names neither.
 */
#ifndef KD_VERB_CORE_TRIAGE_LOG_H
#define KD_VERB_CORE_TRIAGE_LOG_H

#include "base/arena.h"
#include "base/ctx.h"
#include "core/regs.h"
#include "core/space.h"

struct kd_triage_report {
	uint32_t number; /* from 1 */
	uint64_t line; /* of the log */
	struct kd_view title, relation; /* relation: "first domino", "may follow from #1 …"; absent */
	const char *outcome; /* "fatal", "alive", … */
	const char *kind, *family; /* names of report/kind.h: "hung_task", "hang" */
};

struct kd_triage_log {
	struct kd_view none; /* why there is no log; absent: there is */
	struct kd_triage_report *v;
	size_t n; /* infrastructure (reboots) left out */
	size_t first; /* the first domino; n: there is none */
	struct kd_view verdict; /* of the first domino: kind, place, who; absent */
	const char *outcome; /* with verdict: by the log alone */
	struct kd_view panic; /* behind "Kernel panic - not syncing: "; absent: it did not panic */
	struct kd_view uptime; /* "123.456789": time of the last record; absent */
	uint64_t records, overwritten, damaged;
	bool has_pid, hang; /* of the first domino: the task that it names; it is about a task that waits */
	int64_t pid;
	struct kd_view comm;
	/* Of the first domino, when its pc is the instruction that could not be executed, or a trap, of x86_64: */
	bool has_regs, has_addr;
	struct kd_core_regs regs; /* without RIP */
	struct kd_view ip; /* "func+0x12", "module:func+0x12"; absent: only RIP's number, when it is in regs */
	uint64_t addr; /* of the access */
	/* Of the first domino, when it says that memory was used or freed after it was freed (KASAN, KFENCE, SLUB's checks): where. */
	bool has_freed;
	uint64_t freed;
};

/* KD_CANCELLED, KD_LIMIT; that there is no log is said in the answer. */
KD_MUST_CHECK struct kd_error *kd_triage_log(struct kd_ctx *ctx, struct kd_space *space, const char *name, struct kd_arena *arena,
					     struct kd_triage_log *ret);

#endif
