/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kdx_format.h: what the sections of an index hold. Only for who writes (build*.c) and who reads
 * (resolve.c, scopes.c) them; a change here raises KD_KDX_VERSION.
 *
 * Code addresses are kept as 32-bit distances from the file's text base (ident: text_base), the
 * lowest address of an executable section. Texts are offsets into KD_KDX_STRINGS, NUL-terminated; 0
 * is the empty text. varint: LEB128 (DWARF 5, 7.6), svarint: the same of zig-zag numbers.
 *
 * KD_KDX_IDENT        text: lines KEY=VALUE. build_id (hex), release, banner, machine (e_machine),
 *                     type (e_type), text_base, text_end (hex), name (of the file), comp_dir, units,
 *                     damaged_units, debug (dwarf, none), symbols (of a list of symbols: list,
 *                     kallsyms)
 * KD_KDX_BASE         u64 text base, u64 end of the text
 * KD_KDX_SYM_ADDR     u64 each, ascending
 * KD_KDX_SYMS         in the same order: u32 size (UINT32_MAX: larger), u32 name, u8 type, u8 bind (of
 *                     ELF), u16 flags (KD_SYM_…)
 * KD_KDX_SYM_NAMES    u32 each: indexes of symbols, by their names' bytes, then by index
 * KD_KDX_FILES        u32 directory, u32 name; both texts. A directory below the compilation
 *                     directory is relative to it, one below the source tree to that; without "./".
 *                     File 0 is "no file"
 * KD_KDX_LINE_BLOCKS  per block of at most KD_KDX_ROWS rows u32 address of the first, u32 offset into LINES
 * KD_KDX_LINES        blocks of rows: varint address - last one's, varint file, svarint line - last
 *                     one's, varint column; each block starts from address of the block, line 0.
 *                     file 0: from here on no code of known lines
 * KD_KDX_RANGES       u32 start, u32 length, u32 function; ascending by start
 * KD_KDX_FUNCS        u32 origin, u32 offset into TREES, u32 low (address of its entry), u32 unit
 * KD_KDX_ORIGINS      u32 name, u32 linkage name (0: as name), u32 file, u32 line
 * KD_KDX_TREES        per function: varint bytes of what follows; then inlined calls, outer before inner:
 *                     varint depth (from 0), varint origin, varint call file, varint call line,
 *                     varint call column, varint ranges, and each range: svarint start - end of the
 *                     range before (of the function's low at first), varint length
 * KD_KDX_TYPES        the types of all units, as typepack.h writes BTF
 * KD_KDX_VAR_BLOCKS   u32 function, u32 offset of its variables in VARS; ascending, the first function, then one whenever
 *                     KD_KDX_VAR_MARK bytes have passed
 * KD_KDX_VARS         per function: varint bytes of what follows; then scopes, outer before inner: varint
 *                     depth, varint kind (0 the function, 1 an inlined call, 2 a block); kind 1: varint
 *                     number of the call in TREES; kind 2: varint ranges (0: as around it) and these as in
 *                     TREES; varint variables, each: varint flags (1 parameter, 2 its place depends on the
 *                     address), varint name, varint type (id in TYPES), varint line, varint places (0:
 *                     optimised out), each: varint length (0: everywhere), with one svarint start - end of
 *                     the place before (of the function's low at first), varint bytes and these bytes: a
 *                     DWARF expression, in which DW_OP_fbreg counts from the CFA
 * KD_KDX_TEXT_BLOCKS  per executable section u32 address, u32 bytes, u32 offset into TEXT
 * KD_KDX_TEXT         these bytes
 * KD_KDX_RELOCS       of a relocatable file, by address: u32 address in the code, u32 name of the symbol (0: it is in
 *                     this file), u64 value + addend (of a name: the addend alone), u32 type (of the machine)
 * KD_KDX_FILE_MD5     u32 file, 16 bytes MD5 of its text when it was compiled (DWARF 5, 6.2.4.1); by file.
 *                     Only files that have one, the same in all units
 * KD_KDX_PATCH        sites of patch.h by address: u32 address, u32 target (an address), u8 bytes, u8 kind, u8 bytes of
 *                     the replacement at target, u8 1: target is one
 * KD_KDX_GLOBALS      variables that lie at an address, by it: u64 address, u32 name, u32 type (id in TYPES). Not VAR and
 *                     DATASEC of BTF: these would have to be searched from one end to the other for an address
 * KD_KDX_CIES         what functions' call frame information begins with: u16 machine, u8 bytes of an address, u8 flags
 *                     (KD_KDX_CIE_SIGNAL), varint code alignment, SLEB128 data alignment, varint register of the return
 *                     address, varint bytes and these bytes: a program of DW_CFA_…
 * KD_KDX_FRAME_BLOCKS per block u32 address of its first, u32 offset into FRAMES
 * KD_KDX_FRAMES       blocks of: varint start - end of the one before (the block's address at first), varint length, varint
 *                     offset into CIES, varint bytes and these bytes: a program without DW_CFA_nop and DW_CFA_set_loc
 */
#ifndef KD_SYMBOL_KDX_FORMAT_H
#define KD_SYMBOL_KDX_FORMAT_H

#include <stdint.h>
#include <string.h>

#include "base/le.h"

#define KD_KDX_ROWS 128
#define KD_KDX_VAR_MARK 4096

enum { KD_KDX_SYM_BYTES = 12, KD_KDX_FILE_BYTES = 8, KD_KDX_BLOCK_BYTES = 8, KD_KDX_RANGE_BYTES = 12,
       KD_KDX_FUNC_BYTES = 16, KD_KDX_ORIGIN_BYTES = 16, KD_KDX_RELOC_BYTES = 20, KD_KDX_VAR_BLOCK_BYTES = 8,
       KD_KDX_TEXT_BLOCK_BYTES = 12, KD_KDX_MD5_BYTES = 20, KD_KDX_PATCH_BYTES = 12, KD_KDX_GLOBAL_BYTES = 16 };

/* Flags of a CIE: its frame was interrupted. */
enum { KD_KDX_CIE_SIGNAL = 1 };

/* Flags of a symbol. */
enum { KD_SYM_CODE = 1, /* in an executable section */
       KD_SYM_DATA = 2, /* in another section that has memory */
       KD_SYM_ABS = 4,
       KD_SYM_INIT = 8 }; /* in a section that is thrown away after boot: .init… */

static inline uint64_t kd_zigzag(int64_t v)
{
	return (uint64_t)v << 1 ^ (uint64_t)(v >> 63);
}

static inline int64_t kd_unzigzag(uint64_t v)
{
	return (int64_t)(v >> 1 ^ -(v & 1));
}

#endif
