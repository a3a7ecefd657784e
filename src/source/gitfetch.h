/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * gitfetch.h: one branch of a repository on an HTTP server into a bare repository here. The only place where kdoc lets
 * git speak to another machine: source/git.h forbids every transport.
 *
 *	struct kd_git_fetch f = {.url = "https://lore.kernel.org/io-uring/git/0.git", .dir = "/lore/io-uring/git/0.git",
 *				 .branch = "refs/heads/master"};
 *	err = kd_git_fetch(ctx, &f);
 *
 * Named by the caller: address, place, branch, time and bytes. Nothing else is used: http and https alone, no redirect
 * to another place, no credentials (helpers, prompts, .netrc: HOME is empty), no configuration but what stands in the
 * source, no hooks, no submodules, tags or maintenance, no template. Certificates are checked. Proxies are those of the
 * environment (http_proxy, https_proxy, no_proxy). Replaced history is taken as it is: who reads it finds out.
 */
#ifndef KD_SOURCE_GITFETCH_H
#define KD_SOURCE_GITFETCH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/ctx.h"
#include "base/error.h"

struct kd_git_fetch {
	const char *url; /* http:// or https://, without user and password */
	const char *dir; /* made when it is not there */
	const char *branch; /* "refs/heads/…", the same name here */
	unsigned timeout_s; /* 3600 */
	uint64_t max_bytes; /* of one file, which a pack is; 16 GiB */
};

/*
 * KD_INVALID: the address or the branch is not of that form. KD_NOTFOUND: no git program. KD_TIMEOUT, KD_LIMIT,
 * KD_CANCELLED; KD_NETWORK with git's words. Whatever comes over is complete and checked before the
 * branch moves; after an error nothing of it stays. One fetch at a time into one folder.
 */
KD_MUST_CHECK struct kd_error *kd_git_fetch(struct kd_ctx *ctx, const struct kd_git_fetch *f);

/* http(s)://host…: printable, no user, no password, no query. */
bool kd_git_fetch_url_ok(const char *url);

#endif
