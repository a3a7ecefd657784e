/* SPDX-License-Identifier: GPL-2.0-or-later */
/* inv_debug.h: what the debug info of the kernel adds to an investigation. For verb/inv*.c. */
#ifndef KD_VERB_INV_DEBUG_H
#define KD_VERB_INV_DEBUG_H

#include "symbol/symset.h"
#include "verb/inv.h"

/* Statements about lines, variables and members of b->r. */
void kd_inv_debug(struct kd_inv_build *b, struct kd_symset *set);

#endif
