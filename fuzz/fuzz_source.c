// SPDX-License-Identifier: GPL-2.0-or-later
/* Any bytes as a file: unpacking gives the same bytes and words however it is read. */
#include "base/filekind.h"
#include "base/source.h"
#include "fuzz.h"

enum { MOST = 1 << 20 }; /* of unpacked bytes: inputs may be bombs */

static struct kd_source *start(const uint8_t *data, size_t size)
{
	struct kd_source *s = NULL;
	const void *p = data;
	struct kd_error *err = kd_source_from_memory(kd_view(p, size), "fuzz", &s);

	kd_error_free(err);
	check(!err == !!s);
	return s;
}

/* Up to MOST bytes, read in pieces of step. */
static struct kd_view drain(struct kd_source *s, size_t step)
{
	char *buf = malloc(MOST);
	size_t total = 0, n = 0;

	check(buf && step);
	do {
		size_t want = MOST - total < step ? MOST - total : step;
		struct kd_error *err = kd_source_read(s, buf + total, want, &n);

		if (err)
			n = 0;
		kd_error_free(err);
		check(n <= want);
		total += n;
	} while (n && total < MOST);
	return kd_view(buf, total);
}

/* Where damaged data ends depends on how it is read; what comes before does not. */
static void compare(struct kd_source *a, struct kd_source *b, struct kd_view x, struct kd_view y)
{
	const char *p = kd_source_diag(a), *q = kd_source_diag(b);

	check(!memcmp(x.p, y.p, x.n < y.n ? x.n : y.n));
	if (x.n == MOST || y.n == MOST)
		return;
	check(!p == !q);
	check(p || x.n == y.n);
	if (p && strstr(p, "too early"))
		check(!strcmp(p, q) && x.n == y.n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct kd_source *a = start(data, size), *b = start(data, size);
	struct kd_view head, x, y;
	struct kd_error *err;

	check(!a == !b);
	if (!a)
		return 0;
	err = kd_source_peek(a, KD_FILEKIND_BYTES, &head);
	if (err)
		kd_error_free(err);
	else
		check(kd_filekind_info(kd_filekind_guess(head))->what[0]);
	x = drain(a, 65536);
	y = drain(b, 1 + size % 977);
	compare(a, b, x, y);
	check(kd_source_packed_done(a) <= size);
	free((void *)x.p);
	free((void *)y.p);
	kd_source_close(a);
	kd_source_close(b);
	return 0;
}
