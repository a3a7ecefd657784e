/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lab_boot.h: boot a kernel in a virtual machine, run commands in it, say what became of it.
 *
 *	struct kd_labboot_request req = {.kernel = "/boot/vmlinuz-6.1.0-50-amd64"};
 *	kd_auto(kd_labboot_deinit) struct kd_labboot_answer a = {0};
 *	err = kd_labboot(ctx, &req, &a);             // KD_NOTFOUND with a remedy: QEMU, busybox …
 *	if (!err) … a.run->verdict
 */
#ifndef KD_VERB_LAB_BOOT_H
#define KD_VERB_LAB_BOOT_H

#include "base/ctx.h"
#include "base/error.h"
#include "lab/run.h"

#define KD_LABBOOT_LIST_MAX 64

struct kd_labboot_list {
	const char *const *v;
	size_t n; /* at most KD_LABBOOT_LIST_MAX */
};

/* Zero members mean the default. */
struct kd_labboot_request {
	const char *kernel; /* image, package, folder or tree */
	const char *initrd; /* an own root file system instead of the lab's */
	struct kd_labboot_list modules; /* names or files, with options behind a blank */
	struct kd_labboot_list files; /* "SRC:DST" */
	struct kd_labboot_list commands;
	struct kd_labboot_list get; /* files of the guest */
	/* How big the guest shall be, as for kd_lab_load_parse(): needs out, where the crash module
	 * is built for it. */
	const char *load;
	const char *backend; /* "qemu", "vng" */
	const char *append, *busybox, *machine, *cpu;
	uint64_t cpus, memory_mib, timeout_s, quiet_s, resets;
	enum kd_vm_accel accel;
	bool stop_at_report;
	const char *out; /* folder */
	void (*on_console)(void *user, struct kd_view bytes);
	void *user;
};

struct kd_labboot_answer {
	struct kd_lab_kernel kernel;
	struct kd_lab_run *run;
	bool good; /* the verdict is ok, and each command ended with status 0 */
	bool outside; /* what failed is neither the kernel nor the guest */
	char *next[3]; /* exact commands to go on with; NULL at the end */
	const char *next_what[3];
};

/* What the guest does is no error. KD_INVALID for a request that cannot be. */
KD_MUST_CHECK struct kd_error *kd_labboot(struct kd_ctx *ctx, const struct kd_labboot_request *req,
					  struct kd_labboot_answer *ret);
void kd_labboot_deinit(struct kd_labboot_answer *a);

#endif
