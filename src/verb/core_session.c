// SPDX-License-Identifier: GPL-2.0-or-later
#include "verb/core_session.h"

#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "core/taskinfo.h"

enum { PF_KTHREAD = 0x200000, SELECT_MAX = 1 << 20 };

/* --- one task ---------------------------------------------------------------------------------------- */

static const char *state_of(struct kd_kernel *k, uint64_t task)
{
	uint64_t state, exit_state = 0;

	if (!kd_kernel_read(k, task, "task_struct", "__state", &state) && !kd_kernel_read(k, task, "task_struct", "state", &state))
		return "??";
	if (!kd_kernel_read(k, task, "task_struct", "exit_state", &exit_state))
		return "??";
	return kd_task_state_crash(kd_task_state_of(state, exit_state).letter);
}

static void describe(struct kd_dump *d, const struct kd_cpus *cpus, const struct kd_task *t, struct kd_core_who *ret)
{
	const struct kd_cpu *c = kd_cpus_of_task(cpus, t->addr);

	*ret = (struct kd_core_who){.task = *t, .state = state_of(kd_dump_kernel(d), t->addr), .has_cpu = c != NULL,
				    .panicked = c && c->panicked, .cpu = c ? c->cpu : 0};
}

static struct kd_error *by_address(struct kd_dump *d, const struct kd_cpus *cpus, uint64_t addr, struct kd_core_who *ret)
{
	struct kd_task t;

	if (!kd_task_read(kd_dump_kernel(d), addr, &t))
		return kd_error_new(KD_NOTFOUND, "no task can be read at 0x%" PRIx64, addr);
	describe(d, cpus, &t, ret);
	return NULL;
}

/* Not as long as an address: a process id, in decimal. */
static bool is_pid(struct kd_view v, uint64_t *ret)
{
	return kd_view_dec(v, ret) && *ret <= INT32_MAX;
}

static bool is_address(struct kd_view v, uint64_t *ret)
{
	return (kd_view_starts(v, KD_V("0x")) || v.n == 16) && kd_view_hex(v, ret);
}

struct kd_error *kd_core_who(struct kd_dump *d, const char *text, struct kd_core_who *ret)
{
	const struct kd_cpus *cpus;
	char why[KD_TASKS_WHY];
	struct kd_error *err = kd_dump_cpus(d, &cpus);
	struct kd_task t;
	uint64_t n;

	if (err)
		return err;
	if (is_address(kd_view_of(text), &n))
		return by_address(d, cpus, n, ret);
	if (!is_pid(kd_view_of(text), &n))
		return kd_error_new(KD_INVALID, "\"%s\" is neither a process id nor the address of a task", text);
	if (!kd_task_by_pid(kd_dump_kernel(d), (int32_t)n, &t, why))
		return kd_error_new(KD_NOTFOUND, "no task %s%s%s", text, why[0] ? " was found: " : " in the dump", why);
	describe(d, cpus, &t, ret);
	return NULL;
}

struct kd_error *kd_core_who_panicked(struct kd_dump *d, struct kd_core_who *ret)
{
	const struct kd_cpus *cpus;
	struct kd_error *err = kd_dump_cpus(d, &cpus);

	for (size_t i = 0; !err && i < cpus->n; i++) {
		if (cpus->v[i].panicked && cpus->v[i].has_task) {
			describe(d, cpus, &cpus->v[i].task, ret);
			return NULL;
		}
	}
	return err ? err : kd_error_new(KD_NOTFOUND, "no CPU says that it panicked; name a task");
}

struct kd_error *kd_core_who_on(struct kd_dump *d, unsigned cpu, struct kd_core_who *ret)
{
	const struct kd_cpus *cpus;
	struct kd_error *err = kd_dump_cpus(d, &cpus);

	for (size_t i = 0; !err && i < cpus->n; i++) {
		if (cpus->v[i].cpu == cpu && cpus->v[i].has_task) {
			describe(d, cpus, &cpus->v[i].task, ret);
			return NULL;
		}
	}
	return err ? err : kd_error_new(KD_NOTFOUND, "no task of CPU %u is known", cpu);
}

/* --- several tasks ----------------------------------------------------------------------------------- */

bool kd_core_select_flag(const char *word, struct kd_core_select *ret)
{
	if (!strcmp(word, "kernel"))
		ret->kernel = true;
	else if (!strcmp(word, "user"))
		ret->user = true;
	else if (!strcmp(word, "gleader"))
		ret->user = ret->leaders = true;
	else if (!strcmp(word, "active"))
		ret->active = true;
	else
		return false;
	return true;
}

struct selecting {
	struct kd_dump *d;
	const struct kd_cpus *cpus;
	const struct kd_core_select *s;
	struct kd_arena *arena;
	struct kd_core_tasks *list;
	struct kd_error *err;
};

/* Is the word one of crash's states? */
static bool is_state(const char *word)
{
	static const char *const states[] = {"RU", "IN", "UN", "ST", "ZO", "TR", "DE", "SW", "WA", "PA", "ID", "NE"};

	for (size_t i = 0; i < KD_ARRAY_LEN(states); i++)
		if (!strcmp(word, states[i]))
			return true;
	return false;
}

/* What was asked for is not known of this task. */
static bool is_unknown(const struct selecting *j, const struct kd_core_who *w)
{
	uint64_t flags;

	for (size_t i = 0; i < j->s->n; i++)
		if (is_state(j->s->word[i]) && !strcmp(w->state, "??"))
			return true;
	return (j->s->kernel || j->s->user) && !kd_kernel_read(kd_dump_kernel(j->d), w->task.addr, "task_struct", "flags", &flags);
}

static bool is_named(const struct selecting *j, const struct kd_core_who *w)
{
	uint64_t n;

	for (size_t i = 0; i < j->s->n; i++) {
		const char *word = j->s->word[i];

		if (!strcmp(word, w->state) || (w->task.comm[0] && !strcmp(word, w->task.comm)))
			return true;
		if (is_pid(kd_view_of(word), &n) ? (int32_t)n == w->task.pid : is_address(kd_view_of(word), &n) && n == w->task.addr)
			return true;
	}
	return !j->s->n;
}

static bool is_of_kind(const struct selecting *j, const struct kd_core_who *w)
{
	uint64_t flags = 0;
	bool known, kernel;

	if (j->s->active && !w->has_cpu)
		return false;
	if (!j->s->kernel && !j->s->user)
		return true;
	known = kd_kernel_read(kd_dump_kernel(j->d), w->task.addr, "task_struct", "flags", &flags);
	kernel = known && (flags & PF_KTHREAD);
	if (!known || (kernel ? !j->s->kernel : !j->s->user))
		return false;
	return !j->s->leaders || w->task.pid == w->task.tgid;
}

static bool consider(struct selecting *j, const struct kd_task *t)
{
	struct kd_core_who w, *at;

	describe(j->d, j->cpus, t, &w);
	j->list->seen++;
	j->list->unknown += is_unknown(j, &w);
	if (!is_named(j, &w) || !is_of_kind(j, &w))
		return true;
	at = kd_avec_push(j->arena, j->list, SELECT_MAX);
	if (!at)
		j->err = kd_error_new(KD_LIMIT, "no room for the list of tasks");
	else
		*at = w;
	return !j->err;
}

/* The first CPU's idle task begins the walk. */
static bool one_task(void *user, uint64_t addr)
{
	struct selecting *j = user;
	struct kd_task t;

	j->err = kd_ctx_check(kd_dump_ctx(j->d));
	if (!j->err && kd_task_read(kd_dump_kernel(j->d), addr, &t) && t.pid)
		consider(j, &t);
	return !j->err;
}

struct kd_error *kd_core_select(struct kd_dump *d, const struct kd_core_select *s, struct kd_arena *arena, struct kd_core_tasks *ret)
{
	struct kd_core_tasks list = {.n = 0};
	struct selecting j = {.d = d, .s = s, .arena = arena, .list = &list};

	j.err = kd_dump_cpus(d, &j.cpus);
	if (j.err)
		return j.err;
	for (size_t i = 0; !j.err && (s->active || s->n) && i < j.cpus->n; i++)
		if (j.cpus->v[i].has_task && !j.cpus->v[i].task.pid)
			consider(&j, &j.cpus->v[i].task);
	if (!j.err)
		kd_tasks_walk(kd_dump_kernel(d), one_task, &j, list.why);
	if (!j.err)
		*ret = list;
	return j.err;
}

/* --- names ------------------------------------------------------------------------------------------- */

struct naming {
	struct kd_view prefix;
	struct kd_arena *arena;
	struct kd_core_names *ret;
};

/* They are put into a line that its user runs then: what is no identifier is not offered. */
static bool is_plain(struct kd_view name)
{
	for (size_t i = 0; i < name.n; i++)
		if (!kd_is_word(name.p[i]) && name.p[i] != '.' && name.p[i] != '$')
			return false;
	return name.n > 0;
}

static bool add_name(struct naming *g, struct kd_view name)
{
	struct kd_view copy, *at;

	if (!is_plain(name))
		return true;
	for (size_t i = 0; i < g->ret->name.n; i++)
		if (kd_view_eq(g->ret->name.v[i], name))
			return true;
	if (g->ret->name.n == KD_CORE_NAMES_MAX) {
		g->ret->more = true;
		return false;
	}
	copy = kd_arena_view(g->arena, name);
	at = copy.p ? kd_avec_push(g->arena, &g->ret->name, KD_CORE_NAMES_MAX) : NULL;
	if (at)
		*at = copy;
	return at != NULL;
}

static bool one_symbol(void *user, const struct kd_ksym *sym, const struct kd_core_module *module)
{
	struct naming *g = user;

	(void)module;
	return !kd_view_starts(kd_view_of(sym->name), g->prefix) || add_name(g, kd_view_of(sym->name));
}

void kd_core_names_of_symbols(struct kd_dump *d, struct kd_view prefix, struct kd_arena *arena, struct kd_core_names *ret)
{
	struct naming g = {.prefix = prefix, .arena = arena, .ret = ret};
	struct kd_error *err = kd_dump_need_kernel(d);
	const struct kd_modules *m;

	if (err) {
		kd_error_free(err);
		return;
	}
	kd_ksyms_each(kd_kernel_symbols(kd_dump_kernel(d)), one_symbol, &g);
	m = kd_dump_modules(d);
	for (size_t i = 0; i < m->n && !ret->more; i++)
		kd_module_each(kd_dump_kernel(d), &m->v[i], one_symbol, &g);
}

void kd_core_names_of_types(struct kd_dump *d, struct kd_view prefix, struct kd_arena *arena, struct kd_core_names *ret)
{
	struct naming g = {.prefix = prefix, .arena = arena, .ret = ret};
	struct kd_error *err = kd_dump_need_types(d);
	const struct kd_btf *btf;
	struct kd_btf_type t;

	if (err) {
		kd_error_free(err);
		return;
	}
	btf = kd_types_btf(kd_dump_types(d));
	for (uint32_t id = 1; kd_btf_type(btf, id, &t); id++) {
		const bool wanted = t.kind == KD_BTF_STRUCT || t.kind == KD_BTF_UNION || t.kind == KD_BTF_TYPEDEF;

		if (wanted && t.name.n && kd_view_starts(t.name, prefix) && !add_name(&g, t.name))
			return;
	}
}
