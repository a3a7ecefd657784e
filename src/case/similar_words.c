// SPDX-License-Identifier: GPL-2.0-or-later
/* Why two profiles are alike, in words for people. */
#include <stdio.h>

#include "base/alloc.h"
#include "case/similar_model.h"
#include "case/vocab.h"

struct say {
	const struct kd_vocab *v;
	const struct kd_profile *a, *b;
	struct kd_arena *arena;
	struct kd_reasons *r;
};

static void __attribute__((format(printf, 4, 5))) say(struct say *s, const char *ingredient, bool against, const char *fmt, ...)
{
	struct kd_view words;
	va_list ap;

	if (s->r->n >= KD_REASONS_MAX)
		return;
	va_start(ap, fmt);
	words = kd_arena_vprintf(s->arena, fmt, ap);
	va_end(ap);
	if (words.p)
		s->r->v[s->r->n++] = (struct kd_reason){ingredient, against, words};
}

/* The word that both sets have and fewest others; 0: none. */
static uint32_t rarest(const struct say *s, int x, int y)
{
	const struct kd_pterm *a = s->a->set[x], *b = s->b->set[y];
	uint32_t best = 0;

	for (size_t i = 0, k = 0; i < s->a->n[x] && k < s->b->n[y];) {
		if (a[i].id < b[k].id) {
			i++;
		} else if (a[i].id > b[k].id) {
			k++;
		} else {
			if (!best || s->v->df.v[a[i].id] < s->v->df.v[best])
				best = a[i].id;
			i++, k++;
		}
	}
	return best;
}

#define WORD(s, id) KD_VARG(kd_vocab_word((s)->v, (id)))

static void stacks(struct say *s)
{
	size_t lead = 0;
	uint32_t f = rarest(s, KD_PS_CRASH, KD_PS_CRASH);

	while (lead < s->a->nlead && lead < s->b->nlead && s->a->lead[lead] == s->b->lead[lead])
		lead++;
	if (lead > 1)
		say(s, "stack", false, "both in %.*s < %.*s%s (rarest: %.*s, in %u of %zu)", WORD(s, s->a->lead[0]),
		    WORD(s, s->a->lead[1]), lead > 2 ? " < …" : "", WORD(s, f), s->v->df.v[f], s->v->nprofiles);
	else if (f)
		say(s, "stack", false, "both have %.*s in the crash's stack (in %u of %zu)", WORD(s, f), s->v->df.v[f],
		    s->v->nprofiles);
	else if (s->a->nlead && s->b->nlead)
		say(s, "stack", true, "no function in common in the crash's stacks");
	f = rarest(s, KD_PS_SIDE, KD_PS_SIDE);
	if (f)
		say(s, "other_stacks", false, "both have %.*s in another stack (in %u of %zu)", WORD(s, f), s->v->df.v[f],
		    s->v->nprofiles);
	f = rarest(s, KD_PS_CRASH, KD_PS_SIDE);
	f = f ? f : rarest(s, KD_PS_SIDE, KD_PS_CRASH);
	if (f)
		say(s, "other_stacks", false, "%.*s crashed in one, allocated, freed or raced in the other", WORD(s, f));
}

static void place(struct say *s, const struct kd_likeness *l)
{
	const struct kd_profile *a = s->a, *b = s->b;
	uint32_t part;

	if (l->feature[KD_F_FUNC] > 0)
		say(s, "place", false, "both blame %.*s%s", WORD(s, a->func), l->feature[KD_F_PLACE] > 0 ? ", the same line" : "");
	else if (l->feature[KD_F_FILE] > 0)
		say(s, "place", false, "both blame a function of %.*s", WORD(s, a->file));
	else if (a->func && b->func)
		say(s, "place", true, "%.*s and %.*s are blamed", WORD(s, a->func), WORD(s, b->func));
	part = rarest(s, KD_PS_GPART, KD_PS_GPART);
	if (part && !(l->feature[KD_F_FUNC] > 0))
		say(s, "names", false, "\"%.*s\" in the names of both blamed functions (in %u of %zu)", WORD(s, part),
		    s->v->df.v[part], s->v->nprofiles);
}

static void kinds(struct say *s)
{
	static const char *const dirs[] = {"", "read", "write", "execution"};
	const struct kd_profile *a = s->a, *b = s->b;
	uint32_t mark = rarest(s, KD_PS_MARK, KD_PS_MARK);
	struct kd_view text = kd_vocab_word(s->v, mark);

	if (a->kind != b->kind)
		say(s, "kind", a->cls == KD_KC_OTHER || a->cls != b->cls, "%.*s and %.*s", WORD(s, a->kind), WORD(s, b->kind));
	else if (a->what && b->what && a->what != b->what)
		say(s, "kind", true, "%.*s and %.*s", WORD(s, a->what), WORD(s, b->what));
	if (a->dir && b->dir && a->dir != b->dir)
		say(s, "access", true, "%s and %s", dirs[a->dir], dirs[b->dir]);
	if (a->size && b->size && a->size != b->size)
		say(s, "access", true, "%u and %u bytes", a->size, b->size);
	if (mark && kd_view_skip(&text, KD_V("says ")))
		say(s, "facts", false, "both say \"%.*s\" (in %u of %zu)", KD_VARG(text), s->v->df.v[mark], s->v->nprofiles);
	else if (mark)
		say(s, "facts", false, "both have %.*s (in %u of %zu)", KD_VARG(text), s->v->df.v[mark], s->v->nprofiles);
}

void kd_similar_reasons(const struct kd_vocab *v, const struct kd_profile *a, const struct kd_profile *b,
			const struct kd_likeness *l, struct kd_arena *arena, struct kd_reasons *ret)
{
	struct say s = {.v = v, .a = a, .b = b, .arena = arena, .r = ret};
	uint32_t apart = a->vintage > b->vintage ? a->vintage - b->vintage : b->vintage - a->vintage;

	ret->n = 0;
	place(&s, l);
	stacks(&s);
	kinds(&s);
	if (kd_profiles_apart(a, b))
		say(&s, "era", true, "mainline trees %u.%u versions apart: the first may be fixed since", apart / 10, apart % 10);
}
