// SPDX-License-Identifier: GPL-2.0-or-later
#include "verb/core_bt.h"

#include <string.h>

#include "base/alloc.h"
#include "format/vmcoreinfo.h"
#include "verb/core_bt_internal.h"

enum { STACKS_MAX = 1 << 16 };

/* What is open while an answer is put together. */
struct job {
	struct kd_ctx *ctx;
	struct kd_kernel *k;
	struct kd_unwinder *u;
	struct kd_modules mods;
	struct kd_cpus cpus;
	struct kd_arena *arena;
	struct kd_core_bt *bt;
	struct kd_error *err;
};

/* --- names ------------------------------------------------------------------------------------------- */

static void name_frame(struct job *j, struct kd_core_bt_frame *f)
{
	const uint64_t at = f->f.exact ? f->f.pc : f->f.pc - 1; /* a call may be the last thing of a function */
	const struct kd_module *m = NULL;
	struct kd_ksym sym;
	bool known;

	if (kd_kernel_is_text(j->k, at)) {
		known = kd_ksyms_at(kd_kernel_symbols(j->k), at, &sym);
	} else {
		m = kd_modules_at(&j->mods, at);
		known = m && kd_module_symbol(j->k, m, at, &sym);
	}
	if (m)
		f->module = kd_arena_view(j->arena, kd_view_of(m->name));
	if (!known)
		return;
	f->name = kd_arena_view(j->arena, kd_view_of(sym.name));
	f->off = f->f.pc - sym.addr;
	f->size = sym.size;
}

static struct kd_error *take_stack(struct job *j, const struct kd_stack *st, struct kd_core_bt_stack *ret)
{
	ret->stack = *st;
	ret->frame = kd_arena_array(j->arena, st->n, struct kd_core_bt_frame);
	if (st->n && !ret->frame)
		return kd_error_new(KD_LIMIT, "no room for another stack");
	ret->n = st->n;
	for (size_t i = 0; i < st->n; i++) {
		ret->frame[i].f = st->v[i];
		name_frame(j, &ret->frame[i]);
	}
	return NULL;
}

/* --- stacks ------------------------------------------------------------------------------------------ */

static struct kd_error *unwind_cpu(struct job *j, const struct kd_cpu *c)
{
	struct kd_core_bt_stack *s = &j->bt->v[j->bt->n];
	struct kd_stack st;
	struct kd_error *err;

	*s = (struct kd_core_bt_stack){.has_task = c->has_task, .task = c->task, .has_cpu = true, .cpu = c->cpu,
				       .panicked = c->panicked};
	j->bt->n++;
	if (!c->regs) {
		s->none = KD_V("the dump has no registers of this CPU");
		return NULL;
	}
	err = kd_unwind(j->u, c->regs, true, c->has_task ? c->task.stack_end : 0, j->arena, &st);
	return err ? err : take_stack(j, &st, s);
}

static struct kd_error *unwind_task(struct job *j, const struct kd_task *t)
{
	const struct kd_cpu *c = kd_cpus_of_task(&j->cpus, t->addr);
	struct kd_core_bt_stack *s = &j->bt->v[j->bt->n];
	char why[KD_TASKS_WHY];
	struct kd_x86_regs regs;
	struct kd_stack st;
	struct kd_error *err;

	if (c)
		return unwind_cpu(j, c);
	*s = (struct kd_core_bt_stack){.has_task = true, .task = *t};
	j->bt->n++;
	if (!kd_task_regs(j->k, t, &regs, why)) {
		s->none = kd_arena_view(j->arena, kd_view_of(why));
		return NULL;
	}
	err = kd_unwind(j->u, &regs, false, t->stack_end, j->arena, &st);
	return err ? err : take_stack(j, &st, s);
}

static struct kd_error *room_for(struct job *j, size_t n)
{
	j->bt->v = kd_arena_array(j->arena, n, struct kd_core_bt_stack);
	return j->bt->v ? NULL : kd_error_new(KD_LIMIT, "no room for %zu stacks", n);
}

static struct kd_error *of_cpus(struct job *j, bool all)
{
	struct kd_error *err = room_for(j, j->cpus.n);

	for (size_t i = 0; !err && i < j->cpus.n; i++)
		if (all || j->cpus.v[i].panicked) {
			err = kd_ctx_check(j->ctx);
			if (!err)
				err = unwind_cpu(j, &j->cpus.v[i]);
		}
	return err;
}

/* Process 0 is the idle task of each CPU. */
static struct kd_error *of_pid(struct job *j, const char *text)
{
	struct kd_view v = kd_view_of(text);
	struct kd_task t;
	uint64_t pid;

	if (!kd_view_dec(v, &pid) || !pid || pid > INT32_MAX)
		return kd_error_new(KD_INVALID, "\"%s\" is no process id%s", text,
				    kd_view_eq(v, KD_V("0")) ? " (0 is the idle task of every CPU: see --all)" : "");
	if (!kd_task_by_pid(j->k, (int32_t)pid, &t, j->bt->tasks_why))
		return kd_error_new(KD_NOTFOUND, "no task %s%s%s", text, j->bt->tasks_why[0] ? " was found: " : " in the dump",
				    j->bt->tasks_why);
	return unwind_task(j, &t);
}

static struct kd_error *of_pids(struct job *j, const struct kd_core_bt_options *o)
{
	struct kd_error *err = room_for(j, o->npid);

	for (size_t i = 0; !err && i < o->npid; i++)
		err = of_pid(j, o->pid[i]);
	return err;
}

static bool one_task(void *user, uint64_t addr)
{
	struct job *j = user;
	struct kd_task t;

	if (j->bt->n == STACKS_MAX) {
		j->bt->cut = true;
		return false;
	}
	j->err = kd_ctx_check(j->ctx);
	if (!j->err && kd_task_read(j->k, addr, &t))
		j->err = unwind_task(j, &t);
	return !j->err;
}

static struct kd_error *of_tasks(struct job *j)
{
	struct kd_error *err = room_for(j, STACKS_MAX);

	if (err)
		return err;
	kd_tasks_walk(j->k, one_task, j, j->bt->tasks_why);
	/* idle tasks are in no list; that of the first CPU is init_task, which the walk began with */
	for (size_t i = 0; !j->err && i < j->cpus.n && j->bt->n < STACKS_MAX; i++)
		if (j->cpus.v[i].has_task && !j->cpus.v[i].task.pid && j->cpus.v[i].task.addr != j->bt->v[0].task.addr)
			j->err = unwind_cpu(j, &j->cpus.v[i]);
	return j->err;
}

static struct kd_error *answer(struct job *j, const struct kd_core_bt_options *o)
{
	if (o->npid)
		return of_pids(j, o);
	if (o->tasks)
		return of_tasks(j);
	j->bt->no_panic = !o->cpus && !j->cpus.panicked;
	return of_cpus(j, o->cpus || j->bt->no_panic);
}

static void describe(struct job *j)
{
	struct kd_core_bt *bt = j->bt;
	const char *why = kd_kernel_no_types(j->k);
	struct kd_view release = kd_vmcoreinfo_get(kd_space_vmcoreinfo(kd_kernel_space(j->k)), KD_V("OSRELEASE"));

	bt->release = release.n ? kd_arena_view(j->arena, release) : KD_VNULL;
	bt->symbols = kd_ksyms_count(kd_kernel_symbols(j->k));
	bt->modules = j->mods.n;
	bt->modules_why = j->mods.why;
	bt->orc = kd_unwinder_layout(j->u);
	if (kd_unwinder_no_table(j->u))
		bt->no_orc = kd_arena_view(j->arena, kd_view_of(kd_unwinder_no_table(j->u)));
	bt->no_types = why ? kd_arena_view(j->arena, kd_view_of(why)) : KD_VNULL;
	bt->lost_notes = j->cpus.lost_notes;
}

static struct kd_error *with_kernel(struct job *j, const struct kd_pages_info *info, const struct kd_core_bt_options *o)
{
	kd_auto(kd_unwinder_freep) struct kd_unwinder *u = NULL;
	struct kd_error *err;

	kd_modules_read(j->k, j->arena, &j->mods);
	err = kd_unwinder_new(j->k, &j->mods, &u);
	j->u = u;
	if (!err)
		err = kd_cpus_read(j->k, info->notes, j->arena, &j->cpus);
	if (err)
		return err;
	describe(j);
	return answer(j, o);
}

struct kd_error *kd_core_bt(struct kd_ctx *ctx, const char *path, const struct kd_core_bt_options *o, struct kd_arena *arena,
			    struct kd_core_bt *ret)
{
	kd_auto(kd_pages_closep) struct kd_pages *pages = NULL;
	kd_auto(kd_space_freep) struct kd_space *space = NULL;
	kd_auto(kd_kernel_freep) struct kd_kernel *kernel = NULL;
	struct kd_core_bt bt = {0};
	struct job j = {.ctx = ctx, .arena = arena, .bt = &bt};
	struct kd_error *err = kd_pages_open(path, &pages);

	if (err)
		return err;
	err = kd_space_new(pages, &space);
	if (!err)
		err = kd_kernel_open(space, &kernel);
	j.k = kernel;
	if (!err)
		err = with_kernel(&j, kd_pages_info(pages), o);
	if (!err && o->ndebug)
		err = kd_core_bt_lines(ctx, o, kd_space_vmcoreinfo(space), arena, &bt);
	if (err)
		return kd_error_wrap(err, "%s", path);
	*ret = bt;
	return NULL;
}
