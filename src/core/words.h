/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * words.h: members that an engine reads again and again, looked up once.
 *
 *	const struct kd_word state = kd_word_of(k, "task_struct", "__state|state");   // the first that the BTF has
 *	uint64_t v;
 *	if (kd_word_get(k, task, &state, &v)) …                       // false: not there, or not readable
 *
 * Bit fields too: the value is that of the bits. Values are not sign-extended: kd_word_signed() does that.
 */
#ifndef KD_CORE_WORDS_H
#define KD_CORE_WORDS_H

#include "core/kernel.h"

struct kd_word {
	bool known;
	uint64_t off; /* bytes */
	uint64_t whole; /* bytes of the member, whatever it is */
	unsigned size; /* of what is read: 1 … 8; 0: too large to be read as a number */
	unsigned bit, bits; /* of a bit field within these bytes; bits 0: it is none */
};

/* paths: one, or several with | between them. */
struct kd_word kd_word_of(struct kd_kernel *k, const char *type, const char *paths);

bool kd_word_get(struct kd_kernel *k, uint64_t addr, const struct kd_word *w, uint64_t *ret);
bool kd_word_signed(struct kd_kernel *k, uint64_t addr, const struct kd_word *w, int64_t *ret);

/* Eight bytes at addr. */
bool kd_word_at(struct kd_kernel *k, uint64_t addr, uint64_t *ret);

/* sizeof; 0: not known. */
uint64_t kd_word_sizeof(struct kd_kernel *k, const char *type);

/* Addresses of symbols in one pass, by kd_kernel_more_symbols() what has none; 0: none of that name, or several. */
void kd_word_symbols(struct kd_kernel *k, const char *const *names, size_t n, uint64_t *ret);

/* Where the per-CPU variable that is linked at base lies for that CPU. */
bool kd_word_percpu(struct kd_kernel *k, uint64_t base, unsigned cpu, uint64_t *ret);

#endif
