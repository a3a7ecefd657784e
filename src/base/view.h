/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * view.h: borrowed text, pointer and length. Never NUL-terminated, never owned.
 *
 *	struct kd_view v = KD_V("RIP: 0010:foo+0x1/0x2");
 *	uint64_t off;
 *	if (kd_view_skip(&v, KD_V("RIP: ")) && kd_view_take_hex(&v, &off)) …
 *
 * The take_* functions move the front of the view past what they took, and
 * leave it alone when they return false.
 */
#ifndef KD_BASE_VIEW_H
#define KD_BASE_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct kd_view {
	const char *p; /* NULL only when n == 0: "absent" */
	size_t n;
};

#define KD_V(lit) ((struct kd_view){"" lit, sizeof(lit) - 1})
#define KD_VNULL ((struct kd_view){NULL, 0})

/* For printf("%.*s", KD_VARG(v)). */
#define KD_VARG(v) (int)(v).n, (v).p ? (v).p : ""

static inline struct kd_view kd_view(const char *p, size_t n)
{
	return (struct kd_view){p, n};
}

/* Character classes of ASCII only, independent of the locale. */
static inline bool kd_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline bool kd_is_alpha(char c)
{
	return (unsigned)((c | 0x20) - 'a') < 26;
}

static inline bool kd_is_alnum(char c)
{
	return kd_is_digit(c) || kd_is_alpha(c);
}

static inline bool kd_is_xdigit(char c)
{
	return kd_is_digit(c) || (unsigned)((c | 0x20) - 'a') < 6;
}

/* A character of a C identifier. */
static inline bool kd_is_word(char c)
{
	return kd_is_alnum(c) || c == '_';
}

static inline bool kd_is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static inline bool kd_is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Of a NUL-terminated string of our own (a literal, an argv member). */
static inline struct kd_view kd_view_of(const char *s)
{
	return (struct kd_view){s, s ? strlen(s) : 0};
}

static inline bool kd_view_eq(struct kd_view a, struct kd_view b)
{
	return a.n == b.n && (!a.n || (*a.p == *b.p && !memcmp(a.p, b.p, a.n)));
}

static inline bool kd_view_starts(struct kd_view v, struct kd_view prefix)
{
	/* most differ in the first byte or, in tables by the first byte, the last: no call for these */
	return v.n >= prefix.n &&
	       (!prefix.n || (*v.p == *prefix.p && v.p[prefix.n - 1] == prefix.p[prefix.n - 1] &&
			      !memcmp(v.p, prefix.p, prefix.n)));
}

static inline bool kd_view_ends(struct kd_view v, struct kd_view suffix)
{
	return v.n >= suffix.n &&
	       (!suffix.n || !memcmp(v.p + v.n - suffix.n, suffix.p, suffix.n));
}

/* The part from byte i on; empty when i is past the end. */
static inline struct kd_view kd_view_from(struct kd_view v, size_t i)
{
	if (i > v.n)
		i = v.n;
	return i ? kd_view(v.p + i, v.n - i) : v; /* i > 0 implies p != NULL */
}

/* The first n bytes, or all when there are fewer. */
static inline struct kd_view kd_view_head(struct kd_view v, size_t n)
{
	return kd_view(v.p, n < v.n ? n : v.n);
}

#define KD_NPOS ((size_t)-1)

/* Index of the first c, or KD_NPOS. */
static inline size_t kd_view_chr(struct kd_view v, char c)
{
	const char *q = v.n ? memchr(v.p, c, v.n) : NULL;

	return q ? (size_t)(q - v.p) : KD_NPOS;
}

/* Index of the first occurrence of what, or KD_NPOS. An empty what is found at 0. */
size_t kd_view_find(struct kd_view v, struct kd_view what);

/* Index of the last c, or KD_NPOS. */
size_t kd_view_rchr(struct kd_view v, char c);

static inline bool kd_view_has(struct kd_view v, struct kd_view what)
{
	return kd_view_find(v, what) != KD_NPOS;
}

/* Like kd_view_eq() and kd_view_starts(), ASCII letters of either case. */
bool kd_view_ieq(struct kd_view a, struct kd_view b);
bool kd_view_istarts(struct kd_view v, struct kd_view prefix);

/* Without white space (space, tab, CR, LF, VT, FF) at both ends. */
static inline struct kd_view kd_view_trim(struct kd_view v)
{
	while (v.n && kd_is_space(v.p[v.n - 1]))
		v.n--;
	while (v.n && kd_is_space(*v.p))
		v = kd_view(v.p + 1, v.n - 1);
	return v;
}

/* If v starts with prefix, move past it. */
static inline bool kd_view_skip(struct kd_view *v, struct kd_view prefix)
{
	if (!kd_view_starts(*v, prefix))
		return false;
	*v = kd_view_from(*v, prefix.n);
	return true;
}

/* Move past spaces and tabs. */
static inline void kd_view_skip_blank(struct kd_view *v)
{
	while (v->n && kd_is_blank(*v->p))
		*v = kd_view(v->p + 1, v->n - 1);
}

/*
 * Numbers, checked for overflow. take_hex() accepts an optional 0x; it needs at
 * least one digit and at most 16. take_int() accepts a leading minus.
 */
bool kd_view_take_dec(struct kd_view *v, uint64_t *ret);
bool kd_view_take_int(struct kd_view *v, int64_t *ret);
bool kd_view_take_hex(struct kd_view *v, uint64_t *ret);

/* The whole view is one number. */
bool kd_view_dec(struct kd_view v, uint64_t *ret);
bool kd_view_hex(struct kd_view v, uint64_t *ret);

/* Everything up to the next blank, moving past it; false at the end of the view. */
bool kd_view_take_word(struct kd_view *v, struct kd_view *ret);

/* Everything before the first `sep`, moving past sep; false (untouched) without one. */
bool kd_view_take_until(struct kd_view *v, struct kd_view sep, struct kd_view *ret);

/* Everything before the first `sep`, moving past sep, or without one all that is left; false at the end of the view. */
bool kd_view_take_part(struct kd_view *v, struct kd_view sep, struct kd_view *ret);

/* Three-way byte comparison, for sorting. */
int kd_view_cmp(struct kd_view a, struct kd_view b);

#endif
