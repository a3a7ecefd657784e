/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * outfile.h: a result that goes into a file: all of it, or the old file stays.
 *
 *	kd_auto(kd_outfile_abort) struct kd_outfile f = {.fd = -1};
 *	err = kd_outfile_open(&f, "shareable.log", 0666);
 *	while (… && kd_outfile_write(&f, bytes)) …
 *	if (!err)
 *		err = kd_outfile_commit(&f);     // renamed into its place
 *
 * What is no regular file (a device, a FIFO) is written to as it is.
 */
#ifndef KD_VERB_OUTFILE_H
#define KD_VERB_OUTFILE_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"
#include "base/view.h"

struct kd_outfile {
	int fd;
	char *path, *tmp; /* tmp: NULL when path is written to directly */
	int errnum; /* of the write that failed */
};

/* mode as open(2) has it: the umask applies. */
KD_MUST_CHECK struct kd_error *kd_outfile_open(struct kd_outfile *f, const char *path, mode_t mode);
bool kd_outfile_write(struct kd_outfile *f, struct kd_view v);
KD_MUST_CHECK struct kd_error *kd_outfile_commit(struct kd_outfile *f);

/* Guard: leave no temporary file; nothing to do after a commit. */
void kd_outfile_abort(struct kd_outfile *f);

/* Is path the same file as other? false when one of them is not there. */
bool kd_outfile_is(const char *path, const char *other);

#endif
