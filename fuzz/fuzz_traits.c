// SPDX-License-Identifier: GPL-2.0-or-later
/* Any bytes as stored traits: what is understood is grouped, and what is written of it is read as the same. */
#include "base/alloc.h"
#include "base/buf.h"
#include "case/grouper.h"
#include "fuzz.h"

static void write(const struct kd_traits *t, struct kd_buf *b)
{
	struct kd_json j;
	struct kd_error *err;

	kd_json_init(&j, b, KD_JSON_COMPACT);
	kd_traits_write(&j, t);
	err = kd_json_finish(&j);
	check(!err);
}

static void group(const struct kd_traits *t)
{
	struct kd_grouper *g = kd_grouper_new(NULL);
	struct kd_grouper_item it = {"00112233445566778899aabbccddeeff", "", "", t, NULL};
	struct kd_decision d;
	struct kd_error *err = kd_grouper_add(g, &it, &d);

	check(!err && d.is_new);
	it.strict = "ffeeddccbbaa99887766554433221100";
	err = kd_grouper_add(g, &it, &d);
	check(!err && d.score >= 0 && d.score <= 1);
	kd_grouper_free(g);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const void *p = data;
	struct kd_arena a = KD_ARENA_INIT((size_t)4 << 20);
	struct kd_buf one = KD_BUF_INIT((size_t)1 << 20), two = KD_BUF_INIT((size_t)1 << 20);
	struct kd_traits *t, *again;
	struct kd_error *err = kd_traits_read(kd_view(p, size), &a, &t);

	check(!err || err->cls == KD_BADDATA || err->cls == KD_LIMIT);
	if (!err) {
		write(t, &one);
		err = kd_traits_read(kd_buf_view(&one), &a, &again);
		check(!err || err->cls == KD_LIMIT); /* escapes may make it longer than it may be */
		if (!err) {
			write(again, &two);
			check(kd_view_eq(kd_buf_view(&one), kd_buf_view(&two)));
		}
		group(t);
	}
	kd_error_free(err);
	kd_buf_deinit(&one);
	kd_buf_deinit(&two);
	kd_arena_deinit(&a);
	return 0;
}
