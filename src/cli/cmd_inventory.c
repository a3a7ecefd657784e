// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/alloc.h"
#include "cli/core.h"
#include "cli/interrupt.h"
#include "cli/memory.h"
#include "cli/verbs.h"
#include "verb/inventory.h"

#define ARENA_MAX ((size_t)16 << 20)

/* ---- ingest ---- */

struct ingest_opts {
	const char *store, *at, *gap;
};

static const struct kd_opt ingest_opts[] = {
	KD_MEMORY_STORE_OPT(struct ingest_opts, store),
	KD_OPT_STR_(0, "at", "TIME", struct ingest_opts, at,
		    "when it was taken, where a row does not say: 2026-11-22T10:00:00Z (now)"),
	KD_OPT_STR_(
		0, "gap", "TIME", struct ingest_opts, gap,
		"seen twice with one release within this time: it ran in between, inferred (48h)"),
};

static void progress(void *user, const struct kd_input *in)
{
	kd_cli_progress(user, in);
}

static int run_ingest(struct kd_cli *cli, const void *options)
{
	const struct ingest_opts *o = options;
	kd_auto(kd_interrupt_end) struct kd_interrupt in = {.on = false};
	kd_auto(kd_arena_deinit) struct kd_arena arena = KD_ARENA_INIT(ARENA_MAX);
	struct kd_inventory_request req = {
		.inputs = cli->args,
		.ninputs = cli->nargs,
		.store = o->store,
		.at = o->at,
		.gap = o->gap,
		.progress = progress,
		.user = cli,
	};
	uint64_t problems = 0;
	struct kd_error *err;
	struct kd_sheet s;
	int code;

	kd_sheet_init(&s, &arena);
	kd_interrupt_begin(&in, cli->ctx);
	err = kd_inventory_ingest(cli->ctx, &req, &s, &problems);
	kd_progress_clear(cli->progress);
	if (err)
		return kd_cli_fail(cli, err);
	code = kd_cli_sheet(cli, &kd_cmd_inventory_ingest, NULL, &s);
	return problems ? KD_EXIT_INPUT : code;
}

static const char *const ingest_about[] = {
	"Puts into the team's memory which host ran which kernel release when: that is the "
	"exposure that kdoc verify divides by. Rows are "
	"spans (host, release, since, until, boots) or sightings (host, release, boot time or "
	"uptime, when it was seen), as JSON or "
	"comma-separated values.",
	"A host that was seen with one release twice within 48 hours is taken to have run it in "
	"between, which is marked as inferred; a "
	"longer gap stays unknown. The same inventory again changes nothing. Rows that cannot be "
	"true (a wrong clock, an end before the "
	"begin) are refused with their line; the others are taken.",
	NULL,
};

static const struct kd_example ingest_examples[] = {
	{"kdoc inventory ingest fleet.csv", "spans, names of columns in the first line"},
	{"kdoc inventory ingest --at=2026-11-22T06:00:00Z today.jsonl",
	 "who runs what, seen at that time"},
	{NULL, NULL},
};

const struct kd_cmd kd_cmd_inventory_ingest = {
	.name = "inventory ingest",
	.phase = KD_PHASE_FOLLOW_UP,
	.usage = "FILE…|-",
	.summary = "which host ran which release when, into the team's memory",
	.about = ingest_about,
	.negative = "there was no row in any input",
	.examples = ingest_examples,
	.opts = ingest_opts,
	.nopts = KD_ARRAY_LEN(ingest_opts),
	.opts_size = sizeof(struct ingest_opts),
	.min_args = 1,
	.max_args = KD_ARGS_ANY,
	.run = run_ingest,
};

/* ---- show ---- */

struct show_opts {
	struct kd_memory_opts common;
	struct kd_inventory_show_options show;
};

static const struct kd_opt show_opts[] = {
	KD_OPT_STR_(0, "release", "RELEASE", struct show_opts, show.release, "this release alone"),
	KD_MEMORY_OPTS(struct show_opts, common),
};

static int run_show(struct kd_cli *cli, const void *options)
{
	const struct show_opts *o = options;

	return kd_cli_memory(cli, &kd_cmd_inventory_show, &o->common, KD_DB_READ, 100,
			     kd_inventory_show, &o->show);
}

static const char *const show_about[] = {
	"What the inventories say: for each release how many hosts ran it, for how many "
	"host-hours, how many of these are inferred from "
	"sightings, from when until when. With hosts: their spans.",
	NULL,
};

static const struct kd_example show_examples[] = {
	{"kdoc inventory show", "the fleet by release"},
	{"kdoc inventory show db7", "what db7 ran, and how that is known"},
	{NULL, NULL},
};

const struct kd_cmd kd_cmd_inventory_show = {
	.name = "inventory show",
	.phase = KD_PHASE_FOLLOW_UP,
	.usage = "[HOST…]",
	.summary = "what is known about which host ran which release",
	.about = show_about,
	.negative = "nothing is known",
	.examples = show_examples,
	.opts = show_opts,
	.nopts = KD_ARRAY_LEN(show_opts),
	.opts_size = sizeof(struct show_opts),
	.min_args = 0,
	.max_args = KD_ARGS_ANY,
	.run = run_show,
};

/* ---- rollout ---- */

struct rollout_opts {
	struct kd_memory_opts common;
	struct kd_inventory_rollout_options rollout;
};

static const struct kd_opt rollout_opts[] = {
	KD_OPT_STR_(0, "since", "TIME", struct rollout_opts, rollout.since,
		    "state that it began then: 2026-05-12T00:00:00Z"),
	KD_OPT_STR_(0, "until", "TIME", struct rollout_opts, rollout.until, "and ended then"),
	KD_OPT_STR_(0, "note", "TEXT", struct rollout_opts, rollout.note, "a note with it"),
	KD_MEMORY_OPTS(struct rollout_opts, common),
};

static int run_rollout(struct kd_cli *cli, const void *options)
{
	const struct rollout_opts *o = options;

	return kd_cli_memory(cli, &kd_cmd_inventory_rollout, &o->common,
			     o->rollout.since ? KD_DB_WRITE : KD_DB_READ, 100, kd_inventory_rollout,
			     &o->rollout);
}

static const char *const rollout_about[] = {
	"When releases came to the fleet: the first host with it, half of the fleet, the last "
	"host, derived from the inventory; without one the "
	"first event of the release, which may be long after its rollout and is marked. With "
	"--since it is stated, and that counts.",
	NULL,
};

static const struct kd_example rollout_examples[] = {
	{"kdoc inventory rollout", "all releases"},
	{"kdoc inventory rollout 6.18.5 --since=2026-05-12T00:00:00Z",
	 "state it, where there is no inventory"},
	{NULL, NULL},
};

const struct kd_cmd kd_cmd_inventory_rollout = {
	.name = "inventory rollout",
	.phase = KD_PHASE_FOLLOW_UP,
	.usage = "[RELEASE]",
	.summary = "when a release came to the fleet",
	.about = rollout_about,
	.negative = "nothing is known",
	.examples = rollout_examples,
	.opts = rollout_opts,
	.nopts = KD_ARRAY_LEN(rollout_opts),
	.opts_size = sizeof(struct rollout_opts),
	.min_args = 0,
	.max_args = 1,
	.run = run_rollout,
};
