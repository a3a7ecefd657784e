/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * inventory.h: which host ran which release when, into the team's memory and out of it.
 *
 *	struct kd_inventory_request req = {.inputs = names, .ninputs = n};
 *	err = kd_inventory_ingest(ctx, &req, &sheet, &refused);
 *	err = kd_memory_ask(ctx, store, KD_DB_READ, kd_inventory_show, &o, args, n, &sheet);
 */
#ifndef KD_VERB_INVENTORY_H
#define KD_VERB_INVENTORY_H

#include "verb/input.h"
#include "verb/memory.h"

struct kd_inventory_request {
	const char *const *inputs;
	size_t ninputs;
	const char *store; /* NULL: as configured */
	const char *at; /* RFC 3339: when these inventories were taken; NULL: now */
	const char
		*gap; /* "48h": seen twice within it is taken to have run in between; NULL: 48h */
	void (*progress)(void *user, const struct kd_input *in); /* may be NULL */
	void *user;
};

/* *ret_problems: inputs that could not be read, and rows that were refused; the others were taken.
 */
KD_MUST_CHECK struct kd_error *kd_inventory_ingest(struct kd_ctx *ctx,
						   const struct kd_inventory_request *req,
						   struct kd_sheet *s, uint64_t *ret_problems);

struct kd_inventory_show_options {
	const char *release; /* this one alone; NULL: all */
};
/* args: hosts whose spans are shown; none: the fleet by release. */
kd_memory_answer kd_inventory_show;

struct kd_inventory_rollout_options {
	const char *since, *until, *note; /* since: state it; NULL: tell */
};
/* args: a release; none: all. With since the memory has to be open for writing. */
kd_memory_answer kd_inventory_rollout;

#endif
