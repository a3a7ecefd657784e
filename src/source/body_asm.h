/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * body_asm.h: functions of a .S file, by the macros around them. See body.h.
 */
#ifndef KD_SOURCE_BODY_ASM_H
#define KD_SOURCE_BODY_ASM_H

#include "source/body.h"

/* Append to ret and set ret->lines. */
void kd_bodies_scan_asm(struct kd_view text, struct kd_bodies *ret);

#endif
