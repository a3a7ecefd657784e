/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * le.h: little-endian numbers at a place that the caller has checked: records of a known length, tables
 * that are searched. Whatever else comes from an input is read by cursor.h.
 */
#ifndef KD_BASE_LE_H
#define KD_BASE_LE_H

#include <stdint.h>

static inline uint16_t kd_le16(const uint8_t *p)
{
	return (uint16_t)(p[0] | p[1] << 8);
}

static inline uint32_t kd_le32(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static inline uint64_t kd_le64(const uint8_t *p)
{
	return kd_le32(p) | (uint64_t)kd_le32(p + 4) << 32;
}

static inline void kd_put_le16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)(v & 0xff);
	p[1] = (uint8_t)(v >> 8);
}

static inline void kd_put_le32(uint8_t *p, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> 8 * i & 0xff);
}

static inline void kd_put_le64(uint8_t *p, uint64_t v)
{
	kd_put_le32(p, (uint32_t)(v & 0xffffffff));
	kd_put_le32(p + 4, (uint32_t)(v >> 32));
}

#endif
