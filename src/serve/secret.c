// SPDX-License-Identifier: GPL-2.0-or-later
#include "serve/secret.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/random.h>

void kd_secret(void *ret, size_t n)
{
	if (getrandom(ret, n, 0) != (ssize_t)n)
		abort();
}

bool kd_equal_slowly(const void *a, const void *b, size_t n)
{
	const volatile uint8_t *p = a, *q = b;
	unsigned differ = 0;

	for (size_t i = 0; i < n; i++)
		differ |= (unsigned)(p[i] ^ q[i]);
	return !differ;
}
