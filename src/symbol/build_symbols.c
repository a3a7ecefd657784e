// SPDX-License-Identifier: GPL-2.0-or-later
#include "symbol/build_symbols.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "symbol/kdx_format.h"

static int by_address(const void *a, const void *b)
{
	const struct kd_symbol_row *x = a, *y = b;

	if (x->addr != y->addr)
		return x->addr < y->addr ? -1 : 1;
	return x->order < y->order ? -1 : x->order > y->order;
}

struct named {
	const char *name;
	uint32_t sym;
};

static int by_name(const void *a, const void *b)
{
	const struct named *x = a, *y = b;
	int c = strcmp(x->name, y->name);

	return c ? c : x->sym < y->sym ? -1 : x->sym > y->sym;
}

void kd_build_symbol_rows(struct kd_symbol_row *v, size_t n, const char *texts, struct kd_buf *addr, struct kd_buf *syms,
			  struct kd_buf *names)
{
	struct named *by = kd_xcalloc(n + 1, sizeof(*by));
	uint8_t raw[8];

	if (n)
		qsort(v, n, sizeof(*v), by_address);
	for (size_t i = 0; i < n; i++) {
		kd_put_le64(raw, v[i].addr);
		kd_buf_add(addr, kd_view((char *)raw, 8));
		kd_buf_add_le32(syms, v[i].size);
		kd_buf_add_le32(syms, v[i].name);
		kd_buf_add_le32(syms, v[i].type | (uint32_t)v[i].bind << 8 | (uint32_t)v[i].flags << 16);
		by[i] = (struct named){texts + v[i].name, (uint32_t)i};
	}
	if (n)
		qsort(by, n, sizeof(*by), by_name);
	for (size_t i = 0; i < n; i++)
		kd_buf_add_le32(names, by[i].sym);
	kd_free(by);
}
