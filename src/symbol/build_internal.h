/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * build_internal.h: what one worker gathers from the units that it reads, and what all of them share.
 * Only for build*.c.
 *
 *	build.c        the file: sections, units, workers, the parts of the index
 *	build_unit.c   functions and inlined calls of a unit
 *	build_line.c   rows of a unit
 *	build_merge.c  the workers' gatherings into one, encoded
 */
#ifndef KD_SYMBOL_BUILD_INTERNAL_H
#define KD_SYMBOL_BUILD_INTERNAL_H

#include <stdatomic.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/ctx.h"
#include "base/hashmap.h"
#include "base/vec.h"
#include "format/dwarf.h"
#include "format/dwarf_line.h"
#include "format/elf.h"
#include "symbol/build.h"

/* Caps: three times what the largest distribution kernel needs, or more. */
enum { BUILD_FILES_MAX = 1 << 20, BUILD_ORIGINS_MAX = 1 << 23, BUILD_FUNCS_MAX = 1 << 22,
       BUILD_NODES_MAX = 1 << 25, BUILD_RANGES_MAX = 1 << 26, BUILD_ROWS_MAX = 1 << 27,
       BUILD_UNITS_MAX = 1 << 20, BUILD_ABSTRACT_MAX = 1 << 22 };

/* Steps of one worker: tables that many units share, lists that lie over each other may not multiply the work. */
#define BUILD_STEPS_MAX ((uint64_t)1 << 33)

struct build_range {
	uint32_t start, len; /* of the text base */
};

struct build_file {
	struct kd_view dir, name;
};

struct build_origin {
	struct kd_view name, linkage; /* borrowed from debug sections */
	uint32_t file, line;
};

struct build_func {
	uint64_t off; /* of its entry */
	uint32_t origin, low, flags;
	uint32_t node, nnodes; /* inlined calls */
	uint32_t range, nranges;
};

struct build_node {
	uint32_t depth, origin, file, line, column;
	uint32_t range, nranges;
};

struct build_row {
	uint32_t addr, file, line, column; /* file 0: no code from here on */
};

struct build_seq {
	uint64_t unit; /* offset of the unit whose program has it */
	uint32_t start, end;
	uint32_t row, nrows;
};

/* An executable section, absolute. */
struct build_text {
	uint64_t start, end;
	uint32_t section;
};

struct build_unit {
	struct kd_dwarf_unit u;
	bool lines; /* its line program is this unit's to read: no other before it has the same */
	bool read; /* a unit whose entries are of use: no type unit */
	uint64_t stmt_list;
	bool has_lines;
};

struct build_worker {
	struct build *b;
	struct kd_dwarf_abbrevs abbrevs, foreign;
	struct kd_dwarf_entry entry;
	struct kd_arena unit_arena; /* reset for each unit */
	struct kd_arena arena; /* texts that are made here */
	struct kd_hashmap file_ids, origin_ids;
	KD_VEC(struct build_file) files; /* [0]: none */
	KD_VEC(struct build_origin) origins;
	KD_VEC(struct build_func) funcs;
	KD_VEC(struct build_node) nodes;
	KD_VEC(struct build_range) ranges;
	KD_VEC(struct build_row) rows;
	KD_VEC(struct build_seq) seqs;
	uint64_t damaged;
	char damage[200];
	uint64_t steps; /* entries of lists, attributes of abbreviations, bytes of line programs that were read */
	bool full; /* one of the caps was reached */
};

struct build {
	struct kd_ctx *ctx;
	const struct kd_kdx_options *o;
	struct kd_elf elf;
	struct kd_arena arena;
	struct kd_dwarf dw;
	struct kd_elf_data *data; /* of the sections in dw */
	KD_VEC(struct build_text) text; /* ascending */
	uint64_t base, end; /* of executable sections */
	KD_VEC(struct build_unit) units;
	struct build_worker *w;
	unsigned nw;
	struct kd_view comp_dir; /* of most units: of the first one */
	atomic_size_t done;
	struct kd_kdx_stats stats;
};

/* The distance from the base; false when [start, end) is no code of the file. */
bool kd_build_code(const struct build *b, uint64_t start, uint64_t end, uint32_t *ret_start,
		   uint32_t *ret_len);

/* One unit's view of files: index of its line program → the worker's number. */
struct build_names {
	struct kd_dwarf_lines lines;
	bool has;
	struct kd_view comp_dir;
	uint32_t *ids; /* UINT32_MAX: not asked for yet */
};

/* The worker's number of the i-th file of the unit; 0: none. */
uint32_t kd_build_file(struct build_worker *w, struct build_names *names, uint64_t i);

/* Rows of the line program that names->lines is at the start of. */
void kd_build_rows(struct build_worker *w, const struct kd_dwarf_unit *u, struct build_names *names);

/* Everything of one unit. */
void kd_build_unit(struct build_worker *w, const struct build_unit *u);

/* Count work; sets w->full when it is too much. */
void kd_build_steps(struct build_worker *w, uint64_t n);

/* Say that something of a unit could not be used. */
void kd_build_damage(struct build_worker *w, const struct kd_dwarf_unit *u, const char *what);

/* All workers' into one file's parts. */
struct build_out {
	struct kd_buf strings, files, blocks, lines, ranges, funcs, origins, trees;
	struct kd_buf sym_addr, syms, sym_names, ident, text_blocks, text;
	struct kd_hashmap texts;
};
KD_MUST_CHECK struct kd_error *kd_build_merge(struct build *b, struct build_out *o);

/* Offset of a text in o->strings; 0 for the empty one. */
uint32_t kd_build_text(struct build_out *o, struct kd_view v);

/* Symbols, code bytes. */
KD_MUST_CHECK struct kd_error *kd_build_symbols(struct build *b, struct build_out *o);
KD_MUST_CHECK struct kd_error *kd_build_code_bytes(struct build *b, struct build_out *o);
KD_MUST_CHECK struct kd_error *kd_build_ident(struct build *b, const char *file, struct build_out *o);

void kd_build_varint(struct kd_buf *b, uint64_t v);

#endif
