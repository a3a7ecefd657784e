/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dwarf_line.h: a line program: its table of files, then its rows.
 *
 *	struct kd_dwarf_lines p;
 *	struct kd_dwarf_row row;
 *	err = kd_dwarf_lines(&dw, &unit, stmt_list, comp_dir, &arena, &p);
 *	while (!err && kd_dwarf_lines_next(&p, &row)) …
 *	if (p.c.failed) … it is damaged from there on
 *
 * DWARF 5, 6.2; versions 2 to 5. Operation indexes of VLIW machines are not kept.
 */
#ifndef KD_FORMAT_DWARF_LINE_H
#define KD_FORMAT_DWARF_LINE_H

#include "base/arena.h"
#include "format/dwarf.h"

struct kd_dwarf_file {
	struct kd_view dir; /* as written: absolute, or relative to the compilation directory; "" */
	struct kd_view name;
	struct kd_view md5; /* 16 bytes, absent without */
};

struct kd_dwarf_row {
	uint64_t addr;
	uint32_t file; /* index into files; may lie outside of it */
	uint32_t line, column; /* 0: none */
	bool is_stmt;
	bool end; /* one past the last byte of a sequence; file, line, column mean nothing */
};

struct kd_dwarf_lines {
	struct kd_dwarf_file *files; /* [0] exists in version 5, before it is empty */
	size_t nfiles;
	uint16_t version;

	/* The machine. */
	struct kd_cursor c; /* ends with the program */
	struct kd_dwarf_row now;
	uint64_t rows; /* given so far */
	struct kd_view lengths; /* operands of the standard opcodes */
	uint8_t address_size, min_length, line_range, opcode_base;
	int8_t line_base;
	bool default_stmt;
};

/*
 * Reads header and files, which live in the arena; texts are borrowed from the sections. KD_BADDATA,
 * KD_UNSUPPORTED, KD_LIMIT.
 */
KD_MUST_CHECK struct kd_error *kd_dwarf_lines(const struct kd_dwarf *dw, const struct kd_dwarf_unit *u,
					      uint64_t stmt_list, struct kd_view comp_dir,
					      struct kd_arena *arena, struct kd_dwarf_lines *ret);

/* The next row; false at the end of the program, or with c.failed where it is damaged. */
bool kd_dwarf_lines_next(struct kd_dwarf_lines *p, struct kd_dwarf_row *ret);

#endif
