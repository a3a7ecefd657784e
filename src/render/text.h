/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * text.h: columns, colours and wrapped paragraphs on top of out.h.
 *
 *	kd_style(o, KD_STYLE_CRIT);
 *	kd_out_puts(o, "fatal");
 *	kd_style(o, KD_STYLE_NONE);
 *	kd_text_cell(o, title, 40);               // cut with … or padded to 40 columns
 *	kd_text_wrap(o, paragraph, 11, 100);      // continuation lines indented by 11
 *
 * A column is one terminal cell: East Asian wide characters count two, combining
 * marks none. Everything here makes its text printable (kd_out_text()).
 */
#ifndef KD_RENDER_TEXT_H
#define KD_RENDER_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "render/out.h"

enum kd_style {
	KD_STYLE_NONE, /* back to normal */
	KD_STYLE_BOLD,
	KD_STYLE_DIM,
	KD_STYLE_CRIT,
	KD_STYLE_HIGH,
	KD_STYLE_MED,
	KD_STYLE_LOW,
	KD_STYLE_GOOD,
	KD_STYLE_CMD, /* a command to copy */
};

/* Does nothing unless o->color. */
void kd_style(struct kd_out *o, enum kd_style s);

/* Columns that the text takes on a terminal, after having been made printable. */
size_t kd_text_width(struct kd_view v);

/* Exactly `columns` wide: cut with "…" or padded with blanks (right: on the left side). */
void kd_text_cell(struct kd_out *o, struct kd_view v, size_t columns);
void kd_text_cell_right(struct kd_out *o, struct kd_view v, size_t columns);

/* At most `columns` wide, not padded. */
void kd_text_clip(struct kd_out *o, struct kd_view v, size_t columns);

/* Like kd_text_clip(), but what is left out is the beginning: "…/deep/crash.log". */
void kd_text_clip_front(struct kd_out *o, struct kd_view v, size_t columns);

/*
 * Words broken at blanks so that lines end before `o->width`; the first line starts
 * at column `at` (what the caller has printed already), the others at `indent`.
 * Ends with a newline. A word that is too long has a line of its own.
 */
void kd_text_wrap(struct kd_out *o, struct kd_view v, size_t at, size_t indent);

/* n blanks. */
void kd_text_pad(struct kd_out *o, size_t n);

/* "1,234,567" and "12.3 MB". buf is returned. */
#define KD_TEXT_NUM 32
const char *kd_text_count(uint64_t n, char buf[KD_TEXT_NUM]);
const char *kd_text_bytes(uint64_t n, char buf[KD_TEXT_NUM]);

/* The blocks at the end of an answer: "next  kdoc …" lines. cmd is copied to a shell as it is. */
void kd_text_next(struct kd_out *o, bool first, struct kd_view cmd, const char *what);

/* v quoted for a POSIX shell if it has to be. */
void kd_text_shell(struct kd_buf *b, struct kd_view v);

#endif
