// SPDX-License-Identifier: GPL-2.0-or-later
#include "source/refs.h"

#include "base/alloc.h"
#include "base/vec.h"
#include "source/lex.h"

/* The two tokens before the name. */
struct before {
	struct kd_view t1, t2; /* t1 is the nearer one */
};

struct scan {
	struct kd_refs *r;
	struct kd_view name;
	size_t body; /* the next body that may be around a line */
};

static const struct kd_body *around(struct scan *s, uint32_t line)
{
	const struct kd_bodies *b = &s->r->bodies;

	while (s->body < b->n && b->v[s->body].close < line)
		s->body++;
	return s->body < b->n && line >= b->v[s->body].start ? &b->v[s->body] : NULL;
}

static bool is_member(const struct before *b)
{
	return kd_view_eq(b->t1, KD_V(".")) || (kd_view_eq(b->t1, KD_V(">")) && kd_view_eq(b->t2, KD_V("-")));
}

static void hit(struct scan *s, const struct kd_lex *lx, const struct before *b, bool is_called)
{
	const struct kd_body *in = around(s, lx->line);
	struct kd_ref *r;
	enum kd_ref_kind kind;

	if (is_member(b) || (in && in->line == lx->line && kd_view_eq(in->name, s->name)))
		return;
	if (kd_view_eq(b->t1, KD_V("(")) && kd_view_starts(b->t2, KD_V("EXPORT_SYMBOL")))
		kind = KD_REF_EXPORT;
	else if (lx->pp)
		kind = KD_REF_MACRO;
	else if (is_called && (!in || lx->line < in->open))
		return; /* a declaration, or a definition */
	else
		kind = is_called ? KD_REF_CALL : KD_REF_REFERENCE;
	r = kd_vec_push(s->r, KD_REFS_MAX);
	if (!r) {
		s->r->over_limit = true;
		return;
	}
	r->line = lx->line;
	r->kind = kind;
	r->in = in && lx->line >= in->open ? in->name : KD_VNULL;
	r->text = kd_lex_line_at(kd_view(lx->tok_bol, (size_t)(lx->end - lx->tok_bol)), 0);
}

struct kd_error *kd_refs_scan(struct kd_view text, enum kd_body_lang lang, struct kd_view name,
			      struct kd_refs *ret)
{
	struct kd_error *err = kd_bodies_scan(text, lang, NULL, &ret->bodies);
	struct scan s = {.r = ret, .name = name};
	struct before b = {KD_VNULL, KD_VNULL};
	struct kd_lex lx;

	ret->n = 0;
	ret->over_limit = false;
	if (err)
		return err;
	kd_lex_init(&lx, text);
	while (kd_lex_next(&lx)) {
		if (lx.tok == KD_TOK_IDENT && kd_view_eq(lx.text, name)) {
			struct kd_lex ahead = lx;
			bool more = kd_lex_next(&ahead);

			hit(&s, &lx, &b, more && kd_view_eq(ahead.text, KD_V("(")));
		}
		b.t2 = b.t1;
		b.t1 = lx.text;
	}
	return NULL;
}

void kd_refs_deinit(struct kd_refs *r)
{
	kd_bodies_deinit(&r->bodies);
	kd_vec_free(r);
}

const char *kd_ref_kind_word(enum kd_ref_kind k)
{
	static const char *const words[] = {
		[KD_REF_CALL] = "call",
		[KD_REF_REFERENCE] = "reference",
		[KD_REF_MACRO] = "macro",
		[KD_REF_EXPORT] = "export",
	};

	return (size_t)k < KD_ARRAY_LEN(words) ? words[k] : "reference";
}
