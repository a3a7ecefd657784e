/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * qmp.h: a client of QEMU's monitor protocol (docs/interop/qmp-spec.txt of QEMU).
 *
 *	struct kd_qmp *q = kd_qmp_new(fd);           // owns fd, a connected socket
 *	err = kd_qmp_greet(ctx, q, 10000);           // greeting, then qmp_capabilities
 *	err = kd_qmp_command(ctx, q, "query-status", NULL, 5000, &reply);
 *	while (kd_qmp_event(q, &ev)) …               // what came meanwhile, oldest first
 *
 * Every wait has a limit. A line longer than 1 MiB, text that is no JSON, and an answer of
 * another shape are KD_BADDATA; an error that QEMU answers is KD_IO with its words; the other
 * side gone is KD_IO.
 */
#ifndef KD_LAB_QMP_H
#define KD_LAB_QMP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/ctx.h"
#include "base/error.h"
#include "base/jsonin.h"

struct kd_qmp;

/* Events kept until somebody asks; older ones are dropped and counted. */
#define KD_QMP_EVENTS 64

struct kd_qmp_event {
	char name[40]; /* "SHUTDOWN", "RESET", "STOP", … */
	char reason[40]; /* member data.reason, or "" */
	bool guest; /* member data.guest */
};

struct kd_qmp *kd_qmp_new(int fd);
void kd_qmp_free(struct kd_qmp *q); /* NULL is fine */

int kd_qmp_fd(const struct kd_qmp *q); /* to poll for input; -1 once it is closed */

KD_MUST_CHECK struct kd_error *kd_qmp_greet(struct kd_ctx *ctx, struct kd_qmp *q,
					    unsigned timeout_ms);

/*
 * args: the text of a JSON object, or NULL. The answer's document goes to ret (may be NULL):
 * its member "return" is what the command gives.
 */
KD_MUST_CHECK struct kd_error *kd_qmp_command(struct kd_ctx *ctx, struct kd_qmp *q,
					      const char *command, const char *args,
					      unsigned timeout_ms, struct kd_jsonin **ret);

/* Read what is there without waiting: events. */
KD_MUST_CHECK struct kd_error *kd_qmp_poll(struct kd_qmp *q);

/* The oldest event; false when there is none. */
bool kd_qmp_event(struct kd_qmp *q, struct kd_qmp_event *ret);

/* "8.2.1" of the greeting, "" before. */
const char *kd_qmp_version(const struct kd_qmp *q);

#endif
