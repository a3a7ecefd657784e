/* SPDX-License-Identifier: GPL-2.0-or-later */
/* link.h: ties of groups, events, incidents, claims and issues to tickets and trackers. See verb/memory.h for how it is asked. */
#ifndef KD_VERB_LINK_H
#define KD_VERB_LINK_H

#include "verb/memory.h"

struct kd_link_options {
	const char *kind, *url, *title; /* NULL: as the system suggests; none */
	bool remove;
};

/* args: SUBJECT [SYSTEM:KEY]. Without a key the links of the subject; of a group all that lead to it. s->none: there are none. */
kd_memory_answer kd_link_ask;

#endif
