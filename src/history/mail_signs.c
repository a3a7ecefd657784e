// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the text of a mail says about patches: trailers, "applied", commits. Only lines that the sender wrote are read:
 * no quoted ones, no diffs, no signatures.
 */
#include "base/alloc.h"
#include "history/mail_internal.h"

enum { SHA_MIN = 8, SHA_MAX = 64, LINE_MAX_BYTES = 2000 };

struct signs {
	struct kd_arena *a;
	struct kd_mail *m;
	KD_VEC(struct kd_mail_trailer) trailers;
	KD_VEC(struct kd_mail_sign) signs;
	KD_VEC(struct kd_mail_commit) commits;
	bool full;
};

/* ---- commits ---- */

static size_t hex_length(struct kd_view v)
{
	size_t n = 0;

	while (n < v.n && kd_is_xdigit(v.p[n]))
		n++;
	return n >= SHA_MIN && n <= SHA_MAX && (n == v.n || !kd_is_word(v.p[n])) ? n : 0;
}

/* ' ("subject")' behind a commit; the closing one may be in the next line, then what is there counts. */
static struct kd_view take_quoted(struct kd_view v)
{
	struct kd_view title;
	size_t end;

	kd_view_skip_blank(&v);
	if (!kd_view_skip(&v, KD_V("(")) && !kd_view_skip(&v, KD_V("[")))
		v = kd_view_trim(v);
	if (!kd_view_skip(&v, KD_V("\"")) && !kd_view_skip(&v, KD_V("'")))
		return KD_VNULL;
	end = kd_view_rchr(v, '"');
	if (end == KD_NPOS)
		end = kd_view_rchr(v, '\'');
	title = kd_view_trim(end == KD_NPOS ? v : kd_view_head(v, end));
	return title.n ? title : KD_VNULL;
}

static void add_commit(struct signs *s, struct kd_view at, const char *how)
{
	size_t n = hex_length(at);
	struct kd_mail_commit *c;
	char *sha;

	if (!n)
		return;
	for (size_t i = 0; i < s->commits.n; i++)
		if (kd_view_ieq(s->commits.v[i].sha, kd_view_head(at, n)))
			return;
	c = kd_avec_push(s->a, &s->commits, KD_MAIL_COMMITS_MAX);
	sha = c ? kd_arena_raw(s->a, n) : NULL;
	if (!sha) {
		s->full = true;
		if (c)
			s->commits.n--;
		return;
	}
	for (size_t i = 0; i < n; i++)
		sha[i] = kd_is_digit(at.p[i]) ? at.p[i] : (char)(at.p[i] | 0x20);
	*c = (struct kd_mail_commit){
		.sha = kd_view(sha, n), .how = kd_view_of(how), .subject = take_quoted(kd_view_from(at, n))};
}

/* Forms in which a line names a commit: the words before it. */
static const struct {
	const char *before, *how;
} forms[] = {
	{"this reverts commit ", "reverts"},
	{"[ upstream commit ", "upstream"},
	{"upstream commit ", "upstream"},
	{"commit-id:", "applied"},
	{"commit: ", "applied"},
	{"commit ", "commit"},
	{"/c/", "link"},
	{"/commit/?id=", "link"},
	{"/commit/", "link"},
	{";h=", "link"},
	{"&id=", "link"},
};

static bool is_before(struct kd_view line, size_t i, struct kd_view word)
{
	return i + word.n <= line.n && kd_view_ieq(kd_view(line.p + i, word.n), word);
}

/*
 * "<sha> upstream." alone in a line is how the stable trees say it (Documentation/process/stable-kernel-rules.rst:
 * "commit <sha1> upstream.").
 */
static void find_commits(struct signs *s, struct kd_view line)
{
	for (size_t i = 0; i < line.n; i++) {
		if (i && kd_is_word(line.p[i]) && kd_is_word(line.p[i - 1]))
			continue;
		for (size_t k = 0; k < KD_ARRAY_LEN(forms); k++) {
			struct kd_view word = kd_view_of(forms[k].before), at;
			size_t n;

			if (!is_before(line, i, word))
				continue;
			at = kd_view_from(line, i + word.n);
			kd_view_skip_blank(&at);
			n = hex_length(at);
			if (!n)
				continue;
			add_commit(s, at, kd_view_istarts(kd_view_from(at, n), KD_V(" upstream")) ? "upstream"
												   : forms[k].how);
			break;
		}
	}
}

/* ---- trailers ---- */

/* Keys that count without "-by"; git interpret-trailers would take any. */
static bool is_key(struct kd_view key)
{
	static const char *const names[] = {"fixes", "link", "closes", "cc", "bug", "message-id", "depends-on", "see-also",
					    "change-id", "base-commit", "prerequisite-patch-id", "references",
					    "reported-and-tested-by"};

	if (!key.n || !kd_is_alpha(key.p[0]) || key.n > 60)
		return false;
	for (size_t i = 0; i < key.n; i++)
		if (!kd_is_alnum(key.p[i]) && key.p[i] != '-')
			return false;
	for (size_t i = 0; i < KD_ARRAY_LEN(names); i++)
		if (kd_view_ieq(key, kd_view_of(names[i])))
			return true;
	return key.n > 3 && kd_view_ieq(kd_view_from(key, key.n - 3), KD_V("-by"));
}

static bool take_trailer(struct signs *s, struct kd_view line, bool in_patch)
{
	size_t at = kd_view_chr(kd_view_head(line, 64), ':');
	struct kd_view key, value;
	struct kd_mail_trailer *t;

	if (at == KD_NPOS)
		return false;
	key = kd_view_head(line, at);
	value = kd_view_trim(kd_view_from(line, at + 1));
	if (!is_key(key) || !value.n)
		return false;
	if (kd_view_ieq(key, KD_V("change-id")) && !s->m->change_id.n)
		s->m->change_id = value;
	if (kd_view_ieq(key, KD_V("base-commit")) && !s->m->base_commit.n)
		s->m->base_commit = value;
	if (kd_view_ieq(key, KD_V("fixes")))
		add_commit(s, value, "fixes");
	t = kd_avec_push(s->a, &s->trailers, KD_MAIL_TRAILERS_MAX);
	if (t)
		*t = (struct kd_mail_trailer){.key = key, .value = value, .in_patch = in_patch};
	else
		s->full = true;
	return true;
}

/* ---- signs ---- */

enum where { AT_START, ANYWHERE };

/*
 * Phrases, lower case. At the start only where the word is also used in talking about patches ("applied this and it
 * broke"); b4's default thanks begin with "Applied", netdev's bot says "This series was applied to", the -mm queue
 * "has been added to the -mm", Linus' bot "has been merged into", tip's "has been merged into the … branch of tip".
 */
static const struct {
	const char *phrase;
	enum where where;
	enum kd_mail_sign_kind kind;
} phrases[] = {
	{"has been added to the -mm ", ANYWHERE, KD_SIGN_QUEUED},
	{"this is a note to let you know that i've just added the patch", AT_START, KD_SIGN_STABLE},
	{"has been removed from the -mm ", ANYWHERE, KD_SIGN_DROPPED},
	{"this patch was dropped because", AT_START, KD_SIGN_DROPPED},
	{"has been merged into ", ANYWHERE, KD_SIGN_MERGED},
	{"this series was applied to ", ANYWHERE, KD_SIGN_MERGED},
	{"this patch was applied to ", ANYWHERE, KD_SIGN_MERGED},
	{"this pull request was applied to ", ANYWHERE, KD_SIGN_MERGED},
	{"this bpf series was applied to ", ANYWHERE, KD_SIGN_MERGED},
	{"queued up for", ANYWHERE, KD_SIGN_QUEUED},
	{"now queued up", ANYWHERE, KD_SIGN_QUEUED},
	{"queued for ", AT_START, KD_SIGN_QUEUED},
	{"queued up", AT_START, KD_SIGN_QUEUED},
	{"queued, thanks", AT_START, KD_SIGN_QUEUED},
	{"queued to ", AT_START, KD_SIGN_QUEUED},
	{"thanks, queued", AT_START, KD_SIGN_QUEUED},
	{"i've queued ", AT_START, KD_SIGN_QUEUED},
	{"applied, thanks", AT_START, KD_SIGN_APPLIED},
	{"applied. thanks", AT_START, KD_SIGN_APPLIED},
	{"applied. thank", AT_START, KD_SIGN_APPLIED},
	{"applied, thank", AT_START, KD_SIGN_APPLIED},
	{"applied to ", AT_START, KD_SIGN_APPLIED},
	{"applied both", AT_START, KD_SIGN_APPLIED},
	{"applied all", AT_START, KD_SIGN_APPLIED},
	{"applied the series", AT_START, KD_SIGN_APPLIED},
	{"applied for v", AT_START, KD_SIGN_APPLIED},
	{"applied for next", AT_START, KD_SIGN_APPLIED},
	{"applied for-next", AT_START, KD_SIGN_APPLIED},
	{"applied for 5.", AT_START, KD_SIGN_APPLIED},
	{"applied for 6.", AT_START, KD_SIGN_APPLIED},
	{"applied for 7.", AT_START, KD_SIGN_APPLIED},
	{"applied with ", AT_START, KD_SIGN_APPLIED},
	{"series applied", AT_START, KD_SIGN_APPLIED},
	{"patch applied", AT_START, KD_SIGN_APPLIED},
	{"both applied", AT_START, KD_SIGN_APPLIED},
	{"all applied", AT_START, KD_SIGN_APPLIED},
	{"now applied", AT_START, KD_SIGN_APPLIED},
	{"thanks, applied", AT_START, KD_SIGN_APPLIED},
	{"thank you, applied", AT_START, KD_SIGN_APPLIED},
	{"thanks! applied", AT_START, KD_SIGN_APPLIED},
	{"thanks. applied", AT_START, KD_SIGN_APPLIED},
	{"i've applied ", AT_START, KD_SIGN_APPLIED},
	{"i have applied ", AT_START, KD_SIGN_APPLIED},
	{"pulled, thanks", AT_START, KD_SIGN_APPLIED},
	{"merged, thanks", AT_START, KD_SIGN_APPLIED},
	{"merged to ", AT_START, KD_SIGN_APPLIED},
	{"merged into ", AT_START, KD_SIGN_APPLIED},
	{"superseded by", ANYWHERE, KD_SIGN_SUPERSEDED},
	{"superseded.", AT_START, KD_SIGN_SUPERSEDED},
	{"please ignore this", ANYWHERE, KD_SIGN_SUPERSEDED},
	{"please disregard this", ANYWHERE, KD_SIGN_SUPERSEDED},
	{"dropped from ", ANYWHERE, KD_SIGN_DROPPED},
	{"now dropped", ANYWHERE, KD_SIGN_DROPPED},
	{"i've dropped ", ANYWHERE, KD_SIGN_DROPPED},
	{"this reverts commit ", AT_START, KD_SIGN_REVERTS},
	{"nacked-by:", AT_START, KD_SIGN_NAK},
	{"nacked-by ", AT_START, KD_SIGN_NAK},
};

/* "NAK", "NACK", "Nacked": as a word of its own, in the spelling that means it. */
static bool says_nak(struct kd_view line)
{
	static const char *const words[] = {"NAK", "NACK", "Nak", "Nack"};

	for (size_t k = 0; k < KD_ARRAY_LEN(words); k++) {
		struct kd_view word = kd_view_of(words[k]);

		if (kd_view_starts(line, word) && (line.n == word.n || !kd_is_word(line.p[word.n])))
			return true;
	}
	return false;
}

/* The word behind the phrase that looks like a tree: "netdev/net.git", "for-6.12/block,". */
static struct kd_view take_tree(struct kd_view rest)
{
	struct kd_view w;

	for (int i = 0; i < 8 && rest.n; i++) {
		kd_view_skip_blank(&rest);
		if (!kd_view_take_word(&rest, &w))
			return KD_VNULL;
		while (w.n && (w.p[w.n - 1] == ',' || w.p[w.n - 1] == '.' || w.p[w.n - 1] == ':' ||
			       w.p[w.n - 1] == '!' || w.p[w.n - 1] == ';'))
			w.n--;
		if (kd_view_chr(w, '/') != KD_NPOS || kd_view_ends(w, KD_V(".git")) || kd_view_has(w, KD_V("-next")) ||
		    kd_view_has(w, KD_V("for-")))
			return w;
	}
	return KD_VNULL;
}

static void add_sign(struct signs *s, enum kd_mail_sign_kind kind, struct kd_view line, struct kd_view rest)
{
	struct kd_mail_sign *one = kd_avec_push(s->a, &s->signs, KD_MAIL_SIGNS_MAX);

	if (one)
		*one = (struct kd_mail_sign){.kind = kind, .line = line, .tree = take_tree(rest)};
	else
		s->full = true;
}

/* Nothing is said by a line with a question in it. */
static void find_sign(struct signs *s, struct kd_view line)
{
	if (kd_view_chr(line, '?') != KD_NPOS)
		return;
	for (size_t k = 0; k < KD_ARRAY_LEN(phrases); k++) {
		struct kd_view word = kd_view_of(phrases[k].phrase);
		size_t last = phrases[k].where == AT_START ? 0 : line.n, i;

		for (i = 0; i <= last && i + word.n <= line.n; i++)
			if (is_before(line, i, word))
				break;
		if (i <= last && i + word.n <= line.n) {
			add_sign(s, phrases[k].kind, line, kd_view_from(line, i + word.n));
			return;
		}
	}
	if (says_nak(line))
		add_sign(s, KD_SIGN_NAK, line, KD_VNULL);
}

/* ---- all of it ---- */

/* Commit messages of patches talk about other patches; only what they revert is a sign. */
static void read_line(struct signs *s, struct kd_view line, bool in_patch)
{
	struct kd_view trimmed = kd_view_trim(line);

	if (!trimmed.n)
		return;
	if (!take_trailer(s, line, in_patch))
		find_commits(s, line);
	if (!in_patch || kd_view_istarts(trimmed, KD_V("this reverts commit ")))
		find_sign(s, trimmed);
}

/* git-am(1): the first line of the text may name the author. */
static void read_author(struct signs *s, struct kd_view text)
{
	struct kd_mail *m = s->m;
	struct kd_view line = KD_VNULL;

	while (kd_mail_line(&text, &line) && !kd_view_trim(line).n)
		;
	if (m->message_n && kd_view_istarts(line, KD_V("from:")) && kd_view_chr(line, '@') != KD_NPOS)
		m->author = kd_view_trim(kd_view_from(line, 5));
	else if (m->from.n && m->from.v[0].name.n)
		m->author = kd_arena_printf(s->a, "%.*s <%.*s>", KD_VARG(m->from.v[0].name), KD_VARG(m->from.v[0].addr));
	else if (m->from.n)
		m->author = m->from.v[0].addr;
}

struct kd_error *kd_mail_signs(struct kd_arena *a, struct kd_mail *m)
{
	struct signs s = {.a = a, .m = m};

	for (size_t i = 0; i < m->nspans; i++) {
		struct kd_view rest = kd_view(m->body.p + m->spans[i].off, m->spans[i].n), line;

		if (m->spans[i].kind != KD_SPAN_TEXT)
			continue;
		while (kd_mail_line(&rest, &line))
			read_line(&s, kd_view_head(line, LINE_MAX_BYTES), (size_t)(line.p - m->body.p) < m->message_n);
	}
	read_author(&s, m->body);
	m->trailers = s.trailers.v;
	m->ntrailers = s.trailers.n;
	m->signs = s.signs.v;
	m->nsigns = s.signs.n;
	m->commits = s.commits.v;
	m->ncommits = s.commits.n;
	if (s.full)
		m->damage |= KD_MAIL_CUT;
	return NULL;
}

const char *kd_mail_sign_word(enum kd_mail_sign_kind kind)
{
	static const char *const words[] = {
		[KD_SIGN_APPLIED] = "applied", [KD_SIGN_QUEUED] = "queued", [KD_SIGN_MERGED] = "merged",
		[KD_SIGN_STABLE] = "added to stable", [KD_SIGN_SUPERSEDED] = "superseded", [KD_SIGN_DROPPED] = "dropped",
		[KD_SIGN_REVERTS] = "reverts", [KD_SIGN_NAK] = "nak",
	};

	return (size_t)kind < KD_ARRAY_LEN(words) ? words[kind] : "unknown";
}
