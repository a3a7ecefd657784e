// SPDX-License-Identifier: GPL-2.0-or-later
/* Where the value of a register came from: through copies to a load, a call, a constant, an argument. */
#include "base/alloc.h"
#include "symbol/operand_internal.h"

static bool origin_of(struct search *s, size_t at, uint8_t reg, int depth, struct kd_came *ret);

static bool origin_written(struct search *s, const struct kd_insn *in, uint8_t reg, int depth, struct kd_came *ret)
{
	struct value v;

	if (in->dst != reg || (in->flow != KD_FLOW_IMM && in->width != 8))
		return false;
	if (in->flow == KD_FLOW_MOVE)
		return origin_of(s, kd_flow_find(s->flow, in->addr), in->src, depth + 1, ret);
	*ret = (struct kd_came){.at = in->addr};
	if (in->flow == KD_FLOW_IMM && !in->imm) {
		ret->kind = KD_CAME_NULL;
	} else if (in->flow == KD_FLOW_IMM && kd_op_global_value(s, (uint64_t)in->imm, &v) && !v.add) {
		ret->kind = KD_CAME_ADDRESS;
		ret->text = v.text;
	} else if (in->flow == KD_FLOW_LOAD && kd_op_loaded(s, in, 0, &v)) {
		ret->kind = KD_CAME_LOAD;
		ret->text = v.text;
	}
	return ret->kind != KD_CAME_UNKNOWN;
}

static bool origin_of(struct search *s, size_t at, uint8_t reg, int depth, struct kd_came *ret)
{
	struct kd_flow_def d[KD_FLOW_DEFS];
	size_t n;

	if (depth >= DEPTH_MAX || at >= s->flow->total)
		return false;
	n = kd_flow_writers(s->flow, at, reg, d, KD_FLOW_DEFS);
	for (size_t i = 0; i < n; i++) {
		const struct kd_insn *in = &s->flow->v[d[i].at];
		struct kd_came one = {.kind = KD_CAME_UNKNOWN};
		struct value v;
		bool ok = false;

		if (d[i].end == KD_FLOW_WRITER)
			ok = origin_written(s, in, reg, depth, &one);
		else if (d[i].end == KD_FLOW_CALL && kd_op_result_of(s, in, &v)) {
			one = (struct kd_came){.kind = KD_CAME_RESULT, .text = v.text, .at = in->addr};
			ok = true;
		} else if (d[i].end == KD_FLOW_ENTRY) {
			one = (struct kd_came){.kind = KD_CAME_ENTRY, .reg = reg};
			ok = true;
		}
		if (!ok || (i && (one.kind != ret->kind || one.reg != ret->reg || !kd_view_eq(one.text, ret->text))))
			return false;
		if (!i)
			*ret = one;
	}
	return n > 0;
}

struct kd_error *kd_operand_came(const struct kd_operand_query *q, uint8_t reg, struct kd_arena *arena,
				   struct kd_came *ret)
{
	struct search s = {.q = q, .flow = q->flow, .budget = BUDGET, .arena = arena};
	struct kd_came o = {.kind = KD_CAME_UNKNOWN};

	if (!kd_op_need_flow(&s) || !origin_of(&s, kd_flow_find(s.flow, q->pc), reg, 0, &o))
		o = (struct kd_came){.kind = KD_CAME_UNKNOWN};
	*ret = o;
	return NULL;
}
