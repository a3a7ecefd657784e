/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * entryvalue.h: what a register held when a function was entered, by the code of its caller (x86_64).
 *
 *	struct kd_entries e = {.k = kernel, .mods = &mods, .disasm = disasm, .st = &stack};
 *	if (kd_entry_value(&e, i, KD_RDI, &value)) …       // the first argument of frame i's function
 *
 * A caller's own registers are known as far as calls leave them alone. Where its call is a direct one of this very
 * function, and straight code before it puts one of these, a sum of one and a constant, or a constant into the
 * register, that is what came in; if nothing writes it since the caller's own entry, it is what came in there. A value
 * that the caller read from memory is not known: memory may have changed since.
 */
#ifndef KD_CORE_ENTRYVALUE_H
#define KD_CORE_ENTRYVALUE_H

#include "core/modules.h"
#include "core/unwind.h"
#include "symbol/insn.h"

enum { KD_ENTRY_LEVELS = 8 };

/* Borrowed. The stack's frames have their registers (kd_unwinder_keep_regs()). */
struct kd_entries {
	struct kd_kernel *k;
	const struct kd_modules *mods;
	struct kd_disasm *disasm; /* NULL: nothing is known */
	const struct kd_core_stack *st;
};

/* reg: DWARF's number. false: not known. */
bool kd_entry_value(const struct kd_entries *e, size_t i, unsigned reg, uint64_t *ret);

#endif
