// SPDX-License-Identifier: GPL-2.0-or-later
/* Any bytes as a mail: refused with a reason, or parts that hang together. Without GMime the parts that need none. */
#include "base/alloc.h"
#include "base/utf8.h"
#include "fuzz.h"
#include "history/mail_internal.h"
#include "history/maildoc.h"
#include "history/mailrec.h"

static void inside(struct kd_view part, struct kd_view whole)
{
	check(!part.n || (part.p >= whole.p && part.p + part.n <= whole.p + whole.n));
}

static void whole(const struct kd_mail *m)
{
	size_t at = 0;

	check(m->id.n && m->id.n <= 80 + KD_MAIL_ID_MAX && m->nrefs <= KD_MAIL_REFS_MAX);
	check(kd_utf8_valid(m->subject.text) && kd_utf8_valid(m->body));
	check(m->subject.index <= m->subject.total);
	for (size_t i = 0; i < m->nspans; i++) {
		check(m->spans[i].off == at && m->spans[i].n);
		at += m->spans[i].n;
	}
	check(at == m->body.n && m->diff_off + m->diff_n <= at && m->message_n <= at);
	for (size_t i = 0; i < m->nrefs; i++)
		for (size_t k = 0; k < i; k++)
			check(!kd_view_eq(m->refs[i], m->refs[k]));
	for (size_t i = 0; i < m->ntrailers; i++)
		inside(m->trailers[i].value, m->body);
	for (size_t i = 0; i < m->nsigns; i++)
		inside(m->signs[i].line, m->body);
	for (size_t i = 0; i < m->ncommits; i++)
		check(m->commits[i].sha.n >= 8 && m->commits[i].sha.n <= 64);
	for (size_t i = 0; i < m->from.n; i++)
		check(kd_utf8_valid(m->from.v[i].name) && kd_utf8_valid(m->from.v[i].addr));
}

/* What is plain text: subject, date, flowed lines, HTML. */
static void pieces(struct kd_view all, struct kd_arena *a)
{
	struct kd_buf b = KD_BUF_INIT((size_t)16 << 20);
	struct kd_mail_subject s;
	int64_t t;

	check(kd_mail_subject_parse(all, a, &s));
	(void)kd_mail_date(all, &t);
	kd_mail_unflow(all, false, &b);
	kd_buf_clear(&b);
	kd_mail_unhtml(all, &b);
	check(!b.overflow);
	kd_buf_deinit(&b);
}

/* What the index keeps of it: the record says what the mail said, the words are words. */
static void indexed(const struct kd_mail *m)
{
	struct kd_arena a = KD_ARENA_INIT(KD_MAIL_ARENA);
	struct kd_maildoc w;
	struct kd_mailjob job;
	struct kd_mailrec r;
	struct kd_error *err;

	kd_maildoc_init(&w);
	kd_mailjob_init(&job);
	err = kd_maildoc(&w, m, KD_V("box"), KD_V("source"), &job);
	check(!err || err->cls == KD_LIMIT);
	if (!err) {
		check(!job.words.overflow && (!job.words.n || job.words.p[job.words.n - 1] == '\n'));
		err = kd_mailrec_parse(&a, kd_buf_view(&job.mail.text), &r);
		check(!err || err->cls == KD_LIMIT);
		if (!err)
			check(kd_view_eq(r.box, KD_V("box")) && kd_view_eq(r.source, KD_V("source")) && r.nrefs == m->nrefs &&
			      kd_utf8_valid(r.body) && kd_utf8_valid(r.subject));
	}
	kd_error_free(err);
	kd_mailjob_deinit(&job);
	kd_maildoc_deinit(&w);
	kd_arena_deinit(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const void *p = data;
	struct kd_view all = kd_view(p, size);
	struct kd_arena a = KD_ARENA_INIT(KD_MAIL_ARENA);
	struct kd_gmime *g = NULL;
	struct kd_error *err = kd_gmime_open(&g);
	struct kd_mail m;

	kd_error_free(err);
	pieces(all, &a);
	if (g) {
		err = kd_mail_parse(g, all, &a, &m);
		check(!err || err->cls == KD_LIMIT || err->cls == KD_BADDATA);
		if (!err) {
			whole(&m);
			indexed(&m);
		}
		kd_error_free(err);
	}
	kd_gmime_close(g);
	kd_arena_deinit(&a);
	return 0;
}
