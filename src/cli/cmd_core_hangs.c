// SPDX-License-Identifier: GPL-2.0-or-later
/* core deadlock, lockup, rcu, runq, workqueue, memory, block: why a machine hung. */
#include "base/alloc.h"
#include "cli/core.h"
#include "cli/verbs.h"
#include "verb/core_hangs.h"

/* --- deadlock ---------------------------------------------------------------------------------------- */

struct deadlock_opts {
	struct kd_core_opts common;
	struct kd_core_deadlock_options deadlock;
};

static const struct kd_opt deadlock_opts[] = {
	KD_OPT_FLAG_('a', "all", struct deadlock_opts, deadlock.all, "what every task that sleeps waits for"),
	KD_CORE_OPTS(struct deadlock_opts, common),
};

static int run_deadlock(struct kd_cli *cli, const void *options)
{
	const struct deadlock_opts *o = options;

	return kd_cli_core(cli, &kd_cmd_core_deadlock, &o->common, kd_core_deadlock, &o->deadlock);
}

static const char *const deadlock_about[] = {
	"Says who waits for whom: the cycle, if tasks wait for each other, else the task that most others wait for and what it does now; "
	"then the locks and the tasks that wait for them. No debug info is needed.",
	"What a task waits for is read from its own stack: the waiter structure there, linked both ways into the lock. It is called proven "
	"only when these links, the words of the lock and the functions of the call chain agree; owners are what the lock itself stores, or "
	"lockdep. A cycle is called a deadlock only when each step of it is proven.",
	NULL,
};

static const struct kd_example deadlock_examples[] = {
	{"kdoc core deadlock vmcore", "who waits for whom"},
	{"kdoc core deadlock vmcore 157", "what this task waits for, and what proves it"},
	{"kdoc core deadlock --all vmcore", "all tasks that sleep"},
	{NULL, NULL},
};

const struct kd_cmd kd_cmd_core_deadlock = {
	.name = "core deadlock",
	.phase = KD_PHASE_DUMP,
	.usage = "DUMP [PID…]",
	.summary = "who waits for whom in a dump: deadlocks, and who holds up the others",
	.about = deadlock_about,
	.negative = "no task is blocked or waits for a lock",
	.examples = deadlock_examples,
	.opts = deadlock_opts,
	.nopts = KD_ARRAY_LEN(deadlock_opts),
	.opts_size = sizeof(struct deadlock_opts),
	.min_args = 1,
	.max_args = KD_ARGS_ANY,
	.run = run_deadlock,
};

/* --- lockup, rcu, runq ------------------------------------------------------------------------------- */

struct plain_opts {
	struct kd_core_opts common;
};

static const struct kd_opt plain_opts[] = {
	KD_CORE_OPTS(struct plain_opts, common),
};

static int run_lockup(struct kd_cli *cli, const void *options)
{
	const struct plain_opts *o = options;

	return kd_cli_core(cli, &kd_cmd_core_lockup, &o->common, kd_core_lockup, NULL);
}

static const char *const lockup_about[] = {
	"Says of each CPU what it was at and in which role: stuck (its own watchdog interrupted it), detector, victim (it spins for a lock, or "
	"waits for other CPUs to answer), silent (no registers: it may be the culprit, which is then not shown).",
	"With it: whether interrupts were on, preempt_count taken apart, how long the watchdog has not run there.",
	NULL,
};

static const struct kd_example lockup_examples[] = {
	{"kdoc core lockup vmcore", "which CPU did not come back"},
	{NULL, NULL},
};

const struct kd_cmd kd_cmd_core_lockup = {
	.name = "core lockup",
	.phase = KD_PHASE_DUMP,
	.usage = "DUMP",
	.summary = "which CPU of a dump was stuck, and who is a victim",
	.about = lockup_about,
	.negative = "no CPU looks stuck",
	.examples = lockup_examples,
	.opts = plain_opts,
	.nopts = KD_ARRAY_LEN(plain_opts),
	.opts_size = sizeof(struct plain_opts),
	.min_args = 1,
	.max_args = 1,
	.run = run_lockup,
};

static int run_rcu(struct kd_cli *cli, const void *options)
{
	const struct plain_opts *o = options;

	return kd_cli_core(cli, &kd_cmd_core_rcu, &o->common, kd_core_rcu, NULL);
}

static const char *const rcu_about[] = {
	"Says whether a grace period of RCU runs, since when, what its kthread does, and which CPUs and tasks hold it out; for each CPU what it "
	"has seen and how many callbacks wait.",
	NULL,
};

static const struct kd_example rcu_examples[] = {
	{"kdoc core rcu vmcore", "who holds out the grace period"},
	{NULL, NULL},
};

const struct kd_cmd kd_cmd_core_rcu = {
	.name = "core rcu",
	.phase = KD_PHASE_DUMP,
	.usage = "DUMP",
	.summary = "RCU in a dump: the grace period and who holds it out",
	.about = rcu_about,
	.negative = "never",
	.examples = rcu_examples,
	.opts = plain_opts,
	.nopts = KD_ARRAY_LEN(plain_opts),
	.opts_size = sizeof(struct plain_opts),
	.min_args = 1,
	.max_args = 1,
	.run = run_rcu,
};

static int run_runq(struct kd_cli *cli, const void *options)
{
	const struct plain_opts *o = options;

	return kd_cli_core(cli, &kd_cmd_core_runq, &o->common, kd_core_runq, NULL);
}

static const char *const runq_about[] = {
	"Lists who runs on each CPU, and the tasks that wait to run there, in the order of their queues: deadline, real-time, fair (groups of "
	"tasks opened), with how long they have waited.",
	NULL,
};

static const struct kd_example runq_examples[] = {
	{"kdoc core runq vmcore", "who waits for a CPU"},
	{NULL, NULL},
};

const struct kd_cmd kd_cmd_core_runq = {
	.name = "core runq",
	.phase = KD_PHASE_DUMP,
	.usage = "DUMP",
	.summary = "run queues of a dump: who runs, who waits to",
	.about = runq_about,
	.negative = "never",
	.examples = runq_examples,
	.opts = plain_opts,
	.nopts = KD_ARRAY_LEN(plain_opts),
	.opts_size = sizeof(struct plain_opts),
	.min_args = 1,
	.max_args = 1,
	.run = run_runq,
};

/* --- workqueue --------------------------------------------------------------------------------------- */

struct workqueue_opts {
	struct kd_core_opts common;
	struct kd_core_workqueue_options workqueue;
};

static const struct kd_opt workqueue_opts[] = {
	KD_OPT_FLAG_('a', "all", struct workqueue_opts, workqueue.all, "pools and workers that are idle, too"),
	KD_CORE_OPTS(struct workqueue_opts, common),
};

static int run_workqueue(struct kd_cli *cli, const void *options)
{
	const struct workqueue_opts *o = options;

	return kd_cli_core(cli, &kd_cmd_core_workqueue, &o->common, kd_core_workqueue, &o->workqueue);
}

static const char *const workqueue_about[] = {
	"Lists the pools that work or have work waiting, what each worker works on and since when, the works that wait for a worker, and those "
	"that wait because their queue has as many as it may.",
	NULL,
};

static const struct kd_example workqueue_examples[] = {
	{"kdoc core workqueue vmcore", "what works, and what waits"},
	{"kdoc core workqueue --all vmcore", "all pools and workers"},
	{NULL, NULL},
};

const struct kd_cmd kd_cmd_core_workqueue = {
	.name = "core workqueue",
	.phase = KD_PHASE_DUMP,
	.usage = "DUMP",
	.summary = "worker pools of a dump: what they do, what waits for them",
	.about = workqueue_about,
	.negative = "never",
	.examples = workqueue_examples,
	.opts = workqueue_opts,
	.nopts = KD_ARRAY_LEN(workqueue_opts),
	.opts_size = sizeof(struct workqueue_opts),
	.min_args = 1,
	.max_args = 1,
	.run = run_workqueue,
};

/* --- memory ------------------------------------------------------------------------------------------ */

struct memory_opts {
	struct kd_core_opts common;
	struct kd_core_memory_options memory;
};

static const struct kd_opt memory_opts[] = {
	KD_OPT_FLAG_('a', "all", struct memory_opts, memory.all, "all processes, not only the 20 largest"),
	KD_CORE_OPTS(struct memory_opts, common),
};

static int run_memory(struct kd_cli *cli, const void *options)
{
	const struct memory_opts *o = options;

	return kd_cli_core(cli, &kd_cmd_core_memory, &o->common, kd_core_memory, &o->memory);
}

static const char *const memory_about[] = {
	"Says who has the memory: processes by their own counters, the largest first, and the kernel's counters (page cache, slab, page tables "
	"…); what is in none of them is said, too.",
	NULL,
};

static const struct kd_example memory_examples[] = {
	{"kdoc core memory vmcore", "who has the memory"},
	{NULL, NULL},
};

const struct kd_cmd kd_cmd_core_memory = {
	.name = "core memory",
	.phase = KD_PHASE_DUMP,
	.usage = "DUMP",
	.summary = "who has the memory of a dump's machine",
	.about = memory_about,
	.negative = "neither processes nor counters could be read",
	.examples = memory_examples,
	.opts = memory_opts,
	.nopts = KD_ARRAY_LEN(memory_opts),
	.opts_size = sizeof(struct memory_opts),
	.min_args = 1,
	.max_args = 1,
	.run = run_memory,
};

/* --- block ------------------------------------------------------------------------------------------- */

struct block_opts {
	struct kd_core_opts common;
	struct kd_core_block_options block;
};

static const struct kd_opt block_opts[] = {
	KD_OPT_FLAG_('a', "all", struct block_opts, block.all, "queues of which there is nothing to say, too"),
	KD_CORE_OPTS(struct block_opts, common),
};

static int run_block(struct kd_cli *cli, const void *options)
{
	const struct block_opts *o = options;

	return kd_cli_core(cli, &kd_cmd_core_block, &o->common, kd_core_block, &o->block);
}

static const char *const block_about[] = {
	"Says why I/O does not end: the oldest request in flight and its timeout, queues that are frozen, quiesced or stopped and who waits "
	"for that, tags that are used up, and the tasks that wait for I/O. No debug info is needed.",
	"A task is tied to a disk only by pointers in the dump: the wait queue of a disk's tags or queue, a request in flight that leads back "
	"to the task's completion, page or direct I/O, the device of a buffer or of the page's file system. Of others it is said that it is not known which.",
	NULL,
};

static const struct kd_example block_examples[] = {
	{"kdoc core block vmcore", "which I/O does not end, and who waits for it"},
	{NULL, NULL},
};

const struct kd_cmd kd_cmd_core_block = {
	.name = "core block",
	.phase = KD_PHASE_DUMP,
	.usage = "DUMP",
	.summary = "I/O of a dump that does not end: requests, queues, who waits",
	.about = block_about,
	.negative = "nothing is stuck",
	.examples = block_examples,
	.opts = block_opts,
	.nopts = KD_ARRAY_LEN(block_opts),
	.opts_size = sizeof(struct block_opts),
	.min_args = 1,
	.max_args = 1,
	.run = run_block,
};
