/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * core_ps.h: tasks of a dump: `core ps`, `core task`.
 *
 *	struct kd_core_ps_options o = {.state = "D", .time = true};
 *	struct kd_core_question q = {.path = "vmcore", .answer = kd_core_ps, .options = &o};
 */
#ifndef KD_VERB_CORE_PS_H
#define KD_VERB_CORE_PS_H

#include "verb/core_ask.h"

enum kd_core_ps_sort { KD_PS_LIST, KD_PS_RSS, KD_PS_VSZ, KD_PS_PID, KD_PS_TIME, KD_PS_CPU, KD_PS_COMM };

struct kd_core_ps_options {
	const char *state; /* "D", "UN", "S,R"; NULL: all */
	int sort; /* enum kd_core_ps_sort */
	bool processes; /* without their threads */
	bool threads; /* arguments mean all threads of their processes */
	bool kernel, user; /* kernel threads alone, processes alone */
	bool time; /* since when each is in its state */
	bool parents, children, tree;
};

kd_core_answer kd_core_ps; /* options: struct kd_core_ps_options; arguments: numbers, commands, addresses */

kd_core_answer kd_core_task; /* options: none (NULL); arguments: one of those, or none: the task that panicked */

#endif
