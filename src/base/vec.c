// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/vec.h"

#include <string.h>

#include "base/alloc.h"

static size_t next_cap(size_t cap, size_t max)
{
	cap = cap ? cap * 2 : 8;
	return cap > max ? max : cap;
}

static void *claim(void *v, size_t *n, size_t size)
{
	void *p = (char *)v + *n * size;

	memset(p, 0, size);
	(*n)++;
	return p;
}

void *kd_vec_push_(void **v, size_t *n, size_t *cap, size_t size, size_t max)
{
	if (*n >= max)
		return NULL;
	if (*n == *cap) {
		*cap = next_cap(*cap, max);
		*v = kd_xrealloc(*v, *cap * size);
	}
	return claim(*v, n, size);
}

void kd_vec_free_(void **v, size_t *n, size_t *cap)
{
	kd_free(*v);
	*v = NULL;
	*n = *cap = 0;
}

bool kd_avec_grow_(struct kd_arena *a, void **v, size_t n, size_t *cap, size_t size, size_t max)
{
	size_t bigger = next_cap(*cap, max), bytes;
	void *p = NULL;

	if (n >= max)
		return false;
	/* the elements are zeroed or filled when they are given out */
	if (!__builtin_mul_overflow(bigger, size, &bytes))
		p = kd_arena_raw(a, bytes);
	if (!p)
		return false;
	if (n)
		memcpy(p, *v, n * size);
	*v = p;
	*cap = bigger;
	return true;
}

void *kd_avec_push_(struct kd_arena *a, void **v, size_t *n, size_t *cap, size_t size, size_t max)
{
	if (*n >= max || (*n == *cap && !kd_avec_grow_(a, v, *n, cap, size, max)))
		return NULL;
	return claim(*v, n, size);
}
