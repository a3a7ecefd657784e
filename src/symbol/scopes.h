/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * scopes.h: the variables that exist at an address, and where each of them is there.
 *
 *	struct kd_vars vars;
 *	if (kd_vars_at(k, addr, &arena, &vars))
 *		for (i = 0; i < vars.n; i++)                   // those of the innermost scope first
 *			if (vars.v[i].place.kind == KD_PLACE_REG) … its value is in register .reg
 *
 * Location lists are valid at exactly this address, before the instruction there runs: give the pc of
 * a fault, and of a caller the address of its call (the return address - 1).
 */
#ifndef KD_SYMBOL_SCOPES_H
#define KD_SYMBOL_SCOPES_H

#include "base/arena.h"
#include "symbol/kdx.h"
#include "symbol/types.h"

enum kd_place_kind {
	KD_PLACE_GONE, /* no place anywhere: optimised out */
	KD_PLACE_ELSEWHERE, /* it has places, but not at this address */
	KD_PLACE_REG, /* its value is in reg */
	KD_PLACE_VALUE, /* its value is reg + off */
	KD_PLACE_MEM, /* it lies in memory at reg + off */
	KD_PLACE_FRAME, /* it lies in memory at the frame's base + off */
	KD_PLACE_CONST, /* its value is off */
	KD_PLACE_ADDR, /* it lies in memory at address off */
	KD_PLACE_ENTRY, /* its value is what reg held when the function was entered */
	KD_PLACE_PIECES, /* in several places */
	KD_PLACE_OTHER, /* an expression of more operations: see expr */
};

struct kd_place {
	uint8_t kind; /* enum kd_place_kind */
	uint16_t reg; /* DWARF's number */
	int64_t off;
	struct kd_view expr; /* the DWARF expression; absent for GONE, ELSEWHERE */
};

struct kd_var {
	struct kd_view name;
	uint32_t type; /* id in the index's types; 0: void or not known */
	uint32_t line; /* of its declaration, 0 */
	bool param;
	bool by_address; /* its place depends on the address */
	uint32_t depth; /* of its scope: 0 the function itself */
	uint32_t inlined; /* how many inlined calls its scope is in: 0: the function's own */
	struct kd_place place;
};

struct kd_vars {
	struct kd_var *v;
	size_t n;
	uint32_t links; /* inlined calls at the address: a var with inlined == links is of the innermost */
	bool limited; /* there are more */
};

#define KD_VARS_MAX 512

/* false: no function of the debug info is there. */
bool kd_vars_at(struct kd_kdx *k, uint64_t addr, struct kd_arena *arena, struct kd_vars *ret);

/* A variable that lies at an address: global, or static in a function. Of a cpu's own ones the address is the offset. */
struct kd_global {
	struct kd_view name;
	uint64_t addr;
	uint32_t type;
};

/* The one that addr lies in, by the size of its type (0: that it begins at); named as `prefer` of several. false: none. */
bool kd_global_at(struct kd_kdx *k, const struct kd_types *types, uint64_t addr, struct kd_view prefer,
		  struct kd_global *ret);

/* What an expression says, as far as it is one of the simple ones. */
struct kd_place kd_place_of(struct kd_view expr, unsigned address_size);

/* The types of the index, for format/btf.h; absent when it has none. */
struct kd_view kd_kdx_types(struct kd_kdx *k);

#endif
