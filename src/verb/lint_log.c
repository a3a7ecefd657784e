// SPDX-License-Identifier: GPL-2.0-or-later
#include "verb/lint_log.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "format/printk.h"
#include "verb/input.h"

#define PIECE 65536
#define LINE_MAX_ ((size_t)1 << 20) /* of a physical line; a longer one is cut there */
#define QUOTE_MAX 8192
#define DIGITS_MIN 4 /* of a number without 0x */

/* --- reading ---------------------------------------------------------------------------------------------- */

/* Runs of white space become one blank, none at the ends. */
static void add_normal(struct kd_buf *b, struct kd_view v)
{
	v = kd_view_trim(v);
	for (size_t i = 0; i < v.n; i++)
		if (!kd_is_space(v.p[i]))
			(void)kd_buf_addc(b, v.p[i]);
		else if (!kd_is_space(v.p[i - 1]))
			(void)kd_buf_addc(b, ' ');
}

void kd_lint_log_numbers(struct kd_lint_log *l, struct kd_view text)
{
	for (size_t i = 0; i < text.n;) {
		struct kd_view part = kd_view_from(text, i);
		size_t n = 0;
		uint64_t value;
		bool sign;

		while (n < part.n && kd_is_word(part.p[n]))
			n++;
		i += n + 1;
		part = kd_view_head(part, n);
		sign = kd_view_skip(&part, KD_V("0x"));
		if ((sign || n >= DIGITS_MIN) && kd_view_hex(part, &value)) {
			uint64_t *to = kd_vec_push(&l->number, KD_LINT_NUMBERS_MAX);

			if (to)
				*to = value;
			l->cut = l->cut || !to;
		}
	}
}

static void one_line(void *user, const struct kd_logline *line)
{
	struct kd_lint_log *l = user;

	add_normal(&l->text, line->text);
	(void)kd_buf_addc(&l->text, '\n');
	kd_lint_log_numbers(l, line->text);
	l->cut = l->cut || l->text.overflow;
}

struct feeder {
	struct kd_printk *decoder;
	struct kd_buf rest; /* of a line that is not ended */
	uint64_t at, no;
};

static void feed(struct feeder *f, struct kd_view piece)
{
	for (size_t i; (i = kd_view_chr(piece, '\n')) != KD_NPOS; piece = kd_view_from(piece, i + 1)) {
		struct kd_view raw = kd_view_head(piece, i);

		if (f->rest.n) {
			(void)kd_buf_add(&f->rest, raw);
			raw = kd_buf_view(&f->rest);
		}
		kd_printk_feed(f->decoder, kd_view_ends(raw, KD_V("\r")) ? kd_view_head(raw, raw.n - 1) : raw, (uint32_t)raw.n + 1, f->at,
			       ++f->no);
		f->at += raw.n + 1;
		kd_buf_clear(&f->rest);
	}
	(void)kd_buf_add(&f->rest, piece);
}

struct kd_error *kd_lint_log_add(struct kd_ctx *ctx, const char *path, struct kd_lint_log *l)
{
	kd_auto(kd_freep) char *piece = kd_xmalloc(PIECE);
	struct feeder f = {.rest = KD_BUF_INIT(LINE_MAX_)};
	struct kd_input in = {0};
	struct kd_error *err = kd_input_open(ctx, path, &in);
	size_t n = 1;

	if (err)
		return err;
	f.decoder = kd_printk_new(&kd_printk_default_limits, one_line, l);
	while (n && !(err = kd_ctx_check(ctx)) && !(err = kd_source_read(in.src, piece, PIECE, &n)))
		feed(&f, kd_view(piece, n));
	if (f.rest.n)
		feed(&f, KD_V("\n"));
	kd_printk_flush(f.decoder);
	kd_printk_free(f.decoder);
	kd_buf_deinit(&f.rest);
	kd_source_close(in.src);
	return err;
}

static int by_value(const void *a, const void *b)
{
	const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

void kd_lint_log_sort(struct kd_lint_log *l)
{
	if (l->number.n)
		qsort(l->number.v, l->number.n, sizeof(*l->number.v), by_value);
}

void kd_lint_log_deinit(struct kd_lint_log *l)
{
	kd_buf_deinit(&l->text);
	kd_vec_free(&l->number);
}

/* --- questions -------------------------------------------------------------------------------------------- */

/* How long the mark for something left out is: "...", "…", "[...]", "<snip>"; 0: none stands there. */
static size_t gap_mark(struct kd_view v)
{
	static const struct kd_view marks[] = {KD_V("[...]"), KD_V("[…]"), KD_V("<snip>"), KD_V("[snip]"), KD_V("..."), KD_V("…")};

	for (size_t i = 0; i < KD_ARRAY_LEN(marks); i++)
		if (kd_view_starts(v, marks[i]))
			return marks[i].n;
	return 0;
}

/* The next piece between gaps; false: there is none left. */
static bool next_piece(struct kd_view *quote, struct kd_view *piece_ret)
{
	while (quote->n) {
		size_t n = 0, gap = 0;

		while (n < quote->n && !(gap = gap_mark(kd_view_from(*quote, n))))
			n++;
		*piece_ret = kd_view_trim(kd_view_head(*quote, n));
		*quote = kd_view_from(*quote, n + gap);
		if (piece_ret->n)
			return true;
	}
	return false;
}

/* Do the pieces stand in this order in the line that text begins with? */
static bool pieces_follow(struct kd_view text, struct kd_view quote)
{
	const size_t end = kd_view_chr(text, '\n');
	struct kd_view line = kd_view_head(text, end == KD_NPOS ? text.n : end), piece;

	while (next_piece(&quote, &piece)) {
		const size_t at = kd_view_find(line, piece);

		if (at == KD_NPOS)
			return false;
		line = kd_view_from(line, at + piece.n);
	}
	return true;
}

static bool has_quote(const struct kd_lint_log *l, struct kd_view quote)
{
	struct kd_view text = kd_buf_view(&l->text), first;
	size_t at;

	if (!next_piece(&quote, &first))
		return true; /* nothing but "…" */
	while ((at = kd_view_find(text, first)) != KD_NPOS) {
		text = kd_view_from(text, at + first.n);
		if (pieces_follow(text, quote))
			return true;
	}
	return false;
}

bool kd_lint_log_has_line(const struct kd_lint_log *l, struct kd_view line)
{
	kd_auto(kd_buf_deinit) struct kd_buf normal = KD_BUF_INIT(QUOTE_MAX);
	struct kd_logline stripped;

	kd_printk_strip(line, &stripped);
	add_normal(&normal, stripped.text);
	if (has_quote(l, kd_buf_view(&normal)))
		return true;
	/* what looks like a prefix may be text */
	kd_buf_clear(&normal);
	add_normal(&normal, line);
	return has_quote(l, kd_buf_view(&normal));
}

static bool is_part(char c)
{
	return kd_is_word(c) || c == '.' || c == '$';
}

bool kd_lint_log_has_words(const struct kd_lint_log *l, struct kd_view words)
{
	struct kd_view text = kd_buf_view(&l->text);
	size_t from = 0, at;

	while (words.n && (at = kd_view_find(kd_view_from(text, from), words)) != KD_NPOS) {
		const size_t start = from + at, end = start + words.n;

		if ((!start || !is_part(text.p[start - 1])) && (end >= text.n || !is_part(text.p[end]) || text.p[end] == '.'))
			return true;
		from = start + 1;
	}
	return false;
}

bool kd_lint_log_has_number(const struct kd_lint_log *l, uint64_t value)
{
	return l->number.n && bsearch(&value, l->number.v, l->number.n, sizeof(value), by_value);
}
