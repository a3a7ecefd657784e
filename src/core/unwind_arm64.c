// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * arm64: frame records {x29 of the caller, return address}, which x29 leads to (AAPCS64, 6.4.6); every function of the
 * kernel that calls others makes one. The last of a stack is in struct pt_regs of the entry from user space, and empty;
 * so are, since 6.13, those of exceptions, with a word behind them that says which they are (struct frame_record_meta).
 * Before, an exception's record was of x29 and the address of the instruction. Source: arch/arm64/kernel/entry.S,
 * stacktrace.c of the kernel; struct user_pt_regs and the modes of pstate: uapi/asm/ptrace.h.
 *
 * A record is believed if it is on a stack of this task or CPU, above the one before, and if what is in it is an address
 * behind a call. What had not made its record yet when an exception came in, or never does (a function that calls none), has
 * its caller in x30.
 */
#include <string.h>

#include "core/armsaves.h"
#include "core/unwind_internal.h"
#include "format/elfcore.h"

enum { PT_WORDS = 34 /* x0 to x30, sp, pc, pstate */, PT_ORIG = 8 * 34, OVERFLOW = 4096, META_FINAL = 1, META_REGS = 2, FAR = 64 << 10 };

static struct kd_error *open_arm64(struct kd_unwinder *u)
{
	const struct kd_vmcoreinfo *v = kd_space_vmcoreinfo(u->s);
	struct kd_field f;
	int64_t n;

	if (kd_vmcoreinfo_number(v, "NUMBER", "KERNELPACMASK", &n))
		u->pac = (uint64_t)n;
	else if (kd_vmcoreinfo_number(v, "NUMBER", "VA_BITS", &n) && n >= 36 && n <= 52)
		u->pac = ~(uint64_t)0 << n; /* what is above is all ones in the kernel's addresses */
	if (kd_kernel_field(u->k, "pt_regs", "stackframe", &f))
		u->stackframe = f.off;
	return NULL;
}

static uint64_t strip(const struct kd_unwinder *u, uint64_t addr)
{
	return addr >> 55 & 1 ? addr | u->pac : addr;
}

/* bl, blr and its kinds with a signature (Arm ARM C4.1.94). */
static bool behind_call(struct kd_unwinder *u, uint64_t addr)
{
	uint64_t insn;

	return addr % 4 == 0 && kd_space_uint(u->s, addr - 4, 4, &insn, NULL) &&
	       (insn >> 26 == 0x25 || (insn & 0xfefff800) == 0xd63f0000);
}

/* bl: 26 bits of words, signed. */
static uint64_t callee(struct kd_unwinder *u, uint64_t addr)
{
	uint64_t insn;

	if (addr % 4 || !kd_space_uint(u->s, addr - 4, 4, &insn, NULL) || insn >> 26 != 0x25)
		return 0;
	return addr - 4 + 4 * (((insn & 0x3ffffff) ^ 0x2000000) - 0x2000000);
}

/* --- stacks ------------------------------------------------------------------------------------------ */

static void add_piece(struct unwind_walk *w, uint64_t lo, uint64_t hi)
{
	if (w->npieces == STACK_PIECES || !lo || hi <= lo)
		return;
	w->piece[w->npieces].lo = lo;
	w->piece[w->npieces++].hi = hi;
}

/* The task's stack, and those that its CPU changes to: for interrupts, overflows, firmware's events. */
static void find_pieces(struct unwind_walk *w)
{
	static const char *const pointers[] = {"irq_stack_ptr", "sdei_stack_normal_ptr", "sdei_stack_critical_ptr"};
	const struct kd_unwind_from *f = w->from;
	uint64_t at, stack, size;

	add_piece(w, f->stack, f->stack_end);
	w->known_pieces = w->npieces > 0 && !(f->on_cpu && kd_kernel_functions_only(w->u->k));
	if (!f->on_cpu || !kd_kernel_stack_size(w->u->k, &size))
		return;
	for (size_t i = 0; i < sizeof(pointers) / sizeof(*pointers); i++)
		if (kd_kernel_percpu(w->u->k, pointers[i], f->cpu, &at) && kd_space_uint(w->u->s, at, 8, &stack, NULL))
			add_piece(w, stack, stack + size);
	if (kd_kernel_percpu(w->u->k, "overflow_stack", f->cpu, &at))
		add_piece(w, at, at + OVERFLOW);
}

/* Is there room for a record at addr on a stack, above what was there before? A stack that was left is not come back to. */
static bool on_stack(struct unwind_walk *w, uint64_t addr)
{
	if (addr % 8)
		return false;
	if (!w->known_pieces) /* what is read there has to prove it */
		return true;
	for (size_t i = 0; i < w->npieces; i++) {
		if (addr < w->piece[i].lo || addr >= w->piece[i].hi || w->piece[i].hi - addr < 16)
			continue;
		if (w->on < w->npieces && w->on != i)
			w->piece[w->on].lo = w->piece[w->on].hi;
		w->on = i;
		w->piece[i].lo = addr + 8;
		return true;
	}
	return false;
}

/* --- exceptions -------------------------------------------------------------------------------------- */

/* struct pt_regs at addr. NULL: it cannot be read, or there is no room. */
static struct kd_core_regs *read_regs(struct unwind_walk *w, uint64_t addr)
{
	struct kd_core_regs *r = kd_arena_new(w->arena, struct kd_core_regs);
	uint64_t raw[PT_WORDS + 1];

	if (!r) {
		w->no_room = true;
		return NULL;
	}
	*r = (struct kd_core_regs){0};
	for (unsigned i = 0; i <= PT_WORDS; i++) {
		if (!kd_space_uint(w->u->s, addr + 8 * i, 8, &raw[i], NULL))
			return NULL;
		kd_core_regs_set(r, i < KD_A64_PC ? i : i == PT_WORDS ? (unsigned)KD_REG_ORIG : i == KD_A64_PC ? (unsigned)KD_A64_PC : (unsigned)KD_REG_FLAGS, raw[i]);
	}
	return r;
}

/* Does the kernel run in this mode: EL1t, EL1h, or EL2 of a host of virtual machines? */
static bool kernel_mode(uint64_t pstate)
{
	const uint64_t mode = pstate & 0x1f;

	return mode == 4 || mode == 5 || mode == 8 || mode == 9;
}

static bool take_regs(struct unwind_walk *w, const struct kd_core_regs *r, uint64_t at)
{
	w->ip = strip(w->u, r->r[KD_A64_PC]);
	w->sp = r->r[KD_A64_SP];
	w->bp = r->r[KD_X29];
	w->bp_known = true;
	w->regs = w->full = r;
	w->now = *r;
	w->exact = true;
	return kd_unwind_push(w, KD_FRAME_TRAP, at + 8 * KD_A64_PC);
}

/* The empty record: of the entry from user space, the outermost frame of a thread; since 6.13 of an exception, too. */
static bool empty_record(struct unwind_walk *w, uint64_t at)
{
	struct kd_core_regs *r = w->u->stackframe ? read_regs(w, at - w->u->stackframe) : NULL;
	uint64_t type, size;

	w->st->end = KD_STACK_OUTERMOST;
	if (!r)
		return false;
	if (kd_kernel_sizeof(w->u->k, "frame_record_meta", &size) && kd_space_uint(w->u->s, at + 16, 8, &type, NULL) &&
	    type == META_REGS && kernel_mode(r->r[KD_REG_FLAGS])) {
		w->st->end = KD_STACK_BROKEN;
		return take_regs(w, r, at - w->u->stackframe);
	}
	if (kd_core_regs_user(KD_EM_AARCH64, r) && r->r[KD_A64_PC]) {
		w->st->end = KD_STACK_USER;
		w->st->user = r;
	}
	return false;
}

/* x29 is 0: the end before 5.11, which kept the registers of the program on top of the task's stack. */
static bool no_record(struct unwind_walk *w)
{
	const uint64_t top = w->from->stack_end;
	struct kd_core_regs *r;
	struct kd_ksym sym;
	uint64_t size;

	w->st->end = KD_STACK_OUTERMOST;
	if (!top || !kd_unwind_symbol(w->u, w->ip - !w->exact, &sym) || strncmp(sym.name, "el0", 3) != 0 ||
	    !kd_kernel_sizeof(w->u->k, "pt_regs", &size) || size > FAR)
		return false;
	r = read_regs(w, top - size);
	if (r && kd_core_regs_user(KD_EM_AARCH64, r) && r->r[KD_A64_PC]) {
		w->st->end = KD_STACK_USER;
		w->st->user = r;
	}
	return false;
}

/* Before 6.13: is the record at `at` that of an exception? Then the registers around it say the same as it. */
static const struct kd_core_regs *exception(struct unwind_walk *w, uint64_t at, uint64_t next, uint64_t lr)
{
	const uint64_t regs = at - w->u->stackframe;
	uint64_t pc, fp, pstate;

	if (!w->u->stackframe || !kd_space_uint(w->u->s, regs + 8 * KD_A64_PC, 8, &pc, NULL) || pc != lr ||
	    !kd_space_uint(w->u->s, regs + 8 * KD_X29, 8, &fp, NULL) || fp != next ||
	    !kd_space_uint(w->u->s, regs + 8 * (KD_A64_PC + 1), 8, &pstate, NULL) || !kernel_mode(pstate))
		return NULL;
	return read_regs(w, regs);
}

/* --- x30 --------------------------------------------------------------------------------------------- */

static bool same_function(const struct kd_ksym *a, const struct kd_ksym *b)
{
	const size_t n = strcspn(a->name, ".");

	return n == strcspn(b->name, ".") && !strncmp(a->name, b->name, n);
}

/*
 * Where all registers are known: is the caller's address still in x30 alone? Not if this function has called somebody
 * (then x30 is an address in it), nor if its record has the same address (it is made already).
 */
static bool by_link(struct unwind_walk *w)
{
	const uint64_t lr = strip(w->u, w->full->r[KD_X30]);
	struct kd_ksym here, there;
	enum kd_armframe made = KD_ARMFRAME_NONE;
	uint64_t saved;
	const bool known = kd_unwind_symbol(w->u, w->ip, &here);

	if (!kd_unwind_behind_call(w->u, lr))
		return false;
	if (kd_space_uint(w->u->s, w->bp + 8, 8, &saved, NULL) && strip(w->u, saved) == lr)
		return false;
	if (known && kd_unwind_symbol(w->u, lr - 1, &there) && same_function(&here, &there))
		return false;
	if (known)
		made = kd_armframe_at(w->u->s, here.addr, w->ip);
	if (made == KD_ARMFRAME_MADE || (known && strstr(here.name, ".cold")))
		return false;
	w->guessing |= !known || made == KD_ARMFRAME_UNKNOWN;
	kd_unwind_take_call(w, lr, w->sp);
	w->now.known &= KD_ARM64_KEPT;
	return kd_unwind_push(w, KD_FRAME_NONE_YET, 0);
}

/* What the function that the record belongs to, and whose code is at w->ip, kept for its caller. */
static void registers_of_caller(struct unwind_walk *w, uint64_t record, const struct kd_cfi_caller *c)
{
	struct kd_core_regs r = {0};
	struct kd_armsaves saves;
	struct kd_ksym sym;

	if (c) {
		w->now = c->regs;
		return;
	}
	if (w->u->keep_regs && !kd_kernel_is_init(w->u->k, w->ip - 1) && kd_unwind_symbol(w->u, w->ip - !w->exact, &sym) && sym.size &&
	    kd_armsaves_find(w->u->s, sym.addr, sym.size, w->ip, &saves)) {
		for (unsigned i = KD_ARMSAVES_FIRST; i <= KD_ARMSAVES_LAST; i++) {
			const struct kd_armsave *s = &saves.reg[i - KD_ARMSAVES_FIRST];
			uint64_t value;

			if (s->state == KD_ARMSAVE_KEPT && kd_core_regs_has(&w->now, i))
				kd_core_regs_set(&r, i, w->now.r[i]);
			else if (s->state == KD_ARMSAVE_SAVED && kd_space_uint(w->u->s, record + (uint64_t)(int64_t)s->off, 8, &value, NULL))
				kd_core_regs_set(&r, i, value);
		}
		if (saves.has_cfa)
			kd_core_regs_set(&r, KD_A64_SP, record + (uint64_t)(int64_t)saves.cfa);
	}
	w->now = r;
}

/* Code of the kernel's start, which is thrown away once it has run; idle tasks of the first CPU come from there. */
static bool gone(struct kd_unwinder *u, uint64_t addr)
{
	uint64_t insn;

	return addr % 4 == 0 && kd_kernel_is_text(u->k, addr - 4) && !kd_space_uint(u->s, addr - 4, 4, &insn, NULL);
}

/*
 * Call frame information of the function here. Where the stack pointer is not known, the record tells the CFA: it is where x29
 * of the caller was saved. What it says of a function whose record was made has to be this record.
 */
static bool cfi_here(struct unwind_walk *w, uint64_t record, struct kd_cfi_caller *ret)
{
	uint64_t cfa;

	if (!kd_unwind_cfi(w, NULL, ret))
		return false;
	if (ret->has_cfa || !ret->has_bp_slot || w->exact)
		return ret->has_cfa;
	cfa = record - (uint64_t)ret->bp_off;
	return kd_unwind_cfi(w, &cfa, ret) && ret->ra_slot == record + 8;
}

static bool by_record(struct unwind_walk *w, uint64_t at, const struct kd_cfi_caller *c)
{
	const struct kd_core_regs *regs;
	uint64_t next, lr;

	if (!on_stack(w, at)) {
		kd_unwind_broken(w, "no frame record of this stack is at", at);
		return false;
	}
	if (!kd_unwind_word(w, at, &next) || !kd_unwind_word(w, at + 8, &lr))
		return false;
	if (!next && !lr)
		return empty_record(w, at);
	regs = exception(w, at, next, lr);
	if (regs || w->no_room)
		return regs && take_regs(w, regs, at - w->u->stackframe);
	lr = strip(w->u, lr);
	if (!kd_unwind_behind_call(w->u, lr) && !gone(w->u, lr)) {
		kd_unwind_broken(w, "a frame record has an address that is not behind a call:", lr);
		return false;
	}
	if (c && c->ra_slot != at + 8) { /* it means another frame */
		w->st->v[w->st->n - 1].has_cfa = false;
		c = NULL;
	}
	registers_of_caller(w, at, c);
	kd_unwind_take_call(w, lr, at);
	w->bp = next;
	w->bp_known = true;
	return kd_unwind_push(w, KD_FRAME_RECORD, at + 8);
}

/*
 * Nothing is on the task's stack: the CPU has just come from user space, and what it has of there it has in its registers.
 * With KPTI it is in a page of its own then (tramp_vectors), which no symbol is for.
 */
static bool just_entered(const struct unwind_walk *w)
{
	return w->st->n == 1 && w->exact && w->full && w->from->stack_end && w->sp == w->from->stack_end;
}

static bool step(struct unwind_walk *w)
{
	const uint64_t at = w->bp, sp = w->sp;
	struct kd_cfi_caller c;
	bool has;

	if (just_entered(w)) {
		w->st->end = KD_STACK_USER;
		return false;
	}
	if (!w->looked) {
		w->looked = true;
		find_pieces(w);
		w->on = STACK_PIECES;
	}
	has = cfi_here(w, at, &c);
	if (has && (w->u->cfi_first || (w->full && c.ra_slot != at + 8)) && kd_unwind_take_cfi(w, &c))
		return true;
	if (w->full && !(has && c.ra_slot == at + 8) && by_link(w))
		return true;
	if (!at)
		return no_record(w);
	if (by_record(w, at, has ? &c : NULL))
		return true;
	return w->st->end == KD_STACK_BROKEN && !w->no_room && w->sp == sp && has && kd_unwind_take_cfi(w, &c);
}

const struct unwind_ops kd_unwind_arm64 = {.machine = KD_EM_AARCH64, .open = open_arm64, .step = step, .callee = callee, .behind_call = behind_call};
