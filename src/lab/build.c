// SPDX-License-Identifier: GPL-2.0-or-later
/* kd_lab_kernel_build() of build.h. */
#include "lab/build.h"

#include <errno.h>
#include <sched.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fs.h"
#include "base/hash.h"
#include "base/time.h"
#include "lab/archive.h"
#include "lab/embedded.h"
#include "lab/path.h"
#include "lab/toolchain.h"

enum {
	CONFIG_BYTES = 4 << 20,
	REFUSED_MAX = 1000,
	ARGS_MAX = 24,
	LIMIT_S = 7200,
	GUESS_OBJECTS = 2600, /* of a small kernel, for a first progress line */
};

struct job {
	struct kd_ctx *ctx;
	const struct kd_lab_build_req *req;
	struct kd_lab_build *r;
	char *out, *tree, *build; /* absolute */
	struct kd_lab_toolchain tc;
	struct kd_buf config; /* the fragments, joined */
	bool defconfig;

	const char *step;
	uint64_t objects, expected;
	int64_t end_ns;
};

static void job_deinit(struct job *j)
{
	kd_free(j->out);
	kd_free(j->tree);
	kd_free(j->build);
	kd_lab_toolchain_deinit(&j->tc);
	kd_buf_deinit(&j->config);
}

static void progress(const struct job *j, const char *what, uint64_t done, uint64_t total)
{
	if (j->req->progress.step)
		j->req->progress.step(j->req->progress.user, what, done, total);
}

/* ---- configuration ---- */

/* A configuration that is compiled in, from src/lab/configs/; absent when there is none. */
static struct kd_view named(struct kd_view name)
{
	for (const struct kd_lab_file *f = kd_lab_files; f->name; f++) {
		struct kd_view v = kd_view_of(f->name);

		if (kd_view_skip(&v, name) && kd_view_eq(v, KD_V(".config")))
			return f->bytes;
	}
	return KD_VNULL;
}

static struct kd_error *add_fragment(struct job *j, struct kd_view name)
{
	struct kd_view text = named(name);
	kd_auto(kd_freep) char *path = NULL;
	struct kd_error *err;

	if (text.p) {
		if (kd_buf_add(&j->config, text))
			return NULL;
		return kd_error_new(KD_LIMIT, "the configuration is too long");
	}
	if (!kd_view_has(name, KD_V("/")) && !kd_view_ends(name, KD_V(".config")))
		return kd_error_new(KD_INVALID,
				    "there is no configuration named '%.*s'; a file needs a / or "
				    ".config in its name",
				    KD_VARG(name));
	path = kd_xstrndup(name.p, name.n);
	err = kd_fs_read_small(path, CONFIG_BYTES / 2, &j->config);
	if (!err)
		kd_buf_addc(&j->config, '\n');
	return err;
}

static struct kd_error *join_fragments(struct job *j)
{
	struct kd_view rest = kd_view_of(j->req->config ? j->req->config : "sanitize"), name;
	struct kd_error *err;

	err = add_fragment(j, KD_V("base"));
	while (!err && kd_view_take_part(&rest, KD_V(","), &name)) {
		j->defconfig |= kd_view_eq(name, KD_V("default"));
		if (!kd_view_eq(name, KD_V("base")))
			err = add_fragment(j, name);
	}
	return err;
}

/* ---- make ---- */

/* "  CC      kernel/panic.o": quiet lines of kbuild. */
static void on_line(void *user, struct kd_view line)
{
	struct job *j = user;

	if (!kd_view_starts(line, KD_V("  ")) || line.n < 10 || kd_is_blank(line.p[2]))
		return;
	j->objects++;
	progress(j, j->step, j->objects, j->expected > j->objects ? j->expected : 0);
}

static struct kd_error *make(struct job *j, const char *step, const char *const *targets)
{
	unsigned left = (unsigned)((j->end_ns - kd_mono_ns()) / 1000000000);
	kd_auto(kd_freep) char *o = kd_lab_path("O=%s", j->build);
	kd_auto(kd_freep) char *arch = kd_lab_path("ARCH=%s", j->tc.arch);
	kd_auto(kd_freep) char *cross = kd_lab_path("CROSS_COMPILE=%s", j->tc.cross);
	kd_auto(kd_freep) char *cc =
		kd_lab_path("%s=%s", j->tc.clang ? "LLVM" : "CC", j->tc.clang ? "1" : j->tc.cc);
	kd_auto(kd_freep) char *parallel = kd_lab_path("-j%u", j->req->jobs);
	kd_auto(kd_freep) char *nice = kd_lab_path("%u", j->req->nice);
	const char *argv[ARGS_MAX] = {"nice", "-n",     nice, "make", "--no-print-directory",
				      parallel, "-C", j->tree, o,	arch,
				      cross,	cc};
	/* the same sources give the same kernel wherever and whenever it is built */
	static const char *const env[] = {"KBUILD_BUILD_USER=kdoc", "KBUILD_BUILD_HOST=lab",
					  "KBUILD_BUILD_TIMESTAMP=Thu Jan  1 00:00:00 UTC 1970",
					  NULL};
	const struct kd_sandbox_bind bind[] = {
		{j->out, j->out, true},
		{j->tree, j->tree, false},
	};
	struct kd_sandbox_req sreq = {
		.argv = argv,
		.name = "make",
		.bind = bind,
		.nbinds = KD_ARRAY_LEN(bind),
		.cwd = j->out,
		.env = env,
		.kind = j->r->sandbox,
		.log = j->r->log,
		.limit_s = left,
		.limit_disk = j->req->limit_disk,
		.line = on_line,
		.user = j,
	};
	kd_auto(kd_sandbox_result_deinit) struct kd_sandbox_result sr = {0};
	size_t n = 12;

	if (j->end_ns <= kd_mono_ns() || !left)
		return kd_error_new(KD_TIMEOUT, "%s: no time is left of %u s", step,
				    j->req->limit_s);
	while (*targets && n < ARGS_MAX - 1)
		argv[n++] = *targets++;
	j->step = step;
	progress(j, step, 0, 0);
	return kd_error_wrap(kd_sandbox_run(j->ctx, &sreq, &sr), "%s (output: %s)", step,
			     j->r->log);
}

/* Which lines of the fragments did not make it? A later line of the same option counts. */
static bool superseded(struct kd_view rest, struct kd_view name)
{
	struct kd_view line;

	while (kd_view_take_until(&rest, KD_V("\n"), &line))
		if (kd_view_starts(line, name))
			return true;
	return false;
}

static bool has_line(struct kd_view text, struct kd_view line)
{
	struct kd_view l;

	while (kd_view_take_until(&text, KD_V("\n"), &l))
		if (kd_view_eq(l, line))
			return true;
	return false;
}

static bool is_granted(struct kd_view final, struct kd_view line, struct kd_view name)
{
	kd_auto(kd_buf_deinit) struct kd_buf off = KD_BUF_INIT(4096);

	if (has_line(final, line))
		return true;
	if (!kd_view_ends(line, KD_V("=n")))
		return false;
	/* an option that is off or does not exist is "# … is not set" or not mentioned */
	kd_buf_add(&off, KD_V("\n"));
	kd_buf_add(&off, name);
	return !kd_view_has(final, kd_buf_view(&off));
}

static struct kd_error *compare_config(struct job *j)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(CONFIG_BYTES + 65537);
	kd_auto(kd_freep) char *path = kd_lab_path("%s/.config", j->build);
	struct kd_view rest = kd_buf_view(&j->config), line;
	struct kd_error *err = kd_fs_read_small(path, CONFIG_BYTES, &b);

	while (!err && kd_view_take_until(&rest, KD_V("\n"), &line)) {
		size_t eq = kd_view_chr(line, '=');
		char **slot;

		if (!kd_view_starts(line, KD_V("CONFIG_")) || eq == KD_NPOS ||
		    superseded(rest, kd_view_head(line, eq + 1)) ||
		    is_granted(kd_buf_view(&b), line, kd_view_head(line, eq + 1)))
			continue;
		slot = kd_vec_push(&j->r->refused, REFUSED_MAX);
		if (slot)
			*slot = kd_xstrndup(line.p, line.n);
	}
	return err;
}

/* What decides over the configuration; the same as last time: nothing to do. */
static void config_key(const struct job *j, char hex[2 * KD_SHA256_LEN + 2])
{
	uint8_t sum[KD_SHA256_LEN];
	struct kd_sha256 h;

	kd_sha256_init(&h);
	kd_sha256_update(&h, kd_buf_view(&j->config));
	kd_sha256_update(&h, kd_view_of(j->defconfig ? "defconfig" : "tinyconfig"));
	kd_sha256_update(&h, kd_view_of(j->tree));
	kd_sha256_update(&h, kd_view_of(j->tc.cc));
	kd_sha256_update(&h, kd_view_of(j->tc.version));
	kd_sha256_update(&h, kd_view_of(j->tc.arch));
	kd_sha256_final(&h, sum);
	kd_hex(sum, sizeof(sum), hex);
}

static bool is_configured(const struct job *j, const char *key_file, const char *key)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(65537 + 256);
	kd_auto(kd_freep) char *config = kd_lab_path("%s/.config", j->build);
	kd_auto(kd_error_freep) struct kd_error *err = kd_fs_read_small(key_file, 256, &b);

	return !err && kd_lab_is_file(config) && kd_view_eq(kd_buf_view(&b), kd_view_of(key));
}

static struct kd_error *write_config(const struct job *j)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(2 * CONFIG_BYTES + 65537);
	kd_auto(kd_freep) char *path = kd_lab_path("%s/.config", j->build);
	struct kd_error *err = kd_fs_read_small(path, CONFIG_BYTES, &b);

	if (err)
		return err;
	if (!kd_buf_add(&b, kd_buf_view(&j->config)))
		return kd_error_new(KD_LIMIT, "the configuration is too long");
	return kd_fs_write_atomic(path, kd_buf_view(&b), 0644);
}

static struct kd_error *configure(struct job *j)
{
	const char *const start[] = {j->defconfig ? "defconfig" : "tinyconfig", NULL};
	static const char *const settle[] = {"olddefconfig", NULL};
	kd_auto(kd_freep) char *key_file = kd_lab_path("%s/config.key", j->out);
	char key[2 * KD_SHA256_LEN + 2];
	struct kd_error *err;

	config_key(j, key);
	if (is_configured(j, key_file, key)) {
		j->r->incremental = true;
		return compare_config(j);
	}
	err = make(j, "configuring", start);
	if (!err)
		err = write_config(j);
	if (!err)
		err = make(j, "configuring", settle);
	if (!err)
		err = compare_config(j);
	return err ? err : kd_fs_write_atomic(key_file, kd_view_of(key), 0644);
}

/* ---- steps ---- */

static struct kd_error *check_tree(const struct job *j)
{
	static const char *const used[] = {".config", "include/config"};
	kd_auto(kd_freep) char *kbuild = kd_lab_path("%s/Kbuild", j->tree);
	kd_auto(kd_freep) char *init = kd_lab_path("%s/init/main.c", j->tree);

	if (!kd_lab_is_file(kbuild) || !kd_lab_is_file(init))
		return kd_error_new(KD_BADDATA, "%s is no kernel tree (no Kbuild, init/main.c)",
				    j->tree);
	for (size_t i = 0; i < KD_ARRAY_LEN(used); i++) {
		kd_auto(kd_freep) char *p = kd_lab_path("%s/%s", j->tree, used[i]);

		if (kd_lab_is_file(p) || kd_lab_is_dir(p))
			return kd_error_new(
				KD_INVALID,
				"%s was built in place, so it cannot be built elsewhere "
				"(kbuild refuses): 'make mrproper' there, or give a clean tree",
				j->tree);
	}
	return NULL;
}

static struct kd_error *open_tree(struct job *j)
{
	kd_auto(kd_freep) char *src = NULL;
	struct kd_error *err;

	if (kd_lab_is_dir(j->req->tree)) {
		err = kd_lab_real(j->req->tree, &j->tree);
	} else {
		src = kd_lab_path("%s/src", j->out);
		progress(j, "unpacking", 0, 0);
		err = kd_lab_source_unpack(j->ctx, j->req->tree, src, &j->tree);
	}
	return err ? err : check_tree(j);
}

static unsigned cpus(void)
{
	cpu_set_t set;

	return sched_getaffinity(0, sizeof(set), &set) ? 1 : (unsigned)CPU_COUNT(&set);
}

static struct kd_error *prepare(struct job *j, struct kd_lab_build_req *q)
{
	kd_auto(kd_freep) char *build = NULL;
	struct kd_error *err;

	q->arch = q->arch ? q->arch : kd_lab_arch_host();
	q->jobs = q->jobs ? q->jobs : cpus();
	q->limit_s = q->limit_s ? q->limit_s : LIMIT_S;
	q->limit_disk = q->limit_disk ? q->limit_disk : (uint64_t)20 << 30;
	q->nice = q->nice > 19 ? 19 : q->nice;
	j->end_ns = kd_mono_ns() + (int64_t)q->limit_s * 1000000000;
	j->r->sandbox = kd_sandbox_kind(j->ctx);
	err = join_fragments(j);
	if (!err)
		err = kd_lab_toolchain_find(j->ctx, q->arch, q->clang ? "clang" : "gcc", &j->tc);
	if (err)
		return err;
	j->r->compiler = kd_xstrndup(j->tc.version, kd_view_of(j->tc.version).n);
	err = kd_lab_make_dir(q->out, &j->out);
	if (err)
		return err;
	build = kd_lab_path("%s/build", j->out);
	err = kd_lab_make_dir(build, &j->build);
	j->r->log = kd_lab_path("%s/build.log", j->out);
	return err ? err : open_tree(j);
}

static struct kd_error *install(struct job *j)
{
	kd_auto(kd_freep) char *root = kd_lab_path("%s/root", j->out);
	kd_auto(kd_freep) char *arg = kd_lab_path("INSTALL_MOD_PATH=%s", root);
	const char *const targets[] = {arg, "modules_install", NULL};
	kd_auto(kd_freep) char *modules = kd_lab_config_value(j->build, "MODULES");

	return modules ? make(j, "installing modules", targets) : NULL;
}

struct kd_error *kd_lab_kernel_build(struct kd_ctx *ctx, const struct kd_lab_build_req *req,
				     struct kd_lab_build *ret)
{
	static const char *const all[] = {"all", NULL};
	struct kd_lab_build_req q = *req;
	kd_auto(job_deinit) struct job j = {.ctx = ctx,
					    .req = &q,
					    .r = ret,
					    .config = KD_BUF_INIT(CONFIG_BYTES),
					    .expected = GUESS_OBJECTS};
	int64_t start = kd_mono_ns();
	struct kd_error *err;

	*ret = (struct kd_lab_build){0};
	err = prepare(&j, &q);
	if (!err)
		err = configure(&j);
	if (!err) {
		j.objects = 0;
		err = make(&j, "compiling", all);
	}
	ret->compiled = j.objects;
	j.expected = 0;
	if (!err)
		err = install(&j);
	if (!err)
		err = kd_lab_kernel_find(ctx, j.out, NULL, &ret->kernel);
	ret->ms = (kd_mono_ns() - start) / 1000000;
	return kd_error_wrap(err, "building %s", req->tree);
}

void kd_lab_build_deinit(struct kd_lab_build *b)
{
	kd_lab_kernel_deinit(&b->kernel);
	kd_free(b->log);
	kd_free(b->compiler);
	kd_vec_each(p, &b->refused) kd_free(*p);
	kd_vec_free(&b->refused);
	*b = (struct kd_lab_build){0};
}
