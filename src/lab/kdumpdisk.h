/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kdumpdisk.h: the raw disk that a crash kernel (guest/kdump-init) saved cores to.
 *
 *	struct kd_kdumpdisk_index index;
 *	if (kd_kdumpdisk_index(first_block, &index) && index.form[0].there)
 *		err = kd_kdumpdisk_stream(ctx, &slot, max, false, "core.kdump-zlib-31");
 *
 * The first 1 MiB is for the index, then each form has a place of the same size. makedumpfile's
 * output is a flattened stream there, which knows its own end: a header of 4096 bytes, then
 * records of a place and a length (64 bits, big endian) and so many bytes; place and length of
 * the last one are all ones (makedumpfile's IMPLEMENTATION and makedumpfile.h).
 *
 * The guest wrote it: nothing in it is believed, and all of it has limits.
 */
#ifndef KD_LAB_KDUMPDISK_H
#define KD_LAB_KDUMPDISK_H

#include "base/ctx.h"
#include "base/error.h"
#include "base/view.h"

#define KD_KDUMPDISK_BLOCK 65536 /* of the index, and the unit of places */
#define KD_KDUMPDISK_FIRST ((uint64_t)1 << 20) /* where the first form begins */
#define KD_KDUMPDISK_FORMS_MAX 8

struct kd_kdumpdisk_form {
	bool there;
	uint64_t status; /* of the program that saved it */
	uint64_t bytes; /* of a copy; 0: a stream */
	struct kd_view why; /* its words when status is not 0; borrowed */
};

struct kd_kdumpdisk_index {
	struct kd_kdumpdisk_form form[KD_KDUMPDISK_FORMS_MAX];
	bool complete; /* the last form was tried */
};

/* false: there is no index; nothing was saved. Lines that are not understood are passed over. */
bool kd_kdumpdisk_index(struct kd_view block, struct kd_kdumpdisk_index *ret);

/* Where a form lies. */
struct kd_kdumpdisk_slot {
	const char *disk;
	uint64_t at, room;
};

/* The first bytes of it as a file of its own; pages of zeros become holes. */
KD_MUST_CHECK struct kd_error *kd_kdumpdisk_copy(struct kd_ctx *ctx,
						 const struct kd_kdumpdisk_slot *slot, uint64_t bytes,
						 const char *to);

/*
 * A flattened stream: as it is (flat), or each record put where it says, below max. KD_BADDATA: it
 * is none, or it has no end in its place; KD_LIMIT: a record reaches beyond max. On error there is
 * no file.
 */
KD_MUST_CHECK struct kd_error *kd_kdumpdisk_stream(struct kd_ctx *ctx,
						   const struct kd_kdumpdisk_slot *slot, uint64_t max,
						   bool flat, const char *to);

#endif
