// SPDX-License-Identifier: GPL-2.0-or-later
#include "symbol/symset.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/fs.h"
#include "base/hashmap.h"
#include "base/vec.h"
#include "format/elf.h"
#include "symbol/kdxpack.h"

enum { TRIES_MAX = 4096, FILES_MAX = 1 << 17, MODULES_MAX = 65536, DEPTH_MAX = 16 };

/* A file below one of the caller's folders. */
struct candidate {
	const char *path;
	uint64_t off, size; /* one of several in the file (kdxpack.h); size 0: the file itself */
	struct kd_view stem; /* "xfs" of xfs.ko.debug.xz; of a kernel: absent */
	bool by_content; /* the caller named the file itself, and its name does not tell what it is */
};

struct opened {
	struct kd_kdx *k; /* NULL: there is none */
	const char *unsure;
};

struct kd_symset {
	struct kd_ctx *ctx;
	struct kd_arena arena;
	struct kd_symset_want want;
	struct kd_symset_options o;
	KD_VEC(struct candidate) files;
	KD_VEC(struct kd_symset_try) tries;
	KD_VEC(struct opened) opened;
	struct kd_hashmap by_module;
};

/* --- names -------------------------------------------------------------------------------- */

/* The kernel says "-" and "_" alike in module names (Documentation/kbuild; KBUILD_MODNAME has "_"). */
static bool same_module(struct kd_view a, struct kd_view b)
{
	if (a.n != b.n)
		return false;
	for (size_t i = 0; i < a.n; i++)
		if ((a.p[i] == '-' ? '_' : a.p[i]) != (b.p[i] == '-' ? '_' : b.p[i]))
			return false;
	return true;
}

static void drop_end(struct kd_view *v, struct kd_view end)
{
	if (kd_view_ends(*v, end))
		v->n -= end.n;
}

static bool module_stem(struct kd_view name, struct kd_view *ret)
{
	static const char *const ends[] = {".xz", ".gz", ".zst", ".debug"};

	if (kd_view_ends(name, KD_V(".kdx"))) {
		if (kd_view_starts(name, KD_V("vmlinux")))
			return false;
		drop_end(&name, KD_V(".kdx"));
		drop_end(&name, KD_V(".ko"));
		*ret = name;
		return true;
	}
	for (size_t i = 0; i < KD_ARRAY_LEN(ends); i++)
		drop_end(&name, kd_view_of(ends[i]));
	if (!kd_view_ends(name, KD_V(".ko")) || name.n == 3)
		return false;
	*ret = kd_view_head(name, name.n - 3);
	return true;
}

static bool kernel_name(struct kd_view name)
{
	return kd_view_starts(name, KD_V("vmlinux")) && !kd_view_ends(name, KD_V(".o")) &&
	       !kd_view_ends(name, KD_V(".bin")) && !kd_view_ends(name, KD_V(".lds")) &&
	       !kd_view_ends(name, KD_V(".py")) && !kd_view_ends(name, KD_V(".h"));
}

/* --- tries -------------------------------------------------------------------------------- */

static void note(struct kd_symset *s, const char *what, bool used, const char *why)
{
	struct kd_symset_try *t;

	kd_vec_each(old, &s->tries) /* of each module's search the same */
		if (old->what && old->why && !strcmp(old->what, what) && !strcmp(old->why, why))
			return;
	t = kd_vec_push(&s->tries, TRIES_MAX);
	if (t)
		*t = (struct kd_symset_try){kd_arena_view(&s->arena, kd_view_of(what)).p,
					    kd_arena_view(&s->arena, kd_view_of(why)).p, used};
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
	if (module.n && id->module.n && !same_module(module, id->module))
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

static bool take(struct kd_symset *s, struct kd_kdx *k, const char *what, struct kd_view module,
		 struct kd_view build_id, struct opened *ret)
{
	const struct kd_kdx_ident id = kd_kdx_ident(k);
	struct kd_view why = kd_symset_mismatch(&s->arena, &s->want, module, build_id, &id);

	if (why.n && !s->o.force) {
		note(s, what, false, why.p);
		kd_kdx_close(k);
		return false;
	}
	*ret = (struct opened){k, why.n ? why.p : NULL};
	note(s, what, true, why.n ? why.p : "used");
	return true;
}

/* A member of a file of several indexes. */
static bool try_member(struct kd_symset *s, const struct candidate *c, struct kd_view module,
		       struct kd_view build_id, struct opened *ret)
{
	struct kd_kdx *k = NULL;
	struct kd_view what;
	kd_auto(kd_error_freep) struct kd_error *err = kd_kdx_open_at(c->path, c->off, c->size, &k);

	if (err) {
		note(s, c->path, false, err->msg);
		return false;
	}
	what = kd_arena_printf(&s->arena, "%s: %.*s", c->path, KD_VARG(c->stem.n ? c->stem : KD_V("kernel")));
	return take(s, k, what.p ? what.p : c->path, module, build_id, ret);
}

static bool try_file(struct kd_symset *s, const char *path, struct kd_view module,
		     struct kd_view build_id, struct opened *ret)
{
	struct kd_kdx *k = NULL;
	kd_auto(kd_error_freep) struct kd_error *err =
		kd_kdx_cached(s->ctx, path, &s->o.cache, &k, NULL);

	if (err) {
		note(s, path, false, err->msg);
		return false;
	}
	return take(s, k, path, module, build_id, ret);
}

/* A usual place: what is not there is passed over without a word for each. */
static bool try_place(struct kd_symset *s, struct kd_view path, struct kd_view module,
		      struct kd_view build_id, struct opened *ret)
{
	struct stat st;

	if (!path.p || stat(path.p, &st) || !S_ISREG(st.st_mode))
		return false;
	return try_file(s, path.p, module, build_id, ret);
}

/* --- the caller's places ------------------------------------------------------------------ */

static struct kd_error *add_file(void *user, const struct kd_fs_entry *e)
{
	struct kd_symset *s = user;
	struct candidate c = {.path = NULL}, *to;
	const struct kd_view name = kd_view_of(e->name);

	if (!module_stem(name, &c.stem) && !kernel_name(name))
		return NULL;
	to = kd_vec_push(&s->files, FILES_MAX);
	c.path = to ? kd_arena_view(&s->arena, kd_view_of(e->path)).p : NULL;
	if (!c.path)
		return kd_error_new(KD_LIMIT, "more than %d files with debug info", FILES_MAX);
	c.stem = kd_arena_view(&s->arena, c.stem);
	*to = c;
	return NULL;
}

static struct kd_view slash_free(struct kd_view path)
{
	size_t slash = kd_view_rchr(path, '/');

	return slash == KD_NPOS ? path : kd_view_from(path, slash + 1);
}

/* All members of a file of several indexes; a folder of them is not searched. */
static void add_pack(struct kd_symset *s, const char *path)
{
	struct kd_kdxpack p;
	kd_auto(kd_error_freep) struct kd_error *err = kd_kdxpack_read(path, &s->arena, &p);

	if (err) {
		note(s, path, false, err->msg);
		return;
	}
	for (size_t i = 0; i < p.n; i++) {
		struct candidate *to = kd_vec_push(&s->files, FILES_MAX);

		if (to)
			*to = (struct candidate){.path = path, .off = p.v[i].off, .size = p.v[i].size,
						 .stem = p.v[i].module};
	}
}

static void add_path(struct kd_symset *s, struct kd_view path)
{
	const struct kd_fs_walk_opts o = {.max_entries = FILES_MAX, .max_depth = DEPTH_MAX, .hidden = true};
	const char *name = kd_arena_view(&s->arena, path).p;
	kd_auto(kd_error_freep) struct kd_error *err = NULL;
	struct candidate c = {.path = name}, *to;
	struct kd_view last = slash_free(path);
	struct stat st;

	if (!name || !path.n)
		return;
	if (stat(name, &st)) {
		note(s, name, false, "there is no such file");
		return;
	}
	if (kd_kdxpack_probe(name)) {
		add_pack(s, name);
		return;
	}
	if (S_ISDIR(st.st_mode)) {
		err = kd_fs_walk(name, &o, add_file, s);
		if (err)
			note(s, name, false, err->msg);
		return;
	}
	c.by_content = !module_stem(last, &c.stem) && !kernel_name(last);
	c.by_content |= kd_view_ends(last, KD_V(".kdx"));
	c.stem = kd_arena_view(&s->arena, c.stem);
	to = kd_vec_push(&s->files, FILES_MAX);
	if (to)
		*to = c;
}

static bool from_caller(struct kd_symset *s, struct kd_view module, struct kd_view build_id,
			struct opened *ret)
{
	for (size_t i = 0; i < s->files.n; i++) {
		const struct candidate *c = &s->files.v[i];

		if (!c->by_content && (module.n ? !same_module(c->stem, module) : c->stem.n != 0))
			continue;
		if (c->size ? try_member(s, c, module, build_id, ret)
			    : try_file(s, c->path, module, build_id, ret))
			return true;
	}
	return false;
}

/* --- the usual places --------------------------------------------------------------------- */

static bool from_cache(struct kd_symset *s, struct kd_view module, struct kd_view build_id,
		       struct opened *ret)
{
	kd_auto(kd_error_freep) struct kd_error *err = NULL;
	struct kd_kdx *k = NULL;
	struct kd_view what;

	if (build_id.n < 8)
		return false;
	err = kd_kdx_cache_find(&s->o.cache, build_id, &k);
	if (err || !k)
		return false;
	if (!kd_kdx_ident(k).dwarf) { /* of a stripped file: there may be a better one */
		kd_kdx_close(k);
		return false;
	}
	what = kd_arena_printf(&s->arena, "the cache, build-id %.*s", KD_VARG(build_id));
	return take(s, k, what.p ? what.p : "the cache", module, build_id, ret);
}

static bool from_build_id_folders(struct kd_symset *s, struct kd_view module, struct kd_view build_id,
				  struct opened *ret)
{
	static const char *const roots[] = {"/usr/lib/debug/.build-id", "/usr/lib/.build-id"};

	for (size_t i = 0; build_id.n >= 8 && i < KD_ARRAY_LEN(roots); i++)
		if (try_place(s, kd_arena_printf(&s->arena, "%s%s/%.2s/%.*s.debug", s->o.root, roots[i],
						 build_id.p, KD_VARG(kd_view_from(build_id, 2))),
			      module, build_id, ret))
			return true;
	return false;
}

static bool from_kernel_folders(struct kd_symset *s, struct kd_view build_id, struct opened *ret)
{
	/* Debian and Ubuntu; Fedora, RHEL and SUSE; a build tree; an image with symbols */
	static const char *const places[] = {
		"/usr/lib/debug/boot/vmlinux-%.*s", "/usr/lib/debug/lib/modules/%.*s/vmlinux",
		"/usr/lib/debug/usr/lib/modules/%.*s/vmlinux", "/lib/modules/%.*s/build/vmlinux",
		"/lib/modules/%.*s/vmlinux", "/boot/vmlinux-%.*s"};

	for (size_t i = 0; i < KD_ARRAY_LEN(places); i++) {
		struct kd_view form = kd_view_of(places[i]), head;

		if (kd_view_take_until(&form, KD_V("%.*s"), &head) &&
		    try_place(s, kd_arena_printf(&s->arena, "%s%.*s%.*s%.*s", s->o.root, KD_VARG(head),
						 KD_VARG(s->want.release), KD_VARG(form)),
			      KD_VNULL, build_id, ret))
			return true;
	}
	return false;
}

struct search {
	struct kd_symset *s;
	struct kd_view module;
	const char *path;
};

static struct kd_error *is_it(void *user, const struct kd_fs_entry *e)
{
	struct search *f = user;
	struct kd_view stem;

	if (!f->path && module_stem(kd_view_of(e->name), &stem) && same_module(stem, f->module))
		f->path = kd_arena_view(&f->s->arena, kd_view_of(e->path)).p;
	return NULL;
}

static bool from_module_folders(struct kd_symset *s, struct kd_view module, struct kd_view build_id,
				struct opened *ret)
{
	static const char *const roots[] = {"/usr/lib/debug/lib/modules/", "/usr/lib/debug/usr/lib/modules/",
					    "/lib/modules/"};
	const struct kd_fs_walk_opts o = {.max_entries = FILES_MAX, .max_depth = DEPTH_MAX};

	for (size_t i = 0; i < KD_ARRAY_LEN(roots); i++) {
		struct kd_view dir = kd_arena_printf(&s->arena, "%s%s%.*s", s->o.root, roots[i],
						     KD_VARG(s->want.release));
		struct search f = {.s = s, .module = module};
		kd_auto(kd_error_freep) struct kd_error *err = NULL;

		if (!dir.p)
			return false;
		err = kd_fs_walk(dir.p, &o, is_it, &f);
		if (f.path && try_file(s, f.path, module, build_id, ret))
			return true;
	}
	return false;
}

static bool safe_release(struct kd_view v)
{
	return v.n && v.n < 200 && !kd_view_has(v, KD_V("/")) && !kd_view_has(v, KD_V(".."));
}

static struct opened find(struct kd_symset *s, struct kd_view module, struct kd_view build_id)
{
	struct opened o = {.k = NULL};

	if (from_caller(s, module, build_id, &o) || s->o.only_paths ||
	    from_cache(s, module, build_id, &o) || from_build_id_folders(s, module, build_id, &o) ||
	    !safe_release(s->want.release))
		return o;
	if (module.n ? from_module_folders(s, module, build_id, &o) : from_kernel_folders(s, build_id, &o))
		return o;
	return o;
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
	s->o = *o;
	if (!s->o.root)
		s->o.root = "";
	s->by_module = KD_HASHMAP_INIT(MODULES_MAX, &s->arena);
	for (size_t i = 0; i < o->npaths; i++) {
		struct kd_view rest = kd_view_of(o->paths[i]), one;
		struct stat st;

		if (!stat(o->paths[i], &st)) { /* its name may have a colon */
			add_path(s, rest);
			continue;
		}
		while (kd_view_take_until(&rest, KD_V(":"), &one))
			add_path(s, one);
		add_path(s, rest);
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
		*o = find(s, module, build_id);
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
	kd_vec_free(&s->files);
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
