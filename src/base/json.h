/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * json.h: streaming JSON writer.
 *
 *	struct kd_json j;
 *	kd_json_init(&j, &buf, KD_JSON_PRETTY);
 *	kd_json_begin_object(&j);
 *	kd_json_key(&j, "schema");
 *	kd_json_str(&j, KD_V("kdoc.explain/1"));
 *	kd_json_kv_hex(&j, "address", addr);           // "0x10"
 *	kd_json_end_object(&j);
 *	err = kd_json_finish(&j);                      // did everything fit?
 *
 * Errors of the output (a full buffer, a flush that failed) are remembered and
 * told by kd_json_finish(); misuse (a value without key, an unfinished object)
 * is a defect of kdoc and asserted. The nesting is bounded by KD_JSON_DEPTH,
 * which the program's structure, never an input, decides.
 */
#ifndef KD_BASE_JSON_H
#define KD_BASE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/view.h"

#define KD_JSON_DEPTH 64

enum kd_json_style { KD_JSON_COMPACT, KD_JSON_PRETTY };

struct kd_json {
	struct kd_buf *out;
	struct kd_buf own; /* used with a flush callback */
	bool (*flush)(void *user, struct kd_view bytes);
	void *user;
	enum kd_json_style style;
	unsigned depth;
	bool failed, have_key, done;
	struct {
		bool object, any;
	} stack[KD_JSON_DEPTH];
};

/* Write into out (whose maximum bounds the document). */
void kd_json_init(struct kd_json *j, struct kd_buf *out, enum kd_json_style style);

/* Write in pieces through flush(), which returns false when it cannot go on. */
void kd_json_init_flush(struct kd_json *j, bool (*flush)(void *user, struct kd_view bytes),
			void *user, enum kd_json_style style);

/* End the document (pretty: with a newline). KD_LIMIT or KD_IO when output was lost. */
KD_MUST_CHECK struct kd_error *kd_json_finish(struct kd_json *j);

void kd_json_begin_object(struct kd_json *j);
void kd_json_end_object(struct kd_json *j);
void kd_json_begin_array(struct kd_json *j);
void kd_json_end_array(struct kd_json *j);
void kd_json_key(struct kd_json *j, const char *key);
void kd_json_key_view(struct kd_json *j, struct kd_view key);

/* A string; what is not UTF-8 becomes U+FFFD. Returns how many replacements. */
size_t kd_json_str(struct kd_json *j, struct kd_view v);
size_t kd_json_strz(struct kd_json *j, const char *s); /* NULL: null */
void kd_json_u64(struct kd_json *j, uint64_t x);
void kd_json_i64(struct kd_json *j, int64_t x);
void kd_json_hex64(struct kd_json *j, uint64_t x); /* the string "0x…" */
void kd_json_double(struct kd_json *j, double x); /* 6 digits; null if not finite */
void kd_json_double_exact(struct kd_json *j, double x); /* 17 digits: what was read is written again */
void kd_json_bool(struct kd_json *j, bool x);
void kd_json_null(struct kd_json *j);

/* Key and value in one. */
size_t kd_json_kv_str(struct kd_json *j, const char *key, struct kd_view v);
size_t kd_json_kv_strz(struct kd_json *j, const char *key, const char *s);
void kd_json_kv_u64(struct kd_json *j, const char *key, uint64_t x);
void kd_json_kv_i64(struct kd_json *j, const char *key, int64_t x);
void kd_json_kv_hex(struct kd_json *j, const char *key, uint64_t x);
void kd_json_kv_bool(struct kd_json *j, const char *key, bool x);

#endif
