// SPDX-License-Identifier: GPL-2.0-or-later
#include "symbol/cfi.h"

#include "symbol/kdx_format.h"
#include "symbol/resolve_internal.h"

bool kd_cfi_has(const struct kd_kdx *k)
{
	return kd_kdx_size(k, KD_KDX_FRAMES) > 0;
}

/* Bytes [off, end) of a section as a cursor; false: damaged. */
static bool part(struct kd_kdx *k, enum kd_kdx_section s, uint64_t off, uint64_t end, struct kd_cursor *ret)
{
	const uint8_t *p = off < end && end <= kd_kdx_size(k, s) ? kd_kdx_at(k, s, off, end - off) : NULL;

	if (p)
		*ret = kd_cursor_of(kd_view((const char *)p, (size_t)(end - off)), 0, false);
	return p != NULL;
}

static bool block(struct kd_cursor *c, struct kd_view *ret)
{
	uint64_t n;

	return kd_cursor_next_uleb128(c, &n) && n <= kd_cursor_left(c) && n <= KD_CFI_PROGRAM_MAX && kd_cursor_next_bytes(c, (size_t)n, ret);
}

/* All CIEs of a file have some hundred bytes: they are read from the one that is meant on. */
static bool cie_at(struct kd_kdx *k, uint64_t off, struct kd_cfi_cie *ret)
{
	struct kd_cfi_cie cie = {0};
	struct kd_cursor c;
	uint8_t flags;

	if (!part(k, KD_KDX_CIES, off, kd_kdx_size(k, KD_KDX_CIES), &c) || !kd_cursor_next_u16le(&c, &cie.machine) ||
	    !kd_cursor_next_u8(&c, &cie.address_size) || !kd_cursor_next_u8(&c, &flags) || !kd_cursor_next_uleb128(&c, &cie.code_align) ||
	    !kd_cursor_next_sleb128(&c, &cie.data_align) || !kd_cursor_next_uleb128(&c, &cie.ra) || !block(&c, &cie.init) ||
	    (cie.address_size != 4 && cie.address_size != 8))
		return false;
	cie.signal = flags & KD_KDX_CIE_SIGNAL;
	*ret = cie;
	return true;
}

/* The last block that begins at or before rel. */
static bool block_of(struct kd_kdx *k, uint32_t rel, uint32_t *ret_addr, struct kd_cursor *ret)
{
	const size_t i = kd_kdx_last_up_to(k, KD_KDX_FRAME_BLOCKS, KD_KDX_BLOCK_BYTES, rel);
	const size_t n = (size_t)(kd_kdx_size(k, KD_KDX_FRAME_BLOCKS) / KD_KDX_BLOCK_BYTES);
	const bool last = i + 1 >= n;
	const uint8_t *p = i == KD_NPOS ? NULL : kd_kdx_at(k, KD_KDX_FRAME_BLOCKS, (uint64_t)i * KD_KDX_BLOCK_BYTES,
							   (last ? 1 : 2) * (uint64_t)KD_KDX_BLOCK_BYTES);

	if (!p)
		return false;
	*ret_addr = kd_le32(p);
	return part(k, KD_KDX_FRAMES, kd_le32(p + 4), last ? kd_kdx_size(k, KD_KDX_FRAMES) : kd_le32(p + KD_KDX_BLOCK_BYTES + 4), ret);
}

bool kd_cfi_find(struct kd_kdx *k, uint64_t addr, struct kd_cfi_fde *ret)
{
	uint64_t skip, len, cie, at;
	struct kd_cfi_fde f = {.len = 0};
	struct kd_cursor c;
	uint32_t rel, start;

	if (!kd_kdx_relative(k, addr, &rel) || !block_of(k, rel, &start, &c))
		return false;
	for (at = start; kd_cursor_left(&c); at += len) {
		if (!kd_cursor_next_uleb128(&c, &skip) || !kd_cursor_next_uleb128(&c, &len) || !kd_cursor_next_uleb128(&c, &cie) ||
		    !block(&c, &f.program) || skip > UINT32_MAX || len > UINT32_MAX)
			return false;
		at += skip;
		if (rel < at)
			return false;
		if (rel - at < len) {
			f.start = addr - (rel - at);
			f.len = len;
			if (!cie_at(k, cie, &f.cie))
				return false;
			*ret = f;
			return true;
		}
	}
	return false;
}
