// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Lines that a mail program broke at 72 to 80 columns. A line is held back only when its
 * text shows that the kernel had more to say: a list of modules or code bytes up to the
 * margin, a register without its value, a header without its address. The next line is
 * joined only when it is just what was missing and has no prefix of its own. Two lines
 * of the kernel are never joined; a frame is never joined to the line above it, unless
 * that is a RIP, WARNING or sanitizer line that lacks its function.
 */
#include "format/printk_internal.h"

enum wrap_kind {
	WRAP_NONE,
	WRAP_CODE,     /* Code: 48 8b … */
	WRAP_MODULES,  /* Modules linked in: … */
	WRAP_HARDWARE, /* Hardware name: … without the BIOS date */
	WRAP_SYMBOL,   /* RIP: 0010:[<…>], "WARNING: at file:line", "KASAN: … in": a symbol follows */
	WRAP_CALLSITE, /* older "WARNING: at file:line": "function+0x1/0x2()" follows */
	WRAP_FRAME,    /* a frame; its "[module]" may follow */
	WRAP_REGS,     /* "RAX: … RCX:" */
	WRAP_COMM,     /* "CPU: … Comm: …" without "#1" */
	WRAP_ADDRESS,  /* "… address:" */
	WRAP_TASK,     /* "… by task" */
	WRAP_MAIL,     /* prefixed, inside a mail, up to the margin */
};

enum { MIN_WIDTH = 44, MAX_WIDTH = 84 };

#define PREFIX_BITS                                                                                \
	(KD_DIS_LEVEL | KD_DIS_TIME | KD_DIS_CALLER | KD_DIS_DMESG_TIME | KD_DIS_DMESG_LEVEL |     \
	 KD_DIS_SYSLOG3164 | KD_DIS_SYSLOG5424 | KD_DIS_JOURNAL | KD_DIS_JSON | KD_DIS_KMSG |      \
	 KD_DIS_LOGCAT | KD_DIS_CI_TIME | KD_DIS_LOGIN | KD_DIS_DROPPED | KD_DIS_ADDRESS)

/* "function+0x12/0x34" at the front of v; its length, else 0. */
static size_t symbol_len(struct kd_view v)
{
	struct kd_view w;
	size_t i = 0;
	uint64_t x;

	while (i < v.n && (kd_is_word(v.p[i]) || v.p[i] == '.' || v.p[i] == '$'))
		i++;
	w = kd_view_from(v, i);
	if (!i || !kd_view_skip(&w, KD_V("+0x")) || !kd_view_take_hex(&w, &x) ||
	    !kd_view_skip(&w, KD_V("/0x")) || !kd_view_take_hex(&w, &x))
		return 0;
	return v.n - w.n;
}

/* "+0x12/0x34" at the end */
static bool ends_with_symbol(struct kd_view v)
{
	size_t i = v.n, slash;

	while (i && v.n - i < 6 && kd_is_xdigit(v.p[i - 1]))
		i--;
	if (i < 9 || i == v.n || v.p[i - 1] != 'x' || v.p[i - 2] != '0' || v.p[i - 3] != '/')
		return false;
	slash = i - 3;
	for (i = slash; i && slash - i < 6 && kd_is_xdigit(v.p[i - 1]); i--)
		;
	return i > 3 && i < slash && v.p[i - 1] == 'x' && v.p[i - 3] == '+';
}

/* Bytes of code only: "48", "<0f>", "(0f)". */
static bool is_code(struct kd_view v)
{
	struct kd_view w;
	size_t n = 0;

	for (; kd_view_take_word(&v, &w); n++) {
		if (w.n == 4 && (*w.p == '<' || *w.p == '('))
			w = kd_view(w.p + 1, 2);
		if (w.n != 2 || !kd_is_xdigit(w.p[0]) || !kd_is_xdigit(w.p[1]))
			return false;
	}
	return n;
}

/* Names of modules, with taint letters, up to "[last unloaded: x]". */
static bool is_modules(struct kd_view v)
{
	struct kd_view w;
	size_t n = 0;

	for (; kd_view_take_word(&v, &w); n++) {
		size_t i = 0;

		if (kd_view_eq(w, KD_V("[last")) || kd_view_eq(w, KD_V("unloaded:")))
			return true;
		while (i < w.n && (kd_is_word(w.p[i]) || w.p[i] == '-'))
			i++;
		if (i < w.n && w.p[i] == '(' && w.p[w.n - 1] == ')' && i)
			continue;
		if (i < w.n && !(w.p[i] == ']' && i + 1 == w.n))
			return false;
	}
	return n;
}

/* "04/01/2014" at the end. */
static bool ends_with_date(struct kd_view v)
{
	const char *p = v.p + v.n - 10;

	if (v.n < 10 || p[2] != '/' || p[5] != '/')
		return false;
	for (size_t i = 0; i < 10; i++)
		if (i != 2 && i != 5 && !kd_is_digit(p[i]))
			return false;
	return true;
}

/* "RAX:" */
static bool is_reg_name(struct kd_view w)
{
	if (w.n < 2 || w.n > 5 || w.p[w.n - 1] != ':')
		return false;
	for (size_t i = 0; i + 1 < w.n; i++)
		if (!kd_is_digit(w.p[i]) && !(w.p[i] >= 'A' && w.p[i] <= 'Z'))
			return false;
	return kd_is_alpha(*w.p);
}

/* 8 or 16 hex digits, all of them at once: every line of every register dump comes by here. */
static bool all_hex(struct kd_view w)
{
	typedef uint8_t vec16 __attribute__((vector_size(16)));
	typedef uint64_t vec2 __attribute__((vector_size(16)));
	vec16 v;
	vec2 good;

	memcpy(&v, w.p, 8);
	memcpy((char *)&v + 8, w.p + w.n - 8, 8);
	good = (vec2)((vec16)(v - '0' < 10) | (vec16)((v | 0x20) - 'a' < 6));
	return !~(good[0] & good[1]);
}

static bool is_reg_value(struct kd_view w)
{
	uint64_t x;

	return (w.n == 16 || w.n == 8) && (all_hex(w) || kd_view_hex(w, &x)); /* "0x…", too */
}

/* The same at the front of v, moving past it; *none: there is no word at all. */
static bool take_reg_value(struct kd_view *v, bool *none)
{
	struct kd_view val;

	kd_view_skip_blank(v);
	if (v->n >= 16 && (v->n == 16 || kd_is_space(v->p[16])) && all_hex(kd_view_head(*v, 16))) {
		*v = kd_view_from(*v, 16);
		return true;
	}
	*none = !kd_view_take_word(v, &val);
	return !*none && is_reg_value(val);
}

/* Pairs of name and value; *dangling: the last name has none. */
static bool is_regs(struct kd_view v, bool *dangling)
{
	struct kd_view name;
	size_t n = 0;

	*dangling = false;
	for (; kd_view_take_word(&v, &name); n++) {
		if (!is_reg_name(name))
			return false;
		if (!take_reg_value(&v, dangling))
			return *dangling && n;
	}
	return n;
}

static bool ends_with_line_number(struct kd_view v)
{
	size_t i = kd_view_rchr(v, ':');
	uint64_t n;

	return i != KD_NPOS && i > 2 && kd_view_dec(kd_view_from(v, i + 1), &n) &&
	       (v.p[i - 1] == 'c' || v.p[i - 1] == 'h') && v.p[i - 2] == '.';
}

static bool is_rip(struct kd_view t)
{
	return (kd_view_starts(t, KD_V("RIP")) || kd_view_starts(t, KD_V("EIP")) ||
		kd_view_starts(t, KD_V("IP: ")) || kd_view_starts(t, KD_V("PC is at"))) &&
	       t.p[t.n - 1] == ']' && !kd_view_has(t, KD_V("+0x"));
}

/* "CPU: … Comm: …" that does not reach the build number, "#1". */
static bool lacks_build(struct kd_view t, struct kd_view head)
{
	return kd_view_starts(t, head) && kd_view_has(t, KD_V("omm: ")) && !kd_view_has(t, KD_V(" #"));
}

static enum wrap_kind by_first_word(struct kd_view t, bool prefixed)
{
	switch (*t.p) {
	case 'B':
		if (kd_view_starts(t, KD_V("BUG: K")) && kd_view_ends(t, KD_V(" in")))
			return WRAP_SYMBOL;
		break;
	case 'C':
		if (kd_view_starts(t, KD_V("Code: ")) && is_code(kd_view_from(t, 6)))
			return WRAP_CODE;
		if (lacks_build(t, KD_V("CPU: ")))
			return WRAP_COMM;
		break;
	case 'H':
		if (kd_view_starts(t, KD_V("Hardware name: ")) && !ends_with_date(t))
			return WRAP_HARDWARE;
		break;
	case 'P':
		if (lacks_build(t, KD_V("Pid: ")))
			return WRAP_COMM;
		break;
	case 'M':
		if (kd_view_starts(t, KD_V("Modules linked in: ")) && t.p[t.n - 1] != ']')
			return WRAP_MODULES;
		break;
	case 'W':
		if (kd_view_starts(t, KD_V("WARNING: ")) && ends_with_line_number(t))
			return prefixed ? WRAP_SYMBOL : WRAP_CALLSITE;
		break;
	default:
		break;
	}
	return WRAP_NONE;
}

static enum wrap_kind classify_upper(struct kd_view t, bool prefixed)
{
	enum wrap_kind kind = by_first_word(t, prefixed);
	bool dangling;

	if (kind)
		return kind;
	if (is_rip(t))
		return WRAP_SYMBOL;
	return is_regs(t, &dangling) && (dangling || prefixed) ? WRAP_REGS : WRAP_NONE;
}

/* Texts that end in the middle of a phrase. */
static enum wrap_kind by_last_word(struct kd_view t)
{
	char last = t.p[t.n - 1];

	if (last == ':' && kd_view_ends(t, KD_V(", at:"))) /* lockdep: "…{3:3}, at: function" */
		return WRAP_SYMBOL;
	if (last == ':' && (kd_view_ends(t, KD_V("address:")) || kd_view_ends(t, KD_V("addr:"))))
		return WRAP_ADDRESS;
	return last == 'k' && kd_view_ends(t, KD_V(" by task")) ? WRAP_TASK : WRAP_NONE;
}

/* What may be missing behind this text? width: columns of its (last) physical line. */
static enum wrap_kind classify(const struct kd_logline *l, size_t width, bool mail)
{
	struct kd_view t = l->text;
	bool prefixed = l->disguise & PREFIX_BITS;
	enum wrap_kind kind = WRAP_NONE;

	if (width < MIN_WIDTH || width > MAX_WIDTH || l->origin == KD_ORIGIN_USER)
		return WRAP_NONE;
	t = kd_view_trim(t);
	if (!t.n)
		return WRAP_NONE;
	if (*t.p >= 'A' && *t.p <= 'Z')
		kind = classify_upper(t, prefixed);
	if (kind)
		return kind;
	kind = by_last_word(t);
	if (kind)
		return kind;
	if (width >= 56 && kd_is_xdigit(t.p[t.n - 1]) && ends_with_symbol(t))
		return WRAP_FRAME;
	if (prefixed && width >= 56 && (mail || l->disguise & KD_DIS_MAIL_QUOTE))
		return WRAP_MAIL;
	return WRAP_NONE;
}

/* "[name]", "[name build-id]" */
static bool is_module_tag(struct kd_view v)
{
	v = kd_view_trim(v);
	if (v.n < 3 || *v.p != '[' || v.p[v.n - 1] != ']' || !kd_is_word(v.p[1]))
		return false;
	for (size_t i = 1; i + 1 < v.n; i++)
		if (!kd_is_word(v.p[i]) && v.p[i] != ' ' && v.p[i] != '-')
			return false;
	return true;
}

/* Nothing but a symbol, perhaps unreliable, perhaps of a module. */
static bool is_frame(struct kd_view v)
{
	size_t n;

	v = kd_view_trim(v);
	(void)kd_view_skip(&v, KD_V("? "));
	if (kd_view_starts(v, KD_V("[<")))
		return true;
	n = symbol_len(v);
	return n && (n == v.n || is_module_tag(kd_view_from(v, n)));
}

/* A mailer breaks only where the next word no longer fits. */
static bool would_not_fit(size_t width, struct kd_view text)
{
	struct kd_view word;

	return kd_view_take_word(&text, &word) && width + 1 + word.n > 72;
}

static bool is_hex_word(struct kd_view text)
{
	struct kd_view word;

	return kd_view_take_word(&text, &word) && is_reg_value(word);
}

/* "[<ffffffff81234567>] function": the second address of a RIP line may have moved along. */
static struct kd_view after_address(struct kd_view t)
{
	size_t i = kd_view_starts(t, KD_V("[<")) ? kd_view_chr(t, ' ') : KD_NPOS;

	return i == KD_NPOS ? t : kd_view_from(t, i + 1);
}

static bool fits_kind(const struct kd_held *h, struct kd_view t)
{
	bool prefixed = h->l.disguise & PREFIX_BITS, dangling, open;
	struct kd_view held = kd_view_trim(h->l.text);
	size_t n;

	switch ((enum wrap_kind)h->kind) {
	case WRAP_CODE:
		return is_code(t);
	case WRAP_MODULES:
		return h->width >= 56 && is_modules(t);
	case WRAP_HARDWARE:
		return ends_with_date(kd_view_trim(t)) && t.n <= 64 && !kd_view_has(t, KD_V("+0x"));
	case WRAP_SYMBOL:
		return symbol_len(after_address(t)) != 0;
	case WRAP_CALLSITE:
		n = symbol_len(t);
		return n && kd_view_starts(kd_view_from(t, n), KD_V("()"));
	case WRAP_FRAME:
		return is_module_tag(t);
	case WRAP_REGS:
		open = is_regs(held, &dangling) && dangling;
		if (open)
			return is_hex_word(t);
		return prefixed && is_regs(t, &dangling);
	case WRAP_COMM:
		return kd_view_has(t, KD_V(" #")) && kd_view_chr(t, ':') == KD_NPOS;
	case WRAP_ADDRESS:
		return is_hex_word(t);
	case WRAP_TASK:
		return kd_view_chr(t, '/') != KD_NPOS && kd_view_chr(kd_view_trim(t), ' ') == KD_NPOS;
	case WRAP_MAIL:
		return !is_frame(t) && !kd_is_blank(*t.p) && t.n < h->width && *t.p != '-' &&
		       would_not_fit(h->width, t);
	case WRAP_NONE:
		break;
	}
	return false;
}

static bool joins(const struct kd_printk *d, const struct kd_logline *l)
{
	const struct kd_held *h = &d->wrap;
	bool quoted = l->disguise & KD_DIS_MAIL_QUOTE, held_quoted = h->l.disguise & KD_DIS_MAIL_QUOTE;
	struct kd_view t = l->text;

	if (!t.n || l->disguise & PREFIX_BITS || l->origin != KD_ORIGIN_UNKNOWN)
		return false;
	/* what is quoted less is an answer, but for what the text itself proves */
	if (quoted != held_quoted && (quoted || h->kind == WRAP_MAIL))
		return false;
	return fits_kind(h, t);
}

void kd_wrap_release(struct kd_printk *d)
{
	if (!d->wrap.full)
		return;
	d->wrap.full = false;
	kd_emit(d, &d->wrap.l);
}

void kd_wrap_line(struct kd_printk *d, struct kd_logline *l, const struct kd_phys *ph)
{
	struct kd_held *h = &d->wrap;
	uint8_t kind;

	if (h->full) {
		if (joins(d, l) && kd_held_append(h, l->text, true)) {
			h->l.len += l->len;
			h->l.nphys += l->nphys;
			h->l.bad_text |= l->bad_text;
			h->l.disguise |= KD_DIS_REJOINED | l->disguise;
			h->width = ph->raw.n;
			kind = (uint8_t)classify(&h->l, ph->raw.n, d->mail);
			h->kind = kind;
			d->stats.rejoined_lines++;
			if (!kind)
				kd_wrap_release(d);
			return;
		}
		kd_wrap_release(d);
	}
	kind = ph->followed ? WRAP_NONE : (uint8_t)classify(l, ph->raw.n, d->mail);
	if (!kind) {
		kd_emit(d, l);
		return;
	}
	kd_hold(h, l, ph->raw);
	h->kind = kind;
	h->width = ph->raw.n;
}
