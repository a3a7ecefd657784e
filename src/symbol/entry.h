/* SPDX-License-Identifier: GPL-2.0-or-later */
/* entry.h: the code through which the kernel is entered. */
#ifndef KD_SYMBOL_ENTRY_H
#define KD_SYMBOL_ENTRY_H

#include <stdbool.h>

#include "base/view.h"

/*
 * Is it entry code of an exception or an interrupt? The frame behind it (its caller in the trace) was
 * interrupted: its address is the program counter itself, and need not follow a call.
 * x86: arch/x86/include/asm/idtentry.h (asm_exc_…, asm_sysvec_…), before 5.8 entry_64.S; arm64:
 * arch/arm64/kernel/entry.S; arm: entry-armv.S; riscv, loongarch: handle_exception, ret_from_exception.
 */
bool kd_exception_entry(struct kd_view func);

#endif
