// SPDX-License-Identifier: GPL-2.0-or-later
#include "history/segwrite.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/le.h"
#include "base/pack.h"
#include "history/segfile.h"

enum { LEVEL = 9, TEXT_MAX_PACKED = 1 << 30, RADIX_BITS = 11, RADIX = 1 << RADIX_BITS, PAIRS_MAX = 4096 };

/* A word of a document. */
struct tuple {
	uint64_t term;
	uint32_t doc, level;
};

struct pair {
	uint64_t key;
	uint32_t doc, more;
};

/* A file, and a function in it or 0. */
struct place {
	uint64_t func, path;
	uint32_t count, text, size; /* text: of the path, in w->paths */
};

struct kd_segw {
	uint32_t first, docs;
	struct kd_buf rows, dir, text, parents;
	unsigned char *block; /* of texts, being filled */
	size_t nblock;
	uint64_t blocks;
	struct kd_zstd *z;
	KD_VEC(struct tuple) tuples;
	KD_VEC(struct pair) keys, rels;
	KD_VEC(struct place) places;
	struct kd_buf statics, paths;
};

/* --- one document ------------------------------------------------------------------------------ */

void kd_newdoc_init(struct kd_newdoc *d)
{
	*d = (struct kd_newdoc){.text = KD_BUF_INIT(KD_SEG_TEXT_MAX), .paths = KD_BUF_INIT(KD_SEG_TEXT_MAX)};
}

void kd_newdoc_clear(struct kd_newdoc *d)
{
	struct kd_newdoc empty = {.text = d->text, .words = {d->words.v, 0, d->words.cap}, .keys = {d->keys.v, 0, d->keys.cap},
				  .rels = {d->rels.v, 0, d->rels.cap}, .pairs = {d->pairs.v, 0, d->pairs.cap}, .paths = d->paths};

	kd_buf_clear(&empty.text);
	kd_buf_clear(&empty.paths);
	*d = empty;
}

void kd_newdoc_deinit(struct kd_newdoc *d)
{
	kd_buf_deinit(&d->text);
	kd_buf_deinit(&d->paths);
	kd_vec_free(&d->words);
	kd_vec_free(&d->keys);
	kd_vec_free(&d->rels);
	kd_vec_free(&d->pairs);
}

void kd_newdoc_word(struct kd_newdoc *d, enum kd_word_field field, struct kd_view word, unsigned level)
{
	struct kd_newword *t;

	if (!word.n)
		return;
	t = kd_vec_push(&d->words, KD_NEWDOC_WORDS_MAX);
	if (t)
		*t = (struct kd_newword){kd_term(field, word), (uint8_t)level};
	else
		d->flags |= KD_DOC_TEXT_CUT;
}

void kd_newdoc_key(struct kd_newdoc *d, uint64_t key)
{
	uint64_t *k = kd_vec_push(&d->keys, KD_NEWDOC_RELS_MAX);

	if (k)
		*k = key;
}

void kd_newdoc_pair(struct kd_newdoc *d, struct kd_view func, struct kd_view path)
{
	const struct kd_newpair *last = d->pairs.n ? &d->pairs.v[d->pairs.n - 1] : NULL;
	struct kd_newpair new = {func.n ? kd_term(KD_FIELD_FUNC, func) : 0, kd_term(KD_FIELD_PATH, path), (uint32_t)d->paths.n,
				 (uint32_t)path.n};
	struct kd_newpair *p;

	if (last && last->path == new.path)
		new.text = last->text;
	else if (!kd_buf_add(&d->paths, path))
		return;
	p = kd_vec_push(&d->pairs, PAIRS_MAX);
	if (p)
		*p = new;
}

void kd_newdoc_rel(struct kd_newdoc *d, uint8_t kind, struct kd_view hex)
{
	uint8_t oid[KD_SEG_OID];
	struct kd_newrel *r;
	unsigned digits;

	if (hex.n < 7 || !kd_oid_parse(hex, oid, &digits) || !(r = kd_vec_push(&d->rels, KD_NEWDOC_RELS_MAX)))
		return;
	*r = (struct kd_newrel){kd_oid_head(oid), kind, (uint8_t)(digits < 16 ? digits : 16)};
}

static int by_term(const void *a, const void *b)
{
	const struct kd_newword *x = a, *y = b;

	return x->term != y->term ? x->term < y->term ? -1 : 1 : (x->level < y->level) - (x->level > y->level);
}

void kd_newdoc_seal(struct kd_newdoc *d)
{
	if (d->words.n)
		qsort(d->words.v, d->words.n, sizeof(*d->words.v), by_term);
}

/* --- a segment in memory ----------------------------------------------------------------------- */

struct kd_segw *kd_segw_new(uint32_t first)
{
	struct kd_segw *w = kd_xcalloc(1, sizeof(*w));

	w->first = first;
	w->rows = KD_BUF_INIT((size_t)KD_DOC_MAX * KD_SEG_DOC_BYTES);
	w->dir = w->parents = KD_BUF_INIT((size_t)256 << 20);
	w->text = KD_BUF_INIT(TEXT_MAX_PACKED);
	w->statics = w->rows;
	w->paths = KD_BUF_INIT((size_t)1 << 30);
	w->block = kd_xmalloc(KD_SEG_BLOCK);
	w->z = kd_zstd_new();
	return w;
}

void kd_segw_free(struct kd_segw *w)
{
	if (!w)
		return;
	kd_buf_deinit(&w->rows);
	kd_buf_deinit(&w->dir);
	kd_buf_deinit(&w->text);
	kd_buf_deinit(&w->parents);
	kd_free(w->block);
	kd_zstd_free(w->z);
	kd_vec_free(&w->tuples);
	kd_vec_free(&w->keys);
	kd_vec_free(&w->rels);
	kd_vec_free(&w->places);
	kd_buf_deinit(&w->statics);
	kd_buf_deinit(&w->paths);
	kd_free(w);
}

void kd_segw_freep(struct kd_segw **w)
{
	kd_segw_free(*w);
	*w = NULL;
}

uint32_t kd_segw_docs(const struct kd_segw *w)
{
	return w->docs;
}

size_t kd_segw_memory(const struct kd_segw *w)
{
	return w->rows.n + w->text.n + 2 * w->tuples.n * sizeof(*w->tuples.v) + (w->keys.n + w->rels.n) * sizeof(struct pair) +
	       w->places.n * sizeof(struct place) + w->paths.n;
}

static struct kd_error *pack_block(struct kd_segw *w)
{
	unsigned char out[KD_SEG_BLOCK + KD_SEG_BLOCK / 16 + 1024];
	uint8_t end[8];
	size_t n;

	if (!w->z)
		return kd_error_new(KD_UNSUPPORTED, "an index is packed with zstd, which this program was built without");
	memset(w->block + w->nblock, 0, KD_SEG_BLOCK - w->nblock);
	if (!kd_zstd_pack(w->z, kd_view((const char *)w->block, KD_SEG_BLOCK), KD_VNULL, LEVEL, out, sizeof(out), &n) ||
	    !kd_buf_add(&w->text, kd_view((const char *)out, n)))
		return kd_error_new(KD_LIMIT, "the texts of a part of the index are too long");
	kd_put_le64(end, w->text.n);
	kd_buf_add(&w->dir, kd_view((const char *)end, sizeof(end)));
	w->nblock = 0;
	w->blocks++;
	return NULL;
}

static struct kd_error *add_text(struct kd_segw *w, struct kd_view text)
{
	struct kd_error *err = NULL;

	while (text.n && !err) {
		const struct kd_view some = kd_view_head(text, KD_SEG_BLOCK - w->nblock);

		memcpy(w->block + w->nblock, some.p, some.n);
		w->nblock += some.n;
		text = kd_view_from(text, some.n);
		if (w->nblock == KD_SEG_BLOCK)
			err = pack_block(w);
	}
	return err;
}

static uint32_t add_parents(struct kd_segw *w, const uint32_t *parents, size_t n)
{
	const uint32_t at = (uint32_t)(w->parents.n / 4);

	if (n <= 2)
		return n == 2 ? parents[1] : KD_DOC_NONE;
	for (size_t i = 1; i < n; i++)
		kd_buf_add_le32(&w->parents, (parents[i] & (KD_SEG_MORE - 1)) | (i + 1 == n ? KD_SEG_MORE : 0));
	return at | KD_SEG_MORE;
}

static uint32_t clamp32(int64_t t)
{
	return t < 0 ? 0 : t > UINT32_MAX ? UINT32_MAX : (uint32_t)t;
}

static void add_words(struct kd_segw *w, const struct kd_newdoc *d)
{
	for (size_t i = 0; i < d->words.n; i++)
		if (!i || d->words.v[i].term != d->words.v[i - 1].term) /* the highest level is the first */
			*kd_vec_push(&w->tuples, SIZE_MAX / sizeof(struct tuple)) =
				(struct tuple){d->words.v[i].term, w->docs, d->words.v[i].level & 7u};
	for (size_t i = 0; i < d->keys.n; i++)
		*kd_vec_push(&w->keys, SIZE_MAX / sizeof(struct pair)) = (struct pair){d->keys.v[i], w->docs, 0};
	for (size_t i = 0; i < d->rels.n; i++)
		*kd_vec_push(&w->rels, SIZE_MAX / sizeof(struct pair)) =
			(struct pair){d->rels.v[i].id, w->docs, (uint32_t)d->rels.v[i].kind | (uint32_t)d->rels.v[i].digits << 8};
}

/* Files of a commit come one after the other: their text is there once for each run of them. */
static void add_pairs(struct kd_segw *w, const struct kd_newdoc *d)
{
	struct place last = {0};

	for (size_t i = 0; i < d->pairs.n; i++) {
		const struct kd_newpair *p = &d->pairs.v[i];

		if (p->path != last.path) {
			last = (struct place){.path = p->path, .text = (uint32_t)w->paths.n, .size = p->size};
			kd_buf_add(&w->paths, kd_view(d->paths.p + p->text, p->size));
		}
		last.func = p->func;
		last.count = 1;
		*kd_vec_push(&w->places, SIZE_MAX / sizeof(last)) = last;
	}
}

static void add_statics(struct kd_segw *w, const struct kd_newdoc *d)
{
	uint8_t e[KD_SEG_STATIC] = {0};

	kd_put_le32(e, clamp32(d->date));
	kd_put_le16(e + KD_SEG_S_FILES, (uint16_t)(d->files < UINT16_MAX ? d->files : UINT16_MAX));
	e[KD_SEG_S_FLAGS] = d->statics.flags;
	memcpy(e + KD_SEG_S_KIND, d->statics.kind, KD_SEG_KINDS);
	kd_buf_add(&w->statics, kd_view((const char *)e, sizeof(e)));
}

struct kd_error *kd_segw_add(struct kd_segw *w, const struct kd_newdoc *d, const uint32_t *parents, size_t n)
{
	uint8_t row[KD_SEG_DOC_BYTES] = {0};
	struct kd_error *err;

	if (w->first + w->docs >= KD_DOC_MAX)
		return kd_error_new(KD_LIMIT, "an index holds %u documents at most", KD_DOC_MAX);
	memcpy(row + KD_SEG_D_OID, d->oid, KD_SEG_OID);
	kd_put_le32(row + KD_SEG_D_PARENT, n ? parents[0] : KD_DOC_NONE);
	kd_put_le32(row + KD_SEG_D_PARENT + 4, add_parents(w, parents, n));
	kd_put_le32(row + KD_SEG_D_DATE, clamp32(d->date));
	kd_put_le32(row + KD_SEG_D_CDATE, clamp32(d->commit_date));
	kd_put_le16(row + KD_SEG_D_FLAGS, (uint16_t)d->flags);
	kd_put_le16(row + KD_SEG_D_FILES, (uint16_t)(d->files < UINT16_MAX ? d->files : UINT16_MAX));
	kd_put_le32(row + KD_SEG_D_WORDS, (uint32_t)d->words.n);
	kd_put_le32(row + KD_SEG_D_LINES, d->lines);
	kd_put_le64(row + KD_SEG_D_SUBJECT, d->subject);
	kd_put_le64(row + KD_SEG_D_AUTHOR, d->author);
	kd_put_le64(row + KD_SEG_D_PATCH, d->patch_id);
	kd_put_le64(row + KD_SEG_D_TEXT, w->blocks * KD_SEG_BLOCK + w->nblock);
	kd_put_le32(row + KD_SEG_D_TEXT_SIZE, (uint32_t)d->text.n);
	err = add_text(w, kd_buf_view(&d->text));
	if (err)
		return err;
	add_words(w, d);
	add_pairs(w, d);
	add_statics(w, d);
	kd_buf_add(&w->rows, kd_view((const char *)row, sizeof(row)));
	w->docs++;
	return NULL;
}

/* --- sorting ----------------------------------------------------------------------------------- */

/*
 * By term; documents of a term stay in their order. Terms are spread evenly: three stable passes over their upper 33
 * bits put all but a few in their place, and the insertion that follows hardly moves anything.
 */
static void sort_tuples(struct tuple *v, size_t n)
{
	kd_auto(kd_freep) struct tuple *other = kd_xmalloc(n * sizeof(*other));
	struct tuple *from = v, *to = other;

	for (unsigned shift = 64 - 3 * RADIX_BITS; shift < 64; shift += RADIX_BITS) {
		size_t at[RADIX] = {0}, sum = 0;
		struct tuple *t;

		for (size_t i = 0; i < n; i++)
			at[from[i].term >> shift & (RADIX - 1)]++;
		for (size_t i = 0; i < RADIX; i++) {
			const size_t here = at[i];

			at[i] = sum;
			sum += here;
		}
		for (size_t i = 0; i < n; i++)
			to[at[from[i].term >> shift & (RADIX - 1)]++] = from[i];
		t = from;
		from = to;
		to = t;
	}
	memcpy(v, other, n * sizeof(*v)); /* three passes: they end in the other one */
	for (size_t i = 1; i < n; i++) {
		const struct tuple t = v[i];
		size_t k = i;

		for (; k && v[k - 1].term > t.term; k--)
			v[k] = v[k - 1];
		v[k] = t;
	}
}

static int by_key(const void *a, const void *b)
{
	const struct pair *x = a, *y = b;

	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	return (x->doc > y->doc) - (x->doc < y->doc);
}

/* --- writing ----------------------------------------------------------------------------------- */

static void put_term(struct kd_segspool *s, uint64_t term, uint64_t off, uint32_t docs, uint64_t bytes)
{
	uint8_t e[KD_SEG_T];

	kd_put_le64(e, term);
	kd_put_le64(e + 8, off);
	kd_put_le32(e + 16, docs);
	kd_put_le32(e + 20, (uint32_t)bytes);
	kd_segspool_put(s, e, sizeof(e));
}

static void put_single(struct kd_segspool *s, uint64_t term, uint32_t doc_count)
{
	uint8_t e[KD_SEG_T1];

	kd_put_le64(e, term);
	kd_put_le32(e + 8, doc_count);
	kd_segspool_put(s, e, sizeof(e));
}

static void write_words(struct kd_segw *w, struct kd_segfile *f, struct kd_segspool *one, struct kd_segspool *many)
{
	const struct tuple *t = w->tuples.v, *end = w->tuples.n ? t + w->tuples.n : t;

	kd_segfile_section(f, KD_SEG_POSTINGS);
	while (w->tuples.n && t < end) {
		const struct tuple *from = t;
		const uint64_t off = kd_segfile_size(f);
		uint32_t last = 0;

		while (t < end && t->term == from->term)
			t++;
		if (t - from == 1) {
			put_single(one, from->term, from->doc << 3 | from->level);
			continue;
		}
		for (const struct tuple *x = from; x < t; x++) {
			kd_segfile_put_varint(f, (uint64_t)(x->doc - last) << 3 | x->level);
			last = x->doc;
		}
		put_term(many, from->term, off, (uint32_t)(t - from), kd_segfile_size(f) - off);
	}
}

static void write_pairs(struct kd_segfile *f, enum kd_seg_section id, struct pair *v, size_t n)
{
	if (n)
		qsort(v, n, sizeof(*v), by_key);
	kd_segfile_section(f, id);
	for (size_t i = 0; i < n; i++) {
		uint8_t e[KD_SEG_K];

		kd_put_le64(e, v[i].key);
		kd_put_le32(e + 8, v[i].doc);
		kd_put_le32(e + 12, v[i].more);
		kd_segfile_put(f, kd_view((const char *)e, sizeof(e)));
	}
}

static int by_oid(const void *a, const void *b, void *rows)
{
	const uint8_t *p = rows;
	const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return memcmp(p + (size_t)x * KD_SEG_DOC_BYTES, p + (size_t)y * KD_SEG_DOC_BYTES, KD_SEG_OID);
}

static void write_order(struct kd_segfile *f, const char *rows, uint32_t docs)
{
	kd_auto(kd_freep) uint32_t *order = kd_xmalloc(((size_t)docs + 1) * sizeof(*order));

	for (uint32_t i = 0; i < docs; i++)
		order[i] = i;
	qsort_r(order, docs, sizeof(*order), by_oid, (void *)(uintptr_t)rows);
	kd_segfile_section(f, KD_SEG_ORDER);
	for (uint32_t i = 0; i < docs; i++) {
		uint8_t e[4];

		kd_put_le32(e, order[i]);
		kd_segfile_put(f, kd_view((const char *)e, sizeof(e)));
	}
}

static int by_path(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	return x->path != y->path ? x->path < y->path ? -1 : 1 : 0;
}

static int by_place(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	return x->func != y->func ? x->func < y->func ? -1 : 1 : by_path(a, b);
}

static void write_paths(struct kd_segw *w, struct kd_segfile *f, struct kd_segspool *text)
{
	uint32_t at = 0;

	kd_segfile_section(f, KD_SEG_PATHS);
	for (size_t i = 0; i < w->places.n; i++) {
		const struct place *p = &w->places.v[i];
		uint8_t e[KD_SEG_P];

		if (i && p->path == p[-1].path)
			continue;
		kd_put_le64(e, p->path);
		kd_put_le32(e + 8, at);
		kd_put_le32(e + 12, p->size);
		kd_segfile_put(f, kd_view((const char *)e, sizeof(e)));
		kd_segspool_put(text, w->paths.p + p->text, p->size);
		at += p->size;
	}
	kd_segfile_section(f, KD_SEG_PATHTEXT);
	kd_segspool_pour(text, f);
}

static void write_pairs_of_files(struct kd_segw *w, struct kd_segfile *f)
{
	const struct place *p = w->places.v, *end = w->places.n ? p + w->places.n : p;

	kd_segfile_section(f, KD_SEG_PAIRS);
	while (w->places.n && p < end) {
		const struct place *from = p;
		uint8_t e[KD_SEG_PAIR] = {0};

		while (p < end && p->func == from->func && p->path == from->path)
			p++;
		if (!from->func)
			continue;
		kd_put_le64(e, from->func);
		kd_put_le64(e + 8, from->path);
		kd_put_le32(e + 16, (uint32_t)(p - from));
		kd_segfile_put(f, kd_view((const char *)e, sizeof(e)));
	}
}

static void write_places(struct kd_segw *w, struct kd_segfile *f, struct kd_segspool *text)
{
	if (w->places.n)
		qsort(w->places.v, w->places.n, sizeof(struct place), by_path);
	write_paths(w, f, text);
	if (w->places.n)
		qsort(w->places.v, w->places.n, sizeof(struct place), by_place);
	write_pairs_of_files(w, f);
}

static void put_section(struct kd_segfile *f, enum kd_seg_section id, struct kd_view bytes)
{
	kd_segfile_section(f, id);
	kd_segfile_put(f, bytes);
}

struct kd_error *kd_segw_write(struct kd_segw *w, const char *path)
{
	kd_auto(kd_segspool_deinit) struct kd_segspool one = {.fd = -1}, many = {.fd = -1}, text = {.fd = -1};
	struct kd_segfile f;
	struct kd_error *err = w->nblock ? pack_block(w) : NULL;

	if (!err)
		err = kd_segfile_begin(&f, path);
	if (err)
		return err;
	err = kd_segspool_begin(&one, path);
	if (!err)
		err = kd_segspool_begin(&many, path);
	if (!err)
		err = kd_segspool_begin(&text, path);
	if (err) {
		kd_segfile_abandon(&f);
		return err;
	}
	if (w->tuples.n)
		sort_tuples(w->tuples.v, w->tuples.n);
	put_section(&f, KD_SEG_DOCS, kd_buf_view(&w->rows));
	write_order(&f, w->rows.p, w->docs);
	put_section(&f, KD_SEG_TEXT_DIR, kd_buf_view(&w->dir));
	put_section(&f, KD_SEG_TEXT, kd_buf_view(&w->text));
	put_section(&f, KD_SEG_PARENTS, kd_buf_view(&w->parents));
	put_section(&f, KD_SEG_STATICS, kd_buf_view(&w->statics));
	write_places(w, &f, &text);
	write_pairs(&f, KD_SEG_KEYS, w->keys.v, w->keys.n);
	write_pairs(&f, KD_SEG_RELS, w->rels.v, w->rels.n);
	write_words(w, &f, &one, &many);
	kd_segfile_section(&f, KD_SEG_TERMS1);
	kd_segspool_pour(&one, &f);
	kd_segfile_section(&f, KD_SEG_TERMS);
	kd_segspool_pour(&many, &f);
	return kd_segfile_end(&f, w->first, w->docs);
}
