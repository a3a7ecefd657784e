/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bytes_out.h: bytes put one after the other, for tests that make a format by hand. */
#ifndef KD_TEST_BYTES_OUT_H
#define KD_TEST_BYTES_OUT_H

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/view.h"

struct out {
	uint8_t p[8192];
	size_t n;
	bool big;
};

static inline void put(struct out *o, uint64_t v, unsigned bytes)
{
	assert(o->n + bytes <= sizeof(o->p));
	for (unsigned i = 0; i < bytes; i++) {
		const unsigned at = o->big ? bytes - 1 - i : i;

		o->p[o->n++] = at < 8 ? (uint8_t)(v >> 8 * at) : 0;
	}
}

static inline void put_at(struct out *o, size_t at, uint64_t v, unsigned bytes)
{
	const size_t n = o->n;

	o->n = at;
	put(o, v, bytes);
	o->n = n;
}

static inline void put_uleb(struct out *o, uint64_t v)
{
	do {
		put(o, (v & 0x7f) | (v > 0x7f ? 0x80 : 0), 1);
		v >>= 7;
	} while (v);
}

static inline void put_sleb(struct out *o, int64_t v)
{
	for (bool more = true; more; v >>= 7) {
		more = !((v >= -64) && (v < 64));
		put(o, ((uint64_t)v & 0x7f) | (more ? 0x80 : 0), 1);
	}
}

static inline void put_text(struct out *o, const char *s)
{
	memcpy(o->p + o->n, s, strlen(s) + 1);
	o->n += strlen(s) + 1;
}

static inline struct kd_view out_view(const struct out *o)
{
	return kd_view((const char *)o->p, o->n);
}

#endif
