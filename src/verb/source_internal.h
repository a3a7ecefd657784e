/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * source_internal.h: the parts of kd_source_show(). For verb/source*.c.
 */
#ifndef KD_VERB_SOURCE_INTERNAL_H
#define KD_VERB_SOURCE_INTERNAL_H

#include "verb/source.h"

/* What one question carries along. */
struct kd_source_job {
	struct kd_ctx *ctx;
	const struct kd_source_request *req;
	struct kd_source_answer *a;
	struct kd_srcindex *index; /* opened on first use */
	struct kd_view name; /* that was found: key, or the name as written */
	struct kd_symset *set; /* of --debug, opened on first use */
	struct kd_kdx *k; /* of it; NULL: none */
	bool by_debug; /* definitions were ruled out by it */
};

/* The index, built if it has to be; once more when it turns out to be damaged. */
KD_MUST_CHECK struct kd_error *kd_source_need_index(struct kd_source_job *j, bool rebuild);

/* Fill a->defs and choose; opens the place when one is left. */
KD_MUST_CHECK struct kd_error *kd_source_find(struct kd_source_job *j);

/* The index of --debug; NULL: it was not given, or it is none of a kernel. */
struct kd_kdx *kd_source_debug(struct kd_source_job *j);

KD_MUST_CHECK struct kd_error *kd_source_callers(struct kd_source_job *j);
KD_MUST_CHECK struct kd_error *kd_source_history(struct kd_source_job *j);

#endif
