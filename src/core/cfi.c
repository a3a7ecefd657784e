// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/cfi.h"

#include "format/elfcore.h"
#include "symbol/dwarfexpr.h"

/* What functions keep for their callers, by DWARF's numbers; without the stack pointer. */
#define X86_KEPT (1u << KD_RBX | 1u << KD_RBP | 1u << KD_R12 | 1u << KD_R13 | 1u << KD_R14 | 1u << KD_R15)
#define ARM64_KEPT ((uint64_t)0x7ff << 19) /* x19 to x29 */

struct work {
	struct kd_space *s;
	const struct kd_core_regs *regs;
	struct kd_cfi_row row;
	uint16_t machine;
	bool has_cfa;
	uint64_t cfa;
};

/* DWARF's numbers of both machines end before those that are kdoc's own. */
static bool reg_value(void *user, unsigned reg, uint64_t *ret)
{
	const struct work *w = user;
	const unsigned n = w->machine == KD_EM_AARCH64 ? KD_A64_SP : KD_RIP;

	if (reg > n || !kd_core_regs_has(w->regs, reg))
		return false;
	*ret = w->regs->r[reg];
	return true;
}

static bool memory(void *user, uint64_t addr, unsigned size, uint64_t *ret)
{
	const struct work *w = user;

	return kd_space_uint(w->s, addr, size, ret, NULL);
}

/* An expression's value: what is on top of its stack at the end. */
static bool evaluate(struct work *w, struct kd_view expr, bool with_cfa, uint64_t *ret)
{
	const struct kd_dx_env env = {.user = w, .reg = reg_value, .read = memory, .has_first = with_cfa, .first = w->cfa};
	struct kd_dx_place p;

	if (kd_dx_eval(&env, expr, &p) != KD_DX_OK || p.n != 1 || p.v[0].kind != KD_DX_MEM || p.v[0].bits)
		return false;
	*ret = p.v[0].value;
	return true;
}

static void find_cfa(struct work *w)
{
	const struct kd_cfi_rule *r = &w->row.cfa;

	w->has_cfa = r->kind == KD_CFI_VAL_OFFSET ? reg_value(w, r->reg, &w->cfa) :
						    r->kind == KD_CFI_VAL_EXPR && evaluate(w, r->expr, false, &w->cfa);
	if (w->has_cfa && r->kind == KD_CFI_VAL_OFFSET)
		w->cfa += (uint64_t)r->off;
}

/* What the caller had in a register; slot: where it lies in memory, if it does. */
static bool apply(struct work *w, unsigned reg, bool kept, uint64_t *ret, uint64_t *slot)
{
	const struct kd_cfi_rule *r = &w->row.reg[reg];

	*slot = 0;
	switch (r->kind) {
	case KD_CFI_UNSAID:
		return kept && reg_value(w, reg, ret);
	case KD_CFI_SAME:
		return reg_value(w, reg, ret);
	case KD_CFI_REGISTER:
		return reg_value(w, r->reg, ret);
	case KD_CFI_OFFSET:
		*slot = w->cfa + (uint64_t)r->off;
		return w->has_cfa && memory(w, *slot, 8, ret);
	case KD_CFI_VAL_OFFSET:
		*ret = w->cfa + (uint64_t)r->off;
		return w->has_cfa;
	case KD_CFI_EXPR:
		return w->has_cfa && evaluate(w, r->expr, true, slot) && memory(w, *slot, 8, ret);
	case KD_CFI_VAL_EXPR:
		return w->has_cfa && evaluate(w, r->expr, true, ret);
	default:
		return false;
	}
}

static void registers(struct work *w, struct kd_core_regs *ret)
{
	const uint64_t kept = w->machine == KD_EM_AARCH64 ? ARM64_KEPT : X86_KEPT;
	uint64_t value, slot;

	*ret = (struct kd_core_regs){0};
	for (unsigned i = 0; i < KD_A64_SP; i++)
		if (kept >> i & 1 && apply(w, i, true, &value, &slot))
			kd_core_regs_set(ret, i, value);
	if (w->has_cfa)
		kd_core_regs_set(ret, kd_core_sp(w->machine), w->cfa);
}

bool kd_cfi_caller(const struct kd_cfi_source *from, struct kd_space *s, uint64_t pc, const struct kd_core_regs *regs, const uint64_t *cfa,
		   struct kd_cfi_caller *ret)
{
	struct work w = {.s = s, .regs = regs, .machine = kd_space_machine(s)};
	const unsigned bp = w.machine == KD_EM_AARCH64 ? (unsigned)KD_X29 : (unsigned)KD_RBP;
	struct kd_cfi_caller c = {.has_cfa = false};
	struct kd_cfi_fde f;
	uint64_t at;

	if (!from->find(from->user, pc, &f, &at) || f.cie.machine != w.machine || f.cie.ra >= KD_CFI_REGS ||
	    kd_cfi_row_at(&f, at, &w.row) != KD_CFI_OK)
		return false;
	find_cfa(&w);
	if (cfa && w.has_cfa && w.cfa != *cfa)
		return false;
	if (cfa) {
		w.has_cfa = true;
		w.cfa = *cfa;
	}
	c.exact = f.cie.signal;
	c.has_cfa = w.has_cfa;
	c.cfa = w.cfa;
	c.outermost = w.row.reg[f.cie.ra].kind == KD_CFI_UNDEFINED;
	c.has_ra = apply(&w, (unsigned)f.cie.ra, w.machine == KD_EM_AARCH64, &c.ra, &c.ra_slot);
	c.has_bp_slot = w.row.reg[bp].kind == KD_CFI_OFFSET;
	c.bp_off = w.row.reg[bp].off;
	registers(&w, &c.regs);
	*ret = c;
	return true;
}
