// SPDX-License-Identifier: GPL-2.0-or-later
/* Any text as a crash report to look for: names and frames that lie within their bounds, weights that are numbers. */
#include <math.h>

#include "base/alloc.h"
#include "fuzz.h"
#include "history/query.h"

/* Every second function has a file. */
static struct kd_view file_of(void *user, struct kd_view func)
{
	++*(size_t *)user;
	return func.n % 2 ? KD_V("drivers/widget/core.c") : KD_VNULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const void *p = data;
	struct kd_arena a = KD_ARENA_INIT((size_t)256 << 20);
	struct kd_fixquery q;
	size_t asked = 0;
	struct kd_error *err = kd_fixquery_parse(&a, kd_view(p, size), &q);

	check(!err || err->cls == KD_LIMIT);
	if (!err) {
		check(q.frames.n <= KD_FIXQUERY_FRAMES_MAX);
		for (size_t i = 0; i < q.frames.n; i++)
			check(q.frames.v[i].section <= KD_SECTION_SKIP && (q.frames.v[i].func.n || q.frames.v[i].path.n));
		kd_fixquery_weigh(&a, &q, file_of, &asked);
		for (size_t i = 0; i < q.funcs.n; i++)
			check(q.funcs.v[i].name.n && isfinite(q.funcs.v[i].weight) && q.funcs.v[i].weight >= 0);
		for (size_t i = 0; i < q.paths.n; i++)
			check(q.paths.v[i].name.n && isfinite(q.paths.v[i].weight) && q.paths.v[i].weight >= 0);
		for (size_t i = 0; i < q.order.n; i++)
			check(q.order.v[i].n);
	}
	kd_error_free(err);
	kd_arena_deinit(&a);
	return 0;
}
