/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * memory.h: the option that all verbs of the team's memory have in common.
 *
 *	struct opts { const char *store; … };
 *	… KD_MEMORY_STORE_OPT(struct opts, store) …
 *	err = kd_memory_open(cli->ctx, o->store, KD_DB_WRITE, &db);       // verb/memory.h
 */
#ifndef KD_CLI_MEMORY_H
#define KD_CLI_MEMORY_H

#include "cli/cmd.h"

#define KD_MEMORY_STORE_OPT(s, m)                                                                                     \
	KD_OPT_STR_(0, "store", "NAME", s, m,                                                                         \
		    "the team's memory: a file, or postgresql://… (case.database, or kdoc/team.db in the data folder)")

#endif
