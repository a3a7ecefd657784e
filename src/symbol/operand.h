/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * operand.h: which C expression a memory operand of an instruction is: "sk->sk_prot".
 *
 *	struct kd_operand_query q = {.k = k, .types = types, .arch = KD_ARCH_X86_64, .pc = pc, .mem = &op};
 *	struct kd_operand o;
 *	err = kd_operand(&q, &arena, &o);
 *	if (o.n)
 *		printf("%.*s\n", KD_VARG(o.v[0].text));
 *
 * How it is found, each step told in `steps`:
 *
 * 1. A variable whose location list says that it lives in the base register at exactly this instruction
 *    (or that its value is the register and a constant): its type has a member at the displacement, as wide as
 *    the access. Variables of inlined calls count; the innermost is the first answer, the others are the
 *    same memory by another name.
 * 2. Otherwise the instructions are walked backwards to the one that wrote the register: a move, an
 *    addition or lea, a load (whose own operand is then asked for the same way), a call (its result). The
 *    walk ends where a jump may come in, at a call that may change the register, and at the function's start,
 *    where a parameter register is the parameter.
 *
 *    Where ways meet, all of them are followed (flow.h); when each ends in a value, and these differ, the answer
 *    is all of them, `alternatives`, each with the instruction that it is from.
 * 3. base + index * scale: the array that the base's type has at the displacement, whose elements are as large as the
 *    scale says; only its first element may be at the displacement, else a[i + 3] and b[i - 1] look the same.
 *
 * What is not found this way is not guessed: n is 0 and `why` says where it ended.
 */
#ifndef KD_SYMBOL_OPERAND_H
#define KD_SYMBOL_OPERAND_H

#include "base/arena.h"
#include "symbol/flow.h"
#include "symbol/insn.h"
#include "symbol/resolve.h"
#include "symbol/scopes.h"
#include "symbol/types.h"

struct kd_operand_query {
	struct kd_kdx *k;
	const struct kd_types *types; /* of kd_kdx_types() */
	enum kd_arch arch;
	uint64_t pc; /* the instruction's address in the file */
	const struct kd_insn_mem *mem;
	struct kd_flow *flow; /* of the function, when the caller has it; NULL: read when it is needed */
	bool has_base; /* what the base register holds, by the log: a way that sets it to NULL may be ruled out */
	uint64_t base;
};

struct kd_operand_step {
	uint64_t addr; /* of the instruction that it stands on */
	struct kd_view text; /* "rax is loaded from 0x18(%rbx)", "rbx holds skb" */
};

enum kd_operand_how {
	KD_OPERAND_VARIABLE, /* a variable lives in the base register */
	KD_OPERAND_DERIVED, /* the base was computed or loaded before, from a variable */
	KD_OPERAND_RESULT, /* the base is the result of a call */
	KD_OPERAND_GLOBAL, /* a symbol's memory */
};

struct kd_operand_path {
	struct kd_view text; /* "sk->sk_prot" */
	struct kd_view base; /* what the base register held: "sk", "skb->dev", "foo()" */
	struct kd_view base_type; /* "struct sock *"; absent when not known */
	struct kd_view member; /* "sk_prot"; absent when the type has none to name */
	struct kd_view owner; /* the struct that has it: "struct sock"; absent */
	uint64_t off; /* of the access in what the base points to; valid with owner */
	bool whole; /* the access is exactly as wide as the member */
	bool one_of; /* a union: text has all members that it may be, "p->{a|b.c}" */
	struct kd_view scope; /* the function, inlined or not, whose variable it begins with; absent */
	uint8_t how; /* enum kd_operand_how */
	uint64_t from; /* of an alternative: the instruction that made its value; else 0 */
	struct kd_view index; /* an array's: "i", or the register's name; absent: no index */
	uint8_t index_reg; /* with index */
	uint64_t elements; /* of that array; 0: not known */
	uint64_t element_size; /* with index: bytes */
};

struct kd_operand {
	struct kd_operand_path *v; /* the answer, then other names of the same memory */
	size_t n;
	bool alternatives; /* v are no names of one thing: it is one of them */
	struct kd_operand_step *steps; /* of v[0] */
	size_t nsteps;
	const char *why; /* n == 0: where it ended */
};

/* KD_LIMIT: the arena is full. */
KD_MUST_CHECK struct kd_error *kd_operand(const struct kd_operand_query *q, struct kd_arena *arena,
					  struct kd_operand *ret);

/*
 * What a register holds at pc, as an expression: the same search for a value instead of memory. For
 * arguments, divisors, and indirect calls. absent text: not known.
 */
KD_MUST_CHECK struct kd_error *kd_operand_value(const struct kd_operand_query *q, uint8_t reg,
						struct kd_arena *arena, struct kd_operand *ret);

/* Where the value in a register came from: followed through copies, whatever variables live in it on the way. */
enum kd_came_kind {
	KD_CAME_UNKNOWN,
	KD_CAME_LOAD, /* text: the memory that it was read from */
	KD_CAME_RESULT, /* text: the call that returned it, "foo()" */
	KD_CAME_NULL, /* it was set to NULL */
	KD_CAME_ADDRESS, /* text: the variable whose address it is */
	KD_CAME_ENTRY, /* it came in reg, an argument of the function */
};

struct kd_came {
	uint8_t kind; /* enum kd_came_kind */
	uint8_t reg; /* ENTRY: DWARF's number */
	struct kd_view text;
	uint64_t at; /* the instruction that read, called, set it; 0 */
};

/* The value of reg before the instruction at q->pc, when all ways to there say the same. KD_LIMIT. */
KD_MUST_CHECK struct kd_error *kd_operand_came(const struct kd_operand_query *q, uint8_t reg, struct kd_arena *arena,
						 struct kd_came *ret);

#endif
