/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * index_internal.h: the index file's layout, for its writer and its reader.
 */
#ifndef KD_SOURCE_INDEX_INTERNAL_H
#define KD_SOURCE_INDEX_INTERNAL_H

#include "base/buf.h"
#include "base/hash.h"
#include "source/index.h"

#define KD_SRCINDEX_MAGIC "KDSRCIX\n"
#define KD_SRCINDEX_VERSION 1
#define KD_SRCINDEX_ORDER 0x01020304u
#define KD_SRCINDEX_HEADER 256
#define KD_SRCINDEX_BLOCK ((size_t)64 << 10)
#define KD_SRCINDEX_FILE_MAX ((size_t)1 << 30)
#define KD_SRCINDEX_DEF_BYTES 24
#define KD_SRCINDEX_NAME_BYTES 12

/* Offsets of the parts, in this order; checks_off + checks is the end. */
struct kd_srcindex_head {
	uint8_t key[KD_SHA256_LEN];
	uint32_t nfiles, nnames, ndefs, unread, cut;
	uint32_t files_off, file_text_off, names_off, name_text_off, defs_off, mentions_off, checks_off, end;
};

/* KD_BADDATA: what is wrong with it. */
KD_MUST_CHECK struct kd_error *kd_srcindex_head_read(struct kd_view bytes, struct kd_srcindex_head *ret);
void kd_srcindex_head_write(const struct kd_srcindex_head *h, char out[KD_SRCINDEX_HEADER]);

/* CRC-32 as zlib has it (ISO 3309, reflected 0x04c11db7). */
uint32_t kd_srcindex_crc(struct kd_view v);

/* Read the whole tree. */
KD_MUST_CHECK struct kd_error *kd_srcindex_build(struct kd_ctx *ctx, struct kd_tree *tree,
						 const struct kd_srcindex_opts *opts,
						 const uint8_t key[KD_SHA256_LEN], struct kd_buf *ret);

#endif
