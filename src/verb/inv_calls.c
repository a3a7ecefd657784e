// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a call in the code says about a report whose pc does not: KASAN's checks get the address that is about to
 * be accessed as their first argument, and a jump to a bad address was a call through a pointer. The call
 * is the instruction before the return address; its operand is found as any other (symbol/operand.h).
 */
#include "base/alloc.h"
#include "symbol/relocs.h"
#include "verb/inv.h"
#include "verb/inv_debug.h"

enum { ARG_X86 = KD_X86_RDI, ARG_ARM64 = 0 };

/* The call that returns to the address, of the same function. */
static const struct kd_insn *call_before(struct kd_flow *f, uint64_t ret)
{
	for (size_t i = 0; i < f->n; i++)
		if (f->v[i].addr + f->v[i].len == ret &&
		    (f->v[i].cls == KD_INSN_CALL || f->v[i].cls == KD_INSN_CALL_IND))
			return &f->v[i];
	return NULL;
}

static struct kd_view callee(const struct kd_inv_debug *d, const struct kd_insn *in)
{
	struct kd_insn copy = *in;
	struct kd_symbol s;
	struct kd_view other;

	if (kd_insn_relocate(d->k, &copy, &other) && other.n)
		return other; /* the kernel's, for a module */
	if (!in->has_target || !kd_symbol_at(d->k, in->target, &s) || s.addr != in->target)
		return KD_VNULL;
	return s.name;
}

static bool read_flow(const struct kd_inv_debug *d, const struct kd_match *m, struct kd_flow **ret)
{
	kd_auto(kd_error_freep) struct kd_error *err =
		kd_flow_read(d->k, d->arch, m->lookup, d->b->arena, ret);

	return !err;
}

/* --- KASAN -------------------------------------------------------------------------------- */

/* mm/kasan/generic.c, include/linux/kasan-checks.h: (address), (address, size). */
static bool is_check(struct kd_view name)
{
	return kd_view_starts(name, KD_V("__asan_load")) || kd_view_starts(name, KD_V("__asan_store")) ||
	       kd_view_starts(name, KD_V("__asan_report_load")) || kd_view_starts(name, KD_V("__asan_report_store")) ||
	       kd_view_starts(name, KD_V("__kasan_check_")) || kd_view_starts(name, KD_V("kasan_check_")) ||
	       kd_view_starts(name, KD_V("__hwasan_load")) || kd_view_starts(name, KD_V("__hwasan_store"));
}

void kd_inv_checked_access(const struct kd_inv_debug *d, const struct kd_match *m)
{
	const struct kd_report *r = d->b->r;
	struct kd_insn_mem mem = {.base = d->arch == KD_ARCH_ARM64 ? ARG_ARM64 : ARG_X86, .index = KD_NOREG,
				  .read = r->access.has_dir && !r->access.write,
				  .write = r->access.has_dir && r->access.write};
	kd_auto(kd_error_freep) struct kd_error *err = NULL;
	struct kd_operand_query q = {.k = d->k, .types = d->types, .arch = d->arch, .mem = &mem};
	const struct kd_insn *call;
	struct kd_operand o;
	struct kd_statement *s;

	if (!d->types || !read_flow(d, m, &q.flow))
		return;
	call = call_before(q.flow, m->addr);
	if (!call || !is_check(callee(d, call)))
		return;
	if (r->access.has_size && r->access.size <= 8)
		mem.width = (uint16_t)r->access.size;
	q.pc = call->addr;
	err = kd_operand(&q, d->b->arena, &o);
	if (err || !o.n)
		return;
	s = kd_inv_say(d->b, KD_PART_LIKELY, "variable", "%s %.*s%s%.*s%s%.*s",
		       mem.write ? "writes" : mem.read ? "reads" : "accesses", KD_VARG(o.v[0].text),
		       o.v[0].owner.n ? "; " : "", KD_VARG(o.v[0].member), o.v[0].owner.n ? " is in " : "",
		       KD_VARG(o.v[0].owner));
	kd_inv_refuted_by(d->b, s, "the code that ran is not the file's");
	kd_inv_at(d->b, s, kd_inv_header(r));
}

/* --- calls through a pointer -------------------------------------------------------------- */

/* __x86_indirect_thunk_rax (arch/x86/lib/retpoline.S): the register that is called through. */
static unsigned thunk_register(const struct kd_inv_debug *d, const struct kd_insn *in)
{
	struct kd_view name = callee(d, in);

	if (!kd_view_skip(&name, KD_V("__x86_indirect_thunk_")) &&
	    !kd_view_skip(&name, KD_V("__x86_indirect_call_thunk_")))
		return KD_NOREG;
	return kd_dwarf_reg_by_name(d->arch, name);
}

static const struct kd_insn_mem *read_operand(const struct kd_insn *in)
{
	for (size_t i = 0; i < in->nmem; i++)
		if (in->mem[i].read && !in->mem[i].stack)
			return &in->mem[i];
	return NULL;
}

void kd_inv_called_through(const struct kd_inv_debug *d, const struct kd_match *m, int32_t line)
{
	struct kd_operand_query q = {.k = d->k, .types = d->types, .arch = d->arch};
	kd_auto(kd_error_freep) struct kd_error *err = NULL;
	const struct kd_insn *call;
	struct kd_statement *s;
	struct kd_operand o;
	unsigned reg;

	if (!d->types || !read_flow(d, m, &q.flow))
		return;
	call = call_before(q.flow, m->addr);
	if (!call)
		return;
	q.pc = call->addr;
	q.mem = read_operand(call);
	reg = call->cls == KD_INSN_CALL_IND ? call->branch_reg : thunk_register(d, call);
	if (call->cls == KD_INSN_CALL_IND && q.mem)
		err = kd_operand(&q, d->b->arena, &o);
	else if (reg != KD_NOREG)
		err = kd_operand_value(&q, (uint8_t)reg, d->b->arena, &o);
	else
		return;
	if (err || !o.n)
		return;
	s = kd_inv_say(d->b, KD_PART_LIKELY, "variable", "the call went through %.*s, which held the bad address, in %.*s",
		       KD_VARG(o.v[0].text), KD_VARG(m->sym.name));
	kd_inv_refuted_by(d->b, s, "the frame is not the one that called, or the code that ran is not the file's");
	kd_inv_at(d->b, s, line);
	d->b->f->operand_known = true;
}
