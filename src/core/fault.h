/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fault.h: the instruction that a CPU of a dump could not execute, and what it stands on: registers against memory.
 *
 *	struct kd_core_fault_query q = {.k = kernel, .mods = &modules, .st = &stack, .task = task, .cpu = cpu, …};
 *	struct kd_core_fault *f;
 *	err = kd_core_fault(&q, &arena, &f);
 *	if (f->found)
 *		f->insn, f->op[f->which].addr, f->load[i].state == KD_LOAD_CHANGED …
 *
 * Which frame: the innermost that an exception came into (asm_exc_…, not an NMI). The instruction is the one in the
 * dump's memory, as it ran. Operands are computed from the registers that the exception saved.
 *
 * Registers against memory: where straight code before the instruction loaded a register that it uses, the register
 * has what memory held then, and the dump has what it holds now. That they differ says that it was changed after the
 * load; by whom it does not say: by another CPU, by this function or those that it called (`stores` tells whether
 * there were any), or by the kernel on its way to the dump. Nothing is said when control may have come in between load
 * and instruction, when the load's own address is not known any more, or when memory is not in the dump.
 *
 * Of an oops that the kernel survived the stack is gone; with the registers that the log printed the same is asked of
 * the memory that the dump has, which is the later the longer it lived.
 *
 * Memory is as of the dump, which is later than the fault.
 *
 * x86_64. Sources: Intel SDM vol. 2 (operands), vol. 3, 6.15 (exceptions); arch/x86/mm/fault.c (thread.cr2: set of faults that a program or a fixup answers for).
 */
#ifndef KD_CORE_FAULT_H
#define KD_CORE_FAULT_H

#include "base/arena.h"
#include "core/modules.h"
#include "core/unwind.h"
#include "symbol/insn.h"
#include "symbol/kdx.h"
#include "symbol/types.h"

struct kd_core_fault_query {
	struct kd_kernel *k;
	const struct kd_modules *mods;
	const struct kd_core_stack *st;
	uint64_t task; /* of the stack; 0: not known */
	bool has_cpu;
	unsigned cpu; /* that it was on: for per-CPU operands */
	/* Of a fault that the kernel survived, or that the stack does not show: by its log. NULL: by the stack. */
	const struct kd_core_regs *regs;
	bool at_start; /* it is the frame that the stack begins with: kdump was started by the exception itself */
	/*
	 * What the log says of a fault at cr2_pc: its address (of an oops in the kernel thread.cr2 is not kept). 0, NULL:
	 * nothing.
	 */
	bool has_cr2;
	uint64_t cr2, cr2_pc;
	/* Debug info of the code there, for C expressions: the index, its types, and the address in it. NULL: none. */
	bool (*debug)(void *user, const struct kd_core_frame *at, struct kd_kdx **k, const struct kd_types **types, uint64_t *file_pc);
	void *user;
};

struct kd_core_access {
	struct kd_insn_mem mem;
	bool has_addr; /* all registers that it takes are known */
	uint64_t addr;
	bool noncanonical;
	bool covers; /* the address of the fault lies in it */
	bool readable; /* as of the dump */
	uint64_t now; /* readable, up to 8 bytes: what it holds */
	struct kd_space_miss miss; /* not readable */
	struct kd_view expr; /* "sk->sk_prot"; absent: not known */
	struct kd_view owner; /* "struct sock"; absent */
};

enum kd_load_state {
	KD_LOAD_SAME, /* memory holds what was loaded */
	KD_LOAD_CHANGED, /* it holds something else as of the dump */
	KD_LOAD_MISSING, /* the dump does not have the memory */
	KD_LOAD_ADDRESS_LOST, /* from where it was loaded cannot be computed any more */
	KD_LOAD_VALUE_LOST, /* what it loaded was overwritten since; now is what memory holds */
};

struct kd_core_load {
	uint64_t at; /* the instruction */
	uint8_t reg; /* DWARF's number */
	uint8_t width; /* bytes */
	uint8_t state; /* enum kd_load_state */
	/*
	 * addr is computed from what memory holds as of the dump at another load's address, in place of a register that was
	 * overwritten since: a guess.
	 */
	bool assumed;
	struct kd_insn_mem mem;
	bool stores; /* this function, or one that it called, may have written memory between load and fault */
	uint64_t addr; /* but for ADDRESS_LOST */
	uint64_t loaded, now; /* loaded: not VALUE_LOST; now: SAME, CHANGED, VALUE_LOST */
	struct kd_space_miss miss; /* MISSING */
	struct kd_view expr; /* absent: not known */
	uint8_t of; /* the register that it was needed for: as operand of the instruction (= reg), or as address of a load */
};

enum { KD_FAULT_LOADS = 8 };

struct kd_core_fault {
	bool found;
	const char *why; /* not found, or has_insn is false: why */
	size_t frame; /* of the stack; SIZE_MAX: none, the registers were given */
	struct kd_core_frame at;
	uint64_t pc;
	const struct kd_core_regs *regs;
	bool has_insn;
	struct kd_insn insn; /* with text */
	bool has_addr; /* the address of the fault is known: … */
	uint64_t addr;
	bool addr_of_log; /* … by has_cr2 of the query; else thread.cr2 of a task whose last trap was a page fault */
	struct kd_core_access op[KD_INSN_MEM_MAX];
	size_t nop;
	int which; /* the operand that explains the fault; -1: none does, or several */
	struct kd_core_load load[KD_FAULT_LOADS];
	size_t nloads;
	const char *no_loads; /* why loads were not looked for; NULL: they were */
};

/* Never NULL in *ret on success. KD_LIMIT. */
KD_MUST_CHECK struct kd_error *kd_core_fault(const struct kd_core_fault_query *q, struct kd_arena *arena,
					     struct kd_core_fault **ret);

#endif
