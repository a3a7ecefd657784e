// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/match.h"

#include <assert.h>

#include "base/alloc.h"
#include "report/syz.h"

enum { ROWS_MAX = 512, SETS = ROWS_MAX / 64 };

/* A pattern of a kind, or a header of syzbot. */
struct row {
	const char *text;
	const struct kd_kind *kind; /* NULL: a header */
	uint8_t syz;
	struct kd_wordset needs;
};

/* Some rows, a bit for each. */
struct rowset {
	uint64_t bits[SETS];
};

enum { QUIET_MAX = 32 };

struct kd_match {
	struct row *rows; /* in match order, kinds first */
	size_t n;
	struct row quiet[QUIET_MAX]; /* of kd_syz_suppressing() */
	size_t nquiet;
	struct rowset by_word[KD_WORDS_MAX]; /* the rows whose first word it is */
	struct rowset wordless;		     /* rows without any: always tried */
};

/* The next row goes to the first word that it needs. */
static void list(struct kd_match *m, const struct kd_wordset *needs)
{
	struct rowset *set = &m->wordless;

	for (size_t w = KD_WORDS_MAX; w-- > 0;)
		if (needs->bits[w / 64] >> w % 64 & 1)
			set = &m->by_word[w];
	set->bits[m->n / 64] |= 1ULL << m->n % 64;
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
	list(m, &row.needs);
	m->rows[m->n++] = row;
}

struct kd_match *kd_match_new(const struct kd_finder *finder)
{
	struct kd_match *m = kd_xcalloc(1, sizeof(*m));
	size_t max = kd_syz_headers();

	for (const struct kd_kind *k = kd_kinds(); k->name; k++)
		for (const char *const *p = k->pats; p && *p; p++)
			max++;
	assert(max <= ROWS_MAX);
	m->rows = kd_xcalloc(max, sizeof(*m->rows));
	for (const struct kd_kind *k = kd_kinds(); k->name; k++)
		for (const char *const *p = k->pats; p && *p; p++)
			add(m, finder, (struct row){.text = *p, .kind = k});
	for (uint8_t i = 1; i <= kd_syz_headers(); i++)
		add(m, finder, (struct row){.text = kd_syz_header_text(i), .syz = i});
	for (const char *p; (p = kd_syz_suppressing(m->nquiet)) != NULL; m->nquiet++) {
		assert(m->nquiet < QUIET_MAX);
		m->quiet[m->nquiet].text = p;
		find_needs(finder, &m->quiet[m->nquiet], true);
	}
	return m;
}

static bool holds(const struct kd_wordset *words, const struct kd_wordset *needs)
{
	uint64_t missing = 0;

	for (size_t i = 0; i < KD_ARRAY_LEN(words->bits); i++)
		missing |= needs->bits[i] & ~words->bits[i];
	return !missing;
}

static bool excepted(const struct kd_kind *kind, struct kd_view text)
{
	for (const char *const *e = kind->except; e && *e; e++)
		if (kd_pattern_fits(*e, text))
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

void kd_match_line(const struct kd_match *m, struct kd_view text, const struct kd_wordset *words,
		   const struct kd_kind **kind_ret, uint8_t *syz_ret)
{
	struct rowset rows = candidates(m, words);

	*kind_ret = NULL;
	*syz_ret = 0;
	for (size_t k = 0; k < SETS && !*syz_ret; k++)
		for (uint64_t left = rows.bits[k]; left && !*syz_ret; left &= left - 1) {
			const struct row *r = &m->rows[k * 64 + (unsigned)__builtin_ctzll(left)];

			if ((r->kind && *kind_ret) || !holds(words, &r->needs))
				continue;
			if (!r->kind && kd_syz_header_is(r->syz, text))
				*syz_ret = r->syz;
			else if (r->kind && kd_pattern_fits(r->text, text) && !excepted(r->kind, text))
				*kind_ret = r->kind;
		}
}

bool kd_match_suppresses(const struct kd_match *m, struct kd_view text, const struct kd_wordset *words)
{
	for (size_t i = 0; i < m->nquiet; i++)
		if (holds(words, &m->quiet[i].needs) && kd_pattern_fits(m->quiet[i].text, text))
			return true;
	return false;
}

void kd_match_free(struct kd_match *m)
{
	if (!m)
		return;
	kd_free(m->rows);
	kd_free(m);
}
