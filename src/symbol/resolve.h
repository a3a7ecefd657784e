/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * resolve.h: what an index knows about an address or a name.
 *
 *	struct kd_chain chain;
 *	if (kd_chain_at(k, addr, &arena, &chain))
 *		for (i = 0; i < chain.n; i++) … chain.v[i].func, .file, .line    // innermost first
 *
 *	struct kd_matches m;
 *	err = kd_match_frame(k, &(struct kd_frame_query){.func = KD_V("vfs_read"), .has_offset = true,
 *			     .offset = 0x9a, .size = 0x2e0}, &arena, &m);
 *
 * Addresses are those of the file: of a vmlinux as it was linked (subtract the KASLR offset first), of
 * a module as format/elf.h places its sections. Texts are borrowed from the index.
 *
 * What an answer needs and is damaged makes it no answer: false, 0, no match. kd_kdx_misses() tells that
 * from "there is none".
 */
#ifndef KD_SYMBOL_RESOLVE_H
#define KD_SYMBOL_RESOLVE_H

#include "base/arena.h"
#include "base/md5.h"
#include "symbol/kdx.h"

/* ---- identity ---- */

struct kd_kdx_ident {
	struct kd_view build_id; /* hex digits */
	struct kd_view release, banner, name, module, srcversion, vermagic, comp_dir;
	struct kd_view symbols; /* of a list of symbols: "list" (System.map), "kallsyms"; absent: an ELF file */
	uint64_t text_base, text_end;
	uint16_t machine; /* KD_EM_… */
	uint16_t type; /* KD_ET_… */
	bool dwarf;
	uint64_t units, damaged_units;
	/* Files with more debug info (.dwo, dwz's) that were not there when it was made: how many, the first one. */
	uint64_t missing_files;
	struct kd_view missing, missing_file; /* "PATH, which is not there"; PATH */
};

struct kd_kdx_ident kd_kdx_ident(struct kd_kdx *k);

/* ---- symbols ---- */

struct kd_symbol {
	struct kd_view name;
	uint64_t addr;
	uint64_t size; /* as in the file; 0: not known */
	uint64_t room; /* up to the next symbol of code at another address: what kallsyms calls its size */
	uint32_t index; /* in order of address */
	uint8_t type, bind; /* KD_STT_…, KD_STB_… */
	uint16_t flags; /* KD_SYM_… of kdx_format.h */
};

size_t kd_symbols(const struct kd_kdx *k);
bool kd_symbol(struct kd_kdx *k, size_t i, struct kd_symbol *ret);

/*
 * The symbol that addr lies in: of several at one address the one that the kernel would print
 * (global before weak before local, functions first). false: none begins before it, or the last one
 * ends before it and it is data.
 */
bool kd_symbol_at(struct kd_kdx *k, uint64_t addr, struct kd_symbol *ret);

/* Is it code? */
bool kd_symbol_is_code(const struct kd_symbol *s);

/* Those of that name: so many, the first one's place in the order of names. */
size_t kd_symbols_named(struct kd_kdx *k, struct kd_view name, size_t *first);
bool kd_symbol_by_name(struct kd_kdx *k, size_t place, struct kd_symbol *ret);

/* ---- lines ---- */

struct kd_src {
	struct kd_view dir, name; /* name absent: not known */
	uint32_t line, column; /* 0: not known */
};

struct kd_chain_link {
	struct kd_view func; /* absent: no function's debug info covers the address */
	struct kd_view linkage; /* absent: as func */
	struct kd_src at; /* where in it: the instruction's, or the call of the link before */
	struct kd_src decl; /* of the function; no column */
	bool inlined; /* into the link behind it */
};

struct kd_chain {
	struct kd_chain_link *v; /* innermost first; the arena's */
	size_t n;
	uint64_t func_low; /* entry of the outermost function; 0 when not known */
};

/* false: neither function nor line is known there. */
bool kd_chain_at(struct kd_kdx *k, uint64_t addr, struct kd_arena *arena, struct kd_chain *ret);

/* File and line of one address. */
bool kd_line_at(struct kd_kdx *k, uint64_t addr, struct kd_src *ret);

/* "net/core/dev.c" into the arena; absent when it is not known. */
struct kd_view kd_src_path(struct kd_arena *arena, const struct kd_src *s);

/*
 * The MD5 that the file of this path ("net/core/dev.c", as kd_src_path() gives it) had when it was compiled.
 * false: the debug info has none (gcc writes none), or not one alone.
 */
bool kd_file_md5(struct kd_kdx *k, struct kd_view path, uint8_t ret[KD_MD5_LEN]);

/* ---- code ---- */

/* Up to n bytes of code at addr; how many. 0: none at hand. */
size_t kd_code_at(struct kd_kdx *k, uint64_t addr, void *buf, size_t n);

/* ---- frames of a log ---- */

struct kd_frame_query {
	struct kd_view func;
	bool has_offset; /* offset and size are as the log prints them; size 0: not printed */
	uint64_t offset, size;
	bool exact; /* the pc itself (RIP), not a return address: kd_pc_kind of report.h */
};

enum kd_match_size { KD_MATCH_SIZE_SAME, KD_MATCH_SIZE_UNKNOWN, KD_MATCH_SIZE_DIFFERS };

struct kd_match {
	struct kd_symbol sym;
	uint64_t addr; /* symbol + offset */
	uint64_t lookup; /* … minus 1 for a return address: what the chain belongs to */
	enum kd_match_size size;
	struct kd_chain chain; /* n == 0: nothing known */
};

/*
 * The name of a link: of the debug info; of the symbol for the outermost one. Behind the symbol's end the debug info's again,
 * when it has one: the code of a weak function that another one took the place of is still there, its symbol is not.
 */
struct kd_view kd_match_func(const struct kd_match *m, size_t link);

struct kd_matches {
	struct kd_match *v;
	size_t n;
	bool by_size; /* others of that name were left out: their size is another one */
	size_t left_out;
};

/*
 * All symbols of code of that name; when some have the printed size, only these. n == 0: there is no
 * such symbol. KD_LIMIT.
 */
KD_MUST_CHECK struct kd_error *kd_match_frame(struct kd_kdx *k, const struct kd_frame_query *q,
					      struct kd_arena *arena, struct kd_matches *ret);

#endif
