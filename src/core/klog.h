/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * klog.h: the kernel's log buffer in a dump, as text.
 *
 *	struct kd_klog log;
 *	err = kd_klog_read(space, &(struct kd_klog_options){0}, &text, &log);
 *	// "[    1.234567] Linux version …\n", and log.lost, log.damaged to be told
 *
 * Both forms: the lockless ring of printk_ringbuffer.h (since 5.10) and the records of struct printk_log
 * before it (3.5 to 5.9). Layouts come from the dump's VMCOREINFO, nothing is assumed. A record that
 * cannot be read is left out and counted; nothing stands for it.
 */
#ifndef KD_CORE_KLOG_H
#define KD_CORE_KLOG_H

#include "base/buf.h"
#include "core/space.h"

enum kd_klog_time { KD_KLOG_SECONDS /* as the console has them */, KD_KLOG_DATE, KD_KLOG_NO_TIME };

struct kd_klog_options {
	bool level; /* "<6>" in front, as the kernel's console has it when asked */
	enum kd_klog_time time;
	int64_t boot_ns; /* with KD_KLOG_DATE: when its clock was zero, since 1970 */
	bool caller; /* "[T123]" or "[C0]" behind the time, where the kernel keeps it */
};

struct kd_klog {
	const char *form; /* "printk_ringbuffer", "printk_log" */
	uint64_t records; /* that became text */
	uint64_t first_seq; /* of the first; that many were overwritten before (0 with printk_log) */
	uint64_t damaged; /* that could not be read or make no sense */
	uint64_t unfinished; /* that were being written when the machine stopped */
	bool live; /* of the running kernel, which goes on writing */
	bool stopped; /* more than a million gave no text: the rest was not looked at */
	char why[160]; /* of the first damaged one */
};

/* KD_NOTFOUND: VMCOREINFO does not say where the log is; KD_BADDATA: what is there is none; KD_LIMIT. */
KD_MUST_CHECK struct kd_error *kd_klog_read(struct kd_space *s, const struct kd_klog_options *o, struct kd_buf *text,
					    struct kd_klog *ret);

#endif
