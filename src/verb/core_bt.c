// SPDX-License-Identifier: GPL-2.0-or-later
#include "verb/core_bt.h"

#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "core/taskinfo.h"
#include "format/vmcoreinfo.h"
#include "verb/core_bt_internal.h"

enum { STACKS_MAX = 1 << 16, SCRATCH_MAX = 4 << 20, ENDBR = 4 };

/* What is open while an answer is put together. */
struct job {
	struct kd_ctx *ctx;
	struct kd_kernel *k;
	struct kd_unwinder *u;
	struct kd_modules mods;
	struct kd_cpus cpus;
	struct kd_arena *arena;
	struct kd_arena scratch; /* of the stack that is being unwound */
	struct kd_core_bt_groups groups;
	const char *state; /* NULL: any */
	struct kd_core_bt *bt;
	struct kd_error *err;
};

/* --- names ------------------------------------------------------------------------------------------- */

static void name_frame(struct job *j, struct kd_core_bt_frame *f)
{
	const uint64_t at = f->f.exact ? f->f.pc : f->f.pc - 1; /* a call may be the last thing of a function */
	const struct kd_core_module *m = NULL;
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

/* Parts of one function (NAME.cold, NAME.part.0) are it. */
static bool is_part(struct kd_view a, struct kd_view b)
{
	const size_t x = kd_view_chr(a, '.'), y = kd_view_chr(b, '.');

	return kd_view_eq(kd_view_head(a, x < a.n ? x : a.n), kd_view_head(b, y < b.n ? y : b.n));
}

/*
 * Was the callee entered by a jump? Then its caller's call names the function that jumped, and has no frame any more. Calls
 * through thunks and trampolines (indirect ones, static calls) say nothing.
 */
static void find_jump(struct job *j, struct kd_core_bt_frame *f, const struct kd_core_bt_frame *caller)
{
	static const char *const thunks[] = {"__x86_", "__pi___x86_", "__SCT__", "__SCK__", "__fentry__", "srso_", "retbleed_", "entry_"};
	const uint64_t target = caller->f.exact || !f->name.n ? 0 : kd_unwinder_callee(j->u, caller->f.pc);
	struct kd_core_bt_frame to = {.f = {.pc = target, .exact = true}};

	if (!target)
		return;
	name_frame(j, &to);
	if (!to.name.n || to.off > ENDBR || target - to.off == f->f.pc - f->off || is_part(to.name, f->name))
		return;
	for (size_t i = 0; i < KD_ARRAY_LEN(thunks); i++)
		if (kd_view_starts(to.name, kd_view_of(thunks[i])))
			return;
	f->through = to.name;
}

static struct kd_error *name_frames(struct job *j, struct kd_core_bt_stack *s)
{
	s->frame = kd_arena_array(j->arena, s->stack.n, struct kd_core_bt_frame);
	if (s->stack.n && !s->frame)
		return kd_error_new(KD_LIMIT, "no room for another stack");
	s->n = s->stack.n;
	for (size_t i = 0; i < s->n; i++) {
		s->frame[i].f = s->stack.v[i];
		name_frame(j, &s->frame[i]);
	}
	for (size_t i = 0; i + 1 < s->n; i++)
		if (s->frame[i + 1].f.how != KD_FRAME_SCAN)
			find_jump(j, &s->frame[i], &s->frame[i + 1]);
	return NULL;
}

static struct kd_error *take_stack(struct job *j, const struct kd_core_bt_who *who, bool panicked, const struct kd_core_stack *st,
				   struct kd_view why)
{
	bool is_new;
	struct kd_error *err = kd_core_bt_groups_take(&j->groups, who, panicked, st, why, &is_new);

	kd_arena_reset(&j->scratch);
	return err || !is_new ? err : name_frames(j, &j->bt->v[j->bt->n - 1]);
}

/* The letter of the state that task_struct.__state (state, before 5.14) says; '?': not known. */
static char state_of(struct kd_kernel *k, uint64_t task)
{
	uint64_t state, exit_state;

	if ((!kd_kernel_read(k, task, "task_struct", "__state", &state) && !kd_kernel_read(k, task, "task_struct", "state", &state)) ||
	    !kd_kernel_read(k, task, "task_struct", "exit_state", &exit_state))
		return '?';
	return kd_task_state_of(state, exit_state).letter;
}

static bool is_wanted(const struct job *j, const struct kd_core_bt_who *w)
{
	return !j->state || (w->has_task && strchr(j->state, w->state));
}

/* --- stacks ------------------------------------------------------------------------------------------ */

static struct kd_error *unwind_cpu(struct job *j, const struct kd_cpu *c)
{
	const struct kd_core_bt_who who = {.has_task = c->has_task, .task = c->task, .has_cpu = true, .cpu = c->cpu,
					   .state = c->has_task ? state_of(j->k, c->task.addr) : '?'};
	const struct kd_unwind_from from = kd_cpu_stack(c);
	struct kd_core_stack st;
	struct kd_error *err;

	if (!is_wanted(j, &who))
		return NULL;
	if (!c->regs)
		return take_stack(j, &who, c->panicked, NULL, KD_V("the dump has no registers of this CPU"));
	err = kd_unwind(j->u, &from, &j->scratch, &st);
	return err ? err : take_stack(j, &who, c->panicked, &st, KD_VNULL);
}

static struct kd_error *unwind_task(struct job *j, const struct kd_task *t)
{
	const struct kd_core_bt_who who = {.has_task = true, .task = *t, .state = state_of(j->k, t->addr)};
	const struct kd_cpu *c = kd_cpus_of_task(&j->cpus, t->addr);
	char why[KD_TASKS_WHY];
	struct kd_core_regs regs;
	struct kd_core_stack st;
	struct kd_error *err;

	if (c)
		return unwind_cpu(j, c);
	if (!is_wanted(j, &who))
		return NULL;
	if (!kd_task_regs(j->k, t, &regs, why))
		return take_stack(j, &who, false, NULL, kd_view_of(why));
	err = kd_unwind(j->u, &(struct kd_unwind_from){.regs = &regs, .stack = t->stack, .stack_end = t->stack_end}, &j->scratch, &st);
	return err ? err : take_stack(j, &who, false, &st, KD_VNULL);
}

struct owner {
	struct kd_kernel *k;
	struct kd_core_bt *bt;
};

static bool is_owner(void *user, uint64_t addr)
{
	struct owner *o = user;
	struct kd_task t;
	size_t left = 0;

	if (!kd_task_read(o->k, addr, &t) || !t.stack)
		return true;
	for (size_t i = 0; i < o->bt->n; i++) {
		struct kd_core_bt_stack *s = &o->bt->v[i];

		if (s->who.has_task || !s->n)
			continue;
		if (s->frame[s->n - 1].f.sp - t.stack < t.stack_end - t.stack) {
			s->who.has_task = true;
			s->who.task = t;
			s->who.state = state_of(o->k, addr);
		}
		left += !s->who.has_task;
	}
	return left > 0;
}

/* Whose stacks are these? Where symbols do not say what runs on a CPU that was interrupted, its outermost frame does. */
static void find_owners(struct job *j)
{
	struct owner o = {.k = j->k, .bt = j->bt};
	char why[KD_TASKS_WHY];

	if (j->cpus.by_notes)
		kd_tasks_walk(j->k, is_owner, &o, why);
}

static struct kd_error *of_cpus(struct job *j, bool all)
{
	struct kd_error *err = NULL;

	for (size_t i = 0; !err && i < j->cpus.n; i++)
		if (all || j->cpus.v[i].panicked) {
			err = kd_ctx_check(j->ctx);
			if (!err)
				err = unwind_cpu(j, &j->cpus.v[i]);
		}
	if (!err)
		find_owners(j);
	return err;
}

static bool is_address(struct kd_view v, uint64_t *ret)
{
	const bool marked = kd_view_skip(&v, KD_V("0x"));

	return (marked || v.n == 16) && kd_view_hex(v, ret);
}

static struct kd_error *of_address(struct job *j, uint64_t addr)
{
	struct kd_task t;

	if (!kd_task_read(j->k, addr, &t))
		return kd_error_new(KD_NOTFOUND, "no task can be read at 0x%" PRIx64, addr);
	return unwind_task(j, &t);
}

/* Process 0 is the idle task of each CPU. */
static struct kd_error *of_pid(struct job *j, const char *text)
{
	struct kd_view v = kd_view_of(text);
	struct kd_task t;
	uint64_t pid, addr;

	if (is_address(v, &addr))
		return of_address(j, addr);
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
	struct kd_error *err = NULL;

	for (size_t i = 0; !err && i < o->npid; i++)
		err = of_pid(j, o->pid[i]);
	return err;
}

static bool one_task(void *user, uint64_t addr)
{
	struct job *j = user;
	struct kd_task t;

	if (j->bt->tasks == STACKS_MAX) {
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
	uint64_t init_task = 0;

	kd_tasks_walk(j->k, one_task, j, j->bt->tasks_why);
	/* idle tasks are in no list; that of the first CPU is init_task, which the walk began with */
	(void)kd_kernel_symbol(j->k, "init_task", &init_task);
	for (size_t i = 0; !j->err && i < j->cpus.n && j->bt->tasks < STACKS_MAX; i++)
		if (j->cpus.v[i].has_task && !j->cpus.v[i].task.pid && j->cpus.v[i].task.addr != init_task)
			j->err = unwind_cpu(j, &j->cpus.v[i]);
	return j->err;
}

static struct kd_error *answer(struct job *j, const struct kd_core_bt_options *o)
{
	if (o->npid)
		return of_pids(j, o);
	if (o->tasks || o->state)
		return of_tasks(j);
	j->bt->no_panic = !o->cpus && !j->cpus.panicked;
	j->bt->panic_unknown = j->bt->no_panic && j->cpus.by_notes;
	return of_cpus(j, o->cpus || j->bt->no_panic);
}

static void describe(struct job *j)
{
	struct kd_core_bt *bt = j->bt;
	kd_auto(kd_error_freep) struct kd_error *lost = kd_ksyms_lost(kd_kernel_symbols(j->k));
	const char *why = kd_kernel_no_types(j->k);
	struct kd_view release = kd_vmcoreinfo_get(kd_space_vmcoreinfo(kd_kernel_space(j->k)), KD_V("OSRELEASE"));

	bt->release = release.n ? kd_arena_view(j->arena, release) : KD_VNULL;
	bt->machine = kd_space_machine(kd_kernel_space(j->k));
	bt->symbols = kd_ksyms_count(kd_kernel_symbols(j->k));
	bt->modules = j->mods.n;
	bt->modules_why = j->mods.why;
	bt->orc = kd_unwinder_layout(j->u);
	if (kd_unwinder_no_table(j->u))
		bt->no_orc = kd_arena_view(j->arena, kd_view_of(kd_unwinder_no_table(j->u)));
	bt->no_types = why ? kd_arena_view(j->arena, kd_view_of(why)) : KD_VNULL;
	if (lost)
		bt->symbols_why = kd_arena_view(j->arena, kd_view_of(lost->msg));
	bt->lost_notes = j->cpus.lost_notes;
	bt->live = kd_pages_info(kd_space_pages(kd_kernel_space(j->k)))->live;
}

/* Registers of frames were kept for their variables alone. */
static void drop_registers(struct kd_core_bt *bt)
{
	for (size_t i = 0; i < bt->n; i++)
		for (size_t k = 0; k < bt->v[i].n; k++)
			bt->v[i].frame[k].f.at = NULL;
}

static struct kd_error *with_kernel(struct job *j, struct kd_dump *d, const struct kd_core_bt_options *o)
{
	const struct kd_cpus *cpus;
	struct kd_error *err = kd_dump_unwinder(d, &j->u);

	if (!err)
		err = kd_dump_cpus(d, &cpus);
	if (err)
		return err;
	j->k = kd_dump_kernel(d);
	j->mods = *kd_dump_modules(d);
	j->cpus = *cpus;
	kd_unwinder_keep_regs(j->u, o->regs || o->locals);
	kd_unwinder_cfi_first(j->u, o->cfi);
	err = answer(j, o);
	kd_unwinder_keep_regs(j->u, false);
	kd_unwinder_cfi_first(j->u, false);
	describe(j); /* what could not be read shows when it is needed */
	return err ? kd_error_wrap(err, "%s", kd_dump_path(d)) : NULL;
}

static struct kd_error *check_state(const char *state)
{
	static const char letters[] = "RSDTtXZPI?";

	if (!state)
		return NULL;
	for (const char *c = state; *c; c++)
		if (!strchr(letters, *c))
			return kd_error_new(KD_INVALID, "'%c' is no state: %s are", *c, "R, S, D, T, t, X, Z, P, I and ? (not known)");
	return *state ? NULL : kd_error_new(KD_INVALID, "no state is given");
}

static struct kd_error *with_dump(struct job *j, struct kd_dump *d, const struct kd_core_bt_options *o)
{
	struct kd_error *err = with_kernel(j, d, o);

	if (!err)
		kd_core_bt_groups_slice(j->bt, o->offset, o->limit);
	if (!err && kd_dump_symset(d))
		err = kd_core_bt_lines(d, o, j->arena, j->bt);
	if (!err && o->layout)
		err = kd_core_bt_layout(j->k, &j->mods, j->arena, j->bt);
	return err;
}

static struct kd_error *ask_once(struct kd_dump *d, const struct kd_core_bt_options *o, struct kd_arena *arena, struct kd_core_bt *ret)
{
	struct kd_core_bt bt = {.grouped = !o->no_group && !o->layout && !o->locals && !o->regs};
	struct job j = {.ctx = kd_dump_ctx(d), .arena = arena, .scratch = KD_ARENA_INIT(SCRATCH_MAX), .bt = &bt, .state = o->state,
			.groups = {.bt = &bt, .arena = arena}};
	struct kd_error *err = check_state(o->state);

	if (!err && (o->locals || o->cfi))
		err = kd_dump_need_space(d); /* says which kernel it is */
	if (!err && (o->locals || o->cfi) && !kd_dump_symset(d))
		err = kd_error_new(KD_INVALID, "%s takes the kernel's debug info: --debug FILE when the dump is opened", o->locals ? "--locals" : "--cfi");
	if (!err)
		err = with_dump(&j, d, o);
	kd_core_bt_groups_deinit(&j.groups);
	kd_arena_deinit(&j.scratch);
	if (err)
		return err;
	if (!o->regs)
		drop_registers(&bt);
	*ret = bt;
	return NULL;
}

struct kd_error *kd_core_bt_on(struct kd_dump *d, const struct kd_core_bt_options *o, struct kd_arena *arena, struct kd_core_bt *ret)
{
	struct kd_error *err = ask_once(d, o, arena, ret);

	if (!kd_dump_again(d))
		return err;
	kd_error_free(err);
	return ask_once(d, o, arena, ret);
}

struct kd_error *kd_core_bt(struct kd_ctx *ctx, const char *path, const struct kd_core_bt_options *o, struct kd_arena *arena,
			    struct kd_core_bt *ret)
{
	const struct kd_dump_options how = {.pages = o->pages, .debug = o->debug, .ndebug = o->ndebug, .cache = o->cache};
	kd_auto(kd_dump_closep) struct kd_dump *d = NULL;
	struct kd_error *err = kd_dump_open(ctx, path, &how, &d);

	return err ? err : kd_core_bt_on(d, o, arena, ret);
}
