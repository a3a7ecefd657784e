// SPDX-License-Identifier: GPL-2.0-or-later
/* Any bytes as the read-only data of a kernel image: symbols in ascending order with names, or none. */
#include <stdlib.h>

#include "base/alloc.h"
#include "symbol/kallsyms_image.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	kd_auto(kd_arena_deinit) struct kd_arena arena = KD_ARENA_INIT(64 << 20);
	struct kd_image_symbol *v;
	size_t n = 0;

	if (!kd_image_symbols_in(kd_view((const char *)data, size), 0xffffffff81000000ull, 0xffffffff82000000ull, &arena, &v, &n))
		return 0;
	for (size_t i = 0; i < n; i++)
		if (!v[i].name.n || (i && v[i].addr < v[i - 1].addr))
			abort();
	return 0;
}
