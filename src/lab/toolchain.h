/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * toolchain.h: which compiler for which kernel.
 *
 *	kd_auto(kd_lab_toolchain_deinit) struct kd_lab_toolchain t = {0};
 *	err = kd_lab_toolchain_find(ctx, KD_ARCH_ARM64, "gcc-12 (Debian …) 12.2.0", &t);
 *	… "CC=%s", t.cc …
 */
#ifndef KD_LAB_TOOLCHAIN_H
#define KD_LAB_TOOLCHAIN_H

#include "base/ctx.h"
#include "lab/kernel.h"

struct kd_lab_toolchain {
	bool clang;
	const char *arch; /* make's ARCH: "x86", "arm64" */
	const char *cross; /* "aarch64-linux-gnu-", or "" */
	char *cc; /* "gcc-12", "aarch64-linux-gnu-gcc", "clang" */
	char *version; /* first line of its --version */
	bool other; /* its version is not the one asked for */
};

/*
 * text: the kernel's CONFIG_CC_VERSION_TEXT, or NULL for any compiler; "clang" and "gcc" alone
 * ask for the default one of that family. KD_NOTFOUND with the package to install.
 */
KD_MUST_CHECK struct kd_error *kd_lab_toolchain_find(struct kd_ctx *ctx, enum kd_lab_arch arch,
						     const char *text,
						     struct kd_lab_toolchain *ret);

void kd_lab_toolchain_deinit(struct kd_lab_toolchain *t);

/* Of this machine, as uname says. */
enum kd_lab_arch kd_lab_arch_host(void);

/*
 * The value of one option ("CC_VERSION_TEXT", without quotes) in the configuration that a tree
 * or headers folder was built with, on the heap; NULL when it is not there.
 */
char *kd_lab_config_value(const char *folder, const char *name);

#endif
