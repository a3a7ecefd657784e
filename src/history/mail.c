// SPDX-License-Identifier: GPL-2.0-or-later
#include "history/mail.h"

#include "base/alloc.h"
#include "history/charset.h"
#include "history/mail_internal.h"

/* ---- the text of the parts ---- */

struct text {
	struct kd_mail *m;
	struct kd_buf body; /* what was written as text */
	struct kd_buf html; /* of the first HTML part */
	struct kd_buf names;
};

/* LF at the ends of lines, no NUL. */
static void clean(struct kd_buf *b, unsigned *damage)
{
	size_t n = 0;

	for (size_t i = 0; i < b->n; i++) {
		char c = b->p[i];

		if (c == '\r' && (i + 1 == b->n || b->p[i + 1] == '\n' || b->p[i + 1] == '\r'))
			continue;
		if (!c)
			*damage |= KD_MAIL_NULS;
		b->p[n++] = c ? c : ' ';
	}
	b->n = n;
}

static void end_line(struct kd_buf *b)
{
	if (b->n && b->p[b->n - 1] != '\n')
		kd_buf_addc(b, '\n');
}

static void add_plain(struct text *t, const struct kd_gmime_part *p)
{
	kd_auto(kd_buf_deinit) struct kd_buf utf8 = KD_BUF_INIT(KD_MAIL_BODY_MAX);
	struct kd_view bytes = kd_view_head(p->bytes, KD_MAIL_BODY_MAX / 4);
	enum kd_charset_how how;
	size_t bad;

	how = kd_charset_to_utf8(bytes, p->charset, &utf8, &bad);
	if (how == KD_CHARSET_UNKNOWN || how == KD_CHARSET_WRONG)
		t->m->damage |= KD_MAIL_CHARSET;
	if (bad)
		t->m->damage |= KD_MAIL_BAD_TEXT;
	clean(&utf8, &t->m->damage);
	end_line(&t->body);
	if (p->flowed)
		kd_mail_unflow(kd_buf_view(&utf8), p->delsp, &t->body);
	else if (!kd_buf_add(&t->body, kd_buf_view(&utf8)))
		kd_buf_add(&t->body, kd_view_head(kd_buf_view(&utf8), t->body.max - t->body.n));
	if (bytes.n < p->bytes.n || utf8.overflow || t->body.overflow)
		t->m->damage |= KD_MAIL_CUT;
}

static void add_html(struct text *t, const struct kd_gmime_part *p)
{
	kd_auto(kd_buf_deinit) struct kd_buf utf8 = KD_BUF_INIT(KD_MAIL_BODY_MAX);
	size_t bad;

	if (t->html.n)
		return;
	kd_charset_to_utf8(kd_view_head(p->bytes, KD_MAIL_BODY_MAX / 4), p->charset, &utf8, &bad);
	kd_mail_unhtml(kd_buf_view(&utf8), &t->html);
	clean(&t->html, &t->m->damage);
	if (utf8.overflow || t->html.overflow || p->bytes.n > KD_MAIL_BODY_MAX / 4)
		t->m->damage |= KD_MAIL_CUT;
}

/* A patch as an attachment is as good as one in the text; a log or a configuration is not what somebody said. */
static bool is_patch(const struct kd_gmime_part *p)
{
	return kd_view_eq(p->subtype, KD_V("x-patch")) || kd_view_eq(p->subtype, KD_V("x-diff")) ||
	       kd_view_ends(p->filename, KD_V(".patch")) || kd_view_ends(p->filename, KD_V(".diff"));
}

static struct kd_error *on_part(void *user, const struct kd_gmime_part *p)
{
	struct text *t = user;
	bool is_text = kd_view_eq(p->type, KD_V("text"));

	t->m->parts++;
	if (p->filename.n && kd_view_chr(p->filename, '\n') == KD_NPOS && t->names.n + p->filename.n < t->names.max)
		kd_buf_printf(&t->names, "%.*s\n", KD_VARG(p->filename));
	if (!p->is_message && is_text && kd_view_eq(p->subtype, KD_V("html")) && !p->attachment)
		add_html(t, p);
	else if (!p->is_message && is_text &&
		 (is_patch(p) || (!p->attachment && kd_view_eq(p->subtype, KD_V("plain")))))
		add_plain(t, p);
	else
		t->m->attachments++;
	return NULL;
}

struct kd_error *kd_mail_body(const struct kd_gmime *g, struct kd_view bytes, struct kd_arena *a, struct kd_mail *m)
{
	struct text t = {.m = m, .body = KD_BUF_INIT(KD_MAIL_BODY_MAX), .html = KD_BUF_INIT(KD_MAIL_BODY_MAX),
			 .names = KD_BUF_INIT(16384)};
	struct kd_gmime_seen seen = {0};
	struct kd_error *err = kd_gmime_parts(g, bytes, on_part, &t, &seen);
	struct kd_view text;

	end_line(&t.body);
	text = kd_buf_view(&t.body);
	if (!text.n && t.html.n) {
		text = kd_buf_view(&t.html);
		m->damage |= KD_MAIL_HTML;
	}
	if (seen.too_deep)
		m->damage |= KD_MAIL_DEEP;
	if (!err) {
		m->body = kd_arena_view(a, text.n ? text : KD_V(""));
		if (!m->body.p)
			err = kd_error_new(KD_LIMIT, "its text needs too much memory");
	}
	m->names = t.names.n ? kd_arena_view(a, kd_buf_view(&t.names)) : KD_VNULL;
	kd_buf_deinit(&t.body);
	kd_buf_deinit(&t.html);
	kd_buf_deinit(&t.names);
	return err;
}

/* ---- all of it ---- */

/* "From sender date" of an mbox, which is no part of the message. */
static struct kd_view without_mark(struct kd_view bytes)
{
	struct kd_view rest = bytes, line;

	return kd_view_starts(bytes, KD_V("From ")) && kd_view_take_until(&rest, KD_V("\n"), &line) ? rest : bytes;
}

struct kd_error *kd_mail_parse(const struct kd_gmime *g, struct kd_view bytes, struct kd_arena *a, struct kd_mail *ret)
{
	struct kd_mail m = {.damage = 0};
	struct kd_mail_header h = {0};
	struct kd_error *err;

	bytes = without_mark(bytes);
	if (bytes.n > KD_GMIME_BYTES_MAX)
		return kd_error_new(KD_LIMIT, "it has more than %zu MiB", KD_GMIME_BYTES_MAX >> 20);
	err = kd_mail_header_read(bytes, a, &h, &m.damage);
	if (!err)
		err = kd_mail_fields(g, &h, bytes, a, &m);
	if (!err)
		err = kd_mail_body(g, bytes, a, &m);
	if (!err)
		err = kd_mail_divide(a, &m);
	if (!err)
		err = kd_mail_signs(a, &m);
	if (!err)
		*ret = m;
	return err;
}

const char *kd_mail_damage_word(unsigned *damage)
{
	static const struct {
		unsigned bit;
		const char *word;
	} rows[] = {
		{KD_MAIL_NO_ID, "no Message-ID"},
		{KD_MAIL_MORE_IDS, "more than one Message-ID"},
		{KD_MAIL_LONG_ID, "a Message-ID that is too long"},
		{KD_MAIL_NO_DATE, "no date"},
		{KD_MAIL_FALSE_DATE, "a date that cannot be"},
		{KD_MAIL_RAW_HEADER, "bytes in the header without an encoding"},
		{KD_MAIL_NULS, "NUL bytes"},
		{KD_MAIL_BAD_LINE, "a line in the header that is no field"},
		{KD_MAIL_CHARSET, "text not in the character set that is said"},
		{KD_MAIL_BAD_TEXT, "bytes that are no text"},
		{KD_MAIL_HTML, "only HTML"},
		{KD_MAIL_CUT, "more than is kept of a mail"},
		{KD_MAIL_DEEP, "parts nested too deeply"},
		{KD_MAIL_NO_END, "a header without an end"},
	};

	for (size_t i = 0; i < KD_ARRAY_LEN(rows); i++)
		if (*damage & rows[i].bit) {
			*damage &= ~rows[i].bit;
			return rows[i].word;
		}
	*damage = 0;
	return NULL;
}
