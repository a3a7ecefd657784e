// SPDX-License-Identifier: GPL-2.0-or-later
/* The grammar is RFC 8259's. */
#include "base/jsonflat.h"

#include <string.h>

#include "base/utf8.h"

struct reader {
	struct kd_view v; /* what is left */
	struct kd_buf *room;
};

static void blank(struct reader *r)
{
	while (r->v.n && (*r->v.p == ' ' || *r->v.p == '\t' || *r->v.p == '\n' || *r->v.p == '\r'))
		r->v = kd_view_from(r->v, 1);
}

static bool take(struct reader *r, char c)
{
	blank(r);
	if (!r->v.n || *r->v.p != c)
		return false;
	r->v = kd_view_from(r->v, 1);
	return true;
}

/* No control character in it, and it is UTF-8. */
static bool plain(struct kd_view s)
{
	unsigned char control = 0, high = 0;

	for (size_t i = 0; i < s.n; i++) {
		control |= (unsigned char)s.p[i] < 0x20;
		high |= (unsigned char)s.p[i] & 0x80;
	}
	return !control && (!high || kd_utf8_valid(s));
}

/* What is between two quotes, escapes as they are. */
static bool raw_string(struct reader *r, struct kd_view *ret, bool *ret_escapes)
{
	size_t at = 0;

	if (!take(r, '"'))
		return false;
	*ret_escapes = false;
	for (;;) {
		const char *q = at < r->v.n ? memchr(r->v.p + at, '"', r->v.n - at) : NULL;
		size_t back;

		if (!q)
			return false;
		at = (size_t)(q - r->v.p);
		for (back = at; back && r->v.p[back - 1] == '\\'; back--)
			;
		if (!((at - back) & 1))
			break;
		at++;
	}
	*ret = kd_view_head(r->v, at);
	*ret_escapes = kd_view_chr(*ret, '\\') != KD_NPOS;
	r->v = kd_view_from(r->v, at + 1);
	return plain(*ret);
}

static bool hex4(struct kd_view v, uint32_t *ret)
{
	uint64_t x = 0;

	if (v.n < 4)
		return false;
	for (int i = 0; i < 4; i++)
		if (!kd_is_xdigit(v.p[i]))
			return false;
	if (!kd_view_hex(kd_view_head(v, 4), &x))
		return false;
	*ret = (uint32_t)x;
	return true;
}

/* \uXXXX, or two of them; *v stands behind the u. */
static bool code_point(struct kd_view *v, char out[4], size_t *ret)
{
	uint32_t c, low;

	if (!hex4(*v, &c) || !c)
		return false;
	*v = kd_view_from(*v, 4);
	if (c >= 0xd800 && c < 0xe000) {
		if (c >= 0xdc00 || !kd_view_skip(v, KD_V("\\u")) || !hex4(*v, &low) || low < 0xdc00 || low >= 0xe000)
			return false;
		*v = kd_view_from(*v, 4);
		c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
	}
	*ret = kd_utf8_encode(c, out);
	return true;
}

/* Into p, which has room for as many bytes as s: an escape is longer than what it stands for. */
static bool resolve(struct kd_view s, char *p, size_t *ret)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	size_t n = 0, k;

	while (s.n) {
		size_t run = kd_view_chr(s, '\\');
		const char *e;

		if (run == KD_NPOS)
			run = s.n;
		memcpy(p + n, s.p, run);
		n += run;
		s = kd_view_from(s, run);
		if (!s.n)
			break;
		s = kd_view_from(s, 1);
		if (!s.n)
			return false;
		e = memchr(from, *s.p, sizeof(from) - 1);
		if (e) {
			p[n++] = to[e - from];
			s = kd_view_from(s, 1);
		} else if (*s.p == 'u') {
			s = kd_view_from(s, 1);
			if (!code_point(&s, p + n, &k))
				return false;
			n += k;
		} else {
			return false;
		}
	}
	*ret = n;
	return true;
}

static bool text_value(struct reader *r, struct kd_jsonflat_member *m)
{
	struct kd_view raw;
	bool escapes;
	size_t n = 0;
	char *p;

	if (!raw_string(r, &raw, &escapes))
		return false;
	m->type = KD_JFLAT_TEXT;
	m->text = raw;
	if (!escapes)
		return true;
	/* room does not move: parse() has reserved all that a line can need */
	p = r->room->p + r->room->n;
	if (!resolve(raw, p, &n))
		return false;
	r->room->n += n;
	m->text = kd_view(p, n);
	return true;
}

static bool word_value(struct reader *r, struct kd_jsonflat_member *m)
{
	static const struct {
		struct kd_view word;
		uint8_t type;
	} words[] = {{KD_V("true"), KD_JFLAT_TRUE}, {KD_V("false"), KD_JFLAT_FALSE}, {KD_V("null"), KD_JFLAT_NULL}};
	struct kd_view digits;

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (kd_view_skip(&r->v, words[i].word)) {
			m->type = words[i].type;
			return true;
		}
	m->type = KD_JFLAT_INT;
	digits = r->v;
	kd_view_skip(&digits, KD_V("-"));
	if (digits.n > 1 && *digits.p == '0' && kd_is_digit(digits.p[1]))
		return false; /* "01" */
	return kd_view_take_int(&r->v, &m->num) &&
	       (!r->v.n || (*r->v.p != '.' && *r->v.p != 'e' && *r->v.p != 'E' && !kd_is_digit(*r->v.p)));
}

static bool member(struct reader *r, struct kd_jsonflat *f)
{
	struct kd_jsonflat_member *m = &f->member[f->n];
	bool escapes;

	if (f->n == KD_JSONFLAT_MAX || !raw_string(r, &m->key, &escapes) || escapes || !take(r, ':'))
		return false;
	for (size_t i = 0; i < f->n; i++)
		if (kd_view_eq(f->member[i].key, m->key))
			return false;
	blank(r);
	if (!r->v.n || !(*r->v.p == '"' ? text_value(r, m) : word_value(r, m)))
		return false;
	f->n++;
	return true;
}

bool kd_jsonflat_parse(struct kd_view line, struct kd_buf *room, struct kd_jsonflat *ret)
{
	struct reader r = {line, room};

	ret->n = 0;
	kd_buf_clear(room);
	if (!take(&r, '{') || !kd_buf_reserve(room, line.n))
		return false;
	if (take(&r, '}')) {
		blank(&r);
		return !r.v.n;
	}
	do
		if (!member(&r, ret))
			return false;
	while (take(&r, ','));
	if (!take(&r, '}'))
		return false;
	blank(&r);
	return !r.v.n;
}

const struct kd_jsonflat_member *kd_jsonflat_get(const struct kd_jsonflat *f, const char *key)
{
	struct kd_view k = kd_view_of(key);

	for (size_t i = 0; i < f->n; i++)
		if (kd_view_eq(f->member[i].key, k))
			return &f->member[i];
	return NULL;
}
