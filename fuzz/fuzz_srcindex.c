// SPDX-License-Identifier: GPL-2.0-or-later
/* Any bytes as the index of a tree's sources, with right checks put in: answers, or KD_BADDATA. */
#include <stdlib.h>

#include "base/alloc.h"
#include "source/index_internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(struct kd_error *err)
{
	if (err && err->cls != KD_BADDATA && err->cls != KD_LIMIT)
		abort();
	kd_error_free(err);
}

static struct kd_error *one(void *user, struct kd_view name, const struct kd_srcindex_def *d)
{
	uint64_t *n = user;

	(void)name;
	(void)d;
	return ++*n > 10000 ? kd_error_new(KD_LIMIT, "enough") : NULL;
}

static void put_u32(char *p, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (char)(v >> 8 * i);
}

/* Without this nearly every input would end at a check. */
static void put_checks(char *p, size_t n)
{
	struct kd_srcindex_head h;
	struct kd_error *err;

	if (n < KD_SRCINDEX_HEADER)
		return;
	put_u32(p + KD_SRCINDEX_HEADER - 4, kd_srcindex_crc(kd_view(p, KD_SRCINDEX_HEADER - 4)));
	err = kd_srcindex_head_read(kd_view(p, n), &h);
	if (err || h.end != n) {
		kd_error_free(err);
		return;
	}
	for (size_t at = 0, i = 0; at < h.checks_off; at += KD_SRCINDEX_BLOCK, i++) {
		size_t len = h.checks_off - at < KD_SRCINDEX_BLOCK ? h.checks_off - at : KD_SRCINDEX_BLOCK;

		put_u32(p + h.checks_off + 4 * i, kd_srcindex_crc(kd_view(p + at, len)));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	kd_auto(kd_freep) char *p = kd_xmalloc(size + 1);
	struct kd_srcindex *x = NULL;
	struct kd_arena a = KD_ARENA_INIT((size_t)16 << 20);
	struct kd_error *err;
	struct kd_srcindex_def *d;
	struct kd_view *files;
	uint64_t n = 0;
	size_t many;

	if (size)
		memcpy(p, data, size);
	put_checks(p, size);
	err = kd_srcindex_from_memory(kd_view(p, size), &x);
	if (err) {
		check(err);
		return 0;
	}
	check(kd_srcindex_each(x, one, &n));
	check(kd_srcindex_defs(x, KD_V("one"), &a, &d, &many));
	check(kd_srcindex_mentions(x, KD_V("two"), &a, &files, &many));
	kd_srcindex_free(x);
	kd_arena_deinit(&a);
	return 0;
}
