// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/alloc.h"
#include "history/commit_internal.h"

size_t kd_oid_length(struct kd_view v)
{
	size_t n = 0;

	while (n < v.n && n <= 64 && kd_is_xdigit(v.p[n]))
		n++;
	if (n < 7 || (n > 40 && n != 64) || (n < v.n && kd_is_word(v.p[n])))
		return 0;
	return n;
}

bool kd_oid_take(struct kd_view *v, struct kd_view *ret)
{
	size_t n = kd_oid_length(*v);

	if (!n)
		return false;
	*ret = kd_view_head(*v, n);
	*v = kd_view_from(*v, n);
	return true;
}

bool kd_oid_anywhere(struct kd_view v, struct kd_view *ret)
{
	for (bool start = true; v.n; v = kd_view_from(v, 1)) {
		if (start && kd_oid_take(&v, ret))
			return true;
		if (!v.n)
			break;
		start = !kd_is_word(*v.p) && *v.p != '.' && *v.p != '-';
	}
	return false;
}

/* U+201C and U+201D are quotation marks, too: mailers make them. */
static bool skip_mark(struct kd_view *v)
{
	return kd_view_skip(v, KD_V("\"")) || kd_view_skip(v, KD_V("\xe2\x80\x9c")) || kd_view_skip(v, KD_V("'"));
}

/* Where the title ends whose opening was `open` (0: nothing but the line's end closes it). */
static size_t title_end(struct kd_view v, bool paren, bool quote, size_t *closing)
{
	static const struct kd_view both[] = {{"\")", 2}, {"\xe2\x80\x9d)", 4}, {"\",", 2}, {"')", 2}};
	size_t at = KD_NPOS;

	for (size_t i = 0; paren && quote && i < KD_ARRAY_LEN(both); i++) {
		size_t k = kd_view_find(v, both[i]);

		if (k < at) {
			at = k;
			*closing = both[i].n;
		}
	}
	if (paren && quote)
		return at;
	*closing = 1;
	if (quote)
		return kd_view_rchr(v, '"');
	return paren ? kd_view_rchr(v, ')') : KD_NPOS;
}

static struct kd_view join(struct kd_cparse *p, struct kd_view a, struct kd_view b)
{
	char *out = kd_arena_raw(p->a, a.n + b.n + 1);

	if (!out) {
		p->nomem = true;
		return a;
	}
	if (a.n)
		memcpy(out, a.p, a.n);
	out[a.n] = ' ';
	if (b.n)
		memcpy(out + a.n + 1, b.p, b.n);
	return kd_view(out, a.n + b.n + 1);
}

/* Titles are broken over at most this many lines, and none is longer than this. */
enum { TITLE_LINES = 3, TITLE_BYTES = 400 };

bool kd_oid_title(struct kd_cparse *p, struct kd_view *v, size_t line, uint32_t *nlines, struct kd_view *ret)
{
	struct kd_view w = *v, text;
	size_t end, closing = 0;
	uint32_t used = 0;
	bool paren, quote;

	kd_view_skip(&w, KD_V(":"));
	kd_view_skip_blank(&w);
	paren = kd_view_skip(&w, KD_V("("));
	kd_view_skip_blank(&w);
	quote = skip_mark(&w);
	if ((!paren && !quote) || w.n > 4096)
		return false;
	text = w;
	end = title_end(text, paren, quote, &closing);
	while (end == KD_NPOS && used + 1 < TITLE_LINES && line + used + 1 < p->c->nlines &&
	       p->c->lines[line + used + 1].role != KD_LINE_BLANK && text.n < TITLE_BYTES) {
		struct kd_view next = kd_view_trim(kd_cline(p, line + used + 1)), k, val;

		if (kd_commit_known_trailer(next, &k, &val))
			break;
		text = join(p, text, kd_view_head(next, TITLE_BYTES));
		used++;
		end = title_end(text, paren, quote, &closing);
	}
	if (end == KD_NPOS) { /* never closed: this line's text is all that is sure */
		*ret = kd_view_trim(kd_view_head(w, TITLE_BYTES));
		while (ret->n && strchr("\")", ret->p[ret->n - 1]))
			ret->n--;
		*v = kd_view_from(w, w.n);
		return ret->n > 0;
	}
	*ret = kd_view_trim(kd_view_head(text, end));
	*v = kd_view_from(text, end + closing);
	*nlines += used;
	return ret->n > 0;
}
