/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * core_p.h: typed memory of a dump. Answers for kd_core_ask().
 *
 *	p:       EXPRESSION                          a C expression (core/expr.h)
 *	struct:  TYPE[.MEMBER[,MEMBER…]] [EXPRESSION [COUNT]]
 *	whatis:  EXPRESSION|TYPE
 */
#ifndef KD_VERB_CORE_P_H
#define KD_VERB_CORE_P_H

#include "verb/core_ask.h"

struct kd_core_p_options {
	uint64_t depth, elements; /* 0: as kd_value_show() has them */
	bool hex;
	bool cpus; /* p: of each CPU, EXPRESSION is a per-CPU variable */
	const char *path; /* p: members to follow from EXPRESSION on; NULL: none */
	const char *embedded; /* struct: the address is that of this member */
};

/* options: struct kd_core_p_options */
kd_core_answer kd_core_p;
kd_core_answer kd_core_struct;
kd_core_answer kd_core_whatis;

struct kd_values;
struct kd_value;

/*
 * An expression that is to be a place: as kd_expr(); and SYMBOL+OFFSET, of which the type is not known, and digits without
 * 0x (eight or more), as crash has them.
 */
KD_MUST_CHECK struct kd_error *kd_core_place(struct kd_values *vs, const char *text, struct kd_value *ret);

#endif
