// SPDX-License-Identifier: GPL-2.0-or-later
/* From a tree to the image of its index. */
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/hashmap.h"
#include "base/vec.h"
#include "source/index_internal.h"

enum {
	SEEN_BITS = 16, /* identifiers of one file that are told apart; others may come twice */
	NAMES_MAX = 4000000,
};

struct def {
	uint32_t name, file, start, line, open, close, flags;
};

struct mention {
	uint32_t hash, file;
};

struct seen {
	uint32_t hash, stamp;
};

/* What one thread found. */
struct worker {
	struct kd_arena text; /* names and paths */
	struct kd_hashmap names;
	KD_VEC(struct kd_view) files;
	KD_VEC(struct def) defs;
	KD_VEC(struct mention) mentions;
	struct kd_bodies bodies;
	struct seen *seen;
	uint32_t stamp;
	uint32_t unread;
	bool cut;
};

struct build {
	struct kd_ctx *ctx;
	struct worker w[KD_TREE_WORKERS_MAX];
	unsigned workers;
	const struct kd_srcindex_opts *opts;
	pthread_mutex_t lock;
	uint64_t nfiles;
	/* merged */
	struct kd_hashmap names;
	KD_VEC(struct def) defs;
	uint32_t *name_order, *name_rank; /* rank → entry, entry → rank */
};

/* FNV-1a, 32 bits: http://www.isthe.com/chongo/tech/comp/fnv */
static uint32_t hash_of(struct kd_view v)
{
	uint32_t h = 2166136261u;

	for (size_t i = 0; i < v.n; i++)
		h = (h ^ (unsigned char)v.p[i]) * 16777619u;
	return h;
}

static void on_ident(void *user, struct kd_view name)
{
	struct worker *w = user;
	uint32_t h = hash_of(name);
	struct seen *s = &w->seen[(h ^ h >> SEEN_BITS) & ((1u << SEEN_BITS) - 1)];
	struct mention *m;

	if (s->hash == h && s->stamp == w->stamp)
		return;
	*s = (struct seen){h, w->stamp};
	m = kd_vec_push(&w->mentions, KD_SRCINDEX_MENTIONS_MAX);
	if (m)
		*m = (struct mention){h, (uint32_t)w->files.n - 1};
	else
		w->cut = true;
}

static void add_def(struct worker *w, const struct kd_body *b, struct kd_view name)
{
	struct kd_hashmap_entry *e = kd_hashmap_add(&w->names, name, NULL);
	struct def *d = e ? kd_vec_push(&w->defs, KD_SRCINDEX_DEFS_MAX) : NULL;

	if (!d) {
		w->cut = true;
		return;
	}
	*d = (struct def){
		.name = (uint32_t)(e - w->names.entries.v),
		.file = (uint32_t)w->files.n - 1,
		.start = b->start,
		.line = b->line,
		.open = b->open,
		.close = b->close,
		.flags = b->flags,
	};
}

static bool want(void *user, struct kd_view path)
{
	(void)user;
	return kd_body_lang(path) != KD_LANG_NONE;
}

static void count(struct build *b)
{
	pthread_mutex_lock(&b->lock);
	b->nfiles++;
	if (b->opts->progress && b->nfiles % 256 == 0)
		b->opts->progress(b->opts->user, b->nfiles);
	pthread_mutex_unlock(&b->lock);
}

static struct kd_error *on_file(void *user, const struct kd_tree_file *f)
{
	struct build *b = user;
	struct worker *w = &b->w[f->worker];
	struct kd_body_idents idents = {on_ident, w};
	char buf[KD_BODY_NAME_MAX];
	struct kd_view *path = kd_vec_push(&w->files, KD_TREE_FILES_MAX);
	struct kd_error *err;

	if (path)
		*path = kd_arena_view(&w->text, f->path);
	if (!path || !path->p)
		return kd_error_new(KD_LIMIT, "more source files than kdoc can index");
	count(b);
	w->stamp++;
	if (!f->text.p) {
		w->unread++;
		return NULL;
	}
	err = kd_bodies_scan(f->text, kd_body_lang(f->path), &idents, &w->bodies);
	if (err)
		return err;
	w->cut |= w->bodies.over_limit;
	for (size_t i = 0; i < w->bodies.n; i++) {
		const struct kd_body *d = &w->bodies.v[i];

		add_def(w, d, kd_body_key(d, buf));
		if (d->flags & KD_BODY_MACRO && d->arg.n)
			add_def(w, d, d->arg);
	}
	return NULL;
}

/* ---- merging ---- */

static int cmp_entry(const void *a, const void *b, void *names)
{
	const struct kd_hashmap *m = names;

	return kd_view_cmp(m->entries.v[*(const uint32_t *)a].key, m->entries.v[*(const uint32_t *)b].key);
}

struct path {
	struct kd_view text;
	uint32_t *number; /* in its worker's list */
};

static int cmp_path(const void *a, const void *b)
{
	return kd_view_cmp(((const struct path *)a)->text, ((const struct path *)b)->text);
}

static int cmp_def(const void *a, const void *b)
{
	const struct def *x = a, *y = b;

	if (x->name != y->name)
		return x->name < y->name ? -1 : 1;
	if (x->file != y->file)
		return x->file < y->file ? -1 : 1;
	return x->line < y->line ? -1 : x->line > y->line;
}

static int cmp_u64(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* All paths in order; numbers[w][i]: the new number of file i of worker w. */
static struct path *merge_files(struct build *b, uint32_t **numbers, uint32_t *n_ret)
{
	struct path *all;
	size_t n = 0, at = 0;

	for (unsigned w = 0; w < b->workers; w++)
		n += b->w[w].files.n;
	all = kd_xcalloc(n, sizeof(*all));
	for (unsigned w = 0; w < b->workers; w++) {
		numbers[w] = kd_xcalloc(b->w[w].files.n, sizeof(uint32_t));
		for (size_t i = 0; i < b->w[w].files.n; i++)
			all[at++] = (struct path){b->w[w].files.v[i], &numbers[w][i]};
	}
	if (n)
		qsort(all, n, sizeof(*all), cmp_path);
	for (size_t i = 0; i < n; i++)
		*all[i].number = (uint32_t)i;
	*n_ret = (uint32_t)n;
	return all;
}

static bool merge_names(struct build *b)
{
	size_t n;

	b->names = KD_HASHMAP_INIT(NAMES_MAX, NULL);
	for (unsigned w = 0; w < b->workers; w++)
		kd_vec_each(e, &b->w[w].names.entries)
			if (!kd_hashmap_add(&b->names, e->key, NULL))
				return false;
	n = b->names.entries.n;
	b->name_order = kd_xcalloc(n, sizeof(uint32_t));
	b->name_rank = kd_xcalloc(n, sizeof(uint32_t));
	for (size_t i = 0; i < n; i++)
		b->name_order[i] = (uint32_t)i;
	if (n)
		qsort_r(b->name_order, n, sizeof(uint32_t), cmp_entry, &b->names);
	for (size_t i = 0; i < n; i++)
		b->name_rank[b->name_order[i]] = (uint32_t)i;
	return true;
}

static bool merge_defs(struct build *b, uint32_t **numbers)
{
	for (unsigned w = 0; w < b->workers; w++)
		kd_vec_each(d, &b->w[w].defs) {
			struct kd_view name = b->w[w].names.entries.v[d->name].key;
			struct kd_hashmap_entry *e = kd_hashmap_get(&b->names, name);
			struct def *to = kd_vec_push(&b->defs, KD_SRCINDEX_DEFS_MAX);

			if (!to)
				return false;
			*to = *d;
			to->name = b->name_rank[e - b->names.entries.v];
			to->file = numbers[w][d->file];
		}
	if (b->defs.n)
		qsort(b->defs.v, b->defs.n, sizeof(*b->defs.v), cmp_def);
	return true;
}

/* ---- mentions ---- */

struct pairs {
	KD_VEC(uint64_t) v; /* name << 32 | file */
};

/* Names by hash: chains through `next`. */
struct by_hash {
	uint32_t *head, *next, *hash;
	uint32_t mask;
};

static void by_hash_init(struct by_hash *t, const struct build *b)
{
	size_t n = b->names.entries.n, slots = 1024;

	while (slots < n * 2)
		slots *= 2;
	t->mask = (uint32_t)slots - 1;
	t->head = kd_xcalloc(slots, sizeof(uint32_t));
	t->next = kd_xcalloc(n + 1, sizeof(uint32_t));
	t->hash = kd_xcalloc(n + 1, sizeof(uint32_t));
	for (size_t i = 0; i < n; i++) {
		uint32_t h = hash_of(b->names.entries.v[b->name_order[i]].key);

		t->hash[i + 1] = h;
		t->next[i + 1] = t->head[h & t->mask];
		t->head[h & t->mask] = (uint32_t)i + 1;
	}
}

static void by_hash_deinit(struct by_hash *t)
{
	kd_free(t->head);
	kd_free(t->next);
	kd_free(t->hash);
}

static bool collect_pairs(struct build *b, uint32_t **numbers, struct pairs *p)
{
	struct by_hash t;
	bool all = true;

	by_hash_init(&t, b);
	for (unsigned w = 0; w < b->workers; w++) {
		kd_vec_each(m, &b->w[w].mentions)
			for (uint32_t i = t.head[m->hash & t.mask]; i; i = t.next[i]) {
				uint64_t *to;

				if (t.hash[i] != m->hash)
					continue;
				to = kd_vec_push(&p->v, KD_SRCINDEX_MENTIONS_MAX);
				if (to)
					*to = (uint64_t)(i - 1) << 32 | numbers[w][m->file];
				else
					all = false;
			}
		kd_vec_free(&b->w[w].mentions);
	}
	by_hash_deinit(&t);
	if (p->v.n)
		qsort(p->v.v, p->v.n, sizeof(uint64_t), cmp_u64);
	return all;
}

/* ---- the image ---- */

static void put_u32(struct kd_buf *b, uint32_t v)
{
	char c[4] = {(char)v, (char)(v >> 8), (char)(v >> 16), (char)(v >> 24)};

	kd_buf_add(b, kd_view(c, 4));
}

static void put_leb(struct kd_buf *b, uint32_t v)
{
	while (v >= 0x80) {
		kd_buf_addc(b, (char)(v | 0x80));
		v >>= 7;
	}
	kd_buf_addc(b, (char)v);
}

static void align4(struct kd_buf *b)
{
	while (b->n % 4)
		kd_buf_addc(b, 0);
}

static void put_files(struct kd_buf *o, struct kd_srcindex_head *h, const struct path *files)
{
	uint32_t at = 0;

	h->files_off = (uint32_t)o->n;
	for (uint32_t i = 0; i < h->nfiles; i++) {
		put_u32(o, at);
		at += (uint32_t)files[i].text.n;
	}
	put_u32(o, at);
	h->file_text_off = (uint32_t)o->n;
	for (uint32_t i = 0; i < h->nfiles; i++)
		kd_buf_add(o, files[i].text);
	align4(o);
}

/* Mentions of all names into m; starts[i]: where those of name i begin. */
static void put_mentions(struct kd_buf *m, const struct pairs *p, uint32_t nnames, uint32_t *starts)
{
	size_t at = 0;

	for (uint32_t i = 0; i < nnames; i++) {
		uint32_t last = 0;

		starts[i] = (uint32_t)m->n;
		for (uint64_t before = UINT64_MAX; at < p->v.n && p->v.v[at] >> 32 == i; at++) {
			uint32_t file = (uint32_t)p->v.v[at];

			if (p->v.v[at] == before)
				continue;
			before = p->v.v[at];
			put_leb(m, file - last);
			last = file;
		}
	}
	starts[nnames] = (uint32_t)m->n;
}

static void put_names(struct kd_buf *o, struct kd_srcindex_head *h, const struct build *b,
		      const uint32_t *starts)
{
	uint32_t text = 0, def = 0;

	h->names_off = (uint32_t)o->n;
	for (uint32_t i = 0; i < h->nnames; i++) {
		while (def < b->defs.n && b->defs.v[def].name < i)
			def++;
		put_u32(o, text);
		put_u32(o, def);
		put_u32(o, starts[i]);
		text += (uint32_t)b->names.entries.v[b->name_order[i]].key.n;
	}
	put_u32(o, text);
	put_u32(o, (uint32_t)b->defs.n);
	put_u32(o, starts[h->nnames]);
	h->name_text_off = (uint32_t)o->n;
	for (uint32_t i = 0; i < h->nnames; i++)
		kd_buf_add(o, b->names.entries.v[b->name_order[i]].key);
	align4(o);
}

static void put_defs(struct kd_buf *o, struct kd_srcindex_head *h, const struct build *b)
{
	h->defs_off = (uint32_t)o->n;
	for (size_t i = 0; i < b->defs.n; i++) {
		const struct def *d = &b->defs.v[i];

		put_u32(o, d->file);
		put_u32(o, d->start);
		put_u32(o, d->line);
		put_u32(o, d->open);
		put_u32(o, d->close);
		put_u32(o, d->flags);
	}
}

static void put_checks(struct kd_buf *o, struct kd_srcindex_head *h)
{
	char head[KD_SRCINDEX_HEADER];
	size_t end;

	align4(o);
	end = o->n;
	h->checks_off = (uint32_t)end;
	h->end = (uint32_t)(end + 4 * ((end + KD_SRCINDEX_BLOCK - 1) / KD_SRCINDEX_BLOCK));
	kd_srcindex_head_write(h, head);
	if (o->overflow)
		return;
	memcpy(o->p, head, sizeof(head));
	for (size_t at = 0; at < end; at += KD_SRCINDEX_BLOCK) {
		size_t n = end - at < KD_SRCINDEX_BLOCK ? end - at : KD_SRCINDEX_BLOCK;

		put_u32(o, kd_srcindex_crc(kd_view(o->p + at, n)));
	}
}

static struct kd_error *write_image(struct build *b, const struct path *files, const struct pairs *p,
				    struct kd_srcindex_head *h, struct kd_buf *o)
{
	kd_auto(kd_buf_deinit) struct kd_buf m = KD_BUF_INIT(KD_SRCINDEX_FILE_MAX);
	kd_auto(kd_freep) uint32_t *starts = kd_xcalloc((size_t)h->nnames + 1, sizeof(uint32_t));
	static const char zero[KD_SRCINDEX_HEADER] = {0};

	kd_buf_add(o, kd_view(zero, sizeof(zero)));
	put_files(o, h, files);
	put_mentions(&m, p, h->nnames, starts);
	put_names(o, h, b, starts);
	put_defs(o, h, b);
	h->mentions_off = (uint32_t)o->n;
	kd_buf_add(o, kd_buf_view(&m));
	put_checks(o, h);
	return o->overflow || m.overflow
		       ? kd_error_new(KD_LIMIT, "the index would be larger than %zu bytes", KD_SRCINDEX_FILE_MAX)
		       : NULL;
}

static struct kd_error *merge(struct build *b, struct kd_srcindex_head *h, struct kd_buf *ret)
{
	uint32_t *numbers[KD_TREE_WORKERS_MAX] = {0};
	struct path *files = merge_files(b, numbers, &h->nfiles);
	struct pairs pairs = {0};
	struct kd_error *err = NULL;

	if (!merge_names(b) || !merge_defs(b, numbers))
		err = kd_error_new(KD_LIMIT, "more functions than kdoc can index");
	if (!err && !collect_pairs(b, numbers, &pairs))
		h->cut = 1;
	h->nnames = (uint32_t)b->names.entries.n;
	h->ndefs = (uint32_t)b->defs.n;
	if (!err)
		err = write_image(b, files, &pairs, h, ret);
	for (unsigned w = 0; w < b->workers; w++)
		kd_free(numbers[w]);
	kd_vec_free(&pairs.v);
	kd_free(files);
	return err;
}

static unsigned processors(const struct kd_srcindex_opts *opts)
{
	long n = opts->workers ? (long)opts->workers : sysconf(_SC_NPROCESSORS_ONLN);

	return n < 1 ? 1 : n > 8 ? 8 : (unsigned)n;
}

static void worker_deinit(struct worker *w)
{
	kd_arena_deinit(&w->text);
	kd_hashmap_deinit(&w->names);
	kd_vec_free(&w->files);
	kd_vec_free(&w->defs);
	kd_vec_free(&w->mentions);
	kd_bodies_deinit(&w->bodies);
	kd_free(w->seen);
}

struct kd_error *kd_srcindex_build(struct kd_ctx *ctx, struct kd_tree *tree,
				   const struct kd_srcindex_opts *opts, const uint8_t key[KD_SHA256_LEN],
				   struct kd_buf *ret)
{
	struct build *b = kd_xcalloc(1, sizeof(*b));
	struct kd_tree_each each = {.want = want, .file = on_file, .user = b};
	struct kd_srcindex_head h = {0};
	struct kd_error *err;

	b->ctx = ctx;
	b->opts = opts;
	b->workers = each.workers = processors(opts);
	pthread_mutex_init(&b->lock, NULL);
	for (unsigned i = 0; i < b->workers; i++) {
		struct worker *w = &b->w[i];

		w->text = KD_ARENA_INIT((size_t)512 << 20);
		w->names = KD_HASHMAP_INIT(NAMES_MAX, &w->text);
		w->seen = kd_xcalloc((size_t)1 << SEEN_BITS, sizeof(*w->seen));
	}
	err = kd_tree_each(tree, &each);
	memcpy(h.key, key, sizeof(h.key));
	for (unsigned i = 0; i < b->workers; i++) {
		h.unread += b->w[i].unread;
		h.cut |= b->w[i].cut;
	}
	if (!err)
		err = merge(b, &h, ret);
	for (unsigned i = 0; i < b->workers; i++)
		worker_deinit(&b->w[i]);
	kd_hashmap_deinit(&b->names);
	kd_vec_free(&b->defs);
	kd_free(b->name_order);
	kd_free(b->name_rank);
	pthread_mutex_destroy(&b->lock);
	kd_free(b);
	return err;
}
