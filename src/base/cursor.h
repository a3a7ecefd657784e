/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cursor.h: checked reading of binary data. The only way to read it.
 *
 *	struct kd_cursor c = kd_cursor_of(bytes, 0x1000, false);  // starts at file offset 0x1000
 *	uint32_t magic;
 *	uint16_t n;
 *	if (!kd_cursor_next_u32(&c, &magic) || !kd_cursor_next_u16be(&c, &n))
 *		return kd_cursor_error(&c, "BTF header");  // "BTF header: the data ends…"
 *
 * next_* return false and leave position and output alone when fewer bytes are
 * left than asked for; the offset of the first such miss is remembered.
 */
#ifndef KD_BASE_CURSOR_H
#define KD_BASE_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/view.h"

struct kd_cursor {
	struct kd_view data;
	size_t pos; /* next byte; ≤ data.n */
	uint64_t base; /* offset of data in the input, for messages */
	bool big_endian; /* for the functions without le or be in their name */
	bool failed; /* a next_* did not succeed */
	size_t fail_pos; /* where the first one was */
	const char *why; /* and what it missed; static text */
};

static inline struct kd_cursor kd_cursor_of(struct kd_view data, uint64_t base, bool big_endian)
{
	return (struct kd_cursor){.data = data, .base = base, .big_endian = big_endian};
}

static inline size_t kd_cursor_left(const struct kd_cursor *c)
{
	return c->data.n - c->pos;
}

/* Offset in the input of the next byte. */
static inline uint64_t kd_cursor_offset(const struct kd_cursor *c)
{
	return c->base + c->pos;
}

bool kd_cursor_next_u8(struct kd_cursor *c, uint8_t *ret);

/* In the byte order of the cursor, little endian, big endian. */
bool kd_cursor_next_u16(struct kd_cursor *c, uint16_t *ret);
bool kd_cursor_next_u32(struct kd_cursor *c, uint32_t *ret);
bool kd_cursor_next_u64(struct kd_cursor *c, uint64_t *ret);
bool kd_cursor_next_u16le(struct kd_cursor *c, uint16_t *ret);
bool kd_cursor_next_u32le(struct kd_cursor *c, uint32_t *ret);
bool kd_cursor_next_u64le(struct kd_cursor *c, uint64_t *ret);
bool kd_cursor_next_u16be(struct kd_cursor *c, uint16_t *ret);
bool kd_cursor_next_u32be(struct kd_cursor *c, uint32_t *ret);
bool kd_cursor_next_u64be(struct kd_cursor *c, uint64_t *ret);

/* An unsigned number of 1, 2, 4 or 8 bytes (other sizes fail), in the cursor's order. */
bool kd_cursor_next_uint(struct kd_cursor *c, unsigned size, uint64_t *ret);

/* DWARF 5, 7.6; more than 64 bits of value fail. */
bool kd_cursor_next_uleb128(struct kd_cursor *c, uint64_t *ret);
bool kd_cursor_next_sleb128(struct kd_cursor *c, int64_t *ret);

/* n bytes, borrowed. */
bool kd_cursor_next_bytes(struct kd_cursor *c, size_t n, struct kd_view *ret);

/* Text up to a NUL (which is skipped, not part of ret); fails when there is no NUL. */
bool kd_cursor_next_cstr(struct kd_cursor *c, struct kd_view *ret);

bool kd_cursor_skip(struct kd_cursor *c, size_t n);

/* To position pos of data (≤ its length). */
bool kd_cursor_seek(struct kd_cursor *c, size_t pos);

/* Forward to a multiple of align (a power of two), counted from the start of data. */
bool kd_cursor_align(struct kd_cursor *c, size_t align);

/* KD_BADDATA at the first miss: "<what>: the data ends too early at offset 0x1008". Never NULL. */
struct kd_error *kd_cursor_error(const struct kd_cursor *c, const char *what);

#endif
