// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/alloc.h"
#include "cli/history.h"
#include "cli/verbs.h"
#include "verb/search.h"

struct opts {
	struct kd_history_opts common;
	struct kd_search_options search;
	struct kd_opt_list except;
};

static const struct kd_opt opts[] = {
	KD_OPT_FLAG_('f', "fixes", struct opts, search.fixes, "commits that plausibly fix the crash (what is done if nothing is said)"),
	KD_OPT_STR_(0, "after", "DATE", struct opts, search.after, "written after YYYY-MM-DD"),
	KD_OPT_STR_(0, "before", "DATE", struct opts, search.before, "written before YYYY-MM-DD"),
	KD_OPT_STR_('t', "tree", "NAME", struct opts, search.tree, "of this tree alone"),
	KD_OPT_STR_('p', "path", "PATH", struct opts, search.path, "that touch this file or folder"),
	KD_OPT_LIST_(0, "except", "COMMIT", struct opts, except, "not this one: it is known not to be the fix; may be given again"),
	KD_OPT_FLAG_('x', "explain", struct opts, search.explain, "what each part of the score gave"),
	KD_OPT_FLAG_(0, "exhaustive", struct opts, search.exhaustive, "score every commit in full: the same answer, slower; for tests"),
	KD_OPT_STR_(0, "without", "PARTS", struct opts, search.without, "leave parts of the score out, with commas: for measuring what they add"),
	KD_OPT_NUM_('n', "limit", "N", struct opts, search.number, "so many candidates (10)"),
	KD_HISTORY_STORE_OPT(struct opts, common),
};

static int run(struct kd_cli *cli, const void *options)
{
	const struct opts *o = options;
	struct kd_search_options search = o->search;

	search.except = o->except.v;
	search.nexcept = o->except.n;
	return kd_cli_history(cli, &kd_cmd_search, &o->common, KD_HISTORY_ROWS, kd_search_fixes, &search);
}

static const char *const about[] = {
	"Looks in the index of commits for those that plausibly fix a crash. The query is made of the report: crashing function, "
	"callers, files, modules, locks, caches, kind of error, age of the kernel; it is shown first. Each candidate says why it is one: "
	"what of the report it changes, names or quotes. REPORT is a file (\"-\": standard input) with a report, a log or a mail, "
	"or words.",
	"A candidate is a candidate: whether it is the fix is decided by reading it, whether your kernel has it by backport-check.",
	NULL,
};

static const struct kd_example examples[] = {
	{"kdoc search --fixes crash.log", "candidates for a crash"},
	{"kdoc search --fixes 'use-after-free in tcp_close'", "of words alone"},
	{"kdoc search --fixes --after 2025-01-01 --path fs/ext4 crash.log", "only some commits"},
	{NULL, NULL},
};

const struct kd_cmd kd_cmd_search = {
	.name = "search",
	.phase = KD_PHASE_UPSTREAM,
	.usage = "REPORT|TEXT…",
	.summary = "commits that plausibly fix a crash, with reasons",
	.about = about,
	.negative = "nothing in common with any commit",
	.examples = examples,
	.opts = opts,
	.nopts = KD_ARRAY_LEN(opts),
	.opts_size = sizeof(struct opts),
	.min_args = 1,
	.max_args = KD_ARGS_ANY,
	.run = run,
};
