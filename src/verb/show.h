/* SPDX-License-Identifier: GPL-2.0-or-later */
/* show.h: a commit with everything that is known of it. See verb/history.h for how it is asked. */
#ifndef KD_VERB_SHOW_H
#define KD_VERB_SHOW_H

#include "verb/history.h"

struct kd_show_options {
	bool diff; /* the diff, too, from a tree that has the commit */
	const char *vulns; /* clone of the kernel's vulns repository; NULL: history.vulns of the configuration */
};

/* args[0]: id (4 digits and more), tag, branch or subject. */
kd_history_answer kd_show;

#endif
