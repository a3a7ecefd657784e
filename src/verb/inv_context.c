/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who and where: place, task, owner, subsystem, system call, machine. */
#include "base/alloc.h"
#include "verb/inv.h"

static int32_t where_line(const struct kd_report *r)
{
	const struct kd_regset *s = kd_inv_regset(r, KD_REGS_FAULT);

	if (r->has_where && r->where.line >= 0 && (size_t)r->where.line < r->nlines)
		return r->where.line;
	return s && s->line >= 0 ? s->line : 0;
}

static bool same_func(const struct kd_frame *a, const struct kd_frame *b)
{
	return kd_view_eq(a->func, b->func);
}

static void say_where(struct kd_inv_build *b)
{
	const struct kd_report *r = b->r;
	const char *what = r->kind && r->kind->pcclass == KD_PCC_SAMPLED
				   ? " (one sample of where the CPU or task was)"
			   : r->kind && r->kind->pcclass == KD_PCC_IMPRECISE
				   ? " (imprecise: where the CPU was when the error arrived)"
				   : "";
	struct kd_statement *s;

	if (!r->has_where)
		return;
	s = kd_inv_say(b, KD_PART_CONTEXT, "where", "%.*s%s", KD_VARG(b->f->place), what);
	kd_inv_at(b, s, where_line(r));
}

/* Trap 4: a helper faults on what its caller gave it. */
static void say_caller(struct kd_inv_build *b)
{
	const struct kd_report *r = b->r;
	struct kd_view sym;
	struct kd_statement *s;

	if (!r->has_guilty || !r->guilty.func.n || (r->has_where && same_func(&r->guilty, &r->where)))
		return;
	sym = kd_inv_symbol(b->arena, &r->guilty);
	s = kd_inv_say(b, KD_PART_CONTEXT, "look at", "%.*s: %s", KD_VARG(sym),
		       r->guilty_is_caller
			       ? "what it called, which the log does not name"
			       : "the first function on the stack that is not a common helper");
	kd_inv_at(b, s, r->guilty.line);
}

static void say_task(struct kd_inv_build *b)
{
	const struct kd_report *r = b->r;
	bool irq = kd_ctx_borrows_task(r->ctx);
	kd_auto(kd_buf_deinit) struct kd_buf t = KD_BUF_INIT(512);
	struct kd_statement *s;

	if (r->has_cpu)
		kd_buf_printf(&t, "CPU %u", r->cpu);
	if (r->comm.n)
		kd_buf_printf(&t, "%s%.*s", t.n ? ", task " : "task ",
			      KD_VARG(kd_view_head(r->comm, 64)));
	if (r->has_pid)
		kd_buf_printf(&t, " pid %lld", (long long)r->pid);
	if (r->has_uid)
		kd_buf_printf(&t, " uid %u", r->uid);
	if (r->ctx != KD_CTX_UNKNOWN)
		kd_buf_printf(&t, "%s%s", t.n ? ", " : "", kd_ctx_words(r->ctx));
	if (irq && r->comm.n)
		kd_buf_printf(&t, ": the current task is a bystander");
	if (r->workqueue.n)
		kd_buf_printf(&t, ", workqueue: %.*s", KD_VARG(kd_view_head(r->workqueue, 120)));
	if (!t.n)
		return;
	s = kd_inv_say(b, KD_PART_CONTEXT, "who", "%.*s", KD_VARG(kd_buf_view(&t)));
	kd_inv_at(b, s, r->cpu_line);
}

static void say_owner(struct kd_inv_build *b)
{
	const struct kd_report *r = b->r;
	kd_auto(kd_buf_deinit) struct kd_buf t = KD_BUF_INIT(512);

	kd_buf_printf(&t, "%s", kd_owner_words(r->owner));
	if (r->owner_why.n)
		kd_buf_printf(&t, ", because %.*s", KD_VARG(kd_view_head(r->owner_why, 200)));
	kd_inv_say(b, KD_PART_CONTEXT, "owner", "%.*s", KD_VARG(kd_buf_view(&t)));
	if (!r->subsystem.n)
		return;
	kd_buf_clear(&t);
	kd_buf_printf(&t, "%.*s (a guess", KD_VARG(kd_view_head(r->subsystem, 100)));
	if (r->subsystem_why.n)
		kd_buf_printf(&t, " from %.*s", KD_VARG(kd_view_head(r->subsystem_why, 200)));
	kd_inv_say(b, KD_PART_CONTEXT, "area", "%.*s)", KD_VARG(kd_buf_view(&t)));
}

static void say_kernel(struct kd_inv_build *b)
{
	const struct kd_report *r = b->r;
	struct kd_statement *s;

	if (r->release.n) {
		s = kd_inv_say(b, KD_PART_CONTEXT, "kernel", "%.*s%s%.*s",
			       KD_VARG(kd_view_head(r->release, 120)), r->build.n ? " " : "",
			       KD_VARG(kd_view_head(r->build, 160)));
		kd_inv_at(b, s, r->release_line);
	}
	if (r->hardware.n && *r->hardware.p) { /* a damaged line may hold NUL, where %s ends */
		s = kd_inv_say(b, KD_PART_CONTEXT, "machine", "%.*s",
			       KD_VARG(kd_view_head(r->hardware, 200)));
		kd_inv_at(b, s, r->hardware_line);
	} else if (*b->inv->reports->log.hardware) {
		kd_inv_say(b, KD_PART_CONTEXT, "machine", "%s (line %llu of this log, outside the report)",
			   b->inv->reports->log.hardware,
			   (unsigned long long)b->inv->reports->log.hardware_line);
	}
}

/* Modules that the kernel's tree does not hold and that are on a stack of this report. */
static void say_modules(struct kd_inv_build *b)
{
	const struct kd_report *r = b->r;

	for (size_t i = 0; i < r->nmodules; i++) {
		const struct kd_module *m = &r->modules[i];
		bool foreign = kd_view_chr(m->flags, 'O') != KD_NPOS ||
			       kd_view_chr(m->flags, 'P') != KD_NPOS ||
			       kd_view_chr(m->flags, 'X') != KD_NPOS;
		struct kd_statement *s;

		if (!foreign || !m->on_stack)
			continue;
		s = kd_inv_say(b, KD_PART_CONTEXT, "module",
			       "%.*s(%.*s) is on the stack and does not come with the kernel",
			       KD_VARG(kd_view_head(m->name, 64)), KD_VARG(kd_view_head(m->flags, 16)));
		kd_inv_at(b, s, m->line);
	}
}

void kd_inv_context(struct kd_inv_build *b)
{
	const struct kd_report *r = b->r;

	say_where(b);
	say_caller(b);
	say_task(b);
	say_owner(b);
	say_modules(b);
	if (r->syscall.n)
		kd_inv_say(b, KD_PART_CONTEXT, "syscall", "%.*s()%s%.*s%s",
			   KD_VARG(kd_view_head(r->syscall, 64)), r->syscall_why.n ? " (" : "",
			   KD_VARG(kd_view_head(r->syscall_why, 200)), r->syscall_why.n ? ")" : "");
	say_kernel(b);
}
