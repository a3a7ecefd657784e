// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/code.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"

enum { CODE_MAX = 64 << 10, INSNS_MAX = 16 << 10 };

bool kd_code_symbol(struct kd_kernel *k, const struct kd_modules *mods, uint64_t addr, struct kd_ksym *ret)
{
	const struct kd_core_module *m;

	if (kd_kernel_is_text(k, addr))
		return kd_ksyms_at(kd_kernel_symbols(k), addr, ret);
	m = kd_modules_at(mods, addr);
	return m && kd_module_symbol(k, m, addr, ret);
}

void kd_code_deinit(struct kd_code *c)
{
	kd_free(c->v);
	kd_free(c->join);
	c->v = NULL;
	c->join = NULL;
}

size_t kd_code_index(const struct kd_code *c, uint64_t addr)
{
	size_t lo = 0, hi = c->n;

	while (lo < hi) {
		const size_t mid = lo + (hi - lo) / 2;

		if (c->v[mid].addr < addr)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < c->n && c->v[lo].addr == addr ? lo : c->n;
}

void kd_code_join(struct kd_code *c, uint64_t addr)
{
	const size_t i = kd_code_index(c, addr);

	if (i < c->n)
		c->join[i] = true;
}

bool kd_code_falls_through(const struct kd_insn *in)
{
	return in->cls != KD_INSN_JUMP && in->cls != KD_INSN_JUMP_IND && in->cls != KD_INSN_RET && in->cls != KD_INSN_TRAP;
}

/* All of them; false: not every byte is of an instruction. */
static bool decode(struct kd_disasm *d, const unsigned char *bytes, size_t n, uint64_t start, struct kd_code *c)
{
	size_t at = 0;

	while (at < n && c->n < INSNS_MAX) {
		struct kd_insn *in = &c->v[c->n];

		if (!kd_disasm_one(d, bytes + at, n - at, start + at, 0, in))
			return false;
		in->addr = start + at;
		at += in->len;
		c->n++;
	}
	return at >= n;
}

/*
 * A jump through a register in front of int3 is a tail call, as patched in for a thunk (arch/x86/kernel/alternative.c);
 * any other may go anywhere.
 */
static void find_joins(struct kd_code *to, const struct kd_code *of, const unsigned char *bytes, size_t n, uint64_t start)
{
	for (size_t i = 0; i < of->n; i++) {
		const struct kd_insn *in = &of->v[i];
		const size_t behind = (size_t)(in->addr - start) + in->len;

		if (in->has_target && in->cls != KD_INSN_CALL)
			kd_code_join(to, in->target);
		if (in->cls == KD_INSN_JUMP_IND && behind < n && bytes[behind] != 0xcc)
			to->indirect = true;
	}
}

static unsigned char *read_bytes(struct kd_kernel *k, const struct kd_ksym *sym)
{
	kd_auto(kd_freep) unsigned char *bytes = NULL;

	if (!sym->size || sym->size > CODE_MAX)
		return NULL;
	bytes = kd_xmalloc((size_t)sym->size);
	return kd_space_read(kd_kernel_space(k), sym->addr, bytes, (size_t)sym->size, NULL) ? kd_take(bytes) : NULL;
}

struct cold {
	const char *name;
	size_t n;
	struct kd_ksym found;
	unsigned count;
};

static bool is_cold(void *user, const struct kd_ksym *sym, const struct kd_core_module *module)
{
	struct cold *c = user;

	(void)module;
	if (!strncmp(sym->name, c->name, c->n) && !strncmp(sym->name + c->n, ".cold", 5)) {
		c->found = *sym;
		c->count++;
	}
	return true;
}

/* NAME.cold; count: how many there are. */
static struct cold cold_part(struct kd_kernel *k, const struct kd_modules *mods, const struct kd_ksym *sym)
{
	struct cold c = {.name = sym->name, .n = strlen(sym->name)};
	char name[KD_KALLSYMS_NAME + 8];

	if (!kd_kernel_is_text(k, sym->addr)) {
		const struct kd_core_module *m = kd_modules_at(mods, sym->addr);

		if (m)
			kd_module_each(k, m, is_cold, &c);
		return c;
	}
	snprintf(name, sizeof(name), "%s.cold", sym->name);
	c.count = (unsigned)kd_kernel_symbols_named(k, name, &c.found.addr);
	if (c.count == 1 && !kd_ksyms_at(kd_kernel_symbols(k), c.found.addr, &c.found))
		c.count = 2;
	return c;
}

/* Jumps back out of the cold part; false: it is not known what it does. */
static bool joins_of_cold(struct kd_kernel *k, const struct kd_modules *mods, struct kd_disasm *d, struct kd_code *c)
{
	const struct cold cold = cold_part(k, mods, &c->sym);
	kd_auto(kd_freep) unsigned char *bytes = NULL;
	kd_auto(kd_code_deinit) struct kd_code part = {.n = 0};
	bool whole;

	if (!cold.count)
		return true;
	bytes = cold.count == 1 ? read_bytes(k, &cold.found) : NULL;
	if (!bytes)
		return false;
	part.v = kd_xcalloc(INSNS_MAX, sizeof(*part.v));
	whole = decode(d, bytes, (size_t)cold.found.size, cold.found.addr, &part);
	find_joins(c, &part, bytes, (size_t)cold.found.size, cold.found.addr);
	return whole;
}

const char *kd_code_read(struct kd_kernel *k, const struct kd_modules *mods, struct kd_disasm *d, uint64_t pc, struct kd_code *ret)
{
	kd_auto(kd_freep) unsigned char *bytes = NULL;
	kd_auto(kd_code_deinit) struct kd_code c = {.n = 0};

	if (!kd_code_symbol(k, mods, pc, &c.sym) || !c.sym.size)
		return "the function around the instruction is not known";
	if (strstr(c.sym.name, ".cold"))
		return "it is in a part of a function that the compiler moved out of it";
	bytes = read_bytes(k, &c.sym);
	if (!bytes)
		return "the function's code cannot be read";
	c.v = kd_xcalloc(INSNS_MAX, sizeof(*c.v));
	c.join = kd_xcalloc(INSNS_MAX, sizeof(*c.join));
	if (!decode(d, bytes, (size_t)c.sym.size, c.sym.addr, &c))
		return "the function's code is not understood as a whole";
	find_joins(&c, &c, bytes, (size_t)c.sym.size, c.sym.addr);
	if (!joins_of_cold(k, mods, d, &c))
		return "what the function's cold part does is not known";
	*ret = c;
	c.v = NULL;
	c.join = NULL;
	return NULL;
}
