// SPDX-License-Identifier: GPL-2.0-or-later
/* Any bytes as a commit's record: what is understood of it, written again, is understood in the same way. */
#include "base/alloc.h"
#include "fuzz.h"
#include "history/commit.h"
#include "history/record.h"

static void same(struct kd_view a, struct kd_view b)
{
	check(kd_view_eq(a, b));
}

static void compare(const struct kd_record *a, const struct kd_record *b)
{
	check(a->nfiles == b->nfiles && a->nparents == b->nparents);
	same(a->message, b->message);
	for (size_t i = 0; i < a->nparents; i++)
		same(a->parents[i], b->parents[i]);
	for (size_t i = 0; i < a->nfiles; i++) {
		const struct kd_record_file *x = &a->files[i], *y = &b->files[i];

		check(x->added == y->added && x->removed == y->removed && x->nfuncs == y->nfuncs);
		for (uint32_t k = 0; k < x->nfuncs; k++)
			same(a->funcs[x->func + k], b->funcs[y->func + k]);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const void *p = data;
	struct kd_arena a = KD_ARENA_INIT((size_t)64 << 20);
	struct kd_buf text = KD_BUF_INIT((size_t)8 << 20), again = KD_BUF_INIT((size_t)8 << 20);
	struct kd_record first, second, third;
	struct kd_commit c;
	struct kd_error *err = kd_record_parse(&a, kd_view(p, size), &first);

	check(!err || err->cls == KD_LIMIT);
	if (!err) {
		struct kd_error *problem = kd_commit_parse_message(&a, first.message, &c);

		kd_error_free(problem);
		for (size_t i = 0; i < first.nfiles; i++)
			check(first.files[i].func + (size_t)first.files[i].nfuncs <= first.nfuncs);
		/* what was written by nobody gets its form the first time; from then on it stays */
		kd_record_write(&text, &first);
		check(!text.overflow);
		err = kd_record_parse(&a, kd_buf_view(&text), &second);
	}
	if (!err) {
		kd_record_write(&again, &second);
		err = kd_record_parse(&a, kd_buf_view(&again), &third);
		if (!err)
			compare(&second, &third);
	}
	kd_error_free(err);
	kd_buf_deinit(&text);
	kd_buf_deinit(&again);
	kd_arena_deinit(&a);
	return 0;
}
