// SPDX-License-Identifier: GPL-2.0-or-later
/* The guard before the parser: nesting and number of values, by one scan. */
#include "base/jsonin.h"

#include "base/alloc.h"
#include "base/ctx.h"
#include "base/ext/jansson.h"

enum { MAX_VALUES = 2 << 20 };

struct counts {
	unsigned depth;
	size_t values;
};

static size_t skip_string(struct kd_view t, size_t i)
{
	size_t at = i + 1;

	/* the quote that ends it has an even number of backslashes before it */
	for (;;) {
		const char *q = at < t.n ? memchr(t.p + at, '"', t.n - at) : NULL;
		size_t back;

		if (!q)
			return t.n;
		at = (size_t)(q - t.p);
		for (back = at; back > i + 1 && t.p[back - 1] == '\\'; back--)
			;
		if (!((at - back) & 1))
			return at;
		at++;
	}
}

static struct kd_error *scan(struct kd_view t, const struct kd_jsonin_opts *o)
{
	struct counts c = {0, 1};

	for (size_t i = 0; i < t.n; i++) {
		switch (t.p[i]) {
		case '"':
			i = skip_string(t, i);
			break;
		case '[':
		case '{':
			c.values++;
			if (++c.depth > o->max_depth)
				return kd_error_at(KD_LIMIT, (int64_t)i,
						   "JSON is nested deeper than %u levels at offset "
						   "%zu",
						   o->max_depth, i);
			break;
		case ']':
		case '}':
			c.depth -= c.depth > 0;
			break;
		case ',':
		case ':':
			c.values++;
			break;
		}
		if (c.values > o->max_values)
			return kd_error_at(KD_LIMIT, (int64_t)i,
					   "JSON has more than %zu values at offset %zu",
					   o->max_values, i);
	}
	return NULL;
}

static struct kd_jsonin_opts with_defaults(const struct kd_jsonin_opts *opts)
{
	struct kd_jsonin_opts o = opts ? *opts : (struct kd_jsonin_opts){0};
	struct kd_limits l;

	kd_limits_default(&l);
	o.max_bytes = o.max_bytes ? o.max_bytes : l.json_bytes;
	o.max_depth = o.max_depth ? o.max_depth : l.json_depth;
	o.max_values = o.max_values ? o.max_values : MAX_VALUES;
	return o;
}

struct kd_error *kd_jsonin_parse(struct kd_view text, const struct kd_jsonin_opts *opts,
				 struct kd_jsonin **ret)
{
	struct kd_jsonin_opts o = with_defaults(opts);
	struct kd_error *err;

	if (text.n > o.max_bytes)
		return kd_error_new(KD_LIMIT, "JSON of %zu bytes is longer than the %zu allowed",
				    text.n, o.max_bytes);
	err = scan(text, &o);
	return err ? err : kd_jansson_parse(text, o.unique, ret);
}

/* How kdoc itself writes addresses and 64-bit values. */
bool kd_jsonin_u64(struct kd_jval v, uint64_t *ret)
{
	struct kd_view s;
	int64_t i;

	if (kd_jsonin_i64(v, &i)) {
		if (i < 0)
			return false;
		*ret = (uint64_t)i;
		return true;
	}
	return kd_jsonin_str(v, &s) && kd_view_starts(s, KD_V("0x")) && kd_view_hex(s, ret);
}

void kd_jsonin_freep(struct kd_jsonin **doc)
{
	kd_jsonin_free(*doc);
	*doc = NULL;
}

struct kd_view kd_jsonin_member_str(struct kd_jval v, const char *key)
{
	struct kd_view text = KD_VNULL;

	kd_jsonin_str(kd_jsonin_get(v, key), &text);
	return text;
}

int64_t kd_jsonin_member_i64(struct kd_jval v, const char *key)
{
	int64_t i = 0;

	kd_jsonin_i64(kd_jsonin_get(v, key), &i);
	return i;
}

bool kd_jsonin_member_bool(struct kd_jval v, const char *key)
{
	bool b = false;

	kd_jsonin_bool(kd_jsonin_get(v, key), &b);
	return b;
}
