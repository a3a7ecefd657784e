/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * core.h: what a dump is, whether it is whole, and the kernel's log in it.
 *
 *	struct kd_core_check c;
 *	err = kd_core_check(ctx, "vmcore", &arena, &c);      // c lives as long as arena
 *
 *	struct kd_core_log log;
 *	err = kd_core_log(ctx, "vmcore", &options, &text, &log);
 */
#ifndef KD_VERB_CORE_H
#define KD_VERB_CORE_H

#include "base/arena.h"
#include "base/ctx.h"
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

/* Errors of kd_pages_open(). What else is wrong with the dump is in the answer. */
KD_MUST_CHECK struct kd_error *kd_core_check(struct kd_ctx *ctx, const char *path, struct kd_arena *arena,
					     struct kd_core_check *ret);

/* The log as text is added to text (its maximum holds). Errors of pages, space and klog. */
KD_MUST_CHECK struct kd_error *kd_core_log(const char *path, const struct kd_klog_options *o, struct kd_buf *text,
					   struct kd_klog *ret);

/* The bits of a dump level, lowest first: what each leaves out. NULL behind the last. */
struct kd_core_level {
	int bit;
	const char *name; /* "cache": for JSON */
	const char *what; /* "page cache without private data" */
	const char *lost; /* what therefore cannot be looked at; NULL: nothing that a kernel crash is about */
};
const struct kd_core_level *kd_core_levels(void);

#endif
