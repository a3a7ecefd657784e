// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Names of other things in a message: Message-IDs in the URLs of archives (lore.kernel.org and its short
 * forms: https://www.kernel.org/lore.html), syzbot's bugs (docs/syzbot.md of syzkaller: the Reported-by
 * address and the dashboard's extid and id), numbers of Bugzilla and Launchpad, CVE ids.
 */
#include "base/alloc.h"
#include "history/commit_internal.h"

/* A place in the message, and the line that it is in; it only moves forward. */
struct place {
	size_t off, line;
};

static size_t line_of(const struct kd_cparse *p, struct place *at)
{
	while (at->line + 1 < p->c->nlines && p->c->lines[at->line + 1].off <= at->off)
		at->line++;
	return at->line;
}

/* What kind of trailer, if any, is the line part of? */
static enum kd_id_from origin(const struct kd_cparse *p, size_t line)
{
	struct kd_view l, key;
	size_t at;

	for (unsigned n = 0; n < 8 && line > 0 && p->c->lines[line].len && kd_is_space(*kd_cline(p, line).p); n++)
		line--;
	if (p->c->lines[line].role != KD_LINE_TRAILER)
		return KD_FROM_TEXT;
	l = kd_cline(p, line);
	at = kd_commit_separator(l);
	key = kd_view_trim(kd_view_head(l, at == KD_NPOS ? 0 : at));
	if (kd_view_ieq(key, KD_V("Closes")))
		return KD_FROM_CLOSES;
	if (kd_view_istarts(key, KD_V("Bug")))
		return KD_FROM_BUG;
	if (kd_view_istarts(key, KD_V("Reported")))
		return KD_FROM_REPORTED;
	return KD_FROM_LINK;
}

static void add(struct kd_cparse *p, enum kd_commit_id_kind kind, struct kd_view value, struct kd_view host, size_t line)
{
	struct kd_commit_id *id = value.n ? kd_cpush(p, ids) : NULL;

	if (!id)
		return;
	id->kind = (uint8_t)kind;
	id->from = (uint8_t)origin(p, line);
	id->value = value;
	id->host = host;
	id->line = (uint32_t)line;
}

static struct kd_view run(struct kd_view v, bool (*is)(char))
{
	size_t n = 0;

	while (n < v.n && is(v.p[n]))
		n++;
	return kd_view_head(v, n);
}

static struct kd_view percent_decode(struct kd_cparse *p, struct kd_view v)
{
	char *out;
	size_t n = 0;

	if (kd_view_chr(v, '%') == KD_NPOS)
		return v;
	out = kd_arena_raw(p->a, v.n);
	if (!out) {
		p->nomem = true;
		return v;
	}
	for (size_t i = 0; i < v.n; i++) {
		uint64_t x;

		if (v.p[i] == '%' && i + 2 < v.n && kd_view_hex(kd_view(v.p + i + 1, 2), &x) && x > 0x20 && x < 0x7f) {
			out[n++] = (char)x;
			i += 2;
		} else {
			out[n++] = v.p[i];
		}
	}
	return kd_view(out, n);
}

/* ---- URLs ---- */

/* The first part of the path, or the value of ?i=, that holds an '@'. */
static void message_id(struct kd_cparse *p, struct kd_view host, struct kd_view path, size_t line)
{
	while (path.n) {
		size_t n = 0;
		struct kd_view part;

		while (n < path.n && !strchr("/?=#&", path.p[n]))
			n++;
		part = percent_decode(p, kd_view_head(path, n));
		if (kd_view_starts(part, KD_V("<")))
			part = kd_view_from(part, 1);
		if (kd_view_ends(part, KD_V(">")))
			part.n--;
		if (kd_view_chr(part, '@') != KD_NPOS && part.n > 2) {
			add(p, KD_ID_MESSAGE, part, host, line);
			return;
		}
		path = kd_view_from(path, n + 1);
	}
}

/* "key=VALUE" in a query. */
static struct kd_view query(struct kd_view path, struct kd_view key)
{
	size_t at = kd_view_find(path, key);

	if (at == KD_NPOS || (at && !strchr("?&;", path.p[at - 1])))
		return KD_VNULL;
	return kd_view_from(path, at + key.n);
}

static void syzbot_url(struct kd_cparse *p, struct kd_view host, struct kd_view path, size_t line)
{
	add(p, KD_ID_SYZ_EXTID, run(query(path, KD_V("extid=")), kd_is_xdigit), host, line);
	add(p, KD_ID_SYZ_BUG, run(query(path, KD_V("id=")), kd_is_xdigit), host, line);
}

static void bugzilla_url(struct kd_cparse *p, struct kd_view host, struct kd_view path, size_t line)
{
	struct kd_view n = run(query(path, KD_V("id=")), kd_is_digit);

	if (!n.n)
		n = run(path, kd_is_digit); /* bugzilla.redhat.com/1234567 */
	add(p, KD_ID_BUGZILLA, n, host, line);
}

static void launchpad_url(struct kd_cparse *p, struct kd_view host, struct kd_view path, size_t line)
{
	size_t at = kd_view_find(path, KD_V("bugs/"));

	if (at != KD_NPOS && run(kd_view_from(path, at + 5), kd_is_digit).n) {
		add(p, KD_ID_LAUNCHPAD, run(kd_view_from(path, at + 5), kd_is_digit), host, line);
		return;
	}
	at = kd_view_find(path, KD_V("+bug/"));
	if (at != KD_NPOS)
		add(p, KD_ID_LAUNCHPAD, run(kd_view_from(path, at + 5), kd_is_digit), host, line);
}

struct site {
	struct kd_view host; /* its end */
	void (*fn)(struct kd_cparse *p, struct kd_view host, struct kd_view path, size_t line);
};

static const struct site sites[] = {
	{{"lore.kernel.org", 15}, message_id},	  {{"lkml.kernel.org", 15}, message_id},
	{{"msgid.link", 10}, message_id},	  {{"patchwork.kernel.org", 20}, message_id},
	{{"patchwork.ozlabs.org", 20}, message_id}, {{"mail-archive.com", 16}, message_id},
	{{"marc.info", 9}, message_id},		  {{"public-inbox.org", 16}, message_id},
	{{"syzkaller.appspot.com", 21}, syzbot_url}, {{"syzbot.org", 10}, syzbot_url},
	{{"launchpad.net", 13}, launchpad_url},
};

static void url(struct kd_cparse *p, struct kd_view v, size_t line)
{
	struct kd_view host, path;
	size_t n = 0, slash;

	while (n < v.n && !kd_is_space(v.p[n]) && !strchr("<>\"')]", v.p[n]))
		n++;
	v = kd_view_head(v, n);
	while (v.n && strchr(".,;:", v.p[v.n - 1]))
		v.n--;
	slash = kd_view_chr(v, '/');
	if (slash == KD_NPOS)
		return;
	host = kd_view_head(v, slash);
	path = kd_view_from(v, slash + 1);
	if (kd_view_starts(host, KD_V("bugzilla."))) {
		bugzilla_url(p, host, path, line);
		return;
	}
	for (size_t i = 0; i < KD_ARRAY_LEN(sites); i++)
		if (kd_view_ends(host, sites[i].host)) {
			sites[i].fn(p, host, path, line);
			return;
		}
}

/* ---- words ---- */

static void syzbot_address(struct kd_cparse *p, struct kd_view v, size_t line)
{
	struct kd_view hash = run(v, kd_is_xdigit);

	if (hash.n >= 16 && hash.n <= 40 && hash.n < v.n && v.p[hash.n] == '@')
		add(p, KD_ID_SYZBOT, hash, KD_VNULL, line);
}

static void cve(struct kd_cparse *p, struct kd_view v, size_t line)
{
	struct kd_view year = run(v, kd_is_digit), n;

	if (year.n != 4 || v.n <= 5 || v.p[4] != '-')
		return;
	n = run(kd_view_from(v, 5), kd_is_digit);
	if (n.n >= 4 && n.n <= 12)
		add(p, KD_ID_CVE, kd_view(v.p - 4, 4 + 5 + n.n), KD_VNULL, line);
}

static void each(struct kd_cparse *p, struct kd_view what,
		 void (*fn)(struct kd_cparse *p, struct kd_view v, size_t line))
{
	struct kd_view m = p->c->message;
	struct place at = {0};

	while (at.off < m.n && !p->nomem && !p->c->cut) {
		size_t k = kd_view_find(kd_view_from(m, at.off), what);

		if (k == KD_NPOS)
			return;
		at.off += k + what.n;
		fn(p, kd_view_from(m, at.off), line_of(p, &at));
	}
}

void kd_commit_ids(struct kd_cparse *p)
{
	each(p, KD_V("://"), url);
	each(p, KD_V("syzbot+"), syzbot_address);
	each(p, KD_V("CVE-"), cve);
	for (size_t i = 0; i < p->trailers.n && !p->nomem; i++) {
		const struct kd_trailer *t = &p->trailers.v[i];
		struct kd_view v = t->value;

		if (!kd_view_ieq(t->key, KD_V("Message-Id")))
			continue;
		kd_view_skip(&v, KD_V("<"));
		if (kd_view_ends(v, KD_V(">")))
			v.n--;
		if (kd_view_chr(v, '@') != KD_NPOS)
			add(p, KD_ID_MESSAGE, v, KD_VNULL, t->line);
	}
}
