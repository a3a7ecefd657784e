/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fetch.h: a kernel of Debian or Ubuntu, taken out of its packages: a folder that kd_lab_kernel_find()
 * understands.
 *
 *	struct kd_lab_fetch_req req = {.suite = "trixie", .arch = KD_ARCH_X86_64, .out = "k"};
 *	kd_auto(kd_lab_fetch_deinit) struct kd_lab_fetch f = {0};
 *	err = kd_lab_kernel_fetch(ctx, &req, &f);        // f.kernel
 *
 * Nothing is installed; only what a kernel is made of is unpacked: the image, its modules and
 * configuration; of a -dbg package (5 GB) vmlinux alone; headers with the programs of kbuild.
 * Packages are removed after that. Doing it again takes up where the last one stopped, and does
 * nothing for packages that are there already. One folder is for one kernel: a newer one of the
 * same suite replaces the older.
 */
#ifndef KD_LAB_FETCH_H
#define KD_LAB_FETCH_H

#include "base/vec.h"
#include "lab/apt.h"
#include "lab/build.h"
#include "lab/kernel.h"

/* Zero members mean the default. */
struct kd_lab_fetch_req {
	const char *suite; /* "bookworm" */
	const char *flavour; /* "cloud", "rt"; default: the plain one. Ubuntu: "virtual"; "generic" */
	const char *out;
	struct kd_apt_where where; /* the archive */
	enum kd_lab_arch arch; /* X86_64 or ARM64; of this machine */
	bool debug, headers; /* also these */
	bool source; /* the linux-source package instead: a tarball for kernel build --tree */
	/*
	 * Also the suite's compiler with all that it needs, unpacked to out/toolchain (not installed):
	 * kd_lab_module_build() uses it for the headers there. For this machine's architecture only.
	 */
	bool toolchain;
	bool keep; /* the .deb files */
	bool expired; /* also from a mirror whose signed list is out of date */
	uint64_t limit_disk; /* bytes that may be written; 20 GiB */
	struct kd_lab_progress progress;
};

struct kd_lab_fetched {
	char *name, *version, *arch;
	uint64_t download_bytes;
	uint64_t unpacked_bytes;
	bool was_there; /* an earlier call had taken it already */
};

struct kd_lab_fetch {
	struct kd_lab_kernel kernel; /* empty with .source */
	char *source; /* the tarball */
	char *mirror;
	char *compiler; /* packages that the headers want for compiling, "linux-compiler-gcc-12-x86" */
	KD_VEC(struct kd_lab_fetched) package;
	uint64_t needed_bytes; /* what was estimated before */
};

/*
 * Before anything is downloaded the space is compared with what is needed: KD_LIMIT. Further
 * errors as in apt.h.
 */
KD_MUST_CHECK struct kd_error *kd_lab_kernel_fetch(struct kd_ctx *ctx,
						   const struct kd_lab_fetch_req *req,
						   struct kd_lab_fetch *ret);

void kd_lab_fetch_deinit(struct kd_lab_fetch *f);

#endif
