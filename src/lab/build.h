/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * build.h: a kernel or a module built in the sandbox (lab/sandbox.h), under limits.
 *
 *	struct kd_lab_build_req req = {.tree = "linux-6.1", .config = "sanitize", .out = "k"};
 *	kd_auto(kd_lab_build_deinit) struct kd_lab_build b = {0};
 *	err = kd_lab_kernel_build(ctx, &req, &b);        // b.kernel is what it gave
 *
 *	struct kd_lab_module_file f[] = {{.name = "kdoc_crash.c", .text = source}};
 *	struct kd_lab_module_req mreq = {
 *		.kernel = &kernel, .name = "kdoc_crash", .file = f, .nfiles = 1, .out = "m"};
 *	kd_auto(kd_lab_module_deinit) struct kd_lab_module m = {0};
 *	err = kd_lab_module_build(ctx, &mreq, &m);       // m.ko: m/kdoc_crash/kdoc_crash.ko
 *
 * A kernel's out folder: build/ (make's O=, with vmlinux), root/ (boot/ and lib/modules/ as a
 * package would have them), src/ (when the tree had to be unpacked), build.log. Building again
 * into the same folder is incremental. Nothing outside of it is written; the tree is read only.
 */
#ifndef KD_LAB_BUILD_H
#define KD_LAB_BUILD_H

#include "base/vec.h"
#include "lab/kernel.h"
#include "lab/sandbox.h"

/* Called now and then; total == 0: not known. what is static. May be NULL. */
struct kd_lab_progress {
	void (*step)(void *user, const char *what, uint64_t done, uint64_t total);
	void *user;
};

/* Zero members mean the default. */
struct kd_lab_build_req {
	const char *tree; /* folder, tarball, or .deb of linux-source */
	/*
	 * Names of configurations in src/lab/configs/ (compiled in) or files with CONFIG_ lines, joined by commas: "sanitize",
	 * "tiny,./my.config". "default" in front means the architecture's defconfig, else the
	 * start is tinyconfig; "base" is always there. Later ones win.
	 */
	const char *config;
	const char *out;
	enum kd_lab_arch arch; /* of this machine */
	bool clang; /* LLVM=1 */
	unsigned jobs; /* of the CPUs that this process may use */
	unsigned nice; /* 0…19 */
	unsigned limit_s; /* all steps together; 2 h */
	uint64_t limit_disk; /* bytes below out; 20 GiB */
	struct kd_lab_progress progress;
};

struct kd_lab_build {
	struct kd_lab_kernel kernel;
	char *log; /* file with all output */
	char *compiler; /* first line of its --version */
	enum kd_sandbox_kind sandbox;
	/* Lines of the fragments that the final .config does not have ("CONFIG_X=y"). */
	KD_VEC(char *) refused;
	bool incremental; /* an earlier build with this configuration was continued */
	uint64_t compiled; /* files compiled or linked this time, as make printed them */
	int64_t ms;
};

KD_MUST_CHECK struct kd_error *
kd_lab_kernel_build(struct kd_ctx *ctx, const struct kd_lab_build_req *req,
		    struct kd_lab_build *ret);

void kd_lab_build_deinit(struct kd_lab_build *b);

/* ---- modules ---- */

struct kd_lab_module_file {
	const char *name; /* "kdoc_crash.c"; no folders */
	const char *path; /* read from there, or … */
	struct kd_view text; /* … this */
};

struct kd_lab_module_req {
	const struct kd_lab_kernel *kernel; /* .headers or .tree is needed */
	const char *name; /* of the module: letters, digits, "_", "-" */
	const struct kd_lab_module_file *file;
	size_t nfiles; /* at most KD_LAB_MODULE_FILES */
	const char *out; /* absolute or relative; the module is built in out/NAME/ */
	/* Kbuild file; default: all .c files in one module, with -g. */
	struct kd_view kbuild;
	unsigned limit_s; /* 600 */
	unsigned jobs; /* 2 */
};

#define KD_LAB_MODULE_FILES 64

struct kd_lab_module {
	char *ko;
	char *log;
	char *compiler; /* program that was used: "gcc-12" */
	/* The kernel was built by another compiler than what is here: what it says, else NULL. */
	char *other_compiler;
	enum kd_sandbox_kind sandbox;
	int64_t ms;
};

/*
 * KD_NOTFOUND: the kernel has nothing to build modules against, or there is no make, compiler
 * or sandbox; KD_IO: it does not compile (the first error is in the message, all in .log).
 */
KD_MUST_CHECK struct kd_error *kd_lab_module_build(struct kd_ctx *ctx,
						   const struct kd_lab_module_req *req,
						   struct kd_lab_module *ret);

void kd_lab_module_deinit(struct kd_lab_module *m);

#endif
