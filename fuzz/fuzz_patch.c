// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any bytes as a patch: what is told lies in the bytes or the arena, the records fit together, the patch id is the
 * same with and without the records' help, and the words are those that a plain loop finds.
 */
#include "base/alloc.h"
#include "format/patch.h"
#include "fuzz.h"

struct seen {
	const struct kd_patch *patch;
	const char *p, *end; /* where the plain loop is */
	uint64_t touched;
};

static void inside(struct kd_view outer, struct kd_view v)
{
	check(!v.n || (v.p >= outer.p && v.n <= outer.n && (size_t)(v.p - outer.p) <= outer.n - v.n));
}

static void word(void *user, struct kd_view w, char sign, unsigned where)
{
	struct seen *s = user;

	check(w.n && (sign == '+' || sign == '-' || sign == ' ') && where <= KD_PATCH_STRING);
	for (;;) { /* the next one of the plain loop is this one */
		const char *from;

		while (s->p < s->end && !kd_is_word(*s->p))
			s->p++;
		from = s->p;
		while (s->p < s->end && kd_is_word(*s->p))
			s->p++;
		check(from < s->end);
		if (kd_is_digit(*from))
			continue;
		check(from == w.p && s->p == w.p + w.n);
		return;
	}
}

static void no_more(const struct seen *s)
{
	for (const char *p = s->p; p < s->end; p++) {
		check(!kd_is_word(*p) || kd_is_digit(*p));
		while (p < s->end && kd_is_word(*p))
			p++;
		if (p == s->end)
			return;
	}
}

static void function(void *user, const struct kd_patch_func *f)
{
	struct seen *s = user;

	check(f->file < s->patch->nfiles && f->hunk < s->patch->nhunks && f->name.n);
	inside(s->patch->text, f->name);
	check(f->hunk - s->patch->files[f->file].hunk < s->patch->files[f->file].nhunks);
	s->touched++;
}

static void words_of(struct seen *s, const struct kd_patch_file *f, const struct kd_patch_hunk *h)
{
	s->p = h->body.p;
	s->end = h->body.p + h->body.n;
	if (h->flags & KD_PATCH_NO_EOL)
		return; /* that line's words are nobody's */
	kd_patch_words(f, h, word, s);
	no_more(s);
}

static void check_patch(const struct kd_patch *p)
{
	struct kd_patch bare = *p;
	uint8_t a[KD_PATCH_ID_LEN] = {0}, b[KD_PATCH_ID_LEN] = {0};
	struct seen s = {.patch = p};

	for (size_t i = 0; i < p->nfiles; i++) {
		const struct kd_patch_file *f = &p->files[i];

		inside(p->text, f->head);
		check(f->hunk + f->nhunks <= p->nhunks && *kd_patch_status_name(f->status));
		for (uint32_t k = 0; k < f->nhunks; k++) {
			const struct kd_patch_hunk *h = &p->hunks[f->hunk + k];

			inside(p->text, h->body);
			inside(p->text, h->heading);
			check(h->flags & KD_PATCH_CORRUPT || (h->added <= h->new_count && h->removed <= h->old_count &&
							      h->new_count - h->added == h->old_count - h->removed));
			words_of(&s, f, h);
		}
	}
	for (size_t i = 0; i < p->nproblems; i++)
		check(*kd_patch_problem_name(p->problems[i].kind));
	kd_patch_functions(p, function, &s);
	bare.nhunks = 0;
	check(kd_patch_id(p, a) == kd_patch_id(&bare, b) && !memcmp(a, b, sizeof(a)));
}

static void parse(struct kd_view text, const struct kd_patch_limits *limits)
{
	kd_auto(kd_arena_deinit) struct kd_arena arena = KD_ARENA_INIT(16 << 20);
	struct kd_error *err;
	struct kd_patch p;

	err = kd_patch_parse(text, &arena, limits, &p);
	if (!err) {
		inside(text, p.text);
		check(p.nfiles <= p.all_files && p.nhunks <= p.all_hunks && p.nproblems <= p.all_problems);
		check_patch(&p);
	}
	kd_error_free(err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct kd_patch_limits few = {.files = 2, .hunks = 3, .problems = 1};
	struct kd_view text = kd_view((const char *)data, size), rest = text, id, one;

	parse(text, NULL);
	parse(text, &few);
	while (kd_patch_next_commit(&rest, &id, &one))
		parse(one, NULL);
	return 0;
}
