/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tracker.h: open a tracker by its address, whichever kind it is (the contract: case/tracker.h).
 *
 *	struct kd_tracker_config c = {.address = KD_V("/srv/issues")};
 *	kd_auto(kd_tracker_closep) struct kd_tracker *t = NULL;
 *	err = kd_tracker_open(ctx, &c, &t);
 *	err = t->ops->list(t->conn, on_issue, user, on_bad);
 *	err = t->ops->events(t->conn, issue.key, 1, on_event, user);
 *
 * Kinds: "dir:FOLDER" or the name of a folder.
 */
#ifndef KD_LINK_TRACKER_H
#define KD_LINK_TRACKER_H

#include "case/tracker.h"

struct kd_tracker {
	const struct kd_tracker_ops *ops;
	void *conn;
};

/* KD_INVALID: nobody claims this address. */
KD_MUST_CHECK struct kd_error *kd_tracker_open(struct kd_ctx *ctx, const struct kd_tracker_config *c, struct kd_tracker **ret);
void kd_tracker_closep(struct kd_tracker **t);

extern const struct kd_tracker_ops kd_tracker_dir;

#endif
