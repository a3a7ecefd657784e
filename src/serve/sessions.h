/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sessions.h: sessions of the legacy era over HTTP: a random name for each, and which of them goes when there are too many.
 *
 *	struct kd_session *s = kd_session_open(&all, now);     // NULL: as many as there may be, and none is idle
 *	s = kd_session_find(&all, id, now);                    // and is used now
 *	s->busy++;                                             // has a request under way: does not expire
 *	kd_session_end(&all, s);
 */
#ifndef KD_SERVE_SESSIONS_H
#define KD_SERVE_SESSIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/view.h"
#include "serve/mcp.h"

enum { KD_SESSION_ID = 33 }; /* 128 random bits as hexadecimal digits, and a NUL */

struct kd_session {
	char id[KD_SESSION_ID];
	struct kd_mcp_peer *peer; /* whoever opened it puts it there */
	int64_t used_ns;
	unsigned busy;
	uint64_t next_stream;
	void *listener; /* what carries the server's own messages; http_stream.c */
	struct kd_session *next;
};

struct kd_sessions {
	struct kd_session *first;
	size_t n, max;
	int64_t idle_ns;
	/* Before one goes, whatever the reason: its peer is freed here. */
	void (*ended)(void *user, struct kd_session *s);
	void *user;
};

struct kd_session *kd_session_open(struct kd_sessions *all, int64_t now);
/* Takes the same time for each name that is none. */
struct kd_session *kd_session_find(struct kd_sessions *all, struct kd_view id, int64_t now);
void kd_session_end(struct kd_sessions *all, struct kd_session *s);
/* Those that nobody used for idle_ns; how many are left. */
size_t kd_sessions_expire(struct kd_sessions *all, int64_t now);
void kd_sessions_end(struct kd_sessions *all); /* all of them */

#endif
