// SPDX-License-Identifier: GPL-2.0-or-later
#include "history/maildoc.h"

#include "base/alloc.h"
#include "base/hash.h"
#include "history/commit.h"
#include "history/mail_internal.h"
#include "history/mailrec.h"
#include "history/mailwords.h"

enum { MEMORY = 64 << 20, SLOTS = 4096, WORDS_MAX = 1 << 20, BLOB_MIN = 7 };

void kd_mail_oid(struct kd_view mid, uint8_t ret[KD_SEG_OID])
{
	uint8_t sum[KD_SHA256_LEN];

	kd_sha256_of(mid, sum);
	memcpy(ret, sum, KD_SEG_OID);
}

void kd_maildoc_init(struct kd_maildoc *w)
{
	*w = (struct kd_maildoc){.arena = KD_ARENA_INIT(MEMORY), .slot = kd_xcalloc(SLOTS, sizeof(*w->slot)), .slots = SLOTS};
	kd_commitdoc_init(&w->commit);
}

void kd_maildoc_deinit(struct kd_maildoc *w)
{
	kd_arena_deinit(&w->arena);
	kd_commitdoc_deinit(&w->commit);
	kd_free(w->slot);
}

void kd_mailjob_init(struct kd_mailjob *j)
{
	*j = (struct kd_mailjob){.words = KD_BUF_INIT(WORDS_MAX * 8)};
	kd_newdoc_init(&j->mail);
	kd_newdoc_init(&j->patch);
}

void kd_mailjob_deinit(struct kd_mailjob *j)
{
	kd_newdoc_deinit(&j->mail);
	kd_newdoc_deinit(&j->patch);
	kd_buf_deinit(&j->words);
}

/* --- words ------------------------------------------------------------------------------------- */

static struct kd_mailword *place(struct kd_maildoc *w, uint64_t term)
{
	size_t i = term & (w->slots - 1);

	while (w->slot[i].n && w->slot[i].term != term)
		i = (i + 1) & (w->slots - 1);
	return &w->slot[i];
}

static void grow(struct kd_maildoc *w)
{
	struct kd_mailword *old = w->slot;
	const size_t n = w->slots;

	w->slots *= 2;
	w->slot = kd_xcalloc(w->slots, sizeof(*w->slot));
	for (size_t i = 0; i < n; i++)
		if (old[i].n)
			*place(w, old[i].term) = old[i];
	kd_free(old);
}

/* Is it new? */
static bool count(struct kd_maildoc *w, uint64_t term, bool exact)
{
	struct kd_mailword *p;

	if (2 * w->used >= w->slots)
		grow(w);
	p = place(w, term);
	p->exact = p->exact || exact;
	p->term = term;
	if (p->n++)
		return false;
	w->used++;
	return true;
}

struct indexing {
	struct kd_maildoc *w;
	struct kd_mailjob *job;
	enum kd_word_field field;
};

static bool one_word(void *user, struct kd_view word)
{
	const struct indexing *x = user;
	bool same;
	const uint64_t exact = kd_mail_exact_term(x->field, word, &same);

	if (x->w->used >= 2 * KD_NEWDOC_WORDS_MAX) {
		x->job->mail.flags |= KD_DOC_TEXT_CUT;
		return false;
	}
	/* the list of words has each form once for all fields: a term of no field says whether it was there */
	if (count(x->w, exact, same) && count(x->w, kd_term((enum kd_word_field)0, word), false))
		kd_buf_printf(&x->job->words, "%.*s\n", KD_VARG(word));
	if (!same && kd_mail_stems(word))
		count(x->w, kd_mail_stem_term(x->field, word), false);
	return true;
}

static bool one_field(void *user, enum kd_word_field field, struct kd_view text)
{
	struct indexing *x = user;

	x->field = field;
	kd_mail_words(text, one_word, x);
	return !(x->job->mail.flags & KD_DOC_TEXT_CUT);
}

/* Into the document, and the table is empty again. */
static void take_words(struct kd_maildoc *w, struct kd_newdoc *d)
{
	for (size_t i = 0; i < w->slots; i++) {
		const struct kd_mailword *p = &w->slot[i];
		struct kd_newword *to;

		if (!p->n || !kd_term_field(p->term))
			continue;
		to = kd_vec_push(&d->words, KD_NEWDOC_WORDS_MAX);
		if (to)
			*to = (struct kd_newword){p->term, (uint8_t)(kd_mail_amount(p->n) << 1 | p->exact)};
		else
			d->flags |= KD_DOC_TEXT_CUT;
	}
	memset(w->slot, 0, w->slots * sizeof(*w->slot));
	w->used = 0;
}

/* --- keys -------------------------------------------------------------------------------------- */

static void blob(struct kd_newdoc *d, enum kd_word_field field, struct kd_view digits)
{
	for (size_t n = BLOB_MIN; n <= digits.n && n <= 2 * KD_SEG_OID; n++)
		kd_newdoc_key(d, kd_term(field, kd_view_head(digits, n)));
}

static struct kd_view take_digits(struct kd_view *v)
{
	size_t n = 0;

	while (n < v->n && kd_is_xdigit(v->p[n]))
		n++;
	const struct kd_view ret = kd_view_head(*v, n);

	*v = kd_view_from(*v, n);
	return ret;
}

/* "index 1234567..89abcde 100644" */
static void blobs(struct kd_newdoc *d, struct kd_view diff)
{
	struct kd_view line, old;

	while (kd_mail_line(&diff, &line)) {
		if (!kd_view_skip(&line, KD_V("index ")))
			continue;
		old = take_digits(&line);
		if (!kd_view_skip(&line, KD_V("..")))
			continue;
		blob(d, KD_KEY_BLOB_OLD, old);
		blob(d, KD_KEY_BLOB_NEW, take_digits(&line));
	}
}

static void whole_words(struct kd_newdoc *d, const struct kd_mail *m, struct kd_view box)
{
	char low[256];
	const size_t n = m->list_id.n < sizeof(low) ? m->list_id.n : sizeof(low);

	for (size_t i = 0; i < n; i++)
		low[i] = (char)(m->list_id.p[i] >= 'A' && m->list_id.p[i] <= 'Z' ? m->list_id.p[i] | 0x20 : m->list_id.p[i]);
	kd_newdoc_word(d, KD_FIELD_LIST_ID, kd_view(low, n), 0);
	kd_newdoc_word(d, KD_FIELD_BOX, box, 0);
}

static void keys(struct kd_maildoc *w, const struct kd_mail *m, struct kd_newdoc *d)
{
	const struct kd_view title = kd_commit_title_key(&w->arena, kd_commit_title(m->subject.title, &(struct kd_view){0}));

	for (size_t i = m->nrefs > 150 ? m->nrefs - 150 : 0; i < m->nrefs; i++) /* the root is among the first, the parent among the last */
		kd_newdoc_key(d, kd_term(KD_KEY_REF, m->refs[i]));
	if (m->nrefs > 150)
		kd_newdoc_key(d, kd_term(KD_KEY_REF, m->refs[0]));
	d->subject = title.n ? kd_term(KD_KEY_SUBJECT, title) : 0;
	if (title.n && m->subject.patch && !m->subject.reply)
		kd_newdoc_key(d, d->subject);
	if (m->change_id.n)
		kd_newdoc_key(d, kd_term(KD_KEY_CHANGE_ID, m->change_id));
	if (m->author.n && kd_person_parse(m->author).mail.n)
		d->author = kd_term(KD_FIELD_AUTHOR, kd_person_parse(m->author).mail);
	if (m->diff_n)
		blobs(d, kd_view(m->body.p + m->diff_off, m->diff_n));
}

/* --- the patch --------------------------------------------------------------------------------- */

/* "Name <address>" as git writes it: no < > or line end inside of either. */
static void person(struct kd_buf *b, const char *what, struct kd_view who, int64_t date)
{
	struct kd_person p = kd_person_parse(who);

	kd_buf_printf(b, "%s ", what);
	for (size_t i = 0; i < p.name.n; i++)
		kd_buf_addc(b, strchr("<>\n\r", p.name.p[i]) ? ' ' : p.name.p[i]);
	kd_buf_printf(b, " <");
	for (size_t i = 0; i < p.mail.n; i++)
		kd_buf_addc(b, strchr("<>\n\r ", p.mail.p[i]) ? '_' : p.mail.p[i]);
	kd_buf_printf(b, "> %lld +0000\n", (long long)(date > 0 ? date : 0));
}

/* The message without the in-body From: that git am takes away. */
static struct kd_view message_of(const struct kd_mail *m)
{
	struct kd_view rest = kd_view_head(m->body, m->message_n), line, after;

	while (after = rest, kd_mail_line(&after, &line) && !kd_view_trim(line).n)
		rest = after;
	while (after = rest, kd_mail_line(&after, &line) && (kd_view_istarts(line, KD_V("from:")) || kd_view_istarts(line, KD_V("date:")) ||
							      kd_view_istarts(line, KD_V("subject:"))))
		rest = after;
	return rest;
}

/* The diffs of the body, one behind the other. */
static void all_diffs(const struct kd_mail *m, struct kd_buf *ret)
{
	for (size_t i = 0; i < m->nspans; i++)
		if (m->spans[i].kind == KD_SPAN_DIFF)
			kd_buf_add(ret, kd_view(m->body.p + m->spans[i].off, m->spans[i].n));
}

static struct kd_error *patch(struct kd_maildoc *w, const struct kd_mail *m, struct kd_mailjob *job)
{
	kd_auto(kd_buf_deinit) struct kd_buf raw = KD_BUF_INIT(KD_GITLOG_COMMIT_MAX), diff = KD_BUF_INIT(KD_GITLOG_DIFF_MAX);
	struct kd_gitlog_commit c = {.oid = job->mail.oid};
	struct kd_error *err;

	kd_buf_printf(&raw, "tree %040d\n", 0);
	person(&raw, "author", m->author, m->date);
	person(&raw, "committer", m->author, m->date);
	kd_buf_printf(&raw, "\n%.*s\n\n%.*s", KD_VARG(m->subject.title), KD_VARG(message_of(m)));
	all_diffs(m, &diff);
	c.raw = kd_buf_view(&raw);
	c.diff = kd_buf_view(&diff);
	c.cut = diff.overflow;
	err = kd_commitdoc(&w->commit, &c, &job->patch);
	job->has_patch = !err;
	return err;
}

/* Patch-ids of the two documents are the same; the mail's is looked up from commits. */
static struct kd_view patch_id_of(const struct kd_mailjob *job, char hex[2 * KD_SEG_OID + 1])
{
	struct kd_view rest = kd_buf_view(&job->patch.text), line;

	while (job->has_patch && kd_view_take_until(&rest, KD_V("\n"), &line) && line.n)
		if (kd_view_skip(&line, KD_V("patch-id ")) && line.n == 2 * KD_SEG_OID) {
			memcpy(hex, line.p, line.n);
			return kd_view(hex, line.n);
		}
	return KD_VNULL;
}

static uint32_t flags_of(const struct kd_mail *m)
{
	return (m->subject.patch || m->diff_n ? KD_MAILDOC_PATCH : 0) | (m->subject.reply ? KD_MAILDOC_REPLY : 0) |
	       (m->diff_n ? KD_MAILDOC_DIFF : 0) | (m->nsigns ? KD_MAILDOC_SIGNS : 0) | (m->damage ? KD_MAILDOC_DAMAGED : 0) |
	       (m->damage & KD_MAIL_CUT || m->body.n > KD_MAILREC_BODY_MAX ? KD_DOC_TEXT_CUT : 0);
}

struct kd_error *kd_maildoc(struct kd_maildoc *w, const struct kd_mail *m, struct kd_view box, struct kd_view source,
			    struct kd_mailjob *ret)
{
	struct kd_newdoc *d = &ret->mail;
	struct indexing x = {.w = w, .job = ret};
	char hex[2 * KD_SEG_OID + 1];
	uint8_t id[KD_SEG_OID];
	struct kd_view patch_id;
	struct kd_mailrec r;
	struct kd_error *err = NULL;

	kd_arena_reset(&w->arena);
	kd_newdoc_clear(d);
	kd_newdoc_clear(&ret->patch);
	kd_buf_clear(&ret->words);
	ret->has_patch = false;
	kd_mail_oid(m->id, d->oid);
	d->date = m->date_from == KD_MAIL_DATE_NONE ? 0 : m->date;
	d->commit_date = m->received ? m->received : d->date;
	d->flags = flags_of(m);
	if (m->diff_n)
		err = patch(w, m, ret);
	if (err)
		return err;
	patch_id = patch_id_of(ret, hex);
	if (kd_oid_parse(patch_id, id, NULL)) {
		d->patch_id = kd_oid_head(id);
		kd_newdoc_key(d, kd_term(KD_KEY_PATCH_ID, kd_view((const char *)id, sizeof(id))));
	}
	keys(w, m, d);
	kd_mailrec_write(&d->text, m, box, source, patch_id);
	err = kd_mailrec_parse(&w->arena, kd_buf_view(&d->text), &r);
	if (!err)
		err = kd_mailrec_fields(&w->arena, &r, one_field, &x);
	take_words(w, d);
	whole_words(d, m, box);
	kd_newdoc_seal(d);
	return err;
}
