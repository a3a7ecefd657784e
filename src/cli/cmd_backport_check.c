// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/alloc.h"
#include "cli/history.h"
#include "cli/verbs.h"
#include "verb/backport.h"

#define LIST_MAX ((size_t)64 << 20)

struct opts {
	struct kd_history_opts common;
	struct kd_backport_options check;
};

static const struct kd_opt opts[] = {
	KD_OPT_STR_(0, "in", "REL,…", struct opts, check.in, "releases: names of the configuration, tags, branches, TREE:REF, versions"),
	KD_OPT_STR_(0, "missing-fixes", "REL", struct opts, check.missing, "sweep: commits that fix what REL has, and that it lacks"),
	KD_OPT_STR_(0, "vulns", "DIR", struct opts, check.vulns, "clone of the kernel's vulns repository, for CVE ids (history.vulns)"),
	KD_OPT_FLAG_('m', "matrix", struct opts, check.no_details, "the matrix alone: no follow-ups, no prerequisites"),
	KD_OPT_FLAG_(0, "no-trees", struct opts, check.no_trees, "the index alone: files of the trees are not read"),
	KD_HISTORY_OPTS(struct opts, common),
};

static struct kd_error *read_list(struct kd_cli *cli, struct kd_buf *list)
{
	kd_auto(kd_input_close) struct kd_input in = {0};
	struct kd_error *err = kd_input_open(cli->ctx, "-", &in);

	char buf[65536];
	size_t n = 0;

	while (!err && !(err = kd_source_read(in.src, buf, sizeof(buf), &n)) && n)
		if (!kd_buf_add(list, kd_view(buf, n)))
			err = kd_error_new(KD_LIMIT, "the list of commits is longer than 64 MiB");
	return err;
}

static int run(struct kd_cli *cli, const void *options)
{
	struct opts o = *(const struct opts *)options;
	kd_auto(kd_buf_deinit) struct kd_buf list = KD_BUF_INIT(LIST_MAX);

	for (size_t i = 0; i < cli->nargs; i++)
		if (!strcmp(cli->args[i], "-")) {
			struct kd_error *err = read_list(cli, &list);

			if (err)
				return kd_cli_fail(cli, err);
			o.check.list = kd_buf_view(&list);
			break;
		}
	return kd_cli_history(cli, &kd_cmd_backport_check, &o.common, KD_HISTORY_ROWS, kd_backport_check, &o.check);
}

static const char *const about[] = {
	"Says for each commit and each release whether the release has it, and what proves that, the strongest first: it is an "
	"ancestor; a commit of the release says that it is its backport (\"commit X upstream.\"), or was picked from it; a "
	"commit of the release has its patch id; has its subject and author; its lines are in the release's files. A revert in "
	"the release takes it away again, a revert of the revert brings it back. That a commit is mentioned proves nothing.",
	"COMMIT is an id of seven and more digits, such an id with the subject behind it (a line of git log --oneline), a whole "
	"subject, a tag, a branch, or a CVE id; '-' reads a list of them, one per line, from standard input.",
	"Without --in the releases are those of the configuration ([release \"NAME\"] ref = TAG, docs/history-backport.md), else "
	"branches called like releases, else the last tag of each series.",
	NULL,
};

static const struct kd_example examples[] = {
	{"kdoc backport-check be6e843fc51a --in linux-6.1.y,v6.6.30", "is it in these two?"},
	{"git log --oneline v6.8..v6.9 -- mm | kdoc backport-check - --matrix", "a list"},
	{"kdoc backport-check --missing-fixes linux-6.1.y", "what else should be in it?"},
	{NULL, NULL},
};

const struct kd_cmd kd_cmd_backport_check = {
	.name = "backport-check",
	.phase = KD_PHASE_UPSTREAM,
	.usage = "[COMMIT…|-]",
	.summary = "is a commit in your kernels, and how that is proven",
	.about = about,
	.negative = "a release lacks a commit, or a part of it",
	.examples = examples,
	.opts = opts,
	.nopts = KD_ARRAY_LEN(opts),
	.opts_size = sizeof(struct opts),
	.min_args = 0,
	.max_args = KD_ARGS_ANY,
	.run = run,
};
