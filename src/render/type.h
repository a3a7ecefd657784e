/* SPDX-License-Identifier: GPL-2.0-or-later */
/* type.h: answers of `kdoc type` as text and as JSON (docs/schema/type.json). */
#ifndef KD_RENDER_TYPE_H
#define KD_RENDER_TYPE_H

#include "base/json.h"
#include "render/out.h"
#include "verb/type.h"

void kd_render_type_text(struct kd_out *o, const struct kd_type_answer *a);
void kd_render_type_json(struct kd_json *j, const struct kd_type_answer *a);

/* "exact", "part", "across", "bits", "padding", "beyond", "before". */
const char *kd_reading_how_name(enum kd_reading_how how);

#endif
