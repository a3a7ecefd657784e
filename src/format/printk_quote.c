// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What mail programs, web pages and terminals do to a line.
 */
#include "format/printk_internal.h"

/* KASAN marks the row of the bad address: ">ffff888012345678: fb fb fb" is kernel text. */
static bool is_shadow_row(struct kd_view v)
{
	size_t i = 1;

	while (i < v.n && kd_is_xdigit(v.p[i]))
		i++;
	return i >= 9 && i < v.n && v.p[i] == ':';
}

bool kd_peel_quote(struct kd_view *v, struct kd_logline *l)
{
	struct kd_view w = *v;
	char c = *w.p;

	if (c == '>' && is_shadow_row(w))
		return false;
	w = kd_view_from(w, 1);
	if (w.n && *w.p == ' ')
		w = kd_view_from(w, 1);
	if (c == '|' && !kd_looks_prefixed(w))
		return false;
	l->disguise |= KD_DIS_MAIL_QUOTE;
	*v = w;
	return true;
}

struct entity {
	const char *name;
	char c;
};

/* Bytes of the entity at p, its character in *ret; 0 when there is none. */
static size_t entity(const char *p, const char *e, char *ret)
{
	static const struct entity table[] = {
		{"lt;", '<'},	{"gt;", '>'},	 {"amp;", '&'},	 {"quot;", '"'}, {"apos;", '\''},
		{"nbsp;", ' '}, {"#39;", '\''},	 {"#x27;", '\''}, {"#34;", '"'},  {"#x2F;", '/'},
		{"#60;", '<'},	{"#62;", '>'},	 {"#38;", '&'},	 {"#x2f;", '/'}, {"#43;", '+'},
		{"#160;", ' '}, {"#x3D;", '='},	 {"#96;", '`'},
	};
	struct kd_view v = kd_view(p + 1, (size_t)(e - p - 1));

	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		struct kd_view name = kd_view_of(table[i].name);

		if (kd_view_starts(v, name)) {
			*ret = table[i].c;
			return name.n + 1;
		}
	}
	return 0;
}

/* Bytes of an HTML tag at p, as web pages put around logs; 0 for "<TASK>", "<4>" and the rest. */
static size_t tag(const char *p, const char *e)
{
	static const char *const names[] = {"br", "pre", "p", "div", "span", "code", "tt", "li",
					    "td", "tr", "b", "font", "samp", "a", "html", "body"};
	const char *q = p + 1, *s;
	size_t n;

	if (q < e && *q == '/')
		q++;
	for (s = q; q < e && *q >= 'a' && *q <= 'z'; q++)
		;
	n = (size_t)(q - s);
	if (!n || q == e || (*q != '>' && *q != ' ' && *q != '/'))
		return 0;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (!kd_view_eq(kd_view(s, n), kd_view_of(names[i])))
			continue;
		if (*q == ' ' && n == 1)
			n = q + 5 < e && !memcmp(q, " href", 5);
		q = n ? memchr(q, '>', (size_t)(e - q)) : NULL;
		return q && q - p < 256 ? (size_t)(q - p + 1) : 0;
	}
	return 0;
}

/* ESC [ parameters final: bytes, p behind the bracket. */
static size_t control(const char *p, const char *e)
{
	const char *q = p;

	while (q < e && *q >= 0x20 && *q < 0x40)
		q++;
	return (size_t)(q - p) + (q < e && *q >= 0x40 && *q < 0x7f);
}

/* ESC ] text BEL and the like: bytes, p behind the bracket; 0 when it does not end. */
static size_t control_string(const char *p, const char *e)
{
	const char *q;

	for (q = p; q < e && *q != '\a'; q++)
		if (*q == 033 && q + 1 < e && q[1] == '\\')
			return (size_t)(q + 2 - p);
	return q < e ? (size_t)(q + 1 - p) : 0;
}

/* Bytes of a terminal sequence at p (ECMA-48; p is at ESC). */
static size_t sequence(const char *p, const char *e)
{
	const char *q = p + 1;

	if (q == e)
		return 1;
	if (*q == '[')
		return 2 + control(q + 1, e);
	if (*q == ']' || *q == '_' || *q == 'P' || *q == '^')
		return 2 + control_string(q + 1, e);
	while (q < e && *q >= 0x20 && *q < 0x30)
		q++;
	return (size_t)(q - p) + (q < e && *q >= 0x30 && *q < 0x7f);
}

/* Has the line anything that kd_clean() would take away? */
bool kd_needs_clean(struct kd_view raw, bool odd, bool amp)
{
	const char *e = raw.p + raw.n, *p;
	char c;

	if (odd && memchr(raw.p, 033, raw.n))
		return true;
	for (p = raw.p; amp && (p = memchr(p, '&', (size_t)(e - p))); p++)
		if (entity(p, e, &c))
			return true;
	if (raw.n < 3)
		return false;
	if (*raw.p == '<' && tag(raw.p, e))
		return true;
	if (e[-1] == '>') {
		size_t i = kd_view_rchr(raw, '<');

		return i != KD_NPOS && tag(raw.p + i, e) == raw.n - i;
	}
	return false;
}

uint32_t kd_clean(struct kd_view raw, struct kd_buf *out)
{
	const char *p = raw.p, *e = p + raw.n;
	uint32_t bits = 0;

	kd_buf_clear(out);
	while (p < e) {
		size_t n = 0, i = 0, left = (size_t)(e - p);
		char c = '\0';

		while (i < left && p[i] != 033 && p[i] != '&' && p[i] != '<')
			i++;
		(void)kd_buf_add(out, kd_view(p, i));
		p += i;
		if (p == e)
			break;
		if (*p == 033) {
			n = sequence(p, e);
			bits |= KD_DIS_ANSI;
		} else {
			n = *p == '&' ? entity(p, e, &c) : tag(p, e);
			bits |= n ? (uint32_t)KD_DIS_HTML : 0u;
			if (!n)
				c = *p;
			n = n ? n : 1;
		}
		if (c)
			(void)kd_buf_addc(out, c);
		p += n;
	}
	return bits;
}

/* Texts that the kernel never indents: where one is, its indentation is the page's. */
static bool is_flush_left(struct kd_view v)
{
	static const char *const heads[] = {
		"BUG: ",	 "WARNING: ",	       "Call Trace:",	      "Call trace:",
		"Oops: ",	 "CPU: ",	       "RIP: ",		      "Modules linked in:",
		"Hardware name: ", "------------[ cut", "Kernel panic - ",     "general protection fault",
		"Unable to handle", "Internal error: ", "INFO: task ",	      "rcu: INFO: ",
		"kernel BUG at ", "divide error: ",    "invalid opcode: ",    "RAX: ",
		"=====================",
	};

	for (size_t i = 0; i < sizeof(heads) / sizeof(*heads); i++)
		if (kd_view_starts(v, kd_view_of(heads[i])))
			return true;
	return false;
}

/* An indented block: its first line that the kernel never indents shows how deep it is. */
static void indented(struct kd_printk *d, struct kd_view *v, struct kd_logline *l)
{
	size_t n = 0;

	if (d->indent) {
		while (n < v->n && n < d->indent && v->p[n] == d->indent_char)
			n++;
		if (n == d->indent || n == v->n) {
			*v = kd_view_from(*v, n);
			l->disguise |= KD_DIS_MARKDOWN;
			return;
		}
		d->indent = 0;
	}
	if (v->n < 6 || (*v->p != '\t' && *v->p != ' '))
		return;
	for (n = 1; n < v->n && n < 32 && v->p[n] == *v->p; n++)
		;
	if ((*v->p == ' ' && n < 4) || !is_flush_left(kd_view_from(*v, n)))
		return;
	d->indent = (uint32_t)n;
	d->indent_char = *v->p;
	*v = kd_view_from(*v, n);
	l->disguise |= KD_DIS_MARKDOWN;
}

void kd_markdown(struct kd_printk *d, struct kd_view *v, struct kd_logline *l)
{
	if (kd_view_starts(*v, KD_V("```")) || kd_view_starts(*v, KD_V("~~~"))) {
		d->fence = !d->fence;
		l->disguise |= KD_DIS_MARKDOWN;
		return;
	}
	if (d->fence)
		l->disguise |= KD_DIS_MARKDOWN;
	else if (d->indent || (v->n && kd_is_blank(*v->p)))
		indented(d, v, l);
}
