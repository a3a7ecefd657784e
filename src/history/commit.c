// SPDX-License-Identifier: GPL-2.0-or-later
#include "history/commit.h"

#include "base/alloc.h"
#include "base/utf8.h"
#include "history/commit_internal.h"

/* ---- headers ---- */

/* "+0130" → 90. Git takes what stands there for hours and minutes, whatever it is; so do we within a day. */
static bool take_zone(struct kd_view v, int16_t *ret)
{
	bool west = kd_view_starts(v, KD_V("-"));
	uint64_t n;

	if ((!west && !kd_view_starts(v, KD_V("+"))) || !kd_view_dec(kd_view_from(v, 1), &n) || n > 9999)
		return false;
	n = n / 100 * 60 + n % 100;
	*ret = (int16_t)(west ? -(int64_t)n : (int64_t)n);
	return true;
}

/* "Jane Doe <jane@example.org> 1700000000 +0100" */
static void signature(struct kd_cparse *p, struct kd_view v, struct kd_commit_stamp *ret)
{
	size_t close = kd_view_rchr(v, '>');
	struct kd_view rest, word;
	int64_t t;

	ret->who = kd_person_parse(kd_commit_utf8(p, kd_view_head(v, close == KD_NPOS ? v.n : close + 1)));
	if (close == KD_NPOS)
		return;
	rest = kd_view_from(v, close + 1);
	if (!kd_view_take_word(&rest, &word) || !kd_view_take_int(&word, &t) || word.n)
		return;
	ret->time = t;
	ret->has_time = true;
	ret->has_zone = kd_view_take_word(&rest, &word) && take_zone(word, &ret->zone);
}

static bool all_hex(struct kd_view v)
{
	for (size_t i = 0; i < v.n; i++)
		if (!kd_is_xdigit(v.p[i]))
			return false;
	return v.n == 40 || v.n == 64;
}

/* The encoding must be known before names are read, so the headers are gone over twice. */
struct heads {
	struct kd_view author, committer;
	bool any;
};

static void header(struct kd_cparse *p, struct kd_view line, struct heads *h)
{
	struct kd_commit *c = p->c;
	struct kd_view v = line, *parent;

	if (kd_view_skip(&v, KD_V("parent ")) && all_hex(v)) {
		parent = kd_cpush(p, parents);
		if (parent)
			*parent = v;
	} else if (kd_view_skip(&v, KD_V("tree ")) && all_hex(v) && !c->tree.p) {
		c->tree = v;
	} else if (kd_view_skip(&v, KD_V("author ")) && !h->author.p) {
		h->author = v;
	} else if (kd_view_skip(&v, KD_V("committer ")) && !h->committer.p) {
		h->committer = v;
	} else if (kd_view_skip(&v, KD_V("encoding "))) {
		c->encoding = kd_view_trim(v);
	} else if (kd_view_skip(&v, KD_V("mergetag "))) {
		c->mergetags++;
	} else if (kd_view_starts(v, KD_V("gpgsig"))) {
		c->signed_ = true;
	} else if (!v.n || !kd_is_alpha(*v.p) || kd_view_chr(v, ' ') == KD_NPOS) {
		c->bad_headers++;
	}
}

/* Takes the headers and the blank line behind them off; what is left is the message. */
static struct kd_view headers(struct kd_cparse *p, struct kd_view raw, struct heads *h)
{
	while (raw.n) {
		size_t end = kd_view_chr(raw, '\n');
		struct kd_view line = kd_view_head(raw, end == KD_NPOS ? raw.n : end);

		raw = kd_view_from(raw, end == KD_NPOS ? raw.n : end + 1);
		if (!line.n)
			break;
		if (*line.p != ' ') /* else it goes on with the header before: a signature, a tag */
			header(p, line, h);
	}
	return raw;
}

/* ---- lines ---- */

static bool blank(struct kd_view v)
{
	return !kd_view_trim(v).n;
}

static void split(struct kd_cparse *p)
{
	struct kd_commit *c = p->c;
	struct kd_view v = c->message;
	size_t n = 1, i = 0;

	for (const char *q = v.n ? v.p : NULL; q && (q = memchr(q, '\n', (size_t)(v.p + v.n - q))); q++)
		n++;
	if (n > KD_COMMIT_LINES) {
		n = KD_COMMIT_LINES;
		c->cut = true;
	}
	c->lines = kd_arena_raw(p->a, n * sizeof(*c->lines));
	if (!c->lines) {
		p->nomem = true;
		return;
	}
	for (size_t at = 0; i < n && at < v.n; i++) {
		size_t end = kd_view_chr(kd_view_from(v, at), '\n');
		size_t len = end == KD_NPOS ? v.n - at : end;

		c->lines[i] = (struct kd_commit_line){.off = (uint32_t)at, .len = (uint32_t)len, .role = KD_LINE_BODY};
		if (blank(kd_view(v.p + at, len)))
			c->lines[i].role = KD_LINE_BLANK;
		at += len + 1;
	}
	c->nlines = i;
}

/* git's %s: the lines of the first paragraph, without the white space at their ends, joined. */
static void subject(struct kd_cparse *p)
{
	struct kd_commit *c = p->c;
	size_t first = 0, end, n = 0;
	char *out;

	while (first < c->nlines && c->lines[first].role == KD_LINE_BLANK)
		first++;
	for (end = first; end < c->nlines && c->lines[end].role != KD_LINE_BLANK; end++) {
		c->lines[end].role = KD_LINE_SUBJECT;
		n += c->lines[end].len + 1;
	}
	p->body_first = end;
	if (end == first)
		return;
	if (end == first + 1) {
		c->subject = kd_cline(p, first);
		while (c->subject.n && kd_is_space(c->subject.p[c->subject.n - 1]))
			c->subject.n--;
		return;
	}
	out = kd_arena_raw(p->a, n);
	if (!out) {
		p->nomem = true;
		return;
	}
	n = 0;
	for (size_t i = first; i < end; i++) {
		struct kd_view l = kd_cline(p, i);

		while (l.n && kd_is_space(l.p[l.n - 1]))
			l.n--;
		if (n)
			out[n++] = ' ';
		memcpy(out + n, l.p, l.n);
		n += l.n;
	}
	c->subject = kd_view(out, n);
}

/* The lines of role BODY; what was between them leaves one blank line. */
static void body(struct kd_cparse *p)
{
	struct kd_commit *c = p->c;
	size_t first = p->body_first, end = c->nlines, n = 0;
	bool whole = true, gap = false;
	char *out;

	while (first < end && c->lines[first].role != KD_LINE_BODY)
		first++;
	while (end > first && c->lines[end - 1].role != KD_LINE_BODY)
		end--;
	for (size_t i = first; i < end; i++) {
		whole = whole && c->lines[i].role <= KD_LINE_BODY;
		n += c->lines[i].len + 2;
	}
	if (first == end)
		return;
	if (whole) {
		c->body = kd_view(c->message.p + c->lines[first].off,
				  c->lines[end - 1].off + c->lines[end - 1].len - c->lines[first].off);
		return;
	}
	out = kd_arena_raw(p->a, n);
	if (!out) {
		p->nomem = true;
		return;
	}
	n = 0;
	for (size_t i = first; i < end; i++) {
		if (c->lines[i].role != KD_LINE_BODY) {
			gap = true;
			continue;
		}
		if (n)
			out[n++] = '\n';
		if (n && gap)
			out[n++] = '\n';
		gap = false;
		memcpy(out + n, c->message.p + c->lines[i].off, c->lines[i].len);
		n += c->lines[i].len;
	}
	c->body = kd_view(out, n);
}

/* ---- all of it ---- */

static void hand_over(struct kd_cparse *p)
{
	struct kd_commit *c = p->c;

	c->parents = p->parents.v;
	c->nparents = p->parents.n;
	c->trailers = p->trailers.v;
	c->ntrailers = p->trailers.n;
	c->notes = p->notes.v;
	c->nnotes = p->notes.n;
	c->relations = p->relations.v;
	c->nrelations = p->relations.n;
	c->ids = p->ids.v;
	c->nids = p->ids.n;
	c->stable_versions = p->versions.v;
	c->nstable_versions = p->versions.n;
	c->quotes = p->quotes.v;
	c->nquotes = p->quotes.n;
	c->funcs = p->funcs.v;
	c->nfuncs = p->funcs.n;
}

static struct kd_error *message(struct kd_cparse *p, struct kd_view raw)
{
	if (raw.n > KD_COMMIT_TEXT) {
		raw.n = KD_COMMIT_TEXT;
		p->c->cut = true;
	}
	p->c->message = kd_commit_utf8(p, raw);
	split(p);
	if (!p->nomem)
		subject(p);
	if (!p->nomem) {
		p->c->title = kd_commit_title(p->c->subject, &p->c->prefix);
		kd_commit_trailers(p);
		kd_commit_quotes(p);
		for (size_t i = 0; i < p->trailers.n && !p->nomem; i++) {
			kd_commit_trailer_refs(p, &p->trailers.v[i]);
			kd_commit_stable(p, &p->trailers.v[i]);
		}
		kd_commit_refs(p);
		kd_commit_ids(p);
		body(p);
	}
	if (p->nomem)
		return kd_error_new(KD_LIMIT, "a commit needs more memory than the limit of %zu bytes allows", p->a->limit);
	hand_over(p);
	return NULL;
}

struct kd_error *kd_commit_parse(struct kd_arena *a, struct kd_view raw, struct kd_commit *ret)
{
	struct kd_commit c = {0};
	struct kd_cparse p = {.a = a, .c = &c};
	struct heads h = {0};
	struct kd_view text = headers(&p, raw, &h);
	struct kd_error *err;

	if (!c.tree.p && !h.author.p)
		return kd_error_new(KD_BADDATA, "not a commit object: neither tree nor author");
	if (h.author.p)
		signature(&p, h.author, &c.author);
	if (h.committer.p)
		signature(&p, h.committer, &c.committer);
	err = message(&p, text);
	if (!err)
		*ret = c;
	return err;
}

struct kd_error *kd_commit_parse_message(struct kd_arena *a, struct kd_view raw, struct kd_commit *ret)
{
	struct kd_commit c = {0};
	struct kd_cparse p = {.a = a, .c = &c};
	struct kd_error *err = message(&p, raw);

	if (!err)
		*ret = c;
	return err;
}

const char *kd_relation_kind_name(enum kd_relation_kind k)
{
	static const char *const names[] = {
		[KD_REL_UPSTREAM] = "upstream", [KD_REL_CHERRY_PICK] = "cherry_pick", [KD_REL_FIXES] = "fixes",
		[KD_REL_REVERTS] = "reverts", [KD_REL_REAPPLIES] = "reapplies", [KD_REL_DEPENDS] = "depends",
		[KD_REL_DEP_OF] = "dep_of", [KD_REL_OMITS] = "omits", [KD_REL_MENTIONED] = "mentioned",
	};

	return (size_t)k < KD_ARRAY_LEN(names) ? names[k] : NULL;
}

const char *kd_commit_id_kind_name(enum kd_commit_id_kind k)
{
	static const char *const names[] = {
		[KD_ID_MESSAGE] = "message_id", [KD_ID_SYZBOT] = "syzbot", [KD_ID_SYZ_EXTID] = "syz_extid",
		[KD_ID_SYZ_BUG] = "syz_bug", [KD_ID_BUGZILLA] = "bugzilla", [KD_ID_LAUNCHPAD] = "launchpad",
		[KD_ID_CVE] = "cve",
	};

	return (size_t)k < KD_ARRAY_LEN(names) ? names[k] : NULL;
}
