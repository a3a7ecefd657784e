// SPDX-License-Identifier: GPL-2.0-or-later
/* The snappy format without framing: google/snappy, format_description.txt. */
#include <stdint.h>
#include <string.h>

#include "base/pack.h"

struct snappy {
	const unsigned char *in;
	size_t n, at;
	unsigned char *out;
	size_t want, have;
};

/* Little endian, of 1 to 4 bytes. */
static bool number(struct snappy *s, size_t bytes, size_t *ret)
{
	*ret = 0;
	if (s->n - s->at < bytes)
		return false;
	for (size_t i = 0; i < bytes; i++)
		*ret |= (size_t)s->in[s->at++] << 8 * i;
	return true;
}

static bool preamble(struct snappy *s, size_t *ret)
{
	*ret = 0;
	for (unsigned shift = 0; shift < 35; shift += 7) {
		if (s->at == s->n)
			return false;
		*ret |= (size_t)(s->in[s->at] & 0x7f) << shift;
		if (!(s->in[s->at++] & 0x80))
			return true;
	}
	return false;
}

/* Lengths up to 60 stand in the tag; 61 to 64 there mean so many bytes less 60 of length behind it. */
static bool literal(struct snappy *s, unsigned tag)
{
	size_t len = tag >> 2;

	if (len >= 60 && !number(s, len - 59, &len))
		return false;
	len++;
	if (len > s->n - s->at || len > s->want - s->have)
		return false;
	memcpy(s->out + s->have, s->in + s->at, len);
	s->at += len;
	s->have += len;
	return true;
}

static bool copy(struct snappy *s, unsigned tag)
{
	static const unsigned char bytes[4] = {0, 1, 2, 4};
	size_t len = (tag >> 2) + 1, off;

	if (!number(s, bytes[tag & 3], &off))
		return false;
	if ((tag & 3) == 1) {
		len = (tag >> 2 & 7) + 4;
		off |= (size_t)(tag >> 5) << 8;
	}
	if (!off || off > s->have || len > s->want - s->have)
		return false;
	for (; len; len--, s->have++)
		s->out[s->have] = s->out[s->have - off];
	return true;
}

bool kd_unpack_snappy(struct kd_view in, unsigned char *out, size_t n)
{
	struct snappy s = {.in = (const unsigned char *)in.p, .n = in.n, .out = out, .want = n};
	size_t size;

	if (!preamble(&s, &size) || size != n)
		return false;
	while (s.at < s.n) {
		unsigned tag = s.in[s.at++];

		if (!((tag & 3) ? copy(&s, tag) : literal(&s, tag)))
			return false;
	}
	return s.have == s.want;
}
