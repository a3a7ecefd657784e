// SPDX-License-Identifier: GPL-2.0-or-later
/* store status, store check, store migrate, store expire. */
#include "base/alloc.h"
#include "cli/core.h"
#include "cli/interrupt.h"
#include "cli/memory.h"
#include "cli/verbs.h"
#include "cli/team.h"

#define ARENA_MAX ((size_t)64 << 20)

struct opts {
	const char *store, *before;
	bool yes;
};

static const struct kd_opt store_opts[] = {
	KD_MEMORY_STORE_OPT(struct opts, store),
};

int kd_cli_team(struct kd_cli *cli, const struct kd_cmd *cmd, const struct kd_team_request *req, kd_team_answer *answer)
{
	kd_auto(kd_interrupt_end) struct kd_interrupt in = {.on = false};
	kd_auto(kd_arena_deinit) struct kd_arena arena = KD_ARENA_INIT(ARENA_MAX);
	struct kd_error *err;
	struct kd_sheet s;

	kd_sheet_init(&s, &arena);
	kd_interrupt_begin(&in, cli->ctx);
	err = answer(cli->ctx, req, &s);
	if (err)
		return err->cls == KD_INVALID ? kd_cli_usage(cli, cmd, err) : kd_cli_fail(cli, err);
	return req->output ? KD_EXIT_OK : kd_cli_sheet(cli, cmd, NULL, &s);
}

static int run_status(struct kd_cli *cli, const void *options)
{
	const struct opts *o = options;

	return kd_cli_team(cli, &kd_cmd_store_status, &(struct kd_team_request){.store = o->store}, kd_team_status);
}

static const char *const status_about[] = {
	"Says which database the team's memory is in, how large it is, how many rows its tables have, and from when to when its events are.",
	NULL,
};

static const struct kd_example status_examples[] = {
	{"kdoc store status", "what is there"},
	{NULL, NULL},
};

const struct kd_cmd kd_cmd_store_status = {
	.name = "store status",
	.phase = KD_PHASE_ANY,
	.usage = "",
	.summary = "which database the team's memory is in, and what it holds",
	.about = status_about,
	.examples = status_examples,
	.opts = store_opts,
	.nopts = KD_ARRAY_LEN(store_opts),
	.opts_size = sizeof(struct opts),
	.run = run_status,
};

static int run_check(struct kd_cli *cli, const void *options)
{
	const struct opts *o = options;

	return kd_cli_team(cli, &kd_cmd_store_check, &(struct kd_team_request){.store = o->store}, kd_team_check);
}

static const char *const check_about[] = {
	"Checks every page and index of the database, then whether its tables agree: each event has its signature and each signature its "
	"group, raw texts unpack, are what they were when they were written and hold what events say, decisions, links and claims speak of "
	"things that are there. Others may write meanwhile; nothing is changed.",
	"In PostgreSQL pages are the server's business (initdb --data-checksums); indexes are checked where the extension amcheck is there.",
	NULL,
};

static const struct kd_example check_examples[] = {
	{"kdoc store check", "after a disk had errors"},
	{NULL, NULL},
};

const struct kd_cmd kd_cmd_store_check = {
	.name = "store check",
	.phase = KD_PHASE_ANY,
	.usage = "",
	.summary = "is the team's memory sound?",
	.about = check_about,
	.negative = "something of it is wrong",
	.examples = check_examples,
	.opts = store_opts,
	.nopts = KD_ARRAY_LEN(store_opts),
	.opts_size = sizeof(struct opts),
	.run = run_check,
};

static int run_migrate(struct kd_cli *cli, const void *options)
{
	const struct opts *o = options;

	return kd_cli_team(cli, &kd_cmd_store_migrate, &(struct kd_team_request){.store = o->store}, kd_team_migrate);
}

static const char *const migrate_about[] = {
	"Makes the tables of an empty database, or brings those of an older kdoc up to date: one transaction for each version, so that a run "
	"that is cut off leaves what was there. Every verb that writes does it, too. Make a backup before.",
	NULL,
};

static const struct kd_example migrate_examples[] = {
	{"kdoc store migrate", "after an update of kdoc"},
	{"kdoc store migrate --store=postgresql://db.example.org/team", "make the tables there"},
	{NULL, NULL},
};

const struct kd_cmd kd_cmd_store_migrate = {
	.name = "store migrate",
	.phase = KD_PHASE_ANY,
	.usage = "",
	.summary = "make the tables of the team's memory, or bring them up to date",
	.about = migrate_about,
	.examples = migrate_examples,
	.opts = store_opts,
	.nopts = KD_ARRAY_LEN(store_opts),
	.opts_size = sizeof(struct opts),
	.run = run_migrate,
};

static const struct kd_opt expire_opts[] = {
	KD_OPT_STR_('b', "before", "DATE", struct opts, before, "events of before that day (2026-01-31, UTC) or time (with its zone)"),
	KD_OPT_FLAG_('y', "yes", struct opts, yes, "do it; without, only say what would go"),
	KD_MEMORY_STORE_OPT(struct opts, store),
};

static int run_expire(struct kd_cli *cli, const void *options)
{
	const struct opts *o = options;

	return kd_cli_team(cli, &kd_cmd_store_expire, &(struct kd_team_request){.store = o->store, .before = o->before, .yes = o->yes},
			     kd_team_expire);
}

static const char *const expire_about[] = {
	"Throws old events away, with the raw texts that no other event needs. Signatures, groups, decisions, links and claims stay: they are "
	"what was learned. Events that state no time stay as well. Without --yes it only says what would go.",
	"In PostgreSQL whole months are dropped at once. In SQLite the file keeps its size, and the room is used again.",
	NULL,
};

static const struct kd_example expire_examples[] = {
	{"kdoc store expire --before=2025-01-01", "what would go"},
	{"kdoc store expire --before=2025-01-01 --yes", "do it"},
	{NULL, NULL},
};

const struct kd_cmd kd_cmd_store_expire = {
	.name = "store expire",
	.phase = KD_PHASE_ANY,
	.usage = "",
	.summary = "throw events away that are older than a day",
	.about = expire_about,
	.negative = "no event is that old",
	.examples = expire_examples,
	.opts = expire_opts,
	.nopts = KD_ARRAY_LEN(expire_opts),
	.opts_size = sizeof(struct opts),
	.run = run_expire,
};
