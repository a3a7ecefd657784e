// SPDX-License-Identifier: GPL-2.0-or-later
/* The names of steps and regions are those of the algorithm's description, see stem.h. */
#include "history/stem.h"

#include "base/alloc.h"

struct stem {
	char *p;
	size_t n, r1, r2;
};

static bool is_vowel(char c)
{
	return c == 'a' || c == 'e' || c == 'i' || c == 'o' || c == 'u' || c == 'y';
}

static bool ends(const struct stem *s, struct kd_view end)
{
	return kd_view_ends(kd_view(s->p, s->n), end);
}

static bool has_vowel(const struct stem *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (is_vowel(s->p[i]))
			return true;
	return false;
}

/* Behind the first consonant that follows a vowel, from `from` on. */
static size_t region(const struct stem *s, size_t from)
{
	size_t i = from;

	while (i < s->n && !is_vowel(s->p[i]))
		i++;
	while (i < s->n && is_vowel(s->p[i]))
		i++;
	return i < s->n ? i + 1 : s->n;
}

static void mark_regions(struct stem *s)
{
	static const struct kd_view special[] = {{"gener", 5}, {"commun", 6}, {"arsen", 5}};

	s->r1 = region(s, 0);
	for (size_t i = 0; i < KD_ARRAY_LEN(special); i++)
		if (kd_view_starts(kd_view(s->p, s->n), special[i]))
			s->r1 = special[i].n;
	s->r2 = region(s, s->r1);
}

/* Do the first n bytes end in a short syllable? */
static bool short_syllable(const struct stem *s, size_t n)
{
	const char *p = s->p;

	if (n == 2)
		return is_vowel(p[0]) && !is_vowel(p[1]);
	return n > 2 && !is_vowel(p[n - 1]) && p[n - 1] != 'w' && p[n - 1] != 'x' && p[n - 1] != 'Y' && is_vowel(p[n - 2]) &&
	       !is_vowel(p[n - 3]);
}

static void replace(struct stem *s, size_t cut, const char *with)
{
	s->n -= cut;
	while (*with)
		s->p[s->n++] = *with++;
}

static void step_0(struct stem *s)
{
	if (ends(s, KD_V("'s'")))
		s->n -= 3;
	else if (ends(s, KD_V("'s")))
		s->n -= 2;
	else if (ends(s, KD_V("'")))
		s->n--;
}

static void step_1a(struct stem *s)
{
	if (ends(s, KD_V("sses")))
		s->n -= 2;
	else if (ends(s, KD_V("ied")) || ends(s, KD_V("ies")))
		s->n -= s->n > 4 ? 2 : 1;
	else if (ends(s, KD_V("us")) || ends(s, KD_V("ss")))
		return;
	else if (ends(s, KD_V("s")) && s->n > 2 && has_vowel(s, s->n - 2))
		s->n--;
}

static bool ends_double(const struct stem *s)
{
	return s->n > 1 && s->p[s->n - 1] == s->p[s->n - 2] && strchr("bdfgmnprt", s->p[s->n - 1]);
}

static void step_1b(struct stem *s)
{
	static const struct kd_view endings[] = {{"ingly", 5}, {"edly", 4}, {"ing", 3}, {"ed", 2}};

	if (ends(s, KD_V("eedly")) || ends(s, KD_V("eed"))) {
		const size_t n = ends(s, KD_V("eed")) ? 3 : 5;

		if (s->n - n >= s->r1)
			replace(s, n, "ee");
		return;
	}
	for (size_t i = 0; i < KD_ARRAY_LEN(endings); i++) {
		if (!ends(s, endings[i]))
			continue;
		if (!has_vowel(s, s->n - endings[i].n))
			return;
		s->n -= endings[i].n;
		if (ends(s, KD_V("at")) || ends(s, KD_V("bl")) || ends(s, KD_V("iz")))
			replace(s, 0, "e");
		else if (ends_double(s))
			s->n--;
		else if (s->r1 >= s->n && short_syllable(s, s->n))
			replace(s, 0, "e");
		return;
	}
}

static void step_1c(struct stem *s)
{
	const char last = s->p[s->n - 1];

	if (s->n > 2 && (last == 'y' || last == 'Y') && !is_vowel(s->p[s->n - 2]))
		s->p[s->n - 1] = 'i';
}

struct ending {
	struct kd_view end;
	const char *with;
};

#define E(a, b) {{a, sizeof(a) - 1}, b}

/* Longer ones before those that they end in. */
static const struct ending second[] = {
	E("ational", "ate"), E("tional", "tion"), E("enci", "ence"), E("anci", "ance"), E("abli", "able"), E("entli", "ent"),
	E("ization", "ize"), E("izer", "ize"), E("ation", "ate"), E("ator", "ate"), E("alism", "al"), E("aliti", "al"),
	E("alli", "al"), E("fulness", "ful"), E("ousness", "ous"), E("ousli", "ous"), E("iveness", "ive"), E("iviti", "ive"),
	E("biliti", "ble"), E("bli", "ble"), E("ogi", "og"), E("fulli", "ful"), E("lessli", "less"), E("li", ""),
};
static const struct ending third[] = {
	E("ational", "ate"), E("tional", "tion"), E("alize", "al"), E("icate", "ic"), E("iciti", "ic"), E("ical", "ic"), E("ful", ""),
	E("ness", ""), E("ative", ""),
};
static const struct ending fourth[] = {
	E("ement", ""), E("ance", ""), E("ence", ""), E("able", ""), E("ible", ""), E("ment", ""), E("ant", ""), E("ent", ""), E("ism", ""),
	E("ate", ""), E("iti", ""), E("ous", ""), E("ive", ""), E("ize", ""), E("ion", ""), E("al", ""), E("er", ""), E("ic", ""),
};

/* The ending that counts; NULL: none, or it does not lie in the region. */
static const struct ending *ending_in(const struct stem *s, const struct ending *e, size_t n, size_t from)
{
	for (size_t i = 0; i < n; i++)
		if (ends(s, e[i].end))
			return s->n - e[i].end.n >= from ? &e[i] : NULL;
	return NULL;
}

static char before(const struct stem *s, size_t n)
{
	return s->n > n ? s->p[s->n - n - 1] : 0;
}

static void step_2(struct stem *s)
{
	const struct ending *e = ending_in(s, second, KD_ARRAY_LEN(second), s->r1);

	if (!e || (kd_view_eq(e->end, KD_V("ogi")) && before(s, 3) != 'l'))
		return;
	if (kd_view_eq(e->end, KD_V("li")) && (!before(s, 2) || !strchr("cdeghkmnrt", before(s, 2))))
		return;
	replace(s, e->end.n, e->with);
}

static void step_3(struct stem *s)
{
	const struct ending *e = ending_in(s, third, KD_ARRAY_LEN(third), s->r1);

	if (e && (!kd_view_eq(e->end, KD_V("ative")) || s->n - 5 >= s->r2))
		replace(s, e->end.n, e->with);
}

static void step_4(struct stem *s)
{
	const struct ending *e = ending_in(s, fourth, KD_ARRAY_LEN(fourth), s->r2);

	if (e && (!kd_view_eq(e->end, KD_V("ion")) || before(s, 3) == 's' || before(s, 3) == 't'))
		s->n -= e->end.n;
}

static void step_5(struct stem *s)
{
	if (ends(s, KD_V("e"))) {
		if (s->n - 1 >= s->r2 || (s->n - 1 >= s->r1 && !short_syllable(s, s->n - 1)))
			s->n--;
	} else if (ends(s, KD_V("ll")) && s->n - 1 >= s->r2) {
		s->n--;
	}
}

static const struct {
	struct kd_view word, stem;
} irregular[] = {
	{{"skis", 4}, {"ski", 3}},    {{"skies", 5}, {"sky", 3}},     {{"dying", 5}, {"die", 3}},     {{"lying", 5}, {"lie", 3}},
	{{"tying", 5}, {"tie", 3}},   {{"idly", 4}, {"idl", 3}},      {{"gently", 6}, {"gentl", 5}},  {{"ugly", 4}, {"ugli", 4}},
	{{"early", 5}, {"earli", 5}}, {{"only", 4}, {"onli", 4}},     {{"singly", 6}, {"singl", 5}},  {{"sky", 3}, {"sky", 3}},
	{{"news", 4}, {"news", 4}},   {{"howe", 4}, {"howe", 4}},     {{"atlas", 5}, {"atlas", 5}},   {{"cosmos", 6}, {"cosmos", 6}},
	{{"bias", 4}, {"bias", 4}},   {{"andes", 5}, {"andes", 5}},
};

static bool stays(const struct stem *s)
{
	static const struct kd_view words[] = {{"inning", 6}, {"outing", 6}, {"canning", 7}, {"herring", 7},
					       {"earring", 7}, {"proceed", 7}, {"exceed", 6}, {"succeed", 7}};

	for (size_t i = 0; i < KD_ARRAY_LEN(words); i++)
		if (kd_view_eq(kd_view(s->p, s->n), words[i]))
			return true;
	return false;
}

static void consonant_y(struct stem *s)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->p[i] == 'y' && (!i || is_vowel(s->p[i - 1])))
			s->p[i] = 'Y';
}

struct kd_view kd_stem(struct kd_view word, char buf[static KD_STEM_MAX])
{
	struct stem s = {.p = buf, .n = word.n};

	if (word.n <= 2 || word.n > 64)
		return word;
	for (size_t i = 0; i < KD_ARRAY_LEN(irregular); i++)
		if (kd_view_eq(word, irregular[i].word))
			return irregular[i].stem;
	memcpy(buf, word.p, word.n);
	if (*s.p == '\'') {
		s.p++;
		s.n--;
	}
	consonant_y(&s);
	mark_regions(&s);
	step_0(&s);
	step_1a(&s);
	if (s.n && !stays(&s)) {
		step_1b(&s);
		step_1c(&s);
		step_2(&s);
		step_3(&s);
		step_4(&s);
		step_5(&s);
	}
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] == 'Y')
			s.p[i] = 'y';
	return kd_view(s.p, s.n);
}
