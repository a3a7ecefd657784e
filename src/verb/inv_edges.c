// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Does the call before each return address reach the frame above it? A trace whose calls all do is of this
 * very build; a call that cannot is a stale return address on the stack, or other debug info. A frame that was
 * interrupted has no call, and a call through a pointer may go anywhere.
 */
#include "base/alloc.h"
#include "symbol/entry.h"
#include "symbol/relocs.h"
#include "verb/inv.h"
#include "verb/inv_debug.h"

enum { TAILS_MAX = 3, IMPOSSIBLE_SHOWN = 3 };

enum edge { EDGE_UNKNOWN, EDGE_DIRECT, EDGE_INDIRECT, EDGE_TAIL, EDGE_IMPOSSIBLE };

struct place {
	struct kd_kdx *k;
	struct kd_match m;
	bool known;
};

struct edges {
	const struct kd_inv_debug *d;
	struct kd_symset *set;
	struct kd_arena arena; /* of one pair */
	size_t n[EDGE_IMPOSSIBLE + 1];
	struct kd_buf words;
};

/* Code that calls on through a register or a patched jump: thunks, static calls. */
static bool passes_on(struct kd_view name)
{
	static const char *const heads[] = {"__x86_indirect_", "__SCT__", "__x86_return_thunk", "__kcfi_", "ftrace_",
					    "__fentry__", "bpf_dispatcher_"};

	for (size_t i = 0; i < KD_ARRAY_LEN(heads); i++)
		if (kd_view_starts(name, kd_view_of(heads[i])))
			return true;
	return false;
}

static struct kd_flow *flow_of(struct edges *e, struct kd_kdx *k, uint64_t addr)
{
	struct kd_flow *f = NULL;
	kd_auto(kd_error_freep) struct kd_error *err = kd_flow_read(k, e->d->arch, addr, &e->arena, &f);

	return err ? NULL : f;
}

/* Does the function at addr end in a jump to `to`, perhaps through another one? */
static bool jumps_to(struct edges *e, struct kd_kdx *k, uint64_t addr, uint64_t to, int depth, bool *may)
{
	struct kd_flow *f = depth < TAILS_MAX ? flow_of(e, k, addr) : NULL;
	struct kd_symbol s;

	if (!f) {
		*may = true;
		return false;
	}
	*may |= f->indirect;
	for (size_t i = 0; i < f->n; i++) {
		const struct kd_insn *in = &f->v[i];

		if ((in->cls != KD_INSN_JUMP && in->cls != KD_INSN_JCC) || !in->has_target ||
		    (in->target >= f->start && in->target < f->end))
			continue;
		if (in->target == to)
			return true;
		if (!kd_symbol_at(k, in->target, &s))
			continue;
		if (passes_on(s.name))
			*may = true;
		else if (s.addr == in->target && jumps_to(e, k, in->target, to, depth + 1, may))
			return true;
	}
	return false;
}

static enum edge direct_call(struct edges *e, const struct place *from, const struct kd_insn *call,
			     const struct place *to)
{
	struct kd_symbol s;
	bool may = false;

	/* a module's call of the kernel, or the other way round: compared by name alone */
	if (!kd_symbol_at(from->k, call->target, &s))
		return EDGE_UNKNOWN;
	if (passes_on(s.name))
		return EDGE_INDIRECT;
	if (from->k != to->k)
		return EDGE_UNKNOWN;
	if (call->target == to->m.sym.addr)
		return EDGE_DIRECT;
	if (jumps_to(e, from->k, call->target, to->m.sym.addr, 0, &may))
		return EDGE_TAIL;
	return may ? EDGE_INDIRECT : EDGE_IMPOSSIBLE;
}

static enum edge judge(struct edges *e, const struct place *from, const struct place *to)
{
	struct kd_flow *f = flow_of(e, from->k, from->m.lookup);
	struct kd_view name;

	if (!f)
		return EDGE_UNKNOWN;
	for (size_t i = 0; i < f->n; i++) {
		struct kd_insn in = f->v[i];

		if (in.addr + in.len != from->m.addr)
			continue;
		if (in.cls == KD_INSN_CALL_IND)
			return EDGE_INDIRECT;
		if (in.cls != KD_INSN_CALL)
			return EDGE_IMPOSSIBLE;
		if (kd_insn_relocate(from->k, &in, &name) && name.n)
			return kd_view_eq(name, to->m.sym.name) ? EDGE_DIRECT : EDGE_UNKNOWN;
		return direct_call(e, from, &in, to);
	}
	return EDGE_UNKNOWN; /* no instruction ends there, as far as the code could be decoded */
}

static void one_edge(struct edges *e, const struct kd_frame *caller, const struct place *from,
		     const struct place *to)
{
	enum edge what = judge(e, from, to);

	kd_arena_reset(&e->arena);
	if (what == EDGE_IMPOSSIBLE && e->n[EDGE_IMPOSSIBLE] < IMPOSSIBLE_SHOWN)
		kd_buf_printf(&e->words, "%s%.*s+0x%jx does not call %.*s", e->words.n ? "; " : "",
			      KD_VARG(caller->func), (uintmax_t)caller->offset, KD_VARG(to->m.sym.name));
	e->n[what]++;
}

static void one_stack(struct edges *e, const struct kd_stack *st)
{
	struct place below = {.known = false};

	for (size_t i = 0; i < st->nframes; i++) {
		const struct kd_frame *f = &st->frames[i];
		struct place here = {.known = false};

		if (!f->reliable || f->inlined)
			continue;
		here.known = !f->offset_is_size && kd_inv_match(e->set, e->d->b->arena, f, &here.k, &here.m, NULL);
		if (below.known && here.known && f->pc == KD_PC_RETURN && !kd_exception_entry(below.m.sym.name))
			one_edge(e, f, &here, &below);
		below = here;
	}
}

void kd_inv_edges(const struct kd_inv_debug *d, struct kd_symset *set)
{
	const struct kd_stack *st = kd_inv_stack_of(d->b->r, KD_STACK_CRASH);
	struct edges e = {.d = d, .set = set, .arena = KD_ARENA_INIT((size_t)256 << 20), .words = KD_BUF_INIT(1000)};
	struct kd_statement *s = NULL;
	size_t sure;

	if (st)
		one_stack(&e, st);
	sure = e.n[EDGE_DIRECT] + e.n[EDGE_TAIL] + e.n[EDGE_INDIRECT];
	if (e.n[EDGE_IMPOSSIBLE])
		s = kd_inv_say(d->b, KD_PART_LIKELY, "calls",
			       "%zu of %zu calls cannot reach the frame above: %.*s; such a frame is stale, or the debug "
			       "info is of another build", e.n[EDGE_IMPOSSIBLE], sure + e.n[EDGE_IMPOSSIBLE],
			       KD_VARG(kd_buf_view(&e.words)));
	else if (sure)
		s = kd_inv_say(d->b, KD_PART_CONTEXT, "calls", "each of %zu calls reaches the frame above: %zu directly, %zu "
			       "by a tail call, %zu may (through a pointer)", sure, e.n[EDGE_DIRECT], e.n[EDGE_TAIL],
			       e.n[EDGE_INDIRECT]);
	if (e.n[EDGE_IMPOSSIBLE])
		kd_inv_refuted_by(d->b, s, "the code was patched at run time, or a frame between is missing");
	if (st)
		kd_inv_at(d->b, s, st->line);
	kd_buf_deinit(&e.words);
	kd_arena_deinit(&e.arena);
}
