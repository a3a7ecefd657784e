/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fault_internal.h: what the files behind fault.h share. Not for others. */
#ifndef KD_SYMBOL_FAULT_INTERNAL_H
#define KD_SYMBOL_FAULT_INTERNAL_H

#include "symbol/fault.h"

struct kd_fault_ctx {
	const struct kd_report *r;
	struct kd_fault *f;
	struct kd_val_where where; /* anchors for value classes */
};

/* What the event's register set says about a register; unused for KD_NOREG. */
struct kd_fault_reg kd_fault_register(const struct kd_fault_ctx *c, uint8_t reg);

/* fault_walk.c: after the verdict, the instructions before the faulting one. */
void kd_fault_shadow(struct kd_fault_ctx *c);
void kd_fault_origin(struct kd_fault_ctx *c);

#endif
