// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The header of a message, and what its fields say. It is read here and not by GMime, so that nothing of a hostile
 * header is believed before it was counted.
 */
#include "base/alloc.h"
#include "base/hash.h"
#include "base/utf8.h"
#include "history/charset.h"
#include "history/mail_internal.h"

enum { NAME_MAX_BYTES = 100, AHEAD_MAX = 7 * 86400 };

/* ---- lines → fields ---- */

/* RFC 5322, 2.2: printable ASCII without the colon; mbox programs add ">From ". */
static bool take_name(struct kd_view line, struct kd_mail_field *f)
{
	size_t at = kd_view_chr(kd_view_head(line, NAME_MAX_BYTES), ':');
	struct kd_view name;

	if (at == KD_NPOS || !at)
		return false;
	name = kd_view_trim(kd_view_head(line, at));
	for (size_t i = 0; i < name.n; i++)
		if (name.p[i] <= ' ' || name.p[i] >= 127)
			return false;
	f->name = name;
	f->value = kd_view_from(line, at + 1);
	return name.n != 0;
}

static struct kd_view without_cr(struct kd_view line)
{
	while (line.n && line.p[line.n - 1] == '\r')
		line.n--;
	return line;
}

/* The value with its continuation lines, line ends out. `rest` begins behind the first line. */
static struct kd_view unfold(struct kd_view first, struct kd_view *rest, struct kd_arena *a)
{
	struct kd_view probe = *rest, line;
	size_t n = first.n;
	char *p, *to;

	while (probe.n && kd_is_blank(probe.p[0]) && kd_mail_line(&probe, &line))
		n += without_cr(line).n;
	p = to = kd_arena_raw(a, n + 1);
	if (!p)
		return KD_VNULL;
	if (first.n)
		memcpy(to, first.p, first.n);
	to += first.n;
	while (rest->n && kd_is_blank(rest->p[0]) && kd_mail_line(rest, &line)) {
		line = without_cr(line);
		memcpy(to, line.p, line.n);
		to += line.n;
	}
	*to = 0;
	return kd_view_trim(kd_view(p, n));
}

static struct kd_error *add_field(struct kd_mail_header *h, size_t *cap, struct kd_view line, struct kd_view *rest,
				  struct kd_arena *a, unsigned *damage)
{
	struct kd_mail_field f = {.name = KD_VNULL}, *to;
	struct {
		struct kd_mail_field *v;
		size_t n, cap;
	} all = {h->v, h->n, *cap};

	if (!take_name(line, &f)) {
		*damage |= KD_MAIL_BAD_LINE;
		while (rest->n && kd_is_blank(rest->p[0]) && kd_mail_line(rest, &line))
			;
		return NULL;
	}
	if (h->n == KD_MAIL_FIELDS_MAX)
		return kd_error_new(KD_LIMIT, "its header has more than %d fields", KD_MAIL_FIELDS_MAX);
	f.name = kd_arena_view(a, f.name);
	f.value = unfold(f.value, rest, a);
	to = f.value.p && f.name.p ? kd_avec_push(a, &all, KD_MAIL_FIELDS_MAX) : NULL;
	if (!to)
		return kd_error_new(KD_LIMIT, "its header needs too much memory");
	*to = f;
	h->v = all.v;
	h->n = all.n;
	*cap = all.cap;
	return NULL;
}

struct kd_error *kd_mail_header_read(struct kd_view bytes, struct kd_arena *a, struct kd_mail_header *ret,
				     unsigned *damage)
{
	struct kd_mail_header h = {0};
	struct kd_view rest = bytes, line;
	size_t cap = 0;
	struct kd_error *err = NULL;
	bool ended = false;

	while (!err && !ended && kd_mail_line(&rest, &line)) {
		if ((size_t)(rest.p - bytes.p) > KD_MAIL_HEADER_MAX && rest.n)
			return kd_error_new(KD_LIMIT, "its header is longer than %d KiB", KD_MAIL_HEADER_MAX >> 10);
		line = without_cr(line);
		ended = !line.n;
		if (!ended)
			err = add_field(&h, &cap, line, &rest, a, damage);
	}
	if (err)
		return err;
	if (!h.n)
		return kd_error_new(KD_BADDATA, "it has no header");
	if (!ended)
		*damage |= KD_MAIL_NO_END;
	h.body = rest;
	*ret = h;
	return NULL;
}

struct kd_view kd_mail_header_get(const struct kd_mail_header *h, const char *name, size_t i)
{
	for (size_t k = 0; k < h->n; k++)
		if (kd_view_ieq(h->v[k].name, kd_view_of(name)) && !i--)
			return h->v[k].value;
	return KD_VNULL;
}

/* ---- ids ---- */

struct kd_view kd_mail_id(struct kd_view text, struct kd_arena *a)
{
	char room[KD_MAIL_ID_MAX];
	size_t n = 0;

	for (size_t i = 0; i < text.n && n < sizeof(room); i++)
		if ((unsigned char)text.p[i] > ' ' && text.p[i] != 127 && text.p[i] != '<' && text.p[i] != '>')
			room[n++] = text.p[i];
	return kd_arena_view(a, kd_view(room, n));
}

/* The next <…> of a field. */
static bool take_id(struct kd_view *rest, struct kd_view *ret)
{
	struct kd_view before, v;

	if (!kd_view_take_until(rest, KD_V("<"), &before) || !kd_view_take_until(rest, KD_V(">"), &v))
		return false;
	*ret = v;
	return true;
}

static struct kd_error *read_id(const struct kd_mail_header *h, struct kd_view bytes, struct kd_arena *a,
				struct kd_mail *m)
{
	struct kd_view value = kd_mail_header_get(h, "Message-ID", 0), rest = value, one, next;
	char hex[2 * KD_SHA256_LEN + 1];
	uint8_t sum[KD_SHA256_LEN];

	if (!take_id(&rest, &one))
		one = value;
	else if (take_id(&rest, &next))
		m->damage |= KD_MAIL_MORE_IDS;
	if (kd_mail_header_get(h, "Message-ID", 1).p)
		m->damage |= KD_MAIL_MORE_IDS;
	m->id = kd_mail_id(one, a);
	if (m->id.n == KD_MAIL_ID_MAX)
		m->damage |= KD_MAIL_LONG_ID;
	if (!m->id.n) {
		m->damage |= KD_MAIL_NO_ID;
		m->made_id = true;
		kd_sha256_of(bytes, sum);
		kd_hex(sum, sizeof(sum), hex);
		m->id = kd_arena_printf(a, "sha256:%s", hex);
	}
	return m->id.p ? NULL : kd_error_new(KD_LIMIT, "its header needs too much memory");
}

struct refs {
	struct kd_view v[KD_MAIL_REFS_MAX];
	size_t n;
	unsigned *damage;
	struct kd_view self;
};

/* At the end; an id that is there moves there. The oldest one goes when there is no room. */
static void add_ref(struct refs *r, struct kd_view id)
{
	size_t i;

	if (!id.n || kd_view_eq(id, r->self))
		return;
	for (i = 0; i < r->n && !kd_view_eq(r->v[i], id); i++)
		;
	if (i == r->n && r->n == KD_MAIL_REFS_MAX) {
		*r->damage |= KD_MAIL_CUT;
		i = 0;
	}
	if (i < r->n) {
		memmove(r->v + i, r->v + i + 1, (r->n - i - 1) * sizeof(r->v[0]));
		r->n--;
	}
	r->v[r->n++] = id;
}

static bool is_address_of(const struct kd_mail *m, struct kd_view id)
{
	const struct kd_mail_addresses *all[] = {&m->from, &m->to, &m->cc};

	for (size_t k = 0; k < KD_ARRAY_LEN(all); k++)
		for (size_t i = 0; i < all[k]->n; i++)
			if (kd_view_ieq(all[k]->v[i].addr, id))
				return true;
	return false;
}

/*
 * References: first, then In-Reply-To:, whose first id is the parent (RFC 5322, 3.6.4; git send-email and some
 * programs put only that one there). An address in it is no id: "message of A <a@b> on …" (RFC 822's form).
 */
static struct kd_error *read_refs(const struct kd_mail_header *h, struct kd_arena *a, struct kd_mail *m)
{
	struct refs r = {.damage = &m->damage, .self = m->id};
	static const char *const names[] = {"References", "In-Reply-To"};

	for (size_t k = 0; k < KD_ARRAY_LEN(names); k++) {
		struct kd_view value, one, first = KD_VNULL;

		for (size_t i = 0; (value = kd_mail_header_get(h, names[k], i)).p; i++)
			while (take_id(&value, &one)) {
				struct kd_view id = kd_mail_id(one, a);

				if (kd_view_ieq(id, KD_V("y")) || kd_view_ieq(id, KD_V("n")) || is_address_of(m, id))
					continue; /* answers to a question of an old git send-email */
				add_ref(&r, id);
				if (!first.p)
					first = id;
			}
		if (k == 1 && first.p)
			add_ref(&r, first);
	}
	m->refs = kd_arena_array(a, r.n ? r.n : 1, struct kd_view);
	if (!m->refs)
		return kd_error_new(KD_LIMIT, "its header needs too much memory");
	memcpy(m->refs, r.v, r.n * sizeof(r.v[0]));
	m->nrefs = r.n;
	return NULL;
}

/* ---- text ---- */

static bool is_ascii(struct kd_view v)
{
	for (size_t i = 0; i < v.n; i++)
		if ((unsigned char)v.p[i] > 127 || !v.p[i])
			return false;
	return true;
}

/* Raw 8-bit bytes become UTF-8 first, so that all that follows is text. */
static struct kd_view as_utf8(struct kd_view v, struct kd_arena *a, unsigned *damage)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(KD_MAIL_HEADER_MAX * 3);
	size_t bad;

	if (is_ascii(v))
		return v;
	*damage |= KD_MAIL_RAW_HEADER;
	kd_charset_to_utf8(v, KD_VNULL, &b, &bad);
	for (size_t i = 0; i < b.n; i++)
		if (!b.p[i])
			b.p[i] = ' ';
	return kd_arena_view(a, kd_buf_view(&b));
}

/* White space folded to one blank, nothing at the ends, no control characters; good UTF-8. */
static struct kd_view one_line(struct kd_view v, struct kd_arena *a)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(KD_MAIL_HEADER_MAX * 3);
	bool blank = false;

	v = kd_view_trim(v);
	while (v.n) {
		char utf8[4];
		uint32_t c;

		kd_utf8_next(&v, &c);
		if (c <= ' ' || c == 127 || (c >= 0x80 && c < 0xa0)) {
			blank = true;
			continue;
		}
		if (blank && b.n)
			kd_buf_addc(&b, ' ');
		blank = false;
		kd_buf_add(&b, kd_view(utf8, kd_utf8_encode(c, utf8)));
	}
	return kd_arena_view(a, b.n ? kd_buf_view(&b) : KD_V(""));
}

static struct kd_view decoded(const struct kd_gmime *g, struct kd_view raw, struct kd_arena *a, unsigned *damage)
{
	struct kd_view v = as_utf8(raw.p ? raw : KD_V(""), a, damage);

	if (kd_view_has(v, KD_V("=?")))
		v = kd_gmime_header(g, v, a);
	if (!v.p)
		*damage |= KD_MAIL_CUT;
	return one_line(v, a);
}

struct collect {
	struct kd_arena *a;
	struct kd_mail_addresses *to;
	size_t cap;
};

static void add_address(void *user, struct kd_view name, struct kd_view addr)
{
	struct collect *c = user;
	struct {
		struct kd_mail_address *v;
		size_t n, cap;
	} all = {c->to->v, c->to->n, c->cap};
	struct kd_mail_address *one = kd_avec_push(c->a, &all, KD_MAIL_ADDRESSES_MAX);

	if (!one)
		return;
	one->name = one_line(name, c->a);
	one->addr = one_line(addr, c->a);
	c->to->v = all.v;
	c->to->n = all.n;
	c->cap = all.cap;
}

static void read_addresses(const struct kd_gmime *g, const struct kd_mail_header *h, const char *name,
			   struct kd_arena *a, struct kd_mail_addresses *ret, unsigned *damage)
{
	struct collect c = {.a = a, .to = ret};
	struct kd_view value;

	for (size_t i = 0; (value = kd_mail_header_get(h, name, i)).p; i++) {
		size_t left = KD_MAIL_ADDRESSES_MAX - ret->n, n;

		if (!kd_gmime_addresses(g, as_utf8(value, a, damage), a, left, add_address, &c, &n) || n > left)
			*damage |= KD_MAIL_CUT;
	}
}

/* RFC 2919: the part in < >, else the whole field. */
static void read_list(const struct kd_mail_header *h, struct kd_arena *a, struct kd_mail *m)
{
	struct kd_view value = kd_mail_header_get(h, "List-Id", 0), rest = value, one;

	if (!value.p)
		return;
	if (!take_id(&rest, &one))
		one = value;
	m->list_id = one_line(as_utf8(kd_view_head(one, 255), a, &m->damage), a);
}

/* ---- date ---- */

/* The one that the last server wrote: servers put theirs on top, what is below may be forged. */
static bool newest_received(const struct kd_mail_header *h, int64_t *ret)
{
	struct kd_view value;

	for (size_t i = 0; (value = kd_mail_header_get(h, "Received", i)).p; i++) {
		size_t at = kd_view_rchr(value, ';');

		if (at != KD_NPOS && kd_mail_date(kd_view_from(value, at + 1), ret))
			return true;
	}
	return false;
}

/*
 * A Date: is what a computer with a wrong clock, or somebody who wants to be first in a list, made it. It cannot be
 * before there was mail, nor more than a week behind its arrival (servers' clocks are right).
 */
static void read_date(const struct kd_mail_header *h, struct kd_mail *m)
{
	static const int64_t oldest = 473385600 /* 1985 */, newest = 4102444800 /* 2100 */;
	struct kd_view value = kd_mail_header_get(h, "Date", 0);
	int64_t said = 0, received = 0;
	bool has = value.p && kd_mail_date(value, &said), arrived = newest_received(h, &received);

	if (!has)
		m->damage |= KD_MAIL_NO_DATE;
	if (arrived && (received < oldest || received >= newest))
		arrived = false;
	m->received = arrived ? received : 0;
	if (has && (said < oldest || said >= newest || (arrived && said > received + AHEAD_MAX))) {
		m->damage |= KD_MAIL_FALSE_DATE;
		has = false;
	}
	if (has || arrived)
		m->date = has ? said : received;
	m->date_from = has ? KD_MAIL_DATE_SAID : arrived ? KD_MAIL_DATE_RECEIVED : KD_MAIL_DATE_NONE;
}

struct kd_error *kd_mail_fields(const struct kd_gmime *g, const struct kd_mail_header *h, struct kd_view bytes,
				struct kd_arena *a, struct kd_mail *m)
{
	struct kd_view subject = kd_mail_header_get(h, "Subject", 0), change = kd_mail_header_get(h, "X-Change-ID", 0);
	struct kd_error *err;

	read_addresses(g, h, "From", a, &m->from, &m->damage);
	read_addresses(g, h, "To", a, &m->to, &m->damage);
	read_addresses(g, h, "Cc", a, &m->cc, &m->damage);
	err = read_id(h, bytes, a, m);
	if (!err)
		err = read_refs(h, a, m);
	if (err)
		return err;
	read_list(h, a, m);
	read_date(h, m);
	if (change.n)
		m->change_id = one_line(as_utf8(kd_view_head(change, 250), a, &m->damage), a);
	subject = decoded(g, subject, a, &m->damage);
	if (!subject.p || !kd_mail_subject_parse(subject, a, &m->subject))
		return kd_error_new(KD_LIMIT, "its subject needs too much memory");
	return NULL;
}
