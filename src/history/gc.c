// SPDX-License-Identifier: GPL-2.0-or-later
#include "history/gc.h"

#include "base/alloc.h"
#include "base/fs.h"
#include "history/build.h"
#include "history/dag.h"
#include "history/norms.h"
#include "history/segwrite.h"

enum { STEP = 4 }; /* a part is merged into the one before it unless that is so many times as large */

/* --- what is there ----------------------------------------------------------------------------- */


static struct kd_error *count_file(void *user, const struct kd_fs_entry *e)
{
	uint64_t *bytes = user;

	if (kd_store_is_own_file(kd_view_of(e->name)))
		*bytes += e->size;
	return NULL;
}

static struct kd_error *count_bytes(const struct kd_store *st, uint64_t *ret)
{
	static const struct kd_fs_walk_opts opts = {.max_depth = 1};

	*ret = 0;
	return kd_fs_walk(st->dir, &opts, count_file, ret);
}

/* --- trees and commits ------------------------------------------------------------------------- */

static struct kd_error *drop_trees(struct kd_store *st, const char *const *drop, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!kd_store_tree(st, drop[i]))
			return kd_error_new(KD_NOTFOUND, "no tree of the index is called %s: kdoc index status lists them", drop[i]);
	for (size_t i = 0; i < n; i++) {
		struct kd_store_tree *t = kd_store_tree(st, drop[i]);
		size_t at;

		if (!t) /* named twice */
			continue;
		at = (size_t)(t - st->trees.v);
		kd_vec_free(&t->refs);
		memmove(t, t + 1, (st->trees.n - at - 1) * sizeof(*t));
		st->trees.n--;
	}
	return NULL;
}

static void reached(const struct kd_store *st, struct kd_bits *ret)
{
	kd_auto(kd_freep) uint32_t *tips = NULL;
	size_t n = 0, max = 0;

	kd_vec_each(t, &st->trees)
		max += t->refs.n;
	tips = kd_xcalloc(max + 1, sizeof(*tips));
	kd_vec_each(t, &st->trees)
		kd_vec_each(ref, &t->refs)
			n += kd_store_find(st, kd_view_of(ref->oid), &tips[n]) == 1;
	kd_dag_reach(st, tips, n, ret);
}

/* What each document becomes; how many stay. */
static uint32_t number_them(const struct kd_store *st, const struct kd_bits *live, uint32_t *number)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < st->docs; i++)
		number[i] = kd_bits_has(live, i) ? n++ : KD_DOC_NONE;
	return n;
}

/* --- parts ------------------------------------------------------------------------------------- */

/* Parts [from, to) become one, or are left as they are, or leave nothing. */
struct group {
	size_t from, to;
	uint32_t docs; /* that stay */
	bool same; /* one part, all of it stays, with its numbers */
};

static uint32_t stay(const struct kd_store *st, size_t i, const uint32_t *number)
{
	const uint32_t first = kd_seg_first(st->segs.v[i]), n = kd_seg_docs(st->segs.v[i]);
	uint32_t ret = 0;

	for (uint32_t k = 0; k < n; k++)
		ret += number[first + k] != KD_DOC_NONE;
	return ret;
}

/* From the first to the last: a group takes those before it as long as they are not STEP times as large. */
static size_t group_parts(const struct kd_store *st, const uint32_t *number, struct group *g)
{
	size_t n = 0;

	for (size_t i = 0; i < st->segs.n; i++) {
		const struct kd_seg *s = st->segs.v[i];
		const uint32_t docs = stay(st, i, number);

		g[n] = (struct group){.from = i, .to = i + 1, .docs = docs,
				      .same = docs == kd_seg_docs(s) && docs && number[kd_seg_first(s)] == kd_seg_first(s)};
		n++;
		while (n > 1 && g[n - 2].docs < (uint64_t)STEP * g[n - 1].docs && g[n - 1].docs) {
			g[n - 2].to = g[n - 1].to;
			g[n - 2].docs += g[n - 1].docs;
			g[n - 2].same = false;
			n--;
		}
	}
	return n;
}

/* The files of the new list, in order, and their names. */
struct parts {
	KD_VEC(struct kd_seg *) segs;
	KD_VEC(char *) files;
};

static void parts_deinit(struct parts *p)
{
	kd_vec_each(s, &p->segs)
		kd_seg_close(*s);
	kd_vec_each(f, &p->files)
		kd_free(*f);
	kd_vec_free(&p->segs);
	kd_vec_free(&p->files);
}

static struct kd_error *make_part(struct kd_store *st, const struct group *g, const uint32_t *number, struct parts *p)
{
	kd_auto(kd_freep) char *path = NULL, *file = NULL;
	struct kd_seg *s = NULL, **slot;
	struct kd_error *err;
	uint32_t doc = kd_seg_first(st->segs.v[g->from]);

	if (g->same) {
		*kd_vec_push(&p->segs, KD_STORE_SEGMENTS_MAX) = st->segs.v[g->from];
		*kd_vec_push(&p->files, KD_STORE_SEGMENTS_MAX) = st->files.v[g->from];
		st->segs.v[g->from] = NULL;
		st->files.v[g->from] = NULL;
		return NULL;
	}
	while (number[doc] == KD_DOC_NONE)
		doc++;
	path = kd_store_new_path(st, number[doc], g->docs, &file);
	err = kd_seg_merge_some(st->segs.v + g->from, g->to - g->from, path, number);
	if (!err)
		err = kd_seg_open(path, &s);
	if (err)
		return err;
	slot = kd_vec_push(&p->segs, KD_STORE_SEGMENTS_MAX);
	*slot = s;
	*kd_vec_push(&p->files, KD_STORE_SEGMENTS_MAX) = kd_take(file);
	return NULL;
}

static void take_parts(struct kd_store *st, struct parts *p)
{
	struct parts old = {.segs = {st->segs.v, st->segs.n, st->segs.cap}, .files = {st->files.v, st->files.n, st->files.cap}};

	st->segs.v = p->segs.v;
	st->segs.n = p->segs.n;
	st->segs.cap = p->segs.cap;
	st->files.v = p->files.v;
	st->files.n = p->files.n;
	st->files.cap = p->files.cap;
	*p = old; /* whoever frees it closes them */
	st->docs = 0;
	kd_vec_each(s, &st->segs)
		st->docs += kd_seg_docs(*s);
}

static struct kd_error *rewrite(struct kd_store *st, const uint32_t *number)
{
	kd_auto(kd_freep) struct group *g = kd_xcalloc(st->segs.n + 1, sizeof(*g));
	kd_auto(parts_deinit) struct parts p = {0};
	const size_t n = group_parts(st, number, g);
	struct kd_error *err = NULL;
	bool all_same = n == st->segs.n;

	for (size_t i = 0; i < n; i++)
		all_same = all_same && g[i].same;
	if (all_same)
		return NULL;
	/* those that are made anew first: after an error the store has all that it had */
	for (size_t i = 0; i < n && !err; i++)
		if (!g[i].same && g[i].docs)
			err = make_part(st, &g[i], number, &p);
	if (err)
		return err;
	for (size_t i = 0, at = 0; i < n; i++) {
		if (!g[i].same) {
			at += g[i].docs != 0;
			continue;
		}
		err = make_part(st, &g[i], number, &p); /* moved, at the end: to its place */
		if (err)
			return err;
		for (size_t k = p.segs.n - 1; k > at; k--) {
			struct kd_seg *s = p.segs.v[k];
			char *f = p.files.v[k];

			p.segs.v[k] = p.segs.v[k - 1];
			p.segs.v[k - 1] = s;
			p.files.v[k] = p.files.v[k - 1];
			p.files.v[k - 1] = f;
		}
		at++;
	}
	take_parts(st, &p);
	return NULL;
}

/* left_out: documents that go. */
static struct kd_error *keep(struct kd_store *st, const struct kd_bits *live, uint64_t *left_out)
{
	kd_auto(kd_freep) uint32_t *number = kd_xcalloc((size_t)st->docs + 1, sizeof(*number));

	*left_out = st->docs - number_them(st, live, number);
	return rewrite(st, number);
}

struct kd_error *kd_store_gc(struct kd_store *st, const char *const *drop, size_t ndrop, struct kd_gc_result *ret)
{
	kd_auto(kd_bits_deinit) struct kd_bits live = {0};
	uint64_t before = 0, after = 0;
	struct kd_gc_result r = {.parts_before = st->segs.n, .trees = st->trees.n};
	struct kd_error *err = count_bytes(st, &before);

	if (!err)
		err = drop_trees(st, drop, ndrop);
	if (err)
		return err;
	r.trees -= st->trees.n;
	reached(st, &live);
	err = keep(st, &live, &r.commits);
	if (!err)
		err = kd_build_finish(st, true);
	if (!err)
		err = count_bytes(st, &after);
	if (err)
		return err;
	r.parts_after = st->segs.n;
	r.bytes_before = before;
	r.bytes_after = after;
	*ret = r;
	return NULL;
}

/* --- mails ------------------------------------------------------------------------------------- */

static void set(struct kd_bits *b, uint32_t doc)
{
	b->v[doc / 64] |= UINT64_C(1) << doc % 64;
}

/* A patch goes with its mail; one without a mail is of a run that was cut off, and the next one finds that it has it. */
static void live_mails(const struct kd_mailstore *ms, struct kd_bits *mails, struct kd_bits *patches)
{
	*mails = (struct kd_bits){.v = kd_xcalloc((size_t)ms->mails->docs / 64 + 1, sizeof(uint64_t)), .n = ms->mails->docs};
	*patches = (struct kd_bits){.v = kd_xcalloc((size_t)ms->patches->docs / 64 + 1, sizeof(uint64_t)), .n = ms->patches->docs};
	for (uint32_t i = 0; i < ms->mails->docs; i++)
		if (!kd_mailstore_gone(ms, i))
			set(mails, i);
	for (uint32_t i = 0; i < ms->patches->docs; i++) {
		struct kd_seg_doc d;
		uint32_t mail;

		kd_store_doc(ms->patches, i, &d);
		if (!kd_store_has(ms->mails, d.oid, &mail) || !kd_mailstore_gone(ms, mail))
			set(patches, i);
	}
}

struct kd_error *kd_mailstore_gc(struct kd_mailstore *ms, struct kd_gc_result *ret)
{
	kd_auto(kd_bits_deinit) struct kd_bits mails = {0}, patches = {0};
	struct kd_gc_result r = {.parts_before = ms->mails->segs.n + ms->patches->segs.n};
	uint64_t bytes[4] = {0}, left;
	struct kd_error *err = count_bytes(ms->mails, &bytes[0]);

	if (!err)
		err = count_bytes(ms->patches, &bytes[1]);
	if (err)
		return err;
	live_mails(ms, &mails, &patches);
	err = keep(ms->patches, &patches, &left);
	if (!err)
		err = kd_norms_write(ms->patches);
	if (!err)
		err = kd_store_save(ms->patches);
	if (!err)
		err = keep(ms->mails, &mails, &r.commits);
	if (!err)
		err = kd_store_save(ms->mails);
	/* the ids of removed mails stay: an archive that is read again from its beginning may still hold them for a while */
	if (!err)
		err = kd_mailstore_save(ms);
	if (!err)
		err = count_bytes(ms->mails, &bytes[2]);
	if (!err)
		err = count_bytes(ms->patches, &bytes[3]);
	if (err)
		return err;
	r.parts_after = ms->mails->segs.n + ms->patches->segs.n;
	r.bytes_before = bytes[0] + bytes[1];
	r.bytes_after = bytes[2] + bytes[3];
	*ret = r;
	return NULL;
}
