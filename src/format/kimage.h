/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kimage.h: what the first bytes of a file say about the kernel image that it is.
 *
 *	struct kd_kimage im;
 *	if (kd_kimage_read(head, file_bytes, &im) && im.kind == KD_KIMAGE_BZIMAGE && im.payload_bytes)
 *		err = kd_unpacker_open(ctx, file, im.payload, im.payload_bytes, &u);     // its vmlinux
 *
 * x86: the boot header, Documentation/arch/x86/boot.rst. arm64: the 64 bytes in front of an Image,
 * Documentation/arch/arm64/booting.rst; or an EFI application that unpacks itself
 * (drivers/firmware/efi/libstub/zboot-header.S).
 */
#ifndef KD_FORMAT_KIMAGE_H
#define KD_FORMAT_KIMAGE_H

#include <stdint.h>

#include "base/view.h"

#define KD_KIMAGE_HEAD (64 << 10) /* give so many bytes, or all there are: a bzImage's setup part has at most 64 sectors */

enum kd_kimage_kind {
	KD_KIMAGE_NONE,
	KD_KIMAGE_BZIMAGE,
	KD_KIMAGE_ARM64, /* Image */
	KD_KIMAGE_ZBOOT, /* EFI application with a packed Image */
};

struct kd_kimage {
	enum kd_kimage_kind kind;
	bool has_bits, is64; /* BZIMAGE: it says of how many bits its kernel is */
	/* BZIMAGE: "6.1.0-50-amd64 (who@where) #1 SMP …" of arch/x86/boot/version.c, borrowed; absent when left out */
	struct kd_view text;
	/* Where the packed vmlinux (BZIMAGE; 0 bytes: boot protocol before 2.08) or Image (ZBOOT) lies in the file. */
	uint64_t payload, payload_bytes;
};

/* false: it is none of these. head: the file's first bytes; of an Image that is packed as a whole, unpacked. */
bool kd_kimage_read(struct kd_view head, uint64_t file_bytes, struct kd_kimage *ret);

/* How data that base/codec.h does not know is packed, when a kernel may be packed so: "lzo". */
const char *kd_kimage_packing(struct kd_view head);

#endif
