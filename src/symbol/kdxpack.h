/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kdxpack.h: the indexes of a whole build, kernel and modules, in one file.
 *
 *	err = kd_kdxpack_write("BUILD.kdx", indexes, n, &how);      // files that kd_kdx_write() made
 *	struct kd_kdxpack p;
 *	err = kd_kdxpack_read("BUILD.kdx", &arena, &p);
 *	err = kd_kdx_open_at("BUILD.kdx", p.v[i].off, p.v[i].size, &k);
 *
 * A module's types stand on the kernel's (kdxbase.h). With a base, another build's file, everything stands on what has
 * the same name there, and only what differs takes room.
 *
 * Layout: "kdocKDB\n", u32 version, u32 members, u64 size of the file, u32 bytes of names, u32 kd_check32 of table
 * and names; per member u64 offset, u64 size, u32 offset of its name, u32 length of it (0: the kernel); the names; the
 * indexes, each at a multiple of KD_KDXPACK_ALIGN. All numbers are little endian.
 */
#ifndef KD_SYMBOL_KDXPACK_H
#define KD_SYMBOL_KDXPACK_H

#include "base/arena.h"
#include "base/ctx.h"
#include "symbol/kdx.h"

#define KD_KDXPACK_ALIGN 8
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

struct kd_kdxpack_how {
	const char *base; /* file of one or of several indexes, in the folder of the new one; NULL: it stands alone */
	unsigned workers; /* 0: as many as there are processors */
	/* Told now and then, from the calling thread: members of all. */
	void (*progress)(void *user, uint64_t done, uint64_t total);
	void *user;
};

/*
 * Written beside its place and renamed; of one index without a module an index alone, no pack. KD_CONFLICT: two of one
 * module, or two kernels; the base stands on another file itself, or lies in another folder.
 */
KD_MUST_CHECK struct kd_error *kd_kdxpack_write(struct kd_ctx *ctx, const char *path, const char *const *indexes,
						size_t n, const struct kd_kdxpack_how *how);

#endif
