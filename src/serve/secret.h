/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * secret.h: bytes that nobody can guess, and comparing with them without telling how far one was right.
 *
 *	uint8_t key[32];
 *	kd_secret(key, sizeof(key));
 *	if (kd_equal_slowly(given, key, sizeof(key))) …
 */
#ifndef KD_SERVE_SECRET_H
#define KD_SERVE_SECRET_H

#include <stdbool.h>
#include <stddef.h>

/* Random bytes of the system (getrandom(2)), 256 at most: so few come whole, once its pool was filled. Ends the program when there are none. */
void kd_secret(void *ret, size_t n);

/* Equal? In a time that depends on the lengths alone. */
bool kd_equal_slowly(const void *a, const void *b, size_t n);

#endif
