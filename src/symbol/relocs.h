/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * relocs.h: instructions of a relocatable file (a module), whose bytes name nothing yet.
 *
 *	struct kd_view name;
 *	kd_insn_relocate(k, &in, &name);       // in.target, in.mem[].disp as they will be; or the name
 *
 * A branch or an address inside of the file gets its place; what is in another file (the kernel, for a module)
 * loses what the bytes say, and `name` is the symbol's.
 */
#ifndef KD_SYMBOL_RELOCS_H
#define KD_SYMBOL_RELOCS_H

#include "symbol/insn.h"
#include "symbol/kdx.h"

/* true: a relocation lies in the instruction. name: of a symbol of another file; else absent. */
bool kd_insn_relocate(struct kd_kdx *k, struct kd_insn *in, struct kd_view *ret_name);

#endif
