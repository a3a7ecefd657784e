// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/core.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/json.h"
#include "cli/debug.h"
#include "cli/interrupt.h"
#include "render/sheet.h"

#define ARENA_MAX ((size_t)512 << 20)

static void progress(void *user, uint64_t done, uint64_t total)
{
	struct kd_cli *cli = user;

	kd_progress_update(cli->progress, done, total);
}

static bool searching(void *user, uint64_t done, uint64_t total)
{
	struct kd_cli *cli = user;

	kd_progress_update(cli->progress, done, total);
	return !kd_ctx_cancelled(cli->ctx);
}

struct kd_pages_options kd_core_dump_how(struct kd_cli *cli, const struct kd_core_dump_opts *o)
{
	return (struct kd_pages_options){.vmcoreinfo = o->vmcoreinfo,
					 .part = o->part.v,
					 .nparts = o->part.n,
					 .progress = searching,
					 .user = cli};
}

/* "core ps" → "kdoc.core-ps/1" */
static void schema_of(const struct kd_cmd *cmd, char *buf, size_t n)
{
	snprintf(buf, n, "kdoc.%s/1", cmd->name);
	for (char *p = buf; *p; p++)
		if (*p == ' ')
			*p = '-';
}

int kd_cli_sheet(struct kd_cli *cli, const struct kd_cmd *cmd, const char *path, const struct kd_sheet *s)
{
	char schema[64];
	struct kd_json j;
	struct kd_error *err;

	if (!cli->json) {
		kd_render_sheet_text(cli->out, s);
	} else {
		schema_of(cmd, schema, sizeof(schema));
		kd_json_init_flush(&j, kd_out_json_flush, cli->out, KD_JSON_PRETTY);
		kd_render_sheet_json(&j, schema, path, s);
		err = kd_json_finish(&j);
		if (err)
			return kd_cli_fail(cli, err);
	}
	return s->none ? KD_EXIT_NEGATIVE : KD_EXIT_OK;
}

int kd_cli_core(struct kd_cli *cli, const struct kd_cmd *cmd, const struct kd_core_opts *common, kd_core_answer *answer,
		const void *options)
{
	const size_t skip = cli->dump ? 0 : 1;
	kd_auto(kd_debug_paths_deinit) struct kd_debug_paths paths = kd_debug_paths(&common->debug);
	const struct kd_core_question q = {
		.dump = cli->dump,
		.path = cli->dump ? kd_core_path(cli->dump) : cli->args[0],
		.how = {.debug = paths.v, .ndebug = paths.n,
			.cache.build = {.progress = progress, .user = cli},
			.pages = kd_core_dump_how(cli, &common->dump)},
		.answer = answer,
		.options = options,
		.args = cli->args + skip,
		.nargs = cli->nargs - skip,
	};
	kd_auto(kd_interrupt_end) struct kd_interrupt in = {.on = false};
	kd_auto(kd_arena_deinit) struct kd_arena arena = KD_ARENA_INIT(ARENA_MAX);
	struct kd_error *err;
	struct kd_sheet s;

	err = kd_core_confine(cli, paths.n);
	if (err)
		return kd_cli_fail(cli, err);
	kd_sheet_init(&s, &arena);
	s.limit = common->no_limit ? 0 : common->limit ? common->limit : KD_CORE_ROWS;
	s.offset = common->offset;
	kd_interrupt_begin(&in, cli->ctx);
	err = kd_core_ask(cli->ctx, &q, &s);
	kd_progress_clear(cli->progress);
	return err ? kd_cli_fail(cli, err) : kd_cli_sheet(cli, cmd, q.path, &s);
}
