// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * mail_list PATH [POSITION_FILE]: what tests/run/mail-referees holds against other programs. One JSON line per mail of
 * PATH, as kdoc reads it; at the end one with counts. With a POSITION_FILE: from there on, and it is written.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fs.h"
#include "base/hash.h"
#include "base/json.h"
#include "history/mail.h"
#include "history/mailsrc.h"

struct list {
	struct kd_gmime *g;
	struct kd_arena a;
	uint64_t aside;
};

static bool to_stdout(void *user, struct kd_view v)
{
	(void)user;
	return fwrite(v.p, 1, v.n, stdout) == v.n;
}

static void digest(struct kd_json *j, const char *key, struct kd_view v)
{
	uint8_t sum[KD_SHA256_LEN];
	char hex[2 * KD_SHA256_LEN + 1];

	kd_sha256_of(v, sum);
	kd_hex(sum, sizeof(sum), hex);
	kd_json_kv_strz(j, key, hex);
}

static void addresses(struct kd_json *j, const char *key, const struct kd_mail_addresses *a)
{
	kd_json_key(j, key);
	kd_json_begin_array(j);
	for (size_t i = 0; i < a->n; i++) {
		kd_json_begin_array(j);
		kd_json_str(j, a->v[i].name);
		kd_json_str(j, a->v[i].addr);
		kd_json_end_array(j);
	}
	kd_json_end_array(j);
}

static void subject(struct kd_json *j, const struct kd_mail_subject *s)
{
	kd_json_kv_str(j, "subject", s->text);
	kd_json_kv_str(j, "title", s->title);
	kd_json_kv_str(j, "words", s->words);
	kd_json_kv_bool(j, "reply", s->reply);
	kd_json_kv_bool(j, "patch", s->patch);
	kd_json_kv_bool(j, "rfc", s->rfc);
	kd_json_kv_bool(j, "pull", s->pull);
	kd_json_kv_u64(j, "version", s->version);
	if (s->has_number) {
		kd_json_kv_u64(j, "index", s->index);
		kd_json_kv_u64(j, "total", s->total);
	}
}

static void found(struct kd_json *j, const struct kd_mail *m)
{
	kd_json_key(j, "trailers");
	kd_json_begin_array(j);
	for (size_t i = 0; i < m->ntrailers; i++) {
		kd_json_begin_array(j);
		kd_json_str(j, m->trailers[i].key);
		kd_json_str(j, m->trailers[i].value);
		kd_json_bool(j, m->trailers[i].in_patch);
		kd_json_end_array(j);
	}
	kd_json_end_array(j);
	kd_json_key(j, "signs");
	kd_json_begin_array(j);
	for (size_t i = 0; i < m->nsigns; i++) {
		kd_json_begin_array(j);
		kd_json_strz(j, kd_mail_sign_word(m->signs[i].kind));
		kd_json_str(j, m->signs[i].line);
		kd_json_str(j, m->signs[i].tree);
		kd_json_end_array(j);
	}
	kd_json_end_array(j);
	kd_json_key(j, "commits");
	kd_json_begin_array(j);
	for (size_t i = 0; i < m->ncommits; i++) {
		kd_json_begin_array(j);
		kd_json_str(j, m->commits[i].sha);
		kd_json_str(j, m->commits[i].how);
		kd_json_str(j, m->commits[i].subject);
		kd_json_end_array(j);
	}
	kd_json_end_array(j);
}

static void fields(struct kd_json *j, const struct kd_mail *m)
{
	unsigned damage = m->damage;
	const char *word;

	kd_json_kv_str(j, "id", m->id);
	kd_json_key(j, "refs");
	kd_json_begin_array(j);
	for (size_t i = 0; i < m->nrefs; i++)
		kd_json_str(j, m->refs[i]);
	kd_json_end_array(j);
	addresses(j, "from", &m->from);
	addresses(j, "to", &m->to);
	addresses(j, "cc", &m->cc);
	kd_json_kv_str(j, "author", m->author);
	kd_json_kv_str(j, "list", m->list_id);
	kd_json_kv_i64(j, "date", m->date);
	kd_json_kv_u64(j, "date_from", m->date_from);
	subject(j, &m->subject);
	kd_json_kv_str(j, "change_id", m->change_id);
	digest(j, "body_sha256", m->body);
	kd_json_kv_u64(j, "body_bytes", m->body.n);
	kd_json_kv_u64(j, "message_bytes", m->message_n);
	kd_json_kv_u64(j, "diff_bytes", m->diff_n);
	if (m->diff_n)
		digest(j, "diff_sha256", kd_view(m->body.p + m->diff_off, m->diff_n));
	kd_json_kv_u64(j, "attachments", m->attachments);
	kd_json_key(j, "damage");
	kd_json_begin_array(j);
	while ((word = kd_mail_damage_word(&damage)))
		kd_json_strz(j, word);
	kd_json_end_array(j);
}

static struct kd_error *on_mail(void *user, const struct kd_mailsrc_mail *in)
{
	struct list *l = user;
	struct kd_json j;
	struct kd_mail m;
	struct kd_error *err = in->lost ? kd_error_new(KD_BADDATA, "%s", in->lost)
					: kd_mail_parse(l->g, in->bytes, &l->a, &m);

	kd_json_init_flush(&j, to_stdout, NULL, KD_JSON_COMPACT);
	kd_json_begin_object(&j);
	kd_json_kv_str(&j, "source", in->id);
	kd_json_kv_bool(&j, "deleted", in->deleted);
	if (err) {
		l->aside++;
		kd_json_kv_strz(&j, "aside", err->msg);
	} else {
		fields(&j, &m);
		found(&j, &m);
		if (getenv("MAIL_LIST_BODY"))
			kd_json_kv_str(&j, "body", m.body);
	}
	kd_json_end_object(&j);
	kd_error_free(err);
	err = kd_json_finish(&j);
	putchar('\n');
	kd_arena_reset(&l->a);
	return err;
}

static void end(const struct kd_mailsrc *s, const struct kd_mailsrc_read *r, const struct list *l)
{
	struct kd_json j;

	kd_json_init_flush(&j, to_stdout, NULL, KD_JSON_COMPACT);
	kd_json_begin_object(&j);
	kd_json_kv_strz(&j, "kind", kd_mailsrc_word(kd_mailsrc_kind(s)));
	kd_json_kv_u64(&j, "given", r->given);
	kd_json_kv_u64(&j, "lost", r->lost);
	kd_json_kv_u64(&j, "aside", l->aside);
	kd_json_kv_bool(&j, "restarted", r->restarted);
	kd_json_kv_strz(&j, "note", r->note);
	kd_json_kv_str(&j, "position", kd_buf_view(r->position));
	kd_json_end_object(&j);
	kd_error_free(kd_json_finish(&j));
	putchar('\n');
}

static struct kd_error *run(struct kd_ctx *ctx, const char *path, const char *position)
{
	kd_auto(kd_mailsrc_closep) struct kd_mailsrc *s = NULL;
	kd_auto(kd_buf_deinit) struct kd_buf old = KD_BUF_INIT(1 << 20), now = KD_BUF_INIT(1 << 20);
	struct list l = {.a = KD_ARENA_INIT(KD_MAIL_ARENA)};
	struct kd_mailsrc_read r = {.fn = on_mail, .user = &l, .position = &now};
	struct kd_error *err = kd_gmime_open(&l.g);

	if (!err)
		err = kd_mailsrc_open(ctx, path, &s);
	if (!err && position && kd_fs_exists(position))
		err = kd_fs_read_small(position, 1 << 20, &old);
	r.since = kd_buf_view(&old);
	if (!err)
		err = kd_mailsrc_read(s, &r);
	if (!err)
		end(s, &r, &l);
	if (!err && position)
		err = kd_fs_write_atomic(position, kd_buf_view(&now), 0600);
	kd_gmime_close(l.g);
	kd_arena_deinit(&l.a);
	return err;
}

int main(int argc, char **argv)
{
	struct kd_error *err;
	struct kd_ctx ctx;
	int status;

	if (argc < 2)
		return 2;
	kd_ctx_init(&ctx);
	err = run(&ctx, argv[1], argc > 2 ? argv[2] : NULL);
	if (err)
		fprintf(stderr, "mail_list: %s\n", err->msg);
	status = err ? 1 + (err->cls == KD_UNSUPPORTED) : 0;
	kd_error_free(err);
	kd_ctx_deinit(&ctx);
	return status;
}
