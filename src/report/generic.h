/* SPDX-License-Identifier: GPL-2.0-or-later */
/* generic.h: which stack of a report, and which of its frames, are about the bug. */
#ifndef KD_REPORT_GENERIC_H
#define KD_REPORT_GENERIC_H

#include "report/report.h"

/* Part of how a report gets printed: dump_stack, panic, kasan_report … Not the code that it is about. */
bool kd_frame_is_reporter(const struct kd_frame *f);

/* The start or end of a section, from a symbol table without the right names; no function. */
bool kd_func_is_section(struct kd_view func);

/*
 * Is this function a helper or glue that says nothing about the bug? (guilty frame,
 * signatures) Helpers of the report's kind count, see struct kd_kind.helpers.
 */
bool kd_frame_is_generic(const struct kd_frame *f, const struct kd_report *r);

/*
 * finish.c: the role of the stack that the report is about; of an RCU stall that of the
 * CPU or task that holds out.
 */
uint8_t kd_main_role(const struct kd_report *r);

#endif
