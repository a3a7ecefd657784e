/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dwarfexpr.h: where a variable is, by its DWARF expression and what is known of the machine at that moment.
 *
 *	const struct kd_dx_env env = {.user = frame, .reg = …, .read = …, .has_cfa = true, .cfa = cfa};
 *	struct kd_dx_place where;
 *	if (kd_dx_eval(&env, var->place.expr, &where) == KD_DX_OK)
 *		for (i = 0; i < where.n; i++) … where.v[i].kind
 *	else
 *		… where.why, where.reg: the register that nobody knows
 *
 * A value that is not known makes the place not known; nothing is put in its stead. An expression is hostile
 * input: so many steps, so deep a stack, so many pieces and no more.
 *
 * DW_OP_fbreg counts from the CFA: of functions whose frame base is another one the index has no fbreg (build_var.c).
 * Operations of typed values (DW_OP_convert, …) name their types by places in .debug_info, which an index does not
 * have: they are KD_DX_TYPED.
 *
 * Source: DWARF 5, 2.5, 2.6 and 7.7.1. One word is 8 bytes, little endian.
 */
#ifndef KD_SYMBOL_DWARFEXPR_H
#define KD_SYMBOL_DWARFEXPR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/view.h"

enum { KD_DX_PIECES = 32, KD_DX_STEPS = 4096, KD_DX_STACK = 64 };

enum kd_dx_why {
	KD_DX_OK,
	KD_DX_REGISTER, /* reg is not known */
	KD_DX_MEMORY, /* the memory at addr cannot be read */
	KD_DX_CFA, /* it counts from the frame's address, which is not known */
	KD_DX_ENTRY, /* what reg held when the function was entered is not known */
	KD_DX_ADDRESS, /* where addr, an address in the file, is in memory is not known */
	KD_DX_TYPED, /* an operation (op) on typed values */
	KD_DX_POINTER, /* it points to something that was optimised out */
	KD_DX_UNKNOWN, /* an operation (op) that is not known here */
	KD_DX_DAMAGED, /* it is no expression */
	KD_DX_LIMIT, /* it does not come to its end */
};

enum kd_dx_kind {
	KD_DX_NOWHERE, /* optimised out */
	KD_DX_REG, /* in reg, whose value is known to exist: see kd_dx_env.reg */
	KD_DX_MEM, /* in memory at value */
	KD_DX_VALUE, /* it is the number value */
	KD_DX_BYTES, /* it is these bytes */
};

struct kd_dx_piece {
	uint8_t kind; /* enum kd_dx_kind */
	uint16_t reg;
	uint64_t value; /* REG: of the register */
	struct kd_view bytes; /* borrowed from the expression */
	uint64_t bits; /* so much of the variable; 0: all of it */
	uint64_t skip; /* from so many bits into what holds it on */
};

struct kd_dx_place {
	struct kd_dx_piece v[KD_DX_PIECES];
	uint32_t n; /* more than one piece: their bits add up */
	uint8_t why; /* enum kd_dx_why */
	uint8_t op; /* with TYPED, UNKNOWN */
	uint16_t reg; /* with REGISTER, ENTRY: DWARF's number */
	uint64_t addr; /* with MEMORY, ADDRESS */
};

/* Each false: not known. NULL: never known. */
struct kd_dx_env {
	void *user;
	bool (*reg)(void *user, unsigned reg, uint64_t *ret);
	bool (*entry)(void *user, unsigned reg, uint64_t *ret); /* at the function's entry */
	bool (*read)(void *user, uint64_t addr, unsigned size, uint64_t *ret); /* 1 to 8 bytes */
	bool (*address)(void *user, uint64_t file, uint64_t *ret); /* an address of the file, in memory */
	bool has_cfa, has_first;
	uint64_t cfa, first; /* first: what is on the stack when the expression begins (of call frame information) */
};

/* ret->why, which is what it returns. With KD_DX_OK there is at least one piece. */
enum kd_dx_why kd_dx_eval(const struct kd_dx_env *env, struct kd_view expr, struct kd_dx_place *ret);

#endif
