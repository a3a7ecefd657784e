// SPDX-License-Identifier: GPL-2.0-or-later
#include "verb/core_triage.h"

#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "base/time.h"
#include "verb/core_triage_internal.h"

enum { NSEC = 1000000000, SCRATCH_MAX = 64 << 20, STACK_ROWS = 64, CPU_ROWS = 64 };

/* --- header ------------------------------------------------------------------------------------------- */

static struct kd_cell crash_date(struct triage *t)
{
	const struct kd_vmcoreinfo *v = kd_space_vmcoreinfo(kd_dump_space(t->d));
	char text[KD_CIVIL_LEN];
	struct kd_civil civil;
	uint64_t seconds;

	if (!kd_view_dec(kd_vmcoreinfo_get(v, KD_V("CRASHTIME")), &seconds) || !seconds || seconds > INT64_MAX / NSEC)
		return kd_cell_none("the dump does not say when it crashed (VMCOREINFO has no CRASHTIME)");
	kd_civil_from_ns((int64_t)(seconds * NSEC), &civil);
	kd_civil_format(&civil, text);
	return kd_sheet_cell(t->s, kd_view_of(text));
}

static void header(struct triage *t)
{
	struct kd_sheet *s = t->s;
	const struct kd_cpu *c = t->panicked;
	const char *no_log = t->log.none.n ? "the log cannot be read" : NULL;

	if (t->o->brief) {
		if (t->log.panic.n)
			kd_sheet_field(s, "panic", "PANIC", kd_cell_text(t->log.panic));
		kd_sheet_field(s, "date", "DATE", crash_date(t));
		return;
	}
	kd_sheet_field(s, "cpus", "CPUS", kd_cell_uint(t->cpus->n));
	kd_sheet_field(s, "panic", "PANIC", t->log.panic.n ? kd_cell_text(t->log.panic) : kd_cell_none(no_log ? no_log : "the log has no panic"));
	kd_sheet_field(s, "date", "DATE", crash_date(t));
	kd_sheet_field(s, "uptime", "LAST MESSAGE", t->log.uptime.n ? kd_cell_text(t->log.uptime) : kd_cell_none(no_log ? no_log : "no record has a time"));
	if (!c)
		return;
	kd_sheet_field(s, "panic_cpu", "CPU", kd_cell_uint(c->cpu));
	if (!c->has_task)
		return;
	kd_sheet_field(s, "pid", "PID", kd_cell_int(c->task.pid));
	kd_sheet_field(s, "command", "COMMAND", kd_sheet_cell(s, kd_view_of(c->task.comm)));
	kd_sheet_field(s, "task", "TASK", kd_cell_hex(c->task.addr));
}

/* By the dump, whatever the log still had time to say: kdump notes the time of the crash. */
static bool crashed(const struct triage *t)
{
	return t->panicked || kd_vmcoreinfo_get(kd_space_vmcoreinfo(kd_dump_space(t->d)), KD_V("CRASHTIME")).n;
}

/* The first sentence: by the log's first domino, and by who panicked. */
static void verdict(struct triage *t)
{
	const struct kd_cpu *c = t->panicked;

	if (t->log.verdict.n)
		kd_sheet_say(t->s, "%s: %.*s", crashed(t) ? "fatal" : "alive", KD_VARG(t->log.verdict));
	else if (t->log.none.n)
		kd_sheet_say(t->s, "The log in the dump cannot be read (%.*s): what follows is by memory alone.", KD_VARG(t->log.none));
	else
		kd_sheet_say(t->s, "The log in the dump holds no report.");
	if (c && c->has_task)
		kd_sheet_say(t->s, "The kernel went down on CPU %u in task %.*s (pid %d).", c->cpu,
			     (int)strnlen(c->task.comm, sizeof(c->task.comm)), c->task.comm, c->task.pid);
	else if (c)
		kd_sheet_say(t->s, "The kernel went down on CPU %u.", c->cpu);
	else if (crashed(t))
		kd_sheet_say(t->s, "The kernel went down; on which CPU is not known.");
	else
		kd_sheet_say(t->s, "No CPU panicked: the kernel lived when it was dumped.");
}

static void reports(struct triage *t)
{
	static const struct kd_column columns[] = {{"report", "#"}, {"line", "LINE"}, {"outcome", "OUTCOME"}, {"relation", "RELATION"},
						   {"title", "REPORT"}};
	struct kd_table *table;

	if (!t->log.n)
		return;
	kd_sheet_head(t->s, KD_V("reports in the log"));
	table = kd_sheet_table(t->s, "reports", columns, KD_ARRAY_LEN(columns));
	for (size_t i = 0; i < t->log.n; i++) {
		const struct kd_triage_report *r = &t->log.v[i];
		struct kd_cell *row = kd_table_row(table);

		row[0] = kd_cell_uint(r->number);
		row[1] = kd_cell_uint(r->line);
		row[2] = kd_cell_text(kd_view_of(r->outcome));
		row[3] = r->relation.n ? kd_cell_text(r->relation) : kd_cell_text(KD_V(""));
		row[4] = kd_cell_text(r->title);
	}
}

/* --- stack -------------------------------------------------------------------------------------------- */

/* ! an exception or interrupt came in here; ? the frame is guessed */
static const char *how_words(const struct kd_core_frame *f)
{
	if (f->how == KD_FRAME_TRAP)
		return f->guessed ? "?!" : "!";
	return f->guessed ? "?" : "";
}

/* The innermost place, and what was inlined there. */
static struct kd_view place_of(struct triage *t, const struct kd_frame_at *at)
{
	const struct kd_chain_link *l = at->chain.v;
	struct kd_view path = at->chain.n && l->at.name.n ? kd_src_path(&t->scratch, &l->at) : KD_VNULL;

	if (!path.n)
		return KD_VNULL;
	return kd_arena_printf(t->arena, "%.*s:%u%s%.*s%s", KD_VARG(path), l->at.line, l->inlined ? " (" : "",
			       l->inlined ? (int)l->func.n : 0, l->func.n ? l->func.p : "", l->inlined ? ")" : "");
}

/* How many frames from i on are one place: a function that calls itself. */
static size_t repeats(const struct kd_core_stack *st, size_t i)
{
	size_t n = 1;

	while (i + n < st->n && st->v[i + n].pc == st->v[i].pc && st->v[i + n].how == st->v[i].how)
		n++;
	return n;
}

static struct kd_error *frame_row(struct triage *t, struct kd_table *table, size_t i, size_t times)
{
	const struct kd_core_frame *f = &t->stack.v[i];
	struct kd_frame_at at = {0};
	struct kd_error *err = t->debug ? kd_frame_debug_at(t->debug, f, &t->scratch, &at) : NULL;
	struct kd_view name = kd_dump_name_text(t->d, f->pc, t->arena), place;
	struct kd_cell *row;

	if (err)
		return err;
	if (times > 1 && name.n)
		name = kd_arena_printf(t->arena, "%.*s, %zu times", KD_VARG(name), times);
	place = at.kdx ? place_of(t, &at) : KD_VNULL;
	row = kd_table_row(table);
	row[0] = kd_cell_uint(i);
	row[1] = kd_cell_text(kd_view_of(how_words(f)));
	row[2] = name.n ? kd_cell_text(name) : kd_cell_hex(f->pc);
	row[3] = place.n ? kd_cell_text(place) : kd_cell_text(KD_V(""));
	row[4] = kd_cell_hex(f->pc);
	row[5] = kd_cell_hex(f->sp);
	row[6] = kd_cell_bool(f->guessed);
	row[7] = kd_cell_uint(times);
	kd_arena_reset(&t->scratch);
	return NULL;
}

static struct kd_error *stack(struct triage *t)
{
	static const struct kd_column columns[] = {{"frame", "#"}, {"mark", ""}, {"function", "FUNCTION"}, {"source", "SOURCE"},
						   {"pc", NULL}, {"sp", NULL}, {"guessed", NULL}, {"times", NULL}};
	struct kd_table *table;
	size_t rows = 0;
	struct kd_error *err = NULL;

	if (!t->stack.n)
		return NULL;
	kd_sheet_head(t->s, t->panicked ? KD_V("stack of the CPU that panicked")
					: kd_sheet_text(t->s, "stack of task %s (pid %d), which the report names, as of the dump", t->named.comm,
							t->named.pid));
	table = kd_sheet_table(t->s, "stack", columns, KD_ARRAY_LEN(columns));
	for (size_t i = 0, n; !err && i < t->stack.n; i += n) {
		n = repeats(&t->stack, i);
		if (rows++ == STACK_ROWS) {
			kd_sheet_note(t->s, "the stack has %zu more frames: kdoc core bt shows them", t->stack.n - i);
			break;
		}
		err = frame_row(t, table, i, n);
	}
	if (t->stack.end == KD_STACK_BROKEN || t->stack.end == KD_STACK_LIMIT)
		kd_sheet_note(t->s, "unwinding stopped: %s", t->stack.why);
	return err;
}

/* --- variables ---------------------------------------------------------------------------------------- */

static struct kd_table *variable_table(struct triage *t)
{
	static const struct kd_column columns[] = {{"frame", "#"}, {"declaration", "VARIABLE"}, {"value", "VALUE"}, {"state", "STATE"}};

	kd_sheet_head(t->s, t->o->locals ? KD_V("variables") : KD_V("variables where it happened"));
	return kd_sheet_table(t->s, "variables", columns, KD_ARRAY_LEN(columns));
}

/* table: made with the first row. */
static struct kd_error *variables_of(struct triage *t, struct kd_table **table, size_t i)
{
	struct kd_frame_at at;
	struct kd_locals l = {0};
	struct kd_error *err = kd_frame_debug_at(t->debug, &t->stack.v[i], &t->scratch, &at);

	if (!err)
		err = kd_frame_debug_locals(t->debug, &t->stack, i, &at, &t->scratch, t->arena, &l);
	for (size_t k = 0; !err && k < l.n; k++) {
		const struct kd_local *v = &l.v[k];
		struct kd_cell *row;

		if (v->state == KD_LOCAL_OPTIMISED_OUT)
			continue;
		*table = *table ? *table : variable_table(t);
		row = kd_table_row(*table);
		row[0] = kd_cell_uint(i);
		row[1] = kd_cell_text(v->decl);
		row[2] = v->state == KD_LOCAL_READ ? kd_cell_text(v->value) : kd_cell_none(v->why.p);
		row[3] = kd_cell_text(kd_view_of(kd_local_state_name((enum kd_local_state)v->state)));
	}
	kd_arena_reset(&t->scratch);
	return err;
}

static struct kd_error *variables(struct triage *t)
{
	const bool fault = t->fault && t->fault->found && t->fault->frame < t->stack.n;
	struct kd_table *table = NULL;
	struct kd_error *err = NULL;

	if (!t->debug || !t->stack.n || (!fault && !t->o->locals))
		return NULL;
	for (size_t i = 0; !err && i < t->stack.n; i++)
		if (t->o->locals || i == t->fault->frame)
			err = variables_of(t, &table, i);
	return err;
}

/* --- the other CPUs ----------------------------------------------------------------------------------- */

/* Where its task is: the first frame that is none of stopping, idling or dumping. */
static struct kd_view where(struct triage *t, const struct kd_cpu *c)
{
	const struct kd_unwind_from from = kd_cpu_stack(c);
	struct kd_core_stack st;
	kd_auto(kd_error_freep) struct kd_error *err = NULL;
	struct kd_view name;

	if (!c->regs)
		return KD_VNULL;
	err = kd_unwind(t->u, &from, &t->scratch, &st);
	name = !err && st.n ? kd_dump_name_text(t->d, st.v[0].pc, t->arena) : KD_VNULL;
	kd_arena_reset(&t->scratch);
	return name;
}

static void other_cpus(struct triage *t)
{
	static const struct kd_column columns[] = {{"cpu", "CPU"}, {"pid", "PID"}, {"command", "COMMAND"}, {"task", "TASK"},
						   {"where", "WHERE"}, {"panicked", NULL}};
	struct kd_table *table;

	kd_sheet_head(t->s, KD_V("CPUs"));
	table = kd_sheet_table(t->s, "cpu_list", columns, KD_ARRAY_LEN(columns));
	for (size_t i = 0; i < t->cpus->n && i < CPU_ROWS; i++) {
		const struct kd_cpu *c = &t->cpus->v[i];
		const struct kd_view name = where(t, c);
		struct kd_cell *row = kd_table_row(table);

		row[0] = kd_cell_uint(c->cpu);
		row[1] = c->has_task ? kd_cell_int(c->task.pid) : kd_cell_none("its task is not known");
		row[2] = c->has_task ? kd_sheet_cell(t->s, kd_view_of(c->task.comm)) : kd_cell_none(NULL);
		row[3] = c->has_task ? kd_cell_hex(c->task.addr) : kd_cell_none(NULL);
		row[4] = name.n ? kd_cell_text(name) : kd_cell_none(c->regs ? "in no known symbol" : "the dump has no registers of this CPU");
		row[5] = kd_cell_bool(c->panicked);
	}
	if (t->cpus->n > CPU_ROWS)
		kd_sheet_note(t->s, "there are %zu more CPUs: kdoc core bt --all", t->cpus->n - CPU_ROWS);
	if (t->cpus->lost_notes)
		kd_sheet_note(t->s, "%zu register sets are of CPUs that are not known", t->cpus->lost_notes);
}

/* Evidence or silence: what stands on no memory is a hypothesis. */
static void settle(struct kd_sheet *s)
{
	for (size_t i = 0; i < s->block.n; i++) {
		struct kd_assertion *st = s->block.v[i].kind == KD_BLOCK_STATEMENT ? s->block.v[i].statement : NULL;

		if (st && !st->proof.n)
			st->status = KD_STATEMENT_HYPOTHESIS;
	}
}

/* --- all ---------------------------------------------------------------------------------------------- */

static struct kd_error *open_all(struct triage *t)
{
	struct kd_error *err = kd_dump_need_kernel(t->d);

	if (!err)
		err = kd_dump_cpus(t->d, &t->cpus);
	if (!err)
		err = kd_dump_unwinder(t->d, &t->u);
	if (err)
		return err;
	t->k = kd_dump_kernel(t->d);
	for (size_t i = 0; i < t->cpus->n && !t->panicked; i++)
		if (t->cpus->v[i].panicked)
			t->panicked = &t->cpus->v[i];
	if (kd_dump_symset(t->d)) {
		const struct kd_frame_source from = {
			.k = t->k, .mods = kd_dump_modules(t->d), .set = kd_dump_symset(t->d), .kaslr = kd_dump_kaslr(t->d),
			.build_id = kd_vmcoreinfo_get(kd_space_vmcoreinfo(kd_dump_space(t->d)), KD_V("BUILD-ID"))};

		t->debug = kd_frame_debug_new(&from);
	}
	return kd_triage_log(kd_dump_ctx(t->d), kd_dump_space(t->d), kd_dump_path(t->d), t->arena, &t->log);
}

/* The task that the first report names, when one of this number and name is there: it may be another one by now. */
static struct kd_error *unwind_named(struct triage *t)
{
	const struct kd_cpu *c;
	struct kd_unwind_from from;
	char why[KD_TASKS_WHY];
	struct kd_core_regs regs;
	struct kd_error *err;

	if (!t->log.has_pid || t->log.pid <= 0 || t->log.pid > INT32_MAX || !kd_task_by_pid(t->k, (int32_t)t->log.pid, &t->named, why) ||
	    !kd_view_eq(kd_view_of(t->named.comm), t->log.comm))
		return NULL;
	t->has_named = true;
	c = kd_cpus_of_task(t->cpus, t->named.addr);
	if (c ? !c->regs : !kd_task_regs(t->k, &t->named, &regs, why))
		return NULL;
	from = c ? kd_cpu_stack(c) : kd_task_stack(&t->named, &regs);
	kd_unwinder_keep_regs(t->u, true);
	err = kd_unwind(t->u, &from, t->arena, &t->stack);
	kd_unwinder_keep_regs(t->u, false);
	return err;
}

static struct kd_error *unwind(struct triage *t)
{
	const struct kd_cpu *c = t->panicked;
	struct kd_unwind_from from;
	struct kd_error *err;

	if (!c)
		return unwind_named(t);
	if (!c->regs)
		return NULL;
	from = kd_cpu_stack(c);
	kd_unwinder_keep_regs(t->u, true);
	err = kd_unwind(t->u, &from, t->arena, &t->stack);
	kd_unwinder_keep_regs(t->u, false);
	return err;
}

static void next(struct triage *t)
{
	kd_sheet_next(t->s, t->debug ? "kdoc core bt --locals --debug VMLINUX %s" : "kdoc core bt %s", kd_dump_path(t->d));
	if (t->log.hang)
		kd_sheet_next(t->s, "kdoc core deadlock %s", kd_dump_path(t->d));
	kd_sheet_next(t->s, "kdoc investigate %s", kd_dump_path(t->d));
	if (t->log.none.n)
		kd_sheet_note(t->s, "the log: %.*s", KD_VARG(t->log.none));
	if (t->log.overwritten)
		kd_sheet_note(t->s, "%" PRIu64 " records of the log were overwritten before the dump: earlier reports may be among them",
			      t->log.overwritten);
	if (t->log.damaged)
		kd_sheet_note(t->s, "%" PRIu64 " records of the log cannot be read", t->log.damaged);
	kd_sheet_note(t->s, "memory is as of the dump, which is later than what the log tells");
}

static struct kd_error *answer(struct triage *t)
{
	struct kd_error *err = open_all(t);

	if (!err)
		err = unwind(t);
	if (err)
		return err;
	verdict(t);
	err = kd_triage_diagnoses(t);
	if (err)
		return err;
	header(t);
	if (!t->o->brief)
		reports(t);
	err = stack(t);
	if (!err)
		err = kd_triage_fault(t);
	if (!err)
		err = variables(t);
	if (err || t->o->brief)
		return err;
	err = kd_triage_freed(t);
	if (err)
		return err;
	other_cpus(t);
	err = kd_triage_tasks(t);
	next(t);
	return err;
}

struct kd_error *kd_core_triage(struct kd_dump *d, const void *options, const char *const *args, size_t nargs, struct kd_sheet *s)
{
	struct triage t = {.d = d, .s = s, .o = options, .arena = s->arena, .scratch = KD_ARENA_INIT(SCRATCH_MAX)};
	struct kd_error *err;

	(void)args;
	if (nargs)
		return kd_error_new(KD_INVALID, "core triage takes no arguments behind the dump");
	err = answer(&t);
	settle(s);
	kd_ident_free(t.ident);
	kd_frame_debug_free(t.debug);
	kd_arena_deinit(&t.scratch);
	return err;
}
