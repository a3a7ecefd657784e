// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/framelayout.h"

#include <string.h>

#include "core/code.h"
#include "core/pushes.h"
#include "format/elfcore.h"

enum { IRET = KD_X86_PT_REGS - KD_X86_PT_IRET };

const char *kd_slot_kind_name(enum kd_slot_kind k)
{
	static const char *const names[KD_SLOT_NKINDS] = {
		[KD_SLOT_UNKNOWN] = "unknown",	       [KD_SLOT_RETURN] = "return_address", [KD_SLOT_SAVED] = "saved_register",
		[KD_SLOT_TRAP] = "exception_register", [KD_SLOT_VARIABLE] = "variable",
		[KD_SLOT_CANARY] = "stack_canary",
	};

	return names[k];
}

/* Where frame i ends: behind its return address, or behind the registers that an exception saved. */
static bool end_of(const struct kd_core_stack *st, size_t i, uint64_t *ret)
{
	const struct kd_core_frame *f = &st->v[i], *next = f + 1;

	if (i + 1 >= st->n || !next->slot)
		return false;
	*ret = next->how == KD_FRAME_TRAP ? next->slot + 8 * IRET : next->slot + 8;
	return *ret > f->sp;
}

size_t kd_frame_of(const struct kd_core_stack *st, uint64_t addr)
{
	uint64_t end;

	for (size_t i = 0; i < st->n; i++)
		if (addr >= st->v[i].sp && end_of(st, i, &end) && addr < end)
			return i;
	return st->n;
}

static struct kd_slot *slot_at(const struct kd_frame_layout *l, uint64_t addr)
{
	return l->n && addr >= l->v[0].addr && (addr - l->v[0].addr) / 8 < l->n ? &l->v[(addr - l->v[0].addr) / 8] : NULL;
}

static void mark(const struct kd_frame_layout *l, uint64_t addr, enum kd_slot_kind kind, unsigned reg)
{
	struct kd_slot *s = slot_at(l, addr);

	if (!s)
		return;
	s->kind = (uint8_t)kind;
	s->reg = (uint8_t)reg;
}

static void variables(const struct kd_frame_layout *l, const struct kd_locals *locals)
{
	for (size_t i = locals->n; i--;) { /* the innermost scope's last: they win */
		const struct kd_local *v = &locals->v[i];

		if (v->state != KD_LOCAL_READ || !v->addr)
			continue;
		for (uint64_t at = v->addr & ~(uint64_t)7; at < v->addr + v->bytes.n; at += 8) {
			struct kd_slot *s = slot_at(l, at);

			if (!s)
				break;
			s->kind = KD_SLOT_VARIABLE;
			s->var = v;
			s->off = at > v->addr ? at - v->addr : 0;
		}
	}
}

static void registers(const struct kd_frame_layout *l, const struct kd_orctable *t, const struct kd_core_frame *f, uint64_t cfa)
{
	const uint64_t at = f->exact ? f->pc : f->pc - 1;
	struct kd_pushes p;
	struct kd_ksym sym;

	if (!kd_code_symbol(t->k, t->mods, at, &sym) || !kd_pushes_at(t, &sym, at, &p))
		return;
	for (unsigned reg = 0; reg < KD_PUSHES_NREGS; reg++)
		if (p.state[reg] == KD_PUSH_SAVED)
			mark(l, cfa - p.below[reg], KD_SLOT_SAVED, reg);
}

/* All of struct pt_regs, or what the CPU itself saved: as much as the unwinder took. */
static void exception(const struct kd_frame_layout *l, const struct kd_core_frame *next)
{
	const bool partial = next->regs && !kd_core_regs_has(next->regs, KD_RAX);
	const unsigned first = partial ? KD_X86_PT_IRET : 0;

	for (unsigned i = first; i < KD_X86_PT_REGS; i++)
		mark(l, next->slot - 8 * (uint64_t)KD_X86_PT_IRET + 8 * i, KD_SLOT_TRAP, kd_x86_pt_regs[i]);
}

static struct kd_error *read_slots(struct kd_space *s, uint64_t from, uint64_t end, struct kd_arena *arena, struct kd_frame_layout *l)
{
	size_t n = (size_t)((end - from) / 8);

	l->cut = n > KD_LAYOUT_SLOTS;
	n = l->cut ? KD_LAYOUT_SLOTS : n;
	l->v = kd_arena_array(arena, n, struct kd_slot);
	if (n && !l->v)
		return kd_error_new(KD_LIMIT, "no room for the words of a frame");
	for (size_t i = 0; i < n; i++) {
		l->v[i].addr = from + 8 * i;
		l->v[i].readable = kd_space_uint(s, l->v[i].addr, 8, &l->v[i].value, NULL);
	}
	l->n = n;
	return NULL;
}

struct kd_error *kd_frame_layout(const struct kd_orctable *t, const struct kd_core_stack *st, size_t i, const struct kd_locals *locals,
				 uint64_t canary, struct kd_arena *arena, struct kd_frame_layout *ret)
{
	const struct kd_core_frame *f = &st->v[i], *next = f + 1;
	struct kd_frame_layout l = {0};
	struct kd_error *err;
	uint64_t end;

	*ret = l;
	if (kd_space_machine(kd_kernel_space(t->k)) != KD_EM_X86_64 || !end_of(st, i, &end))
		return NULL;
	err = read_slots(kd_kernel_space(t->k), f->sp & ~(uint64_t)7, end, arena, &l);
	if (err)
		return err;
	l.guessed = f->guessed || next->guessed;
	for (size_t k = 0; canary && k < l.n; k++)
		if (l.v[k].readable && l.v[k].value == canary)
			l.v[k].kind = KD_SLOT_CANARY;
	if (locals)
		variables(&l, locals);
	if (next->how == KD_FRAME_ORC && !l.guessed)
		registers(&l, t, f, end);
	if (next->how == KD_FRAME_TRAP)
		exception(&l, next);
	else
		mark(&l, next->slot, KD_SLOT_RETURN, 0);
	*ret = l;
	return NULL;
}
