// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Trailers whose value is a commit. Fixes: is 12 digits and ("title") by submitting-patches.rst; met are
 * also other lengths, no parentheses, no quotes, a colon, "commit" in front, several in one line or below
 * an empty "Fixes:", a title alone, and a remark behind '#'.
 */
#include "base/alloc.h"
#include "history/commit_internal.h"

static bool skip_word(struct kd_view *v, struct kd_view word)
{
	if (!kd_view_istarts(*v, word) || (v->n > word.n && kd_is_word(v->p[word.n])))
		return false;
	*v = kd_view_from(*v, word.n);
	return true;
}

/* What may stand before an object name. */
static void skip_filler(struct kd_view *v)
{
	bool more = true;

	while (more) {
		size_t n = v->n;

		while (v->n && (kd_is_space(*v->p) || strchr(",;&<[-*", *v->p)))
			*v = kd_view_from(*v, 1);
		if (skip_word(v, KD_V("commits")) || skip_word(v, KD_V("commit")) || skip_word(v, KD_V("and")))
			kd_view_skip(v, KD_V(":"));
		more = v->n != n;
	}
}

/* ", 2022-01-20" behind a title, as git's "reference" format has it. */
static void drop_date(struct kd_view *title)
{
	struct kd_view v = *title;

	if (v.n < 12 || !kd_view_starts(kd_view_from(v, v.n - 12), KD_V(", ")) || v.p[v.n - 3] != '-' ||
	    v.p[v.n - 6] != '-' || !kd_is_digit(v.p[v.n - 1]) || !kd_is_digit(v.p[v.n - 10]))
		return;
	title->n -= 12;
}

static void paint(struct kd_cparse *p, const struct kd_relation *r)
{
	for (uint32_t k = r->line; k < r->line + r->nlines && k < p->c->nlines; k++)
		if (p->c->lines[k].role == KD_LINE_BODY)
			p->c->lines[k].role = KD_LINE_TRAILER;
}

enum { LISTED = 256 }; /* names in one trailer */

/* One or more object names with their titles at the front of v; how many. */
static size_t list(struct kd_cparse *p, enum kd_relation_kind kind, const char *form, struct kd_view v, size_t line)
{
	struct kd_view oid;
	size_t n = 0;

	for (; n < LISTED && !p->nomem; n++) {
		struct kd_relation *r;
		uint32_t extra = 0;

		skip_filler(&v);
		if (!kd_oid_take(&v, &oid))
			break;
		r = kd_commit_relate(p, kind, form, oid, line);
		if (!r)
			break;
		if (kd_view_starts(v, KD_V(">")))
			v = kd_view_from(v, 1);
		if (!kd_oid_title(p, &v, line, &extra, &r->title) && kd_view_starts(v, KD_V(": "))) {
			r->title = kd_view_trim(kd_view_from(v, 2));
			v = KD_VNULL;
		}
		r->nlines += extra;
		line += extra; /* the rest of v is text of that line */
		drop_date(&r->title);
		paint(p, r);
	}
	v = kd_view_trim(v);
	while (n && (kd_view_skip(&v, KD_V("#")) || kd_view_skip(&v, KD_V(".")) || kd_view_skip(&v, KD_V(","))))
		for (skip_filler(&v); kd_oid_take(&v, &oid); skip_filler(&v))
			kd_commit_relate(p, KD_REL_MENTIONED, "remark", oid, line);
	return n;
}

/* Only a title: no URL, bug number, or remark. */
static void title_alone(struct kd_cparse *p, enum kd_relation_kind kind, const char *form, struct kd_view v,
			size_t line)
{
	struct kd_relation *r;
	struct kd_view title;
	uint32_t extra = 0;

	if (kd_view_has(v, KD_V("://")) || kd_view_chr(v, ' ') == KD_NPOS || !v.n || *v.p == '#' ||
	    kd_view_istarts(v, KD_V("CVE-")))
		return;
	if (!kd_oid_title(p, &v, line, &extra, &title))
		title = v;
	r = kd_commit_relate(p, kind, form, KD_VNULL, line);
	if (!r)
		return;
	r->title = title;
	r->nlines += extra;
	r->guessed = true;
	paint(p, r);
}

/* "Fixes:" alone, what it means on the lines below. */
static void below(struct kd_cparse *p, enum kd_relation_kind kind, const char *form, size_t line)
{
	for (size_t i = line + 1; i < p->c->nlines && i < line + 64 && p->c->lines[i].role != KD_LINE_BLANK; i++) {
		struct kd_view v = kd_cline(p, i);

		skip_filler(&v);
		if (!kd_oid_length(v) || !list(p, kind, form, v, i))
			return;
	}
}

struct key {
	struct kd_view key;
	uint8_t kind;
	uint8_t how; /* enum how */
	const char *form;
};

enum how { LIST, TITLES, FIRST };

static const struct key keys[] = {
	{{"Fixes", 5}, KD_REL_FIXES, TITLES, "Fixes:"},
	{{"Stable-dep-of", 13}, KD_REL_DEP_OF, LIST, "Stable-dep-of:"},
	{{"Depends-on", 10}, KD_REL_DEPENDS, LIST, "Depends-on:"},
	{{"Omitted-fix", 11}, KD_REL_OMITS, LIST, "Omitted-fix:"},
	{{"Reverts", 7}, KD_REL_REVERTS, LIST, "Reverts:"},
	{{"Revert", 6}, KD_REL_REVERTS, LIST, "Revert:"},
	{{"Git-commit", 10}, KD_REL_UPSTREAM, LIST, "Git-commit:"}, /* SUSE: kernel-source, README */
	{{"Upstream-commit", 15}, KD_REL_UPSTREAM, LIST, "Upstream-commit:"},
	{{"Upstream", 8}, KD_REL_UPSTREAM, FIRST, "Upstream:"},
	{{"Upstream-Status", 15}, KD_REL_UPSTREAM, FIRST, "Upstream-Status:"}, /* Red Hat, Yocto */
	{{"Origin", 6}, KD_REL_UPSTREAM, FIRST, "Origin:"}, /* Debian's DEP-3 */
};

void kd_commit_trailer_refs(struct kd_cparse *p, const struct kd_trailer *t)
{
	const struct key *k = NULL;
	struct kd_relation *r;
	struct kd_view oid;
	size_t line = t->line + t->nlines - 1;

	for (size_t i = 0; !k && i < KD_ARRAY_LEN(keys); i++)
		if (kd_view_ieq(t->key, keys[i].key))
			k = &keys[i];
	if (!k)
		return;
	if (k->how == FIRST) {
		if (kd_oid_anywhere(t->value, &oid)) {
			r = kd_commit_relate(p, k->kind, k->form, oid, t->line);
			if (r)
				r->nlines = t->nlines;
		}
		return;
	}
	if (!t->value.n)
		below(p, k->kind, k->form, line);
	else if (!list(p, k->kind, k->form, t->value, line) && k->how == TITLES)
		title_alone(p, k->kind, k->form, t->value, line);
}
