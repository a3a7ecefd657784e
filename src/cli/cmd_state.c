// SPDX-License-Identifier: GPL-2.0-or-later
/* state, follow. */
#include "base/alloc.h"
#include "cli/memory.h"
#include "cli/verbs.h"
#include "verb/state.h"

struct state_opts {
	struct kd_memory_opts common;
	struct kd_state_options ask;
};

static const struct kd_opt state_opts[] = {
	KD_OPT_STR_('r', "ref", "REFERENCE", struct state_opts, ask.ref, "what the step rests on: a message-id, a commit, a release"),
	KD_OPT_STR_('w', "why", "TEXT", struct state_opts, ask.why, "the reason"),
	KD_OPT_STR_(0, "index", "DIR", struct state_opts, ask.index, "folder of the index of commits (history.store)"),
	KD_MEMORY_OPTS(struct state_opts, common),
};

static int run_state(struct kd_cli *cli, const void *options)
{
	const struct state_opts *o = options;

	return kd_cli_memory(cli, &kd_cmd_state, &o->common, cli->nargs > 1 ? KD_DB_WRITE : KD_DB_READ, 1000, kd_state_ask, &o->ask);
}

static const char *const state_about[] = {
	"Says how far a group's follow-up is: unseen, known, posted (a fix, its version), merged, stable, built, deployed, verified; "
	"beside these wontfix, duplicate, regressed; with who said it, when, what it rests on, and how long each step lasted.",
	"With STATE it goes there, if there is a step from where it is. posted needs a message-id, merged a commit, stable, built and deployed a "
	"release, duplicate a group or ticket (--ref); wontfix a reason (--why); known, verified and regressed one of the two.",
	"What follows from data is shown as such and never stored: known (a ticket, a known issue), merged, stable, built (the fix commit in the "
	"index of commits), deployed (a host runs a release that has the fix), regressed (events since on such a release).",
	NULL,
};

static const struct kd_example state_examples[] = {
	{"kdoc state g-1a2b3c", "how far is it?"},
	{"kdoc state g-1a2b3c posted-v2 --ref=20260512.1@example.org", "the second version of the fix is on the list"},
	{"kdoc state g-1a2b3c wontfix --why='the driver is gone in 6.12'", "closed, with its reason"},
	{NULL, NULL},
};

const struct kd_cmd kd_cmd_state = {
	.name = "state",
	.phase = KD_PHASE_FOLLOW_UP,
	.usage = "GROUP [STATE]",
	.summary = "how far a group's follow-up is; its next step",
	.about = state_about,
	.examples = state_examples,
	.opts = state_opts,
	.nopts = KD_ARRAY_LEN(state_opts),
	.opts_size = sizeof(struct state_opts),
	.min_args = 1,
	.max_args = 2,
	.run = run_state,
};

struct follow_opts {
	struct kd_memory_opts common;
	struct kd_follow_options ask;
};

static const struct kd_opt follow_opts[] = {
	KD_OPT_FLAG_('a', "all", struct follow_opts, ask.all, "all groups: also closed and unseen ones"),
	KD_OPT_STR_(0, "index", "DIR", struct follow_opts, ask.index, "folder of the index of commits (history.store)"),
	KD_MEMORY_OPTS(struct follow_opts, common),
};

static int run_follow(struct kd_cli *cli, const void *options)
{
	const struct follow_opts *o = options;

	return kd_cli_memory(cli, &kd_cmd_follow, &o->common, KD_DB_READ, 1000, kd_follow, &o->ask);
}

static const char *const follow_about[] = {
	"The queue of follow-ups that are open, the oldest first: each group that somebody has begun with (a step, a ticket, a known issue) and "
	"that is neither verified nor given up, with its state, how long it has been in it, what is to be done next and who has it, and "
	"whether events still come.",
	NULL,
};

static const struct kd_example follow_examples[] = {
	{"kdoc follow", "what is open, and how old is it?"},
	{"kdoc follow --all --json", "every group with its state, for a report"},
	{NULL, NULL},
};

const struct kd_cmd kd_cmd_follow = {
	.name = "follow",
	.phase = KD_PHASE_FOLLOW_UP,
	.usage = "",
	.summary = "what is still open, and how old it is",
	.about = follow_about,
	.negative = "nothing is open",
	.examples = follow_examples,
	.opts = follow_opts,
	.nopts = KD_ARRAY_LEN(follow_opts),
	.opts_size = sizeof(struct follow_opts),
	.min_args = 0,
	.max_args = 0,
	.run = run_follow,
};
