/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * compare.h: code that ran, by the bytes of a log, beside the code of the file.
 *
 *	struct kd_compare_query q = {.k = k, .arch = arch, .addr = addr, .bytes = bytes};
 *	err = kd_compare_code(&q, &arena, &c);
 *	for (i = 0; i < c.n; i++) … c.v[i].what
 *
 * Every run of bytes that differ is one place, and has one reason:
 * - a site that the kernel patches (patch.h), and whether the bytes are ones that it writes there;
 * - an address that moved with the kernel: a field of 4 or 8 bytes of an instruction whose value in the file lies in the
 *   kernel's image, and that is larger (of a %gs operand relative to the pc: smaller) by the offset at
 *   which the kernel was loaded. That offset is the log's, or the one that all such fields have in common;
 *   one field alone, which differs in a single bit, decides nothing;
 * - a field that the loader of a module fills in;
 * - int3 at the beginning of an instruction: a breakpoint (kprobes);
 * - one bit; anything else.
 */
#ifndef KD_SYMBOL_COMPARE_H
#define KD_SYMBOL_COMPARE_H

#include "base/arena.h"
#include "symbol/patch.h"

#define KD_COMPARE_MAX 1024 /* bytes of one comparison */

struct kd_compare_query {
	struct kd_kdx *k;
	enum kd_arch arch;
	uint64_t addr; /* in the file, of the first byte */
	struct kd_view bytes;
	bool has_offset; /* at which the kernel was loaded, beside its file's addresses */
	uint64_t offset;
};

enum kd_compare_what {
	KD_DIFF_SITE,
	KD_DIFF_MISFIT, /* in a site, but the kernel writes no such bytes there */
	KD_DIFF_MOVED,
	KD_DIFF_UNDECIDED, /* an address that moved, a breakpoint, or one bit; of a site: a patch, or one bit */
	KD_DIFF_LOADER,
	KD_DIFF_BREAKPOINT,
	KD_DIFF_BIT,
	KD_DIFF_OTHER,
	KD_DIFF_NWHATS
};

struct kd_compare_place {
	uint64_t addr; /* of the first byte that differs */
	uint32_t len; /* to the last one */
	uint8_t what; /* enum kd_compare_what */
	uint8_t site; /* enum kd_patch_kind; of SITE, MISFIT; of UNDECIDED when it lies in one, else 0 */
	bool checked; /* SITE: the bytes are ones that the kernel writes there */
	uint8_t bits; /* how many differ; 255: as many, or more */
	uint8_t bit; /* BIT, UNDECIDED, of a single one: which, 0 the lowest */
	uint8_t file, log; /* the first byte */
};

struct kd_compare {
	size_t compared; /* bytes that both have; 0: the file has no code there */
	struct kd_compare_place *v; /* by address */
	size_t n;
	size_t count[KD_DIFF_NWHATS];
	bool has_offset; /* found by fields that moved, or given */
	uint64_t offset;
};

/* KD_LIMIT: the arena is full. */
KD_MUST_CHECK struct kd_error *kd_compare_code(const struct kd_compare_query *q, struct kd_arena *arena,
					       struct kd_compare *ret);

/* No other difference in [addr, addr + n) than addresses that moved or were filled in. */
bool kd_compare_same(const struct kd_compare *c, uint64_t addr, size_t n);

#endif
