// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/ctx.h"

#include <string.h>

void kd_limits_default(struct kd_limits *l)
{
	*l = (struct kd_limits){
		.line_bytes = (size_t)64 << 10,
		.report_lines = 2000,
		.log_reports = 10000,
		.log_memory = (size_t)128 << 20,
		.report_memory = (size_t)16 << 20,
		.result_memory = (size_t)256 << 20,
		.diagnostics = 1000,
		.decoder_memory = (size_t)128 << 20,
		.json_bytes = (size_t)64 << 20,
		.json_depth = 64,
		.walk_entries = 100000,
		.walk_depth = 32,
		.config_bytes = (size_t)1 << 20,
		.proc_output = (size_t)16 << 20,
		.proc_ms = 60000,
	};
}

void kd_ctx_init(struct kd_ctx *ctx)
{
	memset(ctx, 0, sizeof(*ctx));
	kd_limits_default(&ctx->limits);
}

void kd_ctx_deinit(struct kd_ctx *ctx)
{
	for (size_t i = KD_SLOT_N; i-- > 0;) {
		struct kd_ctx_slot *s = &ctx->slot[i];

		if (s->free)
			s->free(s->p);
		*s = (struct kd_ctx_slot){0};
	}
}

struct kd_error *kd_ctx_check(const struct kd_ctx *ctx)
{
	return kd_ctx_cancelled(ctx) ? kd_error_new(KD_CANCELLED, "stopped on request") : NULL;
}
