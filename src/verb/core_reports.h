/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * core_reports.h: the reports in a dump's log, in short.
 *
 *	struct kd_core_reports r;
 *	err = kd_core_reports(ctx, log, &arena, &r);            // r.last lives in the arena
 */
#ifndef KD_VERB_CORE_REPORTS_H
#define KD_VERB_CORE_REPORTS_H

#include "base/arena.h"
#include "base/ctx.h"
#include "base/error.h"

struct kd_core_reports {
	uint64_t n; /* reboots and the like not counted */
	struct kd_view last; /* title of the last one; absent: none */
};

/* Errors of kd_scan(). */
KD_MUST_CHECK struct kd_error *kd_core_reports(struct kd_ctx *ctx, struct kd_view log, struct kd_arena *arena, struct kd_core_reports *ret);

#endif
