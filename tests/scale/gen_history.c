// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * gen-history SOURCE DEST COMMITS SEED [MIB]: an index of so many made-up commits, for tests/scale/history.
 *
 * The commits of the index SOURCE are the models: each is taken about COMMITS / n times, in their order, so that dates, lengths,
 * files, and how often words go together are theirs. Words that few of them have become other words in most copies: the
 * vocabulary grows with the number of commits as that of a real history does, while frequent words stay as frequent. Ids, subjects,
 * patch ids are new. One commit in sixteen is a merge; the last 8 % lie on six branches that begin at
 * different places and say whose backports they are; 900 tags. What is drawn depends on SEED alone. MIB: memory of a part.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/hash.h"
#include "base/time.h"
#include "history/commit.h"
#include "history/norms.h"
#include "history/record.h"
#include "history/releases.h"
#include "history/segwrite.h"
#include "history/store.h"

enum { TAGS = 900, BRANCHES = 6, MERGE_EVERY = 16, LATEST_FIELD = KD_FIELD_AUTHOR };

/* The words of the models, document by document. */
struct models {
	struct kd_store *st;
	size_t *from; /* docs + 1 */
	struct kd_newword *word;
	uint8_t *often; /* beside word: how many of 28 copies keep it, 28 for all */
};

struct counting {
	struct models *m;
	size_t *n;
	bool fill;
};

/* Share of copies in which a word that df of all n have stays itself: all from 1 % on, a seventh if one has it. */
static uint8_t keeps(uint32_t df, uint32_t n)
{
	double x = 100.0 * df / n;

	x = x < 1 ? x : 1;
	for (int i = 0; i < 2; i++) /* about the 0.3rd power, without libm's last digits */
		x = x / 2 + x / (x + 1);
	return (uint8_t)(4 + 24 * (df * 100.0 >= n ? 1 : x));
}

static void one_term(void *user, uint64_t term, struct kd_postings p)
{
	struct counting *c = user;
	const uint8_t often = c->fill ? keeps(kd_store_df(c->m->st, term), c->m->st->docs) : 0;
	struct kd_hit h;

	while (kd_postings_next(&p, &h)) {
		if (c->fill) {
			const size_t at = c->m->from[h.doc] + c->n[h.doc];

			c->m->word[at] = (struct kd_newword){term, h.level};
			c->m->often[at] = often;
		}
		c->n[h.doc]++;
	}
}

static void each_term(struct counting *c)
{
	memset(c->n, 0, ((size_t)c->m->st->docs + 1) * sizeof(*c->n));
	kd_vec_each(s, &c->m->st->segs)
		for (unsigned field = KD_FIELD_ID; field <= LATEST_FIELD; field++)
			kd_seg_terms(*s, field, one_term, c);
}

static void read_models(struct models *m)
{
	struct counting c = {.m = m, .n = kd_xcalloc((size_t)m->st->docs + 1, sizeof(*c.n))};

	m->from = kd_xcalloc((size_t)m->st->docs + 1, sizeof(*m->from));
	each_term(&c);
	for (uint32_t i = 0; i < m->st->docs; i++)
		m->from[i + 1] = m->from[i] + c.n[i];
	m->word = kd_xcalloc(m->from[m->st->docs] + 1, sizeof(*m->word));
	m->often = kd_xcalloc(m->from[m->st->docs] + 1, 1);
	c.fill = true;
	each_term(&c);
	kd_free(c.n);
}

/* --- one commit -------------------------------------------------------------------------------- */

struct gen {
	struct models m;
	struct kd_store *out;
	struct kd_segw *w;
	struct kd_newdoc doc;
	struct kd_arena arena;
	struct kd_buf text;
	uint32_t n, trunk; /* commits in all; those that are not on a branch */
	uint64_t seed;
	size_t part_memory;
	uint32_t tip[BRANCHES];
	const char *tag_oid[TAGS];
};

static uint64_t mix(uint64_t a, uint64_t b)
{
	uint64_t h = a * 0x9e3779b97f4a7c15ull ^ (b + 0x7f4a7c159e3779b9ull);

	h = (h ^ h >> 32) * 0xd6e8feb86659fd93ull;
	h = (h ^ h >> 29) * 0xd6e8feb86659fd93ull;
	return h ^ h >> 32;
}

static void oid_of(const struct gen *g, uint32_t i, uint8_t ret[KD_SEG_OID])
{
	for (unsigned k = 0; k < KD_SEG_OID; k++)
		ret[k] = (uint8_t)(mix(g->seed ^ i, 100 + k / 8) >> 8 * (k % 8));
}

static void hex_of(const struct gen *g, uint32_t i, char ret[2 * KD_SEG_OID + 1])
{
	uint8_t oid[KD_SEG_OID];

	oid_of(g, i, oid);
	kd_hex(oid, sizeof(oid), ret);
}

/* The words of copy k of a model; half of what changes is found in no other copy, the rest shares eight spellings. */
static void put_words(struct gen *g, uint32_t model, uint32_t k)
{
	struct kd_newdoc *d = &g->doc;

	for (size_t i = g->m.from[model]; i < g->m.from[model + 1]; i++) {
		const struct kd_newword *from = &g->m.word[i];
		const uint64_t draw = mix(from->term, g->seed + k);
		struct kd_newword *to = kd_vec_push(&d->words, KD_NEWDOC_WORDS_MAX);

		if (!to)
			return;
		*to = *from;
		if (k && draw % 28 >= g->m.often[i]) {
			const uint64_t variant = draw >> 40 & 1 ? 100 + k : draw >> 41 & 7;

			to->term = mix(from->term, variant) >> 8 | from->term >> 56 << 56;
		}
	}
}

static uint32_t branch_of(const struct gen *g, uint32_t i)
{
	return (uint32_t)((uint64_t)(i - g->trunk) * BRANCHES / (g->n - g->trunk));
}

/* Parents are documents before it; returns how many. */
static size_t parents_of(struct gen *g, uint32_t i, uint32_t parent[2])
{
	if (!i)
		return 0;
	parent[0] = i - 1;
	if (i >= g->trunk) {
		const uint32_t b = branch_of(g, i);

		if (i == g->trunk || branch_of(g, i - 1) != b) /* where it leaves the trunk */
			parent[0] = (uint32_t)((uint64_t)g->trunk * (b + 3) / (BRANCHES + 3)) - 1;
		g->tip[b] = i;
		return 1;
	}
	if (i % MERGE_EVERY || i < 200)
		return 1;
	parent[1] = i - 2 - (uint32_t)(mix(g->seed, i) % 150);
	return 2;
}

static void put_relations(struct gen *g, uint32_t i, char upstream[2 * KD_SEG_OID + 1])
{
	char hex[2 * KD_SEG_OID + 1];

	*upstream = 0;
	if (i >= g->trunk) {
		hex_of(g, (uint32_t)(mix(g->seed, i) % g->trunk), upstream);
		kd_newdoc_rel(&g->doc, KD_REL_UPSTREAM, kd_view_of(upstream));
	}
	if (i > 1000 && mix(i, g->seed) % 3 == 0) { /* a third says what it mends */
		hex_of(g, i - 1 - (uint32_t)(mix(i, 7) % 1000), hex);
		kd_newdoc_rel(&g->doc, KD_REL_FIXES, kd_view_head(kd_view_of(hex), 12));
		g->doc.flags |= KD_DOC_HAS_FIXES;
	}
}

/* The model's record with ids of its own, and a subject that no other has. */
static struct kd_error *put_text(struct gen *g, uint32_t model, uint32_t i, const uint32_t *parent, size_t n, const char *upstream)
{
	struct kd_view hex[2] = {KD_VNULL, KD_VNULL}, subject;
	char room[2][2 * KD_SEG_OID + 1], id[2 * KD_SEG_OID + 1];
	struct kd_error *err;
	struct kd_record r;
	size_t end;

	kd_arena_reset(&g->arena);
	kd_buf_clear(&g->text);
	err = kd_store_text(g->m.st, model, &g->text);
	if (!err)
		err = kd_record_parse(&g->arena, kd_buf_view(&g->text), &r);
	if (err)
		return err;
	for (size_t k = 0; k < n; k++) {
		hex_of(g, parent[k], room[k]);
		hex[k] = kd_view(room[k], 2 * KD_SEG_OID);
	}
	r.parents = hex;
	r.nparents = n;
	if (r.patch_id.n) {
		hex_of(g, i ^ 0x80000000u, id);
		r.patch_id = kd_view(id, 2 * KD_SEG_OID);
		g->doc.patch_id = mix(g->seed, i + 5) | 1;
		kd_newdoc_key(&g->doc, kd_term(KD_KEY_PATCH_ID, r.patch_id));
	}
	end = kd_view_chr(r.message, '\n');
	subject = kd_view_head(r.message, end == KD_NPOS ? r.message.n : end);
	subject = kd_arena_printf(&g->arena, "%.*s (%u)", KD_VARG(subject), i);
	r.message = kd_arena_printf(&g->arena, "%.*s\n%s%s%s%.*s", KD_VARG(subject), *upstream ? "\ncommit " : "", upstream,
				    *upstream ? " upstream.\n" : "", KD_VARG(end == KD_NPOS ? KD_VNULL : kd_view_from(r.message, end + 1)));
	g->doc.subject = kd_term(KD_KEY_SUBJECT, kd_commit_title_key(&g->arena, kd_commit_title(subject, &(struct kd_view){0})));
	kd_newdoc_key(&g->doc, g->doc.subject);
	kd_record_write(&g->doc.text, &r);
	for (size_t k = 0; k < r.nfiles; k++) {
		if (!r.files[k].nfuncs)
			kd_newdoc_pair(&g->doc, KD_VNULL, r.files[k].path);
		for (uint32_t f = 0; f < r.files[k].nfuncs; f++)
			kd_newdoc_pair(&g->doc, r.funcs[r.files[k].func + f], r.files[k].path);
	}
	return NULL;
}

static struct kd_error *one_commit(struct gen *g, uint32_t i)
{
	const uint32_t models = g->m.st->docs, model = (uint32_t)((uint64_t)i * models / g->n);
	const uint32_t first = (uint32_t)(((uint64_t)model * g->n + models - 1) / models);
	struct kd_newdoc *d = &g->doc;
	const struct kd_seg *s = kd_store_seg(g->m.st, model);
	char upstream[2 * KD_SEG_OID + 1];
	uint32_t parent[2] = {0, 0};
	struct kd_seg_doc from;
	struct kd_error *err;
	size_t n;

	kd_newdoc_clear(d);
	kd_seg_doc(s, model - kd_seg_first(s), &from);
	kd_seg_static(s, model - kd_seg_first(s), &d->statics);
	oid_of(g, i, d->oid);
	d->date = from.date + (int64_t)(mix(i, g->seed) % 86400);
	d->commit_date = from.commit_date + (int64_t)(mix(i, g->seed) % 86400);
	d->flags = from.flags & ~(uint32_t)(KD_DOC_MERGE | KD_DOC_BOUNDARY);
	d->lines = from.lines;
	d->files = from.files;
	d->author = from.author;
	n = parents_of(g, i, parent);
	d->flags |= n > 1 ? KD_DOC_MERGE : 0;
	put_relations(g, i, upstream);
	put_words(g, model, i - first);
	err = put_text(g, model, i, parent, n, upstream);
	return err ? err : kd_segw_add(g->w, d, parent, n);
}

/* --- the store --------------------------------------------------------------------------------- */

static struct kd_error *save_part(struct gen *g)
{
	kd_auto(kd_freep) char *path = NULL, *file = NULL;
	struct kd_error *err;

	path = kd_store_new_path(g->out, g->out->docs, kd_segw_docs(g->w), &file);
	err = kd_segw_write(g->w, path);
	if (!err)
		err = kd_store_append(g->out, file);
	if (!err)
		err = kd_store_compact(g->out);
	if (!err)
		err = kd_store_save(g->out);
	kd_segw_free(g->w);
	g->w = kd_segw_new(g->out->docs);
	return err;
}

static struct kd_error *add_ref(struct gen *g, struct kd_store_tree *t, const char *name, uint32_t doc)
{
	struct kd_store_ref *r = kd_vec_push(&t->refs, KD_STORE_REFS_MAX);
	char hex[2 * KD_SEG_OID + 1];
	struct kd_seg_doc d;

	if (!r)
		return kd_error_new(KD_LIMIT, "too many refs");
	kd_store_doc(g->out, doc, &d);
	hex_of(g, doc, hex);
	r->name = kd_arena_view(&g->out->arena, kd_view_of(name)).p;
	r->oid = kd_arena_view(&g->out->arena, kd_view_of(hex)).p;
	r->date = d.commit_date;
	t->newest = d.commit_date > t->newest ? d.commit_date : t->newest;
	return NULL;
}

static struct kd_error *put_refs(struct gen *g)
{
	struct kd_store_tree *t = kd_store_add_tree(g->out, "made-up", "/nowhere");
	struct kd_error *err = add_ref(g, t, "refs/heads/master", g->trunk - 1);
	char name[64];

	for (uint32_t i = 0; i < BRANCHES && !err; i++) {
		snprintf(name, sizeof(name), "refs/heads/branch-%u", i);
		err = add_ref(g, t, name, g->tip[i]);
	}
	for (uint32_t i = 0; i < TAGS && !err; i++) {
		if (i % 9 == 8)
			snprintf(name, sizeof(name), "refs/tags/v%u.%u", 3 + i / 180, i / 9 % 20);
		else
			snprintf(name, sizeof(name), "refs/tags/v%u.%u-rc%u", 3 + i / 180, i / 9 % 20, i % 9 + 1);
		err = add_ref(g, t, name, (uint32_t)((uint64_t)g->trunk * (i + 1) / TAGS) - 1);
	}
	t->complete = true;
	t->indexed = 1700000000;
	t->commits = g->n;
	return err;
}

static struct kd_error *generate(struct gen *g)
{
	struct kd_error *err = NULL;
	int64_t start = kd_mono_ns();

	read_models(&g->m);
	fprintf(stderr, "models: %u commits, %zu words, %.1f s\n", g->m.st->docs, g->m.from[g->m.st->docs],
		(double)(kd_mono_ns() - start) / 1e9);
	g->w = kd_segw_new(0);
	start = kd_mono_ns();
	for (uint32_t i = 0; i < g->n && !err; i++) {
		err = one_commit(g, i);
		if (!err && kd_segw_memory(g->w) >= g->part_memory)
			err = save_part(g);
	}
	if (!err && kd_segw_docs(g->w))
		err = save_part(g);
	if (!err)
		err = put_refs(g);
	fprintf(stderr, "written: %.1f s\n", (double)(kd_mono_ns() - start) / 1e9);
	start = kd_mono_ns();
	if (!err)
		err = kd_norms_write(g->out);
	if (!err)
		err = kd_releases_write(g->out);
	fprintf(stderr, "norms: %.1f s\n", (double)(kd_mono_ns() - start) / 1e9);
	return err ? err : kd_store_save(g->out);
}

int main(int argc, char **argv)
{
	struct gen g = {.arena = KD_ARENA_INIT((size_t)64 << 20), .text = KD_BUF_INIT(KD_SEG_TEXT_MAX)};
	struct kd_error *err;
	bool failed;

	if (argc < 5 || argc > 6 || strtoul(argv[3], NULL, 10) < 2000) {
		fprintf(stderr, "usage: gen-history SOURCE DEST COMMITS SEED [MIB] (2000 commits or more)\n");
		return 2;
	}
	g.n = (uint32_t)strtoul(argv[3], NULL, 10);
	g.trunk = (uint32_t)((uint64_t)g.n * 92 / 100);
	g.seed = strtoull(argv[4], NULL, 10);
	g.part_memory = (argc > 5 ? strtoul(argv[5], NULL, 10) : 512) << 20;
	kd_newdoc_init(&g.doc);
	err = kd_store_open(argv[1], false, &g.m.st);
	if (!err && !g.m.st->docs)
		err = kd_error_new(KD_INVALID, "%s is empty", argv[1]);
	if (!err)
		err = kd_store_open(argv[2], true, &g.out);
	if (!err && g.out->docs)
		err = kd_error_new(KD_INVALID, "%s is not empty", argv[2]);
	if (!err)
		err = generate(&g);
	failed = err != NULL;
	if (failed)
		fprintf(stderr, "gen-history: %s\n", err->msg);
	kd_newdoc_deinit(&g.doc);
	kd_segw_free(g.w);
	kd_free(g.m.from);
	kd_free(g.m.word);
	kd_free(g.m.often);
	kd_store_close(g.m.st);
	kd_store_close(g.out);
	kd_arena_deinit(&g.arena);
	kd_buf_deinit(&g.text);
	kd_error_free(err);
	return failed;
}
