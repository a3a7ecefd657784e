/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * spool.h: records that wait: first in memory, then in a temporary file without a name.
 *
 *	kd_auto(kd_spool_deinit) struct kd_spool s;
 *	kd_spool_init(&s, 4 << 20);
 *	err = kd_spool_add(&s, record);              // any bytes, up to KD_SPOOL_RECORD
 *	…
 *	err = kd_spool_rewind(&s);
 *	while (!err && !(err = kd_spool_next(&s, &record)) && record.p)
 *		…                                    // in order of adding
 */
#ifndef KD_VERB_SPOOL_H
#define KD_VERB_SPOOL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/view.h"

#define KD_SPOOL_RECORD ((size_t)256 << 10)

struct kd_spool {
	struct kd_buf mem; /* what is not in the file (yet); reading: the read buffer */
	size_t memory; /* at most so much of it */
	int fd; /* -1: everything is in memory */
	uint64_t file_bytes; /* written to fd */
	uint64_t file_pos; /* read from fd */
	size_t pos; /* reading: in mem */
	bool reading; /* rewound: everything is in fd, if there is one */
};

void kd_spool_init(struct kd_spool *s, size_t memory);
void kd_spool_deinit(struct kd_spool *s);

/* KD_LIMIT for a record that is too large; KD_IO when the temporary folder is full. */
KD_MUST_CHECK struct kd_error *kd_spool_add(struct kd_spool *s, struct kd_view record);

/* Read from the beginning, as often as one likes; nothing can be added any more. */
KD_MUST_CHECK struct kd_error *kd_spool_rewind(struct kd_spool *s);

/* The next record, borrowed until the next call; absent (p == NULL) at the end. */
KD_MUST_CHECK struct kd_error *kd_spool_next(struct kd_spool *s, struct kd_view *ret);

/* Forget all records, for the next use. */
void kd_spool_reset(struct kd_spool *s);

#endif
