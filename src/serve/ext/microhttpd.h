/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * microhttpd.h: GNU libmicrohttpd as http.c needs it, loaded at its first use: parsing of requests, framing of responses,
 * connections that are set aside while a call works. It runs in the caller's thread and is told when to look.
 *
 *	struct kd_mhd m = {0};
 *	err = kd_mhd_start(&m, &conf);            // m.epoll becomes readable when kd_mhd_run() has something to do
 *	…
 *	again = kd_mhd_run(&m);                   // true: call it once more before waiting
 *	kd_mhd_stop(&m);                          // all connections must have been resumed
 *
 * Numbers and types are those of microhttpd.h 0.9.75 (Debian 12); 1.0.1 (Debian 13) has the same soname and the same
 * values. MHD_get_timeout() is deprecated there, and still there.
 */
#ifndef KD_SERVE_EXT_MICROHTTPD_H
#define KD_SERVE_EXT_MICROHTTPD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "base/view.h"

enum { KD_MHD_NO = 0, KD_MHD_YES = 1 }; /* enum MHD_Result */

/* What a reader of a stream gives when it has no bytes: MHD_CONTENT_READER_END_OF_STREAM, …_END_WITH_ERROR. */
enum { KD_MHD_END = -1, KD_MHD_BROKEN = -2 };

enum kd_mhd_ended { KD_MHD_ENDED_OK = 0 }; /* enum MHD_RequestTerminationCode; all others are accidents */

struct kd_mhd_conf {
	int listener; /* a socket that listens; closed by kd_mhd_stop() */
	bool v6;
	unsigned connections; /* at once; more wait until one ends */
	size_t head_max; /* bytes of memory of a connection: what a head may have */
	/*
	 * enum MHD_Result, as MHD_AccessHandlerCallback: the first time with *req NULL and nothing uploaded; then with pieces
	 * of the body (*size is set to 0 by who took them); then with *size 0 until there is a response or it is set aside.
	 */
	int (*handle)(void *user, void *conn, const char *url, const char *method, const char *version, const char *upload,
		      size_t *size, void **req);
	void (*completed)(void *user, void *conn, void **req, int how); /* enum kd_mhd_ended */
	void (*connection)(void *user, void *conn, void **context, int closed);
	void *user;
};

struct kd_mhd_api {
	void *(*start)(unsigned flags, uint16_t port, void *policy, void *policy_user,
		       int (*handle)(void *user, void *conn, const char *url, const char *method, const char *version,
				     const char *upload, size_t *size, void **req),
		       void *user, ...);
	void (*stop)(void *daemon);
	int (*run)(void *daemon);
	int (*timeout)(void *daemon, unsigned long long *ms);
	const void *(*daemon_info)(void *daemon, int what, ...);
	const void *(*connection_info)(void *conn, int what, ...);
	int (*values)(void *conn, int kind, int (*each)(void *user, int kind, const char *name, const char *value), void *user);
	void (*suspend)(void *conn);
	void (*resume)(void *conn);
	void *(*response)(size_t n, void *bytes, int mode);
	void *(*response_stream)(uint64_t n, size_t block, ssize_t (*read)(void *user, uint64_t at, char *to, size_t max),
				 void *user, void (*free)(void *user));
	int (*add_header)(void *response, const char *name, const char *value);
	int (*queue)(void *conn, unsigned status, void *response);
	void (*destroy)(void *response);
};

struct kd_mhd {
	struct kd_mhd_api api;
	void *handle, *daemon;
	int epoll; /* borrowed */
};

/* KD_UNSUPPORTED: the library is not there. The listener stays the caller's when it fails. */
KD_MUST_CHECK struct kd_error *kd_mhd_start(struct kd_mhd *m, const struct kd_mhd_conf *conf);
void kd_mhd_stop(struct kd_mhd *m); /* one that was not started is fine */
bool kd_mhd_run(struct kd_mhd *m);

/* Headers of the request, as often as they are given; value never NULL. each: KD_MHD_YES, or KD_MHD_NO to end it. */
void kd_mhd_headers(const struct kd_mhd *m, void *conn, int (*each)(void *user, int kind, const char *name, const char *value),
		    void *user);
int kd_mhd_fd(const struct kd_mhd *m, void *conn);
void *kd_mhd_context(const struct kd_mhd *m, void *conn); /* what connection() put there */

/* A response of known bytes (copied), or one that read() gives; NULL: no memory. Destroyed by kd_mhd_answer(). */
void *kd_mhd_response(const struct kd_mhd *m, struct kd_view body);
void *kd_mhd_stream(const struct kd_mhd *m, ssize_t (*read)(void *user, uint64_t at, char *to, size_t max), void *user);
int kd_mhd_answer(const struct kd_mhd *m, void *conn, unsigned status, void *response);

#endif
