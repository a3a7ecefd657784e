// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Lines that a logging service wrote: RFC 3164 and 5424 syslog, journalctl's short
 * formats, dmesg -x, Android logcat. They name who printed the text.
 */
#include "format/printk_internal.h"

static bool is_kernel(struct kd_view ident)
{
	return kd_view_eq(ident, KD_V("kernel")) || kd_view_eq(ident, KD_V("klogd")) ||
	       kd_view_eq(ident, KD_V("vmunix"));
}

static void set_ident(struct kd_logline *l, struct kd_view ident)
{
	l->ident = ident;
	l->origin = is_kernel(ident) ? KD_ORIGIN_KERNEL : KD_ORIGIN_USER;
}

/* A host name or address. */
static size_t host_len(struct kd_view v)
{
	size_t i = 0;

	while (i < v.n && i < 255 &&
	       (kd_is_word(v.p[i]) || v.p[i] == '.' || v.p[i] == '-' || v.p[i] == ':'))
		i++;
	if (i == v.n || v.p[i] != ' ' || !i || v.p[i - 1] == ':' || !kd_is_alnum(v.p[0]))
		return 0;
	return i;
}

static bool ident_char(char c)
{
	return kd_is_word(c) || c == '-' || c == '.' || c == '/' || c == '(' || c == ')' || c == '@' ||
	       c == '+' || c == '\\' || (unsigned char)c >= 0x80;
}

/* "[123]", "[n/a]" */
static bool take_pid(struct kd_view *v)
{
	size_t end = kd_view_chr(kd_view_head(*v, 24), ']');

	if (end == KD_NPOS || end < 2)
		return false;
	for (size_t k = 1; k < end; k++)
		if (!kd_is_alnum(v->p[k]) && v->p[k] != '/')
			return false;
	*v = kd_view_from(*v, end + 1);
	return true;
}

static size_t ident_len(struct kd_view v)
{
	size_t i = 0;

	if (!v.n || (!kd_is_word(*v.p) && *v.p != '/' && *v.p != '('))
		return 0;
	while (i < v.n && i < 128 && ident_char(v.p[i]))
		i++;
	return i == v.n ? 0 : i;
}

/* "name: ", "name[123]: "; *pid_ret: with the brackets. One blank behind it goes too. */
static bool take_ident(struct kd_view *v, struct kd_view *ident, bool *pid_ret)
{
	struct kd_view w = *v;
	size_t i = ident_len(w);

	if (!i)
		return false;
	*ident = kd_view_head(w, i);
	*pid_ret = w.p[i] == '[';
	w = kd_view_from(w, i);
	if ((*pid_ret && !take_pid(&w)) || !kd_view_skip(&w, KD_V(":")))
		return false;
	if (w.n && kd_is_blank(*w.p))
		w = kd_view_from(w, 1);
	else if (w.n && !(is_kernel(*ident) && (*w.p == '[' || *w.p == '<')))
		return false;
	*v = w;
	return true;
}

bool kd_peel_ident(struct kd_view *v, struct kd_view *ident)
{
	bool pid;

	return take_ident(v, ident, &pid);
}

/*
 * Two words of the kernel's own that read like "host program:" when a line has a time
 * but names no program.
 */
static bool is_kernel_phrase(struct kd_view v)
{
	static const char *const phrases[] = {
		"Call Trace:",	    "Call trace:",	"Hardware name:",   "Internal error:",
		"divide error:",    "invalid opcode:",	"double fault:",    "stack segment:",
		"segment fault:",   "Kernel Offset:",	"Unhandled fault:", "Alignment trap:",
		"Register dump:",   "Memory state:",	"Oops output:",	    "Machine Check:",
		"PACATMSCRATCH at:", "Last Breaking:",	"Mem abort:",	    "Data abort:",
		"Exception stack:", "Booting kernel:",	"kernel BUG:",	    "Kernel panic:",
		"Kernel BUG:",	    "Instruction dump:", "Krnl PSW:",	    "Krnl GPRS:",
		"Krnl Code:",	    "Stack trace:",	"Page owner:",	    "coprocessor error:",
	};
	size_t end = kd_view_chr(kd_view_head(v, 40), ':');

	if (end == KD_NPOS)
		return false;
	v = kd_view_head(v, end + 1);
	for (size_t i = 0; i < sizeof(phrases) / sizeof(*phrases); i++)
		if (kd_view_eq(v, kd_view_of(phrases[i])))
			return true;
	return false;
}

struct name_value {
	char name[9];
	int8_t value;
};

static const struct name_value levels[] = {
	{"emerg", 0}, {"panic", 0},   {"alert", 1}, {"crit", 2}, {"err", 3},   {"error", 3},
	{"warn", 4},  {"warning", 4}, {"notice", 5}, {"info", 6}, {"debug", 7},
};

static const struct name_value facilities[] = {
	{"kern", 0},	 {"user", 1},	{"mail", 2},	{"daemon", 3},	{"auth", 4},
	{"syslog", 5},	 {"lpr", 6},	{"news", 7},	{"uucp", 8},	{"cron", 9},
	{"authpriv", 10}, {"ftp", 11},	{"local0", 16}, {"local1", 17}, {"local2", 18},
	{"local3", 19},	 {"local4", 20}, {"local5", 21}, {"local6", 22}, {"local7", 23},
};

static bool lookup(const struct name_value *t, size_t n, struct kd_view name, int8_t *ret)
{
	for (size_t i = 0; i < n; i++)
		if (kd_view_eq(name, kd_view_of(t[i].name))) {
			*ret = t[i].value;
			return true;
		}
	return false;
}

#define LOOKUP(table, name, ret) lookup(table, sizeof(table) / sizeof(*(table)), name, ret)

static void origin_of_facility(struct kd_logline *l)
{
	l->origin = l->facility == 0 ? KD_ORIGIN_KERNEL : KD_ORIGIN_USER;
}

/* dmesg -x: "kern  :warn  : " */
bool kd_peel_dmesg_level(struct kd_view *v, struct kd_logline *l)
{
	struct kd_view fac = kd_view_trim(kd_view_head(*v, 6)), lev, w = kd_view_from(*v, 7);
	int8_t f, n;
	size_t end = kd_view_chr(kd_view_head(w, 8), ':');

	if (end == KD_NPOS || !LOOKUP(facilities, fac, &f))
		return false;
	lev = kd_view_trim(kd_view_head(w, end));
	if (!LOOKUP(levels, lev, &n))
		return false;
	w = kd_view_from(w, end + 1);
	if (w.n && *w.p == ' ')
		w = kd_view_from(w, 1);
	l->facility = f;
	l->level = n;
	origin_of_facility(l);
	l->disguise |= KD_DIS_DMESG_LEVEL;
	*v = w;
	return true;
}

/* busybox and OpenWrt: "kern.warn " between host and program. */
static void take_selector(struct kd_view *v, struct kd_logline *l)
{
	struct kd_view w = *v, fac, lev;
	int8_t f, n;
	size_t i = kd_view_chr(kd_view_head(w, 9), '.');

	if (i == KD_NPOS || i < 3)
		return;
	i = kd_view_chr(kd_view_head(w, 20), ' ');
	if (i == KD_NPOS)
		return;
	lev = kd_view_head(w, i);
	if (!kd_view_take_until(&lev, KD_V("."), &fac) || !LOOKUP(facilities, fac, &f) ||
	    !LOOKUP(levels, lev, &n))
		return;
	l->facility = f;
	l->level = n;
	*v = kd_view_from(w, i + 1);
}

/* May "host name: text" without a process id stand for a program? */
enum idents {
	IDENT_STRONG, /* no: only "kernel" and what has a process id */
	IDENT_ANY,
};

/* By far the most common: "host kernel: ". */
static bool take_host_kernel(struct kd_view *v, struct kd_logline *l)
{
	size_t host = kd_view_chr(kd_view_head(*v, 64), ' ');

	if (host == KD_NPOS || !kd_view_starts(kd_view_from(*v, host + 1), KD_V("kernel: ")) ||
	    host_len(*v) != host || kd_view_starts(*v, KD_V("Booting ")))
		return false;
	l->host = kd_view_head(*v, host);
	l->ident = kd_view(v->p + host + 1, 6);
	l->origin = KD_ORIGIN_KERNEL;
	*v = kd_view_from(*v, host + 9);
	return true;
}

/* "[host ][facility.level ]program[pid]: " behind a time. */
static bool take_origin(struct kd_view *v, struct kd_logline *l, enum idents want)
{
	struct kd_logline try;
	struct kd_view w = *v, ident;
	size_t host;
	bool pid;

	if (!w.n)
		return false;
	if (take_host_kernel(v, l))
		return true;
	try = *l;
	take_selector(&w, &try);
	if (take_ident(&w, &ident, &pid)) {
		if (!pid && !is_kernel(ident) && try.facility < 0)
			return false;
	} else {
		host = host_len(w);
		if (!host)
			return false;
		try.host = kd_view_head(w, host);
		w = kd_view_from(w, host + 1);
		take_selector(&w, &try);
		if (!take_ident(&w, &ident, &pid))
			return false;
		if (!pid && !is_kernel(ident) && (want == IDENT_STRONG || is_kernel_phrase(*v)))
			return false;
		if (is_kernel(ident) && kd_view_eq(try.host, KD_V("Booting")))
			return false;
	}
	set_ident(&try, ident);
	*l = try;
	*v = w;
	return true;
}

/* The blank behind a time; false when something else is there. */
static bool after_time(struct kd_view *v, size_t n)
{
	if (n < v->n && !kd_is_blank(v->p[n]))
		return false;
	*v = kd_view_from(*v, n + 1);
	return true;
}

bool kd_peel_bsd(struct kd_view *v, struct kd_logline *l)
{
	struct kd_view w = *v;
	size_t n = kd_time_bsd(w);

	if (!n || !after_time(&w, n))
		return false;
	l->wall = kd_view_head(*v, n);
	/* journalctl -o short is the same on the page as syslog's own files. */
	l->disguise |= KD_DIS_SYSLOG3164;
	(void)take_origin(&w, l, IDENT_ANY);
	*v = w;
	return true;
}

/* "Sun 2024-03-03 12:00:00 CET host kernel: ", "Sun Mar  3 12:00:00 2024 kern.info kernel: " */
bool kd_peel_weekday(struct kd_view *v, struct kd_logline *l)
{
	struct kd_view w = *v;
	size_t n = kd_time_journal(w);
	uint32_t kind = KD_DIS_JOURNAL;

	if (!n) {
		n = kd_time_ctime(w);
		kind = KD_DIS_SYSLOG3164;
	}
	if (!n || !after_time(&w, n))
		return false;
	l->wall = kd_view_head(*v, n);
	l->disguise |= take_origin(&w, l, IDENT_ANY) ? kind : (uint32_t)KD_DIS_CI_TIME;
	*v = w;
	return true;
}

/* GitLab's "00O ", "01E+"; containers' "stdout F ". */
static void take_stream(struct kd_view *v, struct kd_logline *l)
{
	const char *p = v->p;

	if (v->n >= 4 && kd_is_xdigit(p[0]) && kd_is_xdigit(p[1]) && (p[2] == 'O' || p[2] == 'E') &&
	    (p[3] == ' ' || p[3] == '+')) {
		*v = kd_view_from(*v, 4);
		return;
	}
	if (v->n >= 9 && (kd_view_starts(*v, KD_V("stdout ")) || kd_view_starts(*v, KD_V("stderr "))) &&
	    (p[7] == 'F' || p[7] == 'P') && p[8] == ' ') {
		*v = kd_view_from(*v, 9);
		l->disguise |= KD_DIS_ADDRESS;
	}
}

static bool peel_iso(struct kd_view *v, struct kd_logline *l)
{
	struct kd_view w = *v;
	enum kd_iso_kind kind;
	size_t n = kd_time_iso(w, &kind);
	uint32_t bit = KD_DIS_CI_TIME;

	if (!n || !after_time(&w, n))
		return false;
	l->wall = kd_view_head(*v, n);
	if (kind == KD_ISO_COMMA) {
		bit = KD_DIS_DMESG_TIME;
	} else if (kind != KD_ISO_SLASH) {
		bool zoned = kind == KD_ISO_COLON || kind == KD_ISO_NOCOLON;

		take_stream(&w, l);
		if (take_origin(&w, l, zoned ? IDENT_ANY : IDENT_STRONG))
			bit = kind == KD_ISO_COLON || kind == KD_ISO_Z ? KD_DIS_SYSLOG3164
								       : KD_DIS_JOURNAL;
	}
	l->disguise |= bit;
	*v = w;
	return true;
}

/* journalctl -o short-unix: "1709463600.123456 host kernel: text". */
static bool peel_unix(struct kd_view *v, struct kd_logline *l)
{
	struct kd_view w = *v;
	uint64_t sec, frac;
	size_t n;

	if (!kd_view_take_dec(&w, &sec) || sec < 100000000 || !kd_view_skip(&w, KD_V(".")) ||
	    !kd_view_take_dec(&w, &frac))
		return false;
	n = v->n - w.n;
	if (!kd_view_skip(&w, KD_V(" ")) || !take_origin(&w, l, IDENT_ANY))
		return false;
	l->wall = kd_view_head(*v, n);
	l->disguise |= KD_DIS_JOURNAL;
	*v = w;
	return true;
}

static int8_t logcat_level(char c)
{
	switch (c) {
	case 'V':
	case 'D':
		return 7;
	case 'I':
		return 6;
	case 'W':
		return 4;
	case 'E':
		return 3;
	case 'F':
		return 2;
	case 'S':
		return 7;
	default:
		return -1;
	}
}

static void set_tag(struct kd_logline *l, struct kd_view tag, char level)
{
	set_ident(l, kd_view_trim(tag));
	l->level = logcat_level(level);
	l->disguise |= KD_DIS_LOGCAT;
}

/* "W/kernel  (    0): text", "W/kernel: text" */
bool kd_peel_logcat_brief(struct kd_view *v, struct kd_logline *l)
{
	struct kd_view w = kd_view_from(*v, 2), tag, pid;
	uint64_t n;
	size_t i;

	if (v->n < 6 || logcat_level(*v->p) < 0 || v->p[1] != '/')
		return false;
	i = kd_view_chr(kd_view_head(w, 64), ':');
	if (i == KD_NPOS || !i || (i + 1 < w.n && w.p[i + 1] != ' '))
		return false;
	tag = kd_view_head(w, i);
	if (tag.p[i - 1] == ')') {
		size_t open = kd_view_chr(tag, '(');

		if (open == KD_NPOS)
			return false;
		pid = kd_view_trim(kd_view(tag.p + open + 1, i - open - 2));
		if (!kd_view_dec(pid, &n))
			return false;
		tag = kd_view_head(tag, open);
	} else if (!kd_view_eq(tag, KD_V("kernel"))) {
		return false;
	}
	set_tag(l, tag, *v->p);
	*v = kd_view_from(w, i + 2);
	return true;
}

/* "03-03 12:00:00.123  root     0     0 W kernel  : text" and "03-03 12:00:00.123 W/kernel…" */
static bool peel_logcat(struct kd_view *v, struct kd_logline *l)
{
	enum kd_iso_kind kind;
	struct kd_view w = *v, a, b, lev = KD_VNULL;
	size_t n = kd_time_month_day(w), i;
	uint64_t num;

	if (!n)
		n = kd_time_iso(w, &kind);
	if (!n || n + 4 > w.n || w.p[n] != ' ')
		return false;
	w = kd_view_from(w, n + 1);
	kd_view_skip_blank(&w);
	if (kd_peel_logcat_brief(&w, l)) {
		l->wall = kd_view_head(*v, n);
		*v = w;
		return true;
	}
	/* [uid] pid tid level */
	for (int k = 0; k < 4; k++) {
		if (!kd_view_take_word(&w, &lev))
			return false;
		if (lev.n == 1 && !kd_is_digit(*lev.p))
			break;
	}
	a = kd_view_from(kd_view_head(*v, (size_t)(lev.p - v->p)), n);
	if (lev.n != 1 || logcat_level(*lev.p) < 0 || !kd_view_take_word(&a, &b))
		return false;
	if (!kd_view_dec(b, &num) && (!kd_view_take_word(&a, &b) || !kd_view_dec(b, &num)))
		return false;
	if (!kd_view_skip(&w, KD_V(" ")))
		return false;
	i = kd_view_chr(kd_view_head(w, 64), ':');
	if (i == KD_NPOS || (i + 1 < w.n && w.p[i + 1] != ' '))
		return false;
	l->wall = kd_view_head(*v, n);
	set_tag(l, kd_view_head(w, i), *lev.p);
	*v = kd_view_from(w, i + 2);
	return true;
}

bool kd_peel_dated(struct kd_view *v, struct kd_logline *l)
{
	struct kd_view w = *v;
	size_t n;

	if (w.n < 9)
		return false;
	if (w.p[2] == ':') {
		n = kd_time_hms(w);
		if (!n || !after_time(&w, n))
			return false;
		/* Some print two blanks; kd_peel() takes the other one before a stamp. */
		l->wall = kd_view_head(*v, n);
		l->disguise |= KD_DIS_CI_TIME;
		(void)take_origin(&w, l, IDENT_STRONG);
		*v = w;
		return true;
	}
	if (w.p[2] == '-')
		return peel_logcat(v, l);
	if (w.p[4] == '-' || w.p[4] == '/')
		return (w.n > 10 && w.p[10] == ' ' && peel_logcat(v, l)) || peel_iso(v, l);
	if (w.p[4] == ' ')
		return kd_peel_bsd(v, l);
	return peel_unix(v, l);
}

/* "-" or "[id key="value" …]…" */
static bool skip_structured(struct kd_view *v)
{
	size_t i = 0;
	bool quoted = false;

	if (kd_view_skip(v, KD_V("-")))
		return true;
	if (!v->n || *v->p != '[')
		return false;
	for (; i < v->n && i < 4096; i++) {
		if (quoted && v->p[i] == '\\')
			i++;
		else if (v->p[i] == '"')
			quoted = !quoted;
		else if (!quoted && v->p[i] == ']' && (i + 1 == v->n || v->p[i + 1] != '['))
			break;
	}
	if (i >= v->n || v->p[i] != ']')
		return false;
	*v = kd_view_from(*v, i + 1);
	return true;
}

/* "<14>1 2024-03-03T12:00:00.123Z host kernel - - - text" (RFC 5424 section 6) */
bool kd_peel_rfc5424(struct kd_view *v, struct kd_logline *l)
{
	struct kd_view w = *v, wall, host, ident, word[4];
	struct kd_logline pri = *l;
	enum kd_iso_kind kind;

	if (w.n && *w.p == '<' && !kd_peel_level(&w, &pri))
		return false;
	if (!kd_view_skip(&w, KD_V("1 ")) || !kd_view_take_word(&w, &wall) ||
	    (!kd_view_eq(wall, KD_V("-")) && kd_time_iso(wall, &kind) != wall.n))
		return false;
	for (int i = 0; i < 4; i++) /* host, program, its id, kind of message */
		if (!kd_view_take_word(&w, &word[i]))
			return false;
	host = word[0];
	ident = word[1];
	if (!kd_view_skip(&w, KD_V(" ")))
		return false;
	if (!skip_structured(&w) || (w.n && *w.p != ' '))
		return false;
	if (w.n)
		w = kd_view_from(w, 1);
	(void)kd_view_skip(&w, KD_V("\xef\xbb\xbf"));
	*l = pri;
	l->disguise |= KD_DIS_SYSLOG5424;
	if (wall.n > 1)
		l->wall = wall;
	if (!kd_view_eq(host, KD_V("-")))
		l->host = host;
	if (!kd_view_eq(ident, KD_V("-")))
		set_ident(l, ident);
	else if (l->facility >= 0)
		origin_of_facility(l);
	*v = w;
	return true;
}

/* "kernel: text", "host kernel: text" without a time in front. */
bool kd_peel_kernel_ident(struct kd_view *v, struct kd_logline *l)
{
	struct kd_view w = *v, ident, host = KD_VNULL;
	struct kd_logline try = *l;
	size_t n = host_len(w);
	bool pid;

	if (!kd_view_starts(w, KD_V("kernel"))) {
		if (!n || !kd_view_starts(kd_view_from(w, n + 1), KD_V("kernel")) ||
		    is_kernel_phrase(w))
			return false;
		take_selector(&w, &try);
		if (w.n == v->n) {
			host = kd_view_head(w, n);
			w = kd_view_from(w, n + 1);
		}
	}
	if (!take_ident(&w, &ident, &pid) || !is_kernel(ident))
		return false;
	*l = try;
	if (host.n)
		l->host = host;
	set_ident(l, ident);
	*v = w;
	return true;
}
