// SPDX-License-Identifier: GPL-2.0-or-later
/* What follows from all lines of a report: where, who, how bad, what to call it. */
#include "base/alloc.h"
#include "report/arch.h"
#include "report/engine.h"
#include "report/regval.h"
#include "report/syscalls.h"

static const struct kd_stack *crash_stack(const struct kd_report *r)
{
	for (size_t i = 0; i < r->nstacks; i++)
		if (r->stacks[i].role == r->kind->about && r->stacks[i].nframes)
			return &r->stacks[i];
	return NULL;
}

/* Which register set is which: the first is the event, user mode is the entry. */
static void label_sets(struct kd_report *r)
{
	const struct kd_regset *first = NULL;
	bool fault = false;

	for (size_t i = 0; i < r->nregsets; i++) {
		struct kd_regset *s = &r->regsets[i];

		s->pc_class = r->kind->pcclass;
		if (s->user) {
			s->label = KD_REGS_USER;
		} else if (!fault) {
			s->label = KD_REGS_FAULT;
			fault = true;
			first = s;
		} else if (r->end_trace.p && s->line >= 0 && (size_t)s->line + 40 > r->nlines &&
			   s->ip.func.n && kd_view_eq(s->ip.func, first->ip.func)) {
			s->label = KD_REGS_REPEAT;
		} else {
			s->label = KD_REGS_INTERRUPTED;
		}
	}
}

static void class_values(struct kd_report *r, struct kd_arena *a, enum kd_arch arch)
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
	(void)a;
}

bool kd_func_passed(struct kd_view base, const struct kd_report *r)
{
	for (const char *const *h = r->kind->helpers; h && *h; h++)
		if (kd_pattern_fits(*h, base))
			return true;
	return kd_func_is_generic(base, r);
}

static void find_where(struct kd_report *r)
{
	const struct kd_stack *s;

	for (size_t i = 0; !r->has_where && i < r->nregsets; i++)
		if (!r->regsets[i].user && r->regsets[i].has_ip && r->regsets[i].ip.func.n) {
			r->where = r->regsets[i].ip;
			r->has_where = true;
		}
	if (r->has_where && !kd_func_passed(kd_func_base(r->where.func), r)) {
		r->guilty = r->where;
		r->has_guilty = true;
		return;
	}
	s = crash_stack(r);
	for (size_t k = 0; s && k < s->nframes; k++) {
		const struct kd_frame *f = &s->frames[k];

		if (f->reliable && f->func.n && !kd_func_passed(kd_func_base(f->func), r)) {
			r->guilty = *f;
			r->has_guilty = true;
			return;
		}
	}
}

static void find_syscall(struct kd_report *r, struct kd_arena *a)
{
	for (size_t i = 0; i < r->nstacks; i++)
		for (size_t k = r->stacks[i].nframes; k-- > 0;) {
			struct kd_syscall_entry e;
			const struct kd_frame *f = &r->stacks[i].frames[k];

			if (r->stacks[i].role > KD_STACK_INTERRUPTED || !f->reliable ||
			    !kd_syscall_from_symbol(f->func, &e) || !e.entry)
				continue;
			r->syscall = kd_arena_view(a, e.name);
			r->syscall_why = kd_arena_printf(a, "entry function %.*s in the trace",
							 KD_VARG(f->func));
			return;
		}
}

static void find_context(struct kd_report *r)
{
	const struct kd_stack *s = crash_stack(r);

	if (s && s->ctx)
		r->ctx = s->ctx;
	else if (r->nlines && r->lines[0].caller == 2)
		r->ctx = KD_CTX_IRQ;
	else if (s)
		for (size_t k = 0; k < s->nframes; k++)
			if (kd_view_starts(s->frames[k].func, KD_V("ret_from_fork")) ||
			    kd_view_has(s->frames[k].func, KD_V("SYSCALL_64")) ||
			    kd_view_starts(s->frames[k].func, KD_V("el0")))
				r->ctx = KD_CTX_TASK;
}

static void outcome(struct kd_report *r)
{
	if (r->panicked) {
		r->outcome = KD_OUT_FATAL;
		r->outcome_why = KD_V("a kernel panic line belongs to this report");
	} else if (r->kind->oops && r->ctx != KD_CTX_TASK && r->ctx != KD_CTX_UNKNOWN) {
		r->outcome = KD_OUT_UNKNOWN;
		r->outcome_why = KD_V("an oops in interrupt context panics, but no panic line is here");
	} else if (!r->kind->oops && (r->end_trace.p || !strcmp(r->kind->family, "warning") ||
				      !strcmp(r->kind->family, "lockdep"))) {
		r->outcome = KD_OUT_RECOVERED;
		r->outcome_why = KD_V("the kernel goes on after a report of this kind, and no panic line follows");
	} else {
		r->outcome = KD_OUT_UNKNOWN;
		r->outcome_why = KD_V("no line says that the kernel went on or died");
	}
}

static void severity(struct kd_report *r)
{
	r->tier = r->kind->tier;
	r->tier_why = kd_view_of(r->kind->words);
	if (r->outcome == KD_OUT_FATAL && r->tier < KD_TIER_CRIT && !r->infrastructure) {
		r->tier = KD_TIER_CRIT;
		r->tier_why = KD_V("the machine panicked");
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

static const struct kd_module *module_of(const struct kd_report *r, struct kd_view name)
{
	for (size_t m = 0; name.n && m < r->nmodules; m++)
		if (kd_view_eq(r->modules[m].name, name))
			return &r->modules[m];
	return NULL;
}

/* The instruction pointer has no symbol and the first frame is the call into EFI. */
static bool in_firmware(const struct kd_report *r)
{
	const struct kd_stack *s = crash_stack(r);

	if (!r->kind->oops || !r->nregsets || !r->regsets[0].has_ip || r->regsets[0].ip.func.n || !s)
		return false;
	for (size_t k = 0; k < s->nframes; k++)
		if (s->frames[k].reliable)
			return kd_view_eq(s->frames[k].func, KD_V("__efi_call")) ||
			       kd_view_eq(s->frames[k].func, KD_V("efi_call")) ||
			       kd_view_eq(s->frames[k].func, KD_V("__efi_rt_asm_wrapper"));
	return false;
}

static void owner(struct kd_report *r, struct kd_arena *a)
{
	const struct kd_module *m = module_of(r, r->has_guilty ? r->guilty.module : KD_VNULL);

	r->owner = r->kind->owner;
	r->owner_why = r->owner == KD_OWNER_KERNEL ? KD_V("nothing in the text points elsewhere")
						   : kd_view_of(r->kind->words);
	if (m && kd_view_chr(m->flags, 'O') != KD_NPOS) {
		r->owner = KD_OWNER_OOT_MODULE;
		r->owner_why = kd_arena_printf(a, "%.*s is an out-of-tree module (flag O)", KD_VARG(m->name));
	} else if (in_firmware(r)) {
		r->owner = KD_OWNER_FIRMWARE;
		r->owner_why = KD_V("the code that ran is a runtime service of the firmware (EFI)");
	} else if (r->has_guilty && kd_view_starts(r->guilty.func, KD_V("bpf_prog_"))) {
		r->owner = KD_OWNER_BPF;
		r->owner_why = KD_V("the code is a BPF program");
	}
}

static void subsystem(struct kd_report *r, struct kd_arena *a)
{
	struct kd_view file = r->loc_file.n ? r->loc_file : r->has_guilty ? r->guilty.file : KD_VNULL;
	size_t slash = kd_view_rchr(file, '/');

	if (r->kind->helpers && r->loc_file.n && (kd_view_starts(file, KD_V("lib/")) || kd_view_starts(file, KD_V("mm/usercopy"))))
		slash = KD_NPOS; /* where the check stands says nothing */
	if (r->has_guilty && r->guilty.module.n) {
		r->subsystem = r->guilty.module;
		r->subsystem_why = KD_V("module of the frame");
	} else if (slash != KD_NPOS && file.p[0] != '/') {
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
	if (f && f->func.n)
		kd_builder_title(b, "%s in %.*s", r->kind->words, KD_VARG(kd_func_base(f->func)));
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

void kd_finish(struct kd_builder *b)
{
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
	r->infrastructure = r->kind->infrastructure;
	arch = kd_arch_find(r);
	if (arch != KD_ARCH_UNKNOWN)
		r->arch = kd_view_of(kd_arch_info(arch)->name);
	kd_arch_user_sets(r, arch);
	label_sets(r);
	kd_arch_codes(b, arch);
	class_values(r, b->arena, arch);
	find_where(r);
	find_context(r);
	find_syscall(r, b->arena);
	mark_modules(r);
	outcome(r);
	severity(r);
	owner(r, b->arena);
	subsystem(r, b->arena);
	if (r->kind->finish)
		r->kind->finish(b);
	title(b);
	unknown_lines(b);
	r->sections = b->sections.v;
	r->nsections = b->sections.n;
	r->diags = b->diags.v;
	r->ndiags = b->diags.n;
	kd_signatures(r);
}
