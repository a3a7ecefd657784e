// SPDX-License-Identifier: GPL-2.0-or-later
/* core ps, core task: tasks of a dump. */
#include "verb/core_ps.h"

#include "base/alloc.h"
#include "cli/core.h"
#include "cli/verbs.h"

struct ps_opts {
	struct kd_core_opts common;
	struct kd_core_ps_options ps;
};

static const char *const orders[] = {"list", "rss", "vsz", "pid", "time", "cpu", "comm", NULL};

static const struct kd_opt ps_opts[] = {
	KD_OPT_STR_('s', "state", "STATE", struct ps_opts, ps.state, "only those in this state: D, or S,R; crash's UN, IN, RU, ID … too"),
	KD_OPT_ENUM_('S', "sort", "BY", orders, struct ps_opts, ps.sort, "rss, vsz, pid, time (longest not run first), cpu, comm"),
	KD_OPT_FLAG_('G', "processes", struct ps_opts, ps.processes, "processes without their threads"),
	KD_OPT_FLAG_('g', "threads", struct ps_opts, ps.threads, "all threads of the processes that are named"),
	KD_OPT_FLAG_('k', "kernel", struct ps_opts, ps.kernel, "kernel threads alone"),
	KD_OPT_FLAG_('u', "user", struct ps_opts, ps.user, "processes alone"),
	KD_OPT_FLAG_('l', "time", struct ps_opts, ps.time, "how long each has been as it is"),
	KD_OPT_FLAG_('p', "parents", struct ps_opts, ps.parents, "the parents of those that are named"),
	KD_OPT_FLAG_('c', "children", struct ps_opts, ps.children, "the children of those that are named"),
	KD_OPT_FLAG_('t', "tree", struct ps_opts, ps.tree, "processes as a tree"),
	KD_CORE_OPTS(struct ps_opts, common),
};

static int run_ps(struct kd_cli *cli, const void *options)
{
	const struct ps_opts *o = options;

	return kd_cli_core(cli, &kd_cmd_core_ps, &o->common, kd_core_ps, &o->ps);
}

static const char *const ps_about[] = {
	"Lists the tasks of a dump: processes, their threads, kernel threads, idle tasks. '>' marks those that a CPU ran, 'k' kernel "
	"threads.",
	"--time says how long each has been in its state, counted from when it last ran (or began to wait for a CPU) to the latest "
	"clock of all run queues; SINCE names the member that the beginning was read from.",
	NULL,
};

static const struct kd_example ps_examples[] = {
	{"kdoc core ps --state=D --time vmcore", "what hangs, and for how long"},
	{"kdoc core ps --sort=rss --limit=10 vmcore", "who has the memory"},
	{"kdoc core ps --parents vmcore sshd", "where a process comes from"},
	{NULL, NULL},
};

const struct kd_cmd kd_cmd_core_ps = {
	.name = "core ps",
	.phase = KD_PHASE_DUMP,
	.usage = "DUMP [PID|COMMAND|TASK…]",
	.summary = "tasks of a dump",
	.about = ps_about,
	.negative = "no task is so",
	.examples = ps_examples,
	.opts = ps_opts,
	.nopts = KD_ARRAY_LEN(ps_opts),
	.opts_size = sizeof(struct ps_opts),
	.min_args = 1,
	.max_args = KD_ARGS_ANY,
	.run = run_ps,
};

struct task_opts {
	struct kd_core_opts common;
};

static const struct kd_opt task_opts[] = {
	KD_CORE_OPTS(struct task_opts, common),
};

static int run_task(struct kd_cli *cli, const void *options)
{
	const struct task_opts *o = options;

	return kd_cli_core(cli, &kd_cmd_core_task, &o->common, kd_core_task, NULL);
}

static const char *const task_about[] = {
	"Says what matters of one task: state, flags, priority, credentials, times, signals, control group, namespaces, and whether "
	"its stack is whole. Without an argument it is the task that panicked.",
	NULL,
};

static const struct kd_example task_examples[] = {
	{"kdoc core task vmcore 146", "one task"},
	{NULL, NULL},
};

const struct kd_cmd kd_cmd_core_task = {
	.name = "core task",
	.phase = KD_PHASE_DUMP,
	.usage = "DUMP [PID|COMMAND|TASK]",
	.summary = "what matters of a task",
	.about = task_about,
	.negative = NULL,
	.examples = task_examples,
	.opts = task_opts,
	.nopts = KD_ARRAY_LEN(task_opts),
	.opts_size = sizeof(struct task_opts),
	.min_args = 1,
	.max_args = 2,
	.run = run_task,
};
