// SPDX-License-Identifier: GPL-2.0-or-later
/* Any bytes as a line of the shell over a dump, and its words as a call of a verb: within the limits, or an error. */
#include <string.h>

#include "base/alloc.h"
#include "cli/sh_line.h"
#include "cli/sh_names.h"
#include "fuzz.h"

static void check_call(const struct kd_sh_line *l, struct kd_arena *arena)
{
	struct kd_sh_call c;
	struct kd_error *err = kd_sh_call(l->word, l->n, arena, &c);

	if (err) {
		check(err->cls == KD_INVALID || err->cls == KD_UNSUPPORTED || err->cls == KD_LIMIT);
		kd_error_free(err);
		return;
	}
	check(kd_sh_can(c.cmd) && c.argc <= 2 * KD_SH_WORDS_MAX);
	for (size_t i = 0; i < c.argc; i++)
		check(strlen(c.argv[i]) <= 2 * KD_SH_LINE_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	kd_auto(kd_arena_deinit) struct kd_arena arena = KD_ARENA_INIT(4 << 20);
	const void *p = data;
	struct kd_sh_line l;
	struct kd_error *err = kd_sh_line_parse(kd_view(p, size), &arena, &l);
	size_t bytes = 0;

	if (err) {
		check(err->cls == KD_INVALID || err->cls == KD_LIMIT);
		check(err->offset <= (int64_t)size); /* at its end: something is missing there */
		kd_error_free(err);
		return 0;
	}
	check(l.n <= KD_SH_WORDS_MAX && !l.word[l.n]);
	check((l.to == KD_SH_TO_US) == !l.target);
	for (size_t i = 0; i < l.n; i++)
		bytes += strlen(l.word[i]);
	check(bytes <= size);
	if (l.n)
		check_call(&l, &arena);
	return 0;
}
