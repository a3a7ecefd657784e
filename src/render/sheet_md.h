/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sheet_md.h: an answer of base/sheet.h as Markdown, to be kept: tables as tables, the next commands in a code block, and
 * at the end who made it. What came from outside is escaped: it cannot make headings, links or HTML.
 */
#ifndef KD_RENDER_SHEET_MD_H
#define KD_RENDER_SHEET_MD_H

#include "base/sheet.h"
#include "render/out.h"

void kd_render_sheet_md(struct kd_out *o, const struct kd_sheet *s);

/* What a cell is (kd_render_cell(), kd_render_cell_or_why() of casepage.h), escaped; a table of such, from its heads to its last row. */
typedef void kd_md_cell_fn(struct kd_buf *b, const struct kd_cell *c);
void kd_md_cell(struct kd_out *o, const struct kd_cell *c, kd_md_cell_fn *say);
void kd_md_table(struct kd_out *o, const struct kd_table *t, kd_md_cell_fn *say);

#endif
