/* SPDX-License-Identifier: GPL-2.0-or-later */
/* prior_json.h: what upstream has about a crash, as the object "prior_art" (docs/schema/prior-art.json). */
#ifndef KD_RENDER_PRIOR_JSON_H
#define KD_RENDER_PRIOR_JSON_H

#include "base/json.h"
#include "verb/priorart.h"

void kd_render_prior_json(struct kd_json *j, const struct kd_prior *p);

#endif
