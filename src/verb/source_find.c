// SPDX-License-Identifier: GPL-2.0-or-later
/* Which definition is meant. */
#include "base/alloc.h"
#include "verb/source_internal.h"

struct kd_error *kd_source_need_index(struct kd_source_job *j, bool rebuild)
{
	struct kd_srcindex_opts o = {
		.rebuild = rebuild, .progress = j->req->progress, .user = j->req->user};
	struct kd_error *err;

	if (j->index && !rebuild)
		return NULL;
	kd_srcindex_free(j->index);
	j->index = NULL;
	err = kd_srcindex_open(j->ctx, j->a->tree, &o, &j->index);
	if (err)
		return err;
	j->a->has_index = true;
	j->a->index = *kd_srcindex_info(j->index);
	if (j->a->index.cache_problem) /* the index may go before the answer does */
		j->a->index.cache_problem =
			kd_arena_view(&j->a->arena, kd_view_of(j->a->index.cache_problem)).p;
	return NULL;
}

static bool is_tool(struct kd_view path)
{
	static const char *const outside[] = {"tools/", "samples/", "scripts/", "Documentation/", "usr/"};

	for (size_t i = 0; i < KD_ARRAY_LEN(outside); i++)
		if (kd_view_starts(path, kd_view_of(outside[i])))
			return true;
	return false;
}

/* What tells it from the others. */
static struct kd_view note_of(struct kd_arena *a, const struct kd_srcindex_def *d)
{
	struct kd_view rest = d->file, arch;

	if (is_tool(d->file))
		return kd_arena_view(a, KD_V("no kernel code: a program of the build or of user space"));
	if (d->flags & KD_BODY_MACRO)
		return kd_arena_view(a, KD_V("made by a macro that kdoc does not know: perhaps not this name"));
	if (kd_view_skip(&rest, KD_V("arch/")) && kd_view_take_until(&rest, KD_V("/"), &arch))
		return kd_arena_printf(a, "of arch/%.*s%s", KD_VARG(arch),
				       d->flags & KD_BODY_STATIC ? ", static" : "");
	if (kd_view_ends(d->file, KD_V(".h")) && d->flags & KD_BODY_STATIC)
		return kd_arena_view(a, KD_V("static in a header: inlined, or what is used when a configuration is off"));
	if (d->flags & KD_BODY_STATIC)
		return kd_arena_view(a, KD_V("static: only its own file sees it"));
	if (d->flags & KD_BODY_ALTERNATIVE)
		return kd_arena_view(a, KD_V("one branch of an #if"));
	return KD_VNULL;
}

/* Definitions of a name, appended to the answer. */
static struct kd_error *add_defs(struct kd_source_job *j, struct kd_view name)
{
	struct kd_source_answer *a = j->a;
	struct kd_srcindex_def *d;
	size_t n;
	struct kd_error *err = kd_srcindex_defs(j->index, name, &a->arena, &d, &n);

	if (err && err->cls == KD_BADDATA && !a->index.built) {
		kd_error_free(err);
		err = kd_source_need_index(j, true);
		if (!err)
			err = kd_srcindex_defs(j->index, name, &a->arena, &d, &n);
	}
	if (err || !n)
		return err;
	a->defs = kd_arena_array(&a->arena, n, struct kd_source_def);
	if (!a->defs)
		return kd_error_new(KD_LIMIT, "no memory for the definitions");
	a->ndefs = n;
	for (size_t i = 0; i < n; i++)
		a->defs[i] = (struct kd_source_def){.def = d[i], .note = note_of(&a->arena, &d[i])};
	j->name = name;
	return NULL;
}

static struct kd_error *look_up(struct kd_source_job *j)
{
	char buf[KD_BODY_NAME_MAX];
	struct kd_source_answer *a = j->a;
	bool also;
	struct kd_error *err = kd_source_need_index(j, false);

	a->key = kd_arena_view(&a->arena, kd_body_key_of(a->func, buf, &also));
	/* the name as written first: it may be a real function's */
	if (!err && also)
		err = add_defs(j, a->func);
	if (!err && !a->ndefs)
		err = add_defs(j, a->key);
	return err;
}

/* The file that has the function in the kernel that was built, when it is one. */
static struct kd_view built_in(struct kd_source_job *j)
{
	struct kd_kdx *k = kd_source_debug(j);
	struct kd_frame_query q = {.func = j->name, .has_offset = true, .exact = true};
	struct kd_matches m = {.n = 0};
	kd_auto(kd_error_freep) struct kd_error *err = NULL;

	if (!k || !j->name.n)
		return KD_VNULL;
	err = kd_match_frame(k, &q, &j->a->arena, &m);
	if (!err && m.n == 1 && !m.v[0].chain.n) { /* behind what stands in front of arm64's functions */
		q.offset = 8;
		err = kd_match_frame(k, &q, &j->a->arena, &m);
	}
	if (err || m.n != 1 || !m.v[0].chain.n)
		return KD_VNULL;
	return kd_src_path(&j->a->arena, &m.v[0].chain.v[m.v[0].chain.n - 1].decl);
}

/* Of the file that was named only, and around the line. */
static struct kd_error *rule_out(struct kd_source_job *j, size_t *left, size_t *kernel, size_t *which)
{
	kd_auto(kd_buf_deinit) struct kd_buf path = KD_BUF_INIT(8192);
	struct kd_source_answer *a = j->a;
	struct kd_error *err = NULL;
	size_t in_kernel = 0;

	if (j->req->file)
		err = kd_tree_find(a->tree, kd_view_of(j->req->file), &path);
	else if (a->ndefs > 1 && built_in(j).n)
		kd_buf_add(&path, built_in(j));
	if (err)
		return err;
	if (!j->req->file && path.n) { /* of use only when the tree has the function there */
		bool known = false;

		for (size_t i = 0; i < a->ndefs; i++)
			known |= kd_view_eq(a->defs[i].def.file, kd_buf_view(&path));
		path.n = known ? path.n : 0;
		j->by_debug = known;
	}
	*left = *kernel = 0;
	for (size_t i = 0; i < a->ndefs; i++) {
		struct kd_source_def *d = &a->defs[i];

		d->out = (path.n && !kd_view_eq(d->def.file, kd_buf_view(&path))) ||
			 (j->req->line && (j->req->line < d->def.start || j->req->line > d->def.close));
		if (d->out)
			continue;
		++*left;
		*which = i;
		if (!is_tool(d->def.file)) {
			++*kernel;
			in_kernel = i;
		}
	}
	if (*kernel == 1)
		*which = in_kernel;
	return NULL;
}

static struct kd_error *open_place(struct kd_source_job *j, struct kd_view file, struct kd_view func,
				   uint32_t line)
{
	struct kd_place_req req = {.file = file, .func = func, .line = line};
	struct kd_source_answer *a = j->a;
	struct kd_error *err = kd_place_open(a->tree, &req, &a->place);

	if (err)
		return err;
	if (a->place.why_not.n)
		a->choice = a->place.why_not;
	else
		a->has_place = true;
	return NULL;
}

static struct kd_error *choose(struct kd_source_job *j)
{
	struct kd_source_answer *a = j->a;
	size_t left, kernel, which = 0;
	struct kd_error *err = rule_out(j, &left, &kernel, &which);
	uint32_t line;

	if (err)
		return err;
	if (left == 1 || kernel == 1) {
		const struct kd_srcindex_def *d = &a->defs[which].def;

		a->choice = kd_arena_view(&a->arena, a->ndefs == 1  ? KD_V("the only definition")
						     : j->by_debug  ? KD_V("the one in the kernel of --debug")
						     : left == 1    ? KD_V("the only one there")
								    : KD_V("the only one in kernel code"));
		line = j->req->line ? j->req->line : d->line;
		err = open_place(j, d->file, KD_VNULL, line);
		if (!err && !j->req->line)
			a->place.marked = 0;
		return err;
	}
	a->choice = !a->ndefs ? kd_arena_printf(&a->arena, "the tree defines no function %.*s: another version, one that a macro makes, or a module from elsewhere",
						 KD_VARG(a->func))
		    : left    ? kd_arena_printf(&a->arena, "%zu definitions fit; a file or a line tells which one is meant", left)
			      : kd_arena_printf(&a->arena, "none of the %zu definitions is there: another version of the tree?", a->ndefs);
	return NULL;
}

struct kd_error *kd_source_find(struct kd_source_job *j)
{
	struct kd_source_answer *a = j->a;
	struct kd_view why_not = KD_VNULL;
	struct kd_error *err;

	/* a file answers by itself, without an index of the tree */
	if (j->req->file) {
		err = open_place(j, kd_view_of(j->req->file), a->func, j->req->line);
		if (err || a->has_place)
			return err;
		why_not = a->choice = kd_arena_view(&a->arena, a->choice);
		kd_place_deinit(&a->place);
		/* where else it is defined takes an index, and that of a tarball a pass over it */
		if (!a->func.n || a->info->kind == KD_TREE_TAR)
			return NULL;
	}
	err = look_up(j);
	if (!err)
		err = choose(j);
	if (err && err->cls == KD_NOTFOUND) { /* the file that was named is not there */
		a->choice = kd_arena_view(&a->arena, kd_view_of(err->msg));
		kd_error_free(err);
		err = NULL;
	}
	if (!a->has_place && why_not.n)
		a->choice = why_not;
	return err;
}
