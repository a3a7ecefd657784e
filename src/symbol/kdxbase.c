// SPDX-License-Identifier: GPL-2.0-or-later
#include "symbol/kdxbase.h"

#include <stdio.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/fs.h"
#include "symbol/kdxpack.h"
#include "symbol/resolve.h"

enum { FOLDER_MAX = 1000, PATH_LEN_MAX = 8192 };

struct wanted {
	struct kd_view id, file, module, build_id;
};

void kd_kdxbase_say(struct kd_buf *to, const struct kd_kdxbase *base)
{
	char hex[2 * KD_SHA256_LEN + 1];

	kd_hex(base->identity, KD_SHA256_LEN, hex);
	kd_buf_printf(to, "id=%s\n", hex);
	if (base->file.n)
		kd_buf_printf(to, "file=%.*s\n", KD_VARG(base->file));
	if (base->module.n)
		kd_buf_printf(to, "module=%.*s\n", KD_VARG(base->module));
	if (base->build_id.n)
		kd_buf_printf(to, "build_id=%.*s\n", KD_VARG(base->build_id));
}

static bool read_wanted(struct kd_kdx *k, struct wanted *ret)
{
	const uint64_t n = kd_kdx_size(k, KD_KDX_SIBLING);
	const uint8_t *p = n ? kd_kdx_at(k, KD_KDX_SIBLING, 0, n) : NULL;
	struct kd_view rest = p ? kd_view((const char *)p, (size_t)n) : KD_VNULL, line, key;
	const struct {
		struct kd_view key;
		struct kd_view *to;
	} texts[] = {{KD_V("id"), &ret->id},
		     {KD_V("file"), &ret->file},
		     {KD_V("module"), &ret->module},
		     {KD_V("build_id"), &ret->build_id}};

	*ret = (struct wanted){KD_VNULL, KD_VNULL, KD_VNULL, KD_VNULL};
	while (kd_view_take_until(&rest, KD_V("\n"), &line)) {
		if (!kd_view_take_until(&line, KD_V("="), &key))
			continue;
		for (size_t i = 0; i < KD_ARRAY_LEN(texts); i++)
			if (kd_view_eq(key, texts[i].key))
				*texts[i].to = line;
	}
	return ret->id.n == 2 * (size_t)KD_SHA256_LEN && kd_view_chr(ret->file, '/') == KD_NPOS &&
	       kd_view_chr(ret->file, '\0') == KD_NPOS;
}

struct kd_view kd_kdxbase_file(struct kd_kdx *k)
{
	struct wanted w;

	return read_wanted(k, &w) ? w.file : KD_VNULL;
}

/* --- looking for it ----------------------------------------------------------------------- */

struct search {
	const struct wanted *want;
	const char *first; /* was tried */
	unsigned depth;
	bool other; /* a file of that name is there, and is another one */
	char why[600]; /* it cannot be used, "" without */
	struct kd_kdx *found;
};

/* One index of a file: is it the one? */
static void try_one(struct search *s, const char *path, uint64_t off, uint64_t size)
{
	struct kd_kdx *k = NULL;
	kd_auto(kd_error_freep) struct kd_error *err = kd_kdx_open_deep(path, off, size, s->depth + 1, &k);
	uint8_t sum[KD_SHA256_LEN];
	char hex[2 * KD_SHA256_LEN + 1];

	if (err) {
		if (!s->why[0])
			(void)snprintf(s->why, sizeof(s->why), "%s", err->msg);
		return;
	}
	kd_kdx_identity(k, sum);
	kd_hex(sum, sizeof(sum), hex);
	if (kd_view_eq(kd_view_of(hex), s->want->id)) {
		s->found = k;
		return;
	}
	s->other = true;
	kd_kdx_close(k);
}

static void try_file(struct search *s, const char *path)
{
	kd_auto(kd_arena_deinit) struct kd_arena arena = KD_ARENA_INIT((size_t)64 << 20);
	kd_auto(kd_error_freep) struct kd_error *err = NULL;
	struct kd_kdxpack pack;

	if (!kd_kdxpack_probe(path)) {
		try_one(s, path, 0, 0);
		return;
	}
	err = kd_kdxpack_read(path, &arena, &pack);
	if (err) {
		(void)snprintf(s->why, sizeof(s->why), "%s", err->msg);
		return;
	}
	for (size_t i = 0; !s->found && i < pack.n; i++)
		if (kd_view_eq(pack.v[i].module, s->want->module))
			try_one(s, path, pack.v[i].off, pack.v[i].size);
}

static struct kd_error *one_of_folder(void *user, const struct kd_fs_entry *e)
{
	struct search *s = user;

	if (!s->found && kd_view_ends(kd_view_of(e->name), KD_V(".kdx")) && strcmp(e->path, s->first) != 0)
		try_file(s, e->path);
	return NULL;
}

static struct kd_error *not_found(const struct search *s, const char *path)
{
	const struct wanted *w = s->want;
	const struct kd_view id = w->build_id.n ? kd_view_head(w->build_id, 64) : kd_view_head(w->id, 16);

	if (!w->file.n && s->why[0]) /* of the kernel that a module stands on */
		return kd_error_new(KD_CONFLICT, "%s", s->why);
	if (!w->file.n)
		return kd_error_new(KD_CONFLICT, "%s is damaged: the kernel's index in it is not the one that others stand on",
				    path);
	return kd_error_new(KD_CONFLICT, "%s holds only what differs from %.*s (build %.*s), %s%s", path,
			    KD_VARG(kd_view_head(w->file, 200)), KD_VARG(id),
			    s->why[0]  ? "which cannot be used: "
			    : s->other ? "and the file of that name in its folder is another one"
				       : "which is not in its folder",
			    s->why);
}

struct kd_error *kd_kdxbase_find(struct kd_kdx *k, const char *path, unsigned depth, struct kd_kdx **ret)
{
	const struct kd_fs_walk_opts o = {.max_entries = FOLDER_MAX, .max_depth = 1};
	kd_auto(kd_buf_deinit) struct kd_buf name = KD_BUF_INIT(PATH_LEN_MAX);
	const size_t slash = kd_view_rchr(kd_view_of(path), '/');
	const struct kd_view dir = slash == KD_NPOS ? KD_V(".") : kd_view_head(kd_view_of(path), slash ? slash : 1);
	kd_auto(kd_error_freep) struct kd_error *ignored = NULL;
	struct wanted want;
	struct stat st;
	struct search s = {.want = &want, .depth = depth};

	if (!read_wanted(k, &want))
		return kd_error_new(KD_BADDATA, "%s is damaged: it does not say what it stands on", path);
	if (depth >= KD_KDXBASE_DEEP)
		return kd_error_new(KD_BADDATA, "%s stands on more than %d other indexes", path, KD_KDXBASE_DEEP);
	if (!want.file.n) {
		try_file(&s, path);
	} else {
		if (!kd_buf_printf(&name, "%.*s/%.*s", KD_VARG(dir), KD_VARG(want.file)))
			return kd_error_new(KD_LIMIT, "%s: too long a path", path);
		s.first = name.p;
		if (!stat(name.p, &st) && S_ISREG(st.st_mode))
			try_file(&s, name.p);
		if (!s.found && !depth) { /* under another name */
			struct search rest = s;

			kd_buf_clear(&name);
			kd_buf_printf(&name, "%.*s", KD_VARG(dir));
			rest.first = path;
			ignored = kd_fs_walk(name.p, &o, one_of_folder, &rest);
			s.found = rest.found;
		}
	}
	if (!s.found)
		return not_found(&s, path);
	*ret = s.found;
	return NULL;
}
