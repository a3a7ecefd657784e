/* SPDX-License-Identifier: GPL-2.0-or-later */
/* casepage.h: a page of parts (verb/casepage.h) as text, JSON (docs/schema/case-investigation.json), Markdown and HTML. */
#ifndef KD_RENDER_CASEPAGE_H
#define KD_RENDER_CASEPAGE_H

#include "base/json.h"
#include "render/out.h"
#include "verb/casepage.h"

void kd_render_casepage_text(struct kd_out *o, const struct kd_casepage *p);
void kd_render_casepage_json(struct kd_json *j, const struct kd_casepage *p);
void kd_render_casepage_markdown(struct kd_out *o, const struct kd_casepage *p);
void kd_render_casepage_html(struct kd_out *o, const struct kd_casepage *p);

/* What cells are, for who renders pages: appended to b. */
void kd_render_cell(struct kd_buf *b, const struct kd_cell *c);
void kd_render_cell_or_why(struct kd_buf *b, const struct kd_cell *c); /* "not known: …" for one without a value */
void kd_render_cell_json(struct kd_json *j, const char *key, const struct kd_cell *c);
void kd_render_table_text(struct kd_out *o, const struct kd_table *t);
void kd_render_table_json(struct kd_json *j, const struct kd_table *t);

#endif
