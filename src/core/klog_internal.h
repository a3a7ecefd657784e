/* SPDX-License-Identifier: GPL-2.0-or-later */
/* klog_internal.h: what both forms of the log share. */
#ifndef KD_CORE_KLOG_INTERNAL_H
#define KD_CORE_KLOG_INTERNAL_H

#include "core/klog.h"

enum { KD_KLOG_TEXT_MAX = 65535 }; /* its length is kept in 16 bits */

struct klog {
	struct kd_space *s;
	const struct kd_klog_options *o;
	struct kd_buf *out;
	struct kd_klog *log;
};

struct klog_record {
	uint64_t ns;
	uint8_t level; /* 0 … 7 */
	bool has_caller;
	uint32_t caller; /* bit 31: a CPU, else a task */
	struct kd_view text;
};

/* Its lines, each with the prefix. */
void kd_klog_put(struct klog *k, const struct klog_record *r);

/* One more that is damaged. */
void kd_klog_damaged(struct klog *k, const char *what, const struct kd_space_miss *miss);

/* OFFSET(name), SIZE(name) of VMCOREINFO; KD_NOTFOUND. */
KD_MUST_CHECK struct kd_error *kd_klog_offset(struct kd_space *s, const char *name, uint64_t *ret);
KD_MUST_CHECK struct kd_error *kd_klog_size(struct kd_space *s, const char *name, uint64_t *ret);

struct kd_error *kd_klog_ring(struct klog *k); /* klog_ring.c */
struct kd_error *kd_klog_records(struct klog *k); /* klog_old.c */

#endif
