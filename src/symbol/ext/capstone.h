/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * capstone.h: what the files of the capstone adapter share. Not for others. Each fills
 * class, branch, operands, registers and flow of an instruction from capstone's detail.
 */
#ifndef KD_SYMBOL_EXT_CAPSTONE_H
#define KD_SYMBOL_EXT_CAPSTONE_H

#include <capstone/capstone.h>

#include "symbol/insn.h"

void kd_capstone_arm64(const cs_insn *in, struct kd_insn *ret);
void kd_capstone_arm(const cs_insn *in, struct kd_insn *ret);
void kd_capstone_ppc(const cs_insn *in, struct kd_insn *ret);
void kd_capstone_mips(const cs_insn *in, struct kd_insn *ret);

#endif
