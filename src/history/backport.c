// SPDX-License-Identifier: GPL-2.0-or-later
#include "history/backport.h"

#include "base/alloc.h"
#include "base/hash.h"
#include "base/hashmap.h"
#include "history/bpevent.h"
#include "history/term.h"

enum { FIXES_MAX = 64, MIN_DIGITS = 7 };

const char *kd_bp_state_name(unsigned state)
{
	static const char *const names[] = {"absent", "present", "partly", "not_needed", "unknown"};

	return state < KD_ARRAY_LEN(names) ? names[state] : "unknown";
}

const char *kd_bp_proof_name(unsigned proof)
{
	static const char *const names[] = {"none", "ancestor", "upstream_line", "cherry_pick_line", "patch_id", "subject", "content", "vulns"};

	return proof < KD_ARRAY_LEN(names) ? names[proof] : "none";
}

/* --- which commit ------------------------------------------------------------------------------ */

void kd_bp_commit_of(const struct kd_store *st, uint32_t doc, struct kd_bp_commit *ret)
{
	struct kd_seg_doc d;

	kd_store_doc(st, doc, &d);
	*ret = (struct kd_bp_commit){.digits = 2 * KD_SEG_OID, .doc = doc, .subject = d.subject};
	memcpy(ret->oid, d.oid, KD_SEG_OID);
}

struct named {
	const struct kd_bits *mainline;
	uint32_t doc, original; /* original: of mainline */
	unsigned n, originals;
};

static bool count(void *user, uint32_t doc)
{
	struct named *f = user;

	f->doc = f->n++ ? f->doc : doc;
	if (kd_bits_has(f->mainline, doc) && !f->originals++)
		f->original = doc;
	return f->originals < 2;
}

static uint64_t subject_key(struct kd_view subject)
{
	kd_auto(kd_arena_deinit) struct kd_arena a = KD_ARENA_INIT(1 << 20);
	struct kd_view prefix, key;

	subject = kd_view_trim(subject);
	if (!subject.n)
		return 0;
	key = kd_commit_title_key(&a, kd_commit_title(subject, &prefix));
	return key.n ? kd_term(KD_KEY_SUBJECT, key) : 0;
}

/* Backports have the subject of the original: of several commits the one of mainline is meant. */
static struct kd_error *find_subject(const struct kd_relset *r, struct kd_view text, struct kd_bp_commit *ret)
{
	struct named f = {.mainline = &r->mainline};

	ret->subject = subject_key(text);
	kd_store_keys(r->st, ret->subject, count, &f);
	if (!ret->subject || !f.n)
		return kd_error_new(KD_NOTFOUND, "'%.*s' is no commit's id, and no commit of the index has this subject", KD_VARG(text));
	if (f.n > 1 && f.originals != 1)
		return kd_error_new(KD_INVALID, "several commits have the subject '%.*s': give an id", KD_VARG(text));
	kd_bp_commit_of(r->st, f.n > 1 ? f.original : f.doc, ret);
	return NULL;
}

struct kd_error *kd_bp_commit(const struct kd_relset *r, struct kd_view text, struct kd_bp_commit *ret)
{
	const struct kd_store *st = r->st;
	struct kd_view rest = text, id;
	unsigned digits;

	*ret = (struct kd_bp_commit){.doc = KD_DOC_NONE};
	if (kd_view_take_word(&rest, &id) && id.n >= MIN_DIGITS && id.n <= 2 * KD_SEG_OID && kd_oid_parse(id, ret->oid, &digits)) {
		switch (kd_store_find(st, id, &ret->doc)) {
		case 1:
			kd_bp_commit_of(st, ret->doc, ret);
			return NULL;
		case 2:
			return kd_error_new(KD_INVALID, "several commits begin with %.*s: give more digits", KD_VARG(id));
		default:
			ret->doc = KD_DOC_NONE;
			ret->digits = (uint8_t)digits;
			ret->subject = subject_key(rest);
			return NULL;
		}
	}
	return find_subject(r, text, ret);
}

/* --- cells ------------------------------------------------------------------------------------- */

/* Of the events that a release contains the last one decides; the best proof of what is there now is given. */
static void decide(const struct kd_bp_events *ev, const struct kd_relref *rel, struct kd_bp_cell *cell)
{
	const struct kd_bp_event *best = NULL, *revert = NULL, *part = NULL;

	*cell = (struct kd_bp_cell){.by = KD_DOC_NONE, .reverted_by = KD_DOC_NONE};
	kd_vec_each(e, &ev->v) {
		if (!kd_bits_has(&rel->has, e->doc))
			continue;
		if (e->apply) {
			if (revert || !best || e->proof < best->proof)
				best = e;
			revert = NULL;
		} else if (e->partial) {
			part = e;
		} else {
			revert = e;
		}
	}
	if (part && best && part->doc < best->doc)
		part = NULL; /* applied again since */
	if (best && !revert) {
		cell->state = part ? KD_BP_PARTLY : KD_BP_PRESENT;
		cell->proof = best->proof;
		cell->guessed = best->guessed;
		cell->why = part ? "a part of it was reverted" : best->why;
		cell->reverted_by = part ? part->doc : KD_DOC_NONE;
	}
	if (best)
		cell->by = best->doc;
	if (best && revert) {
		cell->reverted_by = revert->doc;
		cell->guessed = revert->guessed;
		cell->why = revert->why ? revert->why : "it was there and was reverted";
	}
}

static void doubts(const struct kd_bp_events *ev, const struct kd_relref *rel, const struct kd_bp_commit *c, struct kd_bp_cell *cell)
{
	if (cell->state != KD_BP_ABSENT || cell->reverted_by != KD_DOC_NONE)
		return;
	if (ev->cut) {
		cell->state = KD_BP_UNKNOWN;
		cell->why = "too many commits name it";
	} else if (rel->shallow) {
		cell->state = KD_BP_UNKNOWN;
		cell->why = "the release's tree is not in the index as a whole";
	} else if (c->doc == KD_DOC_NONE && !c->subject) {
		cell->state = KD_BP_UNKNOWN;
		cell->why = "the commit is not in the index: only lines that name it could be looked for";
	} else if (c->doc == KD_DOC_NONE) {
		cell->guessed = true;
		cell->why = "the commit is not in the index: only its id and its subject could be looked for";
	}
}

static struct kd_error *fill(const struct kd_relset *r, const struct kd_bp_commit *c, size_t n, struct kd_bp_cell *cells)
{
	struct kd_bp_patches p;
	struct kd_bp_events ev = {.cut = false};
	struct kd_error *err = NULL;

	kd_bp_patches_make(r->st, c, n, &p);
	for (size_t i = 0; i < n && !err; i++) {
		err = kd_bp_events(r, &p, &c[i], &ev);
		for (size_t k = 0; k < r->v.n && !err; k++) {
			decide(&ev, &r->v.v[k], &cells[i * r->v.n + k]);
			doubts(&ev, &r->v.v[k], &c[i], &cells[i * r->v.n + k]);
		}
	}
	kd_vec_free(&ev.v);
	kd_bp_patches_deinit(&p);
	return err;
}

struct kd_error *kd_bp_carriers(const struct kd_relset *r, const struct kd_bp_commit *c, bool (*fn)(void *user, uint32_t doc), void *user)
{
	struct kd_bp_patches p;
	struct kd_bp_events ev = {.cut = false};
	struct kd_error *err;

	kd_bp_patches_make(r->st, c, 1, &p);
	err = kd_bp_events(r, &p, c, &ev);
	for (size_t i = 0; i < ev.v.n && !err; i++)
		if (ev.v.v[i].apply && !fn(user, ev.v.v[i].doc))
			break;
	kd_vec_free(&ev.v);
	kd_bp_patches_deinit(&p);
	return err;
}

/* --- is it needed? ----------------------------------------------------------------------------- */

struct pair {
	uint32_t commit, target; /* target UINT32_MAX: one that the index does not have */
};

/* Commits that are named by Fixes: of those that are absent somewhere, each once, with its cells. */
struct targets {
	KD_VEC(struct kd_bp_commit) v;
	KD_VEC(struct pair) pairs;
};

static bool absent_somewhere(const struct kd_bp_cell *row, size_t n)
{
	for (size_t k = 0; k < n; k++)
		if (row[k].state == KD_BP_ABSENT && row[k].reverted_by == KD_DOC_NONE)
			return true;
	return false;
}

static void put_target(const struct kd_store *st, struct targets *t, struct kd_hashmap *seen, uint32_t commit, struct kd_view oid)
{
	uint32_t doc, at = UINT32_MAX;
	struct pair *pair;

	if (oid.p && kd_store_find(st, kd_view_head(oid, 2 * KD_SEG_OID), &doc) == 1) {
		char key[16];
		bool is_new = false;
		struct kd_hashmap_entry *e;

		memcpy(key, &doc, sizeof(doc));
		e = kd_hashmap_add(seen, kd_view(key, sizeof(doc)), &is_new);
		if (e && is_new) {
			struct kd_bp_commit *c = kd_vec_push(&t->v, KD_BP_COMMITS_MAX);

			e->num = t->v.n;
			if (c)
				kd_bp_commit_of(st, doc, c);
		}
		if (e && e->num)
			at = (uint32_t)e->num - 1;
	}
	pair = kd_vec_push(&t->pairs, (size_t)KD_BP_COMMITS_MAX * 8);
	if (pair)
		*pair = (struct pair){commit, at};
}

static struct kd_error *find_targets(const struct kd_relset *r, const struct kd_bp_commit *c, size_t n, const struct kd_bp_cell *cells,
				     struct targets *t)
{
	kd_auto(kd_arena_deinit) struct kd_arena keys = KD_ARENA_INIT((size_t)64 << 20);
	kd_auto(kd_hashmap_deinit) struct kd_hashmap seen = KD_HASHMAP_INIT(KD_BP_COMMITS_MAX, &keys);
	struct kd_bp_read read = KD_BP_READ_INIT;
	struct kd_error *err = NULL;

	for (size_t i = 0; i < n && !err; i++) {
		struct kd_seg_doc d;
		size_t left = FIXES_MAX;

		if (c[i].doc == KD_DOC_NONE || !absent_somewhere(cells + i * r->v.n, r->v.n))
			continue;
		kd_store_doc(r->st, c[i].doc, &d);
		if (!(d.flags & KD_DOC_HAS_FIXES))
			continue;
		err = kd_bp_read(r->st, c[i].doc, &read);
		for (size_t k = 0; !err && k < read.c.nrelations && left; k++)
			if (read.c.relations[k].kind == KD_REL_FIXES)
				/* one that is not looked at any more is as one that is not known */
				put_target(r->st, t, &seen, (uint32_t)i, --left ? read.c.relations[k].oid : KD_VNULL);
	}
	kd_bp_read_deinit(&read);
	return err;
}

/* A target that is absent for sure: neither doubt nor revert. */
static bool surely_absent(const struct kd_bp_cell *cell)
{
	return cell->state == KD_BP_ABSENT && !cell->guessed && cell->reverted_by == KD_DOC_NONE;
}

/* The pairs of one commit, from i on; where those of the next begin. */
static size_t judge_need(const struct kd_relset *r, const struct targets *t, size_t i, const struct kd_bp_cell *of, struct kd_bp_cell *cells)
{
	const uint32_t commit = t->pairs.v[i].commit;
	size_t end = i;

	while (end < t->pairs.n && t->pairs.v[end].commit == commit)
		end++;
	for (size_t k = 0; k < r->v.n; k++) {
		struct kd_bp_cell *cell = &cells[(size_t)commit * r->v.n + k];
		bool needed = cell->state != KD_BP_ABSENT || cell->reverted_by != KD_DOC_NONE;

		for (size_t p = i; p < end && !needed; p++)
			needed = t->pairs.v[p].target == UINT32_MAX || !surely_absent(&of[(size_t)t->pairs.v[p].target * r->v.n + k]);
		if (!needed) {
			cell->state = KD_BP_NOT_NEEDED;
			cell->why = "what it fixes is not in the release";
		}
	}
	return end;
}

struct kd_error *kd_bp_need(const struct kd_relset *r, const struct kd_bp_commit *c, size_t n, struct kd_bp_cell *cells)
{
	struct targets t = {0};
	kd_auto(kd_freep) struct kd_bp_cell *of = NULL;
	struct kd_error *err = find_targets(r, c, n, cells, &t);

	if (!err && t.v.n) {
		of = kd_xcalloc(t.v.n * r->v.n + 1, sizeof(*of));
		err = fill(r, t.v.v, t.v.n, of);
	}
	for (size_t i = 0; !err && i < t.pairs.n;)
		i = judge_need(r, &t, i, of, cells);
	kd_vec_free(&t.v);
	kd_vec_free(&t.pairs);
	return err;
}

struct kd_error *kd_bp_check(const struct kd_relset *r, const struct kd_bp_commit *c, size_t n, struct kd_bp_cell *cells)
{
	struct kd_error *err = fill(r, c, n, cells);

	return err ? err : kd_bp_need(r, c, n, cells);
}
