/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * build_internal.h: what one worker gathers from the units that it reads, and what all of them share.
 * Only for build*.c.
 *
 *	build.c        the file: sections, units, workers, the parts of the index
 *	build_unit.c   functions and inlined calls of a unit
 *	build_line.c   rows of a unit
 *	build_split.c  units that lie in other files
 *	build_merge.c  the workers' gatherings into one, encoded
 */
#ifndef KD_SYMBOL_BUILD_INTERNAL_H
#define KD_SYMBOL_BUILD_INTERNAL_H

#include <stdatomic.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/ctx.h"
#include "base/hashmap.h"
#include "base/md5.h"
#include "base/vec.h"
#include "format/dwarf.h"
#include "format/dwarf_line.h"
#include "format/elf.h"
#include "symbol/build.h"

/* Caps: three times what the largest distribution kernel needs, or more. */
enum { BUILD_FILES_MAX = 1 << 20, BUILD_ORIGINS_MAX = 1 << 23, BUILD_FUNCS_MAX = 1 << 22,
       BUILD_NODES_MAX = 1 << 25, BUILD_RANGES_MAX = 1 << 26, BUILD_ROWS_MAX = 1 << 27,
       BUILD_UNITS_MAX = 1 << 20, BUILD_ABSTRACT_MAX = 1 << 22, BUILD_SCOPES_MAX = 1 << 25,
       BUILD_VARS_MAX = 1 << 26, BUILD_LOCS_MAX = 1 << 27, BUILD_TYPES_MAX = 1 << 22,
       BUILD_GLOBALS_MAX = 1 << 22 };
#define BUILD_EXPRS_MAX ((size_t)1 << 30)

/* Steps of one worker: tables that many units share, lists that lie over each other may not multiply the work. */
#define BUILD_STEPS_MAX ((uint64_t)1 << 33)

struct build_range {
	uint32_t start, len; /* of the text base */
};

struct build_file {
	struct kd_view dir, name;
	bool has_md5, other_md5; /* other: units disagree, so it is of no use */
	uint8_t md5[KD_MD5_LEN];
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
	uint32_t scope, nscopes;
	uint32_t var, nvars;
};

struct build_node {
	uint32_t depth, origin, file, line, column;
	uint32_t range, nranges;
};

/* Where variables live: a function, an inlined call, a block of one of them. */
enum build_scope_kind { BUILD_SCOPE_FUNC, BUILD_SCOPE_INLINED, BUILD_SCOPE_BLOCK };

struct build_scope {
	uint8_t kind;
	uint32_t depth; /* 0: the function */
	uint32_t node; /* INLINED: which of its function's */
	uint32_t range, nranges; /* BLOCK; none: all of the scope around it */
	uint32_t nvars;
};

enum { BUILD_VAR_PARAM = 1, BUILD_VAR_LIST = 2 }; /* LIST: its place depends on the address */

struct build_var {
	struct kd_view name; /* borrowed from debug sections */
	uint64_t type; /* offset of the type's entry, 0: void */
	uint32_t scope, line, flags;
	uint32_t loc, nlocs; /* none: optimised out */
};

struct build_loc {
	uint32_t start, len; /* len 0: wherever the scope is */
	uint32_t expr; /* in the worker's exprs */
	uint16_t nexpr;
};

/* A variable that lies in memory at an address: not on a stack, not in a register. */
struct build_global {
	uint64_t addr, type, ref; /* type: offset of its entry; ref: of the entry that has the rest */
	struct kd_view name;
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
	struct kd_view dwo, comp_dir; /* a skeleton: the file that its entries are in, and from where */
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
	KD_VEC(struct build_scope) scopes;
	KD_VEC(struct build_var) vars;
	KD_VEC(struct build_loc) locs;
	KD_VEC(struct build_global) globals;
	struct kd_buf exprs;
	uint64_t damaged;
	char damage[200];
	uint64_t steps; /* entries of lists, attributes of abbreviations, bytes of line programs that were read */
	int frame_base; /* of the function whose entries are read: kd_build_frame_base() */
	bool full; /* one of the caps was reached */
};

/* What became of a unit's types: the entry at off (of the unit) is this node of the writer. */
struct build_type {
	uint32_t off, node;
};

struct build_types; /* build_types.c */
struct build_split; /* build_split.c */

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
	struct build_types *types;
	struct kd_view comp_dir; /* of most units: of the first one */
	struct build_split *split; /* other files' sections and units (build_split.c) */
	uint64_t missing; /* files with more debug info that are not there */
	struct kd_view missing_file, missing_what; /* the first of them: PATH; "PATH, which is not there" */
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

/* ---- the source tree's place (build_top.c) ---- */

/*
 * In front of which directory the tree's own ones begin, for directories that came absolute: a tree
 * built elsewhere (make O=…), or the assembler's files of a tree whose compiler was told to map
 * prefixes (Debian's packages: -ffile-prefix-map, which gas does not see). Found by the kernel's own
 * headers, else by the directories that other units have without it. Empty: none. Borrowed.
 */
struct kd_view kd_build_top(const struct build *b);

/* dir without top; "" when it is the top; dir itself when it is elsewhere. */
struct kd_view kd_build_below(struct kd_view top, struct kd_view dir);

/* ---- variables (build_var.c) ---- */

/* A variable or parameter of the unit that has no code around it: what an inlined one refers to. */
struct build_abstract_var {
	uint64_t off, next, type;
	struct kd_view name;
	uint32_t line;
	bool param;
};

/* What the pass over one unit knows about variables. */
struct build_vars {
	KD_VEC(struct build_abstract_var) abstract;
	uint32_t first_var, first_global;
	KD_VEC(uint64_t) refs; /* abstract origins of the unit's variables, 0: none */
};

/* What DW_OP_fbreg counts from in a function: this, or the value of a register (≥ 0, DWARF's number). */
enum { BUILD_BASE_CFA = -1, BUILD_BASE_OTHER = -2 };
int kd_build_frame_base(const struct kd_dwarf_entry *e);

void kd_build_abstract_var(struct build_worker *w, const struct kd_dwarf_unit *u,
			   const struct kd_dwarf_entry *e, struct build_vars *v);
void kd_build_var(struct build_worker *w, const struct kd_dwarf_unit *u, const struct kd_dwarf_entry *e,
		  uint32_t scope, struct build_vars *v);
/* The same entry once more: when it lies at an address. */
void kd_build_global(struct build_worker *w, const struct kd_dwarf_unit *u, const struct kd_dwarf_entry *e);
/* Names and types of those that have them from elsewhere. */
void kd_build_vars_settle(struct build_worker *w, struct build_vars *v);

/* ---- other files (build_split.c) ---- */

/* Between the units of the file, which are known, and reading them: put those of other files behind them. */
KD_MUST_CHECK struct kd_error *kd_build_split(struct build *b, const char *path);
void kd_build_split_free(struct build_split *s);

/* The unit's first entry: what it is good for. */
void kd_build_look_at_unit(struct build *b, struct build_worker *w, struct build_unit *unit);

/* ---- types (build_types.c) ---- */

struct build_types *kd_build_types_new(struct build *b);
void kd_build_types_free(struct build_types *t);

/* All units', on one thread. */
void kd_build_types_read(struct build_types *t);

/* The blob; then the id of a type by the offset of its entry. */
KD_MUST_CHECK struct kd_error *kd_build_types_finish(struct build_types *t, struct kd_buf *ret);
uint32_t kd_build_type_id(const struct build_types *t, uint64_t off);

/* Everything of one unit. */
void kd_build_unit(struct build_worker *w, const struct build_unit *u);

/* The unit that an offset lies in, whichever; NULL: none. */
const struct kd_dwarf_unit *kd_build_far_unit(const struct build *b, uint64_t off);
/* The entry at an offset of any unit, which is the answer; NULL: there is none. Uses w->foreign. */
const struct kd_dwarf_unit *kd_build_far_entry(struct build_worker *w, uint64_t off, struct kd_dwarf_entry *e);

/* Count work; sets w->full when it is too much. */
void kd_build_steps(struct build_worker *w, uint64_t n);

/* Say that something of a unit could not be used. */
void kd_build_damage(struct build_worker *w, const struct kd_dwarf_unit *u, const char *what);

/* All workers' into one file's parts. */
struct build_out {
	struct kd_buf strings, files, blocks, lines, ranges, funcs, origins, trees;
	struct kd_buf sym_addr, syms, sym_names, ident, text_blocks, text, types, var_blocks, vars, relocs, md5,
		patch, globals, cies, frame_blocks, frames;
	struct kd_hashmap texts;
};
KD_MUST_CHECK struct kd_error *kd_build_merge(struct build *b, struct build_out *o);

/* Variables of one function, as they stand in KD_KDX_VARS; file: the worker's numbers → the common ones. */
void kd_build_put_vars(struct build *b, struct build_out *o, unsigned worker, const struct build_func *f,
		       struct kd_buf *to);

/* Globals of all workers, by address. */
KD_MUST_CHECK struct kd_error *kd_build_put_globals(struct build *b, struct build_out *o);

/* Offset of a text in o->strings; 0 for the empty one. */
uint32_t kd_build_text(struct build_out *o, struct kd_view v);

/* Symbols, code bytes, sites that are patched, call frame information. */
KD_MUST_CHECK struct kd_error *kd_build_symbols(struct build *b, struct build_out *o);
KD_MUST_CHECK struct kd_error *kd_build_code_bytes(struct build *b, struct build_out *o);
KD_MUST_CHECK struct kd_error *kd_build_patch(struct build *b, struct build_out *o);
KD_MUST_CHECK struct kd_error *kd_build_cfi(struct build *b, struct build_out *o);
KD_MUST_CHECK struct kd_error *kd_build_ident(struct build *b, const char *file, struct build_out *o);

void kd_build_varint(struct kd_buf *b, uint64_t v);

#endif
