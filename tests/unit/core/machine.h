/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * machine.h: the memory of a machine that never ran, for tests: page tables, VMCOREINFO, and dumps of it in
 * all containers.
 *
 *	struct machine m;
 *	machine_init(&m, &machine_x86);
 *	uint64_t p = machine_page(&m);                      // a fresh page, its physical address
 *	machine_map(&m, 0xffff888000000000, p);
 *	machine_say(&m, "OSRELEASE=6.1.0-test\n");
 *	struct kd_bytes *dump = machine_elf(&m);            // or machine_kdump()
 */
#ifndef KD_TESTS_CORE_MACHINE_H
#define KD_TESTS_CORE_MACHINE_H

#include "base/buf.h"
#include "base/bytes.h"

struct machine_kind {
	uint16_t machine; /* KD_EM_… */
	unsigned page_shift, bits, levels;
	uint64_t image; /* virtual address of the kernel's image … */
	const char *utsname; /* uname -m */
	unsigned runs; /* arm64: bits that the machine has; 0: all that the kernel was built for */
};

extern const struct machine_kind machine_x86, machine_x86_5, machine_arm64_4k, machine_arm64_4k_39, machine_arm64_4k_52,
	machine_arm64_16k, machine_arm64_64k, machine_arm64_64k_42, machine_arm64_64k_52_on_48;

enum { MACHINE_PADDR = 16 << 20, MACHINE_PAGES = 112 };

struct machine {
	const struct machine_kind *kind;
	unsigned char *mem; /* physical memory from MACHINE_PADDR on */
	size_t page, used; /* bytes of a page, pages given out */
	uint64_t root; /* physical address of the topmost table; the image's address of it is in VMCOREINFO */
	struct kd_buf info;
	struct kd_buf notes; /* in front of VMCOREINFO's, as they are in the file */
	bool left_out[MACHINE_PAGES]; /* pages that a dump does not keep */
};

/* With page tables for the image, init_uts_ns of release "6.1.0-test", and a VMCOREINFO that says so. */
void machine_init(struct machine *m, const struct machine_kind *kind);
void machine_deinit(struct machine *m);

uint64_t machine_page(struct machine *m);
unsigned char *machine_at(struct machine *m, uint64_t paddr);
void machine_map(struct machine *m, uint64_t vaddr, uint64_t paddr);
/* Where a mapped virtual address is. */
unsigned char *machine_virt(struct machine *m, uint64_t vaddr);
void machine_say(struct machine *m, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

void put_le(unsigned char *to, uint64_t value, size_t n);

/* Left-out pages at the end of a segment are not in the file (memsz > filesz). */
void machine_elf(const struct machine *m, struct kd_buf *ret);

/* packing: enum kd_diskdump_packing, 0: none. Frames outside of [start, end) are not in it when end is not 0. */
void machine_kdump(const struct machine *m, uint32_t packing, uint64_t start, uint64_t end, struct kd_buf *ret);

/* As makedumpfile -F: pieces in odd order, the first block written twice; without the end mark when cut. */
void machine_flat(struct kd_view dump, bool cut, struct kd_buf *ret);

#endif
