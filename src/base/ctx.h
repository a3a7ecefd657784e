/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ctx.h: what one thread of work carries along: limits, logger, cancel flag.
 *
 *	struct kd_ctx ctx;
 *	kd_ctx_init(&ctx);
 *	ctx.log = &log;
 *	ctx.cancel = &got_sigint;
 *	…
 *	if (kd_ctx_cancelled(&ctx)) …
 *	kd_ctx_deinit(&ctx);
 *
 * One kd_ctx per thread; it is never shared. There is no other state in kdoc.
 */
#ifndef KD_BASE_CTX_H
#define KD_BASE_CTX_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/log.h"

/* Caps. The defaults are in the comments. */
struct kd_limits {
	size_t line_bytes; /* 64 KiB: a longer line is cut, and that is said */
	size_t report_lines; /* 2000: a report ends there, and that is said */
	size_t log_reports; /* 10000: reports of one log kept in memory */
	size_t log_memory; /* 128 MiB: of these reports together */
	size_t report_memory; /* 16 MiB: arena of one parsed report */
	size_t result_memory; /* 256 MiB: arena of one answer */
	size_t diagnostics; /* 1000: notes about one input; later ones are counted */
	size_t decoder_memory; /* 128 MiB: one decompressor (zstd window 2^27, xz limit) */
	size_t json_bytes; /* 64 MiB: one JSON input */
	unsigned json_depth; /* 64 */
	size_t walk_entries; /* 100000: entries of one directory walk */
	unsigned walk_depth; /* 32 */
	size_t config_bytes; /* 1 MiB: one configuration file */
	size_t proc_output; /* 16 MiB: output of one helper program */
	unsigned proc_ms; /* 60000: its time */
};

/* Memory of one layer, freed with the context. */
struct kd_ctx_slot {
	void *p;
	void (*free)(void *p);
};

enum kd_ctx_slot_id {
	KD_SLOT_FORMAT,
	KD_SLOT_REPORT,
	KD_SLOT_SOURCE,
	KD_SLOT_SYMBOL,
	KD_SLOT_HISTORY,
	KD_SLOT_CORE,
	KD_SLOT_CASE,
	KD_SLOT_LAB,
	KD_SLOT_LINK,
	KD_SLOT_VERB,
	KD_SLOT_N
};

struct kd_ctx {
	struct kd_limits limits;
	const struct kd_log *log; /* NULL: silence */
	const volatile sig_atomic_t *cancel; /* NULL: cannot be cancelled */
	struct kd_ctx_slot slot[KD_SLOT_N];
};

void kd_limits_default(struct kd_limits *l);

/* Defaults, no logger, no cancel flag, empty slots. */
void kd_ctx_init(struct kd_ctx *ctx);

/* Frees the slots. */
void kd_ctx_deinit(struct kd_ctx *ctx);

/* Has somebody asked us to stop? Cheap: call it in every loop over input. NULL: no. */
static inline bool kd_ctx_cancelled(const struct kd_ctx *ctx)
{
	return ctx && ctx->cancel && __atomic_load_n(ctx->cancel, __ATOMIC_RELAXED);
}

/* KD_CANCELLED when cancelled, else NULL. */
KD_MUST_CHECK struct kd_error *kd_ctx_check(const struct kd_ctx *ctx);

#endif
