// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/sh_complete.h"

#include <string.h>

#include "cli/verbs.h"

enum { CANDIDATES_MAX = KD_CORE_NAMES_MAX + 256, LETTERS_MIN = 3 };

struct completing {
	struct kd_sh *sh;
	struct kd_view word; /* that is completed */
	struct kd_arena *arena;
	struct kd_candidates *c;
};

static void offer(struct completing *k, struct kd_view v)
{
	struct kd_view *at;

	if (!kd_view_starts(v, k->word))
		return;
	for (size_t i = 0; i < k->c->v.n; i++)
		if (kd_view_eq(k->c->v.v[i], v))
			return;
	at = kd_avec_push(k->arena, &k->c->v, CANDIDATES_MAX);
	if (at)
		*at = v;
	else
		k->c->more = true;
}

static void offer_commands(struct completing *k)
{
	for (const struct kd_cmd *const *v = kd_verbs(); *v; v++)
		if (kd_sh_can(*v))
			offer(k, kd_view_of((*v)->name + strlen("core ")));
	for (const struct kd_sh_builtin *b = kd_sh_builtins(); b->name; b++)
		offer(k, kd_view_of(b->name));
	for (const struct kd_sh_name *n = kd_sh_names(); n->name; n++)
		if (n->verb && kd_verb_find(n->verb) && !strchr(n->name, ' '))
			offer(k, kd_view_of(n->name));
	kd_vec_each(a, &k->sh->alias)
		offer(k, kd_arena_view(k->arena, kd_view_of(a->name)));
}

static void offer_options(struct completing *k, const struct kd_opt *o, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!o[i].hidden)
			offer(k, kd_arena_printf(k->arena, "--%s%s", o[i].name, o[i].arg ? "=" : ""));
}

static void offer_choices(struct completing *k, const struct kd_cmd *cmd, size_t eq)
{
	const struct kd_view name = kd_view_from(kd_view_head(k->word, eq), 2);

	for (size_t i = 0; i < cmd->nopts; i++)
		for (const char *const *c = cmd->opts[i].choices; c && *c; c++)
			if (kd_view_eq(kd_view_of(cmd->opts[i].name), name))
				offer(k, kd_arena_printf(k->arena, "--%s=%s", cmd->opts[i].name, *c));
}

static void offer_names(struct completing *k, bool types)
{
	struct kd_core_names names = {.more = false};

	if (k->word.n < LETTERS_MIN)
		return;
	if (types)
		kd_core_names_of_types(k->sh->dump, k->word, k->arena, &names);
	else
		kd_core_names_of_symbols(k->sh->dump, k->word, k->arena, &names);
	for (size_t i = 0; i < names.name.n; i++)
		offer(k, names.name.v[i]);
	k->c->more |= names.more;
}

static void offer_words(struct completing *k, const char *const *words)
{
	for (; *words; words++)
		offer(k, kd_view_of(*words));
}

/* Where the word begins that the line ends with: behind a blank, or behind what an expression may have in front. */
static size_t word_start(struct kd_view line)
{
	size_t n = line.n;

	while (n && !kd_is_space(line.p[n - 1]) && !strchr("(&*,:", line.p[n - 1]))
		n--;
	return n;
}

static void of_verb(struct completing *k, const char *first)
{
	static const char *const with_types[] = {"struct", "union", "whatis", "list", "p", "*", NULL};
	const char *before;
	size_t words;
	const struct kd_cmd *cmd = kd_sh_find(&first, 1, &words, &before);
	const size_t eq = kd_view_chr(k->word, '=');
	bool types = false;

	if (kd_view_starts(k->word, KD_V("--")) && cmd) {
		if (eq != KD_NPOS)
			offer_choices(k, cmd, eq);
		else
			offer_options(k, cmd->opts, cmd->nopts);
		return;
	}
	for (const char *const *w = with_types; *w; w++)
		types |= !strcmp(first, *w);
	if (types)
		offer_names(k, true);
	if (cmd)
		offer_names(k, false);
}

void kd_sh_complete(struct kd_sh *sh, struct kd_view before, struct kd_arena *arena, struct kd_candidates *ret)
{
	static const char *const selectors[] = {"kernel", "user", "gleader", "active", "RU", "IN", "UN", "ZO", "bt", "vm",
						"files", "task", "sig", NULL};
	static const char *const variables[] = {"scroll", "on", "off", NULL};
	struct completing k = {.sh = sh, .arena = arena, .c = ret};
	struct kd_view rest = before, first;
	size_t start;

	kd_view_skip_blank(&rest);
	if (kd_view_chr(rest, '|') != KD_NPOS || kd_view_starts(rest, KD_V("!")))
		return;
	start = word_start(rest);
	k.word = kd_view_from(rest, start);
	ret->typed = k.word.n;
	first = kd_arena_view(arena, kd_view_head(rest, kd_view_chr(rest, ' ')));
	if (!first.p)
		return;
	if (!start || !strcmp(first.p, "help") || !strcmp(first.p, "h"))
		offer_commands(&k);
	else if (!strcmp(first.p, "foreach"))
		offer_words(&k, selectors);
	else if (!strcmp(first.p, "set"))
		offer_words(&k, variables);
	else
		of_verb(&k, first.p);
}
