// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * journalctl -o export (systemd, "Journal Export Formats"): FIELD=value lines, an empty
 * line behind each entry. A value with newlines or other control characters comes as
 * the field's name alone on a line, then 8 bytes of length (little endian), the value,
 * and a newline; these bytes may hold line ends, so a value spans physical lines.
 */
#include "base/le.h"
#include "format/printk_internal.h"

#define MAX_VALUE (64u << 20)

static bool field_char(char c)
{
	return c == '_' || kd_is_digit(c) || (c >= 'A' && c <= 'Z');
}

static size_t name_len(struct kd_view v)
{
	size_t i = 0;

	while (i < v.n && i < 64 && field_char(v.p[i]))
		i++;
	return i;
}

/* Some bytes of a binary field. */
static void binary_bytes(struct kd_printk *d, struct kd_view v)
{
	struct kd_export *x = &d->export;
	struct kd_view take;
	size_t room = d->rec.message.max - d->rec.message.n;

	while (v.n && x->len_have < 8) {
		x->len_bytes[x->len_have++] = (uint8_t)*v.p;
		v = kd_view_from(v, 1);
		if (x->len_have < 8)
			continue;
		x->binary_left = kd_le64(x->len_bytes);
		if (x->binary_left > MAX_VALUE)
			x->binary = false;
	}
	if (!x->binary || x->len_have < 8)
		return;
	take = kd_view_head(v, x->binary_left < v.n ? (size_t)x->binary_left : v.n);
	if (x->binary_message)
		(void)kd_buf_add(&d->rec.message, kd_view_head(take, room > 1 ? room - 1 : 0));
	x->binary_left -= take.n;
	/* the newline behind the value ends this physical line, or the value was cut */
	if (!x->binary_left && v.n > take.n)
		x->binary = false;
}

bool kd_export_binary(struct kd_printk *d, const struct kd_phys *ph)
{
	uint32_t ends = ph->len - (ph->len < ph->raw.n ? ph->len : (uint32_t)ph->raw.n);

	if (!d->export.binary)
		return false;
	kd_record_add(d, ph);
	binary_bytes(d, ph->raw);
	if (d->export.binary && ends)
		binary_bytes(d, ends == 1 ? KD_V("\n") : KD_V("\r\n"));
	return true;
}

bool kd_export_line(struct kd_printk *d, const struct kd_phys *ph, struct kd_view text)
{
	struct kd_export *x = &d->export;
	size_t n = name_len(text);
	struct kd_view key = kd_view_head(text, n);
	bool starts = kd_view_eq(key, KD_V("__CURSOR")) ||
		      (!x->open && kd_view_eq(key, KD_V("__REALTIME_TIMESTAMP")));

	if (!x->open && !(starts && n < text.n && text.p[n] == '='))
		return false;
	if (starts) {
		kd_record_begin(d, ph, KD_DIS_JOURNAL_EXPORT);
		x->open = true;
		kd_record_field(d, key, kd_view_from(text, n + 1));
		return true;
	}
	kd_record_add(d, ph);
	if (n && n < text.n && text.p[n] == '=') {
		kd_record_field(d, key, kd_view_from(text, n + 1));
		return true;
	}
	if (n > 1 && n == text.n) {
		x->binary = true;
		x->binary_message = kd_view_eq(key, KD_V("MESSAGE"));
		x->len_have = 0;
		if (x->binary_message)
			kd_record_field(d, key, KD_VNULL);
		return true;
	}
	x->open = false;
	kd_record_emit(d);
	return !text.n;
}
