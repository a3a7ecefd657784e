// SPDX-License-Identifier: GPL-2.0-or-later
/* Which releases have the fix. */
#include <string.h>

#include "base/alloc.h"
#include "history/backport.h"
#include "verb/verify_internal.h"

enum { FIRSTS_MAX = 32 };

/* ---- by the first release with it ---- */

struct firsts {
	struct kd_release v[FIRSTS_MAX];
	size_t n;
};

static struct kd_error *firsts_of(const char *text, struct firsts *f)
{
	struct kd_view rest = kd_view_of(text), name;

	while (kd_view_take_part(&rest, KD_V(","), &name)) {
		name = kd_view_trim(name);
		if (f->n == FIRSTS_MAX)
			return kd_error_new(KD_LIMIT, "more than %d releases", FIRSTS_MAX);
		if (!name.n || !kd_release_parse(name, &f->v[f->n]))
			return kd_error_new(KD_INVALID,
					    "'%.*s' is no release of a kernel (uname -r)",
					    KD_VARG(name));
		f->n++;
	}
	return f->n ? NULL : kd_error_new(KD_INVALID, "--release names no release");
}

static void by_first(const struct firsts *f, struct kd_vfy_release *r)
{
	char series[KD_SERIES_LEN], other[KD_SERIES_LEN];
	struct kd_release rel;
	int c;

	r->side = KD_VFY_UNKNOWN;
	r->why = "it cannot be compared with the release that has the fix";
	for (size_t i = 0; i < f->n; i++)
		if (kd_view_eq(r->text, f->v[i].text)) {
			r->side = KD_VFY_WITH;
			r->why = "the release with the fix";
			return;
		}
	if (!kd_release_parse(r->text, &rel))
		return;
	kd_release_series(&rel, series);
	for (size_t i = 0; i < f->n; i++) {
		if (!kd_release_comparable(&rel, &f->v[i]))
			continue;
		kd_release_series(&f->v[i], other);
		if (strcmp(series, other) != 0) {
			r->why = "another series: its first release with the fix is not known";
			continue;
		}
		c = kd_release_cmp(&rel, &f->v[i]);
		if (c < 0 && (rel.plus || rel.dirty || rel.has_ahead)) {
			r->why = "older, with changes on top that may be the fix";
			return;
		}
		r->side = c < 0 ? KD_VFY_WITHOUT : KD_VFY_WITH;
		r->why = c < 0 ? "older than the first release with the fix"
			       : "as new as the first release with the fix, or newer";
		return;
	}
}

/* ---- by the commit ---- */

/* The index has it as a commit; which of the releases has it? */
struct asked {
	size_t at; /* in the set; SIZE_MAX: the index does not know the release */
	bool changed;
};

static void by_cell(const struct kd_bp_cell *c, bool changed, struct kd_vfy_release *r)
{
	r->side = KD_VFY_UNKNOWN;
	if (c->guessed && c->state != KD_BP_UNKNOWN) {
		r->why = c->why ? c->why : "the index is not sure";
		return;
	}
	switch ((enum kd_bp_state)c->state) {
	case KD_BP_PRESENT:
		r->side = KD_VFY_WITH;
		r->why = kd_bp_proof_name(c->proof);
		break;
	case KD_BP_ABSENT:
		r->side = changed ? KD_VFY_UNKNOWN : KD_VFY_WITHOUT;
		r->why = changed ? "absent in what it is based on; it has changes on top that the "
				   "index does not know"
				 : "no commit of it is the fix";
		break;
	case KD_BP_PARTLY:
		r->why = "it has a part of the fix";
		break;
	case KD_BP_NOT_NEEDED:
		r->why = "it lacks the fix, and what the fix is for";
		break;
	case KD_BP_UNKNOWN:
		r->why = c->why ? c->why : "the index cannot tell";
		break;
	}
}

static struct kd_error *add_releases(struct kd_relset *set, struct kd_vfy_release *v, size_t n,
				     struct asked *asked)
{
	for (size_t i = 0; i < n; i++) {
		struct kd_error *err = set->v.n < KD_RELSET_MAX
					       ? kd_relset_add_kernel(set, v[i].text, &asked[i].at,
								      &asked[i].changed)
					       : kd_error_new(KD_LIMIT, "too many");

		if (!err)
			continue;
		asked[i].at = SIZE_MAX;
		v[i].side = KD_VFY_UNKNOWN;
		v[i].why = err->cls == KD_LIMIT ? "too many releases to ask the index for"
						: "the index does not know what it was built from "
						  "([release] of the configuration says it)";
		if (err->cls != KD_NOTFOUND && err->cls != KD_LIMIT && err->cls != KD_INVALID)
			return err;
		kd_error_free(err);
	}
	return NULL;
}

static struct kd_error *ask(const struct kd_history *h, const char *commit,
			    struct kd_vfy_release *v, size_t n, struct asked *asked)
{
	kd_auto(kd_freep) struct kd_bp_cell *cells = NULL;
	struct kd_relset set;
	struct kd_bp_commit c;
	struct kd_error *err;

	kd_relset_init(&set, h->git, h->config);
	err = kd_bp_commit(&set, kd_view_of(commit), &c);
	if (!err)
		err = add_releases(&set, v, n, asked);
	if (!err && set.v.n) {
		cells = kd_xcalloc(set.v.n, sizeof(*cells));
		err = kd_bp_check(&set, &c, 1, cells);
	}
	for (size_t i = 0; i < n && !err; i++)
		if (asked[i].at < set.v.n)
			by_cell(&cells[asked[i].at], asked[i].changed, &v[i]);
	kd_relset_deinit(&set);
	return err;
}

static struct kd_error *by_commit(struct kd_vfy_fix *fix, struct kd_vfy_release *v, size_t n)
{
	kd_auto(kd_freep) struct asked *asked = kd_xcalloc(n + 1, sizeof(*asked));
	struct kd_error *err =
		fix->history ? NULL : kd_history_open(fix->ctx, fix->store, false, &fix->history);

	if (err && err->cls == KD_NOTFOUND) {
		kd_error_free(err);
		return kd_error_new(KD_NOTFOUND,
				    "which releases have the commit is not known, since no tree "
				    "was indexed: 'kdoc index git TREE' does it; or "
				    "name the first release with the fix by --release");
	}
	return err ? err : ask(fix->history, fix->commit, v, n, asked);
}

struct kd_error *kd_vfy_classify(struct kd_vfy_fix *fix, struct kd_vfy_release *v, size_t n)
{
	struct firsts f = {.n = 0};
	struct kd_error *err;

	if (fix->commit)
		return by_commit(fix, v, n);
	err = firsts_of(fix->release, &f);
	for (size_t i = 0; i < n && !err; i++)
		by_first(&f, &v[i]);
	return err;
}
