// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/alloc.h"
#include "cli/core.h"
#include "cli/verbs.h"
#include "verb/evcheck.h"

#define ARENA_MAX ((size_t)256 << 20)

struct opts {
	uint64_t limit, offset;
	bool no_limit;
};

static const struct kd_opt opts[] = {
	KD_OPT_NUM_('n', "limit", "N", struct opts, limit, "show at most N pieces of evidence (1000); all are checked"),
	KD_OPT_NUM_(0, "offset", "N", struct opts, offset, "show them from number N on"),
	KD_OPT_FLAG_(0, "no-limit", struct opts, no_limit, "show all"),
};

static int run(struct kd_cli *cli, const void *options)
{
	const struct opts *o = options;
	kd_auto(kd_arena_deinit) struct kd_arena arena = KD_ARENA_INIT(ARENA_MAX);
	struct kd_error *err = kd_core_confine(cli, false);
	struct kd_sheet s;

	kd_sheet_init(&s, &arena);
	s.limit = o->no_limit ? 0 : o->limit ? o->limit : KD_CORE_ROWS;
	s.offset = o->offset;
	if (!err)
		err = kd_evidence_recheck(cli->ctx, cli->args[0], cli->nargs > 1 ? cli->args[1] : NULL, &s);
	return err ? kd_cli_fail(cli, err) : kd_cli_sheet(cli, &kd_cmd_evidence_check, cli->args[0], &s);
}

static const char *const about[] = {
	"Reads the evidence in one of kdoc's answers (JSON) and looks once more whether the bytes that it names are what they were: "
	"spans of a log, memory of a dump.",
	"Without INPUT it is the file that the answer names.",
	NULL,
};

static const struct kd_example examples[] = {
	{"kdoc investigate --json crash.log > answer.json", "an answer"},
	{"kdoc evidence check answer.json", "does what it stands on still hold?"},
	{"kdoc evidence check answer.json copy-of-crash.log", "in another copy"},
	{NULL, NULL},
};

const struct kd_cmd kd_cmd_evidence_check = {
	.name = "evidence check",
	.phase = KD_PHASE_ANALYSIS,
	.usage = "ANSWER.json|- [INPUT]",
	.summary = "check the evidence of an answer again",
	.about = about,
	.negative = "something is not what it was",
	.examples = examples,
	.opts = opts,
	.nopts = KD_ARRAY_LEN(opts),
	.opts_size = sizeof(struct opts),
	.min_args = 1,
	.max_args = 2,
	.run = run,
};
