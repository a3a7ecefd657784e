/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * buf.h: bytes that grow, up to a maximum that has to be named.
 *
 *	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(64 << 10);
 *	kd_buf_printf(&b, "%u reports\n", n);
 *	kd_buf_add(&b, KD_V("done\n"));
 *	if (b.overflow) …             // something did not fit; what fitted is there
 */
#ifndef KD_BASE_BUF_H
#define KD_BASE_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/view.h"

struct kd_buf {
	char *p; /* NUL behind the n bytes once anything was added */
	size_t n, cap, max;
	bool overflow; /* an addition was cut or refused because of max */
};

#define KD_BUF_INIT(maximum) ((struct kd_buf){.max = (maximum)})

/* Add bytes; false when they did not fit (nothing is added then). */
bool kd_buf_add(struct kd_buf *b, struct kd_view v);
bool kd_buf_addc(struct kd_buf *b, char c);
/* Four bytes, the low one first. */
bool kd_buf_add_le32(struct kd_buf *b, uint32_t v);
bool kd_buf_printf(struct kd_buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
bool kd_buf_vprintf(struct kd_buf *b, const char *fmt, va_list ap)
	__attribute__((format(printf, 2, 0)));

/* Room for n more bytes at b->p + b->n; NULL when that passes the maximum. */
char *kd_buf_reserve(struct kd_buf *b, size_t n);

static inline struct kd_view kd_buf_view(const struct kd_buf *b)
{
	return kd_view(b->p, b->n);
}

/* Drop the first n bytes (all, when there are fewer). */
void kd_buf_drop(struct kd_buf *b, size_t n);

/* Empty it, keep the memory. */
static inline void kd_buf_clear(struct kd_buf *b)
{
	b->n = 0;
	b->overflow = false;
}

/* Free the memory; the maximum stays. */
void kd_buf_deinit(struct kd_buf *b);

#endif
