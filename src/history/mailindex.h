/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mailindex.h: an archive of mails into the store: what is new in it since the last time.
 *
 *	struct kd_mailindex_req req = {.name = "linux-mm", .path = "/lore/linux-mm", .watch = watch};
 *	struct kd_mailindex_result r;
 *	err = kd_mailindex(ctx, store, &req, &r);            // store opened for writing
 *
 * Parts of the work are kept while it goes on: after kill -9 the next run begins behind the last part that was saved. An
 * archive that was rewritten is read from its beginning, and mails that it does not have any more are marked as removed. Mails
 * are one document each, whatever archives have them: the first one gives the list and the archive.
 *
 * Memory: a part of 128 MiB, the words of a part (96 MiB at most) and, when lists of words are merged, their union; 256 mails
 * at a time. Measured: 770 MB resident with 320,000 mails, of which the mapped parts that are merged are some.
 */
#ifndef KD_HISTORY_MAILINDEX_H
#define KD_HISTORY_MAILINDEX_H

#include "base/ctx.h"
#include "history/mailstore.h"

struct kd_mailindex_req {
	const char *name; /* of the archive, as the user calls it */
	const char *path; /* folder or file that is read */
	const char *origin; /* of a mirror: its address; else NULL */
	unsigned workers; /* 0: as many as there are processors */
	size_t part_memory; /* bytes of one part in memory; 0: 128 MiB */
	bool stale; /* the mirror could not be refreshed */
	void (*watch)(void *user, uint64_t done);
	void *user;
};

struct kd_mailindex_result {
	uint64_t added, known, removed, aside, cut, damaged; /* mails; damaged: read all the same */
	bool restarted;
	const char *note; /* of mailsrc.h; NULL */
	const char *kind;
};

KD_MUST_CHECK struct kd_error *kd_mailindex(struct kd_ctx *ctx, struct kd_mailstore *ms, const struct kd_mailindex_req *req,
					    struct kd_mailindex_result *ret);

#endif
