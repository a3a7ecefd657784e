// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which system call, with which arguments: the entry function in the trace, and the
 * registers that the program had when it entered the kernel. Only the set that stands
 * behind the crash's own stack counts; a report of several tasks has several.
 *
 * No number is taken from a set that is no system call's: a kernel thread or io worker
 * has a set of zeros or that of the clone() which made it (arch/x86/kernel/process_64.c,
 * kernel/fork.c); an exception or interrupt from user mode leaves orig_ax = -1
 * (arch/x86/entry/entry_64.S).
 */
#include "base/alloc.h"
#include "report/arch.h"
#include "report/engine.h"
#include "report/syscalls.h"

/* The crash's stack and those of what it interrupted: [first, end). */
static bool crash_chain(const struct kd_report *r, size_t *first, size_t *end)
{
	size_t i = 0;

	while (i < r->nstacks && (r->stacks[i].role != KD_STACK_CRASH || !r->stacks[i].nframes))
		i++;
	if (i == r->nstacks)
		return false;
	*first = i++;
	*end = i;
	/* A mark behind the registers (</TASK>) opens a stack that stays empty. */
	for (; i < r->nstacks && (r->stacks[i].role == KD_STACK_INTERRUPTED || !r->stacks[i].nframes); i++)
		if (r->stacks[i].nframes)
			*end = i + 1;
	return true;
}

static const struct kd_reg *reg_of(const struct kd_regset *s, const char *name)
{
	for (size_t i = 0; i < s->nregs; i++)
		if (kd_view_eq(s->regs[i].name, kd_view_of(name)))
			return &s->regs[i];
	return NULL;
}

static bool is_zeroed(const struct kd_regset *s)
{
	const struct kd_reg *sp = reg_of(s, "rsp");

	if (!sp)
		sp = reg_of(s, "esp");
	return sp && !sp->val;
}

static const struct kd_regset *user_set(const struct kd_report *r, size_t end)
{
	for (size_t i = 0; i < r->nregsets; i++) {
		const struct kd_regset *s = &r->regsets[i];

		if (s->user && s->stack_after == end)
			return s->has_orig && !is_zeroed(s) ? s : NULL;
	}
	return NULL;
}

/* What the frames say; false: the stack begins in the kernel, not in a program. */
static bool read_frames(const struct kd_report *r, size_t first, size_t end,
			struct kd_syscall_user *u, struct kd_view *symbol)
{
	bool from_user = true;

	for (size_t i = first; i < end; i++)
		for (size_t k = 0; k < r->stacks[i].nframes; k++) {
			const struct kd_frame *f = &r->stacks[i].frames[k];
			struct kd_syscall_entry e;

			if (!f->reliable)
				continue;
			if (kd_syscall_compat_path(f->func))
				u->compat_path = true;
			if (kd_view_starts(f->func, KD_V("ret_from_fork")))
				from_user = false;
			if (kd_syscall_from_symbol(f->func, &e) && e.entry) {
				u->entry = e;
				u->has_entry = true;
				*symbol = f->func;
			}
		}
	return from_user;
}

static void add_args(struct kd_call *c, const struct kd_regset *set, const struct kd_syscall *s)
{
	if (!set || s->conflict || !s->has_nr)
		return;
	for (size_t i = 0; i < s->nargs && i < KD_CALL_ARGS; i++) {
		const struct kd_reg *x = reg_of(set, s->args[i]);

		c->args[i].reg = s->args[i];
		c->args[i].known = x != NULL;
		c->args[i].val = x ? x->val : 0;
		c->nargs++;
	}
}

static struct kd_view reason(const struct kd_report *r, const struct kd_syscall *s,
			     struct kd_view symbol)
{
	switch ((enum kd_syscall_from)s->from) {
	case KD_SYSFROM_NUMBER:
		return kd_arena_printf(r->arena, "number %llu of the user-entry registers; %s",
				       (unsigned long long)s->nr, s->why);
	case KD_SYSFROM_SYMBOL:
		return kd_arena_printf(r->arena, "entry function %.*s in the trace", KD_VARG(symbol));
	case KD_SYSFROM_BOTH:
		break;
	}
	if (s->conflict)
		return kd_arena_printf(r->arena,
				       "entry function %.*s in the trace; number %llu of the user-entry "
				       "registers is another call's",
				       KD_VARG(symbol), (unsigned long long)s->nr);
	return kd_arena_printf(r->arena,
			       "entry function %.*s in the trace and number %llu of the user-entry "
			       "registers agree",
			       KD_VARG(symbol), (unsigned long long)s->nr);
}

void kd_find_call(struct kd_report *r, uint8_t arch)
{
	struct kd_syscall_user u = {.arch = arch};
	const struct kd_regset *set = NULL;
	struct kd_view symbol = KD_VNULL;
	struct kd_syscall s;
	size_t first, end;

	r->call.line = -1;
	if (!crash_chain(r, &first, &end))
		return;
	if (read_frames(r, first, end, &u, &symbol))
		set = user_set(r, end);
	if (set) {
		u.has_nr = true;
		u.nr = set->orig;
		u.has_cs = set->has_cs;
		u.cs = set->cs;
	}
	if (!kd_syscall_decide(&u, &s) || (!s.name.n && !s.has_nr))
		return;
	r->call = (struct kd_call){
		.known = true,
		.abi = s.abi,
		.from = s.from,
		.has_nr = s.has_nr,
		.nr = s.nr,
		.conflict = s.conflict,
		.why = s.why,
		.line = set ? set->line : -1,
	};
	if (s.name.n)
		r->call.name = kd_arena_view(r->arena, s.name);
	add_args(&r->call, set, &s);
	if (s.name.n)
		r->syscall = r->call.name;
	else
		r->syscall = kd_arena_printf(r->arena, "syscall_%llu", (unsigned long long)s.nr);
	r->syscall_why = reason(r, &s, symbol);
}
