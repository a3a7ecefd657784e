/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * operand_internal.h: what operand.c (variables and code), operand_index.c (arrays) and operand_came.c (origins) share.
 * Only for these.
 */
#ifndef KD_SYMBOL_OPERAND_INTERNAL_H
#define KD_SYMBOL_OPERAND_INTERNAL_H

#include "symbol/operand.h"

enum { DEPTH_MAX = 6, STEPS_MAX = 16, PATHS_MAX = 8, NAMES_MAX = 8, UNION_MAX = 6, TEXT_MAX = 512,
       BARE_MAX = 1 << 16, BUDGET = 200 };

/* What a register holds: an expression, plus a constant. */
struct value {
	struct kd_view text;
	uint32_t pointee; /* the type that it points to; 0: not known, or no pointer */
	uint32_t type; /* of the expression; 0: not known */
	int64_t add;
	struct kd_view scope;
	uint8_t how; /* enum kd_operand_how */
	bool address_of; /* text is the memory itself: its address is the value */
	bool null; /* the constant 0 */
	bool constant; /* the value is `add`: an address, which a symbol is looked for at when it is used */
	uint64_t from; /* the instruction that made it; 0: a variable's */
};

struct search {
	const struct kd_operand_query *q;
	struct kd_arena *arena;
	struct kd_flow *flow;
	bool no_flow;
	struct kd_operand_step steps[STEPS_MAX];
	size_t nsteps;
	const char *why;
	unsigned budget; /* registers that may still be asked for */
	unsigned doubts; /* variables that are being doubted, in each other */
};

/* The members that an access may mean; several only in a union. */
struct member {
	struct kd_view path; /* "a.b", of several "{a.b|c}" */
	uint32_t type; /* 0: not one */
	bool whole, one;
};

/* Text of a buffer into the arena; absent when there is no room. */
struct kd_view kd_op_printed(struct search *s, const struct kd_buf *b);
const char *kd_op_reg_name(const struct search *s, uint8_t reg);
struct kd_view kd_op_type_name(struct search *s, uint32_t type);
bool kd_op_is_composite(const struct kd_types *ts, uint32_t type);
bool kd_op_is_array(const struct kd_types *ts, uint32_t type);
/* Of a macro's or a helper's: begins with an underscore. */
bool kd_op_internal_name(struct kd_view name);

/* The member of a type at an offset. false: none is named, or too many. */
bool kd_op_find_member(struct search *s, uint32_t type, int64_t off, uint64_t width, struct member *ret);
void kd_op_begin_path(struct search *s, const struct value *base, int64_t off, struct kd_operand_path *p);
void kd_op_put_member(const struct value *base, struct kd_view path, struct kd_buf *text);

/* Variables whose value is the register, or the register and a constant; innermost first. */
size_t kd_op_from_variables(struct search *s, uint64_t pc, uint8_t reg, struct value *v, size_t max);
/* The value of a register before the instruction at pc: the best variable, else what the code says. */
bool kd_op_value_of(struct search *s, uint64_t pc, uint8_t reg, int depth, struct value *ret);
/* The variable or symbol at an address; its address is the value. */
bool kd_op_global_value(struct search *s, uint64_t addr, struct value *ret);
/* A constant as the variable that lies where the access goes to. false: none does. */
bool kd_op_settle(struct search *s, struct value *v, int64_t disp);
/* What a load of a pointer, a call gives. */
bool kd_op_loaded(struct search *s, const struct kd_insn *in, int depth, struct value *ret);
bool kd_op_result_of(struct search *s, const struct kd_insn *call, struct value *ret);
/* s->flow, read when it is needed. */
bool kd_op_need_flow(struct search *s);

/* operand_index.c: an operand with an index; one whose displacement is an array's address. */
void kd_op_from_index(struct search *s, struct kd_operand *o);
bool kd_op_array_address(struct search *s, struct kd_operand *o);

#endif
