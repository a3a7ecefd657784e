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
	uint32_t first; /* document of the store that becomes the first */
};

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
	struct cursor c = {.p = (const uint8_t *)v.p, .end = (const uint8_t *)v.p + v.n, .entry = entry, .seg = i};

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

static void merge_docs(const struct merge *m)
{
	uint64_t text = 0;
	uint32_t parents = 0;

	kd_segfile_section(m->f, KD_SEG_DOCS);
	for (size_t i = 0; i < m->n; i++) {
		const struct kd_view rows = kd_seg_section(m->seg[i], KD_SEG_DOCS);

		for (size_t at = 0; at < rows.n; at += KD_SEG_DOC_BYTES) {
			uint8_t row[KD_SEG_DOC_BYTES];
			uint32_t second;

			memcpy(row, rows.p + at, sizeof(row));
			second = kd_le32(row + KD_SEG_D_PARENT + 4);
			if (second < KD_DOC_MISSING && (second & KD_SEG_MORE))
				kd_put_le32(row + KD_SEG_D_PARENT + 4, second + parents);
			kd_put_le64(row + KD_SEG_D_TEXT, kd_le64(row + KD_SEG_D_TEXT) + text);
			put(m, row, sizeof(row));
		}
		text += kd_seg_section_bytes(m->seg[i], KD_SEG_TEXT_DIR) / 8 * KD_SEG_BLOCK;
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
		uint8_t e[4];

		for (size_t i = 0; i < m->n; i++)
			if (at[i] < kd_seg_docs(m->seg[i]) &&
			    (best == m->n || memcmp(oid_at(m->seg[i], at[i]), oid_at(m->seg[best], at[best]), KD_SEG_OID) < 0))
				best = i;
		if (best == m->n)
			return;
		kd_put_le32(e, kd_seg_first(m->seg[best]) - m->first + kd_seg_by_oid(m->seg[best], at[best]));
		put(m, e, sizeof(e));
		at[best]++;
	}
}

static void merge_plain(const struct merge *m, enum kd_seg_section id)
{
	kd_segfile_section(m->f, id);
	for (size_t i = 0; i < m->n; i++)
		kd_segfile_put(m->f, kd_seg_section(m->seg[i], id));
}

static void merge_texts(const struct merge *m)
{
	uint64_t before = 0;

	kd_segfile_section(m->f, KD_SEG_TEXT_DIR);
	for (size_t i = 0; i < m->n; i++) {
		const struct kd_view dir = kd_seg_section(m->seg[i], KD_SEG_TEXT_DIR);

		for (size_t at = 0; at < dir.n; at += 8) {
			uint8_t e[8];

			kd_put_le64(e, kd_le64((const uint8_t *)dir.p + at) + before);
			put(m, e, sizeof(e));
		}
		before += kd_seg_section_bytes(m->seg[i], KD_SEG_TEXT);
	}
	merge_plain(m, KD_SEG_TEXT);
	merge_plain(m, KD_SEG_PARENTS);
	merge_plain(m, KD_SEG_STATICS);
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

		memcpy(e, x->p, sizeof(e));
		kd_put_le32(e + 8, kd_le32(e + 8) + kd_seg_first(m->seg[x->seg]) - m->first);
		put(m, e, sizeof(e));
		step(x);
	}
}

/* Documents of one segment that have the word. */
static uint32_t append(const struct merge *m, struct kd_postings p, uint32_t *last)
{
	struct kd_hit h;
	uint32_t n = 0;

	for (; kd_postings_next(&p, &h); n++) {
		const uint32_t doc = h.doc - m->first;

		kd_segfile_put_varint(m->f, (uint64_t)(doc - *last) << 3 | h.level);
		*last = doc;
	}
	return n;
}

static void single(const struct merge *m, struct kd_segspool *one, const struct cursor *x)
{
	uint8_t e[KD_SEG_T1];

	memcpy(e, x->p, sizeof(e));
	kd_put_le32(e + 8, kd_le32(e + 8) + ((kd_seg_first(m->seg[x->seg]) - m->first) << 3));
	kd_segspool_put(one, e, sizeof(e));
}

static void merge_term(const struct merge *m, struct cursor *c, struct cursor *x, struct kd_segspool *one, struct kd_segspool *many)
{
	const uint64_t term = x->key, off = kd_segfile_size(m->f);
	struct cursor *alone = x->entry == KD_SEG_T1 ? x : NULL;
	uint32_t last = 0, docs = 0;
	uint8_t e[KD_SEG_T];

	for (struct cursor *y = c; alone && y < c + 2 * m->n; y++)
		if (y != x && y->left && y->key == term)
			alone = NULL;
	if (alone) {
		single(m, one, alone);
		step(alone);
		return;
	}
	for (struct cursor *y = c; y < c + 2 * m->n; y++)
		if (y->left && y->key == term) { /* a word is in one of the two tables of its segment */
			docs += append(m, kd_seg_postings(m->seg[y->seg], term), &last);
			step(y);
		}
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
		merge_term(m, c, x, one, many);
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

struct kd_error *kd_seg_merge(struct kd_seg *const *segs, size_t n, const char *path)
{
	kd_auto(kd_segspool_deinit) struct kd_segspool one = {.fd = -1}, many = {.fd = -1}, text = {.fd = -1};
	struct kd_segfile f;
	struct merge m = {.seg = segs, .n = n, .f = &f};
	uint64_t docs;
	struct kd_error *err = follow_each_other(segs, n, &docs);

	if (!err)
		err = kd_segspool_begin(&one, path);
	if (!err)
		err = kd_segspool_begin(&many, path);
	if (!err)
		err = kd_segspool_begin(&text, path);
	if (!err)
		err = kd_segfile_begin(&f, path);
	if (err)
		return err;
	m.first = kd_seg_first(segs[0]);
	merge_docs(&m);
	merge_order(&m);
	merge_texts(&m);
	merge_paths(&m, &text);
	merge_files_of_functions(&m);
	merge_pairs(&m, KD_SEG_KEYS);
	merge_pairs(&m, KD_SEG_RELS);
	merge_words(&m, &one, &many);
	return kd_segfile_end(&f, m.first, (uint32_t)docs);
}
