// SPDX-License-Identifier: GPL-2.0-or-later
#define _GNU_SOURCE
#include "base/view.h"

#include <string.h>

size_t kd_view_find(struct kd_view v, struct kd_view what)
{
	const char *q;

	if (!what.n)
		return 0;
	if (v.n < what.n)
		return KD_NPOS;
	q = memmem(v.p, v.n, what.p, what.n);
	return q ? (size_t)(q - v.p) : KD_NPOS;
}

size_t kd_view_rchr(struct kd_view v, char c)
{
	const char *q = v.n ? memrchr(v.p, c, v.n) : NULL;

	return q ? (size_t)(q - v.p) : KD_NPOS;
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

bool kd_view_istarts(struct kd_view v, struct kd_view prefix)
{
	if (v.n < prefix.n)
		return false;
	for (size_t i = 0; i < prefix.n; i++)
		if (lower(v.p[i]) != lower(prefix.p[i]))
			return false;
	return true;
}

bool kd_view_ieq(struct kd_view a, struct kd_view b)
{
	return a.n == b.n && kd_view_istarts(a, b);
}

static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

struct kd_view kd_view_trim(struct kd_view v)
{
	while (v.n && is_space(v.p[v.n - 1]))
		v.n--;
	while (v.n && is_space(*v.p))
		v = kd_view_from(v, 1);
	return v;
}

void kd_view_skip_blank(struct kd_view *v)
{
	while (v->n && kd_is_blank(*v->p))
		*v = kd_view_from(*v, 1);
}

bool kd_view_take_dec(struct kd_view *v, uint64_t *ret)
{
	uint64_t x = 0;
	size_t i = 0;

	for (; i < v->n && kd_is_digit(v->p[i]); i++)
		if (__builtin_mul_overflow(x, 10, &x) ||
		    __builtin_add_overflow(x, (uint64_t)(v->p[i] - '0'), &x))
			return false;
	if (!i)
		return false;
	*v = kd_view_from(*v, i);
	*ret = x;
	return true;
}

bool kd_view_take_int(struct kd_view *v, int64_t *ret)
{
	struct kd_view w = *v;
	bool neg = kd_view_skip(&w, KD_V("-"));
	uint64_t u;

	if (!kd_view_take_dec(&w, &u) || u > (uint64_t)INT64_MAX)
		return false;
	*v = w;
	*ret = neg ? -(int64_t)u : (int64_t)u;
	return true;
}

static unsigned hexval(char c)
{
	return kd_is_digit(c) ? (unsigned)(c - '0') : (unsigned)((c | 0x20) - 'a') + 10;
}

bool kd_view_take_hex(struct kd_view *v, uint64_t *ret)
{
	struct kd_view w = *v;
	uint64_t x = 0;
	size_t i = 0;

	if (w.n > 2 && w.p[0] == '0' && (w.p[1] | 0x20) == 'x' && kd_is_xdigit(w.p[2]))
		w = kd_view_from(w, 2);
	for (; i < w.n && kd_is_xdigit(w.p[i]); i++) {
		if (i >= 16)
			return false;
		x = x << 4 | hexval(w.p[i]);
	}
	if (!i)
		return false;
	*v = kd_view_from(w, i);
	*ret = x;
	return true;
}

bool kd_view_dec(struct kd_view v, uint64_t *ret)
{
	uint64_t x;

	if (!kd_view_take_dec(&v, &x) || v.n)
		return false;
	*ret = x;
	return true;
}

bool kd_view_hex(struct kd_view v, uint64_t *ret)
{
	uint64_t x;

	if (!kd_view_take_hex(&v, &x) || v.n)
		return false;
	*ret = x;
	return true;
}

bool kd_view_take_word(struct kd_view *v, struct kd_view *ret)
{
	struct kd_view w = *v;
	size_t i = 0;

	kd_view_skip_blank(&w);
	while (i < w.n && !is_space(w.p[i]))
		i++;
	if (!i)
		return false;
	*ret = kd_view_head(w, i);
	*v = kd_view_from(w, i);
	return true;
}

bool kd_view_take_until(struct kd_view *v, struct kd_view sep, struct kd_view *ret)
{
	size_t i = kd_view_find(*v, sep);

	if (i == KD_NPOS)
		return false;
	*ret = kd_view_head(*v, i);
	*v = kd_view_from(*v, i + sep.n);
	return true;
}

int kd_view_cmp(struct kd_view a, struct kd_view b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int c = n ? memcmp(a.p, b.p, n) : 0;

	if (c)
		return c;
	return a.n < b.n ? -1 : a.n > b.n;
}
