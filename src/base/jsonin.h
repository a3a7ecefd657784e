/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * jsonin.h: read JSON into a tree.
 *
 *	kd_auto(kd_jsonin_freep) struct kd_jsonin *doc = NULL;
 *	struct kd_error *err = kd_jsonin_parse(text, NULL, &doc);
 *	struct kd_view title;
 *	if (!err && kd_jsonin_str(kd_jsonin_get(kd_jsonin_root(doc), "title"), &title)) …
 *
 * Accessors take any value, also an absent one, and say false or give an absent
 * value when the type does not fit: a chain of lookups needs one check at its
 * end. Views are borrowed from the document.
 */
#ifndef KD_BASE_JSONIN_H
#define KD_BASE_JSONIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/view.h"

struct kd_jsonin;

/* A value inside a document; borrowed. node == NULL: absent. */
struct kd_jval {
	void *node;
};

enum kd_jtype {
	KD_JABSENT,
	KD_JNULL,
	KD_JBOOL,
	KD_JINT,
	KD_JREAL,
	KD_JSTR,
	KD_JARRAY,
	KD_JOBJECT,
};

/* Zero members mean the defaults. */
struct kd_jsonin_opts {
	size_t max_bytes; /* 64 MiB */
	unsigned max_depth; /* 64 */
	size_t max_values; /* 2 million; each costs memory, also in "[0,0,0…" */
	bool unique; /* a name that an object has twice is an error; else the last one counts */
};

/*
 * Parse one JSON text (any value). KD_BADDATA with line, column and offset;
 * KD_LIMIT when opts (may be NULL) forbid it.
 */
KD_MUST_CHECK struct kd_error *
kd_jsonin_parse(struct kd_view text, const struct kd_jsonin_opts *opts, struct kd_jsonin **ret);

void kd_jsonin_free(struct kd_jsonin *doc); /* NULL is fine */
void kd_jsonin_freep(struct kd_jsonin **doc);

struct kd_jval kd_jsonin_root(const struct kd_jsonin *doc);
enum kd_jtype kd_jsonin_type(struct kd_jval v);

/* Member of an object; absent when there is none. */
struct kd_jval kd_jsonin_get(struct kd_jval v, const char *key);

bool kd_jsonin_str(struct kd_jval v, struct kd_view *ret);
bool kd_jsonin_bool(struct kd_jval v, bool *ret);
bool kd_jsonin_i64(struct kd_jval v, int64_t *ret);
/* A non-negative number, or a string "0x…" (how kdoc writes 64-bit values). */
bool kd_jsonin_u64(struct kd_jval v, uint64_t *ret);
bool kd_jsonin_double(struct kd_jval v, double *ret); /* an integer is fine too */

/* A member of an object: KD_VNULL, 0, false where it is absent or of another type. */
struct kd_view kd_jsonin_member_str(struct kd_jval v, const char *key);
int64_t kd_jsonin_member_i64(struct kd_jval v, const char *key);
bool kd_jsonin_member_bool(struct kd_jval v, const char *key);

/* Elements of an array: for (i = 0; i < kd_jsonin_len(a); i++) … kd_jsonin_at(a, i). */
size_t kd_jsonin_len(struct kd_jval v); /* of arrays and objects; else 0 */
struct kd_jval kd_jsonin_at(struct kd_jval v, size_t i);

/*
 * Members of an object in their order:
 *	for (void *it = NULL; kd_jsonin_next(obj, &it, &key, &val);) …
 */
bool kd_jsonin_next(struct kd_jval v, void **it, struct kd_view *key, struct kd_jval *val);

#endif
