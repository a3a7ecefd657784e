/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kdx_layout.h: where things lie in an index (kdx.h says what they mean). Only for kdx.c and kdxwrite.c.
 */
#ifndef KD_SYMBOL_KDX_LAYOUT_H
#define KD_SYMBOL_KDX_LAYOUT_H

#include <stddef.h>
#include <stdint.h>

#define KD_KDX_MAGIC "kdocKDX\n"

enum { KD_KDX_HEADER = 64, KD_KDX_ENTRY = 40, KD_KDX_ALIGN = 8, KD_KDX_SECTIONS_MAX = 64 };

/* In the header. */
enum { KD_KDX_AT_VERSION = 8, KD_KDX_AT_SECTIONS = 12, KD_KDX_AT_SIZE = 16, KD_KDX_AT_CHECKS = 24,
       KD_KDX_AT_HEAD_CHECK = 32, KD_KDX_AT_CHECKS_CHECK = 36 };

/* In an entry of the table. */
enum { KD_KDX_E_ID, KD_KDX_E_KIND = 4, KD_KDX_E_LOG, KD_KDX_E_OFF = 8, KD_KDX_E_SIZE = 16, KD_KDX_E_CHECK = 24,
       KD_KDX_E_RAW = 32 };

enum { KD_KDX_PLAIN, KD_KDX_PACKED, KD_KDX_BASED, KD_KDX_NKINDS };

/* Of one block in the directory of a section: PACKED u32 end; BASED u32 end, u32 offset in the base, u32 bytes. */
static inline unsigned kd_kdx_dir_entry(unsigned kind)
{
	return kind == KD_KDX_PACKED ? 4 : 12;
}

/* Blocks are of 4 KiB to 4 MiB; what is before one has at most 4 MiB. */
enum { KD_KDX_LOG_MIN = 12, KD_KDX_LOG_MAX = 22 };
#define KD_KDX_BEFORE_MAX ((uint64_t)4 << 20)

/* Unpacked: a section, all of them. */
#define KD_KDX_RAW_MAX ((uint64_t)1 << 30)
#define KD_KDX_RAW_ALL ((uint64_t)4 << 30)

/* Blocks of 1 << log bytes that a section of that size has. */
static inline uint64_t kd_kdx_blocks(uint64_t raw, unsigned log)
{
	return (raw + ((uint64_t)1 << log) - 1) >> log;
}

/* kd_check32() of header and table, with both fields of checks as 0. */
uint32_t kd_kdx_head_check(const uint8_t *p, size_t n);

#endif
