/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sheet.h: an answer of base/sheet.h as text and JSON (docs/schema/sheet.json). */
#ifndef KD_RENDER_SHEET_H
#define KD_RENDER_SHEET_H

#include "base/json.h"
#include "base/sheet.h"
#include "render/out.h"

void kd_render_sheet_text(struct kd_out *o, const struct kd_sheet *s);

/* One object; schema is like "kdoc.core-ps/1", file what it is about. */
void kd_render_sheet_json(struct kd_json *j, const char *schema, const char *file, const struct kd_sheet *s);

/* The same as an object inside of another document, without schema and file. */
void kd_render_sheet_json_object(struct kd_json *j, const struct kd_sheet *s);

#endif
