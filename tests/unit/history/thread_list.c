// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * thread_list PATH: threads and series of a source of mails, for tests/run/mail-referees. JSON lines:
 * {"id", "parent", "root", "guessed"} of each mail, {"posting", …} of each posting, one with counts.
 */
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/vec.h"
#include "history/mailsrc.h"
#include "history/series.h"

struct list {
	struct kd_gmime *g;
	struct kd_arena a, keep;
	KD_VEC(struct kd_thread_mail) mails;
	KD_VEC(struct kd_series_mail) series;
};

static bool to_stdout(void *user, struct kd_view v)
{
	(void)user;
	return fwrite(v.p, 1, v.n, stdout) == v.n;
}

static struct kd_view keep(struct list *l, struct kd_view v)
{
	return v.n ? kd_arena_view(&l->keep, v) : KD_V("");
}

static void add(struct list *l, const struct kd_mail *m)
{
	struct kd_thread_mail *t = kd_vec_push(&l->mails, 10000000);
	struct kd_series_mail *s = kd_vec_push(&l->series, 10000000);
	struct kd_view *refs = kd_arena_array(&l->keep, m->nrefs + 1, struct kd_view);
	struct kd_mail_subject *subject = kd_arena_new(&l->keep, struct kd_mail_subject);

	for (size_t i = 0; i < m->nrefs; i++)
		refs[i] = keep(l, m->refs[i]);
	*subject = m->subject;
	subject->text = keep(l, subject->text);
	subject->title = keep(l, subject->title);
	subject->base = keep(l, subject->base);
	subject->words = keep(l, subject->words);
	*t = (struct kd_thread_mail){.id = keep(l, m->id), .refs = refs, .nrefs = m->nrefs, .date = m->date,
				     .base = subject->base, .reply = m->subject.reply};
	*s = (struct kd_series_mail){.node = (uint32_t)(l->mails.n - 1), .subject = subject,
				     .author = keep(l, m->from.n ? m->from.v[0].addr : KD_VNULL),
				     .change_id = keep(l, m->change_id), .date = m->date, .has_diff = m->diff_n != 0};
}

/* What the archive took out is in no thread. */
static void take_out(struct list *l, struct kd_view id)
{
	for (size_t i = 0; i < l->mails.n; i++) {
		if (!kd_view_eq(l->mails.v[i].id, id))
			continue;
		memmove(l->mails.v + i, l->mails.v + i + 1, (l->mails.n - i - 1) * sizeof(l->mails.v[0]));
		memmove(l->series.v + i, l->series.v + i + 1, (l->series.n - i - 1) * sizeof(l->series.v[0]));
		l->mails.n--;
		l->series.n--;
		return;
	}
}

static struct kd_error *on_mail(void *user, const struct kd_mailsrc_mail *in)
{
	struct list *l = user;
	struct kd_mail m;
	struct kd_error *err;

	if (in->lost)
		return NULL;
	err = kd_mail_parse(l->g, in->bytes, &l->a, &m);
	if (!err && in->deleted)
		take_out(l, m.id);
	else if (!err)
		add(l, &m);
	kd_error_free(err);
	kd_arena_reset(&l->a);
	return NULL;
}

static void finish(struct kd_json *j)
{
	kd_json_end_object(j);
	kd_error_free(kd_json_finish(j));
	putchar('\n');
}

static void begin(struct kd_json *j)
{
	kd_json_init_flush(j, to_stdout, NULL, KD_JSON_COMPACT);
	kd_json_begin_object(j);
}

static void print_threads(const struct kd_threads *t)
{
	struct kd_json j;

	for (size_t i = 0; i < t->nmails; i++) {
		const struct kd_thread_node *n = &t->node[i];

		if (n->same != i)
			continue;
		begin(&j);
		kd_json_kv_str(&j, "id", n->id);
		kd_json_kv_str(&j, "parent", n->parent == KD_THREAD_NONE ? KD_V("") : t->node[n->parent].id);
		kd_json_kv_str(&j, "root", t->node[n->root].id);
		kd_json_kv_bool(&j, "guessed", n->guessed);
		finish(&j);
	}
	begin(&j);
	kd_json_kv_u64(&j, "mails", t->nmails);
	kd_json_kv_u64(&j, "roots", t->roots);
	kd_json_kv_u64(&j, "missing", t->missing);
	kd_json_kv_u64(&j, "guessed", t->guessed);
	kd_json_kv_u64(&j, "cut", t->cut);
	kd_json_kv_u64(&j, "doubles", t->doubles);
	finish(&j);
}

static void print_id(struct kd_json *j, const struct list *l, uint32_t mail)
{
	if (mail == KD_SERIES_NONE)
		kd_json_null(j);
	else
		kd_json_str(j, l->mails.v[mail].id);
}

static void print_series(const struct list *l, const struct kd_series *s)
{
	static const char *const how[] = {"first", "change-id", "title", "patches (guessed)"};
	struct kd_json j;

	for (size_t i = 0; i < s->n; i++) {
		const struct kd_posting *p = &s->posting[i];

		begin(&j);
		kd_json_kv_u64(&j, "posting", i);
		kd_json_kv_u64(&j, "work", p->work);
		kd_json_kv_u64(&j, "version", p->version);
		kd_json_kv_u64(&j, "have", p->have);
		kd_json_kv_u64(&j, "total", p->total);
		kd_json_kv_strz(&j, "how", how[p->how]);
		kd_json_kv_bool(&j, "newest", p->newest);
		kd_json_kv_str(&j, "author", p->author);
		kd_json_kv_str(&j, "title", p->title);
		kd_json_key(&j, "cover");
		print_id(&j, l, p->cover);
		kd_json_key(&j, "patches");
		kd_json_begin_array(&j);
		for (unsigned k = 0; k < p->total; k++)
			print_id(&j, l, p->patch[k]);
		kd_json_end_array(&j);
		finish(&j);
	}
}

static struct kd_error *run(struct kd_ctx *ctx, const char *path, struct list *l)
{
	kd_auto(kd_mailsrc_closep) struct kd_mailsrc *src = NULL;
	kd_auto(kd_buf_deinit) struct kd_buf position = KD_BUF_INIT(1 << 20);
	struct kd_mailsrc_read r = {.fn = on_mail, .user = l, .position = &position};
	struct kd_threads t;
	struct kd_series s;
	struct kd_error *err = kd_gmime_open(&l->g);

	if (!err)
		err = kd_mailsrc_open(ctx, path, &src);
	if (!err)
		err = kd_mailsrc_read(src, &r);
	for (size_t i = 0; i < l->series.n; i++)
		l->series.v[i].node = (uint32_t)i;
	if (!err)
		err = kd_threads_build(l->mails.v, l->mails.n, &l->keep, &t);
	if (!err)
		err = kd_series_build(&t, l->series.v, l->series.n, &l->keep, &s);
	if (!err) {
		print_series(l, &s);
		print_threads(&t);
	}
	return err;
}

int main(int argc, char **argv)
{
	struct list l = {.a = KD_ARENA_INIT(KD_MAIL_ARENA), .keep = KD_ARENA_INIT((size_t)4 << 30)};
	struct kd_error *err;
	struct kd_ctx ctx;
	int status = 0;

	if (argc != 2)
		return 2;
	kd_ctx_init(&ctx);
	err = run(&ctx, argv[1], &l);
	if (err) {
		fprintf(stderr, "thread_list: %s\n", err->msg);
		status = 1 + (err->cls == KD_UNSUPPORTED);
	}
	kd_error_free(err);
	kd_gmime_close(l.g);
	kd_vec_free(&l.mails);
	kd_vec_free(&l.series);
	kd_arena_deinit(&l.a);
	kd_arena_deinit(&l.keep);
	kd_ctx_deinit(&ctx);
	return status;
}
