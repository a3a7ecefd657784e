/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * arena.h: memory of one result. Everything in it is freed at once.
 *
 *	struct kd_arena a = KD_ARENA_INIT(16 << 20);     // may grow to 16 MiB
 *	struct kd_frame *f = kd_arena_new(&a, struct kd_frame);
 *	if (!f) …                                        // the limit was reached
 *	kd_arena_deinit(&a);
 *
 * In builds with KD_ARENA_DEBUG each piece is a malloc of its own, so that
 * AddressSanitizer sees one byte too far.
 */
#ifndef KD_BASE_ARENA_H
#define KD_BASE_ARENA_H

#include <stdarg.h>
#include <stddef.h>

#include "base/view.h"

struct kd_arena_block;

struct kd_arena {
	struct kd_arena_block *head;
	size_t used;  /* bytes given out since init or reset */
	size_t limit; /* allocations fail beyond it */
};

#define KD_ARENA_INIT(max) ((struct kd_arena){.limit = (max)})

/* n zeroed bytes, aligned for any type; NULL when the limit would be passed. */
void *kd_arena_alloc(struct kd_arena *a, size_t n);

/* The same, and the bytes are as they are: for what is filled at once. */
void *kd_arena_raw(struct kd_arena *a, size_t n);

#define kd_arena_new(a, type) ((type *)kd_arena_alloc((a), sizeof(type)))

/* n elements; NULL on overflow and at the limit. */
#define kd_arena_array(a, n, type) ((type *)kd_arena_calloc((a), (n), sizeof(type)))
void *kd_arena_calloc(struct kd_arena *a, size_t n, size_t size);

/* Copy of the bytes of v, with a NUL behind it; absent (NULL) at the limit. */
struct kd_view kd_arena_view(struct kd_arena *a, struct kd_view v);

/* printf into the arena; absent (NULL) at the limit. */
struct kd_view kd_arena_printf(struct kd_arena *a, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
struct kd_view kd_arena_vprintf(struct kd_arena *a, const char *fmt, va_list ap)
	__attribute__((format(printf, 2, 0)));

/* Forget everything, keep one block for the next use. */
void kd_arena_reset(struct kd_arena *a);

/* Free everything. */
void kd_arena_deinit(struct kd_arena *a);

/* Bytes that it takes from the system: at least what was asked of it. */
size_t kd_arena_footprint(const struct kd_arena *a);

#endif
