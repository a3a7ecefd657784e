// SPDX-License-Identifier: GPL-2.0-or-later
#include "lab/guest.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/fs.h"
#include "base/source.h"
#include "base/vec.h"
#include "lab/cpio.h"
#include "lab/embedded.h"
#include "lab/modules.h"

enum { PATH_BYTES = 4096, HEAD_BYTES = 4096, LOADS_MAX = 4096 };

static const size_t ARCHIVE_MAX = (size_t)512 << 20, FILE_MAX = (size_t)256 << 20;

const char *kd_guest_console(enum kd_lab_arch arch, bool early)
{
	/* no_timer_check: a busy host makes the kernel's check of an emulated timer fail. */
	if (arch == KD_ARCH_ARM64)
		return early ? "console=ttyAMA0 earlycon" : "console=ttyAMA0";
	return early ? "console=ttyS0,115200 earlyprintk=ttyS0,115200 no_timer_check"
		     : "console=ttyS0,115200 no_timer_check";
}

const char *kd_guest_agent_port(enum kd_lab_arch arch)
{
	return arch == KD_ARCH_ARM64 ? "/dev/ttyS0" : "/dev/ttyS1"; /* the one of pci-serial */
}

/* ---- busybox ---- */

/* ELF header (System V gABI, ch. 4): class, data, e_machine, and no PT_INTERP (3). */
static bool is_static(struct kd_view v, enum kd_lab_arch arch)
{
	static const unsigned char machines[] = {
		[KD_ARCH_X86_64] = 62, [KD_ARCH_ARM64] = 183, [KD_ARCH_I386] = 3};
	const unsigned char *p = (const unsigned char *)v.p;
	const bool wide = v.n > 4 && p[4] == 2;
	size_t phoff, phsize, n;

	if (!kd_view_starts(v, KD_V("\x7f" "ELF")) || v.n < 64 || p[5] != 1 ||
	    p[18] != machines[arch] || p[19])
		return false;
	phoff = wide ? p[32] | (size_t)p[33] << 8 : p[28] | (size_t)p[29] << 8;
	phsize = wide ? p[54] | (size_t)p[55] << 8 : p[42] | (size_t)p[43] << 8;
	n = wide ? p[56] : p[44];
	for (size_t i = 0; i < n; i++) {
		size_t at = phoff + i * phsize;

		if (at + 4 > v.n || (p[at] == 3 && !p[at + 1]))
			return false;
	}
	return n > 0;
}

static bool is_static_file(const char *path, enum kd_lab_arch arch)
{
	char head[HEAD_BYTES];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, head, sizeof(head));

	if (fd >= 0)
		close(fd);
	return n > 0 && is_static(kd_view(head, (size_t)n), arch);
}

static struct kd_error *no_busybox(enum kd_lab_arch arch)
{
	static const char *const debian[] = {
		[KD_ARCH_X86_64] = "amd64", [KD_ARCH_ARM64] = "arm64", [KD_ARCH_I386] = "i386"};

	return kd_error_new(KD_NOTFOUND,
			    "no static busybox for %s: apt install busybox-static, or (another "
			    "architecture) unpack the package busybox-static:%s and name its "
			    "busybox with --busybox",
			    kd_lab_arch_word(arch), debian[arch]);
}

struct kd_error *kd_guest_busybox(const char *named, enum kd_lab_arch arch, char **ret)
{
	static const char *const places[] = {"/usr/bin/busybox", "/bin/busybox",
					     "/usr/bin/busybox.static", "/sbin/busybox"};
	char rel[64];
	kd_auto(kd_freep) char *own = NULL;
	kd_auto(kd_error_freep) struct kd_error *err = NULL;

	if (arch == KD_ARCH_UNKNOWN)
		return kd_error_new(KD_UNSUPPORTED, "the kernel's architecture is not known");
	if (named && !is_static_file(named, arch))
		return kd_error_new(KD_BADDATA, "%s is no static program for %s", named,
				    kd_lab_arch_word(arch));
	if (named) {
		*ret = kd_xstrndup(named, strlen(named));
		return NULL;
	}
	for (size_t i = 0; i < KD_ARRAY_LEN(places); i++) {
		if (is_static_file(places[i], arch)) {
			*ret = kd_xstrndup(places[i], strlen(places[i]));
			return NULL;
		}
	}
	snprintf(rel, sizeof(rel), "lab/busybox-%s", kd_lab_arch_word(arch));
	err = kd_fs_xdg_path(KD_XDG_DATA, rel, &own);
	if (err || !is_static_file(own, arch))
		return no_busybox(arch);
	*ret = kd_take(own);
	return NULL;
}

/* ---- what goes in ---- */

/* A module that is in the archive, by the path it came from. */
struct load {
	struct kd_view from;
};

struct pack {
	const struct kd_guest_spec *spec;
	const struct kd_lab_kernel *k;
	struct kd_cpio cpio;
	struct kd_buf list; /* /lab/modules */
	struct kd_modules *modules; /* NULL: the kernel has no folder of them */
	struct kd_arena arena;
	KD_VEC(struct load) loaded;
};

static void pack_deinit(struct pack *p)
{
	kd_buf_deinit(&p->list);
	kd_modules_free(p->modules);
	kd_vec_free(&p->loaded);
	kd_arena_deinit(&p->arena);
}

/* A file's bytes, unpacked if it is packed. */
static struct kd_error *unpacked(const char *path, struct kd_buf *ret)
{
	kd_auto(kd_source_closep) struct kd_source *src = NULL;
	struct kd_error *err = kd_source_open(path, &src);
	size_t n = 1;

	while (!err && n) {
		char *room = kd_buf_reserve(ret, 256 << 10);

		if (!room)
			return kd_error_new(KD_LIMIT, "%s holds more than %zu MiB", path,
					    ret->max >> 20);
		err = kd_source_read(src, room, 256 << 10, &n);
		if (!err)
			ret->n += n;
	}
	if (!err && kd_source_diag(src))
		err = kd_error_new(KD_BADDATA, "%s: %s", path, kd_source_diag(src));
	return err;
}

static struct kd_error *host_file(struct pack *p, const char *name, const char *from, unsigned mode)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(FILE_MAX);
	struct stat sb;
	struct kd_error *err;

	if (!mode && !stat(from, &sb))
		mode = sb.st_mode & 07777;
	err = kd_fs_read_small(from, FILE_MAX, &b);
	if (!err)
		kd_cpio_file(&p->cpio, name, mode ? mode : 0644, kd_buf_view(&b));
	return kd_error_wrap(err, "a file for the guest");
}

static bool already(struct pack *p, struct kd_view from)
{
	kd_vec_each(l, &p->loaded)
		if (kd_view_eq(l->from, from))
			return true;
	return false;
}

/* One module file of the host: into the archive once, and a line of /lab/modules. */
static struct kd_error *module_file(struct pack *p, const char *from, struct kd_view base,
				    const char *options)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(FILE_MAX);
	size_t dot = kd_view_find(base, KD_V(".ko"));
	struct kd_view to;
	struct load *l;
	struct kd_error *err;

	if (already(p, kd_view_of(from)))
		return NULL;
	err = unpacked(from, &b);
	if (err)
		return kd_error_wrap(err, "a module for the guest");
	to = kd_arena_printf(&p->arena, "lab/m/%.*s.ko", KD_VARG(kd_view_head(base, dot)));
	l = kd_vec_push(&p->loaded, LOADS_MAX);
	if (!to.p || !l)
		return kd_error_new(KD_LIMIT, "too many modules for the guest");
	l->from = kd_arena_view(&p->arena, kd_view_of(from));
	kd_cpio_file(&p->cpio, to.p, 0644, kd_buf_view(&b));
	kd_buf_printf(&p->list, "/%s %s\n", to.p, options);
	return NULL;
}

static struct kd_view base_name(struct kd_view path)
{
	size_t slash = kd_view_rchr(path, '/');

	return kd_view_from(path, slash == KD_NPOS ? 0 : slash + 1);
}

static struct kd_error *add_from_kernel(void *user, struct kd_view path)
{
	struct pack *p = user;
	char from[PATH_BYTES];

	if ((size_t)snprintf(from, sizeof(from), "%s/%.*s", p->k->modules, KD_VARG(path)) >=
	    sizeof(from))
		return kd_error_new(KD_INVALID, "%.*s is too long a path", KD_VARG(path));
	return module_file(p, from, base_name(path), "");
}

/* From the kernel's own; wanted: nothing is wrong when there is none. */
static struct kd_error *kernel_module(struct pack *p, struct kd_view name, const char *options,
				      bool wanted)
{
	enum kd_module_state state = KD_MODULE_ABSENT;
	struct kd_error *err = NULL;
	size_t before = p->list.n;

	if (p->modules)
		err = kd_modules_order(p->modules, name, add_from_kernel, p, &state);
	if (!err && *options && p->list.n > before) {
		p->list.n--; /* the options are the last line's, the module's own */
		kd_buf_printf(&p->list, "%s\n", options);
	}
	if (err || state != KD_MODULE_ABSENT || wanted)
		return err;
	return kd_error_new(KD_NOTFOUND, "the kernel %s has no module %.*s%s",
			    p->k->release ? p->k->release : "", KD_VARG(name),
			    p->modules ? "" : " (and no folder of modules was found beside it)");
}

/* "depends=a,b" of the module's .modinfo (kernel: include/linux/module.h, scripts/mod). */
static struct kd_error *needs_of(struct pack *p, const char *from)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(FILE_MAX);
	struct kd_error *err = unpacked(from, &b);
	size_t at = kd_view_find(kd_buf_view(&b), kd_view("\0depends=", 9));
	struct kd_view rest, name;

	if (err || at == KD_NPOS)
		return err;
	rest = kd_view_from(kd_buf_view(&b), at + 9);
	rest = kd_view_head(rest, kd_view_chr(rest, '\0'));
	while (!err && kd_view_take_part(&rest, KD_V(","), &name)) {
		/* It may be another one that was named before this. */
		err = kernel_module(p, name, "", true);
	}
	return err;
}

static struct kd_error *one_module(struct pack *p, const char *spec, bool wanted)
{
	struct kd_view v = kd_view_of(spec), name;
	kd_auto(kd_freep) char *path = NULL;
	struct kd_error *err;

	if (!kd_view_take_word(&v, &name))
		return kd_error_new(KD_INVALID, "a module without a name");
	v = kd_view_trim(v);
	if (kd_view_chr(v, '\n') != KD_NPOS)
		return kd_error_new(KD_INVALID, "a module's options must be one line");
	if (kd_view_chr(name, '/') == KD_NPOS && !kd_view_has(name, KD_V(".ko")))
		return kernel_module(p, name, v.n ? v.p : "", wanted);
	path = kd_xstrndup(name.p, name.n);
	if (!kd_view_has(base_name(name), KD_V(".ko")))
		return kd_error_new(KD_INVALID, "%s is no name of a module: it ends in .ko", path);
	err = needs_of(p, path);
	return err ? err : module_file(p, path, base_name(name), v.n ? v.p : "");
}

static struct kd_error *all_modules(struct pack *p)
{
	struct kd_error *err = NULL;

	if (p->k->modules)
		err = kd_modules_open(p->k->modules, &p->modules);
	kd_error_catch(&err, KD_NOTFOUND); /* without modules.dep: each name will be missed */
	for (size_t i = 0; !err && i < p->spec->nwanted; i++)
		err = one_module(p, p->spec->wanted[i], true);
	for (size_t i = 0; !err && i < p->spec->nmodules; i++)
		err = one_module(p, p->spec->modules[i], false);
	return err;
}

static struct kd_error *all_files(struct pack *p)
{
	struct kd_error *err = NULL;

	for (size_t i = 0; !err && i < p->spec->nfiles; i++) {
		const struct kd_guest_file *f = &p->spec->files[i];
		const char *to = f->to;

		if (to[0] != '/')
			return kd_error_new(KD_INVALID, "%s: a path in the guest begins with /", to);
		kd_cpio_parents(&p->cpio, to + 1);
		if (f->from)
			err = host_file(p, to + 1, f->from, f->mode);
		else
			kd_cpio_file(&p->cpio, to + 1, f->mode ? f->mode : 0644, f->bytes);
	}
	return err;
}

static void nodes(struct kd_cpio *c)
{
	/* Documentation/admin-guide/devices.txt; enough for a kernel without devtmpfs. */
	kd_cpio_dir(c, "dev", 0755);
	kd_cpio_node(c, "dev/console", 0600, 'c', 5, 1);
	kd_cpio_node(c, "dev/null", 0666, 'c', 1, 3);
	kd_cpio_node(c, "dev/ttyS0", 0600, 'c', 4, 64);
	kd_cpio_node(c, "dev/ttyS1", 0600, 'c', 4, 65);
}

static struct kd_error *base_files(struct pack *p)
{
	static const char *const dirs[] = {"bin", "lab", "lab/m", "proc", "sys", "tmp"};
	kd_auto(kd_freep) char *busybox = NULL;
	char port[64];
	struct kd_error *err = kd_guest_busybox(p->spec->busybox, p->k->arch, &busybox);

	if (err)
		return err;
	for (size_t i = 0; i < KD_ARRAY_LEN(dirs); i++)
		kd_cpio_dir(&p->cpio, dirs[i], 0755);
	nodes(&p->cpio);
	err = host_file(p, "bin/busybox", busybox, 0755);
	kd_cpio_link(&p->cpio, "bin/sh", "busybox");
	kd_cpio_file(&p->cpio, "init", 0755, kd_lab_embedded("init"));
	snprintf(port, sizeof(port), "%s\n", kd_guest_agent_port(p->k->arch));
	kd_cpio_file(&p->cpio, "lab/port", 0644, kd_view_of(port));
	if (p->spec->init)
		kd_cpio_file(&p->cpio, "lab/setup", 0644, kd_view_of(p->spec->init));
	return err;
}

struct kd_error *kd_guest_pack(struct kd_ctx *ctx, const struct kd_guest_spec *spec,
			       const struct kd_lab_kernel *k, struct kd_buf *ret)
{
	kd_auto(kd_buf_deinit) struct kd_buf out =
		KD_BUF_INIT(spec->bytes_max ? spec->bytes_max : ARCHIVE_MAX);
	kd_auto(pack_deinit) struct pack p = {
		.spec = spec,
		.k = k,
		.cpio = {.out = &out},
		.list = KD_BUF_INIT(1 << 20),
		.arena = KD_ARENA_INIT(4 << 20),
	};
	struct kd_error *err = kd_ctx_check(ctx);

	if (!err)
		err = base_files(&p);
	if (!err)
		err = all_modules(&p);
	if (!err && p.list.overflow)
		err = kd_error_new(KD_LIMIT, "too many modules for the guest");
	kd_cpio_file(&p.cpio, "lab/modules", 0644, kd_buf_view(&p.list));
	if (!err)
		err = all_files(&p);
	if (!err)
		err = kd_cpio_end(&p.cpio);
	if (err)
		return err;
	*ret = out;
	out = (struct kd_buf){.max = out.max};
	return NULL;
}
