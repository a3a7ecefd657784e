// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/json.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"

enum { FLUSH_AT = 64 << 10, OWN_MAX = 128 << 10 };

void kd_json_init(struct kd_json *j, struct kd_buf *out, enum kd_json_style style)
{
	memset(j, 0, sizeof(*j));
	j->out = out;
	j->style = style;
}

void kd_json_init_flush(struct kd_json *j, bool (*flush)(void *user, struct kd_view bytes),
			void *user, enum kd_json_style style)
{
	kd_json_init(j, &j->own, style);
	j->own = KD_BUF_INIT(OWN_MAX);
	j->flush = flush;
	j->user = user;
}

static void flush(struct kd_json *j)
{
	if (!j->flush || j->failed || !j->own.n)
		return;
	if (!j->flush(j->user, kd_buf_view(&j->own)))
		j->failed = true;
	kd_buf_clear(&j->own);
}

static void put(struct kd_json *j, struct kd_view v)
{
	while (j->flush && v.n > FLUSH_AT) { /* the own buffer never overflows */
		put(j, kd_view_head(v, FLUSH_AT));
		v = kd_view_from(v, FLUSH_AT);
	}
	if (j->failed)
		return;
	if (!kd_buf_add(j->out, v))
		j->failed = true;
	if (j->flush && j->own.n >= FLUSH_AT)
		flush(j);
}

static void newline(struct kd_json *j)
{
	static const char tabs[] = "\n\t\t\t\t\t\t\t\t";

	if (j->style != KD_JSON_PRETTY)
		return;
	put(j, kd_view(tabs, 1 + (j->depth < 8 ? j->depth : 8)));
	for (unsigned i = 8; i < j->depth; i++)
		put(j, KD_V("\t"));
}

/* What has to stand before a value or key. */
static void separate(struct kd_json *j)
{
	if (!j->depth)
		return;
	if (j->stack[j->depth - 1].any)
		put(j, KD_V(","));
	j->stack[j->depth - 1].any = true;
	newline(j);
}

static void before_value(struct kd_json *j)
{
	assert(!j->done && "one value per document");
	if (j->depth && j->stack[j->depth - 1].object) {
		assert(j->have_key && "a member needs its key");
		j->have_key = false;
	} else {
		separate(j);
	}
}

static void after_value(struct kd_json *j)
{
	if (!j->depth)
		j->done = true;
}

static void begin(struct kd_json *j, bool object)
{
	before_value(j);
	assert(j->depth < KD_JSON_DEPTH);
	put(j, object ? KD_V("{") : KD_V("["));
	j->stack[j->depth].object = object;
	j->stack[j->depth].any = false;
	j->depth++;
}

static void end(struct kd_json *j, bool object)
{
	bool any;

	assert(j->depth && j->stack[j->depth - 1].object == object && !j->have_key);
	any = j->stack[--j->depth].any;
	if (any)
		newline(j);
	put(j, object ? KD_V("}") : KD_V("]"));
	after_value(j);
}

void kd_json_begin_object(struct kd_json *j)
{
	begin(j, true);
}

void kd_json_end_object(struct kd_json *j)
{
	end(j, true);
}

void kd_json_begin_array(struct kd_json *j)
{
	begin(j, false);
}

void kd_json_end_array(struct kd_json *j)
{
	end(j, false);
}

/* RFC 8259, section 7; DEL is escaped too, for terminals. */
static bool needs_escape(char c)
{
	return (unsigned char)c < 0x20 || c == '"' || c == '\\' || c == 0x7f;
}

static void put_escape(struct kd_json *j, char c)
{
	static const char from[] = "\"\\\b\f\n\r\t", to[] = "\"\\bfnrt";
	const char *q = c ? strchr(from, c) : NULL;
	char s[8];
	int n;

	if (q)
		n = snprintf(s, sizeof(s), "\\%c", to[q - from]);
	else
		n = snprintf(s, sizeof(s), "\\u%04x", (unsigned)(unsigned char)c);
	put(j, kd_view(s, (size_t)n));
}

static void put_good(struct kd_json *j, struct kd_view v)
{
	size_t start = 0;

	for (size_t i = 0; i < v.n; i++) {
		if (!needs_escape(v.p[i]))
			continue;
		put(j, kd_view(v.p + start, i - start));
		put_escape(j, v.p[i]);
		start = i + 1;
	}
	put(j, kd_view_from(v, start));
}

static size_t put_string(struct kd_json *j, struct kd_view v)
{
	size_t replaced = 0;
	uint32_t c;

	put(j, KD_V("\""));
	while (v.n) {
		size_t good = kd_utf8_good_prefix(v);

		put_good(j, kd_view_head(v, good));
		v = kd_view_from(v, good);
		if (!v.n)
			break;
		kd_utf8_next(&v, &c);
		put(j, KD_V("\xef\xbf\xbd"));
		replaced++;
	}
	put(j, KD_V("\""));
	return replaced;
}

void kd_json_key_view(struct kd_json *j, struct kd_view key)
{
	assert(j->depth && j->stack[j->depth - 1].object && !j->have_key);
	separate(j);
	put_string(j, key);
	put(j, j->style == KD_JSON_PRETTY ? KD_V(": ") : KD_V(":"));
	j->have_key = true;
}

void kd_json_key(struct kd_json *j, const char *key)
{
	kd_json_key_view(j, kd_view_of(key));
}

static void put_value(struct kd_json *j, struct kd_view v)
{
	before_value(j);
	put(j, v);
	after_value(j);
}

size_t kd_json_str(struct kd_json *j, struct kd_view v)
{
	size_t replaced;

	before_value(j);
	replaced = put_string(j, v);
	after_value(j);
	return replaced;
}

size_t kd_json_strz(struct kd_json *j, const char *s)
{
	if (s)
		return kd_json_str(j, kd_view_of(s));
	kd_json_null(j);
	return 0;
}

void kd_json_u64(struct kd_json *j, uint64_t x)
{
	char s[24];
	int n = snprintf(s, sizeof(s), "%" PRIu64, x);

	put_value(j, kd_view(s, (size_t)n));
}

void kd_json_i64(struct kd_json *j, int64_t x)
{
	char s[24];
	int n = snprintf(s, sizeof(s), "%" PRId64, x);

	put_value(j, kd_view(s, (size_t)n));
}

void kd_json_hex64(struct kd_json *j, uint64_t x)
{
	char s[24];
	int n = snprintf(s, sizeof(s), "\"0x%" PRIx64 "\"", x);

	put_value(j, kd_view(s, (size_t)n));
}

static void put_double(struct kd_json *j, double x, int digits)
{
	char s[40];
	int n;

	if (!isfinite(x)) {
		kd_json_null(j);
		return;
	}
	n = snprintf(s, sizeof(s), "%.*g", digits, x);
	for (char *p = s; *p; p++)
		if (*p == ',') /* the decimal point of a locale */
			*p = '.';
	put_value(j, kd_view(s, (size_t)n));
}

void kd_json_double(struct kd_json *j, double x)
{
	put_double(j, x, 6);
}

void kd_json_double_exact(struct kd_json *j, double x)
{
	put_double(j, x, 17);
}

void kd_json_bool(struct kd_json *j, bool x)
{
	put_value(j, x ? KD_V("true") : KD_V("false"));
}

void kd_json_null(struct kd_json *j)
{
	put_value(j, KD_V("null"));
}

size_t kd_json_kv_str(struct kd_json *j, const char *key, struct kd_view v)
{
	kd_json_key(j, key);
	return kd_json_str(j, v);
}

size_t kd_json_kv_strz(struct kd_json *j, const char *key, const char *s)
{
	kd_json_key(j, key);
	return kd_json_strz(j, s);
}

void kd_json_kv_u64(struct kd_json *j, const char *key, uint64_t x)
{
	kd_json_key(j, key);
	kd_json_u64(j, x);
}

void kd_json_kv_i64(struct kd_json *j, const char *key, int64_t x)
{
	kd_json_key(j, key);
	kd_json_i64(j, x);
}

void kd_json_kv_hex(struct kd_json *j, const char *key, uint64_t x)
{
	kd_json_key(j, key);
	kd_json_hex64(j, x);
}

void kd_json_kv_bool(struct kd_json *j, const char *key, bool x)
{
	kd_json_key(j, key);
	kd_json_bool(j, x);
}

struct kd_error *kd_json_finish(struct kd_json *j)
{
	bool flushing = j->flush;

	assert(!j->depth && j->done && "an unfinished document");
	if (j->style == KD_JSON_PRETTY)
		put(j, KD_V("\n"));
	flush(j);
	kd_buf_deinit(&j->own);
	if (!j->failed)
		return NULL;
	return flushing ? kd_error_new(KD_IO, "the JSON output could not be written")
			: kd_error_new(KD_LIMIT, "the JSON output is longer than allowed");
}
