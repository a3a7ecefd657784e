// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Log records that come as named fields: journal export, JSON. Field names are those of
 * systemd.journal-fields(7), dmesg --json, docker's json-file, LAVA and common shippers.
 */
#include "format/printk_internal.h"

enum field {
	F_MESSAGE,
	F_PRI,
	F_FACILITY,
	F_IDENT,
	F_TRANSPORT,
	F_HOST,
	F_WALL,
	F_MONO,
	F_CALLER,
	F_LAVA_LEVEL,
};

struct field_name {
	const char *name;
	enum field field;
};

static const struct field_name names[] = {
	{"MESSAGE", F_MESSAGE},
	{"msg", F_MESSAGE},
	{"message", F_MESSAGE},
	{"log", F_MESSAGE},
	{"PRIORITY", F_PRI},
	{"pri", F_PRI},
	{"SYSLOG_FACILITY", F_FACILITY},
	{"SYSLOG_IDENTIFIER", F_IDENT},
	{"_TRANSPORT", F_TRANSPORT},
	{"_HOSTNAME", F_HOST},
	{"hostname", F_HOST},
	{"host", F_HOST},
	{"__REALTIME_TIMESTAMP", F_WALL},
	{"time", F_WALL},
	{"dt", F_WALL},
	{"timestamp", F_WALL},
	{"@timestamp", F_WALL},
	{"_SOURCE_MONOTONIC_TIMESTAMP", F_MONO},
	{"__MONOTONIC_TIMESTAMP", F_MONO},
	{"caller", F_CALLER},
	{"lvl", F_LAVA_LEVEL},
};

void kd_record_begin(struct kd_printk *d, const struct kd_phys *ph, uint32_t disguise)
{
	struct kd_record *r = &d->rec;

	kd_record_emit(d);
	kd_wrap_release(d);
	kd_logline_init(&r->l);
	r->l.off = ph->off;
	r->l.no = ph->no;
	r->l.len = ph->len;
	r->l.nphys = 1;
	r->l.disguise = disguise;
	r->open = true;
	r->has_message = r->has_transport = r->is_kernel = r->lava_own = false;
	kd_buf_clear(&r->message);
	kd_buf_clear(&r->wall);
	kd_buf_clear(&r->host);
	kd_buf_clear(&r->ident);
}

void kd_record_add(struct kd_printk *d, const struct kd_phys *ph)
{
	if (ph->len > UINT32_MAX - d->rec.l.len)
		return;
	d->rec.l.len += ph->len;
	d->rec.l.nphys++;
}

/* A time: seconds since boot as dmesg prints them, or whatever else as it is. */
static void set_time(struct kd_record *r, struct kd_view value)
{
	struct kd_view w = value;
	uint64_t sec, us;

	kd_view_skip_blank(&w);
	if (r->l.disguise & KD_DIS_JSON && kd_view_take_dec(&w, &sec) && sec < 100000000 &&
	    w.n == 7 && kd_view_skip(&w, KD_V(".")) && kd_view_dec(w, &us)) {
		r->l.mono_us = sec * 1000000 + us;
		r->l.has_mono = true;
		return;
	}
	kd_buf_clear(&r->wall);
	(void)kd_buf_add(&r->wall, value);
}

static void set_caller(struct kd_record *r, struct kd_view v)
{
	uint64_t id;

	v = kd_view_trim(v);
	if (v.n < 2 || (*v.p != 'T' && *v.p != 'C') || !kd_view_dec(kd_view_from(v, 1), &id) ||
	    id > UINT32_MAX)
		return;
	r->l.caller = *v.p == 'T' ? KD_CALLER_TASK : KD_CALLER_CPU;
	r->l.caller_id = (uint32_t)id;
	r->l.disguise |= KD_DIS_CALLER;
}

/* LAVA: "target" and "feedback" are the console, the rest is the dispatcher's own talk. */
static bool is_lava_own(struct kd_view v)
{
	return kd_view_eq(v, KD_V("debug")) || kd_view_eq(v, KD_V("info")) ||
	       kd_view_eq(v, KD_V("warning")) || kd_view_eq(v, KD_V("error")) ||
	       kd_view_eq(v, KD_V("results")) || kd_view_eq(v, KD_V("exception"));
}

static void set_number(struct kd_record *r, enum field f, struct kd_view value)
{
	uint64_t n;

	if (!kd_view_dec(kd_view_trim(value), &n))
		return;
	if (f == F_PRI) {
		r->l.level = (int8_t)(n & 7);
		if (r->l.disguise & KD_DIS_JSON && n < 1024 && r->l.facility < 0 && !r->journal)
			r->l.facility = (int8_t)(n >> 3);
	} else if (f == F_FACILITY && n < 128) {
		r->l.facility = (int8_t)n;
	} else if (f == F_MONO) {
		r->l.mono_us = n;
		r->l.has_mono = true;
	}
}

static void set_text(struct kd_buf *b, struct kd_view value)
{
	kd_buf_clear(b);
	(void)kd_buf_add(b, kd_view_head(value, b->max - 1));
}

static void set_field(struct kd_record *r, enum field f, struct kd_view value)
{
	switch (f) {
	case F_MESSAGE:
		set_text(&r->message, value);
		r->has_message = true;
		break;
	case F_IDENT:
		set_text(&r->ident, value);
		break;
	case F_TRANSPORT:
		r->has_transport = true;
		r->is_kernel = kd_view_eq(value, KD_V("kernel"));
		break;
	case F_HOST:
		set_text(&r->host, value);
		break;
	case F_WALL:
		set_time(r, value);
		break;
	case F_CALLER:
		set_caller(r, value);
		break;
	case F_LAVA_LEVEL:
		r->lava_own = is_lava_own(value);
		break;
	case F_PRI:
	case F_FACILITY:
	case F_MONO:
		set_number(r, f, value);
		break;
	}
}

bool kd_record_knows(struct kd_view key)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (kd_view_eq(key, kd_view_of(names[i].name)))
			return true;
	return false;
}

void kd_record_field(struct kd_printk *d, struct kd_view key, struct kd_view value)
{
	struct kd_record *r = &d->rec;

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (!kd_view_eq(key, kd_view_of(names[i].name)))
			continue;
		/* systemd writes its own fields in capitals; then PRIORITY is the level alone */
		r->journal = key.n && (*key.p == '_' || (*key.p >= 'A' && *key.p <= 'Z'));
		/* the time of the source beats the time of arrival */
		if (kd_view_eq(key, KD_V("__MONOTONIC_TIMESTAMP")) && r->l.has_mono)
			return;
		set_field(r, names[i].field, value);
		return;
	}
}

static uint8_t origin_of(const struct kd_record *r)
{
	if (r->has_transport)
		return r->is_kernel ? KD_ORIGIN_KERNEL : KD_ORIGIN_USER;
	if (r->ident.n)
		return kd_view_eq(kd_buf_view(&r->ident), KD_V("kernel")) ? KD_ORIGIN_KERNEL
									  : KD_ORIGIN_USER;
	if (r->lava_own)
		return KD_ORIGIN_USER;
	if (r->l.facility >= 0)
		return r->l.facility ? KD_ORIGIN_USER : KD_ORIGIN_KERNEL;
	return KD_ORIGIN_UNKNOWN;
}

/* One line of the message; it may bring prefixes of its own. */
static void emit_line(struct kd_printk *d, struct kd_view text)
{
	struct kd_logline l = d->rec.l;
	struct kd_kmsg_head k;

	if (text.n && text.p[text.n - 1] == '\r')
		text.n--;
	if (kd_needs_clean(text, true, true)) {
		l.disguise |= kd_clean(text, &d->clean);
		text = kd_buf_view(&d->clean);
	}
	if (l.origin != KD_ORIGIN_USER)
		kd_peel(&text, &l, &k);
	l.text = text;
	l.bad_text = !kd_utf8_valid(text) || kd_view_chr(text, '\0') != KD_NPOS;
	kd_emit(d, &l);
}

void kd_record_emit(struct kd_printk *d)
{
	struct kd_record *r = &d->rec;
	struct kd_view rest = kd_buf_view(&r->message);

	if (!r->open)
		return;
	r->open = false;
	if (!r->has_message)
		return;
	if (r->wall.n)
		r->l.wall = kd_buf_view(&r->wall);
	if (r->host.n)
		r->l.host = kd_buf_view(&r->host);
	if (r->ident.n)
		r->l.ident = kd_buf_view(&r->ident);
	r->l.origin = origin_of(r);
	for (size_t i; (i = kd_view_chr(rest, '\n')) != KD_NPOS;) {
		emit_line(d, kd_view_head(rest, i));
		rest = kd_view_from(rest, i + 1);
		if (!rest.n)
			return;
	}
	emit_line(d, rest);
}
