// SPDX-License-Identifier: GPL-2.0-or-later
/* ledger, learn. */
#include "base/alloc.h"
#include "cli/core.h"
#include "cli/memory.h"
#include "cli/verbs.h"
#include "verb/ledger.h"

struct opts {
	struct kd_memory_opts common;
	struct kd_ledger_options ask;
	struct kd_opt_list evidence, with;
};

static const struct kd_opt opts[] = {
	KD_OPT_STR_('a', "about", "SUBJECT", struct opts, ask.about, "add: what it is about (g-…, ev-…, inc-…, issue:KEY, ticket:SYSTEM:KEY); list: only that"),
	KD_OPT_STR_(0, "by", "WHO", struct opts, ask.origin, "who says it: person:NAME, program:NAME, model:NAME (case.who, else the login's name)"),
	KD_OPT_LIST_('e', "evidence", "ANSWER.json", struct opts, evidence, "it rests on the evidence in this answer of kdoc; may be given again"),
	KD_OPT_LIST_(0, "with", "ID", struct opts, with, "it rests on this piece of evidence (e…) of the ledger; may be given again"),
	KD_OPT_STR_('w', "why", "TEXT", struct opts, ask.why, "the reason"),
	KD_OPT_STR_('s', "status", "STATUS", struct opts, ask.status, "list: only hypothesis, supported, refuted, verified ones"),
	KD_OPT_STR_(0, "log", "FILE", struct opts, ask.check.log, "check: spans of a log are read from this file"),
	KD_OPT_STR_(0, "dump", "FILE", struct opts, ask.check.dump, "check: memory is read from this dump"),
	KD_OPT_STR_(0, "tree", "DIR", struct opts, ask.check.tree, "check: commits and lines are read from this git repository"),
	KD_OPT_STR_(0, "index", "DIR", struct opts, ask.check.index, "check: folder of the index of commits, which names trees (history.store)"),
	KD_MEMORY_OPTS(struct opts, common),
};

static int run(struct kd_cli *cli, const void *options)
{
	struct opts o = *(const struct opts *)options;
	const bool write = cli->nargs && kd_ledger_changes(cli->args[0]);

	o.ask.evidence = o.evidence.v;
	o.ask.nevidence = o.evidence.n;
	o.ask.with = o.with.v;
	o.ask.nwith = o.with.n;
	if (o.ask.check.dump) { /* it may be hostile */
		struct kd_error *err = kd_core_confine(cli, true);

		if (err)
			return kd_cli_fail(cli, err);
	}
	return kd_cli_memory(cli, &kd_cmd_ledger, &o.common, write ? KD_DB_WRITE : KD_DB_READ, 1000, kd_ledger_ask, &o.ask);
}

static const char *const about[] = {
	"What was claimed about crashes, by whom (a person, a program, a model), on which evidence, and what became of it. A claim is a "
	"hypothesis; supported needs evidence; verified needs evidence that was looked at again and was the same (ledger check, evidence check); "
	"refuted needs a reason. Words that claim certainty are refused without evidence.",
	"Refuted claims are kept and come first: whoever adds a claim that is like one is told who refuted it, when and why.",
	"ACTION is add TEXT, list, show CLAIM, support CLAIM, refute CLAIM, verify CLAIM, check CLAIM|EVIDENCE….",
	NULL,
};

static const struct kd_example examples[] = {
	{"kdoc ledger add 'the timer outlives its object' --about=g-1a2b3c --evidence=answer.json", "a hypothesis with what speaks for it"},
	{"kdoc ledger refute c0123456789ab --why='the timer is deleted in line 77'", "so that nobody tries it again"},
	{"kdoc ledger check c0123456789ab", "is its evidence still what it was?"},
	{"kdoc ledger list --about=g-1a2b3c", "what was tried? refuted claims first"},
	{NULL, NULL},
};

const struct kd_cmd kd_cmd_ledger = {
	.name = "ledger",
	.phase = KD_PHASE_ANALYSIS,
	.usage = "[ACTION [ARGUMENT…]]",
	.summary = "claims, their evidence, and what became of them",
	.about = about,
	.negative = "nothing is listed, or (check) something is not what it was",
	.examples = examples,
	.opts = opts,
	.nopts = KD_ARRAY_LEN(opts),
	.opts_size = sizeof(struct opts),
	.min_args = 0,
	.max_args = KD_ARGS_ANY,
	.run = run,
};

struct learn_opts {
	struct kd_memory_opts common;
};

static const struct kd_opt learn_opts[] = {
	KD_MEMORY_STORE_OPT(struct learn_opts, common.store),
};

static int run_learn(struct kd_cli *cli, const void *options)
{
	const struct learn_opts *o = options;

	return kd_cli_memory(cli, &kd_cmd_learn, &o->common, KD_DB_READ, 1000, kd_learn, NULL);
}

static const char *const learn_about[] = {
	"Makes a draft of a playbook (the form of docs/playbooks) of what the ledger has verified: the kinds that it is for, what is proven, on "
	"which evidence and when that was checked, what was refuted and why, and which checks to begin with. A person reviews it.",
	NULL,
};

static const struct kd_example learn_examples[] = {
	{"kdoc learn g-1a2b3c > draft.md", "of all claims about a group"},
	{"kdoc learn c0123456789ab", "of one claim"},
	{NULL, NULL},
};

const struct kd_cmd kd_cmd_learn = {
	.name = "learn",
	.phase = KD_PHASE_FOLLOW_UP,
	.usage = "GROUP|CLAIM…",
	.summary = "a draft of a playbook from verified claims",
	.about = learn_about,
	.negative = "nothing of it is verified",
	.examples = learn_examples,
	.opts = learn_opts,
	.nopts = KD_ARRAY_LEN(learn_opts),
	.opts_size = sizeof(struct learn_opts),
	.min_args = 1,
	.max_args = KD_ARGS_ANY,
	.run = run_learn,
};
