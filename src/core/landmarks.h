/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * landmarks.h: data of a kernel whose own symbols are functions alone (CONFIG_KALLSYMS_ALL=n), found by what they look
 * like.
 *
 *	uint64_t start, stop;
 *	if (kd_landmark_btf(space, &start, &stop)) …              // then types are known, and with them
 *	uint64_t init_task, modules;
 *	kd_landmark_data(kernel, &init_task, &modules);           // 0: not found, or several
 *
 * Searched is the image around VMCOREINFO's _stext and init_uts_ns. BTF is where a header stands whose sections fit, and whose
 * types can be walked. init_task is named "swapper" with id 0, and the list of tasks comes back to it. The list of modules is a
 * list head whose first entry points back to it and lies in a struct module with a name.
 */
#ifndef KD_CORE_LANDMARKS_H
#define KD_CORE_LANDMARKS_H

#include "core/space.h"

struct kd_kernel;

bool kd_landmark_btf(struct kd_space *s, uint64_t *start, uint64_t *stop);

/* Needs types. */
void kd_landmark_data(struct kd_kernel *k, uint64_t *init_task, uint64_t *modules);

/*
 * How large stacks are, where the BTF has no thread_union: as large as the area that a task's stack is of its own
 * (CONFIG_VMAP_STACK), less the page behind it; else, of arm64, as far as the first process' registers of user space, which
 * are on top of its stack. Needs types.
 */
bool kd_landmark_stack_size(struct kd_kernel *k, uint64_t *ret);

#endif
