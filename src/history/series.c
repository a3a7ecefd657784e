// SPDX-License-Identifier: GPL-2.0-or-later
#include "history/series.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/hashmap.h"
#include "base/vec.h"

enum { KEY_MAX = 2048, UP_MAX = 64 };

struct build {
	const struct kd_threads *t;
	const struct kd_series_mail *mails;
	size_t n;
	struct kd_arena *a;
	uint32_t *of_node; /* node → mail, or KD_SERIES_NONE */
	uint32_t *order; /* mails by date */
	KD_VEC(struct kd_posting) postings;
};

static bool is_patch_mail(const struct kd_series_mail *m)
{
	const struct kd_mail_subject *s = m->subject;

	if (s->reply || s->forward || s->pull)
		return false;
	if (s->has_number)
		return s->total && s->total <= KD_SERIES_PATCHES_MAX;
	return (s->patch || s->rfc) && m->has_diff;
}

/*
 * Does a patch belong to the posting of its ancestor? Some people number the version, or say RFC, in the cover letter
 * alone, so what the patch does not say may be anything there.
 */
static bool same_posting(const struct kd_series_mail *patch, const struct kd_series_mail *up)
{
	const struct kd_mail_subject *a = patch->subject, *b = up->subject;

	return a->has_number && b->has_number && a->total == b->total && kd_view_eq(patch->author, up->author) &&
	       (a->version == b->version || !a->has_version) && (a->resend == b->resend || !a->resend) &&
	       (a->rfc == b->rfc || !a->rfc);
}

/*
 * The mail that the posting hangs on: the nearest ancestor that is its cover letter or its first patch; else the
 * highest ancestor of the same posting (a chain, each patch an answer to the one before); else itself.
 */
static uint32_t anchor_of(const struct build *b, uint32_t mail)
{
	uint32_t node = b->t->node[b->mails[mail].node].same, best = mail;

	for (int i = 0; i < UP_MAX; i++) {
		uint32_t up = b->t->node[node].parent, m;

		if (up == KD_THREAD_NONE)
			break;
		node = up;
		m = b->of_node[node];
		if (m == KD_SERIES_NONE)
			continue;
		if (!is_patch_mail(&b->mails[m]) || !same_posting(&b->mails[mail], &b->mails[m]))
			continue;
		best = m;
		if (!b->mails[m].subject->index)
			break;
	}
	return best;
}

/* ---- mails → postings ---- */

static struct kd_posting *new_posting(struct build *b, uint32_t mail)
{
	const struct kd_series_mail *m = &b->mails[mail];
	struct kd_posting *p = kd_avec_push(b->a, &b->postings, UINT32_MAX - 1);
	unsigned total = m->subject->has_number ? m->subject->total : 1;

	if (!p)
		return NULL;
	*p = (struct kd_posting){.cover = KD_SERIES_NONE, .previous = KD_SERIES_NONE, .total = total,
				 .version = m->subject->version, .rfc = m->subject->rfc, .resend = m->subject->resend,
				 .author = m->author, .date = m->date,
				 .patch = kd_arena_array(b->a, total, uint32_t)};
	for (unsigned i = 0; p->patch && i < total; i++)
		p->patch[i] = KD_SERIES_NONE;
	return p->patch ? p : NULL;
}

/* False: its place is taken (the same patch twice in one posting), so it begins one of its own. */
static bool put(struct kd_posting *p, const struct kd_series_mail *m, uint32_t mail)
{
	unsigned index = m->subject->has_number ? m->subject->index : 1;
	uint32_t *place = index ? &p->patch[index - 1] : &p->cover;

	if (*place != KD_SERIES_NONE)
		return false;
	*place = mail;
	p->have += index != 0;
	if (!index) { /* the cover letter knows best */
		p->version = m->subject->version;
		p->rfc = m->subject->rfc;
		p->resend = m->subject->resend;
	}
	if (m->date < p->date)
		p->date = m->date;
	return true;
}

/*
 * Postings by key. Threads give a key of the anchor; without a thread (a patch that hangs on nothing and on which
 * nothing hangs) author, version, total and words, while less than an hour has passed since the last one.
 */
static bool make_key(const struct build *b, uint32_t mail, uint32_t anchor, bool loose, struct kd_buf *key)
{
	const struct kd_mail_subject *s = b->mails[mail].subject;

	kd_buf_clear(key);
	if (!loose)
		return kd_buf_printf(key, "a %u", anchor);
	return kd_buf_printf(key, "l %u %u %d %d %.*s\n%.*s", s->version, s->total, s->rfc, s->resend,
			     KD_VARG(kd_view_head(s->words, 500)), KD_VARG(kd_view_head(b->mails[mail].author, 500)));
}

static struct kd_posting *find_posting(struct build *b, struct kd_hashmap *keys, uint32_t mail)
{
	kd_auto(kd_buf_deinit) struct kd_buf key = KD_BUF_INIT(KEY_MAX);
	const struct kd_series_mail *m = &b->mails[mail];
	uint32_t anchor = anchor_of(b, mail);
	bool loose = anchor == mail && m->subject->has_number;
	struct kd_hashmap_entry *e = NULL;

	if (m->subject->has_number) {
		make_key(b, mail, anchor, false, &key);
		e = kd_hashmap_get(keys, kd_buf_view(&key));
		if (!e && loose) {
			make_key(b, mail, anchor, true, &key);
			e = kd_hashmap_get(keys, kd_buf_view(&key));
			if (e && m->date - b->postings.v[e->num].date > KD_SERIES_NEAR_S)
				e = NULL;
		}
	}
	return e ? &b->postings.v[e->num] : NULL;
}

static bool remember(struct build *b, struct kd_hashmap *keys, uint32_t mail, size_t posting)
{
	kd_auto(kd_buf_deinit) struct kd_buf key = KD_BUF_INIT(KEY_MAX);
	uint32_t anchor = anchor_of(b, mail);
	struct kd_hashmap_entry *e;

	if (!b->mails[mail].subject->has_number)
		return true;
	make_key(b, mail, anchor, false, &key);
	e = kd_hashmap_add(keys, kd_buf_view(&key), NULL);
	if (e)
		e->num = posting;
	if (!e || anchor != mail)
		return e != NULL;
	make_key(b, mail, anchor, true, &key);
	e = kd_hashmap_add(keys, kd_buf_view(&key), NULL);
	if (e)
		e->num = posting;
	return e != NULL;
}

static struct kd_error *collect(struct build *b)
{
	kd_auto(kd_hashmap_deinit) struct kd_hashmap keys = KD_HASHMAP_INIT((size_t)1 << 30, b->a);

	for (size_t i = 0; i < b->n; i++) {
		uint32_t mail = b->order[i];
		const struct kd_series_mail *m = &b->mails[mail];
		struct kd_posting *p;

		if (!is_patch_mail(m) || b->t->node[m->node].same != m->node)
			continue;
		p = find_posting(b, &keys, mail);
		if (!p || !put(p, m, mail)) {
			p = new_posting(b, mail);
			if (!p || !put(p, m, mail))
				return kd_error_new(KD_LIMIT, "patch series need too much memory");
		}
		if (!remember(b, &keys, mail, (size_t)(p - b->postings.v)))
			return kd_error_new(KD_LIMIT, "patch series need too much memory");
	}
	return NULL;
}

/* ---- postings → works ---- */

struct tie {
	struct kd_hashmap change, title, patch; /* key → the latest posting */
};

static const struct kd_series_mail *first_mail(const struct build *b, const struct kd_posting *p)
{
	if (p->cover != KD_SERIES_NONE)
		return &b->mails[p->cover];
	for (unsigned i = 0; i < p->total; i++)
		if (p->patch[i] != KD_SERIES_NONE)
			return &b->mails[p->patch[i]];
	return b->mails; /* not reached: a posting is made when one of its mails is seen */
}

static struct kd_view change_of(const struct build *b, const struct kd_posting *p)
{
	if (p->cover != KD_SERIES_NONE && b->mails[p->cover].change_id.n)
		return b->mails[p->cover].change_id;
	for (unsigned i = 0; i < p->total; i++)
		if (p->patch[i] != KD_SERIES_NONE && b->mails[p->patch[i]].change_id.n)
			return b->mails[p->patch[i]].change_id;
	return KD_VNULL;
}

/* "6.17" of "[PATCH 6.17 369/627]": the same patch for another stable branch is other work. */
static struct kd_view release_of(const struct kd_mail_subject *s)
{
	struct kd_view rest = s->words, w;

	while (kd_view_take_word(&rest, &w)) {
		if (kd_is_digit(w.p[0]))
			return w;
		kd_view_skip_blank(&rest);
	}
	return KD_VNULL;
}

static struct kd_view key_of(struct build *b, const struct kd_series_mail *m)
{
	return kd_arena_printf(b->a, "%.*s\n%.*s\n%.*s", KD_VARG(m->author), KD_VARG(release_of(m->subject)),
			       KD_VARG(m->subject->base));
}

static bool near_enough(const struct build *b, const struct kd_posting *p, size_t earlier)
{
	return p->date - b->postings.v[earlier].date <= KD_SERIES_WORK_S;
}

/* The posting that shares most titles of patches; at least half of the smaller one. */
static bool by_patches(struct build *b, struct tie *t, const struct kd_posting *p, size_t *ret)
{
	size_t seen[16] = {0}, votes[16] = {0}, n = 0, best = 0;

	for (unsigned i = 0; i < p->total; i++) {
		struct kd_hashmap_entry *e;
		size_t k;

		if (p->patch[i] == KD_SERIES_NONE)
			continue;
		e = kd_hashmap_get(&t->patch, key_of(b, &b->mails[p->patch[i]]));
		if (!e)
			continue;
		for (k = 0; k < n && seen[k] != e->num; k++)
			;
		if (k == KD_ARRAY_LEN(seen))
			continue;
		if (k == n) {
			seen[n] = e->num;
			votes[n++] = 0;
		}
		votes[k]++;
	}
	for (size_t k = 1; k < n; k++)
		if (votes[k] > votes[best] || (votes[k] == votes[best] && seen[k] > seen[best]))
			best = k;
	if (!n)
		return false;
	*ret = seen[best];
	return votes[best] * 2 >= (p->have < b->postings.v[*ret].have ? p->have : b->postings.v[*ret].have);
}

static bool find_earlier(struct build *b, struct tie *t, struct kd_posting *p, size_t *ret)
{
	struct kd_view change = change_of(b, p), title = first_mail(b, p)->subject->base;
	struct kd_hashmap_entry *e = change.n ? kd_hashmap_get(&t->change, change) : NULL;

	p->title = first_mail(b, p)->subject->title;
	p->how = KD_SERIES_CHANGE_ID;
	if (!e && (p->cover != KD_SERIES_NONE || p->total == 1) && title.n) {
		p->how = KD_SERIES_TITLE;
		e = kd_hashmap_get(&t->title, key_of(b, first_mail(b, p)));
	}
	if (e && near_enough(b, p, e->num)) {
		*ret = e->num;
		return true;
	}
	p->how = KD_SERIES_PATCHES;
	if (by_patches(b, t, p, ret) && near_enough(b, p, *ret))
		return true;
	p->how = KD_SERIES_FIRST;
	return false;
}

static bool set_key(struct kd_hashmap *m, struct kd_view key, size_t posting)
{
	struct kd_hashmap_entry *e = key.p ? kd_hashmap_add(m, key, NULL) : NULL;

	if (e)
		e->num = posting;
	return e != NULL;
}

static bool note(struct build *b, struct tie *t, const struct kd_posting *p)
{
	size_t i = (size_t)(p - b->postings.v);
	struct kd_view change = change_of(b, p);
	bool ok = true;

	if (change.n)
		ok = set_key(&t->change, change, i);
	if (p->cover != KD_SERIES_NONE || p->total == 1)
		ok = ok && set_key(&t->title, key_of(b, first_mail(b, p)), i);
	for (unsigned k = 0; k < p->total; k++)
		if (p->patch[k] != KD_SERIES_NONE)
			ok = ok && set_key(&t->patch, key_of(b, &b->mails[p->patch[k]]), i);
	return ok;
}

static int by_posting_date(const void *x, const void *y)
{
	const struct kd_posting *a = x, *b = y;

	return a->date != b->date ? (a->date > b->date) - (a->date < b->date)
				  : (a->version > b->version) - (a->version < b->version);
}

static bool is_newer(const struct kd_posting *p, const struct kd_posting *q)
{
	return p->version != q->version ? p->version > q->version : p->date >= q->date;
}

static struct kd_error *tie_works(struct build *b, struct kd_series *ret)
{
	struct tie t = {.change = KD_HASHMAP_INIT((size_t)1 << 30, NULL), .title = KD_HASHMAP_INIT((size_t)1 << 30, NULL),
			.patch = KD_HASHMAP_INIT((size_t)1 << 30, NULL)};
	kd_auto(kd_freep) uint32_t *newest = kd_xcalloc(b->postings.n ? b->postings.n : 1, sizeof(*newest));
	bool ok = true;

	if (b->postings.n)
		qsort(b->postings.v, b->postings.n, sizeof(*b->postings.v), by_posting_date);
	for (size_t i = 0; i < b->postings.n && ok; i++) {
		struct kd_posting *p = &b->postings.v[i];
		size_t earlier;

		if (find_earlier(b, &t, p, &earlier)) {
			p->work = b->postings.v[earlier].work;
			p->previous = (uint32_t)earlier;
		} else {
			p->work = (uint32_t)ret->works++;
			newest[p->work] = (uint32_t)i;
		}
		if (is_newer(p, &b->postings.v[newest[p->work]]))
			newest[p->work] = (uint32_t)i;
		ok = note(b, &t, p);
	}
	for (size_t i = 0; i < ret->works; i++)
		b->postings.v[newest[i]].newest = true;
	kd_hashmap_deinit(&t.change);
	kd_hashmap_deinit(&t.title);
	kd_hashmap_deinit(&t.patch);
	return ok ? NULL : kd_error_new(KD_LIMIT, "patch series need too much memory");
}

/* ---- all of it ---- */

/* Cover letters first among mails of one second, so that what hangs on them finds them. */
static int by_mail_date(const void *x, const void *y, void *user)
{
	const struct build *b = user;
	const uint32_t *i = x, *k = y;
	const struct kd_series_mail *a = &b->mails[*i], *c = &b->mails[*k];

	if (a->date != c->date)
		return (a->date > c->date) - (a->date < c->date);
	if (a->subject->index != c->subject->index)
		return (a->subject->index > c->subject->index) - (a->subject->index < c->subject->index);
	return (*i > *k) - (*i < *k);
}

struct kd_error *kd_series_build(const struct kd_threads *t, const struct kd_series_mail *mails, size_t n,
				 struct kd_arena *a, struct kd_series *ret)
{
	struct build b = {.t = t, .mails = mails, .n = n, .a = a};
	struct kd_series s = {0};
	struct kd_error *err;

	b.of_node = kd_xcalloc(t->n ? t->n : 1, sizeof(*b.of_node));
	b.order = kd_xcalloc(n ? n : 1, sizeof(*b.order));
	for (size_t i = 0; i < t->n; i++)
		b.of_node[i] = KD_SERIES_NONE;
	for (size_t i = 0; i < n; i++) {
		b.order[i] = (uint32_t)i;
		if (t->node[mails[i].node].same == mails[i].node)
			b.of_node[mails[i].node] = (uint32_t)i;
	}
	qsort_r(b.order, n, sizeof(*b.order), by_mail_date, &b);
	err = collect(&b);
	if (!err)
		err = tie_works(&b, &s);
	if (!err) {
		s.posting = b.postings.v;
		s.n = b.postings.n;
		*ret = s;
	}
	kd_free(b.of_node);
	kd_free(b.order);
	return err;
}
