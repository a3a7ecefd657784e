/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Notes for the CPU line, taint, release, hardware and the module list. */
#include "report/release.h"
#include "report/taint.h"
#include "verb/expl.h"
#include "verb/inv.h"

static void cpu_line(struct kd_expl_build *b)
{
	const struct kd_report *r = b->r;
	bool irq = kd_ctx_borrows_task(r->ctx);

	if (r->has_cpu)
		kd_expl_note(b, r->cpu_line, KD_NOTE_SAYS, "CPU %u printed this report", r->cpu);
	if (r->comm.n && r->has_pid)
		kd_expl_note(b, r->cpu_line, KD_NOTE_SAYS,
			     "the current task of that CPU was \"%.*s\", process id %lld (a thread id; "
			     "the name is cut at 15 bytes and can be set by the program itself)",
			     KD_VARG(kd_view_head(r->comm, 32)), (long long)r->pid);
	if (irq)
		kd_expl_note(b, r->cpu_line, KD_NOTE_NOT,
			     "that the task is involved: the code ran in %s, the task is a bystander",
			     kd_ctx_words(r->ctx));
	else if (r->has_pid && r->pid == 0)
		kd_expl_note(b, r->cpu_line, KD_NOTE_NOT,
			     "that a program did it: process 0 is the idle task of the CPU");
}

static void taint_notes(struct kd_expl_build *b)
{
	const struct kd_taint *t = &b->r->taint;

	if (!t->stated)
		return;
	if (!t->bits)
		kd_expl_note(b, t->line, KD_NOTE_SAYS,
			     "not tainted: no foreign module and no earlier report that sets a flag");
	for (unsigned i = 0; i < KD_NTAINT; i++) {
		const struct kd_taint_info *x = kd_taint_bit(i);

		if (x && t->bits >> i & 1)
			kd_expl_note(b, t->line, KD_NOTE_SAYS, "taint %c: %s", x->letter, x->meaning);
	}
	if (t->bits)
		kd_expl_note(b, t->line, KD_NOTE_NOT,
			     "that a taint caused this report: a letter only says that something "
			     "happened once since boot, and most letters have several setters");
}

static void release_notes(struct kd_expl_build *b)
{
	const struct kd_report *r = b->r;
	struct kd_release rel;

	if (r->release.n) {
		kd_expl_note(b, r->release_line, KD_NOTE_SAYS, "the kernel is %.*s",
			     KD_VARG(kd_view_head(r->release, 120)));
		if (kd_release_parse(r->release, &rel) && rel.vendor != KD_VENDOR_UPSTREAM &&
		    rel.vendor != KD_VENDOR_UNKNOWN)
			kd_expl_note(b, r->release_line, KD_NOTE_NOT,
				     "which fixes it has: the form suggests %s, and vendors carry patches "
				     "of later versions",
				     kd_vendor_words((enum kd_vendor)rel.vendor));
	}
	if (r->hardware.n)
		kd_expl_note(b, r->hardware_line, KD_NOTE_SAYS,
			     "machine and firmware as the firmware names itself; QEMU, KVM or a cloud "
			     "name means a virtual machine");
}

static void module_notes(struct kd_expl_build *b)
{
	const struct kd_report *r = b->r;
	size_t flagged = 0, on = 0;

	if (!r->nmodules)
		return;
	for (size_t i = 0; i < r->nmodules; i++) {
		flagged += r->modules[i].flags.n != 0;
		on += r->modules[i].on_stack;
	}
	kd_expl_note(b, r->modules[0].line, KD_NOTE_SAYS,
		     "%zu modules were loaded, %zu of them on a stack of this report; %zu carry flags "
		     "(O out of tree, P proprietary, E unsigned, + being loaded, - being unloaded)",
		     r->nmodules, on, flagged);
	kd_expl_note(b, r->modules[0].line, KD_NOTE_NOT,
		     "that a listed module took part: only frames name modules that did");
}

void kd_expl_machine(struct kd_expl_build *b)
{
	cpu_line(b);
	taint_notes(b);
	release_notes(b);
	module_notes(b);
}
