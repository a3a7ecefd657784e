/* SPDX-License-Identifier: GPL-2.0-or-later */
/* kallsyms_internal.h: addresses of a kernel's tables of its own symbols. */
#ifndef KD_CORE_KALLSYMS_INTERNAL_H
#define KD_CORE_KALLSYMS_INTERNAL_H

#include "core/space.h"

struct kd_ksyms_places {
	uint64_t names, count, table, index, offsets, base;
	bool has_base;
};

/*
 * Of a kernel whose VMCOREINFO does not say them (before 6.0): searched for in its image, from VMCOREINFO's init_uts_ns, which is
 * data, down to _stext: the tables are read-only data between. Where the offsets are depends on the version: two places.
 * KD_NOTFOUND: what is missing to search, or that nothing was found.
 */
KD_MUST_CHECK struct kd_error *kd_ksyms_search(struct kd_space *s, struct kd_ksyms_places ret[2]);

#endif
