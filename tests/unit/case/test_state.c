// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "case/links.h"
#include "case/state.h"
#include "casedb.h"

#define A "g-00000000000a"
#define B "g-00000000000b"

static void names(void **state)
{
	uint32_t version;
	uint8_t s;

	(void)state;
	for (unsigned i = 0; i < KD_STATES; i++) {
		assert_true(kd_state_by_name(kd_view_of(kd_state_info(i)->name), &s, &version));
		assert_int_equal(s, i);
	}
	assert_true(kd_state_by_name(KD_V("posted-v12"), &s, &version) && s == KD_STATE_POSTED && version == 12);
	assert_false(kd_state_by_name(KD_V("posted-v0"), &s, &version));
	assert_false(kd_state_by_name(KD_V("posted-v"), &s, &version));
	assert_false(kd_state_by_name(KD_V("merged-v2"), &s, &version));
	assert_false(kd_state_by_name(KD_V("posted-v99999999999999999999"), &s, &version));
}

/* All pairs: what the table has is done, what it does not have is refused. */
static void table(void **state)
{
	unsigned allowed = 0;

	(void)state;
	for (uint8_t from = 0; from < KD_STATES; from++)
		for (uint8_t to = 0; to < KD_STATES; to++) {
			const struct kd_state_now now = {.state = from, .version = 1};
			const struct kd_state_step step = {.state = to, .version = to == KD_STATE_POSTED ? 2 : 0, .why = KD_V("because"),
							   .ref = to == KD_STATE_POSTED ? KD_V("a@b") : KD_V("0123456789ab")};

			if (kd_state_info(from)->to & 1u << to) {
				casedb_ok(kd_state_may(&now, &step));
				allowed++;
			} else {
				casedb_fails(kd_state_may(&now, &step), KD_CONFLICT, "there is no step");
			}
		}
	assert_true(allowed > 50 && allowed < 90);
	/* what must never be */
	assert_false(kd_state_info(KD_STATE_KNOWN)->to & 1u << KD_STATE_VERIFIED);
	assert_false(kd_state_info(KD_STATE_BUILT)->to & 1u << KD_STATE_VERIFIED);
	for (unsigned i = 0; i < KD_STATES; i++)
		assert_false(kd_state_info(i)->to & 1u << KD_STATE_UNSEEN);
}

static void needs(void **state)
{
	const struct kd_state_now known = {.state = KD_STATE_KNOWN}, posted = {.state = KD_STATE_POSTED, .version = 2};
	struct kd_state_step s = {.state = KD_STATE_POSTED};

	(void)state;
	casedb_fails(kd_state_may(&known, &s), KD_INVALID, "message-id");
	s.ref = KD_V("not one");
	casedb_fails(kd_state_may(&known, &s), KD_INVALID, "message-id");
	s.ref = KD_V("1@x");
	casedb_ok(kd_state_may(&known, &s));
	casedb_fails(kd_state_may(&posted, &s), KD_CONFLICT, "posted-v3");
	s.version = 2;
	casedb_fails(kd_state_may(&posted, &s), KD_CONFLICT, "posted-v3");
	s.version = 3;
	casedb_ok(kd_state_may(&posted, &s));
	s = (struct kd_state_step){.state = KD_STATE_MERGED, .ref = KD_V("xyz")};
	casedb_fails(kd_state_may(&known, &s), KD_INVALID, "no commit");
	s = (struct kd_state_step){.state = KD_STATE_WONTFIX, .ref = KD_V("x")};
	casedb_fails(kd_state_may(&known, &s), KD_INVALID, "--why");
	s.why = KD_V("line\nbreak");
	casedb_fails(kd_state_may(&known, &s), KD_INVALID, "one line");
}

static void step(struct casedb *c, const char *grp, uint8_t to, const char *ref, int64_t at)
{
	const struct kd_state_facts none = {.events = 0};
	const struct kd_state_step s = {.state = to, .ref = kd_view_of(ref), .why = KD_V("why"), .who = KD_V("person:ada"), .at = at};

	casedb_ok(kd_state_set(c->db, grp, &none, &s));
}

static void stored(void **state)
{
	const struct kd_state_facts none = {.events = 0};
	struct kd_arena a = KD_ARENA_INIT(1 << 20);
	struct kd_state_step bad = {.state = KD_STATE_VERIFIED, .why = KD_V("x"), .at = CASE_NOW};
	struct kd_state_now now;
	struct kd_states st;
	struct casedb c;

	(void)state;
	casedb_open(&c);
	casedb_event(&c, A, 1100, 5, "h1", "6.1", NULL);
	casedb_event(&c, B, 2200, 5, "h1", "6.1", NULL);
	step(&c, A, KD_STATE_KNOWN, NULL, CASE_NOW);
	step(&c, A, KD_STATE_MERGED, "0123456", CASE_NOW); /* the same moment: the order stays */
	casedb_fails(kd_state_set(c.db, A, &none, &bad), KD_CONFLICT, "from 'merged' to 'verified'");
	casedb_ok(kd_states_of(c.db, A, &a, &st));
	assert_int_equal(st.n, 2);
	assert_int_equal(st.v[1].state, KD_STATE_MERGED);
	assert_true(st.v[1].at > st.v[0].at);
	/* B is merged into A: what was said of it is said of A */
	step(&c, B, KD_STATE_WONTFIX, NULL, CASE_NOW + CASE_DAY);
	casedb_ok(kd_db_exec(c.db, "UPDATE grp SET into_grp = '" A "' WHERE id = '" B "'"));
	casedb_ok(kd_states_of(c.db, A, &a, &st));
	assert_int_equal(st.n, 3);
	kd_state_judge(&st, &none, &now);
	assert_int_equal(now.state, KD_STATE_WONTFIX);
	kd_arena_deinit(&a);
	casedb_close(&c);
}

/* What data says counts when it is further, and never against what people closed. */
static void judged(void **state)
{
	struct kd_state_step steps[] = {{.state = KD_STATE_POSTED, .version = 2, .at = 5}};
	struct kd_states st = {.v = steps, .n = 0};
	struct kd_state_facts f = {.first_event = 3};
	struct kd_state_now now;

	(void)state;
	kd_state_judge(&st, &f, &now);
	assert_true(now.state == KD_STATE_UNSEEN && !now.derived && now.since == 3);
	f.fact[KD_STATE_KNOWN] = (struct kd_state_fact){true, KD_V("ticket"), 4};
	kd_state_judge(&st, &f, &now);
	assert_true(now.state == KD_STATE_KNOWN && now.derived && now.since == 4);
	st.n = 1;
	kd_state_judge(&st, &f, &now);
	assert_true(now.state == KD_STATE_POSTED && !now.derived && now.version == 2);
	f.fact[KD_STATE_DEPLOYED] = (struct kd_state_fact){true, KD_V("hosts"), 9};
	kd_state_judge(&st, &f, &now);
	assert_true(now.state == KD_STATE_DEPLOYED && now.derived && now.since == 9 && !now.version);
	f.fact[KD_STATE_REGRESSED] = (struct kd_state_fact){true, KD_V("events"), 11};
	kd_state_judge(&st, &f, &now);
	assert_true(now.state == KD_STATE_REGRESSED && now.derived && now.since == 11);
	steps[0].state = KD_STATE_WONTFIX;
	kd_state_judge(&st, &f, &now);
	assert_true(now.state == KD_STATE_WONTFIX && !now.derived);
	steps[0].state = KD_STATE_VERIFIED;
	kd_state_judge(&st, &f, &now);
	assert_int_equal(now.state, KD_STATE_REGRESSED);
	f.fact[KD_STATE_REGRESSED].holds = false;
	kd_state_judge(&st, &f, &now);
	assert_true(now.state == KD_STATE_VERIFIED && !now.derived);
}

static struct kd_error *list_group(void *user, const char *grp, struct kd_view title)
{
	(void)title;
	strcat(user, grp + 11);
	strcat(user, " ");
	return NULL;
}

static void in_work(void **state)
{
	struct kd_arena a = KD_ARENA_INIT(1 << 20);
	struct kd_state_facts f = {.events = 0};
	struct kd_link l;
	char list[200] = "";
	struct casedb c;

	(void)state;
	casedb_open(&c);
	casedb_event(&c, A, 1100, 5, "h1", "6.1", NULL);
	casedb_event(&c, A, 1101, 2, "h2", "6.1", NULL);
	casedb_event(&c, B, 2200, 5, "h1", "6.1", "P-7");
	casedb_event(&c, "g-00000000000c", 3300, 5, "h1", "6.1", NULL);
	step(&c, A, KD_STATE_WONTFIX, NULL, CASE_NOW);
	casedb_ok(kd_link_parse(KD_V("jira:X-1"), &l));
	l.subject = KD_V("issue:P-7");
	l.made = 77;
	casedb_ok(kd_link_put(c.db, &l, NULL));
	casedb_ok(kd_state_each(c.db, false, list_group, list));
	assert_string_equal(list, "00a 00b ");
	*list = '\0';
	casedb_ok(kd_state_each(c.db, true, list_group, list));
	assert_string_equal(list, "00a 00b 00c ");
	casedb_ok(kd_state_facts(c.db, B, &a, &f)); /* through the issue of its event */
	assert_true(f.fact[KD_STATE_KNOWN].holds && f.fact[KD_STATE_KNOWN].since == 77);
	f = (struct kd_state_facts){.events = 0};
	casedb_ok(kd_state_facts(c.db, A, &a, &f));
	assert_false(f.fact[KD_STATE_KNOWN].holds);
	assert_true(f.events == 2 && f.hosts == 2 && f.last_event == CASE_NOW - 2 * CASE_DAY);
	kd_arena_deinit(&a);
	casedb_close(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),  cmocka_unit_test(table),  cmocka_unit_test(needs),
		cmocka_unit_test(stored), cmocka_unit_test(judged), cmocka_unit_test(in_work),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
