// SPDX-License-Identifier: GPL-2.0-or-later
/* Where debug info is looked for, in order; names that files with debug info have. */
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/fs.h"
#include "symbol/symset_internal.h"

/* --- names -------------------------------------------------------------------------------- */

/* The kernel says "-" and "_" alike in module names (Documentation/kbuild; KBUILD_MODNAME has "_"). */
bool find_same_module(struct kd_view a, struct kd_view b)
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

static struct kd_view unpacked_name(struct kd_view name)
{
	static const char *const ends[] = {".xz", ".gz", ".zst", ".bz2", ".debug"};

	for (size_t i = 0; i < KD_ARRAY_LEN(ends); i++)
		drop_end(&name, kd_view_of(ends[i]));
	return name;
}

bool find_module_stem(struct kd_view name, struct kd_view *ret)
{
	if (kd_view_ends(name, KD_V(".kdx"))) {
		if (kd_view_starts(name, KD_V("vmlinux")))
			return false;
		drop_end(&name, KD_V(".kdx"));
		drop_end(&name, KD_V(".ko"));
		*ret = name;
		return true;
	}
	name = unpacked_name(name);
	if (!kd_view_ends(name, KD_V(".ko")) || name.n == 3)
		return false;
	*ret = kd_view_head(name, name.n - 3);
	return true;
}

bool find_kernel_name(struct kd_view name)
{
	/* what kbuild leaves beside a vmlinux */
	static const char *const others[] = {".o", ".a", ".bin", ".lds", ".py", ".h", ".c", ".map", ".symvers", ".cmd",
					     ".relocs", ".32", ".id", ".sig", ".btf", ".export", ".S", ".lds.S", ".xz.o"};

	if (!kd_view_starts(name, KD_V("vmlinux")))
		return false;
	for (size_t i = 0; i < KD_ARRAY_LEN(others); i++)
		if (kd_view_ends(name, kd_view_of(others[i])))
			return false;
	return true;
}

bool find_image_name(struct kd_view name)
{
	return kd_view_starts(name, KD_V("vmlinuz")) || kd_view_eq(name, KD_V("bzImage")) ||
	       kd_view_eq(name, KD_V("Image")) || kd_view_starts(name, KD_V("Image."));
}

struct kd_view find_basename(struct kd_view path)
{
	size_t slash = kd_view_rchr(path, '/');

	return slash == KD_NPOS ? path : kd_view_from(path, slash + 1);
}

struct kd_view find_build_id_path(struct kd_symset *s, struct kd_view dir, struct kd_view build_id)
{
	if (build_id.n < 8)
		return KD_VNULL;
	return kd_arena_printf(&s->arena, "%.*s/%.2s/%.*s.debug", KD_VARG(dir), build_id.p,
			       KD_VARG(kd_view_from(build_id, 2)));
}

/* --- places ------------------------------------------------------------------------------- */

/* Names of places that have nothing, for one line about all of them. */
struct places {
	struct kd_symset *s;
	struct kd_buf names;
};

/* A place that has no such file: passed over, and remembered. */
static bool try_place(struct places *p, struct kd_view path, const struct find_query *q, struct opened *ret)
{
	struct stat st;

	if (!path.p)
		return false;
	if (stat(path.p, &st) || !S_ISREG(st.st_mode)) {
		kd_buf_printf(&p->names, "%s%.*s", p->names.n ? ", " : "", KD_VARG(path));
		return false;
	}
	return find_try_file(p->s, path.p, q, ret);
}

static bool places_end(struct places *p, bool taken)
{
	if (!taken && p->names.n) {
		struct kd_view v = kd_arena_view(&p->s->arena, kd_buf_view(&p->names));

		find_absent(p->s, v.p ? v.p : "the usual places", "there is no such file");
	}
	kd_buf_deinit(&p->names);
	return taken;
}

static bool from_cache(struct kd_symset *s, struct find_query *q, struct opened *ret)
{
	kd_auto(kd_error_freep) struct kd_error *err = NULL;
	struct kd_kdx *k = NULL;
	struct kd_view what;

	if (q->build_id.n < 8)
		return false;
	what = kd_arena_printf(&s->arena, "the cache, build-id %.*s", KD_VARG(q->build_id));
	if (!what.p)
		what = KD_V("the cache");
	err = kd_kdx_cache_find(&s->o.cache, q->build_id, &k);
	if (!err && k && kd_kdx_ident(k).dwarf)
		return find_take(s, k, what.p, NULL, q, ret);
	if (k) /* of a stripped file: there may be a better one */
		kd_kdx_close(k);
	find_absent(s, what.p, err ? err->msg : "it has no index of it");
	return false;
}

static bool from_build_id_folders(struct kd_symset *s, struct find_query *q, struct opened *ret)
{
	static const char *const roots[] = {"/usr/lib/debug/.build-id", "/usr/lib/.build-id"};
	struct places p = {s, KD_BUF_INIT(8192)};
	bool taken = false;

	for (size_t i = 0; !taken && i < KD_ARRAY_LEN(roots); i++) {
		struct kd_view dir = kd_arena_printf(&s->arena, "%s%s", s->o.root, roots[i]);

		taken = dir.p && try_place(&p, find_build_id_path(s, dir, q->build_id), q, ret);
	}
	return places_end(&p, taken);
}

bool find_by_build_id(struct kd_symset *s, struct find_query *q, struct opened *ret)
{
	return from_cache(s, q, ret) || from_build_id_folders(s, q, ret);
}

static bool safe_release(struct kd_view v)
{
	return v.n && v.n < 200 && !kd_view_has(v, KD_V("/")) && !kd_view_has(v, KD_V(".."));
}

/* The first of the kernel's files by release that is there and fits; "%.*s" stands for the release. */
static bool from_names(struct kd_symset *s, const char *const *names, size_t n, struct find_query *q, struct opened *ret)
{
	struct places p = {s, KD_BUF_INIT(8192)};
	bool taken = false;

	for (size_t i = 0; !taken && i < n && !q->module.n && safe_release(s->want.release); i++) {
		struct kd_view form = kd_view_of(names[i]), head;

		taken = kd_view_take_until(&form, KD_V("%.*s"), &head) &&
			try_place(&p, kd_arena_printf(&s->arena, "%s%.*s%.*s%.*s", s->o.root, KD_VARG(head),
						      KD_VARG(s->want.release), KD_VARG(form)), q, ret);
	}
	return places_end(&p, taken);
}

static bool from_kernel_folders(struct kd_symset *s, struct find_query *q, struct opened *ret)
{
	/* Debian and Ubuntu; Fedora, RHEL and SUSE; a build tree; an image with symbols */
	static const char *const names[] = {
		"/usr/lib/debug/boot/vmlinux-%.*s", "/usr/lib/debug/lib/modules/%.*s/vmlinux",
		"/usr/lib/debug/usr/lib/modules/%.*s/vmlinux", "/lib/modules/%.*s/build/vmlinux",
		"/usr/lib/debug/boot/vmlinux-%.*s.debug", "/lib/modules/%.*s/vmlinux", "/boot/vmlinux-%.*s"};

	return from_names(s, names, KD_ARRAY_LEN(names), q, ret);
}

/* Symbols alone: asked when nothing better was found. */
static bool from_symbol_lists(struct kd_symset *s, struct find_query *q, struct opened *ret)
{
	static const char *const names[] = {"/usr/lib/debug/boot/System.map-%.*s", "/boot/System.map-%.*s"};

	return from_names(s, names, KD_ARRAY_LEN(names), q, ret);
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

	if (!f->path && find_module_stem(kd_view_of(e->name), &stem) && find_same_module(stem, f->module))
		f->path = kd_arena_view(&f->s->arena, kd_view_of(e->path)).p;
	return NULL;
}

static bool from_module_folders(struct kd_symset *s, struct find_query *q, struct opened *ret)
{
	static const char *const roots[] = {"/usr/lib/debug/lib/modules/", "/usr/lib/debug/usr/lib/modules/",
					    "/lib/modules/"};
	const struct kd_fs_walk_opts o = {.max_entries = FILES_MAX, .max_depth = DEPTH_MAX};

	for (size_t i = 0; i < KD_ARRAY_LEN(roots) && q->module.n && safe_release(s->want.release); i++) {
		struct kd_view dir = kd_arena_printf(&s->arena, "%s%s%.*s", s->o.root, roots[i],
						     KD_VARG(s->want.release));
		struct search f = {.s = s, .module = q->module};
		kd_auto(kd_error_freep) struct kd_error *err = NULL;
		struct kd_view why;

		if (!dir.p)
			return false;
		err = kd_fs_walk(dir.p, &o, is_it, &f);
		if (f.path && find_try_file(s, f.path, q, ret))
			return true;
		why = err ? kd_view_of(err->msg)
			  : kd_arena_printf(&s->arena, "there is no module %.*s", KD_VARG(q->module));
		if (!f.path && why.p)
			find_absent(s, dir.p, err && err->cls == KD_NOTFOUND ? "there is no such folder" : why.p);
	}
	return false;
}

static const struct find_ops places[] = {
	{"--debug", true, find_given},
	{"packages of --debug", true, find_package_ask},
	{"the cache", false, from_cache},
	{".build-id folders", false, from_build_id_folders},
	{"vmlinux of the release", false, from_kernel_folders},
	{"modules of the release", false, from_module_folders},
	{"boot images", true, find_image},
	{"debuginfod", false, find_server},
	{"System.map of the release", false, from_symbol_lists},
};

struct opened find_all_places(struct kd_symset *s, struct kd_view module, struct kd_view build_id)
{
	struct find_query q = {module, build_id};
	struct opened o = {.k = NULL};

	for (size_t i = 0; i < KD_ARRAY_LEN(places); i++)
		if ((places[i].given || !s->o.only_paths) && places[i].find(s, &q, &o))
			break;
	return o;
}
