/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * setup.h: what is missing here, what it is needed for, how to get it. Changes nothing.
 *
 *	struct kd_setup_result res;
 *	err = kd_setup_check(ctx, &res);
 *	if (res.missing) …                      // something that kdoc needs
 *
 * Texts are static or inside the result; no host names and no paths of this user
 * appear in them.
 */
#ifndef KD_VERB_SETUP_H
#define KD_VERB_SETUP_H

#include "base/ctx.h"
#include "base/error.h"

enum kd_setup_state {
	KD_SETUP_OK,
	KD_SETUP_MISSING, /* a verb of this version cannot work without it */
	KD_SETUP_OPTIONAL, /* not there; what works less well is said */
	KD_SETUP_UNKNOWN, /* could not be found out */
};

struct kd_setup_item {
	const char *area; /* "reading logs", "configuration", "this machine's own crashes" */
	const char *name; /* "gzip" */
	uint8_t state; /* enum kd_setup_state */
	const char *needed; /* what it is for */
	const char *get; /* how to get it; "" when it is there */
	char detail[160]; /* what was found, "" if there is nothing to say */
};

#define KD_SETUP_MAX 48

struct kd_setup_result {
	struct kd_setup_item item[KD_SETUP_MAX];
	size_t n, missing, optional;
};

struct kd_error *kd_setup_check(struct kd_ctx *ctx, struct kd_setup_result *ret) KD_MUST_CHECK;

const char *kd_setup_state_word(unsigned state); /* "ok", "missing", "optional", "unknown" */

#endif
