/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vmcoreinfo.h: the text that a kernel leaves for readers of its memory.
 *
 *	struct kd_vmcoreinfo v = kd_vmcoreinfo(text);
 *	struct kd_view release = kd_vmcoreinfo_get(&v, KD_V("OSRELEASE"));
 *	uint64_t addr;
 *	if (kd_vmcoreinfo_symbol(&v, "init_uts_ns", &addr)) …
 *
 * Lines KEY=VALUE; source: the kernel's Documentation/admin-guide/kdump/vmcoreinfo.rst and
 * kernel/crash_core.c (before 5.1 kexec_core.c). SYMBOL(x) is hexadecimal, SIZE, OFFSET, LENGTH and
 * NUMBER decimal (NUMBER of addresses too, negative ones with a sign). Nothing is copied.
 */
#ifndef KD_FORMAT_VMCOREINFO_H
#define KD_FORMAT_VMCOREINFO_H

#include "base/view.h"

struct kd_vmcoreinfo {
	struct kd_view text; /* up to its first NUL */
};

struct kd_vmcoreinfo kd_vmcoreinfo(struct kd_view text);

/* The value of the first line with that key; absent: no such line. */
struct kd_view kd_vmcoreinfo_get(const struct kd_vmcoreinfo *v, struct kd_view key);

/* SYMBOL(name); false: not there, or no number. */
bool kd_vmcoreinfo_symbol(const struct kd_vmcoreinfo *v, const char *name, uint64_t *ret);

/* kind(name) with kind "SIZE", "OFFSET", "LENGTH", "NUMBER". */
bool kd_vmcoreinfo_number(const struct kd_vmcoreinfo *v, const char *kind, const char *name, int64_t *ret);

#endif
