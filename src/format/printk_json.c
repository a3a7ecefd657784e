// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Log records in JSON: one object on a line (journalctl -o json, docker, LAVA, log
 * shippers), and what dmesg --json prints over several lines. Only what such lines need
 * is understood: the members of the outermost object. A line that is no such record
 * stays a line of text.
 */
#include "format/printk_internal.h"

#define MAX_DEPTH 32

struct json {
	struct kd_view v; /* what is left */
};

static void space(struct json *j)
{
	while (j->v.n && (kd_is_blank(*j->v.p) || *j->v.p == '\n' || *j->v.p == '\r'))
		j->v = kd_view_from(j->v, 1);
}

static bool take(struct json *j, char c)
{
	space(j);
	if (!j->v.n || *j->v.p != c)
		return false;
	j->v = kd_view_from(j->v, 1);
	return true;
}

/* A string; *ret is between the quotes, escapes in it as they are. */
static bool string(struct json *j, struct kd_view *ret)
{
	size_t i = 0;

	if (!take(j, '"'))
		return false;
	while (i < j->v.n && j->v.p[i] != '"')
		i += j->v.p[i] == '\\' ? 2 : 1;
	if (i >= j->v.n)
		return false;
	*ret = kd_view_head(j->v, i);
	j->v = kd_view_from(j->v, i + 1);
	return true;
}

/* Any value, skipped; *ret spans it. Brackets are only counted. */
static bool value(struct json *j, struct kd_view *ret)
{
	struct kd_view start, s;
	int depth = 0;

	space(j);
	start = j->v;
	while (j->v.n) {
		char c = *j->v.p;

		if (c == '"') {
			if (!string(j, &s))
				return false;
		} else if (!depth && (c == ',' || c == '}' || c == ']')) {
			break;
		} else {
			if ((c == '{' || c == '[') && ++depth > MAX_DEPTH)
				return false;
			depth -= c == '}' || c == ']';
			j->v = kd_view_from(j->v, 1);
		}
		if (!depth && (c == '"' || c == '}' || c == ']'))
			break;
	}
	*ret = kd_view_trim(kd_view_head(start, start.n - j->v.n));
	return ret->n && !depth;
}

static bool hex4(struct kd_view v, size_t i, uint32_t *ret)
{
	struct kd_view w = kd_view_head(kd_view_from(v, i), 4);
	uint64_t x;

	for (size_t k = 0; k < w.n; k++)
		if (!kd_is_xdigit(w.p[k]))
			return false;
	if (w.n != 4 || !kd_view_hex(w, &x))
		return false;
	*ret = (uint32_t)x;
	return true;
}

/* \uXXXX at byte i (of the 'u'); bytes taken. */
static size_t unicode(struct kd_view s, size_t i, struct kd_buf *out)
{
	uint32_t c, low;
	size_t n = 5;
	char utf8[4];

	if (!hex4(s, i + 1, &c)) {
		(void)kd_buf_addc(out, 'u');
		return 1;
	}
	if (c >= 0xd800 && c < 0xdc00 && i + 6 < s.n && s.p[i + 5] == '\\' && s.p[i + 6] == 'u' &&
	    hex4(s, i + 7, &low) && low >= 0xdc00 && low < 0xe000) {
		c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
		n = 11;
	}
	(void)kd_buf_add(out, kd_view(utf8, kd_utf8_encode(c, utf8)));
	return n;
}

static void unescape(struct kd_view s, struct kd_buf *out)
{
	static const char from[] = "ntrbf", to[] = "\n\t\r\b\f";
	size_t i = 0;

	kd_buf_clear(out);
	while (i < s.n) {
		size_t plain = kd_view_chr(kd_view_from(s, i), '\\'), k;

		if (plain == KD_NPOS || i + plain + 1 >= s.n) {
			(void)kd_buf_add(out, kd_view_from(s, i));
			return;
		}
		(void)kd_buf_add(out, kd_view(s.p + i, plain));
		i += plain + 1;
		if (s.p[i] == 'u') {
			i += unicode(s, i, out);
			continue;
		}
		for (k = 0; from[k] && from[k] != s.p[i]; k++)
			;
		(void)kd_buf_addc(out, from[k] ? to[k] : s.p[i]);
		i++;
	}
}

/* journalctl prints what is not UTF-8 as an array of bytes: [72,101,…]. */
static bool bytes(struct kd_view a, struct kd_buf *out)
{
	struct json j = {kd_view(a.p + 1, a.n - 2)};
	uint64_t n;

	kd_buf_clear(out);
	for (space(&j); j.v.n; space(&j)) {
		if (!kd_view_take_dec(&j.v, &n) || n > 255 || !kd_buf_addc(out, (char)n))
			return false;
		if (!take(&j, ',') && j.v.n)
			return false;
	}
	return true;
}

/* A member that is of interest goes to the record. */
static void member(struct kd_printk *d, struct kd_view key, struct kd_view val)
{
	if (!kd_record_knows(key))
		return;
	if (*val.p == '"' && val.n >= 2) {
		unescape(kd_view(val.p + 1, val.n - 2), &d->plain);
		kd_record_field(d, key, kd_buf_view(&d->plain));
	} else if (*val.p == '[' && val.n >= 2) {
		if (bytes(val, &d->plain))
			kd_record_field(d, key, kd_buf_view(&d->plain));
	} else if (kd_is_digit(*val.p) || *val.p == '-') {
		kd_record_field(d, key, val);
	}
}

/* "key": value of one object; false at its end or when it is damaged (*ok says which). */
static bool next(struct json *j, bool *first, struct kd_view *key, struct kd_view *val, bool *ok)
{
	space(j);
	if (take(j, '}')) {
		*ok = true;
		return false;
	}
	*ok = false;
	if (!*first && !take(j, ','))
		return false;
	*first = false;
	return string(j, key) && take(j, ':') && value(j, val);
}

static bool is_message(struct kd_view key)
{
	return kd_view_eq(key, KD_V("MESSAGE")) || kd_view_eq(key, KD_V("msg")) ||
	       kd_view_eq(key, KD_V("message")) || kd_view_eq(key, KD_V("log"));
}

bool kd_json_line(struct kd_printk *d, const struct kd_phys *ph, struct kd_logline *l)
{
	struct json start, j;
	struct kd_view key, val, text = l->text;
	bool first = true, ok = false, has_message = false;

	(void)kd_view_skip(&text, KD_V("- "));
	start.v = text;
	if (!take(&start, '{'))
		return false;
	for (j = start; next(&j, &first, &key, &val, &ok);)
		has_message |= is_message(key) && (*val.p == '"' || *val.p == '[');
	space(&j);
	(void)take(&j, ',');
	if (!ok || !has_message || j.v.n)
		return false;
	kd_record_begin(d, ph, l->disguise | KD_DIS_JSON);
	if (l->wall.n)
		kd_record_field(d, KD_V("timestamp"), l->wall);
	first = true;
	for (j = start; next(&j, &first, &key, &val, &ok);)
		member(d, key, val);
	kd_record_emit(d);
	return true;
}

static bool is_punctuation(struct kd_view v)
{
	for (size_t i = 0; i < v.n; i++)
		if (!memchr("{}[], ", v.p[i], 6))
			return false;
	return v.n;
}

/* One line of dmesg --json. */
bool kd_json_list(struct kd_printk *d, const struct kd_phys *ph, struct kd_view text)
{
	struct json j = {kd_view_trim(text)};
	struct kd_view key, val;

	if (!d->json_list) {
		if (!kd_view_eq(j.v, KD_V("\"dmesg\": [")) && !kd_view_eq(j.v, KD_V("\"dmesg\":[")))
			return false;
		d->json_list = true;
		kd_record_begin(d, ph, KD_DIS_JSON);
		return true;
	}
	if (j.v.n && *j.v.p == '"') {
		if (!string(&j, &key) || !take(&j, ':') || !value(&j, &val)) {
			d->json_list = false;
			return false;
		}
		if (!d->rec.open)
			kd_record_begin(d, ph, KD_DIS_JSON);
		else
			kd_record_add(d, ph);
		member(d, key, val);
		return true;
	}
	if (!is_punctuation(j.v)) {
		kd_record_emit(d);
		d->json_list = false;
		return false;
	}
	if (*text.p == '}')
		d->json_list = false; /* the end of it all is not indented */
	if (kd_view_chr(j.v, '}') != KD_NPOS && d->rec.open) {
		kd_record_add(d, ph);
		kd_record_emit(d);
	}
	if (kd_view_chr(j.v, '{') != KD_NPOS && !d->rec.open)
		kd_record_begin(d, ph, KD_DIS_JSON);
	else if (kd_view_chr(j.v, ']') != KD_NPOS)
		kd_record_emit(d);
	return true;
}
