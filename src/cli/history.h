/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * history.h: what the verbs that ask the index of git and mail have in common on the command line.
 *
 *	struct opts { struct kd_history_opts common; struct kd_show_options show; };
 *	… KD_HISTORY_OPTS(struct opts, common) …
 *	return kd_cli_history(cli, &kd_cmd_show, &o->common, kd_show, &o->show);
 */
#ifndef KD_CLI_HISTORY_H
#define KD_CLI_HISTORY_H

#include "cli/cmd.h"
#include "verb/history.h"

#define KD_HISTORY_ROWS 1000 /* of a table, when the command line does not say */

struct kd_history_opts {
	const char *store;
	uint64_t limit, offset;
	bool no_limit;
	bool write; /* the verb changes the index */
};

#define KD_HISTORY_STORE_OPT(s, m)                                                                                    \
	KD_OPT_STR_(0, "store", "DIR", s, m.store, "folder of the index (history.store, or kdoc/history in the data folder)")

#define KD_HISTORY_OPTS(s, m)                                                                                         \
	KD_HISTORY_STORE_OPT(s, m), KD_OPT_NUM_('n', "limit", "N", s, m.limit, "at most N rows of a table"),          \
	KD_OPT_NUM_(0, "offset", "N", s, m.offset, "rows from number N on"),                                          \
	KD_OPT_FLAG_(0, "no-limit", s, m.no_limit, "all rows")

/* Asks, renders; gives the exit code. rows: when --limit does not say. */
int kd_cli_history(struct kd_cli *cli, const struct kd_cmd *cmd, const struct kd_history_opts *common, uint64_t rows,
		   kd_history_answer *answer, const void *options);
/* The same; an index of mails alone is enough. */
int kd_cli_history_any(struct kd_cli *cli, const struct kd_cmd *cmd, const struct kd_history_opts *common, uint64_t rows,
		       kd_history_answer *answer, const void *options);

#endif
