// SPDX-License-Identifier: GPL-2.0-or-later
/* core percpu, core waitq. */
#include "verb/core_percpu.h"

#include "base/alloc.h"
#include "cli/core.h"
#include "cli/verbs.h"

struct percpu_opts {
	struct kd_core_opts common;
	struct kd_core_percpu_options percpu;
};

static const struct kd_opt percpu_opts[] = {
	KD_OPT_STR_('c', "cpus", "LIST", struct percpu_opts, percpu.cpus, "of these CPUs alone: 0,2-3"),
	KD_OPT_FLAG_('x', "hex", struct percpu_opts, percpu.hex, "integers as hexadecimal"),
	KD_CORE_OPTS(struct percpu_opts, common),
};

static int run_percpu(struct kd_cli *cli, const void *options)
{
	const struct percpu_opts *o = options;

	return kd_cli_core(cli, &kd_cmd_core_percpu, &o->common, kd_core_percpu, &o->percpu);
}

static const char *const percpu_about[] = {
	"A per-CPU variable as each CPU has it, with the type that the BTF gives it. An expression is a pointer into per-CPU memory: what it points to on each CPU.",
	NULL,
};

static const struct kd_example percpu_examples[] = {
	{"kdoc core percpu vmcore runqueues", "of all CPUs"},
	{"kdoc core percpu --cpus=0 vmcore timer_bases", "of one"},
	{"kdoc core percpu vmcore '((struct irq_desc *)0xffff888100123400)->kstat_irqs'", "behind a per-CPU pointer"},
	{NULL, NULL},
};

const struct kd_cmd kd_cmd_core_percpu = {
	.name = "core percpu",
	.phase = KD_PHASE_DUMP,
	.usage = "DUMP SYMBOL|EXPRESSION",
	.summary = "a per-CPU variable of a dump on each CPU",
	.about = percpu_about,
	.negative = "nothing of it could be read",
	.examples = percpu_examples,
	.opts = percpu_opts,
	.nopts = KD_ARRAY_LEN(percpu_opts),
	.opts_size = sizeof(struct percpu_opts),
	.min_args = 2,
	.max_args = 2,
	.run = run_percpu,
};

struct waitq_opts {
	struct kd_core_opts common;
	struct kd_core_waitq_options waitq;
};

static const struct kd_opt waitq_opts[] = {
	KD_OPT_FLAG_('S', "simple", struct waitq_opts, waitq.simple, "it is a struct swait_queue_head"),
	KD_CORE_OPTS(struct waitq_opts, common),
};

static int run_waitq(struct kd_cli *cli, const void *options)
{
	const struct waitq_opts *o = options;

	return kd_cli_core(cli, &kd_cmd_core_waitq, &o->common, kd_core_waitq, &o->waitq);
}

static const char *const waitq_about[] = {
	"The tasks that wait in a wait queue, which function wakes them, and the flags of each. Which task is behind a function that is not known is inferred from what the memory looks like, and marked with a question mark.",
	NULL,
};

static const struct kd_example waitq_examples[] = {
	{"kdoc core waitq vmcore log_wait", "of a variable"},
	{"kdoc core waitq vmcore 0xffff888100123456", "of an address"},
	{NULL, NULL},
};

const struct kd_cmd kd_cmd_core_waitq = {
	.name = "core waitq",
	.phase = KD_PHASE_DUMP,
	.usage = "DUMP ADDRESS|EXPRESSION",
	.summary = "who waits in a wait queue",
	.about = waitq_about,
	.negative = "nobody waits there",
	.examples = waitq_examples,
	.opts = waitq_opts,
	.nopts = KD_ARRAY_LEN(waitq_opts),
	.opts_size = sizeof(struct waitq_opts),
	.min_args = 2,
	.max_args = 2,
	.run = run_waitq,
};
