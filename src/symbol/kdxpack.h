/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kdxpack.h: the indexes of a whole build, kernel and modules, in one file.
 *
 *	err = kd_kdxpack_write("BUILD.kdx", indexes, n);           // files that kd_kdx_write() made
 *	struct kd_kdxpack p;
 *	err = kd_kdxpack_read("BUILD.kdx", &arena, &p);
 *	err = kd_kdx_open_at("BUILD.kdx", p.v[i].off, p.v[i].size, &k);
 *
 * Layout: "kdocKDB\n", u32 version, u32 members, u64 size of the file, u32 bytes of names, u32 kd_check32 of table
 * and names; per member u64 offset, u64 size, u32 offset of its name, u32 length of it (0: the kernel); the names; the
 * indexes as they are, each at a multiple of KD_KDXPACK_ALIGN, so that each can be mapped alone. All numbers are
 * little endian.
 */
#ifndef KD_SYMBOL_KDXPACK_H
#define KD_SYMBOL_KDXPACK_H

#include "base/arena.h"
#include "symbol/kdx.h"

#define KD_KDXPACK_ALIGN 65536 /* pages of any machine */
#define KD_KDXPACK_MAX 65536 /* members */

struct kd_kdxpack_member {
	struct kd_view module; /* absent: the kernel */
	uint64_t off, size;
};

struct kd_kdxpack {
	struct kd_kdxpack_member *v; /* the arena's */
	size_t n;
};

/* Does the file begin as one does? A file that cannot be read does not. */
bool kd_kdxpack_probe(const char *path);

/* KD_BADDATA: damaged; KD_UNSUPPORTED: another version; KD_LIMIT. */
KD_MUST_CHECK struct kd_error *kd_kdxpack_read(const char *path, struct kd_arena *arena,
					       struct kd_kdxpack *ret);

/* Written beside its place and renamed. KD_CONFLICT: two of one module, or two kernels. */
KD_MUST_CHECK struct kd_error *kd_kdxpack_write(const char *path, const char *const *indexes, size_t n);

#endif
