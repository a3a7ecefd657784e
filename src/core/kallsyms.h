/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kallsyms.h: the kernel's own symbol table, read from a dump's memory.
 *
 *	kd_auto(kd_ksyms_freep) struct kd_ksyms *k = NULL;
 *	err = kd_ksyms_open(space, &k);                       // space outlives it
 *	struct kd_ksym s;
 *	if (kd_ksyms_at(k, addr, &s)) … s.name, addr - s.addr, s.size
 *	struct kd_ksym_want w[] = {{.name = "init_task"}, {.name = "modules"}};
 *	kd_ksyms_find(k, w, 2);                               // one pass over all names
 *
 * VMCOREINFO says where its tables are since 6.0. Addresses are those of the running kernel (KASLR is in
 * them). What the numbers count from is found out by trying: _stext and init_uts_ns of VMCOREINFO have to
 * come out, at their addresses.
 *
 * Names and addresses are read when they are asked for: the kernel's own marks say where each 256th name is. What is read
 * is checked: that names are as long as the marks say, that addresses are in order. A page that is missing or damaged
 * costs its own symbols; kd_ksyms_lost() tells of it. Tables without marks, and small ones, are read and checked whole.
 */
#ifndef KD_CORE_KALLSYMS_H
#define KD_CORE_KALLSYMS_H

#include "core/space.h"
#include "format/kallsyms.h"

struct kd_ksyms;
struct kd_core_module;

/*
 * KD_NOTFOUND: VMCOREINFO does not say where they are; KD_BADDATA: they cannot be read, or are none.
 */
KD_MUST_CHECK struct kd_error *kd_ksyms_open(struct kd_space *s, struct kd_ksyms **ret);
void kd_ksyms_free(struct kd_ksyms *k);
void kd_ksyms_freep(struct kd_ksyms **k);

size_t kd_ksyms_count(const struct kd_ksyms *k);
/* What could not be read so far, or was damaged; NULL: nothing. The caller frees it. */
struct kd_error *kd_ksyms_lost(const struct kd_ksyms *k);
/* The same of addresses alone: then a variable that is not found may be there. */
struct kd_error *kd_ksyms_lost_addresses(const struct kd_ksyms *k);
const char *kd_ksyms_form(const struct kd_ksyms *k); /* what the numbers count from, in words */

struct kd_ksym {
	uint64_t addr, size; /* size: to the next symbol; 0: of the last one */
	char type; /* as nm(1) */
	char name[KD_KALLSYMS_NAME]; /* of several at one address the first, as the kernel prints it */
};

/* The symbol at or before addr; false: none. */
bool kd_ksyms_at(const struct kd_ksyms *k, uint64_t addr, struct kd_ksym *ret);

struct kd_ksym_want {
	const char *name;
	uint64_t addr; /* of the first of that name */
	uint32_t n; /* how many there are; 0: addr is not set */
};

/* All of them, by address; false from visit ends it. */
void kd_ksyms_each(const struct kd_ksyms *k, bool (*visit)(void *user, const struct kd_ksym *sym, const struct kd_core_module *module),
		   void *user);

/* All of those names; of names that several have the first one's address. */
void kd_ksyms_find(const struct kd_ksyms *k, struct kd_ksym_want *w, size_t n);

/* The same of variables and the linker's marks: functions between _stext and _etext are not looked at, and do not count. */
void kd_ksyms_find_data(const struct kd_ksyms *k, struct kd_ksym_want *w, size_t n);

#endif
