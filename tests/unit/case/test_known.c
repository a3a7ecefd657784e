// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "case/known_text.h"
#include "casedb.h"

#define A "g-00000000000a"
#define HEX "00000000000000000000000000000110"

static struct kd_error *count(void *user, const struct kd_known *k)
{
	++*(int *)user;
	(void)k;
	return NULL;
}

static void files(void **state)
{
	static const struct {
		const char *text, *words;
	} bad[] = {
		{"", "line 1"},
		{"title: x\n", "line 1"},
		{"---\ntitle: x\nmatch: normal:" HEX "\n", "no end"},
		{"---\ntitle: x\n---\n", "recognised by"},
		{"---\nmatch: normal:" HEX "\n---\n", "title"},
		{"---\ntitle: x\ntitle: y\nmatch: normal:" HEX "\n---\n", "line 3: 'title' is there twice"},
		{"---\ntitle: x\nmatch: normal:12\n---\n", "no signature"},
		{"---\ntitle: x\nmatch: group:g-xyz\n---\n", "no signature"},
		{"---\ntitle: x\nmatch: nonsense\n---\n", "line 3: a match is"},
		{"---\ntitle: x\nstatus: maybe\nmatch: normal:" HEX "\n---\n", "no status"},
		{"---\ntitle: x\ncolour: red\nmatch: normal:" HEX "\n---\n", "'colour' is nothing"},
		{"---\ntitle: x\nid: k-../../x\nmatch: normal:" HEX "\n---\n", "no id"},
		{"{\"title\": 7, \"match\": [\"normal:" HEX "\"]}", "'title' is no text"},
		{"{\"title\": \"x\", \"match\": [7]}", "a match is no text"},
		{"[{\"title\": \"x\", \"match\": [\"normal:" HEX "\"]}, 7]", "object 2"},
		{"{\"title\": \"x\"", "line"},
	};
	static const char two[] = "[{\"title\": \"x\", \"match\": [\"normal:" HEX "\", \"group:g-0123456789ab\"]}, {\"title\": \"y\", \"match\": "
				  "\"strict:" HEX "\", \"status\": \"fixed\", \"notes\": null}]";
	struct kd_arena a = KD_ARENA_INIT(1 << 20);
	int n = 0;

	(void)state;
	for (size_t i = 0; i < KD_ARRAY_LEN(bad); i++) {
		struct kd_error *err = kd_known_read(kd_view_of(bad[i].text), &a, count, &n);

		if (!err || !strstr(err->msg, bad[i].words))
			fail_msg("%zu: %s", i, err ? err->msg : "no error");
		kd_error_free(err);
	}
	n = 0;
	casedb_ok(kd_known_read(kd_view_of(two), &a, count, &n));
	assert_int_equal(n, 2);
	assert_true(kd_known_is_text(kd_view_of(two)) && kd_known_is_text(KD_V("---\nx")) && !kd_known_is_text(KD_V("# README\n")));
	kd_arena_deinit(&a);
}

/* Blanks around a value are not part of it, in either form. */
static struct kd_error *is_x(void *user, const struct kd_known *k)
{
	(void)user;
	assert_true(kd_view_eq(k->title, KD_V("x")) && kd_view_eq(k->by[0].value, KD_V(HEX)));
	return NULL;
}

static void blanks(void **state)
{
	struct kd_arena a = KD_ARENA_INIT(1 << 20);

	(void)state;
	casedb_ok(kd_known_read(KD_V("{\"title\": \" x\\t\", \"match\": [\" normal:" HEX " \"]}"), &a, is_x, NULL));
	casedb_ok(kd_known_read(KD_V("---\n title :  x \r\nmatch: normal:" HEX "\r\n---\r\n"), &a, is_x, NULL));
	kd_arena_deinit(&a);
}

static struct kd_error *compare(void *user, const struct kd_known *k)
{
	const struct kd_known *want = user;

	assert_true(kd_view_eq(k->title, want->title) && kd_view_eq(k->ticket, want->ticket) && kd_view_eq(k->workaround, want->workaround) &&
		    kd_view_eq(k->notes, want->notes) && kd_view_eq(k->id, want->id));
	assert_int_equal(k->status, want->status);
	assert_int_equal(k->nby, want->nby);
	return NULL;
}

static void written_and_read(void **state)
{
	struct kd_known k = {.id = KD_V("k-0123456789"), .title = KD_V("a: title"), .ticket = KD_V("jira:K-1"), .workaround = KD_V("one\n\ntwo"),
			     .notes = KD_V("three"), .status = KD_KNOWN_MITIGATED, .nby = 2,
			     .by = {{KD_KNOWN_NORMAL, KD_V(HEX)}, {KD_KNOWN_GROUP, KD_V("g-0123456789ab")}}};
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(1 << 16);
	struct kd_arena a = KD_ARENA_INIT(1 << 20);

	(void)state;
	kd_known_write(&k, &b);
	casedb_ok(kd_known_read(kd_buf_view(&b), &a, compare, &k));
	kd_arena_deinit(&a);
}

static void add(struct casedb *c, const char *title, uint8_t how, const char *value)
{
	struct kd_known k = {.title = kd_view_of(title), .nby = 1, .by = {{how, kd_view_of(value)}}};

	casedb_ok(kd_known_put(c->db, &k, NULL));
}

/* The strictest of several; retired ones are not asked. */
static void strictest(void **state)
{
	struct kd_arena a = KD_ARENA_INIT(1 << 20);
	char strict[33], normal[33], loose[33];
	struct kd_sigrow sig = {.sig = 1100};
	struct kd_known_hit hit;
	struct casedb c;
	struct kd_known k;

	(void)state;
	casedb_open(&c);
	casedb_event(&c, A, 1100, 5, "h1", "6.1", NULL);
	casedb_hex(strict, 1100);
	casedb_hex(normal, 110);
	casedb_hex(loose, 11);
	sig.strict = kd_view_of(strict);
	sig.normal = kd_view_of(normal);
	sig.loose = kd_view_of(loose);
	casedb_ok(kd_known_match(c.db, &sig, A, &a, &hit));
	assert_false(hit.found);
	add(&c, "by loose", KD_KNOWN_LOOSE, loose);
	casedb_ok(kd_known_match(c.db, &sig, A, &a, &hit));
	assert_true(hit.found && hit.by.how == KD_KNOWN_LOOSE);
	add(&c, "by group", KD_KNOWN_GROUP, A);
	casedb_ok(kd_known_match(c.db, &sig, A, &a, &hit));
	assert_true(hit.by.how == KD_KNOWN_GROUP && hit.others == 1);
	casedb_ok(kd_known_match(c.db, &sig, NULL, &a, &hit)); /* its group is not known */
	assert_int_equal(hit.by.how, KD_KNOWN_LOOSE);
	add(&c, "by normal", KD_KNOWN_NORMAL, normal);
	add(&c, "by strict", KD_KNOWN_STRICT, strict);
	casedb_ok(kd_known_match(c.db, &sig, A, &a, &hit));
	assert_true(hit.by.how == KD_KNOWN_STRICT && hit.others == 3);
	casedb_ok(kd_known_match_group(c.db, A, &a, &hit));
	assert_true(hit.by.how == KD_KNOWN_STRICT);
	k = hit.entry;
	k.status = KD_KNOWN_RETIRED;
	casedb_ok(kd_known_put(c.db, &k, NULL));
	casedb_ok(kd_known_match(c.db, &sig, A, &a, &hit));
	assert_int_equal(hit.by.how, KD_KNOWN_NORMAL);
	kd_arena_deinit(&a);
	casedb_close(&c);
}

static void news(void **state)
{
	struct kd_arena a = KD_ARENA_INIT(1 << 20);
	kd_auto(kd_buf_deinit) struct kd_buf words = KD_BUF_INIT(4096);
	struct kd_sigrow sig = {.sig = 1100};
	struct kd_event e = {.key = {CASE_NOW, 77}, .release = KD_V("6.12.85"), .host = KD_V("h9"), .arch = KD_V("x86_64")};
	struct kd_known_news w;
	struct kd_known_hit hit;
	char normal[33];
	struct casedb c;

	(void)state;
	casedb_open(&c);
	casedb_event(&c, A, 1100, 5, "h1", "6.1", NULL);
	casedb_event(&c, A, 1101, 4, "h2", "6.1", NULL);
	casedb_event(&c, "g-00000000000b", 1102, 3, "h2", "6.2", NULL); /* another group, the same normal signature */
	casedb_event(&c, A, 2201, 2, "h9", "6.12.85", NULL); /* another signature: says nothing */
	casedb_hex(normal, 110);
	sig.normal = kd_view_of(normal);
	add(&c, "a bug", KD_KNOWN_NORMAL, normal);
	casedb_ok(kd_known_match(c.db, &sig, A, &a, &hit));
	casedb_ok(kd_known_news(c.db, &hit, &e, &a, &w));
	assert_int_equal(w.events, 3);
	assert_int_equal(w.hosts, 2);
	assert_true(w.first == CASE_NOW - 5 * CASE_DAY && w.last == CASE_NOW - 3 * CASE_DAY);
	assert_true(kd_view_eq(w.release, KD_V("6.12.85")) && kd_view_eq(w.host, KD_V("h9")) && !w.arch.n);
	kd_known_words(&hit, &w, &words);
	assert_non_null(strstr(words.p, "\"a bug\" (matched by normal signature 0"));
	assert_non_null(strstr(words.p, "): new: release 6.12.85, host h9 (first seen 2026-05-07; 3 events, 2 hosts before)"));
	/* an earlier event than two of them, of a release and host that were there */
	e = (struct kd_event){.key = {CASE_NOW - 4 * CASE_DAY - 1, 77}, .release = KD_V("6.1")};
	casedb_ok(kd_known_news(c.db, &hit, &e, &a, &w));
	assert_int_equal(w.events, 1);
	kd_buf_clear(&words);
	kd_known_words(&hit, &w, &words);
	assert_non_null(strstr(words.p, "): not new: release (first seen"));
	assert_null(strstr(words.p, "arch")); /* it does not say: neither new nor old */
	/* an event is not new beside itself */
	casedb_ok(kd_known_last_event(c.db, A, &a, &e));
	assert_int_equal(e.key.dig, 2201);
	kd_arena_deinit(&a);
	casedb_close(&c);
}

static void names(void **state)
{
	struct kd_arena a = KD_ARENA_INIT(1 << 20);
	struct kd_known k = {.title = KD_V("one"), .ticket = KD_V("jira:KRN-1"), .nby = 1, .by = {{KD_KNOWN_NORMAL, KD_V(HEX)}}}, got;
	struct casedb c;
	bool is_new;

	(void)state;
	casedb_open(&c);
	casedb_ok(kd_known_put(c.db, &k, &is_new));
	assert_true(is_new);
	casedb_ok(kd_known_put(c.db, &k, &is_new));
	assert_false(is_new);
	k.title = KD_V("two");
	k.ticket = KD_V("jira:KRN-11");
	casedb_ok(kd_known_put(c.db, &k, &is_new));
	casedb_ok(kd_known_get(c.db, KD_V("KRN-1"), &a, &got));
	assert_true(kd_view_eq(got.title, KD_V("one")));
	casedb_ok(kd_known_get(c.db, KD_V("jira:KRN-11"), &a, &got));
	assert_true(kd_view_eq(got.title, KD_V("two")));
	casedb_fails(kd_known_get(c.db, KD_V("RN-1"), &a, &got), KD_NOTFOUND, "RN-1");
	casedb_fails(kd_known_get(c.db, KD_V("%"), &a, &got), KD_NOTFOUND, "%");
	kd_arena_deinit(&a);
	casedb_close(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files), cmocka_unit_test(blanks), cmocka_unit_test(written_and_read), cmocka_unit_test(strictest),
		cmocka_unit_test(news),	 cmocka_unit_test(names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
