/* SPDX-License-Identifier: GPL-2.0-or-later */
/* report_json_parts.h: pieces of a report's JSON, for report_json.c only. */
#ifndef KD_RENDER_REPORT_JSON_PARTS_H
#define KD_RENDER_REPORT_JSON_PARTS_H

#include "render/report_json.h"

/* Key and value, only when there is one. */
void kd_rj_str(struct kd_json *j, const char *key, struct kd_view v);
void kd_rj_strz(struct kd_json *j, const char *key, const char *s);

/* "key": number of the log's line for an index into r->lines; nothing when idx < 0. */
void kd_rj_line(struct kd_json *j, const char *key, const struct kd_report *r, int32_t idx);

/* "key": {"line", "offset", "length", "text"} of a line of the log; nothing when absent. */
void kd_rj_ref(struct kd_json *j, const char *key, const struct kd_logref *l);

void kd_rj_frame(struct kd_json *j, const struct kd_report *r, const struct kd_frame *f);
void kd_rj_stacks(struct kd_json *j, const struct kd_report *r);
void kd_rj_regsets(struct kd_json *j, const struct kd_report *r);
void kd_rj_sections(struct kd_json *j, const struct kd_report *r);
void kd_rj_modules(struct kd_json *j, const struct kd_report *r);
void kd_rj_signatures(struct kd_json *j, const struct kd_report *r);
void kd_rj_lines(struct kd_json *j, const struct kd_report *r);

#endif
