// SPDX-License-Identifier: GPL-2.0-or-later
/* What is to be replaced because of the words around it. */
#include "base/alloc.h"
#include "format/printk.h"
#include "verb/redact_line.h"

enum { MAX_MARKS = 4096 };

void kd_redact_add_mark(struct kd_redactor *r, struct kd_view line, struct kd_view what,
			enum kd_redact_kind kind, bool learn)
{
	struct kd_redact_mark *m;

	if (!what.n)
		return;
	m = kd_vec_push(&r->marks, MAX_MARKS);
	if (!m) {
		r->too_many = true;
		return;
	}
	m->start = (size_t)(what.p - line.p);
	m->end = m->start + what.n;
	m->kind = (uint8_t)kind;
	m->learn = learn;
}

static bool is_name_char(char c)
{
	return kd_is_word(c) || c == '-' || c == '.';
}

/* A name at i: letters, digits, '_', '-', '.', ending with a letter or digit. */
static struct kd_view name_from(struct kd_view l, size_t i)
{
	size_t end = i;

	while (end < l.n && end - i < 256 && is_name_char(l.p[end]))
		end++;
	while (end > i && !kd_is_alnum(l.p[end - 1]))
		end--;
	return kd_view(l.p + i, end - i);
}

/* The name that ends before byte end. */
static struct kd_view name_until(struct kd_view l, size_t end)
{
	size_t from = end;

	while (from && end - from < 256 && is_name_char(l.p[from - 1]) &&
	       !(kd_is_alnum(l.p[from - 1]) && kd_redact_starts(l, from)))
		from--;
	while (from < end && !kd_is_alnum(l.p[from]))
		from++;
	return kd_view(l.p + from, end - from);
}

static bool all_digits(struct kd_view v)
{
	for (size_t i = 0; i < v.n; i++)
		if (!kd_is_digit(v.p[i]))
			return false;
	return true;
}

static void mark_host(struct kd_redactor *r, struct kd_view line, struct kd_view v, bool learn)
{
	if (!v.n || all_digits(v) || kd_view_ieq(v, KD_V("localhost")) || kd_redact_ip4(line, (size_t)(v.p - line.p)))
		return;
	kd_redact_add_mark(r, line, v, KD_RK_HOST, learn);
}

static void mark_user(struct kd_redactor *r, struct kd_view line, struct kd_view v)
{
	if (v.n && !all_digits(v) && !kd_redact_is_account(v))
		kd_redact_add_mark(r, line, v, KD_RK_USER, true);
}

/* ---- phrases ---- */

struct phrase {
	struct kd_view text; /* the name stands behind it */
	struct kd_view needs; /* somewhere in the line */
	uint8_t kind;
	bool last; /* nothing follows but " (automatic login)" */
};

/*
 * Texts of pam_unix, sshd, systemd-logind, sudo, cron, systemd, the kernel's NFS client
 * (fs/lockd/clntproc.c, net/sunrpc/clnt.c) and CIFS.
 */
static const struct phrase phrases[] = {
	{KD_V("for user "), KD_V("session"), KD_RK_USER, false},
	{KD_V("for user "), KD_V("pam_"), KD_RK_USER, false},
	{KD_V("for user "), KD_V("assword"), KD_RK_USER, false},
	{KD_V("of user "), KD_V("ession "), KD_RK_USER, false},
	{KD_V(" by "), KD_V("session opened for user "), KD_RK_USER, false},
	{KD_V("nvalid user "), KD_V(""), KD_RK_USER, false},
	{KD_V("authenticating user "), KD_V(""), KD_RK_USER, false},
	{KD_V("Disconnected from user "), KD_V(""), KD_RK_USER, false},
	{KD_V("Accepted password for "), KD_V(""), KD_RK_USER, false},
	{KD_V("Accepted publickey for "), KD_V(""), KD_RK_USER, false},
	{KD_V("Accepted keyboard-interactive/pam for "), KD_V(""), KD_RK_USER, false},
	{KD_V("Failed password for "), KD_V(""), KD_RK_USER, false},
	{KD_V("User Manager for UID "), KD_V(""), KD_RK_USER, false},
	{KD_V("sudo: "), KD_V("COMMAND="), KD_RK_USER, false},
	{KD_V(" login: "), KD_V(""), KD_RK_USER, true},
	{KD_V("Hostname set to <"), KD_V(""), KD_RK_HOST, false},
	{KD_V("hostname set to <"), KD_V(""), KD_RK_HOST, false},
	{KD_V("et hostname to <"), KD_V(""), KD_RK_HOST, false},
	{KD_V("hostname to \""), KD_V(""), KD_RK_HOST, false},
	{KD_V("nfs: server "), KD_V(" respond"), KD_RK_HOST, false},
	{KD_V("lockd: server "), KD_V(" respond"), KD_RK_HOST, false},
	{KD_V("CIFS: VFS: \\\\"), KD_V(""), KD_RK_HOST, false},
	{KD_V("New user: "), KD_V(""), KD_RK_USER, false},
};

static bool says_more(struct kd_view v)
{
	return kd_view_eq(v, KD_V("invalid")) || kd_view_eq(v, KD_V("user")) ||
	       kd_view_eq(v, KD_V("illegal"));
}

static bool is_last(struct kd_view line, size_t end)
{
	struct kd_view rest = kd_view_trim(kd_view_from(line, end));

	return !rest.n || rest.p[0] == '(' || rest.p[0] == '"';
}

static void mark_phrase(struct kd_redactor *r, struct kd_view line, const struct phrase *p)
{
	size_t at = 0;

	for (;;) {
		size_t found = kd_view_find(kd_view_from(line, at), p->text);
		struct kd_view name;

		if (found == KD_NPOS || r->too_many)
			return;
		at += found + p->text.n;
		while (at < line.n && line.p[at] == ' ')
			at++;
		name = name_from(line, at);
		if (p->kind == KD_RK_HOST)
			mark_host(r, line, name, true);
		else if (!says_more(name) && (!p->last || is_last(line, at + name.n)))
			mark_user(r, line, name);
	}
}

/* One of these is part of each phrase, and most lines have none. */
static bool may_have_phrase(struct kd_view line)
{
	static const struct kd_view parts[] = {
		KD_V("ser"), KD_V(" for "), KD_V("ostname"), KD_V("ogin: "), KD_V("sudo: "),
		KD_V("CIFS: "),
	};

	for (size_t i = 0; i < KD_ARRAY_LEN(parts); i++)
		if (kd_view_has(line, parts[i]))
			return true;
	return false;
}

static void mark_phrases(struct kd_redactor *r, struct kd_view line)
{
	if (!may_have_phrase(line))
		return;
	for (size_t i = 0; i < KD_ARRAY_LEN(phrases); i++)
		if (kd_view_has(line, phrases[i].text) && kd_view_has(line, phrases[i].needs))
			mark_phrase(r, line, &phrases[i]);
}

/* ---- who printed the line ---- */

static bool inside(struct kd_view line, struct kd_view v)
{
	return v.n && v.p >= line.p && v.p + v.n <= line.p + line.n;
}

/* "alder login: ", "CRON[12]: (joe) CMD" and "Linux version 6.1 (joe@builder)" */
static void mark_message(struct kd_redactor *r, struct kd_view line, struct kd_view text)
{
	size_t at = kd_view_find(line, KD_V(" login:"));
	struct kd_view user, rest;

	if (at != KD_NPOS && at)
		mark_host(r, line, name_until(line, at), true);
	at = kd_view_find(line, KD_V(") CMD ("));
	if (at != KD_NPOS)
		mark_user(r, line, name_until(line, at));
	at = kd_view_find(text, KD_V("Linux version "));
	if (at == KD_NPOS)
		return;
	rest = kd_view_from(text, at);
	if (!kd_view_take_until(&rest, KD_V(" ("), &user) || !kd_view_take_until(&rest, KD_V(")"), &user))
		return;
	at = kd_view_chr(user, '@');
	if (at != KD_NPOS && at && at + 1 < user.n && kd_view_chr(user, ' ') == KD_NPOS &&
	    kd_view_chr(user, '(') == KD_NPOS)
		kd_redact_add_mark(r, line, user, KD_RK_MAIL, false);
}

/* "joe@alder:~$ ", "[joe@alder dir]# " */
static void mark_prompt(struct kd_redactor *r, struct kd_view line)
{
	size_t i = 0, at;
	struct kd_view user, host;
	char c;

	while (i < line.n && (kd_is_blank(line.p[i]) || line.p[i] == '['))
		i++;
	user = name_from(line, i);
	at = i + user.n;
	if (!user.n || at >= line.n || line.p[at] != '@')
		return;
	host = name_from(line, at + 1);
	at += 1 + host.n;
	c = at + 1 < line.n ? line.p[at + 1] : '\0';
	if (!host.n || at >= line.n ||
	    !((line.p[at] == ':' && (c == '~' || c == '/')) || (i && line.p[i - 1] == '[' && line.p[at] == ' ')))
		return;
	mark_user(r, line, user);
	mark_host(r, line, host, true);
}

/* ---- paths ---- */

struct folder {
	struct kd_view name;
	uint8_t kind;
	bool first; /* only at the beginning of a path: drivers/media/common/ */
};

/* Folders whose entries are named by people, or by the serial number of a disk. */
static const struct folder folders[] = {
	{KD_V("/home/"), KD_RK_USER, false},
	{KD_V("\\/home\\/"), KD_RK_USER, false},
	{KD_V("/Users/"), KD_RK_USER, true},
	{KD_V("\\Users\\"), KD_RK_USER, false},
	{KD_V("/run/media/"), KD_RK_USER, false},
	{KD_V("/media/"), KD_RK_USER, true},
	{KD_V("/var/mail/"), KD_RK_USER, false},
	{KD_V("/spool/mail/"), KD_RK_USER, false},
	{KD_V("/crontabs/"), KD_RK_USER, false},
	{KD_V("/disk/by-id/"), KD_RK_SERIAL, false},
	{KD_V("/disk/by-uuid/"), KD_RK_UUID, false},
	{KD_V("/disk/by-partuuid/"), KD_RK_UUID, false},
	{KD_V("/disk/by-label/"), KD_RK_SECRET, false},
	{KD_V("/serial/by-id/"), KD_RK_SERIAL, false},
};

static bool is_path_char(char c)
{
	return is_name_char(c) || c == '+' || c == '@' || c == '%' || c == '~' || (unsigned char)c >= 0x80;
}

static void mark_folder(struct kd_redactor *r, struct kd_view line, const struct folder *f)
{
	size_t at = 0;

	for (;;) {
		size_t found = kd_view_find(kd_view_from(line, at), f->name), end;
		struct kd_view v;
		char before;

		if (found == KD_NPOS || r->too_many)
			return;
		at += found;
		before = at ? line.p[at - 1] : ' ';
		at += f->name.n;
		if (f->first && (is_path_char(before) || before == '/'))
			continue;
		for (end = at; end < line.n && end - at < 4096 &&
			       (is_path_char(line.p[end]) || (f->kind == KD_RK_SERIAL && line.p[end] == ':'));)
			end++;
		while (end > at && (line.p[end - 1] == '.' || line.p[end - 1] == ':'))
			end--;
		v = kd_view(line.p + at, end - at);
		if (f->kind == KD_RK_USER)
			mark_user(r, line, v);
		else if (v.n && !(f->kind == KD_RK_UUID && kd_redact_uuid(v, 0)))
			kd_redact_add_mark(r, line, v, f->kind, false);
	}
}

/* "scheme://user:password@host:port/": what stands in front of '@' is nobody's business. */
static void mark_urls(struct kd_redactor *r, struct kd_view line)
{
	size_t at = 0;

	for (;;) {
		size_t found = kd_view_find(kd_view_from(line, at), KD_V("://")), end;
		struct kd_view v, host;

		if (found == KD_NPOS || r->too_many)
			return;
		at += found + 3;
		for (end = at; end < line.n && end - at < 1024 && (unsigned char)line.p[end] > ' ' &&
			       !memchr("/\"'<>,;?#)", line.p[end], 10);)
			end++;
		v = kd_view(line.p + at, end - at);
		found = kd_view_rchr(v, '@');
		if (found != KD_NPOS && found)
			kd_redact_add_mark(r, line, kd_view_head(v, found), KD_RK_SECRET, false);
		host = name_from(line, at + (found != KD_NPOS ? found + 1 : 0));
		if (!kd_redact_is_public(host) && kd_view_chr(host, '.') != KD_NPOS)
			mark_host(r, line, host, false);
	}
}

/* ---- keys in armour ---- */

static bool is_armour(struct kd_view v)
{
	for (size_t i = 0; i < v.n; i++)
		if (!kd_is_alnum(v.p[i]) && !memchr("+/=\r", v.p[i], 4))
			return false;
	return v.n != 0;
}

/* The lines of a PEM private key (RFC 7468), up to its end or to a line that is none. */
static void mark_pem(struct kd_redactor *r, struct kd_view line, struct kd_view text)
{
	struct kd_view t = kd_view_trim(text);
	size_t begin = kd_view_find(line, KD_V("-----BEGIN "));
	struct kd_view rest;

	if (begin != KD_NPOS && kd_view_has(kd_view_from(line, begin), KD_V("PRIVATE KEY"))) {
		rest = kd_view_from(line, begin + 11);
		begin = kd_view_find(rest, KD_V("-----"));
		rest = kd_view_from(rest, begin == KD_NPOS ? rest.n : begin + 5);
		begin = kd_view_find(rest, KD_V("-----END"));
		r->in_key = begin == KD_NPOS;
		kd_redact_add_mark(r, line, kd_view_trim(kd_view_head(rest, begin)), KD_RK_SECRET, false);
		return;
	}
	if (!r->in_key)
		return;
	if (is_armour(t) && inside(line, t))
		kd_redact_add_mark(r, line, t, KD_RK_SECRET, false);
	else if (t.n && kd_view_chr(t, ':') == KD_NPOS)
		r->in_key = false;
}

/* "ssh-ed25519 AAAA… joe@laptop", "Bearer …", "Basic …" */
static void mark_after(struct kd_redactor *r, struct kd_view line, struct kd_view word,
		       struct kd_view prefix)
{
	size_t at = kd_view_find(line, word), end;

	if (at == KD_NPOS)
		return;
	at += word.n;
	if (!kd_view_starts(kd_view_from(line, at), prefix))
		return;
	for (end = at; end < line.n && (kd_is_alnum(line.p[end]) || memchr("+/=-._~", line.p[end], 7));)
		end++;
	if (end - at < 8)
		return;
	kd_redact_add_mark(r, line, kd_view(line.p + at, end - at), KD_RK_SECRET, false);
	if (!prefix.n || end + 1 >= line.n || line.p[end] != ' ')
		return;
	at = end + 1; /* the comment of the key */
	for (end = at; end < line.n && (is_name_char(line.p[end]) || line.p[end] == '@');)
		end++;
	kd_redact_add_mark(r, line, kd_view(line.p + at, end - at), KD_RK_MAIL, false);
}

static void mark_ssh_keys(struct kd_redactor *r, struct kd_view line)
{
	static const struct kd_view types[] = {
		KD_V("ssh-rsa "),   KD_V("ssh-ed25519 "), KD_V("ssh-dss "),
		KD_V("-nistp256 "), KD_V("-nistp384 "),   KD_V("-nistp521 "),
	};

	if (!kd_view_has(line, KD_V(" AAAA")))
		return;
	for (size_t i = 0; i < KD_ARRAY_LEN(types); i++)
		mark_after(r, line, types[i], KD_V("AAAA"));
}

static void mark_paths(struct kd_redactor *r, struct kd_view line)
{
	if (kd_view_chr(line, '/') == KD_NPOS && kd_view_chr(line, '\\') == KD_NPOS)
		return;
	for (size_t i = 0; i < KD_ARRAY_LEN(folders); i++)
		if (kd_view_has(line, folders[i].name))
			mark_folder(r, line, &folders[i]);
	mark_urls(r, line);
}

/* ---- all of them ---- */

/* By place; of those that begin together the longest first. No kd_vec: sorted in place. */
static void sort_marks(struct kd_redactor *r)
{
	struct kd_redact_mark *v = r->marks.v;
	size_t n = 0;

	for (size_t i = 1; i < r->marks.n; i++) {
		struct kd_redact_mark m = v[i];
		size_t j = i;

		for (; j && (v[j - 1].start > m.start || (v[j - 1].start == m.start && v[j - 1].end < m.end)); j--)
			v[j] = v[j - 1];
		v[j] = m;
	}
	for (size_t i = 0; i < r->marks.n; i++)
		if (!n || v[i].start >= v[n - 1].end)
			v[n++] = v[i];
		else if (v[i].end > v[n - 1].end)
			v[n - 1].end = v[i].end; /* overlap: both go, as one */
	r->marks.n = n;
}

void kd_redact_marks(struct kd_redactor *r, struct kd_view line)
{
	struct kd_logline l;

	r->marks.n = 0;
	r->too_many = false;
	kd_printk_strip(line, &l);
	if (inside(line, l.host))
		mark_host(r, line, l.host, true);
	mark_message(r, line, inside(line, l.text) ? l.text : line);
	mark_prompt(r, line);
	mark_pem(r, line, inside(line, l.text) ? l.text : line);
	mark_phrases(r, line);
	mark_paths(r, line);
	mark_ssh_keys(r, line);
	mark_after(r, line, KD_V("Bearer "), KD_V(""));
	kd_redact_key_marks(r, line);
	sort_marks(r);
}
