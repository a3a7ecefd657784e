// SPDX-License-Identifier: GPL-2.0-or-later
#include "lab/fetch.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fs.h"
#include "lab/archive.h"
#include "lab/parts.h"
#include "lab/path.h"
#include "lab/toolchain.h"

enum { PACKAGES_MAX = 24, NAME_BYTES = 200 };

#define VMLINUX_BYTES ((uint64_t)1200 << 20) /* amd64's of 6.1 has 633 MiB */

#define TOOLCHAIN_BYTES ((uint64_t)600 << 20) /* trixie's gcc-14 and friends, packed and not */

/* What is taken out of a package. */
enum role { ROLE_IMAGE, ROLE_DEBUG, ROLE_HEADERS, ROLE_SOURCE };

struct wanted {
	struct kd_apt_package pkg;
	enum role role;
};

struct job {
	struct kd_ctx *ctx;
	const struct kd_lab_fetch_req *req;
	struct kd_lab_fetch *r;
	char *out;
	const char *host_arch;
	struct kd_apt apt;
	KD_VEC(struct wanted) list;
	struct kd_buf compiler;
};

static void job_deinit(struct job *j)
{
	kd_vec_each(w, &j->list) kd_apt_package_deinit(&w->pkg);
	kd_vec_free(&j->list);
	kd_apt_close(&j->apt);
	kd_buf_deinit(&j->compiler);
	kd_free(j->out);
}

static const char *debian_arch(enum kd_lab_arch arch)
{
	return arch == KD_ARCH_X86_64  ? "amd64"
	       : arch == KD_ARCH_ARM64 ? "arm64"
	       : arch == KD_ARCH_I386  ? "i386"
				       : NULL;
}

/* ---- which packages ---- */

static bool listed(const struct job *j, const char *name)
{
	for (size_t i = 0; i < j->list.n; i++)
		if (!strcmp(j->list.v[i].pkg.name, name))
			return true;
	return false;
}

/* Is a dependency part of what the role takes? */
static bool follows(enum role role, struct kd_view name)
{
	static const char *const image[] = {"linux-image-", "linux-binary-", "linux-modules-"};
	static const char *const headers[] = {"linux-headers-", "linux-kbuild-"};
	const char *const *prefix = role == ROLE_HEADERS ? headers : image;
	size_t n = role == ROLE_HEADERS ? KD_ARRAY_LEN(headers) : KD_ARRAY_LEN(image);

	if (role == ROLE_SOURCE)
		return kd_view_starts(name, KD_V("linux-source-"));
	if ((role == ROLE_DEBUG) != kd_view_ends(name, KD_V("-dbg")))
		return false;
	for (size_t i = 0; i < n; i++)
		if (kd_view_starts(name, kd_view_of(prefix[i])))
			return true;
	return false;
}

static void note_compiler(struct job *j, struct kd_view name)
{
	if (!kd_view_starts(name, KD_V("linux-compiler-")) && !kd_view_starts(name, KD_V("gcc-")))
		return;
	if (j->compiler.n)
		kd_buf_add(&j->compiler, KD_V(", "));
	kd_buf_add(&j->compiler, name);
}

static struct kd_error *add(struct job *j, const char *name, enum role role);

/* "a (= 1), b | c [amd64]": names; of alternatives the first. */
static struct kd_error *add_depends(struct job *j, const char *depends, enum role role)
{
	struct kd_view rest = kd_view_of(depends), item;
	struct kd_error *err = NULL;

	while (!err && kd_view_take_part(&rest, KD_V(","), &item)) {
		char name[NAME_BYTES];
		struct kd_view v;

		item = kd_view_trim(item);
		if (!kd_view_take_word(&item, &v) || v.n >= sizeof(name))
			continue;
		v = kd_view_head(v, kd_view_chr(v, ':'));
		if (role == ROLE_HEADERS)
			note_compiler(j, v);
		if (!follows(role, v))
			continue;
		memcpy(name, v.p, v.n);
		name[v.n] = '\0';
		err = add(j, name, role);
	}
	return err;
}

/* The recursion ends: no package is added twice, and no more than PACKAGES_MAX are. */
static struct kd_error *add(struct job *j, const char *name, enum role role)
{
	/* kbuild's programs run here, whatever they build for */
	bool tools = !strncmp(name, "linux-kbuild-", 13) &&
		     strcmp(j->host_arch, j->apt.arch) != 0;
	kd_auto(kd_freep) char *full =
		tools ? kd_lab_path("%s:%s", name, j->host_arch) : kd_lab_path("%s", name);
	struct wanted *w;
	struct kd_error *err;

	if (listed(j, name))
		return NULL;
	w = kd_vec_push(&j->list, PACKAGES_MAX);
	if (!w)
		return kd_error_new(KD_LIMIT, "more than %d packages belong to it", PACKAGES_MAX);
	w->role = role;
	err = kd_apt_show(&j->apt, full, &w->pkg);
	if (err) {
		j->list.n--;
		return err;
	}
	if (!w->pkg.depends)
		return NULL;
	/* the vector may move while others are added */
	{
		kd_auto(kd_freep) char *depends = kd_xstrndup(w->pkg.depends, strlen(w->pkg.depends));

		return add_depends(j, depends, role);
	}
}

/* linux-image-6.1.0-56-amd64 of what the meta package named: the part behind the prefix. */
static const char *release_name(const struct job *j)
{
	for (size_t i = j->list.n; i > 0; i--) {
		const char *n = j->list.v[i - 1].pkg.name;

		if (j->list.v[i - 1].role == ROLE_IMAGE && !strncmp(n, "linux-image-", 12) &&
		    kd_is_digit(n[12]))
			return n + 12;
	}
	return NULL;
}

static struct kd_error *add_more(struct job *j, const char *prefix, const char *suffix,
				 enum role role)
{
	const char *release = release_name(j);
	kd_auto(kd_freep) char *name = NULL;

	if (!release)
		return kd_error_new(KD_NOTFOUND, "the suite's kernel has no versioned package");
	name = kd_lab_path("%s%s%s", prefix, release, suffix);
	return add(j, name, role);
}

static bool is_ubuntu(const struct job *j)
{
	return kd_apt_is_ubuntu_suite(kd_view_of(j->req->suite));
}

/* Debian: linux-image-cloud-amd64, linux-image-amd64; Ubuntu: linux-image-generic. */
static char *meta_name(const struct job *j)
{
	const char *flavour = j->req->flavour ? j->req->flavour : "";

	if (is_ubuntu(j))
		return kd_lab_path("linux-image-%s", *flavour ? flavour : "generic");
	return kd_lab_path("linux-image-%s%s%s", flavour, *flavour ? "-" : "", j->apt.arch);
}

static struct kd_error *check_wishes(const struct job *j)
{
	const struct kd_lab_fetch_req *q = j->req;

	if (is_ubuntu(j) && q->debug)
		return kd_error_new(KD_UNSUPPORTED, "Ubuntu keeps debug symbols in an archive of their own, "
						    "which kdoc does not fetch from");
	if (is_ubuntu(j) && q->toolchain)
		return kd_error_new(KD_UNSUPPORTED, "Ubuntu's headers do not name their compiler: no "
						    "toolchain is fetched for them");
	return NULL;
}

static struct kd_error *choose(struct job *j)
{
	const struct kd_lab_fetch_req *q = j->req;
	kd_auto(kd_freep) char *meta = meta_name(j);
	struct kd_error *err;

	if (q->source)
		return add(j, "linux-source", ROLE_SOURCE);
	err = add(j, meta, ROLE_IMAGE);
	if (!err && q->headers)
		err = add_more(j, "linux-headers-", "", ROLE_HEADERS);
	if (!err && q->debug)
		err = add_more(j, "linux-image-", "-dbg", ROLE_DEBUG);
	return err;
}

/* ---- what of them ---- */

static bool starts_with_one_of(struct kd_view path, const char *const *prefix)
{
	for (; *prefix; prefix++)
		if (kd_view_starts(path, kd_view_of(*prefix)))
			return true;
	return false;
}

struct taking {
	enum role role;
	bool have_vmlinux;
};

static enum kd_unpack_want want(void *user, const struct kd_unpack_member *m)
{
	static const char *const image[] = {"boot/", "lib/modules/", "usr/lib/modules/", NULL};
	static const char *const headers[] = {"usr/src/linux-headers-", "usr/lib/linux-kbuild-",
					      NULL};
	static const char *const source[] = {"usr/src/linux-source-", NULL};
	struct taking *t = user;

	if (t->role == ROLE_DEBUG) {
		if (t->have_vmlinux)
			return KD_UNPACK_STOP;
		if (m->type != '0' || !kd_lab_is_debug_vmlinux(m->path))
			return KD_UNPACK_SKIP;
		t->have_vmlinux = true;
		return KD_UNPACK_TAKE;
	}
	return starts_with_one_of(m->path, t->role == ROLE_IMAGE     ? image
					   : t->role == ROLE_HEADERS ? headers
								     : source)
		       ? KD_UNPACK_TAKE
		       : KD_UNPACK_SKIP;
}

/* Documentation and translations are half of it. */
static enum kd_unpack_want programs(void *user, const struct kd_unpack_member *m)
{
	static const char *const wanted[] = {"usr/bin/",   "usr/sbin/",	   "usr/lib/", "usr/lib64/",
					     "usr/lib32/", "usr/libexec/", NULL};

	(void)user;
	return starts_with_one_of(m->path, wanted) ? KD_UNPACK_TAKE : KD_UNPACK_SKIP;
}

static void on_unpack(void *user, uint64_t done, uint64_t total)
{
	struct job *j = user;

	if (j->req->progress.step)
		j->req->progress.step(j->req->progress.user, "unpacking", done, total);
}

/* linux-image-amd64 and the like only name the package that has the files. */
static bool is_meta(const struct wanted *w)
{
	static const char *const prefix[] = {"linux-image-", "linux-headers-", "linux-source-"};
	struct kd_view name = kd_view_of(w->pkg.name);

	for (size_t i = 0; i < KD_ARRAY_LEN(prefix); i++)
		if (kd_view_skip(&name, kd_view_of(prefix[i])))
			return !name.n || !kd_is_digit(name.p[0]);
	return kd_view_eq(name, KD_V("linux-source"));
}

static char *marker_of(const struct job *j, const struct kd_apt_package *p)
{
	return kd_lab_path("%s/apt/unpacked/%s_%s", j->out, p->name, p->arch);
}

static bool is_there(const struct job *j, const struct kd_apt_package *p)
{
	kd_auto(kd_freep) char *marker = marker_of(j, p);
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(65537 + NAME_BYTES);
	kd_auto(kd_error_freep) struct kd_error *err = kd_fs_read_small(marker, NAME_BYTES, &b);

	return !err && kd_view_eq(kd_buf_view(&b), kd_view_of(p->version));
}

static uint64_t estimate(const struct wanted *w)
{
	uint64_t unpacked = w->pkg.installed_bytes;

	if (w->role == ROLE_DEBUG && unpacked > VMLINUX_BYTES)
		unpacked = VMLINUX_BYTES;
	return w->pkg.download_bytes + unpacked;
}

static struct kd_error *check_space(struct job *j)
{
	uint64_t limit = j->req->limit_disk ? j->req->limit_disk : (uint64_t)20 << 30;
	uint64_t need = 0, have = kd_lab_free_bytes(j->out);

	if (j->req->toolchain)
		need += TOOLCHAIN_BYTES;
	for (size_t i = 0; i < j->list.n; i++)
		if (!is_meta(&j->list.v[i]) && !is_there(j, &j->list.v[i].pkg))
			need += estimate(&j->list.v[i]);
	j->r->needed_bytes = need;
	if (need > limit)
		return kd_error_new(KD_LIMIT, "about %llu MiB are needed, the limit is %llu MiB",
				    (unsigned long long)(need >> 20),
				    (unsigned long long)(limit >> 20));
	if (need > have)
		return kd_error_errno(ENOSPC, "about %llu MiB are needed, %llu MiB are free in %s",
				      (unsigned long long)(need >> 20),
				      (unsigned long long)(have >> 20), j->out);
	return NULL;
}

static struct kd_error *unpack(struct job *j, struct wanted *w, uint64_t *bytes)
{
	struct taking t = {.role = w->role};
	const struct kd_unpack_req req = {.from = w->pkg.file,
					  .to = j->out,
					  .want = want,
					  .user = &t,
					  .progress = on_unpack,
					  .progress_user = j};
	kd_auto(kd_freep) char *marker = marker_of(j, &w->pkg);
	kd_auto(kd_freep) char *dir = kd_lab_path("%s/apt/unpacked", j->out);
	struct kd_unpack_result r;
	struct kd_error *err = kd_lab_unpack(j->ctx, &req, &r);

	if (!err && w->role == ROLE_DEBUG && !t.have_vmlinux)
		err = kd_error_new(KD_BADDATA, "%s has no vmlinux below usr/lib/debug",
				   w->pkg.name);
	if (!err)
		err = kd_fs_mkdirs(dir, 0755);
	if (!err)
		err = kd_fs_write_atomic(marker, kd_view_of(w->pkg.version), 0644);
	if (!err && !j->req->keep && unlink(w->pkg.file))
		err = kd_error_errno(errno, "removing %s", w->pkg.file);
	*bytes = r.bytes;
	return err;
}

static struct kd_error *get(struct job *j, struct wanted *w)
{
	struct kd_lab_fetched *f = kd_vec_push(&j->r->package, PACKAGES_MAX);
	bool there = is_there(j, &w->pkg);
	uint64_t bytes = 0;
	struct kd_error *err = NULL;

	if (!there)
		err = kd_apt_download(&j->apt, &w->pkg);
	if (!there && !err)
		err = unpack(j, w, &bytes);
	if (f)
		*f = (struct kd_lab_fetched){
			.name = kd_xstrndup(w->pkg.name, strlen(w->pkg.name)),
			.version = kd_xstrndup(w->pkg.version, strlen(w->pkg.version)),
			.arch = kd_xstrndup(w->pkg.arch, strlen(w->pkg.arch)),
			.was_there = there,
			.download_bytes = there ? 0 : w->pkg.download_bytes,
			.unpacked_bytes = bytes};
	return err;
}

/* ---- what comes after ---- */

/*
 * The Makefile of Debian's headers names its neighbour (and since 6.11 itself, as KBUILD_OUTPUT)
 * from the system's root; unpacked elsewhere it has to name them from where it stands.
 */
static struct kd_error *relocate_headers(const struct job *j, const char *release)
{
	kd_auto(kd_freep) char *path =
		kd_lab_path("%s/usr/src/linux-headers-%s/Makefile", j->out, release);
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(65537 + 4096);
	kd_auto(kd_buf_deinit) struct kd_buf n = KD_BUF_INIT(16384);
	struct kd_error *err = kd_fs_read_small(path, 4096, &b);
	struct kd_view rest = kd_buf_view(&b), part;

	if (err)
		return kd_error_wrap(err, "headers of %s", release);
	if (!kd_view_has(rest, KD_V("/usr/src/")) || kd_view_has(rest, KD_V("kdoc_src")))
		return NULL;
	kd_buf_add(&n, KD_V("kdoc_src := $(abspath $(dir $(abspath "
			    "$(lastword $(MAKEFILE_LIST))))/..)\n"));
	while (kd_view_take_until(&rest, KD_V("/usr/src/"), &part)) {
		kd_buf_add(&n, part);
		kd_buf_add(&n, KD_V("$(kdoc_src)/"));
	}
	kd_buf_add(&n, rest);
	return kd_fs_write_atomic(path, kd_buf_view(&n), 0644);
}

static bool ends_as_tarball(struct kd_view name)
{
	return kd_view_has(name, KD_V(".tar"));
}

static struct kd_error *note_tarball(void *user, const struct kd_fs_entry *e)
{
	struct job *j = user;

	if (ends_as_tarball(kd_view_of(e->name)) && !j->r->source)
		j->r->source = kd_xstrndup(e->path, strlen(e->path));
	return NULL;
}

/* ---- the suite's compiler ---- */

static struct kd_error *take_programs(void *user, const struct kd_fs_entry *e)
{
	struct job *j = user;
	kd_auto(kd_freep) char *to = kd_lab_path("%s/toolchain", j->out);
	const struct kd_unpack_req req = {
		.from = e->path, .to = to, .want = programs, .merge_usr = true};
	struct kd_unpack_result r;
	struct kd_error *err;

	if (!kd_view_ends(kd_view_of(e->name), KD_V(".deb")))
		return NULL;
	err = kd_lab_unpack(j->ctx, &req, &r);
	if (!err && !j->req->keep && unlink(e->path))
		err = kd_error_errno(errno, "removing %s", e->path);
	return err;
}

/* What a package's script makes when it is configured, and what Makefiles rely on. */
static struct kd_error *link_names(const struct job *j)
{
	static const char *const names[][2] = {{"sh", "dash"}, {"awk", "mawk"}};

	for (size_t i = 0; i < KD_ARRAY_LEN(names); i++) {
		kd_auto(kd_freep) char *p =
			kd_lab_path("%s/toolchain/usr/bin/%s", j->out, names[i][0]);

		if (symlink(names[i][1], p) && errno != EEXIST)
			return kd_error_errno(errno, "linking %s", p);
	}
	return NULL;
}

static struct kd_error *fetch_programs(struct job *j)
{
	const struct kd_fs_walk_opts o = {.max_depth = 1};
	/* what kbuild calls beside the compiler; its own package brings the libraries along */
	const char *names[PACKAGES_MAX] = {"make", "dash",	"coreutils", "sed",
					   "grep", "mawk",	"findutils", "diffutils"};
	kd_auto(kd_freep) char *dir = kd_lab_path("%s/cache/archives", j->apt.dir);
	kd_auto(kd_freep) char *marker = kd_lab_path("%s/apt/unpacked/toolchain", j->out);
	kd_auto(kd_freep) char *list = kd_xstrndup(j->compiler.n ? j->compiler.p : "", j->compiler.n);
	kd_auto(kd_buf_deinit) struct kd_buf old = KD_BUF_INIT(65537 + 4096);
	struct kd_error *err = kd_fs_read_small(marker, 4096, &old);
	size_t n = 8;

	if (!err && kd_view_eq(kd_buf_view(&old), kd_view_of(list)))
		return NULL;
	kd_error_free(err);
	if (strcmp(j->host_arch, j->apt.arch))
		return kd_error_new(KD_UNSUPPORTED, "a compiler is fetched for kernels of this "
						    "machine's architecture (%s) only",
				    j->host_arch);
	for (size_t i = 0; i < j->list.n; i++)
		if (!strncmp(j->list.v[i].pkg.name, "linux-kbuild-", 13) && n < PACKAGES_MAX)
			names[n++] = j->list.v[i].pkg.name;
	for (char *p = list, *comma; *p && n < PACKAGES_MAX; p = comma) {
		names[n++] = p;
		comma = p + strcspn(p, ",");
		while (*comma == ',' || *comma == ' ')
			*comma++ = '\0';
	}
	err = kd_apt_download_all(&j->apt, names, n);
	if (!err)
		err = kd_fs_walk(dir, &o, take_programs, j);
	if (!err)
		err = link_names(j);
	return err ? err : kd_fs_write_atomic(marker, kd_buf_view(&j->compiler), 0644);
}

static struct kd_error *finish(struct job *j)
{
	const struct kd_fs_walk_opts o = {.max_depth = 2}; /* Ubuntu's tarball has a folder of its own */
	kd_auto(kd_freep) char *src = kd_lab_path("%s/usr/src", j->out);
	kd_auto(kd_freep) char *work = kd_lab_path("%s", j->out);
	const char *release = release_name(j);
	struct kd_error *err;

	if (j->compiler.n)
		j->r->compiler = kd_xstrndup(j->compiler.p, j->compiler.n);
	if (j->req->source) {
		err = kd_fs_walk(src, &o, note_tarball, j);
		if (!err && !j->r->source)
			err = kd_error_new(KD_BADDATA, "linux-source has no tarball");
		return err;
	}
	if (j->req->headers && release && !is_ubuntu(j)) { /* those have links beside each other */
		err = relocate_headers(j, release);
		if (err)
			return err;
	}
	return kd_lab_kernel_find(j->ctx, j->out, work, &j->r->kernel);
}

static struct kd_error *open_apt(struct job *j)
{
	const struct kd_lab_fetch_req *q = j->req;
	enum kd_lab_arch arch = q->arch ? q->arch : kd_lab_arch_host();
	const char *name = debian_arch(arch), *host = debian_arch(kd_lab_arch_host());
	kd_auto(kd_freep) char *dir = NULL;
	struct kd_error *err = kd_lab_make_dir(q->out, &j->out);

	if (err)
		return err;
	if (!name || !host)
		return kd_error_new(KD_UNSUPPORTED, "Debian's kernels are fetched for amd64 and "
						    "arm64 only");
	j->host_arch = host;
	dir = kd_lab_path("%s/apt", j->out);
	err = kd_apt_open(j->ctx, &q->where, dir, q->suite, name,
			  q->headers ? host : NULL, &j->apt);
	if (err)
		return err;
	j->apt.expired = q->expired;
	j->apt.progress = q->progress.step;
	j->apt.user = q->progress.user;
	j->r->mirror = kd_xstrndup(j->apt.mirror, strlen(j->apt.mirror));
	return NULL;
}

struct kd_error *kd_lab_kernel_fetch(struct kd_ctx *ctx, const struct kd_lab_fetch_req *req,
				     struct kd_lab_fetch *ret)
{
	kd_auto(job_deinit) struct job j = {
		.ctx = ctx, .req = req, .r = ret, .compiler = KD_BUF_INIT(4096)};
	struct kd_error *err;

	*ret = (struct kd_lab_fetch){0};
	err = check_wishes(&j);
	if (!err)
		err = open_apt(&j);
	if (!err)
		err = kd_apt_update(&j.apt);
	if (!err)
		err = choose(&j);
	if (!err)
		err = check_space(&j);
	for (size_t i = 0; i < j.list.n && !err; i++)
		err = is_meta(&j.list.v[i]) ? NULL : get(&j, &j.list.v[i]);
	if (!err && req->toolchain && req->headers)
		err = fetch_programs(&j);
	if (!err)
		err = finish(&j);
	return kd_error_wrap(err, "fetching the kernel of %s", req->suite);
}

void kd_lab_fetch_deinit(struct kd_lab_fetch *f)
{
	kd_lab_kernel_deinit(&f->kernel);
	kd_free(f->source);
	kd_free(f->mirror);
	kd_free(f->compiler);
	kd_vec_each(p, &f->package)
	{
		kd_free(p->name);
		kd_free(p->version);
		kd_free(p->arch);
	}
	kd_vec_free(&f->package);
	*f = (struct kd_lab_fetch){0};
}
