// SPDX-License-Identifier: GPL-2.0-or-later
#include "verb/source.h"

#include <errno.h>

#include "base/alloc.h"
#include "base/config.h"
#include "base/vec.h"
#include "source/mailmap.h"
#include "verb/source_internal.h"

enum { ARENA_MAX = 256 << 20, TREES_MAX = 16, MAINTAINERS_MAX = 16 << 20 };

/* ---- which tree ---- */

static size_t configured(const struct kd_config *c, const char **trees, char **own)
{
	struct kd_view v[TREES_MAX];
	const size_t n = kd_config_values(c, "source.tree", v, TREES_MAX);

	for (size_t i = 0; i < n; i++)
		trees[i] = own[i] = kd_xstrndup(v[i].p, v[i].n);
	return n;
}

static struct kd_error *none_fits(struct kd_error *last, size_t ntrees)
{
	if (ntrees > 1)
		return kd_error_wrap(last, "none of the %zu configured trees fits; the last one", ntrees);
	return last;
}

static struct kd_error *try_trees(struct kd_ctx *ctx, const char *const *trees, size_t n, const char *at,
				  struct kd_arena *arena, struct kd_source_tried *tried, size_t *ntried,
				  struct kd_tree **ret)
{
	struct kd_error *last = NULL;

	for (size_t i = 0; i < n; i++) {
		struct kd_tree_req req = {.where = trees[i], .at = at};
		struct kd_error *err = kd_tree_open(ctx, &req, ret);

		/* of several, one that is of another version is passed over, and that is told */
		if (!err && n > 1 && kd_tree_info(*ret)->bind == KD_BIND_DIFFERS) {
			err = kd_error_new(KD_NOTFOUND, "%.*s", KD_VARG(kd_tree_info(*ret)->warning));
			kd_tree_free(*ret);
			*ret = NULL;
		}
		if (!err) {
			kd_error_free(last);
			return NULL;
		}
		if (err->cls == KD_CANCELLED) {
			kd_error_free(last);
			return err;
		}
		if (tried)
			tried[(*ntried)++] = (struct kd_source_tried){
				kd_arena_view(arena, kd_view_of(trees[i])),
				kd_arena_view(arena, kd_view_of(err->msg))};
		kd_error_free(last);
		last = err;
	}
	return none_fits(last, n);
}

struct kd_error *kd_source_open_tree(struct kd_ctx *ctx, const char *tree, const char *at,
				     struct kd_arena *arena, struct kd_source_tried **tried, size_t *ntried,
				     struct kd_tree **ret)
{
	kd_auto(kd_config_freep) struct kd_config *c = NULL;
	struct kd_source_tried *list = tried ? kd_arena_array(arena, TREES_MAX, struct kd_source_tried) : NULL;
	const char *trees[TREES_MAX];
	char *own[TREES_MAX] = {0};
	struct kd_error *err = NULL;
	size_t n = 1, nlist = 0;

	trees[0] = tree;
	if (!tree) {
		c = kd_config_new();
		err = kd_config_load(c, ".");
		n = err ? 0 : configured(c, trees, own);
	}
	if (!err && !n)
		err = kd_error_new(KD_INVALID, "no source tree is known: give --tree=DIR|GIT|TARBALL, or set "
					       "source.tree in the configuration");
	if (!err)
		err = try_trees(ctx, trees, n, at, arena, list, &nlist, ret);
	for (size_t i = 0; i < TREES_MAX; i++)
		kd_free(own[i]);
	if (tried) {
		*tried = list;
		*ntried = nlist;
	}
	return err;
}

/* ---- maintainers ---- */

/* Whom .mailmap makes one with somebody before is there once. */
static void call_as_today(const struct kd_mailmap *map, struct kd_arena *arena, struct kd_maint_answer *m)
{
	size_t n = 0;

	for (size_t i = 0; i < m->naddresses; i++) {
		struct kd_maint_address one = m->addresses[i];
		bool known = false;

		one.address = kd_mailmap_address(map, one.address, arena);
		for (size_t k = 0; k < n && one.role != 'L'; k++)
			known |= m->addresses[k].role != 'L' && kd_view_eq(m->addresses[k].address, one.address);
		if (!known)
			m->addresses[n++] = one;
	}
	m->naddresses = n;
}

struct kd_error *kd_source_maintainers(struct kd_tree *tree, struct kd_view path, struct kd_view content,
				       struct kd_arena *arena, struct kd_buf *text,
				       struct kd_maintainers *lines, struct kd_maint_answer *ret)
{
	struct kd_maint_request req = {.path = path, .content = content};
	struct kd_error *err;
	kd_auto(kd_mailmap_deinit) struct kd_mailmap map = {.n = 0};

	*text = KD_BUF_INIT(MAINTAINERS_MAX);
	err = kd_tree_read(tree, KD_V("MAINTAINERS"), MAINTAINERS_MAX, text);
	if (!err)
		err = kd_maintainers_parse(kd_buf_view(text), lines);
	if (!err)
		err = kd_mailmap_load(tree, &map);
	if (!err)
		err = kd_maintainers_for(lines, &req, arena, ret);
	if (!err)
		call_as_today(&map, arena, ret);
	return err;
}

static void add_maintainers(struct kd_source_job *j)
{
	struct kd_source_answer *a = j->a;
	struct kd_error *err = kd_source_maintainers(a->tree, a->place.path, kd_buf_view(&a->place.text),
						     &a->arena, &a->maint_text, &a->maint_lines, &a->maint);

	a->has_maintainers = !err;
	if (err)
		a->maintainers_why_not = kd_arena_view(&a->arena, kd_view_of(err->msg));
	kd_error_free(err);
}

/* ---- evidence ---- */

static void add_evidence(struct kd_source_job *j)
{
	struct kd_source_answer *a = j->a;
	const struct kd_place *p = &a->place;
	struct kd_view tree = a->info->revision.n ? a->info->revision : a->info->version;
	struct kd_view bytes;
	struct kd_error *err;

	if (!tree.n || !p->first)
		return;
	bytes = kd_view(p->line[p->first - 1], (size_t)(p->line[p->last] - p->line[p->first - 1]));
	err = kd_evidence_source(tree, p->path, p->first, p->last, bytes, &a->evidence);
	a->has_evidence = !err;
	kd_error_free(err);
}

/* ---- is it what was compiled? ---- */

struct kd_kdx *kd_source_debug(struct kd_source_job *j)
{
	const struct kd_symset_want want = {.release = KD_VNULL};
	const struct kd_symset_options so = {.paths = j->req->debug, .npaths = j->req->ndebug,
					     .only_paths = true};

	if (!j->set && j->req->ndebug) {
		j->set = kd_symset_new(j->ctx, &want, &so);
		j->k = kd_symset_get(j->set, KD_VNULL, KD_VNULL);
	}
	return j->k;
}

static void compare_compiled(struct kd_source_job *j)
{
	struct kd_source_answer *a = j->a;
	uint8_t was[KD_MD5_LEN], is[KD_MD5_LEN];
	struct kd_kdx *k;

	if (!j->req->ndebug)
		return;
	a->compiled = KD_COMPILED_UNKNOWN;
	k = kd_source_debug(j);
	if (!k || !kd_file_md5(k, a->place.path, was))
		return;
	kd_md5_of(kd_buf_view(&a->place.text), is);
	a->compiled = memcmp(was, is, KD_MD5_LEN) ? KD_COMPILED_OTHER : KD_COMPILED_SAME;
}

/* ---- all together ---- */

static struct kd_error *fill(struct kd_source_job *j)
{
	struct kd_source_answer *a = j->a;
	struct kd_error *err = kd_source_open_tree(j->ctx, j->req->tree, j->req->at, &a->arena, &a->tried,
						   &a->ntried, &a->tree);

	if (err)
		return err;
	a->info = kd_tree_info(a->tree);
	err = kd_source_find(j);
	if (!err && a->has_place) {
		add_evidence(j);
		compare_compiled(j);
		add_maintainers(j);
		if (j->req->history)
			err = kd_source_history(j);
	}
	if (!err && !a->has_place && j->req->history)
		a->history_why_not = KD_V("there is no history of a function that is not known, or not which one");
	if (!err && j->req->callers)
		err = kd_source_callers(j);
	return err;
}

struct kd_error *kd_source_show(struct kd_ctx *ctx, const struct kd_source_request *req,
				struct kd_source_answer **ret)
{
	kd_auto(kd_source_answer_freep) struct kd_source_answer *a = NULL;
	struct kd_source_job j = {.ctx = ctx, .req = req};
	struct kd_error *err;

	if (!req->func && !(req->file && req->line))
		return kd_error_new(KD_INVALID, "give a function, or --file and --line");
	j.a = a = kd_xcalloc(1, sizeof(*a));
	a->arena = KD_ARENA_INIT(ARENA_MAX);
	a->func = req->func ? kd_arena_view(&a->arena, kd_view_of(req->func)) : KD_VNULL;
	a->key = a->func;
	err = fill(&j);
	kd_srcindex_free(j.index);
	kd_symset_freep(&j.set);
	if (err)
		return err;
	*ret = kd_take(a);
	return NULL;
}

void kd_source_answer_free(struct kd_source_answer *a)
{
	if (!a)
		return;
	kd_place_deinit(&a->place);
	kd_maintainers_deinit(&a->maint_lines);
	kd_buf_deinit(&a->maint_text);
	kd_tree_free(a->tree);
	kd_arena_deinit(&a->arena);
	kd_free(a);
}

void kd_source_answer_freep(struct kd_source_answer **a)
{
	kd_source_answer_free(*a);
	*a = NULL;
}

/* ---- lists ---- */

struct list {
	struct kd_error *(*fn)(void *user, struct kd_view name, const struct kd_srcindex_def *d);
	void *user;
	uint64_t n;
};

static struct kd_error *count(void *user, struct kd_view name, const struct kd_srcindex_def *d)
{
	struct list *l = user;

	l->n++;
	return l->fn(l->user, name, d);
}

static struct kd_error *list_file(struct kd_tree *t, const char *file, struct list *l)
{
	kd_auto(kd_buf_deinit) struct kd_buf path = KD_BUF_INIT(8192);
	kd_auto(kd_buf_deinit) struct kd_buf text = KD_BUF_INIT(KD_TREE_FILE_MAX + 2);
	struct kd_error *err = kd_tree_find(t, kd_view_of(file), &path);
	struct kd_bodies b = {0};
	char buf[KD_BODY_NAME_MAX];

	if (!err)
		err = kd_tree_read(t, kd_buf_view(&path), KD_TREE_FILE_MAX, &text);
	if (!err)
		err = kd_bodies_scan(kd_buf_view(&text), kd_body_lang(kd_buf_view(&path)), NULL, &b);
	for (size_t i = 0; !err && i < b.n; i++) {
		const struct kd_body *d = &b.v[i];
		struct kd_srcindex_def def = {kd_buf_view(&path), d->start, d->line, d->open, d->close,
					      d->flags};

		err = count(l, kd_body_key(d, buf), &def);
	}
	kd_bodies_deinit(&b);
	return err;
}

struct kd_error *kd_source_list(struct kd_ctx *ctx, const struct kd_source_request *req,
				struct kd_error *(*fn)(void *user, struct kd_view name,
						       const struct kd_srcindex_def *d),
				void *user, uint64_t *ret_count)
{
	kd_auto(kd_tree_freep) struct kd_tree *t = NULL;
	kd_auto(kd_srcindex_freep) struct kd_srcindex *x = NULL;
	struct kd_arena arena = KD_ARENA_INIT(ARENA_MAX);
	struct kd_srcindex_opts o = {.progress = req->progress, .user = req->user};
	struct list l = {.fn = fn, .user = user};
	struct kd_error *err = kd_source_open_tree(ctx, req->tree, req->at, &arena, NULL, NULL, &t);

	if (!err && req->file)
		err = list_file(t, req->file, &l);
	else if (!err)
		err = kd_srcindex_open(ctx, t, &o, &x);
	if (!err && x)
		err = kd_srcindex_each(x, count, &l);
	kd_arena_deinit(&arena);
	*ret_count = l.n;
	return err;
}
