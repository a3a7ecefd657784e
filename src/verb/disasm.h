/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * disasm.h: the instructions of a function, with their lines and what their operands are.
 *
 *	struct kd_disasm_request req = {.debug = paths, .ndebug = 1, .what = "vfs_read+0x9a"};
 *	err = kd_disasm_func(ctx, &req, on_insn, user, &sum);
 *
 * Operands are named as symbol/operand.h finds them; an instruction whose operand is not known says
 * nothing about it. The bytes are those of the file, as it was linked.
 */
#ifndef KD_VERB_DISASM_H
#define KD_VERB_DISASM_H

#include "base/ctx.h"
#include "symbol/operand.h"
#include "symbol/patch.h"
#include "symbol/symset.h"

struct kd_disasm_request {
	const char *what; /* SYMBOL, SYMBOL+OFFSET, SYMBOL+OFFSET/SIZE, an address */
	const char *const *debug; /* as kd_symset_options.paths */
	size_t ndebug;
	bool only_debug, force;
	const char *release, *module; /* NULL: none; the kernel */
	uint64_t around; /* with an offset or an address: so many instructions before and behind it; 0: all */
	struct kd_kdx_cache cache;
	const char *root; /* in front of the usual places; NULL: none */
	struct kd_debuginfod net; /* servers that may be asked; none: the network is left alone */
};

struct kd_disasm_insn {
	const struct kd_insn *in; /* with text */
	uint64_t off; /* in the function */
	uint8_t bytes[KD_INSN_MAX];
	bool marked; /* the one that was asked for */
	const struct kd_chain *chain; /* n == 0: no line is known */
	bool same_line; /* as the instruction before */
	struct kd_view target; /* of a branch: "memcpy", "vfs_read+0x40"; absent */
	const struct kd_operand *op; /* of its first operand in memory; NULL: it has none */
	const struct kd_insn_mem *mem;
	uint8_t patched; /* enum kd_patch_kind: the kernel patches it at run time; 0: not that is known */
};

typedef struct kd_error *kd_disasm_fn(void *user, const struct kd_disasm_insn *i);

struct kd_disasm_summary {
	struct kd_view symbol; /* absent: nothing was found */
	uint64_t addr, size;
	size_t several; /* functions of that name: the others have to be asked for with their size */
	uint64_t shown, all, operands, named; /* operands: in memory; named: of these */
	const char *why; /* there is no answer: why */
	bool outside; /* the offset is no instruction's */
	bool cut; /* the decoder does not know the instruction at cut_at: no more are listed from there on */
	uint64_t cut_at; /* offset in the function */
	struct kd_arena arena;
};

/* KD_NOTFOUND: no debug info; KD_UNSUPPORTED: no decoder. */
KD_MUST_CHECK struct kd_error *kd_disasm_func(struct kd_ctx *ctx, const struct kd_disasm_request *req,
					      kd_disasm_fn *fn, void *user,
					      struct kd_disasm_summary *sum);
void kd_disasm_summary_deinit(struct kd_disasm_summary *sum);

#endif
