// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/match.h"

#include <assert.h>

#include "base/alloc.h"
#include "report/syz.h"

enum { ROWS_MAX = 512, SETS = ROWS_MAX / 64 };

enum { PIECES_MAX = 5, ROW_PAIRS = 4, PAIRS = 512 };

/* Which pairs of letters stand in a line: most patterns have one that it does not hold. */
struct pairs {
	bool has[PAIRS];
};

/* A pattern of a kind, a header of syzbot, or a fact. */
struct row {
	const char *text;
	struct kd_view piece[PIECES_MAX]; /* of a pattern: what stands between its stars */
	size_t npieces;
	uint16_t pair[ROW_PAIRS]; /* of the pieces, the first npairs */
	uint8_t npairs;
	bool anchored;
	uint8_t fact;
	const struct kd_kind *kind; /* NULL: a header */
	uint8_t syz;
	uint16_t except, nexcept; /* of the excepts of kd_match: not meant */
	struct kd_wordset needs;
};

/* Some rows, a bit for each. */
struct rowset {
	uint64_t bits[SETS];
};

enum { FACTS_MAX = 32 };

struct kd_match {
	struct row *rows; /* in match order, kinds first */
	size_t n;
	struct row *excepts;
	size_t nexcepts;
	struct row facts[FACTS_MAX];
	size_t nfacts;
	uint32_t fact_by_word[KD_WORDS_MAX], fact_wordless; /* as below, a bit for each fact */
	struct rowset by_word[KD_WORDS_MAX]; /* the rows whose first word it is */
	struct rowset wordless;		     /* rows without any: always tried */
};

/* The first word of the set; KD_WORDS_MAX without any. */
static size_t first_word(const struct kd_wordset *words)
{
	size_t w = 0;

	while (w < KD_WORDS_MAX && !(words->bits[w / 64] >> w % 64 & 1))
		w++;
	return w;
}

/* The next row goes to the first word that it needs. */
static void list(struct kd_match *m, const struct kd_wordset *needs)
{
	size_t w = first_word(needs);
	struct rowset *set = w < KD_WORDS_MAX ? &m->by_word[w] : &m->wordless;

	set->bits[m->n / 64] |= 1ULL << m->n % 64;
}

/* kd_pattern_fits() with the pattern taken apart before. */
static bool fits(const struct row *row, struct kd_view text)
{
	if (row->anchored)
		kd_view_skip_blank(&text);
	for (size_t i = 0; i < row->npieces; i++) {
		size_t at;

		if (!i && row->anchored)
			at = kd_view_starts(text, row->piece[0]) ? 0 : KD_NPOS;
		else
			at = kd_view_find(text, row->piece[i]);
		if (at == KD_NPOS)
			return false;
		text = kd_view_from(text, at + row->piece[i].n);
	}
	return true;
}

static size_t pair(const char *p)
{
	return ((unsigned char)p[0] * 37u + (unsigned char)p[1]) % PAIRS;
}

static void find_pairs(struct kd_view text, struct pairs *ret)
{
	memset(ret, 0, sizeof(*ret));
	for (size_t i = 0; i + 1 < text.n; i++)
		ret->has[pair(text.p + i)] = true;
}

static bool may_fit(const struct row *row, const struct pairs *pairs)
{
	for (size_t i = 0; i < row->npairs; i++)
		if (!pairs->has[row->pair[i]])
			return false;
	return true;
}

/* Its first and its last pair. */
static void add_pairs(struct row *row, struct kd_view piece)
{
	for (size_t at = 0; at + 1 < piece.n && row->npairs < ROW_PAIRS; at += piece.n - 2 ? piece.n - 2 : 1)
		row->pair[row->npairs++] = (uint16_t)pair(piece.p + at);
}

static void add_piece(struct row *row, struct kd_view piece)
{
	assert(row->npieces < PIECES_MAX);
	row->piece[row->npieces++] = piece;
	add_pairs(row, piece);
}

static void take_apart(struct row *row)
{
	struct kd_view rest = kd_view_of(row->text), piece;

	row->anchored = kd_view_skip(&rest, KD_V("^"));
	while (kd_view_take_part(&rest, KD_V("*"), &piece)) {
		add_piece(row, piece);
	}
}

/* The words that every line holds which the row fits. */
static void find_needs(const struct kd_finder *finder, struct row *row, bool pattern)
{
	struct kd_wordset *needs = &row->needs;

	for (const char *p = row->text; p;) {
		const char *star = pattern ? strchr(p, '*') : NULL;
		struct kd_view piece = star ? kd_view(p, (size_t)(star - p)) : kd_view_of(p);
		struct kd_wordset words;

		(void)kd_finder_all(finder, piece, &words);
		for (size_t i = 0; i < KD_ARRAY_LEN(words.bits); i++)
			needs->bits[i] |= words.bits[i];
		p = star ? star + 1 : NULL;
	}
}

static void add(struct kd_match *m, const struct kd_finder *finder, struct row row)
{
	find_needs(finder, &row, row.kind != NULL);
	if (row.kind)
		take_apart(&row);
	else
		add_piece(&row, kd_view_of(row.text));
	list(m, &row.needs);
	m->rows[m->n++] = row;
}

static void add_fact(struct kd_match *m, const struct kd_finder *finder, const char *pattern, uint8_t fact)
{
	struct row *row = &m->facts[m->nfacts];
	size_t w;

	assert(m->nfacts < FACTS_MAX);
	row->text = pattern;
	row->fact = fact;
	find_needs(finder, row, true);
	take_apart(row);
	w = first_word(&row->needs);
	*(w < KD_WORDS_MAX ? &m->fact_by_word[w] : &m->fact_wordless) |= 1u << m->nfacts++;
}

static size_t count(const char *const *pats)
{
	size_t n = 0;

	while (pats && pats[n])
		n++;
	return n;
}

/* What a row is not to fit; rows of one kind share it. */
static void add_excepts(struct kd_match *m, const char *const *pats, struct row *row)
{
	row->except = (uint16_t)m->nexcepts;
	for (; pats && *pats; pats++) {
		struct row *e = &m->excepts[m->nexcepts++];

		e->text = *pats;
		take_apart(e);
	}
	row->nexcept = (uint16_t)(m->nexcepts - row->except);
}

static void add_all(struct kd_match *m, const struct kd_finder *finder)
{
	for (const struct kd_kind *k = kd_kinds(); k->name; k++) {
		struct row row = {.kind = k};

		add_excepts(m, k->except, &row);
		for (const char *const *p = k->pats; p && *p; p++) {
			row.text = *p;
			add(m, finder, row);
		}
	}
	for (uint8_t i = 1; i <= kd_syz_headers(); i++) {
		struct row row = {.text = kd_syz_header_text(i), .syz = i};

		add_excepts(m, kd_syz_header_excepts(i), &row);
		add(m, finder, row);
	}
}

struct kd_match *kd_match_new(const struct kd_finder *finder)
{
	struct kd_match *m = kd_xcalloc(1, sizeof(*m));
	size_t max = kd_syz_headers(), excepts = 0;

	for (const struct kd_kind *k = kd_kinds(); k->name; k++) {
		max += count(k->pats);
		excepts += count(k->except);
	}
	for (uint8_t i = 1; i <= kd_syz_headers(); i++)
		excepts += count(kd_syz_header_excepts(i));
	assert(max <= ROWS_MAX && excepts <= UINT16_MAX);
	m->rows = kd_xcalloc(max, sizeof(*m->rows));
	m->excepts = kd_xcalloc(excepts, sizeof(*m->excepts));
	add_all(m, finder);
	add_fact(m, finder, "Kernel panic - not syncing", KD_MATCH_PANICKED);
	add_fact(m, finder, "serialport: VM disconnected", KD_MATCH_VM_LOST);
	for (size_t i = 0; kd_syz_suppressing(i); i++)
		add_fact(m, finder, kd_syz_suppressing(i), KD_MATCH_SUPPRESSES);
	return m;
}

static bool holds(const struct kd_wordset *words, const struct kd_wordset *needs)
{
	uint64_t missing = 0;

	for (size_t i = 0; i < KD_ARRAY_LEN(words->bits); i++)
		missing |= needs->bits[i] & ~words->bits[i];
	return !missing;
}

static bool row_fits(const struct row *row, struct kd_view text, const struct pairs *pairs)
{
	return may_fit(row, pairs) && fits(row, text);
}

static bool excepted(const struct kd_match *m, const struct row *row, struct kd_view text,
		     const struct pairs *pairs)
{
	for (size_t i = 0; i < row->nexcept; i++)
		if (row_fits(&m->excepts[row->except + i], text, pairs))
			return true;
	return false;
}

/* The rows that a line with these words can fit, and some more. */
static struct rowset candidates(const struct kd_match *m, const struct kd_wordset *words)
{
	struct rowset ret = m->wordless;

	for (size_t i = 0; i < KD_ARRAY_LEN(words->bits); i++)
		for (uint64_t left = words->bits[i]; left; left &= left - 1) {
			const struct rowset *more = &m->by_word[i * 64 + (unsigned)__builtin_ctzll(left)];

			for (size_t k = 0; k < SETS; k++)
				ret.bits[k] |= more->bits[k];
		}
	return ret;
}

static unsigned facts(const struct kd_match *m, struct kd_view text, const struct kd_wordset *words,
		      const struct pairs *pairs)
{
	uint32_t rows = m->fact_wordless;
	unsigned ret = 0;

	for (size_t i = 0; i < KD_ARRAY_LEN(words->bits); i++)
		for (uint64_t left = words->bits[i]; left; left &= left - 1)
			rows |= m->fact_by_word[i * 64 + (unsigned)__builtin_ctzll(left)];
	for (; rows; rows &= rows - 1) {
		const struct row *row = &m->facts[__builtin_ctz(rows)];

		if (!(ret & row->fact) && holds(words, &row->needs) && row_fits(row, text, pairs))
			ret |= row->fact;
	}
	return ret;
}

unsigned kd_match_line(const struct kd_match *m, struct kd_view text, const struct kd_wordset *words,
		       const struct kd_kind **kind_ret, uint8_t *syz_ret)
{
	struct rowset rows = candidates(m, words);
	struct pairs pairs;

	find_pairs(text, &pairs);
	*kind_ret = NULL;
	*syz_ret = 0;
	for (size_t k = 0; k < SETS && !*syz_ret; k++)
		for (uint64_t left = rows.bits[k]; left && !*syz_ret; left &= left - 1) {
			const struct row *r = &m->rows[k * 64 + (unsigned)__builtin_ctzll(left)];

			if ((r->kind && *kind_ret) || !holds(words, &r->needs))
				continue;
			if (!row_fits(r, text, &pairs) || excepted(m, r, text, &pairs))
				continue;
			if (r->kind)
				*kind_ret = r->kind;
			else
				*syz_ret = r->syz;
		}
	return facts(m, text, words, &pairs);
}

void kd_match_free(struct kd_match *m)
{
	if (!m)
		return;
	kd_free(m->rows);
	kd_free(m->excepts);
	kd_free(m);
}
