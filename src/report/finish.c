// SPDX-License-Identifier: GPL-2.0-or-later
/* What follows from all lines of a report: where, who, how bad, what to call it. */
#include "base/alloc.h"
#include "report/demangle.h"
#include "report/arch.h"
#include "report/engine.h"
#include "report/regval.h"

static bool has_stack(const struct kd_report *r, uint8_t role)
{
	for (size_t i = 0; i < r->nstacks; i++)
		if (r->stacks[i].role == role && r->stacks[i].nframes)
			return true;
	return false;
}

uint8_t kd_main_role(const struct kd_report *r)
{
	if (!has_stack(r, r->kind->about) && has_stack(r, KD_STACK_HOLDOUT))
		return KD_STACK_HOLDOUT;
	return r->kind->about;
}

/* hosts: without inlined functions, as in a log that was not decoded. */
static bool all_generic(const struct kd_report *r, const struct kd_stack *s, bool hosts)
{
	for (size_t k = 0; k < s->nframes; k++) {
		const struct kd_frame *f = &s->frames[k];

		if (f->reliable && f->func.n && !(hosts && f->inlined) && !kd_frame_is_generic(f, r))
			return false;
	}
	return true;
}

/*
 * The stack that the report is about. A sample is printed from the timer interrupt or an NMI:
 * a stack of nothing else is passed over when the sampled one follows.
 */
static struct kd_stack *crash_stack(const struct kd_report *r, bool hosts)
{
	uint8_t role = kd_main_role(r);
	struct kd_stack *first = NULL;

	for (size_t i = 0; i < r->nstacks; i++) {
		if (r->stacks[i].role != role || !r->stacks[i].nframes)
			continue;
		if (r->kind->pcclass != KD_PCC_SAMPLED || !all_generic(r, &r->stacks[i], hosts))
			return &r->stacks[i];
		first = first ? first : &r->stacks[i];
	}
	return first;
}

/*
 * A warning of an older kernel that panics at once prints one stack, the panic's: it
 * begins in panic() and goes on with the warning's own frames; through a trap, they stand
 * in a second stack behind the registers.
 */
static void adopt_panic_stack(struct kd_report *r)
{
	struct kd_stack *first = NULL, *own = NULL;

	if (!r->panicked || !strcmp(r->kind->name, "kcsan"))
		return;
	for (size_t i = 0; i < r->nstacks; i++)
		if (r->stacks[i].role == KD_STACK_CRASH || r->stacks[i].role == KD_STACK_HOLDOUT)
			return;
	for (size_t i = 0; i < r->nstacks; i++)
		if (r->stacks[i].role == KD_STACK_OTHER && r->stacks[i].nframes) {
			if (!first)
				first = &r->stacks[i];
			own = own ? own : all_generic(r, &r->stacks[i], true) ? NULL : &r->stacks[i];
		}
	if (first)
		(own ? own : first)->role = KD_STACK_CRASH;
}

/* "EIP: [<c0598bd2>] f+0x26/0x55 SS:ESP 0068:f1141e38" below the stack: the first pc again. */
static bool same_place(const struct kd_regset *first, const struct kd_regset *s)
{
	return first && first->has_ip && s->has_ip && s->nregs <= 2 && s->stack_after > first->stack_after &&
	       first->ip.has_addr && s->ip.has_addr && first->ip.addr == s->ip.addr;
}

/* Behind the end of the trace, or the lone CR2 just before it, x86 prints once more. */
static bool is_repeat(const struct kd_regset *s, int32_t end)
{
	int32_t line = s->line >= 0 ? s->line : s->nregs ? s->regs[0].line : -1;

	return line > end || (!s->has_ip && s->nregs == 1 && line >= 0 &&
			      kd_view_eq(s->regs[0].name, KD_V("cr2")));
}

/* Which register set is which: the first is the event, user mode is the entry. */
static void label_sets(const struct kd_builder *b)
{
	struct kd_report *r = b->r;
	int32_t end = b->end_line < (int32_t)r->nlines ? b->end_line : (int32_t)r->nlines;
	const struct kd_regset *first = NULL;

	for (size_t i = 0; i < r->nregsets; i++) {
		struct kd_regset *s = &r->regsets[i];

		s->pc_class = r->kind->pcclass;
		if (s->user) {
			s->label = KD_REGS_USER;
		} else if (!first && s->stack_after && kd_kind_in(r->kind, "hang")) {
			/* A task that sleeps has none: those of the CPUs, which are asked afterwards. */
			s->label = KD_REGS_OTHER;
		} else if (!first && s->stack_after &&
			   (s->pc_class == KD_PCC_REPORTER || s->pc_class == KD_PCC_NONE)) {
			/* Behind the stack of a checker or of panic(): what was interrupted. */
			s->label = KD_REGS_INTERRUPTED;
		} else if (!first) {
			s->label = KD_REGS_FAULT;
			first = s;
		} else if (is_repeat(s, end) || same_place(first, s)) {
			s->label = KD_REGS_REPEAT;
		} else {
			s->label = KD_REGS_INTERRUPTED;
		}
	}
}

static void class_values(struct kd_report *r, enum kd_arch arch)
{
	struct kd_val_where w = {.arch = (uint8_t)arch};

	for (size_t i = 0; i < r->nregsets; i++)
		for (size_t k = 0; k < r->regsets[i].nregs; k++) {
			struct kd_reg *reg = &r->regsets[i].regs[k];
			struct kd_val v;

			kd_val_class(&w, reg->val, &v);
			reg->cls = v.cls;
			reg->note = v.note;
		}
}

/* Behind these stands the pc that they interrupted; arm64, arm, riscv, x86. */
static bool enters_exception(const struct kd_frame *f)
{
	static const struct kd_view starts[] = {
		KD_V("el1"), KD_V("__irq_svc"), KD_V("__dabt_svc"), KD_V("__pabt_svc"),
		KD_V("__und_svc"), KD_V("handle_exception"), KD_V("asm_"),
	};

	for (size_t i = 0; i < KD_ARRAY_LEN(starts); i++)
		if (kd_view_starts(f->func, starts[i]))
			return true;
	return false;
}

/*
 * Return addresses on the first byte of a function: printed with %pS, which names the function behind
 * the call (all traces of arm64, everywhere those of stack_trace_print(): KASAN's, KCSAN's, lockdep's).
 * x86's own traces look the address before up (%pB).
 */
static void mark_starts(struct kd_report *r, enum kd_arch arch)
{
	bool x86 = arch == KD_ARCH_X86_64 || arch == KD_ARCH_I386; /* others begin with the pc */

	for (size_t i = 0; i < r->nstacks; i++) {
		const struct kd_frame *above = NULL;

		for (size_t k = 0; k < r->stacks[i].nframes; k++) {
			struct kd_frame *f = &r->stacks[i].frames[k];

			if (f->inlined)
				continue;
			/* entry code puts the address of its own labels there by hand */
			f->at_start = (x86 || above) && f->func.n && f->has_offset && !f->offset && f->size &&
				      f->reliable && f->pc == KD_PC_RETURN &&
				      !(above && enters_exception(above)) && !kd_frame_is_generic(f, r);
			above = f;
		}
	}
}

/*
 * "Task dump for CPU 1:" is about the task that runs there (dump_cpu_task(), kernel/sched/core.c). A
 * trace of it that begins with the switch to another task starts from what was saved at its last sleep;
 * its stack has been written over since.
 */
static bool is_stale(const struct kd_report *r, const struct kd_stack *s)
{
	enum { ABOVE = 3 }; /* the dump's line, the task's line, and one more */

	size_t first = 0;

	while (first < s->nframes && s->frames[first].inlined)
		first++;
	if (first == s->nframes || !kd_view_eq(s->frames[first].func, KD_V("__switch_to")))
		return false;
	for (int32_t i = s->line; i >= 0 && i > s->line - ABOVE - 1; i--)
		if ((size_t)i < r->nlines &&
		    kd_view_has(r->lines[i].text, KD_V("Task dump for CPU ")))
			return true;
	return false;
}

static void mark_stale(struct kd_builder *b)
{
	for (size_t i = 0; i < b->r->nstacks; i++) {
		struct kd_stack *s = &b->r->stacks[i];

		s->stale = is_stale(b->r, s);
		if (!s->stale)
			continue;
		b->line = s->line;
		kd_builder_diag(b, "stale_stack",
				"the task was running on its CPU: the stack shows where it slept last, "
				"overwritten since, not what it was doing");
	}
}

/*
 * The search for the guilty function. hosts: among the functions that the log names when it was not decoded, for
 * signatures; else an inlined one may be it.
 */
struct blame {
	const struct kd_report *r;
	enum kd_arch arch;
	bool hosts;
	const struct kd_frame *where; /* NULL: not known */
	const struct kd_frame *guilty, *misnamed; /* what was found */
};

/* A checker names the function that it stopped; the frames before it are the checker's. */
static size_t first_own_frame(const struct blame *l, const struct kd_stack *s)
{
	for (size_t k = 0; s && l->where && l->where->func.n && k < s->nframes; k++)
		if (kd_view_eq(s->frames[k].func, l->where->func) && !(l->hosts && s->frames[k].inlined))
			return k;
	return 0;
}

/* A call that does not return: the log names the function behind the caller, not the caller. */
static void misnamed(struct kd_builder *b, const struct kd_frame *f)
{
	b->line = f->line;
	b->r->guilty_is_caller = true;
	kd_builder_diag(b, "misnamed_frame",
			"%.*s+0x0 is where a call returns that was the last instruction of the function "
			"before it in memory: the log does not name that function",
			KD_VARG(kd_view_head(f->func, 64)));
}

/*
 * x86 before 4.10 printed an address with each frame, and every text address on the stack: a function's
 * start was a pointer there.
 */
static bool is_pointer(const struct kd_frame *f, enum kd_arch arch)
{
	return f->has_addr && (arch == KD_ARCH_X86_64 || arch == KD_ARCH_I386);
}

/*
 * Names that come from addresses (scan.h) may leave out what is in between: a module's function whose address has no name.
 * A frame behind such a one is not the first.
 */
static bool hides_one(const struct kd_report *r, const struct kd_stack *s, size_t at)
{
	if (!s->frames[at].from_addr)
		return false;
	for (size_t i = 0; i < r->nregsets; i++) {
		const struct kd_regset *set = &r->regsets[i];

		if (set->label == KD_REGS_FAULT && set->has_ip && !set->user && !set->ip.func.n && set->ip.has_addr &&
		    !r->access.exec)
			return true;
	}
	for (size_t k = 0; k < at; k++)
		if (s->frames[k].reliable && !s->frames[k].func.n && s->frames[k].has_addr)
			return true;
	return false;
}

/*
 * The first reliable frame that is not a helper. A frame with another function's name is passed
 * over, and that is said.
 */
static bool guilty_in(struct blame *l, const struct kd_stack *s)
{
	for (size_t k = first_own_frame(l, s); s && !s->stale && k < s->nframes; k++) {
		const struct kd_frame *f = &s->frames[k];

		if (l->hosts && f->inlined)
			continue;
		if (f->at_start && !is_pointer(f, l->arch) && !l->misnamed)
			l->misnamed = f;
		if (f->reliable && f->func.n && !kd_frame_is_generic(f, l->r)) {
			if (hides_one(l->r, s, k))
				return false;
			l->guilty = f;
			return true;
		}
	}
	return false;
}

/* A function that its line names without an offset (a work in flight): its frame, if there is one. */
static const struct kd_frame *on_stack(const struct kd_stack *s, const struct kd_frame *f)
{
	for (size_t k = 0; s && !f->has_offset && k < s->nframes; k++)
		if (s->frames[k].reliable && kd_view_eq(s->frames[k].func, f->func) &&
		    kd_view_eq(s->frames[k].module, f->module))
			return &s->frames[k];
	return f;
}

/*
 * A call of a wrong address has built no frame yet: who called stands in the link register, and the
 * trace goes on with the caller's caller. A wrong return leaves the link register equal to the pc.
 */
static bool jumped_from(struct blame *l)
{
	const struct kd_report *r = l->r;

	for (size_t i = 0; r->access.exec && i < r->nregsets; i++) {
		const struct kd_regset *s = &r->regsets[i];
		bool same = s->has_ip && s->has_lr && kd_view_eq(s->ip.func, s->lr.func) &&
			    s->ip.offset == s->lr.offset;

		if (s->label != KD_REGS_FAULT || !s->has_lr || !s->lr.func.n || same ||
		    kd_frame_is_generic(&s->lr, r))
			continue;
		l->guilty = &s->lr;
		return true;
	}
	return false;
}

/* An inlined function's host stands at the pc, where the header does not repeat it. */
static const struct kd_frame *fault_pc(const struct kd_report *r)
{
	for (size_t i = 0; i < r->nregsets; i++)
		if (r->regsets[i].label == KD_REGS_FAULT && r->regsets[i].has_ip && r->regsets[i].ip.func.n)
			return &r->regsets[i].ip;
	return NULL;
}

static void find_guilty(struct blame *l)
{
	const struct kd_report *r = l->r;
	const struct kd_stack *s = crash_stack(r, l->hosts);

	/* A jump to a wrong address is its caller's. */
	if (l->where && !r->access.exec && !kd_frame_is_generic(l->where, r)) {
		l->guilty = on_stack(s, l->where);
		return;
	}
	if (jumped_from(l) || guilty_in(l, s) || strcmp(r->kind->family, "rcu") != 0)
		return;
	/* The stall's own CPU shows how it was printed; the task's stack may be another one. */
	for (size_t i = 0; i < r->nstacks; i++)
		if ((r->stacks[i].role == KD_STACK_HOLDOUT || r->stacks[i].role == KD_STACK_CRASH) &&
		    guilty_in(l, &r->stacks[i]))
			return;
}

static bool any_inlined(const struct kd_report *r)
{
	if (r->has_where && r->where.inlined)
		return true;
	for (size_t i = 0; i < r->nstacks; i++)
		for (size_t k = 0; k < r->stacks[i].nframes; k++)
			if (r->stacks[i].frames[k].inlined)
				return true;
	return false;
}

static void find_where(struct kd_builder *b, enum kd_arch arch)
{
	struct kd_report *r = b->r;
	struct blame l = {.r = r, .arch = arch}, hosts;
	const struct kd_frame *pc = r->has_where && !r->where.inlined ? NULL : fault_pc(r);

	if (!r->has_where && pc) {
		r->where = *pc;
		r->has_where = true;
	}
	if (r->has_where && !r->where.inlined)
		r->where_host = r->where;
	else if (!r->has_where_host && pc)
		r->where_host = *pc;
	r->has_where_host |= pc || (r->has_where && !r->where.inlined);
	l.where = r->has_where ? &r->where : NULL;
	find_guilty(&l);
	if (l.misnamed)
		misnamed(b, l.misnamed);
	hosts = l;
	if (any_inlined(r)) {
		hosts = (struct blame){.r = r, .arch = arch, .hosts = true, .where = r->has_where_host ? &r->where_host : NULL};
		find_guilty(&hosts);
	}
	r->has_guilty = l.guilty;
	if (l.guilty)
		r->guilty = *l.guilty;
	r->has_guilty_host = hosts.guilty;
	if (hosts.guilty)
		r->guilty_host = *hosts.guilty;
}

/* The softirq that runs at the end of an interrupt or in ksoftirqd has no marks of its own. */
static bool in_softirq(const struct kd_stack *s)
{
	static const struct kd_view names[] = {
		KD_V("__do_softirq"),  KD_V("handle_softirqs"), KD_V("do_softirq"), KD_V("run_timer_softirq"),
		KD_V("net_rx_action"), KD_V("net_tx_action"),	KD_V("rcu_core_si"), KD_V("tasklet_action"),
	};

	for (size_t k = 0; s && k < s->nframes; k++) {
		struct kd_view f = s->frames[k].reliable ? kd_func_base(s->frames[k].func) : KD_VNULL;

		for (size_t i = 0; i < KD_ARRAY_LEN(names); i++)
			if (kd_view_eq(f, names[i]))
				return true;
	}
	return false;
}

/*
 * Below code that runs in an interrupt stands how it came; arm64 and arm print no marks around it. The
 * entry itself (el1_interrupt, __irq_svc) proves nothing: a preemption stands on it, too.
 */
static bool in_interrupt(const struct kd_report *r, const struct kd_stack *s)
{
	static const struct kd_view names[] = {
		KD_V("gic_handle_irq"), KD_V("do_interrupt_handler"),
		KD_V("generic_handle_domain_irq"), KD_V("handle_domain_irq"),
	};

	/* how a sample was taken */
	for (size_t k = 0; r->kind->pcclass != KD_PCC_SAMPLED && k < s->nframes; k++)
		for (size_t i = 0; i < KD_ARRAY_LEN(names); i++)
			if (s->frames[k].reliable &&
			    kd_view_eq(kd_func_base(s->frames[k].func), names[i]))
				return true;
	return false;
}

static void find_context(struct kd_report *r)
{
	struct kd_stack *s = crash_stack(r, false);

	if (s && (s->ctx == KD_CTX_IRQ || s->ctx == KD_CTX_TASK || !s->ctx) && in_softirq(s)) {
		r->ctx = KD_CTX_SOFTIRQ;
		s->ctx = KD_CTX_SOFTIRQ;
	} else if (s && s->ctx) {
		r->ctx = s->ctx;
	} else if (r->nlines && r->lines[0].caller == KD_CALLER_CPU &&
		   r->kind->pcclass != KD_PCC_SAMPLED && strcmp(r->kind->family, "lockup") != 0) {
		r->ctx = KD_CTX_INTERRUPT; /* printk_caller_id(): not in_task() */
	} else if (s && in_interrupt(r, s)) {
		r->ctx = KD_CTX_IRQ;
	} else if (s) {
		for (size_t k = 0; k < s->nframes; k++)
			if (kd_view_starts(s->frames[k].func, KD_V("ret_from_fork")) ||
			    kd_view_has(s->frames[k].func, KD_V("SYSCALL_64")) ||
			    kd_view_starts(s->frames[k].func, KD_V("el0")))
				r->ctx = KD_CTX_TASK;
	}
}

static void mark_modules(struct kd_report *r)
{
	for (size_t m = 0; m < r->nmodules; m++)
		for (size_t i = 0; i < r->nstacks && !r->modules[m].on_stack; i++)
			for (size_t k = 0; k < r->stacks[i].nframes; k++)
				if (r->stacks[i].frames[k].reliable &&
				    kd_view_eq(r->stacks[i].frames[k].module, r->modules[m].name))
					r->modules[m].on_stack = true;
}

/* The path in the kernel's tree: without the folder of the build machine, when that can be seen. */
static struct kd_view in_tree(struct kd_view path)
{
	static const struct kd_view tops[] = {
		KD_V("arch/"), KD_V("block/"), KD_V("certs/"), KD_V("crypto/"), KD_V("drivers/"), KD_V("fs/"),
		KD_V("include/"), KD_V("init/"), KD_V("io_uring/"), KD_V("ipc/"), KD_V("kernel/"), KD_V("lib/"),
		KD_V("mm/"), KD_V("net/"), KD_V("rust/"), KD_V("samples/"), KD_V("security/"), KD_V("sound/"),
		KD_V("virt/"),
	};
	struct kd_view v = path, found = KD_VNULL;

	while (v.n) {
		size_t slash = kd_view_chr(v, '/');
		bool top = false;

		for (size_t i = 0; i < KD_ARRAY_LEN(tops); i++)
			top |= kd_view_starts(v, tops[i]);
		if (found.n && !top)
			break;
		if (top)
			found = v;
		/* A checkout may be called kernel: kernel/mm/ is no folder of the tree, drivers/net/ is. */
		if ((top && !kd_view_starts(v, KD_V("kernel/"))) || slash == KD_NPOS)
			break;
		v = kd_view_from(v, slash + 1);
	}
	return found;
}

static void subsystem(struct kd_report *r, struct kd_arena *a)
{
	struct kd_view file = in_tree(r->loc_file.n ? r->loc_file : r->has_guilty ? r->guilty.file : KD_VNULL);
	size_t slash = kd_view_rchr(file, '/');

	if (r->kind->helpers && r->loc_file.n && (kd_view_starts(file, KD_V("lib/")) || kd_view_starts(file, KD_V("mm/usercopy"))))
		slash = KD_NPOS; /* where the check stands says nothing */
	if (r->has_guilty && r->guilty.module.n) {
		r->subsystem = r->guilty.module;
		r->subsystem_why = KD_V("module of the frame");
	} else if (slash != KD_NPOS) {
		r->subsystem = kd_arena_view(a, kd_view_head(file, slash));
		r->subsystem_why = KD_V("directory of the source file that the report names");
	}
}

static void title(struct kd_builder *b)
{
	struct kd_report *r = b->r;
	const struct kd_frame *f = r->has_guilty ? &r->guilty : r->has_where ? &r->where : NULL;
	struct kd_view head;

	if (r->title.p)
		return;
	head = r->nlines ? r->lines[0].text : KD_VNULL;
	for (size_t i = 0; i < r->nlines; i++)
		if (r->lines[i].role == KD_ROLE_HEADER)
			head = r->lines[i].text;
	if (f && f->func.n && r->guilty_is_caller && r->has_guilty)
		kd_builder_title(b, "%s in a function called from %.*s", r->kind->words,
				 KD_VARG(kd_demangle(b->arena, kd_func_base(f->func))));
	else if (f && f->func.n)
		kd_builder_title_in(b, kd_view_of(r->kind->words),
				    kd_demangle(b->arena, kd_func_base(f->func)));
	else if (r->kind->alone || r->kind->needs_trace)
		kd_builder_title(b, "%.*s", KD_VARG(kd_view_trim(head)));
	else
		kd_builder_title(b, "%s", r->kind->words);
}

static void unknown_lines(struct kd_builder *b)
{
	struct kd_report *r = b->r;
	size_t n = 0, first = 0;

	for (size_t i = 0; i < r->nlines; i++)
		if (r->lines[i].role == KD_ROLE_UNKNOWN && !n++)
			first = i;
	if (!n)
		return;
	b->line = (int32_t)first;
	kd_builder_diag(b, "unknown_line", "%zu line%s inside the report not understood", n,
			n == 1 ? " was" : "s were");
}

void kd_finish(struct kd_builder *b, const struct kd_scan_opts *o)
{
	const enum kd_scan_want want = o->want;
	struct kd_report *r = b->r;
	enum kd_arch arch;

	r->regsets = b->regsets.v;
	r->nregsets = b->regsets.n;
	r->stacks = b->stacks.v;
	r->nstacks = b->stacks.n;
	r->modules = b->modules.v;
	r->nmodules = b->modules.n;
	r->sections = b->sections.v;
	r->nsections = b->sections.n;
	if (o->name_frames)
		o->name_frames(o->name_user, r);
	r->infrastructure = r->kind->infrastructure;
	arch = kd_arch_find(r);
	if (arch != KD_ARCH_UNKNOWN)
		r->arch = kd_view_of(kd_arch_info(arch)->name);
	adopt_panic_stack(r);
	kd_arch_user_sets(r, arch);
	label_sets(b);
	kd_arch_codes(b, arch);
	if (want == KD_WANT_ALL)
		class_values(r, arch);
	mark_starts(r, arch);
	mark_stale(b);
	find_where(b, arch);
	find_context(r);
	if (want == KD_WANT_ALL)
		kd_find_call(r, arch);
	r->died = r->kind->oops || r->has_oops_no;
	if (want == KD_WANT_ALL) {
		mark_modules(r);
		kd_find_owner(r);
		subsystem(r, b->arena);
	}
	if (r->kind->finish)
		r->kind->finish(b);
	title(b);
	unknown_lines(b);
	r->sections = b->sections.v;
	r->nsections = b->sections.n;
	r->diags = b->diags.v;
	r->ndiags = b->diags.n;
	kd_signatures(r, want == KD_WANT_ALL ? KD_NSIG : want == KD_WANT_TABLE ? KD_SIG_STRICT + 1 : 0);
}
