// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "case/known.h"
#include "case/links.h"
#include "casedb.h"

#define A "g-00000000000a"
#define B "g-00000000000b"
#define OTHER "g-0000000000ff"

static void parse(void **state)
{
	static const char *const bad[] = {"", "jira", "jira:", ":x", "Jira:X", "jira:a b", "jira:a\n", "a b:c", "jira:\x01"};
	struct kd_link l;

	(void)state;
	casedb_ok(kd_link_parse(KD_V("jira:KRN-1138"), &l));
	assert_true(kd_view_eq(l.system, KD_V("jira")) && kd_view_eq(l.key, KD_V("KRN-1138")) && kd_view_eq(l.kind, KD_V("ticket")));
	casedb_ok(kd_link_parse(KD_V("sentry:P:7"), &l));
	assert_true(kd_view_eq(l.key, KD_V("P:7")) && kd_view_eq(l.kind, KD_V("issue")));
	casedb_ok(kd_link_parse(KD_V("git:0123456"), &l));
	assert_true(kd_view_eq(l.kind, KD_V("fix")));
	casedb_ok(kd_link_parse(KD_V("https://x.example/1"), &l));
	assert_true(kd_view_eq(l.system, KD_V("web")) && kd_view_eq(l.url, KD_V("https://x.example/1")));
	for (size_t i = 0; i < KD_ARRAY_LEN(bad); i++)
		casedb_fails(kd_link_parse(kd_view_of(bad[i]), &l), KD_INVALID, "SYSTEM:KEY");
}

static void put(struct casedb *c, const char *subject, const char *link, int64_t at)
{
	struct kd_link l;

	casedb_ok(kd_link_parse(kd_view_of(link), &l));
	l.subject = kd_view_of(subject);
	l.made = at;
	casedb_ok(kd_link_put(c->db, &l, NULL));
}

static const struct kd_link *find(const struct kd_links *l, const char *key)
{
	for (size_t i = 0; i < l->n; i++)
		if (kd_view_eq(l->v[i].key, kd_view_of(key)))
			return &l->v[i];
	return NULL;
}

static void once_and_removed(void **state)
{
	struct kd_arena a = KD_ARENA_INIT(1 << 20);
	struct kd_links all = {.n = 0};
	struct kd_link l = {.subject = KD_V(A), .system = KD_V("jira"), .key = KD_V("X-1"), .kind = KD_V("ticket")};
	struct casedb c;
	bool is_new = false, gone = true;

	(void)state;
	casedb_open(&c);
	casedb_ok(kd_link_put(c.db, &l, &is_new));
	assert_true(is_new);
	l.title = KD_V("later");
	casedb_ok(kd_link_put(c.db, &l, &is_new));
	assert_false(is_new);
	casedb_ok(kd_links_of(c.db, KD_V(A), &a, &all));
	assert_int_equal(all.n, 1);
	assert_true(kd_view_eq(all.v[0].title, KD_V("later")));
	l.kind = KD_V("nonsense");
	casedb_fails(kd_link_put(c.db, &l, NULL), KD_INVALID, "kind");
	l.kind = KD_V("ticket");
	l.subject = KD_V("nothing");
	casedb_fails(kd_link_put(c.db, &l, NULL), KD_INVALID, "none of");
	casedb_ok(kd_link_remove(c.db, KD_V(A), KD_V("jira"), KD_V("X-2"), &gone));
	assert_false(gone);
	casedb_ok(kd_link_remove(c.db, KD_V(A), KD_V("jira"), KD_V("X-1"), &gone));
	assert_true(gone);
	kd_arena_deinit(&a);
	casedb_close(&c);
}

/* Every way that leads to a group, and none that leads to another. */
static void of_group(void **state)
{
	struct kd_arena a = KD_ARENA_INIT(1 << 20);
	struct kd_links l = {.n = 0};
	struct kd_known k = {.title = KD_V("t"), .ticket = KD_V("KRN-9"), .nby = 1};
	char strict[33], id[KD_EVENT_ID], other[KD_EVENT_ID];
	struct casedb c;

	(void)state;
	casedb_open(&c);
	casedb_event(&c, A, 1100, 3, "h1", "6.1", "P-1");
	casedb_event(&c, OTHER, 2200, 3, "h1", "6.1", "P-2");
	casedb_ok(kd_db_exec(c.db, "INSERT INTO grp (id, founder, into_grp) VALUES ('" B "', 1, '" A "')"));
	kd_event_id((struct kd_evkey){CASE_NOW - 3 * CASE_DAY, 1100}, id);
	kd_event_id((struct kd_evkey){CASE_NOW - 3 * CASE_DAY, 2200}, other);
	put(&c, A, "jira:own", 1);
	put(&c, B, "jira:merged", 2);
	put(&c, id, "jira:event", 3);
	put(&c, other, "jira:other-event", 3);
	put(&c, "issue:P-1", "jira:issue", 4);
	put(&c, "issue:P-2", "jira:other-issue", 4);
	put(&c, OTHER, "jira:others", 5);
	casedb_hex(strict, 1100);
	k.by[0] = (struct kd_known_by){KD_KNOWN_STRICT, kd_view_of(strict)};
	casedb_ok(kd_known_put(c.db, &k, NULL));
	casedb_ok(kd_links_of_group(c.db, A, &a, &l));
	assert_int_equal(l.n, 6);
	assert_true(kd_view_eq(find(&l, "own")->via, KD_V(A)));
	assert_true(kd_view_eq(find(&l, "merged")->via, KD_V("merged group " B)));
	assert_true(kd_view_starts(find(&l, "event")->via, KD_V("event ev-")));
	assert_true(kd_view_eq(find(&l, "issue")->via, KD_V("issue:P-1")));
	assert_true(kd_view_starts(find(&l, "KRN-9")->via, KD_V("known issue k-")));
	assert_true(kd_view_eq(find(&l, "P-1")->system, KD_V("sentry")));
	assert_true(kd_view_eq(kd_links_ticket(&l)->key, KD_V("own")));
	assert_null(kd_links_kind(&l, "fix"));
	kd_arena_deinit(&a);
	casedb_close(&c);
}

static void subjects(void **state)
{
	static const char *const bad[] = {"", "x", "inc-", "inc-xyz", "issue:", "c123", "e0123456789ab", "issue:a b", "ev-12"};
	struct kd_subject s;
	struct casedb c;

	(void)state;
	for (size_t i = 0; i < KD_ARRAY_LEN(bad); i++)
		casedb_fails(kd_subject_parse(kd_view_of(bad[i]), &s), KD_INVALID, "none of");
	casedb_open(&c);
	casedb_event(&c, A, 1100, 3, "h1", "6.1", NULL);
	casedb_ok(kd_subject_find(c.db, KD_V("g-00000000"), &s));
	assert_string_equal(s.id, A);
	casedb_fails(kd_subject_find(c.db, KD_V("c0123456789ab"), &s), KD_NOTFOUND, "no c0123456789ab");
	casedb_ok(kd_subject_find(c.db, KD_V("inc-12ab"), &s));
	casedb_close(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parse),
		cmocka_unit_test(once_and_removed),
		cmocka_unit_test(of_group),
		cmocka_unit_test(subjects),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
