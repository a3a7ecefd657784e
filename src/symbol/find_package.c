// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Debug info inside of packages and archives. One is read as a stream, and only what is asked for is taken out of it: a
 * -dbg package of a kernel is gigabytes when unpacked. What was seen is kept in a list in the cache, pkg/KEY.list:
 *
 *	kdoc-package 1 COMPLETE        COMPLETE: 1 when the package was read to its end
 *	ID PATH                        ID: name of its index in the cache, "-": not taken out yet
 */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fs.h"
#include "format/package.h"
#include "symbol/find_temp.h"
#include "symbol/symset_internal.h"

enum { CHUNK = 1 << 20, HINTS_MAX = 512, LIST_MAX = 64 << 20, ID_MAX = 160 };
#define UNPACKED_MAX ((uint64_t)256 << 30) /* of one pass */

/* A vmlinux, module or boot image in it. */
struct part {
	struct kd_view path, stem; /* stem absent: a kernel, or an image */
	struct kd_view id; /* its index in the cache; absent: none yet */
	bool image;
	bool spent; /* it was looked at for the query at hand, or cannot be used at all */
};

struct find_package {
	char *path;
	char key[2 * KD_SHA256_LEN + 1];
	struct kd_arena arena;
	KD_VEC(struct part) parts;
	bool loaded, complete;
};

struct find_package *find_package_new(const char *path)
{
	struct find_package *p = kd_xcalloc(1, sizeof(*p));

	p->path = kd_xstrndup(path, strlen(path));
	p->arena = KD_ARENA_INIT((size_t)128 << 20);
	return p;
}

void find_package_free(struct find_package *p)
{
	kd_free(p->path);
	kd_vec_free(&p->parts);
	kd_arena_deinit(&p->arena);
	kd_free(p);
}

/* --- the list ----------------------------------------------------------------------------- */

/* Kinds of members that count; a part of it without a path: none of them. */
static struct part classify(struct kd_view path)
{
	struct part p = {.path = path};
	const struct kd_view name = find_basename(path);

	if (find_module_stem(name, &p.stem) && !kd_view_ends(name, KD_V(".kdx")))
		return p;
	p.stem = KD_VNULL;
	p.image = find_image_name(name);
	if (p.image || (find_kernel_name(name) && !kd_view_ends(path, KD_V("/compressed/vmlinux"))))
		return p;
	return (struct part){.image = false};
}

static struct part *known(struct find_package *p, struct kd_view path)
{
	kd_vec_each(x, &p->parts)
		if (kd_view_eq(x->path, path))
			return x;
	return NULL;
}

static struct part *add(struct find_package *p, struct kd_view path, struct kd_view id)
{
	struct part x = classify(kd_arena_view(&p->arena, path)), *to;

	to = x.path.n ? kd_vec_push(&p->parts, FILES_MAX) : NULL;
	if (!to)
		return NULL;
	*to = x;
	to->id = kd_view_eq(id, KD_V("-")) ? KD_VNULL : kd_arena_view(&p->arena, id);
	return to;
}

static bool id_is_fine(struct kd_view id)
{
	if (kd_view_eq(id, KD_V("-")))
		return true;
	for (size_t i = 0; i < id.n; i++)
		if (!kd_is_alnum(id.p[i]))
			return false;
	return id.n >= 8 && id.n <= ID_MAX;
}

static struct kd_error *list_path(struct kd_symset *s, const struct find_package *p, char **ret)
{
	char rel[sizeof(p->key) + 16];

	snprintf(rel, sizeof(rel), "pkg/%s.list", p->key);
	return find_cache_path(&s->o.cache, rel, ret);
}

/* A list that is not there, or is damaged, is none. */
static void load(struct kd_symset *s, struct find_package *p)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(LIST_MAX);
	kd_auto(kd_error_freep) struct kd_error *err = NULL;
	kd_auto(kd_freep) char *path = NULL;
	struct kd_view v, line, id;

	if (p->loaded)
		return;
	p->loaded = true;
	find_file_key(p->path, p->key);
	err = list_path(s, p, &path);
	if (!err)
		err = kd_fs_read_small(path, LIST_MAX, &b);
	v = kd_buf_view(&b);
	if (err || !kd_view_skip(&v, KD_V("kdoc-package 1 ")) || !kd_view_take_until(&v, KD_V("\n"), &line))
		return;
	p->complete = kd_view_eq(line, KD_V("1"));
	while (kd_view_take_until(&v, KD_V("\n"), &line))
		if (kd_view_take_until(&line, KD_V(" "), &id) && id_is_fine(id) && line.n)
			(void)add(p, line, id);
}

static void save(struct kd_symset *s, const struct find_package *p)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(LIST_MAX);
	kd_auto(kd_error_freep) struct kd_error *err = NULL;
	kd_auto(kd_freep) char *path = NULL;
	char *slash;

	kd_buf_printf(&b, "kdoc-package 1 %d\n", p->complete);
	for (size_t i = 0; i < p->parts.n; i++) {
		const struct part *x = &p->parts.v[i];

		if (kd_view_chr(x->path, '\n') == KD_NPOS)
			kd_buf_printf(&b, "%.*s %.*s\n", KD_VARG(x->id.n ? x->id : KD_V("-")), KD_VARG(x->path));
	}
	err = list_path(s, p, &path);
	if (err)
		return;
	slash = strrchr(path, '/');
	*slash = '\0';
	err = kd_fs_mkdirs(path, 0755);
	*slash = '/';
	if (!err) /* without a list the package is read again: nothing is lost */
		err = kd_fs_write_atomic(path, kd_buf_view(&b), 0644);
}

/* --- taking out --------------------------------------------------------------------------- */

/* One way through a package. */
struct pass {
	struct kd_symset *s;
	struct find_package *p;
	struct find_query *q;
	struct kd_package in;
	struct kd_view hint[HINTS_MAX]; /* further modules that are to be taken out on the way */
	size_t hints;
	uint64_t unpacked;
	char *chunk;
	bool taken;
	struct opened *ret;
	struct opened second; /* without debug info: taken when nothing better comes */
};

static struct kd_error *copy_out(struct pass *x, struct find_temp *t)
{
	struct kd_error *err = NULL;
	size_t n = 1;

	while (!err && n) {
		err = kd_package_some(&x->in, x->chunk, CHUNK, &n);
		if (!err)
			err = find_temp_add(t, x->chunk, n);
		if (!err)
			err = kd_ctx_check(x->s->ctx);
	}
	return err;
}

/* "ab/cdef….kdx" of the cache → "abcdef…" */
static struct kd_view id_of(struct find_package *p, const struct kd_kdx *k)
{
	struct kd_view path = kd_view_of(kd_kdx_name(k)), name = find_basename(path), dir;

	if (path.n < name.n + 3 || !kd_view_ends(name, KD_V(".kdx")))
		return KD_VNULL;
	dir = kd_view(name.p - 3, 2);
	return kd_arena_printf(&p->arena, "%.*s%.*s", KD_VARG(dir), KD_VARG(kd_view_head(name, name.n - 4)));
}

static struct kd_view name_for_people(struct pass *x, const struct part *part)
{
	struct kd_view v = kd_arena_printf(&x->s->arena, "%s: %.*s", x->p->path, KD_VARG(part->path));

	return v.p ? v : kd_view_of(x->p->path);
}

/* What an index is good for: with debug info it is the answer; without, something better may follow. */
static void consider(struct pass *x, struct part *part, struct kd_kdx *k)
{
	const struct kd_view what = name_for_people(x, part);
	const bool dwarf = kd_kdx_ident(k).dwarf;
	struct opened o;

	part->spent = true;
	if (!find_take(x->s, k, what.p, part->path.p, x->q, &o))
		return;
	if (!dwarf && x->second.k) {
		kd_kdx_close(o.k);
	} else if (!dwarf) {
		x->second = o;
	} else {
		*x->ret = o;
		x->taken = true;
	}
}

/* Its index, made from the package's bytes. */
static struct kd_error *extract(struct pass *x, struct part *part, struct kd_kdx **ret)
{
	kd_auto(find_temp_close) struct find_temp t = FIND_TEMP_NONE;
	struct kd_error *err = find_temp_open(&x->s->o.cache, find_basename(part->path), &t);

	if (!err)
		err = copy_out(x, &t);
	if (err)
		return err;
	if (part->image) {
		part->spent = true;
		x->taken = find_in_image(x->s, t.path, name_for_people(x, part).p, x->q, x->ret);
		return NULL;
	}
	err = kd_kdx_cached(x->s->ctx, t.path, &x->s->o.cache, ret, NULL);
	if (!err) {
		part->id = id_of(x->p, *ret);
		return NULL;
	}
	/* a file that is no ELF is one problem, a package that ends is another */
	find_note(x->s, name_for_people(x, part).p, false, err->msg);
	part->spent = true;
	kd_error_free(err);
	return NULL;
}

static bool is_asked(const struct pass *x, const struct part *part)
{
	if (part->spent || x->taken)
		return false;
	if (x->q->module.n)
		return part->stem.n && find_same_module(part->stem, x->q->module);
	return !part->stem.n;
}

static bool is_hinted(struct pass *x, const struct part *part)
{
	for (size_t i = 0; i < x->hints && part->stem.n; i++) {
		if (!find_same_module(part->stem, x->hint[i]))
			continue;
		x->hint[i] = x->hint[--x->hints];
		return !part->id.n;
	}
	return false;
}

static struct kd_error *one_member(struct pass *x, const struct kd_tar_member *m)
{
	struct kd_view path = kd_view_of(m->path);
	struct kd_error *err = NULL;
	struct kd_kdx *k = NULL;
	struct part *part;
	bool asked;

	x->unpacked += m->size;
	if (x->unpacked > UNPACKED_MAX)
		return kd_error_new(KD_LIMIT, "it unpacks to more than %ju GiB", (uintmax_t)(UNPACKED_MAX >> 30));
	while (kd_view_skip(&path, KD_V("./")))
		;
	if (m->type != KD_TAR_FILE || !m->size || !classify(path).path.n)
		return NULL;
	part = known(x->p, path);
	if (!part)
		part = add(x->p, path, KD_V("-"));
	if (!part)
		return kd_error_new(KD_LIMIT, "it has more than %d kernels and modules", FILES_MAX);
	asked = is_asked(x, part);
	if (!is_hinted(x, part) && !asked)
		return NULL;
	err = extract(x, part, &k);
	if (k && asked)
		consider(x, part, k);
	else
		kd_kdx_close(k);
	return err;
}

/* Is there anything left that is worth reading on for? */
static bool goes_on(const struct pass *x)
{
	if (x->hints || (!x->taken && !x->p->complete))
		return true;
	kd_vec_each(part, &x->p->parts)
		if (is_asked(x, part))
			return true;
	return false;
}

static struct kd_error *members(struct pass *x)
{
	const struct kd_kdx_options *o = &x->s->o.cache.build;
	struct kd_error *err = NULL;
	struct kd_tar_member m;

	while (goes_on(x)) {
		err = kd_ctx_check(x->s->ctx);
		if (!err)
			err = kd_package_next(&x->in, &m);
		if (err)
			return err;
		if (!m.type) {
			x->p->complete = true;
			return NULL;
		}
		if (o->progress)
			o->progress(o->user, x->in.u.at, x->in.total);
		err = one_member(x, &m);
		if (err)
			return err;
	}
	return NULL;
}

static void set_hints(struct pass *x)
{
	const struct kd_symset_want *w = &x->s->want;

	for (size_t i = 0; i < w->nmodules && x->hints < KD_ARRAY_LEN(x->hint); i++) {
		bool have = false;

		kd_vec_each(part, &x->p->parts)
			have |= part->id.n && find_same_module(part->stem, w->modules[i]);
		if (!have && !find_same_module(w->modules[i], x->q->module))
			x->hint[x->hints++] = w->modules[i];
	}
}

static void read_it(struct pass *x)
{
	kd_auto(kd_bytes_closep) struct kd_bytes *file = NULL;
	kd_auto(kd_error_freep) struct kd_error *err = kd_bytes_open_raw(x->p->path, &file);

	if (err) {
		find_note(x->s, x->p->path, false, err->msg);
		return;
	}
	x->chunk = kd_xmalloc(CHUNK);
	set_hints(x);
	err = kd_package_open(x->s->ctx, file, &x->in);
	if (!err)
		err = members(x);
	if (err)
		find_note(x->s, x->p->path, false, err->msg);
	kd_package_close(&x->in);
	kd_free(x->chunk);
	save(x->s, x->p);
}

/* --- asking ------------------------------------------------------------------------------- */

/* What was taken out earlier. Is anything left that only the package has? */
static bool from_list(struct pass *x)
{
	bool left = !x->p->complete;

	kd_vec_each(part, &x->p->parts) {
		kd_auto(kd_error_freep) struct kd_error *err = NULL;
		struct kd_kdx *k = NULL;

		part->spent = false;
		if (x->taken || !is_asked(x, part))
			continue;
		if (part->id.n)
			err = kd_kdx_cache_find(&x->s->o.cache, part->id, &k);
		if (k)
			consider(x, part, k);
		else
			part->id = KD_VNULL;
		left |= !k;
	}
	return left && !x->taken;
}

static void say_nothing_there(struct kd_symset *s, const struct find_package *p, const struct find_query *q)
{
	struct kd_view why = KD_V("it has no vmlinux; the package with debug info is another one (-dbg, -dbgsym, -debuginfo)");

	if (q->module.n)
		why = kd_arena_printf(&s->arena, "it has no module %.*s", KD_VARG(q->module));
	find_absent(s, p->path, why.p ? why.p : "it has no such file");
}

static bool ask_one(struct kd_symset *s, struct find_package *p, struct find_query *q, struct opened *ret)
{
	struct pass x = {.s = s, .p = p, .q = q, .ret = ret};
	bool any = false;

	load(s, p);
	if (from_list(&x))
		read_it(&x);
	if (!x.taken && x.second.k) {
		*ret = x.second;
		return true;
	}
	kd_kdx_close(x.second.k);
	kd_vec_each(part, &p->parts)
		any |= part->spent;
	if (!x.taken && !any && p->complete)
		say_nothing_there(s, p, q);
	return x.taken;
}

bool find_package_ask(struct kd_symset *s, struct find_query *q, struct opened *ret)
{
	for (size_t i = 0; i < s->packages.n; i++)
		if (ask_one(s, s->packages.v[i], q, ret))
			return true;
	return false;
}
