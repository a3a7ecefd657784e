// SPDX-License-Identifier: GPL-2.0-or-later
/* One skill or command: its front matter, its code, its placeholders. */
#include <stdarg.h>

#include "base/alloc.h"
#include "verb/skilllint.h"
#include "verb/toolnames.h"

enum { WORDS_MAX = 64 };

struct lint {
	const struct kd_skill_finder *f;
	bool command, checked, fenced; /* checked: "last checked on kernel …" was seen */
	unsigned line;
	struct kd_view name, description;
	unsigned name_line, description_line;
};

static void __attribute__((format(printf, 3, 4))) found(const struct lint *l, const char *cls, const char *fmt, ...)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(4096);
	va_list ap;

	va_start(ap, fmt);
	kd_buf_vprintf(&b, fmt, ap);
	va_end(ap);
	l->f->found(l->f->user, l->line, cls, kd_buf_view(&b));
}

/* ---- front matter ---- */

static bool says_kernel(struct kd_view v)
{
	const size_t at = kd_view_find(v, KD_V("kernel "));

	return at != KD_NPOS && at + 7 < v.n && kd_is_digit(v.p[at + 7]);
}

static struct kd_view unquoted(struct kd_view v)
{
	v = kd_view_trim(v);
	if (v.n >= 2 && (*v.p == '"' || *v.p == '\'') && v.p[v.n - 1] == *v.p)
		v = kd_view(v.p + 1, v.n - 2);
	return v;
}

static void front_line(struct lint *l, struct kd_view line)
{
	struct kd_view key;

	if (kd_view_skip(&line, KD_V("name:"))) {
		l->name = unquoted(line);
		l->name_line = l->line;
	} else if (kd_view_skip(&line, KD_V("description:"))) {
		l->description = unquoted(line);
		l->description_line = l->line;
	} else if (kd_view_skip(&line, KD_V("last-checked:"))) {
		l->checked = says_kernel(line);
	} else if (kd_view_trim(line).n && !kd_is_blank(*line.p) && !kd_view_take_until(&line, KD_V(":"), &key)) {
		found(l, "front matter", "a line without a colon");
	}
}

/* Moves text behind the front matter. */
static bool front(struct lint *l, struct kd_view *text)
{
	struct kd_view line, rest = *text;

	l->line = 1;
	if (!kd_view_take_until(&rest, KD_V("\n"), &line) || !kd_view_eq(kd_view_trim(line), KD_V("---"))) {
		found(l, "front matter", "the first line has to be ---, with name and description behind it");
		return false;
	}
	while (kd_view_take_until(&rest, KD_V("\n"), &line)) {
		l->line++;
		if (kd_view_eq(kd_view_trim(line), KD_V("---"))) {
			*text = rest;
			return true;
		}
		front_line(l, line);
	}
	found(l, "front matter", "it does not end: a line --- is missing");
	return false;
}

static bool is_name(struct kd_view v)
{
	for (size_t i = 0; i < v.n; i++)
		if (!(kd_is_digit(v.p[i]) || (v.p[i] >= 'a' && v.p[i] <= 'z') || (v.p[i] == '-' && i && i + 1 < v.n && v.p[i - 1] != '-')))
			return false;
	return v.n > 0 && v.n <= 64;
}

static bool says_when(struct kd_view v)
{
	return kd_view_has(v, KD_V("when ")) || kd_view_has(v, KD_V("When ")) || kd_view_has(v, KD_V("before ")) ||
	       kd_view_has(v, KD_V("Before ")) || kd_view_has(v, KD_V("after ")) || kd_view_has(v, KD_V("After "));
}

static void judge_front(struct lint *l, struct kd_view place)
{
	const struct kd_view d = l->description;

	l->line = l->name_line ? l->name_line : 1;
	if (!l->name.n && !l->command)
		found(l, "name", "is missing");
	else if (l->name.n && !is_name(l->name))
		found(l, "name", "%.*s: small letters, digits and single hyphens, at most 64", KD_VARG(l->name));
	else if (l->name.n && !kd_view_eq(l->name, place))
		found(l, "name", "%.*s, but it is found as %.*s: the names have to be the same", KD_VARG(l->name), KD_VARG(place));
	l->line = l->description_line ? l->description_line : 1;
	if (!d.n)
		found(l, "description", "is missing: some programs pass over a text without one");
	else if (d.n > 1024)
		found(l, "description", "has %zu bytes; 1024 are read", d.n);
	else if (kd_view_chr(d, '<') != KD_NPOS || kd_view_chr(d, '>') != KD_NPOS)
		found(l, "description", "has < or >, which some programs refuse");
	else if (!says_when(d))
		found(l, "description", "does not say when it is to be used");
}

/* ---- code ---- */

static bool is_operator(struct kd_view w)
{
	static const char *const ops[] = {"|", "||", "&&", ";", "&"};

	for (size_t i = 0; i < KD_ARRAY_LEN(ops); i++)
		if (kd_view_eq(w, kd_view_of(ops[i])))
			return true;
	return false;
}

/* The next word as a shell sees it; of quoted ones what stands between the quotes, as long as it is one piece. */
static bool next_word(struct kd_view *text, struct kd_view *ret)
{
	size_t end = 0;
	char quote = 0;

	kd_view_skip_blank(text);
	if (!text->n)
		return false;
	for (; end < text->n && (quote || !kd_is_blank(text->p[end])); end++) {
		if (quote && text->p[end] == quote)
			quote = 0;
		else if (!quote && (text->p[end] == '\'' || text->p[end] == '"'))
			quote = text->p[end];
	}
	*ret = kd_view_head(*text, end);
	*text = kd_view_from(*text, end);
	return true;
}

static void judge_words(const struct lint *l, const struct kd_view *words, size_t n)
{
	kd_auto(kd_buf_deinit) struct kd_buf why = KD_BUF_INIT(1024);

	if (n && !l->f->words->check(l->f->words->user, words, n, &why))
		found(l, "command line", "%.*s", KD_VARG(kd_buf_view(&why)));
}

/* Each "kdoc …" of a command line. */
static void judge_line(const struct lint *l, struct kd_view text)
{
	struct kd_view words[WORDS_MAX], w;
	size_t n = 0;
	bool kdoc = false, skip = false, first = true;

	kd_view_skip(&text, KD_V("$ "));
	while (next_word(&text, &w) && *w.p != '#') {
		if (is_operator(w)) {
			judge_words(l, words, n);
			n = 0;
			kdoc = skip = false;
			first = true;
		} else if (first) {
			kdoc = kd_view_eq(w, KD_V("kdoc"));
			first = false;
		} else if (*w.p == '>' || *w.p == '<' || kd_view_starts(w, KD_V("2>"))) {
			skip = w.n == 1; /* a file's name follows */
		} else if (skip) {
			skip = false;
		} else if (kdoc && n < WORDS_MAX) {
			words[n++] = unquoted(w);
		}
	}
	judge_words(l, words, n);
}

/* scan_log, or ledger_show(about) */
static void judge_tool(const struct lint *l, struct kd_view code)
{
	struct kd_view name = code;
	size_t end = 0;
	bool line = false;

	while (end < name.n && (kd_is_digit(name.p[end]) || (name.p[end] >= 'a' && name.p[end] <= 'z') || name.p[end] == '_')) {
		line |= name.p[end] == '_';
		end++;
	}
	name = kd_view_head(code, end);
	code = kd_view_from(code, end);
	if (!line || (code.n && (*code.p != '(' || kd_view_starts(code, KD_V("()")))) || kd_tool_known(name))
		return;
	found(l, "tool", "%.*s is no tool of kdoc (a function of the kernel is written with ())", KD_VARG(name));
}

static void judge_code(const struct lint *l, struct kd_view code)
{
	code = kd_view_trim(code);
	if (kd_view_starts(code, KD_V("--")) && code.n > 2)
		judge_words(l, &code, 1);
	else
		judge_tool(l, code);
	judge_line(l, code);
}

static void code_spans(const struct lint *l, struct kd_view line)
{
	struct kd_view before, code;

	while (kd_view_take_until(&line, KD_V("`"), &before) && kd_view_take_until(&line, KD_V("`"), &code))
		judge_code(l, code);
}

/* ---- placeholders ---- */

static void judge_dollar(const struct lint *l, struct kd_view v)
{
	struct kd_view rest = v;
	size_t end = 1;

	while (end < v.n && end < 20 && (kd_is_word(v.p[end]) || v.p[end] == '{' || v.p[end] == '}'))
		end++;
	if (kd_view_skip(&rest, KD_V("$ARGUMENTS")) && !(rest.n && (kd_is_word(*rest.p) || *rest.p == '['))) {
		if (!l->command)
			found(l, "placeholder", "$ARGUMENTS in a skill: it is read, not called with arguments");
	} else if (v.n > 1 && (kd_is_word(v.p[1]) || v.p[1] == '{')) {
		found(l, "placeholder", "%.*s: programs differ in what they put there; $ARGUMENTS alone is understood by all",
		      KD_VARG(kd_view_head(v, end)));
	}
}

static void judge_text(const struct lint *l, struct kd_view line)
{
	for (size_t i = 0; i < line.n; i++) {
		const struct kd_view v = kd_view_from(line, i);

		if (*v.p == '$')
			judge_dollar(l, v);
		else if (kd_view_starts(v, KD_V("!`")) || kd_view_starts(v, KD_V("!{")))
			found(l, "placeholder", "%.*s… is run by some programs when they read it", KD_VARG(kd_view_head(v, 2)));
		else if (kd_view_starts(v, KD_V("@{")) || kd_view_starts(v, KD_V("{{")))
			found(l, "placeholder", "%.*s… is replaced by some programs", KD_VARG(kd_view_head(v, 2)));
		else if (l->command && *v.p == '@' && (!i || kd_is_blank(line.p[i - 1])) && v.n > 1 &&
			 (kd_is_alnum(v.p[1]) || v.p[1] == '.' || v.p[1] == '/' || v.p[1] == '~'))
			found(l, "placeholder", "@ before a name: some programs put the file's content there");
	}
}

static void body_line(struct lint *l, struct kd_view line)
{
	struct kd_view text = kd_view_trim(line);

	judge_text(l, line);
	if (kd_view_istarts(text, KD_V("last checked on")) || kd_view_istarts(text, KD_V("_last checked on")))
		l->checked |= says_kernel(text);
	if (kd_view_starts(text, KD_V("```"))) {
		l->fenced = !l->fenced;
	} else if (l->fenced || kd_view_starts(line, KD_V("    ")) || kd_view_starts(line, KD_V("\t"))) {
		judge_code(l, text);
		if (!l->fenced)
			code_spans(l, line);
	} else {
		code_spans(l, line);
	}
}

void kd_skill_lint_text(struct kd_view text, struct kd_view place, bool command, const struct kd_skill_finder *f)
{
	struct lint l = {.f = f, .command = command};
	const size_t bytes = text.n, budget = command ? KD_COMMAND_BUDGET : KD_SKILL_BUDGET;
	struct kd_view line;
	unsigned head = 0; /* lines of the front matter */

	if (front(&l, &text)) {
		head = l.line;
		judge_front(&l, place);
	}
	l.line = head;
	while (kd_view_take_part(&text, KD_V("\n"), &line)) {
		l.line++;
		body_line(&l, line);
	}
	l.line = 1;
	if (!l.checked)
		found(&l, "last checked", "no line \"last-checked: kernel …\" (or \"Last checked on kernel …\")");
	if (bytes > budget)
		found(&l, "size", "%zu bytes; a %s has %zu", bytes, command ? "command" : "skill", budget);
}
