// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/alloc.h"
#include "base/fs.h"
#include "cli/core.h"
#include "cli/memory.h"
#include "cli/verbs.h"
#include "verb/evcheck.h"
#include "verb/evledger.h"

#define ARENA_MAX ((size_t)256 << 20)

struct opts {
	struct kd_memory_opts common;
	struct kd_evledger_options ledger;
};

static const struct kd_opt opts[] = {
	KD_OPT_NUM_('n', "limit", "N", struct opts, common.limit, "show at most N pieces of evidence (1000); all are checked"),
	KD_OPT_NUM_(0, "offset", "N", struct opts, common.offset, "show them from number N on"),
	KD_OPT_FLAG_(0, "no-limit", struct opts, common.no_limit, "show all"),
	KD_OPT_STR_(0, "log", "FILE", struct opts, ledger.log, "of the ledger: spans of a log are read from this file"),
	KD_OPT_STR_(0, "dump", "FILE", struct opts, ledger.dump, "of the ledger: memory is read from this dump"),
	KD_OPT_STR_(0, "tree", "DIR", struct opts, ledger.tree, "of the ledger: commits and lines are read from this git repository"),
	KD_OPT_STR_(0, "index", "DIR", struct opts, ledger.index, "of the ledger: folder of the index of commits, which names trees (history.store)"),
	KD_MEMORY_STORE_OPT(struct opts, common.store),
};

/* Are they ids of the ledger? A file that is called like one wins. */
static bool of_ledger(const struct kd_cli *cli)
{
	for (size_t i = 0; i < cli->nargs; i++)
		if (!kd_evledger_is_id(cli->args[i]) || kd_fs_exists(cli->args[i]))
			return false;
	return true;
}

/* The memory is a file that is written to, so that part of the confinement is not asked for. */
static int run_ledger(struct kd_cli *cli, const struct opts *o)
{
	struct kd_error *err = o->ledger.dump ? kd_core_confine(cli, true) : NULL;

	return err ? kd_cli_fail(cli, err)
		   : kd_cli_memory(cli, &kd_cmd_evidence_check, &o->common, KD_DB_WRITE, KD_CORE_ROWS, kd_evledger_check, &o->ledger);
}

static int run(struct kd_cli *cli, const void *options)
{
	const struct opts *o = options;
	kd_auto(kd_arena_deinit) struct kd_arena arena = KD_ARENA_INIT(ARENA_MAX);
	struct kd_error *err;
	struct kd_sheet s;

	if (of_ledger(cli))
		return run_ledger(cli, o);
	if (cli->nargs > 2)
		return kd_cli_usage(cli, &kd_cmd_evidence_check, kd_error_new(KD_INVALID, "it is one answer and its input, or ids of the ledger"));
	err = kd_core_confine(cli, false);
	kd_sheet_init(&s, &arena);
	s.limit = o->common.no_limit ? 0 : o->common.limit ? o->common.limit : KD_CORE_ROWS;
	s.offset = o->common.offset;
	if (!err)
		err = kd_evidence_recheck(cli->ctx, cli->args[0], cli->nargs > 1 ? cli->args[1] : NULL, &s);
	return err ? kd_cli_fail(cli, err) : kd_cli_sheet(cli, &kd_cmd_evidence_check, cli->args[0], &s);
}

static const char *const about[] = {
	"Reads the evidence in one of kdoc's answers (JSON) and looks once more whether the bytes that it names are what they were: "
	"spans of a log, memory of a dump.",
	"Without INPUT it is the file that the answer names.",
	"CLAIM and EVIDENCE are ids of the ledger (c…, e…): spans of a log are read from the texts that the team's memory keeps, or from --log; "
	"memory from --dump; commits and source lines from --tree or the indexed trees. What each piece was is stored: 'ledger verify' asks for it.",
	NULL,
};

static const struct kd_example examples[] = {
	{"kdoc investigate --json crash.log > answer.json", "an answer"},
	{"kdoc evidence check answer.json", "does what it stands on still hold?"},
	{"kdoc evidence check answer.json copy-of-crash.log", "in another copy"},
	{"kdoc evidence check c0123456789ab", "does what a claim rests on still hold?"},
	{NULL, NULL},
};

const struct kd_cmd kd_cmd_evidence_check = {
	.name = "evidence check",
	.phase = KD_PHASE_ANALYSIS,
	.usage = "ANSWER.json|- [INPUT] | CLAIM|EVIDENCE…",
	.summary = "check the evidence of an answer, of a claim, again",
	.about = about,
	.negative = "something is not what it was",
	.examples = examples,
	.opts = opts,
	.nopts = KD_ARRAY_LEN(opts),
	.opts_size = sizeof(struct opts),
	.min_args = 1,
	.max_args = KD_ARGS_ANY,
	.run = run,
};
