// SPDX-License-Identifier: GPL-2.0-or-later
#include <inttypes.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "core/timer.h"
#include "verb/core_irq.h"

struct timers {
	struct kd_dump *d;
	struct kd_kernel *k;
	struct kd_sheet *s;
	struct kd_vec_timer {
		struct kd_timer *v;
		size_t n, cap;
	} all;
	uint64_t now, tick; /* jiffies, or ns; ns of a tick */
	bool has_now, has_tick;
};

static bool keep(void *user, const struct kd_timer *t)
{
	struct timers *x = user;
	struct kd_timer *one = kd_vec_push(&x->all, KD_TIMERS_MAX);

	if (one)
		*one = *t;
	else
		kd_sheet_note(x->s, "there are more than %d timers: the others are left out", KD_TIMERS_MAX);
	return one != NULL;
}

/* In one time: hrtimers of clocks that are apart. */
static int64_t when(const struct kd_timer *t)
{
	return (int64_t)(t->expires - (uint64_t)t->offset);
}

static int by_time(const void *a, const void *b)
{
	const struct kd_timer *x = a, *y = b;

	if (x->cpu != y->cpu)
		return x->cpu < y->cpu ? -1 : 1;
	if (when(x) != when(y))
		return when(x) < when(y) ? -1 : 1;
	return x->addr < y->addr ? -1 : x->addr > y->addr;
}

static void sort(struct timers *x)
{
	if (x->all.n)
		qsort(x->all.v, x->all.n, sizeof(*x->all.v), by_time);
}

static struct kd_cell function_cell(struct timers *x, uint64_t function)
{
	return kd_dump_addr_cell(x->d, x->s, function);
}

/* --- wheels ------------------------------------------------------------------------------------------- */

static void wheel_row(struct timers *x, struct kd_table *t, const struct kd_timer *one)
{
	struct kd_cell *row;
	char flags[KD_PEEK_TEXT];

	if (!kd_table_wants(t)) {
		(void)kd_table_row(t);
		return;
	}
	row = kd_table_row(t);
	kd_timer_flags_text(one->flags, flags, sizeof(flags));
	row[0] = kd_cell_uint(one->cpu);
	row[1] = kd_cell_text(kd_view_of(kd_timer_base_name(one->nr, one->bases)));
	row[2] = kd_cell_uint(one->expires);
	row[3] = x->has_now ? kd_cell_int((int64_t)(one->expires - x->now)) : kd_cell_none("jiffies cannot be read");
	row[4] = function_cell(x, one->function);
	row[5] = *flags ? kd_sheet_cell(x->s, kd_view_of(flags)) : kd_cell_text(KD_V(""));
	row[6] = kd_cell_hex(one->addr);
}

static void next_expiry(struct timers *x, const unsigned *cpu, size_t n)
{
	static const struct kd_column columns[] = {{"cpu", "CPU"}, {"base", "BASE"}, {"clk", "CLK"}, {"next_expiry", "NEXT EXPIRY"},
						   {"running", "RUNNING TIMER"}, {"pending", NULL}};
	struct kd_table *t = kd_sheet_table(x->s, "bases", columns, KD_ARRAY_LEN(columns));
	uint64_t size, first;
	unsigned bases;

	for (size_t c = 0; c < n; c++)
		for (unsigned nr = 0; kd_timer_bases(x->k, cpu[c], &first, &size, &bases) && nr < bases; nr++) {
			struct kd_cell *row = kd_table_row(t);
			const uint64_t at = first + nr * size;

			row[0] = kd_cell_uint(cpu[c]);
			row[1] = kd_cell_text(kd_view_of(kd_timer_base_name(nr, bases)));
			row[2] = kd_dump_member(x->d, x->s, at, "timer_base", "clk", false);
			row[3] = kd_dump_member(x->d, x->s, at, "timer_base", "next_expiry", false);
			row[4] = kd_dump_member(x->d, x->s, at, "timer_base", "running_timer", true);
			row[5] = kd_dump_member(x->d, x->s, at, "timer_base", "timers_pending", false);
		}
}

static void wheels(struct timers *x, const unsigned *cpu, size_t n)
{
	static const struct kd_column columns[] = {{"cpu", "CPU"}, {"base", "BASE"}, {"expires", "EXPIRES"}, {"in", "IN JIFFIES"},
						   {"function", "FUNCTION"}, {"flags", "FLAGS"}, {"timer", "TIMER"}};
	struct kd_walk_end end;
	struct kd_table *t;

	x->has_now = kd_peek_jiffies(x->k, &x->now);
	x->has_tick = kd_peek_tick(x->k, &x->tick);
	kd_sheet_field(x->s, "jiffies", "Jiffies", x->has_now ? kd_cell_uint(x->now) : kd_cell_none("they cannot be read"));
	if (x->has_tick)
		kd_sheet_field(x->s, "tick", "A jiffy is", kd_cell_nsec(x->tick));
	for (size_t c = 0; c < n; c++) {
		kd_timers_walk(x->k, cpu[c], keep, x, &end);
		kd_core_note_end(x->s, "timers", &end);
	}
	sort(x);
	next_expiry(x, cpu, n);
	t = kd_sheet_table(x->s, "timers", columns, KD_ARRAY_LEN(columns));
	for (size_t i = 0; i < x->all.n; i++)
		wheel_row(x, t, &x->all.v[i]);
}

/* --- hrtimers ----------------------------------------------------------------------------------------- */

static struct kd_view clock_name(struct timers *x, unsigned nr)
{
	struct kd_view v = kd_datum_enumerator(x->k, "hrtimer_base_type", nr);

	kd_view_skip(&v, KD_V("HRTIMER_BASE_"));
	return v.n ? v : kd_sheet_text(x->s, "clock %u", nr);
}

static void hrtimer_row(struct timers *x, struct kd_table *t, const struct kd_timer *one)
{
	struct kd_cell *row;

	if (!kd_table_wants(t)) {
		(void)kd_table_row(t);
		return;
	}
	row = kd_table_row(t);
	row[0] = kd_cell_uint(one->cpu);
	row[1] = kd_sheet_cell(x->s, clock_name(x, one->nr));
	row[2] = kd_cell_int((int64_t)one->expires);
	row[3] = x->has_now ? kd_cell_int(when(one) - (int64_t)x->now) : kd_cell_none("the time of the last tick is not known");
	row[3].guessed = x->has_now; /* the clock went on behind the last tick */
	row[4] = kd_cell_int((int64_t)one->expires - one->soft);
	row[5] = function_cell(x, one->function);
	row[6] = kd_cell_hex(one->addr);
}

static void hrtimer_cpus(struct timers *x, const unsigned *cpu, size_t n)
{
	static const struct kd_column columns[] = {{"cpu", "CPU"}, {"expires_next", "NEXT EXPIRY"}, {"hres_active", NULL}, {"events", "EVENTS"},
						   {"hangs", "HANGS"}, {"running", NULL}};
	struct kd_table *t = kd_sheet_table(x->s, "cpus", columns, KD_ARRAY_LEN(columns));
	uint64_t at;

	for (size_t c = 0; c < n && kd_kernel_percpu(x->k, "hrtimer_bases", cpu[c], &at); c++) {
		struct kd_cell *row = kd_table_row(t);

		row[0] = kd_cell_uint(cpu[c]);
		row[1] = kd_dump_member(x->d, x->s, at, "hrtimer_cpu_base", "expires_next", false);
		row[2] = kd_dump_member(x->d, x->s, at, "hrtimer_cpu_base", "hres_active", false);
		row[3] = kd_dump_member(x->d, x->s, at, "hrtimer_cpu_base", "nr_events", false);
		row[4] = kd_dump_member(x->d, x->s, at, "hrtimer_cpu_base", "nr_hangs", false);
		row[5] = kd_dump_member(x->d, x->s, at, "hrtimer_cpu_base", "next_timer", true);
	}
}

static void hrtimers(struct timers *x, const unsigned *cpu, size_t n)
{
	static const struct kd_column columns[] = {{"cpu", "CPU"}, {"clock", "CLOCK"}, {"expires", "EXPIRES"}, {"in", "IN NS"},
						   {"slack", NULL}, {"function", "FUNCTION"}, {"timer", "TIMER"}};
	struct kd_walk_end end;
	struct kd_table *t;

	x->has_now = kd_peek_now(x->k, &x->now);
	kd_sheet_field(x->s, "last_tick", "Last tick (monotonic ns)", x->has_now ? kd_cell_uint(x->now) : kd_cell_none("it cannot be read"));
	for (size_t c = 0; c < n; c++) {
		kd_hrtimers_walk(x->k, cpu[c], keep, x, &end);
		kd_core_note_end(x->s, "hrtimers", &end);
	}
	sort(x);
	hrtimer_cpus(x, cpu, n);
	t = kd_sheet_table(x->s, "hrtimers", columns, KD_ARRAY_LEN(columns));
	for (size_t i = 0; i < x->all.n; i++)
		hrtimer_row(x, t, &x->all.v[i]);
}

struct kd_error *kd_core_timer(struct kd_dump *d, const void *options, const char *const *args, size_t nargs, struct kd_sheet *s)
{
	const struct kd_core_timer_options *o = options;
	struct timers x = {.d = d, .s = s};
	struct kd_error *err = kd_core_need_variables(d, s);
	const unsigned *cpu;
	size_t n;

	(void)args;
	if (!err && nargs)
		err = kd_error_new(KD_INVALID, "timer takes no arguments");
	if (err)
		return err;
	x.k = kd_dump_kernel(d);
	cpu = kd_core_cpus(d, s, &n);
	if (o->hrtimer)
		hrtimers(&x, cpu, n);
	else
		wheels(&x, cpu, n);
	s->none = !x.all.n;
	kd_vec_free(&x.all);
	return NULL;
}
