/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * html.h: answers as one self-contained HTML file: no script, no outside resource, light
 * and dark by the reader's preference, readable on paper.
 *
 *	kd_render_investigation_html(&out, inv, KD_VNULL);
 *
 * The file carries a Content-Security-Policy that forbids everything but its own style,
 * and all text goes through kd_html_text(): a hostile log stays text.
 */
#ifndef KD_RENDER_HTML_H
#define KD_RENDER_HTML_H

#include "render/out.h"
#include "verb/explain.h"
#include "verb/investigate.h"

/* memory: lines about the dump that the log is in, in front of all; absent: none. */
void kd_render_investigation_html(struct kd_out *o, const struct kd_investigation *inv, struct kd_view memory);
void kd_render_explanation_html(struct kd_out *o, const struct kd_explanation *e);

/* v escaped for element content and quoted attributes; control characters made visible. */
void kd_html_text(struct kd_out *o, struct kd_view v);

/* Everything up to the body's content, and everything behind it with the footer. */
void kd_html_begin(struct kd_out *o, struct kd_view title);
void kd_html_end(struct kd_out *o);

#endif
