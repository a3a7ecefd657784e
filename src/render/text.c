// SPDX-License-Identifier: GPL-2.0-or-later
#include "render/text.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/alloc.h"
#include "base/utf8.h"

enum { CELL_MAX = 4096 };

void kd_style(struct kd_out *o, enum kd_style s)
{
	static const char *const codes[] = {
		[KD_STYLE_NONE] = "\033[0m",  [KD_STYLE_BOLD] = "\033[1m",
		[KD_STYLE_DIM] = "\033[2m",   [KD_STYLE_CRIT] = "\033[1;31m",
		[KD_STYLE_HIGH] = "\033[31m", [KD_STYLE_MED] = "\033[33m",
		[KD_STYLE_LOW] = "\033[36m",  [KD_STYLE_GOOD] = "\033[32m",
		[KD_STYLE_CMD] = "\033[1m",
	};

	if (o->color && (size_t)s < KD_ARRAY_LEN(codes))
		kd_out_puts(o, codes[s]);
}

/* Unicode East Asian Width W and F (UAX #11), in the ranges that logs can plausibly hold. */
static bool is_wide(uint32_t c)
{
	return (c >= 0x1100 && c <= 0x115f) || (c >= 0x2e80 && c <= 0x303e) ||
	       (c >= 0x3041 && c <= 0xa4cf) || (c >= 0xac00 && c <= 0xd7a3) ||
	       (c >= 0xf900 && c <= 0xfaff) || (c >= 0xfe30 && c <= 0xfe6f) ||
	       (c >= 0xff00 && c <= 0xff60) || (c >= 0x1f300 && c <= 0x1faff) ||
	       (c >= 0x20000 && c <= 0x3fffd);
}

static size_t columns_of(uint32_t c)
{
	if ((c >= 0x300 && c <= 0x36f) || (c >= 0x200b && c <= 0x200d) || c == 0xfeff)
		return 0;
	return is_wide(c) ? 2 : 1;
}

static size_t clean_width(struct kd_view v)
{
	size_t w = 0;
	uint32_t c;

	while (v.n) {
		kd_utf8_next(&v, &c);
		w += columns_of(c);
	}
	return w;
}

/* v made printable in b, which is capped: a cell never needs more. */
static struct kd_view clean(struct kd_view v, struct kd_buf *b)
{
	kd_utf8_printable(kd_view_head(v, CELL_MAX), b);
	for (size_t i = 0; i < b->n; i++) /* a cell is on one line */
		if (b->p[i] == '\n' || b->p[i] == '\t')
			b->p[i] = ' ';
	return kd_buf_view(b);
}

size_t kd_text_width(struct kd_view v)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(CELL_MAX * 8);

	return clean_width(clean(v, &b));
}

/* The longest prefix of at most `columns`. */
static struct kd_view prefix(struct kd_view v, size_t columns)
{
	struct kd_view rest = v, last = v;
	size_t w = 0;
	uint32_t c;

	while (rest.n) {
		kd_utf8_next(&rest, &c);
		w += columns_of(c);
		if (w > columns)
			break;
		last = rest;
	}
	return kd_view_head(v, w > columns ? v.n - last.n : v.n);
}

static size_t put_clipped(struct kd_out *o, struct kd_view v, size_t columns)
{
	size_t w = clean_width(v);

	if (w <= columns) {
		kd_out_raw(o, v);
		return w;
	}
	if (!columns)
		return 0;
	v = prefix(v, columns - 1);
	kd_out_raw(o, v);
	kd_out_puts(o, "…");
	return clean_width(v) + 1;
}

void kd_text_pad(struct kd_out *o, size_t n)
{
	while (n--)
		kd_out_puts(o, " ");
}

void kd_text_clip(struct kd_out *o, struct kd_view v, size_t columns)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(CELL_MAX * 8);

	put_clipped(o, clean(v, &b), columns);
}

void kd_text_clip_front(struct kd_out *o, struct kd_view v, size_t columns)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(CELL_MAX * 8);
	uint32_t c;
	size_t w;

	v = clean(v, &b);
	w = clean_width(v);
	if (w > columns && columns) {
		kd_out_puts(o, "…");
		columns--;
	}
	for (; w > columns && v.n; w -= columns_of(c))
		kd_utf8_next(&v, &c);
	kd_out_raw(o, v);
}

void kd_text_cell(struct kd_out *o, struct kd_view v, size_t columns)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(CELL_MAX * 8);

	kd_text_pad(o, columns - put_clipped(o, clean(v, &b), columns));
}

void kd_text_cell_right(struct kd_out *o, struct kd_view v, size_t columns)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(CELL_MAX * 8);
	size_t w;

	v = clean(v, &b);
	w = clean_width(v);
	if (w < columns)
		kd_text_pad(o, columns - w);
	put_clipped(o, v, columns);
}

void kd_text_wrap(struct kd_out *o, struct kd_view v, size_t at, size_t indent)
{
	size_t max = v.n * 8 + 64;
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(max);
	struct kd_view word;
	bool first = true;

	kd_utf8_printable(v, &b);
	v = kd_buf_view(&b);
	while (kd_view_take_word(&v, &word)) {
		size_t w = clean_width(word);

		if (!first && at + 1 + w > o->width) {
			kd_out_puts(o, "\n");
			kd_text_pad(o, indent);
			at = indent;
		} else if (!first) {
			kd_out_puts(o, " ");
			at++;
		}
		kd_out_raw(o, word);
		at += w;
		first = false;
	}
	kd_out_puts(o, "\n");
}

const char *kd_text_count(uint64_t n, char buf[KD_TEXT_NUM])
{
	char digits[24];
	int len = snprintf(digits, sizeof(digits), "%" PRIu64, n);
	int k = 0;

	for (int i = 0; i < len; i++) {
		if (i && (len - i) % 3 == 0)
			buf[k++] = ',';
		buf[k++] = digits[i];
	}
	buf[k] = '\0';
	return buf;
}

const char *kd_text_bytes(uint64_t n, char buf[KD_TEXT_NUM])
{
	static const char *const unit[] = {"bytes", "kB", "MB", "GB", "TB"};
	double x = (double)n;
	size_t u = 0;

	while (x >= 999.5 && u + 1 < KD_ARRAY_LEN(unit)) {
		x /= 1000;
		u++;
	}
	snprintf(buf, KD_TEXT_NUM, u && x < 99.95 ? "%.1f %s" : "%.0f %s", x, unit[u]);
	return buf;
}

void kd_text_next(struct kd_out *o, bool first, struct kd_view cmd, const char *what)
{
	size_t w = kd_text_width(cmd);

	kd_out_puts(o, first ? "NEXT  " : "      ");
	kd_style(o, KD_STYLE_CMD);
	kd_out_raw(o, cmd);
	kd_style(o, KD_STYLE_NONE);
	if (what) {
		kd_text_pad(o, w < 44 ? 44 - w : 1);
		kd_out_printf(o, " %s", what);
	}
	kd_out_puts(o, "\n");
}

static bool shell_safe(struct kd_view v)
{
	for (size_t i = 0; i < v.n; i++) {
		char c = v.p[i];

		if (!kd_is_word(c) && !memchr("-./+=:,@%^", c, 10))
			return false;
	}
	return v.n > 0;
}

void kd_text_shell(struct kd_buf *b, struct kd_view v)
{
	if (shell_safe(v)) {
		kd_buf_add(b, v);
		return;
	}
	kd_buf_addc(b, '\'');
	for (size_t i = 0; i < v.n; i++) {
		if (v.p[i] == '\'')
			kd_buf_add(b, KD_V("'\\''"));
		else
			kd_buf_addc(b, v.p[i]);
	}
	kd_buf_addc(b, '\'');
}
