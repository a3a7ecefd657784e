// SPDX-License-Identifier: GPL-2.0-or-later
/* Any bytes as the index of a tree's sources: answers, or KD_BADDATA. */
#include <stdlib.h>

#include "base/alloc.h"
#include "source/index.h"

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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const void *p = data;
	struct kd_srcindex *x = NULL;
	struct kd_arena a = KD_ARENA_INIT((size_t)16 << 20);
	struct kd_error *err = kd_srcindex_from_memory(kd_view(p, size), &x);
	struct kd_srcindex_def *d;
	struct kd_view *files;
	uint64_t n = 0;
	size_t many;

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
