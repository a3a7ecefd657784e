/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * expr.h: C expressions about a dump.
 *
 *	struct kd_value v;
 *	err = kd_expr(vs, KD_V("((struct task_struct *)0xffff888003a10000)->comm"), &v);
 *	err = kd_expr_type(vs, KD_V("struct list_head *"), &type);
 *
 * What C has without side effects: numbers ('c' too), symbols (module:symbol), casts, sizeof, * & - ~ ! + - / % << >> <
 * <= > >= == != & ^ | && || ?: [] . ->, parentheses. '.' and '->' are the same: a pointer is followed. And
 *
 *	per_cpu(SYMBOL, CPU)                    one CPU's variable; SYMBOL:CPU at the end of the text is the same
 *	container_of(POINTER, TYPE, MEMBER)     the struct around it
 *	offsetof(TYPE, MEMBER)
 *	EXPRESSION @ TYPE                       what is at that address, taken for a TYPE
 *
 * Arithmetic is of 64 bits, unsigned when one side is; of pointers it counts elements, as C does. The text is bounded
 * (KD_EXPR_MAX) and so is its nesting. Errors say where in the text.
 */
#ifndef KD_CORE_EXPR_H
#define KD_CORE_EXPR_H

#include "core/value.h"

enum { KD_EXPR_MAX = 4096, KD_EXPR_DEPTH = 64 };

/* KD_INVALID: what is wrong with the text, where; KD_NOTFOUND: a name, or memory that is not there. */
KD_MUST_CHECK struct kd_error *kd_expr(struct kd_values *vs, struct kd_view text, struct kd_value *ret);

/* A type's name: "struct sock", "sock" (as C++ would say it), "u64 *", "unsigned long". */
KD_MUST_CHECK struct kd_error *kd_expr_type(struct kd_values *vs, struct kd_view text, struct kd_vtype *ret);

#endif
