// SPDX-License-Identifier: GPL-2.0-or-later
#include "lab/words.h"

#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"

enum { WORD_MAX = 256 << 10 };

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n';
}

/* One byte behind a backslash; inside of "…" it stays there before most of them. */
static void escaped(struct kd_view *v, struct kd_buf *word, bool inside)
{
	if (!v->n)
		return;
	if (inside && !strchr("\"\\$`", v->p[0]))
		kd_buf_addc(word, '\\');
	if (v->p[0] != '\n')
		kd_buf_addc(word, v->p[0]);
	*v = kd_view_from(*v, 1);
}

/* Behind the opening quote. False: it is not closed. */
static bool quoted(struct kd_view *v, struct kd_buf *word, char quote)
{
	while (v->n) {
		const char c = v->p[0];

		*v = kd_view_from(*v, 1);
		if (c == quote)
			return true;
		if (c == '\\' && quote == '"')
			escaped(v, word, true);
		else
			kd_buf_addc(word, c);
	}
	return false;
}

static bool one_word(struct kd_view *v, struct kd_buf *word)
{
	while (v->n && !is_blank(v->p[0])) {
		const char c = v->p[0];

		*v = kd_view_from(*v, 1);
		if (c == '\\')
			escaped(v, word, false);
		else if (c != '\'' && c != '"')
			kd_buf_addc(word, c);
		else if (!quoted(v, word, c))
			return false;
	}
	return !word->overflow && kd_view_chr(kd_buf_view(word), '\0') == KD_NPOS;
}

bool kd_words_split(struct kd_view line, struct kd_arena *arena, const char **v, size_t max,
		    size_t *n)
{
	*n = 0;
	for (;;) {
		kd_auto(kd_buf_deinit) struct kd_buf word = KD_BUF_INIT(WORD_MAX);

		while (line.n && is_blank(line.p[0]))
			line = kd_view_from(line, 1);
		v[*n] = NULL;
		if (!line.n)
			return true;
		if (*n >= max || !one_word(&line, &word))
			return false;
		v[*n] = word.n ? kd_arena_view(arena, kd_buf_view(&word)).p : "";
		if (!v[*n])
			return false;
		++*n;
	}
}
