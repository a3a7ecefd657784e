/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kdx.h: the index of one ELF file's debug info, as a file: sections of bytes, checked when they are
 * touched. What is in them is kdx_format.h's business; who asks for functions and lines wants
 * resolve.h.
 *
 *	kd_auto(kd_kdx_closep) struct kd_kdx *k = NULL;
 *	err = kd_kdx_open(path, &k);                          // maps it; checks header and table
 *	const uint8_t *p = kd_kdx_at(k, KD_KDX_FUNCS, off, n);   // NULL: outside, or damaged
 *	if (!p && kd_kdx_damage(k)) …
 *
 * An index belongs to one thread.
 *
 * The file is written in one piece, synced, and renamed into its place, and it is never changed:
 * whoever has it mapped keeps a whole one. Layout: 64 bytes of header, the table of sections, the
 * sections, each at a multiple of 8, the checks. All numbers are little endian.
 *
 *	header: "kdocKDX\n", u32 version, u32 sections, u64 size of the file, u64 offset of the checks,
 *	        u32 kd_check32 of header (this field and the next as 0) and table, u32 … of the checks
 *	table: per section u32 id, u8 kind, u8 log, u16 0, u64 offset, u64 size in the file, u32 first check, u32 0,
 *	       u64 size of its bytes
 *	checks: u32 kd_check32 of each KD_KDX_CHUNK bytes of each section, as it lies in the file
 *
 * Kinds of a section: 0 its bytes as they are; 1 in blocks of 1 << log bytes (the last one has the rest): the
 * directory, per block u32 end of it behind the directory, then the blocks, each as it is (when it has its full
 * length) or one zstd frame; 2 the same, and each block may have bytes of the same section of the base before it:
 * the directory has, per block, u32 end, u32 offset in the base's section, u32 bytes there (0: none).
 *
 * Blocks are unpacked when they are first asked for, into memory that is reserved for the whole section and taken
 * as it is filled: at most the sizes that the table has (1 GiB a section, 4 GiB all of them, or the file is refused).
 *
 * An index on a base (KD_KDX_SIBLING, kdxbase.h) is of use with that base alone, which has to lie in the same folder.
 */
#ifndef KD_SYMBOL_KDX_H
#define KD_SYMBOL_KDX_H

#include "base/buf.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/view.h"

/*
 * Raised when a reader of the old format would misread the new one, or the new one has what answers need; old files are then
 * rebuilt. 6: call frame information.
 */
#define KD_KDX_VERSION 6
#define KD_KDX_CHUNK 16384

enum kd_kdx_section {
	KD_KDX_IDENT = 1, /* text, lines of KEY=VALUE; see kdx_format.h */
	KD_KDX_BASE,
	KD_KDX_STRINGS,
	KD_KDX_SYM_ADDR, KD_KDX_SYMS, KD_KDX_SYM_NAMES,
	KD_KDX_FILES,
	KD_KDX_LINE_BLOCKS, KD_KDX_LINES,
	KD_KDX_RANGES, KD_KDX_FUNCS, KD_KDX_ORIGINS, KD_KDX_TREES,
	KD_KDX_TYPES, KD_KDX_VAR_BLOCKS, KD_KDX_VARS,
	KD_KDX_TEXT_BLOCKS, KD_KDX_TEXT, KD_KDX_RELOCS,
	KD_KDX_SIBLING, /* kdxbase.h */
	KD_KDX_FILE_MD5, KD_KDX_PATCH, KD_KDX_GLOBALS,
	KD_KDX_CIES, KD_KDX_FRAME_BLOCKS, KD_KDX_FRAMES,
	KD_KDX_NSECTIONS
};

struct kd_kdx;

/*
 * KD_NOTFOUND, KD_IO; KD_BADDATA when it is no such file, or damaged in header, table or size;
 * KD_UNSUPPORTED: of another version; KD_CONFLICT: its base is not there, or is another one.
 */
KD_MUST_CHECK struct kd_error *kd_kdx_open(const char *path, struct kd_kdx **ret);

/* One of several in a file (kdxpack.h): off is a multiple of the machine's page. */
KD_MUST_CHECK struct kd_error *kd_kdx_open_at(const char *path, uint64_t off, uint64_t size,
					      struct kd_kdx **ret);

/* Of memory that the caller keeps; base: what it stands on, taken over with success, NULL for none. */
KD_MUST_CHECK struct kd_error *kd_kdx_of_view(struct kd_view bytes, const char *name, struct kd_kdx *base,
					      struct kd_kdx **ret);

/* n bytes of a section; NULL when they are not in it, or a chunk under them is damaged. */
const uint8_t *kd_kdx_at(struct kd_kdx *k, enum kd_kdx_section s, uint64_t off, uint64_t n);

/* Of its bytes, unpacked. 0 when the file has no such section. */
uint64_t kd_kdx_size(const struct kd_kdx *k, enum kd_kdx_section s);

/* What was found damaged, KD_BADDATA's words; NULL: nothing so far. */
const char *kd_kdx_damage(const struct kd_kdx *k);

/*
 * How often kd_kdx_at() had to refuse bytes for damage: who puts an answer together from many of them
 * compares before and after, and gives none when some were missing.
 */
uint64_t kd_kdx_misses(const struct kd_kdx *k);

/* It can be made again: kd_kdx_close() removes the file when damage was found in it. */
void kd_kdx_disposable(struct kd_kdx *k);

const char *kd_kdx_name(const struct kd_kdx *k);

/* Over header, table and checks: two files with one of them hold the same. */
void kd_kdx_identity(const struct kd_kdx *k, uint8_t ret[KD_SHA256_LEN]);
/* The same of bytes that kd_kdx_encode() made. */
void kd_kdx_identity_of(struct kd_view bytes, uint8_t ret[KD_SHA256_LEN]);

/* What it stands on; NULL: nothing. */
struct kd_kdx *kd_kdx_base(const struct kd_kdx *k);

/* Bytes of kd_kdx_keep(), e.g. what was made of a section; absent: nothing was kept. k frees it. */
struct kd_view kd_kdx_kept(const struct kd_kdx *k);
void kd_kdx_keep(struct kd_kdx *k, char *bytes, size_t n);

uint64_t kd_kdx_bytes(const struct kd_kdx *k);

void kd_kdx_close(struct kd_kdx *k);
void kd_kdx_closep(struct kd_kdx **k);

/* ---- writing ---- */

struct kd_kdx_part {
	enum kd_kdx_section id;
	struct kd_view data;
};

/* What another index has, so that what is the same need not be stored again. Read only once it is made. */
struct kd_kdx_ref;

/* Sections of `base` (bit 1 << id), which must stay open. KD_BADDATA: it is damaged. */
KD_MUST_CHECK struct kd_error *kd_kdx_ref_new(struct kd_kdx *base, uint32_t sections, struct kd_kdx_ref **ret);
void kd_kdx_ref_free(struct kd_kdx_ref *r);
void kd_kdx_ref_freep(struct kd_kdx_ref **r);

struct kd_kdx_how {
	const struct kd_kdx_ref *ref; /* NULL: it stands alone */
	unsigned workers; /* threads; 0: as many as there are processors */
	bool small; /* a twelfth smaller, and the first lookups take some milliseconds more */
};

/* The bytes of a file of these sections, added to ret. how may be NULL. KD_LIMIT: more than ret may hold. */
KD_MUST_CHECK struct kd_error *kd_kdx_encode(const struct kd_kdx_part *parts, size_t n, const struct kd_kdx_how *how,
					     struct kd_buf *ret);

/*
 * A file of these sections. It appears under its name complete or not at all; folders are made.
 * *ret_size (may be NULL): its size in bytes.
 */
KD_MUST_CHECK struct kd_error *kd_kdx_write(const char *path, const struct kd_kdx_part *parts, size_t n,
					    const struct kd_kdx_how *how, uint64_t *ret_size);

/* Bytes under a name: complete or not at all. */
KD_MUST_CHECK struct kd_error *kd_kdx_publish(const char *path, struct kd_view bytes);

#endif
