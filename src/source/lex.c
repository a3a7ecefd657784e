// SPDX-License-Identifier: GPL-2.0-or-later
#include "source/lex.h"

void kd_lex_init(struct kd_lex *lx, struct kd_view text)
{
	*lx = (struct kd_lex){
		.p = text.p, .end = text.n ? text.p + text.n : text.p, .bol = text.p, .cur = 1, .fresh = true};
}

static inline void new_line(struct kd_lex *lx)
{
	lx->p++;
	lx->cur++;
	lx->bol = lx->p;
	lx->fresh = true;
}

/* At a backslash: does it join lines? Then move past both. */
static bool skip_joint(struct kd_lex *lx)
{
	const char *q = lx->p + 1;

	if (q < lx->end && *q == '\r')
		q++;
	if (q >= lx->end || *q != '\n')
		return false;
	lx->p = q;
	lx->cur++;
	lx->p++;
	lx->bol = lx->p;
	return true;
}

static void skip_block_comment(struct kd_lex *lx)
{
	lx->p += 2;
	while (lx->p < lx->end) {
		if (*lx->p == '*' && lx->end - lx->p > 1 && lx->p[1] == '/') {
			lx->p += 2;
			return;
		}
		if (*lx->p == '\n') {
			bool fresh = lx->fresh;

			new_line(lx);
			lx->fresh = fresh;
		} else {
			lx->p++;
		}
	}
}

/* To the newline that ends the (joined) line; it stays. */
static void skip_rest(struct kd_lex *lx)
{
	while (lx->p < lx->end && *lx->p != '\n') {
		if (*lx->p == '\\' && skip_joint(lx))
			continue;
		if (*lx->p == '/' && lx->end - lx->p > 1 && lx->p[1] == '*')
			skip_block_comment(lx);
		else
			lx->p++;
	}
}

static void skip_line_comment(struct kd_lex *lx)
{
	while (lx->p < lx->end && *lx->p != '\n')
		if (*lx->p != '\\' || !skip_joint(lx))
			lx->p++;
}

static void take_string(struct kd_lex *lx)
{
	char quote = *lx->p++;

	while (lx->p < lx->end && *lx->p != '\n') {
		char c = *lx->p;

		if (c == '\\') {
			if (skip_joint(lx))
				continue;
			lx->p++;
			if (lx->p < lx->end && *lx->p != '\n')
				lx->p++;
			continue;
		}
		lx->p++;
		if (c == quote)
			return;
	}
}

/* Blanks and comments; true when a newline ended a preprocessor line (p stays on it). */
static bool skip_space(struct kd_lex *lx)
{
	while (lx->p < lx->end) {
		char c = *lx->p;

		if (c == '\n') {
			if (lx->in_pp)
				return true;
			new_line(lx);
		} else if (kd_is_space(c)) {
			lx->p++;
		} else if (c == '\\' && skip_joint(lx)) {
			continue;
		} else if (c == '/' && lx->end - lx->p > 1 && lx->p[1] == '*') {
			skip_block_comment(lx);
		} else if (c == '/' && lx->end - lx->p > 1 && lx->p[1] == '/') {
			skip_line_comment(lx);
		} else {
			return false;
		}
	}
	return lx->in_pp;
}

/* Only conditions and macros are worth a look. */
static bool has_tokens(struct kd_view directive)
{
	return kd_view_eq(directive, KD_V("define")) || kd_view_eq(directive, KD_V("if")) ||
	       kd_view_eq(directive, KD_V("elif")) || kd_view_eq(directive, KD_V("ifdef")) ||
	       kd_view_eq(directive, KD_V("ifndef"));
}

static bool take_directive(struct kd_lex *lx)
{
	const char *start;

	lx->p++;
	while (lx->p < lx->end && kd_is_blank(*lx->p))
		lx->p++;
	start = lx->p;
	while (lx->p < lx->end && kd_is_word(*lx->p))
		lx->p++;
	lx->tok = KD_TOK_PP;
	lx->text = kd_view(start, (size_t)(lx->p - start));
	lx->pp = lx->in_pp = true;
	if (!has_tokens(lx->text))
		skip_rest(lx);
	return true;
}

static bool end_directive(struct kd_lex *lx)
{
	lx->tok = KD_TOK_PPEND;
	lx->text = kd_view(lx->p, 0);
	lx->pp = true;
	lx->in_pp = false;
	return true;
}

bool kd_lex_next(struct kd_lex *lx)
{
	const char *start;
	bool fresh;

	if (skip_space(lx)) {
		lx->line = lx->cur;
		lx->tok_bol = lx->bol;
		return end_directive(lx);
	}
	if (lx->p >= lx->end)
		return false;
	lx->line = lx->cur;
	lx->tok_bol = lx->bol;
	fresh = lx->fresh;
	lx->fresh = false;
	lx->pp = lx->in_pp;
	start = lx->p;
	if (*start == '#' && fresh && !lx->in_pp)
		return take_directive(lx);
	if (kd_is_word(*start)) {
		lx->tok = kd_is_digit(*start) ? KD_TOK_NUMBER : KD_TOK_IDENT;
		while (lx->p < lx->end && kd_is_word(*lx->p))
			lx->p++;
	} else if (*start == '"' || *start == '\'') {
		lx->tok = KD_TOK_STRING;
		take_string(lx);
	} else {
		lx->tok = KD_TOK_PUNCT;
		lx->p++;
	}
	lx->text = kd_view(start, (size_t)(lx->p - start));
	return true;
}

struct kd_view kd_lex_line_at(struct kd_view text, size_t off)
{
	struct kd_view rest = kd_view_from(text, off);
	size_t n = kd_view_chr(rest, '\n');

	return n == KD_NPOS ? rest : kd_view_head(rest, n);
}
