// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/history.h"

#include "base/alloc.h"
#include "cli/core.h"
#include "cli/interrupt.h"

#define ARENA_MAX ((size_t)512 << 20)

static int ask(struct kd_cli *cli, const struct kd_cmd *cmd, const struct kd_history_opts *common, uint64_t rows,
	       const struct kd_history_question *q)
{
	kd_auto(kd_interrupt_end) struct kd_interrupt in = {.on = false};
	kd_auto(kd_arena_deinit) struct kd_arena arena = KD_ARENA_INIT(ARENA_MAX);
	struct kd_error *err;
	struct kd_sheet s;

	kd_sheet_init(&s, &arena);
	s.limit = common->no_limit ? 0 : common->limit ? common->limit : rows;
	s.offset = common->offset;
	kd_interrupt_begin(&in, cli->ctx);
	err = kd_history_ask(cli->ctx, q, &s);
	kd_progress_clear(cli->progress);
	return err ? kd_cli_fail(cli, err) : kd_cli_sheet(cli, cmd, NULL, &s);
}

int kd_cli_history(struct kd_cli *cli, const struct kd_cmd *cmd, const struct kd_history_opts *common, uint64_t rows,
		   kd_history_answer *answer, const void *options)
{
	const struct kd_history_question q = {.store = common->store, .write = common->write, .answer = answer, .options = options,
					      .args = cli->args, .nargs = cli->nargs};

	return ask(cli, cmd, common, rows, &q);
}

int kd_cli_history_any(struct kd_cli *cli, const struct kd_cmd *cmd, const struct kd_history_opts *common, uint64_t rows,
		       kd_history_answer *answer, const void *options)
{
	const struct kd_history_question q = {.store = common->store, .mails_will_do = true, .answer = answer, .options = options,
					      .args = cli->args, .nargs = cli->nargs};

	return ask(cli, cmd, common, rows, &q);
}
