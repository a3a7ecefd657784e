/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kallsyms_image.h: the symbols that a kernel image carries for itself, for an image without a symbol table (the ELF file
 * inside of a bzImage).
 *
 * The tables have no header. They are found by what must be true of them, all of it: 256 tokens whose index agrees with
 * their lengths and among which "0" to "9" stand for themselves; before them so many names as a count says, each of which
 * begins with a letter of nm, with markers that agree at every 256th; so many offsets, which give ascending addresses, among
 * them _text, _stext or startup code in the file's code. Layout: scripts/kallsyms.c of Linux, before 6.4 (offsets in front) and
 * since (offsets behind the tokens); little endian, 64 bits, KALLSYMS_BASE_RELATIVE with or without ABSOLUTE_PERCPU.
 */
#ifndef KD_SYMBOL_KALLSYMS_IMAGE_H
#define KD_SYMBOL_KALLSYMS_IMAGE_H

#include "base/arena.h"
#include "base/error.h"
#include "format/elf.h"

struct kd_image_symbol {
	uint64_t addr;
	struct kd_view name; /* the arena's */
	char type; /* nm's letter */
};

/* KD_NOTFOUND: there are none, or none that are certain; KD_LIMIT. By ascending address. */
KD_MUST_CHECK struct kd_error *kd_image_symbols(const struct kd_elf *elf, struct kd_arena *arena,
						struct kd_image_symbol **ret, size_t *ret_n);

/* In bytes of read-only data; text: [start, end) of the file's code, for the last check. */
bool kd_image_symbols_in(struct kd_view data, uint64_t text, uint64_t text_end, struct kd_arena *arena,
			 struct kd_image_symbol **ret, size_t *ret_n);

#endif
