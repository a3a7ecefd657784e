// SPDX-License-Identifier: GPL-2.0-or-later
#include "history/maillink.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "history/commit.h"
#include "history/record.h"

enum { DAY = 86400, SOON = 2 * DAY, LATE = 800 * DAY };

struct linking {
	const struct kd_mailstore *ms;
	const struct kd_store *to; /* whose documents are collected */
	struct kd_arena *a;
	struct kd_maillinks *ret;
	struct kd_seg_doc self; /* the one that is asked for */
	unsigned by;
	bool mails; /* `to` is the store of mails */
};

static struct kd_maillink *entry(struct linking *l, uint32_t doc)
{
	struct kd_maillink *e;

	kd_vec_each(x, &l->ret->v)
		if (x->doc == doc)
			return x;
	e = kd_avec_push(l->a, &l->ret->v, KD_MAILLINKS_MAX);
	if (e)
		e->doc = doc;
	return e;
}

static bool collect(void *user, uint32_t doc)
{
	struct linking *l = user;
	struct kd_maillink *e;

	if (l->mails && kd_mailstore_gone(l->ms, doc))
		return true;
	e = entry(l, doc);
	if (e)
		e->by |= l->by;
	return e != NULL;
}

/* A title that many patches have ("Linux 6.1.5", "staging: fix typos") says little: the author and the time have to fit. */
static void judge(struct linking *l, struct kd_maillink *e)
{
	struct kd_seg_doc d;
	const struct kd_seg_doc *mail = l->mails ? &d : &l->self, *commit = l->mails ? &l->self : &d;

	kd_store_doc(l->to, e->doc, &d);
	e->date = d.date;
	e->patch = mail->flags & KD_MAILDOC_DIFF || (mail->flags & KD_MAILDOC_PATCH && !(mail->flags & KD_MAILDOC_REPLY));
	if (d.subject && d.subject == l->self.subject)
		e->by |= KD_LINK_TITLE;
	if (d.patch_id && d.patch_id == l->self.patch_id)
		e->by |= KD_LINK_PATCH_ID;
	if (d.author && d.author == l->self.author)
		e->by |= KD_LINK_AUTHOR;
	e->guessed = !(e->by & KD_LINK_PATCH_ID) && (e->by & (KD_LINK_ID | KD_LINK_TITLE)) != (KD_LINK_ID | KD_LINK_TITLE);
	if (e->by & (KD_LINK_ID | KD_LINK_PATCH_ID))
		return;
	/* a commit's author date is that of its last version, or of the commit that it was before the mail */
	if (!(e->by & KD_LINK_AUTHOR) && (mail->date > commit->commit_date + SOON || mail->date + LATE < commit->commit_date))
		e->by = 0;
	else if (mail->date > commit->commit_date + SOON) /* posted behind it: a backport, a resend */
		e->by = 0;
}

static unsigned weight(const struct kd_maillink *l)
{
	return (l->by & KD_LINK_ID && l->patch && !l->guessed ? 16 : 0) + (l->by & KD_LINK_PATCH_ID ? 8 : 0) + (l->by & KD_LINK_TITLE ? 4 : 0) +
	       (l->by & KD_LINK_AUTHOR ? 2 : 0) + (l->by & KD_LINK_ID ? 1 : 0);
}

static int later_mail(const void *a, const void *b)
{
	const struct kd_maillink *x = a, *y = b;
	const unsigned p = weight(x), q = weight(y);

	return p != q ? (p < q) - (p > q) : (x->date < y->date) - (x->date > y->date);
}

static int earlier_commit(const void *a, const void *b)
{
	const struct kd_maillink *x = a, *y = b;
	const unsigned p = weight(x), q = weight(y);

	return p != q ? (p < q) - (p > q) : (x->date > y->date) - (x->date < y->date);
}

static void settle(struct linking *l)
{
	size_t n = 0;

	for (size_t i = 0; i < l->ret->v.n; i++) {
		judge(l, &l->ret->v.v[i]);
		if (l->ret->v.v[i].by & ~(unsigned)KD_LINK_AUTHOR)
			l->ret->v.v[n++] = l->ret->v.v[i];
	}
	l->ret->v.n = n;
	if (n)
		qsort(l->ret->v.v, n, sizeof(*l->ret->v.v), l->mails ? later_mail : earlier_commit);
}

static struct kd_error *commit_of(const struct kd_store *git, uint32_t doc, struct kd_arena *a, struct kd_record *r, struct kd_commit *c)
{
	kd_auto(kd_buf_deinit) struct kd_buf text = KD_BUF_INIT(KD_SEG_TEXT_MAX);
	struct kd_error *err = kd_store_text(git, doc, &text);
	struct kd_view copy;

	if (err)
		return err;
	copy = kd_arena_view(a, kd_buf_view(&text));
	if (!copy.p)
		return kd_error_new(KD_LIMIT, "the records of the commits are too long");
	err = kd_record_parse(a, copy, r);
	return err ? err : kd_commit_parse_message(a, r->message, c);
}

static void by_patch_id(struct linking *l, struct kd_view hex)
{
	uint8_t id[KD_SEG_OID];

	if (hex.n != 2 * KD_SEG_OID || !kd_oid_parse(hex, id, NULL))
		return;
	l->by = KD_LINK_PATCH_ID;
	kd_store_keys(l->to, kd_term(KD_KEY_PATCH_ID, kd_view((const char *)id, sizeof(id))), collect, l);
}

struct kd_error *kd_maillink_of_commit(const struct kd_mailstore *ms, const struct kd_store *git, uint32_t doc, struct kd_arena *a,
				       struct kd_maillinks *ret)
{
	struct linking l = {.ms = ms, .to = ms->mails, .a = a, .ret = ret, .mails = true};
	struct kd_record r;
	struct kd_commit c;
	struct kd_error *err = commit_of(git, doc, a, &r, &c);

	*ret = (struct kd_maillinks){.v = {NULL, 0, 0}};
	if (err)
		return err;
	kd_store_doc(git, doc, &l.self);
	for (size_t i = 0; i < c.nids; i++) {
		uint32_t mail;

		l.by = KD_LINK_ID;
		if (c.ids[i].kind == KD_ID_MESSAGE && kd_mailstore_find(ms, c.ids[i].value, &mail))
			collect(&l, mail);
	}
	by_patch_id(&l, r.patch_id);
	l.by = KD_LINK_TITLE;
	if (l.self.subject)
		kd_store_keys(ms->mails, l.self.subject, collect, &l);
	settle(&l);
	return NULL;
}

/* The record has the whole patch-id, the document its head. */
static void patch_id_of_mail(struct linking *l, const struct kd_mailstore *ms, uint32_t doc)
{
	kd_auto(kd_arena_deinit) struct kd_arena a = KD_ARENA_INIT((size_t)16 << 20);
	struct kd_mailrec r;
	struct kd_error *err = kd_mailstore_record(ms, doc, &a, &r);

	if (!err)
		by_patch_id(l, r.patch_id);
	kd_error_free(err);
}

void kd_maillink_of_mail(const struct kd_mailstore *ms, const struct kd_store *git, uint32_t doc, struct kd_view mid, struct kd_arena *a,
			 struct kd_maillinks *ret)
{
	struct linking l = {.ms = ms, .to = git, .a = a, .ret = ret};
	bool posts;

	*ret = (struct kd_maillinks){.v = {NULL, 0, 0}};
	kd_store_doc(ms->mails, doc, &l.self);
	posts = l.self.flags & KD_MAILDOC_DIFF || (l.self.flags & KD_MAILDOC_PATCH && !(l.self.flags & KD_MAILDOC_REPLY));
	l.by = KD_LINK_ID;
	kd_store_keys(git, kd_term(KD_KEY_LINK, mid), collect, &l);
	if (l.self.patch_id)
		patch_id_of_mail(&l, ms, doc);
	l.by = KD_LINK_TITLE;
	if (l.self.subject && posts && !(l.self.flags & KD_MAILDOC_REPLY))
		kd_store_keys(git, l.self.subject, collect, &l);
	settle(&l);
}

void kd_maillink_words(const struct kd_maillink *l, struct kd_buf *b)
{
	static const char *const words[] = {"link", "patch-id", "title", "author"};
	unsigned n = 0;

	for (unsigned i = 0; i < KD_ARRAY_LEN(words); i++)
		if (l->by >> i & 1)
			kd_buf_printf(b, "%s%s", n++ ? ", " : "", words[i]);
}
