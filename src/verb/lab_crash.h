/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lab_crash.h: crash a kernel on purpose, in named ways, and hold what it said against the truth.
 *
 *	struct kd_labcrash_request req = {.kernel = "k/boot/vmlinuz-6.1.0-50-amd64",
 *					  .cases = names, .ncases = 1, .out = "OUT"};
 *	struct kd_labcrash_summary sum;
 *	err = kd_labcrash(ctx, &req, on_case, user, &sum);
 */
#ifndef KD_VERB_LAB_CRASH_H
#define KD_VERB_LAB_CRASH_H

#include "base/ctx.h"
#include "base/error.h"
#include "lab/crash.h"

#define KD_LABCRASH_FORMS_MAX 64

/* Zero members mean the default. */
struct kd_labcrash_request {
	const char *kernel; /* image, package, folder or tree */
	const char *headers; /* folder to build the module against; default: the kernel's own */
	const char *config; /* file with its CONFIG_ lines; default: the kernel's own */
	const char *module; /* a built one; default: it is built below out */
	const char *const *cases; /* names, or none: all */
	size_t ncases;
	const char *cores; /* as for kd_core_forms_parse() */
	const char *load; /* how big the guest shall be, as for kd_lab_load_parse() */
	const char *append, *busybox, *tools; /* as in kd_crash_request */
	uint64_t memory_mib, timeout_s;
	enum kd_vm_accel accel;
	bool series, kdump; /* as in kd_crash_request */
	const char *out; /* folder */
};

struct kd_labcrash_summary {
	struct kd_lab_kernel kernel; /* freed by kd_labcrash_summary_deinit() */
	char *compiler; /* that built the module; NULL: it was given */
	char *other_compiler; /* … and the kernel's, when that is another one */
	size_t tried, good, skipped;
	int64_t ms; /* all of it */
};

/*
 * KD_INVALID: no such case, no such form of core; KD_NOTFOUND with a remedy: no QEMU, nothing to
 * build the module against. What guests do is no error. fn: once for each case.
 */
KD_MUST_CHECK struct kd_error *
kd_labcrash(struct kd_ctx *ctx, const struct kd_labcrash_request *req,
	    struct kd_error *(*fn)(void *user, const struct kd_crash_result *r), void *user,
	    struct kd_labcrash_summary *sum);

void kd_labcrash_summary_deinit(struct kd_labcrash_summary *sum);

#endif
