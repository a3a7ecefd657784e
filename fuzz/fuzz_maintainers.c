// SPDX-License-Identifier: GPL-2.0-or-later
/* The first line is a path, the rest a MAINTAINERS file: an answer in bounded time. */
#include "base/alloc.h"
#include "fuzz.h"
#include "source/maintainers.h"
#include "source/regex.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const void *p = data;
	struct kd_view text = kd_view(p, size), path = KD_VNULL;
	struct kd_arena a = KD_ARENA_INIT((size_t)16 << 20);
	struct kd_maint_request req = {0};
	struct kd_maintainers m;
	struct kd_maint_answer answer;
	struct kd_error *err;

	if (!kd_view_take_until(&text, KD_V("\n"), &path))
		return 0;
	req.path = path;
	req.content = text;
	err = kd_maintainers_parse(text, &m);
	check(!err);
	err = kd_maintainers_for(&m, &req, &a, &answer);
	check(!err || err->cls == KD_LIMIT);
	for (size_t i = 0; !err && i < answer.nsections; i++)
		check(answer.sections[i].by && answer.sections[i].pattern.n);
	for (size_t i = 0; !err && i < answer.naddresses; i++)
		check(answer.addresses[i].address.n && answer.addresses[i].section);
	kd_error_free(err);
	kd_maintainers_deinit(&m);
	kd_arena_deinit(&a);
	return 0;
}
