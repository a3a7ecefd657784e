// SPDX-License-Identifier: GPL-2.0-or-later
/* store backup, store export, store import. */
#include <string.h>

#include "base/alloc.h"
#include "cli/memory.h"
#include "cli/verbs.h"
#include "cli/team.h"

struct opts {
	const char *store;
};

static const struct kd_opt opts[] = {
	KD_MEMORY_STORE_OPT(struct opts, store),
};

static struct kd_error *output(void *user, struct kd_view bytes)
{
	struct kd_out *out = user;

	kd_out_raw(out, bytes);
	return out->failed ? kd_error_new(KD_IO, "the answer could not be written") : NULL;
}

static int run_backup(struct kd_cli *cli, const void *options)
{
	const struct opts *o = options;
	const struct kd_team_request req = {.store = o->store, .path = cli->args[0]};

	return kd_cli_team(cli, &kd_cmd_store_backup, &req, kd_team_backup);
}

static const char *const backup_about[] = {
	"Copies the database file as it is at one moment, while others read and write: page by page, then synced, then renamed into its "
	"place. A copy is a database like the first one: --store=FILE reads it, and copying it back restores it. An existing file is not "
	"replaced.",
	"PostgreSQL has its own tools for that (pg_dump, pg_basebackup); kdoc store export works with both.",
	NULL,
};

static const struct kd_example backup_examples[] = {
	{"kdoc store backup /backup/team.db", "a copy, while others work"},
	{NULL, NULL},
};

const struct kd_cmd kd_cmd_store_backup = {
	.name = "store backup",
	.phase = KD_PHASE_ANY,
	.usage = "FILE",
	.summary = "a copy of the team's memory, while others work with it",
	.about = backup_about,
	.examples = backup_examples,
	.opts = opts,
	.nopts = KD_ARRAY_LEN(opts),
	.opts_size = sizeof(struct opts),
	.min_args = 1,
	.max_args = 1,
	.run = run_backup,
};

static int run_export(struct kd_cli *cli, const void *options)
{
	const struct opts *o = options;
	const bool here = !strcmp(cli->args[0], "-");
	const struct kd_team_request req = {.store = o->store, .path = cli->args[0], .output = here ? output : NULL, .user = cli->out};

	return kd_cli_team(cli, &kd_cmd_store_export, &req, kd_team_export);
}

static const char *const export_about[] = {
	"Writes the whole of the team's memory as lines of JSON, as it is at one moment: a row is an object with the name of its table, NULL is "
	"left out, bytes are base64. The last line has the number of rows and a digest, so that a file that was cut off or changed is noticed. "
	"\"-\" is the standard output; --json does not change what is written there.",
	"It holds raw texts of crashes: a file is made for this user alone (0600). kdoc redact cannot be used on it.",
	NULL,
};

static const struct kd_example export_examples[] = {
	{"kdoc store export team.jsonl", "all of it"},
	{"kdoc store export - | zstd > team.jsonl.zst", "packed; import reads it as it is"},
	{NULL, NULL},
};

const struct kd_cmd kd_cmd_store_export = {
	.name = "store export",
	.phase = KD_PHASE_ANY,
	.usage = "FILE|-",
	.summary = "the team's memory as lines of JSON",
	.about = export_about,
	.examples = export_examples,
	.opts = opts,
	.nopts = KD_ARRAY_LEN(opts),
	.opts_size = sizeof(struct opts),
	.min_args = 1,
	.max_args = 1,
	.run = run_export,
};

static int run_import(struct kd_cli *cli, const void *options)
{
	const struct opts *o = options;
	const struct kd_team_request req = {.store = o->store, .path = cli->args[0]};

	return kd_cli_team(cli, &kd_cmd_store_import, &req, kd_team_import);
}

static const char *const import_about[] = {
	"Reads what kdoc store export wrote, from either database into either, also packed (gzip, xz, zstd …). All of it or nothing: one "
	"transaction, which a damaged or cut file does not end. Rows that are there stay as they are, so that it can be done again.",
	NULL,
};

static const struct kd_example import_examples[] = {
	{"kdoc store import team.jsonl", "into the configured database"},
	{"kdoc store import --store=postgresql://db.example.org/team team.jsonl.zst", "move to PostgreSQL"},
	{NULL, NULL},
};

const struct kd_cmd kd_cmd_store_import = {
	.name = "store import",
	.phase = KD_PHASE_ANY,
	.usage = "FILE|-",
	.summary = "read an export into the team's memory",
	.about = import_about,
	.examples = import_examples,
	.opts = opts,
	.nopts = KD_ARRAY_LEN(opts),
	.opts_size = sizeof(struct opts),
	.min_args = 1,
	.max_args = 1,
	.run = run_import,
};
