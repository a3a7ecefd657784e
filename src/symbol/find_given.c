// SPDX-License-Identifier: GPL-2.0-or-later
/* What the caller named: files, folders, build trees, files of several indexes. */
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/fs.h"
#include "format/package.h"
#include "symbol/kdxpack.h"
#include "symbol/symset_internal.h"

/* --- collecting --------------------------------------------------------------------------- */

/* The part of a bzImage that unpacks it is a file "vmlinux", too. */
static bool is_loader(struct kd_view path)
{
	return kd_view_ends(path, KD_V("/compressed/vmlinux"));
}

static struct kd_error *add_file(void *user, const struct kd_fs_entry *e)
{
	struct kd_symset *s = user;
	struct candidate c = {.depth = e->depth}, *to;
	const struct kd_view name = kd_view_of(e->name);

	if (!find_module_stem(name, &c.stem) && (!find_kernel_name(name) || is_loader(kd_view_of(e->path))))
		return NULL;
	to = kd_vec_push(&s->files, FILES_MAX);
	c.path = to ? kd_arena_view(&s->arena, kd_view_of(e->path)).p : NULL;
	if (!c.path)
		return kd_error_new(KD_LIMIT, "more than %d files with debug info", FILES_MAX);
	c.stem = kd_arena_view(&s->arena, c.stem);
	*to = c;
	return NULL;
}

/* All members of a file of several indexes; a folder of them is not searched. */
static void add_pack(struct kd_symset *s, const char *path)
{
	struct kd_kdxpack p;
	kd_auto(kd_error_freep) struct kd_error *err = kd_kdxpack_read(path, &s->arena, &p);

	if (err) {
		find_note(s, path, false, err->msg);
		return;
	}
	for (size_t i = 0; i < p.n; i++) {
		struct candidate *to = kd_vec_push(&s->files, FILES_MAX);

		if (to)
			*to = (struct candidate){.path = path, .off = p.v[i].off, .size = p.v[i].size,
						 .stem = p.v[i].module};
	}
}

static void add_one(struct kd_symset *s, const char *path)
{
	const struct kd_view name = find_basename(kd_view_of(path));
	struct candidate c = {.path = path}, *to;

	c.by_content = !find_module_stem(name, &c.stem) && !find_kernel_name(name);
	c.by_content |= kd_view_ends(name, KD_V(".kdx"));
	c.stem = kd_arena_view(&s->arena, c.stem);
	to = kd_vec_push(&s->files, FILES_MAX);
	if (to)
		*to = c;
}

/* A folder; of /lib/modules/RELEASE, where "build" is a link, the build tree's vmlinux, too. */
static void add_folder(struct kd_symset *s, const char *path)
{
	const struct kd_fs_walk_opts o = {.max_entries = FILES_MAX, .max_depth = DEPTH_MAX, .hidden = true};
	struct kd_view built = kd_arena_printf(&s->arena, "%s/build/vmlinux", path);
	const char **folder = kd_vec_push(&s->folders, GIVEN_MAX);
	struct kd_error *err = kd_fs_walk(path, &o, add_file, s);
	struct stat st;

	if (folder)
		*folder = path;
	if (err)
		find_note(s, path, false, err->msg);
	kd_error_free(err);
	if (built.p && !stat(built.p, &st) && S_ISREG(st.st_mode))
		add_one(s, built.p);
}

static bool add_package(struct kd_symset *s, const char *path)
{
	kd_auto(kd_bytes_closep) struct kd_bytes *file = NULL;
	kd_auto(kd_error_freep) struct kd_error *err = kd_bytes_open_raw(path, &file);
	struct find_package **p;

	if (err || !kd_package_probe(s->ctx, file))
		return false;
	p = kd_vec_push(&s->packages, GIVEN_MAX);
	if (p)
		*p = find_package_new(path);
	return true;
}

void find_add_path(struct kd_symset *s, struct kd_view path)
{
	const char *name = kd_arena_view(&s->arena, path).p, **image;
	struct stat st;

	if (!name || !path.n)
		return;
	if (stat(name, &st)) {
		find_note(s, name, false, "there is no such file");
		return;
	}
	if (kd_kdxpack_probe(name)) {
		add_pack(s, name);
	} else if (S_ISDIR(st.st_mode)) {
		add_folder(s, name);
	} else if (find_image_name(find_basename(path))) {
		image = kd_vec_push(&s->images, GIVEN_MAX);
		if (image)
			*image = name;
	} else if (!add_package(s, name)) {
		add_one(s, name);
	}
}

/* --- asking ------------------------------------------------------------------------------- */

/* A member of a file of several indexes. */
static bool try_member(struct kd_symset *s, const struct candidate *c, const struct find_query *q,
		       struct opened *ret)
{
	struct kd_kdx *k = NULL;
	struct kd_view what;
	kd_auto(kd_error_freep) struct kd_error *err = kd_kdx_open_at(c->path, c->off, c->size, &k);

	if (err) {
		find_note(s, c->path, false, err->msg);
		return false;
	}
	what = kd_arena_printf(&s->arena, "%s: %.*s", c->path, KD_VARG(c->stem.n ? c->stem : KD_V("kernel")));
	return find_take(s, k, what.p ? what.p : c->path, NULL, q, ret);
}

/* The .build-id tree in, or that is, a folder. */
bool find_in_folders(struct kd_symset *s, const struct find_query *q, struct opened *ret)
{
	static const char *const below[] = {"/.build-id", ""};
	struct stat st;

	for (size_t i = 0; i < s->folders.n && q->build_id.n; i++) {
		for (size_t n = 0; n < KD_ARRAY_LEN(below); n++) {
			struct kd_view dir = kd_arena_printf(&s->arena, "%s%s", s->folders.v[i], below[n]);
			struct kd_view path = dir.p ? find_build_id_path(s, dir, q->build_id) : KD_VNULL;

			if (path.p && !stat(path.p, &st) && S_ISREG(st.st_mode) &&
			    find_try_file(s, path.p, q, ret))
				return true;
		}
	}
	return false;
}

static bool fits(const struct candidate *c, const struct find_query *q, unsigned depth)
{
	if (c->by_content)
		return depth == 0;
	/* of several kernels in a folder the one at its top comes first */
	return q->module.n ? depth == 0 && find_same_module(c->stem, q->module) : !c->stem.n && c->depth == depth;
}

bool find_given(struct kd_symset *s, struct find_query *q, struct opened *ret)
{
	const unsigned deepest = q->module.n ? 0 : DEPTH_MAX;

	if (find_in_folders(s, q, ret))
		return true;
	for (unsigned depth = 0; depth <= deepest; depth++) {
		for (size_t i = 0; i < s->files.n; i++) {
			const struct candidate *c = &s->files.v[i];

			if (fits(c, q, depth) && (c->size ? try_member(s, c, q, ret) : find_try_file(s, c->path, q, ret)))
				return true;
		}
	}
	if ((s->files.n || s->folders.n) && q->module.n) {
		struct kd_view why = kd_arena_printf(&s->arena, "there is no module %.*s", KD_VARG(q->module));

		find_absent(s, "--debug", why.p ? why.p : "there is no such module");
	} else if (s->folders.n) {
		find_absent(s, "--debug", "there is no vmlinux that fits");
	}
	return false;
}
