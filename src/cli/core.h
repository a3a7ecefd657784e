/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * core.h: what the verbs of a dump have in common on the command line.
 *
 *	struct opts { struct kd_core_opts common; bool user; };
 *	static const struct kd_opt opts[] = {
 *		KD_OPT_FLAG_('u', "user", struct opts, user, "…"),
 *		KD_CORE_OPTS(struct opts, common),
 *	};
 *	static int run(struct kd_cli *cli, const void *options)
 *	{
 *		const struct opts *o = options;
 *
 *		return kd_cli_core(cli, &kd_cmd_core_x, &o->common, kd_core_x, o);
 *	}
 *
 * kd_core_x() is the verb (verb/core_ask.h); it gets a pointer to its own options. The first argument is the dump; in a
 * session that has a dump open (cli->dump) the arguments begin behind it.
 */
#ifndef KD_CLI_CORE_H
#define KD_CLI_CORE_H

#include "cli/cmd.h"
#include "verb/core_ask.h"

#define KD_CORE_ROWS 1000 /* of a table, when the command line does not say */

/* How the dump is opened: of every verb of a dump. */
struct kd_core_dump_opts {
	const char *vmcoreinfo;
	struct kd_opt_list part;
};

#define KD_CORE_DUMP_OPTS(s, m)                                                                                       \
	KD_OPT_STR_(0, "vmcoreinfo", "FILE", s, m.vmcoreinfo,                                                         \
		    "the text of VMCOREINFO, where the dump has none or a wrong one (makedumpfile -g writes it)"),    \
	KD_OPT_LIST_(0, "part", "FILE", s, m.part, "another part of a split dump; may be given again")

/* The same for kd_pages_open_with(); borrows from both. */
struct kd_pages_options kd_core_dump_how(struct kd_cli *cli, const struct kd_core_dump_opts *o);

/*
 * Limits of this process while it reads a dump, which may be hostile (base/confine.h): core.memory (4g; with debug info
 * 16g), core.seconds (600) of the configuration, 0 for none; core.confine (true): no programs, no sockets; no files to write,
 * but with `debug`, whose index goes into the cache (or for an answer that is a file). Before the
 * dump is opened; nothing in a session that has one open. NULL, or KD_INVALID: a value of the configuration.
 */
KD_MUST_CHECK struct kd_error *kd_core_confine(struct kd_cli *cli, bool debug);

/* The same for a session, in which its user may stay as long as he likes: no limit of time. */
KD_MUST_CHECK struct kd_error *kd_core_confine_session(bool debug);

struct kd_core_opts {
	struct kd_core_dump_opts dump;
	struct kd_opt_list debug;
	uint64_t limit, offset;
	bool no_limit;
};

#define KD_CORE_OPTS(s, m)                                                                                            \
	KD_OPT_LIST_('d', "debug", "FILE", s, m.debug,                                                                \
		     "debug info, too: this vmlinux, module, index (.kdx) or folder; may be given again"),            \
	KD_OPT_NUM_('n', "limit", "N", s, m.limit, "at most N rows of a table (1000)"),                               \
	KD_OPT_NUM_(0, "offset", "N", s, m.offset, "rows from number N on"),                                          \
	KD_OPT_FLAG_(0, "no-limit", s, m.no_limit, "all rows"), KD_CORE_DUMP_OPTS(s, m.dump)

/* An answer as text or JSON; its exit code. */
int kd_cli_sheet(struct kd_cli *cli, const struct kd_cmd *cmd, const char *path, const struct kd_sheet *s);

/* Opens the dump, asks, renders; gives the exit code. */
int kd_cli_core(struct kd_cli *cli, const struct kd_cmd *cmd, const struct kd_core_opts *common, kd_core_answer *answer,
		const void *options);

#endif
