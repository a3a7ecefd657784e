// SPDX-License-Identifier: GPL-2.0-or-later
/* The first line is an address, the rest a .mailmap: what it becomes stands in the one or the other. */
#include "base/alloc.h"
#include "fuzz.h"
#include "source/mailmap.h"

static bool is_of(struct kd_view part, struct kd_view whole)
{
	return !part.n || kd_view_find(whole, part) != KD_NPOS;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const void *p = data;
	struct kd_view all = kd_view(p, size), text = all, address = KD_VNULL, name, mail, to;
	struct kd_arena a = KD_ARENA_INIT((size_t)16 << 20);
	struct kd_mailmap m = {.text = KD_BUF_INIT(KD_MAILMAP_MAX)};
	struct kd_error *err;

	if (!kd_view_take_until(&text, KD_V("\n"), &address))
		return 0;
	kd_buf_add(&m.text, text);
	err = kd_mailmap_parse(&m);
	check(!err || err->cls == KD_LIMIT);
	kd_error_free(err);
	name = mail = address;
	kd_mailmap_apply(&m, &name, &mail);
	check(is_of(name, all) && is_of(mail, all));
	to = kd_mailmap_address(&m, address, &a);
	check(to.n || !address.n);
	kd_mailmap_deinit(&m);
	kd_arena_deinit(&a);
	return 0;
}
