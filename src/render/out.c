// SPDX-License-Identifier: GPL-2.0-or-later
#include "render/out.h"

#include <stdarg.h>
#include <string.h>

#include "base/utf8.h"

enum { FLUSH_AT = 64 << 10, KEEP_MAX = 64 << 20 };

void kd_out_init(struct kd_out *o, bool (*write)(void *user, struct kd_view bytes), void *user)
{
	memset(o, 0, sizeof(*o));
	o->write = write;
	o->user = user;
	o->buf = KD_BUF_INIT(KEEP_MAX);
	o->width = KD_OUT_COLUMNS;
}

void kd_out_deinit(struct kd_out *o)
{
	kd_buf_deinit(&o->buf);
}

void kd_out_flush(struct kd_out *o)
{
	if (!o->write || !o->buf.n)
		return;
	if (!o->failed && !o->write(o->user, kd_buf_view(&o->buf)))
		o->failed = true;
	kd_buf_clear(&o->buf);
}

static void added(struct kd_out *o)
{
	if (o->buf.overflow)
		o->failed = true;
	if (o->write && o->buf.n >= FLUSH_AT)
		kd_out_flush(o);
}

void kd_out_raw(struct kd_out *o, struct kd_view v)
{
	if (o->failed)
		return;
	kd_buf_add(&o->buf, v);
	added(o);
}

void kd_out_puts(struct kd_out *o, const char *s)
{
	kd_out_raw(o, kd_view_of(s));
}

void kd_out_printf(struct kd_out *o, const char *fmt, ...)
{
	va_list ap;

	if (o->failed)
		return;
	va_start(ap, fmt);
	kd_buf_vprintf(&o->buf, fmt, ap);
	va_end(ap);
	added(o);
}

void kd_out_text(struct kd_out *o, struct kd_view v)
{
	if (o->failed)
		return;
	kd_utf8_printable(v, &o->buf);
	added(o);
}

struct kd_error *kd_out_finish(struct kd_out *o)
{
	kd_out_flush(o);
	return o->failed ? kd_error_new(KD_IO, "the answer could not be written completely") : NULL;
}

bool kd_out_json_flush(void *out, struct kd_view bytes)
{
	struct kd_out *o = out;

	kd_out_raw(o, bytes);
	return !o->failed;
}
