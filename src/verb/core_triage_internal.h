/* SPDX-License-Identifier: GPL-2.0-or-later */
/* core_triage_internal.h: what the files of verb/core_triage share. */
#ifndef KD_VERB_CORE_TRIAGE_INTERNAL_H
#define KD_VERB_CORE_TRIAGE_INTERNAL_H

#include "core/fault.h"
#include "core/framedebug.h"
#include "core/ident.h"
#include "verb/core_triage.h"
#include "verb/core_triage_log.h"

/* What is open while an answer is put together. */
struct triage {
	struct kd_dump *d;
	struct kd_sheet *s;
	struct kd_kernel *k;
	const struct kd_core_triage_options *o;
	struct kd_triage_log log;
	const struct kd_cpus *cpus;
	struct kd_unwinder *u;
	const struct kd_cpu *panicked; /* NULL: none did */
	struct kd_core_stack stack; /* of panicked, else of named; n == 0: there is none */
	bool has_named; /* no CPU panicked: the task that the first report names is there still */
	struct kd_task named;
	struct kd_frame_debug *debug; /* NULL: no debug info was given */
	struct kd_ident *ident; /* NULL: why says why */
	struct kd_arena *arena, scratch;
	struct kd_core_fault *fault; /* NULL: not looked for */
};

/* core_triage_fault.c: the instruction, what it stands on, each register. */
KD_MUST_CHECK struct kd_error *kd_triage_fault(struct triage *t);

/* core_triage_freed.c: was memory used after it was freed? The object, who had it, its neighbours, who points to it. */
KD_MUST_CHECK struct kd_error *kd_triage_freed(struct triage *t);

/* core_triage_tasks.c: tasks that wait and cannot be interrupted. */
KD_MUST_CHECK struct kd_error *kd_triage_tasks(struct triage *t);

/* core_triage_diag.c: the verdicts of other diagnoses that the log's reports call for. */
KD_MUST_CHECK struct kd_error *kd_triage_diagnoses(struct triage *t);

#endif
