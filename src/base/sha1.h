/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sha1.h: SHA-1 of bytes (FIPS 180-4 sections 5.1.1, 5.3.1 and 6.1), because git names objects and patches by
 * it. It is broken against somebody who wants two things of one name: identities of our own are SHA-256
 * (base/hash.h).
 *
 *	struct kd_sha1 h;
 *	uint8_t sum[KD_SHA1_LEN];
 *	kd_sha1_init(&h);
 *	kd_sha1_update(&h, KD_V("abc"));
 *	kd_sha1_final(&h, sum);
 */
#ifndef KD_BASE_SHA1_H
#define KD_BASE_SHA1_H

#include <stdint.h>

#include "base/view.h"

#define KD_SHA1_LEN 20

struct kd_sha1 {
	uint32_t h[5];
	uint64_t n; /* bytes so far */
	uint8_t block[64];
};

void kd_sha1_init(struct kd_sha1 *s);
void kd_sha1_update(struct kd_sha1 *s, struct kd_view v);
void kd_sha1_final(struct kd_sha1 *s, uint8_t ret[KD_SHA1_LEN]);

/* All in one. */
void kd_sha1_of(struct kd_view v, uint8_t ret[KD_SHA1_LEN]);

/* The same without instructions that only some processors have: for tests, which compare the two. */
void kd_sha1_of_plain(struct kd_view v, uint8_t ret[KD_SHA1_LEN]);

#endif
