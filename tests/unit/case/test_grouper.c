// SPDX-License-Identifier: GPL-2.0-or-later
#include "common.h"

/* Keys of no meaning: 32 times the same digit. */
static const char *key(size_t i)
{
	static const char *const keys[] = {
		"00000000000000000000000000000000", "11111111111111111111111111111111", "22222222222222222222222222222222",
		"33333333333333333333333333333333", "44444444444444444444444444444444", "55555555555555555555555555555555",
	};

	return keys[i];
}

static struct kd_decision add(struct kd_grouper *g, size_t k, const struct sample *s)
{
	struct kd_decision d;

	ok(kd_grouper_add(g, &(struct kd_grouper_item){key(k), s->sig[KD_SIG_NORMAL], s->sig[KD_SIG_LOOSE], s->t, NULL}, &d));
	return d;
}

static bool together(const struct kd_grouper *g, size_t a, size_t b)
{
	return !strcmp(kd_grouper_group_of(g, key(a)), kd_grouper_group_of(g, key(b)));
}

enum { X86, OTHER, ARM64, WRITE, FOREIGN, SAMPLES };

static void samples(struct kd_arena *a, struct sample s[SAMPLES])
{
	s[X86] = sample(a, x86_log);
	s[OTHER] = sample(a, other_log);
	s[ARM64] = sample(a, arm64_log);
	s[WRITE] = sample(a, write_log);
	s[FOREIGN] = sample(a, foreign_log);
}

/* The same crash on other machines, releases and architectures is one group; what differs is not, in any order. */
static void one_bug(void **state)
{
	struct kd_arena a = KD_ARENA_INIT(1 << 20);
	struct sample s[SAMPLES];
	(void)state;

	samples(&a, s);
	for (size_t turn = 0; turn < SAMPLES; turn++) {
		struct kd_grouper *g = kd_grouper_new(NULL);

		for (size_t i = 0; i < SAMPLES; i++)
			add(g, (i + turn) % SAMPLES, &s[(i + turn) % SAMPLES]);
		assert_true(together(g, X86, OTHER));
		assert_true(together(g, X86, ARM64));
		assert_false(together(g, X86, WRITE));
		assert_false(together(g, X86, FOREIGN));
		assert_false(together(g, WRITE, FOREIGN));
		kd_grouper_free(g);
	}
	kd_arena_deinit(&a);
}

static void decision(void **state)
{
	struct kd_arena a = KD_ARENA_INIT(1 << 20);
	struct kd_grouper *g = kd_grouper_new(NULL);
	struct sample s[SAMPLES];
	struct kd_decision d;
	bool access = false;
	char id[KD_GROUP_ID];
	(void)state;

	samples(&a, s);
	d = add(g, 0, &s[X86]);
	assert_true(d.is_new);
	assert_string_equal(d.via, "");
	snprintf(id, sizeof(id), "g-%.12s", s[X86].sig[KD_SIG_NORMAL]);
	assert_string_equal(d.group, id);
	d = add(g, 1, &s[ARM64]);
	assert_false(d.is_new);
	assert_string_equal(d.group, id);
	assert_string_equal(d.via, key(0));
	assert_int_equal(d.verdict, KD_VERDICT_SAME);
	assert_true(d.reasons.n > 0);
	d = add(g, 1, &s[ARM64]); /* known */
	assert_int_equal(d.join, KD_JOIN_STRICT);
	assert_int_equal(kd_grouper_size(g), 2);
	d = add(g, 2, &s[WRITE]); /* read and write: a person has to say */
	assert_true(d.is_new);
	assert_int_equal(d.npossible, 1);
	assert_string_equal(d.possible[0].group, id);
	for (size_t i = 0; i < d.possible[0].reasons.n; i++)
		access |= d.possible[0].reasons.v[i].against && !strcmp(d.possible[0].reasons.v[i].ingredient, "access");
	assert_true(access);
	d = add(g, 3, &s[FOREIGN]);
	assert_int_equal(d.npossible, 0);
	kd_grouper_free(g);
	kd_arena_deinit(&a);
}

/* never: before, between, and through what must be together; merge and split. */
static void people(void **state)
{
	struct kd_arena a = KD_ARENA_INIT(1 << 20);
	struct kd_grouper *g = kd_grouper_new(NULL);
	struct sample s[SAMPLES];
	struct kd_decision d;
	char id[KD_GROUP_ID];
	(void)state;

	samples(&a, s);
	ok(kd_grouper_never(g, key(X86), key(OTHER)));
	ok(kd_grouper_must(g, key(X86), key(FOREIGN)));
	fails(kd_grouper_must(g, key(OTHER), key(FOREIGN)), KD_CONFLICT);
	for (size_t i = 0; i < SAMPLES; i++)
		d = add(g, i, &s[i]);
	assert_int_equal(d.join, KD_JOIN_PEOPLE);
	assert_false(together(g, X86, OTHER));
	assert_true(together(g, X86, FOREIGN));
	/* the id of the first is taken: the second has that of its own signature */
	assert_string_not_equal(kd_grouper_group_of(g, key(X86)), kd_grouper_group_of(g, key(OTHER)));

	fails(kd_grouper_merge(g, kd_grouper_group_of(g, key(X86)), kd_grouper_group_of(g, key(OTHER))), KD_CONFLICT);
	snprintf(id, sizeof(id), "%s", kd_grouper_group_of(g, key(X86)));
	ok(kd_grouper_merge(g, id, kd_grouper_group_of(g, key(WRITE))));
	assert_true(together(g, X86, WRITE));
	assert_string_equal(kd_grouper_group_of(g, key(WRITE)), id);
	ok(kd_grouper_split(g, (const char *const[]){key(WRITE)}, 1, id)); /* takes the merge back */
	assert_false(together(g, X86, WRITE));
	assert_string_equal(kd_grouper_group_of(g, key(WRITE)), id);
	fails(kd_grouper_split(g, (const char *const[]){key(WRITE)}, 1, id), KD_INVALID);
	fails(kd_grouper_merge(g, "g-000000000000", id), KD_NOTFOUND);
	kd_grouper_free(g);
	kd_arena_deinit(&a);
}

/* Grouped anew from nothing but the constraints: what people decided is as it was. */
static void anew(void **state)
{
	struct kd_arena a = KD_ARENA_INIT(1 << 20);
	struct kd_grouper *g = kd_grouper_new(NULL), *again = kd_grouper_new(NULL);
	struct sample s[SAMPLES];
	char id[KD_GROUP_ID];
	(void)state;

	samples(&a, s);
	for (size_t i = 0; i < SAMPLES; i++)
		add(g, i, &s[i]);
	ok(kd_grouper_split(g, (const char *const[]){key(ARM64)}, 1, id));
	ok(kd_grouper_merge(g, kd_grouper_group_of(g, key(WRITE)), kd_grouper_group_of(g, key(FOREIGN))));
	assert_true(kd_grouper_constraints(g) > 0);
	for (size_t i = 0; i < kd_grouper_constraints(g); i++) {
		struct kd_constraint c = kd_grouper_constraint(g, i);

		ok(c.never ? kd_grouper_never(again, c.a, c.b) : kd_grouper_must(again, c.a, c.b));
	}
	for (size_t i = SAMPLES; i--;)
		add(again, i, &s[i]);
	for (size_t i = 0; i < SAMPLES; i++)
		for (size_t k = 0; k < SAMPLES; k++)
			assert_int_equal(together(g, i, k), together(again, i, k));
	kd_grouper_free(g);
	kd_grouper_free(again);
	kd_arena_deinit(&a);
}

static void given_and_wrong(void **state)
{
	struct kd_arena a = KD_ARENA_INIT(1 << 20);
	struct kd_grouper *g = kd_grouper_new(&(struct kd_grouper_limits){.max_signatures = 2});
	struct sample s = sample(&a, x86_log);
	struct kd_grouper_item it = {key(0), s.sig[KD_SIG_NORMAL], s.sig[KD_SIG_LOOSE], s.t, "g-0123456789ab"};
	struct kd_grouper_row row;
	struct kd_decision d;
	(void)state;

	ok(kd_grouper_add(g, &it, &d));
	assert_string_equal(d.group, "g-0123456789ab");
	assert_int_equal(d.join, KD_JOIN_GIVEN);
	ok(kd_grouper_add(g, &it, &d));
	it.group = "g-ffffffffffff";
	fails(kd_grouper_add(g, &it, &d), KD_CONFLICT);
	it.group = NULL;
	it.strict = "short";
	fails(kd_grouper_add(g, &it, &d), KD_INVALID);
	fails(kd_grouper_never(g, "short", key(0)), KD_INVALID);
	fails(kd_grouper_withdraw(g, key(0), key(1)), KD_NOTFOUND);
	it.strict = key(1);
	ok(kd_grouper_add(g, &it, &d)); /* an equal one joins what was given */
	assert_string_equal(d.group, "g-0123456789ab");
	kd_grouper_row(g, 1, &row);
	assert_string_equal(row.via, key(0));
	it.strict = key(2);
	fails(kd_grouper_add(g, &it, &d), KD_LIMIT);
	assert_null(kd_grouper_group_of(g, key(2)));
	kd_grouper_free(g);
	kd_arena_deinit(&a);
}

/* Mainline trees far apart: the same crash is possibly another bug, never silently the same. */
static void eras(void **state)
{
	struct kd_arena a = KD_ARENA_INIT(1 << 20);
	struct kd_grouper *g = kd_grouper_new(NULL);
	struct sample s = sample(&a, x86_log);
	struct kd_traits old = *s.t, young = *s.t;
	char k[3][KD_SIG_HEX];
	struct kd_decision d;
	(void)state;

	old.vintage = 361;
	young.vintage = 525;
	kd_grouper_key(s.sig[KD_SIG_STRICT], s.t, k[0]);
	kd_grouper_key(s.sig[KD_SIG_STRICT], &old, k[1]);
	kd_grouper_key(s.sig[KD_SIG_STRICT], &young, k[2]);
	assert_string_equal(k[0], s.sig[KD_SIG_STRICT]);
	assert_string_not_equal(k[1], k[2]);
	s.t = &old;
	add(g, 0, &s);
	s.t = &young;
	d = add(g, 1, &s);
	assert_true(d.is_new);
	assert_int_equal(d.npossible, 1);
	kd_grouper_free(g);
	kd_arena_deinit(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_bug), cmocka_unit_test(decision),	      cmocka_unit_test(people),
		cmocka_unit_test(anew),	   cmocka_unit_test(given_and_wrong), cmocka_unit_test(eras),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
