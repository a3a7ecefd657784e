/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lex.h: C text as tokens, as much of them as finding functions and names needs.
 *
 *	struct kd_lex lx;
 *	kd_lex_init(&lx, text);
 *	while (kd_lex_next(&lx))
 *		if (lx.tok == KD_TOK_IDENT) … lx.text, lx.line
 *
 * Comments, strings and numbers are recognised, nothing is expanded. A preprocessor line
 * begins with KD_TOK_PP (text: the directive) and ends with KD_TOK_PPEND; tokens between
 * have `pp` set; the rest of #error, #warning, #include and #pragma is passed over. Any bytes
 * are fine: a string or character constant that does not end, ends with its line.
 * Translation phases as in ISO C 5.1.1.2: a backslash before a newline joins lines.
 */
#ifndef KD_SOURCE_LEX_H
#define KD_SOURCE_LEX_H

#include <stdbool.h>
#include <stdint.h>

#include "base/view.h"

enum kd_tok {
	KD_TOK_IDENT,
	KD_TOK_PUNCT, /* one character: text.p[0] */
	KD_TOK_STRING, /* strings and character constants, with their quotes */
	KD_TOK_NUMBER,
	KD_TOK_PP, /* '#' and the directive's name (which may be empty) */
	KD_TOK_PPEND, /* text is empty */
};

struct kd_lex {
	const char *p, *end; /* what is left */
	const char *bol; /* where the current line begins */
	uint32_t line; /* of the token, from 1 */
	enum kd_tok tok;
	struct kd_view text;
	bool pp; /* the token is part of a preprocessor line */
	bool in_pp;
	bool fresh; /* nothing but blanks and comments so far on this line */
	uint32_t cur; /* line of p */
	const char *tok_bol; /* where the token's line begins */
};

void kd_lex_init(struct kd_lex *lx, struct kd_view text);

/* The next token into lx->tok, text, line, pp; false at the end. */
bool kd_lex_next(struct kd_lex *lx);

/* Does the token stand at the beginning of its line? */
static inline bool kd_lex_at_column_0(const struct kd_lex *lx)
{
	return lx->text.p == lx->tok_bol;
}

/* The line (without newline) that begins at offset `off` of text. */
struct kd_view kd_lex_line_at(struct kd_view text, size_t off);

#endif
