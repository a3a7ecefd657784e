// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "case/ledger.h"
#include "casedb.h"

static void words(void **state)
{
	static const char *const certain[] = {"the smoking gun", "Definitely a race", "this PROVES it", "it is 100% the driver",
					      "the driver is the root cause", "it is clearly a race"};
	static const char *const careful[] = {"indefinitely blocked", "it improves nothing", "the timer may be freed too early", "uncertainly",
					      "the timer may be the root cause", "the driver is not the root cause", "the lock must be held here",
					      "the device was at 100% busy", "the timer is freed too early"};
	const struct kd_overclaim_rule *rule;

	(void)state;
	for (size_t i = 0; i < KD_ARRAY_LEN(certain) + KD_ARRAY_LEN(careful); i++) {
		bool is_certain = i < KD_ARRAY_LEN(certain);

		casedb_ok(kd_ledger_certain(kd_view_of(is_certain ? certain[i] : careful[i - KD_ARRAY_LEN(certain)]), &rule));
		assert_int_equal(rule != NULL, is_certain);
	}
	assert_true(kd_ledger_likeness(KD_V("the timer outlives the object"), KD_V("Timers outlive their objects")) >= KD_LEDGER_LIKE);
	assert_true(kd_ledger_likeness(KD_V("the timer outlives the object"), KD_V("the lock is taken twice")) < KD_LEDGER_LIKE);
	assert_true(kd_ledger_likeness(KD_V("a b c"), KD_V("a b c")) == 1);
	assert_true(kd_ledger_likeness(KD_V(""), KD_V("")) == 0 && kd_ledger_likeness(KD_V("x"), KD_V("the of")) == 0);
}

static void put_evidence(struct casedb *c, const char *bytes, struct kd_evidence *e)
{
	casedb_ok(kd_evidence_log(kd_view_of(bytes), 0, strlen(bytes), e));
	casedb_ok(kd_ledger_put_evidence(c->db, e, KD_V("crash.log"), CASE_NOW));
}

static struct kd_error *count_steps(void *user, const struct kd_claimstep *s)
{
	char *text = user;

	strcat(text, kd_claim_status_name(s->status));
	strcat(text, " ");
	return NULL;
}

static void rules(void **state)
{
	struct kd_arena a = KD_ARENA_INIT(1 << 20);
	struct kd_claimrow row = {.text = KD_V("the buffer is too small"), .origin = KD_V("person:ada"), .subject = KD_V("g-0123456789ab"), .made = CASE_NOW},
			   other;
	const struct kd_view who = KD_V("person:bob");
	struct kd_evidence e, f;
	const char *both[] = {e.id, f.id};
	char steps[200] = "";
	struct casedb c;
	bool is_new;

	(void)state;
	casedb_open(&c);
	casedb_fails(kd_ledger_add(c.db, &row, (const char *[]){"e0123456789ab"}, 1, &is_new), KD_NOTFOUND, "no evidence e0123456789ab");
	casedb_ok(kd_ledger_add(c.db, &row, NULL, 0, &is_new));
	assert_true(is_new);
	casedb_fails(kd_ledger_set(c.db, row.id, KD_CLAIM_SUPPORTED, who, KD_VNULL, CASE_NOW), KD_INVALID, "no evidence");
	casedb_fails(kd_ledger_set(c.db, row.id, KD_CLAIM_REFUTED, who, KD_V("  "), CASE_NOW), KD_INVALID, "--why");
	casedb_fails(kd_ledger_set(c.db, "c0123456789ab", KD_CLAIM_REFUTED, who, KD_V("x"), CASE_NOW), KD_NOTFOUND, "no claim");
	put_evidence(&c, "one", &e);
	put_evidence(&c, "two", &f);
	for (int i = 0; i < 2; i++)
		casedb_ok(kd_ledger_tie(c.db, row.id, both[i]));
	casedb_ok(kd_ledger_set(c.db, row.id, KD_CLAIM_SUPPORTED, who, KD_VNULL, CASE_NOW));
	casedb_fails(kd_ledger_set(c.db, row.id, KD_CLAIM_VERIFIED, who, KD_VNULL, CASE_NOW), KD_INVALID, "2 pieces");
	casedb_ok(kd_ledger_checked(c.db, e.id, KD_EVCHECK_SAME, KD_V("crash.log"), who, CASE_NOW));
	casedb_fails(kd_ledger_set(c.db, row.id, KD_CLAIM_VERIFIED, who, KD_VNULL, CASE_NOW), KD_INVALID, "1 piece");
	casedb_ok(kd_ledger_checked(c.db, f.id, KD_EVCHECK_SAME, KD_V("crash.log"), who, CASE_NOW));
	casedb_ok(kd_ledger_checked(c.db, f.id, KD_EVCHECK_CHANGED, KD_V("crash.log"), who, CASE_NOW)); /* the last one counts */
	casedb_fails(kd_ledger_set(c.db, row.id, KD_CLAIM_VERIFIED, who, KD_VNULL, CASE_NOW), KD_INVALID, "1 piece");
	casedb_ok(kd_ledger_checked(c.db, f.id, KD_EVCHECK_SAME, KD_V("crash.log"), who, CASE_NOW));
	casedb_ok(kd_ledger_set(c.db, row.id, KD_CLAIM_VERIFIED, who, KD_VNULL, CASE_NOW));
	casedb_ok(kd_ledger_steps(c.db, row.id, count_steps, steps));
	assert_string_equal(steps, "hypothesis supported verified ");
	casedb_ok(kd_ledger_get(c.db, kd_view_head(kd_view_of(row.id), 6), &a, &other));
	assert_true(other.status == KD_CLAIM_VERIFIED && other.nevidence == 2);
	kd_arena_deinit(&a);
	casedb_close(&c);
}

static void refused(void **state)
{
	static const struct {
		const char *text, *origin, *words;
	} bad[] = {
		{"it is a race", "ada", "person:NAME"},		   {"it is a race", "person:", "person:NAME"},
		{"", "person:ada", "one line"},			   {"two\nlines", "person:ada", "one line"},
		{"smoking gun found", "person:ada", "smoking gun"},
	};
	struct casedb c;
	bool is_new;

	(void)state;
	casedb_open(&c);
	for (size_t i = 0; i < KD_ARRAY_LEN(bad); i++) {
		struct kd_claimrow row = {.text = kd_view_of(bad[i].text), .origin = kd_view_of(bad[i].origin)};

		casedb_fails(kd_ledger_add(c.db, &row, NULL, 0, &is_new), KD_INVALID, bad[i].words);
	}
	casedb_close(&c);
}

static void refuted_first(void **state)
{
	struct kd_arena a = KD_ARENA_INIT(1 << 20);
	struct kd_claimrows rows = {.n = 0}, all = {.n = 0};
	struct kd_claimrow one = {.text = KD_V("the timer outlives the object"), .origin = KD_V("model:m"), .subject = KD_V("g-00000000000a"), .made = 1};
	struct kd_claimrow two = {.text = KD_V("the timer outlives the object now"), .origin = KD_V("model:n"), .subject = KD_V("g-00000000000a"), .made = 2};
	struct kd_claimrow three = {.text = KD_V("a lock is taken twice"), .origin = KD_V("model:n"), .subject = KD_V("g-00000000000b"), .made = 3};
	struct casedb c;
	bool is_new;

	(void)state;
	casedb_open(&c);
	casedb_ok(kd_ledger_add(c.db, &one, NULL, 0, &is_new));
	casedb_ok(kd_ledger_add(c.db, &two, NULL, 0, &is_new));
	casedb_ok(kd_ledger_add(c.db, &three, NULL, 0, &is_new));
	casedb_ok(kd_ledger_set(c.db, one.id, KD_CLAIM_REFUTED, KD_V("person:x"), KD_V("no timer is armed"), 4));
	casedb_ok(kd_ledger_similar(c.db, KD_V("timer outlives object now"), &a, &rows));
	assert_int_equal(rows.n, 2);
	assert_string_equal(rows.v[0].id, one.id); /* though the other is more alike */
	assert_true(rows.v[1].likeness > rows.v[0].likeness);
	assert_true(kd_view_eq(rows.v[0].why, KD_V("no timer is armed")) && kd_view_eq(rows.v[0].who, KD_V("person:x")));
	casedb_ok(kd_ledger_list(c.db, KD_V("g-00000000000a"), &a, &all));
	assert_int_equal(all.n, 2);
	assert_int_equal(all.v[0].status, KD_CLAIM_REFUTED);
	kd_arena_deinit(&a);
	casedb_close(&c);
}

static void damaged(void **state)
{
	struct kd_arena a = KD_ARENA_INIT(1 << 20);
	struct kd_evrows rows = {.n = 0};
	struct kd_evidence e;
	struct casedb c;
	size_t n = 0;

	(void)state;
	casedb_open(&c);
	put_evidence(&c, "one", &e);
	casedb_ok(kd_ledger_evidence(c.db, e.id, &a, &rows, &n));
	assert_true(rows.n == 1 && !n);
	casedb_ok(kd_db_exec(c.db, "UPDATE evidence SET locator = 'bytes:0-4'"));
	rows.n = 0;
	casedb_ok(kd_ledger_evidence(c.db, e.id, &a, &rows, &n));
	assert_true(!rows.n && n == 1);
	kd_arena_deinit(&a);
	casedb_close(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words), cmocka_unit_test(rules), cmocka_unit_test(refused), cmocka_unit_test(refuted_first), cmocka_unit_test(damaged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
