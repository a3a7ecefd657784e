// SPDX-License-Identifier: GPL-2.0-or-later
#include "verb/core_triage.h"

#include "base/alloc.h"
#include "cli/core.h"
#include "cli/verbs.h"

struct opts {
	struct kd_core_opts common;
	struct kd_core_triage_options triage;
};

static const struct kd_opt opts[] = {
	KD_OPT_FLAG_('l', "locals", struct opts, triage.locals, "variables of all frames, not only of the one where it happened"),
	KD_CORE_OPTS(struct opts, common),
};

static int run(struct kd_cli *cli, const void *options)
{
	const struct opts *o = options;

	return kd_cli_core(cli, &kd_cmd_core_triage, &o->common, kd_core_triage, &o->triage);
}

static const char *const about[] = {
	"What happened, by a dump alone: what its log reports and which report came first, the stack of the CPU that panicked, the "
	"instruction that could not be executed with its operands and the memory behind them, what every register points to, "
	"and where the other CPUs were. Each statement names the memory that it stands on.",
	"A register that was loaded from memory just before is compared with what the dump holds there: a difference says that it "
	"was changed after the load, not by whom.",
	"Of an oops that the kernel survived the registers are those in the log. With --debug: source lines, C expressions, "
	"variables.",
	NULL,
};

static const struct kd_example examples[] = {
	{"kdoc core triage vmcore", "with no file besides the dump"},
	{"kdoc core triage --debug vmlinux vmcore", "with lines, expressions and variables"},
	{NULL, NULL},
};

const struct kd_cmd kd_cmd_core_triage = {
	.name = "core triage",
	.phase = KD_PHASE_DUMP,
	.usage = "DUMP",
	.summary = "what happened, by a dump",
	.about = about,
	.examples = examples,
	.opts = opts,
	.nopts = KD_ARRAY_LEN(opts),
	.opts_size = sizeof(struct opts),
	.min_args = 1,
	.max_args = 1,
	.run = run,
};
