/* SPDX-License-Identifier: GPL-2.0-or-later */
/* group_internal.h: between group.c (collects) and group_merge.c (puts together). */
#ifndef KD_VERB_GROUP_INTERNAL_H
#define KD_VERB_GROUP_INTERNAL_H

#include "verb/group.h"

struct kd_member_list {
	struct kd_member **v;
	size_t n, cap;
};

/* Groups, their reasons and the near misses from the members. */
struct kd_error *kd_group_merge(struct kd_grouping *g,
				const struct kd_member_list *members) KD_MUST_CHECK;

#endif
