// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/alloc.h"
#include "base/json.h"
#include "cli/cmd.h"
#include "cli/interrupt.h"
#include "cli/verbs.h"
#include "render/lab_kernel.h"
#include "verb/lab_kernel.h"

struct opts {
	const char *out, *suite, *flavour, *mirror, *keyring, *tree, *config;
	uint64_t jobs, nice, limit_time, limit_disk;
	int arch, cc;
	bool debug, headers, toolchain, source, keep, expired;
};

static const char *const arches[] = {"host", "amd64", "arm64", NULL};
static const char *const compilers[] = {"gcc", "clang", NULL};

static const struct kd_opt opts[] = {
	KD_OPT_STR_('o', "out", "DIR", struct opts, out,
		    "the only folder that is written to; find: needed for packages only"),
	KD_OPT_ENUM_(0, "arch", "ARCH", arches, struct opts, arch,
		     "fetch, build: host (of this machine), amd64, arm64"),
	KD_OPT_STR_('s', "suite", "SUITE", struct opts, suite,
		    "fetch: bullseye, bookworm, trixie, sid … (bookworm)"),
	KD_OPT_STR_('f', "flavour", "NAME", struct opts, flavour,
		    "fetch: cloud (small), rt; otherwise the plain kernel"),
	KD_OPT_STR_(0, "mirror", "URI", struct opts, mirror,
		    "fetch: from this archive instead of the one that this system is configured with; "
		    "--suite may be any of it then, Ubuntu's too (noble …)"),
	KD_OPT_STR_(0, "keyring", "FILE", struct opts, keyring,
		    "fetch: the keys that sign --mirror; otherwise Debian's or Ubuntu's"),
	KD_OPT_FLAG_('d', "debug", struct opts, debug,
		     "fetch: also vmlinux with debug info, out of the -dbg package"),
	KD_OPT_FLAG_('H', "headers", struct opts, headers,
		     "fetch: also what modules are built against"),
	KD_OPT_FLAG_(0, "toolchain", struct opts, toolchain,
		     "fetch: also the suite's compiler for them, beside the headers, not installed"),
	KD_OPT_FLAG_(0, "source", struct opts, source,
		     "fetch: the linux-source package instead of a kernel"),
	KD_OPT_FLAG_(0, "keep", struct opts, keep, "fetch: keep the packages after unpacking"),
	KD_OPT_FLAG_(0, "expired", struct opts, expired,
		     "fetch: also from a mirror whose signed list is out of date"),
	KD_OPT_STR_('t', "tree", "TREE", struct opts, tree,
		    "build: a clean kernel tree, a tarball of one, or a linux-source package"),
	KD_OPT_STR_('c', "config", "NAMES", struct opts, config,
		    "build: default, tiny, sanitize, lockdep, kcsan, files with CONFIG_ lines; "
		    "several with commas (sanitize)"),
	KD_OPT_ENUM_(0, "cc", "CC", compilers, struct opts, cc, "build: gcc, clang (LLVM=1)"),
	KD_OPT_NUM_('J', "jobs", "N", struct opts, jobs, "build: of make (as many as CPUs)"),
	KD_OPT_NUM_(0, "nice", "N", struct opts, nice, "build: be so nice to others, 0…19 (10)"),
	KD_OPT_NUM_(0, "limit-time", "SECONDS", struct opts, limit_time,
		    "build: for all of it (7200)"),
	KD_OPT_NUM_(0, "limit-disk", "MIB", struct opts, limit_disk,
		    "fetch, build: that may be written (20480)"),
};

/* Not a word of it without a terminal. */
static void step(void *user, const char *what, uint64_t done, uint64_t total)
{
	struct kd_cli *cli = user;

	cli->progress->what = what;
	cli->progress->bytes = false;
	kd_progress_update(cli->progress, done, total);
}

static enum kd_lab_arch arch_of(const struct opts *o)
{
	static const enum kd_lab_arch t[] = {KD_ARCH_UNKNOWN, KD_ARCH_X86_64, KD_ARCH_ARM64};

	return t[o->arch];
}

static unsigned number(uint64_t n, unsigned max)
{
	return n > max ? max : (unsigned)n;
}

static void request(struct kd_cli *cli, const struct opts *o, struct kd_labkernel_request *q)
{
	const struct kd_lab_progress progress = {step, cli};
	uint64_t disk = o->limit_disk > UINT64_MAX >> 20 ? UINT64_MAX : o->limit_disk << 20;

	q->name = cli->nargs > 1 ? cli->args[1] : NULL;
	q->work = o->out;
	q->fetch = (struct kd_lab_fetch_req){
		.suite = o->suite ? o->suite : "bookworm",
		.flavour = o->flavour,
		.where = {.mirror = o->mirror, .keyring = o->keyring},
		.out = o->out,
		.arch = arch_of(o),
		.debug = o->debug,
		.headers = o->headers || o->toolchain,
		.toolchain = o->toolchain,
		.source = o->source,
		.keep = o->keep,
		.expired = o->expired,
		.limit_disk = disk,
		.progress = progress,
	};
	q->build = (struct kd_lab_build_req){
		.tree = o->tree ? o->tree : q->name,
		.config = o->config,
		.out = o->out,
		.arch = arch_of(o),
		.clang = o->cc == 1,
		.jobs = number(o->jobs, 1024),
		.nice = o->nice ? number(o->nice, 19) : 10,
		.limit_s = number(o->limit_time, 7 * 86400),
		.limit_disk = disk,
		.progress = progress,
	};
}

static const char *missing(const struct kd_cli *cli, const struct opts *o,
			   struct kd_labkernel_request *q)
{
	struct kd_view what = kd_view_of(cli->args[0]);

	if (kd_view_eq(what, KD_V("find"))) {
		q->what = KD_LABKERNEL_FIND;
		return cli->nargs == 2 ? NULL : "lab kernel find needs one kernel";
	}
	if (kd_view_eq(what, KD_V("fetch"))) {
		q->what = KD_LABKERNEL_FETCH;
		return !o->out          ? "lab kernel fetch needs --out=DIR"
		       : cli->nargs > 1 ? "lab kernel fetch takes no arguments"
					: NULL;
	}
	if (kd_view_eq(what, KD_V("build"))) {
		q->what = KD_LABKERNEL_BUILD;
		return !o->out                      ? "lab kernel build needs --out=DIR"
		       : !o->tree == (cli->nargs < 2) ? "lab kernel build needs one --tree=TREE"
						    : NULL;
	}
	return "lab kernel needs one of find, fetch, build";
}

static int run(struct kd_cli *cli, const void *options)
{
	const struct opts *o = options;
	kd_auto(kd_labkernel_deinit) struct kd_labkernel_answer a = {.what = KD_LABKERNEL_FIND};
	kd_auto(kd_interrupt_end) struct kd_interrupt in = {.on = false};
	struct kd_labkernel_request q = {.what = KD_LABKERNEL_FIND};
	const char *wrong;
	struct kd_error *err;
	struct kd_json j;

	request(cli, o, &q);
	wrong = missing(cli, o, &q);
	if (wrong)
		return kd_cli_usage(cli, &kd_cmd_lab_kernel, kd_error_new(KD_INVALID, "%s", wrong));
	kd_interrupt_begin(&in, cli->ctx);
	err = kd_labkernel(cli->ctx, &q, &a);
	if (err)
		return kd_cli_fail(cli, err);
	if (!cli->json) {
		kd_render_labkernel_text(cli->out, &a);
		return KD_EXIT_OK;
	}
	kd_json_init_flush(&j, kd_out_json_flush, cli->out, KD_JSON_PRETTY);
	kd_render_labkernel_json(&j, &a);
	err = kd_json_finish(&j);
	return err ? kd_cli_fail(cli, err) : KD_EXIT_OK;
}

static const char *const about[] = {
	"find: says what a kernel is and which parts of it are here. KERNEL is a bzImage, an arm64 "
	"Image, a vmlinux, a Debian package, a folder that packages were unpacked to, or a built "
	"tree. What it is comes from the file, not from its name.",
	"fetch: takes a kernel of Debian out of its packages. The mirror is the one that this system "
	"is configured with, the signatures are checked with its keys, nothing is installed, and "
	"only what a kernel is made of is unpacked. An interrupted fetch goes on when it is run "
	"again.",
	"build: builds a kernel in a sandbox: without a network, the tree read-only. Named "
	"configurations: base is in each of them (boots in QEMU, serial console, virtio, 9p, DWARF "
	"5, ORC, BTF, kexec, lockup detectors); tiny is base alone; sanitize has KASAN, KFENCE, UBSAN "
	"and lockdep; lockdep; kcsan; default starts from the architecture's defconfig. Again with "
	"the same folder: only what changed is compiled.",
	NULL,
};

static const struct kd_example examples[] = {
	{"kdoc lab kernel find /boot/vmlinuz-$(uname -r)", "what is it, and what is beside it?"},
	{"kdoc lab kernel fetch --suite=trixie --flavour=cloud --headers --out=k612",
	 "Debian 13's small kernel, with what modules need"},
	{"kdoc lab kernel fetch --source --out=src", "the sources of Debian 12's kernel"},
	{"kdoc lab kernel build --tree=src/usr/src/linux-source-6.1.tar.xz --out=san",
	 "a small kernel with sanitizers"},
	{NULL, NULL},
};

const struct kd_cmd kd_cmd_lab_kernel = {
	.name = "lab kernel",
	.phase = KD_PHASE_REPRODUCE,
	.usage = "find KERNEL | fetch | build",
	.summary = "kernels to crash: what one is made of, fetch Debian's, build your own",
	.about = about,
	.examples = examples,
	.opts = opts,
	.nopts = KD_ARRAY_LEN(opts),
	.opts_size = sizeof(struct opts),
	.min_args = 1,
	.max_args = 2,
	.run = run,
};
