// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/modules.h"

#include <string.h>

#include "base/alloc.h"
#include "core/space_internal.h"

enum { SYMS_MAX = 1 << 18, SYM_BYTES = 24, SIZE_MAX_ = 1 << 30 };

static void add_part(struct kd_module *m, uint64_t base, uint64_t size)
{
	if (!base || !size || size > SIZE_MAX_ || m->nparts == KD_MODULE_PARTS)
		return;
	m->part[m->nparts].base = base;
	m->part[m->nparts++].size = size;
}

/* Since 6.4: an array of struct module_memory, by enum mod_mem_type. */
static bool read_mem(struct kd_kernel *k, struct kd_module *m)
{
	struct kd_field mem;
	uint64_t one, text = 0;

	if (!kd_kernel_field(k, "module", "mem", &mem) || !kd_kernel_sizeof(k, "module_memory", &one) || !one)
		return false;
	(void)kd_kernel_enumerator(k, "mod_mem_type", "MOD_TEXT", &text);
	for (uint64_t i = 0; i < mem.size / one && i < KD_MODULE_PARTS; i++) {
		const uint64_t at = m->addr + mem.off + i * one;
		uint64_t base, size;

		if (!kd_kernel_read(k, at, "module_memory", "base", &base) ||
		    !kd_kernel_read(k, at, "module_memory", "size", &size))
			continue;
		add_part(m, base, size);
		if (i == text && size <= SIZE_MAX_) {
			m->text = base;
			m->text_size = size;
		}
	}
	return true;
}

static void read_layout(struct kd_kernel *k, struct kd_module *m)
{
	uint64_t base = 0, size = 0;

	if (kd_kernel_read(k, m->addr, "module", "core_layout.base", &base) &&
	    kd_kernel_read(k, m->addr, "module", "core_layout.size", &size))
		add_part(m, base, size);
	if (kd_kernel_read(k, m->addr, "module", "core_layout.text_size", &size) && size <= SIZE_MAX_) {
		m->text = base;
		m->text_size = size;
	}
	if (kd_kernel_read(k, m->addr, "module", "init_layout.base", &base) &&
	    kd_kernel_read(k, m->addr, "module", "init_layout.size", &size))
		add_part(m, base, size);
}

static void read_symtab(struct kd_kernel *k, struct kd_module *m)
{
	uint64_t kallsyms;

	if (!kd_kernel_read(k, m->addr, "module", "kallsyms", &kallsyms) || !kallsyms ||
	    !kd_kernel_read(k, kallsyms, "mod_kallsyms", "symtab", &m->symtab) ||
	    !kd_kernel_read(k, kallsyms, "mod_kallsyms", "num_symtab", &m->nsyms) ||
	    !kd_kernel_read(k, kallsyms, "mod_kallsyms", "strtab", &m->strtab) || m->nsyms > SYMS_MAX)
		m->nsyms = 0;
}

static void read_orc(struct kd_kernel *k, struct kd_module *m)
{
	if (!kd_kernel_read(k, m->addr, "module", "arch.num_orcs", &m->norcs) ||
	    !kd_kernel_read(k, m->addr, "module", "arch.orc_unwind_ip", &m->orc_ip) ||
	    !kd_kernel_read(k, m->addr, "module", "arch.orc_unwind", &m->orc) || m->norcs > 1 << 24)
		m->norcs = 0;
}

static bool read_module(struct kd_kernel *k, uint64_t addr, struct kd_module *m)
{
	struct kd_field name;

	*m = (struct kd_module){.addr = addr};
	if (!kd_kernel_field(k, "module", "name", &name) ||
	    !kd_kernel_text(k, addr + name.off, name.size < sizeof(m->name) ? (size_t)name.size + 1 : sizeof(m->name), m->name))
		return false;
	if (!read_mem(k, m))
		read_layout(k, m);
	read_symtab(k, m);
	read_orc(k, m);
	return true;
}

void kd_modules_read(struct kd_kernel *k, struct kd_arena *arena, struct kd_modules *ret)
{
	struct kd_field list;
	uint64_t head, at;

	*ret = (struct kd_modules){0};
	if (!kd_kernel_symbol(k, "modules", &head)) {
		ret->why = "the kernel has no list of modules";
		return;
	}
	if (!kd_kernel_field(k, "module", "list", &list)) {
		ret->why = "how struct module is laid out is not known (no BTF)";
		return;
	}
	ret->v = kd_arena_array(arena, KD_MODULES_MAX, struct kd_module);
	if (!ret->v || !kd_space_uint(kd_kernel_space(k), head, 8, &at, NULL)) {
		ret->why = ret->v ? "the list of modules cannot be read" : "no room for the list of modules";
		return;
	}
	while (at != head) {
		if (ret->n == KD_MODULES_MAX) {
			ret->why = "the list of modules does not end";
			return;
		}
		if (!read_module(k, at - list.off, &ret->v[ret->n])) {
			ret->why = "a module in the list cannot be read";
			return;
		}
		ret->n++;
		if (!kd_space_uint(kd_kernel_space(k), at, 8, &at, NULL)) {
			ret->why = "the list of modules cannot be read to its end";
			return;
		}
	}
}

const struct kd_module *kd_modules_at(const struct kd_modules *m, uint64_t addr)
{
	for (size_t i = 0; i < m->n; i++)
		for (size_t j = 0; j < m->v[i].nparts; j++)
			if (addr - m->v[i].part[j].base < m->v[i].part[j].size)
				return &m->v[i];
	return NULL;
}

bool kd_module_is_text(const struct kd_module *m, uint64_t addr)
{
	return m->text_size ? addr - m->text < m->text_size : true;
}

/* As the kernel's own choice: the nearest at or before addr that is defined and has a name, no mapping symbol. */
bool kd_module_symbol(struct kd_kernel *k, const struct kd_module *m, uint64_t addr, struct kd_ksym *ret)
{
	kd_auto(kd_freep) unsigned char *raw = NULL;
	uint64_t best = 0, next = UINT64_MAX;

	if (!m->nsyms)
		return false;
	raw = kd_xmalloc((size_t)m->nsyms * SYM_BYTES);
	if (!kd_space_read(kd_kernel_space(k), m->symtab, raw, (size_t)m->nsyms * SYM_BYTES, NULL))
		return false;
	for (uint64_t i = 1; i < m->nsyms; i++) {
		const unsigned char *s = raw + i * SYM_BYTES; /* Elf64_Sym: name 4, info 1, other 1, shndx 2, value 8 */
		const uint64_t value = kd_walk_le64(s + 8), name = (uint32_t)kd_walk_le64(s);
		char first;

		if (!(s[6] | s[7]) || !name || kd_modules_at(&(struct kd_modules){.v = (struct kd_module *)m, .n = 1}, value) != m)
			continue;
		if (value > addr && value < next)
			next = value;
		if (value > addr || (best && value <= ret->addr) ||
		    !kd_space_read(kd_kernel_space(k), m->strtab + name, &first, 1, NULL) || !first || first == '$')
			continue;
		best = name;
		ret->addr = value;
	}
	if (!best || !kd_kernel_text(k, m->strtab + best, sizeof(ret->name), ret->name))
		return false;
	ret->type = 't';
	ret->size = next != UINT64_MAX ? next - ret->addr : 0;
	for (size_t j = 0; j < m->nparts && next == UINT64_MAX; j++)
		if (ret->addr - m->part[j].base < m->part[j].size)
			ret->size = m->part[j].base + m->part[j].size - ret->addr;
	return true;
}
