/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * patch.h: places of the code that the kernel writes to at run time, by its own tables in the file.
 *
 *	struct kd_patch_site s[16];
 *	size_t n = kd_patch_sites(k, addr, len, s, 16);        // those that lie over [addr, addr + len)
 *	… kd_patch_fits(k, arch, &s[0], bytes)                 // could the kernel have written these?
 *
 * Sources (Linux 5.10 to 7.x): arch/x86/include/asm/alternative.h, arch/arm64/include/asm/alternative.h (struct
 * alt_instr; x86 had 13 bytes with padlen until 5.13, 12 until 6.3, 14 since: the layout whose entries all make sense
 * is taken, never a version), include/linux/jump_label.h, include/linux/static_call_types.h, tools/objtool (lists of
 * retpolines, returns, calls, endbr), scripts/recordmcount and -fpatchable-function-entry (__mcount_loc),
 * arch/x86/include/asm/paravirt_types.h, include/asm-generic/runtime-const.h; arch/x86/kernel/alternative.c and
 * arch/x86/kernel/static_call.c for what is written. FIXUP is no patch: __ex_table, where control goes to when the
 * instruction at addr faults; who walks code has to know.
 */
#ifndef KD_SYMBOL_PATCH_H
#define KD_SYMBOL_PATCH_H

#include "report/arch.h"
#include "symbol/kdx.h"

enum kd_patch_kind {
	KD_PATCH_ALTERNATIVE = 1, /* .altinstructions: other instructions for this processor */
	KD_PATCH_PARAVIRT,
	KD_PATCH_STATIC_BRANCH, /* __jump_table */
	KD_PATCH_STATIC_CALL,
	KD_PATCH_RETPOLINE, /* an indirect call or jump through a thunk */
	KD_PATCH_RETURN, /* return thunk */
	KD_PATCH_CALL, /* .call_sites: accounting of the call depth */
	KD_PATCH_FTRACE,
	KD_PATCH_LOCK, /* a lock prefix, when only one processor runs */
	KD_PATCH_ENDBR,
	KD_PATCH_CFI,
	KD_PATCH_CONSTANT, /* runtime constants: an address or a shift that is known after boot */
	KD_PATCH_FIXUP,
	KD_PATCH_NKINDS
};

struct kd_patch_site {
	uint64_t addr;
	uint8_t len, kind;
	uint8_t repl_len; /* ALTERNATIVE: 0: only nops, or not known */
	uint64_t target; /* ALTERNATIVE: of the replacement; STATIC_BRANCH, FIXUP: where it may go; else 0 */
};

/* Sites over the range, in order of address; those behind max are left out. */
size_t kd_patch_sites(struct kd_kdx *k, uint64_t addr, uint64_t n, struct kd_patch_site *v, size_t max);

/* Of each kind, how many the file has; counts[KD_PATCH_NKINDS]. false: an index without any. */
bool kd_patch_count(struct kd_kdx *k, uint64_t *counts);

enum kd_patch_fit { KD_PATCH_FIT_UNKNOWN, KD_PATCH_FIT_YES, KD_PATCH_FIT_NO };

/*
 * Are these bytes (s->len of them) what the file has, or the kernel writes to such a site? NO only where the
 * forms are few and all known.
 */
enum kd_patch_fit kd_patch_fits(struct kd_kdx *k, enum kd_arch arch, const struct kd_patch_site *s,
				const uint8_t *bytes);

const char *kd_patch_kind_name(uint8_t kind); /* "static branch" */

#endif
