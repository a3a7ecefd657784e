/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * memory.h: what the verbs of the team's memory have in common on the command line.
 *
 *	struct opts { struct kd_memory_opts common; struct kd_x_options x; };
 *	… KD_MEMORY_OPTS(struct opts, common) …
 *	return kd_cli_memory(cli, &kd_cmd_x, &o->common, KD_DB_READ, 100, kd_x, &o->x);
 */
#ifndef KD_CLI_MEMORY_H
#define KD_CLI_MEMORY_H

#include "cli/cmd.h"
#include "verb/memory.h"

struct kd_memory_opts {
	const char *store;
	uint64_t limit, offset;
	bool no_limit;
};

#define KD_MEMORY_STORE_OPT(s, m)                                                                                     \
	KD_OPT_STR_(0, "store", "NAME", s, m,                                                                         \
		    "the team's memory: a file, or postgresql://… (case.database, or kdoc/team.db in the data folder)")

#define KD_MEMORY_OPTS(s, m)                                                                                          \
	KD_MEMORY_STORE_OPT(s, m.store), KD_OPT_NUM_('n', "limit", "N", s, m.limit, "at most N rows of a table"),     \
	KD_OPT_NUM_(0, "offset", "N", s, m.offset, "rows from number N on"),                                          \
	KD_OPT_FLAG_(0, "no-limit", s, m.no_limit, "all rows")

/* Asks, renders; gives the exit code. flags: of kd_db_open(); rows: when --limit does not say. */
int kd_cli_memory(struct kd_cli *cli, const struct kd_cmd *cmd, const struct kd_memory_opts *common, unsigned flags, uint64_t rows,
		  kd_memory_answer *answer, const void *options);

#endif
