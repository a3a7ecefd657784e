// SPDX-License-Identifier: GPL-2.0-or-later
#include "format/kimage.h"

#include <string.h>

#include "base/cursor.h"

/*
 * Documentation/arch/x86/boot.rst, "The Real-Mode Kernel Header": setup_sects at 0x1f1, boot_flag
 * at 0x1fe, "HdrS" at 0x202, version at 0x206, kernel_version at 0x20e (of a string, less 0x200),
 * xloadflags at 0x236 since 2.12 (bit 0: XLF_KERNEL_64), payload_offset (from the end of the setup part) and
 * payload_length at 0x248 and 0x24c since 2.08.
 */
static bool is_setup(struct kd_cursor *c, uint8_t *sects, uint16_t *proto, uint16_t *text)
{
	struct kd_view magic;
	uint16_t flag = 0;

	return kd_cursor_seek(c, 0x1f1) && kd_cursor_next_u8(c, sects) &&
	       kd_cursor_seek(c, 0x1fe) && kd_cursor_next_u16le(c, &flag) && flag == 0xaa55 &&
	       kd_cursor_seek(c, 0x202) && kd_cursor_next_bytes(c, 4, &magic) &&
	       kd_view_eq(magic, KD_V("HdrS")) && kd_cursor_next_u16le(c, proto) &&
	       kd_cursor_seek(c, 0x20e) && kd_cursor_next_u16le(c, text);
}

static bool bzimage(struct kd_view head, uint64_t file_bytes, struct kd_kimage *im)
{
	struct kd_cursor c = kd_cursor_of(head, 0, false);
	uint16_t proto = 0, text = 0, xload = 0;
	uint32_t offset = 0, length = 0;
	uint8_t sects = 0;
	uint64_t begin;

	if (!is_setup(&c, &sects, &proto, &text))
		return false;
	im->kind = KD_KIMAGE_BZIMAGE;
	if (proto >= 0x20c && kd_cursor_seek(&c, 0x236) && kd_cursor_next_u16le(&c, &xload)) {
		im->has_bits = true;
		im->is64 = xload & 1;
	}
	/* it may leave the text out */
	if (text && text < (sects ? sects : 4) * 0x200u && kd_cursor_seek(&c, text + 0x200u))
		(void)kd_cursor_next_cstr(&c, &im->text);
	if (proto < 0x208 || !kd_cursor_seek(&c, 0x248) || !kd_cursor_next_u32le(&c, &offset) ||
	    !kd_cursor_next_u32le(&c, &length))
		return true;
	begin = ((uint64_t)(sects ? sects : 4) + 1) * 512 + offset;
	if (begin < file_bytes && length <= file_bytes - begin) {
		im->payload = begin;
		im->payload_bytes = length;
	}
	return true;
}

/* zboot-header.S: "MZ", "zimg" at 4, offset and size of the packed Image at 8 and 12. */
static bool zboot(struct kd_view head, uint64_t file_bytes, struct kd_kimage *im)
{
	struct kd_cursor c = kd_cursor_of(head, 0, false);
	uint32_t offset, size;

	if (head.n < 64 || memcmp(head.p, "MZ", 2) || memcmp(head.p + 4, "zimg", 4) ||
	    !kd_cursor_seek(&c, 8) || !kd_cursor_next_u32le(&c, &offset) ||
	    !kd_cursor_next_u32le(&c, &size) || offset < 64 || offset >= file_bytes)
		return false;
	im->kind = KD_KIMAGE_ZBOOT;
	im->payload = offset;
	/* some leave out the four or twelve bytes of a trailer */
	im->payload_bytes = file_bytes - offset;
	if (size < im->payload_bytes && im->payload_bytes - size > 64)
		im->payload_bytes = (uint64_t)size + 64;
	return true;
}

bool kd_kimage_read(struct kd_view head, uint64_t file_bytes, struct kd_kimage *ret)
{
	struct kd_kimage im = {.kind = KD_KIMAGE_NONE};

	if (!zboot(head, file_bytes, &im) && !bzimage(head, file_bytes, &im) && head.n >= 64 &&
	    !memcmp(head.p + 56, "ARM\x64", 4)) /* booting.rst, 4 */
		im.kind = KD_KIMAGE_ARM64;
	*ret = im;
	return im.kind != KD_KIMAGE_NONE;
}

const char *kd_kimage_packing(struct kd_view head)
{
	/* lzop's header */
	if (kd_view_starts(head, KD_V("\x89LZO\0\r\n\x1a\n")))
		return "lzo";
	return NULL;
}
