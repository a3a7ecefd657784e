/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * program.h: a program for the guest with the shared libraries that it needs, found by reading
 * ELF headers. Nothing is run: it may be a download, or for another architecture.
 *
 *	const char *const roots[] = {"OUT/kdump-tools", "/"};
 *	struct kd_program_file v[KD_PROGRAM_FILES_MAX];
 *	size_t n = 0;
 *	err = kd_program_find(roots, 2, "kexec", KD_ARCH_X86_64, &arena, v, &n);
 *
 * Layout: System V gABI, chapters 4 and 5 (PT_INTERP, PT_DYNAMIC, DT_NEEDED). DT_RUNPATH and
 * ld.so.conf are not followed: libraries are looked for where distributions put them below each
 * root. In the guest all of them lie in KD_PROGRAM_LIBS, which LD_LIBRARY_PATH must name.
 */
#ifndef KD_LAB_PROGRAM_H
#define KD_LAB_PROGRAM_H

#include "base/arena.h"
#include "base/error.h"
#include "base/view.h"
#include "lab/kernel.h"

#define KD_PROGRAM_FILES_MAX 64
#define KD_PROGRAM_LIBS "/usr/lib/kdump"

struct kd_program_file {
	const char *from, *to; /* path on the host, in the guest */
};

/* What an ELF file says it needs; views into its bytes. */
struct kd_program_needs {
	struct kd_view interp; /* absent: a library, or a static program */
	struct kd_view lib[KD_PROGRAM_FILES_MAX];
	size_t nlibs;
};

/* KD_BADDATA: not a 64-bit little-endian ELF file of that architecture, or a damaged one. */
KD_MUST_CHECK struct kd_error *kd_program_needs(struct kd_view bytes, enum kd_lab_arch arch,
						struct kd_program_needs *ret);

/*
 * Program and libraries into v[*n …], each once: the first root that has a file of the right
 * architecture wins. KD_NOTFOUND names what is missing.
 */
KD_MUST_CHECK struct kd_error *kd_program_find(const char *const *roots, size_t nroots,
					       const char *name, enum kd_lab_arch arch,
					       struct kd_arena *arena,
					       struct kd_program_file v[KD_PROGRAM_FILES_MAX],
					       size_t *n);

#endif
