/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mirror.h: a range of a dump's virtual memory as bytes of ours, of which only what is asked for is read.
 *
 *	struct kd_mirror m;
 *	kd_mirror_init(&m, space, start, n);                // room for n bytes, none of them read
 *	if (kd_mirror_need(&m, off, 16)) … m.room + off
 *	kd_mirror_deinit(&m);
 *
 * For tables of the kernel that are large (names, types) and of which an answer needs little: unpacking
 * their pages is most of what a question to a packed dump costs. What was read stays. What cannot be read
 * is kept in mind, so that whoever asked can say so.
 */
#ifndef KD_CORE_MIRROR_H
#define KD_CORE_MIRROR_H

#include "core/space.h"

struct kd_mirror {
	struct kd_space *s;
	uint64_t start; /* virtual address */
	size_t n;
	char *room; /* n bytes; those that were not needed yet are undefined */
	uint8_t *have; /* which pages are there, one byte each */
	bool lost; /* something that was needed cannot be read: miss says the first */
	struct kd_space_miss miss;
};

/* n was checked by the caller. An all-zero struct is fine for deinit. */
void kd_mirror_init(struct kd_mirror *m, struct kd_space *s, uint64_t start, size_t n);
void kd_mirror_deinit(struct kd_mirror *m);

/* Are bytes [off, off + n) in the room? false: they are outside of it, or cannot be read. */
bool kd_mirror_need(struct kd_mirror *m, uint64_t off, uint64_t n);

#endif
