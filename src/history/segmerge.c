// SPDX-License-Identifier: GPL-2.0-or-later
/* Neighbouring segments become one: all tables are sorted, so that everything is read and written once, in order. */
#include "base/alloc.h"
#include "base/le.h"
#include "history/segfile.h"
#include "history/segwrite.h"

struct merge {
	struct kd_seg *const *seg;
	size_t n;
	struct kd_segfile *f;
	uint32_t first; /* number of the first document of the result */
	const uint32_t *number; /* NULL: documents keep theirs */
};

/* What document `doc` of the store is in the result, from its first on; KD_DOC_NONE: it is left out. */
static uint32_t place(const struct merge *m, uint32_t doc)
{
	if (m->number)
		doc = m->number[doc];
	return doc == KD_DOC_NONE ? KD_DOC_NONE : doc - m->first;
}

/* A parent's number; one that was left out is missing. */
static uint32_t parent(const struct merge *m, uint32_t doc, uint32_t self)
{
	if (!m->number || doc >= self)
		return doc;
	return m->number[doc] == KD_DOC_NONE ? KD_DOC_MISSING : m->number[doc];
}

/* A sorted table of one segment. */
struct cursor {
	const uint8_t *p, *end;
	unsigned entry;
	size_t seg;
	uint64_t key;
	bool left;
};

static void load(struct cursor *c)
{
	c->left = c->p < c->end;
	if (c->left)
		c->key = kd_le64(c->p);
}

static struct cursor cursor_of(const struct merge *m, size_t i, enum kd_seg_section id, unsigned entry)
{
	const struct kd_view v = kd_seg_section(m->seg[i], id);
	struct cursor c = {.p = (const uint8_t *)v.p, .entry = entry, .seg = i};

	c.end = v.n ? c.p + v.n : c.p; /* without bytes p is NULL, to which nothing may be added, not even 0 */
	load(&c);
	return c;
}

static void step(struct cursor *c)
{
	c->p += c->entry;
	load(c);
}

/* Of equal ones the first; NULL: all are at their end. */
static struct cursor *least(struct cursor *c, size_t n)
{
	struct cursor *ret = NULL;

	for (size_t i = 0; i < n; i++)
		if (c[i].left && (!ret || c[i].key < ret->key))
			ret = &c[i];
	return ret;
}

static void put(const struct merge *m, const uint8_t *p, size_t n)
{
	kd_segfile_put(m->f, kd_view((const char *)p, n));
}

/* Where the texts of a segment go: blocks that hold nothing but texts of what is left out are left out. */
struct blocks {
	bool *keep;
	uint64_t *moved; /* bytes of unpacked text before the block that are left out */
	uint64_t n, kept;
};

static void blocks_deinit(struct blocks *b)
{
	kd_free(b->keep);
	kd_free(b->moved);
}

static void blocks_of(const struct merge *m, size_t i, struct blocks *ret)
{
	struct kd_seg *s = m->seg[i];
	const uint64_t n = kd_seg_section_bytes(s, KD_SEG_TEXT_DIR) / 8;

	*ret = (struct blocks){.keep = kd_xcalloc(n + 1, sizeof(bool)), .moved = kd_xcalloc(n + 1, sizeof(uint64_t)), .n = n};
	for (uint32_t k = 0; k < kd_seg_docs(s); k++) {
		struct kd_seg_doc d;
		uint64_t at, end;

		kd_seg_doc(s, k, &d);
		if (place(m, kd_seg_first(s) + k) == KD_DOC_NONE || !d.text_size)
			continue;
		end = d.text > UINT64_MAX - d.text_size ? UINT64_MAX : d.text + d.text_size - 1;
		for (at = d.text / KD_SEG_BLOCK; at < n && at <= end / KD_SEG_BLOCK; at++)
			ret->keep[at] = true;
	}
	for (uint64_t k = 0; k < n; k++) {
		ret->keep[k] = ret->keep[k] || !m->number;
		ret->kept += ret->keep[k];
		ret->moved[k + 1] = ret->moved[k] + (ret->keep[k] ? 0 : KD_SEG_BLOCK);
	}
}

static void merge_doc(const struct merge *m, const uint8_t *from, uint32_t doc, const struct blocks *b, uint64_t text, uint32_t parents)
{
	uint8_t row[KD_SEG_DOC_BYTES];
	uint32_t second;
	uint64_t at, block;

	memcpy(row, from, sizeof(row));
	at = kd_le64(row + KD_SEG_D_TEXT);
	block = at / KD_SEG_BLOCK;
	kd_put_le32(row + KD_SEG_D_PARENT, parent(m, kd_le32(row + KD_SEG_D_PARENT), doc));
	second = kd_le32(row + KD_SEG_D_PARENT + 4);
	if (second < KD_DOC_MISSING && (second & KD_SEG_MORE))
		second += parents;
	else
		second = parent(m, second, doc);
	kd_put_le32(row + KD_SEG_D_PARENT + 4, second);
	kd_put_le64(row + KD_SEG_D_TEXT, at + text - b->moved[block < b->n ? block : b->n]);
	put(m, row, sizeof(row));
}

static void merge_docs(const struct merge *m)
{
	uint64_t text = 0;
	uint32_t parents = 0;

	kd_segfile_section(m->f, KD_SEG_DOCS);
	for (size_t i = 0; i < m->n; i++) {
		const uint8_t *rows = (const uint8_t *)kd_seg_section(m->seg[i], KD_SEG_DOCS).p;
		kd_auto(blocks_deinit) struct blocks b = {0};

		blocks_of(m, i, &b);
		for (uint32_t k = 0; k < kd_seg_docs(m->seg[i]); k++) {
			const uint32_t doc = kd_seg_first(m->seg[i]) + k;

			if (place(m, doc) != KD_DOC_NONE)
				merge_doc(m, rows + (size_t)k * KD_SEG_DOC_BYTES, doc, &b, text, parents);
		}
		text += b.kept * KD_SEG_BLOCK;
		parents += (uint32_t)(kd_seg_section_bytes(m->seg[i], KD_SEG_PARENTS) / 4);
	}
}

static const uint8_t *oid_at(const struct kd_seg *s, uint32_t place)
{
	return (const uint8_t *)kd_seg_section(s, KD_SEG_DOCS).p + (size_t)kd_seg_by_oid(s, place) * KD_SEG_DOC_BYTES;
}

static void merge_order(const struct merge *m)
{
	kd_auto(kd_freep) uint32_t *at = kd_xcalloc(m->n, sizeof(*at));

	kd_segfile_section(m->f, KD_SEG_ORDER);
	for (;;) {
		size_t best = m->n;
		uint32_t doc;
		uint8_t e[4];

		for (size_t i = 0; i < m->n; i++)
			if (at[i] < kd_seg_docs(m->seg[i]) &&
			    (best == m->n || memcmp(oid_at(m->seg[i], at[i]), oid_at(m->seg[best], at[best]), KD_SEG_OID) < 0))
				best = i;
		if (best == m->n)
			return;
		doc = place(m, kd_seg_first(m->seg[best]) + kd_seg_by_oid(m->seg[best], at[best]++));
		if (doc == KD_DOC_NONE)
			continue;
		kd_put_le32(e, doc);
		put(m, e, sizeof(e));
	}
}

/* One block's bytes in TEXT; of a damaged directory none. */
static struct kd_view packed(struct kd_seg *s, uint64_t block)
{
	const uint8_t *dir = (const uint8_t *)kd_seg_section(s, KD_SEG_TEXT_DIR).p;
	const struct kd_view text = kd_seg_section(s, KD_SEG_TEXT);
	const uint64_t from = block ? kd_le64(dir + 8 * (block - 1)) : 0, to = kd_le64(dir + 8 * block);

	return from <= to && to <= text.n ? kd_view(text.p + from, (size_t)(to - from)) : KD_VNULL;
}

static void merge_blocks(const struct merge *m, bool directory)
{
	uint64_t end = 0;

	kd_segfile_section(m->f, directory ? KD_SEG_TEXT_DIR : KD_SEG_TEXT);
	for (size_t i = 0; i < m->n; i++) {
		kd_auto(blocks_deinit) struct blocks b = {0};

		blocks_of(m, i, &b);
		for (uint64_t k = 0; k < b.n; k++) {
			const struct kd_view text = packed(m->seg[i], k);
			uint8_t e[8];

			if (!b.keep[k])
				continue;
			kd_put_le64(e, end += text.n);
			if (directory)
				put(m, e, sizeof(e));
			else if (text.n)
				kd_segfile_put(m->f, text);
		}
	}
}

/* Parents after the second, of all documents. */
static void merge_parents(const struct merge *m)
{
	kd_segfile_section(m->f, KD_SEG_PARENTS);
	for (size_t i = 0; i < m->n; i++) {
		const struct kd_view v = kd_seg_section(m->seg[i], KD_SEG_PARENTS);

		for (size_t at = 0; at < v.n; at += 4) {
			const uint32_t entry = kd_le32((const uint8_t *)v.p + at);
			uint8_t e[4];

			kd_put_le32(e, (parent(m, entry & (KD_SEG_MORE - 1), kd_seg_first(m->seg[i]) + kd_seg_docs(m->seg[i])) &
					(KD_SEG_MORE - 1)) |
					       (entry & KD_SEG_MORE));
			put(m, e, sizeof(e));
		}
	}
}

static void merge_statics(const struct merge *m)
{
	kd_segfile_section(m->f, KD_SEG_STATICS);
	for (size_t i = 0; i < m->n; i++) {
		const uint8_t *rows = (const uint8_t *)kd_seg_section(m->seg[i], KD_SEG_STATICS).p;

		for (uint32_t k = 0; k < kd_seg_docs(m->seg[i]); k++)
			if (place(m, kd_seg_first(m->seg[i]) + k) != KD_DOC_NONE)
				put(m, rows + (size_t)k * KD_SEG_STATIC, KD_SEG_STATIC);
	}
}

static void merge_texts(const struct merge *m)
{
	merge_blocks(m, true);
	merge_blocks(m, false);
	merge_parents(m);
	merge_statics(m);
}

/* Each path once, as the first that has it. */
static void merge_paths(const struct merge *m, struct kd_segspool *text)
{
	kd_auto(kd_freep) struct cursor *c = kd_xcalloc(m->n, sizeof(*c));
	struct cursor *x;
	uint32_t at = 0;

	for (size_t i = 0; i < m->n; i++)
		c[i] = cursor_of(m, i, KD_SEG_PATHS, KD_SEG_P);
	kd_segfile_section(m->f, KD_SEG_PATHS);
	while ((x = least(c, m->n))) {
		const uint64_t key = x->key;
		const struct kd_view path = kd_seg_path(m->seg[x->seg], key);
		uint8_t e[KD_SEG_P];

		kd_put_le64(e, key);
		kd_put_le32(e + 8, at);
		kd_put_le32(e + 12, (uint32_t)path.n);
		put(m, e, sizeof(e));
		kd_segspool_put(text, path.p, path.n);
		at += (uint32_t)path.n;
		for (size_t i = 0; i < m->n; i++)
			while (c[i].left && c[i].key == key)
				step(&c[i]);
	}
	kd_segfile_section(m->f, KD_SEG_PATHTEXT);
	kd_segspool_pour(text, m->f);
}

/* The least pair of those that the cursors stand at; entries of one function are ordered by file, too. */
static const struct cursor *least_pair(const struct cursor *c, size_t n)
{
	const struct cursor *ret = NULL;

	for (size_t i = 0; i < n; i++)
		if (c[i].left && (!ret || c[i].key < ret->key || (c[i].key == ret->key && kd_le64(c[i].p + 8) < kd_le64(ret->p + 8))))
			ret = &c[i];
	return ret;
}

static void merge_files_of_functions(const struct merge *m)
{
	kd_auto(kd_freep) struct cursor *c = kd_xcalloc(m->n, sizeof(*c));
	const struct cursor *x;

	for (size_t i = 0; i < m->n; i++)
		c[i] = cursor_of(m, i, KD_SEG_PAIRS, KD_SEG_PAIR);
	kd_segfile_section(m->f, KD_SEG_PAIRS);
	while ((x = least_pair(c, m->n))) {
		uint8_t e[KD_SEG_PAIR];
		uint64_t sum = 0;

		memcpy(e, x->p, sizeof(e));
		for (size_t i = 0; i < m->n; i++)
			while (c[i].left && !memcmp(c[i].p, e, 16)) {
				sum += kd_le32(c[i].p + 16);
				step(&c[i]);
			}
		kd_put_le32(e + 16, sum < UINT32_MAX ? (uint32_t)sum : UINT32_MAX);
		put(m, e, sizeof(e));
	}
}

/* KEYS or RELS: both have the document at byte 8. */
static void merge_pairs(const struct merge *m, enum kd_seg_section id)
{
	kd_auto(kd_freep) struct cursor *c = kd_xcalloc(m->n, sizeof(*c));
	struct cursor *x;

	for (size_t i = 0; i < m->n; i++)
		c[i] = cursor_of(m, i, id, KD_SEG_K);
	kd_segfile_section(m->f, id);
	while ((x = least(c, m->n))) {
		uint8_t e[KD_SEG_K];
		uint32_t doc;

		doc = kd_le32(x->p + 8);
		doc = doc < kd_seg_docs(m->seg[x->seg]) ? place(m, kd_seg_first(m->seg[x->seg]) + doc) : KD_DOC_NONE;
		memcpy(e, x->p, sizeof(e));
		kd_put_le32(e + 8, doc);
		if (doc != KD_DOC_NONE)
			put(m, e, sizeof(e));
		step(x);
	}
}

/* A document that a damaged list names and the segment does not have is left out. */
static uint32_t hit_place(const struct merge *m, size_t seg, const struct kd_hit *h)
{
	const uint32_t first = kd_seg_first(m->seg[seg]);

	return h->doc >= first && h->doc - first < kd_seg_docs(m->seg[seg]) ? place(m, h->doc) : KD_DOC_NONE;
}

/* Documents of the result that have the word; *only is the last of them, as TERMS1 has it. */
static uint32_t count(const struct merge *m, const struct cursor *c, uint64_t term, uint32_t *only)
{
	uint32_t n = 0;

	for (const struct cursor *y = c; y < c + 2 * m->n; y++)
		if (y->left && y->key == term) {
			struct kd_postings p = kd_seg_postings(m->seg[y->seg], term);
			struct kd_hit h;

			while (n < 2 && kd_postings_next(&p, &h)) {
				const uint32_t doc = hit_place(m, y->seg, &h);

				if (doc == KD_DOC_NONE)
					continue;
				*only = doc << 3 | h.level;
				n++;
			}
		}
	return n;
}

static uint32_t append(const struct merge *m, size_t seg, struct kd_postings p, uint32_t *last)
{
	struct kd_hit h;
	uint32_t n = 0;

	while (kd_postings_next(&p, &h)) {
		const uint32_t doc = hit_place(m, seg, &h);

		if (doc == KD_DOC_NONE)
			continue;
		kd_segfile_put_varint(m->f, (uint64_t)(doc - *last) << 3 | h.level);
		*last = doc;
		n++;
	}
	return n;
}

static void single(struct kd_segspool *one, uint64_t term, uint32_t doc_level)
{
	uint8_t e[KD_SEG_T1];

	kd_put_le64(e, term);
	kd_put_le32(e + 8, doc_level);
	kd_segspool_put(one, e, sizeof(e));
}

static void merge_term(const struct merge *m, struct cursor *c, uint64_t term, struct kd_segspool *one, struct kd_segspool *many)
{
	const uint64_t off = kd_segfile_size(m->f);
	uint32_t last = 0, docs = 0, only = 0;
	const uint32_t n = count(m, c, term, &only);
	uint8_t e[KD_SEG_T];

	for (struct cursor *y = c; y < c + 2 * m->n; y++)
		if (y->left && y->key == term) { /* a word is in one of the two tables of its segment */
			if (n > 1)
				docs += append(m, y->seg, kd_seg_postings(m->seg[y->seg], term), &last);
			step(y);
		}
	if (n == 1)
		single(one, term, only);
	if (n < 2)
		return;
	kd_put_le64(e, term);
	kd_put_le64(e + 8, off);
	kd_put_le32(e + 16, docs);
	kd_put_le32(e + 20, (uint32_t)(kd_segfile_size(m->f) - off));
	kd_segspool_put(many, e, sizeof(e));
}

static void merge_words(const struct merge *m, struct kd_segspool *one, struct kd_segspool *many)
{
	kd_auto(kd_freep) struct cursor *c = kd_xcalloc(2 * m->n, sizeof(*c));
	struct cursor *x;

	for (size_t i = 0; i < m->n; i++) {
		c[2 * i] = cursor_of(m, i, KD_SEG_TERMS1, KD_SEG_T1);
		c[2 * i + 1] = cursor_of(m, i, KD_SEG_TERMS, KD_SEG_T);
	}
	kd_segfile_section(m->f, KD_SEG_POSTINGS);
	while ((x = least(c, 2 * m->n)))
		merge_term(m, c, x->key, one, many);
	kd_segfile_section(m->f, KD_SEG_TERMS1);
	kd_segspool_pour(one, m->f);
	kd_segfile_section(m->f, KD_SEG_TERMS);
	kd_segspool_pour(many, m->f);
}

static struct kd_error *follow_each_other(struct kd_seg *const *segs, size_t n, uint64_t *docs)
{
	*docs = 0;
	for (size_t i = 0; i < n; i++) {
		if (kd_seg_first(segs[i]) != kd_seg_first(segs[0]) + *docs)
			return kd_error_new(KD_BADDATA, "the parts of the index do not follow each other");
		*docs += kd_seg_docs(segs[i]);
	}
	return NULL;
}

static struct kd_error *merge(struct kd_seg *const *segs, size_t n, const char *path, const uint32_t *number, uint32_t first,
			      uint32_t docs)
{
	kd_auto(kd_segspool_deinit) struct kd_segspool one = {.fd = -1}, many = {.fd = -1}, text = {.fd = -1};
	struct kd_segfile f;
	const struct merge m = {.seg = segs, .n = n, .f = &f, .first = first, .number = number};
	struct kd_error *err = kd_segspool_begin(&one, path);

	if (!err)
		err = kd_segspool_begin(&many, path);
	if (!err)
		err = kd_segspool_begin(&text, path);
	if (!err)
		err = kd_segfile_begin(&f, path);
	if (err)
		return err;
	merge_docs(&m);
	merge_order(&m);
	merge_texts(&m);
	merge_paths(&m, &text);
	merge_files_of_functions(&m);
	merge_pairs(&m, KD_SEG_KEYS);
	merge_pairs(&m, KD_SEG_RELS);
	merge_words(&m, &one, &many);
	return kd_segfile_end(&f, first, docs);
}

struct kd_error *kd_seg_merge(struct kd_seg *const *segs, size_t n, const char *path)
{
	uint64_t docs;
	struct kd_error *err = follow_each_other(segs, n, &docs);

	return err ? err : merge(segs, n, path, NULL, kd_seg_first(segs[0]), (uint32_t)docs);
}

struct kd_error *kd_seg_merge_some(struct kd_seg *const *segs, size_t n, const char *path, const uint32_t *number)
{
	uint32_t first = KD_DOC_NONE, docs = 0;
	uint64_t all;
	struct kd_error *err = follow_each_other(segs, n, &all);

	if (err)
		return err;
	for (uint32_t doc = kd_seg_first(segs[0]); doc < kd_seg_first(segs[0]) + all; doc++)
		if (number[doc] != KD_DOC_NONE) {
			first = docs++ ? first : number[doc];
		}
	if (!docs)
		return kd_error_new(KD_INVALID, "nothing of these parts of the index is kept");
	return merge(segs, n, path, number, first, docs);
}
