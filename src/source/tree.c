// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/filekind.h"
#include "base/source.h"
#include "source/tree_internal.h"

enum { ARENA_MAX = 4 << 20, STEP_TEXT = 512, PARTS_MAX = 40 };

void kd_tree_step(struct kd_tree *t, bool found, struct kd_view what, const char *fmt, ...)
{
	char text[STEP_TEXT];
	struct kd_tree_step *s;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	s = kd_vec_push(&t->steps, KD_TREE_STEPS_MAX);
	if (!s)
		return;
	s->what = kd_arena_view(&t->arena, what);
	s->outcome = kd_arena_view(&t->arena, kd_view_of(text));
	s->found = found;
	t->info.steps = t->steps.v;
	t->info.nsteps = t->steps.n;
}

/* ---- open ---- */

static struct kd_error *looks_like_tar(const char *where)
{
	kd_auto(kd_source_closep) struct kd_source *src = NULL;
	struct kd_error *err = kd_source_open(where, &src);
	struct kd_view head = KD_VNULL;
	enum kd_filekind kind;

	if (!err)
		err = kd_source_peek(src, KD_FILEKIND_BYTES, &head);
	if (err)
		return err;
	kind = kd_filekind_guess(head);
	if (kind != KD_FILE_TAR)
		return kd_error_new(KD_BADDATA,
				    "%s is %s: a source tree is a folder, a tar archive (.tar.xz, .tar.zst, "
				    ".tar.gz) or a git repository",
				    where, kd_filekind_info(kind)->what);
	return NULL;
}

static struct kd_error *choose(struct kd_tree *t)
{
	struct stat st;
	struct kd_error *err;

	if (stat(t->where, &st))
		return kd_error_errno(errno, "opening the source tree %s", t->where);
	if (S_ISDIR(st.st_mode)) {
		if (kd_git_is_repository(t->where)) {
			t->info.kind = KD_TREE_GIT;
			t->ops = &kd_tree_git_ops;
			return kd_git_open(t->ctx, t->where, &t->git);
		}
		t->info.kind = KD_TREE_FOLDER;
		t->ops = &kd_tree_folder_ops;
		return NULL;
	}
	err = looks_like_tar(t->where);
	t->info.kind = KD_TREE_TAR;
	t->ops = &kd_tree_tar_ops;
	return err;
}

struct kd_error *kd_tree_open(struct kd_ctx *ctx, const struct kd_tree_req *req, struct kd_tree **ret)
{
	kd_auto(kd_tree_freep) struct kd_tree *t = kd_xcalloc(1, sizeof(*t));
	struct kd_error *err;

	t->ctx = ctx;
	t->arena = KD_ARENA_INIT(ARENA_MAX);
	t->where = kd_xstrndup(req->where, strlen(req->where));
	t->info.where = kd_view_of(t->where);
	t->info.at = req->at ? kd_arena_view(&t->arena, kd_view_trim(kd_view_of(req->at))) : KD_VNULL;
	for (size_t i = 0; i < KD_ARRAY_LEN(t->kept); i++)
		t->kept[i] = KD_BUF_INIT(KD_TREE_FILE_MAX);
	err = choose(t);
	if (!err)
		err = t->info.kind == KD_TREE_GIT ? kd_tree_resolve(t, req->at)
						  : kd_tree_bind_version(t, req->at);
	if (err)
		return err;
	*ret = kd_take(t);
	return NULL;
}

void kd_tree_free(struct kd_tree *t)
{
	if (!t)
		return;
	for (size_t i = 0; i < KD_ARRAY_LEN(t->kept); i++) {
		kd_buf_deinit(&t->kept[i]);
		kd_free(t->kept_path[i]);
	}
	kd_git_deinit(&t->git);
	kd_vec_free(&t->steps);
	kd_arena_deinit(&t->arena);
	kd_free(t->where);
	kd_free(t);
}

void kd_tree_freep(struct kd_tree **t)
{
	kd_tree_free(*t);
	*t = NULL;
}

const struct kd_tree_info *kd_tree_info(const struct kd_tree *t)
{
	return &t->info;
}

const struct kd_git *kd_tree_git(const struct kd_tree *t)
{
	return t->info.kind == KD_TREE_GIT ? &t->git : NULL;
}

const char *kd_tree_kind_word(enum kd_tree_kind k)
{
	return k == KD_TREE_GIT ? "git" : k == KD_TREE_TAR ? "tarball" : "folder";
}

const char *kd_tree_bind_word(enum kd_tree_bind b)
{
	static const char *const words[] = {
		[KD_BIND_NONE] = "none",       [KD_BIND_COMMIT] = "commit",
		[KD_BIND_TAG] = "tag",         [KD_BIND_VERSION] = "version",
		[KD_BIND_BASE] = "base",       [KD_BIND_ASKED] = "asked",
		[KD_BIND_DIFFERS] = "differs", [KD_BIND_UNKNOWN] = "unknown",
	};

	return (size_t)b < KD_ARRAY_LEN(words) ? words[b] : "unknown";
}

/* ---- paths ---- */

/* Parts of a path, "." and ".." resolved; false when it leads out or has too many. */
static bool split(struct kd_view path, struct kd_view *part, size_t *n)
{
	*n = 0;
	while (path.n) {
		size_t len = kd_view_chr(path, '/');
		struct kd_view p = len == KD_NPOS ? path : kd_view_head(path, len);

		path = len == KD_NPOS ? KD_VNULL : kd_view_from(path, len + 1);
		if (!p.n || kd_view_eq(p, KD_V(".")))
			continue;
		if (kd_view_eq(p, KD_V(".."))) {
			/* "/build/../mm" is fine, "../mm" of an unknown folder is a tail */
			*n -= *n > 0;
			continue;
		}
		if (*n == PARTS_MAX || kd_view_chr(p, 0) != KD_NPOS || kd_view_chr(p, '\n') != KD_NPOS)
			return false;
		part[(*n)++] = p;
	}
	return *n > 0;
}

static void join(struct kd_buf *b, const struct kd_view *part, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (i)
			kd_buf_addc(b, '/');
		kd_buf_add(b, part[i]);
	}
}

struct kd_error *kd_tree_find(struct kd_tree *t, struct kd_view path, struct kd_buf *ret)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT((size_t)PARTS_MAX * 8192);
	struct kd_view part[PARTS_MAX], tail[PARTS_MAX];
	size_t n, ntails, found = KD_NPOS, at[PARTS_MAX + 1];
	bool absolute = kd_view_starts(path, KD_V("/"));
	struct kd_error *err;

	if (path.n > 4096 || !split(path, part, &n))
		return kd_error_new(KD_NOTFOUND, "'%.*s' is no path of a source file",
				    KD_VARG(kd_view_head(path, 200)));
	/* one name alone is a file of the top folder only when it was given so */
	ntails = n > 1 ? n - 1 : 1;
	if (t->info.kind == KD_TREE_TAR && !absolute)
		ntails = 1;
	for (size_t i = 0; i < ntails; i++) {
		at[i] = b.n;
		join(&b, part + i, n - i);
	}
	at[ntails] = b.n;
	for (size_t i = 0; i < ntails; i++)
		tail[i] = kd_view_head(kd_view_from(kd_buf_view(&b), at[i]), at[i + 1] - at[i]);
	err = t->ops->exists(t, tail, ntails, &found);
	if (err)
		return err;
	if (found == KD_NPOS)
		return kd_error_new(KD_NOTFOUND, "the tree has no file %.*s", KD_VARG(tail[ntails > 1 ? 0 : 0]));
	if (!kd_buf_add(ret, tail[found]))
		return kd_error_new(KD_LIMIT, "a path of %zu bytes", tail[found].n);
	return NULL;
}

struct kd_error *kd_tree_read(struct kd_tree *t, struct kd_view path, size_t max, struct kd_buf *ret)
{
	return kd_error_wrap(t->ops->read(t, path, max, ret), "%.*s", KD_VARG(path));
}

struct kd_error *kd_tree_read_many(struct kd_tree *t, const struct kd_view *paths, size_t n,
				   struct kd_error *(*fn)(void *user, const struct kd_tree_file *f), void *user)
{
	return n ? t->ops->many(t, paths, n, fn, user) : NULL;
}

struct kd_error *kd_tree_each(struct kd_tree *t, const struct kd_tree_each *each)
{
	return t->ops->each(t, each);
}

struct kd_error *kd_tree_key(struct kd_tree *t, uint8_t ret[KD_SHA256_LEN])
{
	struct kd_sha256 h;
	struct kd_error *err;

	kd_sha256_init(&h);
	kd_sha256_update(&h, kd_view_of(kd_tree_kind_word(t->info.kind)));
	err = t->ops->key(t, &h);
	kd_sha256_final(&h, ret);
	return err;
}
