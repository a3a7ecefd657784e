/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * timer.h: pending timers of a dump: the wheels (jiffies) and the hrtimers (ns).
 *
 *	static bool see(void *user, const struct kd_timer *t) { … t->expires, t->function …; return true; }
 *	kd_timers_walk(k, cpu, see, &me, &end);             // one CPU's, in the order of the wheel: the caller sorts
 *	kd_hrtimers_walk(k, cpu, see, &me, &end);           // one CPU's, of each clock by expiry
 *
 * Sources: kernel/time/timer.c (struct timer_base, timer_bases), include/linux/timer.h, include/linux/hrtimer.h.
 */
#ifndef KD_CORE_TIMER_H
#define KD_CORE_TIMER_H

#include "core/peek.h"
#include "core/walk.h"

enum { KD_TIMERS_MAX = 1 << 20 };

struct kd_timer {
	uint64_t addr; /* of struct timer_list or struct hrtimer */
	uint64_t base; /* of struct timer_base or struct hrtimer_clock_base */
	unsigned cpu, nr; /* nr: which base of this CPU */
	unsigned bases; /* how many this CPU has */
	uint64_t expires; /* jiffies; ns of the base's clock */
	uint64_t function;
	uint32_t flags; /* of struct timer_list */
	int64_t soft; /* hrtimer: the earliest time, ns; expires is the latest */
	int64_t offset; /* hrtimer: of the base's clock to the monotonic one, ns */
};

typedef bool kd_timer_visit(void *user, const struct kd_timer *t);

void kd_timers_walk(struct kd_kernel *k, unsigned cpu, kd_timer_visit *visit, void *user, struct kd_walk_end *end);
void kd_hrtimers_walk(struct kd_kernel *k, unsigned cpu, kd_timer_visit *visit, void *user, struct kd_walk_end *end);

/* The wheels of a CPU: where the first is, bytes of one, how many. false: not known. */
bool kd_timer_bases(struct kd_kernel *k, unsigned cpu, uint64_t *ret_first, uint64_t *ret_size, unsigned *ret_n);

/* "standard", "deferrable", …: what a wheel is for, by how many a CPU has. */
const char *kd_timer_base_name(unsigned nr, unsigned bases);

/* Flags of struct timer_list in words: "deferrable, pinned"; include/linux/timer.h. */
void kd_timer_flags_text(uint32_t flags, char *ret, size_t n);

#endif
