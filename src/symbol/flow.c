// SPDX-License-Identifier: GPL-2.0-or-later
#include "symbol/flow.h"

#include "base/alloc.h"
#include "base/vec.h"
#include "symbol/relocs.h"

static bool falls_through(const struct kd_insn *in)
{
	return in->cls != KD_INSN_JUMP && in->cls != KD_INSN_JUMP_IND && in->cls != KD_INSN_RET &&
	       in->cls != KD_INSN_TRAP;
}

size_t kd_flow_index(const struct kd_flow *f, uint64_t addr)
{
	size_t lo = 0, hi = f->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (f->v[mid].addr < addr)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < f->n && f->v[lo].addr == addr ? lo : f->n;
}

static void find_joins(struct kd_flow *f)
{
	for (size_t i = 0; i < f->n; i++) {
		const struct kd_insn *in = &f->v[i];
		size_t to;

		if (i + 1 < f->n && !falls_through(in))
			f->join[i + 1] = true;
		f->indirect |= in->cls == KD_INSN_JUMP_IND;
		if (!in->has_target || in->cls == KD_INSN_CALL)
			continue;
		to = kd_flow_index(f, in->target);
		if (to < f->n)
			f->join[to] = true;
	}
}

static struct kd_error *bounds(struct kd_kdx *k, uint64_t pc, uint64_t *start, uint64_t *end)
{
	struct kd_symbol s;
	uint64_t size;

	if (!kd_symbol_at(k, pc, &s))
		return kd_error_new(KD_NOTFOUND, "no function is known at %#jx", (uintmax_t)pc);
	size = s.size ? s.size : s.room;
	if (pc - s.addr >= size)
		return kd_error_new(KD_NOTFOUND, "no function is known at %#jx", (uintmax_t)pc);
	if (size > KD_FLOW_BYTES_MAX)
		return kd_error_new(KD_LIMIT, "function %.*s has %ju bytes", KD_VARG(kd_view_head(s.name, 100)),
				    (uintmax_t)size);
	*start = s.addr;
	*end = s.addr + size;
	return NULL;
}

static struct kd_error *decode(struct kd_kdx *k, struct kd_disasm *d, enum kd_arch arch, struct kd_view code, uint64_t start,
			       struct kd_arena *arena, struct kd_flow **ret)
{
	KD_VEC(struct kd_insn) all = {0};
	struct kd_flow *f = kd_arena_new(arena, struct kd_flow);
	struct kd_view name;
	struct kd_insn in;

	for (size_t i = 0; i < code.n; i += in.len) {
		struct kd_insn *to;

		if (!kd_disasm_one(d, code.p + i, code.n - i, start + i, 0, &in) || !in.len)
			break;
		(void)kd_insn_relocate(k, &in, &name);
		to = kd_vec_push(&all, KD_FLOW_BYTES_MAX);
		if (to)
			*to = in;
	}
	if (f) {
		*f = (struct kd_flow){.arch = arch, .n = all.n, .start = start, .end = start + code.n};
		f->v = kd_arena_array(arena, all.n + 1, struct kd_insn);
		f->join = kd_arena_array(arena, all.n + 1, bool);
	}
	if (f && f->v && f->join) {
		if (all.n)
			memcpy(f->v, all.v, all.n * sizeof(*all.v));
		find_joins(f);
		*ret = f;
	}
	kd_vec_free(&all);
	return f && f->v && f->join ? NULL : kd_error_new(KD_LIMIT, "no room for the instructions of a function");
}

struct kd_error *kd_flow_read(struct kd_kdx *k, enum kd_arch arch, uint64_t pc, struct kd_arena *arena,
			      struct kd_flow **ret)
{
	const struct kd_disasm_mode mode = {.arch = arch};
	kd_auto(kd_disasm_closep) struct kd_disasm *d = NULL;
	kd_auto(kd_freep) uint8_t *code = NULL;
	uint64_t start, end;
	size_t n;
	struct kd_error *err = bounds(k, pc, &start, &end);

	if (!err)
		err = kd_disasm_open(&mode, &d);
	if (err)
		return err;
	n = (size_t)(end - start);
	code = kd_xmalloc(n);
	if (kd_code_at(k, start, code, n) != n)
		return kd_error_new(KD_NOTFOUND, "the code at %#jx is not at hand", (uintmax_t)start);
	return decode(k, d, arch, kd_view((char *)code, n), start, arena, ret);
}

/* --- who wrote it ------------------------------------------------------------------------- */

/* Is the register the caller's to lose? psABI x86-64, 3.2.1; AAPCS64, 6.1.1. */
static bool call_changes(enum kd_arch arch, uint8_t reg)
{
	switch (arch) {
	case KD_ARCH_X86_64:
		return reg <= KD_X86_RCX || reg == KD_X86_RSI || reg == KD_X86_RDI || (reg >= 8 && reg <= 11);
	case KD_ARCH_ARM64:
		return reg <= 18 || reg == 30;
	default:
		return true;
	}
}

static bool is_result(enum kd_arch arch, uint8_t reg)
{
	return (arch == KD_ARCH_X86_64 && reg == KD_X86_RAX) || (arch == KD_ARCH_ARM64 && !reg);
}

struct kd_flow_def kd_flow_writer(const struct kd_flow *f, size_t at, uint8_t reg)
{
	if (reg >= 64 || at > f->n)
		return (struct kd_flow_def){KD_FLOW_UNKNOWN, at};
	for (size_t i = at; i-- > 0;) {
		const struct kd_insn *in = &f->v[i];
		const bool call = in->cls == KD_INSN_CALL || in->cls == KD_INSN_CALL_IND;

		if (i + 1 < f->n && f->join[i + 1])
			return (struct kd_flow_def){KD_FLOW_JOIN, i + 1};
		/* the call of the function tracer, the first instruction, keeps all registers */
		if (call && i && is_result(f->arch, reg))
			return (struct kd_flow_def){KD_FLOW_CALL, i};
		if (call && i && call_changes(f->arch, reg))
			return (struct kd_flow_def){KD_FLOW_CLOBBER, i};
		if (!call && in->writes >> reg & 1)
			return (struct kd_flow_def){KD_FLOW_WRITER, i};
	}
	return (struct kd_flow_def){f->n && f->join[0] ? KD_FLOW_JOIN : KD_FLOW_ENTRY, 0};
}
