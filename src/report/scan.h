/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * scan.h: a log in, its reports out.
 *
 *	struct kd_scan_opts o = {0};
 *	struct kd_scan_log log;
 *	err = kd_scan(ctx, src, &o, on_report, user, &log);
 *
 * Streaming: memory does not depend on the size of the input. A report handed to
 * on_report() is borrowed and valid until it returns. Callers that need several
 * reports at a time, and their relations, use kd_scan_all().
 */
#ifndef KD_REPORT_SCAN_H
#define KD_REPORT_SCAN_H

#include "base/ctx.h"
#include "base/error.h"
#include "base/source.h"
#include "format/printk.h"
#include "report/report.h"

/* How much of each report is wanted. What a caller does not ask for is absent. */
enum kd_scan_want {
	KD_WANT_ALL,
	KD_WANT_TITLES, /* kind, where, span, outcome and syz */
	KD_WANT_TABLE,	/* kind, where, span, outcome, title (without one syz) and the strict signature */
};

struct kd_scan_opts {
	enum kd_scan_want want;
	bool no_infrastructure; /* nobody looks at such reports: what became of the machine stays open */
	bool guilty;	  /* also find syz.guilty_file */
	bool relate; /* relations to earlier reports, whatever `want` says */
	/*
	 * Optional: called when a report's lines are read and before anything is concluded from them: may put func,
	 * offset and size into frames of stacks and register sets that have the address alone (with from_addr).
	 */
	void (*name_frames)(void *user, struct kd_report *r);
	void *name_user;
	void (*tick)(void *user); /* optional: called about once for a MiB of input */
	void *tick_user;
};

/* Facts about the log as a whole. Views are borrowed from the caller's arena. */
struct kd_scan_log {
	uint64_t bytes, lines, reports;
	bool panicked;	 /* "Kernel panic - not syncing" anywhere */
	bool suppressed; /* a text that makes syzbot ignore the log, see docs/titles.md */
	bool vm_lost;	 /* the console says that the virtual machine went away */
	bool booted;	 /* holds a kernel's boot banner */
	bool kernel_text; /* at least one line had a kernel disguise or kernel wording */
	char release[128]; /* of the last boot banner, "" without one */
	uint64_t release_line;
	uint32_t other_boots; /* boots that began after the first line of the log */
	char hardware[256];
	uint64_t hardware_line;
	bool starts_late; /* the first time stamp is well after boot: earlier lines are missing */
	uint64_t first_us; /* the first kernel time stamp; valid if has_time */
	bool has_time;
	uint64_t skipped_reports; /* not kept by kd_scan_all() because of the limit */
	struct kd_printk_stats printk;
};

/* Return an error to stop the scan; it becomes the scan's error. */
typedef struct kd_error *kd_report_fn(void *user, const struct kd_report *r);

struct kd_error *kd_scan(struct kd_ctx *ctx, struct kd_source *src, const struct kd_scan_opts *o,
			 kd_report_fn *fn, void *user, struct kd_scan_log *ret) KD_MUST_CHECK;

/* All reports of a log with their relations, also to later ones (repeats, fatal_next). */
struct kd_reports {
	struct kd_report **v;
	size_t n;
	struct kd_scan_log log;
};

/*
 * Keeps at most max reports (the first ones; log.skipped_reports counts the rest), and no more
 * than fit ctx->limits.log_memory.
 * Free with kd_reports_free().
 */
struct kd_error *kd_scan_all(struct kd_ctx *ctx, struct kd_source *src,
			     const struct kd_scan_opts *o, size_t max,
			     struct kd_reports **ret) KD_MUST_CHECK;

void kd_reports_free(struct kd_reports *rs);
void kd_reports_freep(struct kd_reports **rs);

#endif
