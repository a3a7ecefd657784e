// SPDX-License-Identifier: GPL-2.0-or-later
#include "verb/core_percpu.h"

#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "core/expr.h"
#include "core/peek.h"
#include "core/waitq.h"
#include "core/words.h"
#include "verb/core_irq.h"
#include "verb/core_rd.h"

/* --- percpu ------------------------------------------------------------------------------------------- */

struct percpu {
	struct kd_dump *d;
	struct kd_values *vs;
	struct kd_sheet *s;
	const struct kd_core_percpu_options *o;
	struct kd_view text, path; /* the name, members behind it */
	bool is_symbol;
	struct kd_value pointer; /* of an expression */
	size_t shown, read;
};

/* Is cpu in a list "0,2-3"? KD_INVALID: it is none. */
static struct kd_error *is_listed(const char *list, unsigned cpu, bool *ret)
{
	struct kd_view v = kd_view_of(list);

	*ret = false;
	while (v.n) {
		uint64_t first, last;

		if (!kd_view_take_dec(&v, &first))
			return kd_error_new(KD_INVALID, "\"%s\" is no list of CPUs (0,2-3)", list);
		last = first;
		if (kd_view_skip(&v, KD_V("-")) && !kd_view_take_dec(&v, &last))
			return kd_error_new(KD_INVALID, "\"%s\" is no list of CPUs (0,2-3)", list);
		*ret = *ret || (cpu >= first && cpu <= last);
		if (v.n && !kd_view_skip(&v, KD_V(",")))
			return kd_error_new(KD_INVALID, "\"%s\" is no list of CPUs (0,2-3)", list);
	}
	return NULL;
}

static bool is_name(struct kd_view v)
{
	for (size_t i = 0; i < v.n; i++)
		if (!kd_is_word(v.p[i]) && v.p[i] != ':' && v.p[i] != '.')
			return false;
	return v.n && !kd_is_digit(*v.p);
}

/* A point may be of a symbol's name, too (name.0 of a static one): members begin behind it when there is no such symbol. */
static void split(struct percpu *p, const char *name)
{
	const size_t dot = kd_view_chr(p->text, '.');
	uint64_t at;

	if (dot == KD_NPOS || kd_kernel_symbol(kd_dump_kernel(p->d), name, &at))
		return;
	p->path = kd_view_from(p->text, dot + 1);
	p->text = kd_view_head(p->text, dot);
}

/* What the pointer points to, on that CPU. */
static struct kd_error *behind_pointer(struct percpu *p, unsigned cpu, struct kd_value *ret)
{
	struct kd_vtype target;
	uint64_t ptr, at;
	struct kd_error *err = kd_value_number(p->vs, &p->pointer, &ptr);

	if (err)
		return err;
	if (!kd_word_percpu(kd_dump_kernel(p->d), ptr, cpu, &at))
		return kd_error_new(KD_NOTFOUND, "where the per-CPU memory of CPU %u is is not known", cpu);
	if (!kd_vtype_target(p->vs, p->pointer.type, &target) || !kd_vtype_size(p->vs, target, &ptr))
		target = (struct kd_vtype){.plain = 8};
	*ret = kd_value_at(target, at);
	return NULL;
}

/* Variables of the kernel's BTF are those of the section of per-CPU variables. */
static void type_by_section(struct percpu *p, struct kd_value *v)
{
	char name[KD_KALLSYMS_NAME];
	uint64_t size;
	uint32_t type;

	if (kd_values_types(p->vs) != kd_dump_types(p->d) || p->text.n >= sizeof(name))
		return;
	memcpy(name, p->text.p, p->text.n);
	name[p->text.n] = 0;
	if (!kd_peek_percpu_var(kd_dump_kernel(p->d), name, &type, &size))
		return;
	v->type = (struct kd_vtype){.id = type};
	v->untyped = false;
}

/* runqueues.cfs.nr_running: along the members behind the variable's name. */
static struct kd_error *members_of(struct percpu *p, struct kd_value *v)
{
	struct kd_view rest = p->path;

	if (rest.n && v->untyped)
		return kd_error_new(KD_INVALID, "the type of %.*s is not known (the BTF does not name it): neither are its members", KD_VARG(p->text));
	while (rest.n) {
		const size_t dot = kd_view_chr(rest, '.');
		const struct kd_view name = kd_view_head(rest, dot == KD_NPOS ? rest.n : dot);
		struct kd_value m;
		struct kd_error *err = kd_value_member(p->vs, v, name, &m);

		if (err)
			return err;
		*v = m;
		rest = dot == KD_NPOS ? KD_VNULL : kd_view_from(rest, dot + 1);
	}
	return NULL;
}

static struct kd_error *of_cpu(struct percpu *p, unsigned cpu)
{
	const struct kd_show how = {.hex = p->o->hex};
	struct kd_value v;
	struct kd_node *node;
	struct kd_error *err = p->is_symbol ? kd_value_symbol(p->vs, p->text, (int)cpu, &v) : behind_pointer(p, cpu, &v);

	if (err)
		return err;
	if (v.untyped && v.in_memory)
		type_by_section(p, &v);
	err = members_of(p, &v);
	if (err)
		return err;
	node = kd_sheet_tree(p->s, "cpus", KD_VNULL);
	if (v.untyped && v.in_memory) {
		node->value = kd_dump_cell(p->d, p->s, v.addr, 8, true);
		node->type = KD_V("8 bytes");
		if (!p->shown)
			kd_sheet_note(p->s, "the BTF has no type of %.*s: the first 8 bytes are shown", (int)p->text.n, p->text.p);
	} else {
		kd_value_show(p->vs, &v, &how, p->s, node);
	}
	node->name = kd_sheet_text(p->s, "CPU %u", cpu);
	node->addr = v.addr;
	node->has_addr = true;
	p->shown++;
	p->read += node->braces || node->value.kind != KD_CELL_NONE;
	return NULL;
}

struct kd_error *kd_core_percpu(struct kd_dump *d, const void *options, const char *const *args, size_t nargs, struct kd_sheet *s)
{
	struct percpu p = {.d = d, .s = s, .o = options};
	kd_auto(kd_values_freep) struct kd_values *vs = NULL;
	struct kd_error *err = kd_values_new(d, &vs);
	const unsigned *cpu;
	size_t n;

	if (!err && nargs != 1)
		err = kd_error_new(KD_INVALID, "percpu needs one variable, or an expression in quotes");
	if (err)
		return err;
	p.vs = vs;
	p.text = kd_view_of(args[0]);
	p.is_symbol = is_name(p.text);
	if (p.is_symbol)
		split(&p, args[0]);
	if (!p.is_symbol)
		err = kd_expr(vs, p.text, &p.pointer);
	cpu = kd_core_cpus(d, s, &n);
	for (size_t i = 0; !err && i < n; i++) {
		bool wanted = true;

		if (p.o->cpus)
			err = is_listed(p.o->cpus, cpu[i], &wanted);
		if (!err && wanted)
			err = of_cpu(&p, cpu[i]);
	}
	if (!err && !p.shown)
		kd_sheet_say(s, "there is no such CPU");
	s->none = !p.read;
	return err;
}

/* --- waitq -------------------------------------------------------------------------------------------- */

static const struct kd_column waiter_columns[] = {{"pid", "PID"}, {"command", "COMMAND"}, {"function", "FUNCTION"}, {"flags", "FLAGS"},
						  {"private", "PRIVATE"}, {"entry", "ENTRY"}};

struct waiters {
	struct kd_dump *d;
	struct kd_sheet *s;
	struct kd_table *t;
	bool simple;
};

static bool waiter_row(void *user, uint64_t index, uint64_t entry)
{
	struct waiters *x = user;
	struct kd_kernel *k = kd_dump_kernel(x->d);
	struct kd_cell *row = kd_table_row(x->t);
	struct kd_waiter w;
	char flags[KD_PEEK_TEXT];

	(void)index;
	row[5] = kd_cell_hex(entry);
	if (!(x->simple ? kd_swaiter_read(k, entry, &w) : kd_waiter_read(k, entry, &w))) {
		for (size_t i = 0; i < 5; i++)
			row[i] = kd_cell_none("the entry cannot be read");
		return true;
	}
	row[0] = w.is_task ? kd_cell_int(w.task.pid) : kd_cell_none("what is behind private is no task");
	row[1] = w.is_task ? kd_sheet_cell(x->s, kd_view_of(w.task.comm)) : kd_cell_none("what is behind private is no task");
	row[0].guessed = row[1].guessed = w.guessed;
	row[2] = x->simple ? kd_cell_none("it has none") : kd_dump_addr_cell(x->d, x->s, w.func);
	kd_waiter_flags_text(w.flags, flags, sizeof(flags));
	row[3] = x->simple || !*flags ? kd_cell_text(KD_V("")) : kd_sheet_cell(x->s, kd_view_of(flags));
	row[4] = kd_cell_hex(w.private);
	return true;
}

/* The head: an address, a variable, an expression: what is in memory is meant itself, a pointer's value else. */
static struct kd_error *head_of(struct kd_dump *d, const char *text, uint64_t *ret)
{
	kd_auto(kd_values_freep) struct kd_values *vs = NULL;
	struct kd_view digits = kd_view_of(text);
	struct kd_value v;
	struct kd_error *err;

	if (digits.n >= 8 && kd_view_hex(digits, ret))
		return NULL;
	err = kd_values_new(d, &vs);
	if (!err)
		err = kd_expr(vs, kd_view_of(text), &v);
	if (err)
		return err;
	if (v.in_memory && (v.untyped || kd_vtype_kind(vs, v.type, NULL) != KD_BTF_PTR)) {
		*ret = v.addr;
		return NULL;
	}
	return kd_value_number(vs, &v, ret);
}

struct kd_error *kd_core_waitq(struct kd_dump *d, const void *options, const char *const *args, size_t nargs, struct kd_sheet *s)
{
	const struct kd_core_waitq_options *o = options;
	struct waiters x = {.d = d, .s = s, .simple = o->simple};
	struct kd_error *err = kd_core_need_variables(d, s);
	struct kd_walk_end end;
	uint64_t head;

	if (!err && nargs != 1)
		err = kd_error_new(KD_INVALID, "waitq needs the address of one wait queue");
	if (!err)
		err = head_of(d, args[0], &head);
	if (err)
		return err;
	kd_sheet_field(s, "head", "Wait queue", kd_dump_addr_cell(d, s, head));
	x.t = kd_sheet_table(s, "waiters", waiter_columns, KD_ARRAY_LEN(waiter_columns));
	if (o->simple)
		kd_swaitq_walk(kd_dump_kernel(d), head, waiter_row, &x, &end);
	else
		kd_waitq_walk(kd_dump_kernel(d), head, waiter_row, &x, &end);
	kd_core_note_end(s, "waiters", &end);
	if (!x.t->total && !*end.why)
		kd_sheet_say(s, "nobody waits there");
	s->none = !x.t->total;
	return NULL;
}
