// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/cursor.h"

static const char ends_early[] = "the data ends too early";

static bool fail(struct kd_cursor *c, const char *why)
{
	if (!c->failed) {
		c->failed = true;
		c->fail_pos = c->pos;
		c->why = why;
	}
	return false;
}

static bool next_number(struct kd_cursor *c, unsigned size, bool big, uint64_t *ret)
{
	uint64_t x = 0;

	if (kd_cursor_left(c) < size)
		return fail(c, ends_early);
	for (unsigned i = 0; i < size; i++) {
		unsigned char b = (unsigned char)c->data.p[c->pos + (big ? i : size - 1 - i)];

		x = x << 8 | b;
	}
	c->pos += size;
	*ret = x;
	return true;
}

#define NEXT(name, type, big)                                                                      \
	bool name(struct kd_cursor *c, type *ret)                                                  \
	{                                                                                          \
		uint64_t x;                                                                        \
                                                                                                   \
		if (!next_number(c, sizeof(type), (big), &x))                                      \
			return false;                                                              \
		*ret = (type)x;                                                                    \
		return true;                                                                       \
	}

NEXT(kd_cursor_next_u8, uint8_t, false)
NEXT(kd_cursor_next_u16, uint16_t, c->big_endian)
NEXT(kd_cursor_next_u32, uint32_t, c->big_endian)
NEXT(kd_cursor_next_u64, uint64_t, c->big_endian)
NEXT(kd_cursor_next_u16le, uint16_t, false)
NEXT(kd_cursor_next_u32le, uint32_t, false)
NEXT(kd_cursor_next_u64le, uint64_t, false)
NEXT(kd_cursor_next_u16be, uint16_t, true)
NEXT(kd_cursor_next_u32be, uint32_t, true)
NEXT(kd_cursor_next_u64be, uint64_t, true)

bool kd_cursor_next_uint(struct kd_cursor *c, unsigned size, uint64_t *ret)
{
	if (size != 1 && size != 2 && size != 4 && size != 8)
		return fail(c, "a number has an impossible size");
	return next_number(c, size, c->big_endian, ret);
}

bool kd_cursor_next_uleb128(struct kd_cursor *c, uint64_t *ret)
{
	size_t pos = c->pos;
	uint64_t x = 0;

	for (unsigned shift = 0; pos < c->data.n; shift += 7) {
		unsigned char b = (unsigned char)c->data.p[pos++];
		uint64_t bits = b & 0x7f;

		/* padding with zeros is allowed, value bits beyond 64 are not */
		if (shift >= 64 ? bits : shift == 63 && bits > 1)
			return fail(c, "a LEB128 number has more than 64 bits");
		if (shift < 64)
			x |= bits << shift;
		if (!(b & 0x80)) {
			c->pos = pos;
			*ret = x;
			return true;
		}
	}
	return fail(c, ends_early);
}

bool kd_cursor_next_sleb128(struct kd_cursor *c, int64_t *ret)
{
	size_t pos = c->pos;
	uint64_t x = 0;

	for (unsigned shift = 0; pos < c->data.n; shift += 7) {
		unsigned char b = (unsigned char)c->data.p[pos++];
		uint64_t bits = b & 0x7f;

		/* from bit 63 on, everything repeats the sign */
		if (shift >= 63 && bits != 0 && bits != 0x7f)
			return fail(c, "a LEB128 number has more than 64 bits");
		if (shift > 63 && bits != (x >> 63 ? 0x7f : 0))
			return fail(c, "a LEB128 number has more than 64 bits");
		if (shift < 64)
			x |= bits << shift;
		if (b & 0x80)
			continue;
		if (shift < 57 && (b & 0x40))
			x |= ~(uint64_t)0 << (shift + 7);
		c->pos = pos;
		*ret = (int64_t)x;
		return true;
	}
	return fail(c, ends_early);
}

bool kd_cursor_next_bytes(struct kd_cursor *c, size_t n, struct kd_view *ret)
{
	if (kd_cursor_left(c) < n)
		return fail(c, ends_early);
	*ret = kd_view_head(kd_view_from(c->data, c->pos), n);
	c->pos += n;
	return true;
}

bool kd_cursor_next_cstr(struct kd_cursor *c, struct kd_view *ret)
{
	struct kd_view rest = kd_view_from(c->data, c->pos);
	size_t n = kd_view_chr(rest, '\0');

	if (n == KD_NPOS)
		return fail(c, "a text has no end");
	*ret = kd_view_head(rest, n);
	c->pos += n + 1;
	return true;
}

bool kd_cursor_skip(struct kd_cursor *c, size_t n)
{
	if (kd_cursor_left(c) < n)
		return fail(c, ends_early);
	c->pos += n;
	return true;
}

bool kd_cursor_seek(struct kd_cursor *c, size_t pos)
{
	if (pos > c->data.n)
		return fail(c, "an offset points behind the end");
	c->pos = pos;
	return true;
}

bool kd_cursor_align(struct kd_cursor *c, size_t align)
{
	return kd_cursor_skip(c, (align - c->pos % align) % align);
}

struct kd_error *kd_cursor_error(const struct kd_cursor *c, const char *what)
{
	uint64_t at = c->base + (c->failed ? c->fail_pos : c->pos);

	return kd_error_at(KD_BADDATA, (int64_t)at, "%s: %s at offset %#llx", what,
			   c->why ? c->why : "bad data", (unsigned long long)at);
}
