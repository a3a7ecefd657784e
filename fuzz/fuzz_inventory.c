// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any bytes as an inventory: rows that are taken can be true, those that are not say why; merged,
 * the spans of a host are sorted, do not overlap, cover what was given, and merging them with what
 * was given changes nothing.
 */
#include <string.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/vec.h"
#include "fuzz.h"
#include "verb/inventory_read.h"

enum { ROWS_MAX = 200 };
#define NOW ((int64_t)1780000000 * 1000000)

struct rows {
	KD_VEC(struct kd_exposure) v;
	struct kd_arena arena;
};

static struct kd_error *on_row(void *user, const struct kd_inventory_row *r)
{
	struct rows *rows = user;
	struct kd_exposure *e;

	check(r->number > 0);
	if (r->refused)
		return NULL;
	check(!kd_exposure_refuse(&r->e, NOW) && r->e.basis <= KD_EXPOSURE_SEEN);
	e = kd_vec_push(&rows->v, ROWS_MAX);
	if (!e)
		return NULL;
	*e = r->e;
	e->host = KD_V("h"); /* all of one: more to merge */
	e->release = kd_arena_view(&rows->arena, kd_view_head(r->e.release, 3));
	return NULL;
}

static bool inside(const struct kd_exposure *e, const struct kd_exposure *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (kd_view_eq(e->release, v[i].release) && e->since >= v[i].since &&
		    e->until <= v[i].until)
			return true;
	return false;
}

static void check_merge(struct rows *rows)
{
	struct kd_exposure *all = kd_xcalloc(2 * rows->v.n + 1, sizeof(*all)),
			   *given = kd_xcalloc(rows->v.n + 1, sizeof(*given));
	size_t n, again;

	if (rows->v.n)
		memcpy(given, rows->v.v, rows->v.n * sizeof(*given));
	memcpy(all, given, rows->v.n * sizeof(*given));
	n = kd_exposure_merge(all, rows->v.n, KD_EXPOSURE_GAP);
	check(n <= rows->v.n);
	for (size_t i = 0; i < rows->v.n; i++)
		check(inside(&given[i], all, n));
	for (size_t i = 1; i < n; i++)
		check(!kd_view_eq(all[i].release, all[i - 1].release) ||
		      all[i].since > all[i - 1].until);
	memcpy(&all[n], given, rows->v.n * sizeof(*given));
	again = kd_exposure_merge(all, n + rows->v.n, KD_EXPOSURE_GAP);
	check(again == n);
	kd_free(all);
	kd_free(given);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rows rows = {.arena = KD_ARENA_INIT((size_t)1 << 20)};
	const void *p = data;
	struct kd_inventory_text t = {
		.text = kd_view(p, size), .now = NOW, .at = size % 2 ? NOW - 1000000 : 0};
	struct kd_error *err = kd_inventory_read(&t, on_row, &rows);

	if (err)
		check(err->cls == KD_BADDATA || err->cls == KD_LIMIT);
	kd_error_free(err);
	check_merge(&rows);
	kd_vec_free(&rows.v);
	kd_arena_deinit(&rows.arena);
	return 0;
}
