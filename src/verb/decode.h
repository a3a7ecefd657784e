/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * decode.h: every symbol+offset of a log → function, file, line, inlined calls.
 *
 *	struct kd_decode_request req = {.input = "crash.log", .debug = paths, .ndebug = n};
 *	err = kd_decode(ctx, &req, on_line, user, &sum);
 *	kd_decode_deinit(&sum);
 *
 * Each line of the input is handed on, in order, with what was found on it. A frame is a return
 * address and is looked up one byte before, unless it is the program counter itself: RIP and its like,
 * and the frame behind the entry code of an exception or interrupt. Frames that are an address alone are named
 * first, when it can be found where the kernel lay (rawaddr.h).
 */
#ifndef KD_VERB_DECODE_H
#define KD_VERB_DECODE_H

#include "base/ctx.h"
#include "symbol/symset.h"
#include "verb/input.h"
#include "verb/rawaddr.h"

#define KD_DECODE_INPUT_MAX ((size_t)256 << 20)
#define KD_DECODE_LINE_FRAMES 8

enum kd_decode_state {
	KD_DECODE_DONE, /* one function of that name and size */
	KD_DECODE_SEVERAL, /* more than one: all of them are alternatives */
	KD_DECODE_NO_LINE, /* the function is there, its lines are not */
	KD_DECODE_SIZE, /* functions of that name have another size: not this build, or changed at run time */
	KD_DECODE_OUTSIDE, /* the offset lies outside of the size that is printed */
	KD_DECODE_NO_SYMBOL, /* the debug info has no function of that name */
	KD_DECODE_NO_DEBUG, /* no debug info for this kernel or module */
	KD_DECODE_DAMAGED, /* the index is damaged where the answer would be */
	KD_DECODE_OTHER_KERNEL, /* the line belongs to a report of another release or build */
	/* raw addresses: */
	KD_DECODE_NO_OFFSET, /* where the kernel lay (KASLR) is not known */
	KD_DECODE_MODULE, /* it lies where modules are, and the log does not say which one is there */
	KD_DECODE_NO_CODE, /* in no function of the kernel */
	KD_DECODE_NO_ADDRESS, /* no kernel address: a hashed one, a program's */
	KD_DECODE_NSTATES
};

/* "decoded", "several", …: for JSON. */
const char *kd_decode_state_word(enum kd_decode_state s);

struct kd_decode_frame {
	size_t at, len; /* where in the line: from the name to the size */
	struct kd_view func, module, build_id; /* as printed; module absent: the kernel */
	uint64_t offset, size;
	bool exact; /* the program counter itself */
	bool raw; /* the log has the address alone; func, offset and size are what it is (absent if unknown) */
	uint64_t addr; /* with raw */
	bool noise; /* offset = size: behind the function's last instruction, or no frame at all */
	enum kd_decode_state state;
	const struct kd_matches *m; /* with DONE, SEVERAL, NO_LINE, SIZE; borrowed during the call */
	const char *unsure; /* with --force: why this debug info is of another build */
};

struct kd_decode_line {
	uint64_t no;
	struct kd_view raw; /* without the line end */
	bool lone; /* the only frame is all that the line says, but for its prefix */
	struct kd_decode_frame frame[KD_DECODE_LINE_FRAMES];
	size_t nframes;
};

struct kd_decode_request {
	const char *input; /* a log, "-" */
	const char *const *debug; /* as kd_symset_options.paths */
	size_t ndebug;
	bool only_debug; /* look at no other place */
	bool force;
	struct kd_kdx_cache cache;
	const char *root; /* in front of the usual places; NULL: none */
	struct kd_debuginfod net; /* servers that may be asked; none: the network is left alone */
};

struct kd_decode_summary {
	uint64_t lines, frames;
	uint64_t state[KD_DECODE_NSTATES];
	uint64_t same_size; /* frames whose printed size is the function's: a proof of the build … */
	uint64_t sized; /* … of so many whose size could be compared */
	uint64_t raw; /* raw addresses of frames and program counters */
	const struct kd_raw *where; /* where the kernel lay, each boot; NULL: nobody asked */
	struct kd_view release, build; /* what the log says; absent when it does not */
	const struct kd_symset_try *tries;
	size_t ntries;
	const char *damage; /* of an index that was used, NULL: none */
	const char *packed_diag; /* what was wrong with a packed input */
	/* For kd_decode_deinit(). */
	struct kd_symset *set;
	struct kd_raw raws;
	struct kd_arena arena;
};

typedef struct kd_error *kd_decode_fn(void *user, const struct kd_decode_line *l);

/* KD_LIMIT: the input is larger than KD_DECODE_INPUT_MAX. sum is to be freed in any case. */
KD_MUST_CHECK struct kd_error *kd_decode(struct kd_ctx *ctx, const struct kd_decode_request *req,
					 kd_decode_fn *fn, void *user, struct kd_decode_summary *sum);
void kd_decode_deinit(struct kd_decode_summary *sum);

#endif
