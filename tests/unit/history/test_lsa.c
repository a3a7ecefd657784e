// SPDX-License-Identifier: GPL-2.0-or-later
/* Vectors of a store whose commits speak of one of sixty topics, two of three with one half of its words alone. */
#include "history/lsa.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/fs.h"
#include "history/segwrite.h"

enum { TOPICS = 60, TOPIC_WORDS = 16, PER_DOC = 8, DOCS = 1800 };

static char folder[] = "/tmp/kdoc-lsa-XXXXXX";

static uint32_t dice(uint32_t *seed)
{
	*seed = *seed * 1664525u + 1013904223u;
	return *seed >> 8;
}

static void no_error(struct kd_error *err)
{
	if (err)
		print_error("%s\n", err->msg);
	assert_null(err);
}

static struct kd_view word(unsigned topic, unsigned w, char *buf, size_t n)
{
	return kd_view(buf, (size_t)snprintf(buf, n, "t%uw%u", topic, w));
}

/* Commit i is of topic i % TOPICS; every third has words of the first half alone, every third of the second. */
static void add_doc(struct kd_segw *w, uint32_t i)
{
	struct kd_newdoc d;
	uint32_t seed = i * 7919u + 3;
	char buf[32];

	kd_newdoc_init(&d);
	for (int k = 0; k < KD_SEG_OID; k++)
		d.oid[k] = (uint8_t)dice(&seed);
	for (unsigned k = 0; k < PER_DOC; k++) {
		const unsigned half = i / TOPICS % 3;
		const unsigned from = half == 1 ? TOPIC_WORDS / 2 : 0, n = half == 2 ? TOPIC_WORDS : TOPIC_WORDS / 2;

		kd_newdoc_word(&d, KD_FIELD_PART, word(i % TOPICS, from + dice(&seed) % n, buf, sizeof(buf)), dice(&seed) % 3);
	}
	kd_newdoc_seal(&d);
	no_error(kd_segw_add(w, &d, NULL, 0));
	kd_newdoc_deinit(&d);
}

static void add_segment(struct kd_store *st, uint32_t n)
{
	struct kd_segw *w = kd_segw_new(st->docs);
	kd_auto(kd_freep) char *file = NULL;
	kd_auto(kd_freep) char *path = kd_store_new_path(st, st->docs, n, &file);
	const uint32_t first = st->docs;

	for (uint32_t i = 0; i < n; i++)
		add_doc(w, first + i);
	no_error(kd_segw_write(w, path));
	kd_segw_free(w);
	no_error(kd_store_append(st, file));
}

static char *sub(const char *name)
{
	char *p = kd_xmalloc(256);

	snprintf(p, 256, "%s/%s", folder, name);
	return p;
}

static struct kd_store *new_store(const char *name)
{
	kd_auto(kd_freep) char *dir = sub(name);
	struct kd_store *st = NULL;

	no_error(kd_store_open(dir, true, &st));
	return st;
}

static void ask(const struct kd_lsa *v, unsigned topic, unsigned from, struct kd_lsa_query *q)
{
	char buf[32];

	*q = (struct kd_lsa_query){.any = false};
	for (unsigned w = from; w < from + TOPIC_WORDS / 2; w++)
		kd_lsa_query_add(q, v, kd_term(KD_FIELD_PART, word(topic, w, buf, sizeof(buf))), 1);
	kd_lsa_query_end(q);
}

/* How near the commits from `from` on of a topic are that have words of this half (3: of any). */
static float mean(const struct kd_lsa *v, const struct kd_lsa_query *q, uint32_t from, unsigned topic, unsigned half)
{
	float sum = 0;
	unsigned n = 0;

	for (uint32_t i = from; i < v->docs; i++)
		if (i % TOPICS == topic && (half == 3 || i / TOPICS % 3 == half)) {
			const float near = kd_lsa_near(v, q, i);

			assert_true(near >= -1.05f && near <= 1.05f);
			sum += near;
			n++;
		}
	assert_int_not_equal(n, 0);
	return sum / (float)n;
}

/* A report in words of the first half finds commits of the topic that have none of these words. */
static void test_other_words(void **state)
{
	struct kd_store *st = new_store("other");
	struct kd_lsa v;
	struct kd_lsa_query q;

	(void)state;
	add_segment(st, DOCS);
	no_error(kd_lsa_write(st));
	kd_lsa_open(st, &v);
	assert_int_equal(v.docs, DOCS);
	assert_int_equal(v.learned, DOCS);
	for (unsigned topic = 0; topic < TOPICS; topic++) {
		ask(&v, topic, 0, &q);
		assert_true(q.any);
		assert_true(mean(&v, &q, 0, topic, 1) > mean(&v, &q, 0, (topic + 1) % TOPICS, 1) + .3f);
	}
	q = (struct kd_lsa_query){.any = false};
	kd_lsa_query_add(&q, &v, kd_term(KD_FIELD_PART, KD_V("nobodyhasthis")), 1);
	kd_lsa_query_end(&q);
	assert_false(q.any);
	kd_lsa_close(&v);
	kd_store_close(st);
}

static void read_vectors(const struct kd_store *st, struct kd_buf *ret)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/vectors-%08x", st->dir, st->docs);
	*ret = KD_BUF_INIT((size_t)64 << 20);
	no_error(kd_fs_read_small(path, (size_t)64 << 20, ret));
}

/* The same commits, in one segment or two: the same file to the last byte. */
static void test_same_again(void **state)
{
	struct kd_store *a = new_store("a"), *b = new_store("b");
	struct kd_buf x, y;

	(void)state;
	add_segment(a, 1200);
	add_segment(b, 123);
	add_segment(b, 1077);
	no_error(kd_lsa_write(a));
	no_error(kd_lsa_write(b));
	read_vectors(a, &x);
	read_vectors(b, &y);
	assert_int_equal(x.n, y.n);
	assert_memory_equal(x.p, y.p, x.n);
	kd_buf_deinit(&x);
	kd_buf_deinit(&y);
	kd_store_close(a);
	kd_store_close(b);
}

/* Later commits get theirs by the first model, merges change nothing; at four times the size it is learned anew. */
static void test_grows(void **state)
{
	struct kd_store *st = new_store("grows");
	kd_auto(kd_freep) int8_t *before = kd_xcalloc(1200, KD_LSA_DIMS);
	struct kd_lsa v;
	struct kd_lsa_query q;
	uint32_t model;
	size_t segs;

	(void)state;
	add_segment(st, 1200);
	no_error(kd_lsa_write(st));
	kd_lsa_open(st, &v);
	assert_int_equal(v.docs, 1200);
	model = v.model;
	memcpy(before, v.of_doc, (size_t)1200 * KD_LSA_DIMS);
	kd_lsa_close(&v);
	for (int i = 0; i < 12; i++)
		add_segment(st, 10);
	kd_lsa_open(st, &v);
	assert_int_equal(v.docs, 0); /* no vectors of the last ones: none */
	no_error(kd_lsa_write(st));
	segs = st->segs.n;
	no_error(kd_store_compact(st));
	assert_true(st->segs.n < segs);
	no_error(kd_lsa_write(st));
	kd_lsa_open(st, &v);
	assert_int_equal(v.docs, 1320);
	assert_int_equal(v.learned, 1200);
	assert_int_equal(v.model, model);
	assert_memory_equal(v.of_doc, before, (size_t)1200 * KD_LSA_DIMS);
	ask(&v, 3, 0, &q);
	assert_true(mean(&v, &q, 1200, 3, 3) > mean(&v, &q, 1200, 4, 3) + .3f);
	kd_lsa_close(&v);
	add_segment(st, 3600);
	no_error(kd_lsa_write(st));
	kd_lsa_open(st, &v);
	assert_int_equal(v.docs, 4920);
	assert_int_equal(v.learned, 4920);
	assert_int_not_equal(v.model, model);
	kd_lsa_close(&v);
	kd_store_close(st);
}

static void put(const struct kd_store *st, const struct kd_buf *b, size_t n)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/vectors-%08x", st->dir, st->docs);
	no_error(kd_fs_write_atomic(path, kd_view(b->p, n), 0644));
}

static void is_none(const struct kd_store *st)
{
	struct kd_lsa v;

	kd_lsa_open(st, &v);
	assert_int_equal(v.docs, 0);
	assert_null(v.map);
}

/* A file that is cut, of another version, of other commits or damaged is none; the next run makes it anew. */
static void test_damage(void **state)
{
	static const size_t at[] = {0, 8, 12, 16, 24, 28, 32, 40, 88, 100, 200};
	struct kd_store *st = new_store("damage"), *small = new_store("small");
	struct kd_buf b, c;
	struct kd_lsa v;

	(void)state;
	add_segment(st, 1200);
	no_error(kd_lsa_write(st));
	read_vectors(st, &b);
	for (size_t i = 0; i < KD_ARRAY_LEN(at); i++) {
		b.p[at[i]] = (char)(b.p[at[i]] ^ 0x55);
		put(st, &b, b.n);
		is_none(st);
		b.p[at[i]] = (char)(b.p[at[i]] ^ 0x55);
	}
	put(st, &b, b.n - 1);
	is_none(st);
	put(st, &b, 40);
	is_none(st);
	put(st, &b, 0);
	is_none(st);
	no_error(kd_lsa_write(st));
	read_vectors(st, &c);
	assert_int_equal(b.n, c.n);
	assert_memory_equal(b.p, c.p, b.n);
	kd_lsa_open(st, &v);
	assert_int_equal(v.docs, 1200);
	kd_lsa_close(&v);
	kd_buf_deinit(&b);
	kd_buf_deinit(&c);
	kd_store_close(st);
	add_segment(small, KD_LSA_LEAST - 1);
	no_error(kd_lsa_write(small));
	is_none(small);
	kd_store_close(small);
}

static struct kd_error *remove_one(void *user, const struct kd_fs_entry *e)
{
	(void)user;
	unlink(e->path);
	return NULL;
}

int main(void)
{
	static const char *const names[] = {"other", "a", "b", "grows", "damage", "small"};
	static const struct kd_fs_walk_opts opts = {.max_depth = 1};
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_other_words), cmocka_unit_test(test_same_again), cmocka_unit_test(test_grows),
					   cmocka_unit_test(test_damage)};
	int bad;

	if (!mkdtemp(folder))
		return 1;
	bad = cmocka_run_group_tests(tests, NULL, NULL);
	for (size_t i = 0; i < KD_ARRAY_LEN(names); i++) {
		kd_auto(kd_freep) char *dir = sub(names[i]);
		struct kd_error *err = kd_fs_walk(dir, &opts, remove_one, NULL);

		kd_error_free(err);
		rmdir(dir);
	}
	rmdir(folder);
	return bad;
}
