/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * locals.h: parameters and local variables of a frame, with their values as far as the dump has them.
 *
 *	const struct kd_locals_query q = {.kdx = index, .types = types, .at = file_pc, .regs = frame->at, .space = space, …};
 *	struct kd_locals l;
 *	err = kd_locals_read(&q, &arena, &l);
 *	for (i = 0; i < l.n; i++)
 *		if (l.v[i].state == KD_LOCAL_READ) … l.v[i].decl, .value
 *		else … l.v[i].why
 *
 * Where a variable is, its debug info says (symbol/scopes.h, symbol/dwarfexpr.h). Its value is given when every
 * register and every byte that takes is known; of a caller that is what calls leave alone, as far as the unwinder
 * found it. Nothing else is put in the place of what is not known. What is said is as of the dump: a variable in
 * memory has the value that it has there now, which is not the one it had when the frame made its call if somebody
 * has its address.
 */
#ifndef KD_CORE_LOCALS_H
#define KD_CORE_LOCALS_H

#include "base/arena.h"
#include "core/regs.h"
#include "core/space.h"
#include "core/unwind.h"
#include "symbol/brief.h"
#include "symbol/kdx.h"
#include "symbol/scopes.h"

enum kd_local_state {
	KD_LOCAL_READ,
	KD_LOCAL_OPTIMISED_OUT, /* the debug info gives it no place at this instruction */
	KD_LOCAL_IN_PART, /* parts of it are optimised out */
	KD_LOCAL_REGISTER_LOST, /* it takes register reg, whose value is not known in this frame */
	KD_LOCAL_ENTRY_LOST, /* it takes what reg held at the function's entry */
	KD_LOCAL_MEMORY_MISSING, /* the dump does not have the memory at addr */
	KD_LOCAL_FRAME_LOST, /* where the frame begins is not known */
	KD_LOCAL_NOT_EVALUATED, /* an expression or a type that is not understood here */
	KD_LOCAL_NSTATES
};

/* "read", "optimised_out", …: for JSON. */
const char *kd_local_state_name(enum kd_local_state s);

enum { KD_LOCAL_BYTES = 16 << 10, KD_LOCAL_TEXT = 2048 };

struct kd_local {
	struct kd_view name;
	struct kd_view decl; /* "struct sock *sk" */
	struct kd_view value; /* with READ, in one line (symbol/brief.h) */
	struct kd_view why; /* without READ: words; absent: optimised out */
	uint8_t state; /* enum kd_local_state */
	bool param;
	uint32_t depth, inlined; /* as struct kd_var */
	bool by_caller; /* READ: it takes what a register held at the entry, which the caller's code tells (core/entryvalue.h) */
	bool has_reg; /* READ: the whole is in reg */
	uint16_t reg; /* DWARF's number; also with REGISTER_LOST and ENTRY_LOST */
	uint64_t addr; /* READ: where it is in memory, 0: not in memory; MEMORY_MISSING: what is not there */
	bool has_number, is_signed;
	uint64_t number; /* of a number, pointer, enum; sign-extended */
	struct kd_view bytes; /* with READ: as they lie in memory */
};

struct kd_locals {
	struct kd_local *v; /* parameters before others, innermost scope first */
	size_t n;
	uint32_t links; /* inlined calls at the address, as struct kd_vars */
	bool limited; /* there are more */
	const char *none; /* why they were not looked for; NULL: they were */
};

struct kd_locals_query {
	struct kd_kdx *kdx;
	const struct kd_types *types; /* of kdx */
	uint64_t at; /* address in the file: of the instruction that could not run, or of the call that has not returned */
	const struct kd_core_regs *regs;
	bool has_cfa;
	uint64_t cfa;
	struct kd_space *space;
	/* Where an address of the file is in memory; false: not known. NULL: of none. */
	bool (*address)(void *user, uint64_t file, uint64_t *ret);
	bool (*name)(void *user, uint64_t addr, struct kd_buf *out); /* of kd_brief_how */
	bool (*entry)(void *user, unsigned reg, uint64_t *ret); /* what a register held at the function's entry; NULL: not known */
	void *user;
	struct kd_arena *scratch; /* of no use afterwards */
};

/* n == 0: there are none, or no function of the debug info is there. KD_LIMIT: the arena is full. */
KD_MUST_CHECK struct kd_error *kd_locals_read(const struct kd_locals_query *q, struct kd_arena *arena, struct kd_locals *ret);

/*
 * The canonical frame address of frame i: the caller's stack pointer behind the return address. false: what is behind
 * the frame was not found by an unwind table or a frame record (with the registers kept), or is guessed.
 */
bool kd_stack_cfa(const struct kd_core_stack *st, size_t i, uint64_t *ret);

#endif
