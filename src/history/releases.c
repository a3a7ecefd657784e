// SPDX-License-Identifier: GPL-2.0-or-later
#include "history/releases.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "history/dag.h"

static unsigned long number(const char **p)
{
	unsigned long n = 0;

	for (; kd_is_digit(**p); (*p)++)
		n = n < 1000000000 ? n * 10 + (unsigned long)(**p - '0') : n;
	return n;
}

int kd_version_cmp(const char *a, const char *b)
{
	for (;;) {
		if (kd_is_digit(*a) && kd_is_digit(*b)) {
			const unsigned long x = number(&a), y = number(&b);

			if (x != y)
				return x < y ? -1 : 1;
			continue;
		}
		if (*a != *b) {
			/* a candidate comes before what it becomes */
			const bool ca = !strncmp(a, "-rc", 3), cb = !strncmp(b, "-rc", 3);

			if (ca != cb)
				return ca ? -1 : 1;
			return (unsigned char)*a < (unsigned char)*b ? -1 : 1;
		}
		if (!*a)
			return 0;
		a++;
		b++;
	}
}

static int in_order(const void *a, const void *b)
{
	const struct kd_release *x = a, *y = b;

	if (x->date != y->date)
		return x->date < y->date ? -1 : 1;
	return kd_version_cmp(x->tag, y->tag);
}

static uint32_t *labels(const struct kd_releases *r, bool finals)
{
	uint32_t *label = kd_xmalloc(((size_t)r->n + 1) * sizeof(*label));

	memset(label, 0xff, ((size_t)r->n + 1) * sizeof(*label));
	for (size_t i = 0; i < r->v.n; i++)
		if (!(finals && r->v.v[i].candidate) && i < label[r->v.v[i].doc])
			label[r->v.v[i].doc] = (uint32_t)i;
	kd_dag_least(r->st, label);
	return label;
}

void kd_releases_make(const struct kd_store *st, struct kd_releases *ret)
{
	*ret = (struct kd_releases){.st = st, .n = st->docs};
	kd_vec_each(t, &st->trees)
		kd_vec_each(ref, &t->refs) {
			struct kd_view name = kd_view_of(ref->name);
			struct kd_release *r;
			uint32_t doc;

			if (!kd_view_skip(&name, KD_V("refs/tags/")) || !kd_store_find(st, kd_view_of(ref->oid), &doc))
				continue;
			r = kd_vec_push(&ret->v, KD_STORE_REFS_MAX);
			if (r)
				*r = (struct kd_release){name.p, ref->date, doc, kd_view_has(name, KD_V("-rc"))};
		}
	if (ret->v.n)
		qsort(ret->v.v, ret->v.n, sizeof(*ret->v.v), in_order);
}

void kd_releases_deinit(struct kd_releases *r)
{
	kd_vec_free(&r->v);
	kd_free(r->first);
	kd_free(r->final);
	*r = (struct kd_releases){0};
}

static const char *tag(struct kd_releases *r, uint32_t **label, bool finals, uint32_t doc)
{
	if (doc >= r->n || !r->v.n)
		return NULL;
	if (!*label)
		*label = labels(r, finals);
	return (*label)[doc] != UINT32_MAX ? r->v.v[(*label)[doc]].tag : NULL;
}

const char *kd_releases_first(struct kd_releases *r, uint32_t doc)
{
	return tag(r, &r->first, false, doc);
}

const char *kd_releases_final(struct kd_releases *r, uint32_t doc)
{
	return tag(r, &r->final, true, doc);
}
