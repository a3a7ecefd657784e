/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * curl.h: one file of a server, by libcurl, which is loaded when it is first needed.
 *
 *	struct kd_fetch f = {.url = "https://debuginfod.example.org/buildid/…", .sink = add, .user = &t};
 *	err = kd_fetch(ctx, &f, &found);              // !found: the server does not have it
 *
 * http, https and file; at most five redirects, from https to https alone; nothing is sent but the
 * request. Proxies are those that libcurl takes from its environment.
 *
 * With a body it is a POST: http and https, no redirects; an error's answer goes to the sink like any other, and *status says
 * what it was.
 */
#ifndef KD_BASE_EXT_CURL_H
#define KD_BASE_EXT_CURL_H

#include <stdint.h>

#include "base/ctx.h"
#include "base/error.h"
#include "base/view.h"

struct kd_fetch {
	const char *url;
	unsigned connect_s, stall_s, all_s; /* limits: until there is a connection, without a byte, in all */
	uint64_t max_bytes;
	struct kd_error *(*sink)(void *user, const void *p, size_t n); /* the bytes, in order */
	void *user;
	void (*progress)(void *user, uint64_t done, uint64_t total); /* bytes; total 0: not known; may be NULL */
	void *progress_user;
	struct kd_view body; /* of a POST; absent: a GET */
	const char *const *headers; /* of a POST, "Name: value" */
	size_t nheaders;
	long *status; /* HTTP's, 0: there was no answer; may be NULL */
};

/*
 * KD_UNSUPPORTED: there is no libcurl; KD_NETWORK; KD_TIMEOUT; KD_LIMIT; KD_CANCELLED; errors of the sink. *ret_found:
 * false for "404 Not Found", "410 Gone" and a file that is not there. Bytes may have come before an error.
 */
KD_MUST_CHECK struct kd_error *kd_fetch(struct kd_ctx *ctx, const struct kd_fetch *f, bool *ret_found);

#endif
