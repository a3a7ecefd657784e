/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * agent.h: kdoc's server, skills and commands in the settings of agent programs: put there, looked at, taken away.
 *
 *	struct kd_agent_options o = {.dir = "~/src/linux"};            // without .write: only what would be done
 *	err = kd_agent_install(KD_AGENT_CLAUDE, &o, &sheet);            // sheet.none: something stands in the way
 *	err = kd_agent_uninstall(KD_AGENT_CLAUDE, &o, &sheet);
 *
 * What is written is written down with digests (DIR/.kdoc/agents/NAME.json) before it is written, each file is exchanged as a
 * whole: after a kill the same call goes on. Rules:
 *
 *   - a file that is there with other content and is not in that list is foreign: nothing at all is written then;
 *   - a file of the list is replaced or deleted only if it still is what kdoc wrote; else it stays, and that is said;
 *   - of a settings file one entry is kdoc's; every other byte stays. If the file is still what kdoc left, it gets back
 *     exactly what it was; else the entry alone is taken out;
 *   - nothing is written or deleted through a symbolic link below DIR;
 *   - of two at once below one DIR, one waits.
 *
 * Tables: "files" (path, action, bytes, why); the text "diff". Errors: DIR is no folder; the list is damaged; the system.
 */
#ifndef KD_VERB_AGENT_H
#define KD_VERB_AGENT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/sheet.h"
#include "verb/skill.h"

struct kd_agent_options {
	const char *dir; /* NULL: the working folder */
	bool user; /* for all projects of the user; no dir then */
	const char *const *root; /* folders that the server may read; none: those of the last time */
	size_t nroots;
	const char *command; /* NULL: "kdoc" where PATH leads to this program, else its path */
	bool write;
	bool full; /* the text of new files, too */
};

KD_MUST_CHECK struct kd_error *kd_agent_install(enum kd_agent agent, const struct kd_agent_options *o, struct kd_sheet *s);
KD_MUST_CHECK struct kd_error *kd_agent_uninstall(enum kd_agent agent, const struct kd_agent_options *o, struct kd_sheet *s);

/* What became of an installation. */
struct kd_agent_state {
	bool installed; /* there is a list */
	bool command_there; /* the server's command can be started */
	bool entry; /* the settings name the server as kdoc wrote it */
	size_t files, same, outdated, changed, gone; /* outdated: as kdoc wrote it, but this kdoc would write something else */
	char problem[96]; /* "" or what keeps it from being read */
};

KD_MUST_CHECK struct kd_error *kd_agent_look(enum kd_agent agent, const char *dir, struct kd_agent_state *ret);

#endif
