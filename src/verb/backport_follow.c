// SPDX-License-Identifier: GPL-2.0-or-later
/* backport-check: what belongs to a commit: fixes and reverts of it, what it needs. */
#include "verb/backport_internal.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "history/dag.h"

enum { FOUND_MAX = 4096, FUNCS_MAX = 24, PREDECESSORS = 10 };

/* Commits that have to do with one: each once. */
struct found {
	const struct kd_bpv *w;
	KD_VEC(struct kd_bp_commit) v;
	KD_VEC(const char *) how;
	KD_VEC(uint32_t) carriers;
	bool cut;
};

static void put(struct found *f, uint32_t doc, const char *how)
{
	struct kd_bp_commit *c;
	const char **slot;

	kd_vec_each(have, &f->v)
		if (have->doc == doc)
			return;
	c = kd_vec_push(&f->v, FOUND_MAX);
	slot = kd_vec_push(&f->how, FOUND_MAX);
	f->cut = f->cut || !c || !slot;
	if (!c || !slot)
		return;
	kd_bp_commit_of(f->w->h->git, doc, c);
	*slot = how;
}

static void found_free(struct found *f)
{
	kd_vec_free(&f->v);
	kd_vec_free(&f->how);
	kd_vec_free(&f->carriers);
}

static bool is_there(const struct kd_bp_cell *c)
{
	return c->state == KD_BP_PRESENT || c->state == KD_BP_PARTLY;
}

/* One row per release that `when` holds for. */
static struct kd_error *rows(struct kd_bpv *w, struct kd_table *t, size_t i, const struct found *f, bool when_there, bool all_states)
{
	const size_t n = w->rels.v.n;
	kd_auto(kd_freep) struct kd_bp_cell *cells = kd_xcalloc(f->v.n * n + 1, sizeof(*cells));
	struct kd_error *err = f->v.n ? kd_bp_check(&w->rels, f->v.v, f->v.n, cells) : NULL;

	for (size_t k = 0; k < f->v.n && !err; k++)
		for (size_t r = 0; r < n; r++) {
			const struct kd_bp_cell *c = &cells[k * n + r];
			struct kd_cell *row;

			if (is_there(&w->cells[i * n + r]) != when_there || (!all_states && c->state != KD_BP_ABSENT) ||
			    (!when_there && w->cells[i * n + r].state != KD_BP_ABSENT))
				continue;
			row = kd_table_row(t);
			row[0] = kd_bpv_id(w, &w->commits.v[i]);
			row[1] = kd_bpv_id(w, &f->v.v[k]);
			row[2] = kd_cell_text(kd_view_of(f->how.v[k]));
			row[3] = kd_sheet_cell(w->s, w->rels.v.v[r].name);
			row[4] = kd_bpv_state(w, c);
			row[5] = kd_bpv_proof(w, c);
			row[6] = kd_bpv_subject(w, f->v.v[k].doc);
		}
	if (f->cut)
		kd_sheet_note(w->s, "more than %d commits belong to one: not all are shown", FOUND_MAX);
	return err;
}

/* --- what came after --------------------------------------------------------------------------- */

static bool one_carrier(void *user, uint32_t doc)
{
	struct found *f = user;
	uint32_t *slot = kd_vec_push(&f->carriers, FOUND_MAX);

	if (slot)
		*slot = doc;
	return slot != NULL;
}

static bool one_namer(void *user, const struct kd_seg_rel *r)
{
	if (r->kind == KD_REL_FIXES)
		put(user, r->doc, "fixes it");
	else if (r->kind == KD_REL_REVERTS)
		put(user, r->doc, "reverts it");
	else if (r->kind == KD_REL_DEP_OF)
		put(user, r->doc, "it needs this");
	return true;
}

/* Backports carry the lines of what they were made of: where the original is known, it stands for them. */
static void drop_copies(struct found *f)
{
	const struct kd_bits *mainline = &f->w->rels.mainline;
	size_t n = 0;

	for (size_t i = 0; i < f->v.n; i++) {
		bool copy = false;

		for (size_t k = 0; k < f->v.n && !kd_bits_has(mainline, f->v.v[i].doc); k++)
			copy |= k != i && f->v.v[k].subject == f->v.v[i].subject && (kd_bits_has(mainline, f->v.v[k].doc) || k < i);
		if (copy)
			continue;
		f->v.v[n] = f->v.v[i];
		f->how.v[n++] = f->how.v[i];
	}
	f->v.n = f->how.n = n;
}

static struct kd_error *after(struct kd_bpv *w, struct kd_table *t, size_t i)
{
	struct found f = {.w = w};
	struct kd_error *err = kd_bp_carriers(&w->rels, &w->commits.v[i], one_carrier, &f);

	if (!err) {
		kd_bp_rels(w->h->git, &w->commits.v[i], one_namer, &f);
		kd_vec_each(doc, &f.carriers) {
			struct kd_bp_commit c;

			kd_bp_commit_of(w->h->git, *doc, &c);
			kd_bp_rels(w->h->git, &c, one_namer, &f);
		}
		drop_copies(&f);
		err = rows(w, t, i, &f, true, true);
	}
	found_free(&f);
	return err;
}

/* --- what it needs ----------------------------------------------------------------------------- */

static void named_needs(struct kd_bpv *w, struct found *f)
{
	for (size_t i = 0; i < w->read.c.nrelations; i++) {
		const struct kd_relation *r = &w->read.c.relations[i];
		uint32_t doc;

		if ((r->kind != KD_REL_FIXES && r->kind != KD_REL_DEPENDS) || !r->oid.p ||
		    kd_store_find(w->h->git, kd_view_head(r->oid, 2 * KD_SEG_OID), &doc) != 1)
			continue;
		put(f, doc, r->kind == KD_REL_FIXES ? "what it fixes" : "it depends on this");
	}
}

struct before {
	uint32_t doc;
	uint32_t shared; /* functions */
};

struct befores {
	KD_VEC(struct before) v;
};

static int by_doc(const void *a, const void *b)
{
	const struct before *x = a, *y = b;

	return x->doc < y->doc ? 1 : x->doc > y->doc ? -1 : 0;
}

static int by_shared(const void *a, const void *b)
{
	const struct before *x = a, *y = b;

	if (x->shared != y->shared)
		return x->shared < y->shared ? 1 : -1;
	return by_doc(a, b);
}

/* In no release yet, and before the commit. */
static bool lacking(const struct kd_bpv *w, const struct kd_bits *reach, uint32_t doc, uint32_t self)
{
	if (doc == self || !kd_bits_has(reach, doc))
		return false;
	kd_vec_each(r, &w->rels.v)
		if (!kd_bits_has(&r->has, doc))
			return true;
	return false;
}

static bool has_function(const struct kd_record *r, struct kd_view path, struct kd_view func)
{
	for (size_t i = 0; i < r->nfiles; i++)
		for (uint32_t k = 0; kd_view_eq(r->files[i].path, path) && k < r->files[i].nfuncs; k++)
			if (kd_view_eq(r->funcs[r->files[i].func + k], func))
				return true;
	return false;
}

/* Words are numbers in the index: the record says whether it is that function in that file. */
static struct kd_error *confirm(const struct kd_bpv *w, const struct kd_record *own, struct before *b)
{
	struct kd_bp_read read = KD_BP_READ_INIT;
	struct kd_error *err = kd_bp_read(w->h->git, b->doc, &read);

	b->shared = 0;
	for (size_t i = 0; !err && i < own->nfiles; i++)
		for (uint32_t k = 0; k < own->files[i].nfuncs && k < FUNCS_MAX; k++)
			b->shared += has_function(&read.r, own->files[i].path, own->funcs[own->files[i].func + k]);
	kd_bp_read_deinit(&read);
	return err;
}

static void merge_same(struct befores *b)
{
	size_t n = 0;

	if (b->v.n)
		qsort(b->v.v, b->v.n, sizeof(*b->v.v), by_doc);
	for (size_t i = 0; i < b->v.n; i++)
		if (n && b->v.v[n - 1].doc == b->v.v[i].doc)
			b->v.v[n - 1].shared++;
		else
			b->v.v[n++] = b->v.v[i];
	b->v.n = n;
}

/* The commits before it that changed lines of the same functions, and that a release lacks. */
static struct kd_error *predecessors(struct kd_bpv *w, uint32_t self, struct found *f)
{
	struct befores b = {0};
	kd_auto(kd_bits_deinit) struct kd_bits reach = {0};
	const struct kd_record *own = &w->read.r;
	struct kd_error *err = NULL;

	kd_dag_reach(w->h->git, &self, 1, &reach);
	for (size_t i = 0; i < own->nfuncs && i < FUNCS_MAX; i++)
		kd_vec_each(s, &w->h->git->segs) {
			struct kd_postings p = kd_seg_postings(*s, kd_term(KD_FIELD_FUNC, own->funcs[i]));
			struct kd_hit hit;

			while (kd_postings_next(&p, &hit)) {
				struct before *slot = lacking(w, &reach, hit.doc, self) ? kd_vec_push(&b.v, 100000) : NULL;

				if (slot)
					*slot = (struct before){hit.doc, 1};
			}
		}
	merge_same(&b);
	if (b.v.n > 4 * PREDECESSORS)
		b.v.n = 4 * PREDECESSORS;
	for (size_t i = 0; i < b.v.n && !err; i++)
		err = confirm(w, own, &b.v.v[i]);
	if (b.v.n)
		qsort(b.v.v, b.v.n, sizeof(*b.v.v), by_shared);
	for (size_t i = 0; i < b.v.n && i < PREDECESSORS && !err; i++)
		if (b.v.v[i].shared)
			put(f, b.v.v[i].doc, "changes the same functions before it");
	kd_vec_free(&b.v);
	return err;
}

static struct kd_error *needs(struct kd_bpv *w, struct kd_table *t, size_t i)
{
	struct found f = {.w = w};
	const uint32_t doc = w->commits.v[i].doc;
	bool absent = false;
	struct kd_error *err;

	for (size_t r = 0; r < w->rels.v.n; r++)
		absent |= w->cells[i * w->rels.v.n + r].state == KD_BP_ABSENT;
	if (!absent || doc == KD_DOC_NONE)
		return NULL;
	err = kd_bp_read(w->h->git, doc, &w->read);
	if (!err) {
		named_needs(w, &f);
		err = predecessors(w, doc, &f);
	}
	if (!err)
		err = rows(w, t, i, &f, false, false);
	found_free(&f);
	return err;
}

struct kd_error *kd_bpv_follow(struct kd_bpv *w)
{
	static const struct kd_column columns[] = {{"of", "OF"},	     {"commit", "COMMIT"}, {"relation", "RELATION"}, {"release", "RELEASE"},
						   {"state", "STATE"}, {"proof", "PROOF"},   {"subject", "SUBJECT"}};
	struct kd_table *follow = kd_sheet_table(w->s, "follow_ups", columns, KD_ARRAY_LEN(columns)), *need;
	struct kd_error *err = NULL;

	follow->title = "FIXES AND REVERTS OF WHAT IS THERE";
	for (size_t i = 0; i < w->commits.n && !err; i++)
		err = after(w, follow, i);
	need = kd_sheet_table(w->s, "needs", columns, KD_ARRAY_LEN(columns));
	need->title = "WHAT IS MISSING BEFORE IT";
	for (size_t i = 0; i < w->commits.n && !err; i++)
		err = needs(w, need, i);
	return err;
}
