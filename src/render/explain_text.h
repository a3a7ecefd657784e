/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * explain_text.h: an explanation or a playbook for a terminal.
 *
 *	kd_render_explanation_text(&out, e);
 *	kd_render_playbook_text(&out, kd_playbook_named(KD_V("kasan")));
 */
#ifndef KD_RENDER_EXPLAIN_TEXT_H
#define KD_RENDER_EXPLAIN_TEXT_H

#include "render/out.h"
#include "verb/explain.h"

void kd_render_explanation_text(struct kd_out *o, const struct kd_explanation *e);
void kd_render_playbook_text(struct kd_out *o, const struct kd_playbook *p);

/* Name, title and kinds of all playbooks. */
void kd_render_playbook_list_text(struct kd_out *o);

#endif
