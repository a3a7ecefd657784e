// SPDX-License-Identifier: GPL-2.0-or-later
#include "verb/symtext.h"

static bool symbol(struct kd_view v, struct kd_symtext *t)
{
	struct kd_view rest;
	size_t n = 0;

	while (n < v.n && (kd_is_word(v.p[n]) || v.p[n] == '.' || v.p[n] == '$'))
		n++;
	t->q.func = kd_view_head(v, n);
	rest = kd_view_from(v, n);
	if (!n || kd_is_digit(v.p[0]))
		return false;
	if (kd_view_skip(&rest, KD_V("+"))) {
		if (!kd_view_take_hex(&rest, &t->q.offset))
			return false;
		t->q.has_offset = true;
		if (kd_view_skip(&rest, KD_V("/")) && !kd_view_take_hex(&rest, &t->q.size))
			return false;
	}
	rest = kd_view_trim(rest);
	if (kd_view_skip(&rest, KD_V("[")) && !kd_view_take_until(&rest, KD_V("]"), &t->module))
		return false;
	return !rest.n;
}

bool kd_symtext(struct kd_view text, struct kd_symtext *ret)
{
	struct kd_view v = kd_view_trim(text);

	*ret = (struct kd_symtext){.addr = 0};
	if ((kd_view_starts(v, KD_V("0x")) || (v.n >= 8 && v.n <= 16)) && kd_view_hex(v, &ret->addr)) {
		ret->is_address = true;
		return true;
	}
	return symbol(v, ret);
}
