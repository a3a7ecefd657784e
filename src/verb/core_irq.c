// SPDX-License-Identifier: GPL-2.0-or-later
#include "verb/core_irq.h"

#include <inttypes.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "core/irq.h"
#include "verb/core_rd.h"

enum { COUNTS = 8, MASK_TEXT = 512 };

void kd_core_note_end(struct kd_sheet *s, const char *what, const struct kd_walk_end *end)
{
	struct kd_view text;

	if (!*end->why)
		return;
	text = end->broken > 1 ? kd_sheet_text(s, "%s: %s; %" PRIu64 " places are wrong in all", what, end->why, end->broken) :
				 kd_sheet_text(s, "%s: %s", what, end->why);
	for (size_t i = 0; i < s->note.n; i++)
		if (kd_view_eq(s->note.v[i], text)) /* of another CPU: it is said once */
			return;
	kd_sheet_note(s, "%.*s", KD_VARG(text));
}

struct kd_error *kd_core_need_variables(struct kd_dump *d, struct kd_sheet *s)
{
	struct kd_error *err = kd_dump_need_types(d);

	if (!err && kd_kernel_functions_only(kd_dump_kernel(d)) && !kd_dump_index(d))
		kd_sheet_note(s, "the symbols in this kernel are those of functions alone (CONFIG_KALLSYMS_ALL is off): where its variables are is "
				 "known with its debug info (--debug)");
	return err;
}

const unsigned *kd_core_cpus(struct kd_dump *d, struct kd_sheet *s, size_t *ret_n)
{
	unsigned *v = kd_arena_array(s->arena, KD_CORE_CPUS, unsigned);
	size_t n = v ? kd_kernel_cpus(kd_dump_kernel(d), v, KD_CORE_CPUS) : 0;

	*ret_n = n < KD_CORE_CPUS ? n : KD_CORE_CPUS;
	return *ret_n ? v : NULL;
}

/* --- the table ---------------------------------------------------------------------------------------- */

static const struct kd_column irq_columns[] = {{"irq", "IRQ"}, {"count", "COUNT"}, {"per_cpu", "PER CPU"}, {"chip", "CHIP"},
					       {"hwirq", "HWIRQ"}, {"affinity", "AFFINITY"}, {"handlers", "HANDLERS"},
					       {"depth", NULL}, {"descriptor", "DESCRIPTOR"}};

struct irqs {
	struct kd_dump *d;
	struct kd_kernel *k;
	struct kd_sheet *s;
	struct kd_table *t;
	const struct kd_core_irq_options *o;
	const unsigned *cpu;
	size_t ncpus;
	uint64_t idle; /* without a handler: not shown */
	uint64_t wrong; /* of which the handlers could not be listed */
};

static struct kd_cell mask_cell(struct kd_sheet *s, bool has, const struct kd_cpumask *m)
{
	char text[MASK_TEXT];

	if (!has)
		return kd_cell_none("the mask is not known, or cannot be read");
	kd_cpumask_text(m, text, sizeof(text));
	return kd_sheet_cell(s, kd_view_of(text));
}

/* As /proc/interrupts has them, of a machine with few CPUs. */
static struct kd_cell counts_cell(struct irqs *q, uint64_t desc)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT((size_t)64 << 10);
	uint64_t n;

	for (size_t i = 0; i < q->ncpus; i++) {
		if (kd_irq_count(q->k, desc, q->cpu[i], &n))
			kd_buf_printf(&b, "%s%" PRIu64, i ? " " : "", n);
		else
			kd_buf_printf(&b, "%s?", i ? " " : "");
	}
	return kd_sheet_cell(q->s, kd_buf_view(&b));
}

static struct kd_cell text_cell(struct kd_sheet *s, const char *text)
{
	return *text ? kd_sheet_cell(s, kd_view_of(text)) : kd_cell_none("it has no name, or it cannot be read");
}

static bool irq_row(void *user, uint64_t irq, uint64_t desc)
{
	struct irqs *q = user;
	struct kd_cell *row;
	struct kd_irq i;

	kd_irq_read(q->k, desc, &i);
	if (!i.actions && !*i.end.why && !q->o->all) {
		q->idle++;
		return true;
	}
	row = kd_table_row(q->t);
	row[0] = kd_cell_uint(irq);
	row[1] = i.has_total ? kd_cell_uint(i.total) : kd_cell_none("the counts are not known, or cannot be read");
	row[2] = q->ncpus <= COUNTS ? counts_cell(q, desc) : kd_cell_none("there are many CPUs: ask for this interrupt alone");
	row[3] = text_cell(q->s, i.chip);
	row[4] = kd_dump_member(q->d, q->s, desc, "irq_desc", "irq_data.hwirq", false);
	row[5] = mask_cell(q->s, i.has_affinity, &i.affinity);
	row[6] = text_cell(q->s, i.names);
	if (*i.end.why) {
		row[6] = kd_cell_none(NULL);
		row[6].text = kd_sheet_text(q->s, "%s", i.end.why);
		q->wrong++;
	}
	row[7] = kd_dump_member(q->d, q->s, desc, "irq_desc", "depth", false);
	row[8] = kd_cell_hex(desc);
	return true;
}

static void all_irqs(struct irqs *q)
{
	struct kd_walk_end end;

	q->t = kd_sheet_table(q->s, "irqs", irq_columns, KD_ARRAY_LEN(irq_columns));
	kd_irqs_walk(q->k, irq_row, q, &end);
	kd_core_note_end(q->s, "interrupts", &end);
	if (!q->o->all && !*end.why)
		kd_sheet_field(q->s, "without_handler", "Without handler", kd_cell_uint(q->idle));
	if (q->wrong)
		kd_sheet_note(q->s, "the handlers of %" PRIu64 " interrupts could not be listed: --json or the number of one says why", q->wrong);
	q->s->none = !q->t->total;
}

/* --- one ---------------------------------------------------------------------------------------------- */

static const struct kd_column action_columns[] = {{"name", "NAME"}, {"handler", "HANDLER"}, {"thread_fn", "THREAD FUNCTION"},
						  {"thread", "THREAD"}, {"flags", "FLAGS"}, {"dev_id", "DEV ID"}, {"action", "ACTION"}};

static struct kd_cell code_cell(struct kd_dump *d, struct kd_sheet *s, uint64_t at, const char *type, const char *path)
{
	uint64_t v;

	if (!kd_kernel_read(kd_dump_kernel(d), at, type, path, &v))
		return kd_dump_member(d, s, at, type, path, true);
	return kd_dump_addr_cell(d, s, v); /* a NULL pointer is one */
}

static struct kd_cell thread_cell(struct kd_dump *d, struct kd_sheet *s, uint64_t action)
{
	struct kd_task t;
	struct kd_cell c;
	uint64_t task;

	if (!kd_kernel_read(kd_dump_kernel(d), action, "irqaction", "thread", &task) || !task)
		return code_cell(d, s, action, "irqaction", "thread");
	c = kd_cell_hex(task);
	if (kd_task_read(kd_dump_kernel(d), task, &t))
		c.text = kd_sheet_text(s, "%s, pid %d", t.comm, t.pid);
	return c;
}

static bool action_row(void *user, uint64_t index, uint64_t action)
{
	struct irqs *q = user;
	struct kd_cell *row = kd_table_row(q->t);
	char name[KD_PEEK_TEXT];

	(void)index;
	row[0] = kd_peek_string(q->k, action, "irqaction", "name", name) ? kd_sheet_cell(q->s, kd_view_of(name)) :
									    kd_cell_none("it has none, or it cannot be read");
	row[1] = code_cell(q->d, q->s, action, "irqaction", "handler");
	row[2] = code_cell(q->d, q->s, action, "irqaction", "thread_fn");
	row[3] = thread_cell(q->d, q->s, action);
	row[4] = kd_dump_member(q->d, q->s, action, "irqaction", "flags", true);
	row[5] = kd_dump_member(q->d, q->s, action, "irqaction", "dev_id", true);
	row[6] = kd_cell_hex(action);
	return true;
}

static struct kd_error *one_irq(struct irqs *q, const char *text)
{
	static const struct kd_column columns[] = {{"cpu", "CPU"}, {"count", "COUNT"}};
	struct kd_walk_end end;
	uint64_t irq, desc, n;
	struct kd_irq i;
	struct kd_error *err = kd_core_number_arg(text, "an interrupt", &irq);

	if (err)
		return err;
	if (!kd_irq_desc(q->k, irq, &desc, &end)) {
		q->s->none = true;
		kd_sheet_say(q->s, "there is no interrupt %" PRIu64, irq);
		kd_core_note_end(q->s, "interrupts", &end);
		return NULL;
	}
	kd_irq_read(q->k, desc, &i);
	kd_sheet_field(q->s, "irq", "Interrupt", kd_cell_uint(irq));
	kd_sheet_field(q->s, "descriptor", "Descriptor", kd_cell_hex(desc));
	kd_sheet_field(q->s, "chip", "Chip", text_cell(q->s, i.chip));
	kd_sheet_field(q->s, "hwirq", "Number at the chip", kd_dump_member(q->d, q->s, desc, "irq_desc", "irq_data.hwirq", false));
	kd_sheet_field(q->s, "flow", "Flow handler", code_cell(q->d, q->s, desc, "irq_desc", "handle_irq"));
	kd_sheet_field(q->s, "affinity", "May go to CPUs", mask_cell(q->s, i.has_affinity, &i.affinity));
	kd_sheet_field(q->s, "effective_affinity", "Goes to CPUs", mask_cell(q->s, i.has_effective, &i.effective));
	kd_sheet_field(q->s, "depth", "Disabled so often", kd_dump_member(q->d, q->s, desc, "irq_desc", "depth", false));
	kd_sheet_field(q->s, "unhandled", "Not handled", kd_dump_member(q->d, q->s, desc, "irq_desc", "irqs_unhandled", false));
	kd_sheet_field(q->s, "count", "Count", i.has_total ? kd_cell_uint(i.total) : kd_cell_none("the counts cannot be read"));
	q->t = kd_sheet_table(q->s, "per_cpu", columns, KD_ARRAY_LEN(columns));
	for (size_t c = 0; c < q->ncpus; c++) {
		struct kd_cell *row = kd_table_row(q->t);

		row[0] = kd_cell_uint(q->cpu[c]);
		row[1] = kd_irq_count(q->k, desc, q->cpu[c], &n) ? kd_cell_uint(n) : kd_cell_none("it cannot be read");
	}
	q->t = kd_sheet_table(q->s, "handlers", action_columns, KD_ARRAY_LEN(action_columns));
	kd_irq_actions_walk(q->k, desc, action_row, q, &end);
	kd_core_note_end(q->s, "handlers", &end);
	return NULL;
}

/* --- softirqs ----------------------------------------------------------------------------------------- */

static void softirq_vectors(struct irqs *q)
{
	static const struct kd_column columns[] = {{"nr", "NR"}, {"name", "SOFTIRQ"}, {"action", "ACTION"}, {"pending", "PENDING ON CPUS"}};
	const unsigned n = kd_softirqs(q->k);
	char name[KD_PEEK_TEXT];

	q->t = kd_sheet_table(q->s, "softirqs", columns, KD_ARRAY_LEN(columns));
	if (!n)
		kd_sheet_note(q->s, "how many softirqs there are is not known (NR_SOFTIRQS)");
	for (unsigned i = 0; i < n; i++) {
		kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT((size_t)64 << 10);
		struct kd_cell *row = kd_table_row(q->t);
		uint64_t action, pending;
		const bool known = kd_softirq(q->k, i, name, &action);

		for (size_t c = 0; c < q->ncpus; c++)
			if (kd_softirq_pending(q->k, q->cpu[c], &pending) && pending >> i & 1)
				kd_buf_printf(&b, "%s%u", b.n ? "," : "", q->cpu[c]);
		row[0] = kd_cell_uint(i);
		row[1] = known ? kd_sheet_cell(q->s, kd_view_of(name)) : kd_cell_none("it cannot be read");
		row[2] = !known ? kd_cell_none("it cannot be read") : kd_dump_addr_cell(q->d, q->s, action);
		row[3] = b.n ? kd_sheet_cell(q->s, kd_buf_view(&b)) : kd_cell_text(KD_V(""));
	}
}

static void softirq_cpus(struct irqs *q)
{
	static const struct kd_column columns[] = {{"cpu", "CPU"}, {"pending", "PENDING"}};
	uint64_t pending;

	q->t = kd_sheet_table(q->s, "cpus", columns, KD_ARRAY_LEN(columns));
	for (size_t c = 0; c < q->ncpus; c++) {
		struct kd_cell *row = kd_table_row(q->t);

		row[0] = kd_cell_uint(q->cpu[c]);
		row[1] = kd_softirq_pending(q->k, q->cpu[c], &pending) ? kd_cell_hex(pending) :
									  kd_cell_none("what is pending is not known, or cannot be read");
	}
}

struct tasklets {
	struct irqs *q;
	unsigned cpu;
	const char *vec;
};

static bool tasklet_row(void *user, uint64_t index, uint64_t tasklet)
{
	struct tasklets *l = user;
	struct irqs *q = l->q;
	struct kd_cell *row = kd_table_row(q->t);

	(void)index;
	row[0] = kd_cell_uint(l->cpu);
	row[1] = kd_cell_text(kd_view_of(l->vec));
	row[2] = kd_cell_hex(tasklet);
	row[3] = code_cell(q->d, q->s, tasklet, "tasklet_struct", "func");
	row[4] = kd_dump_member(q->d, q->s, tasklet, "tasklet_struct", "state", true);
	row[5] = kd_dump_member(q->d, q->s, tasklet, "tasklet_struct", "count.counter", false);
	return true;
}

static void softirqs(struct irqs *q)
{
	static const struct kd_column columns[] = {{"cpu", "CPU"}, {"queue", "QUEUE"}, {"tasklet", "TASKLET"},
						   {"function", "FUNCTION"}, {"state", "STATE"}, {"disabled", "DISABLED"}};
	static const char *const vecs[] = {"tasklet_hi_vec", "tasklet_vec"};
	bool known = true;

	softirq_vectors(q);
	softirq_cpus(q);
	q->t = kd_sheet_table(q->s, "tasklets", columns, KD_ARRAY_LEN(columns));
	for (size_t c = 0; c < q->ncpus; c++)
		for (size_t v = 0; v < KD_ARRAY_LEN(vecs); v++) {
			struct tasklets l = {q, q->cpu[c], vecs[v]};
			struct kd_walk_end end;

			kd_tasklets_walk(q->k, vecs[v], q->cpu[c], tasklet_row, &l, &end);
			kd_core_note_end(q->s, "tasklets", &end);
			known = known && !*end.why;
		}
	if (!q->t->total && known)
		kd_sheet_say(q->s, "no tasklet waits");
}

struct kd_error *kd_core_irq(struct kd_dump *d, const void *options, const char *const *args, size_t nargs, struct kd_sheet *s)
{
	struct irqs q = {.d = d, .s = s, .o = options};
	struct kd_error *err = kd_core_need_variables(d, s);

	if (!err && nargs > 1)
		err = kd_error_new(KD_INVALID, "irq takes the number of one interrupt");
	if (!err && nargs && q.o->softirq)
		err = kd_error_new(KD_INVALID, "--softirq takes no number");
	if (err)
		return err;
	q.k = kd_dump_kernel(d);
	q.cpu = kd_core_cpus(d, s, &q.ncpus);
	if (!q.cpu)
		q.ncpus = 0;
	if (q.o->softirq)
		softirqs(&q);
	else if (nargs)
		return one_irq(&q, args[0]);
	else
		all_irqs(&q);
	return NULL;
}
