// SPDX-License-Identifier: GPL-2.0-or-later
/* kd_scan_all(): reports that are kept, and what they have to do with each other. */
#include "base/alloc.h"
#include "report/scan.h"

#include "report/engine.h"

struct keeper {
	struct kd_ctx *ctx;
	struct kd_reports *rs;
	size_t max, cap;
};

/* Same kind of report again, by the strict signature. */
static void mark_repeat(struct kd_reports *rs, struct kd_report *r)
{
	for (size_t i = 0; i + 1 < rs->n; i++)
		if (!strcmp(rs->v[i]->sig[KD_SIG_STRICT].hex, r->sig[KD_SIG_STRICT].hex)) {
			r->repeat_of = rs->v[i]->index + 1;
			return;
		}
}

void kd_reports_free(struct kd_reports *rs)
{
	if (!rs)
		return;
	for (size_t i = 0; i < rs->n; i++) {
		struct kd_arena a = *rs->v[i]->arena;

		kd_arena_deinit(&a);
	}
	kd_free(rs->v);
	kd_free(rs);
}

void kd_reports_freep(struct kd_reports **rs)
{
	kd_reports_free(*rs);
	*rs = NULL;
}

bool kd_engine_steal(const struct kd_report *r, struct kd_report **ret)
{
	struct kd_report *mine = (struct kd_report *)(uintptr_t)r;
	struct kd_arena *home = kd_arena_new(mine->arena, struct kd_arena);

	if (!home)
		return false;
	*home = *mine->arena;
	*mine->arena = KD_ARENA_INIT(home->limit);
	mine->arena = home;
	*ret = mine;
	return true;
}

static struct kd_error *keep(void *user, const struct kd_report *r)
{
	struct keeper *k = user;
	struct kd_report *mine;

	if (k->rs->n >= k->max || !kd_engine_steal(r, &mine)) {
		k->rs->log.skipped_reports++;
		return NULL;
	}
	if (k->rs->n == k->cap) {
		k->cap = k->cap ? k->cap * 2 : 16;
		k->rs->v = kd_xrealloc(k->rs->v, k->cap * sizeof(struct kd_report *));
	}
	k->rs->v[k->rs->n++] = mine;
	mark_repeat(k->rs, mine);
	return NULL;
}

struct kd_error *kd_scan_all(struct kd_ctx *ctx, struct kd_source *src, const struct kd_scan_opts *o,
			     size_t max, struct kd_reports **ret)
{
	struct kd_reports *rs = kd_xcalloc(1, sizeof(*rs));
	struct keeper k = {.ctx = ctx, .rs = rs, .max = max};
	struct kd_scan_log log;
	struct kd_error *err = kd_scan(ctx, src, o, keep, &k, &log);

	if (err) {
		kd_reports_free(rs);
		return err;
	}
	log.skipped_reports = rs->log.skipped_reports;
	rs->log = log;
	*ret = rs;
	return NULL;
}
