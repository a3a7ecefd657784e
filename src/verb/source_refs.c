// SPDX-License-Identifier: GPL-2.0-or-later
/* Who calls it, and what happened to it. */
#include "base/alloc.h"
#include "base/vec.h"
#include "verb/source_internal.h"

/* ---- callers ---- */

struct callers {
	struct kd_source_job *j;
	struct kd_refs refs;
	KD_VEC(struct kd_source_caller) v;
	size_t limit;
};

/* The line without its indentation: the list has columns of its own. */
static struct kd_error *on_file(void *user, const struct kd_tree_file *f)
{
	struct callers *c = user;
	struct kd_arena *arena = &c->j->a->arena;
	struct kd_error *err = kd_refs_scan(f->text, kd_body_lang(f->path), c->j->name, &c->refs);
	struct kd_view file = KD_VNULL;

	if (err)
		return err;
	c->j->a->files_looked++;
	for (size_t i = 0; i < c->refs.n; i++) {
		const struct kd_ref *r = &c->refs.v[i];
		struct kd_source_caller *to = c->v.n < c->limit ? kd_vec_push(&c->v, c->limit) : NULL;

		if (!to) {
			c->j->a->callers_more++;
			continue;
		}
		if (!file.p)
			file = kd_arena_view(arena, f->path);
		*to = (struct kd_source_caller){
			.file = file,
			.in = kd_arena_view(arena, r->in),
			.text = kd_arena_view(arena, kd_view_trim(r->text)),
			.line = r->line,
			.kind = r->kind,
		};
	}
	return NULL;
}

/* Files near the definition first: who reads only a part reads the likelier one. */
static void near_first(struct kd_view *files, size_t n, struct kd_view home)
{
	size_t slash = kd_view_rchr(home, '/'), at = 0;
	struct kd_view dir = slash == KD_NPOS ? KD_VNULL : kd_view_head(home, slash + 1);

	for (size_t i = 0; dir.n && i < n; i++)
		if (kd_view_starts(files[i], dir)) {
			struct kd_view f = files[i];

			memmove(files + at + 1, files + at, (i - at) * sizeof(*files));
			files[at++] = f;
		}
}

struct kd_error *kd_source_callers(struct kd_source_job *j)
{
	struct callers c = {.j = j, .limit = KD_SOURCE_CALLERS_DEFAULT};
	struct kd_source_answer *a = j->a;
	struct kd_view *files;
	struct kd_error *err;
	size_t n;

	if (j->req->limit)
		c.limit = j->req->limit < KD_REFS_MAX ? (size_t)j->req->limit : KD_REFS_MAX;
	if (!j->name.n)
		j->name = a->has_place && a->place.body.name.n ? a->place.body.name : a->key;
	err = kd_source_need_index(j, false);
	if (!err)
		err = kd_srcindex_mentions(j->index, j->name, &a->arena, &files, &n);
	if (err)
		return err;
	if (a->has_place)
		near_first(files, n, a->place.path);
	if (n > KD_SOURCE_CALLER_FILES_MAX) {
		a->files_left = n - KD_SOURCE_CALLER_FILES_MAX;
		n = KD_SOURCE_CALLER_FILES_MAX;
	}
	err = kd_tree_read_many(a->tree, files, n, on_file, &c);
	kd_refs_deinit(&c.refs);
	a->ncallers = c.v.n;
	a->callers = kd_arena_array(&a->arena, c.v.n, struct kd_source_caller);
	if (!err && !a->callers && c.v.n)
		err = kd_error_new(KD_LIMIT, "no memory for the callers");
	if (!err && c.v.n)
		memcpy(a->callers, c.v.v, c.v.n * sizeof(*c.v.v));
	kd_vec_free(&c.v);
	return err;
}

/* ---- history ---- */

struct kd_error *kd_source_history(struct kd_source_job *j)
{
	struct kd_source_answer *a = j->a;
	const struct kd_place *p = &a->place;
	unsigned ms = j->req->history_ms ? j->req->history_ms : KD_SOURCE_HISTORY_MS;
	struct kd_history_req req = {
		.path = p->path,
		.first = p->first,
		.last = p->last,
		.limit = j->req->limit ? (size_t)j->req->limit : KD_SOURCE_HISTORY_DEFAULT,
		.timeout_ms = ms,
	};
	struct kd_error *err = NULL;

	if (a->info->kind != KD_TREE_GIT) {
		a->history_why_not = kd_arena_printf(&a->arena, "a %s has no history; give a git repository",
						     kd_tree_kind_word(a->info->kind));
		return NULL;
	}
	if (p->marked)
		err = kd_history_blame(a->tree, p->path, p->marked, ms, &a->arena, &a->blame);
	if (!err)
		err = kd_history_log(a->tree, &req, &a->arena, &a->commits, &a->ncommits, &a->history_cut);
	if (err && err->cls == KD_CANCELLED)
		return err;
	if (err) { /* the text is an answer without it */
		a->history_why_not = kd_arena_view(&a->arena, kd_view_of(err->msg));
		kd_error_free(err);
		return NULL;
	}
	a->has_history = true;
	return NULL;
}
