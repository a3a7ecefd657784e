/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * markdown.h: answers as Markdown for tickets and merge requests, and the escaping.
 *
 *	kd_render_investigation_markdown(&out, inv);
 *
 * Text from a log goes through kd_md_text(): nothing in it can become a link, a heading,
 * a mention or HTML.
 */
#ifndef KD_RENDER_MARKDOWN_H
#define KD_RENDER_MARKDOWN_H

#include "render/out.h"
#include "verb/explain.h"
#include "verb/investigate.h"

void kd_render_investigation_markdown(struct kd_out *o, const struct kd_investigation *inv);
void kd_render_explanation_markdown(struct kd_out *o, const struct kd_explanation *e);

/* v as plain running text; line breaks become blanks. */
void kd_md_text(struct kd_out *o, struct kd_view v);

/* v as a code span on one line, however many backticks it holds. */
void kd_md_code(struct kd_out *o, struct kd_view v);

/* Lines that are printable already (ends with a newline), as a block of code that none of them can end. */
void kd_md_block(struct kd_out *o, struct kd_view text);

#endif
