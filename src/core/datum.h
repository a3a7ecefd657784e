/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * datum.h: numbers out of a kernel's memory, each known or with the reason why it is not.
 *
 *	struct kd_datum vsz = kd_datum_member(k, mm, "mm_struct", "total_vm");
 *	if (vsz.why) … "not known: %s", vsz.why                   // "this kernel has no such member"; "the dump left it out"
 *
 * A kernel that lacks a member, and memory that the dump lacks, are never zero.
 */
#ifndef KD_CORE_DATUM_H
#define KD_CORE_DATUM_H

#include "core/kernel.h"

struct kd_datum {
	uint64_t v;
	const char *why; /* static; NULL: v is known */
};

struct kd_datum kd_datum_of(uint64_t v);
struct kd_datum kd_datum_none(const char *why);

/* A number of 1, 2, 4 or 8 bytes. */
struct kd_datum kd_datum_at(struct kd_kernel *k, uint64_t addr, unsigned size);
/* The member of a struct at addr: not sign-extended; addr 0 is not read. */
struct kd_datum kd_datum_member(struct kd_kernel *k, uint64_t addr, const char *type, const char *path);
/* The first of two names that this kernel's struct has: members that were renamed. */
struct kd_datum kd_datum_either(struct kd_kernel *k, uint64_t addr, const char *type, const char *path, const char *other);
/* The same, with the sign of a number of its size. */
struct kd_datum kd_datum_signed(struct kd_kernel *k, uint64_t addr, const char *type, const char *path);
/* A global variable of that many bytes; kernels without CONFIG_KALLSYMS_ALL do not name theirs. */
extern const char kd_no_variable[];
struct kd_datum kd_datum_variable(struct kd_kernel *k, const char *symbol, unsigned size);

bool kd_datum_has(struct kd_kernel *k, const char *type, const char *path);

/* The enumerator of an enum that has this value; absent. */
struct kd_view kd_datum_enumerator(struct kd_kernel *k, const char *type, uint64_t value);

#endif
