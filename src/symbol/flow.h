/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * flow.h: the instructions of one function, and which of them wrote a register last.
 *
 *	struct kd_flow *f;
 *	err = kd_flow_read(k, arch, pc, &arena, &f);
 *	size_t at = kd_flow_index(f, pc);
 *	size_t n = kd_flow_writers(f, at, reg, defs, KD_FLOW_DEFS);    // all of them, on every way that leads to pc
 *
 * The code is that of the file: sites that the kernel patches at run time are as they were linked, but the ways that they
 * may open are known: static branches, jumps that alternatives put in or out, fixups of exceptions (patch.h), and the
 * function's cold part (NAME.cold), which comes back into it. Where a jump goes through a table, every
 * instruction may be reached, and nothing is said.
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
	bool table; /* … and it may be into this function */
	uint64_t start, end;
	/* The cold part of the function, or what it is the cold part of, stands behind: v[n] to v[total - 1]. */
	size_t total;
	size_t entry; /* where the function is entered; total: not here */
	uint8_t *mark; /* [i]: KD_FLOW_… */
	struct kd_flow_edge *edge; /* jumps, by `to` */
	size_t nedges;
};

enum { KD_FLOW_FIRST = 1, /* the instruction before it in v is not before it in memory */
       KD_FLOW_KEEPS = 2, /* a call that changes no register: of the function tracer */
       KD_FLOW_REPLACED = 4 }; /* alternatives may have put another one there */

/* Control may go from `from` to `to`. before: when `from` faults, so what it writes may not be written. */
struct kd_flow_edge {
	uint32_t to, from;
	bool before;
};

/* KD_NOTFOUND: no code or no function there; KD_UNSUPPORTED: no decoder; KD_LIMIT. */
KD_MUST_CHECK struct kd_error *kd_flow_read(struct kd_kdx *k, enum kd_arch arch, uint64_t pc,
					    struct kd_arena *arena, struct kd_flow **ret);

/* The instruction that begins at addr; n when none does. */
size_t kd_flow_index(const struct kd_flow *f, uint64_t addr);

/* The same in all parts; total when none does. */
size_t kd_flow_find(const struct kd_flow *f, uint64_t addr);

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

/* Who wrote reg before v[at] runs, in straight code: JOIN where ways meet. */
struct kd_flow_def kd_flow_writer(const struct kd_flow *f, size_t at, uint8_t reg);

#define KD_FLOW_DEFS 8

/*
 * The same over all ways that lead to v[at], each def once. 0: there are more than max, the ways are too many, or some
 * of them are not known.
 */
size_t kd_flow_writers(const struct kd_flow *f, size_t at, uint8_t reg, struct kd_flow_def *ret, size_t max);

#endif
