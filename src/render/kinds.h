/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kinds.h: the kinds of reports that this kdoc knows, as text or kdoc.kinds/1.
 *
 *	kd_render_kinds_text(&out);
 */
#ifndef KD_RENDER_KINDS_H
#define KD_RENDER_KINDS_H

#include "base/json.h"
#include "render/out.h"

void kd_render_kinds_text(struct kd_out *o);
void kd_render_kinds_json(struct kd_json *j);

#endif
