// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/match.h"

#include "base/alloc.h"
#include "report/syz.h"

/* A pattern of a kind, or a header of syzbot. */
struct row {
	const char *text;
	const struct kd_kind *kind; /* NULL: a header */
	uint8_t syz;
	struct kd_wordset needs;
};

struct kd_match {
	struct row *rows; /* in match order, kinds first */
	size_t n, nkinds;
};

static void add(struct kd_match *m, const struct kd_finder *finder, struct row row)
{
	struct kd_wordset *needs = &row.needs;

	for (const char *p = row.text; p;) {
		const char *star = row.kind ? strchr(p, '*') : NULL;
		struct kd_view piece = star ? kd_view(p, (size_t)(star - p)) : kd_view_of(p);
		struct kd_wordset words;

		(void)kd_finder_all(finder, piece, &words);
		for (size_t i = 0; i < KD_ARRAY_LEN(words.bits); i++)
			needs->bits[i] |= words.bits[i];
		p = star ? star + 1 : NULL;
	}
	m->rows[m->n++] = row;
}

struct kd_match *kd_match_new(const struct kd_finder *finder)
{
	struct kd_match *m = kd_xcalloc(1, sizeof(*m));
	size_t max = kd_syz_headers();

	for (const struct kd_kind *k = kd_kinds(); k->name; k++)
		for (const char *const *p = k->pats; p && *p; p++)
			max++;
	m->rows = kd_xcalloc(max, sizeof(*m->rows));
	for (const struct kd_kind *k = kd_kinds(); k->name; k++)
		for (const char *const *p = k->pats; p && *p; p++)
			add(m, finder, (struct row){.text = *p, .kind = k});
	m->nkinds = m->n;
	for (uint8_t i = 1; i <= kd_syz_headers(); i++)
		add(m, finder, (struct row){.text = kd_syz_header_text(i), .syz = i});
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

void kd_match_line(const struct kd_match *m, struct kd_view text, const struct kd_wordset *words,
		   const struct kd_kind **kind_ret, uint8_t *syz_ret)
{
	*kind_ret = NULL;
	*syz_ret = 0;
	for (size_t i = 0; i < m->nkinds && !*kind_ret; i++) {
		const struct row *r = &m->rows[i];

		if (holds(words, &r->needs) && kd_pattern_fits(r->text, text) && !excepted(r->kind, text))
			*kind_ret = r->kind;
	}
	for (size_t i = m->nkinds; i < m->n && !*syz_ret; i++)
		if (holds(words, &m->rows[i].needs) && kd_syz_header_is(m->rows[i].syz, text))
			*syz_ret = m->rows[i].syz;
}

void kd_match_free(struct kd_match *m)
{
	if (!m)
		return;
	kd_free(m->rows);
	kd_free(m);
}
