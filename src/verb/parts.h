/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * parts.h: the files of /sys/fs/pstore, or of a copy of it, read as one log.
 *
 * Firmware storage takes a few kB at a time, so one crash becomes many files
 * (dmesg-efi-165467640800501, …), each with a part of the dump, the newest lines in part 1
 * (fs/pstore/platform.c). They are joined here in the order of their names; the printk
 * decoder puts the parts of a dump into order.
 */
#ifndef KD_VERB_PARTS_H
#define KD_VERB_PARTS_H

#include "base/buf.h"
#include "base/error.h"
#include "base/source.h"

struct kd_parts {
	struct kd_buf bytes;
	char *dir; /* NULL: nothing yet */
	char *first; /* path of the first file */
	size_t files;
	bool overflow; /* there was more than fits */
};

#define KD_PARTS_MAX ((size_t)16 << 20) /* bytes of all parts of one directory */
#define KD_PARTS_INIT ((struct kd_parts){.bytes = KD_BUF_INIT(KD_PARTS_MAX)})

/* Does the source at its beginning look like a part of a dump? */
KD_MUST_CHECK struct kd_error *kd_parts_is(const char *path, struct kd_source *src, bool *ret);

/* Does the file belong into the directory that is being joined? */
bool kd_parts_same(const struct kd_parts *p, const char *path);

/* Add the rest of the source. What does not fit is left out, see overflow. */
KD_MUST_CHECK struct kd_error *kd_parts_add(struct kd_parts *p, const char *path,
					    struct kd_source *src);

/* What the log is called: the directory, or the file if it is the only one. */
const char *kd_parts_name(const struct kd_parts *p);

/* The joined log as a source; p holds no bytes afterwards, its names stay. */
KD_MUST_CHECK struct kd_error *kd_parts_source(struct kd_parts *p, struct kd_source **ret);

void kd_parts_reset(struct kd_parts *p);

#endif
