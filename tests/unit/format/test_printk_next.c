// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * To know what stands behind a line spares work and changes nothing: kd_printk_feed() and
 * kd_printk_feed_next() give the same lines, for all logs of tests/golden, as they are, hard-wrapped
 * as a mailer does, and quoted; whether all of what follows is known or a few bytes of it.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/fs.h"
#include "collect.h"

enum { FILE_MAX_BYTES = 8 << 20, WIDTH = 72, ALL = 1 << 30 };

struct sum {
	unsigned files;
	size_t lines, rejoined, stamped;
};

/* visible: how many bytes behind the line the decoder may see. */
static void feed_seeing(struct kd_printk *d, struct kd_view in, size_t visible)
{
	uint64_t no = 1;
	size_t at = 0;

	while (at < in.n) {
		struct kd_view rest = kd_view_from(in, at), raw;
		size_t i = kd_view_chr(rest, '\n'), len = i == KD_NPOS ? rest.n : i + 1;

		raw = kd_view_head(rest, i == KD_NPOS ? rest.n : i);
		if (i != KD_NPOS && raw.n && raw.p[raw.n - 1] == '\r')
			raw.n--;
		kd_printk_feed_next(d, raw, (uint32_t)len, at, no++,
				    kd_view_head(kd_view_from(rest, len), visible));
		at += len;
	}
	kd_printk_flush(d);
}

static void collect_seeing(struct collected *c, struct kd_view in, size_t visible)
{
	struct kd_printk *d;

	*c = (struct collected){.arena = KD_ARENA_INIT(256 << 20)};
	d = kd_printk_new(&kd_printk_default_limits, collect_line, c);
	feed_seeing(d, in, visible);
	kd_printk_stats(d, &c->stats);
	kd_printk_free(d);
}

static void same_view(struct kd_view a, struct kd_view b)
{
	assert_int_equal(a.n, b.n);
	assert_int_equal(a.p == NULL, b.p == NULL);
	if (a.n)
		assert_memory_equal(a.p, b.p, a.n);
}

static void same_line(const struct kd_logline *a, const struct kd_logline *b)
{
	assert_int_equal(a->off, b->off);
	assert_int_equal(a->len, b->len);
	assert_int_equal(a->nphys, b->nphys);
	assert_int_equal(a->no, b->no);
	assert_int_equal(a->disguise, b->disguise);
	assert_true(a->origin == b->origin && a->level == b->level && a->facility == b->facility);
	assert_true(a->caller == b->caller && a->caller_id == b->caller_id);
	assert_true(a->has_mono == b->has_mono && a->mono_us == b->mono_us);
	assert_true(a->has_seq == b->has_seq && a->seq == b->seq);
	assert_true(a->bad_text == b->bad_text && a->dropped == b->dropped);
	same_view(a->text, b->text);
	same_view(a->wall, b->wall);
	same_view(a->host, b->host);
	same_view(a->ident, b->ident);
}

static void same(const struct collected *a, const struct collected *b, const char *what, size_t visible)
{
	const size_t n = a->lines.n < b->lines.n ? a->lines.n : b->lines.n;

	for (size_t i = 0; i < n; i++) {
		if (a->lines.v[i].no != b->lines.v[i].no || a->lines.v[i].len != b->lines.v[i].len)
			print_error("%s, %zu bytes seen, line %zu\n", what, visible, i);
		same_line(&a->lines.v[i], &b->lines.v[i]);
	}
	assert_int_equal(a->lines.n, b->lines.n);
	assert_memory_equal(&a->stats, &b->stats, sizeof(a->stats));
}

static void check(struct kd_view in, const char *what, struct sum *sum)
{
	static const size_t visible[] = {1, 13, 20, 64, ALL};
	struct collected plain, seeing;

	collect(&plain, in, NULL);
	for (size_t i = 0; i < KD_ARRAY_LEN(visible); i++) {
		collect_seeing(&seeing, in, visible[i]);
		same(&plain, &seeing, what, visible[i]);
		collected_free(&seeing);
	}
	for (size_t i = 0; i < plain.lines.n; i++) {
		sum->rejoined += (plain.lines.v[i].disguise & KD_DIS_REJOINED) != 0;
		sum->stamped += (plain.lines.v[i].disguise & KD_DIS_TIME) != 0;
	}
	sum->lines += plain.lines.n;
	collected_free(&plain);
}

/* Lines that are too long are broken at their last blank; each line behind what quotes it. */
static void wrapped(struct kd_view in, struct kd_view quote, struct kd_buf *out)
{
	struct kd_view line;

	while (in.n) {
		if (!kd_view_take_until(&in, KD_V("\n"), &line)) {
			line = in;
			in = KD_VNULL;
		}
		while (line.n > WIDTH) {
			size_t at = kd_view_rchr(kd_view_head(line, WIDTH), ' ');

			if (at == KD_NPOS || !at)
				break;
			kd_buf_add(out, quote);
			kd_buf_add(out, kd_view_head(line, at));
			kd_buf_addc(out, '\n');
			line = kd_view_from(line, at + 1);
		}
		kd_buf_add(out, quote);
		kd_buf_add(out, line);
		kd_buf_addc(out, '\n');
	}
}

static struct kd_error *one_file(void *user, const struct kd_fs_entry *e)
{
	static const char *const quotes[] = {"", "> "};
	kd_auto(kd_buf_deinit) struct kd_buf in = KD_BUF_INIT(FILE_MAX_BYTES);
	struct sum *sum = user;
	struct kd_error *err;

	if (!kd_view_starts(kd_view_of(e->name), KD_V("input")))
		return NULL;
	err = kd_fs_read_small(e->path, FILE_MAX_BYTES, &in);
	if (err)
		return err;
	sum->files++;
	check(kd_buf_view(&in), e->path, sum);
	for (size_t i = 0; i < KD_ARRAY_LEN(quotes); i++) {
		kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(3 * FILE_MAX_BYTES);

		wrapped(kd_buf_view(&in), kd_view_of(quotes[i]), &b);
		assert_false(b.overflow);
		check(kd_buf_view(&b), e->path, sum);
	}
	return NULL;
}

static void test_golden_logs(void **state)
{
	const char *root = getenv("KDOC_SOURCE_ROOT");
	struct sum sum = {0};
	struct kd_error *err;
	char path[4096];

	(void)state;
	assert_non_null(root);
	snprintf(path, sizeof(path), "%s/tests/golden", root);
	err = kd_fs_walk(path, NULL, one_file, &sum);
	if (err)
		print_error("%s\n", err->msg);
	assert_null(err);
	print_message("%u logs, %zu lines, %zu put together, %zu with a time\n", sum.files, sum.lines,
		      sum.rejoined, sum.stamped);
	assert_true(sum.files > 100 && sum.lines > 10000 && sum.rejoined > 100 && sum.stamped > 10000);
}

/* What looks like a time and is none, and a time where a wrapped line could go on. */
static void test_edges(void **state)
{
	static const char *const logs[] = {
		"[   12.345678] RAX: 0000000000000000 RBX: 0000000000000001 RCX:\n0000000000000002\n",
		("[   12.345678] RAX: 0000000000000000 RBX: 0000000000000001 RCX:\n"
		 "[   12.345679] RDX: 0000000000000002\n"),
		"RAX: 0000000000000000 RBX: 0000000000000001 RCX:\n[ 12.345678]0000000000000002\n",
		"Modules linked in: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa bbbbbbbbbbbbbbbbbb\n[12345.678901]\n",
		"BUG: unable to handle page fault for address:\n[12.345678 x] ffff888012345678\n",
		"[    1.000000] Call Trace:\n[    1.000001]  a+0x1/0x2\n[    1.000002",
	};
	struct sum sum = {0};

	(void)state;
	for (size_t i = 0; i < KD_ARRAY_LEN(logs); i++)
		check(kd_view_of(logs[i]), logs[i], &sum);
	assert_true(sum.rejoined > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_golden_logs),
		cmocka_unit_test(test_edges),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
