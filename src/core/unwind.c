// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/unwind.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "core/orctable.h"
#include "format/elfcore.h"

enum { SCAN_MAX = 16 << 10, CALL_MAX = 7, IRET_WORDS = 5 };

struct kd_unwinder {
	struct kd_kernel *k;
	struct kd_space *s;
	const struct kd_modules *mods;
	struct kd_orctable orc;
	char no_table[160];
	struct kd_core_frame room[KD_STACK_FRAMES]; /* of the stack that is being unwound */
};

/* Where unwinding stands. */
struct walk_state {
	struct kd_unwinder *u;
	struct kd_arena *arena;
	struct kd_stack *st;
	uint64_t ip, sp, bp, stack_end;
	bool exact;
	const struct kd_x86_regs *regs; /* of this frame when it has some; NULL */
	const struct kd_x86_regs *full; /* that tell of callee-saved and other registers here; NULL */
	bool guessing; /* behind a guess */
	bool no_room;
};

struct kd_error *kd_unwinder_new(struct kd_kernel *k, const struct kd_modules *mods, struct kd_unwinder **ret)
{
	kd_auto(kd_unwinder_freep) struct kd_unwinder *u = kd_xcalloc(1, sizeof(*u));
	struct kd_error *err;

	u->k = k;
	u->s = kd_kernel_space(k);
	u->mods = mods;
	if (kd_space_machine(u->s) != KD_EM_X86_64)
		return kd_error_new(KD_UNSUPPORTED, "stacks of this architecture are not unwound yet: only those of x86_64 are");
	err = kd_orctable_open(k, mods, &u->orc);
	if (err && err->cls == KD_NOTFOUND) {
		snprintf(u->no_table, sizeof(u->no_table), "%s", err->msg);
		kd_error_free(err);
	} else if (err) {
		return err;
	}
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
	return kd_orc_layout_name(u->orc.layout);
}

const char *kd_unwinder_no_table(const struct kd_unwinder *u)
{
	return u->no_table[0] ? u->no_table : NULL;
}

bool kd_unwinder_is_text(const struct kd_unwinder *u, uint64_t addr)
{
	const struct kd_module *m;

	if (kd_kernel_is_text(u->k, addr))
		return true;
	m = kd_modules_at(u->mods, addr);
	return m && kd_module_is_text(m, addr);
}

static void broken(struct walk_state *w, const char *what, uint64_t addr)
{
	w->st->end = KD_STACK_BROKEN;
	snprintf(w->st->why, sizeof(w->st->why), "%s 0x%" PRIx64, what, addr);
}

static bool word(struct walk_state *w, uint64_t addr, uint64_t *ret)
{
	struct kd_space_miss miss;

	if (kd_space_uint(w->u->s, addr, 8, ret, &miss))
		return true;
	w->st->end = KD_STACK_BROKEN;
	snprintf(w->st->why, sizeof(w->st->why), "the stack at 0x%" PRIx64 " cannot be read: %s", addr, kd_space_why(&miss));
	return false;
}

/* --- frames ------------------------------------------------------------------------------------------ */

/* The place that w stands at as a frame; false: there are enough, or it was there before. */
static bool push(struct walk_state *w, enum kd_frame_how how, uint64_t slot)
{
	struct kd_stack *st = w->st;

	if (st->n == KD_STACK_FRAMES) {
		st->end = KD_STACK_LIMIT;
		snprintf(st->why, sizeof(st->why), "more than %d frames", KD_STACK_FRAMES);
		return false;
	}
	for (size_t i = 0; i < st->n; i++)
		if (st->v[i].sp == w->sp && st->v[i].pc == w->ip) {
			broken(w, "it runs in a circle at", w->ip);
			return false;
		}
	st->v[st->n++] = (struct kd_core_frame){.pc = w->ip, .sp = w->sp, .slot = slot, .how = how, .exact = w->exact,
						.guessed = w->guessing, .regs = w->regs};
	return true;
}

/* --- is it the address behind a call? ---------------------------------------------------------------- */

/* The length of an indirect call (FF /2) that begins at p, 0: it is none. */
static size_t indirect_call(const uint8_t *p, size_t n)
{
	const size_t rex = (p[0] & 0xf0) == 0x40;
	size_t len = rex + 2;
	unsigned mod, rm;

	if (n < len || p[rex] != 0xff || (p[rex + 1] >> 3 & 7) != 2)
		return 0;
	mod = p[rex + 1] >> 6;
	rm = p[rex + 1] & 7;
	if (mod != 3 && rm == 4) {
		if (n <= len)
			return 0;
		rm = p[len] & 7;
		len++;
		if (mod == 0 && rm != 5)
			rm = 0;
	}
	if (mod == 0 && rm == 5)
		len += 4;
	return len + (mod == 1 ? 1 : mod == 2 ? 4 : 0);
}

static bool behind_call(struct kd_unwinder *u, uint64_t addr)
{
	uint8_t b[CALL_MAX];

	if (!kd_unwinder_is_text(u, addr - 1) || !kd_unwinder_is_text(u, addr - CALL_MAX) ||
	    !kd_space_read(u->s, addr - CALL_MAX, b, sizeof(b), NULL))
		return false;
	if (b[CALL_MAX - 5] == 0xe8)
		return true;
	for (size_t n = 2; n <= CALL_MAX; n++)
		if (indirect_call(b + CALL_MAX - n, n) == n)
			return true;
	return false;
}

/* --- guesses ----------------------------------------------------------------------------------------- */

static void take_call(struct walk_state *w, uint64_t ip, uint64_t sp)
{
	w->ip = ip;
	w->sp = sp;
	w->exact = false;
	w->regs = w->full = NULL;
	w->guessing = true;
}

/* After a call of an address that holds no code: its return address is on top. */
static bool guess_top(struct walk_state *w)
{
	const uint64_t slot = w->sp;
	uint64_t ip;

	if (!w->exact || !kd_space_uint(w->u->s, slot, 8, &ip, NULL) || !behind_call(w->u, ip))
		return false;
	take_call(w, ip, slot + 8);
	return push(w, KD_FRAME_TOP, slot);
}

/* Code that was made at run time has frame pointers. */
static bool guess_fp(struct walk_state *w)
{
	const uint64_t slot = w->bp + 8;
	uint64_t ip, bp;

	if (w->bp < w->sp || w->bp - w->sp > SCAN_MAX || w->bp % 8 || !kd_space_uint(w->u->s, slot, 8, &ip, NULL) ||
	    !kd_space_uint(w->u->s, w->bp, 8, &bp, NULL) || !behind_call(w->u, ip))
		return false;
	take_call(w, ip, slot + 8);
	w->bp = bp;
	return push(w, KD_FRAME_FP, slot);
}

/* What on the rest of the stack looks like return addresses. */
static void scan(struct walk_state *w)
{
	uint64_t end = (w->sp | (SCAN_MAX - 1)) + 1, ip;
	const enum kd_stack_end why = w->st->end;
	size_t found = 0;

	if (w->stack_end > w->sp && w->stack_end - w->sp <= 4 * SCAN_MAX)
		end = w->stack_end;
	for (uint64_t slot = w->sp & ~(uint64_t)7; slot < end && kd_space_uint(w->u->s, slot, 8, &ip, NULL); slot += 8) {
		if (!behind_call(w->u, ip))
			continue;
		if (found++ == KD_STACK_GUESSES) {
			w->st->more_guesses = true;
			break;
		}
		take_call(w, ip, slot + 8);
		if (!push(w, KD_FRAME_SCAN, slot))
			break;
	}
	w->st->end = why;
}

/* --- by the table ------------------------------------------------------------------------------------- */

/* A register that code near the kernel's entries uses to find its frame. */
static bool saved(struct walk_state *w, enum kd_orc_reg which, uint64_t *ret)
{
	static const uint8_t index[KD_ORC_NREGS] = {[KD_ORC_REG_AX] = KD_RAX, [KD_ORC_REG_DX] = KD_RDX, [KD_ORC_REG_DI] = KD_RDI,
						    [KD_ORC_REG_R10] = KD_R10, [KD_ORC_REG_R13] = KD_R13};

	if (!w->full) {
		broken(w, "a register that nobody saved would lead out of", w->ip);
		return false;
	}
	*ret = w->full->r[index[which]];
	return true;
}

/* The caller's stack pointer, or where the saved registers are. */
static bool frame_address(struct walk_state *w, const struct kd_orc *o, uint64_t *ret)
{
	const uint64_t off = (uint64_t)(int64_t)o->sp_off;
	uint64_t base = 0;

	switch (o->sp_reg) {
	case KD_ORC_REG_SP:
		base = w->sp;
		break;
	case KD_ORC_REG_BP:
		base = w->bp;
		break;
	case KD_ORC_REG_SP_INDIRECT:
		if (!word(w, w->sp, &base))
			return false;
		break;
	case KD_ORC_REG_BP_INDIRECT:
		return word(w, w->bp + off, ret);
	case KD_ORC_REG_AX:
	case KD_ORC_REG_DX:
	case KD_ORC_REG_DI:
	case KD_ORC_REG_R10:
	case KD_ORC_REG_R13:
		if (!saved(w, o->sp_reg, &base))
			return false;
		break;
	default:
		broken(w, "the unwind table has no way out of", w->ip);
		return false;
	}
	*ret = base + off;
	return true;
}

static bool saved_bp(struct walk_state *w, const struct kd_orc *o, uint64_t frame, uint64_t *ret)
{
	const uint64_t off = (uint64_t)(int64_t)o->bp_off;

	switch (o->bp_reg) {
	case KD_ORC_REG_PREV_SP:
		return word(w, frame + off, ret);
	case KD_ORC_REG_BP:
		return word(w, w->bp + off, ret);
	default:
		*ret = w->bp;
		return true;
	}
}

/* The registers that an exception left at addr, as those of the frame that it came into. */
static bool take_regs(struct walk_state *w, uint64_t addr, bool partial)
{
	const size_t n = partial ? IRET_WORDS : KD_X86_NREGS, first = partial ? KD_RIP : 0;
	struct kd_x86_regs *r = kd_arena_new(w->arena, struct kd_x86_regs);

	if (!r) {
		w->no_room = true;
		return false;
	}
	r->partial = partial;
	for (size_t i = 0; i < n; i++)
		if (!word(w, addr + 8 * i, &r->r[first + i]))
			return false;
	r->r[KD_CS] &= 0xffff; /* with FRED the words have more in them */
	r->r[KD_SS] &= 0xffff;
	if (kd_x86_user(r)) {
		w->st->end = KD_STACK_USER;
		w->st->user = r;
		return false;
	}
	w->ip = r->r[KD_RIP];
	w->sp = r->r[KD_RSP];
	w->regs = r;
	if (!partial)
		w->full = r;
	w->exact = true;
	return true;
}

/* Inside of a frame that has an entry: to its caller. false: the stack ends, or breaks. */
static bool step(struct walk_state *w, const struct kd_orc *o)
{
	uint64_t frame, bp, ip;

	if (o->type == KD_ORC_END) {
		w->st->end = KD_STACK_OUTERMOST;
		return false;
	}
	if (o->type == KD_ORC_UNDEFINED) {
		broken(w, "the unwind table knows no way out of", w->ip);
		return false;
	}
	if (!frame_address(w, o, &frame) || !saved_bp(w, o, frame, &bp))
		return false;
	if (o->type == KD_ORC_CALL) {
		if (!word(w, frame - 8, &ip))
			return false;
		w->ip = ip;
		w->sp = frame;
		w->bp = bp;
		w->exact = o->signal;
		w->regs = w->full = NULL;
		return push(w, KD_FRAME_ORC, frame - 8);
	}
	if (!take_regs(w, frame, o->type == KD_ORC_PT_REGS_PARTIAL))
		return false;
	w->bp = o->bp_reg == KD_ORC_REG_UNDEFINED && w->full ? w->full->r[KD_RBP] : bp;
	return push(w, KD_FRAME_TRAP, o->type == KD_ORC_PT_REGS ? frame + 8 * KD_RIP : frame);
}

/* Out of a place without an entry; false: no way is likely enough, and the rest is scanned. */
static bool step_without(struct walk_state *w)
{
	if (guess_top(w) || guess_fp(w))
		return true;
	if (!*w->st->why)
		broken(w, kd_unwinder_is_text(w->u, w->ip) ? "no unwind table has an entry for" : "no code of the kernel or a module is at",
		       w->ip);
	return false;
}

/* An orderly end proves what was found on the way from a guess to it. */
static void settle(struct kd_stack *st)
{
	if (st->end != KD_STACK_USER && st->end != KD_STACK_OUTERMOST)
		return;
	for (size_t i = 0; i < st->n; i++)
		if (st->v[i].how == KD_FRAME_ORC || st->v[i].how == KD_FRAME_TRAP)
			st->v[i].guessed = false;
}

static void run(struct walk_state *w)
{
	struct kd_orc o;
	bool go = push(w, KD_FRAME_START, 0);

	while (go) {
		const uint64_t at = w->exact ? w->ip : w->ip - 1;

		if (kd_orctable_find(&w->u->orc, at, &o))
			go = step(w, &o);
		else
			go = step_without(w);
	}
	if (w->st->end == KD_STACK_BROKEN)
		scan(w);
	settle(w->st);
}

struct kd_error *kd_unwind(struct kd_unwinder *u, const struct kd_x86_regs *start, bool exact, uint64_t stack_end,
			   struct kd_arena *arena, struct kd_stack *ret)
{
	struct kd_stack st = {.v = u->room, .end = KD_STACK_BROKEN};
	struct walk_state w = {.u = u, .arena = arena, .st = &st, .stack_end = stack_end, .exact = exact};

	if (kd_x86_user(start) && !start->partial) {
		st.end = KD_STACK_USER;
		st.user = start;
	} else {
		w.ip = start->r[KD_RIP];
		w.sp = start->r[KD_RSP];
		w.bp = start->r[KD_RBP];
		w.regs = w.full = start->partial ? NULL : start;
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
