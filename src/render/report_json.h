/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * report_json.h: a report as JSON, all of it. Schema: docs/schema/report.json.
 *
 *	kd_json_begin_array(&j);
 *	for each report: kd_render_report_json(&j, r);
 *	kd_json_end_array(&j);
 *
 * What the log does not say has no key: absent is not zero. Addresses, registers and
 * other 64-bit values are "0x…" strings. Line numbers count from 1 in the input. Text
 * that is not UTF-8 gets U+FFFD, and "invalid_utf8" names the lines with the byte spans.
 */
#ifndef KD_RENDER_REPORT_JSON_H
#define KD_RENDER_REPORT_JSON_H

#include "base/json.h"
#include "report/report.h"
#include "report/scan.h"

/* One object. */
void kd_render_report_json(struct kd_json *j, const struct kd_report *r);

/* The members of an object about a whole log (begin_object is the caller's). */
void kd_render_log_json(struct kd_json *j, const struct kd_scan_log *log);

/* Words of report.h's enums as they stand in JSON; "unknown" for others. */
const char *kd_role_word(unsigned role);
const char *kd_stack_role_word(unsigned role);
const char *kd_valclass_word(unsigned cls);
const char *kd_regset_word(unsigned label);
const char *kd_pcclass_word(unsigned pcc);

#endif
