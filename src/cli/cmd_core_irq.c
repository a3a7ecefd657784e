// SPDX-License-Identifier: GPL-2.0-or-later
/* core irq, core timer: what the kernel waits for to happen. */
#include "verb/core_irq.h"

#include "base/alloc.h"
#include "cli/core.h"
#include "cli/verbs.h"

struct irq_opts {
	struct kd_core_opts common;
	struct kd_core_irq_options irq;
};

static const struct kd_opt irq_opts[] = {
	KD_OPT_FLAG_('s', "softirq", struct irq_opts, irq.softirq, "softirqs, what is pending, and tasklets"),
	KD_OPT_FLAG_('a', "all", struct irq_opts, irq.all, "interrupts without a handler, too"),
	KD_CORE_OPTS(struct irq_opts, common),
};

static int run_irq(struct kd_cli *cli, const void *options)
{
	const struct irq_opts *o = options;

	return kd_cli_core(cli, &kd_cmd_core_irq, &o->common, kd_core_irq, &o->irq);
}

static const char *const irq_about[] = {
	"The interrupts of a dump: how often each CPU took them, their chip, where they may go, and who handles them. With a number: "
	"all about this one.",
	NULL,
};

static const struct kd_example irq_examples[] = {
	{"kdoc core irq vmcore", "all that have a handler"},
	{"kdoc core irq vmcore 24", "one, with its handlers' functions"},
	{"kdoc core irq --softirq vmcore", "softirqs and tasklets that wait"},
	{NULL, NULL},
};

const struct kd_cmd kd_cmd_core_irq = {
	.name = "core irq",
	.phase = KD_PHASE_DUMP,
	.usage = "DUMP [IRQ]",
	.summary = "interrupts, softirqs and tasklets of a dump",
	.about = irq_about,
	.negative = "there is none",
	.examples = irq_examples,
	.opts = irq_opts,
	.nopts = KD_ARRAY_LEN(irq_opts),
	.opts_size = sizeof(struct irq_opts),
	.min_args = 1,
	.max_args = 2,
	.run = run_irq,
};

struct timer_opts {
	struct kd_core_opts common;
	struct kd_core_timer_options timer;
};

static const struct kd_opt timer_opts[] = {
	KD_OPT_FLAG_('r', "hrtimer", struct timer_opts, timer.hrtimer, "high-resolution timers instead"),
	KD_CORE_OPTS(struct timer_opts, common),
};

static int run_timer(struct kd_cli *cli, const void *options)
{
	const struct timer_opts *o = options;

	return kd_cli_core(cli, &kd_cmd_core_timer, &o->common, kd_core_timer, &o->timer);
}

static const char *const timer_about[] = {
	"The timers that a dump's CPUs wait for, the next one first: when they expire, and which function is called then.",
	NULL,
};

static const struct kd_example timer_examples[] = {
	{"kdoc core timer vmcore", "the wheels: timers in jiffies"},
	{"kdoc core timer --hrtimer vmcore", "timers in nanoseconds"},
	{NULL, NULL},
};

const struct kd_cmd kd_cmd_core_timer = {
	.name = "core timer",
	.phase = KD_PHASE_DUMP,
	.usage = "DUMP",
	.summary = "pending timers of a dump",
	.about = timer_about,
	.negative = "there is none",
	.examples = timer_examples,
	.opts = timer_opts,
	.nopts = KD_ARRAY_LEN(timer_opts),
	.opts_size = sizeof(struct timer_opts),
	.min_args = 1,
	.max_args = 1,
	.run = run_timer,
};
