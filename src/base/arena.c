// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"

enum { ALIGN = alignof(max_align_t), BLOCK = 32 << 10 };

struct kd_arena_block {
	struct kd_arena_block *next;
	size_t size, used;
	alignas(max_align_t) unsigned char data[];
};

static struct kd_arena_block *block_add(struct kd_arena *a, size_t size)
{
	struct kd_arena_block *b = kd_xmalloc(sizeof(*b) + size);

	b->next = a->head;
	b->size = size;
	b->used = 0;
	a->head = b;
	return b;
}

static size_t block_size_for(size_t n)
{
#ifdef KD_ARENA_DEBUG
	return n;
#else
	return n > BLOCK ? n : BLOCK;
#endif
}

static inline void *raw(struct kd_arena *a, size_t n)
{
	struct kd_arena_block *b = a->head;
	size_t want = n;
	void *p;

#ifndef KD_ARENA_DEBUG
	if (n > SIZE_MAX - ALIGN)
		return NULL;
	want = (n + ALIGN - 1) & ~(size_t)(ALIGN - 1);
#endif
	if (want > a->limit || a->used > a->limit - want)
		return NULL;
	if (!b || b->size - b->used < want)
		b = block_add(a, block_size_for(want));
	p = b->data + b->used;
	b->used += want;
	a->used += want;
	return p;
}

void *kd_arena_raw(struct kd_arena *a, size_t n)
{
	return raw(a, n);
}

void *kd_arena_alloc(struct kd_arena *a, size_t n)
{
	void *p = raw(a, n);

	if (p)
		memset(p, 0, n);
	return p;
}

void *kd_arena_calloc(struct kd_arena *a, size_t n, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(n, size, &bytes))
		return NULL;
	return kd_arena_alloc(a, bytes);
}

struct kd_view kd_arena_view(struct kd_arena *a, struct kd_view v)
{
	char *p = v.n < SIZE_MAX ? raw(a, v.n + 1) : NULL;

	if (!p)
		return KD_VNULL;
	if (v.n)
		memcpy(p, v.p, v.n);
	p[v.n] = '\0';
	return kd_view(p, v.n);
}

struct kd_view kd_arena_vprintf(struct kd_arena *a, const char *fmt, va_list ap)
{
	char small[256]; /* most texts fit: formatted once */
	va_list again;
	struct kd_view v;
	char *p;
	int n;

	va_copy(again, ap);
	n = vsnprintf(small, sizeof(small), fmt, ap);
	if (n < 0) {
		v = KD_VNULL;
	} else if ((size_t)n < sizeof(small)) {
		v = kd_arena_view(a, kd_view(small, (size_t)n));
	} else {
		p = kd_arena_alloc(a, (size_t)n + 1);
		if (p)
			vsnprintf(p, (size_t)n + 1, fmt, again);
		v = p ? kd_view(p, (size_t)n) : KD_VNULL;
	}
	va_end(again);
	return v;
}

struct kd_view kd_arena_printf(struct kd_arena *a, const char *fmt, ...)
{
	struct kd_view v;
	va_list ap;

	va_start(ap, fmt);
	v = kd_arena_vprintf(a, fmt, ap);
	va_end(ap);
	return v;
}

static void free_chain(struct kd_arena_block *b)
{
	while (b) {
		struct kd_arena_block *next = b->next;

		kd_free(b);
		b = next;
	}
}

void kd_arena_reset(struct kd_arena *a)
{
	struct kd_arena_block *keep = NULL;

#ifndef KD_ARENA_DEBUG
	if (a->head && a->head->size == BLOCK) {
		keep = a->head;
		a->head = keep->next;
		keep->next = NULL;
		keep->used = 0;
	}
#endif
	free_chain(a->head);
	a->head = keep;
	a->used = 0;
}

void kd_arena_deinit(struct kd_arena *a)
{
	free_chain(a->head);
	a->head = NULL;
	a->used = 0;
}

size_t kd_arena_footprint(const struct kd_arena *a)
{
	size_t n = 0;

	for (const struct kd_arena_block *b = a->head; b; b = b->next)
		n += sizeof(*b) + b->size;
	return n;
}
