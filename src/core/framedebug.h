/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * framedebug.h: what debug info knows about a place in a call chain of a dump.
 *
 *	struct kd_frame_debug *fd = kd_frame_debug_new(&(struct kd_frame_source){.k = kernel, .mods = &mods, .set = symset, …});
 *	struct kd_frame_at at;
 *	err = kd_frame_debug_at(fd, &stack.v[i], &scratch, &at);       // at.kdx NULL: nothing is known there
 *	err = kd_frame_debug_locals(fd, &stack, i, &at, &scratch, &arena, &locals);
 *	kd_frame_debug_free(fd);
 *
 * The kernel's code is found by its address less the KASLR offset; a module's by its function's name, offset and
 * size, because where its sections are is not in its file. What is of another build the symset does not give.
 */
#ifndef KD_CORE_FRAMEDEBUG_H
#define KD_CORE_FRAMEDEBUG_H

#include "core/locals.h"
#include "core/modules.h"
#include "symbol/symset.h"

/* Borrowed, all of it. */
struct kd_frame_source {
	struct kd_kernel *k;
	const struct kd_modules *mods;
	struct kd_symset *set;
	struct kd_view build_id; /* of the kernel; absent: not known */
	uint64_t kaslr;
};

struct kd_frame_debug;

struct kd_frame_debug *kd_frame_debug_new(const struct kd_frame_source *from);
void kd_frame_debug_free(struct kd_frame_debug *fd);
void kd_frame_debug_freep(struct kd_frame_debug **fd);

struct kd_frame_at {
	struct kd_kdx *kdx;
	uint64_t pc, file_pc; /* in the dump; in the file: the instruction, or the call that has not returned */
	bool of_kernel;
	struct kd_chain chain; /* scratch's: functions and lines, innermost first */
};

/* KD_LIMIT. Otherwise ret->kdx may be NULL. */
KD_MUST_CHECK struct kd_error *kd_frame_debug_at(struct kd_frame_debug *fd, const struct kd_core_frame *f, struct kd_arena *scratch,
						 struct kd_frame_at *ret);

/* Of frame i, which is `at`; the frame has its registers (kd_unwinder_keep_regs()). */
KD_MUST_CHECK struct kd_error *kd_frame_debug_locals(struct kd_frame_debug *fd, const struct kd_core_stack *st, size_t i,
						     const struct kd_frame_at *at, struct kd_arena *scratch, struct kd_arena *arena,
						     struct kd_locals *ret);

/*
 * The call frame information of the code at pc (of a call: of its last byte), as kd_cfi_source.find; user is the
 * struct kd_frame_debug. What it gives is borrowed from an index.
 */
bool kd_frame_debug_cfi(void *user, uint64_t pc, struct kd_cfi_fde *ret, uint64_t *ret_at);

/* Of an index that it gave; NULL: it has none. */
const struct kd_types *kd_frame_debug_types(struct kd_frame_debug *fd, struct kd_kdx *kdx);

/* A symbol (with its module) for an address of the kernel's image or a module, added to out; false: there is none. */
bool kd_frame_name(struct kd_kernel *k, const struct kd_modules *mods, uint64_t addr, struct kd_buf *out);

#endif
