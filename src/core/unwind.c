// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/unwind.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "core/unwind_internal.h"
#include "format/elfcore.h"

static const struct unwind_ops *const machines[] = {&kd_unwind_x86, &kd_unwind_arm64};

struct kd_error *kd_unwinder_new(struct kd_kernel *k, const struct kd_modules *mods, struct kd_unwinder **ret)
{
	kd_auto(kd_unwinder_freep) struct kd_unwinder *u = kd_xcalloc(1, sizeof(*u));
	struct kd_error *err;

	u->k = k;
	u->s = kd_kernel_space(k);
	u->mods = mods;
	for (size_t i = 0; i < KD_ARRAY_LEN(machines); i++)
		if (machines[i]->machine == kd_space_machine(u->s))
			u->ops = machines[i];
	if (!u->ops)
		return kd_error_new(KD_UNSUPPORTED, "stacks of this architecture are not unwound yet: those of x86_64 and arm64 are");
	err = u->ops->open ? u->ops->open(u) : NULL;
	if (err)
		return err;
	*ret = kd_take(u);
	return NULL;
}

void kd_unwinder_free(struct kd_unwinder *u)
{
	kd_free(u);
}

void kd_unwinder_freep(struct kd_unwinder **u)
{
	kd_unwinder_free(*u);
	*u = NULL;
}

const char *kd_unwinder_layout(const struct kd_unwinder *u)
{
	return u->ops->machine == KD_EM_X86_64 ? kd_orc_layout_name(u->orc.layout) : NULL;
}

const char *kd_unwinder_no_table(const struct kd_unwinder *u)
{
	return u->no_table[0] ? u->no_table : NULL;
}

void kd_unwinder_keep_regs(struct kd_unwinder *u, bool keep)
{
	u->keep_regs = keep;
}

void kd_unwinder_cfi(struct kd_unwinder *u, const struct kd_cfi_source *from)
{
	u->cfi = *from;
}

void kd_unwinder_cfi_first(struct kd_unwinder *u, bool first)
{
	u->cfi_first = first;
}

bool kd_unwinder_is_text(const struct kd_unwinder *u, uint64_t addr)
{
	const struct kd_core_module *m;

	if (kd_kernel_is_text(u->k, addr))
		return true;
	m = kd_modules_at(u->mods, addr);
	return m && kd_module_is_text(m, addr);
}

bool kd_unwind_symbol(const struct kd_unwinder *u, uint64_t addr, struct kd_ksym *ret)
{
	const struct kd_core_module *m;

	if (kd_kernel_is_text(u->k, addr))
		return kd_ksyms_at(kd_kernel_symbols(u->k), addr, ret);
	m = kd_modules_at(u->mods, addr);
	return m && kd_module_symbol(u->k, m, addr, ret);
}

bool kd_unwind_behind_call(struct kd_unwinder *u, uint64_t addr)
{
	return kd_unwinder_is_text(u, addr - 1) && u->ops->behind_call(u, addr);
}

uint64_t kd_unwinder_callee(struct kd_unwinder *u, uint64_t return_address)
{
	return kd_unwinder_is_text(u, return_address - 1) ? u->ops->callee(u, return_address) : 0;
}

void kd_unwind_broken(struct unwind_walk *w, const char *what, uint64_t addr)
{
	w->st->end = KD_STACK_BROKEN;
	snprintf(w->st->why, sizeof(w->st->why), "%s 0x%" PRIx64, what, addr);
}

bool kd_unwind_word(struct unwind_walk *w, uint64_t addr, uint64_t *ret)
{
	struct kd_space_miss miss;

	if (kd_space_uint(w->u->s, addr, 8, ret, &miss))
		return true;
	w->st->end = KD_STACK_BROKEN;
	snprintf(w->st->why, sizeof(w->st->why), "the stack at 0x%" PRIx64 " cannot be read: %s", addr, kd_space_why(&miss));
	return false;
}

/* --- frames ------------------------------------------------------------------------------------------ */

/* What is known of registers here, for whoever wants it. Where a call left, the sp of arm64 is not known. */
static const struct kd_core_regs *registers_here(struct unwind_walk *w)
{
	const uint16_t machine = w->u->ops->machine;
	struct kd_core_regs *r = w->u->keep_regs ? kd_arena_new(w->arena, struct kd_core_regs) : NULL;

	if (!r) {
		w->no_room |= w->u->keep_regs;
		return NULL;
	}
	*r = w->now;
	kd_core_regs_set(r, kd_core_pc(machine), w->ip);
	if (machine == KD_EM_X86_64)
		kd_core_regs_set(r, KD_RSP, w->sp);
	if (w->bp_known)
		kd_core_regs_set(r, machine == KD_EM_X86_64 ? (unsigned)KD_RBP : (unsigned)KD_X29, w->bp);
	return r;
}

bool kd_unwind_push(struct unwind_walk *w, enum kd_frame_how how, uint64_t slot)
{
	struct kd_core_stack *st = w->st;

	if (st->n == KD_STACK_FRAMES) {
		st->end = KD_STACK_LIMIT;
		snprintf(st->why, sizeof(st->why), "more than %d frames", KD_STACK_FRAMES);
		return false;
	}
	for (size_t i = 0; i < st->n; i++)
		if (st->v[i].sp == w->sp && st->v[i].pc == w->ip) {
			kd_unwind_broken(w, "it runs in a circle at", w->ip);
			return false;
		}
	st->v[st->n++] = (struct kd_core_frame){.pc = w->ip, .sp = w->sp, .slot = slot, .how = how, .exact = w->exact,
						.guessed = w->guessing, .regs = w->regs, .at = registers_here(w)};
	return true;
}

void kd_unwind_take_call(struct unwind_walk *w, uint64_t ip, uint64_t sp)
{
	w->ip = ip;
	w->sp = sp;
	w->exact = false;
	w->regs = w->full = NULL;
}

void kd_unwind_guess_call(struct unwind_walk *w, uint64_t ip, uint64_t sp)
{
	kd_unwind_take_call(w, ip, sp);
	w->now.known = 0;
	w->bp_known = false;
	w->guessing = true;
}

/* What on the rest of the stack looks like return addresses. */
static void scan(struct unwind_walk *w)
{
	const uint64_t last = w->st->n ? w->st->v[w->st->n - 1].slot : 0, start = last >= w->sp ? last + 8 : w->sp;
	uint64_t end = (w->sp | (STACK_SCAN_MAX - 1)) + 1, ip;
	const enum kd_stack_end why = w->st->end;
	size_t found = 0;

	if (w->from->stack_end > w->sp && w->from->stack_end - w->sp <= 4 * STACK_SCAN_MAX)
		end = w->from->stack_end;
	for (uint64_t slot = start & ~(uint64_t)7; slot < end && kd_space_uint(w->u->s, slot, 8, &ip, NULL); slot += 8) {
		if (ip >> 55 & 1)
			ip |= w->u->pac;
		if (!kd_unwind_behind_call(w->u, ip))
			continue;
		if (found++ == KD_STACK_GUESSES) {
			w->st->more_guesses = true;
			break;
		}
		kd_unwind_guess_call(w, ip, slot + 8);
		if (!kd_unwind_push(w, KD_FRAME_SCAN, slot))
			break;
	}
	w->st->end = why;
}

/* An orderly end proves what was found on the way from a guess to it. */
static void settle(struct kd_core_stack *st)
{
	if (st->end != KD_STACK_USER && st->end != KD_STACK_OUTERMOST)
		return;
	for (size_t i = 0; i < st->n; i++)
		if (st->v[i].how == KD_FRAME_ORC || st->v[i].how == KD_FRAME_TRAP || st->v[i].how == KD_FRAME_RECORD ||
		    st->v[i].how == KD_FRAME_CFI)
			st->v[i].guessed = false;
}

static void run(struct unwind_walk *w)
{
	bool go = kd_unwind_push(w, KD_FRAME_START, 0);

	while (go)
		go = w->u->ops->step(w);
	if (w->st->end == KD_STACK_BROKEN)
		scan(w);
	settle(w->st);
}

/* A task that has not run yet: fork() put its first address there, no call did, and what stands before it is another function. */
static bool not_begun(const struct kd_unwinder *u, uint64_t ip)
{
	struct kd_ksym sym;

	return kd_unwind_symbol(u, ip, &sym) && sym.addr == ip && !strncmp(sym.name, "ret_from_fork", 13);
}

struct kd_error *kd_unwind(struct kd_unwinder *u, const struct kd_unwind_from *from, struct kd_arena *arena, struct kd_core_stack *ret)
{
	const uint16_t machine = u->ops->machine;
	const struct kd_core_regs *start = from->regs;
	struct kd_core_stack st = {.v = u->room, .end = KD_STACK_BROKEN};
	struct unwind_walk w = {.u = u, .arena = arena, .st = &st, .from = from, .exact = from->exact};

	if (kd_core_regs_user(machine, start)) {
		st.end = KD_STACK_USER;
		st.user = start;
	} else {
		const unsigned bp = machine == KD_EM_X86_64 ? (unsigned)KD_RBP : (unsigned)KD_X29;

		w.ip = start->r[kd_core_pc(machine)];
		w.sp = start->r[kd_core_sp(machine)];
		w.exact = from->exact || (machine == KD_EM_X86_64 && not_begun(u, w.ip));
		w.bp = start->r[bp];
		w.bp_known = kd_core_regs_has(start, bp);
		w.now = *start;
		w.regs = w.full = kd_core_regs_has(start, 0) ? start : NULL;
		run(&w);
	}
	st.v = kd_arena_array(arena, st.n, struct kd_core_frame);
	if (w.no_room || (st.n && !st.v))
		return kd_error_new(KD_LIMIT, "no room for another stack");
	if (st.n)
		memcpy(st.v, u->room, st.n * sizeof(*st.v));
	*ret = st;
	return NULL;
}
