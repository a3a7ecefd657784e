/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * clock.h: the clocks of a dump's machine, as of the dump.
 *
 *	struct kd_clock c;
 *	kd_clock_read(kernel, &c);
 *	if (c.has_now) … c.now          // ns since boot: the newest rq.clock of all CPUs
 *	if (c.hz) … jiffies / c.hz      // seconds
 *
 * HZ is in no symbol. It is 10^9 / tick_nsec where that symbol is; else the one of the choices (kernel/Kconfig.hz: 100, 250,
 * 300, 1000) by which jiffies, which begin at -300 seconds as 32 bits (INITIAL_JIFFIES, include/linux/
 * jiffies.h), have counted as many seconds as `now`: hz_inferred.
 */
#ifndef KD_CORE_CLOCK_H
#define KD_CORE_CLOCK_H

#include "core/kernel.h"

struct kd_clock {
	bool has_now, has_jiffies, hz_inferred;
	uint64_t now, jiffies;
	unsigned hz; /* 0: not known */
};

void kd_clock_read(struct kd_kernel *k, struct kd_clock *ret);

/* The HZ by which jiffies have counted now_ns since boot, 0: none, or several. */
unsigned kd_clock_infer_hz(uint64_t jiffies, uint64_t now_ns);

#endif
