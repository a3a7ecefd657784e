/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vec.h: arrays that grow. The element type is the caller's own.
 *
 *	struct line_vec { struct kd_line *v; size_t n, cap; } lines = {0};
 *	struct kd_line *l = kd_vec_push(&lines, 65536);   // zeroed; NULL at 65536 elements
 *	kd_vec_free(&lines);
 *
 * kd_avec_* are the same with the memory in an arena (old copies stay in it).
 */
#ifndef KD_BASE_VEC_H
#define KD_BASE_VEC_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

/* Declare the three members of a vector of T. */
#define KD_VEC(T)                                                                                  \
	struct {                                                                                   \
		T *v;                                                                              \
		size_t n, cap;                                                                     \
	}

#define kd_vec_push(vec, max)                                                                      \
	((__typeof__((vec)->v))kd_vec_push_((void **)&(vec)->v, &(vec)->n, &(vec)->cap,            \
					    sizeof(*(vec)->v), (max)))
#define kd_vec_free(vec) kd_vec_free_((void **)&(vec)->v, &(vec)->n, &(vec)->cap)

#define kd_avec_push(arena, vec, max)                                                              \
	((__typeof__((vec)->v))kd_avec_push_((arena), (void **)&(vec)->v, &(vec)->n, &(vec)->cap,  \
					     sizeof(*(vec)->v), (max)))

/* Room for one more? Then the caller fills v[n++], all of it: nothing is zeroed first. */
#define kd_avec_room(arena, vec, max)                                                              \
	((vec)->n < (vec)->cap || kd_avec_grow_((arena), (void **)&(vec)->v, (vec)->n, &(vec)->cap, \
						sizeof(*(vec)->v), (max)))

#define kd_vec_each(it, vec)                                                                      \
	for (__typeof__((vec)->v + 0) it = (vec)->v; (vec)->n && it < (vec)->v + (vec)->n; it++)

/* The functions behind the macros. */
void *kd_vec_push_(void **v, size_t *n, size_t *cap, size_t size, size_t max);
void kd_vec_free_(void **v, size_t *n, size_t *cap);
bool kd_avec_grow_(struct kd_arena *a, void **v, size_t n, size_t *cap, size_t size, size_t max);
void *kd_avec_push_(struct kd_arena *a, void **v, size_t *n, size_t *cap, size_t size, size_t max);

#endif
