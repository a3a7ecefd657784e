/* SPDX-License-Identifier: GPL-2.0-or-later */
/* inv_debug.h: what the debug info of the kernel adds to an investigation. For verb/inv*.c. */
#ifndef KD_VERB_INV_DEBUG_H
#define KD_VERB_INV_DEBUG_H

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

/* inv_calls.c: KASAN's check before the return address m; the pointer that the call before it went through. */
void kd_inv_checked_access(const struct kd_inv_debug *d, const struct kd_match *m);
void kd_inv_called_through(const struct kd_inv_debug *d, const struct kd_match *m, int32_t line);

#endif
