// SPDX-License-Identifier: GPL-2.0-or-later
#include "format/kallsyms.h"

#include "base/cursor.h"

struct kd_error *kd_kallsyms_open(struct kd_view table, struct kd_view index, struct kd_kallsyms *ret)
{
	struct kd_cursor c = kd_cursor_of(index, 0, false);

	for (size_t i = 0; i < KD_KALLSYMS_TOKENS; i++) {
		struct kd_cursor token = kd_cursor_of(table, 0, false);
		uint16_t at;

		if (!kd_cursor_next_u16le(&c, &at))
			return kd_cursor_error(&c, "kallsyms_token_index");
		if (!kd_cursor_seek(&token, at) || !kd_cursor_next_cstr(&token, &ret->token[i]))
			return kd_error_at(KD_BADDATA, at, "kallsyms_token_table has no token %zu", i);
	}
	return NULL;
}

size_t kd_kallsyms_length(const struct kd_kallsyms *k, struct kd_view coded)
{
	size_t n = 0;

	for (size_t i = 0; i < coded.n; i++)
		n += k->token[(unsigned char)coded.p[i]].n;
	return n;
}

size_t kd_kallsyms_expand(const struct kd_kallsyms *k, struct kd_view coded, char *buf, size_t max)
{
	size_t n = 0;

	for (size_t i = 0; i < coded.n; i++) {
		const struct kd_view token = k->token[(unsigned char)coded.p[i]];

		if (token.n > max - n)
			return 0;
		if (token.n)
			memcpy(buf + n, token.p, token.n);
		n += token.n;
	}
	return n;
}

uint64_t kd_kallsyms_address(enum kd_kallsyms_form form, uint64_t base, uint64_t place, uint32_t number)
{
	const uint64_t wide = number | (number & 0x80000000 ? (uint64_t)0xffffffff << 32 : 0);

	switch (form) {
	case KD_KALLSYMS_PERCPU:
		return number & 0x80000000 ? base - 1 - wide : number;
	case KD_KALLSYMS_PLACE:
		return place + wide;
	default:
		return base + number;
	}
}
