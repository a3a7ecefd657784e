// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/alloc.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

static void out_of_memory(size_t n)
{
	struct rlimit r;

	fprintf(stderr, "kdoc: out of memory (%zu bytes asked for)\n", n);
	if (!getrlimit(RLIMIT_AS, &r) && r.rlim_cur != RLIM_INFINITY)
		fprintf(stderr, "kdoc: this process may have %ju MiB (ulimit -v, or core.memory for a dump)\n",
			(uintmax_t)r.rlim_cur >> 20);
	abort();
}

void *kd_xmalloc(size_t n)
{
	void *p = malloc(n ? n : 1);

	if (!p)
		out_of_memory(n);
	return p;
}

void *kd_xcalloc(size_t n, size_t size)
{
	void *p = calloc(n ? n : 1, size ? size : 1);

	if (!p)
		out_of_memory(n * size);
	return p;
}

void *kd_xrealloc(void *p, size_t n)
{
	p = realloc(p, n ? n : 1);
	if (!p)
		out_of_memory(n);
	return p;
}

char *kd_xprintf(const char *fmt, ...)
{
	va_list ap;
	char *s;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	s = kd_xmalloc(n < 0 ? 1 : (size_t)n + 1);
	*s = '\0';
	va_start(ap, fmt);
	if (n > 0)
		vsnprintf(s, (size_t)n + 1, fmt, ap);
	va_end(ap);
	return s;
}

char *kd_xstrndup(const char *s, size_t n)
{
	char *d = kd_xmalloc(n + 1);

	memcpy(d, s, n);
	d[n] = '\0';
	return d;
}

void kd_free(void *p)
{
	free(p);
}

void kd_freep(void *pp)
{
	free(*(void **)pp);
	*(void **)pp = NULL;
}
