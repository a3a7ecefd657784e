/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * core_bt.h: backtraces out of a dump.
 *
 *	struct kd_core_bt bt;
 *	err = kd_core_bt(ctx, "vmcore", &options, &arena, &bt);   // bt lives as long as arena
 *	bt.v[i].frame[j].name
 */
#ifndef KD_VERB_CORE_BT_H
#define KD_VERB_CORE_BT_H

#include "base/arena.h"
#include "base/ctx.h"
#include "core/tasks.h"
#include "core/unwind.h"
#include "symbol/symset.h"

struct kd_core_bt_options {
	bool cpus; /* of all CPUs */
	bool tasks; /* of all tasks */
	const char *const *pid; /* of these; decimal text */
	size_t npid;
	const char *const *debug; /* debug info, as kd_symset_options.paths; none: no lines are looked for */
	size_t ndebug;
	struct kd_kdx_cache cache;
};

/* A place in the source: of the instruction, or of the call of the place before. */
struct kd_core_bt_place {
	struct kd_view func, path; /* absent: not known */
	uint32_t line; /* 0: not known */
	bool inlined; /* into the place behind it */
};

struct kd_core_bt_frame {
	struct kd_core_frame f;
	struct kd_view name; /* absent: the address is in no known symbol */
	struct kd_view module; /* absent: of the kernel proper, or not known */
	uint64_t off, size; /* of pc in the symbol, as the kernel prints it */
	struct kd_core_bt_place *place; /* innermost first, with debug info */
	size_t nplaces;
};

struct kd_core_bt_stack {
	bool has_task, has_cpu, panicked;
	struct kd_task task;
	unsigned cpu; /* that it runs on; with has_cpu */
	struct kd_view none; /* why there is no stack; absent: there is */
	struct kd_core_bt_frame *frame; /* innermost first */
	size_t n;
	struct kd_stack stack; /* .end, .why, .user, .more_guesses */
};

struct kd_core_bt {
	struct kd_core_bt_stack *v;
	size_t n;
	bool no_panic; /* the panicking CPU was asked for; no CPU says that it panicked, so these are all */
	struct kd_view release; /* absent: not known */
	size_t symbols, modules;
	const char *orc; /* layout of the unwind tables, in words */
	struct kd_view no_orc; /* why there are none, so that all callers are guessed; absent: there are */
	struct kd_view no_types; /* why there are no types; absent: there are */
	const char *modules_why; /* NULL: all of them are known */
	char tasks_why[KD_TASKS_WHY]; /* why not all tasks were looked at; empty: they were */
	size_t lost_notes; /* register sets of CPUs that are not known */
	struct kd_view no_lines; /* why debug info that was given was not used; absent: it was */
	bool cut; /* there are more tasks than were unwound */
};

/*
 * Without options: of the CPU that panicked. KD_INVALID: a PID that is none; KD_NOTFOUND: no such task, or the
 * dump does not have what it takes; errors of pages, space, kallsyms, unwinder.
 */
KD_MUST_CHECK struct kd_error *kd_core_bt(struct kd_ctx *ctx, const char *path, const struct kd_core_bt_options *o,
					  struct kd_arena *arena, struct kd_core_bt *ret);

#endif
