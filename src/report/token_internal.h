/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shared by token.c and token_frame.c only. */
#ifndef KD_REPORT_TOKEN_INTERNAL_H
#define KD_REPORT_TOKEN_INTERNAL_H

#include "report/token.h"

/* A context marker in front; moves past it, sets t->ctx and t->mark_end. */
bool kd_token_mark(struct kd_view *v, struct kd_token *t);

/* Notes behind a symbol: "fs/x.c:12", "(fs/x.c:12)", "(P)", "(unreliable)", "(discriminator 3)", "[inline]", "[mod]", "mod". */
void kd_token_tail(struct kd_view w, struct kd_frame *f);

/* A frame or a marker alone: sets t->cls and t->frame (and t->from). */
bool kd_token_frame(struct kd_view text, struct kd_token *t);

#endif
