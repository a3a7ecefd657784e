// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The decoder: order of the stages, what is held back, and what goes out.
 */
#include "format/printk.h"

#include "base/alloc.h"
#include "format/printk_internal.h"

const struct kd_printk_limits kd_printk_default_limits = {
	.max_line = 65536,
	.max_fragments = 64,
	.max_pstore = 1 << 20,
};

struct kd_printk *kd_printk_new(const struct kd_printk_limits *limits, kd_logline_fn *line,
				void *user)
{
	struct kd_printk *d = kd_xcalloc(1, sizeof(*d));
	size_t max;

	d->limits = *limits;
	if (d->limits.max_line < 256)
		d->limits.max_line = 256;
	max = (size_t)d->limits.max_line + 64;
	d->line = line;
	d->user = user;
	d->clean.max = d->plain.max = max;
	d->wrap.bytes.max = d->kmsg.bytes.max = max;
	d->rec.message.max = max;
	d->rec.wall.max = d->rec.host.max = d->rec.ident.max = 256;
	d->pstore.bytes.max = d->limits.max_pstore;
	return d;
}

void kd_printk_free(struct kd_printk *d)
{
	if (!d)
		return;
	for (uint32_t i = 0; i < d->nfrags; i++) {
		kd_free(d->frags[i].text);
		kd_free(d->frags[i].have);
	}
	kd_free(d->frags);
	kd_buf_deinit(&d->clean);
	kd_buf_deinit(&d->plain);
	kd_buf_deinit(&d->wrap.bytes);
	kd_buf_deinit(&d->kmsg.bytes);
	kd_buf_deinit(&d->rec.message);
	kd_buf_deinit(&d->rec.wall);
	kd_buf_deinit(&d->rec.host);
	kd_buf_deinit(&d->rec.ident);
	kd_buf_deinit(&d->pstore.bytes);
	kd_vec_free(&d->pstore.lines);
	kd_vec_free(&d->pstore.parts);
	kd_free(d);
}

void kd_printk_stats(const struct kd_printk *d, struct kd_printk_stats *ret)
{
	*ret = d->stats;
}

/* One logical line, no newline in its text. */
static void emit_one(struct kd_printk *d, struct kd_logline *l)
{
	d->stats.dropped_messages += l->dropped;
	if (d->pstore.replaying)
		l->disguise |= KD_DIS_PSTORE;
	d->line(d->user, l);
}

/* What a program or a prompt printed, and the kernel line behind it on the same row. */
static void emit_split(struct kd_printk *d, struct kd_logline *l, size_t at)
{
	struct kd_logline first = *l, second;
	struct kd_kmsg_head k;
	struct kd_view rest = kd_view_from(l->text, at);

	/* Both name the whole row: the text may have been cleaned, or put together. */
	first.text = kd_view_head(l->text, at);
	kd_logline_init(&second);
	second.off = l->off;
	second.len = l->len;
	second.nphys = l->nphys;
	second.no = l->no;
	second.disguise = l->disguise & ~(uint32_t)(KD_DIS_LEVEL | KD_DIS_TIME | KD_DIS_CALLER);
	second.bad_text = l->bad_text;
	second.wall = l->wall;
	second.host = l->host;
	kd_peel(&rest, &second, &k);
	second.text = rest;
	emit_one(d, &first);
	emit_one(d, &second);
}

void kd_emit(struct kd_printk *d, struct kd_logline *l)
{
	size_t at = l->origin == KD_ORIGIN_USER ? 0 : kd_embedded_stamp(l->text);

	if (at)
		emit_split(d, l, at);
	else
		emit_one(d, l);
}

void kd_emit_multi(struct kd_printk *d, struct kd_logline *l)
{
	struct kd_view rest = l->text;
	uint32_t dropped = l->dropped;

	for (size_t i; (i = kd_view_chr(rest, '\n')) != KD_NPOS; rest = kd_view_from(rest, i + 1)) {
		l->text = kd_view_head(rest, i);
		if (l->text.n && l->text.p[l->text.n - 1] == '\r')
			l->text.n--;
		kd_emit(d, l);
		l->dropped = dropped = 0;
		if (i + 1 == rest.n)
			return;
	}
	l->text = rest;
	l->dropped = dropped;
	kd_emit(d, l);
}

static void rebase(struct kd_view *v, struct kd_view from, const char *to)
{
	if (v->p && v->p >= from.p && v->p <= from.p + from.n)
		v->p = to + (v->p - from.p);
	else
		*v = KD_VNULL;
}

static void rebase_all(struct kd_logline *l, struct kd_view from, const char *to)
{
	rebase(&l->text, from, to);
	rebase(&l->wall, from, to);
	rebase(&l->host, from, to);
	rebase(&l->ident, from, to);
}

/* Keep *l and the bytes src that its views point into; its text is the end of src. */
void kd_hold(struct kd_held *h, const struct kd_logline *l, struct kd_view src)
{
	kd_buf_clear(&h->bytes);
	(void)kd_buf_add(&h->bytes, src);
	h->l = *l;
	rebase_all(&h->l, src, h->bytes.p);
	h->full = true;
}

/* Add to the text of a held line; false when that gets too long. */
bool kd_held_append(struct kd_held *h, struct kd_view more, bool blank)
{
	struct kd_view old = kd_buf_view(&h->bytes);
	char *p;

	blank = blank && h->l.text.n && !kd_is_blank(h->l.text.p[h->l.text.n - 1]);
	if (more.n + 2 > h->bytes.max - old.n)
		return false;
	/* rebase before the old bytes may be freed: by offsets */
	p = kd_xmalloc(old.n + more.n + 2);
	memcpy(p, old.p, old.n);
	rebase_all(&h->l, old, p);
	if (blank)
		p[old.n] = ' ';
	if (more.n)
		memcpy(p + old.n + blank, more.p, more.n);
	kd_free(h->bytes.p);
	h->bytes.p = p;
	h->bytes.n = old.n + blank + more.n;
	h->bytes.cap = old.n + more.n + 2;
	p[h->bytes.n] = '\0';
	h->l.text.n += blank + more.n;
	return true;
}

/* journalctl short-monotonic names the host on each line: learn it from the kernel's lines. */
static void mono_user(struct kd_printk *d, struct kd_logline *l)
{
	struct kd_view w = l->text, host = kd_view(d->host, d->host_n), ident;

	if (l->disguise & KD_DIS_JOURNAL) {
		if (l->host.n && l->host.n <= sizeof(d->host) && !l->wall.n) {
			memcpy(d->host, l->host.p, l->host.n);
			d->host_n = (uint32_t)l->host.n;
		}
		return;
	}
	if (!d->host_n || !kd_view_skip(&w, host) || !kd_view_skip(&w, KD_V(" ")) ||
	    !kd_peel_ident(&w, &ident))
		return;
	l->host = kd_view_head(l->text, host.n);
	l->ident = ident;
	l->origin = KD_ORIGIN_USER;
	l->disguise |= KD_DIS_JOURNAL;
	l->text = w;
}

/* Bytes outside printable ASCII and tab? '&'? 16 bytes at a time. */
typedef uint8_t vec16 __attribute__((vector_size(16)));
typedef int8_t svec16 __attribute__((vector_size(16)));
typedef uint64_t vec2 __attribute__((vector_size(16)));

struct scan {
	bool odd, amp;
};

static inline void scan_block(const char *p, vec16 *odd, vec16 *amp)
{
	vec16 x;

	memcpy(&x, p, 16);
	/* with sign: bytes from 0x80 on are below the blank, too */
	*odd |= (vec16)(((svec16)x < 0x20) & (x != 9)) | (vec16)(x == 0x7f);
	*amp |= (vec16)(x == '&');
}

static inline struct scan scan(struct kd_view v)
{
	vec16 odd = {0}, amp = {0};
	vec2 o, a;
	size_t i = 0;
	char last[16];

	for (; i + 16 <= v.n; i += 16)
		scan_block(v.p + i, &odd, &amp);
	if (i < v.n && v.n >= 16) {
		scan_block(v.p + v.n - 16, &odd, &amp);
	} else if (i < v.n) {
		memset(last, ' ', sizeof(last));
		memcpy(last, v.p, v.n);
		scan_block(last, &odd, &amp);
	}
	memcpy(&o, &odd, sizeof(o));
	memcpy(&a, &amp, sizeof(a));
	return (struct scan){(o[0] | o[1]) != 0, (a[0] | a[1]) != 0};
}

/* Mail headers make wrapped lines likely. */
static void note_mail(struct kd_printk *d, struct kd_view v)
{
	if (kd_view_starts(v, KD_V("Message-ID: ")) || kd_view_starts(v, KD_V("Message-Id: ")) ||
	    kd_view_starts(v, KD_V("In-Reply-To: ")) || kd_view_starts(v, KD_V("Subject: ")))
		d->mail = true;
}

/*
 * A line without a prefix: part of a record, an indented block, or plain text. True
 * when it was given or kept.
 */
static bool feed_plain(struct kd_printk *d, const struct kd_phys *ph, struct kd_view *v,
		       struct kd_logline *l)
{
	char c = v->n ? *v->p : '\n';

	if (d->export.open || c == '_')
		if (kd_export_line(d, ph, *v))
			return true;
	if (d->json_list || (c == ' ' && v->p[v->n - 1] == '['))
		if (kd_json_list(d, ph, *v))
			return true;
	if (d->fence || d->indent || kd_is_blank(c) || c == '`' || c == '~')
		kd_markdown(d, v, l);
	if (c == '{' || c == '-') {
		l->text = *v;
		return kd_json_line(d, ph, l);
	}
	if (c == 'M' || c == 'I' || c == 'S')
		note_mail(d, *v);
	return false;
}

/* ph->raw is what is left after cleaning; it is what the views of *l will point into. */
static void feed_logical(struct kd_printk *d, const struct kd_phys *ph, struct kd_logline *l)
{
	struct kd_view v = ph->raw;
	struct kd_kmsg_head k;

	kd_peel(&v, l, &k);
	if (k.is_record) {
		kd_wrap_release(d);
		l->text = v;
		kd_kmsg_record(d, l, &k, ph->raw);
		return;
	}
	if (d->kmsg.full)
		kd_kmsg_release(d);
	l->text = v;
	if (l->disguise & KD_DIS_TIME) {
		mono_user(d, l);
	} else if (!(l->disguise & (KD_DIS_LEVEL | KD_DIS_SYSLOG3164 | KD_DIS_JOURNAL))) {
		if (feed_plain(d, ph, &l->text, l))
			return;
	}
	if (ph->odd)
		l->bad_text |= !kd_utf8_valid(l->text) || kd_view_chr(l->text, '\0') != KD_NPOS;
	kd_wrap_line(d, l, ph);
}

/* May the line begin or end with an HTML tag? */
static inline bool tagged(struct kd_view v)
{
	return v.n > 2 && (*v.p == '<' || v.p[v.n - 1] == '>');
}

/* A physical line, or the part of one between two lone CRs. */
static void feed_part(struct kd_printk *d, const struct kd_phys *ph, struct scan s)
{
	struct kd_phys p = *ph;
	struct kd_logline l;

	if (d->kmsg.full && p.raw.n && *p.raw.p == ' ' && kd_kmsg_dict(d, ph))
		return;
	kd_logline_init(&l);
	l.off = ph->off;
	l.len = ph->len;
	l.nphys = 1;
	l.no = ph->no;
	p.odd = s.odd;
	if ((s.odd || s.amp || tagged(p.raw)) && kd_needs_clean(p.raw, s.odd, s.amp)) {
		l.disguise |= kd_clean(p.raw, &d->clean);
		p.raw = kd_buf_view(&d->clean);
	}
	if (s.odd) {
		/* holes of a file that was not written to the end before the crash */
		for (; p.raw.n && !*p.raw.p; p.raw = kd_view_from(p.raw, 1))
			l.bad_text = true;
		(void)kd_view_skip(&p.raw, KD_V("\xef\xbb\xbf"));
	}
	feed_logical(d, &p, &l);
}

#define MAX_PARTS 256

/* Text is overwritten on a terminal by what follows a lone CR; here both are kept. */
static void feed_parts(struct kd_printk *d, const struct kd_phys *ph)
{
	struct kd_view rest = ph->raw;
	uint32_t used = 0;

	for (int n = 0; n < MAX_PARTS; n++) {
		struct kd_phys part = {.off = ph->off + used, .no = ph->no, .len = ph->len - used};
		size_t skip = 0, end, next;

		while (skip < rest.n && rest.p[skip] == '\r')
			skip++;
		end = kd_view_chr(kd_view_from(rest, skip), '\r');
		end = end == KD_NPOS || n == MAX_PARTS - 1 ? rest.n : skip + end;
		for (next = end; next < rest.n && rest.p[next] == '\r'; next++)
			;
		part.raw = kd_view(rest.p + skip, end - skip);
		if (next < rest.n)
			part.len = (uint32_t)next;
		feed_part(d, &part, scan(part.raw));
		if (next == rest.n)
			return;
		rest = kd_view_from(rest, next);
		used += part.len;
	}
}

void kd_feed_line(struct kd_printk *d, const struct kd_phys *ph)
{
	struct scan s = scan(ph->raw);

	if (s.odd && memchr(ph->raw.p, '\r', ph->raw.n))
		feed_parts(d, ph);
	else
		feed_part(d, ph, s);
}

/* "[   12.345678]", or what can be nothing else, at the front of v? */
static bool is_stamped(struct kd_view v)
{
	size_t i = 1, digits;

	if (v.n < 16 || *v.p != '[')
		return false;
	while (i < 6 && v.p[i] == ' ')
		i++;
	for (digits = i; i < 8 && kd_is_digit(v.p[i]); i++)
		;
	if (i == digits || v.p[i] != '.')
		return false;
	for (digits = ++i; i < v.n && i < digits + 6 && kd_is_digit(v.p[i]); i++)
		;
	return i == digits + 6 && i < v.n && v.p[i] == ']';
}

void kd_printk_feed(struct kd_printk *d, struct kd_view raw, uint32_t raw_len, uint64_t off,
		    uint64_t no)
{
	kd_printk_feed_next(d, raw, raw_len, off, no, KD_VNULL);
}

void kd_printk_feed_next(struct kd_printk *d, struct kd_view raw, uint32_t raw_len, uint64_t off,
			 uint64_t no, struct kd_view next)
{
	struct kd_phys ph = {.raw = raw, .off = off, .no = no, .len = raw_len};

	if (d->next_no != no) {
		if (d->next_no)
			kd_printk_flush(d);
		d->next_no = no;
	}
	d->next_no++;
	if (raw.n > d->limits.max_line) {
		ph.raw = kd_view_head(raw, d->limits.max_line);
		d->stats.cut_lines++;
	}
	if (d->export.binary && kd_export_binary(d, &ph))
		return;
	ph.followed = is_stamped(next);
	if (!kd_pstore_line(d, &ph))
		kd_feed_line(d, &ph);
}

void kd_printk_settle(struct kd_printk *d)
{
	kd_wrap_release(d);
	kd_kmsg_flush(d);
	kd_record_emit(d);
	d->export = (struct kd_export){0};
	d->json_list = d->fence = d->kmsg_plus = false;
	d->indent = 0;
}

void kd_printk_flush(struct kd_printk *d)
{
	kd_printk_settle(d);
	kd_pstore_flush(d);
	d->next_no = 0;
}
