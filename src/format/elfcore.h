/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * elfcore.h: the headers of an ELF core file, wherever in it they are.
 *
 *	struct kd_elfcore core;
 *	err = kd_elfcore_read(file, &arena, &core);       // or kd_elfcore_parse(head, &arena, &core) of its first bytes
 *	for (i = 0; i < core.nseg; i++) … core.seg[i].paddr
 *
 * Both classes and byte orders. The header's layout is that of the System V ABI (gABI), chapters
 * 4 and 5; a core with 0xffff segments or more has their number in the first section header.
 */
#ifndef KD_FORMAT_ELFCORE_H
#define KD_FORMAT_ELFCORE_H

#include "base/arena.h"
#include "base/bytes.h"
#include "base/error.h"
#include "base/view.h"

enum { KD_ELF_LOAD = 1, KD_ELF_NOTE = 4 }; /* p_type */
enum { KD_EM_386 = 3, KD_EM_PPC64 = 21, KD_EM_S390 = 22, KD_EM_ARM = 40, KD_EM_X86_64 = 62,
       KD_EM_AARCH64 = 183, KD_EM_RISCV = 243, KD_EM_LOONGARCH = 258 };

#define KD_ELFCORE_SEGMENTS_MAX (1 << 19)

struct kd_elfcore_segment {
	uint32_t type;
	uint64_t off, vaddr, paddr; /* paddr: of QEMU and kdump physical, else 0 or all ones */
	uint64_t filesz, memsz;
};

struct kd_elfcore {
	bool is64, big_endian;
	uint16_t machine; /* KD_EM_… */
	uint64_t phoff; /* program headers: here, so many, so long */
	uint32_t phnum;
	uint16_t phentsize;
	uint64_t shoff; /* section headers; Xen's cores of domains have these alone */
	uint16_t shnum, shstrndx;
	struct kd_elfcore_segment *seg;
	size_t nseg;
	uint64_t end; /* of the furthest byte that a segment names */
};

/* So many first bytes suffice for all but odd files; with fewer, KD_LIMIT says how many. */
#define KD_ELFCORE_HEAD ((size_t)64 << 10)

/*
 * KD_BADDATA when it is no ELF core or its headers contradict each other; KD_LIMIT when head ends
 * before they do (error's offset: where they end). seg lives in the arena. A segment that
 * reaches past file_size is left as it is: a core may be cut.
 */
KD_MUST_CHECK struct kd_error *kd_elfcore_parse(struct kd_view head, struct kd_arena *arena,
						struct kd_elfcore *ret);

/*
 * The same of a file, whose headers may be anywhere in it (QEMU 7.2 has them behind the section headers, a core of
 * many segments may have the section header at its end). KD_BADDATA also when the file ends inside of them.
 * A core with sections and without segments has nseg 0.
 */
KD_MUST_CHECK struct kd_error *kd_elfcore_read(const struct kd_bytes *file, struct kd_arena *arena,
					       struct kd_elfcore *ret);

/* Is there a section whose name begins so? Up to 4096 sections are looked at. */
bool kd_elfcore_has_section(const struct kd_bytes *file, const struct kd_elfcore *core, struct kd_view prefix);

/* One note of a PT_NOTE segment; names and contents are borrowed. */
struct kd_elfnote {
	struct kd_view name; /* without NUL: "CORE", "VMCOREINFO", "QEMU" */
	uint32_t type;
	struct kd_view desc;
};

/* The next note of `notes` from *at on; false at the end or at what is no note. */
bool kd_elfnote_next(struct kd_view notes, bool big_endian, size_t *at, struct kd_elfnote *ret);

#endif
