// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The call frame information of debug info as a way from frame to frame. It describes compiled code; the kernel's entries, which
 * are assembly, and changes of the stack in the middle of a function have none, or a wrong one: what it leads to has to
 * lie above on the stack and to be an address behind a call.
 */
#include <string.h>

#include "core/unwind_internal.h"
#include "format/elfcore.h"

enum { FAR = 256 << 10 };

static bool caller_at(struct unwind_walk *w, const uint64_t *cfa, struct kd_cfi_caller *ret)
{
	const uint16_t machine = w->u->ops->machine;
	struct kd_core_regs r = w->now;

	if (!w->u->cfi.find)
		return false;
	if (machine == KD_EM_X86_64) { /* there the walk always knows it */
		kd_core_regs_set(&r, KD_RSP, w->sp);
		kd_core_regs_set(&r, KD_RIP, w->ip);
	}
	if (w->bp_known)
		kd_core_regs_set(&r, machine == KD_EM_X86_64 ? (unsigned)KD_RBP : (unsigned)KD_X29, w->bp);
	return kd_cfi_caller(&w->u->cfi, w->u->s, w->exact ? w->ip : w->ip - 1, &r, cfa, ret);
}

bool kd_unwind_cfi(struct unwind_walk *w, const uint64_t *cfa, struct kd_cfi_caller *ret)
{
	struct kd_core_frame *f = &w->st->v[w->st->n - 1];

	f->has_cfa = false;
	if (!caller_at(w, cfa, ret))
		return false;
	f->has_cfa = ret->has_cfa;
	f->cfa = ret->cfa;
	return true;
}

/*
 * Is it where a call returns to? Code of the kernel's start, which is thrown away once it has run, cannot be asked; x86's first
 * function of a CPU is not called, but returned to.
 */
static bool is_return(struct unwind_walk *w, uint64_t ra)
{
	struct kd_ksym sym;
	uint64_t byte;

	if (kd_kernel_is_init(w->u->k, ra - 1) || (kd_unwind_symbol(w->u, ra - 1, &sym) && !strncmp(sym.name, "secondary_startup", 17)))
		return true;
	return kd_unwind_behind_call(w->u, ra) || (kd_kernel_is_text(w->u->k, ra - 1) && !kd_space_uint(w->u->s, ra - 1, 1, &byte, NULL));
}

bool kd_unwind_take_cfi(struct unwind_walk *w, const struct kd_cfi_caller *c)
{
	const bool x86 = w->u->ops->machine == KD_EM_X86_64;
	const unsigned sp_reg = kd_core_sp(w->u->ops->machine), bp_reg = x86 ? (unsigned)KD_RBP : (unsigned)KD_X29;
	const uint64_t ra = c->ra >> 55 & 1 ? c->ra | w->u->pac : c->ra;
	const bool has_sp = x86 || kd_core_regs_has(&w->now, sp_reg);
	const uint64_t sp = x86 ? w->sp : w->now.r[sp_reg];

	if (!c->has_cfa || !c->has_ra || !has_sp || c->cfa < sp + (x86 ? 8 : 0) || c->cfa - sp > FAR || c->cfa % 8)
		return false;
	if (c->exact ? !kd_unwinder_is_text(w->u, ra) : !is_return(w, ra))
		return false;
	w->now = c->regs;
	kd_unwind_take_call(w, ra, c->cfa);
	w->exact = c->exact;
	w->bp_known = kd_core_regs_has(&c->regs, bp_reg);
	w->bp = w->bp_known ? c->regs.r[bp_reg] : 0;
	w->st->why[0] = 0;
	return kd_unwind_push(w, KD_FRAME_CFI, c->ra_slot);
}
