// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the workers gathered, as one file's sections (kdx_format.h). Who read what is chance: everything is numbered in the
 * order of addresses, so that one file gives one index, byte for byte.
 */
#include <stdlib.h>

#include "base/alloc.h"
#include "symbol/build_internal.h"
#include "symbol/kdx_format.h"

/* Which worker's thing. */
struct pick {
	uint64_t order; /* of those with one key: place in the debug info */
	uint32_t key, worker, i;
};

struct merge {
	struct build *b;
	struct build_out *o;
	uint32_t **file, **origin; /* per worker: its number → the common one, UINT32_MAX: none yet */
	struct kd_arena arena; /* keys */
	struct kd_hashmap files, origins;
	struct kd_view top; /* of the source tree, when directories are absolute */
};

void kd_build_varint(struct kd_buf *b, uint64_t v)
{
	do {
		kd_buf_addc(b, (char)((v & 0x7f) | (v > 0x7f ? 0x80 : 0)));
		v >>= 7;
	} while (v);
}

uint32_t kd_build_text(struct build_out *o, struct kd_view v)
{
	struct kd_hashmap_entry *e;
	bool is_new;

	if (!o->strings.n)
		kd_buf_addc(&o->strings, '\0');
	if (!v.n)
		return 0;
	e = kd_hashmap_add(&o->texts, v, &is_new);
	if (!e) {
		o->strings.overflow = true;
		return 0;
	}
	if (is_new) {
		e->num = o->strings.n;
		kd_buf_add(&o->strings, v);
		kd_buf_addc(&o->strings, '\0');
	}
	return (uint32_t)e->num;
}

static int by_key(const void *a, const void *b)
{
	const struct pick *x = a, *y = b;

	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	if (x->order != y->order)
		return x->order < y->order ? -1 : 1;
	return x->i < y->i ? -1 : x->i > y->i;
}

/* --- names -------------------------------------------------------------------------------- */

static uint32_t common(struct kd_hashmap *map, struct kd_buf *out, const uint32_t *words, size_t n)
{
	bool is_new = false;
	struct kd_hashmap_entry *e =
		kd_hashmap_add(map, kd_view((const char *)words, n * sizeof(*words)), &is_new);

	if (!e)
		return 0;
	if (is_new) {
		e->num = out->n / (n * 4);
		for (size_t i = 0; i < n; i++)
			kd_buf_add_le32(out, words[i]);
	}
	return (uint32_t)e->num;
}

static uint32_t *unnumbered(size_t n)
{
	uint32_t *v = kd_xcalloc(n + 1, sizeof(*v));

	memset(v, 0xff, (n + 1) * sizeof(*v));
	return v;
}

static void begin_numbers(struct merge *m)
{
	const uint32_t none[2] = {0, 0};

	m->top = kd_build_top(m->b);
	(void)common(&m->files, &m->o->files, none, 2);
	for (unsigned k = 0; k < m->b->nw; k++) {
		m->file[k] = unnumbered(m->b->w[k].files.n);
		m->file[k][0] = 0;
		m->origin[k] = unnumbered(m->b->w[k].origins.n);
	}
}

static uint32_t file_number(struct merge *m, unsigned worker, uint32_t i)
{
	uint32_t *to = &m->file[worker][i];

	if (*to == UINT32_MAX) {
		const struct build_file *f = &m->b->w[worker].files.v[i];
		uint32_t words[2];

		words[0] = kd_build_text(m->o, kd_build_below(m->top, f->dir));
		words[1] = kd_build_text(m->o, f->name);
		*to = common(&m->files, &m->o->files, words, 2);
	}
	return *to;
}

static uint32_t origin_number(struct merge *m, unsigned worker, uint32_t i)
{
	uint32_t *to = &m->origin[worker][i];

	if (*to == UINT32_MAX) {
		const struct build_origin *o = &m->b->w[worker].origins.v[i];
		uint32_t words[4];

		words[0] = kd_build_text(m->o, o->name);
		words[1] = kd_build_text(m->o, o->linkage);
		words[2] = file_number(m, worker, o->file);
		words[3] = o->line;
		*to = common(&m->origins, &m->o->origins, words, 4);
	}
	return *to;
}

/* --- functions ---------------------------------------------------------------------------- */

static void put_node(struct merge *m, unsigned k, const struct build_node *n, uint32_t low,
		     struct kd_buf *to)
{
	const struct build_worker *w = &m->b->w[k];
	int64_t at = low;

	kd_build_varint(to, n->depth);
	kd_build_varint(to, origin_number(m, k, n->origin));
	kd_build_varint(to, file_number(m, k, n->file));
	kd_build_varint(to, n->line);
	kd_build_varint(to, n->column);
	kd_build_varint(to, n->nranges);
	for (uint32_t i = 0; i < n->nranges; i++) {
		const struct build_range *r = &w->ranges.v[n->range + i];

		kd_build_varint(to, kd_zigzag((int64_t)r->start - at));
		kd_build_varint(to, r->len);
		at = (int64_t)r->start + r->len;
	}
}

static void put_func(struct merge *m, const struct pick *p, struct kd_buf *tree)
{
	const struct build_worker *w = &m->b->w[p->worker];
	const struct build_func *f = &w->funcs.v[p->i];

	kd_buf_add_le32(&m->o->funcs, origin_number(m, p->worker, f->origin));
	kd_buf_add_le32(&m->o->funcs, (uint32_t)m->o->trees.n);
	kd_buf_add_le32(&m->o->funcs, f->low);
	kd_buf_add_le32(&m->o->funcs, f->flags);
	kd_buf_clear(tree);
	for (uint32_t i = 0; i < f->nnodes; i++)
		put_node(m, p->worker, &w->nodes.v[f->node + i], f->low, tree);
	kd_build_varint(&m->o->trees, tree->n);
	kd_buf_add(&m->o->trees, kd_buf_view(tree));
	m->b->stats.inlined += f->nnodes;
}

struct placed {
	struct build_range r;
	uint32_t func;
};

static int by_start(const void *a, const void *b)
{
	const struct placed *x = a, *y = b;

	if (x->r.start != y->r.start)
		return x->r.start < y->r.start ? -1 : 1;
	/* the longer one first, so that who looks from behind finds the inner one */
	if (x->r.len != y->r.len)
		return x->r.len > y->r.len ? -1 : 1;
	return x->func < y->func ? -1 : x->func > y->func;
}

static void put_vars(struct merge *m, const struct pick *p, uint32_t func, struct kd_buf *tmp, size_t *mark)
{
	struct build_out *o = m->o;

	if (!func || o->vars.n - *mark >= KD_KDX_VAR_MARK) {
		*mark = o->vars.n;
		kd_buf_add_le32(&o->var_blocks, func);
		kd_buf_add_le32(&o->var_blocks, (uint32_t)*mark);
	}
	kd_buf_clear(tmp);
	kd_build_put_vars(m->b, m->o, p->worker, &m->b->w[p->worker].funcs.v[p->i], tmp);
	kd_build_varint(&o->vars, tmp->n);
	kd_buf_add(&o->vars, kd_buf_view(tmp));
}

static void merge_funcs(struct merge *m)
{
	size_t mark = 0;
	kd_auto(kd_buf_deinit) struct kd_buf tree = KD_BUF_INIT(64 << 20);
	KD_VEC(struct placed) placed = {0};
	struct pick *picks;
	size_t n = 0;

	for (unsigned k = 0; k < m->b->nw; k++)
		n += m->b->w[k].funcs.n;
	picks = kd_xcalloc(n + 1, sizeof(*picks));
	n = 0;
	for (unsigned k = 0; k < m->b->nw; k++)
		for (uint32_t i = 0; i < m->b->w[k].funcs.n; i++)
			picks[n++] = (struct pick){m->b->w[k].funcs.v[i].off, m->b->w[k].funcs.v[i].low, k, i};
	qsort(picks, n, sizeof(*picks), by_key);
	for (size_t i = 0; i < n; i++) {
		const struct build_worker *w = &m->b->w[picks[i].worker];
		const struct build_func *f = &w->funcs.v[picks[i].i];

		put_func(m, &picks[i], &tree);
		put_vars(m, &picks[i], (uint32_t)i, &tree, &mark);
		for (uint32_t k = 0; k < f->nranges; k++) {
			struct placed *p = kd_vec_push(&placed, BUILD_RANGES_MAX);

			if (p)
				*p = (struct placed){w->ranges.v[f->range + k], (uint32_t)i};
		}
	}
	m->b->stats.functions = n;
	if (placed.n)
		qsort(placed.v, placed.n, sizeof(*placed.v), by_start);
	for (size_t i = 0; i < placed.n; i++) {
		kd_buf_add_le32(&m->o->ranges, placed.v[i].r.start);
		kd_buf_add_le32(&m->o->ranges, placed.v[i].r.len);
		kd_buf_add_le32(&m->o->ranges, placed.v[i].func);
	}
	kd_vec_free(&placed);
	kd_free(picks);
}

/* --- rows --------------------------------------------------------------------------------- */

struct rows {
	struct merge *m;
	struct build_row last; /* as it was written */
	unsigned in_block;
	uint64_t n;
};

static void put_row(struct rows *r, const struct build_row *row)
{
	struct build_out *o = r->m->o;

	if (r->n && row->file == r->last.file && row->line == r->last.line &&
	    row->column == r->last.column)
		return;
	/* where a block ends depends on what is in it: one row more does not move all ends behind it */
	if (!r->n || r->in_block == KD_KDX_ROWS || (r->in_block >= KD_KDX_ROWS / 4 && row->line * 0x9e3779b1U >> 28 == 0)) {
		kd_buf_add_le32(&o->blocks, row->addr);
		kd_buf_add_le32(&o->blocks, (uint32_t)o->lines.n);
		r->in_block = 0;
		r->last = (struct build_row){.addr = row->addr};
	}
	kd_build_varint(&o->lines, row->addr - r->last.addr);
	kd_build_varint(&o->lines, row->file);
	kd_build_varint(&o->lines, kd_zigzag((int64_t)row->line - r->last.line));
	kd_build_varint(&o->lines, row->column);
	r->last = *row;
	r->in_block++;
	r->n++;
}

static void merge_rows(struct merge *m)
{
	struct rows r = {.m = m};
	struct pick *picks;
	uint32_t end = 0;
	size_t n = 0;

	for (unsigned k = 0; k < m->b->nw; k++)
		n += m->b->w[k].seqs.n;
	picks = kd_xcalloc(n + 1, sizeof(*picks));
	n = 0;
	for (unsigned k = 0; k < m->b->nw; k++)
		for (uint32_t i = 0; i < m->b->w[k].seqs.n; i++)
			picks[n++] = (struct pick){m->b->w[k].seqs.v[i].unit, m->b->w[k].seqs.v[i].start, k, i};
	qsort(picks, n, sizeof(*picks), by_key);
	for (size_t i = 0; i < n; i++) {
		const struct build_worker *w = &m->b->w[picks[i].worker];
		const struct build_seq *s = &w->seqs.v[picks[i].i];

		if (r.n && s->start != end) /* a gap; or one that begins under another: not its first rows */
			put_row(&r, &(struct build_row){.addr = end});
		for (uint32_t k = 0; k < s->nrows; k++) {
			struct build_row row = w->rows.v[s->row + k];

			if (row.addr >= s->end || row.addr < end) {
				m->b->stats.dropped_rows += row.addr < end;
				continue;
			}
			row.file = file_number(m, picks[i].worker, row.file);
			put_row(&r, &row);
		}
		if (s->end > end)
			end = s->end;
	}
	if (r.n)
		put_row(&r, &(struct build_row){.addr = end});
	m->b->stats.rows = r.n;
	kd_free(picks);
}

/* --- what files were ---------------------------------------------------------------------- */

struct sum {
	uint32_t file;
	bool other;
	uint8_t md5[KD_MD5_LEN];
};

static int by_file(const void *a, const void *b)
{
	const struct sum *x = a, *y = b;

	return x->file != y->file ? (x->file < y->file ? -1 : 1) : memcmp(x->md5, y->md5, KD_MD5_LEN);
}

static void merge_md5(struct merge *m)
{
	KD_VEC(struct sum) all = {0};

	for (unsigned k = 0; k < m->b->nw; k++)
		for (size_t i = 1; i < m->b->w[k].files.n; i++) {
			const struct build_file *f = &m->b->w[k].files.v[i];
			struct sum *to = f->has_md5 && m->file[k][i] != UINT32_MAX ? kd_vec_push(&all, BUILD_FILES_MAX) : NULL;

			if (!to)
				continue;
			*to = (struct sum){.file = m->file[k][i], .other = f->other_md5};
			memcpy(to->md5, f->md5, KD_MD5_LEN);
		}
	if (all.n)
		qsort(all.v, all.n, sizeof(*all.v), by_file);
	for (size_t i = 0, n; i < all.n; i += n) {
		bool good = !all.v[i].other;

		for (n = 1; i + n < all.n && all.v[i + n].file == all.v[i].file; n++)
			good = good && !all.v[i + n].other && !memcmp(all.v[i + n].md5, all.v[i].md5, KD_MD5_LEN);
		if (!good)
			continue;
		kd_buf_add_le32(&m->o->md5, all.v[i].file);
		kd_buf_add(&m->o->md5, kd_view((char *)all.v[i].md5, KD_MD5_LEN));
	}
	kd_vec_free(&all);
}

struct kd_error *kd_build_merge(struct build *b, struct build_out *o)
{
	struct merge m = {.b = b, .o = o, .arena = KD_ARENA_INIT((size_t)1 << 30)};
	const struct kd_buf *all[] = {&o->strings, &o->files, &o->blocks, &o->lines, &o->ranges, &o->funcs,
				      &o->origins, &o->trees, &o->vars, &o->var_blocks, &o->md5};

	m.files = KD_HASHMAP_INIT(BUILD_FILES_MAX, &m.arena);
	m.origins = KD_HASHMAP_INIT(BUILD_ORIGINS_MAX, &m.arena);
	m.file = kd_xcalloc(b->nw, sizeof(*m.file));
	m.origin = kd_xcalloc(b->nw, sizeof(*m.origin));
	begin_numbers(&m);
	merge_funcs(&m);
	merge_rows(&m);
	merge_md5(&m);
	for (unsigned k = 0; k < b->nw; k++) {
		kd_free(m.file[k]);
		kd_free(m.origin[k]);
	}
	kd_free(m.file);
	kd_free(m.origin);
	kd_hashmap_deinit(&m.files);
	kd_hashmap_deinit(&m.origins);
	kd_arena_deinit(&m.arena);
	for (size_t i = 0; i < KD_ARRAY_LEN(all); i++)
		if (all[i]->overflow)
			return kd_error_new(KD_LIMIT, "the index would be larger than %zu bytes", all[i]->max);
	return NULL;
}
