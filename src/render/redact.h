/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * redact.h: what `kdoc redact` did, for people (on the error output, since the log may
 * go to the standard output) and as JSON (kdoc.redact/1).
 */
#ifndef KD_RENDER_REDACT_H
#define KD_RENDER_REDACT_H

#include "base/json.h"
#include "render/out.h"
#include "verb/redact.h"

void kd_render_redact_text(struct kd_out *o, const struct kd_redact_request *req,
			   const struct kd_redact_summary *s);
void kd_render_redact_json(struct kd_json *j, const struct kd_redact_request *req,
			   const struct kd_redact_summary *s);

#endif
