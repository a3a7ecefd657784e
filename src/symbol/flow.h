/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * flow.h: the instructions of one function, and which of them wrote a register last.
 *
 *	struct kd_flow *f;
 *	err = kd_flow_read(k, arch, pc, &arena, &f);
 *	size_t at = kd_flow_index(f, pc);
 *	struct kd_flow_def d = kd_flow_writer(f, at, reg);
 *
 * The code is that of the file: sites that the kernel patches at run time are as they were linked.
 */
#ifndef KD_SYMBOL_FLOW_H
#define KD_SYMBOL_FLOW_H

#include "base/arena.h"
#include "symbol/insn.h"
#include "symbol/resolve.h"

#define KD_FLOW_BYTES_MAX ((size_t)256 << 10) /* of one function */

struct kd_flow {
	enum kd_arch arch;
	struct kd_insn *v; /* in order of address, without text */
	size_t n;
	bool *join; /* [i]: control may come to i from elsewhere than i - 1 */
	bool indirect; /* a jump through a register: its targets are not known */
	uint64_t start, end;
};

/* KD_NOTFOUND: no code or no function there; KD_UNSUPPORTED: no decoder; KD_LIMIT. */
KD_MUST_CHECK struct kd_error *kd_flow_read(struct kd_kdx *k, enum kd_arch arch, uint64_t pc,
					    struct kd_arena *arena, struct kd_flow **ret);

/* The instruction that begins at addr; n when none does. */
size_t kd_flow_index(const struct kd_flow *f, uint64_t addr);

enum kd_flow_end {
	KD_FLOW_WRITER, /* v[at] wrote it */
	KD_FLOW_CALL, /* v[at] is the call whose result it is */
	KD_FLOW_ENTRY, /* nobody since the function's start */
	KD_FLOW_JOIN, /* a jump may come in at v[at]: from there on several ways lead back */
	KD_FLOW_CLOBBER, /* the call v[at] may have changed it */
	KD_FLOW_UNKNOWN,
};

struct kd_flow_def {
	uint8_t end; /* enum kd_flow_end */
	size_t at;
};

/* Who wrote reg before v[at] runs. */
struct kd_flow_def kd_flow_writer(const struct kd_flow *f, size_t at, uint8_t reg);

#endif
