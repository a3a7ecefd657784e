// SPDX-License-Identifier: GPL-2.0-or-later
/* kd_lab_module_build() of build.h. */
#include <errno.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fs.h"
#include "lab/build.h"
#include "lab/path.h"
#include "lab/toolchain.h"

enum { SOURCE_BYTES = 4 << 20, NAME_BYTES = 56 /* MODULE_NAME_LEN of linux/moduleparam.h */ };

struct job {
	struct kd_ctx *ctx;
	const struct kd_lab_module_req *req;
	struct kd_lab_module *r;
	char *out, *dir; /* absolute; dir: out/NAME */
	char *headers, *root, *source; /* absolute; the last two may be NULL */
	const char *inside; /* name of dir in the sandbox */
	char *inside_own;
	struct kd_lab_toolchain tc;
	char *system; /* fetched with the headers: the suite's own compiler, or NULL */
};

static void job_deinit(struct job *j)
{
	kd_free(j->out);
	kd_free(j->dir);
	kd_free(j->headers);
	kd_free(j->root);
	kd_free(j->source);
	kd_free(j->inside_own);
	kd_free(j->system);
	kd_lab_toolchain_deinit(&j->tc);
}

/* ---- the folder with the sources ---- */

static bool good_name(struct kd_view v, bool dots)
{
	if (!v.n || v.n > NAME_BYTES || v.p[0] == '.' || v.p[0] == '-')
		return false;
	for (size_t i = 0; i < v.n; i++)
		if (!kd_is_word(v.p[i]) && v.p[i] != '-' && !(dots && v.p[i] == '.'))
			return false;
	return true;
}

/* make decides by time stamps: a file that is the same stays untouched. */
static struct kd_error *write_if_other(const char *path, struct kd_view text)
{
	kd_auto(kd_buf_deinit) struct kd_buf old = KD_BUF_INIT(SOURCE_BYTES + 65537);
	kd_auto(kd_error_freep) struct kd_error *err = kd_fs_read_small(path, SOURCE_BYTES, &old);

	if (!err && kd_view_eq(kd_buf_view(&old), text))
		return NULL;
	return kd_fs_write_atomic(path, text, 0644);
}

static struct kd_error *put_file(const struct job *j, const struct kd_lab_module_file *f)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(SOURCE_BYTES + 65537);
	kd_auto(kd_freep) char *path = NULL;
	struct kd_view text = f->text;

	if (!good_name(kd_view_of(f->name), true))
		return kd_error_new(KD_INVALID, "'%s' is no name for a module's source file",
				    f->name);
	if (f->path) {
		struct kd_error *err = kd_fs_read_small(f->path, SOURCE_BYTES, &b);

		if (err)
			return err;
		text = kd_buf_view(&b);
	}
	path = kd_lab_path("%s/%s", j->dir, f->name);
	return write_if_other(path, text);
}

static void default_kbuild(const struct job *j, struct kd_buf *b)
{
	const struct kd_lab_module_req *q = j->req;
	kd_auto(kd_freep) char *own = kd_lab_path("%s.c", q->name);
	bool single = q->nfiles == 1 && kd_view_eq(kd_view_of(q->file[0].name), kd_view_of(own));

	kd_buf_printf(b, "obj-m := %s.o\nccflags-y := -g\n", q->name);
	for (size_t i = 0; i < q->nfiles && !single; i++) {
		struct kd_view n = kd_view_of(q->file[i].name);

		if (kd_view_ends(n, KD_V(".c")))
			kd_buf_printf(b, "%s-y += %.*s.o\n", q->name, (int)n.n - 2, n.p);
	}
}

static struct kd_error *put_files(const struct job *j)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(64 << 10);
	kd_auto(kd_freep) char *path = kd_lab_path("%s/Kbuild", j->dir);
	struct kd_error *err = NULL;

	for (size_t i = 0; i < j->req->nfiles && !err; i++)
		err = put_file(j, &j->req->file[i]);
	if (err)
		return err;
	if (!j->req->kbuild.n)
		default_kbuild(j, &b);
	return write_if_other(path, j->req->kbuild.n ? j->req->kbuild : kd_buf_view(&b));
}

/* ---- what it is built against ---- */

/*
 * Headers of a package lean on their neighbours: …/usr/src/linux-headers-X-common and
 * …/usr/lib/linux-kbuild-X. The whole unpacked root is shown then.
 */
static struct kd_error *find_headers(struct job *j)
{
	const struct kd_lab_kernel *k = j->req->kernel;
	const char *dir = k->headers ? k->headers : k->tree;
	kd_auto(kd_freep) char *link = NULL;
	struct kd_error *err;
	struct kd_view v;
	size_t at;

	if (!dir)
		return kd_error_new(KD_NOTFOUND,
				    "kernel %s: neither headers nor a built tree are known, so no "
				    "module can be built for it (Debian: linux-headers-%s)",
				    k->release ? k->release : "?", k->release ? k->release : "…");
	err = kd_lab_real(dir, &j->headers);
	if (err)
		return err;
	v = kd_view_of(j->headers);
	at = kd_view_find(v, KD_V("/usr/src/"));
	if (at != KD_NPOS && at > 0)
		j->root = kd_xstrndup(v.p, at);
	link = kd_lab_path("%s/source", j->headers); /* make O= leaves it */
	if (kd_lab_is_dir(link))
		err = kd_lab_real(link, &j->source);
	return err;
}

/*
 * The compiler that the kernel was built with lies beside fetched headers (fetch.h): then that one
 * and its C library are the system in the sandbox.
 */
static bool use_fetched_compiler(struct job *j, const char *text)
{
	kd_auto(kd_freep) char *dir = NULL, *program = NULL;
	struct kd_view rest = kd_view_of(text), name;

	if (!j->root || !text || !kd_view_take_word(&rest, &name) ||
	    kd_sandbox_kind(j->ctx) != KD_SANDBOX_BWRAP)
		return false;
	dir = kd_lab_path("%s/toolchain", j->root);
	program = kd_lab_path("%s/usr/bin/%.*s", dir, KD_VARG(name));
	if (kd_view_has(name, KD_V("/")) || !kd_lab_is_file(program))
		return false;
	j->tc = (struct kd_lab_toolchain){.clang = kd_view_has(name, KD_V("clang")),
					  .arch = j->req->kernel->arch == KD_ARCH_ARM64 ? "arm64" : "x86",
					  .cross = "",
					  .cc = kd_xstrndup(name.p, name.n),
					  .version = kd_xstrndup(text, kd_view_of(text).n)};
	j->system = kd_take(dir);
	return true;
}

static struct kd_error *prepare(struct job *j)
{
	const struct kd_lab_module_req *q = j->req;
	kd_auto(kd_freep) char *dir = NULL, *text = NULL;
	enum kd_lab_arch arch;
	struct kd_error *err;

	if (!q->kernel || !good_name(kd_view_of(q->name), false) || !q->nfiles ||
	    q->nfiles > KD_LAB_MODULE_FILES)
		return kd_error_new(KD_INVALID, "a module needs a kernel, a name and 1…%d files",
				    KD_LAB_MODULE_FILES);
	err = find_headers(j);
	if (err)
		return err;
	text = kd_lab_config_value(j->headers, "CC_VERSION_TEXT");
	arch = q->kernel->arch != KD_ARCH_UNKNOWN ? q->kernel->arch : kd_lab_arch_host();
	if (!use_fetched_compiler(j, text))
		err = kd_lab_toolchain_find(j->ctx, arch, text, &j->tc);
	if (err)
		return err;
	j->r->compiler = kd_xstrndup(j->tc.cc, kd_view_of(j->tc.cc).n);
	if (j->tc.other)
		j->r->other_compiler = kd_take(text);
	err = kd_lab_make_dir(q->out, &j->out);
	if (err)
		return err;
	dir = kd_lab_path("%s/%s", j->out, q->name);
	err = kd_lab_make_dir(dir, &j->dir);
	return err ? err : put_files(j);
}

/* ---- make ---- */

/* BUG() and WARN() carry the source file's name: a neutral one where that can be had. */
static void name_inside(struct job *j)
{
	j->r->sandbox = kd_sandbox_kind(j->ctx);
	j->inside = j->dir;
	if (j->r->sandbox == KD_SANDBOX_BWRAP)
		j->inside = j->inside_own = kd_lab_path("/build/%s", j->req->name);
}

static size_t binds(const struct job *j, struct kd_sandbox_bind *b)
{
	size_t n = 0;

	if (j->root)
		b[n++] = (struct kd_sandbox_bind){j->root, j->root, false};
	else if (!kd_view_starts(kd_view_of(j->headers), KD_V("/usr/")))
		b[n++] = (struct kd_sandbox_bind){j->headers, j->headers, false};
	if (j->source && !kd_view_starts(kd_view_of(j->source), KD_V("/usr/")))
		b[n++] = (struct kd_sandbox_bind){j->source, j->source, false};
	b[n++] = (struct kd_sandbox_bind){j->dir, j->inside, true};
	return n;
}

static struct kd_error *run_make(struct job *j)
{
	unsigned jobs = j->req->jobs ? j->req->jobs : 2;
	kd_auto(kd_freep) char *m = kd_lab_path("M=%s", j->inside);
	kd_auto(kd_freep) char *arch = kd_lab_path("ARCH=%s", j->tc.arch);
	kd_auto(kd_freep) char *cross = kd_lab_path("CROSS_COMPILE=%s", j->tc.cross);
	kd_auto(kd_freep) char *cc =
		kd_lab_path("%s=%s", j->tc.clang ? "LLVM" : "CC", j->tc.clang ? "1" : j->tc.cc);
	kd_auto(kd_freep) char *parallel = kd_lab_path("-j%u", jobs);
	const char *const argv[] = {"make",   "--no-print-directory",
				    parallel, "-C",
				    j->headers, m,
				    arch,     cross,
				    cc,       "modules",
				    NULL};
	struct kd_sandbox_bind b[KD_SANDBOX_BINDS];
	struct kd_sandbox_req sreq = {
		.argv = argv,
		.bind = b,
		.nbinds = binds(j, b),
		.cwd = j->inside,
		.kind = j->r->sandbox,
		.system = j->system,
		.log = j->r->log,
		.limit_s = j->req->limit_s ? j->req->limit_s : 600,
		.limit_disk = (uint64_t)1 << 30,
	};
	kd_auto(kd_sandbox_result_deinit) struct kd_sandbox_result sr = {0};
	struct kd_error *err = kd_sandbox_run(j->ctx, &sreq, &sr);

	j->r->ms = sr.ms;
	return err;
}

struct kd_error *kd_lab_module_build(struct kd_ctx *ctx, const struct kd_lab_module_req *req,
				     struct kd_lab_module *ret)
{
	kd_auto(job_deinit) struct job j = {.ctx = ctx, .req = req, .r = ret};
	kd_auto(kd_freep) char *ko = NULL;
	struct kd_error *err;

	*ret = (struct kd_lab_module){0};
	err = prepare(&j);
	if (err)
		return kd_error_wrap(err, "building module %s", req->name);
	name_inside(&j);
	ret->log = kd_lab_path("%s/%s.log", j.out, req->name);
	if (unlink(ret->log) && errno != ENOENT)
		return kd_error_errno(errno, "%s", ret->log);
	err = run_make(&j);
	if (err && ret->other_compiler)
		err = kd_error_wrap(err, "the kernel was compiled by '%s', here is '%s'",
				    ret->other_compiler, j.tc.version);
	if (err)
		return kd_error_wrap(err, "building module %s", req->name);
	ko = kd_lab_path("%s/%s.ko", j.dir, req->name);
	if (!kd_lab_is_file(ko))
		return kd_error_new(KD_IO, "building module %s: make left no %s.ko; see %s",
				    req->name, req->name, ret->log);
	ret->ko = kd_take(ko);
	return NULL;
}

void kd_lab_module_deinit(struct kd_lab_module *m)
{
	kd_free(m->ko);
	kd_free(m->log);
	kd_free(m->compiler);
	kd_free(m->other_compiler);
	*m = (struct kd_lab_module){0};
}
