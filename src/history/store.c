// SPDX-License-Identifier: GPL-2.0-or-later
#include "history/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fs.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/jsonin.h"
#include "history/segwrite.h"

enum { MANIFEST_MAX = 256 << 20, TREES_MEMORY = 256 << 20, FANOUT = 8, RETRIES = 20 };

/* --- reading the manifest ---------------------------------------------------------------------- */

static const char *keep(struct kd_store *st, struct kd_jval v, const char *key)
{
	const struct kd_view text = kd_arena_view(&st->arena, kd_jsonin_member_str(v, key));

	return text.p ? text.p : "";
}

static void read_tree(struct kd_store *st, struct kd_jval v)
{
	struct kd_store_tree *t = kd_vec_push(&st->trees, KD_STORE_TREES_MAX);
	const struct kd_jval refs = kd_jsonin_get(v, "refs");

	if (!t)
		return;
	t->name = keep(st, v, "name");
	t->path = keep(st, v, "path");
	t->indexed = kd_jsonin_member_i64(v, "indexed");
	t->newest = kd_jsonin_member_i64(v, "newest");
	t->commits = (uint64_t)kd_jsonin_member_i64(v, "commits");
	t->no_diff = (uint64_t)kd_jsonin_member_i64(v, "no_diff");
	t->complete = kd_jsonin_member_bool(v, "complete");
	t->shallow = kd_jsonin_member_bool(v, "shallow");
	t->partial = kd_jsonin_member_bool(v, "partial");
	for (size_t i = 0; i < kd_jsonin_len(refs); i++) {
		const struct kd_jval r = kd_jsonin_at(refs, i);
		struct kd_store_ref *ref = kd_vec_push(&t->refs, KD_STORE_REFS_MAX);

		if (!ref)
			return;
		ref->name = keep(st, r, "name");
		ref->oid = keep(st, r, "commit");
		ref->date = kd_jsonin_member_i64(r, "date");
	}
}

struct kd_error *kd_store_append(struct kd_store *st, const char *file)
{
	kd_auto(kd_freep) char *path = kd_xprintf("%s/%s", st->dir, file);
	struct kd_seg *s;
	struct kd_seg **slot;
	struct kd_error *err = kd_seg_open(path, &s);

	if (err)
		return err;
	if (kd_seg_first(s) != st->docs || !(slot = kd_vec_push(&st->segs, KD_STORE_SEGMENTS_MAX))) {
		kd_seg_close(s);
		return kd_error_new(KD_BADDATA, "%s does not follow the parts before it", path);
	}
	*slot = s;
	*kd_vec_push(&st->files, KD_STORE_SEGMENTS_MAX) = kd_xstrndup(file, strlen(file));
	st->docs += kd_seg_docs(s);
	return NULL;
}

/* A name that we gave: no path. */
static bool name_ok(struct kd_view name)
{
	for (size_t i = 0; i < name.n; i++)
		if (!kd_is_alnum(name.p[i]) && name.p[i] != '-' && name.p[i] != '.')
			return false;
	return name.n && name.p[0] != '.';
}

static struct kd_error *read_manifest(struct kd_store *st, struct kd_jval root, const char *path)
{
	const struct kd_jval segs = kd_jsonin_get(root, "segments"), trees = kd_jsonin_get(root, "trees");
	struct kd_view file;
	struct kd_error *err = NULL;

	if (!kd_view_eq(kd_jsonin_member_str(root, "schema"), KD_V("kdoc.history-store/1")))
		return kd_error_new(KD_UNSUPPORTED, "%s is no list of an index that this program reads", path);
	for (size_t i = 0; i < kd_jsonin_len(segs) && !err; i++) {
		kd_auto(kd_freep) char *name = NULL;

		if (!kd_jsonin_str(kd_jsonin_at(segs, i), &file) || !name_ok(file))
			return kd_error_new(KD_BADDATA, "%s is damaged: it names no file as a part", path);
		name = kd_xstrndup(file.p, file.n);
		err = kd_store_append(st, name);
	}
	for (size_t i = 0; i < kd_jsonin_len(trees) && !err; i++)
		read_tree(st, kd_jsonin_at(trees, i));
	return err;
}

static struct kd_error *load(struct kd_store *st, bool *listed)
{
	static const struct kd_jsonin_opts opts = {.max_bytes = MANIFEST_MAX, .max_values = 4000000};
	kd_auto(kd_freep) char *path = kd_xprintf("%s/index.json", st->dir);
	kd_auto(kd_buf_deinit) struct kd_buf text = KD_BUF_INIT(MANIFEST_MAX);
	kd_auto(kd_jsonin_freep) struct kd_jsonin *doc = NULL;
	struct kd_error *err = kd_fs_read_small(path, MANIFEST_MAX, &text);

	if (!err)
		err = kd_error_wrap(kd_jsonin_parse(kd_buf_view(&text), &opts, &doc), "reading %s", path);
	*listed = !err;
	return err ? err : read_manifest(st, kd_jsonin_root(doc), path);
}

static struct kd_error *take_lock(struct kd_store *st)
{
	kd_auto(kd_freep) char *path = kd_xprintf("%s/lock", st->dir);
	struct kd_error *err = kd_fs_mkdirs(st->dir, 0755);

	if (err)
		return err;
	st->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (st->lock < 0)
		return kd_error_errno(errno, "%s", path);
	if (flock(st->lock, LOCK_EX | LOCK_NB))
		return errno == EWOULDBLOCK ? kd_error_new(KD_CONFLICT, "another kdoc is writing the index in %s", st->dir)
					    : kd_error_errno(errno, "locking %s", path);
	return NULL;
}

static struct kd_error *open_once(const char *dir, bool write, bool *listed, struct kd_store **ret)
{
	kd_auto(kd_store_closep) struct kd_store *st = kd_xcalloc(1, sizeof(*st));
	struct kd_error *err = NULL;

	*listed = false;
	st->dir = kd_xstrndup(dir, strlen(dir));
	st->lock = -1;
	st->arena = KD_ARENA_INIT(TREES_MEMORY);
	if (write)
		err = take_lock(st);
	if (!err)
		err = load(st, listed);
	if (write && !*listed)
		kd_error_catch(&err, KD_NOTFOUND);
	if (err)
		return err;
	*ret = kd_take(st);
	return NULL;
}

/* A writer may remove parts between the reading of the list and the opening of what it names: then there is a new list. */
struct kd_error *kd_store_open(const char *dir, bool write, struct kd_store **ret)
{
	bool listed = false;
	struct kd_error *err = open_once(dir, write, &listed, ret);

	for (int i = 0; i < RETRIES && !write && listed && err && err->cls == KD_NOTFOUND; i++) {
		kd_error_free(err);
		err = open_once(dir, write, &listed, ret);
	}
	if (err && listed && err->cls == KD_NOTFOUND) {
		struct kd_error *lost = kd_error_new(KD_BADDATA, "the index in %s is damaged: a part is gone: %s", dir, err->msg);

		kd_error_free(err);
		err = lost;
	}
	return err;
}

void kd_store_close(struct kd_store *st)
{
	if (!st)
		return;
	kd_vec_each(s, &st->segs)
		kd_seg_close(*s);
	kd_vec_each(f, &st->files)
		kd_free(*f);
	kd_vec_each(t, &st->trees)
		kd_vec_free(&t->refs);
	kd_vec_free(&st->segs);
	kd_vec_free(&st->files);
	kd_vec_free(&st->trees);
	kd_arena_deinit(&st->arena);
	if (st->lock >= 0)
		close(st->lock);
	kd_free(st->dir);
	kd_free(st);
}

void kd_store_closep(struct kd_store **st)
{
	kd_store_close(*st);
	*st = NULL;
}

/* --- looking up -------------------------------------------------------------------------------- */

struct kd_seg *kd_store_seg(const struct kd_store *st, uint32_t doc)
{
	size_t lo = 0, hi = st->segs.n;

	while (hi - lo > 1) {
		const size_t mid = lo + (hi - lo) / 2;

		if (kd_seg_first(st->segs.v[mid]) <= doc)
			lo = mid;
		else
			hi = mid;
	}
	return st->segs.v[lo];
}

void kd_store_doc(const struct kd_store *st, uint32_t doc, struct kd_seg_doc *ret)
{
	const struct kd_seg *s = kd_store_seg(st, doc);

	kd_seg_doc(s, doc - kd_seg_first(s), ret);
}

struct kd_error *kd_store_text(const struct kd_store *st, uint32_t doc, struct kd_buf *ret)
{
	struct kd_seg_doc d;

	kd_store_doc(st, doc, &d);
	return kd_seg_text(kd_store_seg(st, doc), &d, ret);
}

static unsigned find(const struct kd_store *st, const uint8_t *oid, unsigned digits, uint32_t *doc_ret)
{
	unsigned found = 0;

	kd_vec_each(s, &st->segs) {
		uint32_t at;
		const uint32_t n = kd_seg_find(*s, oid, digits, &at);

		if (n && !found)
			*doc_ret = kd_seg_first(*s) + kd_seg_by_oid(*s, at);
		found += n < 2 ? n : 2;
	}
	return found < 2 ? found : 2;
}

unsigned kd_store_find(const struct kd_store *st, struct kd_view hex, uint32_t *doc_ret)
{
	uint8_t oid[KD_SEG_OID];
	unsigned digits;

	return kd_oid_parse(hex, oid, &digits) ? find(st, oid, digits, doc_ret) : 0;
}

bool kd_store_has(const struct kd_store *st, const uint8_t oid[KD_SEG_OID], uint32_t *doc_ret)
{
	return find(st, oid, 2 * KD_SEG_OID, doc_ret) != 0;
}

void kd_store_hex(const struct kd_store *st, uint32_t doc, char ret[2 * KD_SEG_OID + 1])
{
	struct kd_seg_doc d;

	kd_store_doc(st, doc, &d);
	kd_hex(d.oid, KD_SEG_OID, ret);
}

uint32_t kd_store_df(const struct kd_store *st, uint64_t term)
{
	uint32_t n = 0;

	kd_vec_each(s, &st->segs)
		n += kd_seg_postings(*s, term).n;
	return n;
}

void kd_store_keys(const struct kd_store *st, uint64_t key, bool (*fn)(void *user, uint32_t doc), void *user)
{
	kd_vec_each(s, &st->segs) {
		uint32_t i, end = kd_seg_keys(*s, key, &i);

		for (; i < end; i++) {
			const uint32_t doc = kd_seg_key_doc(*s, i);

			if (doc < st->docs && !fn(user, doc))
				return;
		}
	}
}

void kd_store_rels(const struct kd_store *st, const uint8_t oid[KD_SEG_OID],
		   bool (*fn)(void *user, const struct kd_seg_rel *r), void *user)
{
	const uint64_t id = kd_oid_head(oid);

	kd_vec_each(s, &st->segs) {
		uint32_t i, end = kd_seg_rels(*s, id, &i);

		for (; i < end; i++) {
			struct kd_seg_rel r;

			kd_seg_rel(*s, i, &r);
			if (r.digits < 7 || r.digits > 16 || r.doc >= st->docs)
				continue;
			if ((r.id ^ id) >> (64 - 4 * r.digits) == 0 && !fn(user, &r))
				return;
		}
	}
}

struct kd_store_tree *kd_store_tree(const struct kd_store *st, const char *name)
{
	kd_vec_each(t, &st->trees)
		if (!strcmp(t->name, name))
			return t;
	return NULL;
}

/* --- writing ----------------------------------------------------------------------------------- */

struct kd_store_tree *kd_store_add_tree(struct kd_store *st, const char *name, const char *path)
{
	struct kd_store_tree *t = kd_store_tree(st, name);

	if (!t)
		t = kd_vec_push(&st->trees, KD_STORE_TREES_MAX);
	if (!t)
		return NULL;
	t->name = kd_arena_view(&st->arena, kd_view_of(name)).p;
	t->path = kd_arena_view(&st->arena, kd_view_of(path)).p;
	return t;
}

char *kd_store_new_path(const struct kd_store *st, uint32_t first, uint32_t docs, char **file_ret)
{
	char name[48];
	bool used = true;

	/* a name that the list has is somebody's: other commits under the same numbers need another */
	for (unsigned i = 0; used; i++) {
		snprintf(name, sizeof(name), i ? "%08x-%08x-%u.kdh" : "%08x-%08x.kdh", first, docs, i);
		used = false;
		kd_vec_each(f, &st->files)
			used = used || (*f && !strcmp(*f, name));
	}
	*file_ret = kd_xstrndup(name, strlen(name));
	return kd_xprintf("%s/%s", st->dir, name);
}

/* Segments [from, from + n) become one. */
static struct kd_error *merge(struct kd_store *st, size_t from, size_t n)
{
	kd_auto(kd_freep) char *path = NULL, *file = NULL;
	uint32_t docs = 0;
	struct kd_seg *s;
	struct kd_error *err;

	for (size_t i = 0; i < n; i++)
		docs += kd_seg_docs(st->segs.v[from + i]);
	path = kd_store_new_path(st, kd_seg_first(st->segs.v[from]), docs, &file);
	err = kd_seg_merge(st->segs.v + from, n, path);
	if (!err)
		err = kd_seg_open(path, &s);
	if (err)
		return err;
	for (size_t i = 0; i < n; i++) {
		kd_seg_close(st->segs.v[from + i]);
		kd_free(st->files.v[from + i]);
	}
	st->segs.v[from] = s;
	st->files.v[from] = kd_take(file);
	memmove(st->segs.v + from + 1, st->segs.v + from + n, (st->segs.n - from - n) * sizeof(*st->segs.v));
	memmove(st->files.v + from + 1, st->files.v + from + n, (st->files.n - from - n) * sizeof(*st->files.v));
	st->segs.n -= n - 1;
	st->files.n -= n - 1;
	return NULL;
}

/*
 * The last ones are the small ones. As long as FANOUT of them together would not be dwarfed by the one before, they
 * become one: each document is copied some log(documents) times over the life of a store.
 */
struct kd_error *kd_store_compact(struct kd_store *st)
{
	while (st->segs.n > FANOUT) {
		size_t n = 2;
		uint64_t sum = kd_seg_docs(st->segs.v[st->segs.n - 1]) + (uint64_t)kd_seg_docs(st->segs.v[st->segs.n - 2]);
		struct kd_error *err;

		while (n < st->segs.n && (n < FANOUT || kd_seg_docs(st->segs.v[st->segs.n - n - 1]) <= sum)) {
			sum += kd_seg_docs(st->segs.v[st->segs.n - n - 1]);
			n++;
		}
		err = merge(st, st->segs.n - n, n);
		if (err)
			return err;
	}
	return NULL;
}

static void write_trees(const struct kd_store *st, struct kd_json *j)
{
	kd_json_key(j, "trees");
	kd_json_begin_array(j);
	kd_vec_each(t, &st->trees) {
		kd_json_begin_object(j);
		kd_json_kv_strz(j, "name", t->name);
		kd_json_kv_strz(j, "path", t->path);
		kd_json_kv_i64(j, "indexed", t->indexed);
		kd_json_kv_i64(j, "newest", t->newest);
		kd_json_kv_u64(j, "commits", t->commits);
		kd_json_kv_u64(j, "no_diff", t->no_diff);
		kd_json_kv_bool(j, "complete", t->complete);
		kd_json_kv_bool(j, "shallow", t->shallow);
		kd_json_kv_bool(j, "partial", t->partial);
		kd_json_key(j, "refs");
		kd_json_begin_array(j);
		kd_vec_each(r, &t->refs) {
			kd_json_begin_object(j);
			kd_json_kv_strz(j, "name", r->name);
			kd_json_kv_strz(j, "commit", r->oid);
			kd_json_kv_i64(j, "date", r->date);
			kd_json_end_object(j);
		}
		kd_json_end_array(j);
		kd_json_end_object(j);
	}
	kd_json_end_array(j);
}

bool kd_store_is_own_file(struct kd_view name)
{
	return kd_view_ends(name, KD_V(".kdh")) || kd_view_has(name, KD_V(".kdh.")) || kd_view_starts(name, KD_V("norms-")) ||
	       kd_view_starts(name, KD_V("releases-")) || kd_view_starts(name, KD_V("index.json"));
}

static struct kd_error *remove_stray(void *user, const struct kd_fs_entry *e)
{
	const struct kd_store *st = user;
	char norms[32], releases[32];

	snprintf(norms, sizeof(norms), "norms-%08x", st->docs);
	snprintf(releases, sizeof(releases), "releases-%08x", st->docs);
	if (!kd_store_is_own_file(kd_view_of(e->name)) || !strcmp(e->name, norms) || !strcmp(e->name, releases) ||
	    !strcmp(e->name, "index.json"))
		return NULL;
	kd_vec_each(f, &st->files)
		if (!strcmp(*f, e->name))
			return NULL;
	unlink(e->path);
	return NULL;
}

struct kd_error *kd_store_save(struct kd_store *st)
{
	static const struct kd_fs_walk_opts opts = {.max_depth = 1};
	kd_auto(kd_freep) char *path = kd_xprintf("%s/index.json", st->dir);
	kd_auto(kd_buf_deinit) struct kd_buf text = KD_BUF_INIT(MANIFEST_MAX);
	struct kd_json j;
	struct kd_error *err;

	kd_json_init(&j, &text, KD_JSON_PRETTY);
	kd_json_begin_object(&j);
	kd_json_kv_strz(&j, "schema", "kdoc.history-store/1");
	kd_json_key(&j, "segments");
	kd_json_begin_array(&j);
	kd_vec_each(f, &st->files)
		kd_json_strz(&j, *f);
	kd_json_end_array(&j);
	write_trees(st, &j);
	kd_json_end_object(&j);
	err = kd_json_finish(&j);
	if (!err)
		err = kd_fs_write_atomic(path, kd_buf_view(&text), 0644);
	if (!err)
		err = kd_fs_walk(st->dir, &opts, remove_stray, st);
	return err;
}
