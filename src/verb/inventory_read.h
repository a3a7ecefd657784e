/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * inventory_read.h: inventories as text → spans and sightings of hosts.
 *
 *	static struct kd_error *row(void *user, const struct kd_inventory_row *r) { … r->refused … }
 *	struct kd_inventory_text t = {.text = all, .now = now};
 *	err = kd_inventory_read(&t, row, user);
 *
 * JSON, an object a line or in an array, or comma-separated values with names in the first line;
 *docs/verbs/inventory-ingest.md has the names. A row that cannot be true is handed over with the
 *reason, and the others are still read.
 */
#ifndef KD_VERB_INVENTORY_READ_H
#define KD_VERB_INVENTORY_READ_H

#include "base/error.h"
#include "case/exposure.h"

struct kd_inventory_text {
	struct kd_view text;
	int64_t now; /* microseconds since 1970: what is later is refused */
	int64_t at; /* when it was taken, for rows that still run or do not say when they were seen;
		       0: now */
};

struct kd_inventory_row {
	struct kd_exposure e; /* views are good until the function returns */
	uint64_t number; /* line of the text, or of an array the entry, from 1 */
	bool entry;
	const char *refused; /* why it is not to be taken, static; NULL: it is fine */
};

typedef struct kd_error *kd_inventory_fn(void *user, const struct kd_inventory_row *r);

/* KD_BADDATA: neither JSON nor such values; an error of fn ends it. */
KD_MUST_CHECK struct kd_error *kd_inventory_read(const struct kd_inventory_text *t,
						 kd_inventory_fn *fn, void *user);

#endif
