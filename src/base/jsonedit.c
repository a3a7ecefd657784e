// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/jsonedit.h"

#include "base/alloc.h"

struct scan {
	struct kd_view text;
	size_t at;
	unsigned depth;
	const char *section, *key;
	struct kd_jsonplace *ret;
};

static struct kd_error *bad(const struct scan *s, const char *what)
{
	return kd_error_at(KD_BADDATA, (int64_t)s->at, "no JSON: %s", what);
}

static char peek(const struct scan *s)
{
	return s->at < s->text.n ? s->text.p[s->at] : '\0';
}

static bool starts(const struct scan *s, struct kd_view v)
{
	return kd_view_starts(kd_view_from(s->text, s->at), v);
}

static bool is_json_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Past white space and comments; false: a comment that does not end. */
static bool skip_blank(struct kd_view text, size_t *at, bool *comment)
{
	for (;;) {
		struct kd_view rest = kd_view_from(text, *at);
		size_t end;

		if (rest.n && is_json_space(*rest.p)) {
			++*at;
			continue;
		}
		if (kd_view_starts(rest, KD_V("//"))) {
			end = kd_view_chr(rest, '\n');
			*at = end == KD_NPOS ? text.n : *at + end;
		} else if (kd_view_starts(rest, KD_V("/*"))) {
			end = kd_view_find(kd_view_from(rest, 2), KD_V("*/"));
			if (end == KD_NPOS)
				return false;
			*at += end + 4;
		} else {
			return true;
		}
		*comment = true;
	}
}

static struct kd_error *blank(struct scan *s)
{
	bool comment = false;
	struct kd_error *err = skip_blank(s->text, &s->at, &comment) ? NULL : bad(s, "a comment does not end");

	if (comment)
		s->ret->plain = false;
	return err;
}

static bool is_escape(struct kd_view v)
{
	if (v.n < 2 || *v.p != '\\')
		return false;
	if (v.p[1] != 'u')
		return kd_view_chr(KD_V("\"\\/bfnrt"), v.p[1]) != KD_NPOS;
	for (size_t i = 2; i < 6; i++)
		if (i >= v.n || !kd_is_xdigit(v.p[i]))
			return false;
	return true;
}

/* Past a string; *ret is what stands between its quotes. */
static struct kd_error *string(struct scan *s, struct kd_view *ret)
{
	const size_t start = ++s->at;

	for (; s->at < s->text.n; s->at++) {
		char c = s->text.p[s->at];

		if (c == '"') {
			*ret = kd_view(s->text.p + start, s->at++ - start);
			return NULL;
		}
		if ((unsigned char)c < 0x20)
			return bad(s, "a control character in a string");
		if (c != '\\')
			continue;
		if (!is_escape(kd_view_from(s->text, s->at)))
			return bad(s, "an escape that is none");
		s->at++;
	}
	return bad(s, "a string does not end");
}

/* Is the name between quotes this one? Escapes of ASCII are taken as what they stand for. */
static bool is_name(struct kd_view raw, const char *want)
{
	for (; *want; want++) {
		uint64_t code;

		if (!raw.n)
			return false;
		if (kd_view_starts(raw, KD_V("\\u"))) {
			if (!kd_view_hex(kd_view_head(kd_view_from(raw, 2), 4), &code) || code != (unsigned char)*want)
				return false;
			raw = kd_view_from(raw, 6);
		} else if (*raw.p == *want) {
			raw = kd_view_from(raw, 1);
		} else {
			return false;
		}
	}
	return !raw.n;
}

static bool skip_digits(struct scan *s)
{
	const size_t start = s->at;

	while (kd_is_digit(peek(s)))
		s->at++;
	return s->at > start;
}

static struct kd_error *number(struct scan *s)
{
	if (peek(s) == '-')
		s->at++;
	if (peek(s) == '0')
		s->at++;
	else if (!skip_digits(s))
		return bad(s, "neither a value nor the end of one");
	if (peek(s) == '.') {
		s->at++;
		if (!skip_digits(s))
			return bad(s, "a number without digits behind its point");
	}
	if (peek(s) == 'e' || peek(s) == 'E') {
		s->at++;
		if (peek(s) == '+' || peek(s) == '-')
			s->at++;
		if (!skip_digits(s))
			return bad(s, "a number without an exponent's digits");
	}
	return NULL;
}

static struct kd_error *object(struct scan *s, struct kd_jsonobj *o, bool in_section);
static struct kd_error *array(struct scan *s);

static struct kd_error *value(struct scan *s, struct kd_jsonobj *o, bool in_section)
{
	struct kd_view ignored;
	struct kd_jsonobj other;

	switch (peek(s)) {
	case '{':
		return object(s, o ? o : &other, in_section);
	case '[':
		return array(s);
	case '"':
		return string(s, &ignored);
	default:
		break;
	}
	for (unsigned i = 0; i < 3; i++) {
		const struct kd_view word = kd_view_of(i == 0 ? "true" : i == 1 ? "false" : "null");

		if (starts(s, word)) {
			s->at += word.n;
			return NULL;
		}
	}
	return number(s);
}

static struct kd_error *deeper(struct scan *s)
{
	if (++s->depth > KD_JSONEDIT_DEPTH)
		return kd_error_at(KD_LIMIT, (int64_t)s->at, "nested more than %d deep", KD_JSONEDIT_DEPTH);
	s->at++;
	return blank(s);
}

/* Behind a value: a comma, and is there another value behind it? */
static struct kd_error *separator(struct scan *s, char end, bool *comma, size_t *ret_end)
{
	struct kd_error *err = blank(s);

	*comma = false;
	if (err || peek(s) == end)
		return err;
	if (peek(s) != ',')
		return bad(s, "a comma is missing, or a bracket");
	*comma = true;
	*ret_end = ++s->at;
	err = blank(s);
	if (!err && peek(s) == end)
		s->ret->plain = false;
	return err;
}

static struct kd_error *array(struct scan *s)
{
	struct kd_error *err = deeper(s);
	size_t end;
	bool comma;

	while (!err && peek(s) != ']') {
		err = value(s, NULL, false);
		if (!err)
			err = separator(s, ']', &comma, &end);
	}
	s->at++;
	s->depth--;
	return err;
}

/* The member that is looked for, of the root or of the section: once at most. */
static struct kd_error *found(struct scan *s, bool *has, struct kd_jsonmember *m, size_t start)
{
	if (*has) {
		s->at = start;
		return bad(s, "a name stands twice in one object, and it is not clear which one counts");
	}
	*has = true;
	m->start = start;
	m->value = s->at;
	return NULL;
}

static struct kd_error *member(struct scan *s, bool in_section, size_t comma)
{
	const size_t start = s->at;
	const bool at_root = s->depth == 1;
	struct kd_jsonmember *m = NULL;
	struct kd_jsonobj *o = NULL;
	struct kd_view name = KD_VNULL;
	struct kd_error *err = peek(s) == '"' ? string(s, &name) : bad(s, "a name in quotes is missing");
	bool section = false;

	if (!err)
		err = blank(s);
	if (!err && peek(s) != ':')
		err = bad(s, "a colon is missing");
	if (err)
		return err;
	s->at++;
	err = blank(s);
	if (!err && at_root && is_name(name, s->section)) {
		m = &s->ret->section_member;
		o = &s->ret->section;
		section = true;
		if (peek(s) != '{')
			return bad(s, "what has to be an object is none");
		err = found(s, &s->ret->has_section, m, start);
	} else if (!err && in_section && is_name(name, s->key)) {
		m = &s->ret->key_member;
		err = found(s, &s->ret->has_key, m, start);
	}
	if (!err)
		err = value(s, o, section);
	if (m) {
		m->end = s->at;
		m->comma = comma;
	}
	return err;
}

static struct kd_error *object(struct scan *s, struct kd_jsonobj *o, bool in_section)
{
	struct kd_error *err;

	*o = (struct kd_jsonobj){.open = s->at, .tail = s->at + 1};
	err = deeper(s);
	while (!err && peek(s) != '}') {
		err = member(s, in_section, o->comma ? o->tail - 1 : 0);
		o->n++;
		o->tail = s->at;
		if (!err)
			err = separator(s, '}', &o->comma, &o->tail);
	}
	o->close = s->at++;
	s->depth--;
	return err;
}

struct kd_error *kd_jsonedit_find(struct kd_view text, const char *section, const char *key, struct kd_jsonplace *ret)
{
	struct scan s = {.text = text, .section = section, .key = key, .ret = ret};
	struct kd_error *err;

	*ret = (struct kd_jsonplace){.plain = true};
	if (kd_view_starts(text, KD_V("\xef\xbb\xbf")))
		s.at = 3;
	err = blank(&s);
	if (!err && peek(&s) != '{')
		err = bad(&s, s.at < text.n ? "it does not begin with {" : "there is nothing in it");
	if (!err)
		err = object(&s, &ret->root, false);
	if (!err)
		err = blank(&s);
	if (!err && s.at < text.n)
		err = bad(&s, "something stands behind its end");
	return err;
}

/* ---- changes ---- */

/* What the members of an object are set apart with, as its first one is: "\n  ", " ", "". */
static struct kd_view gap_of(struct kd_view text, const struct kd_jsonobj *o)
{
	size_t start = o->open + 1, end = start;

	while (end < text.n && is_json_space(text.p[end]))
		end++;
	for (size_t i = end; i > start; i--) /* an empty line is no indentation */
		if (text.p[i - 1] == '\n') {
			start = i - 1 - (i - 1 > start && text.p[i - 2] == '\r');
			break;
		}
	return kd_view(text.p + start, o->n ? end - start : 0);
}

/* What it indents by. */
static struct kd_view indent_of(struct kd_view gap)
{
	size_t nl = kd_view_rchr(gap, '\n');

	return nl == KD_NPOS || nl + 1 == gap.n ? KD_V("  ") : kd_view_from(gap, nl + 1);
}

/* A line break and the indentation of the line on which the object begins. */
static void add_outer_gap(struct kd_view text, const struct kd_jsonobj *o, struct kd_buf *b)
{
	struct kd_view before = kd_view_head(text, o->open);
	size_t nl = kd_view_rchr(before, '\n');
	size_t start = nl == KD_NPOS ? 0 : nl + 1;

	kd_buf_add(b, nl != KD_NPOS && nl && text.p[nl - 1] == '\r' ? KD_V("\r\n") : KD_V("\n"));
	for (size_t i = start; i < text.n && kd_is_blank(text.p[i]); i++)
		kd_buf_addc(b, text.p[i]);
}

/* One member more at the end of an object. */
static void add_member(struct kd_view text, const struct kd_jsonobj *o, struct kd_view member_text, struct kd_view inner, bool in_front,
		       struct kd_buf *b)
{
	if (o->n && in_front) {
		kd_buf_add(b, gap_of(text, o));
		kd_buf_add(b, member_text);
		kd_buf_addc(b, ',');
		return;
	}
	if (o->n) {
		if (!o->comma)
			kd_buf_addc(b, ',');
		kd_buf_add(b, gap_of(text, o));
		kd_buf_add(b, member_text);
		if (o->comma)
			kd_buf_addc(b, ',');
		return;
	}
	add_outer_gap(text, o, b);
	kd_buf_add(b, inner);
	kd_buf_add(b, member_text);
	add_outer_gap(text, o, b);
}

/* Where a member more comes: behind the last one, but in front when a comment stands there that is the last one's. */
static size_t place_for(struct kd_view text, const struct kd_jsonobj *o)
{
	return kd_view_trim(kd_view(text.p + o->tail, o->close - o->tail)).n ? o->open + 1 : o->tail;
}

bool kd_jsonedit_add(struct kd_view text, const struct kd_jsonplace *at, const char *section, const char *key, struct kd_view val,
		     struct kd_buf *ret, size_t *ret_at, size_t *ret_n)
{
	kd_auto(kd_buf_deinit) struct kd_buf m = KD_BUF_INIT(ret->max);
	const struct kd_jsonobj *o = at->has_section ? &at->section : &at->root;
	const struct kd_view gap = gap_of(text, &at->root);
	const size_t place = place_for(text, o), start = ret->n;

	if (at->has_section)
		kd_buf_printf(&m, "\"%s\": %.*s", key, KD_VARG(val));
	else
		kd_buf_printf(&m, "\"%s\": {\"%s\": %.*s}", section, key, KD_VARG(val));
	kd_buf_add(ret, kd_view_head(text, place));
	/* one step more than the line of the object, as deep as the root's members are */
	add_member(text, o, kd_buf_view(&m), indent_of(gap), place < o->tail, ret);
	*ret_at = place;
	*ret_n = ret->n - start - place;
	kd_buf_add(ret, kd_view_from(text, place));
	return !ret->overflow && !m.overflow;
}

bool kd_jsonedit_replace(struct kd_view text, const struct kd_jsonplace *at, struct kd_view val, struct kd_buf *ret)
{
	kd_buf_add(ret, kd_view_head(text, at->key_member.value));
	kd_buf_add(ret, val);
	kd_buf_add(ret, kd_view_from(text, at->key_member.end));
	return !ret->overflow;
}

bool kd_jsonedit_remove(struct kd_view text, const struct kd_jsonplace *at, bool whole_section, struct kd_buf *ret)
{
	const struct kd_jsonmember *m = whole_section ? &at->section_member : &at->key_member;
	size_t start = m->start, end = m->end, next = m->end;
	bool comment = false;

	while (start && is_json_space(text.p[start - 1]))
		start--;
	if (skip_blank(text, &next, &comment) && next < text.n && text.p[next] == ',') {
		kd_buf_add(ret, kd_view_head(text, start)); /* with the comma behind it; a comment between stays */
		kd_buf_add(ret, kd_view(text.p + end, next - end));
		end = next + 1;
	} else if (m->comma) {
		kd_buf_add(ret, kd_view_head(text, m->comma));
		kd_buf_add(ret, kd_view(text.p + m->comma + 1, start - m->comma - 1));
	} else {
		kd_buf_add(ret, kd_view_head(text, start));
	}
	kd_buf_add(ret, kd_view_from(text, end));
	return !ret->overflow;
}

/* The next byte that counts; inside of a string each does. */
static int next_byte(struct kd_view v, size_t *at, bool *in_string)
{
	bool comment;

	if (!*in_string && !skip_blank(v, at, &comment))
		return -1;
	if (*at >= v.n)
		return -1;
	if (v.p[*at] == '"')
		*in_string = !*in_string;
	else if (*in_string && v.p[*at] == '\\' && *at + 1 < v.n) {
		*at += 2; /* what is escaped ends no string */
		return (unsigned char)v.p[*at - 1] | 0x100;
	}
	return (unsigned char)v.p[(*at)++];
}

bool kd_jsonedit_same(struct kd_view a, struct kd_view b)
{
	size_t i = 0, j = 0;
	bool in_a = false, in_b = false;
	int x, y;

	do {
		x = next_byte(a, &i, &in_a);
		y = next_byte(b, &j, &in_b);
	} while (x == y && x >= 0);
	return x == y;
}
