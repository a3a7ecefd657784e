/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * archive.h: Debian packages and tar archives, unpacked by kdoc itself: only what is wanted,
 * never outside the target.
 *
 *	struct kd_unpack_req req = {.from = "linux-image.deb", .to = work, .want = only_boot};
 *	struct kd_unpack_result r;
 *	err = kd_lab_unpack(ctx, &req, &r);
 *
 * Formats: those of format/package.h. Folders, files, links are made; devices, sockets and hard links that
 * leave the archive are refused. Owners and special mode bits are not taken over. A member is
 * written through a folder that was opened below the target without following links.
 */
#ifndef KD_LAB_ARCHIVE_H
#define KD_LAB_ARCHIVE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/ctx.h"
#include "base/error.h"
#include "base/view.h"

enum kd_unpack_want {
	KD_UNPACK_SKIP,
	KD_UNPACK_TAKE,
	KD_UNPACK_STOP, /* everything wanted was seen: read no further */
};

struct kd_unpack_member {
	struct kd_view path; /* without "./" in front */
	uint64_t size;
	char type; /* '0' file, '1' hard link, '2' link, '5' folder */
};

/* Zero members mean the default. */
struct kd_unpack_req {
	const char *from;
	const char *to; /* made when it is not there; NULL: only want() is called */
	/* NULL: everything. */
	enum kd_unpack_want (*want)(void *user, const struct kd_unpack_member *m);
	void *user;
	bool merge_usr; /* what lies in /bin, /sbin, /lib and the like goes below usr/ */
	uint64_t max_bytes; /* of all members taken; 16 GiB */
	uint64_t max_members; /* seen; 1 million */
	void (*progress)(void *user, uint64_t done, uint64_t total); /* packed bytes */
	void *progress_user;
};

struct kd_unpack_result {
	uint64_t members, taken, bytes; /* bytes: written */
};

/* KD_BADDATA when it is no such archive or damaged; KD_LIMIT; KD_IO (disk full). */
KD_MUST_CHECK struct kd_error *kd_lab_unpack(struct kd_ctx *ctx, const struct kd_unpack_req *req,
					     struct kd_unpack_result *ret);

/*
 * A kernel's sources: a tarball (any packing), or a package with usr/src/linux-source-*.tar.*;
 * unpacked into `to` unless that was done before from the same file. ret: the tree.
 */
KD_MUST_CHECK struct kd_error *kd_lab_source_unpack(struct kd_ctx *ctx, const char *from,
						    const char *to, char **ret);

#endif
