// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reverts. git revert writes the subject `Revert "title"` (for a second one `Reapply "title"` since 2.43) and
 * "This reverts commit ID." Android and ChromeOS write Revert^2, Reland. People write "This partially
 * reverts …", 'subsys: Revert "title"', "Revert ID (…)". What only speaks of a revert is a mention.
 */
#include "base/alloc.h"
#include "history/commit_internal.h"

/* ---- the subject ---- */

enum op { NONE, REVERT, REAPPLY };

/* `Revert "`, `Revert^2 "`, `Reapply "`, `Reland "` off the front, and the closing mark off the end. */
static enum op take_op(struct kd_view *v)
{
	struct kd_view w = *v;
	enum op op = NONE;
	uint64_t n = 1;

	if (kd_view_skip(&w, KD_V("Revert")) || kd_view_skip(&w, KD_V("revert")))
		op = kd_view_skip(&w, KD_V("^")) && kd_view_take_dec(&w, &n) && n % 2 == 0 ? REAPPLY : REVERT;
	else if (kd_view_skip(&w, KD_V("Reapply")) || kd_view_skip(&w, KD_V("Reland")) || kd_view_skip(&w, KD_V("Re-apply")))
		op = REAPPLY;
	kd_view_skip_blank(&w);
	if (op == NONE || !(kd_view_skip(&w, KD_V("\"")) || kd_view_skip(&w, KD_V("\xe2\x80\x9c"))))
		return NONE;
	w = kd_view_trim(w);
	if (!(kd_view_ends(w, KD_V("\"")) ? w.n-- : kd_view_ends(w, KD_V("\xe2\x80\x9d")) ? (w.n -= 3) : 0))
		w = kd_view_trim(w); /* cut off, as long titles are */
	*v = w;
	return w.n ? op : NONE;
}

static void by_title(struct kd_cparse *p, enum op op, struct kd_view title, const char *form, bool partial)
{
	struct kd_relation *r;

	r = kd_commit_relate(p, op == REVERT ? KD_REL_REVERTS : KD_REL_REAPPLIES, form, KD_VNULL, 0);
	if (!r)
		return;
	r->title = title;
	r->guessed = true;
	r->partial = partial;
}

/* The part of the subject that says it: at the front or behind "subsys: ". */
static struct kd_view revert_part(struct kd_view v, bool *partial)
{
	static const struct kd_view words[] = {{"Revert", 6}, {"Reapply", 7}, {"Reland", 6}, {"Re-apply", 8}, {"revert", 6}};
	static const struct kd_view parts[] = {{"Partially revert", 16}, {"partially revert", 16}, {"Partial revert", 14}};

	*partial = false;
	for (;;) {
		size_t at;

		for (size_t i = 0; i < KD_ARRAY_LEN(words); i++)
			if (kd_view_starts(v, words[i]))
				return v;
		for (size_t i = 0; i < KD_ARRAY_LEN(parts); i++)
			if (kd_view_starts(v, parts[i])) {
				*partial = true;
				return kd_view_from(v, parts[i].n - 6);
			}
		at = kd_view_find(v, KD_V(": "));
		if (at == KD_NPOS || at > 60 || kd_view_chr(kd_view_head(v, at), '"') != KD_NPOS)
			return KD_VNULL;
		v = kd_view_trim(kd_view_from(v, at + 2));
	}
}

static size_t first_line(const struct kd_cparse *p)
{
	size_t i = 0;

	while (i < p->c->nlines && p->c->lines[i].role == KD_LINE_BLANK)
		i++;
	return i;
}

void kd_commit_subject_refs(struct kd_cparse *p)
{
	struct kd_view v = p->c->title, inner, oid;
	bool partial, in = true;
	enum op op, ops[8];
	size_t n = 0, at = first_line(p);
	size_t before = p->relations.n;

	p->c->autosel = p->c->autosel || kd_view_has(p->c->prefix, KD_V("AUTOSEL"));
	v = revert_part(v, &partial);
	if (!v.n)
		return;
	inner = v;
	op = take_op(&inner);
	if (op != NONE) {
		by_title(p, op, inner, op == REVERT ? "Revert \"title\"" : "Reapply \"title\"", partial);
		ops[n++] = op;
		while (n < KD_ARRAY_LEN(ops) && (op = take_op(&inner)) != NONE)
			ops[n++] = op;
		for (size_t i = n; i-- > 0;)
			in = ops[i] == REAPPLY || !in;
		if (n > 1)
			by_title(p, in ? REAPPLY : REVERT, inner, "Revert \"Revert \"title\"\"", partial);
	} else if (kd_view_skip(&v, KD_V("Revert")) || kd_view_skip(&v, KD_V("revert"))) {
		kd_view_skip_blank(&v);
		if (kd_view_skip(&v, KD_V("of ")) || kd_view_skip(&v, KD_V("to ")))
			kd_view_skip_blank(&v);
		if (kd_view_skip(&v, KD_V("commit ")))
			kd_view_skip_blank(&v);
		if (kd_oid_take(&v, &oid)) {
			struct kd_relation *r = kd_commit_relate(p, KD_REL_REVERTS, "Revert X (subject)", oid, at);

			if (r && kd_oid_title(p, &v, p->c->nlines, &r->nlines, &r->title))
				r->partial = partial;
		}
	}
	for (size_t i = before; i < p->relations.n; i++)
		p->relations.v[i].line = (uint32_t)at;
}

/* ---- the text ---- */

/* "commit", "commits", "the following commits:" … off the front; false when something else stands there. */
static void skip_commit_words(struct kd_view *v)
{
	static const struct kd_view words[] = {{"commits", 7}, {"commit", 6}, {"the", 3}, {"upstream", 8}, {"and", 3},
						{"following", 9}, {"of", 2}, {"part", 4}, {"parts", 5}, {"also", 4}, {"patch", 5}, {"stable", 6}, {"Commit", 6}, {"mainline", 8}};
	bool more = true;

	while (more) {
		more = false;
		while (v->n && (kd_is_blank(*v->p) || strchr(",:&*-", *v->p)))
			*v = kd_view_from(*v, 1);
		for (size_t i = 0; i < KD_ARRAY_LEN(words); i++)
			if (kd_view_starts(*v, words[i]) && (v->n == words[i].n || !kd_is_word(v->p[words[i].n]))) {
				*v = kd_view_from(*v, words[i].n);
				more = true;
			}
	}
}

enum { LISTED = 64 };

/* Object names with titles from v on, over following lines as long as each begins with one. */
static void revert_list(struct kd_cparse *p, struct kd_view v, size_t i, bool partial)
{
	for (unsigned n = 0; n < LISTED && !p->nomem; n++) {
		struct kd_relation *r;
		struct kd_view oid, title;
		uint32_t extra = 0;

		skip_commit_words(&v);
		if (!v.n && i + 1 < p->c->nlines && p->c->lines[i + 1].role == KD_LINE_BODY) {
			v = kd_view_trim(kd_cline(p, ++i));
			skip_commit_words(&v);
		}
		if (!kd_oid_take(&v, &oid))
			return;
		r = kd_commit_relate(p, KD_REL_REVERTS, partial ? "This partially reverts X" : "This reverts commit X", oid, i);
		if (!r)
			return;
		r->partial = partial;
		title = v;
		kd_view_skip_blank(&title);
		if (kd_view_starts(title, KD_V("(\"")) && kd_oid_title(p, &v, i, &extra, &r->title)) {
			r->nlines += extra;
			i += extra;
		}
		if (v.n && !kd_view_starts(v, KD_V(",")) && !kd_view_istarts(v, KD_V(" and ")) &&
		    !kd_view_istarts(v, KD_V(" & ")) && !kd_view_eq(v, KD_V(" and")))
			return;
	}
}

/* Where the last "This " begins, or "this " behind an adverb: "Essentially, this reverts …". */
static size_t this_before(struct kd_view v)
{
	size_t at = kd_view_rchr(v, 'T');

	if (at != KD_NPOS && kd_view_starts(kd_view_from(v, at), KD_V("This ")))
		return at;
	for (at = v.n; at-- > 4;)
		if (kd_view_starts(kd_view_from(v, at), KD_V(" this ")) &&
		    (kd_view_ends(kd_view_head(v, at), KD_V("ly")) || kd_view_ends(kd_view_head(v, at), KD_V("ly,"))))
			return at + 1;
	return KD_NPOS;
}

/* "This [partially|mostly|commit|patch …] reverts ": true, and *v is behind it. */
static bool this_reverts(struct kd_view *v, bool *partial)
{
	struct kd_view w = *v, word;
	size_t at;

	for (;;) {
		at = kd_view_find(w, KD_V("reverts"));
		if (at == KD_NPOS)
			return false;
		word = kd_view_head(w, at); /* what stands before it, back to "This" */
		w = kd_view_from(w, at + 7);
		at = this_before(word);
		if (at == KD_NPOS || word.n - at > 40 || (w.n && kd_is_word(*w.p)))
			continue;
		word = kd_view_from(word, at + 5);
		if (kd_view_has(word, KD_V(".")) || kd_view_has(word, KD_V("not ")) || kd_view_has(word, KD_V("if ")))
			continue;
		*partial = kd_view_has(word, KD_V("part")) || kd_view_has(word, KD_V("mostly"));
		*v = w;
		return true;
	}
}

/* "Revert commit X", "Reverts X", "Full revert of commit X" that begin a paragraph. */
static bool imperative(struct kd_view *v, bool *partial)
{
	static const struct kd_view leads[] = {
		{"Revert ", 7}, {"Reverts ", 8}, {"Full revert of ", 15}, {"Partial revert of ", 18},
		{"Partially revert ", 17}, {"Partially reverts ", 18}, {"This is a revert of ", 20},
		{"This is a partial revert of ", 28}, {"Reverting ", 10},
	};
	static const struct kd_view doubts[] = {
		{"needed", 6}, {"should", 6}, {"would", 5}, {"necessary", 9}, {"required", 8}, {" fixes", 6}, {" helps", 6},
		{" makes", 6}, {" solves", 7}, {" is ", 4}, {" resolves", 9}, {" can ", 5}, {" does ", 6}, {" may ", 5},
		{" could ", 7},
	};

	for (size_t i = 0; i < KD_ARRAY_LEN(leads); i++) {
		struct kd_view w = *v;

		if (!kd_view_skip(&w, leads[i]))
			continue;
		for (size_t k = 0; k < KD_ARRAY_LEN(doubts); k++)
			if (kd_view_has(w, doubts[k]))
				return false;
		*partial = kd_view_has(leads[i], KD_V("artial"));
		*v = w;
		return true;
	}
	return false;
}

void kd_commit_revert_line(struct kd_cparse *p, size_t i)
{
	struct kd_view v = kd_cline(p, i);
	bool partial;

	if (this_reverts(&v, &partial))
		revert_list(p, v, i, partial || kd_view_istarts(kd_view_trim(v), KD_V("part")));
	else if (v.n && (*v.p == 'R' || *v.p == 'F' || *v.p == 'P' || *v.p == 'T') && kd_commit_paragraph(p, i) &&
		 imperative(&v, &partial))
		revert_list(p, v, i, partial);
}
