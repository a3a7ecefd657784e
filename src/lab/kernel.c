// SPDX-License-Identifier: GPL-2.0-or-later
#include "lab/kernel.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fs.h"
#include "base/vec.h"
#include "lab/archive.h"
#include "lab/kernel_image.h"
#include "lab/parts.h"
#include "lab/path.h"

enum { ENTRIES_MAX = 4096, NAMED_MAX = 5 };

struct find {
	struct kd_ctx *ctx;
	const char *work; /* may be NULL */
	struct kd_lab_kernel k;
	struct kd_lab_image im; /* of k.image, or of k.vmlinux when there is no image */
	char *root; /* folder that the parts are looked for in; "" is "/" */
};

static void find_deinit(struct find *f)
{
	kd_lab_kernel_deinit(&f->k);
	kd_free(f->root);
}

const char *kd_lab_arch_word(enum kd_lab_arch arch)
{
	static const char *const t[] = {
		[KD_ARCH_UNKNOWN] = "unknown",
		[KD_ARCH_X86_64] = "x86_64",
		[KD_ARCH_ARM64] = "arm64",
		[KD_ARCH_I386] = "i386",
	};

	return (unsigned)arch < KD_ARRAY_LEN(t) ? t[arch] : t[KD_ARCH_UNKNOWN];
}

void kd_lab_kernel_deinit(struct kd_lab_kernel *k)
{
	char *const all[] = {k->image,	 k->release, k->version, k->modules, k->modules_problem,
			     k->vmlinux, k->headers, k->config,	 k->tree,    k->build_id};

	for (size_t i = 0; i < KD_ARRAY_LEN(all); i++)
		kd_free(all[i]);
	*k = (struct kd_lab_kernel){0};
}

static char *copy(const char *s)
{
	return kd_xstrndup(s, strlen(s));
}

/* ---- parts of a known release ---- */

/* "%R" and "%r" of a pattern: root and release. */
static char *expand(const struct find *f, const char *pattern)
{
	struct kd_buf b = KD_BUF_INIT(4096);
	bool ok = true;

	for (const char *p = pattern; *p && ok; p++) {
		if (p[0] == '%' && (p[1] == 'R' || p[1] == 'r'))
			ok = kd_buf_add(&b, kd_view_of(*++p == 'R' ? f->root : f->im.release));
		else
			ok = kd_buf_addc(&b, *p);
	}
	if (ok && b.p)
		return b.p;
	kd_buf_deinit(&b);
	return copy("");
}

/* A release goes into paths: one with a slash in it is somebody's joke. */
static bool is_path_part(const char *s)
{
	return s[0] && s[0] != '.' && !strchr(s, '/');
}

static char *first_of(struct find *f, const char *const *patterns,
		      bool (*good)(struct find *f, const char *path))
{
	for (; *patterns; patterns++) {
		char *p = expand(f, *patterns);

		if (good(f, p))
			return p;
		kd_free(p);
	}
	return NULL;
}

static bool has_dep(struct find *f, const char *path)
{
	kd_auto(kd_freep) char *dep = kd_lab_path("%s/modules.dep", path);

	(void)f;
	return kd_lab_is_file(dep);
}

static bool has_modules(struct find *f, const char *path)
{
	kd_auto(kd_freep) char *kernel = kd_lab_path("%s/kernel", path);

	(void)f;
	return kd_lab_is_dir(kernel);
}

static bool is_its_config(struct find *f, const char *path)
{
	(void)f;
	return kd_lab_is_file(path);
}

static bool text_is(const char *path, const char *want)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(65537 + 512);
	kd_auto(kd_error_freep) struct kd_error *err = kd_fs_read_small(path, 512, &b);

	return !err && kd_view_eq(kd_view_trim(kd_buf_view(&b)), kd_view_of(want));
}

/* include/config/kernel.release is what `make kernelrelease` prints; utsrelease.h has it too. */
static bool are_its_headers(struct find *f, const char *path)
{
	kd_auto(kd_freep) char *release = kd_lab_path("%s/include/config/kernel.release", path);
	kd_auto(kd_freep) char *uts = kd_lab_path("%s/include/generated/utsrelease.h", path);
	kd_auto(kd_freep) char *define =
		kd_lab_path("#define UTS_RELEASE \"%s\"", f->im.release);
	kd_auto(kd_freep) char *makefile = kd_lab_path("%s/Makefile", path);

	return kd_lab_is_file(makefile) &&
	       (text_is(release, f->im.release) || text_is(uts, define));
}

static bool is_its_vmlinux(struct find *f, const char *path)
{
	kd_auto(kd_error_freep) struct kd_error *err = NULL;
	struct kd_lab_image im;

	if (!kd_lab_is_file(path))
		return false;
	err = kd_lab_image_read(f->ctx, path, &im);
	if (err || im.kind != KD_IMAGE_VMLINUX || strcmp(im.release, f->im.release) ||
	    (f->im.version[0] && strcmp(im.version, f->im.version)))
		return false;
	f->k.dwarf = im.dwarf;
	kd_free(f->k.build_id);
	f->k.build_id = im.build_id[0] ? copy(im.build_id) : NULL;
	return true;
}

static const char *const module_places[] = {
	"%R/lib/modules/%r", "%R/usr/lib/modules/%r", "%R/root/lib/modules/%r", NULL};

static void find_modules(struct find *f)
{
	kd_auto(kd_freep) char *bare = NULL;
	kd_auto(kd_error_freep) struct kd_error *err = NULL;

	f->k.modules = first_of(f, module_places, has_dep);
	if (f->k.modules)
		return;
	bare = first_of(f, module_places, has_modules);
	if (bare && f->work)
		err = kd_lab_depmod(f->ctx, bare, f->im.release, f->work, &f->k.modules);
	else if (bare)
		err = kd_error_new(KD_NOTFOUND, "%s has no modules.dep; lab boot and lab crash make it, and others where --out names a folder", bare);
	if (err)
		f->k.modules_problem = copy(err->msg); /* then there are none to load */
}

static void find_parts(struct find *f)
{
	static const char *const vmlinux[] = {
		"%R/vmlinux",
		"%R/build/vmlinux",
		"%R/usr/lib/debug/boot/vmlinux-%r",
		"%R/usr/lib/debug/lib/modules/%r/vmlinux",
		"%R/usr/lib/debug/usr/lib/modules/%r/vmlinux",
		"%R/boot/vmlinux-%r",
		"/usr/lib/debug/boot/vmlinux-%r",
		"/usr/lib/debug/lib/modules/%r/vmlinux",
		"/usr/lib/debug/usr/lib/modules/%r/vmlinux",
		NULL};
	static const char *const headers[] = {
		"%R/usr/src/linux-headers-%r", "%R/build", "%R", "/usr/src/linux-headers-%r",
		"/usr/src/kernels/%r", NULL};
	static const char *const config[] = {
		"%R/boot/config-%r",	  "%R/lib/modules/%r/config", "%R/usr/lib/modules/%r/config",
		"%R/.config",		  "%R/build/.config",	      "%R/config-%r",
		NULL};

	if (is_path_part(f->im.release)) {
		find_modules(f);
		if (!f->k.vmlinux)
			f->k.vmlinux = first_of(f, vmlinux, is_its_vmlinux);
		f->k.headers = first_of(f, headers, are_its_headers);
		f->k.config = first_of(f, config, is_its_config);
	}
	if (!f->k.config && f->k.headers) {
		kd_auto(kd_freep) char *p = kd_lab_path("%s/.config", f->k.headers);

		f->k.config = kd_lab_is_file(p) ? kd_take(p) : NULL;
	}
}

/* A tree that something was built in: has its Makefile, sources or a link to them, vmlinux. */
static void find_tree(struct find *f)
{
	static const char *const places[] = {"%R", "%R/build", NULL};

	for (const char *const *p = places; *p && !f->k.tree; p++) {
		kd_auto(kd_freep) char *dir = expand(f, *p);
		kd_auto(kd_freep) char *objects = kd_lab_path("%s/include/config/auto.conf", dir);
		kd_auto(kd_freep) char *vmlinux = kd_lab_path("%s/vmlinux", dir);

		if (kd_lab_is_file(objects) && kd_lab_is_file(vmlinux) && are_its_headers(f, dir))
			f->k.tree = kd_take(dir);
	}
}

/* ---- images ---- */

static struct kd_view parent(struct kd_view path)
{
	size_t slash = kd_view_rchr(path, '/');

	return kd_view_head(path, slash == KD_NPOS ? 0 : slash);
}

static bool cut_end(struct kd_view *path, const char *end)
{
	struct kd_view e = kd_view_of(end);

	if (!kd_view_ends(*path, e))
		return false;
	*path = kd_view_head(*path, path->n - e.n);
	return true;
}

/* The folder of which boot/vmlinuz-X, lib/modules/X/vmlinuz or arch/…/boot/bzImage is a part. */
static char *root_of(const char *path)
{
	struct kd_view dir = parent(kd_view_of(path)), up = parent(dir);

	if (cut_end(&dir, "/arch/x86/boot") || cut_end(&dir, "/arch/x86_64/boot") ||
	    cut_end(&dir, "/arch/arm64/boot")) {
		cut_end(&dir, "/build"); /* of `kdoc lab kernel build` */
		return kd_xstrndup(dir.p, dir.n);
	}
	if (cut_end(&dir, "/usr/lib/debug/boot") || cut_end(&dir, "/boot"))
		return kd_xstrndup(dir.p, dir.n);
	if (cut_end(&up, "/usr/lib/debug/lib/modules") ||
	    cut_end(&up, "/usr/lib/debug/usr/lib/modules") || cut_end(&up, "/usr/lib/modules") ||
	    cut_end(&up, "/lib/modules"))
		return kd_xstrndup(up.p, up.n);
	cut_end(&dir, "/build");
	return kd_xstrndup(dir.p, dir.n);
}

/* QEMU loads neither the EFI form nor anything packed but gzip. */
static struct kd_error *loadable(struct find *f)
{
	kd_auto(kd_freep) char *dir = NULL, *to = NULL;
	struct kd_error *err;

	if (f->im.kind != KD_IMAGE_ZBOOT)
		return NULL;
	if (!f->work)
		return kd_error_new(KD_INVALID,
				    "%s is an EFI image with a packed kernel in it: a folder to "
				    "unpack it to is needed",
				    f->k.image);
	err = kd_lab_make_dir(f->work, &dir);
	if (err)
		return err;
	to = kd_lab_path("%s/Image-%s", dir, is_path_part(f->im.release) ? f->im.release : "0");
	err = kd_lab_image_unpack(f->ctx, f->k.image, &f->im, to);
	if (err)
		return err;
	kd_free(f->k.image);
	f->k.image = kd_take(to);
	return NULL;
}

static const char *const image_places[] = {
	"%R/boot/vmlinuz-%r",
	"%R/usr/lib/modules/%r/vmlinuz",
	"%R/lib/modules/%r/vmlinuz",
	"/boot/vmlinuz-%r",
	"%R/build/arch/x86/boot/bzImage",
	"%R/arch/x86/boot/bzImage",
	"%R/build/arch/arm64/boot/Image",
	"%R/arch/arm64/boot/Image",
	NULL};

static bool is_its_image(struct find *f, const char *path)
{
	kd_auto(kd_error_freep) struct kd_error *err = NULL;
	struct kd_lab_image im;

	if (!kd_lab_is_file(path))
		return false;
	err = kd_lab_image_read(f->ctx, path, &im);
	return !err && im.kind != KD_IMAGE_VMLINUX && !strcmp(im.release, f->im.release) &&
	       (!f->im.version[0] || !strcmp(im.version, f->im.version));
}

/* path: absolute. */
static struct kd_error *from_image(struct find *f, const char *path)
{
	struct kd_error *err = kd_lab_image_read(f->ctx, path, &f->im);

	if (err)
		return err;
	if (!f->root)
		f->root = root_of(path);
	f->k.arch = f->im.arch;
	f->k.release = f->im.release[0] ? copy(f->im.release) : NULL;
	f->k.version = f->im.version[0] ? copy(f->im.version) : NULL;
	if (f->im.kind == KD_IMAGE_VMLINUX) {
		f->k.vmlinux = copy(path);
		f->k.dwarf = f->im.dwarf;
		f->k.build_id = f->im.build_id[0] ? copy(f->im.build_id) : NULL;
		if (is_path_part(f->im.release))
			f->k.image = first_of(f, image_places, is_its_image);
	} else {
		f->k.image = copy(path);
		err = loadable(f);
	}
	if (err)
		return err;
	find_tree(f);
	find_parts(f);
	return NULL;
}

/* ---- folders ---- */

struct images {
	KD_VEC(char *) path;
	bool more; /* than ENTRIES_MAX: not all were looked at */
};

static void images_deinit(struct images *s)
{
	kd_vec_each(p, &s->path) kd_free(*p);
	kd_vec_free(&s->path);
}

/* Files of dir whose names begin with prefix; sub: this file of each folder instead. */
static void list(const char *root, const char *dir, const char *prefix, const char *sub,
		 struct images *s)
{
	kd_auto(kd_freep) char *full = kd_lab_path("%s/%s", root, dir);
	DIR *d = opendir(full);
	struct dirent *e;
	unsigned n = 0;

	while (d && (e = readdir(d)) != NULL) {
		kd_auto(kd_freep) char *p = sub ? kd_lab_path("%s/%s/%s", full, e->d_name, sub)
						: kd_lab_path("%s/%s", full, e->d_name);
		char **slot;

		if (n++ >= ENTRIES_MAX) {
			s->more = true;
			break;
		}
		if (e->d_name[0] == '.' || strncmp(e->d_name, prefix, strlen(prefix)) ||
		    !kd_lab_is_file(p))
			continue;
		slot = kd_vec_push(&s->path, ENTRIES_MAX);
		if (slot)
			*slot = kd_take(p);
		s->more |= !slot;
	}
	if (d)
		closedir(d);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Without what is no kernel (a memtest in /boot) and what is another name of one (links). */
static void keep_kernels(struct find *f, struct images *s)
{
	char *seen_release = NULL;
	size_t n = 0;

	if (s->path.n)
		qsort(s->path.v, s->path.n, sizeof(*s->path.v), by_name);
	for (size_t i = 0; i < s->path.n; i++) {
		struct kd_lab_image im = {0};
		struct kd_error *err = kd_lab_image_read(f->ctx, s->path.v[i], &im);
		bool same = !err && seen_release && !strcmp(seen_release, im.release);

		if (err || same) {
			kd_error_free(err);
			kd_free(s->path.v[i]);
			continue;
		}
		kd_free(seen_release);
		seen_release = copy(im.release);
		s->path.v[n++] = s->path.v[i];
	}
	kd_free(seen_release);
	s->path.n = n;
}

static struct kd_error *several(const struct images *s, const char *dir)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(4096);

	for (size_t i = 0; i < s->path.n && i < NAMED_MAX; i++)
		kd_buf_printf(&b, "%s%s", i ? ", " : "", s->path.v[i]);
	return kd_error_new(KD_CONFLICT, "%s holds %zu kernels; name one of them: %s%s", dir,
			    s->path.n, b.p ? b.p : "", s->path.n > NAMED_MAX ? ", …" : "");
}

static struct kd_error *from_folder(struct find *f, const char *dir)
{
	kd_auto(images_deinit) struct images s = {0};
	const char *root = !strcmp(dir, "/") ? "" : dir;

	/* a built tree first: it may hold packages' folders too */
	list(root, "build/arch/x86/boot", "bzImage", NULL, &s);
	list(root, "arch/x86/boot", "bzImage", NULL, &s);
	list(root, "build/arch/arm64/boot", "Image", NULL, &s);
	list(root, "arch/arm64/boot", "Image", NULL, &s);
	list(root, "boot", "vmlinuz", NULL, &s);
	list(root, "boot", "Image", NULL, &s);
	list(root, "usr/lib/modules", "", "vmlinuz", &s);
	list(root, "lib/modules", "", "vmlinuz", &s);
	list(root, ".", "vmlinuz", NULL, &s);
	list(root, ".", "bzImage", NULL, &s);
	list(root, ".", "Image", NULL, &s);
	keep_kernels(f, &s);
	if (!s.path.n) { /* only debug info */
		list(root, "usr/lib/debug/boot", "vmlinux", NULL, &s);
		list(root, "usr/lib/debug/lib/modules", "", "vmlinux", &s);
		list(root, "usr/lib/debug/usr/lib/modules", "", "vmlinux", &s);
		list(root, "boot", "vmlinux", NULL, &s);
		list(root, ".", "vmlinux", NULL, &s);
		list(root, "build", "vmlinux", NULL, &s);
		keep_kernels(f, &s);
	}
	if (s.more)
		return kd_error_new(KD_LIMIT,
				    "%s: a folder in it has more than %d entries; name the kernel itself",
				    dir, ENTRIES_MAX);
	if (!s.path.n)
		return kd_error_new(KD_NOTFOUND,
				    "%s holds no kernel; looked for boot/vmlinuz-*, "
				    "[usr/]lib/modules/*/vmlinuz, arch/*/boot/bzImage and Image, "
				    "usr/lib/debug/**/vmlinux, also below build/",
				    dir);
	if (s.path.n > 1)
		return several(&s, dir);
	f->root = strcmp(root, "") ? copy(root) : copy("");
	return from_image(f, s.path.v[0]);
}

/* ---- packages ---- */

static enum kd_unpack_want kernel_parts(void *user, const struct kd_unpack_member *m)
{
	static const char *const wanted[] = {"boot/", "lib/modules/", "usr/lib/modules/",
					     "usr/src/linux-headers-", "usr/lib/linux-kbuild-"};

	(void)user;
	for (size_t i = 0; i < KD_ARRAY_LEN(wanted); i++)
		if (kd_view_starts(m->path, kd_view_of(wanted[i])))
			return KD_UNPACK_TAKE;
	return kd_lab_is_debug_vmlinux(m->path) ? KD_UNPACK_TAKE : KD_UNPACK_SKIP;
}

static struct kd_error *from_package(struct find *f, const char *path)
{
	struct kd_unpack_req req = {.from = path, .to = f->work, .want = kernel_parts};
	kd_auto(kd_freep) char *dir = NULL;
	struct kd_unpack_result r;
	struct kd_error *err;

	if (!f->work)
		return kd_error_new(KD_INVALID, "%s is a package: a folder to unpack it to is needed",
				    path);
	err = kd_lab_unpack(f->ctx, &req, &r);
	if (!err && !r.taken)
		err = kd_error_new(KD_BADDATA, "%s is a package without a kernel", path);
	if (!err)
		err = kd_lab_real(f->work, &dir);
	return err ? err : from_folder(f, dir);
}

static bool is_package(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	char magic[21];
	bool yes = fd >= 0 && read(fd, magic, sizeof(magic)) == (ssize_t)sizeof(magic) &&
		   !memcmp(magic, "!<arch>\ndebian-binary", sizeof(magic));

	if (fd >= 0)
		close(fd);
	return yes;
}

struct kd_error *kd_lab_kernel_find(struct kd_ctx *ctx, const char *name, const char *work,
				    struct kd_lab_kernel *ret)
{
	kd_auto(find_deinit) struct find f = {.ctx = ctx, .work = work};
	kd_auto(kd_freep) char *path = NULL;
	struct kd_error *err = kd_lab_real(name, &path);

	if (!err && kd_lab_is_dir(path))
		err = from_folder(&f, path);
	else if (!err && is_package(path))
		err = from_package(&f, path);
	else if (!err)
		err = from_image(&f, path);
	if (err)
		return err;
	*ret = f.k;
	f.k = (struct kd_lab_kernel){0};
	return NULL;
}
