/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * arch.h: the processor architectures whose kernel logs kdoc reads.
 *
 *	enum kd_arch a = kd_arch_by_name(KD_V("aarch64"));     // KD_ARCH_ARM64
 *	const struct kd_arch_info *i = kd_arch_info(a);
 *
 * Names are those of `uname -m` plus what distributions call them in package names.
 */
#ifndef KD_REPORT_ARCH_H
#define KD_REPORT_ARCH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/view.h"

enum kd_arch {
	KD_ARCH_UNKNOWN,
	KD_ARCH_X86_64,
	KD_ARCH_I386,
	KD_ARCH_ARM64,
	KD_ARCH_ARM,
	KD_ARCH_RISCV64,
	KD_ARCH_PPC64,
	KD_ARCH_S390X,
	KD_ARCH_LOONGARCH64,
	KD_ARCH_MIPS, /* 32 and 64 bits, either byte order */
	KD_ARCH_N
};

struct kd_arch_info {
	const char *name;  /* "x86_64" */
	unsigned bits;	   /* of a register; mips: 64, values may be shorter */
	bool big_endian;   /* the usual byte order: s390x; ppc64 and mips have both */
	bool either_order; /* … so that text alone doesn't decide it */
};

/* Never NULL; values outside the enum give the row of KD_ARCH_UNKNOWN. */
const struct kd_arch_info *kd_arch_info(enum kd_arch arch);

/* "x86_64", "amd64", "aarch64", "ppc64le" …; KD_ARCH_UNKNOWN for others. */
enum kd_arch kd_arch_by_name(struct kd_view name);

#endif
