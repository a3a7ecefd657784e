// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/alloc.h"
#include "cli/history.h"
#include "cli/verbs.h"
#include "verb/suspects.h"

struct opts {
	struct kd_history_opts common;
	struct kd_suspects_options ask;
};

static const struct kd_opt opts[] = {
	KD_OPT_STR_(0, "good", "REL", struct opts, ask.good, "the last release without the crash"),
	KD_OPT_STR_(0, "bad", "REL", struct opts, ask.bad, "the first release with it"),
	KD_OPT_NUM_('n', "limit", "N", struct opts, ask.number, "so many suspects (10)"),
	KD_HISTORY_STORE_OPT(struct opts, common),
};

static struct kd_error *read_report(struct kd_cli *cli, struct kd_buf *ret)
{
	kd_auto(kd_input_close) struct kd_input in = {0};
	struct kd_error *err = kd_input_open(cli->ctx, cli->args[0], &in);
	char buf[65536];
	size_t n = 0;

	while (!err && !(err = kd_source_read(in.src, buf, sizeof(buf), &n)) && n)
		if (!kd_buf_add(ret, kd_view(buf, n)))
			break; /* what follows is not read: query.h */
	return err;
}

static int run(struct kd_cli *cli, const void *options)
{
	struct opts o = *(const struct opts *)options;
	kd_auto(kd_buf_deinit) struct kd_buf text = KD_BUF_INIT(KD_SUSPECTS_REPORT_MAX);
	struct kd_error *err = read_report(cli, &text);

	if (err)
		return kd_cli_fail(cli, err);
	o.ask.report = kd_buf_view(&text);
	return kd_cli_history(cli, &kd_cmd_suspects, &o.common, KD_HISTORY_ROWS, kd_suspects_ask, &o.ask);
}

static const char *const about[] = {
	"Ranks the commits that the bad release has and the good one lacks by what they have to do with a crash: whether they change the "
	"crashing function, functions of the stack, their files, names in common; and how much they change.",
	"REPORT is a log or a report (\"-\": standard input). Releases are named as for backport-check: releases of the configuration, tags, "
	"branches, versions.",
	"A suspect is a suspect: reading it, or git bisect, decides.",
	NULL,
};

static const struct kd_example examples[] = {
	{"kdoc suspects crash.log --good v6.8 --bad v6.9", "which commit between them brought it in?"},
	{NULL, NULL},
};

const struct kd_cmd kd_cmd_suspects = {
	.name = "suspects",
	.phase = KD_PHASE_UPSTREAM,
	.usage = "REPORT",
	.summary = "commits of a range that may have brought a crash in",
	.about = about,
	.negative = "no commit of the range has anything in common with the report",
	.examples = examples,
	.opts = opts,
	.nopts = KD_ARRAY_LEN(opts),
	.opts_size = sizeof(struct opts),
	.min_args = 1,
	.max_args = 1,
	.run = run,
};
