// SPDX-License-Identifier: GPL-2.0-or-later
#include "verb/core_ps.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "verb/core_cell.h"

struct asking {
	struct kd_dump *d;
	struct kd_sheet *s;
	const struct kd_core_ps_options *o;
	const char *const *args;
	size_t nargs;
	struct kd_taskinfos all;
	struct kd_taskinfo **by_pid; /* leaders, by number */
	size_t nby_pid;
	int32_t *group; /* with --threads: numbers of the processes that are named, rising */
	size_t ngroup;
	struct kd_datum usable; /* memory: bytes */
};

/* --- which ------------------------------------------------------------------------------------------- */

static bool has_state(const char *want, const struct kd_taskinfo *t)
{
	struct kd_view rest = kd_view_of(want), one;

	while (kd_view_take_part(&rest, KD_V(","), &one)) {
		if ((one.n == 1 && *one.p == t->state.letter) || kd_view_ieq(one, kd_view_of(kd_task_state_crash(t->state.letter))))
			return true;
	}
	return false;
}

static struct kd_error *check_states(const char *want)
{
	static const char letters[] = "RSDTtXZPI";
	struct kd_view rest = kd_view_of(want), one;

	while (kd_view_take_part(&rest, KD_V(","), &one)) {
		bool known = false;

		for (const char *p = letters; *p; p++)
			known = known || (one.n == 1 && *one.p == *p) || kd_view_ieq(one, kd_view_of(kd_task_state_crash(*p)));
		if (!known)
			return kd_error_new(KD_INVALID, "\"%.*s\" is no state: R S D T t X Z P I, or RU IN UN ST TR DE ZO PA ID", KD_VARG(one));
	}
	return NULL;
}

static int by_int(const void *a, const void *b)
{
	const int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;

	return (x > y) - (x < y);
}

static bool is_argument(const struct asking *a, const struct kd_taskinfo *t)
{
	for (size_t i = 0; i < a->nargs; i++)
		if (kd_core_is_task(a->args[i], &t->t))
			return true;
	return false;
}

static bool find_groups(struct asking *a)
{
	a->group = kd_arena_array(a->s->arena, a->all.n + 1, int32_t);
	for (size_t i = 0; a->group && i < a->all.n; i++)
		if (a->all.v[i].t.tgid && is_argument(a, &a->all.v[i]))
			a->group[a->ngroup++] = a->all.v[i].t.tgid;
	if (a->group)
		qsort(a->group, a->ngroup, sizeof(*a->group), by_int);
	return a->group != NULL;
}

static bool is_named(const struct asking *a, const struct kd_taskinfo *t)
{
	return !a->nargs || is_argument(a, t) || (a->ngroup && bsearch(&t->t.tgid, a->group, a->ngroup, sizeof(*a->group), by_int));
}

static bool is_wanted(const struct asking *a, const struct kd_taskinfo *t)
{
	const struct kd_core_ps_options *o = a->o;

	return !(o->state && !has_state(o->state, t)) && !(o->processes && t->t.pid != t->t.tgid) && !(o->kernel && !t->kthread && t->t.pid) &&
	       !(o->user && (t->kthread || !t->t.pid)) && is_named(a, t);
}

/* --- order ------------------------------------------------------------------------------------------- */

static uint64_t weight(const struct kd_taskinfo *t, int sort)
{
	switch (sort) {
	case KD_PS_RSS:
		return t->rss.why ? 0 : t->rss.v;
	case KD_PS_VSZ:
		return t->vsz.why ? 0 : t->vsz.v;
	case KD_PS_TIME: /* who has not run for the longest time is first */
		return t->last_ran.why ? 0 : UINT64_MAX - t->last_ran.v;
	case KD_PS_CPU:
		return t->cpu.why ? 0 : UINT64_MAX - t->cpu.v;
	default:
		return UINT64_MAX - (uint32_t)t->t.pid;
	}
}

static int compare(const void *x, const void *y, void *sort)
{
	const struct kd_taskinfo *a = *(struct kd_taskinfo *const *)x, *b = *(struct kd_taskinfo *const *)y;
	const int how = *(const int *)sort;
	const uint64_t l = weight(a, how), r = weight(b, how);
	int names = how == KD_PS_COMM ? strcmp(a->t.comm, b->t.comm) : 0;

	if (!names && how != KD_PS_COMM && l != r)
		return l > r ? -1 : 1;
	if (!names)
		names = (a->t.pid > b->t.pid) - (a->t.pid < b->t.pid);
	return names ? names : (a->t.addr > b->t.addr) - (a->t.addr < b->t.addr);
}

/* --- rows -------------------------------------------------------------------------------------------- */

#define BASE_COLUMNS                                                                                                   \
	{"mark", " "}, {"pid", "PID"}, {"tgid", NULL}, {"ppid", "PPID"}, {"cpu", "CPU"}, {"task", "TASK"}, {"state", "ST"},   \
		{"state_words", NULL}, {"memory_percent", "%MEM"}, {"vsz", "VSZ"}, {"rss", "RSS"}, {"comm", "COMMAND"},       \
		{"kernel_thread", NULL}, {"active", NULL}

static const struct kd_column plain_columns[] = {BASE_COLUMNS};
static const struct kd_column timed_columns[] = {BASE_COLUMNS, {"since", "FOR"}, {"since_from", "SINCE"}};
static const struct kd_column family_columns[] = {BASE_COLUMNS, {"of", "OF PID"}};
enum { COLUMNS = KD_ARRAY_LEN(plain_columns) };

static struct kd_cell percent(const struct asking *a, const struct kd_taskinfo *t)
{
	if (t->rss.why || a->usable.why || !a->usable.v)
		return kd_cell_none(t->rss.why ? t->rss.why : a->usable.why);
	return kd_cell_text(kd_sheet_text(a->s, "%.1f", 100.0 * (double)t->rss.v / (double)a->usable.v));
}

/* Since when it is as it is: it runs, it waits for a CPU, or it left one. */
static struct kd_cell since(const struct asking *a, const struct kd_taskinfo *t, const char **from)
{
	struct kd_datum at = t->last_ran;
	struct kd_cell c;

	*from = "";
	if (!t->t.pid)
		return kd_cell_none("an idle task");
	*from = t->last_from;
	if (t->active) {
		at = t->arrived;
		*from = "sched_info.last_arrival";
	} else if (t->state.letter == 'R' && !t->queued.why && t->queued.v) {
		at = t->queued;
		*from = "sched_info.last_queued";
	}
	if (at.why || a->all.now.why)
		return kd_cell_none(at.why ? at.why : a->all.now.why);
	if (!at.v) {
		*from = "";
		return kd_cell_none("it never ran");
	}
	c = kd_cell_nsec(a->all.now.v > at.v ? a->all.now.v - at.v : 0);
	c.guessed = a->all.now_guessed;
	return c;
}

static void put_row(const struct asking *a, struct kd_table *table, const struct kd_taskinfo *t, int32_t of)
{
	struct kd_cell *row = kd_table_row(table);
	const char letter[] = {t->state.letter, 0};
	const char *from;

	row[0] = kd_cell_text(t->active ? t->kthread ? KD_V(">k") : KD_V(">") : t->kthread ? KD_V("k") : KD_V(""));
	row[1] = kd_cell_int(t->t.pid);
	row[2] = kd_cell_int(t->t.tgid);
	row[3] = t->ppid_why ? kd_cell_none(t->ppid_why) : kd_cell_int(t->ppid);
	row[4] = kd_core_cell(t->cpu, KD_CELL_UINT);
	row[5] = kd_cell_hex(t->t.addr);
	row[6] = t->raw_state.why ? kd_cell_none(t->raw_state.why) : kd_sheet_cell(a->s, kd_view_of(letter));
	row[7] = kd_cell_text(kd_view_of(kd_task_state_words(t->state.letter)));
	row[8] = percent(a, t);
	row[9] = kd_core_cell(t->vsz, KD_CELL_BYTES);
	row[10] = kd_core_cell(t->rss, KD_CELL_BYTES);
	row[11] = kd_core_text_cell(a->s, t->t.comm);
	row[12] = t->flags.why ? kd_cell_none(t->flags.why) : kd_cell_bool(t->kthread);
	row[13] = kd_cell_bool(t->active);
	if (table->column == timed_columns) {
		row[COLUMNS] = since(a, t, &from);
		row[COLUMNS + 1] = kd_cell_text(kd_view_of(from));
	} else if (table->column == family_columns) {
		row[COLUMNS] = kd_cell_int(of);
	}
}

static size_t list(const struct asking *a)
{
	struct kd_taskinfo **order = kd_arena_array(a->s->arena, a->all.n + 1, struct kd_taskinfo *);
	struct kd_table *table = a->o->time ? kd_sheet_table(a->s, "tasks", timed_columns, KD_ARRAY_LEN(timed_columns)) :
					      kd_sheet_table(a->s, "tasks", plain_columns, COLUMNS);
	int sort = a->o->sort;
	size_t n = 0;

	if (!order) {
		a->s->full = true;
		return 0;
	}
	for (size_t i = 0; i < a->all.n; i++)
		if (is_wanted(a, &a->all.v[i]))
			order[n++] = &a->all.v[i];
	if (sort != KD_PS_LIST)
		qsort_r(order, n, sizeof(*order), compare, &sort);
	for (size_t i = 0; i < n; i++)
		put_row(a, table, order[i], 0);
	return n;
}

/* --- relatives --------------------------------------------------------------------------------------- */

static int by_number(const void *x, const void *y)
{
	const struct kd_taskinfo *a = *(struct kd_taskinfo *const *)x, *b = *(struct kd_taskinfo *const *)y;

	return (a->t.tgid > b->t.tgid) - (a->t.tgid < b->t.tgid);
}

static bool index_leaders(struct asking *a)
{
	a->by_pid = kd_arena_array(a->s->arena, a->all.n + 1, struct kd_taskinfo *);
	if (!a->by_pid)
		return false;
	for (size_t i = 0; i < a->all.n; i++)
		if (a->all.v[i].t.pid == a->all.v[i].t.tgid && (a->all.v[i].t.pid || !i)) /* of the idle tasks the first */
			a->by_pid[a->nby_pid++] = &a->all.v[i];
	qsort(a->by_pid, a->nby_pid, sizeof(struct kd_taskinfo *), by_number);
	return true;
}

/* The process that is its parent; NULL: none, or itself. */
static struct kd_taskinfo *parent_of(const struct asking *a, const struct kd_taskinfo *t)
{
	struct kd_taskinfo key = {.t.tgid = t->ppid}, *k = &key, **found;

	if (t->ppid_why || t->parent == t->t.addr)
		return NULL;
	found = bsearch(&k, a->by_pid, a->nby_pid, sizeof(struct kd_taskinfo *), by_number);
	return found && *found != t ? *found : NULL;
}

enum { GENERATIONS = 1024 };

static void family(const struct asking *a, struct kd_table *table, const struct kd_taskinfo *t)
{
	const int32_t of = t->t.pid;

	if (a->o->children) {
		for (size_t i = 0; i < a->all.n; i++) {
			const struct kd_taskinfo *c = &a->all.v[i];

			if (!c->ppid_why && c->t.pid == c->t.tgid && c->ppid == t->t.tgid && c->t.pid)
				put_row(a, table, c, of);
		}
		return;
	}
	for (size_t i = 0; t; i++) {
		put_row(a, table, t, of);
		if (i == GENERATIONS)
			kd_sheet_note(a->s, "of PID %d more than %d generations are not shown", (int)of, GENERATIONS);
		t = i < GENERATIONS ? parent_of(a, t) : NULL;
	}
}

static size_t families(const struct asking *a)
{
	struct kd_table *table = kd_sheet_table(a->s, a->o->parents ? "parents" : "children", family_columns, KD_ARRAY_LEN(family_columns));

	for (size_t i = 0; i < a->all.n; i++)
		if (is_wanted(a, &a->all.v[i]))
			family(a, table, &a->all.v[i]);
	return (size_t)table->total;
}

/* --- the tree ---------------------------------------------------------------------------------------- */

enum { DEPTH = 48 };

static void tree_below(const struct asking *a, struct kd_node *to, const struct kd_taskinfo *t, const size_t *first, const size_t *next, unsigned depth)
{
	const size_t at = (size_t)(t - a->all.v);
	struct kd_node *n = kd_node_add(a->s, to, kd_sheet_text(a->s, "%d %s", (int)t->t.pid, t->t.comm));

	n->addr = t->t.addr;
	n->has_addr = true;
	n->value = kd_cell_text(kd_view_of(kd_task_state_words(t->state.letter)));
	if (depth >= DEPTH && first[at]) {
		kd_sheet_note(a->s, "what is below PID %d is not shown: more than %d generations", (int)t->t.pid, DEPTH);
		return;
	}
	n->braces = first[at] != 0;
	for (size_t i = first[at]; i; i = next[i])
		tree_below(a, n, &a->all.v[i], first, next, depth + 1);
}

/* Lists of children by index; init_task, number 0, is nobody's child, so that 0 ends a list. */
static size_t tree(const struct asking *a)
{
	size_t *first = kd_arena_array(a->s->arena, a->all.n + 1, size_t), *next = kd_arena_array(a->s->arena, a->all.n + 1, size_t), shown = 0;
	struct kd_node *root;

	if (!first || !next) {
		a->s->full = true;
		return 0;
	}
	for (size_t i = a->all.n; i-- > 1;) {
		const struct kd_taskinfo *t = &a->all.v[i], *up = t->t.pid == t->t.tgid && t->t.pid ? parent_of(a, t) : NULL;

		if (!up)
			continue;
		next[i] = first[up - a->all.v];
		first[up - a->all.v] = i;
	}
	root = kd_sheet_tree(a->s, "tree", KD_V("processes"));
	root->braces = true;
	for (size_t i = 0; i < a->all.n; i++) {
		const struct kd_taskinfo *t = &a->all.v[i];

		if (t->t.pid != t->t.tgid || (!t->t.pid && i) || (a->nargs ? !is_named(a, t) : i && parent_of(a, t)))
			continue;
		tree_below(a, root, t, first, next, 1);
		shown++;
	}
	return shown;
}

/* --- ps ---------------------------------------------------------------------------------------------- */

static void say_states(const struct asking *a)
{
	static const char letters[] = "RDSITtZXP?";
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(1024);
	size_t threads = 0;

	for (const char *p = letters; *p; p++) {
		size_t n = 0;

		for (size_t i = 0; i < a->all.n; i++)
			n += a->all.v[i].state.letter == *p;
		if (n)
			kd_buf_printf(&b, "%s%zu %c", b.n ? ", " : "", n, *p);
	}
	for (size_t i = 0; i < a->all.n; i++)
		threads += a->all.v[i].t.pid != a->all.v[i].t.tgid;
	kd_sheet_say(a->s, "%zu tasks, %zu of them threads of others; by state: %.*s", a->all.n, threads, (int)b.n, b.n ? b.p : "");
}

static struct kd_error *check_options(const struct kd_core_ps_options *o, size_t nargs)
{
	if (o->parents + o->children + o->tree + o->time > 1)
		return kd_error_new(KD_INVALID, "parents, children, tree, time: one of them");
	if ((o->parents || o->children) && !nargs)
		return kd_error_new(KD_INVALID, "whose relatives? A number, a command or an address is needed");
	return o->state ? check_states(o->state) : NULL;
}

struct kd_error *kd_core_ps(struct kd_dump *d, const void *options, const char *const *args, size_t nargs, struct kd_sheet *s)
{
	struct asking a = {.d = d, .s = s, .o = options, .args = args, .nargs = nargs};
	struct kd_error *err = check_options(options, nargs);
	size_t shown;

	if (!err)
		err = kd_dump_need_types(d);
	if (!err)
		err = kd_taskinfos_read(kd_dump_kernel(d), s->arena, &a.all);
	if (err)
		return err;
	if (!index_leaders(&a) || (a.o->threads && !find_groups(&a)))
		return kd_error_new(KD_LIMIT, "no room for the tasks");
	a.usable = kd_datum_variable(kd_dump_kernel(d), "_totalram_pages", 8);
	a.usable.v *= kd_page_bytes(kd_dump_kernel(d));
	if (!nargs)
		say_states(&a);
	if (*a.all.why)
		kd_sheet_note(s, "not all tasks are here: %s", a.all.why);
	shown = a.o->tree ? tree(&a) : a.o->parents || a.o->children ? families(&a) : list(&a);
	s->none = !shown;
	if (a.o->time && !a.all.now.why)
		kd_sheet_note(s, "times count up to %.3f s of the scheduler's clock, %s", (double)a.all.now.v / 1e9,
			      a.all.now_guessed ? "the latest time at which a task is known to have run: where the run queues are is not known" :
						  "the latest of all run queues");
	return NULL;
}
