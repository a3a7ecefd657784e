// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/timer.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/le.h"
#include "core/rbtree.h"

enum { VECTORS_MAX = 4096, BASES_MAX = 16 };

/* Bits of timer_list.flags; the CPU is below them, the wheel's slot from bit 22 on. */
enum { MIGRATING = 0x40000, DEFERRABLE = 0x80000, PINNED = 0x100000, IRQSAFE = 0x200000 };

void kd_timer_flags_text(uint32_t flags, char *ret, size_t n)
{
	static const struct {
		uint32_t bit;
		const char *word;
	} bits[] = {{MIGRATING, "migrating"}, {DEFERRABLE, "deferrable"}, {PINNED, "pinned"}, {IRQSAFE, "irqsafe"}};
	size_t at = 0;

	*ret = 0;
	for (size_t i = 0; i < KD_ARRAY_LEN(bits); i++)
		if (flags & bits[i].bit && at + 16 < n)
			at += (size_t)snprintf(ret + at, n - at, "%s%s", at ? ", " : "", bits[i].word);
}

const char *kd_timer_base_name(unsigned nr, unsigned bases)
{
	static const char *const three[] = {"local", "global", "deferrable"}, *const two[] = {"standard", "deferrable"};

	if (bases == 3 && nr < 3)
		return three[nr];
	if (bases == 2 && nr < 2)
		return two[nr];
	return bases == 1 ? "standard" : "?";
}

/* --- wheels ------------------------------------------------------------------------------------------- */

struct wheel {
	struct kd_kernel *k;
	kd_timer_visit *visit;
	void *user;
	struct kd_walk_end *end;
	struct kd_timer t;
};

/* Of the first member of a timer_list, its hlist_node. */
static bool see_timer(void *user, uint64_t index, uint64_t node)
{
	struct wheel *w = user;
	uint64_t flags = 0;

	(void)index;
	w->t.addr = node;
	w->t.expires = w->t.function = 0;
	if (!kd_kernel_read(w->k, node, "timer_list", "expires", &w->t.expires) ||
	    !kd_kernel_read(w->k, node, "timer_list", "function", &w->t.function) ||
	    !kd_kernel_read(w->k, node, "timer_list", "flags", &flags)) {
		kd_walk_wrong(w->end, "the timer at 0x%" PRIx64 " cannot be read", node);
		return true;
	}
	w->t.flags = (uint32_t)flags;
	w->end->count++;
	if (!w->visit(w->user, &w->t))
		w->end->stopped = true;
	return !w->end->stopped;
}

static void one_wheel(struct wheel *w, const struct kd_field *vectors)
{
	const uint64_t at = w->t.base + vectors->off;
	const size_t n = (size_t)(vectors->size / 8);
	kd_auto(kd_freep) unsigned char *heads = kd_xmalloc(n * 8);
	struct kd_space_miss miss;

	if (!kd_space_read(kd_kernel_space(w->k), at, heads, n * 8, &miss)) {
		kd_walk_wrong(w->end, "the wheel at 0x%" PRIx64 " cannot be read: %s", at, kd_space_why(&miss));
		return;
	}
	for (size_t i = 0; i < n && !w->end->stopped; i++) {
		struct kd_walk_end end;

		if (!kd_le64(heads + 8 * i))
			continue;
		kd_walk_hlist(w->k, at + 8 * i, KD_TIMERS_MAX, see_timer, w, &end);
		if (*end.why)
			kd_walk_wrong(w->end, "CPU %u, slot %zu of a wheel: %s", w->t.cpu, i, end.why);
	}
}

/* Of a kernel whose BTF does not name the variable: as many as there is room for, and as say that they are this CPU's. */
static uint64_t room_of_bases(struct kd_kernel *k, uint64_t size, uint64_t first, unsigned cpu)
{
	struct kd_ksym sym;
	uint64_t at, n = 0, whose;

	if (!kd_kernel_symbol(k, "timer_bases", &at) || !kd_ksyms_at(kd_kernel_symbols(k), at, &sym) || sym.addr != at)
		return 0;
	while (n < BASES_MAX && (n + 1) * size <= sym.size && kd_kernel_read(k, first + n * size, "timer_base", "cpu", &whose) && whose == cpu)
		n++;
	return n * size;
}

bool kd_timer_bases(struct kd_kernel *k, unsigned cpu, uint64_t *ret_first, uint64_t *ret_size, unsigned *ret_n)
{
	uint64_t first, size, all;
	uint32_t type;

	if (!kd_kernel_sizeof(k, "timer_base", &size) || !size || !kd_kernel_percpu(k, "timer_bases", cpu, &first))
		return false;
	if (!kd_peek_percpu_var(k, "timer_bases", &type, &all))
		all = room_of_bases(k, size, first, cpu);
	if (all < size || all / size > BASES_MAX)
		return false;
	*ret_first = first;
	*ret_size = size;
	*ret_n = (unsigned)(all / size);
	return true;
}

void kd_timers_walk(struct kd_kernel *k, unsigned cpu, kd_timer_visit *visit, void *user, struct kd_walk_end *end)
{
	struct wheel w = {.k = k, .visit = visit, .user = user, .end = end, .t.cpu = cpu};
	struct kd_field vectors, entry;
	uint64_t size, first;

	*end = (struct kd_walk_end){0};
	if (!kd_kernel_field(k, "timer_base", "vectors", &vectors) || !kd_kernel_field(k, "timer_list", "entry", &entry) || entry.off ||
	    vectors.size / 8 > VECTORS_MAX) {
		kd_walk_wrong(end, "how the wheels of timers are laid out is not known");
		return;
	}
	if (!kd_timer_bases(k, cpu, &first, &size, &w.t.bases)) {
		kd_walk_wrong(end, "where the wheels of CPU %u are, and how many, is not known (timer_bases)", cpu);
		return;
	}
	for (w.t.nr = 0; w.t.nr < w.t.bases && !end->stopped; w.t.nr++) {
		w.t.base = first + w.t.nr * size;
		one_wheel(&w, &vectors);
	}
}

/* --- hrtimers ----------------------------------------------------------------------------------------- */

static bool see_hrtimer(void *user, uint64_t index, uint64_t node)
{
	struct wheel *w = user;
	struct kd_field f;

	(void)index;
	if (!kd_kernel_field(w->k, "hrtimer", "node.node", &f))
		return false;
	w->t.addr = node - f.off;
	if (!kd_kernel_read(w->k, w->t.addr, "hrtimer", "node.expires", &w->t.expires) ||
	    !kd_kernel_read(w->k, w->t.addr, "hrtimer", "function", &w->t.function) ||
	    !kd_peek_int(w->k, w->t.addr, "hrtimer", "_softexpires", &w->t.soft)) {
		kd_walk_wrong(w->end, "the hrtimer at 0x%" PRIx64 " cannot be read", w->t.addr);
		return true;
	}
	w->end->count++;
	if (!w->visit(w->user, &w->t))
		w->end->stopped = true;
	return !w->end->stopped;
}

void kd_hrtimers_walk(struct kd_kernel *k, unsigned cpu, kd_timer_visit *visit, void *user, struct kd_walk_end *end)
{
	struct wheel w = {.k = k, .visit = visit, .user = user, .end = end, .t.cpu = cpu};
	struct kd_field bases, active;
	uint64_t size, at;

	*end = (struct kd_walk_end){0};
	/* rb_root_cached and rb_root_linked (since 7.0) begin with an rb_root */
	if (!kd_kernel_field(k, "hrtimer_cpu_base", "clock_base", &bases) || !kd_kernel_sizeof(k, "hrtimer_clock_base", &size) || !size ||
	    !kd_kernel_field(k, "hrtimer_clock_base", "active.rb_root.rb_root", &active) || bases.size / size > BASES_MAX) {
		kd_walk_wrong(end, "how hrtimers are laid out is not known");
		return;
	}
	if (!kd_kernel_percpu(k, "hrtimer_bases", cpu, &at)) {
		kd_walk_wrong(end, "where the hrtimers of CPU %u are is not known", cpu);
		return;
	}
	w.t.bases = (unsigned)(bases.size / size);
	for (w.t.nr = 0; w.t.nr < w.t.bases && !end->stopped; w.t.nr++) {
		struct kd_walk_end one;

		w.t.base = at + bases.off + w.t.nr * size;
		if (!kd_peek_int(k, w.t.base, "hrtimer_clock_base", "offset", &w.t.offset)) {
			kd_walk_wrong(end, "the clock at 0x%" PRIx64 " cannot be read", w.t.base);
			continue;
		}
		kd_rbtree_walk(k, w.t.base + active.off, KD_TIMERS_MAX, see_hrtimer, &w, &one);
		if (*one.why)
			kd_walk_wrong(end, "CPU %u, clock %u: %s", cpu, w.t.nr, one.why);
	}
}
