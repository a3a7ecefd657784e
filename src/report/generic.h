/* SPDX-License-Identifier: GPL-2.0-or-later */
/* generic.h: what a function's name says about its place in a stack. */
#ifndef KD_REPORT_GENERIC_H
#define KD_REPORT_GENERIC_H

#include "report/report.h"

/* Part of how a report gets printed: dump_stack, panic, kasan_report … Not the code that it is about. */
bool kd_frame_is_reporter(const struct kd_frame *f);

/* The start or end of a section, from a symbol table without the right names; no function. */
bool kd_func_is_section(struct kd_view func);

#endif
