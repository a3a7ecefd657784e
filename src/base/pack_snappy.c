// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/pack.h"

#include <stdint.h>
#include <string.h>

enum { HASH_BITS = 11, MATCH_MIN = 4, COPY_MAX = 64, OFFSET_MAX = 65535, LITERAL_MAX = 65536 };

struct out {
	unsigned char *p;
	size_t n, room;
	bool full;
};

static void put(struct out *o, const void *bytes, size_t n)
{
	if (o->room - o->n < n) {
		o->full = true;
		return;
	}
	memcpy(o->p + o->n, bytes, n);
	o->n += n;
}

static void put_byte(struct out *o, size_t value)
{
	unsigned char b = (unsigned char)(value & 0xff);

	put(o, &b, 1);
}

static void put_length(struct out *o, size_t n)
{
	for (; n >= 0x80; n >>= 7)
		put_byte(o, n | 0x80);
	put_byte(o, n);
}

/* Tag 00: the length less one in the upper six bits, or 60 and 61 for one and two bytes of it. */
static void put_literal(struct out *o, const unsigned char *p, size_t n)
{
	while (n) {
		size_t part = n < LITERAL_MAX ? n : LITERAL_MAX, less = part - 1;

		if (less < 60) {
			put_byte(o, less << 2);
		} else if (less < 256) {
			put_byte(o, 60 << 2);
			put_byte(o, less);
		} else {
			put_byte(o, 61 << 2);
			put_byte(o, less);
			put_byte(o, less >> 8);
		}
		put(o, p, part);
		p += part;
		n -= part;
	}
}

/* Tag 10: the length less one in the upper six bits, two bytes of offset. */
static void put_copy(struct out *o, size_t offset, size_t n)
{
	while (n) {
		size_t part = n < COPY_MAX ? n : COPY_MAX;

		put_byte(o, (part - 1) << 2 | 2);
		put_byte(o, offset);
		put_byte(o, offset >> 8);
		n -= part;
	}
}

static uint32_t four(const unsigned char *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

bool kd_pack_snappy(struct kd_view in, unsigned char *out, size_t room, size_t *ret)
{
	const unsigned char *p = (const unsigned char *)in.p;
	uint32_t last[1 << HASH_BITS] = {0}; /* position + 1 */
	struct out o = {.p = out, .room = room};
	size_t done = 0, at = 0;

	if (in.n > UINT32_MAX)
		return false;
	put_length(&o, in.n);
	while (at + MATCH_MIN <= in.n && !o.full) {
		uint32_t *slot = &last[four(p + at) * 0x9e3779b1u >> (32 - HASH_BITS)];
		size_t from = *slot, n = MATCH_MIN;

		*slot = (uint32_t)at + 1;
		if (!from || at - (from - 1) > OFFSET_MAX || four(p + from - 1) != four(p + at)) {
			at++;
			continue;
		}
		from--;
		while (at + n < in.n && p[from + n] == p[at + n])
			n++;
		put_literal(&o, p + done, at - done);
		put_copy(&o, at - from, n);
		done = at += n;
	}
	put_literal(&o, p + done, in.n - done);
	if (o.full)
		return false;
	*ret = o.n;
	return true;
}
