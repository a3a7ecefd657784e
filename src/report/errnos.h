/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * errnos.h: names of Linux error numbers.
 *
 *	kd_errno_name(12, KD_ARCH_X86_64)      // "ENOMEM"
 *	kd_errno_minus(512, KD_ARCH_ARM64)     // "-ERESTARTSYS"
 *
 * Sources: include/uapi/asm-generic/errno-base.h, include/uapi/asm-generic/errno.h,
 * include/linux/errno.h (512 and up, never seen by user space) and
 * arch/mips/include/uapi/asm/errno.h (which renumbers 35 and up). The limit is MAX_ERRNO
 * of include/linux/err.h.
 */
#ifndef KD_REPORT_ERRNOS_H
#define KD_REPORT_ERRNOS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/view.h"
#include "report/arch.h"

#define KD_MAX_ERRNO 4095

/* One error number. */
struct kd_errno {
	uint16_t nr;
	const char *name;  /* "ENOMEM" */
	const char *minus; /* "-ENOMEM" */
	const char *words; /* "out of memory"; NULL for rare ones */
};

/* NULL when there is no such number. */
const struct kd_errno *kd_errno_find(unsigned nr, enum kd_arch arch);
const char *kd_errno_name(unsigned nr, enum kd_arch arch);
const char *kd_errno_minus(unsigned nr, enum kd_arch arch);

/* The number of "ENOMEM" or "-ENOMEM"; 0 when there is none. */
unsigned kd_errno_by_name(struct kd_view name, enum kd_arch arch);

/* Is the value what ERR_PTR() makes: -4095 … -1 in a register of that many bits? */
bool kd_errno_of_pointer(uint64_t value, unsigned bits, unsigned *ret);

#endif
