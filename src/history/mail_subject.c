// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Subjects. What brackets mean: Documentation/process/submitting-patches.rst ("The canonical patch format"),
 * maintainer-netdev.rst (tree names); "[net-next,v2,02/17]" is how patchwork writes the same.
 */
#include "base/alloc.h"
#include "base/buf.h"
#include "history/mail_internal.h"

enum { SUBJECT_MAX = 4096, NUMBER_MAX = 9999 };

/* "Re: ", "RE[2]: ", "AW:" (German), "SV:" (Nordic), "Antw:", "Rif:" …: what mail programs put before a subject. */
static const struct {
	const char *word;
	bool forward;
} before[] = {
	{"re", false}, {"aw", false}, {"sv", false}, {"antw", false}, {"rif", false}, {"res", false}, {"odp", false},
	{"vs", false}, {"ynt", false}, {"回复", false}, {"答复", false}, {"回覆", false},
	{"fwd", true}, {"fw", true}, {"wg", true}, {"tr", true}, {"转发", true}, {"轉寄", true},
};

static bool skip_colon(struct kd_view *v)
{
	struct kd_view w = *v;

	if (kd_view_skip(&w, KD_V("["))) { /* "Re[2]:" */
		uint64_t n;

		if (!kd_view_take_dec(&w, &n) || !kd_view_skip(&w, KD_V("]")))
			return false;
	}
	kd_view_skip_blank(&w);
	if (!kd_view_skip(&w, KD_V(":")) && !kd_view_skip(&w, KD_V("：")))
		return false;
	kd_view_skip_blank(&w);
	*v = w;
	return true;
}

static bool skip_reply(struct kd_view *v, struct kd_mail_subject *s)
{
	for (size_t i = 0; i < KD_ARRAY_LEN(before); i++) {
		struct kd_view word = kd_view_of(before[i].word), rest = kd_view_from(*v, word.n);

		if (!kd_view_istarts(*v, word) || !skip_colon(&rest))
			continue;
		*v = rest;
		if (before[i].forward)
			s->forward = true;
		else
			s->reply = true;
		return true;
	}
	return false;
}

/* ---- one bracket ---- */

/* What a bracket says; added to the subject only when it is one of a patch. */
struct bracket {
	struct kd_mail_subject s;
	struct kd_view words[16];
	size_t nwords;
	bool known; /* something of it is of a patch */
};

static bool small_number(struct kd_view *v, unsigned *ret)
{
	uint64_t n;

	if (!kd_view_take_dec(v, &n) || n > NUMBER_MAX)
		return false;
	*ret = (unsigned)n;
	return true;
}

/* "v3", "V3"; "v6.20" is a release of the kernel, a word. */
static bool take_version(struct kd_view w, struct bracket *b)
{
	unsigned n;

	if (!kd_view_istarts(w, KD_V("v")))
		return false;
	w = kd_view_from(w, 1);
	if (!small_number(&w, &n) || w.n)
		return false;
	b->s.version = n;
	b->s.has_version = true;
	return true;
}

static bool take_index(struct kd_view w, struct bracket *b)
{
	unsigned i, n;

	if (!small_number(&w, &i) || !kd_view_skip(&w, KD_V("/")) || !small_number(&w, &n) || w.n || i > n)
		return false;
	b->s.index = i;
	b->s.total = n;
	b->s.has_number = true;
	return true;
}

static bool take_word(struct kd_view w, struct bracket *b)
{
	static const struct {
		const char *word;
		size_t flag; /* of which member */
	} flags[] = {
		{"patch", offsetof(struct kd_mail_subject, patch)},
		{"patches", offsetof(struct kd_mail_subject, patch)},
		{"patchset", offsetof(struct kd_mail_subject, patch)},
		{"rfc", offsetof(struct kd_mail_subject, rfc)},
		{"rft", offsetof(struct kd_mail_subject, rfc)},
		{"resend", offsetof(struct kd_mail_subject, resend)},
		{"repost", offsetof(struct kd_mail_subject, resend)},
		{"resent", offsetof(struct kd_mail_subject, resend)},
		{"pull", offsetof(struct kd_mail_subject, pull)},
	};

	for (size_t i = 0; i < KD_ARRAY_LEN(flags); i++)
		if (kd_view_ieq(w, kd_view_of(flags[i].word))) {
			*(bool *)((char *)&b->s + flags[i].flag) = true;
			return true;
		}
	return take_version(w, b) || take_index(w, b);
}

/* "PATCHv3", "PATCH-v3", "PATCH/RFC", "RFCv2": two words without a blank. */
static bool take_glued(struct kd_view w, struct bracket *b)
{
	static const char *const heads[] = {"patch", "rfc", "resend"};

	for (size_t i = 0; i < KD_ARRAY_LEN(heads); i++) {
		struct kd_view head = kd_view_of(heads[i]), rest = kd_view_from(w, head.n);

		if (!kd_view_istarts(w, head) || !rest.n)
			continue;
		if (rest.p[0] == '-' || rest.p[0] == '/' || rest.p[0] == '_')
			rest = kd_view_from(rest, 1);
		if (take_word(rest, b))
			return take_word(head, b);
	}
	return false;
}

static void read_bracket(struct kd_view text, struct bracket *b)
{
	while (text.n) {
		size_t n = 0;
		struct kd_view w;

		while (n < text.n && !kd_is_blank(text.p[n]) && text.p[n] != ',' && text.p[n] != ';')
			n++;
		w = kd_view_head(text, n);
		text = kd_view_from(text, n + 1);
		if (!w.n || kd_view_ieq(w, KD_V("git"))) /* "[GIT PULL]" */
			continue;
		if (take_word(w, b) || take_glued(w, b))
			b->known = true;
		else if (b->nwords < KD_ARRAY_LEN(b->words))
			b->words[b->nwords++] = w;
	}
}

/* What servers of companies put before the subject of every mail from outside. */
static bool is_marker(struct kd_view text)
{
	static const char *const names[] = {"external", "ext", "external email", "external mail", "extern"};

	for (size_t i = 0; i < KD_ARRAY_LEN(names); i++)
		if (kd_view_ieq(text, kd_view_of(names[i])))
			return true;
	return false;
}

/* A bracket at the front that says something about a patch, or nothing about anything. */
static bool take_bracket(struct kd_view *v, struct kd_mail_subject *s, struct kd_buf *words)
{
	struct bracket b = {.s = *s};
	struct kd_view rest = *v, text;

	if (!kd_view_skip(&rest, KD_V("[")) || !kd_view_take_until(&rest, KD_V("]"), &text))
		return false;
	kd_view_skip_blank(&rest);
	if (is_marker(kd_view_trim(text))) {
		*v = rest;
		return true;
	}
	read_bracket(text, &b);
	/* "[PATCH] [net-next] …" */
	if (!b.known && !(b.nwords <= 2 && s->patch && b.nwords))
		return false;
	*s = b.s;
	if (s->has_number && !s->pull)
		s->patch = true;
	for (size_t i = 0; i < b.nwords; i++) {
		if (words->n)
			kd_buf_addc(words, ' ');
		kd_buf_add(words, b.words[i]);
	}
	*v = rest;
	return true;
}

static struct kd_view lower_ascii(struct kd_view v, struct kd_arena *a)
{
	char *p = kd_arena_raw(a, v.n + 1);

	if (!p)
		return KD_VNULL;
	for (size_t i = 0; i < v.n; i++)
		p[i] = v.p[i] >= 'A' && v.p[i] <= 'Z' ? (char)(v.p[i] | 0x20) : v.p[i];
	p[v.n] = 0;
	return kd_view(p, v.n);
}

bool kd_mail_subject_parse(struct kd_view text, struct kd_arena *a, struct kd_mail_subject *ret)
{
	kd_auto(kd_buf_deinit) struct kd_buf words = KD_BUF_INIT(SUBJECT_MAX);
	struct kd_mail_subject s = {.version = 1};
	struct kd_view v;

	s.text = kd_arena_view(a, kd_view_trim(kd_view_head(text, SUBJECT_MAX)));
	v = s.text;
	while (v.n && (skip_reply(&v, &s) || take_bracket(&v, &s, &words)))
		;
	/* "[RFC] how about …" has no patch in it, "[RFC v2 1/3]" has */
	if (kd_view_istarts(v, KD_V("git pull")) || kd_view_istarts(v, KD_V("please pull")))
		s.pull = true;
	s.title = kd_view_trim(v);
	s.base = lower_ascii(s.title, a);
	s.words = words.n ? kd_arena_view(a, kd_buf_view(&words)) : KD_VNULL;
	if (!s.text.p || !s.base.p)
		return false;
	*ret = s;
	return true;
}
