// SPDX-License-Identifier: GPL-2.0-or-later
#include "history/suspects.h"

#include <math.h>
#include <stdlib.h>

#include "base/alloc.h"

/* Chosen on reports whose fix names the commit that it fixes: docs/history-backport.md has the figures. */
static const float size_weight = .35f;
enum { LINES_MAX = 2000 };

static int by_score(const void *a, const void *b)
{
	const struct kd_suspect *x = a, *y = b;

	if (x->score < y->score || x->score > y->score)
		return x->score < y->score ? 1 : -1;
	return x->doc < y->doc ? 1 : x->doc > y->doc ? -1 : 0;
}

struct kd_error *kd_suspects(const struct kd_store *st, struct kd_fixquery *q, const struct kd_bits *range, size_t limit,
			     struct kd_arena *a, struct kd_suspect **ret, size_t *n_ret)
{
	const struct kd_rank_req req = {
		.limit = KD_SUSPECTS_READ,
		.among = range,
		.without = 1u << KD_RANK_DATE | 1u << KD_RANK_GUARD | 1u << KD_RANK_SYZBOT | 1u << KD_RANK_KIND | 1u << KD_RANK_QUOTE,
	};
	struct kd_rank_hit *hits;
	struct kd_suspect *v;
	size_t n;
	struct kd_error *err = kd_rank(st, q, &req, a, &hits, &n);

	if (err)
		return err;
	v = kd_arena_array(a, n + 1, struct kd_suspect);
	if (!v)
		return kd_error_new(KD_LIMIT, "too many suspects");
	for (size_t i = 0; i < n; i++) {
		struct kd_seg_doc d;

		kd_store_doc(st, hits[i].doc, &d);
		v[i] = (struct kd_suspect){.doc = hits[i].doc, .fit = hits[i].score, .lines = d.lines};
		v[i].size = size_weight * logf(1 + (float)(d.lines < LINES_MAX ? d.lines : LINES_MAX));
		v[i].score = v[i].fit + v[i].size;
	}
	if (n)
		qsort(v, n, sizeof(*v), by_score);
	*ret = v;
	*n_ret = n < limit ? n : limit;
	return NULL;
}
