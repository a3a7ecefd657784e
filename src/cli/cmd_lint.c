// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/alloc.h"
#include "cli/core.h"
#include "cli/verbs.h"
#include "verb/lint.h"

#define ARENA_MAX ((size_t)256 << 20)

struct opts {
	struct kd_opt_list log, evidence;
	const char *tree, *at, *store, *memory;
	uint64_t limit, offset;
	bool no_limit;
};

static const struct kd_opt opts[] = {
	KD_OPT_LIST_('l', "log", "FILE", struct opts, log, "a log, or a dump, that the report is about; may be given again"),
	KD_OPT_LIST_('e', "evidence", "ANSWER.json", struct opts, evidence, "an answer of kdoc whose evidence it cites; may be given again"),
	KD_OPT_STR_('t', "tree", "TREE", struct opts, tree, "source in which file:line has to exist: folder, tarball, git repository"),
	KD_OPT_STR_(0, "at", "RELEASE", struct opts, at, "its release or revision"),
	KD_OPT_STR_(0, "store", "DIR", struct opts, store, "folder of the index of git (history.store, or kdoc/history in the data folder)"),
	KD_OPT_STR_(0, "memory", "NAME", struct opts, memory, "the team's memory, whose ledger holds claims (case.database)"),
	KD_OPT_NUM_('n', "limit", "N", struct opts, limit, "show at most N findings (1000)"),
	KD_OPT_NUM_(0, "offset", "N", struct opts, offset, "show them from number N on"),
	KD_OPT_FLAG_(0, "no-limit", struct opts, no_limit, "show all"),
};

static int run(struct kd_cli *cli, const void *options)
{
	const struct opts *o = options;
	const struct kd_lint_options lint = {
		.log = o->log.v,
		.nlogs = o->log.n,
		.evidence = o->evidence.v,
		.nevidence = o->evidence.n,
		.tree = o->tree,
		.at = o->at,
		.store = o->store,
		.memory = o->memory,
	};
	kd_auto(kd_arena_deinit) struct kd_arena arena = KD_ARENA_INIT(ARENA_MAX);
	struct kd_error *err;
	struct kd_sheet s;

	if (o->at && !o->tree)
		return kd_cli_usage(cli, &kd_cmd_lint, kd_error_new(KD_INVALID, "--at is a release of --tree"));
	kd_sheet_init(&s, &arena);
	s.limit = o->no_limit ? 0 : o->limit ? o->limit : KD_CORE_ROWS;
	s.offset = o->offset;
	err = kd_lint(cli->ctx, cli->args, cli->nargs, &lint, &s);
	return err ? kd_cli_fail(cli, err) : kd_cli_sheet(cli, &kd_cmd_lint, cli->args[0], &s);
}

static const char *const about[] = {
	"Reads a report that a person or a model wrote (Markdown or text, or a JSON answer of kdoc) before somebody else does. It finds words "
	"that claim more than a crash shows (\"root cause\", \"confirmed\", \"is fixed by\"), where no evidence that holds is cited beside "
	"them, and things that do not exist: lines that are not in the log, addresses, frames, commits and their titles, places in the "
	"source, ids of evidence.",
	"Each finding says where, why, and what to write instead. What could not be looked for is listed with the reason: no finding is "
	"no proof.",
	"What is quoted, code, hedged (\"may\", \"hypothesis:\"), denied or asked is no claim.",
	NULL,
};

static const struct kd_example examples[] = {
	{"kdoc lint --log crash.log report.md", "does it quote what is there, and claim no more?"},
	{"kdoc lint --log crash.log --evidence answer.json report.md", "the evidence that it cites, too"},
	{"kdoc lint --log crash.log --tree ~/linux --at 6.1.90 report.md", "places in the source, too"},
	{NULL, NULL},
};

const struct kd_cmd kd_cmd_lint = {
	.name = "lint",
	.phase = KD_PHASE_ANALYSIS,
	.usage = "REPORT…|-",
	.summary = "find overclaims and invented facts in a crash report",
	.about = about,
	.negative = "something was found",
	.examples = examples,
	.opts = opts,
	.nopts = KD_ARRAY_LEN(opts),
	.opts_size = sizeof(struct opts),
	.min_args = 1,
	.max_args = KD_ARGS_ANY,
	.run = run,
};
