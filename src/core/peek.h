/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * peek.h: the small things that readers of kernel objects need again and again.
 *
 *	char name[KD_PEEK_TEXT];
 *	if (kd_peek_text(k, desc, "irq_desc", "irq_data.chip", "irq_chip", "name", name)) …      // desc->irq_data.chip->name
 *	struct kd_cpumask mask;
 *	if (kd_peek_cpumask(k, desc, "irq_desc", "irq_common_data.affinity", &mask)) kd_cpumask_text(&mask, buf, n)   // "0-3,8"
 *
 * Layouts are the BTF's; false means: not known, or not readable. Signs are the member's own.
 */
#ifndef KD_CORE_PEEK_H
#define KD_CORE_PEEK_H

#include "core/datum.h"

enum { KD_PEEK_TEXT = 128, KD_CPUMASK_WORDS = 128 };

/* A member as kd_kernel_read(), sign-extended when its type is signed. */
bool kd_peek_int(struct kd_kernel *k, uint64_t addr, const char *type, const char *path, int64_t *ret);

/* The member is an array of characters. */
bool kd_peek_chars(struct kd_kernel *k, uint64_t addr, const char *type, const char *path, char ret[KD_PEEK_TEXT]);
/* The member is a pointer to text; a NULL pointer is false. */
bool kd_peek_string(struct kd_kernel *k, uint64_t addr, const char *type, const char *path, char ret[KD_PEEK_TEXT]);
/* The member `path` points to a struct `to`, of which the member `text` points to text. */
bool kd_peek_text(struct kd_kernel *k, uint64_t addr, const char *type, const char *path, const char *to, const char *text,
		  char ret[KD_PEEK_TEXT]);

/*
 * A per-CPU variable in the BTF (DATASEC .data..percpu): its type and size. false: the BTF does not name it. That of a module is
 * not in it.
 */
bool kd_peek_percpu_var(struct kd_kernel *k, const char *name, uint32_t *ret_type, uint64_t *ret_size);

struct kd_cpumask {
	uint64_t word[KD_CPUMASK_WORDS];
	unsigned bits; /* CPUs that there may be */
};

/* The member is a struct cpumask, a pointer to one, or a cpumask_var_t, which is either. */
bool kd_peek_cpumask(struct kd_kernel *k, uint64_t addr, const char *type, const char *path, struct kd_cpumask *ret);
/* As the kernel lists them: "0-3,8"; empty: none. n of at least 64; what does not fit is "…". */
void kd_cpumask_text(const struct kd_cpumask *m, char *ret, size_t n);

/* Time of the last tick that the kernel counted, in ns of the monotonic clock; of a tick. They are in no way exact to less. */
bool kd_peek_now(struct kd_kernel *k, uint64_t *ret);
bool kd_peek_tick(struct kd_kernel *k, uint64_t *ret);
bool kd_peek_jiffies(struct kd_kernel *k, uint64_t *ret);

#endif
