/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * load.h: how big a guest shall be: tasks, slab objects, mappings, open files of known names and
 * content, made by the crash module and by init (guest/module/crash_load.c tells what they are).
 *
 *	struct kd_lab_load load;
 *	err = kd_lab_load_parse("big,objects=2000000", &load);
 *	if (!err) … kd_lab_load_module(&arena, "kdoc_crash.ko", &load) is for kd_guest_spec.modules
 */
#ifndef KD_LAB_LOAD_H
#define KD_LAB_LOAD_H

#include "base/arena.h"
#include "base/error.h"

struct kd_lab_load {
	uint32_t threads; /* of the kernel */
	uint32_t tasks; /* of user space */
	uint32_t objects; /* of the slab cache kdoc_load */
	uint32_t vmas; /* mappings of one process */
	uint32_t files; /* open ones of one process */
};

#define KD_LAB_LOAD_PARTS 5

/*
 * Words with commas between them: "big" (4000 threads, 1000 tasks, 1000000 objects, 30000 vmas,
 * 2000 files) and WHAT=NUMBER for one of them. KD_INVALID names what is wrong or too much.
 */
KD_MUST_CHECK struct kd_error *kd_lab_load_parse(const char *text, struct kd_lab_load *ret);

/* The i-th part's word, "threads" first; its number. i < KD_LAB_LOAD_PARTS. */
const char *kd_lab_load_word(size_t i);
uint32_t kd_lab_load_number(const struct kd_lab_load *load, size_t i);

bool kd_lab_load_any(const struct kd_lab_load *load);

/* "MODULE load_threads=… …", the arena's; NULL when that has no room. */
const char *kd_lab_load_module(struct kd_arena *arena, const char *module,
			       const struct kd_lab_load *load);

/* Memory that a guest needs for it, beside that of a guest without; 0 without a load. */
unsigned kd_lab_load_mib(const struct kd_lab_load *load);

/* How much longer its boot may take, also without a word: TCG on a busy host. */
unsigned kd_lab_load_seconds(const struct kd_lab_load *load);

#endif
