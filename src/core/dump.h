/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dump.h: an opened dump, with all that its kernel says about itself. What the verbs of a dump stand on.
 *
 *	kd_auto(kd_dump_closep) struct kd_dump *d = NULL;
 *	err = kd_dump_open(ctx, "vmcore", &options, &d);        // the container's headers
 *	err = kd_dump_need_kernel(d);                           // symbols and types, or why not
 *	struct kd_place_name at;
 *	if (kd_dump_name(d, addr, &at)) … at.module, at.name, at.off, at.size
 *	kd_dump_address(d, KD_V("jiffies"), &addr)
 *
 * Nothing is read before it is needed; what was read stays. One thread.
 *
 * How much is known has three levels (kd_dump_level()): by VMCOREINFO alone the log and the header; by the
 * kernel's own kallsyms, BTF and ORC in the dump's memory symbols, types and stacks; with debug info lines and
 * variables, too.
 */
#ifndef KD_CORE_DUMP_H
#define KD_CORE_DUMP_H

#include "base/ctx.h"
#include "base/sheet.h"
#include "core/kernel.h"
#include "core/modules.h"
#include "core/tasks.h"
#include "core/unwind.h"
#include "symbol/symset.h"

struct kd_dump_options {
	const char *const *debug; /* debug info, as kd_symset_options.paths; none: none is looked for */
	size_t ndebug;
	struct kd_kdx_cache cache;
	struct kd_pages_options pages; /* VMCOREINFO from elsewhere, parts of a split dump */
};

struct kd_dump;

/* Errors of kd_pages_open_with(). Path and options are borrowed; ctx may be NULL when no debug info is asked for. */
KD_MUST_CHECK struct kd_error *kd_dump_open(struct kd_ctx *ctx, const char *path, const struct kd_dump_options *o,
					    struct kd_dump **ret);
/* Of what is open already; pages, space and kernel stay the caller's (space, kernel may be NULL). */
struct kd_dump *kd_dump_of(struct kd_ctx *ctx, struct kd_pages *pages, struct kd_space *space, struct kd_kernel *kernel);
void kd_dump_close(struct kd_dump *d);
void kd_dump_closep(struct kd_dump **d);

struct kd_ctx *kd_dump_ctx(const struct kd_dump *d);
const char *kd_dump_path(const struct kd_dump *d);
struct kd_pages *kd_dump_pages(struct kd_dump *d);

/*
 * The errors say what is missing for it. After success of need_space() kd_dump_space() is there, after
 * need_kernel() kd_dump_kernel() (and the space), after need_types() kd_dump_types(), too.
 */
KD_MUST_CHECK struct kd_error *kd_dump_need_space(struct kd_dump *d);
KD_MUST_CHECK struct kd_error *kd_dump_need_kernel(struct kd_dump *d);
KD_MUST_CHECK struct kd_error *kd_dump_need_types(struct kd_dump *d);
/*
 * Symbols and types are read as they are needed: was one of them found to be damaged while an answer was put together? Then that answer
 * may be wrong where it took something for absent: what was concluded is forgotten, and whoever asks asks again; from the
 * start what cannot be read is then unknown. True once.
 */
bool kd_dump_again(struct kd_dump *d);
struct kd_space *kd_dump_space(struct kd_dump *d); /* NULL: not there */
struct kd_kernel *kd_dump_kernel(struct kd_dump *d);
const struct kd_types *kd_dump_types(struct kd_dump *d); /* of the kernel's BTF */

/* With the kernel. modules.why says when the list is not whole. */
const struct kd_modules *kd_dump_modules(struct kd_dump *d);
KD_MUST_CHECK struct kd_error *kd_dump_cpus(struct kd_dump *d, const struct kd_cpus **ret);
KD_MUST_CHECK struct kd_error *kd_dump_unwinder(struct kd_dump *d, struct kd_unwinder **ret);

/* Debug info: NULL without --debug. Of the kernel its index; NULL: none fits (kd_symset_tries() says why). */
struct kd_symset *kd_dump_symset(struct kd_dump *d);
struct kd_kdx *kd_dump_index(struct kd_dump *d);
/* Address in the dump less address in its debug info. */
uint64_t kd_dump_kaslr(struct kd_dump *d);

/*
 * The dump in evidence: 16 digits of the SHA-256 of its VMCOREINFO (build, KASLR offset, time of the crash) and the registers of its
 * CPUs: the same for all forms of a dump; "0" without a VMCOREINFO.
 */
struct kd_view kd_dump_id(struct kd_dump *d);

struct kd_place_name {
	char name[KD_KALLSYMS_NAME];
	const struct kd_core_module *module; /* NULL: of the kernel proper */
	uint64_t addr, off, size; /* of the symbol; of addr in it; 0: not known */
	char type; /* as nm(1) */
};

/* The symbol that addr lies in: in the kernel's image or a module. false: in none. */
bool kd_dump_name(struct kd_dump *d, uint64_t addr, struct kd_place_name *ret);
/* "vfs_read+0x10/0x80 [ext4]"; absent: in none. */
struct kd_view kd_dump_name_text(struct kd_dump *d, uint64_t addr, struct kd_arena *arena);

/*
 * A symbol, "module:symbol", or either with "+0x10" behind it. KD_NOTFOUND, KD_INVALID: several have this name
 * (the message lists addresses).
 */
KD_MUST_CHECK struct kd_error *kd_dump_address(struct kd_dump *d, struct kd_view name, uint64_t *ret);

/* ---- for sheets ---- */

/* A number or pointer of `size` bytes at addr, or why it cannot be read. hex: as an address. */
struct kd_cell kd_dump_cell(struct kd_dump *d, struct kd_sheet *s, uint64_t addr, unsigned size, bool hex);
/* The member of a struct at addr; signed ones with their sign, pointers and unsigned longs with hex. */
struct kd_cell kd_dump_member(struct kd_dump *d, struct kd_sheet *s, uint64_t addr, const char *type, const char *path, bool hex);
/* An address with its symbol behind it, when it has one. */
struct kd_cell kd_dump_addr_cell(struct kd_dump *d, struct kd_sheet *s, uint64_t addr);
/* Bytes of memory as evidence of a statement; "what" is copied. */
void kd_dump_prove(struct kd_dump *d, struct kd_sheet *s, struct kd_assertion *st, uint64_t addr, uint64_t size, const char *what);
/* A command to go on with: "kdoc core VERB DUMP ARGUMENTS". */
void kd_dump_next(struct kd_dump *d, struct kd_sheet *s, const char *verb, const char *fmt, ...) __attribute__((format(printf, 4, 5)));
/* One line of the answer: what was known about the kernel, and from where; the release. */
void kd_dump_level(struct kd_dump *d, struct kd_sheet *s);

#endif
