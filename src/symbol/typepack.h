/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * typepack.h: a BTF blob written so that the same types look the same wherever they stand: what an index holds of
 * types (KD_KDX_TYPES), and what zstd packs to a fifth better and finds again in another kernel's or module's.
 *
 *	kd_typepack(blob, &bytes);
 *	char *blob = kd_typepack_open(bytes, &n);       // NULL: damaged, or larger than 256 MiB; kd_free()
 *
 * Names stand where they are used, types are told by their distance, bit offsets and enumerators by the difference to
 * the one before. The blob that comes back has the same types under the same ids; its strings are in the order of
 * their first use, each once. Little-endian blobs without a base alone; another one is kept as it is.
 *
 * Layout: u8 1, three zeroes; varint types, varint bytes of types, varint bytes of strings; per type u8 kind and
 * flag (0x80), name with NUL, varint vlen (kinds that have members), then numbers as the table in typepack.c has
 * them. Or u8 0, three zeroes, the blob.
 */
#ifndef KD_SYMBOL_TYPEPACK_H
#define KD_SYMBOL_TYPEPACK_H

#include "base/buf.h"

/* Adds to ret. */
void kd_typepack(struct kd_view blob, struct kd_buf *ret);

char *kd_typepack_open(struct kd_view bytes, size_t *ret);

#endif
