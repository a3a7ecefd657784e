// SPDX-License-Identifier: GPL-2.0-or-later
#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "core/ident.h"
#include "core/waitgraph.h"
#include "verb/core_hangs_internal.h"

enum { CYCLES_SHOWN = 8, STACKS_SHOWN = 16, GONE_SHOWN = 16, UNKNOWN_SHOWN = 8, NAME = 400, NONE = KD_WG_NONE };

struct job {
	struct kd_dump *d;
	struct kd_sheet *s;
	struct kd_waits *w;
	struct kd_ident *id; /* NULL: not needed yet */
	bool no_ident;
	struct kd_waitgraph g;
	size_t stacks; /* that were shown */
	struct kd_table *frames; /* NULL: not begun */
};

/* --- words ------------------------------------------------------------------------------------------- */

static struct kd_view who(struct job *j, const struct kd_task *t)
{
	return kd_hang_task(j->s, t);
}

static uint64_t place_of(const struct kd_wait *w)
{
	return w->kind == KD_WAIT_FOLIO || w->kind == KD_WAIT_BIT ? w->object : w->lock;
}

/* The object of a cache that it is part of; absent: of none that is known. */
static struct kd_view object_name(struct job *j, uint64_t addr)
{
	const char *why;
	struct kd_slub *slub;
	struct kd_object o;

	if (!j->id && !j->no_ident) {
		struct kd_error *err = kd_ident_new(j->d, &j->id);

		j->no_ident = err != NULL;
		kd_error_free(err);
	}
	slub = j->no_ident ? NULL : kd_ident_slub(j->id, &why);
	if (!slub || !kd_object_at(slub, addr, &o) || o.outside || o.off < 0 || !o.cache)
		return KD_VNULL;
	return kd_sheet_text(j->s, "in %s 0x%" PRIx64 "+0x%" PRIx64 "%s", o.cache->name, o.start, (uint64_t)o.off,
			     o.state != KD_OBJECT_ALLOCATED && o.state != KD_OBJECT_UNKNOWN ? ", which is free" : "");
}

/* The symbol, the stack that it lies on, the object that it is part of, or the address alone. */
static struct kd_view lock_name(struct job *j, const struct kd_wait *w)
{
	struct kd_place_name at;

	if (!w->lock)
		return KD_VNULL;
	if (kd_dump_name(j->d, place_of(w), &at) && (!at.size || at.off < at.size))
		return kd_hang_symbol(j->d, j->s, place_of(w), true);
	if (w->stack_of) {
		const struct kd_view owner = kd_hang_task_at(j->d, j->s, w->stack_of);

		return kd_sheet_text(j->s, "on the stack of %.*s", (int)owner.n, owner.p);
	}
	return object_name(j, place_of(w));
}

static struct kd_view what(struct job *j, const struct kd_wait *w)
{
	const struct kd_view name = lock_name(j, w);

	if (name.n && !kd_view_starts(name, KD_V("in ")) && !kd_view_starts(name, KD_V("on ")))
		return kd_sheet_text(j->s, "%s %.*s", kd_wait_kind_words(w->kind), (int)name.n, name.p);
	if (name.n)
		return kd_sheet_text(j->s, "%s 0x%" PRIx64 " %.*s", kd_wait_kind_words(w->kind), place_of(w), (int)name.n, name.p);
	if (place_of(w))
		return kd_sheet_text(j->s, "%s 0x%" PRIx64, kd_wait_kind_words(w->kind), place_of(w));
	return kd_view_of(kd_wait_kind_words(w->kind));
}

static struct kd_view caller(struct job *j, const struct kd_wait *w)
{
	if (!w->has_stack || w->caller >= w->stack.n)
		return KD_VNULL;
	return kd_hang_function(j->d, j->s, &w->stack.v[w->caller]);
}

/* What a task at the end of a chain does now. */
static struct kd_view doing(struct job *j, const struct kd_wg_task *t)
{
	const struct kd_view in = caller(j, &t->wait);
	const int n = in.n ? (int)in.n : 1;
	const char *p = in.n ? in.p : "?";

	if (t->state.on_cpu)
		return kd_sheet_text(j->s, "runs on CPU %u", t->state.cpu);
	if (t->state.letter == KD_TASK_RUNNING)
		return kd_sheet_text(j->s, "could run (on CPU %u), and does not just now", t->state.cpu);
	if (t->wait.kind == KD_WAIT_TIMER)
		return kd_sheet_text(j->s, "sleeps in %.*s%s", n, p, t->wait.never ? " until it is woken" : " for a time");
	if (t->wait.kind != KD_WAIT_UNKNOWN) {
		const struct kd_view w = what(j, &t->wait);

		return kd_sheet_text(j->s, "is in state %c in %.*s, for %.*s", t->state.letter, n, p, (int)w.n, w.p);
	}
	return kd_sheet_text(j->s, "is in state %c in %.*s", t->state.letter, n, p);
}

static const char *owner_words(enum kd_wait_owner how, enum kd_wg_edge edge)
{
	if (edge == KD_EDGE_LOCKDEP)
		return "lockdep";
	switch (how) {
	case KD_OWNER_STATED:
		return "stated";
	case KD_OWNER_HINT:
		return "hint";
	case KD_OWNER_NOBODY:
		return "free";
	case KD_OWNER_GONE:
		return "gone";
	case KD_OWNER_WORKER:
		return "worker";
	default:
		return "not stored";
	}
}

static const char *has_words(const struct kd_wg_task *t)
{
	return t->wait.owner_how == KD_OWNER_WORKER ? "has to come to" : t->edge == KD_EDGE_HINT ? "had last, and may have given back" : "has";
}

/* --- statements -------------------------------------------------------------------------------------- */

static void prove(struct job *j, struct kd_assertion *st, const struct kd_wg_task *t)
{
	for (size_t i = 0; i < t->wait.nfacts; i++)
		kd_dump_prove(j->d, j->s, st, t->wait.fact[i].addr, t->wait.fact[i].size, t->wait.fact[i].what);
}

/* "A waits for mutex M, which B has", with the words of memory that say so. */
static void state_edge(struct job *j, const struct kd_wg_task *t)
{
	const bool proven = t->wait.trust == KD_WAIT_PROVEN && (t->edge == KD_EDGE_STATED || t->edge == KD_EDGE_LOCKDEP);
	const struct kd_view a = who(j, &t->t), lock = what(j, &t->wait);
	const struct kd_view b = t->owner == NONE ? KD_VNULL : who(j, &j->g.task[t->owner].t);
	struct kd_assertion *st;

	if (!b.n)
		st = kd_sheet_statement(j->s, t->wait.trust == KD_WAIT_PROVEN ? KD_STATEMENT_VERIFIED : KD_STATEMENT_HYPOTHESIS,
					"%.*s waits for %.*s%s%s", (int)a.n, a.p, (int)lock.n, lock.p, t->wait.why ? "; not proven: " : "",
					t->wait.why ? t->wait.why : "");
	else
		st = kd_sheet_statement(j->s, proven ? KD_STATEMENT_VERIFIED : KD_STATEMENT_HYPOTHESIS, "%.*s waits for %.*s, which %.*s %s%s%s",
					(int)a.n, a.p, (int)lock.n, lock.p, (int)b.n, b.p,
					has_words(t),
					t->wait.why ? "; not proven: " : "", t->wait.why ? t->wait.why : "");
	prove(j, st, t);
}

/* --- stacks ------------------------------------------------------------------------------------------ */

static void show_stack(struct job *j, const struct kd_wg_task *t)
{
	static const struct kd_column columns[] = {{"pid", "PID"}, {"comm", "COMMAND"}, {"frame", "#"}, {"address", "ADDRESS"},
						   {"function", "FUNCTION"}};

	if (!t->wait.has_stack || j->stacks++ >= STACKS_SHOWN)
		return;
	if (!j->frames) {
		j->frames = kd_sheet_table(j->s, "stacks", columns, KD_ARRAY_LEN(columns));
		j->frames->title = "their stacks";
	}
	for (size_t i = 0; i < t->wait.stack.n; i++) {
		const struct kd_core_frame *f = &t->wait.stack.v[i];
		struct kd_cell *row = kd_table_row(j->frames);

		row[0] = kd_cell_int(t->t.pid);
		row[1] = kd_sheet_cell(j->s, kd_view_of(t->t.comm));
		row[2] = kd_cell_uint(i);
		row[3] = kd_cell_hex(f->pc);
		row[3].guessed = f->guessed;
		row[4] = kd_cell_text(kd_dump_name_text(j->d, f->pc, j->s->arena));
	}
}

/* --- the answer -------------------------------------------------------------------------------------- */

static void say_cycle(struct job *j, const struct kd_wg_cycle *c)
{
	struct kd_view text = KD_V("");

	for (size_t i = 0; i < c->n && i < STACKS_SHOWN; i++) {
		const struct kd_wg_task *t = &j->g.task[c->task[i]];
		const struct kd_view a = who(j, &t->t), lock = what(j, &t->wait), b = who(j, &j->g.task[t->owner].t);

		text = kd_sheet_text(j->s, "%.*s%s%.*s waits for %.*s, which %.*s %s", (int)text.n, text.p, i ? "; " : "", (int)a.n, a.p,
				     (int)lock.n, lock.p, (int)b.n, b.p, has_words(t));
	}
	if (c->n == 1)
		kd_sheet_say(j->s, "%s: %.*s itself", c->proven ? "a task waits for itself" : "it looks as if a task waited for itself",
			     (int)text.n, text.p);
	else
		kd_sheet_say(j->s, "%s: %.*s%s", c->proven ? "deadlock" : "it looks like a deadlock (not all of it is proven)", (int)text.n,
			     text.p, c->n > STACKS_SHOWN ? "; and so on" : "");
}

static size_t behind(const struct job *j, size_t cycle)
{
	size_t n = 0;

	for (size_t i = 0; i < j->g.n; i++) {
		int32_t at = (int32_t)i;
		size_t steps = 0;

		while (at != NONE && j->g.task[at].cycle == NONE && steps++ < j->g.n)
			at = j->g.task[at].owner;
		n += at != NONE && j->g.task[i].cycle == NONE && j->g.task[at].cycle == (int32_t)cycle;
	}
	return n;
}

static void say_cycles(struct job *j)
{
	for (size_t i = 0; i < j->g.ncycles && i < CYCLES_SHOWN; i++) {
		const struct kd_wg_cycle *c = &j->g.cycle[i];
		const size_t n = behind(j, i);

		say_cycle(j, c);
		if (n)
			kd_sheet_say(j->s, "%zu more task%s wait%s for one of them, directly or not", n, n == 1 ? "" : "s", n == 1 ? "s" : "");
		for (size_t k = 0; k < c->n && k < STACKS_SHOWN; k++)
			state_edge(j, &j->g.task[c->task[k]]);
	}
	if (j->g.ncycles > CYCLES_SHOWN)
		kd_sheet_note(j->s, "%zu cycles; the first %d are told", j->g.ncycles, CYCLES_SHOWN);
}

static void say_root(struct job *j)
{
	const struct kd_wg_task *root = &j->g.task[j->g.root];
	const struct kd_view name = who(j, &root->t), now = doing(j, root);
	bool hint = false;

	for (size_t i = 0; i < j->g.n; i++)
		hint |= j->g.task[i].root == j->g.root && j->g.task[i].edge == KD_EDGE_HINT;
	kd_sheet_say(j->s, "%" PRIu32 " task%s wait%s%s for %.*s, which %.*s", root->dependents, root->dependents == 1 ? "" : "s",
		     root->dependents == 1 ? "s" : "", hint ? ", by a hint," : ", directly or not,", (int)name.n, name.p, (int)now.n, now.p);
	for (size_t i = 0, n = 0; i < j->g.n && n < CYCLES_SHOWN; i++)
		if (j->g.task[i].owner == j->g.root) {
			state_edge(j, &j->g.task[i]);
			n++;
		}
}

static void say_blocked(struct job *j)
{
	const char *why = kd_waits_tasks_why(j->w);
	size_t inferred = 0, all;

	(void)kd_waits_tasks(j->w, &all);
	for (size_t i = 0; i < j->g.n; i++)
		inferred += j->g.task[i].state.letter == KD_TASK_BLOCKED && j->g.task[i].wait.trust != KD_WAIT_PROVEN;
	if (!j->g.ncycles && j->g.root == NONE)
		kd_sheet_say(j->s, "%s%s", j->g.blocked ? "nobody is known to hold what the blocked tasks wait for" :
							  "no task is blocked, and none waits for a lock that somebody holds",
			     *why ? ", as far as tasks could be found" : "");
	kd_sheet_say(j->s, "%zu task%s in state D%s", j->g.blocked, j->g.blocked == 1 ? " is" : "s are",
		     inferred ? "; not of all is it proven what they wait for" : "");
	if (*why)
		kd_sheet_say(j->s, "of the dump's tasks only %zu could be found: %s", all, why);
}

/* --- tables ------------------------------------------------------------------------------------------ */

static void lock_table(struct job *j)
{
	static const struct kd_column columns[] = {{"lock", "LOCK"},	   {"kind", "KIND"},   {"name", "NAME"},	{"waiters", "WAITERS"},
						   {"owner_pid", "OWNER"}, {"owner", "COMMAND"}, {"owner_how", "OWNER IS"}};
	struct kd_table *t = kd_sheet_table(j->s, "locks", columns, KD_ARRAY_LEN(columns));

	t->title = "what is waited for";
	for (size_t i = 0; i < j->g.nlocks; i++) {
		const struct kd_wg_lock *l = &j->g.lock[i];
		const struct kd_wg_task *first = &j->g.task[l->first], *owner = l->owner == NONE ? NULL : &j->g.task[l->owner];
		struct kd_cell *row = kd_table_row(t);

		row[0] = kd_cell_hex(l->addr);
		row[1] = kd_cell_text(kd_view_of(kd_wait_kind_words(l->kind)));
		row[2] = kd_cell_text(lock_name(j, &first->wait));
		row[3] = kd_cell_uint(l->waiters);
		row[4] = owner ? kd_cell_int(owner->t.pid) : kd_cell_none("no owner is known");
		row[5] = owner ? kd_sheet_cell(j->s, kd_view_of(owner->t.comm)) : kd_cell_none("no owner is known");
		row[4].guessed = row[5].guessed = owner && first->edge == KD_EDGE_HINT;
		row[6] = kd_cell_text(kd_view_of(owner_words(first->wait.owner_how, first->edge)));
		if (first->wait.readers)
			row[6] = kd_cell_text(kd_sheet_text(j->s, "%s; %" PRIu64 " readers", owner_words(first->wait.owner_how, first->edge),
							    first->wait.readers));
	}
}

static void task_row(struct job *j, struct kd_table *table, const struct kd_wg_task *t)
{
	const struct kd_wg_task *owner = t->owner == NONE ? NULL : &j->g.task[t->owner];
	struct kd_cell *row = kd_table_row(table);

	row[0] = kd_cell_int(t->t.pid);
	row[1] = kd_cell_hex(t->t.addr);
	row[2] = kd_sheet_cell(j->s, kd_view_of(t->t.comm));
	row[3] = kd_cell_text(kd_sheet_text(j->s, "%c%s", t->state.letter, t->state.in_iowait ? " (I/O)" : t->state.on_cpu ? " (on CPU)" : ""));
	row[4] = t->age.known ? kd_cell_nsec(t->age.ns) : kd_cell_none("the kernel's clock or the task's last run is not known");
	row[5] = t->wait.kind != KD_WAIT_UNKNOWN ? kd_cell_text(kd_view_of(kd_wait_kind_words(t->wait.kind))) :
						    kd_cell_none(t->running ? "it does not wait" : t->wait.why);
	row[6] = place_of(&t->wait) ? kd_cell_hex(place_of(&t->wait)) : kd_cell_none(NULL);
	row[7] = kd_cell_text(lock_name(j, &t->wait));
	row[8] = owner ? kd_cell_int(owner->t.pid) : kd_cell_none(NULL);
	row[8].guessed = t->edge == KD_EDGE_HINT;
	row[9] = t->wait.kind != KD_WAIT_UNKNOWN ? kd_cell_text(kd_view_of(kd_wait_trust_words(t->wait.trust))) : kd_cell_none(NULL);
	row[10] = t->wait.function[0] ? kd_sheet_cell(j->s, kd_view_of(t->wait.function)) : kd_cell_none(NULL);
	row[11] = kd_cell_text(caller(j, &t->wait));
	row[12] = kd_cell_bool(t->cycle != NONE);
	row[13] = kd_cell_uint(t->dependents);
	row[14] = t->wait.why ? kd_cell_text(kd_view_of(t->wait.why)) : kd_cell_none(NULL);
	row[15] = t->age.has_least ? kd_cell_uint(t->age.least) : kd_cell_none("the detector of hung tasks has not counted it");
	row[16] = t->wait.waiter ? kd_cell_hex(t->wait.waiter) : kd_cell_none(NULL);
	row[17] = t->wait.bit || t->wait.kind == KD_WAIT_FOLIO || t->wait.kind == KD_WAIT_BIT ? kd_cell_uint(t->wait.bit) : kd_cell_none(NULL);
}

static struct kd_table *task_table(struct job *j)
{
	static const struct kd_column columns[] = {
		{"pid", "PID"},		  {"task", NULL},	    {"comm", "COMMAND"},   {"state", "STATE"},	 {"blocked", "FOR"},
		{"kind", "WAITS FOR"},	  {"lock", "LOCK"},	    {"name", "NAME"},	   {"owner_pid", "OWNER"}, {"trust", "TRUST"},
		{"function", NULL},	  {"caller", "IN"},	    {"cycle", NULL},	   {"dependents", NULL}, {"why", NULL},
		{"hung_jiffies", NULL},	  {"waiter", NULL},	    {"bit", NULL},
	};

	struct kd_table *t = kd_sheet_table(j->s, "tasks", columns, KD_ARRAY_LEN(columns));

	t->title = "who waits";
	return t;
}

static void tables(struct job *j)
{
	struct kd_table *t;

	if (j->g.nlocks)
		lock_table(j);
	t = task_table(j);
	for (size_t l = 0; l < j->g.nlocks; l++) /* grouped by what they wait for */
		for (size_t i = 0; i < j->g.n; i++)
			if (j->g.task[i].lock == (int32_t)l)
				task_row(j, t, &j->g.task[i]);
	for (size_t i = 0; i < j->g.n; i++)
		if (j->g.task[i].lock == NONE)
			task_row(j, t, &j->g.task[i]);
	for (size_t i = 0; i < j->g.ncycles && i < CYCLES_SHOWN; i++)
		for (size_t k = 0; k < j->g.cycle[i].n; k++)
			show_stack(j, &j->g.task[j->g.cycle[i].task[k]]);
	if (j->g.root != NONE)
		show_stack(j, &j->g.task[j->g.root]);
}

static void notes(struct job *j)
{
	size_t gone = 0, unknown = 0;

	for (size_t i = 0; i < j->g.n && gone < GONE_SHOWN; i++) {
		const struct kd_wait *w = &j->g.task[i].wait;

		if (w->owner_how == KD_OWNER_GONE && ++gone)
			kd_sheet_note(j->s, "the owner that 0x%" PRIx64 " names, 0x%" PRIx64 ", is no task: it has ended, or the lock is damaged",
				      w->lock, w->owner);
	}
	for (size_t i = 0; i < j->g.n; i++) {
		const struct kd_wg_task *t = &j->g.task[i];
		const struct kd_view name = who(j, &t->t);

		if (t->running || t->wait.kind != KD_WAIT_UNKNOWN || !t->wait.why || unknown++ >= UNKNOWN_SHOWN)
			continue;
		kd_sheet_note(j->s, "what %.*s waits for is not known: %s%s%s", (int)name.n, name.p, t->wait.why,
			      t->wait.no_stack[0] ? "; " : "", t->wait.no_stack);
	}
	if (unknown > UNKNOWN_SHOWN)
		kd_sheet_note(j->s, "of %zu more tasks it is not known either", unknown - UNKNOWN_SHOWN);
	if (j->g.cut)
		kd_sheet_note(j->s, "more than %d tasks wait: the rest was not looked at", KD_WG_TASKS);
	if (j->g.exhausted)
		kd_sheet_note(j->s, "the lists of waiters are too long to look at all of them");
	kd_sheet_note(j->s, "FOR: the newest clock of the run queues less the time when the task left its CPU (se.exec_start)");
	kd_sheet_note(j->s, j->g.lockdep ? "lockdep tells which locks tasks hold" :
					   "without lockdep nobody stores who holds spinlocks, completions, semaphores, or an rwsem for reading");
	kd_sheet_field(j->s, "blocked_tasks", NULL, kd_cell_uint(j->g.blocked));
	kd_sheet_field(j->s, "cycles", NULL, kd_cell_uint(j->g.ncycles));
	kd_sheet_field(j->s, "lockdep", NULL, kd_cell_bool(j->g.lockdep));
}

static void next(struct job *j)
{
	const struct kd_wg_cycle *c = j->g.ncycles ? &j->g.cycle[0] : NULL;

	if (c)
		kd_dump_next(j->d, j->s, "bt", "%" PRId32 " %" PRId32, j->g.task[c->task[0]].t.pid, j->g.task[c->task[c->n - 1]].t.pid);
	else if (j->g.root != NONE)
		kd_dump_next(j->d, j->s, "bt", "%" PRId32, j->g.task[j->g.root].t.pid);
	if (j->g.nlocks)
		kd_dump_next(j->d, j->s, "rd", "--symbols 0x%" PRIx64 " 8", j->g.lock[0].addr);
	kd_dump_next(j->d, j->s, "deadlock", "--all");
}

/* --- all sleeping tasks, or some of them -------------------------------------------------------------- */

static struct kd_error *one_task(struct job *j, struct kd_table *table, uint64_t addr, bool prove_it)
{
	struct kd_wg_task t = {.lock = NONE, .owner = NONE, .cycle = NONE, .root = NONE};
	struct kd_error *err = NULL;

	if (!kd_task_read(kd_dump_kernel(j->d), addr, &t.t))
		return NULL;
	kd_task_state(j->w, addr, &t.state);
	kd_task_age(j->w, addr, &t.age);
	t.running = t.state.on_cpu || t.state.letter == KD_TASK_RUNNING;
	if (!t.running)
		err = kd_wait_of_task(j->w, &t.t, KD_WAIT_DEEP, j->s->arena, &t.wait);
	if (err)
		return err;
	for (size_t i = 0; i < j->g.n && t.wait.owner; i++)
		if (j->g.task[i].t.addr == t.wait.owner) {
			t.owner = (int32_t)i;
			t.edge = t.wait.owner_how == KD_OWNER_HINT ? KD_EDGE_HINT : KD_EDGE_STATED;
		}
	task_row(j, table, &t);
	if (prove_it && !t.running)
		state_edge(j, &t);
	if (prove_it)
		show_stack(j, &t);
	return NULL;
}

static struct kd_error *of_tasks(struct job *j, const char *const *args, size_t nargs)
{
	struct kd_table *table = task_table(j);
	size_t n;
	const uint64_t *task = kd_waits_tasks(j->w, &n);
	struct kd_error *err = NULL;

	for (size_t i = 0; !err && !nargs && i < n; i++) {
		err = kd_ctx_check(kd_dump_ctx(j->d));
		if (!err)
			err = one_task(j, table, task[i], false);
	}
	for (size_t i = 0; !err && i < nargs; i++) {
		char why[KD_TASKS_WHY];
		struct kd_task t;
		uint64_t pid;

		if (!kd_view_dec(kd_view_of(args[i]), &pid) || !pid || pid > INT32_MAX)
			return kd_error_new(KD_INVALID, "\"%s\" is no process id", args[i]);
		if (!kd_task_by_pid(kd_dump_kernel(j->d), (int32_t)pid, &t, why))
			return kd_error_new(KD_NOTFOUND, "no task %s in the dump", args[i]);
		err = one_task(j, table, t.addr, true);
	}
	return err;
}

/* --- the verb ---------------------------------------------------------------------------------------- */

static struct kd_error *answer(struct job *j, const struct kd_core_deadlock_options *o, const char *const *args, size_t nargs)
{
	struct kd_error *err = kd_waitgraph_read(kd_dump_kernel(j->d), j->w, j->s->arena, &j->g);

	if (err)
		return err;
	if (nargs || o->all) {
		err = of_tasks(j, args, nargs);
		if (!err)
			notes(j);
		return err;
	}
	if (j->g.ncycles)
		say_cycles(j);
	if (j->g.root != NONE)
		say_root(j);
	say_blocked(j);
	tables(j);
	notes(j);
	next(j);
	j->s->none = !j->g.n;
	return NULL;
}

struct kd_error *kd_core_deadlock(struct kd_dump *d, const void *options, const char *const *args, size_t nargs, struct kd_sheet *s)
{
	kd_auto(kd_waits_freep) struct kd_waits *w = NULL;
	struct job j = {.d = d, .s = s};
	struct kd_unwinder *u = NULL;
	struct kd_error *err = kd_dump_need_types(d);

	if (err)
		return err;
	err = kd_hang_unwinder(d, s, &u);
	if (!err)
		err = kd_waits_new(kd_dump_kernel(d), u, &w);
	if (err)
		return err;
	j.w = w;
	err = answer(&j, options, args, nargs);
	kd_ident_free(j.id);
	return err;
}
