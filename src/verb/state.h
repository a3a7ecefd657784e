/* SPDX-License-Identifier: GPL-2.0-or-later */
/* state.h: how far a group's follow-up is, a next step; and the queue of all that are open. See verb/memory.h for how they are asked. */
#ifndef KD_VERB_STATE_H
#define KD_VERB_STATE_H

#include "verb/memory.h"

struct kd_state_options {
	const char *ref, *why; /* of a step; NULL: none */
	const char *index; /* folder of the history's index; NULL: as configured */
};

/* args: GROUP [STATE]. A step is refused with KD_CONFLICT. */
kd_memory_answer kd_state_ask;

struct kd_follow_options {
	bool all; /* closed ones and unseen ones, too */
	const char *index;
};

/* No args. s->none: nothing is open. */
kd_memory_answer kd_follow;

#endif
