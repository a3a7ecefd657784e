// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * backport-check: CVE ids → commits, by a clone of the kernel's vulns repository, else by commits whose message names the id; and what that
 * repository says of branches, where the commits themselves say nothing: which commit of a branch fixes it, what brought it in.
 */
#include "verb/backport_internal.h"

#include "base/alloc.h"
#include "history/term.h"

enum { NAMED_MAX = 64, ARENA_MAX = 256 << 20 };

struct named {
	uint32_t v[NAMED_MAX];
	size_t n;
};

static bool collect(void *user, uint32_t doc)
{
	struct named *f = user;

	if (f->n < NAMED_MAX)
		f->v[f->n++] = doc;
	return f->n < NAMED_MAX;
}

static struct kd_error *put(struct kd_bpv *w, struct kd_view line)
{
	struct kd_bp_commit *c = kd_vec_push(&w->commits, KD_BP_COMMITS_MAX);

	return c ? kd_bp_commit(&w->rels, line, c) : kd_error_new(KD_LIMIT, "too many commits");
}

/* Commits of mainline that name it in their message; a guess. */
static struct kd_error *put_named(struct kd_bpv *w, struct kd_view cve)
{
	struct named f = {.n = 0};
	const size_t before = w->commits.n;

	kd_store_keys(w->h->git, kd_term(KD_KEY_CVE, cve), collect, &f);
	for (size_t i = 0; i < f.n; i++) {
		struct kd_bp_commit *c;

		if (w->rels.mainline.v && !kd_bits_has(&w->rels.mainline, f.v[i]))
			continue;
		c = kd_vec_push(&w->commits, KD_BP_COMMITS_MAX);
		if (c)
			kd_bp_commit_of(w->h->git, f.v[i], c);
	}
	if (w->commits.n == before)
		return kd_error_new(KD_NOTFOUND,
				    "%.*s: no commit of the index names it, and no clone of the kernel's vulns repository is known (--vulns, or "
				    "history.vulns in the configuration)",
				    KD_VARG(cve));
	kd_sheet_note(w->s, "%.*s: commits whose message names it; a clone of the kernel's vulns repository (--vulns) says it for sure", KD_VARG(cve));
	return NULL;
}

/* Where only pairs are known: those fixes that are of mainline. */
static struct kd_error *put_fixed(struct kd_bpv *w, struct kd_view cve, const struct kd_vuln *v)
{
	struct kd_error *err = NULL;
	const size_t before = w->commits.n;

	for (size_t i = 0; i < v->npairs && !err; i++) {
		uint32_t doc;

		if (v->pairs[i].fixed_id.p && kd_store_find(w->h->git, v->pairs[i].fixed_id, &doc) == 1 && kd_bits_has(&w->rels.mainline, doc))
			err = put(w, v->pairs[i].fixed_id);
	}
	if (!err && w->commits.n == before)
		err = kd_error_new(KD_NOTFOUND, "%.*s: none of the commits that fix it is in the index's mainline", KD_VARG(cve));
	return err;
}

struct kd_error *kd_bpv_cve(struct kd_bpv *w, struct kd_view cve, bool *is_ret)
{
	struct kd_view folder = kd_view_of(w->o->vulns);
	struct kd_bpv_cve *slot;
	struct kd_error *err;

	*is_ret = kd_vuln_is_id(cve);
	if (!*is_ret)
		return NULL;
	if (!folder.n && !(w->h->config && kd_config_get(w->h->config, "history.vulns", &folder) && folder.n))
		return put_named(w, cve);
	slot = kd_vec_push(&w->cves, KD_BP_COMMITS_MAX);
	if (!slot)
		return kd_error_new(KD_LIMIT, "too many CVE ids");
	*slot = (struct kd_bpv_cve){.from = w->commits.n};
	err = kd_vuln_read(w->s->arena, folder, cve, &slot->v);
	for (size_t i = 0; !err && i < slot->v.nfixes; i++)
		err = put(w, slot->v.fixes[i]);
	if (!err && !slot->v.nfixes)
		err = put_fixed(w, cve, &slot->v);
	slot->to = w->commits.n;
	return err;
}

/* --- what it says of branches ------------------------------------------------------------------ */

/* The commit of a release that the repository calls the fix there; KD_DOC_NONE: none. */
static uint32_t fix_of(const struct kd_bpv *w, const struct kd_vuln *v, const struct kd_relref *rel)
{
	for (size_t i = 0; i < v->npairs; i++) {
		uint32_t doc;

		if (v->pairs[i].fixed_id.p && kd_store_find(w->h->git, v->pairs[i].fixed_id, &doc) == 1 && kd_bits_has(&rel->has, doc))
			return doc;
	}
	return KD_DOC_NONE;
}

/* Commits that brought it in, each once; 0 when one of them is not known, or it was there ever since. */
static size_t causes_of(const struct kd_bpv *w, const struct kd_vuln *v, struct kd_bp_commit *ret)
{
	size_t n = 0;

	for (size_t i = 0; i < v->npairs; i++) {
		uint32_t doc;
		bool seen = false;

		if (!v->pairs[i].since_id.p || kd_store_find(w->h->git, v->pairs[i].since_id, &doc) != 1)
			return 0;
		for (size_t k = 0; k < n; k++)
			seen = seen || ret[k].doc == doc;
		if (!seen)
			kd_bp_commit_of(w->h->git, doc, &ret[n++]);
	}
	return n;
}

static bool is_free_of(const struct kd_bpv *w, const struct kd_bp_cell *causes, size_t n, size_t release)
{
	for (size_t i = 0; i < n; i++) {
		const struct kd_bp_cell *c = &causes[i * w->rels.v.n + release];

		if (c->state != KD_BP_ABSENT && c->state != KD_BP_NOT_NEEDED)
			return false;
		if (c->guessed)
			return false;
	}
	return n != 0;
}

/* A commit that nothing in the history proves, in one release; causes: cells of what brought it in, n of them. */
static void judge(const struct kd_bpv *w, const struct kd_vuln *v, size_t release, const struct kd_bp_cell *causes, size_t n,
		  struct kd_bp_cell *cell)
{
	const uint32_t fix = fix_of(w, v, &w->rels.v.v[release]);

	if (cell->state == KD_BP_PRESENT || cell->state == KD_BP_PARTLY || cell->reverted_by != KD_DOC_NONE)
		return;
	if (fix != KD_DOC_NONE) {
		*cell = (struct kd_bp_cell){.state = KD_BP_PRESENT, .proof = KD_BP_VULNS, .by = fix, .reverted_by = KD_DOC_NONE,
					    .why = "the vulns repository names this commit as the fix"};
	} else if (is_free_of(w, causes, n, release)) {
		cell->state = KD_BP_NOT_NEEDED;
		cell->why = "what the vulns repository says brought it in is not in the release";
	} else if (n && cell->state == KD_BP_NOT_NEEDED) {
		cell->state = KD_BP_ABSENT;
		cell->why = "what the vulns repository says brought it in is in the release";
	}
}

static struct kd_error *judge_cve(struct kd_bpv *w, const struct kd_bpv_cve *e)
{
	kd_auto(kd_freep) struct kd_bp_commit *causes = kd_xcalloc(e->v.npairs + 1, sizeof(*causes));
	const size_t n = causes_of(w, &e->v, causes), releases = w->rels.v.n;
	kd_auto(kd_freep) struct kd_bp_cell *cells = kd_xcalloc(n * releases + 1, sizeof(*cells));
	struct kd_error *err = n ? kd_bp_check(&w->rels, causes, n, cells) : NULL;

	for (size_t i = e->from; i < e->to && !err; i++)
		for (size_t k = 0; k < releases; k++)
			judge(w, &e->v, k, cells, n, &w->cells[i * releases + k]);
	return err;
}

struct kd_error *kd_bpv_cve_judge(struct kd_bpv *w)
{
	struct kd_error *err = NULL;

	for (size_t i = 0; i < w->cves.n && !err; i++)
		if (w->cves.v[i].v.npairs)
			err = judge_cve(w, &w->cves.v[i]);
	return err;
}
