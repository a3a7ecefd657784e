// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/alloc.h"
#include "cli/memory.h"
#include "cli/verbs.h"
#include "verb/verify.h"

struct opts {
	struct kd_memory_opts common;
	struct kd_verify_options verify;
};

static const struct kd_opt opts[] = {
	KD_OPT_STR_(0, "fix", "COMMIT", struct opts, verify.fix,
		    "the commit; the index of git says which releases have it"),
	KD_OPT_STR_(
		0, "release", "RELEASE", struct opts, verify.release,
		"the first release with the fix; of several series one each, comma between them"),
	KD_OPT_STR_(0, "history", "DIR", struct opts, verify.history,
		    "folder of the index (history.store)"),
	KD_OPT_STR_(0, "before", "TIME", struct opts, verify.before,
		    "how far to look back from when the fix came: 30d, 8w (90d, and not before the "
		    "group's first event)"),
	KD_OPT_STR_(0, "since", "TIME", struct opts, verify.since,
		    "the window begins then: 2026-05-12T00:00:00Z"),
	KD_OPT_STR_(0, "until", "TIME", struct opts, verify.until, "the window ends then (now)"),
	KD_OPT_STR_('s', "series", "SERIES", struct opts, verify.series,
		    "kernels of this series alone: 6.18"),
	KD_OPT_FLAG_(0, "debug", struct opts, verify.debug,
		     "debug and sanitizer builds instead of the others"),
	KD_OPT_FLAG_(0, "regressions", struct opts, verify.regressions,
		     "which groups that were closed as fixed came back"),
	KD_MEMORY_OPTS(struct opts, common),
};

static int run(struct kd_cli *cli, const void *options)
{
	const struct opts *o = options;

	if (!cli->nargs && !o->verify.regressions)
		return kd_cli_usage(
			cli, &kd_cmd_verify,
			kd_error_new(KD_INVALID, "verify needs a group, or --regressions"));
	return kd_cli_memory(cli, &kd_cmd_verify, &o->common, KD_DB_READ, 100, kd_verify,
			     &o->verify);
}

static const char *const about[] = {
	"Did the fix end the crash? Compares boots with the crash per host-hour on kernels with "
	"the fix and without it, from the events of "
	"the team's memory and the inventory (kdoc inventory ingest). The interval is clustered by "
	"host, so that one host in a crash loop is "
	"no proof of anything; where the exposure does not suffice yet, it says how much more is "
	"needed.",
	"A release of which nobody knows whether it has the fix is left out and named. Without an "
	"inventory there are counts alone, and "
	"that is said. With --regressions: groups that were closed as fixed, and crash again on "
	"kernels that have the fix.",
	NULL,
};

static const struct kd_example examples[] = {
	{"kdoc verify g-0f0cb97860f4 --release=6.18.5",
	 "kernels of 6.18 from that one on have the fix"},
	{"kdoc verify g-0f0cb97860f4 --fix=be6e843fc51a", "the index knows which have it"},
	{"kdoc verify --regressions", "what was fixed and came back"},
	{NULL, NULL},
};

const struct kd_cmd kd_cmd_verify = {
	.name = "verify",
	.phase = KD_PHASE_FOLLOW_UP,
	.usage = "[GROUP]",
	.summary = "did the deployed fix end the crash?",
	.about = about,
	.negative = "it did not help, or it cannot be told yet; with --regressions: none came back",
	.examples = examples,
	.opts = opts,
	.nopts = KD_ARRAY_LEN(opts),
	.opts_size = sizeof(struct opts),
	.min_args = 0,
	.max_args = 1,
	.run = run,
};
