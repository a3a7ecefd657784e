/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * patch_line.h: the ends of lines, for patch*.c. A line of code has about 35 bytes: a call of memchr() for each
 * would cost more than all else that is done with it.
 */
#ifndef KD_FORMAT_PATCH_LINE_H
#define KD_FORMAT_PATCH_LINE_H

#include <string.h>

#include "base/view.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* Behind the newline at or after p; end when there is none. */
static inline const char *kd_patch_eol(const char *p, const char *end)
{
#ifdef __SSE2__
	const __m128i nl = _mm_set1_epi8('\n');

	for (; end - p >= 16; p += 16) {
		const __m128i x = _mm_loadu_si128((const __m128i *)(const void *)p);
		const unsigned at = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(x, nl));

		if (at)
			return p + __builtin_ctz(at) + 1;
	}
#endif
	p = p < end ? memchr(p, '\n', (size_t)(end - p)) : NULL;
	return p ? p + 1 : end;
}

/* The first line behind the one of p that begins with c; end when there is none. */
static inline const char *kd_patch_line_with(const char *p, const char *end, char c)
{
#ifdef __SSE2__
	const __m128i nl = _mm_set1_epi8('\n'), first = _mm_set1_epi8(c);

	for (; end - p > 16; p += 16) {
		const __m128i x = _mm_loadu_si128((const __m128i *)(const void *)p);
		const __m128i y = _mm_loadu_si128((const __m128i *)(const void *)(p + 1));
		const unsigned at = (unsigned)_mm_movemask_epi8(
			_mm_and_si128(_mm_cmpeq_epi8(x, nl), _mm_cmpeq_epi8(y, first)));

		if (at)
			return p + __builtin_ctz(at) + 1;
	}
#endif
	for (; end - p > 1; p++)
		if (*p == '\n' && p[1] == c)
			return p + 1;
	return end;
}

/* The line at the front of rest with its newline; rest moves behind it. False at the end. */
static inline bool kd_patch_line(struct kd_view *rest, struct kd_view *ret)
{
	const char *end, *next;

	if (!rest->n)
		return false;
	end = rest->p + rest->n;
	next = kd_patch_eol(rest->p, end);
	*ret = kd_view(rest->p, (size_t)(next - rest->p));
	*rest = kd_view(next, (size_t)(end - next));
	return true;
}

/* Without "\n" or "\r\n" at its end. */
static inline struct kd_view kd_patch_chomp(struct kd_view line)
{
	if (line.n && line.p[line.n - 1] == '\n')
		line.n--;
	if (line.n && line.p[line.n - 1] == '\r')
		line.n--;
	return line;
}

#endif
