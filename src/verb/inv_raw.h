/* SPDX-License-Identifier: GPL-2.0-or-later */
/* inv_raw.h: what an investigation says of raw addresses. For verb/inv*.c. */
#ifndef KD_VERB_INV_RAW_H
#define KD_VERB_INV_RAW_H

#include "verb/inv.h"
#include "verb/rawaddr.h"

/* raw: solved. */
void kd_inv_raw(struct kd_inv_build *b, const struct kd_raw *raw);

#endif
