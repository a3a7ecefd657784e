/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What would settle the open questions, what to do, and the next commands. Commands are
 * only those that this build has; what needs a later layer is said to need it, in words.
 */
#include "base/alloc.h"
#include "verb/inv.h"

struct settle {
	const char *kind; /* kind or family */
	const char *text;
};

static const struct settle settle_table[] = {
	{"kasan", "the source of the three stacks at exactly this release: which reference covers "
		  "the access?"},
	{"kfence", "the same load on a KASAN kernel: it checks every access, not a sample"},
	{"hung_task", "a dump (owner of the lock, state of the holder); without one: sysrq w and t on "
		      "the live machine while it hangs (root)"},
	{"soft_lockup", "stacks of all CPUs at that moment (softlockup_all_cpu_backtrace=1, sysrq l), "
			"or a dump"},
	{"hard_lockup", "stacks of all CPUs at that moment (hardlockup_all_cpu_backtrace=1), or a dump"},
	{"rcu_stall", "several stall reports of the same CPU: what repeats is the loop; or a dump"},
	{"suspicious_rcu", "the source at that place: which lock or RCU section is it to be under?"},
	{"lockdep_inconsistent", "the source of both places: in which context may the lock be taken?"},
	{"lockdep_irq_inversion", "the source of both paths: which of the locks may be taken in an interrupt?"},
	{"lockdep_invalid_wait", "the source of the place: which lock may be taken inside of which?"},
	{"bad_unlock_balance", "the source of the function: where was the lock taken, and where released?"},
	{"held_lock_freed", "the source of the function: who frees the object while its lock is held?"},
	{"lock_held_returning", "the source of the system call: which way out does not release the lock?"},
	{"still_has_locks", "the source of the function: which way out does not release the lock?"},
	{"non_static_key", "the source: where is the lock to be initialised?"},
	{"lockdep", "the source of both paths: which order of the two lock classes is intended?"},
	{"slab", "slub_debug=FZPU on this cache, or the load on a KASAN kernel: they find the writer"},
	{"bad_page_state", "the load on a KASAN kernel; a memory test if only one machine shows it"},
	{"kmemleak", "the allocation's stack in the source: who was to free it? /sys/kernel/debug/kmemleak again "
		     "after some minutes (false positives go away)"},
	{"alloc_failure", "the order and flags against the free lists of the zone: too little memory, or too scattered?"},
	{"memory", "slub_debug=FZPU or the load on a KASAN kernel: they find the writer; a memory test "
		   "if only one machine shows it"},
	{"list_corruption", "the load on a KASAN kernel: it finds the earlier use after free or overflow"},
	{"warning", "the condition in the source at exactly this release"},
	{"kernel_bug", "the condition in the source at exactly this release"},
	{"bug", "the condition in the source at exactly this release"},
	{"oom", "the memory table of the report: anonymous, file or slab?"},
};

static void say_settle(struct kd_inv_build *b)
{
	const struct kd_report *r = b->r;
	bool fits = r->kind && r->kind->pcclass == KD_PCC_FAULTING;
	const struct kd_regset *set = kd_inv_regset(r, KD_REGS_FAULT);

	if ((kd_inv_is(r, "gpf") || kd_inv_is(r, "page_fault")) && !r->access.exec && !b->f->fault->has_insn)
		kd_inv_say(b, KD_PART_SETTLE, "how", "a disassembly of the %s names the operand and its base register",
			   set && set->code.n ? "Code: bytes" : "function, at the offset of the pc,");
	for (size_t i = 0; i < KD_ARRAY_LEN(settle_table); i++)
		if (kd_inv_is(r, settle_table[i].kind)) {
			kd_inv_say(b, KD_PART_SETTLE, "how", "%s", settle_table[i].text);
			break;
		}
	if (fits && r->release.n && !b->f->lines_known)
		kd_inv_say(b, KD_PART_SETTLE, "debug info",
			   "vmlinux (and modules) of %.*s give lines, inlines and members",
			   KD_VARG(kd_view_head(r->release, 100)));
	if (b->inv->reports->log.starts_late)
		kd_inv_say(b, KD_PART_SETTLE, "log",
			   "the log from boot on (journalctl -k -b, pstore, serial console)");
}

static void say_verify(struct kd_inv_build *b, bool searched)
{
	if (!searched)
		kd_inv_say(b, KD_PART_DO, "fix",
			   "kdoc search --fixes gives candidates, where git trees are indexed; none is "
			   "named here without a check that this kernel lacks it");
	if (b->r->sig[KD_SIG_NORMAL].hex[0])
		kd_inv_say(b, KD_PART_DO, "verify",
			   "after a change of kernel, look for signature %.16s in new logs; silence "
			   "counts only over a time in which it used to appear",
			   b->r->sig[KD_SIG_NORMAL].hex);
}

/* A stopgap avoids, it does not fix; only ones that hold for the whole class. */
static void say_stopgap(struct kd_inv_build *b)
{
	const struct kd_report *r = b->r;

	for (size_t i = 0; i < r->nmodules; i++) {
		const struct kd_module *m = &r->modules[i];

		if (r->owner == KD_OWNER_OOT_MODULE && m->on_stack && m->flags.n) {
			kd_inv_say(b, KD_PART_DO, "stopgap",
				   "run without module %.*s, if the machine can (avoids, does not fix)",
				   KD_VARG(kd_view_head(m->name, 64)));
			return;
		}
	}
	if (r->owner == KD_OWNER_HARDWARE && r->outcome != KD_OUT_RECOVERED)
		kd_inv_say(b, KD_PART_DO, "stopgap",
			   "take the machine out of service until its hardware was checked");
	else if (r->owner != KD_OWNER_HARDWARE && r->died &&
		 r->outcome == KD_OUT_RECOVERED)
		kd_inv_say(b, KD_PART_DO, "stopgap",
			   "reboot the machine soon: a killed task leaves its locks held "
			   "(avoids later hangs, does not fix)");
}

static void say_commands(struct kd_inv_build *b)
{
	if (kd_view_eq(b->inv->arg, KD_V("LOG")))
		kd_inv_say(b, KD_PART_DO, "keep", "save the log to a file: the commands below call it LOG");
	kd_inv_say(b, KD_PART_NEXT, "learn", "kdoc explain --report %u %.*s", b->f->number,
		   KD_VARG(b->inv->arg));
	if (b->inv->nrows > 1)
		kd_inv_say(b, KD_PART_NEXT, "all", "kdoc investigate --all %.*s",
			   KD_VARG(b->inv->arg));
	kd_inv_say(b, KD_PART_NEXT, "compare", "kdoc group %.*s OTHER-LOGS...",
		   KD_VARG(b->inv->arg));
	/* Whom to tell is somebody else: another team, upstream, the module's vendor. */
	if (b->r->owner != KD_OWNER_USER)
		kd_inv_say(b, KD_PART_NEXT, "share", "kdoc redact -o shareable.log %.*s",
			   KD_VARG(b->inv->arg));
}

void kd_inv_next(struct kd_inv_build *b, bool searched)
{
	say_settle(b);
	say_verify(b, searched);
	say_stopgap(b);
	say_commands(b);
}
