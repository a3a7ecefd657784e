/* SPDX-License-Identifier: GPL-2.0-or-later */
/* group_internal.h: between group.c (collects), group_engine.c (decides) and group_merge.c (puts together). */
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

/* What the engine said while reports came in. */
struct kd_group_engine;

struct kd_group_engine *kd_group_engine_new(struct kd_grouping *g);
void kd_group_engine_free(struct kd_group_engine *e); /* NULL is fine */

/* m lives in the grouping's arena and has its signatures. */
struct kd_error *kd_group_engine_add(struct kd_group_engine *e, const struct kd_report *r, struct kd_member *m) KD_MUST_CHECK;

/* The last word: members get their groups. Before kd_group_merge(). */
void kd_group_engine_assign(struct kd_group_engine *e, const struct kd_member_list *members);

/* Joins, possible duplicates and groups with two bugs. After kd_group_merge(). */
struct kd_error *kd_group_engine_explain(struct kd_group_engine *e) KD_MUST_CHECK;

/* Values of the field that was asked for, per group and over all. */
struct kd_error *kd_group_values(struct kd_grouping *g) KD_MUST_CHECK;

#endif
