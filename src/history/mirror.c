// SPDX-License-Identifier: GPL-2.0-or-later
#include "history/mirror.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/ext/curl.h"
#include "base/fs.h"
#include "base/hash.h"
#include "base/jsonin.h"
#include "base/sha1.h"
#include "base/source.h"
#include "source/git.h"
#include "source/gitfetch.h"

enum { PATH_BYTES = 4096, STALL_S = 60, STATE_MAX = 1 << 20 };

/* ---- the manifest ---- */

/* "/list/git/12.git" → 12 */
static bool epoch_of(struct kd_view key, unsigned *ret)
{
	size_t at = key.n > 4 && kd_view_ends(key, KD_V(".git")) ? kd_view_rchr(key, '/') : KD_NPOS;
	uint64_t n;

	if (at == KD_NPOS || at < 4 || !kd_view_ends(kd_view_head(key, at), KD_V("/git")))
		return false;
	if (!kd_view_dec(kd_view_head(kd_view_from(key, at + 1), key.n - at - 5), &n) || n >= KD_MIRROR_EPOCHS_MAX)
		return false;
	*ret = (unsigned)n;
	return true;
}

static void take_fingerprint(struct kd_jval entry, char ret[41])
{
	struct kd_view v;

	ret[0] = 0;
	if (!kd_jsonin_str(kd_jsonin_get(entry, "fingerprint"), &v) || v.n != 40)
		return;
	for (size_t i = 0; i < v.n; i++)
		if (!kd_is_xdigit(v.p[i]))
			return;
	for (size_t i = 0; i < v.n; i++)
		ret[i] = kd_is_digit(v.p[i]) ? v.p[i] : (char)(v.p[i] | 0x20);
	ret[40] = 0;
}

static int by_number(const void *x, const void *y)
{
	const struct kd_mirror_entry *a = x, *b = y;

	return (a->n > b->n) - (a->n < b->n);
}

static struct kd_error *take_entries(struct kd_jval root, struct kd_mirror_entry *ret, size_t max, size_t *n,
				     bool *old_form)
{
	struct kd_view key;
	struct kd_jval entry;
	size_t others = 0;

	for (void *it = NULL; kd_jsonin_next(root, &it, &key, &entry);) {
		struct kd_mirror_entry e;

		take_fingerprint(entry, e.fingerprint);
		if (!epoch_of(key, &e.n)) {
			if (!others++ && !*n)
				memcpy(ret[0].fingerprint, e.fingerprint, sizeof(e.fingerprint));
			continue;
		}
		for (size_t i = 0; i < *n; i++)
			if (ret[i].n == e.n)
				return kd_error_new(KD_BADDATA, "the manifest is of several lists: name one of them");
		if (*n == max)
			return kd_error_new(KD_LIMIT, "the manifest has more than %zu epochs", max);
		ret[(*n)++] = e;
	}
	*old_form = !*n && others == 1;
	if (*old_form) {
		ret[0].n = 0;
		*n = 1;
	}
	return *n ? NULL : kd_error_new(KD_BADDATA, "the manifest has no archive of a list in it");
}

struct kd_error *kd_mirror_manifest(struct kd_view text, struct kd_mirror_entry *ret, size_t max, size_t *n_ret,
				    bool *old_form)
{
	static const struct kd_jsonin_opts opts = {.max_bytes = KD_MIRROR_MANIFEST_MAX, .max_depth = 8, .max_values = 1000000};
	kd_auto(kd_jsonin_freep) struct kd_jsonin *doc = NULL;
	struct kd_error *err = kd_jsonin_parse(text, &opts, &doc);

	*n_ret = 0;
	if (!err && kd_jsonin_type(kd_jsonin_root(doc)) != KD_JOBJECT)
		err = kd_error_new(KD_BADDATA, "the manifest is no object");
	if (!err)
		err = take_entries(kd_jsonin_root(doc), ret, max, n_ret, old_form);
	if (!err)
		qsort(ret, *n_ret, sizeof(*ret), by_number);
	return err;
}

static struct kd_error *add_bytes(void *user, const void *p, size_t n)
{
	return kd_buf_add(user, kd_view(p, n)) ? NULL : kd_error_new(KD_LIMIT, "more than %d MiB", KD_MIRROR_PACKED_MAX >> 20);
}

static struct kd_error *unpack(struct kd_ctx *ctx, struct kd_buf *packed, struct kd_buf *ret)
{
	kd_auto(kd_source_closep) struct kd_source *src = NULL;
	struct kd_error *err = kd_source_from_memory(kd_buf_view(packed), "manifest.js.gz", &src);
	kd_auto(kd_freep) char *room = kd_xmalloc(KD_SOURCE_PEEK_MAX);
	size_t n = 1;

	while (!err && n) {
		err = kd_source_read(src, room, KD_SOURCE_PEEK_MAX, &n);
		if (!err && !kd_buf_add(ret, kd_view(room, n)))
			err = kd_error_new(KD_LIMIT, "it unpacks to more than %d MiB", KD_MIRROR_MANIFEST_MAX >> 20);
		if (!err)
			err = kd_ctx_check(ctx);
	}
	if (!err && kd_source_diag(src))
		err = kd_error_new(KD_BADDATA, "%s", kd_source_diag(src));
	return err;
}

static struct kd_error *get_manifest(struct kd_ctx *ctx, const struct kd_mirror_req *r, const char *base,
				     struct kd_buf *ret)
{
	kd_auto(kd_buf_deinit) struct kd_buf packed = KD_BUF_INIT(KD_MIRROR_PACKED_MAX);
	char url[PATH_BYTES];
	struct kd_fetch f = {.url = url, .connect_s = r->connect_s ? r->connect_s : 30, .stall_s = STALL_S, .all_s = 600,
			     .max_bytes = KD_MIRROR_PACKED_MAX, .sink = add_bytes, .user = &packed};
	struct kd_error *err;
	bool found;

	snprintf(url, sizeof(url), "%.2100s/manifest.js.gz", base);
	err = kd_fetch(ctx, &f, &found);
	if (!err && !found)
		err = kd_error_new(KD_NOTFOUND, "the server does not have it");
	if (!err)
		err = unpack(ctx, &packed, ret);
	return err ? kd_error_wrap(err, "%s", url) : NULL;
}

/* ---- what is here ---- */

/* What grokmirror and public-inbox call the fingerprint: SHA-1 of the lines "<id> <ref>\n", sorted by ref. */
static struct kd_error *fingerprint_of(struct kd_ctx *ctx, const char *dir, char ret[41])
{
	static const char *const args[] = {"show-ref", NULL};
	static const struct kd_git_req req = {.args = args, .out_max = 1 << 20};
	kd_auto(kd_buf_deinit) struct kd_buf out = KD_BUF_INIT(1 << 20);
	uint8_t sum[KD_SHA1_LEN];
	struct kd_git git;
	struct kd_error *err = kd_git_open(ctx, dir, &git);

	ret[0] = 0;
	if (err)
		return err;
	err = kd_git_run(&git, &req, &out, NULL);
	kd_git_deinit(&git);
	if (err)
		return err;
	kd_sha1_of(kd_buf_view(&out), sum);
	kd_hex(sum, sizeof(sum), ret);
	return NULL;
}

static void recorded(struct kd_view state, unsigned n, char ret[41])
{
	struct kd_view line;
	uint64_t k;

	ret[0] = 0;
	while (kd_view_take_until(&state, KD_V("\n"), &line)) {
		if (!kd_view_take_dec(&line, &k) || k != n || line.n != 41)
			continue;
		memcpy(ret, line.p + 1, 40);
		ret[40] = 0;
	}
}

struct mirror {
	struct kd_ctx *ctx;
	const struct kd_mirror_req *r;
	struct kd_arena *a;
	char base[PATH_BYTES]; /* the address without a slash at its end */
	bool old_form;
	struct kd_buf was, now; /* the file kdoc-mirror, before and after */
};

static struct kd_error *fetch(struct mirror *m, const struct kd_mirror_entry *e, const char *dir)
{
	char url[PATH_BYTES + 64];
	const struct kd_git_fetch f = {.url = url, .dir = dir, .branch = "refs/heads/master", .timeout_s = m->r->fetch_s,
				       .max_bytes = m->r->max_bytes};

	if (m->old_form)
		snprintf(url, sizeof(url), "%s", m->base);
	else
		snprintf(url, sizeof(url), "%s/git/%u.git", m->base, e->n);
	return kd_git_fetch(m->ctx, &f);
}

static struct kd_error *one(struct mirror *m, const struct kd_mirror_entry *e, struct kd_mirror_epoch *ret)
{
	char dir[PATH_BYTES + 64], had[41], has[41] = "";
	struct kd_error *err;

	snprintf(dir, sizeof(dir), "%s/git/%u.git", m->r->local, e->n);
	recorded(kd_buf_view(&m->was), e->n, had);
	*ret = (struct kd_mirror_epoch){.n = e->n};
	if (had[0] && !strcmp(had, e->fingerprint) && kd_git_is_repository(dir)) {
		kd_buf_printf(&m->now, "%u %s\n", e->n, had);
		return NULL;
	}
	err = fetch(m, e, dir);
	if (!err)
		err = fingerprint_of(m->ctx, dir, has);
	if (err && err->cls == KD_CANCELLED)
		return err;
	if (err) {
		ret->state = KD_MIRROR_FAILED;
		ret->why = kd_arena_view(m->a, kd_view_of(err->msg));
		kd_error_free(err);
		if (had[0])
			kd_buf_printf(&m->now, "%u %s\n", e->n, had);
		return NULL;
	}
	ret->state = strcmp(has, e->fingerprint) != 0 ? KD_MIRROR_MOVED : KD_MIRROR_FETCHED;
	kd_buf_printf(&m->now, "%u %s\n", e->n, has);
	return NULL;
}

static struct kd_error *all(struct mirror *m, const struct kd_mirror_entry *e, size_t n, struct kd_mirror *ret)
{
	struct kd_error *err = NULL;

	ret->epoch = kd_arena_array(m->a, n, struct kd_mirror_epoch);
	if (!ret->epoch)
		return kd_error_new(KD_LIMIT, "%zu epochs need too much memory", n);
	ret->old_form = m->old_form;
	for (size_t i = 0; i < n && !err; i++) {
		if (m->r->progress)
			m->r->progress(m->r->user, e[i].n, i, n);
		err = one(m, &e[i], &ret->epoch[i]);
		ret->n = i + 1;
		ret->failed += ret->epoch[i].state == KD_MIRROR_FAILED;
	}
	if (!err && m->r->progress)
		m->r->progress(m->r->user, e[n - 1].n, n, n);
	return err;
}

static struct kd_error *refresh(struct mirror *m, struct kd_mirror *ret)
{
	kd_auto(kd_freep) struct kd_mirror_entry *e = kd_xcalloc(KD_MIRROR_EPOCHS_MAX, sizeof(*e));
	kd_auto(kd_buf_deinit) struct kd_buf text = KD_BUF_INIT(KD_MIRROR_MANIFEST_MAX);
	char state[PATH_BYTES];
	struct kd_error *err;
	size_t n;

	snprintf(state, sizeof(state), "%s/kdoc-mirror", m->r->local);
	err = get_manifest(m->ctx, m->r, m->base, &text);
	if (!err)
		err = kd_mirror_manifest(kd_buf_view(&text), e, KD_MIRROR_EPOCHS_MAX, &n, &m->old_form);
	if (!err)
		err = kd_fs_mkdirs(m->r->local, 0755);
	if (!err && kd_fs_exists(state))
		err = kd_fs_read_small(state, STATE_MAX, &m->was);
	if (!err)
		err = all(m, e, n, ret);
	if (err)
		return err;
	return kd_fs_write_atomic(state, kd_buf_view(&m->now), 0644);
}

struct kd_error *kd_mirror_refresh(struct kd_ctx *ctx, const struct kd_mirror_req *r, struct kd_arena *a,
				   struct kd_mirror *ret)
{
	struct mirror *m;
	struct kd_error *err;
	size_t n = strlen(r->url);

	if (!kd_git_fetch_url_ok(r->url) || strlen(r->local) > PATH_BYTES / 2)
		return kd_error_new(KD_INVALID, "%s is no http or https address of a list's archive", r->url);
	m = kd_xcalloc(1, sizeof(*m));
	m->ctx = ctx;
	m->r = r;
	m->a = a;
	m->was = KD_BUF_INIT(STATE_MAX);
	m->now = KD_BUF_INIT(STATE_MAX);
	while (n && r->url[n - 1] == '/')
		n--;
	memcpy(m->base, r->url, n);
	*ret = (struct kd_mirror){.n = 0};
	err = refresh(m, ret);
	kd_buf_deinit(&m->was);
	kd_buf_deinit(&m->now);
	kd_free(m);
	return err;
}

const char *kd_mirror_word(enum kd_mirror_state s)
{
	static const char *const words[] = {
		[KD_MIRROR_SAME] = "same", [KD_MIRROR_FETCHED] = "fetched", [KD_MIRROR_MOVED] = "moved",
		[KD_MIRROR_FAILED] = "failed",
	};

	return (size_t)s < KD_ARRAY_LEN(words) ? words[s] : "unknown";
}
