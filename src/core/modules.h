/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * modules.h: the modules that a dump's kernel had loaded, and their symbols.
 *
 *	struct kd_modules mods;
 *	kd_modules_read(kernel, &arena, &mods);               // mods.why: they cannot be listed
 *	const struct kd_core_module *m = kd_modules_at(&mods, addr);
 *	if (m && kd_module_symbol(kernel, m, addr, &sym)) …
 *
 * The list begins at `modules`; layouts are the BTF's. Memory of a module is one piece (core_layout, up to 6.3)
 * or several (mem[], since 6.4). Symbols are those of mod->kallsyms, an ELF symbol table.
 */
#ifndef KD_CORE_MODULES_H
#define KD_CORE_MODULES_H

#include "base/arena.h"
#include "core/kernel.h"

enum { KD_MODULES_MAX = 4096, KD_MODULE_NAME = 56 + 8, KD_MODULE_PARTS = 8 };

struct kd_core_module {
	uint64_t addr; /* of struct module */
	char name[KD_MODULE_NAME];
	struct {
		uint64_t base, size;
	} part[KD_MODULE_PARTS]; /* its memory */
	size_t nparts;
	uint64_t text, text_size; /* the part with code */
	uint64_t symtab, nsyms, strtab; /* 0: not known */
	uint64_t orc_ip, orc, norcs; /* of x86_64; 0: none */
};

struct kd_modules {
	struct kd_core_module *v; /* the arena's */
	size_t n;
	const char *why; /* why there are none, or not all; NULL: they are all */
};

void kd_modules_read(struct kd_kernel *k, struct kd_arena *arena, struct kd_modules *ret);

/* The module whose memory addr is in, NULL. */
const struct kd_core_module *kd_modules_at(const struct kd_modules *m, uint64_t addr);

/* Is it in the part of it that has code? */
bool kd_module_is_text(const struct kd_core_module *m, uint64_t addr);

/* Where the first symbol of this name is; false: it has none. */
bool kd_module_address(struct kd_kernel *k, const struct kd_core_module *m, const char *name, uint64_t *ret);

/* Those that are defined and have a name, in the order of its table; sizes are those of the table. */
void kd_module_each(struct kd_kernel *k, const struct kd_core_module *m,
		    bool (*visit)(void *user, const struct kd_ksym *sym, const struct kd_core_module *module), void *user);

/* As kd_ksyms_at(). */
bool kd_module_symbol(struct kd_kernel *k, const struct kd_core_module *m, uint64_t addr, struct kd_ksym *ret);

#endif
