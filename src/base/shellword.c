// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/shellword.h"

#include "base/alloc.h"
#include "base/buf.h"

struct kd_view kd_shell_word(struct kd_arena *a, struct kd_view v)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(4 * KD_SHELLWORD_MAX + 2);
	bool plain = v.n > 0;

	if (v.n > KD_SHELLWORD_MAX)
		return KD_VNULL;
	for (size_t i = 0; i < v.n; i++)
		plain = plain && (kd_is_alnum(v.p[i]) || (v.p[i] && strchr("-_./+,:@=%", v.p[i])));
	if (plain)
		return kd_arena_view(a, v);
	kd_buf_addc(&b, '\'');
	for (size_t i = 0; i < v.n; i++)
		if (v.p[i] == '\'')
			kd_buf_add(&b, KD_V("'\\''"));
		else
			kd_buf_addc(&b, v.p[i]);
	kd_buf_addc(&b, '\'');
	return kd_arena_view(a, kd_buf_view(&b));
}
