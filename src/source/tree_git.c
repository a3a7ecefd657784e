// SPDX-License-Identifier: GPL-2.0-or-later
/* A tree that is a revision of a git repository. */
#include <stdio.h>

#include "base/alloc.h"
#include "source/tree_internal.h"

enum { LIST_MAX = 256 << 20 };

/* "<commit>:<path>" for cat-file. */
static void object_name(struct kd_buf *b, const struct kd_tree *t, struct kd_view path)
{
	kd_buf_add(b, t->info.revision);
	kd_buf_addc(b, ':');
	kd_buf_add(b, path);
}

static struct kd_error *git_read(struct kd_tree *t, struct kd_view path, size_t max, struct kd_buf *ret)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(8192);

	object_name(&b, t, path);
	return kd_git_object(&t->git, kd_buf_view(&b), max, ret);
}

static bool find_blob(struct kd_view out, size_t n, size_t *ret)
{
	struct kd_view line;

	for (size_t i = 0; i < n && kd_view_take_until(&out, KD_V("\n"), &line); i++)
		if (kd_view_ends(line, KD_V(" blob"))) {
			*ret = i;
			return true;
		}
	return false;
}

static struct kd_error *git_exists(struct kd_tree *t, const struct kd_view *paths, size_t n, size_t *ret)
{
	static const char *const args[] = {"cat-file", "--batch-check=%(objectname) %(objecttype)", NULL};
	kd_auto(kd_buf_deinit) struct kd_buf in = KD_BUF_INIT(1 << 20);
	kd_auto(kd_buf_deinit) struct kd_buf out = KD_BUF_INIT(1 << 20);
	struct kd_git_req req = {.args = args, .timeout_ms = 10000};
	struct kd_error *err;

	for (size_t i = 0; i < n; i++) {
		object_name(&in, t, paths[i]);
		kd_buf_addc(&in, '\n');
	}
	req.input = kd_buf_view(&in);
	err = kd_git_run(&t->git, &req, &out, NULL);
	if (!err)
		find_blob(kd_buf_view(&out), n, ret);
	return err;
}

struct some {
	const struct kd_view *paths;
	struct kd_tree *t;
	struct kd_error *(*fn)(void *user, const struct kd_tree_file *f);
	void *user;
};

static struct kd_error *on_some(void *user, size_t i, struct kd_view bytes)
{
	struct some *s = user;
	struct kd_tree_file f = {.path = s->paths[i], .text = bytes};

	if (kd_ctx_cancelled(s->t->ctx))
		return kd_error_new(KD_CANCELLED, "cancelled");
	return bytes.p ? s->fn(s->user, &f) : NULL;
}

static struct kd_error *git_many(struct kd_tree *t, const struct kd_view *paths, size_t n,
				 struct kd_error *(*fn)(void *user, const struct kd_tree_file *f), void *user)
{
	kd_auto(kd_buf_deinit) struct kd_buf in = KD_BUF_INIT((size_t)LIST_MAX);
	struct some s = {.paths = paths, .t = t, .fn = fn, .user = user};

	for (size_t i = 0; i < n; i++) {
		if (kd_view_chr(paths[i], '\n') != KD_NPOS)
			return kd_error_new(KD_INTERNAL, "a path with a line break");
		object_name(&in, t, paths[i]);
		kd_buf_addc(&in, '\n');
	}
	return kd_git_each(&t->git, kd_buf_view(&in), n, KD_TREE_FILE_MAX, on_some, &s);
}

/* ---- all of it ---- */

struct listed {
	char oid[KD_GIT_OID];
};

struct all {
	struct kd_tree *t;
	const struct kd_tree_each *each;
	KD_VEC(struct listed) oids;
	KD_VEC(struct kd_view) paths; /* in the listing */
	size_t slices;
};

struct slice {
	struct all *a;
	size_t first;
	unsigned worker;
};

/* "100644 blob <oid>\t<path>" */
static struct kd_error *on_entry(struct all *a, struct kd_view e)
{
	struct kd_view mode, type, oid, path;
	struct listed *o;
	struct kd_view *p;

	if (!kd_view_take_until(&e, KD_V(" "), &mode) || !kd_view_take_until(&e, KD_V(" "), &type) ||
	    !kd_view_take_until(&e, KD_V("\t"), &oid) || oid.n >= KD_GIT_OID)
		return kd_error_new(KD_BADDATA, "git ls-tree wrote something else than a list");
	path = e;
	if (!kd_view_eq(type, KD_V("blob")) || !kd_view_starts(mode, KD_V("100")) ||
	    kd_view_chr(path, '\n') != KD_NPOS || !a->each->want(a->each->user, path))
		return NULL;
	o = kd_vec_push(&a->oids, KD_TREE_FILES_MAX);
	p = o ? kd_vec_push(&a->paths, KD_TREE_FILES_MAX) : NULL;
	if (!p)
		return kd_error_new(KD_LIMIT, "more than %d source files", KD_TREE_FILES_MAX);
	memcpy(o->oid, oid.p, oid.n);
	*p = path;
	return NULL;
}

static struct kd_error *list(struct all *a, struct kd_buf *out)
{
	char commit[KD_GIT_OID];
	const char *args[] = {"ls-tree", "-r", "-z", "--full-tree", commit, NULL};
	struct kd_git_req req = {.args = args, .out_max = LIST_MAX};
	struct kd_error *err;
	struct kd_view rest, e;

	snprintf(commit, sizeof(commit), "%.*s", KD_VARG(a->t->info.revision));
	err = kd_git_run(&a->t->git, &req, out, NULL);
	rest = kd_buf_view(out);
	while (!err && kd_view_take_until(&rest, kd_view("", 1), &e))
		err = on_entry(a, e);
	return err;
}

static struct kd_error *on_blob(void *user, size_t i, struct kd_view bytes)
{
	struct slice *s = user;
	struct kd_tree_file f = {
		.path = s->a->paths.v[s->first + i], .text = bytes, .worker = s->worker};

	if (kd_ctx_cancelled(s->a->t->ctx))
		return kd_error_new(KD_CANCELLED, "cancelled");
	return s->a->each->file(s->a->each->user, &f);
}

static struct kd_error *one_slice(void *user, size_t i, unsigned worker)
{
	struct all *a = user;
	size_t first = a->oids.n * i / a->slices, end = a->oids.n * (i + 1) / a->slices;
	struct slice s = {.a = a, .first = first, .worker = worker};

	kd_auto(kd_buf_deinit) struct kd_buf in = KD_BUF_INIT((size_t)LIST_MAX);

	for (size_t k = first; k < end; k++)
		kd_buf_printf(&in, "%s\n", a->oids.v[k].oid);
	return kd_git_each(&a->t->git, kd_buf_view(&in), end - first, KD_TREE_FILE_MAX, on_blob, &s);
}

static struct kd_error *git_each(struct kd_tree *t, const struct kd_tree_each *each)
{
	struct all a = {.t = t, .each = each, .slices = each->workers};
	kd_auto(kd_buf_deinit) struct kd_buf out = KD_BUF_INIT(LIST_MAX);
	struct kd_error *err = list(&a, &out);

	if (!err)
		err = kd_tree_parallel(each->workers, a.slices, one_slice, &a);
	kd_vec_free(&a.oids);
	kd_vec_free(&a.paths);
	return err;
}

static struct kd_error *git_key(struct kd_tree *t, struct kd_sha256 *h)
{
	char name[KD_GIT_OID + 8], oid[1][KD_GIT_OID];
	const char *names[1] = {name};
	struct kd_error *err;

	snprintf(name, sizeof(name), "%.*s^{tree}", KD_VARG(t->info.revision));
	err = kd_git_resolve(&t->git, names, 1, oid);
	if (err)
		return err;
	if (!oid[0][0])
		return kd_error_new(KD_NOTFOUND, "the commit %.*s has no tree", KD_VARG(t->info.revision));
	kd_sha256_update(h, kd_view_of(oid[0]));
	return NULL;
}

const struct kd_tree_ops kd_tree_git_ops = {git_read, git_exists, git_many, git_each, git_key};
