// SPDX-License-Identifier: GPL-2.0-or-later
#include "history/dag.h"

#include "base/alloc.h"
#include "base/le.h"
#include "history/seg_layout.h"

void kd_bits_deinit(struct kd_bits *b)
{
	kd_free(b->v);
	*b = (struct kd_bits){0};
}

static void parents_of(const struct kd_seg *s, const struct kd_seg_doc *d, uint32_t doc, void (*fn)(void *user, uint32_t parent),
		       void *user)
{
	size_t more;
	const uint8_t *p = kd_seg_more_parents(s, d, &more);

	if (d->parent[0] < doc)
		fn(user, d->parent[0]);
	if (!more && d->parent[1] < doc)
		fn(user, d->parent[1]);
	for (size_t i = 0; i < more; i++) {
		const uint32_t parent = kd_le32(p + 4 * i) & (KD_SEG_MORE - 1);

		if (parent < doc)
			fn(user, parent);
	}
}

void kd_dag_parents(const struct kd_store *st, uint32_t doc, void (*fn)(void *user, uint32_t parent), void *user)
{
	struct kd_seg_doc d;

	kd_store_doc(st, doc, &d);
	parents_of(kd_store_seg(st, doc), &d, doc, fn, user);
}

/* From the last document of the store to the first. */
static void each_down(const struct kd_store *st, void (*fn)(void *user, const struct kd_seg *s, uint32_t doc), void *user)
{
	for (size_t i = st->segs.n; i-- > 0;) {
		const struct kd_seg *s = st->segs.v[i];

		for (uint32_t k = kd_seg_docs(s); k-- > 0;)
			fn(user, s, kd_seg_first(s) + k);
	}
}

static void set_bit(void *user, uint32_t i)
{
	struct kd_bits *b = user;

	b->v[i / 64] |= UINT64_C(1) << i % 64;
}

static void spread_bit(void *user, const struct kd_seg *s, uint32_t doc)
{
	struct kd_bits *b = user;
	struct kd_seg_doc d;

	if (!kd_bits_has(b, doc))
		return;
	kd_seg_doc(s, doc - kd_seg_first(s), &d);
	parents_of(s, &d, doc, set_bit, b);
}

void kd_dag_reach(const struct kd_store *st, const uint32_t *tips, size_t n, struct kd_bits *ret)
{
	*ret = (struct kd_bits){.v = kd_xcalloc((size_t)st->docs / 64 + 1, sizeof(uint64_t)), .n = st->docs};
	for (size_t i = 0; i < n; i++)
		if (tips[i] < st->docs)
			set_bit(ret, tips[i]);
	each_down(st, spread_bit, ret);
}

struct above {
	struct kd_bits *b;
	bool any;
};

static void look_below(void *user, uint32_t parent)
{
	struct above *a = user;

	a->any = a->any || kd_bits_has(a->b, parent);
}

void kd_dag_above(const struct kd_store *st, uint32_t doc, struct kd_bits *ret)
{
	*ret = (struct kd_bits){.v = kd_xcalloc((size_t)st->docs / 64 + 1, sizeof(uint64_t)), .n = st->docs};
	if (doc >= st->docs)
		return;
	set_bit(ret, doc);
	kd_vec_each(s, &st->segs) {
		const uint32_t first = kd_seg_first(*s);

		for (uint32_t k = doc >= first ? doc - first + 1 : 0; k < kd_seg_docs(*s); k++) {
			struct above a = {ret, false};
			struct kd_seg_doc d;

			kd_seg_doc(*s, k, &d);
			parents_of(*s, &d, first + k, look_below, &a);
			if (a.any)
				set_bit(ret, first + k);
		}
	}
}

struct least {
	uint32_t *label;
	uint32_t here;
};

static void lower(void *user, uint32_t parent)
{
	const struct least *l = user;

	if (l->here < l->label[parent])
		l->label[parent] = l->here;
}

static void spread_label(void *user, const struct kd_seg *s, uint32_t doc)
{
	struct least *l = user;
	struct kd_seg_doc d;

	l->here = l->label[doc];
	if (l->here == UINT32_MAX)
		return;
	kd_seg_doc(s, doc - kd_seg_first(s), &d);
	parents_of(s, &d, doc, lower, l);
}

void kd_dag_least(const struct kd_store *st, uint32_t *label)
{
	struct least l = {.label = label};

	each_down(st, spread_label, &l);
}
