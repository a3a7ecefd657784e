// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A DWARF expression on a machine that the first byte describes: which registers, memory, frame, entry values are known.
 * It ends; without registers, memory, and the others a place that needs one of them is not given.
 */
#include <stdlib.h>

#include "symbol/dwarfexpr.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

enum { REGS = 1, MEMORY = 2, FRAME = 4, ENTRY = 8, ADDRESS = 16 };

static bool reg(void *user, unsigned r, uint64_t *ret)
{
	*ret = 0x1111111111111111u * r;
	return *(const uint8_t *)user & REGS && r != 3;
}

static bool entry(void *user, unsigned r, uint64_t *ret)
{
	*ret = r;
	return *(const uint8_t *)user & ENTRY;
}

static bool read_memory(void *user, uint64_t addr, unsigned size, uint64_t *ret)
{
	if (!size || size > 8)
		abort();
	*ret = addr * 3;
	return *(const uint8_t *)user & MEMORY;
}

static bool address(void *user, uint64_t file, uint64_t *ret)
{
	*ret = file + 1;
	return *(const uint8_t *)user & ADDRESS;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct kd_dx_env env = {.reg = reg, .entry = entry, .read = read_memory, .address = address, .cfa = 0x5000};
	uint8_t flags = n ? data[0] : 0;
	struct kd_dx_place p;
	enum kd_dx_why why;

	env.user = &flags;
	env.has_cfa = flags & FRAME;
	why = kd_dx_eval(&env, n ? kd_view((const char *)data + 1, n - 1) : KD_VNULL, &p);
	if (why != p.why || p.n > KD_DX_PIECES || (why == KD_DX_OK && !p.n))
		abort();
	for (uint32_t i = 0; i < p.n && why == KD_DX_OK; i++) {
		if (p.v[i].kind == KD_DX_REG && (!(flags & REGS) || p.v[i].reg == 3))
			abort(); /* a register that is not known */
		if (p.v[i].kind == KD_DX_BYTES && p.v[i].bytes.n > n)
			abort();
	}
	return 0;
}
