// SPDX-License-Identifier: GPL-2.0-or-later
#include "case/mention.h"

#include "base/alloc.h"
#include "format/printk.h"

#define COMMIT_MIN 12
#define COMMIT_MAX 40
#define TITLE_MAX 300

struct finder {
	const struct kd_prose *p;
	struct kd_arena *arena;
	bool (*fn)(void *user, const struct kd_mention *m);
	void *user;
	size_t span; /* the next of p->span */
	bool stopped, full;
};

static void tell(struct finder *f, struct kd_mention m)
{
	f->stopped = f->stopped || !f->fn(f->user, &m);
}

/* --- lines of a log --------------------------------------------------------------------------------------- */

static bool is_frame_at(struct kd_view v, size_t plus)
{
	struct kd_view rest = kd_view_from(v, plus);
	uint64_t n;

	return plus && kd_is_word(v.p[plus - 1]) && kd_view_skip(&rest, KD_V("+0x")) && kd_view_take_hex(&rest, &n) &&
	       kd_view_skip(&rest, KD_V("/0x")) && kd_view_take_hex(&rest, &n);
}

static bool has_frame(struct kd_view v)
{
	for (size_t i = 1; i < v.n; i++)
		if (v.p[i] == '+' && is_frame_at(v, i))
			return true;
	return false;
}

/* Is it a line as kernels print them? For text without a time in front of it. */
static bool is_kernels(struct kd_view line)
{
	static const struct kd_view begins[] = {
		KD_V("BUG: "), KD_V("RIP: "), KD_V("WARNING: CPU"), KD_V("Oops: "), KD_V("Call Trace:"), KD_V("Call trace:"),
		KD_V("CPU: "), KD_V("Modules linked in:"), KD_V("Kernel panic - "), KD_V("general protection fault"),
		KD_V("Unable to handle kernel"), KD_V("RAX: "), KD_V("RSP: "), KD_V("Hardware name: "), KD_V("watchdog: "),
		KD_V("INFO: task "), KD_V("INFO: rcu"), KD_V("rcu: INFO:"), KD_V("Read of size "), KD_V("Write of size "),
		KD_V("Code: "), KD_V("kernel BUG at "), KD_V("Internal error: "), KD_V("KASAN: "), KD_V("BUG kmalloc"),
	};
	struct kd_logline l;
	struct kd_view text;

	kd_printk_strip(line, &l);
	if (l.disguise & (KD_DIS_TIME | KD_DIS_DMESG_TIME | KD_DIS_KMSG))
		return l.text.n > 0;
	text = kd_view_trim(l.text);
	for (size_t i = 0; i < KD_ARRAY_LEN(begins); i++)
		if (kd_view_starts(text, begins[i]))
			return true;
	return has_frame(text);
}

static struct kd_view line_at(const struct kd_prose *p, size_t at, size_t end)
{
	const struct kd_view rest = kd_view(p->text.p + at, end - at);
	const size_t i = kd_view_chr(rest, '\n');

	return kd_view_head(rest, i == KD_NPOS ? rest.n : i);
}

static bool any_is_kernels(const struct kd_prose *p, const struct kd_prose_block *b)
{
	for (size_t at = b->start; at < b->end;) {
		const struct kd_view line = line_at(p, at, b->end);

		if (is_kernels(kd_view_trim(line)))
			return true;
		at += line.n + 1;
	}
	return false;
}

static void log_lines(struct finder *f, const struct kd_prose_block *b, bool only_kernels)
{
	for (size_t at = b->start; at < b->end && !f->stopped;) {
		const struct kd_view raw = line_at(f->p, at, b->end);
		struct kd_view line = kd_view_trim(raw);

		at += raw.n + 1;
		while (b->kind == KD_PROSE_QUOTED && line.n && (*line.p == '>' || kd_is_blank(*line.p)))
			line = kd_view_from(line, 1);
		if (line.n && (!only_kernels || is_kernels(line)))
			tell(f, (struct kd_mention){.kind = KD_MENTION_LOG_LINE, .at = (size_t)(line.p - f->p->text.p), .n = line.n,
						    .words = line});
	}
}

/* --- words ------------------------------------------------------------------------------------------------ */

static bool is_token_byte(char c)
{
	return kd_is_word(c) || c == '$' || c == '.' || c == '/' || c == '+' || c == ':' || c == '-';
}

static size_t token_length(struct kd_view v)
{
	size_t n = 0;

	while (n < v.n && (is_token_byte(v.p[n]) || (v.p[n] == '\\' && n + 1 < v.n && v.p[n + 1] == '_')))
		n++;
	while (n && !kd_is_word(v.p[n - 1]))
		n--;
	return n;
}

/* Without the backslashes that Markdown wants before "_". */
static struct kd_view plain(struct finder *f, struct kd_view v)
{
	char *copy;
	size_t n = 0;

	if (kd_view_chr(v, '\\') == KD_NPOS)
		return v;
	copy = kd_arena_alloc(f->arena, v.n + 1);
	if (!copy) {
		f->full = f->stopped = true;
		return KD_VNULL;
	}
	for (size_t i = 0; i < v.n; i++)
		if (v.p[i] != '\\')
			copy[n++] = v.p[i];
	return kd_view(copy, n);
}

static size_t hex_digits(struct kd_view v)
{
	size_t n = 0;

	while (n < v.n && kd_is_xdigit(v.p[n]))
		n++;
	return n;
}

/* func+0x10 with or without /0x20; a module's name or a path in front is not part of it. */
static bool take_frame(struct finder *f, struct kd_view token, struct kd_view words)
{
	const size_t plus = kd_view_find(words, KD_V("+0x"));
	struct kd_view rest;
	uint64_t n;
	size_t from, to;

	if (plus == KD_NPOS || !plus)
		return false;
	for (from = plus; from && (kd_is_word(words.p[from - 1]) || words.p[from - 1] == '.' || words.p[from - 1] == '$'); from--)
		;
	rest = kd_view_from(words, plus + 3);
	if (from == plus || kd_is_digit(words.p[from]) || !kd_view_take_hex(&rest, &n))
		return false;
	if (kd_view_starts(rest, KD_V("/0x"))) {
		rest = kd_view_from(rest, 3);
		if (!kd_view_take_hex(&rest, &n))
			return false;
	}
	to = words.n - rest.n;
	tell(f, (struct kd_mention){.kind = KD_MENTION_FRAME, .at = (size_t)(token.p - f->p->text.p), .n = token.n,
				    .words = kd_view(words.p + from, to - from)});
	return true;
}

/* path/file.c:123 */
static bool take_place(struct finder *f, struct kd_view token, struct kd_view words)
{
	static const struct kd_view ends[] = {KD_V(".c"), KD_V(".h"), KD_V(".S"), KD_V(".rs")};
	struct kd_view path, rest = words;
	uint64_t line;

	if (!kd_view_take_until(&rest, KD_V(":"), &path) || !path.n || !kd_view_take_dec(&rest, &line) || !line ||
	    (rest.n && rest.p[0] != ':' && rest.p[0] != '-'))
		return false;
	for (size_t i = 0; i < KD_ARRAY_LEN(ends); i++) {
		if (!kd_view_ends(path, ends[i]))
			continue;
		tell(f, (struct kd_mention){.kind = KD_MENTION_PLACE, .at = (size_t)(token.p - f->p->text.p), .n = token.n,
					    .words = path, .value = line});
		return true;
	}
	return false;
}

/* --- commits ---------------------------------------------------------------------------------------------- */

/* The word that ends before `at`, at most a few marks away; moves at to its beginning. */
static struct kd_view word_before(struct kd_view text, size_t *at)
{
	size_t end = *at, start;

	while (end && *at - end < 4 && !kd_is_word(text.p[end - 1]) && text.p[end - 1] != '.')
		end--;
	for (start = end; start && (kd_is_word(text.p[start - 1]) || text.p[start - 1] == '-'); start--)
		;
	*at = start;
	return kd_view(text.p + start, end - start);
}

static bool is_listed(struct kd_view word, const struct kd_view *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (kd_view_ieq(word, list[i]))
			return true;
	return false;
}

/* "commit …", "Fixes: …", "fixed by …". */
static bool is_commits_place(struct kd_view text, size_t at)
{
	static const struct kd_view words[] = {KD_V("commit"),	KD_V("commits"),  KD_V("fixes"),   KD_V("backport"), KD_V("backports"),
					       KD_V("reverts"), KD_V("revert"),	  KD_V("upstream"), KD_V("patch"),   KD_V("changeset"),
					       KD_V("cherry-pick"), KD_V("sha"), KD_V("sha1"), KD_V("oid")};
	static const struct kd_view doing[] = {KD_V("fixed"), KD_V("introduced"), KD_V("reverted"), KD_V("resolved"), KD_V("caused"),
					       KD_V("broken"), KD_V("added"), KD_V("since"), KD_V("picked")};
	const struct kd_view word = word_before(text, &at);

	if (is_listed(word, words, KD_ARRAY_LEN(words)))
		return true;
	if (kd_view_ieq(word, KD_V("by")) || kd_view_ieq(word, KD_V("in")) || kd_view_ieq(word, KD_V("from")))
		return is_listed(word_before(text, &at), doing, KD_ARRAY_LEN(doing));
	return false;
}

/* ("title") behind it, on this line or the next. */
static struct kd_view title_behind(struct kd_view rest)
{
	size_t n = 0, end;

	while (n < rest.n && n < 4 && (kd_is_space(rest.p[n]) || rest.p[n] == '`' || rest.p[n] == '*'))
		n++;
	rest = kd_view_from(rest, n);
	if (!kd_view_skip(&rest, KD_V("(\"")) && !kd_view_skip(&rest, KD_V("(“")))
		return KD_VNULL;
	rest = kd_view_head(rest, TITLE_MAX);
	end = kd_view_find(rest, KD_V("\")"));
	if (end == KD_NPOS)
		end = kd_view_find(rest, KD_V("”)"));
	return end == KD_NPOS || !end ? KD_VNULL : kd_view_head(rest, end);
}

static bool take_commit(struct finder *f, struct kd_view token)
{
	const size_t at = (size_t)(token.p - f->p->text.p), n = hex_digits(token);
	struct kd_view title;

	if (n != token.n || n < COMMIT_MIN || n > COMMIT_MAX)
		return false;
	title = title_behind(kd_view_from(f->p->text, at + n));
	if (!title.p && !is_commits_place(f->p->text, at))
		return false;
	tell(f, (struct kd_mention){.kind = KD_MENTION_COMMIT, .at = at, .n = n, .words = token, .title = title});
	return true;
}

static bool take_id(struct finder *f, struct kd_view token)
{
	if (token.n != KD_MENTION_ID || (token.p[0] != 'e' && token.p[0] != 'c') || hex_digits(token) != token.n)
		return false;
	for (size_t i = 1; i < token.n; i++)
		if (token.p[i] >= 'A' && token.p[i] <= 'F')
			return false;
	tell(f, (struct kd_mention){.kind = token.p[0] == 'e' ? KD_MENTION_EVIDENCE : KD_MENTION_CLAIM,
				    .at = (size_t)(token.p - f->p->text.p), .n = token.n, .words = token});
	return true;
}

/* --- addresses -------------------------------------------------------------------------------------------- */

/* "signature 638f954568dac22e": 16 digits that are no address. */
static bool is_digest(struct kd_view text, size_t at)
{
	static const struct kd_view words[] = {KD_V("signature"), KD_V("digest"), KD_V("hash"), KD_V("sha256"), KD_V("build-id"),
					       KD_V("key"), KD_V("id"), KD_V("commit")};

	return is_listed(word_before(text, &at), words, KD_ARRAY_LEN(words));
}

/* 0x… and 16 digits, also in "0x1000-0x2000". */
static void take_addresses(struct finder *f, struct kd_view token)
{
	for (size_t i = 0; i < token.n && !f->stopped;) {
		struct kd_view part = kd_view_from(token, i);
		size_t n = 0;
		uint64_t value;
		bool sign;

		while (n < part.n && kd_is_word(part.p[n]))
			n++;
		part = kd_view_head(part, n);
		sign = kd_view_starts(part, KD_V("0x")) || kd_view_starts(part, KD_V("0X"));
		if ((sign ? n > 2 && hex_digits(kd_view_from(part, 2)) == n - 2 : n == 16 && hex_digits(part) == n && !is_digest(f->p->text, (size_t)(part.p - f->p->text.p))) &&
		    kd_view_hex(sign ? kd_view_from(part, 2) : part, &value) && value >= KD_MENTION_ADDRESS_MIN)
			tell(f, (struct kd_mention){.kind = KD_MENTION_ADDRESS, .at = (size_t)(part.p - f->p->text.p), .n = n,
						    .words = part, .value = value});
		i += n + 1;
	}
}

/* "0x0000000079b4e48…": it was cut, nobody can say from what. */
static bool is_cut(const struct finder *f, struct kd_view token)
{
	const struct kd_view rest = kd_view_from(f->p->text, (size_t)(token.p - f->p->text.p) + token.n);

	return kd_view_starts(rest, KD_V("…")) || kd_view_starts(rest, KD_V("..."));
}

static void one_token(struct finder *f, struct kd_view token)
{
	const struct kd_view words = plain(f, token);

	if (is_cut(f, token))
		return;
	if (!f->stopped && !take_frame(f, token, words) && !take_place(f, token, words) && !take_commit(f, token) && !take_id(f, token))
		take_addresses(f, token);
}

static void tokens(struct finder *f, size_t at, size_t end)
{
	while (at < end && !f->stopped) {
		const struct kd_view rest = kd_view(f->p->text.p + at, end - at);
		const size_t n = kd_is_word(*rest.p) ? token_length(rest) : 0;

		if (n)
			one_token(f, kd_view_head(rest, n));
		at += n ? n : 1;
		/* what is left of the token is no beginning of another one */
		while (n && at < end && kd_is_word(f->p->text.p[at]))
			at++;
	}
}

/* --- paragraphs ------------------------------------------------------------------------------------------- */

/* `the log says "…"`: then what is quoted is to be in the log, whatever it looks like. */
static bool is_introduced(struct finder *f, const struct kd_prose_span *s)
{
	static const struct kd_view verbs[] = {KD_V("says"), KD_V("reads"), KD_V("prints"), KD_V("printed"), KD_V("logs"), KD_V("logged"),
					       KD_V("log"), KD_V("dmesg"), KD_V("console"), KD_V("line"), KD_V("message"), KD_V("reported")};
	size_t at = s->at;

	while (at && !kd_is_word(f->p->text.p[at - 1]) && s->at - at < 4)
		at--;
	return kd_view_chr(kd_view(f->p->text.p + s->at, s->n), ' ') != KD_NPOS &&
	       is_listed(word_before(f->p->text, &at), verbs, KD_ARRAY_LEN(verbs));
}

static bool is_log_span(struct finder *f, const struct kd_prose_span *s)
{
	const struct kd_view v = kd_view_trim(kd_view(f->p->text.p + s->at, s->n));

	if (kd_view_chr(v, ' ') == KD_NPOS)
		return false; /* one word: its form says what it is */
	return is_kernels(v) || (!s->code && is_introduced(f, s));
}

static void paragraph(struct finder *f, const struct kd_prose_block *b)
{
	size_t at = b->start;

	while (f->span < f->p->span.n && f->p->span.v[f->span].at < b->start)
		f->span++;
	for (; f->span < f->p->span.n && f->p->span.v[f->span].at < b->end && !f->stopped; f->span++) {
		const struct kd_prose_span *s = &f->p->span.v[f->span];

		if (!is_log_span(f, s))
			continue;
		tokens(f, at, s->at);
		tell(f, (struct kd_mention){.kind = KD_MENTION_LOG_LINE, .at = s->at, .n = s->n,
					    .words = kd_view_trim(kd_view(f->p->text.p + s->at, s->n))});
		at = s->at + s->n;
	}
	tokens(f, at, b->end);
}

static bool is_language(struct kd_view info)
{
	static const struct kd_view names[] = {KD_V("c"), KD_V("C"), KD_V("cpp"), KD_V("diff"), KD_V("patch"), KD_V("sh"), KD_V("bash"),
					       KD_V("shell"), KD_V("json"), KD_V("python"), KD_V("asm"), KD_V("rust"), KD_V("yaml"),
					       KD_V("make"), KD_V("makefile"), KD_V("mermaid")};
	struct kd_view word;

	return kd_view_take_word(&info, &word) && is_listed(word, names, KD_ARRAY_LEN(names));
}

static void one_block(struct finder *f, const struct kd_prose_block *b)
{
	switch ((enum kd_prose_kind)b->kind) {
	case KD_PROSE_LOG:
		log_lines(f, b, false);
		break;
	case KD_PROSE_QUOTED:
		log_lines(f, b, true);
		break;
	case KD_PROSE_CODE:
		if (is_language(b->info))
			break;
		if (any_is_kernels(f->p, b))
			log_lines(f, b, false);
		else
			tokens(f, b->start, b->end);
		break;
	case KD_PROSE_PARAGRAPH:
	case KD_PROSE_HEADING:
		paragraph(f, b);
		break;
	}
}

struct kd_error *kd_mention_find(const struct kd_prose *p, struct kd_arena *arena, bool (*fn)(void *user, const struct kd_mention *m),
				 void *user)
{
	struct finder f = {.p = p, .arena = arena, .fn = fn, .user = user};

	for (size_t i = 0; i < p->block.n && !f.stopped; i++)
		one_block(&f, &p->block.v[i]);
	return f.full ? kd_error_new(KD_LIMIT, "the report mentions too much") : NULL;
}

const char *kd_mention_name(enum kd_mention_kind kind)
{
	static const char *const names[KD_MENTION_KINDS] = {
		[KD_MENTION_LOG_LINE] = "log line", [KD_MENTION_ADDRESS] = "address", [KD_MENTION_FRAME] = "frame",
		[KD_MENTION_COMMIT] = "commit",	    [KD_MENTION_PLACE] = "place in the source", [KD_MENTION_EVIDENCE] = "evidence",
		[KD_MENTION_CLAIM] = "claim",
	};

	return (unsigned)kind < KD_MENTION_KINDS ? names[kind] : "?";
}
