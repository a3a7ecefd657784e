/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * memgroup.h: the groups of the team's memory, and what people decide about them.
 *
 * Each is asked by kd_memory_ask(); arguments are ids of groups (or their beginnings), events and decisions.
 */
#ifndef KD_VERB_MEMGROUP_H
#define KD_VERB_MEMGROUP_H

#include "verb/memory.h"

struct kd_group_decision {
	const char *why; /* NULL: nobody says */
	bool texts; /* again: signatures from the texts, also if they are of this version */
};

kd_memory_answer kd_group_list; /* groups, most events first */
kd_memory_answer kd_group_show; /* GROUP: its signatures with the reason of each, what it may be a duplicate of, decisions, links */
kd_memory_answer kd_group_merge_two; /* A B: they are one bug */
kd_memory_answer kd_group_never_one; /* A B: they are two, for ever */
kd_memory_answer kd_group_split_off; /* EVENT|SIGNATURE: it is another bug than the rest of its group */
kd_memory_answer kd_group_undo; /* DECISION does not count any more */
kd_memory_answer kd_group_again; /* group everything anew under the decisions that count */

#endif
