/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * explain_json.h: explanations and playbooks as kdoc.explain/1
 * (docs/schema/explain.json).
 *
 *	kd_render_explanation_json(&j, e);       // with "lines"
 *	kd_render_playbooks_json(&j, p, 1);      // playbooks only
 */
#ifndef KD_RENDER_EXPLAIN_JSON_H
#define KD_RENDER_EXPLAIN_JSON_H

#include "base/json.h"
#include "verb/explain.h"

void kd_render_explanation_json(struct kd_json *j, const struct kd_explanation *e);
void kd_render_playbooks_json(struct kd_json *j, const struct kd_playbook *p, size_t n);

#endif
