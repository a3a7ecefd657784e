/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * regval.h: what a register value or a fault address may be.
 *
 *	struct kd_val_where w = {.arch = KD_ARCH_X86_64, .has_sp = true, .sp = rsp};
 *	struct kd_val val;
 *	kd_val_class(&w, 0xdead000000000122, &val);  // KD_VAL_POISON, "LIST_POISON2 …"
 *
 *	struct kd_reading r[KD_READINGS_MAX];
 *	size_t n = kd_addr_readings(&w, NULL, 0x18, r, KD_READINGS_MAX);
 *
 * Text alone cannot prove a region: the direct map, vmalloc and vmemmap of x86_64 are
 * moved separately at boot (Documentation/arch/x86/x86_64/mm.rst, last note), so they
 * are "likely" unless an anchor of the same report agrees. A small fault address is a
 * NULL pointer plus an offset in one reading only; kd_addr_readings() lists all, and
 * the value of the base register, if known, decides.
 *
 * Sources: Documentation/arch/x86/x86_64/mm.rst; Documentation/arch/arm64/memory.rst
 * and tagged-pointers.rst, pointer-authentication.rst; Documentation/arch/riscv/
 * vm-layout.rst; arch/powerpc/include/asm/book3s/64/radix.h; arch/loongarch and
 * arch/mips include/asm/addrspace.h; include/linux/err.h; poison.h of this folder.
 */
#ifndef KD_REPORT_REGVAL_H
#define KD_REPORT_REGVAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "report/arch.h"
#include "report/report.h"

/* What the report itself says about its address space. All optional but arch. */
struct kd_val_where {
	uint8_t arch;	 /* enum kd_arch */
	uint8_t va_bits; /* 0 unknown; x86_64: 48, 57; arm64: 39, 42, 47, 48, 52 */
	bool has_sp, has_percpu, has_ip, has_kaslr, has_current, has_shadow;
	bool big_endian; /* for ASCII on architectures with both orders */
	uint64_t sp;	 /* kernel stack pointer of the same report */
	uint64_t percpu; /* kernel GS base, tpidr_el1: base of this CPU's area */
	uint64_t ip;	 /* kernel text address */
	uint64_t kaslr;	 /* "Kernel Offset: 0x…" */
	uint64_t current_task;
	uint64_t shadow; /* KASAN_SHADOW_OFFSET, when known */
};

/* x86_64: 57 when an anchor or `value` can only be a 5-level address, else 48. */
unsigned kd_val_va_bits(const struct kd_val_where *w);

struct kd_val {
	uint8_t cls;	  /* enum kd_valclass */
	bool likely;	  /* the region is inferred from the usual layout only */
	const char *note; /* static words, or NULL */
	int64_t offset;	  /* poison and tagged values: value minus the pattern */
	unsigned errnum;  /* KD_VAL_ERRPTR, or a 32-bit negative errno; else 0 */
	uint64_t plain;	  /* without tag or authentication bits */
	char ascii[9];	  /* KD_VAL_ASCII: in memory order, '.' for others; else "" */
};

void kd_val_class(const struct kd_val_where *w, uint64_t value, struct kd_val *ret);

/* "vmalloc", "error pointer" …; for people. Never NULL. */
const char *kd_valclass_words(enum kd_valclass cls);
/* "vmalloc", "errptr" …; for JSON. Never NULL. */
const char *kd_valclass_name(enum kd_valclass cls);

/* Is v a legal address of the architecture (canonical)? true where that is no question. */
bool kd_addr_canonical(const struct kd_val_where *w, uint64_t v);
bool kd_addr_user(const struct kd_val_where *w, uint64_t v);

/* ≥ 6 printable bytes and the rest NUL: true, and the text in memory order. */
bool kd_val_ascii(uint64_t value, unsigned bytes, bool big_endian, char ret[9]);

enum kd_reading_kind {
	KD_READ_NULL_FIELD,	/* NULL plus the offset of a field */
	KD_READ_NULL_INDEX,	/* NULL plus index times element size */
	KD_READ_SMALL_VALUE,	/* an integer used as a pointer, plus an offset */
	KD_READ_ERRPTR,		/* an unchecked error pointer, plus an offset */
	KD_READ_CONTAINER_NULL, /* container_of(NULL): a negative offset */
	KD_READ_POISON,		/* a poison pattern, plus an offset */
	KD_READ_KASAN_SHADOW,	/* of the address in `base` … base + granule - 1 */
	KD_READ_USER,		/* a pointer of user space used by the kernel */
	KD_READ_ASCII,		/* text used as a pointer */
	KD_READ_NONCANON,	/* damaged or never a pointer */
	KD_READ_TAGGED,		/* a tag or authentication code in the way */
	KD_READ_PERCPU_OFFSET,	/* a per-CPU offset used without its base */
	KD_READ_KERNEL,		/* a kernel address that is not mapped (any more) */
};

struct kd_reading {
	uint8_t kind;	 /* enum kd_reading_kind */
	bool decided;	 /* the base register's value shows this one */
	uint64_t base;	 /* the pointer that was used, in this reading */
	int64_t offset;	 /* what was added to it */
	unsigned errnum; /* KD_READ_ERRPTR */
	uint8_t region;	 /* KASAN shadow: enum kd_valclass of base */
	const char *name; /* "ENOMEM", "LIST_POISON1", or NULL */
	const char *why; /* one sentence: what speaks for it, what would settle it */
};

/* What else is known about the access; all optional. */
struct kd_reading_hint {
	bool has_base;	    /* the base register of the faulting operand … */
	uint64_t base;	    /* … and its value */
	bool gs_relative;   /* x86 %gs or arm64 tpidr operand: never NULL plus offset */
	bool from_gpf;	    /* the address comes from a general protection fault's hint */
	bool kasan;	    /* the kernel has inline generic KASAN */
	bool has_size;
	uint64_t size; /* of the access, bytes */
};

#define KD_READINGS_MAX 8

/*
 * All readings of a fault address, the decided or more usual ones first. At least one
 * and at most max; hint may be NULL. Without a base register none is decided.
 */
size_t kd_addr_readings(const struct kd_val_where *w, const struct kd_reading_hint *hint,
			uint64_t addr, struct kd_reading *ret, size_t max);

#endif
