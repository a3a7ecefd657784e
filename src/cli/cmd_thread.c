// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/alloc.h"
#include "cli/history.h"
#include "cli/verbs.h"
#include "verb/mail.h"

struct opts {
	struct kd_history_opts common;
};

static const struct kd_opt opts[] = {
	KD_HISTORY_OPTS(struct opts, common),
};

static int run(struct kd_cli *cli, const void *options)
{
	const struct opts *o = options;

	return kd_cli_history_any(cli, &kd_cmd_thread, &o->common, KD_HISTORY_ROWS, kd_thread_ask, NULL);
}

static const char *const about[] = {
	"Shows the thread of a mail as a tree: dates, authors, subjects, what a mail says became of the patches (applied, queued, "
	"superseded, nak …), whether a later version follows, the commit that a patch became if it is in the index. Mails that others "
	"refer to and that are not in the index have a line of their own.",
	"MSGID is a Message-ID, with or without < >, or an address of a server with it in it.",
	NULL,
};

static const struct kd_example examples[] = {
	{"kdoc thread 20240105.1@example.org", "a thread"},
	{"kdoc thread https://lore.kernel.org/io-uring/20240105.1@example.org/T/#u", "by its address"},
	{NULL, NULL},
};

const struct kd_cmd kd_cmd_thread = {
	.name = "thread",
	.phase = KD_PHASE_UPSTREAM,
	.usage = "MSGID|URL",
	.summary = "a thread of mails and what became of its patches",
	.about = about,
	.negative = "no mail of the index has this Message-ID or refers to it",
	.examples = examples,
	.opts = opts,
	.nopts = KD_ARRAY_LEN(opts),
	.opts_size = sizeof(struct opts),
	.min_args = 1,
	.max_args = 1,
	.run = run,
};
