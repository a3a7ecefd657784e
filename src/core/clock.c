// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/clock.h"

#include "base/alloc.h"
#include "core/tasks.h"
#include "core/words.h"

enum { NSEC = 1000000000, SLACK_S = 10, SLACK_PART = 50 };

unsigned kd_clock_infer_hz(uint64_t jiffies, uint64_t now_ns)
{
	static const unsigned choices[] = {100, 250, 300, 1000};
	const uint64_t want = now_ns / NSEC, slack = SLACK_S + want / SLACK_PART;
	unsigned found = 0;

	for (size_t i = 0; i < KD_ARRAY_LEN(choices); i++) {
		const uint64_t first = (uint32_t)(-300 * (int64_t)choices[i]);
		const uint64_t have = (jiffies - first) / choices[i];

		if (jiffies < first || have > want + slack || have + slack < want)
			continue;
		if (found)
			return 0;
		found = choices[i];
	}
	return found;
}

static void newest(struct kd_kernel *k, uint64_t runqueues, struct kd_clock *c)
{
	const struct kd_word clock = kd_word_of(k, "rq", "clock");
	kd_auto(kd_freep) unsigned *cpu = kd_xcalloc(KD_CPUS_MAX, sizeof(*cpu));
	const size_t n = kd_kernel_cpus(k, cpu, KD_CPUS_MAX);

	for (size_t i = 0; i < n && i < KD_CPUS_MAX; i++) {
		uint64_t at, now;

		if (!kd_word_percpu(k, runqueues, cpu[i], &at) || !kd_word_get(k, at, &clock, &now))
			continue;
		c->has_now = true;
		c->now = now > c->now ? now : c->now;
	}
}

void kd_clock_read(struct kd_kernel *k, struct kd_clock *ret)
{
	static const char *const names[] = {"runqueues", "jiffies", "tick_nsec"};
	uint64_t addr[KD_ARRAY_LEN(names)], nsec;
	struct kd_clock c = {0};

	kd_word_symbols(k, names, KD_ARRAY_LEN(names), addr);
	c.has_jiffies = addr[1] && kd_word_at(k, addr[1], &c.jiffies);
	if (addr[0])
		newest(k, addr[0], &c);
	if (addr[2] && kd_word_at(k, addr[2], &nsec) && nsec >= NSEC / 10000 && nsec <= NSEC / 10) {
		c.hz = (unsigned)((NSEC + nsec / 2) / nsec);
	} else if (c.has_jiffies && c.has_now) {
		c.hz = kd_clock_infer_hz(c.jiffies, c.now);
		c.hz_inferred = c.hz != 0;
	}
	*ret = c;
}
