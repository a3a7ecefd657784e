// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/alloc.h"
#include "cli/core.h"
#include "cli/memory.h"
#include "cli/verbs.h"
#include "verb/route.h"

#define ARENA_MAX ((size_t)64 << 20)

struct opts {
	const char *store, *tree;
	uint64_t report;
};

static const struct kd_opt opts[] = {
	KD_MEMORY_STORE_OPT(struct opts, store),
	KD_OPT_STR_('t', "tree", "TREE", struct opts, tree,
		    "source tree whose MAINTAINERS is asked (see kdoc source)"),
	KD_OPT_NUM_('r', "report", "N", struct opts, report,
		    "the N-th report of the log instead of the first domino"),
};

static int run(struct kd_cli *cli, const void *options)
{
	const struct opts *o = options;
	kd_auto(kd_arena_deinit) struct kd_arena arena = KD_ARENA_INIT(ARENA_MAX);
	struct kd_route_request req = {
		.name = cli->args[0], .memory = o->store, .tree = o->tree, .report = o->report};
	struct kd_error *err;
	struct kd_sheet s;

	kd_sheet_init(&s, &arena);
	err = kd_route(cli->ctx, &req, &s);
	return err ? kd_cli_fail(cli, err) : kd_cli_sheet(cli, &kd_cmd_route, NULL, &s);
}

static const char *const about[] = {
	"Who has to fix it: the kernel, a module from outside of its tree, a BPF program, "
	"hardware, firmware or user space, with the "
	"reason; the subsystem; and who answers for it, by MAINTAINERS of a source tree where one "
	"is given or configured.",
	"Of a log, of an event (ev-…) or a group (g-…) of the team's memory. What the text does "
	"not tell is unknown.",
	NULL,
};

static const struct kd_example examples[] = {
	{"kdoc route crash.log", "by the report alone"},
	{"kdoc route --tree=linux crash.log", "with maintainers and lists"},
	{"kdoc route g-0123456789ab", "of a group"},
	{NULL, NULL},
};

const struct kd_cmd kd_cmd_route = {
	.name = "route",
	.phase = KD_PHASE_ANALYSIS,
	.usage = "LOG|-|EVENT|GROUP",
	.summary = "who has to fix it, and why",
	.about = about,
	.negative = "the log holds no report",
	.examples = examples,
	.opts = opts,
	.nopts = KD_ARRAY_LEN(opts),
	.opts_size = sizeof(struct opts),
	.min_args = 1,
	.max_args = 1,
	.run = run,
};
