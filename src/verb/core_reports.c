// SPDX-License-Identifier: GPL-2.0-or-later
#include "verb/core_reports.h"

#include "base/alloc.h"
#include "report/scan.h"

struct reading {
	struct kd_arena *arena;
	struct kd_core_reports *to;
};

static struct kd_error *see(void *user, const struct kd_report *r)
{
	struct reading *x = user;

	if (!r->infrastructure) {
		x->to->last = kd_arena_view(x->arena, r->title);
		x->to->n++;
	}
	return NULL;
}

struct kd_error *kd_core_reports(struct kd_ctx *ctx, struct kd_view log, struct kd_arena *arena, struct kd_core_reports *ret)
{
	const struct kd_scan_opts o = {.want = KD_WANT_TITLES, .no_infrastructure = true};
	kd_auto(kd_source_closep) struct kd_source *src = NULL;
	struct reading x = {.arena = arena, .to = ret};
	struct kd_scan_log summary;
	struct kd_error *err = kd_source_from_memory(log, "log", &src);

	*ret = (struct kd_core_reports){.n = 0};
	return err ? err : kd_scan(ctx, src, &o, see, &x, &summary);
}
