/* SPDX-License-Identifier: GPL-2.0-or-later */
/* backport.h: are commits in releases, and what belongs to them. See verb/history.h for how it is asked. */
#ifndef KD_VERB_BACKPORT_H
#define KD_VERB_BACKPORT_H

#include "verb/history.h"

struct kd_backport_options {
	const char *in; /* releases, comma between them; NULL: all of the configuration, or what is called like one */
	const char *missing; /* a release: sweep for fixes that it lacks */
	const char *vulns; /* clone of the kernel's vulns repository; NULL: history.vulns of the configuration */
	struct kd_view list; /* lines "ID [SUBJECT]": more commits; absent: none */
	bool no_details; /* the matrix alone */
	bool no_trees; /* trees are not read: no content, no dry apply */
};

/* args: commits as kd_bp_commit() takes them, tags, branches, CVE ids. */
kd_history_answer kd_backport_check;

#endif
