/* SPDX-License-Identifier: GPL-2.0-or-later */
/* inv_debug.h: what the debug info of the kernel adds to an investigation. For verb/inv*.c. */
#ifndef KD_VERB_INV_DEBUG_H
#define KD_VERB_INV_DEBUG_H

#include "symbol/compare.h"
#include "symbol/operand.h"
#include "symbol/symset.h"
#include "verb/inv.h"

/* Statements about lines, variables and members of b->r. */
void kd_inv_debug(struct kd_inv_build *b, struct kd_symset *set);

/* The index of one kernel or module, and its types, while a statement is made. */
struct kd_inv_debug {
	struct kd_inv_build *b;
	struct kd_kdx *k;
	const struct kd_types *types; /* NULL: none */
	enum kd_arch arch;
};

/*
 * The frame in the debug info, when it is one function of that name whose size does not differ. several (may
 * be NULL): how many there are.
 */
bool kd_inv_match(struct kd_symset *set, struct kd_arena *arena, const struct kd_frame *f,
		  struct kd_kdx **k, struct kd_match *ret, size_t *several);

/* inv_bytes.c: the log's bytes around the pc, which is m, beside the file's; false: one of them has none. */
bool kd_inv_compare(const struct kd_inv_debug *d, const struct kd_match *m, struct kd_compare *ret);
/* … in words. c may be NULL: there was nothing to compare. */
void kd_inv_bytes(const struct kd_inv_debug *d, const struct kd_match *m, const struct kd_compare *c);

/* inv_edges.c: does the call before each return address reach the next frame? */
void kd_inv_edges(const struct kd_inv_debug *d, struct kd_symset *set);

/* inv_calls.c: KASAN's check before the return address m; the pointer that the call before it went through. */
void kd_inv_checked_access(const struct kd_inv_debug *d, const struct kd_match *m);
void kd_inv_called_through(const struct kd_inv_debug *d, const struct kd_match *m, int32_t line);

/* inv_origin.c: where the value of the faulting operand's base register, `base`, came from, up the stack. o: the operand. */
void kd_inv_origin(const struct kd_inv_debug *d, struct kd_symset *set, const struct kd_match *m,
		   const struct kd_operand *o, const struct kd_fault_reg *base);

#endif
