/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * investigate_common.h: sentences that the text, Markdown and HTML forms of an answer
 * share. Each adds plain text to a buffer; escaping is the caller's.
 */
#ifndef KD_RENDER_INVESTIGATE_COMMON_H
#define KD_RENDER_INVESTIGATE_COMMON_H

#include "base/buf.h"
#include "render/out.h"
#include "verb/investigate.h"

#define KD_RENDER_TOOL "kdoc "

/* "CRIT" … of enum kd_tier. */
const char *kd_render_tier(uint8_t tier);

/* "NULL pointer dereference: foo+0x1/0x2 · CPU 2, task x (pid 3)" */
void kd_render_verdict(struct kd_buf *t, const struct kd_finding *f);

/* " [E1 E4]"; nothing without evidence. */
void kd_render_refs(struct kd_buf *t, const struct kd_statement *s);

/* A topic as people read it: without underscores. */
void kd_render_topic(struct kd_buf *t, const char *topic);

/* The context of a stack; "" when the log does not state it. */
const char *kd_render_stack_ctx(const struct kd_inv_stack *s);

/* "f < g < h (task context)" with its reference. */
void kd_render_stack(struct kd_buf *t, const struct kd_inv_stack *s);

/*
 * "rax rcx NULL" of f->regs[i] and those of the same value behind it; false: an earlier one
 * has said it.
 */
bool kd_render_reg_names(struct kd_buf *t, const struct kd_finding *f, size_t i);

/*
 * Is row i of the table shown? Repeats are counted at their first one, and of long lists the
 * beginning is shown (and what has a finding); *left counts what is left out.
 */
bool kd_render_row_shown(const struct kd_investigation *inv, size_t i, size_t *left);

/* "title ×3 (first domino)" of one line of the table. */
void kd_render_row(struct kd_buf *t, const struct kd_inv_row *row);

/* What to say of a log without reports. */
void kd_render_nothing(struct kd_out *o, const struct kd_investigation *inv);

/* The program's version. */
void kd_render_version(struct kd_out *o);

#endif
