// SPDX-License-Identifier: GPL-2.0-or-later
/* Segments against a model: what was put in is found, in one file, in several, and after they were merged. */
#include "history/segwrite.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/fs.h"
#include "base/le.h"

enum { DOCS = 700, WORDS = 60, FIRST = 1000 };

static char folder[] = "/tmp/kdoc-seg-XXXXXX";

static uint32_t dice(uint32_t *seed)
{
	*seed = *seed * 1664525u + 1013904223u;
	return *seed >> 8;
}

/* Which level + 1 word w has in document i; 0: none. */
static unsigned times(uint32_t i, uint32_t w)
{
	uint32_t seed = i * 7919u + w * 104729u + 1;
	const uint32_t x = dice(&seed) % 1000;

	if (w == 0)
		return i % 9;
	if (w == 1)
		return i == 350; /* one document alone */
	return x < 400 / w ? 1 + x % 3 : 0;
}

static struct kd_view word(uint32_t w, char *buf, size_t n)
{
	return kd_view(buf, (size_t)snprintf(buf, n, "word%u", w));
}

static void make_oid(uint32_t i, uint8_t oid[KD_SEG_OID])
{
	uint32_t seed = i + 77;

	for (int k = 0; k < KD_SEG_OID; k++)
		oid[k] = (uint8_t)dice(&seed);
}

static char paths[30][32]; /* as main() made them */

static size_t text_size(uint32_t i)
{
	return i == 5 ? 200000 : i % 301; /* one over several blocks, some empty */
}

static void fill(struct kd_newdoc *d, uint32_t i)
{
	char buf[64];

	kd_newdoc_clear(d);
	make_oid(i, d->oid);
	d->date = 1000000000 + i;
	d->commit_date = i == 3 ? -5 : i == 4 ? INT64_MAX : 1000000001 + i;
	d->flags = i % 2 ? KD_DOC_STABLE : KD_DOC_REVERT;
	d->files = i == 9 ? 100000 : i % 5;
	d->lines = i;
	d->subject = kd_term(KD_KEY_SUBJECT, word(i % 50, buf, sizeof(buf)));
	d->patch_id = i;
	for (size_t k = 0; k < text_size(i); k++)
		kd_buf_addc(&d->text, (char)('a' + (i + k) % 26));
	for (uint32_t w = 0; w < WORDS; w++)
		for (unsigned n = times(i, w); n; n--)
			kd_newdoc_word(d, KD_FIELD_PART, word(w, buf, sizeof(buf)), n - 1);
	d->statics.flags = (uint8_t)(i % 4);
	for (int k = 0; k < KD_SEG_KINDS; k++)
		d->statics.kind[k] = (uint8_t)(i + (uint32_t)k);
	for (uint32_t k = 0; k < i % 3; k++) { /* files 0 … 29, functions 0 … 9 */
		const struct kd_view path = kd_view(paths[(i + k) % 30], strlen(paths[(i + k) % 30]));

		kd_newdoc_pair(d, KD_VNULL, path);
		kd_newdoc_pair(d, word(i % 10, buf, sizeof(buf)), path);
	}
	kd_newdoc_key(d, d->subject);
	kd_newdoc_rel(d, 1, kd_view(buf, (size_t)snprintf(buf, sizeof(buf), "%07x%05x", i % 20, i)));
	kd_newdoc_seal(d);
}

/* Documents [from, to) in a file of their own. */
static struct kd_seg *make(uint32_t from, uint32_t to)
{
	struct kd_segw *w = kd_segw_new(FIRST + from);
	struct kd_newdoc d;
	struct kd_seg *s = NULL;
	char path[96];

	kd_newdoc_init(&d);
	for (uint32_t i = from; i < to; i++) {
		uint32_t parents[5] = {FIRST + i - 1, KD_DOC_MISSING, FIRST + i / 2, FIRST + i / 3, FIRST};

		fill(&d, i);
		assert_null(kd_segw_add(w, &d, parents, i % 97 == 0 ? 5 : i % 3));
	}
	kd_newdoc_deinit(&d);
	snprintf(path, sizeof(path), "%s/%u-%u", folder, from, to);
	assert_null(kd_segw_write(w, path));
	kd_segw_free(w);
	assert_null(kd_seg_open(path, &s));
	assert_null(kd_seg_verify(s));
	return s;
}

static void check_doc(struct kd_seg *s, uint32_t i, uint32_t local)
{
	uint8_t oid[KD_SEG_OID];
	struct kd_seg_static st;
	struct kd_buf text = KD_BUF_INIT(KD_SEG_TEXT_MAX);
	struct kd_seg_doc d;
	uint32_t at;
	size_t more;
	const uint8_t *p;

	make_oid(i, oid);
	kd_seg_doc(s, local, &d);
	assert_memory_equal(d.oid, oid, KD_SEG_OID);
	assert_int_equal(d.date, 1000000000 + i);
	assert_int_equal(d.commit_date, i == 3 ? 0 : i == 4 ? UINT32_MAX : 1000000001 + i);
	assert_int_equal(d.files, i == 9 ? 65535 : i % 5);
	assert_int_equal(d.lines, i);
	assert_int_equal(d.patch_id, i);
	assert_null(kd_seg_text(s, &d, &text));
	assert_int_equal(text.n, text_size(i));
	for (size_t k = 0; k < text.n; k++)
		if (text.p[k] != (char)('a' + (i + k) % 26))
			fail_msg("byte %zu of text %u", k, i);
	kd_buf_deinit(&text);
	p = kd_seg_more_parents(s, &d, &more);
	if (i % 97 == 0) {
		assert_int_equal(more, 4);
		assert_int_equal(kd_le32(p) & 0x7fffffff, KD_DOC_MISSING & 0x7fffffff);
		assert_int_equal(kd_le32(p + 4), FIRST + i / 2);
		assert_int_equal(kd_le32(p + 12) & 0x7fffffff, FIRST);
	} else {
		assert_int_equal(more, 0);
		assert_int_equal(d.parent[0], i % 3 ? FIRST + i - 1 : KD_DOC_NONE);
		assert_int_equal(d.parent[1], i % 3 == 2 ? KD_DOC_MISSING : KD_DOC_NONE);
	}
	kd_seg_static(s, local, &st);
	assert_int_equal(st.flags, i % 4);
	assert_int_equal(st.kind[12], (i + 12) & 0xff);
	assert_int_equal(st.date, 1000000000 + i);
	assert_int_equal(kd_seg_find(s, oid, 40, &at), 1);
	assert_int_equal(kd_seg_by_oid(s, at), local);
	assert_true(kd_seg_find(s, oid, 5, &at) >= 1);
}

static void check_words(const struct kd_seg *s, uint32_t from, uint32_t to)
{
	char buf[64];

	for (uint32_t w = 0; w < WORDS; w++) {
		struct kd_postings p = kd_seg_postings(s, kd_term(KD_FIELD_PART, word(w, buf, sizeof(buf))));
		struct kd_hit h;
		uint32_t n = 0;

		for (uint32_t i = from; i < to; i++) {
			const unsigned want = times(i, w);

			if (!want)
				continue;
			n++;
			assert_true(kd_postings_next(&p, &h));
			assert_int_equal(h.doc, FIRST + i);
			assert_int_equal(h.level, want - 1);
		}
		assert_false(kd_postings_next(&p, &h));
		assert_int_equal(p.n, n);
	}
	assert_int_equal(kd_seg_postings(s, kd_term(KD_FIELD_PATH, KD_V("word0"))).n, 0);
}

static void check_tables(const struct kd_seg *s, uint32_t from, uint32_t to)
{
	char buf[64];
	uint32_t at, end, n = 0;

	for (uint32_t k = 0; k < 50; k++) {
		end = kd_seg_keys(s, kd_term(KD_KEY_SUBJECT, word(k, buf, sizeof(buf))), &at);
		for (; at < end; at++, n++)
			assert_int_equal((kd_seg_key_doc(s, at) - FIRST) % 50, k);
	}
	assert_int_equal(n, to - from);
	n = 0;
	for (uint32_t k = 0; k < 20; k++) {
		end = kd_seg_rels(s, (uint64_t)k << 36 | 12345, &at);
		for (; at < end; at++, n++) {
			struct kd_seg_rel r;

			kd_seg_rel(s, at, &r);
			assert_int_equal((r.doc - FIRST) % 20, k);
			assert_int_equal(r.id, (uint64_t)k << 36 | (uint64_t)(r.doc - FIRST) << 16);
			assert_int_equal(r.kind, 1);
			assert_int_equal(r.digits, 12);
		}
	}
	assert_int_equal(n, to - from);
}

/* Against counting anew. */
static void check_places(const struct kd_seg *s, uint32_t from, uint32_t to)
{
	char buf[64];

	for (uint32_t f = 0; f < 10; f++) {
		uint32_t at, end = kd_seg_pairs(s, kd_term(KD_FIELD_FUNC, word(f, buf, sizeof(buf))), &at), seen = 0, want = 0;

		for (uint32_t i = from; i < to; i++)
			want += i % 10 == f ? i % 3 : 0;
		for (; at < end; at++) {
			uint32_t n, count = 0;
			const uint64_t path = kd_seg_pair(s, at, &n);
			const struct kd_view text = kd_seg_path(s, path);

			assert_non_null(text.p);
			assert_int_equal(kd_term(KD_FIELD_PATH, text), path);
			for (uint32_t i = from; i < to; i++)
				for (uint32_t k = 0; k < i % 3; k++)
					count += i % 10 == f && kd_view_eq(text, kd_view_of(paths[(i + k) % 30]));
			assert_int_equal(n, count);
			seen += n;
		}
		assert_int_equal(seen, want);
	}
	assert_null(kd_seg_path(s, 12345).p);
}

static void check_all(struct kd_seg *s, uint32_t from, uint32_t to)
{
	assert_int_equal(kd_seg_first(s), FIRST + from);
	assert_int_equal(kd_seg_docs(s), to - from);
	for (uint32_t i = from; i < to; i++)
		check_doc(s, i, i - from);
	check_words(s, from, to);
	check_tables(s, from, to);
	check_places(s, from, to);
}

static void written(void **state)
{
	struct kd_seg *s = make(0, DOCS);

	(void)state;
	check_all(s, 0, DOCS);
	kd_seg_close(s);
}

static void merged(void **state)
{
	static const uint32_t cut[] = {0, 1, 351, 351, 500, DOCS};
	struct kd_seg *s[5], *all = NULL;
	char path[96], whole[96];
	struct kd_buf a = KD_BUF_INIT(64 << 20), b = KD_BUF_INIT(64 << 20);

	(void)state;
	for (int i = 0; i < 5; i++) {
		s[i] = make(cut[i], cut[i + 1]);
		check_all(s[i], cut[i], cut[i + 1]);
	}
	snprintf(path, sizeof(path), "%s/merged", folder);
	assert_null(kd_seg_merge(s, 5, path));
	assert_null(kd_seg_open(path, &all));
	assert_null(kd_seg_verify(all));
	check_all(all, 0, DOCS);
	kd_seg_close(all);
	for (int i = 0; i < 5; i++)
		kd_seg_close(s[i]);
	/* merging one file gives the same bytes, whatever it was made of */
	s[0] = make(0, DOCS);
	snprintf(whole, sizeof(whole), "%s/whole", folder);
	assert_null(kd_seg_merge(s, 1, whole));
	assert_null(kd_fs_read_small(whole, 64 << 20, &a));
	snprintf(path, sizeof(path), "%s/0-%u", folder, DOCS);
	assert_null(kd_fs_read_small(path, 64 << 20, &b));
	assert_true(kd_view_eq(kd_buf_view(&a), kd_buf_view(&b)));
	kd_seg_close(s[0]);
	kd_buf_deinit(&a);
	kd_buf_deinit(&b);
}

static void not_neighbours(void **state)
{
	struct kd_seg *s[2] = {make(0, 10), make(11, 20)};
	char path[96];
	struct kd_error *err;

	(void)state;
	snprintf(path, sizeof(path), "%s/none", folder);
	err = kd_seg_merge(s, 2, path);
	assert_non_null(err);
	assert_int_equal(err->cls, KD_BADDATA);
	assert_false(kd_fs_exists(path));
	kd_error_free(err);
	kd_seg_close(s[0]);
	kd_seg_close(s[1]);
}

/* A byte changed anywhere: an error or other answers, nothing outside of the file, and verify() sees it. */
static void damaged(void **state)
{
	struct kd_seg *s = make(0, 40);
	struct kd_buf good = KD_BUF_INIT(64 << 20);
	char path[96];
	uint32_t seed = 1, seen = 0, tried = 0;

	(void)state;
	kd_seg_close(s);
	snprintf(path, sizeof(path), "%s/0-40", folder);
	assert_null(kd_fs_read_small(path, 64 << 20, &good));
	for (int round = 0; round < 400; round++) {
		const size_t at = round < 200 ? (size_t)round : dice(&seed) % good.n;
		struct kd_error *err;

		good.p[at] ^= (char)(1 << round % 8);
		assert_null(kd_fs_write_atomic(path, kd_buf_view(&good), 0600));
		err = kd_seg_open(path, &s);
		if (!err) {
			struct kd_buf text = KD_BUF_INIT(KD_SEG_TEXT_MAX);
			char buf[64];
			uint32_t from;

			for (uint32_t i = 0; i < kd_seg_docs(s); i++) {
				struct kd_seg_doc d;
				size_t more;

				kd_seg_doc(s, i, &d);
				kd_buf_clear(&text);
				kd_error_free(kd_seg_text(s, &d, &text));
				kd_seg_more_parents(s, &d, &more);
				kd_seg_find(s, d.oid, 40, &from);
			}
			for (uint32_t w = 0; w < WORDS; w++) {
				struct kd_postings p = kd_seg_postings(s, kd_term(KD_FIELD_PART, word(w, buf, sizeof(buf))));
				struct kd_hit h;

				while (kd_postings_next(&p, &h))
					;
				kd_seg_keys(s, kd_term(KD_KEY_SUBJECT, word(w, buf, sizeof(buf))), &from);
				kd_seg_rels(s, (uint64_t)w << 36, &from);
			}
			kd_buf_deinit(&text);
			err = kd_seg_verify(s);
			kd_seg_close(s);
		}
		tried++;
		seen += err != NULL;
		kd_error_free(err);
		good.p[at] ^= (char)(1 << round % 8);
	}
	kd_buf_deinit(&good);
	/* what lies between sections is nobody's */
	assert_true(seen > tried - tried / 20);
}

static int set_up(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 30; i++)
		snprintf(paths[i], sizeof(paths[i]), "dir%u/file%u.c", i % 4, i);
	return mkdtemp(folder) ? 0 : -1;
}

static int tear_down(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	return system(command);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(written),
		cmocka_unit_test(merged),
		cmocka_unit_test(not_neighbours),
		cmocka_unit_test(damaged),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
