/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * setup.h: what `kdoc setup check` and `kdoc version` say, as text and as JSON
 * (kdoc.setup/1, kdoc.version/1).
 *
 *	kd_render_setup_text(&out, &result);
 */
#ifndef KD_RENDER_SETUP_H
#define KD_RENDER_SETUP_H

#include "base/json.h"
#include "render/out.h"
#include "verb/setup.h"
#include "verb/version.h"

void kd_render_setup_text(struct kd_out *o, const struct kd_setup_result *r);
void kd_render_setup_json(struct kd_json *j, const struct kd_setup_result *r);
void kd_render_version_text(struct kd_out *o, const struct kd_version *v);
void kd_render_version_json(struct kd_json *j, const struct kd_version *v);

#endif
