// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/sh_line.h"

#include "base/alloc.h"
#include "base/buf.h"

struct split {
	struct kd_view text;
	size_t at;
	unsigned depth; /* of parentheses */
	struct kd_arena *arena;
	struct kd_buf word;
};

static struct kd_error *full(void)
{
	return kd_error_new(KD_LIMIT, "the line has too many words, or too long ones (%d words, %d bytes)", KD_SH_WORDS_MAX,
			    KD_SH_LINE_MAX);
}

static bool ended(const struct split *s)
{
	return s->at >= s->text.n;
}

/* Does a pipe or a redirection begin here? */
static bool is_redirect(const struct split *s)
{
	const char c = s->text.p[s->at];

	return !s->depth && (c == '|' || (c == '>' && (!s->at || s->text.p[s->at - 1] != '-')));
}

static void skip_blank(struct split *s)
{
	while (!ended(s) && kd_is_space(s->text.p[s->at]))
		s->at++;
}

/* Behind the quote; up to the one that ends it. */
static struct kd_error *quoted(struct split *s, char quote)
{
	const size_t begin = s->at - 1;

	for (; !ended(s); s->at++) {
		char c = s->text.p[s->at];

		if (c == quote) {
			s->at++;
			return NULL;
		}
		if (c == '\\' && quote == '"' && s->at + 1 < s->text.n &&
		    (s->text.p[s->at + 1] == '"' || s->text.p[s->at + 1] == '\\'))
			c = s->text.p[++s->at];
		kd_buf_addc(&s->word, c);
	}
	return kd_error_at(KD_INVALID, (int64_t)begin, "a %c without the one that ends it", quote);
}

static void count_depth(struct split *s, char c)
{
	if (c == '(')
		s->depth++;
	else if (c == ')' && s->depth)
		s->depth--;
}

/* A word begins here: everything up to a blank, a pipe, a redirection. */
static struct kd_error *word(struct split *s, const char **ret)
{
	struct kd_error *err = NULL;
	struct kd_view v;

	kd_buf_clear(&s->word);
	while (!err && !ended(s) && !kd_is_space(s->text.p[s->at]) && !is_redirect(s)) {
		const char c = s->text.p[s->at++];

		if (c == '\'' || c == '"') {
			err = quoted(s, c);
		} else if (c == '\\' && !ended(s)) {
			kd_buf_addc(&s->word, s->text.p[s->at++]);
		} else {
			count_depth(s, c);
			kd_buf_addc(&s->word, c);
		}
	}
	if (err)
		return err;
	v = kd_arena_view(s->arena, s->word.n ? kd_buf_view(&s->word) : KD_V(""));
	if (!v.p || s->word.overflow)
		return full();
	*ret = v.p;
	return NULL;
}

/* Behind '|': the rest is a command of the user's shell, as it is. */
static struct kd_error *pipe_to(struct split *s, struct kd_sh_line *l)
{
	struct kd_view rest = kd_view_trim(kd_view_from(s->text, s->at + 1));

	if (!rest.n)
		return kd_error_at(KD_INVALID, (int64_t)s->at, "no command stands behind '|'");
	l->to = KD_SH_TO_PIPE;
	l->target = kd_arena_view(s->arena, rest).p;
	return l->target ? NULL : full();
}

static struct kd_error *file_to(struct split *s, struct kd_sh_line *l)
{
	struct kd_error *err;

	s->at++;
	l->to = KD_SH_TO_FILE;
	if (!ended(s) && s->text.p[s->at] == '>') {
		s->at++;
		l->to = KD_SH_TO_APPEND;
	}
	skip_blank(s);
	if (ended(s) || is_redirect(s))
		return kd_error_at(KD_INVALID, (int64_t)s->at, "no file stands behind '>'");
	err = word(s, &l->target);
	if (err)
		return err;
	if (!*l->target)
		return kd_error_at(KD_INVALID, (int64_t)s->at, "the file behind '>' has no name");
	skip_blank(s);
	if (!ended(s) && s->text.p[s->at] != '#')
		return kd_error_at(KD_INVALID, (int64_t)s->at, "more stands behind the file that '>' names");
	return NULL;
}

static struct kd_error *split(struct split *s, struct kd_sh_line *l)
{
	struct kd_error *err = NULL;

	for (skip_blank(s); !err && !ended(s) && s->text.p[s->at] != '#'; skip_blank(s)) {
		if (is_redirect(s)) {
			if (!l->n)
				return kd_error_at(KD_INVALID, (int64_t)s->at, "no command stands in front of '%c'", s->text.p[s->at]);
			return s->text.p[s->at] == '|' ? pipe_to(s, l) : file_to(s, l);
		}
		if (l->n == KD_SH_WORDS_MAX)
			return full();
		err = word(s, &l->word[l->n]);
		l->n += !err;
	}
	return err;
}

struct kd_error *kd_sh_line_parse(struct kd_view text, struct kd_arena *arena, struct kd_sh_line *ret)
{
	struct split s = {.text = kd_view_trim(text), .arena = arena, .word = KD_BUF_INIT(KD_SH_LINE_MAX)};
	struct kd_sh_line l = {.word = kd_arena_array(arena, KD_SH_WORDS_MAX + 1, const char *)};
	struct kd_error *err = NULL;

	if (!l.word || s.text.n > KD_SH_LINE_MAX)
		return full();
	if (kd_view_chr(s.text, '\0') != KD_NPOS)
		return kd_error_new(KD_INVALID, "the line holds a NUL");
	if (kd_view_skip(&s.text, KD_V("!"))) {
		l.to = KD_SH_TO_SHELL;
		l.target = kd_arena_view(arena, kd_view_trim(s.text)).p;
		if (!l.target || !*l.target)
			err = kd_error_new(KD_INVALID, "no command stands behind '!'");
	} else {
		err = split(&s, &l);
	}
	kd_buf_deinit(&s.word);
	if (!err)
		*ret = l;
	return err;
}
