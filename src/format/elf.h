/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * elf.h: an ELF file: sections, symbols, notes, relocations of debug sections.
 *
 *	struct kd_elf elf;
 *	err = kd_elf_open(bytes, &arena, &elf);
 *	const struct kd_elf_section *s = kd_elf_find(&elf, KD_V(".debug_info"));
 *	kd_auto(kd_elf_data_deinit) struct kd_elf_data d = {0};
 *	if (s) err = kd_elf_load(&elf, s, 1 << 30, &d);        // d.v: unpacked and relocated
 *
 * vmlinux, kernel modules (also .ko.debug), objects, shared objects; both classes and byte orders.
 * Layouts: System V ABI (gABI) chapter 4 and 5; packed sections: gABI "Section Compression", and the
 * older .zdebug_ names of binutils. Relocations: the psABI of each machine.
 *
 * A relocatable file (ET_REL) has no addresses. Its sections get some here: those with SHF_ALLOC one
 * after the other in file order from KD_ELF_REL_BASE on, aligned as they ask; symbols and relocated
 * debug sections speak of these. They are no addresses of a running kernel.
 */
#ifndef KD_FORMAT_ELF_H
#define KD_FORMAT_ELF_H

#include "base/arena.h"
#include "base/bytes.h"
#include "base/cursor.h"
#include "base/error.h"
#include "base/view.h"

#define KD_ELF_REL_BASE ((uint64_t)1 << 20)
#define KD_ELF_SECTIONS_MAX 262144 /* -ffunction-sections kernels have tens of thousands */

enum { KD_ET_REL = 1, KD_ET_EXEC = 2, KD_ET_DYN = 3, KD_ET_CORE = 4 }; /* kd_elf.type */
enum { KD_SHT_PROGBITS = 1, KD_SHT_SYMTAB = 2, KD_SHT_RELA = 4, KD_SHT_NOTE = 7, KD_SHT_NOBITS = 8,
       KD_SHT_REL = 9 };
enum { KD_SHF_WRITE = 1, KD_SHF_ALLOC = 2, KD_SHF_EXEC = 4, KD_SHF_COMPRESSED = 0x800 };

struct kd_elf_section {
	struct kd_view name;
	uint32_t index, type, link, info;
	uint64_t flags, addr, off, size, entsize, align; /* size: in the file */
};

struct kd_elf {
	const struct kd_bytes *bytes;
	bool is64, big_endian;
	uint16_t type, machine; /* KD_ET_…, KD_EM_… of format/elfcore.h */
	uint64_t entry;
	struct kd_elf_section *sec; /* sec[0] is the reserved one */
	size_t nsec;
};

/*
 * Reads headers and section names; they live in the arena, bytes are borrowed. KD_BADDATA when it
 * is no ELF file or its headers contradict each other; KD_LIMIT.
 */
KD_MUST_CHECK struct kd_error *kd_elf_open(const struct kd_bytes *bytes, struct kd_arena *arena,
					   struct kd_elf *ret);

/* The first section of that name, NULL without. ".debug_x" also finds ".zdebug_x". */
const struct kd_elf_section *kd_elf_find(const struct kd_elf *elf, struct kd_view name);

struct kd_elf_data {
	struct kd_view v;
	char *own; /* NULL: v is borrowed from the file's bytes */
};

/*
 * The contents: unpacked, and in a relocatable file a .debug_… section or .eh_frame relocated (what counts from its own
 * place then counts from 0 at the section's first byte). SHT_NOBITS: empty.
 * KD_LIMIT: more than max bytes; KD_UNSUPPORTED: a packing or a machine's relocations that are not
 * known here; KD_BADDATA.
 */
KD_MUST_CHECK struct kd_error *kd_elf_load(const struct kd_elf *elf, const struct kd_elf_section *s,
					   size_t max, struct kd_elf_data *ret);
void kd_elf_data_deinit(struct kd_elf_data *d);

/* ---- symbols ---- */

struct kd_elf_sym {
	struct kd_view name;
	uint64_t addr, size; /* addr: of a function of a relocatable file as above */
	uint8_t type, bind; /* KD_STT_…, KD_STB_… */
	uint32_t section; /* KD_SHN_… or an index */
};

enum { KD_STT_NOTYPE, KD_STT_OBJECT, KD_STT_FUNC, KD_STT_SECTION, KD_STT_FILE };
enum { KD_STB_LOCAL, KD_STB_GLOBAL, KD_STB_WEAK };
/*
 * Reserved indexes are moved up here, since sections may have the file's numbers for them
 * (SHT_SYMTAB_SHNDX). XINDEX: the file says "look there" and there is nothing.
 */
#define KD_SHN_UNDEF 0u
#define KD_SHN_ABS 0xfffffff1u
#define KD_SHN_COMMON 0xfffffff2u
#define KD_SHN_XINDEX 0xffffffffu

/* A symbol table that was loaded: its entries and names. */
struct kd_elf_syms {
	const struct kd_elf *elf;
	struct kd_elf_data table, names, wide; /* wide: section indexes of 32 bits */
	size_t n;
};

/* .symtab. KD_NOTFOUND when the file has none. */
KD_MUST_CHECK struct kd_error *kd_elf_symbols(const struct kd_elf *elf, size_t max,
					      struct kd_elf_syms *ret);
void kd_elf_syms_deinit(struct kd_elf_syms *s);

/* The i-th; a name that lies outside of the names is absent. i < s->n. */
struct kd_elf_sym kd_elf_sym(const struct kd_elf_syms *s, size_t i);

/* Its addr alone. */
uint64_t kd_elf_sym_addr(const struct kd_elf_syms *s, size_t i);

/* ---- relocations ---- */

struct kd_elf_reloc {
	uint64_t place; /* offset in the section that it is for */
	uint32_t type, sym; /* of the machine; index of the symbol */
	int64_t addend; /* 0 when the data holds it */
};

/* The next entry of a section of type KD_SHT_RELA (addends) or KD_SHT_REL; false at its end. */
bool kd_elf_reloc_next(const struct kd_elf *elf, struct kd_cursor *c, bool addends,
		       struct kd_elf_reloc *ret);

/* ---- identity ---- */

/* The GNU build-id from any note section, into the arena; absent without. */
struct kd_view kd_elf_build_id(const struct kd_elf *elf, struct kd_arena *arena);

#endif
