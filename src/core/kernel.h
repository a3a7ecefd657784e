/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kernel.h: what a dump knows about its own kernel: symbols, types, where members lie.
 *
 *	kd_auto(kd_kernel_freep) struct kd_kernel *k = NULL;
 *	err = kd_kernel_open(space, &k);                    // space outlives it
 *	uint64_t init_task, sp;
 *	if (kd_kernel_symbol(k, "init_task", &init_task) &&
 *	    kd_kernel_read(k, init_task, "task_struct", "thread.sp", &sp)) …
 *
 * No file besides the dump: names from kallsyms, layouts from the BTF that the kernel carries for its own
 * use (__start_BTF). Where a kernel has no BTF, members are not known; kd_kernel_no_types() says why. No
 * offset is assumed. One thread.
 */
#ifndef KD_CORE_KERNEL_H
#define KD_CORE_KERNEL_H

#include "core/kallsyms.h"
#include "core/space.h"
#include "symbol/types.h"

struct kd_kernel;

/* Errors of kd_ksyms_open(). */
KD_MUST_CHECK struct kd_error *kd_kernel_open(struct kd_space *s, struct kd_kernel **ret);
void kd_kernel_free(struct kd_kernel *k);
void kd_kernel_freep(struct kd_kernel **k);

struct kd_space *kd_kernel_space(struct kd_kernel *k);
const struct kd_ksyms *kd_kernel_symbols(const struct kd_kernel *k);

/* The address of the symbol that has this name; false: none, or several. */
bool kd_kernel_symbol(struct kd_kernel *k, const char *name, uint64_t *ret);

/* Are its symbols those of functions alone (CONFIG_KALLSYMS_ALL=n)? Then init_task, modules and BTF are searched for. */
bool kd_kernel_functions_only(const struct kd_kernel *k);

/* Of such a kernel: who knows where its variables are (debug info). */
typedef bool kd_kernel_find(void *user, const char *name, uint64_t *ret);
void kd_kernel_more_symbols(struct kd_kernel *k, kd_kernel_find *find, void *user);

/* By that alone; false: it was not given, or has no such name. */
bool kd_kernel_symbol_elsewhere(struct kd_kernel *k, const char *name, uint64_t *ret);

/* How many have this name; *ret is the address of the first. */
size_t kd_kernel_symbols_named(struct kd_kernel *k, const char *name, uint64_t *ret);

/* Is it in the text of the kernel proper (not of a module)? */
bool kd_kernel_is_text(const struct kd_kernel *k, uint64_t addr);

/* Is it in code of the kernel's start? The kernel gives its memory away after boot: what can be read there may be anything. */
bool kd_kernel_is_init(const struct kd_kernel *k, uint64_t addr);

/* Is it in the kernel's image: text, data, bss? */
bool kd_kernel_is_image(const struct kd_kernel *k, uint64_t addr);

/* NULL when the dump has none; then the sentence says why. */
const struct kd_types *kd_kernel_types(struct kd_kernel *k);
const char *kd_kernel_no_types(struct kd_kernel *k);

/*
 * Types are read as they are needed: was a part of them found to be damaged after others were told of? Then kd_kernel_types() gives
 * none any more, and what was concluded from a type or member that "is not there" may be wrong (kd_dump_again()).
 */
bool kd_kernel_lost_types(struct kd_kernel *k);

struct kd_field {
	uint64_t off, size; /* bytes */
	uint32_t type;
};

/* "thread.sp" of struct (or union) "task_struct"; false: not known, or a bit field. Both texts are kept: literals. */
bool kd_kernel_field(struct kd_kernel *k, const char *type, const char *path, struct kd_field *ret);
bool kd_kernel_sizeof(struct kd_kernel *k, const char *type, uint64_t *ret);
/* A value of an enumerator, whatever its enum. */
bool kd_kernel_enumerator(struct kd_kernel *k, const char *type, const char *name, uint64_t *ret);

/* Bytes of a task's stack. */
bool kd_kernel_stack_size(struct kd_kernel *k, uint64_t *ret);

/* That member of the one at addr, up to 8 bytes, not sign-extended; false: not known or not readable. */
bool kd_kernel_read(struct kd_kernel *k, uint64_t addr, const char *type, const char *path, uint64_t *ret);

/* Text of up to max - 1 bytes at addr, ended by NUL in memory or after max - 1; false: not readable. */
bool kd_kernel_text(struct kd_kernel *k, uint64_t addr, size_t max, char *ret);

/* Where the per-CPU variable at symbol lies for that CPU. */
bool kd_kernel_percpu(struct kd_kernel *k, const char *symbol, unsigned cpu, uint64_t *ret);

/* CPUs that may be there (cpu_possible_mask), lowest first; how many. At most max are written. */
size_t kd_kernel_cpus(struct kd_kernel *k, unsigned *ret, size_t max);

#endif
