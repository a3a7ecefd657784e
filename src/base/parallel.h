/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * parallel.h: the same work on many things, on several threads.
 *
 *	static void one(void *user, unsigned worker, size_t i) { … }     // i < n, each once
 *	kd_parallel(kd_parallel_workers(0), n, one, &state);
 *
 * Things are handed out in order, to whoever is free; when it returns all are done. What one() writes
 * has to be its worker's or its thing's own. The first worker is the calling thread: with one worker,
 * or when no thread can be had, everything runs there.
 */
#ifndef KD_BASE_PARALLEL_H
#define KD_BASE_PARALLEL_H

#include <stddef.h>

#define KD_PARALLEL_MAX 64

/* wanted, or with 0 the processors that we may run on; 1 … KD_PARALLEL_MAX. */
unsigned kd_parallel_workers(unsigned wanted);

void kd_parallel(unsigned workers, size_t n, void (*one)(void *user, unsigned worker, size_t i),
		 void *user);

#endif
