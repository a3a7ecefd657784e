// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/alloc.h"
#include "cli/history.h"
#include "cli/verbs.h"
#include "verb/mail.h"
#include "verb/search.h"

struct opts {
	struct kd_history_opts common;
	struct kd_search_options search;
	struct kd_opt_list except;
	struct kd_search_mail_options mail;
	bool for_mail;
};

static const struct kd_opt opts[] = {
	KD_OPT_FLAG_('f', "fixes", struct opts, search.fixes, "commits that plausibly fix the crash (what is done if nothing is said)"),
	KD_OPT_FLAG_('m', "mail", struct opts, for_mail, "mails instead: a query with prefixes (s: b: f: d: dfn: …), or a report"),
	KD_OPT_STR_(0, "after", "DATE", struct opts, search.after, "written after YYYY-MM-DD"),
	KD_OPT_STR_(0, "before", "DATE", struct opts, search.before, "written before YYYY-MM-DD"),
	KD_OPT_STR_('t', "tree", "NAME", struct opts, search.tree, "of this tree alone"),
	KD_OPT_STR_('p', "path", "PATH", struct opts, search.path, "that touch this file or folder"),
	KD_OPT_LIST_(0, "except", "COMMIT", struct opts, except, "not this one: it is known not to be the fix; may be given again"),
	KD_OPT_FLAG_('x', "explain", struct opts, search.explain, "what each part of the score gave"),
	KD_OPT_FLAG_(0, "exhaustive", struct opts, search.exhaustive, "score every commit in full: the same answer, slower; for tests"),
	KD_OPT_STR_(0, "without", "PARTS", struct opts, search.without, "leave parts of the score out, with commas: for measuring what they add"),
	KD_OPT_FLAG_(0, "no-pending", struct opts, search.no_pending, "do not look for patches that were posted and not merged"),
	KD_OPT_FLAG_('r', "relevance", struct opts, mail.relevance, "mails: the best first (default: the newest)"),
	KD_OPT_FLAG_(0, "count", struct opts, mail.exact, "mails: count all of them, also where a phrase makes that slow"),
	KD_OPT_NUM_('n', "limit", "N", struct opts, search.number, "so many candidates (10) or mails (20)"),
	KD_OPT_NUM_(0, "offset", "N", struct opts, mail.offset, "mails: from number N on"),
	KD_HISTORY_STORE_OPT(struct opts, common),
};

/* Options that the other question has would be ignored: that is told. */
static struct kd_error *fits(const struct opts *o)
{
	const struct kd_search_options *f = &o->search;
	const bool commits = f->fixes || f->after || f->before || f->tree || f->path || f->explain || f->without || f->no_pending;

	if (o->for_mail && commits)
		return kd_error_new(KD_INVALID, "--mail goes with --relevance, --count, --limit and --offset alone; dates are part of its query (d:)");
	if (!o->for_mail && (o->mail.relevance || o->mail.exact || o->mail.offset))
		return kd_error_new(KD_INVALID, "--relevance, --count and --offset go with --mail");
	return NULL;
}

static struct kd_error *answer_mail(struct kd_history *h, const void *options, const char *const *args, size_t nargs, struct kd_sheet *s)
{
	return kd_search_mail(h, options, args, nargs, s);
}

static int run(struct kd_cli *cli, const void *options)
{
	const struct opts *o = options;
	struct kd_search_options search = o->search;
	struct kd_search_mail_options mail = o->mail;
	struct kd_error *err = fits(o);

	if (err)
		return kd_cli_usage(cli, &kd_cmd_search, err);
	mail.number = o->search.number;
	if (o->for_mail)
		return kd_cli_history_any(cli, &kd_cmd_search, &o->common, KD_HISTORY_ROWS, answer_mail, &mail);
	search.except = o->except.v;
	search.nexcept = o->except.n;
	return kd_cli_history(cli, &kd_cmd_search, &o->common, KD_HISTORY_ROWS, kd_search_fixes, &search);
}

static const char *const about[] = {
	"Looks in the index of commits for those that plausibly fix a crash. The query is made of the report: crashing function, "
	"callers, files, modules, locks, caches, kind of error, age of the kernel; it is shown first. Each candidate says why it is one: "
	"what of the report it changes, names or quotes. REPORT is a file (\"-\": standard input) with a report, a log or a mail, "
	"or words. Where mails are indexed, patches that fit and were posted and not merged come in a list of their own.",
	"A candidate is a candidate: whether it is the fix is decided by reading it, whether your kernel has it by backport-check.",
	"With --mail it looks for mails, by a query as public-inbox and lei have them: words, \"phrases\", word*, AND, OR, NOT, ( ), "
	"prefixes s: subject, b: body, bs: both, nq: q: what is not or is quoted, f: t: c: tc: a: people, l: lid: list, m: mid: "
	"Message-ID, n: attachment, dfn: file, dfa: dfb: dfctx: dfhh: lines of a diff, dfpre: dfpost: dfblob: blobs, patchid:, box: archive, and "
	"dates d: dt: rt: as 20240101..20240331. A file as REPORT gives its functions and files as the query.",
	NULL,
};

static const struct kd_example examples[] = {
	{"kdoc search --fixes crash.log", "candidates for a crash"},
	{"kdoc search --fixes 'use-after-free in tcp_close'", "of words alone"},
	{"kdoc search --fixes --after 2025-01-01 --path fs/ext4 crash.log", "only some commits"},
	{"kdoc search --mail 's:\"use-after-free\" dfhh:tcp_close d:20250101..'", "mails"},
	{"kdoc search --mail crash.log", "mails about a crash"},
	{NULL, NULL},
};

const struct kd_cmd kd_cmd_search = {
	.name = "search",
	.phase = KD_PHASE_UPSTREAM,
	.usage = "REPORT|TEXT…",
	.summary = "commits that plausibly fix a crash; mails",
	.about = about,
	.negative = "nothing in common with any commit; no mail fits",
	.examples = examples,
	.opts = opts,
	.nopts = KD_ARRAY_LEN(opts),
	.opts_size = sizeof(struct opts),
	.min_args = 1,
	.max_args = KD_ARGS_ANY,
	.run = run,
};
