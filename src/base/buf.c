// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/buf.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"

char *kd_buf_reserve(struct kd_buf *b, size_t n)
{
	size_t need, cap;

	if (n > b->max || b->n > b->max - n) {
		b->overflow = true;
		return NULL;
	}
	need = b->n + n;
	if (!b->p || need >= b->cap) {
		cap = b->cap ? b->cap : 256;
		while (cap <= need)
			cap *= 2;
		b->p = kd_xrealloc(b->p, cap);
		b->cap = cap;
	}
	return b->p + b->n;
}

bool kd_buf_add(struct kd_buf *b, struct kd_view v)
{
	char *p = kd_buf_reserve(b, v.n);

	if (!p)
		return false;
	if (v.n)
		memcpy(p, v.p, v.n);
	b->n += v.n;
	b->p[b->n] = '\0';
	return true;
}

bool kd_buf_addc(struct kd_buf *b, char c)
{
	return kd_buf_add(b, kd_view(&c, 1));
}

bool kd_buf_vprintf(struct kd_buf *b, const char *fmt, va_list ap)
{
	va_list again;
	int n;
	char *p;

	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	if (n < 0)
		return false;
	p = kd_buf_reserve(b, (size_t)n + 1);
	if (!p)
		return false;
	vsnprintf(p, (size_t)n + 1, fmt, ap);
	b->n += (size_t)n;
	return true;
}

bool kd_buf_add_le32(struct kd_buf *b, uint32_t v)
{
	const char raw[4] = {(char)v, (char)(v >> 8), (char)(v >> 16), (char)(v >> 24)};

	return kd_buf_add(b, kd_view(raw, sizeof(raw)));
}

bool kd_buf_printf(struct kd_buf *b, const char *fmt, ...)
{
	va_list ap;
	bool ok;

	va_start(ap, fmt);
	ok = kd_buf_vprintf(b, fmt, ap);
	va_end(ap);
	return ok;
}

void kd_buf_drop(struct kd_buf *b, size_t n)
{
	if (n >= b->n) {
		b->n = 0;
		return;
	}
	memmove(b->p, b->p + n, b->n - n);
	b->n -= n;
}

void kd_buf_deinit(struct kd_buf *b)
{
	kd_free(b->p);
	b->p = NULL;
	b->n = b->cap = 0;
	b->overflow = false;
}
