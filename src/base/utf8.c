// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/utf8.h"

/* Unicode Standard, table 3-7: what the second byte may be depends on the first. */
struct lead {
	unsigned len; /* 0: no first byte */
	unsigned char lo, hi;
};

static struct lead lead_of(unsigned char c)
{
	if (c < 0x80)
		return (struct lead){1, 0, 0};
	if (c < 0xc2)
		return (struct lead){0, 0, 0};
	if (c < 0xe0)
		return (struct lead){2, 0x80, 0xbf};
	if (c < 0xf0)
		return (struct lead){3, c == 0xe0 ? 0xa0 : 0x80, c == 0xed ? 0x9f : 0xbf};
	if (c < 0xf5)
		return (struct lead){4, c == 0xf0 ? 0x90 : 0x80, c == 0xf4 ? 0x8f : 0xbf};
	return (struct lead){0, 0, 0};
}

bool kd_utf8_next(struct kd_view *v, uint32_t *ret)
{
	static const unsigned char mask[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
	unsigned char c = (unsigned char)v->p[0];
	struct lead l = lead_of(c);
	uint32_t x = c & mask[l.len];
	unsigned i = 1;

	for (; i < l.len; i++) {
		unsigned char d = i < v->n ? (unsigned char)v->p[i] : 0;

		if (d < (i == 1 ? l.lo : 0x80) || d > (i == 1 ? l.hi : 0xbf))
			break;
		x = x << 6 | (d & 0x3f);
	}
	*v = kd_view_from(*v, i);
	*ret = i == l.len ? x : KD_UTF8_BAD;
	return i == l.len;
}

/* Eight ASCII bytes at a time. */
static size_t ascii_prefix(struct kd_view v)
{
	size_t i = 0;

	for (; v.n - i >= 8; i += 8) {
		uint64_t w;

		memcpy(&w, v.p + i, sizeof(w));
		if (w & 0x8080808080808080u)
			break;
	}
	while (i < v.n && (unsigned char)v.p[i] < 0x80)
		i++;
	return i;
}

size_t kd_utf8_good_prefix(struct kd_view v)
{
	struct kd_view w = v, before = v;
	uint32_t c;

	while (w.n) {
		w = kd_view_from(w, ascii_prefix(w));
		before = w;
		if (w.n && !kd_utf8_next(&w, &c))
			return v.n - before.n;
	}
	return v.n;
}

bool kd_utf8_valid(struct kd_view v)
{
	return kd_utf8_good_prefix(v) == v.n;
}

bool kd_utf8_find_bad(struct kd_view v, size_t from, size_t *off_ret, size_t *len_ret)
{
	struct kd_view w = kd_view_from(v, from), rest;
	size_t good = kd_utf8_good_prefix(w);
	uint32_t c;

	if (good == w.n)
		return false;
	rest = w = kd_view_from(w, good);
	kd_utf8_next(&rest, &c);
	*off_ret = from + good;
	*len_ret = w.n - rest.n;
	return true;
}

size_t kd_utf8_encode(uint32_t c, char p[4])
{
	if (c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		c = KD_UTF8_BAD;
	if (c < 0x80) {
		p[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		p[0] = (char)(0xc0 | c >> 6);
		p[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		p[0] = (char)(0xe0 | c >> 12);
		p[1] = (char)(0x80 | (c >> 6 & 0x3f));
		p[2] = (char)(0x80 | (c & 0x3f));
		return 3;
	}
	p[0] = (char)(0xf0 | c >> 18);
	p[1] = (char)(0x80 | (c >> 12 & 0x3f));
	p[2] = (char)(0x80 | (c >> 6 & 0x3f));
	p[3] = (char)(0x80 | (c & 0x3f));
	return 4;
}

size_t kd_utf8_sanitise(struct kd_view v, struct kd_buf *out)
{
	size_t replaced = 0;
	uint32_t c;

	while (v.n) {
		size_t good = kd_utf8_good_prefix(v);

		kd_buf_add(out, kd_view_head(v, good));
		v = kd_view_from(v, good);
		if (!v.n)
			break;
		kd_utf8_next(&v, &c);
		kd_buf_add(out, KD_V("\xef\xbf\xbd"));
		replaced++;
	}
	return replaced;
}

/* UAX #9: characters that change the direction of text ("Trojan Source"). */
static bool is_bidi_control(uint32_t c)
{
	return c == 0x061c || c == 0x200e || c == 0x200f || (c >= 0x202a && c <= 0x202e) ||
	       (c >= 0x2066 && c <= 0x2069);
}

static bool printable(struct kd_view piece, bool ok, uint32_t c, struct kd_buf *out)
{
	if (!ok) {
		for (size_t i = 0; i < piece.n; i++)
			kd_buf_printf(out, "\\x%02x", (unsigned char)piece.p[i]);
		return false;
	}
	if ((c < 0x20 && c != '\t' && c != '\n') || c == 0x7f) {
		kd_buf_printf(out, "\\x%02x", c);
		return false;
	}
	if ((c >= 0x80 && c < 0xa0) || is_bidi_control(c)) {
		kd_buf_printf(out, "\\u{%04x}", c);
		return false;
	}
	kd_buf_add(out, piece);
	return true;
}

size_t kd_utf8_printable(struct kd_view v, struct kd_buf *out)
{
	size_t changed = 0;

	while (v.n) {
		struct kd_view start = v;
		uint32_t c;
		bool ok = kd_utf8_next(&v, &c);

		if (!printable(kd_view_head(start, start.n - v.n), ok, c, out))
			changed++;
	}
	return changed;
}
