/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * crash.h: the built-in bugs (cases.h) triggered in guests, what the kernel said of them held
 * against what is known, cores taken.
 *
 *	struct kd_crash_request req = {.kernel = &k, .module = "kdoc_crash.ko", .cases = cases,
 *				       .ncases = n, .out = "OUT"};
 *	err = kd_crash_run(ctx, &req, on_result, user);   // on_result once for each case
 *
 * Cases that boot alike share one boot: its state is kept when the module is loaded and gone back
 * to for each case, so that none sees what another did, also after a panic. A case's console is
 * that of the boot up to there, then its own.
 *
 * Below out/CASE: console.log, manifest.json (the truth, and what was found), cores/.
 */
#ifndef KD_LAB_CRASH_H
#define KD_LAB_CRASH_H

#include "lab/capture.h"
#include "lab/cases.h"
#include "lab/load.h"
#include "lab/run.h"

struct kd_crash_request {
	const struct kd_lab_kernel *kernel;
	const char *module; /* the case module, built for this kernel */
	const struct kd_lab_case *const *cases;
	size_t ncases;
	const char *out; /* folder, made if need be */
	const struct kd_core_form *forms; /* cores to take after each case */
	size_t nforms;
	struct kd_lab_load load; /* how big the guests shall be; default: no more than need be */
	unsigned memory_mib; /* default 512, and what the load needs */
	unsigned timeout_s; /* of one boot; default 300, and what the load needs */
	enum kd_vm_accel accel;
	const char *accel_why; /* told in the results */
	const char *append; /* added to each case's command line */
	const char *busybox;
	/* Fatal cases: a crash kernel in the guest saves the forms (none: /proc/vmcore as it is);
	 * QEMU takes no core then. */
	bool kdump;
	const char *tools; /* as in kd_crash_kernel_spec */
	bool series; /* cases that survive run one after the other, each on what is left */
};

struct kd_crash_check {
	const char *what; /* "kind", "function", … */
	bool good;
	const char *want, *got; /* NULL: nothing of it */
};

#define KD_CRASH_CHECKS_MAX 16

/* One case. Everything in it lives until the callback returns. */
struct kd_crash_result {
	const struct kd_lab_case *c;
	const char *skipped; /* why it was not tried; NULL: it was */
	/* Why there was no guest to trigger it in: it did not come up. Nothing is checked then. */
	const char *not_triggered;
	enum kd_lab_verdict verdict; /* of the guest, when the case was over */
	const char *why;
	bool restored; /* from the kept state; else the boot's first case, or a series */
	int64_t ms; /* from the trigger, or from the start of a boot of its own, to the end of it */
	int64_t boot_ms; /* of the boot that it used */
	const struct kd_reports *reports; /* of its console */
	struct kd_crash_check checks[KD_CRASH_CHECKS_MAX];
	size_t nchecks;
	bool good; /* tried, and all checks are */
	struct kd_lab_fact *facts; /* what the guest said: of the boot, then of the case */
	size_t nfacts;
	uint64_t pids[8]; /* of the tasks that triggered it */
	size_t npids;
	const char *append; /* the whole command line */
	struct kd_core_file *cores;
	size_t ncores;
	const char *core_problem; /* why there is no core at all */
	bool crash_kernel; /* one took over … */
	uint64_t crash_kernel_off; /* … at this byte of the console: what follows is not the case's */
	uint64_t case_off; /* first byte of the console that is the case's: the boot is before it */
	const char *dir, *console, *manifest; /* paths */
};

/*
 * Errors are those of the host (no QEMU, no room, cancelled), and KD_BADDATA when the kernel refuses
 * the module: results that were there are kept. An error of fn ends it, too.
 */
KD_MUST_CHECK struct kd_error *
kd_crash_run(struct kd_ctx *ctx, const struct kd_crash_request *req,
	     struct kd_error *(*fn)(void *user, const struct kd_crash_result *r), void *user);

struct kd_lab_module;

/* Build the case module, whose source is compiled in (guest/module/), for a kernel; ret->ko. */
KD_MUST_CHECK struct kd_error *kd_crash_module_build(struct kd_ctx *ctx,
						     const struct kd_lab_kernel *k, const char *out,
						     struct kd_lab_module *ret);

/* Fill r->checks from r->c, r->reports, r->facts, r->verdict. Strings are the arena's. */
void kd_crash_judge(struct kd_arena *arena, const struct kd_crash_request *req,
		    struct kd_crash_result *r);

/* The fact of that key, the last one said; NULL without. */
const char *kd_crash_fact(const struct kd_crash_result *r, const char *key);

/* Write r->manifest: docs/schema/lab-manifest.json. */
KD_MUST_CHECK struct kd_error *kd_crash_manifest(const struct kd_crash_request *req,
						 const struct kd_crash_result *r);

#endif
