/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * alloc.h: the only place that talks to malloc, and the scope guards.
 *
 *	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(4096);   // freed at scope end
 *	char *s = kd_xmalloc(n);                                    // never NULL
 *
 * Sizes that come from an input are checked by the caller against a limit and
 * fail with KD_LIMIT; running out of memory for a small, checked size aborts.
 */
#ifndef KD_BASE_ALLOC_H
#define KD_BASE_ALLOC_H

#include <stddef.h>

/* Attribute: call fn(&variable) when the variable leaves its scope. */
#define kd_auto(fn) __attribute__((cleanup(fn)))

/* Move a pointer out of a guarded variable, which becomes NULL. */
#define kd_take(p)                                                                                 \
	({                                                                                         \
		__typeof__(p) kd_taken_ = (p);                                                     \
		(p) = NULL;                                                                        \
		kd_taken_;                                                                         \
	})

#define KD_ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

/* n bytes, uninitialised; aborts when there is no memory. n == 0 gives a valid pointer. */
void *kd_xmalloc(size_t n) __attribute__((malloc, returns_nonnull, alloc_size(1)));

/* n * size zeroed bytes; aborts on overflow and when there is no memory. */
void *kd_xcalloc(size_t n, size_t size) __attribute__((malloc, returns_nonnull));

/* Resize to n bytes; aborts when there is no memory. */
void *kd_xrealloc(void *p, size_t n) __attribute__((returns_nonnull, alloc_size(2)));

/* A NUL-terminated copy of n bytes at s. */
char *kd_xstrndup(const char *s, size_t n) __attribute__((malloc, returns_nonnull));

/* Formatted text, of any length. */
char *kd_xprintf(const char *fmt, ...) __attribute__((format(printf, 1, 2), malloc, returns_nonnull));

/* Free what the functions above gave; NULL is fine. */
void kd_free(void *p);

/* Guard for plain heap pointers: kd_auto(kd_freep) char *s = …; */
void kd_freep(void *pp);

#endif
