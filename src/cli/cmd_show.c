// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/alloc.h"
#include "cli/history.h"
#include "cli/verbs.h"
#include "verb/show.h"

struct opts {
	struct kd_history_opts common;
	struct kd_show_options show;
};

static const struct kd_opt opts[] = {
	KD_OPT_FLAG_('p', "diff", struct opts, show.diff, "the diff, too, out of the tree"),
	KD_OPT_STR_(0, "vulns", "DIR", struct opts, show.vulns, "clone of the kernel's vulns repository: CVE ids that name it (history.vulns)"),
	KD_HISTORY_OPTS(struct opts, common),
};

static int run(struct kd_cli *cli, const void *options)
{
	const struct opts *o = options;

	return kd_cli_history(cli, &kd_cmd_show, &o->common, KD_HISTORY_ROWS, kd_show, &o->show);
}

static const char *const about[] = {
	"Shows a commit of the index: who and when, the first tag and the first release that contain it, branches that do, which "
	"commits it names and as what (fixes, reverts, backport of …), which commits name it, files with the functions that it "
	"changes, and the message.",
	"COMMIT is an id of four and more digits, a tag, a branch, or a whole subject.",
	NULL,
};

static const struct kd_example examples[] = {
	{"kdoc show be6e843fc51a", "a commit"},
	{"kdoc show --diff v6.1", "what a tag leads to, with its diff"},
	{NULL, NULL},
};

const struct kd_cmd kd_cmd_show = {
	.name = "show",
	.phase = KD_PHASE_UPSTREAM,
	.usage = "COMMIT",
	.summary = "a commit with everything that is known of it",
	.about = about,
	.examples = examples,
	.opts = opts,
	.nopts = KD_ARRAY_LEN(opts),
	.opts_size = sizeof(struct opts),
	.min_args = 1,
	.max_args = 1,
	.run = run,
};
