// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the text says of other commits. Who writes what:
 *   stable   "commit X upstream.", "[ Upstream commit X ]" (Documentation/process/stable-kernel-rules.rst)
 *   git      "(cherry picked from commit X)" of cherry-pick -x; Ubuntu adds "(backported from commit X)" and
 *            a repository: "(cherry picked from commit X linux-next)"
 *   openEuler "mainline inclusion" / "from mainline-v5.10" / "commit X" in one paragraph; with "stable
 *            inclusion" X is the stable tree's commit
 *   Red Hat  "JIRA: …" or "Bugzilla: …", then "commit X" / "Author: …" above the indented original message
 *   SUSE, Debian, Red Hat's "Upstream Status:": trailers, see commit_fixes.c
 * All others are mentions, whatever words stand around them.
 */
#include "base/alloc.h"
#include "history/commit_internal.h"

struct kd_relation *kd_commit_relate(struct kd_cparse *p, enum kd_relation_kind kind, const char *form,
				     struct kd_view oid, size_t line)
{
	struct kd_relation *r = kd_cpush(p, relations);

	if (!r)
		return NULL;
	r->kind = (uint8_t)kind;
	r->form = form;
	r->oid = oid;
	r->line = (uint32_t)line;
	r->nlines = 1;
	return r;
}

bool kd_commit_paragraph(const struct kd_cparse *p, size_t i)
{
	return i == 0 || p->c->lines[i - 1].role != KD_LINE_BODY;
}

/* ---- cherry-picks ---- */

static bool skip_any(struct kd_view *v, const struct kd_view *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (kd_view_istarts(*v, words[i])) {
			*v = kd_view_from(*v, words[i].n);
			kd_view_skip_blank(v);
			return true;
		}
	return false;
}

/* Everything up to an object name inside a URL: "https://host/q/commit:X", "…?id=X". */
static bool oid_in_url(struct kd_view *v, struct kd_view *oid, struct kd_view *url)
{
	struct kd_view w = *v, word;

	if (!kd_view_starts(w, KD_V("http")) || !kd_view_take_word(&w, &word))
		return false;
	while (word.n && strchr(")],.", word.p[word.n - 1]))
		word.n--;
	for (size_t i = word.n; i-- > 1;)
		if (!kd_is_word(word.p[i - 1]) && kd_oid_length(kd_view_from(word, i)) >= 7) {
			*oid = kd_view_from(word, i);
			oid->n = kd_oid_length(*oid);
			*url = word;
			*v = w;
			return true;
		}
	return false;
}

static bool cherry_pick(struct kd_cparse *p, size_t i)
{
	static const struct kd_view leads[] = {
		{"cherry picked from", 18}, {"cherry-picked from", 18}, {"backported from", 15}, {"cherry picked", 13},
		{"picked from", 11}, {"cherry-pick from", 16},
	};
	static const struct kd_view fill[] = {{"upstream commit", 15}, {"commit", 6}, {"upstream", 8}, {"id", 2}};
	struct kd_view v = kd_cline(p, i), oid, repo = KD_VNULL;
	struct kd_relation *r;
	size_t line = i, end;
	bool back;

	while (v.n && (kd_is_space(*v.p) || strchr("([-*", *v.p)))
		v = kd_view_from(v, 1);
	back = kd_view_istarts(v, KD_V("back"));
	if (!v.n || !strchr("cCbBpP", *v.p) || !skip_any(&v, leads, KD_ARRAY_LEN(leads)))
		return false;
	if (skip_any(&v, fill, KD_ARRAY_LEN(fill)))
		kd_view_skip(&v, KD_V(":"));
	kd_view_skip_blank(&v);
	if (!v.n && i + 1 < p->c->nlines)
		v = kd_view_trim(kd_cline(p, ++line));
	if (!kd_oid_take(&v, &oid) && !oid_in_url(&v, &oid, &repo))
		return false;
	r = kd_commit_relate(p, KD_REL_CHERRY_PICK, back ? "backported from commit X" : "cherry picked from commit X", oid, i);
	if (!r)
		return true;
	r->nlines = (uint32_t)(line - i + 1);
	kd_view_skip_blank(&v);
	if (kd_view_starts(v, KD_V("(\"")))
		kd_oid_title(p, &v, line, &r->nlines, &r->title);
	end = kd_view_chr(v, ')');
	v = kd_view_trim(kd_view_head(v, end == KD_NPOS ? 0 : end));
	r->repo = repo.n ? repo : v.n ? v : KD_VNULL;
	return true;
}

/* ---- upstream ---- */

/* The inside of "[ … ]" or "( … )" when that is all of the line. */
static struct kd_view unbracket(struct kd_view v, bool *bracket)
{
	v = kd_view_trim(v);
	*bracket = v.n > 2 && ((*v.p == '[' && v.p[v.n - 1] == ']') || (*v.p == '(' && v.p[v.n - 1] == ')'));
	return *bracket ? kd_view_trim(kd_view(v.p + 1, v.n - 2)) : v;
}

struct lead {
	struct kd_view text;
	bool upstream; /* says "upstream" itself; else that must follow */
	const char *form;
};

static const struct lead leads[] = {
	{{"upstream commits", 16}, true, "Upstream commit X"},
	{{"upstream commit id", 18}, true, "Upstream commit X"},
	{{"upstream commit", 15}, true, "Upstream commit X"},
	{{"upstream-commit", 15}, true, "Upstream commit X"},
	{{"upstream linux commit", 21}, true, "Upstream commit X"},
	{{"mainline commit", 15}, true, "mainline commit X"},
	{{"linux upstream commit", 21}, true, "Upstream commit X"},
	{{"this is upstream commit", 23}, true, "Upstream commit X"},
	{{"this is a backport of upstream commit", 37}, true, "backport of upstream commit X"},
	{{"this is a backport of commit", 28}, true, "backport of commit X"},
	{{"backport of upstream commit", 27}, true, "backport of upstream commit X"},
	{{"backport upstream commit", 24}, true, "backport of upstream commit X"},
	{{"backport of commit", 18}, true, "backport of commit X"},
	{{"upstream", 8}, true, "Upstream X"},
	{{"this is commit", 14}, false, "commit X upstream"},
	{{"commits", 7}, false, "commit X upstream"},
	{{"commit", 6}, false, "commit X upstream"},
};

/* "upstream", "in mainline", … off the front. */
static bool says_upstream(struct kd_view *v)
{
	static const struct kd_view tails[] = {
		{"upstream", 8}, {"in mainline", 11}, {"in upstream", 11}, {"from upstream", 13}, {"of upstream", 11},
		{"from mainline", 13}, {"in linus' tree", 14}, {"in linus's tree", 15}, {"in linus tree", 13},
		{"mainline", 8}, {"in linux-next", 13}, {"from linux-next", 15}, {"linux-next", 10}, {"of mainline", 11},
	};

	for (size_t i = 0; i < KD_ARRAY_LEN(tails); i++)
		if (kd_view_istarts(*v, tails[i]) && (v->n == tails[i].n || !kd_is_word(v->p[tails[i].n]))) {
			*v = kd_view_from(*v, tails[i].n);
			return true;
		}
	return false;
}

/* May that be the end of such a line? Words that go on make a sentence of it, and so a mention. */
static bool ends_here(struct kd_view v)
{
	v = kd_view_trim(v);
	return !v.n || kd_view_eq(v, KD_V(".")) || kd_view_eq(v, KD_V(",")) || kd_view_eq(v, KD_V(";")) ||
	       kd_view_starts(v, KD_V(". ")) || kd_view_starts(v, KD_V("for ")) || kd_view_eq(v, KD_V("]"));
}

/* The next line goes on with the sentence. */
static bool runs_on(const struct kd_cparse *p, size_t i, struct kd_view v)
{
	struct kd_view next;

	if (kd_view_ends(kd_view_trim(v), KD_V(".")) || i + 1 >= p->c->nlines || p->c->lines[i + 1].role != KD_LINE_BODY)
		return false;
	next = kd_cline(p, i + 1);
	return next.n && *next.p >= 'a' && *next.p <= 'z' && !kd_view_starts(next, KD_V("commit ")) &&
	       !kd_view_starts(next, KD_V("upstream")) && kd_commit_separator(next) == KD_NPOS;
}

enum { LISTED = 64 }; /* names in one sentence */

/* "X", "X and Y", "X (\"title\")" off the front, each an UPSTREAM of the form. */
static void upstream_list(struct kd_cparse *p, size_t i, const char *form, struct kd_view *v)
{
	struct kd_relation *r;
	struct kd_view oid, title;
	uint32_t extra;

	for (unsigned n = 0; n < LISTED && v->n; n++, i += extra) {
		extra = 0;
		while (v->n && (kd_is_blank(*v->p) || strchr(":,#", *v->p)))
			*v = kd_view_from(*v, 1);
		if (kd_view_skip(v, KD_V("and ")) || kd_view_skip(v, KD_V("commit ")))
			kd_view_skip_blank(v);
		if (!kd_oid_take(v, &oid))
			return;
		r = kd_commit_relate(p, KD_REL_UPSTREAM, form, oid, i);
		if (!r)
			return;
		title = *v;
		kd_view_skip_blank(&title);
		if (kd_view_starts(title, KD_V("(\"")))
			kd_oid_title(p, v, i, &extra, &r->title);
		r->nlines += extra;
	}
}

static bool upstream_with(struct kd_cparse *p, size_t i, struct kd_view all, const struct lead *lead, bool bracket)
{
	struct kd_view v = kd_view_from(all, lead->text.n);
	size_t before = p->relations.n;
	bool said = lead->upstream;

	if (v.n && kd_is_word(*v.p))
		return false;
	upstream_list(p, i, lead->form, &v);
	kd_view_skip_blank(&v);
	if (p->relations.n > before) {
		said = says_upstream(&v) || said;
		if (bracket && lead->upstream && kd_view_starts(v, KD_V("from ")))
			v = KD_VNULL; /* "[ Upstream commit X from linux-next ]" */
		if (said && ends_here(v) && (bracket || !runs_on(p, i, all)))
			return true;
	}
	p->relations.n = before; /* a sentence: its names are mentions */
	return false;
}

/* The line before says it of another commit: a backport of several has a line for each. */
static bool below_upstream(const struct kd_cparse *p, size_t i)
{
	const struct kd_relation *r = p->relations.n ? &p->relations.v[p->relations.n - 1] : NULL;

	return r && i && r->kind == KD_REL_UPSTREAM && r->line + (r->nlines ? r->nlines - 1 : 0) == i - 1;
}

static bool upstream(struct kd_cparse *p, size_t i)
{
	bool bracket;
	struct kd_view v = unbracket(kd_cline(p, i), &bracket), oid;

	if (kd_view_istarts(v, KD_V("Upstream Status:")) && kd_oid_anywhere(v, &oid)) {
		kd_commit_relate(p, KD_REL_UPSTREAM, "Upstream Status:", oid, i); /* Red Hat: also "… linux.git commit X" */
		return true;
	}
	if (!v.n || !strchr("uUcCmMbBtTlL", *v.p) || (!bracket && !kd_commit_paragraph(p, i) && !below_upstream(p, i)))
		return false;
	for (size_t k = 0; k < KD_ARRAY_LEN(leads); k++)
		if (kd_view_istarts(v, leads[k].text) && upstream_with(p, i, v, &leads[k], bracket))
			return true;
	return false;
}

/* ---- "commit X" alone in its line ---- */

/* The word before " inclusion" above in the paragraph: "mainline", "stable", "next"; absent without. */
static struct kd_view inclusion(const struct kd_cparse *p, size_t i)
{
	for (size_t n = 0; n < 5 && i-- > p->body_first && p->c->lines[i].role != KD_LINE_BLANK; n++) {
		struct kd_view l = kd_view_trim(kd_cline(p, i)), word;

		if (kd_view_ends(l, KD_V(" inclusion")) && kd_view_take_word(&l, &word))
			return word;
	}
	return KD_VNULL;
}

/* `git log` prints it above a message: "Author:" follows, perhaps behind "Merge:". */
static bool author_follows(const struct kd_cparse *p, size_t i)
{
	for (size_t k = i + 1; k < p->c->nlines && k < i + 3; k++)
		if (kd_view_starts(kd_view_trim(kd_cline(p, k)), KD_V("Author: ")))
			return true;
	return false;
}

/*
 * Are the lines above those of a distribution's form, and nothing else: "JIRA: …", "Bugzilla: …", their
 * folded parts? With a word of prose above, a pasted commit is what the message speaks of, no more.
 */
static bool below_form(const struct kd_cparse *p, size_t i)
{
	static const struct kd_view keys[] = {{"JIRA:", 5}, {"Bugzilla:", 9}, {"Upstream Status:", 16}, {"BZ:", 3}};
	bool form = false;

	for (size_t k = p->body_first; k < i; k++) {
		struct kd_view l = kd_cline(p, k);

		for (size_t n = 0; n < KD_ARRAY_LEN(keys); n++)
			form = form || kd_view_istarts(l, keys[n]);
		if (p->c->lines[k].role != KD_LINE_BLANK && !kd_is_blank(*l.p) &&
		    !kd_view_has(kd_view_head(l, 32), KD_V(": ")))
			return false;
	}
	return form;
}

static bool commit_alone(struct kd_cparse *p, size_t i)
{
	struct kd_view v = kd_view_trim(kd_cline(p, i)), oid, from;
	struct kd_relation *r = NULL;
	bool colon;

	if (!kd_view_skip(&v, KD_V("commit")) && !kd_view_skip(&v, KD_V("Commit")))
		return false;
	colon = kd_view_skip(&v, KD_V(":"));
	kd_view_skip_blank(&v);
	if (!kd_oid_take(&v, &oid) || kd_view_trim(v).n)
		return false;
	from = inclusion(p, i);
	if (kd_view_eq(from, KD_V("mainline"))) {
		r = kd_commit_relate(p, KD_REL_UPSTREAM, "mainline inclusion", oid, i);
	} else if (from.n) {
		r = kd_commit_relate(p, KD_REL_CHERRY_PICK, "inclusion", oid, i);
		if (r)
			r->repo = from;
	} else if (author_follows(p, i) && kd_commit_paragraph(p, i) && below_form(p, i)) {
		r = kd_commit_relate(p, KD_REL_UPSTREAM, "commit X, Author:", oid, i);
		if (r)
			r->guessed = true;
	} else if (colon && oid.n == 40 && i <= p->body_first + 1) {
		r = kd_commit_relate(p, KD_REL_UPSTREAM, "commit: X", oid, i);
		if (r)
			r->guessed = true;
	}
	return r != NULL;
}

/* ---- mentions ---- */

/*
 * Where the next run of 7 lower-case hex digits or more begins, from on; KD_NPOS without. Any such run
 * covers every seventh byte.
 */
static size_t next_run(struct kd_view v, size_t from)
{
	for (size_t i = from + 6; i < v.n; i += 7) {
		size_t a = i;

		if (!kd_is_xdigit(v.p[i]))
			continue;
		while (a > from && kd_is_xdigit(v.p[a - 1]))
			a--;
		for (i = a; i < v.n && kd_is_xdigit(v.p[i]); i++)
			;
		if (i - a >= 7)
			return a;
	}
	return KD_NPOS;
}

static bool mixed(struct kd_view oid)
{
	bool digit = false, letter = false;

	for (size_t i = 0; i < oid.n; i++) {
		digit = digit || kd_is_digit(oid.p[i]);
		letter = letter || (oid.p[i] >= 'a' && oid.p[i] <= 'f');
		if (oid.p[i] >= 'A' && oid.p[i] <= 'F')
			return false;
	}
	return digit && letter;
}

static bool word_commit_before(const struct kd_cparse *p, size_t i, struct kd_view before)
{
	static const struct kd_view words[] = {{"commit", 6}, {"commits", 7}, {"commit:", 7}, {"commit-id", 9}, {"commit id", 9}};

	before = kd_view_trim(before);
	while (before.n && strchr("(\"'`*-", before.p[before.n - 1]))
		before.n--;
	before = kd_view_trim(before);
	if (!before.n && i > 0 && p->c->lines[i - 1].role == KD_LINE_BODY)
		before = kd_view_trim(kd_cline(p, i - 1));
	for (size_t k = 0; k < KD_ARRAY_LEN(words); k++)
		if (before.n >= words[k].n && kd_view_ieq(kd_view_from(before, before.n - words[k].n), words[k]))
			return true;
	return false;
}

static bool taken(const struct kd_cparse *p, struct kd_view oid, size_t line)
{
	for (size_t k = p->relations.n; k-- > 0 && p->relations.v[k].line + 8 > line;)
		if (p->relations.v[k].oid.p == oid.p)
			return true;
	return false;
}

/* Without the word "commit" and a title: 40 digits, also in a URL, or 10 … 13 that begin a line of a list. */
static bool bare_oid(struct kd_view l, size_t at, struct kd_view oid, bool plain)
{
	struct kd_view behind = kd_view_from(l, at + oid.n);

	if (!mixed(oid))
		return false;
	if (oid.n >= 40)
		return plain || strchr("=/:", l.p[at - 1]) != NULL;
	return plain && !kd_view_trim(kd_view_head(l, at)).n && oid.n >= 10 && oid.n <= 13 && behind.n && kd_is_blank(*behind.p);
}

static void mention(struct kd_cparse *p, size_t i, size_t at)
{
	struct kd_view l = kd_cline(p, i), v = kd_view_from(l, at), oid, next;
	bool titled, plain = !at || kd_is_blank(l.p[at - 1]) || strchr("(\"'`[,", l.p[at - 1]);
	struct kd_relation *r;

	if ((at && kd_is_word(l.p[at - 1])) || !kd_oid_take(&v, &oid) || taken(p, oid, i))
		return;
	next = v;
	kd_view_skip(&next, KD_V(":"));
	kd_view_skip_blank(&next);
	titled = kd_view_starts(next, KD_V("(\"")) || kd_view_starts(next, KD_V("(\xe2\x80\x9c"));
	if (!titled && !(plain && word_commit_before(p, i, kd_view_head(l, at))) && !bare_oid(l, at, oid, plain))
		return;
	r = kd_commit_relate(p, KD_REL_MENTIONED, "mentioned", oid, i);
	if (r && titled)
		kd_oid_title(p, &v, i, &r->nlines, &r->title);
}

static void mentions(struct kd_cparse *p, size_t i)
{
	struct kd_view l = kd_cline(p, i);

	for (size_t at = next_run(l, 0); at != KD_NPOS && !p->c->cut && !p->nomem; at = next_run(l, at)) {
		mention(p, i, at);
		while (at < l.n && kd_is_xdigit(l.p[at]))
			at++;
	}
}

static void conflicts(struct kd_cparse *p, size_t i)
{
	struct kd_view v = kd_cline(p, i);

	while (v.n && strchr(" \t#[(", *v.p))
		v = kd_view_from(v, 1);
	if (p->c->conflicts || !(kd_view_starts(v, KD_V("Conflict")) || kd_view_starts(v, KD_V("conflict"))))
		return;
	v = kd_view_from(v, 8);
	kd_view_skip(&v, KD_V("s"));
	if (kd_view_starts(v, KD_V(":"))) {
		p->c->conflicts = true;
		p->c->conflicts_line = (uint32_t)i;
	}
}

void kd_commit_refs(struct kd_cparse *p)
{
	kd_commit_subject_refs(p);
	for (size_t i = p->body_first; i < p->c->nlines && !p->nomem; i++) {
		uint8_t role = p->c->lines[i].role;
		struct kd_view l = kd_cline(p, i);

		if (role == KD_LINE_BLANK || role == KD_LINE_TRACE)
			continue;
		conflicts(p, i);
		if (role != KD_LINE_TRAILER)
			kd_commit_revert_line(p, i); /* its object name may stand on the next line */
		if (cherry_pick(p, i) || role == KD_LINE_TRAILER || next_run(l, 0) == KD_NPOS)
			continue;
		if (!upstream(p, i) && !commit_alone(p, i))
			mentions(p, i);
	}
}
