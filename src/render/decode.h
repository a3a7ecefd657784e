/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * decode.h: a log with its lines of source added; the form is the one that syzbot's reports have, so
 * that programs that read those read these too:
 *
 *	 __dump_stack lib/dump_stack.c:88 [inline]
 *	 dump_stack_lvl+0x1b1/0x28e lib/dump_stack.c:106
 */
#ifndef KD_RENDER_DECODE_H
#define KD_RENDER_DECODE_H

#include "base/json.h"
#include "render/out.h"
#include "verb/decode.h"

void kd_render_decode_line(struct kd_out *o, const struct kd_decode_line *l);

/* What was used, and what is not decoded, for the error output. */
void kd_render_decode_notes(struct kd_out *o, const char *input, const struct kd_decode_summary *s);

void kd_render_decode_json_begin(struct kd_json *j, const char *input);
void kd_render_decode_json_line(struct kd_json *j, const struct kd_decode_line *l);
void kd_render_decode_json_end(struct kd_json *j, const struct kd_decode_summary *s);

#endif
