// SPDX-License-Identifier: GPL-2.0-or-later
/* Any bytes as a skill: findings lie in the text, words are parts of it. */
#include "base/alloc.h"
#include "fuzz.h"
#include "verb/skilllint.h"

struct state {
	struct kd_view text;
	unsigned lines;
};

static bool words(void *user, const struct kd_view *w, size_t n, struct kd_buf *why)
{
	const struct state *s = user;

	check(n > 0);
	for (size_t i = 0; i < n; i++)
		check(!w[i].n || (w[i].p >= s->text.p && w[i].p + w[i].n <= s->text.p + s->text.n));
	kd_buf_add(why, KD_V("no"));
	return n % 2;
}

static void found(void *user, unsigned line, const char *cls, struct kd_view what)
{
	const struct state *s = user;

	check(line >= 1 && line <= s->lines && cls && what.n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const void *p = data;
	struct state s = {.text = kd_view(p, size < 1 << 16 ? size : 1 << 16), .lines = 1};
	const struct kd_skill_words w = {.check = words, .user = &s};
	const struct kd_skill_finder f = {.words = &w, .found = found, .user = &s};

	for (size_t i = 0; i < s.text.n; i++)
		s.lines += s.text.p[i] == '\n';
	kd_skill_lint_text(s.text, KD_V("name"), size % 2, &f);
	return 0;
}
