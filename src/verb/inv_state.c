/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Registers whose value says something, stacks in one line each, the user entry.
 * Register classes are readings of a value, never facts about memory (trap 8); sampled
 * and user sets are labelled (traps 1, 23).
 */
#include "base/alloc.h"
#include "report/generic.h"
#include "report/regval.h"
#include "report/syscalls.h"
#include "verb/inv.h"

#define STACK_FRAMES 24 /* shown in one line */

static bool skip_register(struct kd_view name)
{
	static const char *const skip[] = {"rip", "eip",    "pc",   "rflags", "eflags", "cs",
					   "ss",  "ds",	    "es",   "fs",     "gs",	"cr0",
					   "cr3", "cr4",    "dr0",  "dr1",    "dr2",	"dr3",
					   "dr6", "dr7",    "fsbase", "gsbase", "knlgs", "pstate",
					   "cr2", "pkru",   "orig_rax", "orig_eax", "fs_base",
					   /* state of the exception, not operands */
					   "badv", "badva", "badaddr", "cause", "prmd", "euen", "dar",
					   "dsisr", "irqmask", "dac", "status", "msr", "xer", "ccr", "cr"};

	for (size_t i = 0; i < KD_ARRAY_LEN(skip); i++)
		if (kd_view_eq(name, kd_view_of(skip[i])))
			return true;
	return false;
}

/* Classes that tell something in a dump of a fault. */
static bool speaks(const struct kd_report *r, const struct kd_reg *x)
{
	switch (x->cls) {
	case KD_VAL_POISON:
	case KD_VAL_ERRPTR:
	case KD_VAL_ASCII:
		return true;
	case KD_VAL_NONCANON:
	case KD_VAL_KASAN_SHADOW:
	case KD_VAL_NULL:
	case KD_VAL_SMALL:
	case KD_VAL_USER:
		/* Plenty in any dump: only where the address of the fault is near. */
		return r->access.has_addr && r->kind && r->kind->pcclass == KD_PCC_FAULTING &&
		       r->access.addr >= x->val && r->access.addr - x->val < 4096;
	default:
		return r->access.has_addr && r->kind && r->kind->pcclass == KD_PCC_FAULTING &&
		       r->access.addr >= x->val && r->access.addr - x->val < 4096 &&
		       r->access.addr > 4096;
	}
}

static void add_registers(struct kd_inv_build *b, const struct kd_regset *set)
{
	for (size_t i = 0; i < set->nregs; i++) {
		const struct kd_reg *x = &set->regs[i];
		struct kd_inv_reg *o;

		if (skip_register(x->name) || !speaks(b->r, x))
			continue;
		o = kd_avec_push(b->arena, &b->regs, KD_INV_REGS);
		if (!o) {
			b->f->limited = true;
			return;
		}
		o->set = kd_regset_words(set->label);
		o->name = x->name;
		o->val = x->val;
		o->cls = kd_valclass_words(x->cls);
		o->note = x->note && strcmp(x->note, o->cls) != 0 ? kd_view_of(x->note) : KD_VNULL;
		o->ev = kd_inv_evidence(b, x->line, x->line);
	}
}

static void add_frame(struct kd_buf *t, const struct kd_frame *f, bool first)
{
	if (!first)
		kd_buf_add(t, KD_V(" < "));
	if (!f->reliable && !f->inlined)
		kd_buf_add(t, KD_V("? "));
	if (f->inlined)
		kd_buf_addc(t, '[');
	if (f->func.n)
		kd_buf_printf(t, "%.*s%s", KD_VARG(kd_view_head(f->func, 100)),
			      f->at_start ? "+0x0" : "");
	else if (f->has_addr)
		kd_buf_printf(t, "%#llx", (unsigned long long)f->addr);
	else
		kd_buf_add(t, KD_V("(no symbol)"));
	if (f->inlined)
		kd_buf_addc(t, ']');
	if (f->file.n)
		kd_buf_printf(t, " %.*s:%u", KD_VARG(kd_view_head(f->file, 120)), f->fline);
}

/* x86 prints the function of RIP above the trace, not in it. */
static bool top_missing(const struct kd_report *r, const struct kd_stack *s, size_t first)
{
	const struct kd_regset *set = kd_inv_regset(r, KD_REGS_FAULT);

	if (s->role != KD_STACK_CRASH || s != kd_inv_stack_of(r, KD_STACK_CRASH) || !set ||
	    set->user || !set->has_ip || !r->has_where || !r->where.func.n ||
	    !kd_view_eq(set->ip.func, r->where.func))
		return false;
	for (size_t i = first; i < s->nframes && i < first + 4; i++)
		if (kd_view_eq(s->frames[i].func, r->where.func))
			return false;
	return true;
}

/*
 * How many frames at the beginning only print the report: they end with the last printer before the first
 * other function. Only printers: 0, then they are all there is.
 */
static size_t printers(const struct kd_stack *s, bool reliable)
{
	size_t n = 0;

	for (size_t i = 0; i < s->nframes; i++) {
		if (reliable && !s->frames[i].reliable && !s->frames[i].inlined)
			continue;
		if (!kd_frame_is_reporter(&s->frames[i]))
			return n;
		n = i + 1;
	}
	return 0;
}

/* Reliable frames; without any, all of them, marked. */
static void stack_text(const struct kd_report *r, const struct kd_stack *s, struct kd_buf *t)
{
	size_t shown = 0, guesses = 0, more = 0, left = 0, first;
	bool reliable = false;

	for (size_t i = 0; i < s->nframes; i++)
		reliable |= s->frames[i].reliable || s->frames[i].inlined;
	first = printers(s, reliable);
	if (top_missing(r, s, first))
		add_frame(t, &r->where, !shown++);
	for (size_t i = 0; i < s->nframes; i++) {
		const struct kd_frame *f = &s->frames[i];

		if (reliable && !f->reliable && !f->inlined)
			guesses++;
		else if (i < first)
			left++;
		else if (shown == STACK_FRAMES)
			more++;
		else
			add_frame(t, f, !shown++);
	}
	if (more)
		kd_buf_printf(t, " < %zu more", more);
	if (s->stale)
		kd_buf_printf(t, " (stale)");
	if (guesses)
		kd_buf_printf(t, " (%zu '?' entr%s left out)", guesses, guesses == 1 ? "y" : "ies");
	if (left)
		kd_buf_printf(t, " (%zu frame%s that print%s the report left out)", left, left == 1 ? "" : "s",
			      left == 1 ? "s" : "");
}

static void add_stack(struct kd_inv_build *b, const struct kd_stack *s)
{
	kd_auto(kd_buf_deinit) struct kd_buf t = KD_BUF_INIT(8192);
	struct kd_inv_stack *o = kd_avec_push(b->arena, &b->stacks, KD_INV_STACKS);

	if (!o) {
		b->f->limited = true;
		return;
	}
	stack_text(b->r, s, &t);
	o->role = kd_stack_role_words(s->role);
	if (s->role == KD_STACK_OTHER && !kd_inv_is(b->r, "kcsan"))
		o->role = "other";
	o->ctx = kd_ctx_words(s->ctx);
	o->name = s->name;
	o->text = kd_arena_view(b->arena, kd_buf_view(&t));
	o->nframes = (uint32_t)s->nframes;
	o->cut = s->cut;
	o->ev = kd_inv_evidence(b, s->line, s->nframes ? s->frames[s->nframes - 1].line : s->line);
}

/*
 * The registers at the kernel entry are the caller's arguments as it passed them (trap
 * 23): the only register set that may be read that way.
 */
static void user_entry(struct kd_inv_build *b)
{
	const struct kd_call *c = &b->r->call;
	kd_auto(kd_buf_deinit) struct kd_buf t = KD_BUF_INIT(512);
	struct kd_statement *s;
	bool any = false;

	if (!c->known || c->line < 0)
		return;
	for (size_t i = 0; i < c->nargs; i++)
		any |= c->args[i].known;
	kd_buf_printf(&t, "%.*s", KD_VARG(kd_view_head(b->r->syscall, 64)));
	for (size_t i = 0; i < c->nargs && any; i++) {
		kd_buf_printf(&t, "%s%s=", i ? ", " : "(", c->args[i].reg);
		if (c->args[i].known)
			kd_buf_printf(&t, "%#llx", (unsigned long long)c->args[i].val);
		else
			kd_buf_printf(&t, "?");
	}
	kd_buf_printf(&t, "%s", c->nargs && any ? ")" : "()");
	s = kd_inv_say(b, KD_PART_PROVEN, "user entry", "%.*s: number %llu, %s ABI; %s%s",
		       KD_VARG(kd_buf_view(&t)), (unsigned long long)c->nr, kd_sysabi_name(c->abi),
		       c->conflict ? "the trace shows another call than the number, so no arguments are "
				     "read"
		       : !any ? "the log has no registers of it"
				   : "the registers as the program passed them, of which the call uses "
				     "the first ones",
		       kd_view_starts(b->r->syscall, KD_V("execve")) ||
				       kd_view_has(b->r->syscall, KD_V("sigreturn"))
			       ? "; this call replaces them while it runs"
			       : "");
	kd_inv_at(b, s, c->line);
	if (c->nargs)
		for (size_t i = 0; i < b->r->nregsets; i++)
			if (b->r->regsets[i].line == c->line && b->r->regsets[i].nregs)
				kd_inv_at(b, s, b->r->regsets[i].regs[0].line);
}

void kd_inv_state(struct kd_inv_build *b)
{
	const struct kd_report *r = b->r;

	user_entry(b);
	for (size_t i = 0; i < r->nregsets; i++)
		if (r->regsets[i].label == KD_REGS_FAULT && r->kind &&
		    r->kind->pcclass != KD_PCC_SAMPLED)
			add_registers(b, &r->regsets[i]);
	for (size_t i = 0; i < r->nstacks; i++)
		if (r->stacks[i].nframes && r->stacks[i].role == KD_STACK_CRASH)
			add_stack(b, &r->stacks[i]);
	for (size_t i = 0; i < r->nstacks; i++)
		if (r->stacks[i].nframes && r->stacks[i].role != KD_STACK_CRASH)
			add_stack(b, &r->stacks[i]);
}
