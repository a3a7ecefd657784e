// SPDX-License-Identifier: GPL-2.0-or-later
#include "history/mailstore.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fs.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/jsonin.h"
#include "base/le.h"

enum { MANIFEST_MAX = 256 << 20, MEMORY = 512 << 20, HEAD = 16 };
#define MAGIC "kdocKDM\n"

const char *kd_mailstore_keep(struct kd_mailstore *ms, struct kd_view v)
{
	const struct kd_view copy = kd_arena_view(&ms->arena, v);

	return copy.p ? copy.p : "";
}

/* --- boxes ------------------------------------------------------------------------------------- */

static const char *text(struct kd_mailstore *ms, struct kd_jval v, const char *key)
{
	return kd_mailstore_keep(ms, kd_jsonin_member_str(v, key));
}

static void read_box(struct kd_mailstore *ms, struct kd_jval v)
{
	struct kd_mailbox *b = kd_vec_push(&ms->boxes, KD_MAILBOXES_MAX);
	const struct kd_jval aside = kd_jsonin_get(v, "aside"), reasons = kd_jsonin_get(v, "reasons");

	if (!b)
		return;
	b->name = text(ms, v, "name");
	b->path = text(ms, v, "path");
	b->local = text(ms, v, "local");
	b->kind = text(ms, v, "kind");
	b->position = text(ms, v, "position");
	b->indexed = kd_jsonin_member_i64(v, "indexed");
	b->newest = kd_jsonin_member_i64(v, "newest");
	b->mails = (uint64_t)kd_jsonin_member_i64(v, "mails");
	b->removed = (uint64_t)kd_jsonin_member_i64(v, "removed");
	b->doubles = (uint64_t)kd_jsonin_member_i64(v, "doubles");
	b->cut = (uint64_t)kd_jsonin_member_i64(v, "cut");
	b->naside = (uint64_t)kd_jsonin_member_i64(v, "naside");
	b->complete = kd_jsonin_member_bool(v, "complete");
	b->stale = kd_jsonin_member_bool(v, "stale");
	for (size_t i = 0; i < kd_jsonin_len(aside); i++) {
		struct kd_mail_aside *a = kd_vec_push(&b->aside, KD_MAILBOX_ASIDE_MAX);

		if (a)
			*a = (struct kd_mail_aside){text(ms, kd_jsonin_at(aside, i), "source"), text(ms, kd_jsonin_at(aside, i), "why")};
	}
	for (size_t i = 0; i < kd_jsonin_len(reasons); i++) {
		struct kd_mail_reason *r = kd_vec_push(&b->reasons, KD_MAILBOX_REASONS_MAX);

		if (r)
			*r = (struct kd_mail_reason){text(ms, kd_jsonin_at(reasons, i), "why"), (uint64_t)kd_jsonin_member_i64(kd_jsonin_at(reasons, i), "n")};
	}
}

/* Names that we gave: no paths. */
static bool lex_name_ok(struct kd_view name)
{
	struct kd_view rest = name;
	uint64_t n;

	return kd_view_skip(&rest, KD_V("words-")) && kd_view_dec(rest, &n);
}

static struct kd_error *read_manifest(struct kd_mailstore *ms, struct kd_jval root, const char *path)
{
	const struct kd_jval boxes = kd_jsonin_get(root, "boxes"), words = kd_jsonin_get(root, "words");
	struct kd_view file;

	if (!kd_view_eq(kd_jsonin_member_str(root, "schema"), KD_V("kdoc.mail-boxes/1")))
		return kd_error_new(KD_UNSUPPORTED, "%s is no list of archives that this program reads", path);
	for (size_t i = 0; i < kd_jsonin_len(words); i++) {
		const struct kd_jval one = kd_jsonin_at(words, i);

		if (i >= 64 || !kd_jsonin_str(kd_jsonin_get(one, "file"), &file) || !lex_name_ok(file))
			return kd_error_new(KD_BADDATA, "%s is damaged: it names no file as a list of words", path);
		*kd_vec_push(&ms->lexfiles, 64) = kd_xstrndup(file.p, file.n);
		*kd_vec_push(&ms->lexchecks, 64) = (uint32_t)kd_jsonin_member_i64(one, "check");
	}
	ms->lexnext = (uint64_t)kd_jsonin_member_i64(root, "next_words");
	for (size_t i = 0; i < kd_jsonin_len(boxes); i++)
		read_box(ms, kd_jsonin_at(boxes, i));
	return NULL;
}

static struct kd_error *read_boxes(struct kd_mailstore *ms)
{
	static const struct kd_jsonin_opts opts = {.max_bytes = MANIFEST_MAX, .max_values = 20000000};
	kd_auto(kd_freep) char *path = kd_xprintf("%s/boxes.json", ms->dir);
	kd_auto(kd_buf_deinit) struct kd_buf t = KD_BUF_INIT(MANIFEST_MAX);
	kd_auto(kd_jsonin_freep) struct kd_jsonin *doc = NULL;
	struct kd_error *err = kd_fs_read_small(path, MANIFEST_MAX, &t);

	if (!err)
		err = kd_error_wrap(kd_jsonin_parse(kd_buf_view(&t), &opts, &doc), "reading %s", path);
	return err ? err : read_manifest(ms, kd_jsonin_root(doc), path);
}

static void write_box(struct kd_json *j, const struct kd_mailbox *b)
{
	kd_json_begin_object(j);
	kd_json_kv_strz(j, "name", b->name);
	kd_json_kv_strz(j, "path", b->path);
	kd_json_kv_strz(j, "local", b->local);
	kd_json_kv_strz(j, "kind", b->kind);
	kd_json_kv_strz(j, "position", b->position);
	kd_json_kv_i64(j, "indexed", b->indexed);
	kd_json_kv_i64(j, "newest", b->newest);
	kd_json_kv_u64(j, "mails", b->mails);
	kd_json_kv_u64(j, "removed", b->removed);
	kd_json_kv_u64(j, "doubles", b->doubles);
	kd_json_kv_u64(j, "cut", b->cut);
	kd_json_kv_bool(j, "complete", b->complete);
	kd_json_kv_bool(j, "stale", b->stale);
	kd_json_kv_u64(j, "naside", b->naside);
	kd_json_key(j, "aside");
	kd_json_begin_array(j);
	kd_vec_each(a, &b->aside) {
		kd_json_begin_object(j);
		kd_json_kv_strz(j, "source", a->source);
		kd_json_kv_strz(j, "why", a->why);
		kd_json_end_object(j);
	}
	kd_json_end_array(j);
	kd_json_key(j, "reasons");
	kd_json_begin_array(j);
	kd_vec_each(r, &b->reasons) {
		kd_json_begin_object(j);
		kd_json_kv_strz(j, "why", r->why);
		kd_json_kv_u64(j, "n", r->n);
		kd_json_end_object(j);
	}
	kd_json_end_array(j);
	kd_json_end_object(j);
}

static struct kd_error *write_manifest(const struct kd_mailstore *ms)
{
	kd_auto(kd_freep) char *path = kd_xprintf("%s/boxes.json", ms->dir);
	kd_auto(kd_buf_deinit) struct kd_buf t = KD_BUF_INIT(MANIFEST_MAX);
	struct kd_json j;
	struct kd_error *err;

	kd_json_init(&j, &t, KD_JSON_PRETTY);
	kd_json_begin_object(&j);
	kd_json_kv_strz(&j, "schema", "kdoc.mail-boxes/1");
	kd_json_kv_u64(&j, "next_words", ms->lexnext);
	kd_json_key(&j, "words");
	kd_json_begin_array(&j);
	for (size_t i = 0; i < ms->lexfiles.n; i++) {
		kd_json_begin_object(&j);
		kd_json_kv_strz(&j, "file", ms->lexfiles.v[i]);
		kd_json_kv_u64(&j, "check", ms->lexchecks.v[i]);
		kd_json_end_object(&j);
	}
	kd_json_end_array(&j);
	kd_json_key(&j, "boxes");
	kd_json_begin_array(&j);
	kd_vec_each(b, &ms->boxes)
		write_box(&j, b);
	kd_json_end_array(&j);
	kd_json_end_object(&j);
	err = kd_json_finish(&j);
	return err ? err : kd_fs_write_atomic(path, kd_buf_view(&t), 0644);
}

struct kd_mailbox *kd_mailstore_box(const struct kd_mailstore *ms, const char *name)
{
	kd_vec_each(b, &ms->boxes)
		if (!strcmp(b->name, name))
			return b;
	return NULL;
}

struct kd_mailbox *kd_mailstore_add_box(struct kd_mailstore *ms, const char *name)
{
	struct kd_mailbox *b = kd_mailstore_box(ms, name);

	if (b || !(b = kd_vec_push(&ms->boxes, KD_MAILBOXES_MAX)))
		return b;
	b->name = kd_mailstore_keep(ms, kd_view_of(name));
	b->path = b->local = b->kind = b->position = "";
	return b;
}

void kd_mailbox_aside(struct kd_mailstore *ms, struct kd_mailbox *b, struct kd_view source, const char *why)
{
	struct kd_mail_aside *a = kd_vec_push(&b->aside, KD_MAILBOX_ASIDE_MAX);
	struct kd_mail_reason *r = NULL;

	b->naside++;
	if (a)
		*a = (struct kd_mail_aside){kd_mailstore_keep(ms, source), kd_mailstore_keep(ms, kd_view_of(why))};
	kd_vec_each(x, &b->reasons)
		if (!strcmp(x->why, why))
			r = x;
	if (!r && (r = kd_vec_push(&b->reasons, KD_MAILBOX_REASONS_MAX)))
		r->why = kd_mailstore_keep(ms, kd_view_of(why));
	if (r)
		r->n++;
}

/* --- removed mails ----------------------------------------------------------------------------- */

static int by_oid(const void *a, const void *b)
{
	const struct kd_mail_oid *x = a, *y = b;
	const int c = memcmp(x->v, y->v, KD_SEG_OID);

	return c ? c : (x->order > y->order) - (x->order < y->order);
}

void kd_mailstore_remove(struct kd_mailstore *ms, const uint8_t oid[KD_SEG_OID], bool gone)
{
	struct kd_mail_oid *slot = kd_vec_push(&ms->removed, KD_MAILSTORE_REMOVED_MAX);

	if (!slot)
		return;
	memcpy(slot->v, oid, KD_SEG_OID);
	slot->gone = gone;
	slot->order = (uint32_t)ms->removed.n;
}

static struct kd_error *read_removed(struct kd_mailstore *ms)
{
	const size_t max = HEAD + (size_t)KD_MAILSTORE_REMOVED_MAX * KD_SEG_OID;
	kd_auto(kd_freep) char *path = kd_xprintf("%s/removed", ms->dir);
	kd_auto(kd_buf_deinit) struct kd_buf t = KD_BUF_INIT(max);
	struct kd_error *err = kd_fs_read_small(path, max, &t);
	struct kd_view rest;

	if (kd_error_catch(&err, KD_NOTFOUND))
		return NULL;
	if (err)
		return err;
	rest = kd_view_from(kd_buf_view(&t), HEAD);
	if (t.n < HEAD || rest.n % KD_SEG_OID || memcmp(t.p, MAGIC, 8) != 0 || kd_le32((const uint8_t *)t.p + 8) != kd_check32(rest))
		return kd_error_new(KD_BADDATA, "%s is damaged", path);
	for (; rest.n; rest = kd_view_from(rest, KD_SEG_OID))
		kd_mailstore_remove(ms, (const uint8_t *)rest.p, true);
	return NULL;
}

/* Of each id the last word counts; then they are as if they had been read. */
static void settle_removed(struct kd_mailstore *ms)
{
	size_t n = 0;

	if (ms->removed.n)
		qsort(ms->removed.v, ms->removed.n, sizeof(*ms->removed.v), by_oid);
	for (size_t i = 0; i < ms->removed.n; i++) {
		const struct kd_mail_oid *o = &ms->removed.v[i];

		if ((i + 1 < ms->removed.n && !memcmp(o->v, o[1].v, KD_SEG_OID)) || !o->gone)
			continue;
		ms->removed.v[n] = *o;
		ms->removed.v[n].order = (uint32_t)n + 1;
		n++;
	}
	ms->removed.n = n;
}

static struct kd_error *write_removed(struct kd_mailstore *ms)
{
	kd_auto(kd_freep) char *path = kd_xprintf("%s/removed", ms->dir);
	kd_auto(kd_buf_deinit) struct kd_buf t = KD_BUF_INIT(HEAD + (ms->removed.n + 1) * KD_SEG_OID);
	uint8_t head[HEAD] = MAGIC;

	settle_removed(ms);
	if (!ms->removed.n && !kd_fs_exists(path))
		return NULL;
	kd_buf_add(&t, kd_view((const char *)head, sizeof(head)));
	kd_vec_each(o, &ms->removed)
		kd_buf_add(&t, kd_view((const char *)o->v, KD_SEG_OID));
	kd_put_le32((uint8_t *)t.p + 8, kd_check32(kd_view_from(kd_buf_view(&t), HEAD)));
	return kd_fs_write_atomic(path, kd_buf_view(&t), 0644);
}

static void find_gone(struct kd_mailstore *ms)
{
	ms->gone.n = ms->mails->docs;
	ms->gone.v = kd_xcalloc((size_t)ms->gone.n / 64 + 1, sizeof(*ms->gone.v));
	kd_vec_each(r, &ms->removed) {
		uint32_t doc;

		if (kd_store_has(ms->mails, r->v, &doc))
			ms->gone.v[doc / 64] |= UINT64_C(1) << doc % 64;
	}
}

/* --- all of it --------------------------------------------------------------------------------- */

struct kd_error *kd_mailstore_open(const char *base, bool write, struct kd_mailstore **ret)
{
	kd_auto(kd_mailstore_closep) struct kd_mailstore *ms = kd_xcalloc(1, sizeof(*ms));
	kd_auto(kd_freep) char *patches = NULL;
	struct kd_error *err;

	ms->arena = KD_ARENA_INIT(MEMORY);
	ms->dir = kd_xprintf("%s/mail", base);
	patches = kd_xprintf("%s/patches", ms->dir);
	err = kd_store_open(ms->dir, write, &ms->mails);
	if (!err)
		err = kd_store_open(patches, write, &ms->patches);
	if (!err)
		err = read_boxes(ms);
	if (write)
		kd_error_catch(&err, KD_NOTFOUND);
	if (!err)
		err = read_removed(ms);
	if (err)
		return err;
	find_gone(ms);
	*ret = kd_take(ms);
	return NULL;
}

void kd_mailstore_close(struct kd_mailstore *ms)
{
	if (!ms)
		return;
	kd_store_close(ms->mails);
	kd_store_close(ms->patches);
	kd_vec_each(b, &ms->boxes) {
		kd_vec_free(&b->aside);
		kd_vec_free(&b->reasons);
	}
	kd_vec_free(&ms->boxes);
	kd_vec_each(f, &ms->lexfiles)
		kd_free(*f);
	kd_vec_free(&ms->lexfiles);
	kd_vec_free(&ms->lexchecks);
	kd_vec_free(&ms->removed);
	kd_bits_deinit(&ms->gone);
	kd_arena_deinit(&ms->arena);
	kd_free(ms->dir);
	kd_free(ms);
}

void kd_mailstore_closep(struct kd_mailstore **ms)
{
	kd_mailstore_close(*ms);
	*ms = NULL;
}

bool kd_mailstore_find(const struct kd_mailstore *ms, struct kd_view mid, uint32_t *doc_ret)
{
	uint8_t oid[KD_SEG_OID];

	kd_mail_oid(mid, oid);
	return kd_store_has(ms->mails, oid, doc_ret) && !kd_mailstore_gone(ms, *doc_ret);
}

struct kd_error *kd_mailstore_record(const struct kd_mailstore *ms, uint32_t doc, struct kd_arena *a, struct kd_mailrec *ret)
{
	kd_auto(kd_buf_deinit) struct kd_buf t = KD_BUF_INIT(KD_SEG_TEXT_MAX);
	struct kd_error *err = kd_store_text(ms->mails, doc, &t);
	struct kd_view copy;

	if (err)
		return err;
	copy = kd_arena_view(a, kd_buf_view(&t));
	return copy.p ? kd_mailrec_parse(a, copy, ret) : kd_error_new(KD_LIMIT, "the records of the mails are too long");
}

static struct kd_error *merge_words(struct kd_mailstore *ms)
{
	kd_auto(kd_freep) struct kd_lex *l = kd_xcalloc(ms->lexfiles.n, sizeof(*l));
	kd_auto(kd_freep) char *path = NULL;
	struct kd_error *err = NULL;
	char name[40];
	uint32_t check = 0;

	for (size_t i = 0; i < ms->lexfiles.n && !err; i++) {
		kd_auto(kd_freep) char *one = kd_xprintf("%s/%s", ms->dir, ms->lexfiles.v[i]);

		err = kd_lex_open(one, &l[i]);
	}
	snprintf(name, sizeof(name), "words-%llu", (unsigned long long)ms->lexnext++);
	path = kd_xprintf("%s/%s", ms->dir, name);
	if (!err)
		err = kd_lex_merge(l, ms->lexfiles.n, path, &check);
	for (size_t i = 0; i < ms->lexfiles.n; i++)
		kd_lex_close(&l[i]);
	if (err)
		return err;
	kd_vec_each(f, &ms->lexfiles)
		kd_free(*f);
	ms->lexfiles.n = ms->lexchecks.n = 0;
	*kd_vec_push(&ms->lexfiles, 64) = kd_xstrndup(name, strlen(name));
	*kd_vec_push(&ms->lexchecks, 64) = check;
	return NULL;
}

struct kd_error *kd_mailstore_save_words(struct kd_mailstore *ms, struct kd_lexw *w)
{
	kd_auto(kd_freep) char *path = NULL;
	struct kd_error *err;
	uint32_t check;
	char name[40];

	if (kd_lexw_empty(w))
		return NULL;
	snprintf(name, sizeof(name), "words-%llu", (unsigned long long)ms->lexnext++);
	path = kd_xprintf("%s/%s", ms->dir, name);
	err = kd_lexw_write(w, path, &check);
	if (err)
		return err;
	*kd_vec_push(&ms->lexfiles, 64) = kd_xstrndup(name, strlen(name));
	*kd_vec_push(&ms->lexchecks, 64) = check;
	return ms->lexfiles.n > KD_MAILSTORE_LEXES ? merge_words(ms) : NULL;
}

/* Lists of words that are not named any more. */
static struct kd_error *remove_stray(void *user, const struct kd_fs_entry *e)
{
	const struct kd_mailstore *ms = user;

	if (!lex_name_ok(kd_view_of(e->name)))
		return NULL;
	kd_vec_each(f, &ms->lexfiles)
		if (!strcmp(*f, e->name))
			return NULL;
	unlink(e->path);
	return NULL;
}

struct kd_error *kd_mailstore_save(struct kd_mailstore *ms)
{
	static const struct kd_fs_walk_opts opts = {.max_depth = 1};
	struct kd_error *err = write_removed(ms);

	if (!err)
		err = write_manifest(ms);
	return err ? err : kd_fs_walk(ms->dir, &opts, remove_stray, ms);
}

struct kd_error *kd_mailstore_verify(const struct kd_mailstore *ms)
{
	for (size_t i = 0; i < ms->lexfiles.n; i++) {
		kd_auto(kd_freep) char *path = kd_xprintf("%s/%s", ms->dir, ms->lexfiles.v[i]);
		struct kd_lex l;
		struct kd_error *err = kd_lex_open(path, &l);
		bool same;

		if (err)
			return err;
		same = kd_lex_check(&l) == ms->lexchecks.v[i];
		kd_lex_close(&l);
		if (!same)
			return kd_error_new(KD_BADDATA, "%s is damaged", path);
	}
	return NULL;
}
