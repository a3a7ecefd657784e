/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mirror.h: a list's archive on a public-inbox server → a copy here, brought up to date.
 *
 *	struct kd_mirror_req r = {.url = "https://lore.kernel.org/io-uring", .local = "/lore/io-uring"};
 *	err = kd_mirror_refresh(ctx, &r, &arena, &m);
 *	err = kd_mailsrc_open(ctx, "/lore/io-uring", &src);        // what it left is an archive of public-inbox v2
 *
 * The server's manifest.js.gz (grokmirror's form: https://github.com/mricon/grokmirror, public-inbox's
 * public-inbox-v2-format(5)) has of each epoch a fingerprint, the SHA-1 of what `git show-ref` prints there. Epochs of
 * which that is what it was after the last fetch are left alone; the others are fetched (source/gitfetch.h), and the
 * fingerprint of what came is compared. A server that got mail in between, or lies, is told: `moved`.
 *
 * Below `local`: git/N.git, and "kdoc-mirror" with a line "N FINGERPRINT" per epoch. An archive of the old form (v1)
 * becomes git/0.git.
 */
#ifndef KD_HISTORY_MIRROR_H
#define KD_HISTORY_MIRROR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/ctx.h"
#include "base/error.h"
#include "base/view.h"

enum {
	KD_MIRROR_PACKED_MAX = 8 << 20, /* bytes of manifest.js.gz */
	KD_MIRROR_MANIFEST_MAX = 64 << 20, /* unpacked; lore's of all lists has 1 MB */
	KD_MIRROR_EPOCHS_MAX = 1000,
};

struct kd_mirror_req {
	const char *url; /* of the list, http or https, without the last slash or with it */
	const char *local;
	unsigned connect_s; /* 30 */
	unsigned fetch_s; /* of one epoch; 3600 */
	uint64_t max_bytes; /* of one epoch; 16 GiB */
	/* Before and after each epoch; may be NULL. */
	void (*progress)(void *user, unsigned epoch, size_t done, size_t of);
	void *user;
};

enum kd_mirror_state {
	KD_MIRROR_SAME, /* nothing new since the last time */
	KD_MIRROR_FETCHED, /* and it has the fingerprint that was announced */
	KD_MIRROR_MOVED, /* fetched, but it is not what was announced */
	KD_MIRROR_FAILED, /* why says it; the rest goes on */
};

struct kd_mirror_epoch {
	unsigned n;
	enum kd_mirror_state state;
	struct kd_view why;
};

struct kd_mirror {
	struct kd_mirror_epoch *epoch; /* by number */
	size_t n, failed;
	bool old_form; /* v1 */
};

/*
 * KD_INVALID: no such address; KD_NOTFOUND: the server has no manifest there; KD_NETWORK, KD_TIMEOUT, KD_LIMIT,
 * KD_CANCELLED; KD_BADDATA: the manifest is none. An epoch that fails is no error of the whole.
 */
KD_MUST_CHECK struct kd_error *kd_mirror_refresh(struct kd_ctx *ctx, const struct kd_mirror_req *r, struct kd_arena *a,
						 struct kd_mirror *ret);

const char *kd_mirror_word(enum kd_mirror_state s);

/* ---- for tests ---- */

struct kd_mirror_entry {
	unsigned n;
	char fingerprint[41]; /* "" when the manifest has none */
};

/* The epochs of a manifest's text, by number. */
KD_MUST_CHECK struct kd_error *kd_mirror_manifest(struct kd_view text, struct kd_mirror_entry *ret, size_t max,
						  size_t *n_ret, bool *old_form);

#endif
