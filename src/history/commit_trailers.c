// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which lines are trailers. git's rule, read off the behaviour of git-interpret-trailers(1): the last
 * paragraph that is not the title, if it is trailers alone, or if one of its lines begins as git itself
 * writes them ("Signed-off-by: ", "(cherry picked from commit ") and at least a quarter are trailers.
 * Comments and a block "Conflicts:" behind it do not count. Besides, people write the kernel's own keys
 * higher up, or in several paragraphs: these are strays.
 */
#include "base/alloc.h"
#include "history/commit_internal.h"

size_t kd_commit_separator(struct kd_view v)
{
	bool space = false;

	for (size_t i = 0; i < v.n; i++) {
		if (v.p[i] == ':')
			return i ? i : KD_NPOS;
		if (i && kd_is_blank(v.p[i]))
			space = true;
		else if (space || !(kd_is_alnum(v.p[i]) || v.p[i] == '-'))
			return KD_NPOS;
	}
	return KD_NPOS;
}

static const struct kd_view known[] = {
	{"Fixes", 5}, {"Link", 4}, {"Links", 5}, {"Cc", 2}, {"Closes", 6}, {"Bug", 3}, {"BugLink", 7},
	{"Bug-Url", 7}, {"Bugzilla", 8}, {"Reported-at", 11}, {"References", 10}, {"Message-Id", 10},
	{"Stable-dep-of", 13}, {"Depends-on", 10}, {"Reviewed-on", 11}, {"Change-Id", 9}, {"Upstream-commit", 15},
	{"Git-commit", 10}, {"Git-repo", 8}, {"Patch-mainline", 14}, {"Omitted-fix", 11}, {"JIRA", 4}, {"CVE", 3},
	{"Origin", 6}, {"Upstream-Status", 15}, {"Reverts", 7}, {"Patchwork", 9}, {"Revert", 6},
	{"Patch-Link", 10}, {"Upstream", 8}, {"Test-Link", 9}, {"Addresses-Coverity", 18}, {"Addresses-Coverity-ID", 21},
};

bool kd_commit_known_trailer(struct kd_view line, struct kd_view *key_ret, struct kd_view *value_ret)
{
	size_t at = kd_commit_separator(line);
	struct kd_view key, value;
	bool good = false;

	if (at == KD_NPOS || at > 40)
		return false;
	key = kd_view_trim(kd_view_head(line, at));
	value = kd_view_trim(kd_view_from(line, at + 1));
	if (key.n > 3 && kd_view_ieq(kd_view_from(key, key.n - 3), KD_V("-by")))
		good = kd_view_chr(value, '@') != KD_NPOS || kd_view_chr(value, '<') != KD_NPOS;
	for (size_t i = 0; !good && i < KD_ARRAY_LEN(known); i++)
		good = kd_view_ieq(key, known[i]);
	if (kd_view_eq(key, KD_V("BUG"))) /* "BUG: KASAN: …" */
		good = false;
	if (!good)
		return false;
	*key_ret = key;
	*value_ret = value;
	return true;
}

/* Lines that git does not look at behind the trailers: comments, empty lines, "Conflicts:" with its list. */
static size_t end_of_text(const struct kd_cparse *p)
{
	size_t end = KD_NPOS;
	bool conflicts = false;

	for (size_t i = 0; i < p->c->nlines; i++) {
		struct kd_view l = kd_cline(p, i);

		if (!l.n || *l.p == '#') {
			end = end == KD_NPOS ? i : end;
		} else if (kd_view_eq(l, KD_V("Conflicts:"))) {
			conflicts = true;
			end = end == KD_NPOS ? i : end;
		} else if (!conflicts || *l.p != '\t') {
			end = KD_NPOS;
			conflicts = false;
		}
	}
	return end == KD_NPOS ? p->c->nlines : end;
}

static bool written_by_git(struct kd_view l)
{
	return kd_view_starts(l, KD_V("Signed-off-by: ")) || kd_view_starts(l, KD_V("(cherry picked from commit "));
}

/* The first line of git's block, which ends at end; end without one. */
static size_t block_start(const struct kd_cparse *p, size_t end)
{
	size_t good = 0, bad = 0, folded = 0;
	bool by_git = false, seen = false;

	for (size_t i = end; i-- > p->body_first;) {
		struct kd_view l = kd_cline(p, i);

		if (l.n && *l.p == '#') {
			bad += folded;
			folded = 0;
			continue;
		}
		if (p->c->lines[i].role == KD_LINE_BLANK) {
			if (!seen)
				continue;
			bad += folded;
			return (by_git && good * 3 >= bad) || (good && !bad) ? i + 1 : end;
		} else if (written_by_git(l)) {
			good++;
			folded = 0;
			by_git = true;
		} else if (!kd_is_space(*l.p) && kd_commit_separator(l) != KD_NPOS) {
			good++;
			folded = 0;
		} else if (kd_is_space(*l.p)) {
			folded++;
		} else {
			bad += 1 + folded;
			folded = 0;
		}
		seen = true;
	}
	return end;
}

/* The value that begins on line i behind the key, and goes on over n lines: folded to single blanks. */
static struct kd_view unfold(struct kd_cparse *p, struct kd_view first, size_t i, size_t n)
{
	size_t room = first.n + 1, used;
	char *out;

	if (n == 1)
		return first;
	for (size_t k = i + 1; k < i + n; k++)
		room += p->c->lines[k].len + 1;
	out = kd_arena_raw(p->a, room);
	if (!out) {
		p->nomem = true;
		return first;
	}
	if (first.n)
		memcpy(out, first.p, first.n);
	used = first.n;
	for (size_t k = i + 1; k < i + n; k++) {
		struct kd_view l = kd_view_trim(kd_cline(p, k));

		if (used && l.n)
			out[used++] = ' ';
		memcpy(out + used, l.p, l.n);
		used += l.n;
	}
	return kd_view(out, used);
}

static size_t folded_lines(const struct kd_cparse *p, size_t i, size_t end)
{
	size_t n = 1;

	while (i + n < end && p->c->lines[i + n].len && kd_is_space(p->c->message.p[p->c->lines[i + n].off]) &&
	       p->c->lines[i + n].role != KD_LINE_BLANK)
		n++;
	return n;
}

/* Line i begins a trailer; returns how many lines it has. */
static size_t add(struct kd_cparse *p, size_t i, size_t end, bool stray)
{
	struct kd_view l = kd_cline(p, i);
	size_t at = kd_commit_separator(l), n = folded_lines(p, i, end);
	struct kd_trailer *t = kd_cpush(p, trailers);

	if (!t)
		return n;
	t->key = kd_view_trim(kd_view_head(l, at));
	t->value = unfold(p, kd_view_trim(kd_view_from(l, at + 1)), i, n);
	t->line = (uint32_t)i;
	t->nlines = (uint32_t)n;
	t->stray = stray;
	if ((t->key.n > 3 && kd_view_ieq(kd_view_from(t->key, t->key.n - 3), KD_V("-by"))) ||
	    kd_view_ieq(t->key, KD_V("Cc")))
		t->who = kd_person_parse(t->value);
	return n;
}

static void paint(struct kd_cparse *p, size_t i, size_t n, enum kd_line_role role)
{
	for (size_t k = i; k < i + n; k++)
		if (p->c->lines[k].role != KD_LINE_BLANK)
			p->c->lines[k].role = (uint8_t)role;
}

/* "[ tglx: Massaged changelog ]", on some lines more perhaps; how many lines, 0: none. */
static size_t note_at(struct kd_cparse *p, size_t i, struct kd_commit_note *ret)
{
	struct kd_view l = kd_cline(p, i), who;
	size_t at, n = 0;

	if (!kd_view_skip(&l, KD_V("[")))
		return 0;
	kd_view_skip_blank(&l);
	if (!l.n || !kd_is_alpha(*l.p))
		return 0;
	at = kd_view_chr(kd_view_head(l, 64), ':');
	if (at == KD_NPOS)
		return 0;
	who = kd_view_head(l, at);
	for (size_t k = 0; k < who.n; k++)
		if (!kd_is_word(who.p[k]) && !strchr(".-@+", who.p[k]))
			return 0;
	while (n < 12 && i + n < p->c->nlines && p->c->lines[i + n].role != KD_LINE_BLANK) {
		struct kd_view k = kd_view_trim(kd_cline(p, i + n++));

		if (kd_view_ends(k, KD_V("]"))) {
			ret->who = who;
			ret->text = kd_view_trim(kd_view_from(l, at + 1));
			ret->line = (uint32_t)i;
			ret->nlines = (uint32_t)n;
			return n;
		}
	}
	return 0;
}

static size_t note(struct kd_cparse *p, size_t i)
{
	struct kd_commit_note found, *to;
	size_t n = note_at(p, i, &found);

	if (!n)
		return 0;
	found.text = kd_view_trim(unfold(p, found.text, i, n));
	if (kd_view_ends(found.text, KD_V("]")))
		found.text.n--;
	found.text = kd_view_trim(found.text);
	to = kd_cpush(p, notes);
	if (to)
		*to = found;
	return n;
}

/* Do other lines of this paragraph, above or below, hold trailers? Then the note is one of them. */
static bool among_trailers(const struct kd_cparse *p, size_t i, size_t n)
{
	struct kd_view k, v;

	if (i > p->body_first && p->c->lines[i - 1].role >= KD_LINE_TRAILER)
		return true;
	return i + n < p->c->nlines && p->c->lines[i + n].role != KD_LINE_BLANK &&
	       (p->c->lines[i + n].role >= KD_LINE_TRAILER || kd_commit_known_trailer(kd_cline(p, i + n), &k, &v));
}

static bool any_known(const struct kd_cparse *p, size_t from, size_t end)
{
	struct kd_view k, v;

	for (size_t i = from; i < end; i++)
		if (written_by_git(kd_cline(p, i)) || kd_commit_known_trailer(kd_cline(p, i), &k, &v))
			return true;
	return false;
}

static bool picked(struct kd_view l)
{
	return kd_view_istarts(l, KD_V("(cherry picked from ")) || kd_view_istarts(l, KD_V("(backported from "));
}

/* The lines outside git's block: strays and notes. */
static void strays(struct kd_cparse *p, size_t from, size_t end)
{
	struct kd_view key, value;
	size_t n;

	for (size_t i = from; i < end; i += n) {
		struct kd_view l = kd_cline(p, i);

		n = 1;
		if (!l.n || (!kd_is_alpha(*l.p) && *l.p != '['))
			continue;
		if (*l.p == '[') {
			n = note(p, i);
			if (n && among_trailers(p, i, n))
				paint(p, i, n, KD_LINE_NOTE);
			n += !n;
		} else if (kd_commit_known_trailer(l, &key, &value)) {
			n = add(p, i, end, true);
			paint(p, i, n, KD_LINE_TRAILER);
		}
	}
}

static void block(struct kd_cparse *p, size_t from, size_t end)
{
	bool role = any_known(p, from, end);
	size_t n;

	for (size_t i = from; i < end; i += n) {
		struct kd_view l = kd_cline(p, i);

		n = 1;
		if (!l.n || kd_is_space(*l.p) || *l.p == '#')
			continue;
		if (*l.p == '[' && (n = note(p, i))) {
			paint(p, i, n, role ? KD_LINE_NOTE : KD_LINE_BODY);
		} else if (kd_commit_separator(l) != KD_NPOS) {
			n = add(p, i, end, false);
			paint(p, i, n, role ? KD_LINE_TRAILER : KD_LINE_BODY);
		} else if (picked(l)) {
			paint(p, i, 1, KD_LINE_TRAILER);
		}
		n += !n;
	}
}

void kd_commit_trailers(struct kd_cparse *p)
{
	size_t end = end_of_text(p), start;

	if (end < p->body_first)
		return;
	start = block_start(p, end);
	strays(p, p->body_first, start);
	block(p, start, end);
	strays(p, end, p->c->nlines);
}
