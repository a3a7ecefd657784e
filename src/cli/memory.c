// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/memory.h"

#include "base/alloc.h"
#include "cli/core.h"
#include "cli/interrupt.h"

#define ARENA_MAX ((size_t)512 << 20)

int kd_cli_memory(struct kd_cli *cli, const struct kd_cmd *cmd, const struct kd_memory_opts *common, unsigned flags, uint64_t rows,
		  kd_memory_answer *answer, const void *options)
{
	kd_auto(kd_interrupt_end) struct kd_interrupt in = {.on = false};
	kd_auto(kd_arena_deinit) struct kd_arena arena = KD_ARENA_INIT(ARENA_MAX);
	struct kd_error *err;
	struct kd_sheet s;

	kd_sheet_init(&s, &arena);
	s.limit = common->no_limit ? 0 : common->limit ? common->limit : rows;
	s.offset = common->offset;
	kd_interrupt_begin(&in, cli->ctx);
	err = kd_memory_ask(cli->ctx, common->store, flags, answer, options, cli->args, cli->nargs, &s);
	kd_progress_clear(cli->progress);
	return err ? kd_cli_fail(cli, err) : kd_cli_sheet(cli, cmd, NULL, &s);
}
