// SPDX-License-Identifier: GPL-2.0-or-later
#include "symbol/symset.h"

#include <sys/stat.h>

#include "base/alloc.h"
#include "format/elf.h"
#include "symbol/symset_internal.h"

/* --- tries -------------------------------------------------------------------------------- */

static void note(struct kd_symset *s, const char *what, const char *why, bool used, bool absent)
{
	struct kd_symset_try *t;

	kd_vec_each(old, &s->tries) /* of each module's search the same */
		if (old->what && old->why && !strcmp(old->what, what) && !strcmp(old->why, why))
			return;
	t = kd_vec_push(&s->tries, TRIES_MAX);
	if (t)
		*t = (struct kd_symset_try){kd_arena_view(&s->arena, kd_view_of(what)).p,
					    kd_arena_view(&s->arena, kd_view_of(why)).p, used, absent};
}

void find_note(struct kd_symset *s, const char *what, bool used, const char *why)
{
	note(s, what, why, used, false);
}

void find_absent(struct kd_symset *s, const char *what, const char *why)
{
	note(s, what, why, false, true);
}

/*
 * "PREEMPT(lazy)" in a header is the model of this boot, which the banner does not have (lib/dump_stack.c since 6.16,
 * preempt_model_str()).
 */
static bool has_words(struct kd_view text, struct kd_view words)
{
	struct kd_view word;

	while (kd_view_skip_blank(&words), kd_view_take_word(&words, &word))
		if (word.p[0] != '#' && !kd_view_starts(word, KD_V("PREEMPT(")) &&
		    !kd_view_starts(word, KD_V("PREEMPT_RT(")) && !kd_view_has(text, word))
			return false;
	return true;
}

struct kd_view kd_symset_mismatch(struct kd_arena *arena, const struct kd_symset_want *want,
				  struct kd_view module, struct kd_view build_id,
				  const struct kd_kdx_ident *id)
{
	if (build_id.n && id->build_id.n && !kd_view_ieq(build_id, id->build_id))
		return kd_arena_printf(arena, "its build-id is %.*s, the log's is %.*s", KD_VARG(id->build_id),
				       KD_VARG(build_id));
	if (build_id.n && id->build_id.n)
		return KD_VNULL; /* nothing is surer */
	if (module.n && id->module.n && !find_same_module(module, id->module))
		return kd_arena_printf(arena, "it is the module %.*s", KD_VARG(id->module));
	if (!module.n && id->type == KD_ET_REL)
		return kd_arena_printf(arena, "it is a module, not the kernel");
	if (module.n && id->type == KD_ET_EXEC)
		return kd_arena_printf(arena, "it is a kernel, not a module");
	if (want->release.n && id->release.n && !kd_view_eq(want->release, id->release))
		return kd_arena_printf(arena, "it is of release %.*s, the log of %.*s", KD_VARG(id->release),
				       KD_VARG(want->release));
	/* one release is built many times: what the oops line has of the build must be in the banner */
	if (want->build.n && id->banner.n && !has_words(id->banner, want->build))
		return kd_arena_printf(arena, "it was built as \"%.*s\", the log's kernel is \"%.*s\"",
				       KD_VARG(kd_view_head(id->banner, 300)), KD_VARG(kd_view_head(want->build, 200)));
	return KD_VNULL;
}

/* --- one file ----------------------------------------------------------------------------- */

/* A list of symbols has no build-id: what ties it to the log is said. */
static const char *used_how(const struct kd_symset *s, const struct kd_kdx_ident *id)
{
	if (!id->symbols.n)
		return "used";
	if (id->release.n && s->want.release.n)
		return "used: symbols without lines, known to be this kernel's by the release in its name only";
	return "used: symbols without lines; nothing but the sizes of functions tells whether they are this kernel's";
}

/* "…/lib/modules/RELEASE/…": what a file without a release of its own is of. */
static struct kd_view release_of_path(const char *path)
{
	struct kd_view rest = kd_view_of(path ? path : ""), head, release;

	if (!kd_view_take_until(&rest, KD_V("lib/modules/"), &head) ||
	    !kd_view_take_until(&rest, KD_V("/"), &release) || kd_view_starts(rest, KD_V("build/")))
		return KD_VNULL;
	return release;
}

bool find_take(struct kd_symset *s, struct kd_kdx *k, const char *what, const char *path,
	       const struct find_query *q, struct opened *ret)
{
	struct kd_kdx_ident id = kd_kdx_ident(k);
	struct kd_view why;

	if (!id.release.n)
		id.release = release_of_path(path);
	why = kd_symset_mismatch(&s->arena, &s->want, q->module, q->build_id, &id);
	if (why.n && !s->o.force) {
		find_note(s, what, false, why.p);
		kd_kdx_close(k);
		return false;
	}
	*ret = (struct opened){k, why.n ? why.p : NULL};
	if (!why.n && id.missing_files) {
		why = kd_arena_printf(&s->arena, "debug info of it is in %.*s", KD_VARG(id.missing));
		if (id.missing_files > 1)
			why = kd_arena_printf(&s->arena, "debug info of it is in %ju files that are not there or do not fit, "
					      "the first is %.*s", (uintmax_t)id.missing_files, KD_VARG(id.missing_file));
	}
	find_note(s, what, true, why.n ? why.p : used_how(s, &id));
	return true;
}

bool find_try_file(struct kd_symset *s, const char *path, const struct find_query *q, struct opened *ret)
{
	struct kd_kdx_cache cache = s->o.cache;
	struct kd_kdx *k = NULL;
	kd_auto(kd_error_freep) struct kd_error *err = NULL;

	cache.build.module = q->module.n ? kd_arena_view(&s->arena, q->module).p : NULL;
	err = kd_kdx_cached(s->ctx, path, &cache, &k, NULL);
	if (err) {
		find_note(s, path, false, err->msg);
		return false;
	}
	return find_take(s, k, path, path, q, ret);
}

/* --- the set ------------------------------------------------------------------------------ */

struct kd_symset *kd_symset_new(struct kd_ctx *ctx, const struct kd_symset_want *want,
				const struct kd_symset_options *o)
{
	struct kd_symset *s = kd_xcalloc(1, sizeof(*s));

	s->ctx = ctx;
	s->arena = KD_ARENA_INIT((size_t)128 << 20);
	s->want.release = kd_arena_view(&s->arena, want->release);
	s->want.build = kd_arena_view(&s->arena, want->build);
	s->want.modules = want->modules; /* borrowed */
	s->want.nmodules = want->nmodules;
	s->o = *o;
	if (!s->o.root)
		s->o.root = "";
	s->by_module = KD_HASHMAP_INIT(MODULES_MAX, &s->arena);
	for (size_t i = 0; i < o->npaths; i++) {
		struct kd_view rest = kd_view_of(o->paths[i]), one;
		struct stat st;

		if (!stat(o->paths[i], &st)) { /* its name may have a colon */
			find_add_path(s, rest);
			continue;
		}
		while (kd_view_take_until(&rest, KD_V(":"), &one))
			find_add_path(s, one);
		find_add_path(s, rest);
	}
	return s;
}

struct kd_kdx *kd_symset_get(struct kd_symset *s, struct kd_view module, struct kd_view build_id)
{
	struct kd_hashmap_entry *e = kd_hashmap_add(&s->by_module, module.n ? module : KD_V("/"), NULL);
	struct opened *o;

	if (!e)
		return NULL;
	if (!e->num) {
		o = kd_vec_push(&s->opened, MODULES_MAX + 1);
		if (!o)
			return NULL;
		e->num = s->opened.n;
		*o = find_all_places(s, module, build_id);
	}
	return s->opened.v[e->num - 1].k;
}

const char *kd_symset_unsure(const struct kd_symset *s, struct kd_view module)
{
	const struct kd_hashmap_entry *e = kd_hashmap_get(&s->by_module, module.n ? module : KD_V("/"));

	return e && e->num ? s->opened.v[e->num - 1].unsure : NULL;
}

size_t kd_symset_tries(const struct kd_symset *s, const struct kd_symset_try **ret)
{
	*ret = s->tries.v;
	return s->tries.n;
}

void kd_symset_free(struct kd_symset *s)
{
	if (!s)
		return;
	kd_vec_each(o, &s->opened)
		kd_kdx_close(o->k);
	kd_vec_free(&s->opened);
	kd_vec_each(p, &s->packages)
		find_package_free(*p);
	kd_vec_free(&s->packages);
	kd_vec_free(&s->files);
	kd_vec_free(&s->folders);
	kd_vec_free(&s->images);
	kd_vec_free(&s->tries);
	kd_hashmap_deinit(&s->by_module);
	kd_arena_deinit(&s->arena);
	kd_free(s);
}

void kd_symset_freep(struct kd_symset **s)
{
	kd_symset_free(*s);
	*s = NULL;
}
