/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Notes for stack headings, context markers and frames. */
#include "report/syscalls.h"
#include "verb/expl.h"
#include "verb/inv.h"

static const char *role_note(uint8_t role)
{
	switch ((enum kd_stack_role)role) {
	case KD_STACK_CRASH:
		return "the calls that led here, the innermost function first: read downwards to find "
		       "who asked for it";
	case KD_STACK_INTERRUPTED:
		return "what was running when the exception or interrupt came: another story";
	case KD_STACK_ALLOC:
		return "where the object was allocated, some time earlier";
	case KD_STACK_FREE:
		return "where the object was freed, some time earlier";
	case KD_STACK_ORIGIN:
		return "where the uninitialised value was stored or the memory created";
	case KD_STACK_WORK:
		return "who queued deferred work (RCU, workqueue) for this object: perhaps the real "
		       "author of the free";
	case KD_STACK_OTHER:
		return "the other side: another access, CPU or task";
	case KD_STACK_DEPENDS:
		return "where this lock dependency was first recorded, maybe long ago";
	case KD_STACK_DETECTOR:
		return "the CPU that noticed, not necessarily the one that is stuck";
	case KD_STACK_HOLDOUT:
		return "a CPU or task that holds the grace period up: one sample";
	case KD_STACK_GP:
		return "the grace-period kthread: waiting here is normal, starvation is not";
	case KD_STACK_VICTIM:
		return "waits for somebody else";
	}
	return "a stack";
}

static void frame_once(struct kd_expl_build *b, const struct kd_frame *f)
{
	if (!f->reliable && !f->inlined && kd_expl_first(b, KD_EXPL_QUESTION)) {
		kd_expl_note(b, f->line, KD_NOTE_SAYS,
			     "'?': a text address found on the stack that the unwinder could not tie "
			     "to the chain of calls");
		kd_expl_note(b, f->line, KD_NOTE_NOT,
			     "that this function was called now: it may be left over");
	}
	if (f->inlined && kd_expl_first(b, KD_EXPL_INLINE))
		kd_expl_note(b, f->line, KD_NOTE_SAYS,
			     "[inline]: the compiler put this function into the one below");
	if (f->module.n && kd_expl_first(b, KD_EXPL_MODULE))
		kd_expl_note(b, f->line, KD_NOTE_SAYS,
			     "[%.*s]: the function lives in that module%s",
			     KD_VARG(kd_view_head(f->module, 64)),
			     f->build_id.n ? "; the hex digits are its build id" : "");
	if (f->offset_is_size && f->has_offset && kd_expl_first(b, KD_EXPL_SIZE))
		kd_expl_note(b, f->line, KD_NOTE_NOT,
			     "that the next function was reached: offset equals size, so the call was the "
			     "last instruction (a function that does not return), or it is noise");
	if (f->outside && kd_expl_first(b, KD_EXPL_OUTSIDE))
		kd_expl_note(b, f->line, KD_NOTE_NOT,
			     "that this is code of %.*s: the offset is behind its end, it is only the nearest "
			     "symbol before that address",
			     KD_VARG(kd_view_head(f->func, 64)));
	if (f->at_start && kd_expl_first(b, KD_EXPL_START))
		kd_expl_note(b, f->line, KD_NOTE_NOT,
			     "that %.*s made the call: a call that returns to +0x0 was the last "
			     "instruction of the function before it in memory, which the log does not "
			     "name; a stray pointer to a function looks the same",
			     KD_VARG(kd_view_head(f->func, 64)));
}

static void frame_notes(struct kd_expl_build *b, const struct kd_stack *s, size_t i)
{
	const struct kd_frame *f = &s->frames[i];
	struct kd_syscall_entry e;

	frame_once(b, f);
	if (f->has_offset && f->reliable && f->pc == KD_PC_RETURN && s->role == KD_STACK_CRASH &&
	    kd_expl_first(b, KD_EXPL_RETURN))
		kd_expl_note(b, f->line, KD_NOTE_SAYS,
			     "+%#llx is a return address: the call is the instruction before it (look "
			     "up address - 1)",
			     (unsigned long long)f->offset);
	if (f->reliable && kd_syscall_from_symbol(f->func, &e) && e.entry &&
	    kd_expl_first(b, KD_EXPL_ENTRY))
		kd_expl_note(b, f->line, KD_NOTE_SAYS, "the program made the system call %.*s()%s",
			     KD_VARG(kd_view_head(e.name, 64)),
			     e.compat ? " through the 32-bit interface" : "");
}

static void markers(struct kd_expl_build *b)
{
	for (size_t i = 0; i < b->r->nlines; i++) {
		struct kd_view t = kd_view_trim(b->r->lines[i].text);
		bool irq = kd_view_eq(t, KD_V("<IRQ>")) || kd_view_eq(t, KD_V("<SOFTIRQ>")) ||
			   kd_view_eq(t, KD_V("<NMI>"));

		if (irq)
			kd_expl_note(b, (int32_t)i, KD_NOTE_SAYS,
				     "from here to the closing mark the code ran on %s stack: it "
				     "borrowed the current task",
				     kd_view_eq(t, KD_V("<NMI>")) ? "the NMI" : "an interrupt");
		else if (kd_view_eq(t, KD_V("<TASK>")) && kd_expl_first(b, KD_EXPL_MARKER))
			kd_expl_note(b, (int32_t)i, KD_NOTE_SAYS,
				     "from here to the closing mark: the task's own stack");
	}
}

void kd_expl_stacks(struct kd_expl_build *b)
{
	for (size_t i = 0; i < b->r->nstacks; i++) {
		const struct kd_stack *s = &b->r->stacks[i];

		kd_expl_note(b, s->line, KD_NOTE_SAYS, "%s", role_note(s->role));
		if (s->stale)
			kd_expl_note(b, s->line, KD_NOTE_NOT,
				     "where the task is: it was running, so this is what was saved when it "
				     "slept last, and its stack has been written over since");
		for (size_t k = 0; k < s->nframes; k++)
			frame_notes(b, s, k);
	}
	markers(b);
}
