/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kaslr.h: how far a kernel was moved at boot, so that the raw addresses of its log are places in a file.
 *
 *	struct kd_kaslr_log log;                               // of one boot
 *	kd_kaslr_log_init(&log);
 *	kd_kaslr_report(&log, report);                         // each report of that boot
 *	kd_kaslr_find(k, &log, &found);
 *	if (found.state == KD_KASLR_FOUND)  file address = log address - found.offset
 *
 * Ways, the surest first; each is checked against what else the log has, and a contradiction leaves no answer:
 *
 *   stated   "Kernel Offset: 0x1c000000 from 0xffffffff81000000" or "Kernel Offset: disabled"
 *            (dump_kernel_offset() of arch/x86/kernel/setup.c and arch/arm64/kernel/setup.c, at a panic only). "from" must
 *            be where the file's _text is.
 *   pairs    frames that have both address and symbol (x86 before 4.10, arm64 before 4.13): all of them, at least 3, give
 *            one offset, a multiple of the alignment.
 *   calls    raw return addresses: each follows a call instruction of the file's code at one offset, and at no other
 *            possible one. How often a random place of that code follows a call is measured, and the probability
 *            that all of them do by accident must be below one in a million over all offsets tried.
 *   code     the bytes of the Code: line stand in the file at that offset from its program counter.
 *
 * Offsets are multiples of 2 MiB on x86-64 (CONFIG_PHYSICAL_ALIGN, at most 1 GiB), of 64 KiB on arm64 (EFI_KIMG_ALIGN, the
 * smallest). Other architectures: stated offsets and pairs alone. Addresses outside of the kernel half are not
 * counted: %p prints hashed values (Documentation/core-api/printk-formats.rst) that look like those of programs.
 */
#ifndef KD_SYMBOL_KASLR_H
#define KD_SYMBOL_KASLR_H

#include "base/vec.h"
#include "report/report.h"
#include "symbol/resolve.h"

enum { KD_KASLR_PCS = 4096, KD_KASLR_CODE = 64 };

/* A raw address of a stack. */
struct kd_kaslr_pc {
	uint64_t addr;
	bool exact; /* the program counter: follows no call */
	bool last; /* the oldest of its stack: entry code may put anything there */
	bool weak; /* printed with '?' */
};

/* A frame with symbol and address. */
struct kd_kaslr_pair {
	struct kd_view func;
	uint64_t offset, size, addr;
	bool exact;
};

/* Bytes around a program counter. */
struct kd_kaslr_bytes {
	uint64_t pc;
	uint8_t v[KD_KASLR_CODE];
	size_t n, mark; /* mark: index of the byte at pc */
};

struct kd_kaslr_log {
	struct kd_arena arena; /* of names */
	bool stated, disabled, contradicts; /* contradicts: two lines of one boot state different offsets */
	uint64_t offset, from; /* from 0: not stated */
	uint64_t line; /* of the log, that states it */
	KD_VEC(struct kd_kaslr_pc) pcs; /* in the order of the log */
	KD_VEC(struct kd_kaslr_pair) pairs;
	KD_VEC(struct kd_kaslr_bytes) code;
	KD_VEC(struct kd_kaslr_pair) sized; /* kernel frames with a size; addr unused */
};

void kd_kaslr_log_init(struct kd_kaslr_log *l);
void kd_kaslr_log_deinit(struct kd_kaslr_log *l);

/* What a report tells, copied. Beyond KD_KASLR_PCS of a sort the rest is left out. */
void kd_kaslr_report(struct kd_kaslr_log *l, const struct kd_report *r);

/* Is the address a program counter of the report's registers? arm64's traces begin with it. */
bool kd_kaslr_is_pc(const struct kd_report *r, uint64_t addr);

enum kd_kaslr_state {
	KD_KASLR_NOTHING, /* nothing in the log to find it by */
	KD_KASLR_FOUND,
	KD_KASLR_SEVERAL, /* more than one offset fits */
	KD_KASLR_NONE, /* no offset fits: not this kernel, or too few addresses */
	KD_KASLR_OTHER, /* what the log states or shows contradicts the file: it is not this kernel's */
};

enum kd_kaslr_how { KD_KASLR_STATED, KD_KASLR_PAIRS, KD_KASLR_CALLS, KD_KASLR_BYTES };

struct kd_kaslr {
	uint8_t state, how; /* how: with FOUND */
	bool disabled;
	int64_t offset; /* with FOUND: log address - file address */
	size_t calls, asked; /* of so many return addresses in the file's code so many follow a call there */
	size_t links; /* … of which so many are calls of the very function of the frame before */
	size_t bytes_same, bytes; /* of the Code: lines */
	size_t pairs; /* frames with symbol and address that agree */
	size_t sizes_same, sizes; /* frames whose printed size is the file's */
	size_t tried; /* offsets that were tried */
	char words[320]; /* one sentence: how it was found, or why not */
};

/* Pure: the same for the same log and file. Its work is bounded by KD_KASLR_PCS × the offsets that are possible. */
void kd_kaslr_find(struct kd_kdx *k, const struct kd_kaslr_log *l, struct kd_kaslr *ret);

/* Could it be an address of the kernel image or its modules on this machine (KD_EM_…)? Not a hashed or user one. */
bool kd_kaslr_kernel_address(uint16_t machine, uint64_t addr);

/*
 * The address in the file; false when it is none of its code there (a module's, of BPF, damaged). is_module: it lies where
 * the architecture puts modules.
 */
bool kd_kaslr_to_file(struct kd_kdx *k, const struct kd_kaslr *f, uint64_t addr, uint64_t *ret, bool *is_module);

/* Does the code before addr (of the file) end with a call? *target 0: an indirect one. */
bool kd_kaslr_after_call(struct kd_kdx *k, uint16_t machine, uint64_t addr, uint64_t *target);

#endif
