/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * core.h: what a dump is, whether it is whole, and the kernel's log in it.
 *
 *	struct kd_core_check c;
 *	err = kd_core_check(ctx, "vmcore", NULL, &arena, &c);      // c lives as long as arena
 *
 *	struct kd_klog log;
 *	err = kd_core_log("vmcore", NULL, &options, &text, &log);
 */
#ifndef KD_VERB_CORE_H
#define KD_VERB_CORE_H

#include "base/arena.h"
#include "base/ctx.h"
#include "core/dump.h"
#include "core/klog.h"
#include "core/pages.h"

#define KD_CORE_LOG_MAX ((size_t)256 << 20) /* of text */

struct kd_core_check {
	struct kd_pages_info info; /* its views are in the arena */
	struct kd_pages_survey survey;
	struct kd_view release, build_id; /* VMCOREINFO's, else the container's; absent */
	const char *machine; /* "x86_64"; NULL: none that is known by name */
	int64_t crash_time; /* seconds since 1970, VMCOREINFO's CRASHTIME; 0: the kernel did not crash, or does not say */
	uint64_t kaslr; /* KERNELOFFSET; valid with has_kaslr */
	bool has_kaslr;
	size_t cpus; /* register sets in the notes */
	bool kallsyms; /* VMCOREINFO says where the names of symbols are */
	struct kd_view no_memory; /* why virtual addresses cannot be read; absent: they can */
	struct kd_view no_log; /* why the log cannot be read; absent: it can */
	struct kd_klog log;
	bool whole; /* nothing of what is to be in the file is missing or damaged */
};

/* Errors of kd_pages_open_with(). What else is wrong with the dump is in the answer. how: NULL for nothing special. */
KD_MUST_CHECK struct kd_error *kd_core_check(struct kd_ctx *ctx, const char *path, const struct kd_pages_options *how,
					     struct kd_arena *arena, struct kd_core_check *ret);

KD_MUST_CHECK struct kd_error *kd_core_check_on(struct kd_dump *d, struct kd_arena *arena, struct kd_core_check *ret);

/*
 * The log as text is added to text (its maximum holds). Errors of pages, space and klog. With KD_KLOG_DATE when the clock began is
 * worked out from the kernel's timekeeper (boot_ns is not looked at); KD_NOTFOUND: it is not known.
 */
KD_MUST_CHECK struct kd_error *kd_core_log(const char *path, const struct kd_pages_options *how,
					   const struct kd_klog_options *o, struct kd_buf *text, struct kd_klog *ret);
KD_MUST_CHECK struct kd_error *kd_core_log_on(struct kd_dump *d, const struct kd_klog_options *o, struct kd_buf *text,
					      struct kd_klog *ret);

/* Of that text only lines that have `grep` in them (NULL: all), and of these only the last `last` (0: all). */
void kd_core_log_pick(struct kd_buf *text, const char *grep, uint64_t last);

/* The bits of a dump level, lowest first: what each leaves out. NULL behind the last. */
struct kd_core_level {
	int bit;
	const char *name; /* "cache": for JSON */
	const char *what; /* "page cache without private data" */
	const char *lost; /* what therefore cannot be looked at; NULL: nothing that a kernel crash is about */
};
const struct kd_core_level *kd_core_levels(void);

#endif
