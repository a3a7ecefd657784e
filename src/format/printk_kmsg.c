// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Records of /dev/kmsg and of netconsole's extended format, which is the same
 * (Documentation/ABI/testing/dev-kmsg, Documentation/networking/netconsole.rst):
 *
 *	[release,]priority,sequence,microseconds,flag[,caller=T1][,ncfrag=off/len];text
 *	 SUBSYSTEM=pci
 *
 * Dictionary lines belong to the record above them. Bytes of the text that are not
 * printable come as \xNN.
 */
#include "base/alloc.h"
#include "format/printk_internal.h"

static bool take_field(struct kd_view *v, uint64_t *ret)
{
	return kd_view_take_dec(v, ret) && kd_view_skip(v, KD_V(","));
}

/* netconsole's "release" option: "6.5.0-1-amd64,". */
static bool skip_release(struct kd_view *v)
{
	struct kd_view w = *v;
	uint64_t major;
	size_t i;

	if (!kd_view_take_dec(&w, &major) || !w.n || *w.p != '.')
		return false;
	i = kd_view_chr(kd_view_head(w, 96), ',');
	if (i == KD_NPOS || kd_view_chr(kd_view_head(w, i), ' ') != KD_NPOS)
		return false;
	*v = kd_view_from(w, i + 1);
	return true;
}

/* "caller=T123", "ncfrag=0/33"; others are for later kernels to add. */
static bool take_extra(struct kd_view v, struct kd_logline *l, struct kd_kmsg_head *k)
{
	uint64_t a, b;

	if (kd_view_skip(&v, KD_V("caller="))) {
		if (v.n < 2 || (*v.p != 'T' && *v.p != 'C') || !kd_view_dec(kd_view_from(v, 1), &a) ||
		    a > UINT32_MAX)
			return false;
		l->caller = *v.p == 'T' ? KD_CALLER_TASK : KD_CALLER_CPU;
		l->caller_id = (uint32_t)a;
		l->disguise |= KD_DIS_CALLER;
	} else if (kd_view_skip(&v, KD_V("ncfrag="))) {
		if (!kd_view_take_dec(&v, &a) || !kd_view_skip(&v, KD_V("/")) || !kd_view_dec(v, &b) ||
		    a > UINT32_MAX || b > UINT32_MAX)
			return false;
		k->is_fragment = true;
		k->frag_off = (uint32_t)a;
		k->frag_len = (uint32_t)b;
	}
	return true;
}

bool kd_peel_kmsg(struct kd_view *v, struct kd_logline *l, struct kd_kmsg_head *k)
{
	struct kd_view w = *v, field;
	struct kd_logline try = *l;
	struct kd_kmsg_head head = {.is_record = true};
	uint64_t pri, seq, us;

	/* cheap refusal of the many lines that only start with a digit */
	if (w.n < 8 || kd_view_chr(kd_view_head(w, 64), ',') == KD_NPOS)
		return false;
	(void)skip_release(&w);
	if (!take_field(&w, &pri) || pri > 1023 || !take_field(&w, &seq) || !take_field(&w, &us) ||
	    w.n < 2 || (*w.p != '-' && *w.p != 'c' && *w.p != '+'))
		return false;
	head.flag = *w.p;
	w = kd_view_from(w, 1);
	while (w.n && *w.p == ',') {
		size_t i;

		w = kd_view_from(w, 1);
		for (i = 0; i < w.n && i < 64 && w.p[i] != ',' && w.p[i] != ';'; i++)
			;
		field = kd_view_head(w, i);
		if (!take_extra(field, &try, &head))
			return false;
		w = kd_view_from(w, i);
	}
	if (!kd_view_skip(&w, KD_V(";")))
		return false;
	kd_level_set(&try, pri);
	try.origin = try.facility ? KD_ORIGIN_USER : KD_ORIGIN_KERNEL;
	try.has_seq = try.has_mono = true;
	try.seq = seq;
	try.mono_us = us;
	try.disguise |= KD_DIS_KMSG | KD_DIS_LEVEL;
	*l = try;
	*k = head;
	*v = w;
	return true;
}

/* " SUBSYSTEM=pci" below a record. */
bool kd_kmsg_dict(struct kd_printk *d, const struct kd_phys *ph)
{
	struct kd_view v = kd_view_from(ph->raw, 1);
	size_t i = 0;

	while (i < v.n && (kd_is_word(v.p[i]) || v.p[i] == '-'))
		i++;
	if (!i || i == v.n || v.p[i] != '=')
		return false;
	d->kmsg.l.len += ph->len;
	d->kmsg.l.nphys++;
	return true;
}

static int hexval(char c)
{
	if (kd_is_digit(c))
		return c - '0';
	return kd_is_xdigit(c) ? (c | 0x20) - 'a' + 10 : -1;
}

/* \xNN → byte, in place; gives the new length. */
static size_t unescape(char *p, size_t n)
{
	size_t out = 0;

	for (size_t i = 0; i < n; i++) {
		if (p[i] == '\\' && i + 3 < n && p[i + 1] == 'x' && hexval(p[i + 2]) >= 0 &&
		    hexval(p[i + 3]) >= 0) {
			p[out++] = (char)(hexval(p[i + 2]) << 4 | hexval(p[i + 3]));
			i += 3;
		} else {
			p[out++] = p[i];
		}
	}
	return out;
}

void kd_kmsg_release(struct kd_printk *d)
{
	struct kd_held *h = &d->kmsg;
	struct kd_view text = h->l.text;

	if (!h->full)
		return;
	h->full = false;
	if (kd_view_chr(text, '\\') != KD_NPOS) {
		/* The text lies in our own copy. */
		text.n = unescape(h->bytes.p + (text.p - h->bytes.p), text.n);
		h->l.text = text;
	}
	h->l.bad_text = !kd_utf8_valid(text) || kd_view_chr(text, '\0') != KD_NPOS;
	kd_emit_multi(d, &h->l);
}

/*
 * Does this record continue the held one? Kernels 3.5 to 4.9 begin such a line with 'c'
 * and go on with '+'. Later ones have 'c' alone, also for a KERN_CONT message after a
 * finished line or after another caller's: it continues only a text that plainly is not
 * at its end.
 */
static bool continues(const struct kd_printk *d, const struct kd_logline *l, char flag)
{
	const struct kd_logline *h = &d->kmsg.l;
	char last = h->text.n ? h->text.p[h->text.n - 1] : '\0';

	if (!d->kmsg.full || l->seq != d->kmsg_last_seq + 1 || flag == '-' ||
	    h->caller != l->caller || h->caller_id != l->caller_id)
		return false;
	if (flag == '+' || d->kmsg_plus)
		return flag == '+';
	return last == ' ' || last == ':' || last == '=' || last == ',' || last == '(';
}

static void hold_record(struct kd_printk *d, const struct kd_logline *l,
			const struct kd_kmsg_head *k, struct kd_view src)
{
	struct kd_held *h = &d->kmsg;

	d->kmsg_plus |= k->flag == '+';
	if (continues(d, l, k->flag) && kd_held_append(h, l->text, false)) {
		h->l.len += l->len;
		h->l.nphys += l->nphys;
		h->l.disguise |= KD_DIS_CONT;
	} else {
		kd_kmsg_release(d);
		kd_hold(h, l, src);
	}
	d->kmsg_last_seq = l->seq;
}

/* --- fragments ------------------------------------------------------------------------- */

static void fragset_drop(struct kd_printk *d, uint32_t i)
{
	struct kd_fragset *f = &d->frags[i];

	kd_free(f->text);
	kd_free(f->have);
	*f = d->frags[--d->nfrags];
}

/* Give what there is of a message; gaps are left out, and counted. */
static void fragset_emit(struct kd_printk *d, uint32_t i)
{
	struct kd_fragset *f = &d->frags[i];
	struct kd_logline l = f->l;
	size_t n = 0;

	if (f->got < f->total) {
		d->stats.lost_fragments++;
		for (size_t k = 0; k < f->total; k++)
			if (f->have[k / 8] & 1u << k % 8)
				f->text[n++] = f->text[k];
	} else {
		n = f->total;
	}
	l.text = kd_view(f->text, unescape(f->text, n));
	l.disguise |= KD_DIS_FRAGMENT;
	l.bad_text = !kd_utf8_valid(l.text) || kd_view_chr(l.text, '\0') != KD_NPOS;
	kd_emit_multi(d, &l);
	fragset_drop(d, i);
}

static struct kd_fragset *fragset_find(struct kd_printk *d, const struct kd_logline *l,
				       uint32_t total)
{
	struct kd_fragset *f;

	for (uint32_t i = 0; i < d->nfrags; i++)
		if (d->frags[i].seq == l->seq && d->frags[i].total == total)
			return &d->frags[i];
	if (!d->frags)
		d->frags = kd_xcalloc(d->limits.max_fragments, sizeof(*d->frags));
	if (d->nfrags == d->limits.max_fragments)
		fragset_emit(d, 0);
	f = &d->frags[d->nfrags++];
	*f = (struct kd_fragset){.seq = l->seq, .total = total, .l = *l};
	f->text = kd_xcalloc(total, 1);
	f->have = kd_xcalloc(total / 8 + 1, 1);
	f->l.wall = f->l.host = f->l.ident = KD_VNULL;
	f->l.len = f->l.nphys = 0;
	return f;
}

/* One piece of a message that did not fit into a packet. */
static void add_fragment(struct kd_printk *d, struct kd_logline *l, const struct kd_kmsg_head *k)
{
	struct kd_fragset *f = fragset_find(d, l, k->frag_len);

	f->l.len += l->len;
	f->l.nphys += l->nphys;
	memcpy(f->text + k->frag_off, l->text.p, l->text.n);
	for (size_t i = k->frag_off; i < k->frag_off + l->text.n; i++) {
		f->got += !(f->have[i / 8] & 1u << i % 8);
		f->have[i / 8] |= (uint8_t)(1u << i % 8);
	}
	if (f->got == f->total)
		fragset_emit(d, (uint32_t)(f - d->frags));
}

void kd_kmsg_record(struct kd_printk *d, struct kd_logline *l, const struct kd_kmsg_head *k,
		    struct kd_view src)
{
	bool fits = k->frag_len <= d->limits.max_line && k->frag_off <= k->frag_len &&
		    l->text.n && l->text.n <= k->frag_len - k->frag_off && d->limits.max_fragments;

	if (k->is_fragment && fits) {
		kd_kmsg_release(d);
		add_fragment(d, l, k);
		return;
	}
	d->stats.lost_fragments += k->is_fragment;
	hold_record(d, l, k, src);
}

void kd_kmsg_flush(struct kd_printk *d)
{
	kd_kmsg_release(d);
	while (d->nfrags)
		fragset_emit(d, 0);
}
