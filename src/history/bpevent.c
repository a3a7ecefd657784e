// SPDX-License-Identifier: GPL-2.0-or-later
/* What happened to a commit: see backport.h. */
#include "history/bpevent.h"

#include <stdlib.h>

#include "base/alloc.h"

enum { SURE_DIGITS = 12, MIN_DIGITS = 7, REL_DIGITS = 16, SUBJECTS_MAX = 256 };

void kd_bp_read_deinit(struct kd_bp_read *r)
{
	kd_arena_deinit(&r->arena);
	kd_buf_deinit(&r->text);
}

struct kd_error *kd_bp_read(const struct kd_store *st, uint32_t doc, struct kd_bp_read *ret)
{
	struct kd_error *err;

	kd_arena_reset(&ret->arena);
	kd_buf_clear(&ret->text);
	err = kd_store_text(st, doc, &ret->text);
	if (!err)
		err = kd_record_parse(&ret->arena, kd_buf_view(&ret->text), &ret->r);
	if (!err)
		err = kd_commit_parse_message(&ret->arena, ret->r.message, &ret->c);
	return err;
}

/* --- patch ids --------------------------------------------------------------------------------- */

static int by_u64(const void *a, const void *b)
{
	const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static int by_patch(const void *a, const void *b)
{
	const struct kd_bp_same *x = a, *y = b;

	if (x->patch_id != y->patch_id)
		return x->patch_id < y->patch_id ? -1 : 1;
	return x->doc < y->doc ? -1 : x->doc > y->doc;
}

static bool wanted(const uint64_t *ids, size_t n, uint64_t id)
{
	return n && bsearch(&id, ids, n, sizeof(*ids), by_u64) != NULL;
}

void kd_bp_patches_make(const struct kd_store *st, const struct kd_bp_commit *c, size_t n, struct kd_bp_patches *ret)
{
	kd_auto(kd_freep) uint64_t *ids = kd_xcalloc(n + 1, sizeof(*ids));
	size_t nids = 0;
	struct kd_seg_doc d;

	*ret = (struct kd_bp_patches){0};
	for (size_t i = 0; i < n; i++) {
		if (c[i].doc >= st->docs)
			continue;
		kd_store_doc(st, c[i].doc, &d);
		if (d.patch_id)
			ids[nids++] = d.patch_id;
	}
	if (!nids)
		return;
	qsort(ids, nids, sizeof(*ids), by_u64);
	kd_vec_each(s, &st->segs)
		for (uint32_t i = 0; i < kd_seg_docs(*s); i++) {
			struct kd_bp_same *slot;

			kd_seg_doc(*s, i, &d);
			if (!d.patch_id || !wanted(ids, nids, d.patch_id) || !(slot = kd_vec_push(&ret->v, KD_DOC_MAX)))
				continue;
			*slot = (struct kd_bp_same){d.patch_id, kd_seg_first(*s) + i};
		}
	if (ret->v.n)
		qsort(ret->v.v, ret->v.n, sizeof(*ret->v.v), by_patch);
}

void kd_bp_patches_deinit(struct kd_bp_patches *p)
{
	kd_vec_free(&p->v);
}

static size_t first_same(const struct kd_bp_patches *p, uint64_t id)
{
	size_t lo = 0, hi = p->v.n;

	while (lo < hi) {
		const size_t mid = lo + (hi - lo) / 2;

		if (p->v.v[mid].patch_id < id)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* --- relations --------------------------------------------------------------------------------- */

void kd_bp_rels(const struct kd_store *st, const struct kd_bp_commit *c, bool (*fn)(void *user, const struct kd_seg_rel *r), void *user)
{
	const uint64_t id = kd_oid_head(c->oid);

	if (c->digits < MIN_DIGITS)
		return;
	kd_vec_each(s, &st->segs) {
		uint32_t i, end = kd_seg_rels(*s, id, &i);

		for (; i < end; i++) {
			struct kd_seg_rel r;
			unsigned digits;

			kd_seg_rel(*s, i, &r);
			digits = r.digits < c->digits ? r.digits : c->digits;
			if (digits < MIN_DIGITS || r.digits > REL_DIGITS || r.doc >= st->docs)
				continue;
			if ((r.id ^ id) >> (64 - 4 * digits) == 0 && !fn(user, &r))
				return;
		}
	}
}

/* --- events ------------------------------------------------------------------------------------ */

struct gather {
	const struct kd_relset *rels;
	const struct kd_store *st;
	const struct kd_bp_commit *c;
	struct kd_seg_doc d; /* of c, when it is in the index */
	struct kd_bp_events *ret;
	struct kd_bp_read read, own; /* own: of c, when it is needed */
	bool have_own;
	bool target_apply; /* while relations to an event are read: what that event is */
	struct kd_error *err;
};

static struct kd_bp_event *event_of(const struct kd_bp_events *e, uint32_t doc)
{
	for (size_t i = 0; i < e->v.n; i++)
		if (e->v.v[i].doc == doc)
			return &e->v.v[i];
	return NULL;
}

static struct kd_bp_event *add(struct gather *g, uint32_t doc, uint8_t proof, bool apply)
{
	struct kd_bp_event *e = event_of(g->ret, doc);

	if (e) {
		if (apply && e->apply && proof < e->proof) {
			e->proof = proof;
			e->guessed = false;
			e->why = NULL;
		}
		return e;
	}
	e = kd_vec_push(&g->ret->v, KD_BP_EVENTS_MAX);
	if (!e) {
		g->ret->cut = true;
		return NULL;
	}
	*e = (struct kd_bp_event){.doc = doc, .proof = proof, .apply = apply};
	return e;
}

/* Several commits of the index begin with the digits that a line gives: the subject has to be the same, too. */
static bool sure_of(struct gather *g, const struct kd_seg_rel *r)
{
	char hex[2 * KD_SEG_OID + 1];
	struct kd_seg_doc d;
	uint32_t doc;

	if (r->digits >= SURE_DIGITS || g->c->doc == KD_DOC_NONE)
		return true;
	kd_store_hex(g->st, g->c->doc, hex);
	if (kd_store_find(g->st, kd_view(hex, r->digits), &doc) < 2)
		return true;
	kd_store_doc(g->st, r->doc, &d);
	return d.subject == g->c->subject;
}

static bool one_rel(void *user, const struct kd_seg_rel *r)
{
	struct gather *g = user;
	struct kd_bp_event *e;

	switch (r->kind) {
	case KD_REL_UPSTREAM:
	case KD_REL_CHERRY_PICK:
		if (!sure_of(g, r))
			break;
		e = add(g, r->doc, r->kind == KD_REL_UPSTREAM ? KD_BP_UPSTREAM_LINE : KD_BP_CHERRY_PICK, g->target_apply);
		if (e && r->digits < SURE_DIGITS && g->c->doc == KD_DOC_NONE && !e->guessed) {
			e->guessed = true;
			e->why = "the line gives few digits, and the commit itself is not in the index";
		}
		break;
	case KD_REL_REVERTS:
		e = add(g, r->doc, KD_BP_UPSTREAM_LINE, !g->target_apply);
		if (e && !e->by_revert && r->doc != g->c->doc) {
			e->apply = !g->target_apply;
			e->by_revert = true;
			e->proof = KD_BP_UPSTREAM_LINE;
		}
		break;
	case KD_REL_REAPPLIES:
		add(g, r->doc, KD_BP_UPSTREAM_LINE, g->target_apply);
		break;
	default:
		break;
	}
	return true;
}

/* --- the same subject -------------------------------------------------------------------------- */

struct docs {
	uint32_t v[SUBJECTS_MAX];
	size_t n;
	bool cut;
};

static bool collect(void *user, uint32_t doc)
{
	struct docs *d = user;

	d->cut = d->n == SUBJECTS_MAX;
	if (!d->cut)
		d->v[d->n++] = doc;
	return !d->cut;
}

static struct kd_error *read_own(struct gather *g)
{
	struct kd_error *err = g->have_own ? NULL : kd_bp_read(g->st, g->c->doc, &g->own);

	g->have_own = !err;
	return err;
}

/* Of the files that x changes, how many c changes, too; *of_ret: files of x. */
static size_t shared_files(const struct kd_record *x, const struct kd_record *c, size_t *of_ret)
{
	size_t n = 0;

	*of_ret = x->nfiles;
	for (size_t i = 0; i < x->nfiles && i < 1000; i++)
		for (size_t k = 0; k < c->nfiles; k++)
			if (kd_view_eq(x->files[i].path, c->files[k].path)) {
				n++;
				break;
			}
	return n;
}

/* Does x say that it is the backport of a commit that is not c? With its subject, or one that nobody knows. */
static bool names_another(const struct gather *g, const struct kd_commit *x, uint64_t subject)
{
	for (size_t i = 0; i < x->nrelations; i++) {
		const struct kd_relation *r = &x->relations[i];
		struct kd_seg_doc d;
		uint32_t doc;

		if ((r->kind != KD_REL_UPSTREAM && r->kind != KD_REL_CHERRY_PICK) || !r->oid.p)
			continue;
		if (kd_store_find(g->st, kd_view_head(r->oid, 2 * KD_SEG_OID), &doc) != 1)
			return true;
		kd_store_doc(g->st, doc, &d);
		if (d.subject == subject && doc != g->c->doc)
			return true;
	}
	return false;
}

static bool same_person(struct kd_view a, struct kd_view b)
{
	const struct kd_person x = kd_person_parse(a), y = kd_person_parse(b);

	return (x.mail.n && kd_view_ieq(x.mail, y.mail)) || (x.name.n && kd_view_ieq(x.name, y.name));
}

/* x has the subject of c, another date or author. */
static struct kd_error *judge_subject(struct gather *g, uint32_t doc, bool in_time)
{
	struct kd_error *err = kd_bp_read(g->st, doc, &g->read);
	size_t shared, files;
	struct kd_bp_event *e;
	bool same, comparable;

	if (!err)
		err = read_own(g);
	if (err || names_another(g, &g->read.c, g->c->subject))
		return err;
	same = same_person(g->read.r.author, g->own.r.author);
	shared = shared_files(&g->read.r, &g->own.r, &files);
	comparable = files && g->own.r.nfiles;
	if (comparable && !shared)
		return NULL;
	if (!in_time && !same && (comparable ? 2 * shared < files : g->ret->twins))
		return NULL;
	e = add(g, doc, KD_BP_SUBJECT, true);
	if (e && !in_time && !same) {
		e->guessed = true;
		e->why = comparable ? "same subject and files, another author" : "same subject, another author; files cannot be compared";
	}
	if (e && !in_time && g->ret->twins) {
		e->guessed = true;
		e->why = "several commits have this subject, and the date does not tell which one this is";
	}
	return NULL;
}

static bool same_size(const struct kd_seg_doc *a, const struct kd_seg_doc *b)
{
	return a->lines == b->lines && a->files == b->files;
}

/*
 * Commits of mainline with the subject of c: is x more likely made of another one? Of one with its date, or its size where c has
 * another; and nothing is a backport of what was written later.
 */
static bool twin_fits(const struct gather *g, const struct docs *found, const struct kd_seg_doc *x, uint32_t self)
{
	if (g->ret->twins && x->date < g->d.date)
		return true;
	for (size_t i = 0; i < found->n; i++) {
		struct kd_seg_doc d;

		if (found->v[i] == g->c->doc || found->v[i] == self || !kd_bits_has(&g->rels->mainline, found->v[i]))
			continue;
		kd_store_doc(g->st, found->v[i], &d);
		if (d.date == x->date || (d.date <= x->date && same_size(&d, x) && !same_size(&g->d, x)))
			return true;
	}
	return false;
}

static struct kd_error *by_subject(struct gather *g)
{
	struct docs found = {.n = 0};
	struct kd_error *err = NULL;

	kd_store_keys(g->st, g->c->subject, collect, &found);
	g->ret->cut = g->ret->cut || found.cut;
	for (size_t i = 0; i < found.n; i++)
		if (found.v[i] != g->c->doc && kd_bits_has(&g->rels->mainline, found.v[i]))
			g->ret->twins = true;
	for (size_t i = 0; i < found.n && !err; i++) {
		const uint32_t doc = found.v[i];
		struct kd_seg_doc d;
		bool in_time;

		if (event_of(g->ret, doc))
			continue;
		kd_store_doc(g->st, doc, &d);
		in_time = d.date == g->d.date && d.date > 0;
		if (in_time && d.author == g->d.author)
			add(g, doc, KD_BP_SUBJECT, true);
		else if (!kd_bits_has(&g->rels->mainline, doc) && !twin_fits(g, &found, &d, doc))
			err = judge_subject(g, doc, in_time);
	}
	return err;
}

/* Nothing but a subject is known of c. */
static struct kd_error *by_subject_alone(struct gather *g)
{
	struct docs found = {.n = 0};
	struct kd_error *err = NULL;

	kd_store_keys(g->st, g->c->subject, collect, &found);
	for (size_t i = 0; i < found.n && !err; i++) {
		struct kd_bp_event *e;

		if (event_of(g->ret, found.v[i]))
			continue;
		err = kd_bp_read(g->st, found.v[i], &g->read);
		if (err || (g->c->digits && names_another(g, &g->read.c, g->c->subject)))
			continue;
		e = add(g, found.v[i], KD_BP_SUBJECT, true);
		if (e) {
			e->guessed = true;
			e->why = "the subject alone: the commit itself is not in the index";
		}
	}
	return err;
}

/* --- reverts that give a title and no id --------------------------------------------------------- */

static struct kd_error *title_revert(struct gather *g, uint32_t doc, bool apply)
{
	struct kd_error *err = kd_bp_read(g->st, doc, &g->read);
	struct kd_bp_event *e;

	if (err)
		return err;
	for (size_t i = 0; i < g->read.c.nrelations; i++) {
		const struct kd_relation *r = &g->read.c.relations[i];
		uint32_t named;

		/* it says which one, and we would have found it if it were ours */
		if (r->kind == KD_REL_REVERTS && r->oid.p && kd_store_find(g->st, kd_view_head(r->oid, 2 * KD_SEG_OID), &named))
			return NULL;
	}
	e = add(g, doc, KD_BP_SUBJECT, apply);
	if (e) {
		e->by_revert = e->guessed = true;
		e->why = "the revert names it by its title alone";
	}
	return NULL;
}

static struct kd_error *by_title(struct gather *g)
{
	static const struct {
		const char *before, *behind;
		bool apply;
	} forms[] = {{"Revert \"", "\"", false}, {"Revert \"Revert \"", "\"\"", true}, {"Reapply \"", "\"", true}};
	struct kd_error *err = read_own(g);

	for (size_t i = 0; i < KD_ARRAY_LEN(forms) && !err; i++) {
		struct docs found = {.n = 0};
		const struct kd_view title =
			kd_arena_printf(&g->own.arena, "%s%.*s%s", forms[i].before, KD_VARG(g->own.c.title), forms[i].behind);
		const struct kd_view key = kd_commit_title_key(&g->own.arena, title);

		if (!key.p)
			return kd_error_new(KD_LIMIT, "a subject is too long");
		kd_store_keys(g->st, kd_term(KD_KEY_SUBJECT, key), collect, &found);
		g->ret->cut = g->ret->cut || found.cut;
		for (size_t k = 0; k < found.n && !err; k++)
			if (!event_of(g->ret, found.v[k]))
				err = title_revert(g, found.v[k], forms[i].apply);
	}
	return err;
}

/* --- all together ------------------------------------------------------------------------------ */

static int by_doc(const void *a, const void *b)
{
	const struct kd_bp_event *x = a, *y = b;

	return x->doc < y->doc ? -1 : x->doc > y->doc;
}

/* Reverts: is it the whole? Few enough to be read. */
static struct kd_error *read_reverts(struct gather *g)
{
	kd_vec_each(e, &g->ret->v) {
		struct kd_error *err;

		if (e->apply || !e->by_revert)
			continue;
		err = kd_bp_read(g->st, e->doc, &g->read);
		if (err)
			return err;
		for (size_t i = 0; i < g->read.c.nrelations; i++)
			if (g->read.c.relations[i].kind == KD_REL_REVERTS && g->read.c.relations[i].partial)
				e->partial = true;
	}
	return NULL;
}

static void by_patch_id(struct gather *g, const struct kd_bp_patches *p)
{
	if (!g->d.patch_id)
		return;
	for (size_t i = first_same(p, g->d.patch_id); i < p->v.n && p->v.v[i].patch_id == g->d.patch_id; i++)
		add(g, p->v.v[i].doc, KD_BP_PATCH_ID, true);
}

static struct kd_error *follow(struct gather *g)
{
	g->target_apply = true;
	kd_bp_rels(g->st, g->c, one_rel, g);
	for (size_t i = 0; i < g->ret->v.n; i++) {
		const struct kd_bp_event e = g->ret->v.v[i];
		struct kd_bp_commit named;

		if (e.doc == g->c->doc)
			continue;
		kd_bp_commit_of(g->st, e.doc, &named);
		g->target_apply = e.apply;
		kd_bp_rels(g->st, &named, one_rel, g);
	}
	return NULL;
}

static struct kd_error *gather(struct gather *g, const struct kd_bp_patches *p)
{
	struct kd_error *err = NULL;

	if (g->c->doc != KD_DOC_NONE) {
		kd_store_doc(g->st, g->c->doc, &g->d);
		add(g, g->c->doc, KD_BP_ANCESTOR, true);
	}
	err = follow(g);
	if (!err && g->c->doc != KD_DOC_NONE) {
		by_patch_id(g, p);
		err = g->c->subject ? by_subject(g) : NULL;
		if (!err)
			err = by_title(g);
	} else if (!err && g->c->subject) {
		err = by_subject_alone(g);
	}
	/* reverts of what was found by patch id and subject */
	if (!err)
		err = follow(g);
	return err ? err : read_reverts(g);
}

struct kd_error *kd_bp_events(const struct kd_relset *r, const struct kd_bp_patches *p, const struct kd_bp_commit *c,
			      struct kd_bp_events *ret)
{
	struct gather g = {.rels = r, .st = r->st, .c = c, .ret = ret, .read = KD_BP_READ_INIT, .own = KD_BP_READ_INIT};
	struct kd_error *err;

	ret->v.n = 0;
	ret->cut = ret->twins = false;
	err = gather(&g, p);
	if (!err && ret->v.n)
		qsort(ret->v.v, ret->v.n, sizeof(*ret->v.v), by_doc);
	kd_bp_read_deinit(&g.read);
	kd_bp_read_deinit(&g.own);
	return err;
}
