/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * out.h: where a renderer's text goes. Renderers never print: cli/ and serve/ provide
 * the sink and say how wide and how colourful the other side is.
 *
 *	kd_auto(kd_out_deinit) struct kd_out o;
 *	kd_out_init(&o, write_to_stdout, &state);
 *	o.color = isatty(1);
 *	kd_out_puts(&o, "2 reports in ");
 *	kd_out_text(&o, name);             // what comes from outside: made printable
 *	kd_out_puts(&o, "\n");
 *	err = kd_out_finish(&o);           // did all of it arrive?
 *
 * Output is collected and handed on in large pieces. After the first failure
 * everything else is dropped; kd_out_finish() tells about it.
 */
#ifndef KD_RENDER_OUT_H
#define KD_RENDER_OUT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/view.h"

/* Text fits so many columns unless somebody asks for another width. */
#define KD_OUT_COLUMNS 100

struct kd_out {
	/* Take all bytes; false: it cannot go on (the provider keeps the reason). */
	bool (*write)(void *user, struct kd_view bytes);
	void *user;
	struct kd_buf buf;
	bool color; /* ANSI colours are welcome */
	unsigned width; /* columns */
	bool failed;
};

/* write may be NULL: everything then stays in o->buf (tests, HTTP answers), up to max 64 MiB. */
void kd_out_init(struct kd_out *o, bool (*write)(void *user, struct kd_view bytes), void *user);
void kd_out_deinit(struct kd_out *o);

/* kdoc's own text, as it is. */
void kd_out_puts(struct kd_out *o, const char *s);
void kd_out_raw(struct kd_out *o, struct kd_view v);
void kd_out_printf(struct kd_out *o, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Text from outside: control characters, escape sequences and bad UTF-8 are made visible. */
void kd_out_text(struct kd_out *o, struct kd_view v);

/* Hand on what was collected. */
void kd_out_flush(struct kd_out *o);

/* Flush; KD_IO when something was lost. */
KD_MUST_CHECK struct kd_error *kd_out_finish(struct kd_out *o);

/* The flush callback that kd_json_init_flush() wants, with a struct kd_out as user. */
bool kd_out_json_flush(void *out, struct kd_view bytes);

#endif
