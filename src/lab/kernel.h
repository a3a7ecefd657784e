/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kernel.h: what a kernel to boot is made of.
 *
 *	kd_auto(kd_lab_kernel_deinit) struct kd_lab_kernel k = {0};
 *	struct kd_error *err = kd_lab_kernel_find(ctx, "/boot/vmlinuz-6.1.0-50-amd64", work, &k);
 *
 * A name may be a bzImage or arm64 Image (plain, gzip or EFI zboot), a vmlinux (ELF; the
 * image is then looked for beside it), a Debian package (unpacked below work), a folder that
 * one or more packages of one kernel were unpacked to (what `kdoc lab kernel fetch` makes), or a
 * built kernel tree or the out folder of `kdoc lab kernel build`. What is not found is NULL:
 * nothing is guessed from names where the file itself says it.
 *
 * Parts are looked for in the folder that the image lies in (the one above boot/ or lib/), and
 * then headers and vmlinux in this system's /usr/src and /usr/lib/debug. A part is taken only if
 * its own contents name the same release; a vmlinux also the same version (uname -v).
 */
#ifndef KD_LAB_KERNEL_H
#define KD_LAB_KERNEL_H

#include <stdbool.h>

#include "base/ctx.h"
#include "base/error.h"

enum kd_lab_arch { KD_ARCH_UNKNOWN, KD_ARCH_X86_64, KD_ARCH_ARM64, KD_ARCH_I386 };

struct kd_lab_kernel {
	enum kd_lab_arch arch;
	char *image;   /* what QEMU's -kernel takes */
	char *release; /* as uname -r prints it, out of the image */
	char *version; /* as uname -v prints it */
	char *modules; /* folder that holds modules.dep: …/lib/modules/RELEASE */
	char *modules_problem; /* modules are there, but not usable: the reason; else NULL */
	char *vmlinux; /* with symbols, maybe with DWARF */
	char *headers; /* folder to build modules against */
	char *config;  /* text file with its CONFIG_ lines */
	char *tree;    /* the build tree, when it is one */
	char *build_id; /* of vmlinux, hex */
	bool dwarf;	/* vmlinux has .debug_info */
};

/*
 * KD_NOTFOUND with what was looked for; KD_BADDATA when the file is no kernel; KD_CONFLICT when
 * a folder holds several kernels. work: a folder to unpack to, made when it is needed (packages;
 * an EFI zboot image, which QEMU cannot load; modules.dep when a package has none); may be NULL
 * when nothing of that kind is expected.
 */
KD_MUST_CHECK struct kd_error *kd_lab_kernel_find(struct kd_ctx *ctx, const char *name,
						  const char *work, struct kd_lab_kernel *ret);

void kd_lab_kernel_deinit(struct kd_lab_kernel *k);

/* "x86_64", "arm64", "i386", "unknown". */
const char *kd_lab_arch_word(enum kd_lab_arch arch);

#endif
