// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What consoles, dmesg and test systems put in front of a message, and the loop that
 * peels prefix after prefix. Kernel side: info_print_prefix() in kernel/printk/printk.c
 * prints "<N>", "[%5lu.%06lu]", "[%6s]" (T or C and a number) and one blank.
 */
#include "format/printk_internal.h"

void kd_logline_init(struct kd_logline *l)
{
	*l = (struct kd_logline){.level = -1, .facility = -1};
}

/* A syslog priority: level in the low three bits, facility above. */
void kd_level_set(struct kd_logline *l, uint64_t pri)
{
	l->level = (int8_t)(pri & 7);
	l->facility = pri >> 3 > 127 ? 127 : (int8_t)(pri >> 3);
}

/* One blank after a prefix belongs to the prefix; more belong to the text. */
static inline void skip_one(struct kd_view *v)
{
	if (v->n && kd_is_blank(*v->p))
		*v = kd_view(v->p + 1, v->n - 1);
}

/* "123.456789" at p: microseconds; NULL when it is no such number. */
static const char *seconds(const char *p, const char *e, uint64_t *us_ret)
{
	const char *s = p;
	uint64_t sec = 0, frac = 0;
	unsigned n = 0;

	while (p < e && kd_is_digit(*p))
		sec = sec * 10 + (uint64_t)(*p++ - '0');
	if (p == s || p - s > 12 || p == e || *p != '.')
		return NULL;
	for (p++; n < 6 && p < e && kd_is_digit(*p); p++, n++)
		frac = frac * 10 + (uint64_t)(*p - '0');
	for (; p < e && kd_is_digit(*p); p++)
		n++;
	if (!n || n > 9)
		return NULL;
	for (; n < 6; n++)
		frac *= 10;
	*us_ret = sec * 1000000 + frac;
	return p;
}

static const char *blanks(const char *p, const char *e)
{
	while (p < e && kd_is_blank(*p))
		p++;
	return p;
}

/* "[   12.345678]" */
bool kd_peel_stamp(struct kd_view *v, uint64_t *us_ret)
{
	const char *p = v->p, *e = p + v->n;

	if (v->n < 5 || *p != '[')
		return false;
	p = seconds(blanks(p + 1, e), e, us_ret);
	if (!p || p == e || *p != ']')
		return false;
	*v = kd_view(p + 1, (size_t)(e - p - 1));
	return true;
}

/*
 * "[  T123]", "[    C1]". loose: also without the padding to six characters, as
 * dmesg and people print it. An address ("[c0123456]") is lower case and longer.
 */
static bool peel_caller(struct kd_view *v, struct kd_logline *l, bool loose)
{
	const char *p = v->p, *e = p + v->n, *s, *kind;
	uint64_t id = 0;

	if (v->n < 4 || *p != '[')
		return false;
	s = p + 1;
	kind = blanks(s, e);
	if (kind == e || (*kind != 'T' && *kind != 'C'))
		return false;
	for (p = kind + 1; p < e && kd_is_digit(*p) && p - kind < 10; p++)
		id = id * 10 + (uint64_t)(*p - '0');
	if (p == kind + 1 || p == e || *p != ']' || (!loose && p - s < 6))
		return false;
	if (*kind == 'C' && p - kind > 6)
		return false;
	if (p + 1 < e && !kd_is_blank(p[1]) && p[1] != '[')
		return false;
	*v = kd_view(p + 1, (size_t)(e - p - 1));
	l->caller = *kind == 'T' ? KD_CALLER_TASK : KD_CALLER_CPU;
	l->caller_id = (uint32_t)id;
	l->disguise |= KD_DIS_CALLER;
	return true;
}

/*
 * MediaTek kernels print state, CPU and thread behind the stamp: "[   12.345678] .(0)[123:name]text".
 * The state is '-' with interrupts off, else '.' or a blank; without one it is text.
 */
static bool peel_mtk(struct kd_view *v, struct kd_logline *l)
{
	struct kd_view w = *v;
	uint64_t cpu, pid;
	size_t end;

	if (w.n < 9)
		return false;
	if (*w.p == ' ' && w.p[2] == '(')
		w = kd_view_from(w, 1);
	if (w.p[1] != '(' || (*w.p != '.' && *w.p != '-' && (*w.p != ' ' || w.p == v->p)))
		return false;
	w = kd_view_from(w, 2);
	if (!kd_view_take_hex(&w, &cpu) || !kd_view_skip(&w, KD_V(")[")) ||
	    !kd_view_take_dec(&w, &pid) || pid > UINT32_MAX || !kd_view_skip(&w, KD_V(":")))
		return false;
	end = kd_view_chr(kd_view_head(w, 20), ']');
	if (end == KD_NPOS)
		return false;
	*v = kd_view_from(w, end + 1);
	l->caller = KD_CALLER_TASK;
	l->caller_id = (uint32_t)pid;
	l->disguise |= KD_DIS_CALLER;
	return true;
}

/* "** 12 printk messages dropped ** ": the line keeps it when nothing follows. */
static bool peel_dropped(struct kd_view *v, struct kd_logline *l)
{
	struct kd_view w = *v;
	uint64_t n;

	if (!kd_view_skip(&w, KD_V("** ")) || !kd_view_take_dec(&w, &n) ||
	    !kd_view_skip(&w, KD_V(" printk messages dropped **")))
		return false;
	l->dropped = n > UINT32_MAX ? UINT32_MAX : (uint32_t)n;
	l->disguise |= KD_DIS_DROPPED;
	skip_one(&w);
	if (!w.n)
		return false;
	*v = w;
	return true;
}

/*
 * "<4>" and the older "[<4>]". /proc/PID/stack prints "[<0>] function+0x1/0x2": that
 * is a frame, so a bracketed zero is no level.
 */
bool kd_peel_level(struct kd_view *v, struct kd_logline *l)
{
	struct kd_view w = *v;
	bool bracket = kd_view_skip(&w, KD_V("["));
	uint64_t n;
	size_t digits;

	if (!kd_view_skip(&w, KD_V("<")))
		return false;
	digits = w.n;
	if (!kd_view_take_dec(&w, &n) || n > 1023 || digits - w.n > 4 || !kd_view_skip(&w, KD_V(">")))
		return false;
	if (bracket && (!n || n > 7 || !kd_view_skip(&w, KD_V("]"))))
		return false;
	kd_level_set(l, n);
	if (l->facility > 0 && l->origin == KD_ORIGIN_UNKNOWN)
		l->origin = KD_ORIGIN_USER;
	l->disguise |= KD_DIS_LEVEL;
	*v = w;
	return true;
}

/* journalctl -o short-monotonic: "[   12.345678] host kernel: text". */
static bool mono_host(struct kd_view *v, struct kd_logline *l)
{
	struct kd_view w = *v;
	size_t i = kd_view_chr(kd_view_head(w, 72), ' ');

	if (i == KD_NPOS || i < 1 || w.n < i + 8 || w.p[i + 1] != 'k' || w.p[i + 7] != ':')
		return false;
	return kd_peel_kernel_ident(v, l);
}

/* The kernel's own stamp and what comes behind it. */
static bool peel_console_stamp(struct kd_view *v, struct kd_logline *l, bool *again)
{
	if (!kd_peel_stamp(v, &l->mono_us))
		return false;
	*again = false;
	l->has_mono = true;
	l->disguise |= KD_DIS_TIME;
	if (v->n && *v->p == '[')
		(void)peel_caller(v, l, true);
	else if (v->n > 2 && (v->p[1] == '(' || v->p[2] == '(') && peel_mtk(v, l))
		return true;
	skip_one(v);
	if (v->n > 2 && *v->p == '[' && (kd_is_blank(v->p[1]) || v->p[1] == 'T' || v->p[1] == 'C')) {
		uint8_t caller = l->caller;
		uint32_t id = l->caller_id;

		if (peel_caller(v, l, true))
			skip_one(v);
		if (caller != KD_CALLER_NONE) {
			l->caller = caller;
			l->caller_id = id;
		}
	}
	*again = v->n && *v->p == '*' && peel_dropped(v, l);
	if (mono_host(v, l)) {
		l->disguise |= KD_DIS_JOURNAL;
		*again = true;
	}
	return true;
}

/* Inside brackets: dmesg -T, -d, -e, and loggers' and test systems' times. */
static bool bracket_time(struct kd_view in, struct kd_logline *l)
{
	enum kd_iso_kind kind;
	uint64_t us;
	const char *p = in.p, *e = p + in.n;
	size_t n = kd_time_ctime(in);

	if (n == in.n) {
		l->disguise |= KD_DIS_DMESG_TIME;
		l->wall = in;
		return true;
	}
	n = kd_time_iso(in, &kind);
	if (!n)
		n = kd_time_hms(in);
	if (n == in.n) {
		l->disguise |= KD_DIS_CI_TIME;
		l->wall = in;
		return true;
	}
	/* "+0.000012", "12.345678 <    0.000012>", "<    0.000012>", "Mar  3 12:00" */
	p = blanks(p, e);
	if (p < e && *p == '+') {
		p = seconds(p + 1, e, &us);
		l->disguise |= p == e ? KD_DIS_DMESG_TIME : 0u;
		return p == e;
	}
	if (p < e && kd_is_digit(*p)) {
		p = seconds(p, e, &us);
		if (!p)
			return false;
		p = blanks(p, e);
		if (p < e && *p == '<') {
			l->mono_us = us;
			l->has_mono = true;
			l->disguise |= KD_DIS_TIME;
		}
	}
	if (p < e && *p == '<') {
		p = seconds(blanks(p + 1, e), e, &us);
		if (!p || e - p != 1 || *p != '>')
			return false;
		l->disguise |= KD_DIS_DMESG_TIME;
		return true;
	}
	return false;
}

/* dmesg -e prints the minute alone where it changes: "[Mar  3 12:00]". */
static bool bracket_minute(struct kd_view in, struct kd_logline *l)
{
	char full[16] = "";
	struct kd_view v = kd_view(full, in.n + 3);

	if (in.n < 11 || in.n > 12)
		return false;
	memcpy(full, in.p, in.n);
	memcpy(full + in.n, ":00", 3);
	if (kd_time_bsd(v) != v.n)
		return false;
	l->disguise |= KD_DIS_DMESG_TIME;
	l->wall = in;
	return true;
}

static bool peel_bracket(struct kd_view *v, struct kd_logline *l, bool *done)
{
	struct kd_view in;
	size_t end;
	bool again;

	if (peel_console_stamp(v, l, &again)) {
		*done = !again;
		return true;
	}
	if (v->n > 1 && v->p[1] == '<' && kd_peel_level(v, l)) {
		skip_one(v);
		return true;
	}
	if (peel_caller(v, l, false)) {
		skip_one(v);
		*done = true;
		return true;
	}
	end = kd_view_chr(kd_view_head(*v, 48), ']');
	if (end == KD_NPOS || end < 8)
		return false;
	in = kd_view(v->p + 1, end - 1);
	if (!bracket_time(in, l) && !bracket_minute(in, l))
		return false;
	*v = kd_view_from(*v, end + 1);
	if (v->n && *v->p == '[')
		(void)peel_caller(v, l, true);
	skip_one(v);
	if (peel_caller(v, l, true))
		skip_one(v);
	return true;
}

/* Is v, after blanks, unmistakably the start of a console line? */
bool kd_looks_prefixed(struct kd_view v)
{
	struct kd_logline l;
	struct kd_kmsg_head k;
	uint64_t us;

	if (v.n < 3)
		return false;
	if (*v.p == '[') {
		struct kd_view w = v;

		if (kd_peel_stamp(&w, &us))
			return true;
	}
	kd_logline_init(&l);
	if (*v.p == '<')
		return kd_peel_level(&v, &l);
	if (kd_is_digit(*v.p))
		return kd_peel_kmsg(&v, &l, &k) || kd_peel_dated(&v, &l);
	if (*v.p == '[') {
		size_t end = kd_view_chr(kd_view_head(v, 48), ']');

		return end != KD_NPOS && end > 8 && bracket_time(kd_view(v.p + 1, end - 1), &l);
	}
	return kd_is_alpha(*v.p) && (kd_time_bsd(v) || kd_time_ctime(v) || kd_time_journal(v));
}

/* Characters of a host, service or container name. */
static size_t name_len(struct kd_view v)
{
	size_t i = 0;

	while (i < v.n && i < 64 &&
	       (kd_is_word(v.p[i]) || v.p[i] == '.' || v.p[i] == '-' || v.p[i] == '(' || v.p[i] == ')'))
		i++;
	return i;
}

/* "host login: " in front of a message that was printed over the prompt. */
static bool peel_login(struct kd_view *v, struct kd_logline *l, size_t name)
{
	struct kd_view w = kd_view_from(*v, name);

	if (!kd_view_skip(&w, KD_V(" login: ")) || kd_view_chr(w, ' ') == KD_NPOS)
		return false;
	l->disguise |= KD_DIS_LOGIN;
	l->host = kd_view_head(*v, name);
	*v = w;
	return true;
}

/* "web_1  | text" of docker-compose, "host: [   12.345678] text" of pdsh and the like. */
static bool peel_address(struct kd_view *v, struct kd_logline *l, size_t name)
{
	struct kd_view w = kd_view_from(*v, name);
	bool numbered = name > 2 && kd_is_digit(v->p[name - 1]) &&
			(v->p[name - 2] == '_' || v->p[name - 2] == '-');
	bool bar;

	if (w.n && *w.p == ':') {
		w = kd_view_from(w, 1);
		skip_one(&w);
		if (!w.n || *w.p != '[' || !kd_looks_prefixed(w))
			return false;
	} else {
		kd_view_skip_blank(&w);
		bar = kd_view_skip(&w, KD_V("|"));
		skip_one(&w);
		if (!bar || (!numbered && !kd_looks_prefixed(w)))
			return false;
	}
	l->disguise |= KD_DIS_ADDRESS;
	if (numbered)
		l->host = kd_view_head(*v, name);
	*v = w;
	return true;
}

/* "AB> [   12.345678] text": a mail program that quotes with initials. */
static bool peel_initials(struct kd_view *v, struct kd_logline *l, size_t name)
{
	struct kd_view w = kd_view_from(*v, name);

	if (name > 4 || !kd_view_skip(&w, KD_V("> ")) || !kd_looks_prefixed(w))
		return false;
	l->disguise |= KD_DIS_MAIL_QUOTE;
	*v = w;
	return true;
}

/* Prefixes whose kind shows at a fixed column. */
static bool peel_fixed(struct kd_view *v, struct kd_logline *l)
{
	if (v->p[3] == ' ')
		return kd_peel_bsd(v, l) || kd_peel_weekday(v, l);
	if (v->p[6] == ':')
		return kd_peel_dmesg_level(v, l);
	return v->p[1] == '/' && kd_peel_logcat_brief(v, l);
}

/* A line that starts with a letter. */
static bool peel_alpha(struct kd_view *v, struct kd_logline *l)
{
	size_t name;
	char next;

	if (v->n < 8)
		return false;
	if (peel_fixed(v, l))
		return true;
	name = name_len(*v);
	if (name + 1 >= v->n || !name)
		return false;
	next = v->p[name];
	if (next == '>')
		return peel_initials(v, l, name);
	if (next != ':' && next != ' ')
		return false;
	if (next == ' ' && v->p[name + 1] == 'l' && peel_login(v, l, name))
		return true;
	if (kd_peel_kernel_ident(v, l)) {
		l->disguise |= KD_DIS_SYSLOG3164;
		return true;
	}
	return (next == ':' || v->p[name + 1] == ' ' || v->p[name + 1] == '|') &&
	       peel_address(v, l, name);
}

/* Blanks in front of an unmistakable prefix: indentation by people and programs. */
static bool peel_indent(struct kd_view *v, struct kd_logline *l)
{
	struct kd_view w = *v;

	kd_view_skip_blank(&w);
	if (!w.n || kd_is_alpha(*w.p)) {
		struct kd_view k = w;

		/* syslogd's broadcast: " kernel:[   12.345678] text" */
		if (w.n && kd_view_skip(&k, KD_V("kernel:[")) && kd_peel_kernel_ident(&w, l)) {
			l->disguise |= KD_DIS_SYSLOG3164;
			*v = w;
			return true;
		}
		if (!w.n || !kd_time_bsd(w))
			return false;
	} else if (*w.p != '>' && !kd_looks_prefixed(w)) {
		return false;
	} else if (*w.p == '>' && (w.n < 3 || !kd_looks_prefixed(kd_view_from(w, 2)))) {
		return false;
	}
	if (*v->p == '\t' || v->n - w.n >= 4)
		l->disguise |= KD_DIS_MARKDOWN;
	*v = w;
	return true;
}

/* "<14>1 " */
static bool has_version(struct kd_view v)
{
	size_t i = kd_view_chr(kd_view_head(v, 6), '>');

	return i != KD_NPOS && i + 2 < v.n && v.p[i + 1] == '1' && v.p[i + 2] == ' ';
}

/* One prefix by its first byte. *done: what is left is the text. */
static bool peel_one(struct kd_view *v, struct kd_logline *l, struct kd_kmsg_head *k, bool *done)
{
	char c = *v->p;

	/* Behind the name of a program only the kernel's own prefixes can follow. */
	if (l->ident.n && (l->origin == KD_ORIGIN_USER ||
			   (c != '[' && c != '<' && c != '*' && c != ' ')))
		return false;
	switch (c) {
	case '[':
		return peel_bracket(v, l, done);
	case '<':
		if (has_version(*v) && kd_peel_rfc5424(v, l))
			return true;
		return !(l->disguise & KD_DIS_LEVEL) && kd_peel_level(v, l);
	case '>':
	case '|':
		return kd_peel_quote(v, l);
	case '*':
		return peel_dropped(v, l);
	case ' ':
	case '\t':
		return peel_indent(v, l);
	default:
		break;
	}
	if (kd_is_digit(c)) {
		if (kd_peel_kmsg(v, l, k)) {
			*done = true;
			return true;
		}
		return kd_peel_dated(v, l) || kd_peel_rfc5424(v, l);
	}
	return kd_is_alpha(c) && peel_alpha(v, l);
}

void kd_peel(struct kd_view *v, struct kd_logline *l, struct kd_kmsg_head *k)
{
	bool done = false;

	*k = (struct kd_kmsg_head){.flag = '-'};
	for (int i = 0; i < KD_PEEL_ROUNDS && v->n && !done; i++)
		if (!peel_one(v, l, k, &done))
			break;
}

void kd_printk_strip(struct kd_view raw, struct kd_logline *ret)
{
	struct kd_kmsg_head k;

	kd_logline_init(ret);
	ret->len = raw.n > UINT32_MAX ? UINT32_MAX : (uint32_t)raw.n;
	ret->nphys = 1;
	while (raw.n && raw.p[raw.n - 1] == '\r')
		raw.n--;
	kd_peel(&raw, ret, &k);
	ret->text = raw;
	ret->bad_text = !kd_utf8_valid(raw);
}

/*
 * Where a kernel line starts in the middle of another text: a console does not wait
 * for the end of what a program or a prompt has printed. 0 when nowhere. Only the
 * kernel's full form counts: "[%5lu.%06lu]" and a blank or a caller id behind it.
 */
size_t kd_embedded_stamp(struct kd_view text)
{
	struct kd_view rest = kd_view_from(text, 1);

	for (int tries = 0; tries < 64 && rest.n > 14; tries++) {
		size_t i = kd_view_chr(rest, '[');
		struct kd_view w;
		uint64_t us;
		char before;

		if (i == KD_NPOS)
			return 0;
		w = kd_view_from(rest, i);
		before = w.p[-1];
		rest = kd_view_from(w, 1);
		if (!rest.n || (!kd_is_blank(*rest.p) && !kd_is_digit(*rest.p)))
			continue;
		if (before == '"' || before == '\'' || before == '`')
			continue;
		if (!kd_peel_stamp(&w, &us) || w.p - rest.p < 9 || w.p[-8] != '.')
			continue;
		/* mailers squeeze runs of blanks, but never all of them away */
		if (w.p - rest.p < 13 && *rest.p != ' ')
			continue;
		if (w.n && *w.p != ' ' && *w.p != '[')
			continue;
		return (size_t)(rest.p - 1 - text.p);
	}
	return 0;
}
