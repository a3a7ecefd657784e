// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/modules.h"

#include <string.h>

#include "base/alloc.h"
#include "base/le.h"

enum { SYMS_MAX = 1 << 18, SYM_BYTES = 24, SIZE_MAX_ = 1 << 30 };

static void add_part(struct kd_core_module *m, uint64_t base, uint64_t size)
{
	if (!base || !size || size > SIZE_MAX_ || m->nparts == KD_MODULE_PARTS)
		return;
	m->part[m->nparts].base = base;
	m->part[m->nparts++].size = size;
}

/* Since 6.4: an array of struct module_memory, by enum mod_mem_type. */
static bool read_mem(struct kd_kernel *k, struct kd_core_module *m)
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

static void read_layout(struct kd_kernel *k, struct kd_core_module *m)
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

static void read_symtab(struct kd_kernel *k, struct kd_core_module *m)
{
	uint64_t kallsyms;

	if (!kd_kernel_read(k, m->addr, "module", "kallsyms", &kallsyms) || !kallsyms ||
	    !kd_kernel_read(k, kallsyms, "mod_kallsyms", "symtab", &m->symtab) ||
	    !kd_kernel_read(k, kallsyms, "mod_kallsyms", "num_symtab", &m->nsyms) ||
	    !kd_kernel_read(k, kallsyms, "mod_kallsyms", "strtab", &m->strtab) || m->nsyms > SYMS_MAX)
		m->nsyms = 0;
}

static void read_orc(struct kd_kernel *k, struct kd_core_module *m)
{
	if (!kd_kernel_read(k, m->addr, "module", "arch.num_orcs", &m->norcs) ||
	    !kd_kernel_read(k, m->addr, "module", "arch.orc_unwind_ip", &m->orc_ip) ||
	    !kd_kernel_read(k, m->addr, "module", "arch.orc_unwind", &m->orc) || m->norcs > 1 << 24)
		m->norcs = 0;
}

static bool read_module(struct kd_kernel *k, uint64_t addr, struct kd_core_module *m)
{
	struct kd_field name;

	*m = (struct kd_core_module){.addr = addr};
	if (!kd_kernel_field(k, "module", "name", &name) ||
	    !kd_kernel_text(k, addr + name.off, name.size < sizeof(m->name) ? (size_t)name.size + 1 : sizeof(m->name), m->name))
		return false;
	if (!read_mem(k, m))
		read_layout(k, m);
	read_symtab(k, m);
	read_orc(k, m);
	return true;
}

/* How many there are to read: as far as the list can be followed. */
static size_t count_modules(struct kd_kernel *k, uint64_t head)
{
	uint64_t at = head;
	size_t n = 0;

	while (n < KD_MODULES_MAX && kd_space_uint(kd_kernel_space(k), at, 8, &at, NULL) && at != head)
		n++;
	return n;
}

void kd_modules_read(struct kd_kernel *k, struct kd_arena *arena, struct kd_modules *ret)
{
	struct kd_field list;
	uint64_t head, at;
	size_t n;

	*ret = (struct kd_modules){0};
	if (!kd_kernel_symbol(k, "modules", &head)) {
		ret->why = "the kernel's symbols do not name the list of modules, or name several";
		return;
	}
	if (!kd_kernel_field(k, "module", "list", &list)) {
		ret->why = "how struct module is laid out is not known (no BTF)";
		return;
	}
	n = count_modules(k, head);
	ret->v = kd_arena_array(arena, n + 1, struct kd_core_module);
	if (!ret->v || !kd_space_uint(kd_kernel_space(k), head, 8, &at, NULL)) {
		ret->why = ret->v ? "the list of modules cannot be read" : "no room for the list of modules";
		return;
	}
	while (at != head) {
		if (ret->n == n) {
			ret->why = n == KD_MODULES_MAX ? "the list of modules does not end" : "the list of modules cannot be read to its end";
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

const struct kd_core_module *kd_modules_at(const struct kd_modules *m, uint64_t addr)
{
	for (size_t i = 0; i < m->n; i++)
		for (size_t j = 0; j < m->v[i].nparts; j++)
			if (addr - m->v[i].part[j].base < m->v[i].part[j].size)
				return &m->v[i];
	return NULL;
}

bool kd_module_is_text(const struct kd_core_module *m, uint64_t addr)
{
	return m->text_size ? addr - m->text < m->text_size : true;
}

static bool in_module(const struct kd_core_module *m, uint64_t addr)
{
	for (size_t i = 0; i < m->nparts; i++)
		if (addr - m->part[i].base < m->part[i].size)
			return true;
	return false;
}

/* What kallsyms counts as its size: to the next symbol, else to the end of that part of the module. */
static uint64_t room(const struct kd_core_module *m, uint64_t addr, uint64_t next)
{
	if (next != UINT64_MAX)
		return next - addr;
	for (size_t i = 0; i < m->nparts; i++)
		if (addr - m->part[i].base < m->part[i].size)
			return m->part[i].base + m->part[i].size - addr;
	return 0;
}

struct elf_symbol {
	uint64_t value;
	uint32_t name; /* 0: none, or it is not defined in the module */
};

/* Elf64_Sym: name 4, info 1, other 1, shndx 2, value 8, size 8. */
static struct elf_symbol elf_symbol(const struct kd_core_module *m, const unsigned char *s)
{
	const struct elf_symbol sym = {.value = kd_le64(s + 8), .name = kd_le32(s)};

	return (s[6] | s[7]) && in_module(m, sym.value) ? sym : (struct elf_symbol){0};
}

/* A name, and no mapping symbol of arm64. */
static bool is_named(struct kd_kernel *k, const struct kd_core_module *m, uint32_t name)
{
	char first;

	return kd_space_read(kd_kernel_space(k), m->strtab + name, &first, 1, NULL) && first && first != '$';
}

/* All symbols of a module; NULL: it has none, or they cannot be read. The caller frees them. */
static unsigned char *read_symbols(struct kd_kernel *k, const struct kd_core_module *m)
{
	const size_t n = (size_t)m->nsyms * SYM_BYTES;
	unsigned char *raw = m->nsyms ? kd_xmalloc(n) : NULL;

	if (raw && !kd_space_read(kd_kernel_space(k), m->symtab, raw, n, NULL)) {
		kd_free(raw);
		return NULL;
	}
	return raw;
}

bool kd_module_address(struct kd_kernel *k, const struct kd_core_module *m, const char *name, uint64_t *ret)
{
	kd_auto(kd_freep) unsigned char *raw = read_symbols(k, m);
	char text[KD_KALLSYMS_NAME];

	for (uint64_t i = 1; raw && i < m->nsyms; i++) {
		const struct elf_symbol s = elf_symbol(m, raw + i * SYM_BYTES);

		if (s.name && kd_kernel_text(k, m->strtab + s.name, sizeof(text), text) && !strcmp(text, name)) {
			*ret = s.value;
			return true;
		}
	}
	return false;
}

void kd_module_each(struct kd_kernel *k, const struct kd_core_module *m,
		    bool (*visit)(void *user, const struct kd_ksym *sym, const struct kd_core_module *module), void *user)
{
	kd_auto(kd_freep) unsigned char *raw = read_symbols(k, m);

	for (uint64_t i = 1; raw && i < m->nsyms; i++) {
		const unsigned char *at = raw + i * SYM_BYTES;
		const struct elf_symbol s = elf_symbol(m, at);
		struct kd_ksym sym = {.addr = s.value, .size = kd_le64(at + 16), .type = (at[4] & 0xf) == 2 ? 't' : 'd'};

		if (s.name && is_named(k, m, s.name) && kd_kernel_text(k, m->strtab + s.name, sizeof(sym.name), sym.name) &&
		    !visit(user, &sym, m))
			return;
	}
}

/* As the kernel's own choice: the nearest at or before addr that is defined and has a name. */
bool kd_module_symbol(struct kd_kernel *k, const struct kd_core_module *m, uint64_t addr, struct kd_ksym *ret)
{
	kd_auto(kd_freep) unsigned char *raw = read_symbols(k, m);
	struct elf_symbol best = {0};
	uint64_t next = UINT64_MAX;

	if (!raw)
		return false;
	for (uint64_t i = 1; i < m->nsyms; i++) {
		const struct elf_symbol s = elf_symbol(m, raw + i * SYM_BYTES);

		if (!s.name)
			continue;
		if (s.value > addr) {
			next = s.value < next ? s.value : next;
			continue;
		}
		if ((!best.name || s.value > best.value) && is_named(k, m, s.name))
			best = s;
	}
	if (!best.name || !kd_kernel_text(k, m->strtab + best.name, sizeof(ret->name), ret->name))
		return false;
	ret->addr = best.value;
	ret->type = 't';
	ret->size = room(m, best.value, next);
	return true;
}
