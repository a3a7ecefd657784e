/* SPDX-License-Identifier: GPL-2.0-or-later */
/* disasm.h: answers of `kdoc disasm`. */
#ifndef KD_RENDER_DISASM_H
#define KD_RENDER_DISASM_H

#include "base/json.h"
#include "render/out.h"
#include "verb/disasm.h"

void kd_render_disasm_text(struct kd_out *o, const struct kd_disasm_insn *i);
void kd_render_disasm_json(struct kd_json *j, const struct kd_disasm_insn *i);

/* Head and end of the text. */
void kd_render_disasm_end(struct kd_out *o, const char *what, const struct kd_disasm_summary *s);
void kd_render_disasm_json_end(struct kd_json *j, const struct kd_disasm_summary *s);

#endif
