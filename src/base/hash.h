/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hash.h: SHA-256 for identities, and a fast hash for tables.
 *
 *	struct kd_sha256 h;
 *	uint8_t sum[KD_SHA256_LEN];
 *	kd_sha256_init(&h);
 *	kd_sha256_update(&h, KD_V("abc"));
 *	kd_sha256_final(&h, sum);
 *	char hex[2 * KD_SHA256_LEN + 1];
 *	kd_hex(sum, sizeof(sum), hex);
 *
 * SHA-256 as in FIPS 180-4 sections 5.1.1, 5.3.3 and 6.2.
 */
#ifndef KD_BASE_HASH_H
#define KD_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

#include "base/view.h"

#define KD_SHA256_LEN 32

struct kd_sha256 {
	uint32_t h[8];
	uint64_t n; /* bytes so far */
	uint8_t block[64];
};

void kd_sha256_init(struct kd_sha256 *s);
void kd_sha256_update(struct kd_sha256 *s, struct kd_view v);
void kd_sha256_final(struct kd_sha256 *s, uint8_t ret[KD_SHA256_LEN]);

/* All in one. */
void kd_sha256_of(struct kd_view v, uint8_t ret[KD_SHA256_LEN]);

/* 2 * n lower-case digits and a NUL. */
void kd_hex(const uint8_t *p, size_t n, char *ret);

/*
 * 64 bits for hash tables; not for adversaries who know the seed, not stable
 * between versions or machines (never store it).
 */
uint64_t kd_hash64(struct kd_view v, uint64_t seed);

/*
 * 32 bits that tell whether stored bytes are still what was written: the same on every machine and in
 * every version (files hold it), 8 bytes in a step; not against somebody who wants to deceive.
 * Four lanes over little-endian words: lane = rotl(lane ^ word, 29) * 0x9e3779b97f4a7c15.
 */
uint32_t kd_check32(struct kd_view v);

#endif
