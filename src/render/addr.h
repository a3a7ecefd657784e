/* SPDX-License-Identifier: GPL-2.0-or-later */
/* addr.h: answers of `kdoc addr`. */
#ifndef KD_RENDER_ADDR_H
#define KD_RENDER_ADDR_H

#include "base/json.h"
#include "render/out.h"
#include "verb/addr.h"

void kd_render_addr_text(struct kd_out *o, const struct kd_addr_answer *a);
void kd_render_addr_json(struct kd_json *j, const struct kd_addr_answer *a);

#endif
