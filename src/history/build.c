// SPDX-License-Identifier: GPL-2.0-or-later
#include "history/build.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/alloc.h"
#include "base/hash.h"
#include "base/parallel.h"
#include "history/commitdoc.h"
#include "history/dag.h"
#include "history/gitlog.h"
#include "history/lsa.h"
#include "history/norms.h"
#include "history/releases.h"
#include "history/segwrite.h"

enum { CHUNK = 96, CHUNKS_PER_WORKER = 4, PART_MEMORY = 128 << 20 };

struct chunk {
	struct kd_newdoc *docs; /* CHUNK of them */
	size_t n;
	struct kd_error *err;
};

/* Which document a commit of this run becomes: an open table over the ids. */
struct places {
	const struct kd_gitlog_id *ids;
	uint32_t *slot; /* index + 1 */
	size_t mask;
};

struct build {
	struct kd_ctx *ctx;
	struct kd_store *st;
	const struct kd_build_req *req;
	struct kd_build_result *ret;
	struct kd_git git;
	struct kd_gitlog_refs refs;
	struct kd_gitlog_ids ids;
	struct places places;
	uint32_t base; /* document that ids.v[0] becomes */
	struct kd_segw *w;
	size_t at; /* of the round: index of its first commit */
	unsigned workers;
	struct kd_commitdoc *readers; /* one per worker */
	struct chunk *chunks;
	size_t nchunks;
};

/* --- where commits go -------------------------------------------------------------------------- */

static void places_make(struct places *p, const struct kd_gitlog_ids *ids)
{
	size_t slots = 1024;

	while (slots < 2 * ids->v.n)
		slots *= 2;
	*p = (struct places){.ids = ids->v.v, .slot = kd_xcalloc(slots, sizeof(*p->slot)), .mask = slots - 1};
	for (size_t i = 0; i < ids->v.n; i++) {
		size_t at = kd_oid_head(ids->v.v[i].oid) & p->mask;

		while (p->slot[at])
			at = (at + 1) & p->mask;
		p->slot[at] = (uint32_t)i + 1;
	}
}

static bool places_find(const struct places *p, const uint8_t *oid, uint32_t *ret)
{
	for (size_t at = kd_oid_head(oid) & p->mask; p->slot[at]; at = (at + 1) & p->mask)
		if (!memcmp(p->ids[p->slot[at] - 1].oid, oid, KD_SEG_OID)) {
			*ret = p->slot[at] - 1;
			return true;
		}
	return false;
}

/* Parents come first; one that is neither in the store nor before this commit is missing. */
static uint32_t parent_of(const struct build *b, const uint8_t *oid, uint32_t self)
{
	uint32_t i;

	if (places_find(&b->places, oid, &i))
		return b->base + i < self ? b->base + i : KD_DOC_MISSING;
	return kd_store_has(b->st, oid, &i) ? i : KD_DOC_MISSING;
}

/* --- reading ----------------------------------------------------------------------------------- */

struct reading {
	struct build *b;
	struct kd_commitdoc *w;
	struct chunk *c;
};

static struct kd_error *read_one(void *user, const struct kd_gitlog_commit *c)
{
	struct reading *r = user;

	return kd_commitdoc(r->w, c, &r->c->docs[r->c->n++]);
}

static size_t chunk_size(const struct build *b, size_t from)
{
	return b->ids.v.n - from < CHUNK ? b->ids.v.n - from : CHUNK;
}

static void read_chunk(void *user, unsigned worker, size_t i)
{
	struct build *b = user;
	const size_t from = b->at + i * CHUNK;
	struct reading r = {.b = b, .w = &b->readers[worker], .c = &b->chunks[i]};

	r.c->n = 0;
	r.c->err = kd_ctx_check(b->ctx);
	if (!r.c->err)
		r.c->err = kd_gitlog_read(&b->git, &b->refs, b->ids.v.v + from, chunk_size(b, from), read_one, &r);
}

/* --- writing ----------------------------------------------------------------------------------- */

static struct kd_error *add_doc(struct build *b, const struct kd_newdoc *d)
{
	const uint32_t self = b->base + (uint32_t)b->ret->added;
	uint32_t parents[KD_NEWDOC_PARENTS_MAX];

	for (size_t i = 0; i < d->nparents; i++)
		parents[i] = parent_of(b, d->parent[i], self);
	b->ret->added++;
	b->ret->damaged += (d->flags & KD_DOC_DAMAGED) != 0;
	b->ret->cut += (d->flags & KD_DOC_DIFF_CUT) != 0;
	b->ret->no_diff += (d->flags & (KD_DOC_NO_DIFF | KD_DOC_MERGE | KD_DOC_BOUNDARY)) == KD_DOC_NO_DIFF;
	return kd_segw_add(b->w, d, parents, d->nparents);
}

/* What is in memory becomes a part of the store that is found after a crash. */
static struct kd_error *save_part(struct build *b)
{
	kd_auto(kd_freep) char *path = NULL, *file = NULL;
	struct kd_error *err;

	if (!kd_segw_docs(b->w))
		return NULL;
	path = kd_store_new_path(b->st, b->st->docs, kd_segw_docs(b->w), &file);
	err = kd_segw_write(b->w, path);
	if (!err)
		err = kd_store_append(b->st, file);
	if (!err)
		err = kd_store_compact(b->st);
	if (!err)
		err = kd_store_save(b->st);
	kd_segw_free(b->w);
	b->w = kd_segw_new(b->st->docs);
	return err;
}

static struct kd_error *take_chunk(struct build *b, struct chunk *c)
{
	const size_t part = b->req->part_memory ? b->req->part_memory : PART_MEMORY;
	struct kd_error *err = c->err;

	c->err = NULL;
	for (size_t i = 0; i < c->n && !err; i++)
		err = add_doc(b, &c->docs[i]);
	if (!err && kd_segw_memory(b->w) >= part)
		err = save_part(b);
	return err;
}

static struct kd_error *one_round(struct build *b)
{
	const size_t left = (b->ids.v.n - b->at + CHUNK - 1) / CHUNK, n = left < b->nchunks ? left : b->nchunks;
	struct kd_error *err = NULL;

	kd_parallel(b->workers, n, read_chunk, b);
	for (size_t i = 0; i < n; i++) {
		if (err)
			kd_error_free(b->chunks[i].err);
		else
			err = take_chunk(b, &b->chunks[i]);
		b->chunks[i].err = NULL;
	}
	b->at += n * CHUNK;
	if (b->req->watch)
		b->req->watch(b->req->user, b->ret->added, b->ids.v.n);
	return err;
}

/* --- the run ----------------------------------------------------------------------------------- */

static bool known(void *user, const uint8_t oid[KD_SEG_OID])
{
	const struct build *b = user;
	uint32_t doc;

	return kd_store_has(b->st, oid, &doc);
}

/* Commits that are new: from the refs, without what earlier complete runs reached. */
static struct kd_error *list(struct build *b)
{
	kd_auto(kd_buf_deinit) struct kd_buf tips = KD_BUF_INIT(256 << 20), old = KD_BUF_INIT(256 << 20);

	kd_vec_each(r, &b->refs.v)
		kd_buf_printf(&tips, "%s\n", r->oid);
	kd_vec_each(t, &b->st->trees)
		if (t->complete)
			kd_vec_each(r, &t->refs)
				kd_buf_printf(&old, "%s\n", r->oid);
	return kd_gitlog_list(&b->git, kd_buf_view(&tips), kd_buf_view(&old), known, b, &b->ids);
}

static uint32_t doc_of(const struct build *b, const char *hex)
{
	uint8_t oid[KD_SEG_OID];
	uint32_t doc;

	return kd_oid_parse(kd_view_of(hex), oid, NULL) && kd_store_has(b->st, oid, &doc) ? doc : KD_DOC_NONE;
}

/* Refs of the last time whose commit no ref of today reaches. */
static uint64_t count_gone(const struct build *b, const struct kd_store_tree *t, const struct kd_bits *now)
{
	uint64_t n = 0;

	kd_vec_each(r, &t->refs) {
		const uint32_t doc = doc_of(b, r->oid);

		n += doc != KD_DOC_NONE && !kd_bits_has(now, doc);
	}
	return n;
}

/* The tree as it is now: its refs, how much they reach, how new it is. */
static struct kd_error *describe(struct build *b)
{
	struct kd_store_tree *t = kd_store_add_tree(b->st, b->req->name, b->req->path);
	kd_auto(kd_freep) uint32_t *tips = kd_xcalloc(b->refs.v.n + 1, sizeof(*tips));
	kd_auto(kd_bits_deinit) struct kd_bits now = {0};

	if (!t)
		return kd_error_new(KD_LIMIT, "an index has %u trees at most", KD_STORE_TREES_MAX);
	for (size_t i = 0; i < b->refs.v.n; i++)
		tips[i] = doc_of(b, b->refs.v.v[i].oid);
	kd_dag_reach(b->st, tips, b->refs.v.n, &now);
	b->ret->gone = count_gone(b, t, &now);
	t->refs.n = 0;
	t->newest = 0;
	for (size_t i = 0; i < b->refs.v.n; i++) {
		struct kd_store_ref *r = kd_vec_push(&t->refs, KD_STORE_REFS_MAX);
		struct kd_seg_doc d = {0};

		if (!r)
			return kd_error_new(KD_LIMIT, "a tree has %u refs at most", KD_STORE_REFS_MAX);
		if (tips[i] != KD_DOC_NONE)
			kd_store_doc(b->st, tips[i], &d);
		r->name = kd_arena_view(&b->st->arena, kd_view_of(b->refs.v.v[i].name)).p;
		r->oid = kd_arena_view(&b->st->arena, kd_view_of(b->refs.v.v[i].oid)).p;
		if (!r->name || !r->oid)
			return kd_error_new(KD_LIMIT, "the refs of the trees are too many");
		r->date = d.commit_date;
		t->newest = d.commit_date > t->newest ? d.commit_date : t->newest;
	}
	t->commits = 0;
	for (size_t i = 0; i <= now.n / 64; i++)
		t->commits += (uint64_t)__builtin_popcountll(now.v[i]);
	t->no_diff += b->ret->no_diff;
	t->indexed = (int64_t)time(NULL);
	t->shallow = b->refs.shallow;
	t->partial = b->refs.partial;
	t->complete = true;
	b->ret->refs = b->refs.v.n;
	return NULL;
}

static struct kd_error *read_everything(struct build *b)
{
	struct kd_error *err = NULL;

	b->workers = kd_parallel_workers(b->req->workers);
	b->nchunks = (size_t)b->workers * CHUNKS_PER_WORKER;
	b->readers = kd_xcalloc(b->workers, sizeof(*b->readers));
	b->chunks = kd_xcalloc(b->nchunks, sizeof(*b->chunks));
	for (unsigned i = 0; i < b->workers; i++)
		kd_commitdoc_init(&b->readers[i]);
	for (size_t i = 0; i < b->nchunks; i++) {
		b->chunks[i].docs = kd_xcalloc(CHUNK, sizeof(struct kd_newdoc));
		for (size_t k = 0; k < CHUNK; k++)
			kd_newdoc_init(&b->chunks[i].docs[k]);
	}
	while (b->at < b->ids.v.n && !err)
		err = one_round(b);
	if (!err)
		err = save_part(b);
	return err;
}

static void clean_up(struct build *b)
{
	for (unsigned i = 0; b->readers && i < b->workers; i++)
		kd_commitdoc_deinit(&b->readers[i]);
	for (size_t i = 0; b->chunks && i < b->nchunks; i++) {
		for (size_t k = 0; k < CHUNK; k++)
			kd_newdoc_deinit(&b->chunks[i].docs[k]);
		kd_free(b->chunks[i].docs);
	}
	kd_free(b->readers);
	kd_free(b->chunks);
	kd_segw_free(b->w);
	kd_free(b->places.slot);
	kd_vec_free(&b->ids.v);
	kd_gitlog_refs_deinit(&b->refs);
	kd_git_deinit(&b->git);
}

struct kd_error *kd_build_finish(struct kd_store *st, bool other_docs)
{
	struct kd_error *err = other_docs ? kd_norms_write(st) : NULL;

	if (!err)
		err = kd_releases_write(st);
	if (!err)
		err = kd_lsa_write(st);
	return err ? err : kd_store_save(st);
}

struct kd_error *kd_build_git(struct kd_ctx *ctx, struct kd_store *st, const struct kd_build_req *req, struct kd_build_result *ret)
{
	struct build b = {.ctx = ctx, .st = st, .req = req, .ret = ret, .base = st->docs};
	struct kd_error *err = kd_git_open(ctx, req->path, &b.git);

	*ret = (struct kd_build_result){0};
	if (!err)
		err = kd_gitlog_refs(&b.git, req->refs, req->nrefs, &b.refs);
	if (!err && !b.refs.v.n)
		err = kd_error_new(KD_NOTFOUND, "%s has no refs that lead to commits", req->path);
	if (!err)
		err = list(&b);
	if (!err && b.ids.v.n) {
		places_make(&b.places, &b.ids);
		b.w = kd_segw_new(st->docs);
		err = read_everything(&b);
	}
	if (!err)
		err = describe(&b);
	if (!err)
		err = kd_build_finish(st, ret->added != 0);
	clean_up(&b);
	return err;
}
