// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * makedumpfile -F: records of (offset, size, bytes) that, written in their order, make the dump. They
 * are read in place: a list of them by offset, of which a later one covers an earlier one.
 */
#include <stdlib.h>

#include "base/alloc.h"
#include "base/vec.h"
#include "core/pages.h"
#include "format/diskdump.h"

enum { RECORDS_MAX = 1 << 24, RECORD = 16, WINDOW = 64 << 10 };

struct piece {
	uint64_t off, size; /* in the dump */
	uint64_t at; /* in the stream */
};

struct pieces {
	struct piece *v;
	size_t n, cap;
};

struct flat {
	struct kd_bytes *stream;
	struct pieces pieces; /* as they come; by off and without overlaps after settle() */
};

static void close_flat(void *user)
{
	struct flat *f = user;

	kd_bytes_close(f->stream);
	kd_vec_free(&f->pieces);
	kd_free(f);
}

/* The last piece that begins at off or before. */
static const struct piece *piece_at(const struct flat *f, uint64_t off)
{
	size_t lo = 0, hi = f->pieces.n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (f->pieces.v[mid].off <= off)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo ? &f->pieces.v[lo - 1] : NULL;
}

/* What no record wrote is a hole of the file: zeros, as where the stream is written out. */
static struct kd_error *read_flat(void *user, uint64_t off, size_t n, void *ret)
{
	const struct flat *f = user;
	char *to = ret;

	while (n) {
		const struct piece *p = piece_at(f, off), *next;
		struct kd_error *err = NULL;
		uint64_t some = n;

		if (p && off - p->off < p->size) {
			if (some > p->size - (off - p->off))
				some = p->size - (off - p->off);
			err = kd_bytes_read(f->stream, p->at + (off - p->off), (size_t)some, to);
		} else {
			next = p ? p + 1 : f->pieces.v;
			if (next < f->pieces.v + f->pieces.n && next->off - off < some)
				some = next->off - off;
			memset(to, 0, (size_t)some);
		}
		if (err)
			return err;
		off += some;
		to += some;
		n -= (size_t)some;
	}
	return NULL;
}

static struct kd_error *add(struct flat *f, const struct kd_flat_record *r, uint64_t at)
{
	struct piece *p = kd_vec_push(&f->pieces, RECORDS_MAX);

	if (!p)
		return kd_error_new(KD_LIMIT, "the flattened dump has more than %d records", RECORDS_MAX);
	*p = (struct piece){.off = r->off, .size = r->size, .at = at};
	return NULL;
}

/* The bytes around the records: they are small, and often near each other. */
struct window {
	uint64_t at;
	size_t n;
	uint8_t bytes[WINDOW];
};

/* The record at `at`, of which all 16 bytes are in the stream. */
static struct kd_error *record_at(const struct flat *f, struct window *w, uint64_t at, struct kd_flat_record *ret)
{
	if (at < w->at || at + RECORD > w->at + w->n) {
		uint64_t left = kd_bytes_size(f->stream) - at;
		struct kd_error *err;

		w->at = at;
		w->n = left < WINDOW ? (size_t)left : WINDOW;
		err = kd_bytes_read(f->stream, at, w->n, w->bytes);
		if (err)
			return err;
	}
	if (!kd_flat_record(w->bytes + (at - w->at), ret))
		return kd_error_at(KD_BADDATA, (int64_t)at, "flattened dump: what stands here is no record");
	return NULL;
}

/* *complete: the end mark was seen. */
static struct kd_error *read_records(struct flat *f, bool *complete)
{
	const uint64_t size = kd_bytes_size(f->stream);
	struct window *w = kd_xcalloc(1, sizeof(*w));
	uint64_t at = KD_FLAT_HEADER;
	struct kd_error *err = NULL;

	while (!err && size - at >= RECORD) {
		struct kd_flat_record r;

		err = record_at(f, w, at, &r);
		if (err || r.end) {
			*complete = !err;
			break;
		}
		at += RECORD;
		if (r.size > size - at) /* the stream was cut: what is there of it */
			r.size = size - at;
		if (r.size)
			err = add(f, &r, at);
		at += r.size;
	}
	kd_free(w);
	return err;
}

/* --- who was written last ------------------------------------------------------------------- */

/* Pieces that cover the place that is looked at, the one that was written last on top. */
struct heap {
	const struct piece **v;
	size_t n;
};

static void heap_down(struct heap *h)
{
	for (size_t i = 0, k; (k = 2 * i + 1) < h->n; i = k) {
		const struct piece *t = h->v[i];

		if (k + 1 < h->n && h->v[k + 1]->at > h->v[k]->at)
			k++;
		if (t->at >= h->v[k]->at)
			return;
		h->v[i] = h->v[k];
		h->v[k] = t;
	}
}

static void heap_push(struct heap *h, const struct piece *p)
{
	size_t i = h->n++;

	for (; i && h->v[(i - 1) / 2]->at < p->at; i = (i - 1) / 2)
		h->v[i] = h->v[(i - 1) / 2];
	h->v[i] = p;
}

static void heap_pop(struct heap *h)
{
	h->v[0] = h->v[--h->n];
	heap_down(h);
}

static int by_offset(const void *a, const void *b)
{
	const struct piece *x = a, *y = b;

	return x->off < y->off ? -1 : x->off > y->off;
}

/* Writers go back to headers and bitmaps: of what was written twice the later one holds. */
static void settle(struct flat *f)
{
	const size_t n = f->pieces.n;
	struct piece *in = f->pieces.v;
	struct heap h = {.v = kd_xcalloc(n + 1, sizeof(*h.v))};
	struct pieces out = {0};
	uint64_t at = 0;

	if (n)
		qsort(in, n, sizeof(*in), by_offset);
	for (size_t i = 0; i < n || h.n;) {
		const struct piece *p;
		struct piece *last, *to;
		uint64_t end;

		if (h.n && h.v[0]->off + h.v[0]->size <= at) {
			heap_pop(&h);
			continue;
		}
		if (i < n && (!h.n || in[i].off <= at)) {
			if (in[i].off > at)
				at = in[i].off;
			heap_push(&h, &in[i++]);
			continue;
		}
		p = h.v[0];
		end = p->off + p->size;
		if (i < n && in[i].off < end)
			end = in[i].off;
		last = out.n ? &out.v[out.n - 1] : NULL;
		if (last && last->off + last->size == at && last->at + last->size == p->at + (at - p->off)) {
			last->size += end - at;
		} else {
			to = kd_vec_push(&out, 2 * (size_t)RECORDS_MAX + 1); /* each record begins and ends one */
			*to = (struct piece){.off = at, .size = end - at, .at = p->at + (at - p->off)};
		}
		at = end;
	}
	kd_free(h.v);
	kd_vec_free(&f->pieces);
	f->pieces = out;
}

struct kd_error *kd_flat_open(struct kd_bytes *stream, struct kd_bytes **ret, bool *ret_complete)
{
	static const struct kd_bytes_ops ops = {.read = read_flat, .close = close_flat};
	struct flat *f = kd_xcalloc(1, sizeof(*f));
	uint64_t size = 0;
	struct kd_error *err;

	f->stream = stream;
	*ret_complete = false;
	err = kd_bytes_size(stream) < KD_FLAT_HEADER
		      ? kd_error_at(KD_BADDATA, (int64_t)kd_bytes_size(stream), "flattened dump: the data ends in its header")
		      : read_records(f, ret_complete);
	if (err) {
		close_flat(f);
		return err;
	}
	settle(f);
	for (size_t i = 0; i < f->pieces.n; i++)
		size = f->pieces.v[i].off + f->pieces.v[i].size; /* the last one ends furthest */
	*ret = kd_bytes_of_ops(&ops, f, size, kd_bytes_name(stream));
	return NULL;
}
