/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kernel_image.h: what a file says about the kernel in it. Names play no part.
 *
 *	struct kd_lab_image im;
 *	err = kd_lab_image_read(ctx, "vmlinuz", &im);
 *	if (im.kind == KD_IMAGE_BZIMAGE) … im.release, im.version
 *
 * x86: the boot header, Documentation/arch/x86/boot.rst. arm64: the 64 bytes in front of an
 * Image, Documentation/arch/arm64/booting.rst; packed with gzip, or as an EFI application that
 * unpacks itself (drivers/firmware/efi/libstub/zboot-header.S). vmlinux: ELF. Where the header
 * has no release, it is taken from linux_banner (init/version.c): "Linux version RELEASE
 * (BY) (COMPILER) #1 SMP …".
 */
#ifndef KD_LAB_KERNEL_IMAGE_H
#define KD_LAB_KERNEL_IMAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/ctx.h"
#include "base/view.h"
#include "lab/kernel.h"

enum kd_image_kind {
	KD_IMAGE_NONE, /* not a kernel */
	KD_IMAGE_BZIMAGE,
	KD_IMAGE_ARM64, /* Image, maybe packed with gzip or the like */
	KD_IMAGE_ZBOOT, /* EFI application with a packed Image */
	KD_IMAGE_VMLINUX,
};

#define KD_IMAGE_RELEASE 65 /* __NEW_UTS_LEN + 1, include/uapi/linux/utsname.h */
#define KD_IMAGE_VERSION 256
#define KD_IMAGE_BUILD_ID 41

struct kd_lab_image {
	enum kd_image_kind kind;
	enum kd_lab_arch arch;
	char release[KD_IMAGE_RELEASE]; /* "" when it does not say */
	char version[KD_IMAGE_VERSION];
	char build_id[KD_IMAGE_BUILD_ID]; /* VMLINUX: hex, "" without one */
	bool symbols, dwarf; /* VMLINUX: has .symtab, .debug_info */
	uint64_t payload, payload_bytes; /* ZBOOT: where the packed Image lies */
	const char *packed; /* ARM64: "gzip" …, NULL when it is not packed */
};

/* KD_BADDATA when it is no kernel, with what it seems to be; errors of reading. */
KD_MUST_CHECK struct kd_error *kd_lab_image_read(struct kd_ctx *ctx, const char *path,
						 struct kd_lab_image *ret);

/* The same for an open descriptor, which stays the caller's; name is for messages. */
KD_MUST_CHECK struct kd_error *kd_lab_image_read_fd(struct kd_ctx *ctx, int fd, const char *name,
						    struct kd_lab_image *ret);

/* ZBOOT: write the Image that is packed in it to `to`. */
KD_MUST_CHECK struct kd_error *kd_lab_image_unpack(struct kd_ctx *ctx, const char *path,
						   const struct kd_lab_image *im, const char *to);

/* One linux_banner at the front of v (which may go on behind it). */
bool kd_lab_banner(struct kd_view v, struct kd_lab_image *ret);

#endif
