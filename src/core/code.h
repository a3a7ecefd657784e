/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * code.h: a function's instructions as they lie in a dump's memory, and where control comes into their midst (x86_64).
 *
 *	struct kd_code c;
 *	const char *why = kd_code_read(kernel, &mods, disasm, pc, &c);   // NULL: it is there
 *	size_t i = kd_code_index(&c, pc);
 *	for (; i && !c.join[i] && kd_code_falls_through(&c.v[i - 1]); i--)
 *		…                                          // straight code before pc, backwards
 *	kd_code_deinit(&c);
 *
 * These are the instructions that ran, as patched, which a file does not have. Jumps of the function's own cold part
 * (NAME.cold) back into it are known, too; fixups of exceptions are not: whoever has debug info adds them (kd_code_join()).
 */
#ifndef KD_CORE_CODE_H
#define KD_CORE_CODE_H

#include "core/modules.h"
#include "symbol/insn.h"

struct kd_code {
	struct kd_insn *v; /* without text, by address */
	bool *join; /* control may come to [i] from elsewhere than [i - 1] */
	size_t n;
	bool indirect; /* a jump may go to any of them */
	struct kd_ksym sym; /* the function's symbol */
};

/* Why the function around pc cannot be read as a whole; NULL: ret is to be freed. */
const char *kd_code_read(struct kd_kernel *k, const struct kd_modules *mods, struct kd_disasm *d, uint64_t pc, struct kd_code *ret);
void kd_code_deinit(struct kd_code *c);

/* The instruction that begins at addr; n: none does. */
size_t kd_code_index(const struct kd_code *c, uint64_t addr);
/* Control may come to the instruction at addr. */
void kd_code_join(struct kd_code *c, uint64_t addr);

/* Does control go on behind it? */
bool kd_code_falls_through(const struct kd_insn *in);

/* The symbol that code at addr is of: of the kernel or a module. */
bool kd_code_symbol(struct kd_kernel *k, const struct kd_modules *mods, uint64_t addr, struct kd_ksym *ret);

#endif
