// SPDX-License-Identifier: GPL-2.0-or-later
/* Two forms of text that are not lines as somebody wrote them: format=flowed and HTML. */
#include "base/alloc.h"
#include "base/utf8.h"
#include "history/mail_internal.h"

static size_t quote_depth(struct kd_view line)
{
	size_t n = 0;

	while (n < line.n && line.p[n] == '>')
		n++;
	return n;
}

void kd_mail_unflow(struct kd_view text, bool delsp, struct kd_buf *out)
{
	struct kd_view line;
	size_t depth = 0; /* of the paragraph that is open */
	bool open = false;

	while (kd_mail_line(&text, &line)) {
		size_t d = quote_depth(line);
		struct kd_view rest = kd_view_from(line, d);
		bool flowed, sig;

		if (rest.n && rest.p[0] == ' ') /* stuffing (4.4) */
			rest = kd_view_from(rest, 1);
		sig = kd_view_eq(rest, KD_V("-- ")); /* 4.3 */
		flowed = !sig && rest.n && rest.p[rest.n - 1] == ' ';
		if (open && (d != depth || sig)) { /* 4.5: depth changes end a paragraph */
			kd_buf_addc(out, '\n');
			open = false;
		}
		for (size_t i = 0; !open && i < d; i++)
			kd_buf_addc(out, '>');
		if (!open && d && rest.n)
			kd_buf_addc(out, ' ');
		if (flowed && delsp)
			rest = kd_view_head(rest, rest.n - 1);
		kd_buf_add(out, rest);
		if (!flowed)
			kd_buf_addc(out, '\n');
		open = flowed;
		depth = d;
	}
	if (open)
		kd_buf_addc(out, '\n');
}

/* ---- HTML ---- */

static const struct {
	const char *name;
	uint32_t c;
} entities[] = {
	{"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}, {"nbsp", ' '}, {"ndash", 0x2013},
	{"mdash", 0x2014}, {"hellip", 0x2026}, {"lsquo", 0x2018}, {"rsquo", 0x2019}, {"ldquo", 0x201c},
	{"rdquo", 0x201d}, {"copy", 0xa9}, {"auml", 0xe4}, {"ouml", 0xf6}, {"uuml", 0xfc}, {"szlig", 0xdf},
};

/* "&…;" off the front; false when it is none. */
static bool take_entity(struct kd_view *v, uint32_t *ret)
{
	struct kd_view rest = kd_view_from(*v, 1), name;
	size_t end = kd_view_chr(kd_view_head(rest, 12), ';');
	uint64_t n = 0;

	if (end == KD_NPOS)
		return false;
	name = kd_view_head(rest, end);
	*v = kd_view_from(rest, end + 1);
	if (kd_view_skip(&name, KD_V("#"))) {
		bool hex = name.n && (name.p[0] | 0x20) == 'x';

		if (!(hex ? kd_view_hex(kd_view_from(name, 1), &n) : kd_view_dec(name, &n)) || !n || n > 0x10ffff)
			n = KD_UTF8_BAD;
		*ret = (uint32_t)n;
		return true;
	}
	*ret = KD_UTF8_BAD;
	for (size_t i = 0; i < KD_ARRAY_LEN(entities); i++)
		if (kd_view_eq(name, kd_view_of(entities[i].name)))
			*ret = entities[i].c;
	return true;
}

/* Elements whose begin or end is a line's. */
static bool breaks_line(struct kd_view name)
{
	static const char *const names[] = {"br", "p", "div", "tr", "li", "ul", "ol", "pre", "table", "blockquote",
					    "h1", "h2", "h3", "h4", "hr"};

	for (size_t i = 0; i < KD_ARRAY_LEN(names); i++)
		if (kd_view_ieq(name, kd_view_of(names[i])))
			return true;
	return false;
}

static bool end_tag_at(struct kd_view v, struct kd_view name)
{
	return kd_view_starts(v, KD_V("</")) && kd_view_istarts(kd_view_from(v, 2), name);
}

/* A tag off the front, with what it encloses when that is no text. True: a line ends here. */
static bool take_tag(struct kd_view *v, bool *pre)
{
	struct kd_view rest = kd_view_from(*v, 1), name;
	bool closing = kd_view_skip(&rest, KD_V("/"));
	size_t n = 0, end;

	while (n < rest.n && kd_is_alnum(rest.p[n]))
		n++;
	name = kd_view_head(rest, n);
	if (kd_view_starts(*v, KD_V("<!--"))) {
		end = kd_view_find(*v, KD_V("-->"));
		*v = kd_view_from(*v, end == KD_NPOS ? v->n : end + 3);
		return false;
	}
	end = kd_view_chr(*v, '>');
	*v = kd_view_from(*v, end == KD_NPOS ? v->n : end + 1);
	if (!closing && (kd_view_ieq(name, KD_V("style")) || kd_view_ieq(name, KD_V("script")) ||
			 kd_view_ieq(name, KD_V("head"))))
		while (v->n && !end_tag_at(*v, name)) {
			end = kd_view_chr(kd_view_from(*v, 1), '<');
			*v = kd_view_from(*v, end == KD_NPOS ? v->n : end + 1);
		}
	if (kd_view_ieq(name, KD_V("pre")))
		*pre = !closing;
	return breaks_line(name);
}

static void add_text(struct kd_buf *out, uint32_t c, bool pre)
{
	bool space = c == ' ' || c == '\n' || c == '\t' || c == '\r';
	char utf8[4];

	if (space && !pre) {
		if (out->n && !kd_is_space(out->p[out->n - 1]))
			kd_buf_addc(out, ' ');
		return;
	}
	if (c)
		kd_buf_add(out, kd_view(utf8, kd_utf8_encode(c, utf8)));
}

void kd_mail_unhtml(struct kd_view v, struct kd_buf *out)
{
	bool pre = false;

	while (v.n) {
		uint32_t c;

		if (v.p[0] == '<' && v.n > 1 && (kd_is_alpha(v.p[1]) || v.p[1] == '/' || v.p[1] == '!')) {
			if (take_tag(&v, &pre) && out->n && out->p[out->n - 1] != '\n')
				kd_buf_addc(out, '\n');
			continue;
		}
		if (v.p[0] != '&' || !take_entity(&v, &c))
			kd_utf8_next(&v, &c);
		add_text(out, c, pre);
	}
	if (out->n && out->p[out->n - 1] != '\n')
		kd_buf_addc(out, '\n');
}
