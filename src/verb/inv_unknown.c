/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the text cannot say, and why. Each rule names the trap that it keeps us out of. */
#include "verb/inv.h"

#define UPTIME_MAX (20ULL * 366 * 86400) /* seconds: no machine runs longer, a broken clock says so */

static void say_log(struct kd_inv_build *b)
{
	const struct kd_scan_log *l = &b->inv->reports->log;

	if (l->starts_late && l->has_time && l->first_us / 1000000 > UPTIME_MAX)
		kd_inv_say(b, KD_PART_UNKNOWN, "log start",
			   "whether earlier reports are missing: the stamps start at %llu s, which is hardly "
			   "counted from boot",
			   (unsigned long long)(l->first_us / 1000000));
	else if (l->starts_late && l->has_time)
		kd_inv_say(b, KD_PART_UNKNOWN, "log start",
			   "the log starts %llu s after boot: earlier reports would not be in it",
			   (unsigned long long)(l->first_us / 1000000));
	if (b->inv->damaged.n)
		kd_inv_say(b, KD_PART_UNKNOWN, "log end", "what follows in the log: %.*s",
			   KD_VARG(kd_view_head(b->inv->damaged, 300)));
	if (l->printk.dropped_messages)
		kd_inv_say(b, KD_PART_UNKNOWN, "dropped",
			   "the kernel dropped %llu messages that this log therefore lacks",
			   (unsigned long long)l->printk.dropped_messages);
	if (l->printk.missing_parts)
		kd_inv_say(b, KD_PART_UNKNOWN, "parts", "%llu pstore parts are missing",
			   (unsigned long long)l->printk.missing_parts);
	if (l->skipped_reports)
		kd_inv_say(b, KD_PART_UNKNOWN, "limit",
			   "%llu later reports of this log were not looked at (limit)",
			   (unsigned long long)l->skipped_reports);
}

/* Trap 13 and 24: what a checker's silence means. */
static void say_checkers(struct kd_inv_build *b)
{
	const struct kd_report *r = b->r;
	const struct kd_fact *subtype = kd_inv_fact(r, "sanitizer", "subtype");

	if (kd_inv_is(r, "kasan"))
		kd_inv_say(b, KD_PART_UNKNOWN, "later",
			   "KASAN reports once a boot unless kasan_multi_shot is set: later silence "
			   "proves nothing; the report also switches lockdep off and sets taint B");
	else if (kd_inv_is(r, "suspicious_rcu"))
		kd_inv_say(b, KD_PART_UNKNOWN, "later",
			   "each such check reports once a boot: later silence of this place proves nothing");
	else if (kd_inv_is(r, "lockdep"))
		kd_inv_say(b, KD_PART_UNKNOWN, "later",
			   "lockdep is off after this report: missing \"locks held\" lists mean "
			   "unknown, not none");
	else if (kd_inv_is(r, "slab"))
		kd_inv_say(b, KD_PART_UNKNOWN, "writer",
			   "who damaged the object, and when: SLUB looks at an object when it is "
			   "allocated or freed; the stack is that of the check");
	else if (kd_inv_is(r, "kfence") && subtype && kd_view_has(subtype->str, KD_V("memory corruption")))
		kd_inv_say(b, KD_PART_UNKNOWN, "writer",
			   "who wrote behind or before the object, and when: KFENCE looks at these bytes when "
			   "the object is freed; the stack is that of the free");
	else if (kd_inv_is(r, "kfence"))
		kd_inv_say(b, KD_PART_UNKNOWN, "how often",
			   "KFENCE samples allocations: one report says nothing about frequency");
	else if (kd_inv_is(r, "hung_task"))
		kd_inv_say(b, KD_PART_UNKNOWN, "others",
			   "tasks blocked for less time and running holders are not listed; the "
			   "kernel stops after hung_task_warnings reports (10 by default)");
}

static void say_sampled(struct kd_inv_build *b)
{
	const struct kd_report *r = b->r;

	if (!r->kind || r->kind->pcclass != KD_PCC_SAMPLED)
		return;
	if (kd_inv_is(r, "hung_task") && kd_inv_fact(r, "hang", "likely_owner"))
		kd_inv_say(b, KD_PART_UNKNOWN, "holder",
			   "whether the owner that the kernel names still held the lock: it reads the "
			   "owner without taking it, and of a reader-owned lock it is one of several");
	else if (kd_inv_is(r, "hung_task"))
		kd_inv_say(b, KD_PART_UNKNOWN, "holder",
			   "who holds what the task waits for: the stack shows only the waiter");
	else
		kd_inv_say(b, KD_PART_UNKNOWN, "culprit",
			   "whether the function at the pc is the cause: it is one sample, and the "
			   "CPU that is shown may wait for another one");
}

/* Why the instruction at the pc does not tell the operand. */
static void say_no_operand(struct kd_inv_build *b)
{
	const struct kd_fault *f = b->f->fault;
	const char *words = kd_code_state_words(f->code.state);
	struct kd_statement *s;

	if (f->no_decoder.n)
		s = kd_inv_say(b, KD_PART_UNKNOWN, "operand",
			       "which register and member the instruction used: %.*s%s",
			       KD_VARG(f->no_decoder), f->installable ? " (kdoc setup check)" : "");
	else
		s = kd_inv_say(b, KD_PART_UNKNOWN, "operand",
			       "which register and member the instruction used%s%s",
			       words || f->why ? ": " : "", words ? words : f->why ? f->why : "");
	kd_inv_at(b, s, f->code_line);
}

static struct kd_view whose(struct kd_view module)
{
	return module.n ? kd_view_head(module, 100) : KD_V("the kernel");
}

static void say_operand(struct kd_inv_build *b)
{
	const struct kd_report *r = b->r;
	const struct kd_regset *set = kd_inv_regset(r, KD_REGS_FAULT);
	const struct kd_fault *f = b->f->fault;

	if (!r->kind || r->kind->pcclass != KD_PCC_FAULTING || r->access.exec)
		return;
	if (f->state == KD_FAULT_NONE && !b->f->operand_known)
		say_no_operand(b);
	else if (f->which >= 0 && !f->shadow.is && !f->op[f->which].mem.stack && !b->f->operand_known)
		kd_inv_say(b, KD_PART_UNKNOWN, "operand",
			   "which variable and member %s is: that needs the debug info of %.*s",
			   f->op[f->which].text, KD_VARG(whose(f->set->ip.module)));
	if (!r->access.has_addr && !kd_inv_is(r, "divide_error") && !kd_inv_is(r, "invalid_opcode"))
		kd_inv_say(b, KD_PART_UNKNOWN, "address",
			   "the address of the access: the header does not state it%s",
			   !kd_inv_reg(set, "cr2") ? ""
			   : kd_inv_is(r, "page_fault")
				   ? " (CR2 is read later and can hold another fault's)"
			   : kd_inv_is(r, "gpf") ? " (CR2 belongs to an earlier fault)"
						 : "");
}

static bool has_lines(const struct kd_report *r)
{
	for (size_t i = 0; i < r->nstacks; i++)
		for (size_t k = 0; k < r->stacks[i].nframes; k++)
			if (r->stacks[i].frames[k].file.n)
				return true;
	return r->loc_file.n;
}

static bool has_frames(const struct kd_report *r)
{
	for (size_t i = 0; i < r->nstacks; i++)
		if (r->stacks[i].nframes)
			return true;
	return false;
}

static void say_text(struct kd_inv_build *b)
{
	const struct kd_scan_log *l = &b->inv->reports->log;
	const struct kd_report *r = b->r;
	bool traced = r->kind && (!r->kind->tight || r->kind->traced); /* others never have a stack */

	if (traced && !has_frames(r))
		kd_inv_say(b, KD_PART_UNKNOWN, "stack", "who called it: the log has no stack");
	if (traced && !has_lines(r) && !b->f->lines_known)
		kd_inv_say(b, KD_PART_UNKNOWN, "source lines",
			   "file and line of the frames: that needs the kernel's debug info");
	if (r->outcome == KD_OUT_UNKNOWN)
		kd_inv_say(b, KD_PART_UNKNOWN, "outcome",
			   "whether the machine went on: %.*s",
			   KD_VARG(r->outcome_why.n ? kd_view_head(r->outcome_why, 200)
						    : KD_V("nothing after the report tells")));
	if (!r->release.n && *l->release && !l->other_boots)
		kd_inv_say(b, KD_PART_UNKNOWN, "kernel",
			   "which kernel it is: the report names no release (the boot line of this log "
			   "says %s)",
			   l->release);
	else if (!r->release.n)
		kd_inv_say(b, KD_PART_UNKNOWN, "kernel",
			   "which kernel it is: the report names no release%s",
			   *l->release ? ", and the log holds several boots" : "");
	if (r->interleaved)
		kd_inv_say(b, KD_PART_UNKNOWN, "mixed",
			   "%u lines of other contexts stand inside the report and were kept out",
			   r->interleaved);
}

/* What the parser could not do; a few, the rest counted. */
static void say_diags(struct kd_inv_build *b)
{
	size_t shown = 0;

	for (size_t i = 0; i < b->r->ndiags; i++) {
		const struct kd_diag *d = &b->r->diags[i];
		struct kd_statement *s;

		if (shown++ >= 4)
			continue;
		s = kd_inv_say(b, KD_PART_UNKNOWN, d->kind, "%.*s",
			       KD_VARG(kd_view_head(d->text, 300)));
		kd_inv_at(b, s, d->line);
	}
	if (shown > 4)
		kd_inv_say(b, KD_PART_UNKNOWN, "more", "%zu more notes of the reader (see --json)",
			   shown - 4);
}

void kd_inv_unknown(struct kd_inv_build *b)
{
	say_operand(b);
	say_sampled(b);
	say_checkers(b);
	say_text(b);
	say_log(b);
	say_diags(b);
}
