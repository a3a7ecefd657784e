/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ticket.h: open a ticket system by its address, whichever kind it is (the contract: case/ticket.h).
 *
 *	struct kd_ticket_config c = {.address = KD_V("/srv/tickets"), .project = KD_V("KRN")};
 *	kd_auto(kd_ticket_closep) struct kd_ticketing *t = NULL;
 *	err = kd_ticket_open(ctx, &c, &t);
 *	err = t->ops->plan(t->conn, &change, &words);             // shown first
 *	err = t->ops->change(t->conn, &change, key, &existed);    // only when the user said yes
 *
 * Kinds: "dir:FOLDER" or the name of a folder: one Markdown file a ticket (ticket_dir.c).
 */
#ifndef KD_LINK_TICKET_H
#define KD_LINK_TICKET_H

#include "case/ticket.h"

struct kd_ticketing {
	const struct kd_ticket_ops *ops;
	void *conn;
};

/* KD_INVALID: nobody claims this address. */
KD_MUST_CHECK struct kd_error *kd_ticket_open(struct kd_ctx *ctx, const struct kd_ticket_config *c, struct kd_ticketing **ret);
void kd_ticket_closep(struct kd_ticketing **t);

extern const struct kd_ticket_ops kd_ticket_dir;

/* The form of a ticket's file, for who reads one without a folder (fuzzing). Texts borrow from file. KD_BADDATA. */
KD_MUST_CHECK struct kd_error *kd_ticket_dir_read(struct kd_view file, struct kd_ticket *ret);

#endif
