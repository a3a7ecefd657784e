/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The line and finish functions of the kinds; named in the table of kinds.c only. */
#ifndef KD_REPORT_KINDS_INTERNAL_H
#define KD_REPORT_KINDS_INTERNAL_H

#include <stdio.h>

#include "report/builder.h"
#include "report/token.h"

/* Each reads one line of its family (see struct kd_kind.line). */
bool kd_kind_kasan_line(struct kd_builder *b, struct kd_view text);
bool kd_kind_kcsan_line(struct kd_builder *b, struct kd_view text);
bool kd_kind_fault_line(struct kd_builder *b, struct kd_view text);
bool kd_kind_bugat_line(struct kd_builder *b, struct kd_view text);
bool kd_kind_lockdep_line(struct kd_builder *b, struct kd_view text);
bool kd_kind_hang_line(struct kd_builder *b, struct kd_view text);
bool kd_kind_rcu_line(struct kd_builder *b, struct kd_view text);
bool kd_kind_page_line(struct kd_builder *b, struct kd_view text);
bool kd_kind_slab_line(struct kd_builder *b, struct kd_view text); /* kinds_slab.c */
bool kd_kind_panic_line(struct kd_builder *b, struct kd_view text);

/* The function of a frame as titles name it: without compiler suffix. */
static inline struct kd_view kd_func_title(const struct kd_frame *f)
{
	return kd_func_base(f->func);
}

/* kdoc's own title of a sanitizer report. */
void kd_kind_kasan_finish(struct kd_builder *b);

#endif
