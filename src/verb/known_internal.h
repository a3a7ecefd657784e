/* SPDX-License-Identifier: GPL-2.0-or-later */
/* known_internal.h: between known.c (add, list, show …), known_match.c (recognise) and known_files.c (import, export). */
#ifndef KD_VERB_KNOWN_INTERNAL_H
#define KD_VERB_KNOWN_INTERNAL_H

#include "verb/known.h"

struct kd_known_job {
	struct kd_memory *m;
	const struct kd_known_options *o;
	const char *const *args; /* behind the word */
	size_t nargs;
	struct kd_sheet *s;
};

KD_MUST_CHECK struct kd_error *kd_known_job_match(struct kd_known_job *j);
KD_MUST_CHECK struct kd_error *kd_known_job_import(struct kd_known_job *j);
KD_MUST_CHECK struct kd_error *kd_known_job_export(struct kd_known_job *j);

/* The first report of a log that no earlier one led to: its signatures in arena. *more: there are others that follow from nothing. */
KD_MUST_CHECK struct kd_error *kd_known_first_domino(struct kd_ctx *ctx, const char *log, struct kd_arena *a, struct kd_sigrow *ret,
						     size_t *more);

void kd_known_table(struct kd_sheet *s, struct kd_table **t);
void kd_known_row(struct kd_sheet *s, struct kd_table *t, const struct kd_known *k);

#endif
