// SPDX-License-Identifier: GPL-2.0-or-later
#include "history/mailwords.h"

#include <stdio.h>

/* A character at *at, which moves behind it; bytes that are no UTF-8 are characters of their own that are no letters. */
static uint32_t next_char(struct kd_view v, size_t *at)
{
	const unsigned char *p = (const unsigned char *)v.p + *at;
	const size_t left = v.n - *at;
	const unsigned n = p[0] < 0x80 ? 1 : p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : p[0] >= 0xc2 ? 2 : 0;
	uint32_t c = n == 1 ? p[0] : n == 2 ? p[0] & 0x1f : n == 3 ? p[0] & 0x0f : p[0] & 0x07;

	if (!n || n > left || p[0] > 0xf4) {
		++*at;
		return 0xfffd;
	}
	for (unsigned i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80) {
			++*at;
			return 0xfffd;
		}
		c = c << 6 | (p[i] & 0x3f);
	}
	*at += n;
	return c;
}

/* Blocks that hold punctuation, symbols and blanks; everything else above ASCII is taken for a letter. */
static bool is_mark(uint32_t c)
{
	static const uint32_t ranges[][2] = {{0x80, 0xa9}, {0xab, 0xb1}, {0xb4, 0xb4}, {0xb6, 0xb8}, {0xbb, 0xbb}, {0xbf, 0xbf}, {0xd7, 0xd7}, {0xf7, 0xf7}, {0x2000, 0x206f},
					     {0x20a0, 0x20cf}, {0x2190, 0x245f}, {0x2500, 0x2bff}, {0x2e00, 0x2e7f}, {0x3000, 0x3004},
					     {0x3008, 0x3020}, {0xe000, 0xf8ff}, {0xfe10, 0xfe1f}, {0xfe30, 0xfe6f}, {0xfeff, 0xfeff},
					     {0xff01, 0xff0f}, {0xff1a, 0xff20}, {0xff3b, 0xff40}, {0xff5b, 0xff65}, {0xffe0, 0xffff},
					     {0x1f000, 0x1faff}};

	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
		if (c >= ranges[i][0] && c <= ranges[i][1])
			return true;
	return false;
}

static bool is_letter(uint32_t c)
{
	return c < 0x80 ? kd_is_word((char)c) : !is_mark(c);
}

static bool is_capital(uint32_t c)
{
	return c < 0x80 ? c >= 'A' && c <= 'Z'
			: (c >= 0xc0 && c <= 0xde && c != 0xd7) || (c >= 0x391 && c <= 0x3a9) || (c >= 0x400 && c <= 0x42f) ||
				  (c >= 0x100 && c <= 0x137 && c % 2 == 0);
}

static uint32_t lower(uint32_t c)
{
	if (!is_capital(c))
		return c;
	return c < 0x100 ? c + 32 : c < 0x138 ? c + 1 : c < 0x400 ? c + 32 : c < 0x410 ? c + 80 : c + 32;
}

static void put(struct kd_mail_token *t, uint32_t c)
{
	char *p = t->buf + t->word.n;
	const unsigned n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
	static const unsigned char first[] = {0, 0, 0xc0, 0xe0, 0xf0};

	if (t->word.n + n > KD_MAIL_WORD_MAX) {
		t->word.n = KD_MAIL_WORD_MAX + 1; /* told by the caller */
		return;
	}
	for (unsigned i = n; i > 1; i--, c >>= 6)
		p[i - 1] = (char)(0x80 | (c & 0x3f));
	p[0] = (char)(n == 1 ? c : first[n] | c);
	t->word.n += n;
}

/* P.T.O., with or without the last point: moves *at behind it. */
static bool take_initials(struct kd_view v, size_t *at, struct kd_mail_token *t)
{
	size_t i = *at, letters = 0, end = i;

	while (i < v.n && v.p[i] >= 'A' && v.p[i] <= 'Z') {
		end = ++i;
		letters++;
		if (i >= v.n || v.p[i] != '.')
			break;
		i++;
	}
	if (letters < 2) /* i is behind a point that follows the last one: U.N.x is none */
		return false;
	if (i < v.n && is_letter(next_char(v, &i)))
		return false;
	for (i = *at; i < end; i += 2)
		put(t, (uint32_t)(v.p[i] | 0x20));
	*at = end;
	return true;
}

/* A mark between two letters (or digits) that belongs to the word; 0: it does not. */
static uint32_t inside(uint32_t mark, uint32_t before)
{
	if (mark == '\'' || mark == 0x2019 || mark == 0x201b)
		return '\'';
	if (mark == '&' || mark == 0xb7)
		return mark;
	return before < 0x80 && kd_is_digit((char)before) && (mark == ',' || mark == '.' || mark == ';') ? mark : 0;
}

static void take_word(struct kd_view v, size_t *at, struct kd_mail_token *t)
{
	uint32_t before = 0;

	while (*at < v.n) {
		size_t i = *at, behind;
		uint32_t c = next_char(v, &i), mark;

		if (is_letter(c)) {
			put(t, lower(c));
			before = c;
			*at = i;
			continue;
		}
		mark = inside(c, before);
		behind = i;
		if (!mark || i >= v.n)
			break;
		c = next_char(v, &i);
		if (!is_letter(c) || ((mark == ',' || mark == '.' || mark == ';') && !(c < 0x80 && kd_is_digit((char)c))))
			break;
		put(t, mark);
		*at = behind;
	}
}

static void take_suffix(struct kd_view v, size_t *at, struct kd_mail_token *t)
{
	size_t i = *at, n = 0, next;

	while (i + n < v.n && (v.p[i + n] == '+' || v.p[i + n] == '#'))
		n++;
	next = i + n;
	if (!n || n > 3 || (next < v.n && is_letter(next_char(v, &next))))
		return;
	for (size_t k = 0; k < n; k++)
		put(t, (uint32_t)v.p[i + k]);
	*at = i + n;
	t->suffixed = true;
}

bool kd_mail_token(struct kd_view text, size_t *at, struct kd_mail_token *ret)
{
	size_t i = *at;
	uint32_t c = 0;

	while (*at < text.n) {
		i = *at;
		c = next_char(text, &i);
		if (is_letter(c))
			break;
		*at = i;
	}
	if (*at >= text.n)
		return false;
	ret->word = kd_view(ret->buf, 0);
	ret->from = *at;
	ret->capital = is_capital(c);
	ret->suffixed = false;
	if (!take_initials(text, at, ret)) {
		take_word(text, at, ret);
		take_suffix(text, at, ret);
	}
	ret->to = *at;
	if (ret->word.n > KD_MAIL_WORD_MAX)
		ret->word.n = 0;
	return true;
}

void kd_mail_words(struct kd_view text, kd_mail_word_fn *fn, void *user)
{
	struct kd_mail_token t;
	size_t at = 0;

	while (kd_mail_token(text, &at, &t))
		if (t.word.n && !fn(user, t.word))
			return;
}

uint64_t kd_mail_stem_term(enum kd_word_field field, struct kd_view word)
{
	char buf[KD_STEM_MAX], z[KD_STEM_MAX + 2];
	const struct kd_view stem = kd_stem(word, buf);

	return kd_term(field, kd_view(z, (size_t)snprintf(z, sizeof(z), "Z%.*s", KD_VARG(stem))));
}

uint64_t kd_mail_exact_term(enum kd_word_field field, struct kd_view word, bool *level_ret)
{
	char buf[KD_STEM_MAX];

	*level_ret = kd_mail_stems(word) && kd_view_eq(kd_stem(word, buf), word);
	return *level_ret ? kd_mail_stem_term(field, word) : kd_term(field, word);
}
