// SPDX-License-Identifier: GPL-2.0-or-later
#include "format/patch.h"

#include "format/patch_line.h"

/* Which of up to 64 bytes are parts of words, and which begin or end something that hides others. */
struct masks {
	uint64_t word, quote, slash;
	size_t n; /* bytes looked at: up to the newline, which is not among them */
	bool eol;
};

struct scan {
	kd_patch_word_fn *word;
	void *user;
	enum kd_patch_lang lang;
	bool old_comment, new_comment; /* inside of one at the end of the last line of each side */
};

#ifdef __SSE2__
static unsigned word_mask(__m128i x)
{
	/* unsigned comparison: x - 'a' <= 25 is min(x - 'a', 25) == x - 'a' */
	const __m128i letter = _mm_sub_epi8(_mm_or_si128(x, _mm_set1_epi8(0x20)), _mm_set1_epi8('a'));
	const __m128i digit = _mm_sub_epi8(x, _mm_set1_epi8('0'));
	__m128i m = _mm_cmpeq_epi8(_mm_min_epu8(letter, _mm_set1_epi8(25)), letter);

	m = _mm_or_si128(m, _mm_cmpeq_epi8(_mm_min_epu8(digit, _mm_set1_epi8(9)), digit));
	return (unsigned)_mm_movemask_epi8(_mm_or_si128(m, _mm_cmpeq_epi8(x, _mm_set1_epi8('_'))));
}

static unsigned char_mask(__m128i x, char c)
{
	return (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(x, _mm_set1_epi8(c)));
}
#endif

/* The bytes from p on, which lie before end; at most 64, at most up to a newline. */
static struct masks look(const char *p, const char *end)
{
	struct masks m = {.eol = false};
	const size_t most = end - p < 64 ? (size_t)(end - p) : 64;

#ifdef __SSE2__
	for (; m.n + 16 <= most; m.n += 16) {
		const __m128i x = _mm_loadu_si128((const __m128i *)(const void *)(p + m.n));
		const unsigned nl = char_mask(x, '\n');

		m.word |= (uint64_t)word_mask(x) << m.n;
		m.quote |= (uint64_t)(char_mask(x, '"') | char_mask(x, '\'')) << m.n;
		m.slash |= (uint64_t)char_mask(x, '/') << m.n;
		if (nl) {
			m.n += (unsigned)__builtin_ctz(nl);
			m.word &= ((uint64_t)1 << m.n) - 1;
			m.quote &= ((uint64_t)1 << m.n) - 1;
			m.slash &= ((uint64_t)1 << m.n) - 1;
			m.eol = true;
			return m;
		}
	}
#endif
	for (; m.n < most; m.n++) {
		const char c = p[m.n];
		const uint64_t bit = (uint64_t)1 << m.n;

		if (c == '\n') {
			m.eol = true;
			return m;
		}
		m.word |= kd_is_word(c) ? bit : 0;
		m.quote |= c == '"' || c == '\'' ? bit : 0;
		m.slash |= c == '/' ? bit : 0;
	}
	m.eol = p + m.n == end;
	return m;
}

static inline void tell(const struct scan *s, const char *p, size_t n, char sign, unsigned where)
{
	if (!kd_is_digit(*p))
		s->word(s->user, kd_view(p, n), sign, where);
}

/* --- a line with something that hides ---------------------------------------------------------------------- */

/* Behind the quote that ends what begins at p, or the line's end. */
static const char *end_of_string(const char *p, const char *end)
{
	const char quote = *p++;

	while (p < end && *p != quote)
		p += *p == '\\' && p + 1 < end ? 2 : 1;
	return p < end ? p + 1 : end;
}

/* 'x', '\n', '\x41': else it is an apostrophe, or a lifetime of Rust. */
static bool is_char(const char *p, const char *end)
{
	const char *const most = end - p > 12 ? p + 12 : end;
	const char *const close = end_of_string(p, most);

	return close - p >= 3 && close[-1] == '\'' && (p[1] == '\\' || close - p == 3);
}

static void all_words(const struct scan *s, const char *p, const char *end, char sign, unsigned where)
{
	while (p < end) {
		const char *from = p;

		if (!kd_is_word(*p)) {
			p++;
			continue;
		}
		while (p < end && kd_is_word(*p))
			p++;
		tell(s, from, (size_t)(p - from), sign, where);
	}
}

/* Behind the comment's end, or the line's. */
static const char *end_of_comment(const char *p, const char *end, bool *comment)
{
	const size_t at = kd_view_find(kd_view(p, (size_t)(end - p)), KD_V("*/"));

	*comment = at == KD_NPOS;
	return *comment ? end : p + at + 2;
}

/* Where the hidden piece that begins at p ends; p when there is none. */
static const char *hidden(const char *p, const char *end, unsigned *where, bool *comment)
{
	*where = KD_PATCH_COMMENT;
	if (*p == '/' && end - p > 1 && p[1] == '*')
		return end_of_comment(p + 2, end, comment);
	if (*p == '/' && end - p > 1 && p[1] == '/')
		return end;
	*where = KD_PATCH_STRING;
	if (*p == '"' || (*p == '\'' && is_char(p, end)))
		return end_of_string(p, end);
	return p;
}

static void slow_line(const struct scan *s, const char *p, const char *end, char sign, bool *comment)
{
	const char *from = p, *next;
	unsigned where;

	if (*comment) {
		p = end_of_comment(p, end, comment);
		all_words(s, from, p, sign, KD_PATCH_COMMENT);
		from = p;
	}
	while (p < end) {
		next = hidden(p, end, &where, comment);
		if (next == p) {
			p++;
			continue;
		}
		all_words(s, from, p, sign, 0);
		all_words(s, p, next, sign, where);
		from = p = next;
	}
	all_words(s, from, end, sign, 0);
}

/* --- the others -------------------------------------------------------------------------------------------- */

/* The words of one window; where the next begins: at a word that this one cuts. */
static size_t window(const struct scan *s, const char *p, const struct masks *m, char sign, unsigned where)
{
	uint64_t w = m->word;
	size_t next = m->n;

	if (!m->eol && w >> 63) {
		const uint64_t gap = ~w;

		if (!gap)
			return 0; /* a word longer than the window */
		next = 64 - (size_t)__builtin_clzll(gap);
		w &= ((uint64_t)1 << next) - 1; /* next is at most 63 here: the last bit is a word's */
	}
	while (w) {
		const unsigned at = (unsigned)__builtin_ctzll(w);
		const uint64_t run = ~(w >> at);
		const unsigned n = run ? (unsigned)__builtin_ctzll(run) : 64;

		tell(s, p + at, n, sign, where);
		w &= w + ((uint64_t)1 << at);
	}
	return next;
}

/* kernel-doc and the like: " * text" in the midst of a comment whose beginning the hunk may not show. */
static bool looks_inside(const char *p, const char *end)
{
	while (p < end && kd_is_blank(*p))
		p++;
	return p < end && *p == '*' && (end - p == 1 || p[1] == ' ' || p[1] == '\t' || p[1] == '/' || p[1] == '\n');
}

/* A line without its sign; behind its newline. */
static const char *one_line(const struct scan *s, const char *p, const char *end, char sign, bool *comment)
{
	const char *const from = p;
	const bool told = s->lang != KD_PATCH_OTHER;
	bool here = false; /* for this line only: a product may be continued by a line with a star, too */

	for (;;) {
		const struct masks m = look(p, end);
		unsigned where;
		size_t n;

		if (told && p == from && !*comment && looks_inside(p, p + m.n)) {
			here = true;
			comment = &here;
		}
		if (told && (m.slash || (m.quote && !*comment))) {
			const char *next = kd_patch_eol(p, end);

			slow_line(s, p > from && p[-1] == '*' ? p - 1 : p, next, sign, comment);
			return next;
		}
		where = told && *comment ? KD_PATCH_COMMENT : 0;
		n = window(s, p, &m, sign, where);
		if (m.eol)
			return p + m.n < end ? p + m.n + 1 : end;
		if (!n) {
			for (n = 64; p + n < end && kd_is_word(p[n]); n++)
				;
			tell(s, p, n, sign, where);
		}
		p += n;
	}
}

void kd_patch_words(const struct kd_patch_file *file, const struct kd_patch_hunk *hunk, kd_patch_word_fn *word,
		    void *user)
{
	struct scan s = {.word = word, .user = user, .lang = file->lang};
	const char *p = hunk->body.p, *const end = hunk->body.n ? p + hunk->body.n : p;

	while (p < end) {
		const char sign = *p;

		if (sign == '+') {
			p = one_line(&s, p + 1, end, sign, &s.new_comment);
		} else if (sign == '-') {
			p = one_line(&s, p + 1, end, sign, &s.old_comment);
		} else if (sign == ' ') {
			p = one_line(&s, p + 1, end, sign, &s.new_comment);
			s.old_comment = s.new_comment;
		} else {
			p = kd_patch_eol(p, end);
		}
	}
}
