// SPDX-License-Identifier: GPL-2.0-or-later
/* Threads and series of mails that are described in one line each. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "history/series.h"
#include "mails.h"

enum { MAILS = 40, REFS = 8, DAY = 86400 };

struct line {
	const char *id, *refs, *subject; /* refs: words */
	int64_t date;
	const char *author, *change;
};

struct set {
	struct kd_arena a;
	struct kd_thread_mail mail[MAILS];
	struct kd_series_mail series[MAILS];
	struct kd_mail_subject subject[MAILS];
	struct kd_view refs[MAILS][REFS];
	size_t n;
	struct kd_threads t;
	struct kd_series s;
};

static void build(struct set *s, const struct line *l, size_t n)
{
	s->a = KD_ARENA_INIT((size_t)16 << 20);
	s->n = n;
	for (size_t i = 0; i < n; i++) {
		struct kd_view rest = kd_view_of(l[i].refs), w;
		size_t k = 0;

		while (kd_view_take_word(&rest, &w) && k < REFS) {
			s->refs[i][k++] = w;
			kd_view_skip_blank(&rest);
		}
		assert_true(kd_mail_subject_parse(kd_view_of(l[i].subject), &s->a, &s->subject[i]));
		s->mail[i] = (struct kd_thread_mail){.id = kd_view_of(l[i].id), .refs = s->refs[i], .nrefs = k,
						     .date = l[i].date, .base = s->subject[i].base,
						     .reply = s->subject[i].reply};
		s->series[i] = (struct kd_series_mail){.node = (uint32_t)i, .subject = &s->subject[i],
						       .author = kd_view_of(l[i].author ? l[i].author : "a@x"),
						       .change_id = kd_view_of(l[i].change), .date = l[i].date, .has_diff = true};
	}
	assert_null(kd_threads_build(s->mail, n, &s->a, &s->t));
	assert_null(kd_series_build(&s->t, s->series, n, &s->a, &s->s));
}

#define BUILD(s, lines) build((s), (lines), KD_ARRAY_LEN(lines))

static const char *parent(const struct set *s, size_t i)
{
	static char room[64];
	uint32_t p = s->t.node[i].parent;

	struct kd_view id = p == KD_THREAD_NONE ? KD_V("") : s->t.node[p].id;

	snprintf(room, sizeof(room), "%.*s", KD_VARG(id));
	return room;
}

static void references(void **state)
{
	static const struct line l[] = {
		{"c", "a b", "Re: x", 3, NULL, NULL}, /* b is missing */
		{"a", "", "x", 1, NULL, NULL},
		{"d", "a b c", "Re: x", 4, NULL, NULL},
		{"e", "zz", "Re: y", 5, NULL, NULL},
		{"a", "e", "a double", 9, NULL, NULL},
	};
	struct set s;

	(void)state;
	BUILD(&s, l);
	assert_string_equal(parent(&s, 0), "b");
	assert_string_equal(parent(&s, 1), "");
	assert_string_equal(parent(&s, 2), "c");
	assert_string_equal(parent(&s, 3), "zz");
	assert_int_equal(s.t.node[2].root, 1);
	assert_int_equal(s.t.missing, 2);
	assert_int_equal(s.t.doubles, 1);
	assert_int_equal(s.t.node[4].same, 1);
	assert_int_equal(s.t.roots, 2);
	kd_arena_deinit(&s.a);
}

struct seen {
	char text[200];
	const struct set *s;
};

static bool note(void *user, uint32_t node, unsigned depth)
{
	struct seen *seen = user;
	size_t n = strlen(seen->text);

	snprintf(seen->text + n, sizeof(seen->text) - n, "%u%.*s ", depth, KD_VARG(seen->s->t.node[node].id));
	return true;
}

static void reading_order(void **state)
{
	static const struct line l[] = {
		{"a", "", "x", 1, NULL, NULL},	  {"late", "a", "Re: x", 9, NULL, NULL}, {"b", "a", "Re: x", 2, NULL, NULL},
		{"c", "a b", "Re: x", 5, NULL, NULL}, {"f", "a b gone", "Re: x", 4, NULL, NULL},
	};
	struct set s;
	struct seen seen = {.s = &s};

	(void)state;
	BUILD(&s, l);
	kd_thread_each(&s.t, 0, note, &seen);
	assert_string_equal(seen.text, "0a 1b 2gone 3f 2c 1late ");
	kd_arena_deinit(&s.a);
}

/* Nothing becomes its own ancestor, whatever the mails say. */
static void cycles(void **state)
{
	static const struct line l[] = {
		{"a", "b", "x", 1, NULL, NULL}, {"b", "c", "x", 1, NULL, NULL}, {"c", "a", "x", 1, NULL, NULL},
		{"d", "e d", "x", 1, NULL, NULL}, {"e", "d e", "x", 1, NULL, NULL}, {"f", "f", "x", 1, NULL, NULL},
	};
	struct set s;

	(void)state;
	BUILD(&s, l);
	for (size_t i = 0; i < s.t.n; i++) {
		unsigned up = 0;

		for (uint32_t k = (uint32_t)i; k != KD_THREAD_NONE; k = s.t.node[k].parent)
			assert_true(up++ < s.t.n);
	}
	assert_true(s.t.cut > 0);
	kd_arena_deinit(&s.a);
}

static void random_references(void **state)
{
	(void)state;
	for (unsigned seed = 1; seed < 200; seed++) {
		static struct line l[MAILS];
		static char ids[MAILS][8], refs[MAILS][64];
		uint32_t x = seed;
		struct set s;

		for (size_t i = 0; i < MAILS; i++) {
			size_t n = 0;

			snprintf(ids[i], sizeof(ids[i]), "m%zu", i);
			refs[i][0] = 0;
			for (unsigned k = 0; k < 4; k++) {
				x = x * 1664525 + 1013904223;
				n += (size_t)snprintf(refs[i] + n, sizeof(refs[i]) - n, "m%u ", (x >> 16) % (MAILS + 5));
			}
			l[i] = (struct line){ids[i], refs[i], "x", (int64_t)(x >> 20), NULL, NULL};
		}
		build(&s, l, MAILS);
		for (size_t i = 0; i < s.t.n; i++) {
			uint32_t root = (uint32_t)i;
			unsigned up = 0;

			for (; s.t.node[root].parent != KD_THREAD_NONE; root = s.t.node[root].parent)
				assert_true(up++ < s.t.n);
			assert_int_equal(s.t.node[i].root, root);
		}
		kd_arena_deinit(&s.a);
	}
}

static void by_subject(void **state)
{
	static const struct line l[] = {
		{"a", "", "net: slow", 0, NULL, NULL},
		{"b", "", "Re: net: slow", 2 * DAY, NULL, NULL},
		{"c", "", "Re: net: slow", 60 * DAY, NULL, NULL}, /* too late */
		{"d", "", "net: slow", 61 * DAY, NULL, NULL}, /* no answer */
		{"e", "", "Re: Net: Slow", 62 * DAY, NULL, NULL},
		{"f", "gone", "Re: net: slow", 62 * DAY, NULL, NULL}, /* names its parent */
	};
	struct set s;

	(void)state;
	BUILD(&s, l);
	assert_string_equal(parent(&s, 1), "a");
	assert_true(s.t.node[1].guessed);
	assert_string_equal(parent(&s, 2), "");
	assert_string_equal(parent(&s, 3), "");
	assert_string_equal(parent(&s, 4), "d");
	assert_string_equal(parent(&s, 5), "gone");
	assert_int_equal(s.t.guessed, 2);
	kd_arena_deinit(&s.a);
}

/* A chain that is deeper than the maximum costs no quadratic time, and is cut. */
static void deep(void **state)
{
	enum { N = 50000 };
	struct kd_thread_mail *m = calloc(N, sizeof(*m));
	struct kd_view *refs = calloc(N, sizeof(*refs));
	struct kd_arena a = KD_ARENA_INIT((size_t)64 << 20);
	struct kd_threads t;

	(void)state;
	for (size_t i = 0; i < N; i++) {
		m[i].id = kd_arena_printf(&a, "m%zu", i);
		refs[i] = i ? m[i - 1].id : KD_VNULL;
		m[i].refs = &refs[i];
		m[i].nrefs = i != 0;
	}
	assert_null(kd_threads_build(m, N, &a, &t));
	assert_int_equal(t.cut, (N - 1) / (KD_THREAD_DEPTH_MAX + 1));
	assert_int_equal(t.roots, t.cut + 1);
	kd_arena_deinit(&a);
	free(m);
	free(refs);
}

/* ---- series ---- */

static void versions(void **state)
{
	static const struct line l[] = {
		{"c1", "", "[PATCH 0/2] net: better", 0, NULL, NULL},
		{"p11", "c1", "[PATCH 1/2] net: one", 1, NULL, NULL},
		{"p12", "c1", "[PATCH 2/2] net: two", 2, NULL, NULL},
		{"r", "c1 p12", "Re: [PATCH 2/2] net: two", 3, "b@x", NULL},
		{"c2", "c1", "[PATCH v2 0/2] net: better", DAY, NULL, NULL},
		{"p21", "c1 c2", "[PATCH v2 1/2] net: one", DAY + 1, NULL, NULL}, /* 2/2 is missing */
		{"o", "", "[PATCH 0/2] net: better", DAY, "other@x", NULL},
		{"s1", "", "[PATCH] mm: single", DAY, NULL, NULL},
		{"s2", "s1", "[PATCH v2] mm: single", 2 * DAY, NULL, NULL},
	};
	struct set s;
	const struct kd_posting *p;

	(void)state;
	BUILD(&s, l);
	assert_int_equal(s.s.n, 5);
	assert_int_equal(s.s.works, 3);
	p = &s.s.posting[0];
	assert_int_equal(p->cover, 0);
	assert_int_equal(p->have, 2);
	assert_int_equal(p->patch[1], 2);
	assert_false(p->newest);
	for (size_t i = 0; i < s.s.n; i++)
		if (s.s.posting[i].cover == 4)
			p = &s.s.posting[i];
	assert_int_equal(p->version, 2);
	assert_int_equal(p->have, 1);
	assert_int_equal(p->patch[1], KD_SERIES_NONE);
	assert_int_equal(p->work, s.s.posting[0].work);
	assert_int_equal(p->how, KD_SERIES_TITLE);
	assert_true(p->newest);
	assert_int_equal(s.s.posting[4].previous != KD_SERIES_NONE, true);
	kd_arena_deinit(&s.a);
}

static void ties(void **state)
{
	static const struct line l[] = {
		{"c1", "", "[PATCH 0/2] first name", 0, NULL, "id-1"},
		{"p11", "c1", "[PATCH 1/2] net: one", 1, NULL, NULL},
		{"p12", "c1", "[PATCH 2/2] net: two", 2, NULL, NULL},
		{"c2", "", "[PATCH v2 0/3] other name", DAY, NULL, "id-1"}, /* by change-id */
		{"p21", "c2", "[PATCH v2 1/3] net: uno", DAY + 1, NULL, NULL},
		{"c3", "", "[PATCHSET v3 0/2] third name", 2 * DAY, NULL, NULL}, /* by its patches, which say no version */
		{"p31", "c3", "[PATCH 1/2] net: one", 2 * DAY + 1, NULL, NULL},
		{"p32", "c3", "[PATCH 2/2] net: two", 2 * DAY + 2, NULL, NULL},
		{"st1", "", "[PATCH 6.17 1/9] net: one", 3 * DAY, "stable@x", NULL}, /* for two branches: two works */
		{"st2", "", "[PATCH 6.12 1/9] net: one", 3 * DAY, "stable@x", NULL},
		{"h2", "h1", "[PATCH 2/2] chained", 4 * DAY + 5, "h@x", NULL}, /* an answer to the first patch */
		{"h1", "", "[PATCH 1/2] chain", 4 * DAY, "h@x", NULL},
		{"l1", "", "[PATCH 1/2] loose", 5 * DAY, "l@x", NULL}, /* nothing but time ties them */
		{"l2", "", "[PATCH 2/2] looser", 5 * DAY + 60, "l@x", NULL},
	};
	struct set s;
	size_t i3 = 0, chained = 0, loose = 0;

	(void)state;
	BUILD(&s, l);
	assert_int_equal(s.s.n, 7);
	assert_int_equal(s.s.works, 5);
	for (size_t i = 0; i < s.s.n; i++) {
		const struct kd_posting *p = &s.s.posting[i];

		if (p->cover == 3)
			assert_int_equal(p->how, KD_SERIES_CHANGE_ID);
		if (p->cover == 5)
			i3 = i;
		chained += p->have == 2 && p->patch[0] == 11 && p->patch[1] == 10;
		loose += p->have == 2 && p->patch[0] == 12 && p->patch[1] == 13;
	}
	assert_int_equal(s.s.posting[i3].version, 3);
	assert_int_equal(s.s.posting[i3].have, 2);
	assert_int_equal(s.s.posting[i3].how, KD_SERIES_PATCHES);
	assert_int_equal(s.s.posting[i3].work, s.s.posting[0].work);
	assert_true(s.s.posting[i3].newest);
	assert_int_equal(chained, 1);
	assert_int_equal(loose, 1);
	kd_arena_deinit(&s.a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(references),	     cmocka_unit_test(reading_order), cmocka_unit_test(cycles),
		cmocka_unit_test(random_references), cmocka_unit_test(by_subject),    cmocka_unit_test(deep),
		cmocka_unit_test(versions),	     cmocka_unit_test(ties),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
