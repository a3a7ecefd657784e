// SPDX-License-Identifier: GPL-2.0-or-later
/* Words of claims: do two say the same, does one claim to be certain? */
#include <stdlib.h>

#include "base/alloc.h"
#include "case/ledger.h"

enum { WORDS_MAX = 256, WORD_MAX = 64 };

struct words {
	char v[WORDS_MAX][WORD_MAX];
	size_t n;
};

/* Words that every claim has say nothing. */
static bool is_filler(struct kd_view w)
{
	static const char *const filler[] = {"a",   "an",   "the",  "is",   "are",  "was", "were", "be",   "been", "by",  "of",  "in",  "on",
					     "at",  "to",   "from", "that", "this", "it",  "its",  "and",  "or",   "as",  "for", "with", "which",
					     "has", "have", "had",  "does", "do",   "did", "then", "when", "after", "before", "because", "so", "there"};

	for (size_t i = 0; i < KD_ARRAY_LEN(filler); i++)
		if (kd_view_eq(w, kd_view_of(filler[i])))
			return true;
	return false;
}

/* "caches", "cached" and "cache" are one: the usual endings go. */
static size_t stem(const char *w, size_t n)
{
	static const struct kd_view endings[] = {KD_V("ing"), KD_V("ed"), KD_V("es"), KD_V("s"), KD_V("e")};

	for (size_t i = 0; i < KD_ARRAY_LEN(endings); i++)
		if (n > endings[i].n + 3 && kd_view_ends(kd_view(w, n), endings[i]))
			return n - endings[i].n;
	return n;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(a, b);
}

static void words_of(struct kd_view v, struct words *w)
{
	w->n = 0;
	while (v.n && w->n < WORDS_MAX) {
		char *to = w->v[w->n];
		size_t n = 0;

		while (v.n && !kd_is_word(*v.p))
			v = kd_view_from(v, 1);
		for (; v.n && kd_is_word(*v.p); v = kd_view_from(v, 1))
			if (n + 1 < WORD_MAX)
				to[n++] = (char)(kd_is_alpha(*v.p) ? *v.p | 0x20 : *v.p);
		if (!n || is_filler(kd_view(to, n)))
			continue;
		to[stem(to, n)] = '\0';
		w->n++;
	}
	if (w->n)
		qsort(w->v, w->n, sizeof(w->v[0]), by_text);
}

/* Of the words that one of the two has, the part that both have. "not" is a word: its opposite is another claim. */
double kd_ledger_likeness(struct kd_view a, struct kd_view b)
{
	struct words *x = kd_xmalloc(2 * sizeof(*x)), *y = x + 1;
	size_t i = 0, k = 0, common = 0, all = 0;

	words_of(a, x);
	words_of(b, y);
	while (i < x->n || k < y->n) {
		int c = i == x->n ? 1 : k == y->n ? -1 : strcmp(x->v[i], y->v[k]);
		const char *word = c <= 0 ? x->v[i] : y->v[k];

		all++;
		common += !c;
		while (i < x->n && !strcmp(x->v[i], word) && c <= 0)
			i++;
		while (k < y->n && !strcmp(y->v[k], word))
			k++;
	}
	kd_free(x);
	return all ? (double)common / (double)all : 0;
}

static bool first_rule(void *user, const struct kd_overclaim *o)
{
	*(const struct kd_overclaim_rule **)user = o->rule;
	return false;
}

struct kd_error *kd_ledger_certain(struct kd_view text, const struct kd_overclaim_rule **ret)
{
	kd_auto(kd_arena_deinit) struct kd_arena arena = KD_ARENA_INIT(1 << 20);
	struct kd_prose p;
	struct kd_error *err = kd_prose_read(text, &arena, &p);

	*ret = NULL;
	if (!err)
		kd_overclaim_find(&p, first_rule, ret);
	return err;
}
