// SPDX-License-Identifier: GPL-2.0-or-later
#include "history/mailindex.h"

#include <stdlib.h>
#include <time.h>

#include "base/alloc.h"
#include "base/hashmap.h"
#include "base/parallel.h"
#include "history/mail.h"
#include "history/mailsrc.h"
#include "history/norms.h"
#include "history/segwrite.h"

enum { BATCH = 256, BATCH_BYTES = 32 << 20, PART_MEMORY = 128 << 20, PART_DOCS = 1 << 20, SEEN_MAX = 64 << 20 };

/* A mail as it came, and what becomes of it. */
struct item {
	struct kd_buf bytes, source;
	bool deleted;
	const char *lost;
	struct kd_error *err; /* it cannot be had */
	uint8_t oid[KD_SEG_OID];
	unsigned damage;
	struct kd_mailjob job;
};

struct worker {
	struct kd_gmime *gmime;
	struct kd_arena arena;
	struct kd_maildoc doc;
};

struct seen {
	KD_VEC(struct kd_mail_oid) v;
};

struct run {
	struct kd_ctx *ctx;
	struct kd_mailstore *ms;
	const struct kd_mailindex_req *req;
	struct kd_mailindex_result *ret;
	struct kd_mailbox *box;
	struct kd_segw *mails, *patches;
	struct kd_lexw *words;
	struct kd_arena keys;
	struct kd_hashmap here; /* object ids of this part */
	struct item *items;
	size_t n, bytes; /* of the batch */
	unsigned nworkers;
	struct worker *workers;
	struct kd_mailsrc_read *read;
	bool full; /* the part is: save it, then read on */
	bool again; /* the archive was rewritten: read it from the beginning */
	bool all; /* this is that reading: what is not seen is gone */
	struct seen seen;
};

/* --- one mail ---------------------------------------------------------------------------------- */

static void parse_one(void *user, unsigned worker, size_t i)
{
	struct run *x = user;
	struct worker *w = &x->workers[worker];
	struct item *it = &x->items[i];
	struct kd_mail m;

	kd_arena_reset(&w->arena);
	it->err = it->lost ? kd_error_new(KD_BADDATA, "%s", it->lost) : kd_mail_parse(w->gmime, kd_buf_view(&it->bytes), &w->arena, &m);
	if (!it->err) {
		kd_mail_oid(m.id, it->oid);
		it->damage = m.damage;
	}
	if (!it->err && !it->deleted)
		it->err = kd_maildoc(&w->doc, &m, kd_view_of(x->box->name), kd_buf_view(&it->source), &it->job);
}

static bool known(struct run *x, const uint8_t oid[KD_SEG_OID])
{
	const struct kd_view key = kd_view((const char *)oid, KD_SEG_OID);
	uint32_t doc;

	return kd_hashmap_get(&x->here, key) || kd_store_has(x->ms->mails, oid, &doc);
}

static void note_seen(struct run *x, const uint8_t oid[KD_SEG_OID])
{
	struct kd_mail_oid *o = x->all ? kd_vec_push(&x->seen.v, SEEN_MAX) : NULL;

	if (o)
		memcpy(o->v, oid, KD_SEG_OID);
}

static struct kd_error *add_new(struct run *x, struct item *it)
{
	uint32_t doc;
	struct kd_error *err = kd_segw_add(x->mails, &it->job.mail, NULL, 0);

	if (!err && it->job.has_patch && !kd_store_has(x->ms->patches, it->oid, &doc))
		err = kd_segw_add(x->patches, &it->job.patch, NULL, 0);
	if (err)
		return err;
	if (!kd_hashmap_add(&x->here, kd_view((const char *)it->oid, KD_SEG_OID), NULL) || !kd_lexw_add(x->words, kd_buf_view(&it->job.words)))
		x->full = true;
	x->ret->added++;
	x->box->mails++;
	x->ret->cut += (it->job.mail.flags & KD_DOC_TEXT_CUT) != 0;
	x->box->cut += (it->job.mail.flags & KD_DOC_TEXT_CUT) != 0;
	x->ret->damaged += it->damage != 0;
	x->box->newest = it->job.mail.date > x->box->newest ? it->job.mail.date : x->box->newest;
	return NULL;
}

static struct kd_error *take_one(struct run *x, struct item *it)
{
	if (it->err) {
		if (it->err->cls != KD_LIMIT && it->err->cls != KD_BADDATA)
			return it->err;
		kd_mailbox_aside(x->ms, x->box, kd_buf_view(&it->source), it->err->msg);
		x->ret->aside++;
		kd_error_free(it->err);
		return NULL;
	}
	if (it->deleted) {
		kd_mailstore_remove(x->ms, it->oid, true);
		x->ret->removed++;
		x->box->removed++;
		return NULL;
	}
	note_seen(x, it->oid);
	if (x->ms->removed.n)
		kd_mailstore_remove(x->ms, it->oid, false);
	if (!known(x, it->oid))
		return add_new(x, it);
	x->ret->known++;
	if (!x->all)
		x->box->doubles++;
	return NULL;
}

/* What was collected is read by all workers and taken in its order. */
static struct kd_error *flush(struct run *x)
{
	struct kd_error *err = NULL;

	kd_parallel(x->nworkers, x->n, parse_one, x);
	for (size_t i = 0; i < x->n; i++) {
		if (err)
			kd_error_free(x->items[i].err);
		else
			err = take_one(x, &x->items[i]);
		x->items[i].err = NULL;
	}
	x->n = x->bytes = 0;
	x->full = x->full || kd_segw_memory(x->mails) + kd_segw_memory(x->patches) >=
				     (x->req->part_memory ? x->req->part_memory : (size_t)PART_MEMORY) ||
		  kd_segw_docs(x->mails) >= PART_DOCS;
	if (x->req->watch)
		x->req->watch(x->req->user, x->ret->added + x->ret->known + x->ret->aside);
	return err;
}

/* An error that only says: stop reading here. */
static struct kd_error *stop(void)
{
	return kd_error_new(KD_CONFLICT, "a part is full");
}

static struct kd_error *on_mail(void *user, const struct kd_mailsrc_mail *m)
{
	struct run *x = user;
	struct item *it;
	struct kd_error *err = NULL;

	if (x->read->restarted && !x->all) {
		x->again = true;
		return stop();
	}
	if (x->n == BATCH || x->bytes >= BATCH_BYTES)
		err = flush(x);
	if (err || x->full)
		return err ? err : stop();
	it = &x->items[x->n++];
	kd_buf_clear(&it->bytes);
	kd_buf_clear(&it->source);
	it->lost = m->lost;
	it->deleted = m->deleted;
	if (!kd_buf_add(&it->bytes, m->bytes) && m->bytes.n)
		it->lost = "longer than 16 MiB";
	kd_buf_add(&it->source, kd_view_head(m->id, 1000));
	x->bytes += m->bytes.n;
	return NULL;
}

/* --- parts ------------------------------------------------------------------------------------- */

static struct kd_error *save_segment(struct kd_store *st, struct kd_segw **w)
{
	kd_auto(kd_freep) char *path = NULL, *file = NULL;
	struct kd_error *err;

	if (!kd_segw_docs(*w))
		return NULL;
	path = kd_store_new_path(st, st->docs, kd_segw_docs(*w), &file);
	err = kd_segw_write(*w, path);
	if (!err)
		err = kd_store_append(st, file);
	if (!err)
		err = kd_store_compact(st);
	if (!err)
		err = kd_store_save(st);
	kd_segw_free(*w);
	*w = kd_segw_new(st->docs);
	return err;
}

/* First what nobody misses if the next step does not come. A reading from the beginning keeps the old position until its end. */
static struct kd_error *save_part(struct run *x, struct kd_view position)
{
	struct kd_error *err = kd_mailstore_save_words(x->ms, x->words);

	if (!err)
		err = kd_mailstore_save(x->ms);
	if (!err)
		err = save_segment(x->ms->patches, &x->patches);
	if (!err)
		err = save_segment(x->ms->mails, &x->mails);
	kd_hashmap_clear(&x->here);
	kd_arena_reset(&x->keys);
	x->full = false;
	if (err || x->all)
		return err;
	x->box->position = kd_mailstore_keep(x->ms, position);
	return kd_mailstore_save(x->ms);
}

/* Reads until a part is full or nothing is left. */
static struct kd_error *read_part(struct run *x, struct kd_mailsrc *src, struct kd_buf *since, struct kd_buf *position, bool *more)
{
	struct kd_mailsrc_read r = {.since = kd_buf_view(since), .fn = on_mail, .user = x, .position = position};
	struct kd_error *err;

	x->read = &r;
	err = kd_mailsrc_read(src, &r);
	*more = err && err->cls == KD_CONFLICT && (x->full || x->again);
	if (*more) {
		kd_error_free(err);
		err = NULL;
	}
	if (!err && !x->again)
		err = flush(x);
	x->ret->restarted = x->ret->restarted || r.restarted || x->again;
	x->ret->note = r.note;
	if (!err && x->again) {
		kd_buf_clear(since);
		return NULL;
	}
	if (!err)
		err = save_part(x, kd_buf_view(position));
	kd_buf_clear(since);
	kd_buf_add(since, kd_buf_view(position));
	return err;
}

/* --- what is gone ------------------------------------------------------------------------------ */

static int by_oid(const void *a, const void *b)
{
	return memcmp(a, b, KD_SEG_OID);
}

/* Mails of this box that a reading from the beginning did not give. */
static void sweep(struct run *x)
{
	const uint64_t term = kd_term(KD_FIELD_BOX, kd_view_of(x->box->name));
	struct kd_hit h;

	if (x->seen.v.n)
		qsort(x->seen.v.v, x->seen.v.n, sizeof(*x->seen.v.v), by_oid);
	kd_vec_each(s, &x->ms->mails->segs) {
		struct kd_postings p = kd_seg_postings(*s, term);

		while (kd_postings_next(&p, &h)) {
			struct kd_seg_doc d;
			struct kd_mail_oid key;

			if (h.doc >= x->ms->mails->docs)
				break;
			kd_store_doc(x->ms->mails, h.doc, &d);
			memcpy(key.v, d.oid, KD_SEG_OID);
			if (x->seen.v.n && bsearch(&key, x->seen.v.v, x->seen.v.n, sizeof(key), by_oid))
				continue;
			x->ret->removed += !kd_mailstore_gone(x->ms, h.doc);
			kd_mailstore_remove(x->ms, d.oid, true);
		}
	}
}

/* --- the run ----------------------------------------------------------------------------------- */

static struct kd_error *open_workers(struct run *x)
{
	struct kd_error *err = NULL;

	x->nworkers = kd_parallel_workers(x->req->workers);
	x->workers = kd_xcalloc(x->nworkers, sizeof(*x->workers));
	for (unsigned i = 0; i < x->nworkers; i++) {
		x->workers[i].arena = KD_ARENA_INIT(KD_MAIL_ARENA);
		kd_maildoc_init(&x->workers[i].doc);
		if (!err)
			err = kd_gmime_open(&x->workers[i].gmime);
	}
	x->items = kd_xcalloc(BATCH, sizeof(*x->items));
	for (size_t i = 0; i < BATCH; i++) {
		x->items[i].bytes = KD_BUF_INIT(KD_MAILSRC_MESSAGE_MAX);
		x->items[i].source = KD_BUF_INIT(1024);
		kd_mailjob_init(&x->items[i].job);
	}
	x->keys = KD_ARENA_INIT((size_t)256 << 20);
	x->here = KD_HASHMAP_INIT(2 * PART_DOCS, &x->keys);
	x->words = kd_lexw_new();
	x->mails = kd_segw_new(x->ms->mails->docs);
	x->patches = kd_segw_new(x->ms->patches->docs);
	return err;
}

static void clean_up(struct run *x)
{
	for (unsigned i = 0; x->workers && i < x->nworkers; i++) {
		kd_gmime_close(x->workers[i].gmime);
		kd_maildoc_deinit(&x->workers[i].doc);
		kd_arena_deinit(&x->workers[i].arena);
	}
	for (size_t i = 0; x->items && i < BATCH; i++) {
		kd_buf_deinit(&x->items[i].bytes);
		kd_buf_deinit(&x->items[i].source);
		kd_mailjob_deinit(&x->items[i].job);
	}
	kd_free(x->workers);
	kd_free(x->items);
	kd_hashmap_deinit(&x->here);
	kd_arena_deinit(&x->keys);
	kd_lexw_free(x->words);
	kd_segw_free(x->mails);
	kd_segw_free(x->patches);
	kd_vec_free(&x->seen.v);
}

static struct kd_error *read_all(struct run *x, struct kd_mailsrc *src)
{
	kd_auto(kd_buf_deinit) struct kd_buf since = KD_BUF_INIT(128 << 10), position = KD_BUF_INIT(128 << 10);
	struct kd_error *err = NULL;
	bool more = true;

	kd_buf_add(&since, kd_view_of(x->box->position));
	while (more && !err) {
		err = read_part(x, src, &since, &position, &more);
		if (x->again) {
			x->again = false;
			x->all = true;
			x->box->mails = x->box->doubles = x->box->removed = x->box->cut = 0;
			x->box->naside = x->box->aside.n = x->box->reasons.n = 0;
			x->n = x->bytes = 0;
			more = true;
		}
	}
	if (err)
		return err;
	if (x->all) {
		sweep(x);
		x->box->mails = x->seen.v.n;
	}
	x->box->position = kd_mailstore_keep(x->ms, kd_buf_view(&position));
	return NULL;
}

struct kd_error *kd_mailindex(struct kd_ctx *ctx, struct kd_mailstore *ms, const struct kd_mailindex_req *req,
			      struct kd_mailindex_result *ret)
{
	kd_auto(kd_mailsrc_closep) struct kd_mailsrc *src = NULL;
	struct run x = {.ctx = ctx, .ms = ms, .req = req, .ret = ret};
	struct kd_error *err = kd_mailsrc_open(ctx, req->path, &src);

	*ret = (struct kd_mailindex_result){0};
	if (err)
		return err;
	x.box = kd_mailstore_add_box(ms, req->name);
	if (!x.box)
		return kd_error_new(KD_LIMIT, "an index has %u archives at most", KD_MAILBOXES_MAX);
	ret->kind = kd_mailsrc_word(kd_mailsrc_kind(src));
	x.box->kind = kd_mailstore_keep(ms, kd_view_of(ret->kind));
	x.box->path = kd_mailstore_keep(ms, kd_view_of(req->origin ? req->origin : req->path));
	x.box->local = req->origin ? kd_mailstore_keep(ms, kd_view_of(req->path)) : "";
	x.box->complete = false;
	x.box->stale = req->stale;
	err = open_workers(&x);
	if (!err)
		err = read_all(&x, src);
	if (!err) {
		x.box->complete = true;
		x.box->indexed = (int64_t)time(NULL);
		if (ret->added)
			err = kd_norms_write(ms->patches);
	}
	if (!err)
		err = kd_store_save(ms->mails);
	if (!err)
		err = kd_store_save(ms->patches);
	if (!err)
		err = kd_mailstore_save(ms);
	clean_up(&x);
	return err;
}
