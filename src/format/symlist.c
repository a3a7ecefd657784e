// SPDX-License-Identifier: GPL-2.0-or-later
#include "format/symlist.h"

static bool address(struct kd_view *v, uint64_t *ret)
{
	size_t n = 0;

	while (n < v->n && n <= 16 && kd_is_xdigit(v->p[n]))
		n++;
	if ((n != 8 && n != 16) || !kd_view_hex(kd_view_head(*v, n), ret))
		return false;
	*v = kd_view_from(*v, n);
	return true;
}

/* Names have no blanks and no control characters; Rust's and C++'s have letters, digits, "_", ".", "$". */
static bool name(struct kd_view *v, struct kd_view *ret)
{
	size_t n = 0;

	while (n < v->n && (unsigned char)v->p[n] > ' ' && v->p[n] != 0x7f)
		n++;
	if (!n || n > KD_SYMLIST_NAME_MAX)
		return false;
	*ret = kd_view_head(*v, n);
	*v = kd_view_from(*v, n);
	return true;
}

/* "  [foo]"; nothing is fine, anything else is not. */
static bool module(struct kd_view v, struct kd_view *ret)
{
	v = kd_view_trim(v);
	*ret = KD_VNULL;
	if (!v.n)
		return true;
	if (v.n < 3 || v.p[0] != '[' || v.p[v.n - 1] != ']')
		return false;
	*ret = kd_view(v.p + 1, v.n - 2);
	for (size_t i = 0; i < ret->n; i++)
		if (!kd_is_word(ret->p[i]) && ret->p[i] != '-' && ret->p[i] != '.' && ret->p[i] != ':')
			return false;
	return true;
}

static bool front(struct kd_view *v, struct kd_symlist_line *l)
{
	if (!address(v, &l->addr) || v->n < 4 || v->p[0] != ' ' || v->p[2] != ' ' ||
	    !(kd_is_alpha(v->p[1]) || v->p[1] == '?'))
		return false;
	l->type = v->p[1];
	*v = kd_view_from(*v, 3);
	return true;
}

bool kd_symlist_line(struct kd_view line, struct kd_symlist_line *ret)
{
	struct kd_symlist_line l = {.addr = 0};

	if (line.n && line.p[line.n - 1] == '\r')
		line.n--;
	if (!front(&line, &l) || !name(&line, &l.name) || !module(line, &l.module))
		return false;
	*ret = l;
	return true;
}

bool kd_symlist_probe(struct kd_view head)
{
	struct kd_symlist_line l;

	return front(&head, &l) && name(&head, &l.name);
}

bool kd_symlist_stub(struct kd_view text)
{
	return text.n < 4096 && kd_view_has(text, KD_V("The real System.map is in the"));
}
