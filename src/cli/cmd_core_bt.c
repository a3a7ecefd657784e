// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/alloc.h"
#include "base/json.h"
#include "cli/core.h"
#include "cli/cmd.h"
#include "cli/interrupt.h"
#include "cli/verbs.h"
#include "render/core_bt.h"
#include "verb/core_ask.h"
#include "verb/core_bt.h"

#define ARENA_MAX ((size_t)512 << 20)

struct opts {
	struct kd_core_dump_opts dump;
	struct kd_opt_list debug;
	const char *state;
	uint64_t limit, offset;
	bool all, tasks, no_group, raw, regs, locals, cfi;
};

static const struct kd_opt opts[] = {
	KD_OPT_FLAG_('a', "all", struct opts, all, "of all CPUs, not only of the one that panicked"),
	KD_OPT_FLAG_('t', "tasks", struct opts, tasks, "of all tasks; equal stacks are shown once, with the tasks that have them"),
	KD_OPT_STR_('s', "state", "STATES", struct opts, state, "of all tasks in one of these states: D, S, R, I, Z …; several letters together"),
	KD_OPT_FLAG_(0, "no-group", struct opts, no_group, "each task by itself"),
	KD_OPT_NUM_('n', "limit", "N", struct opts, limit, "at most N stacks"),
	KD_OPT_NUM_(0, "offset", "N", struct opts, offset, "stacks from number N on"),
	KD_OPT_FLAG_('r', "raw", struct opts, raw, "the words of each frame and what they are"),
	KD_OPT_FLAG_('R', "registers", struct opts, regs, "what is known of registers in each frame"),
	KD_OPT_FLAG_('l', "locals", struct opts, locals, "parameters and local variables with their values (with --debug)"),
	KD_OPT_FLAG_(0, "cfi", struct opts, cfi, "callers by the debug info's call frame information first, not by ORC or frame records (with --debug)"),
	KD_OPT_LIST_('d', "debug", "FILE", struct opts, debug,
		     "lines and inlined calls, too, by this vmlinux, module, index (.kdx) or folder; may be given again"),
	KD_CORE_DUMP_OPTS(struct opts, dump),
};

static size_t frames(const struct kd_core_bt *bt)
{
	size_t n = 0;

	for (size_t i = 0; i < bt->n; i++)
		n += bt->v[i].n || bt->v[i].stack.user;
	return n;
}

static void progress(void *user, uint64_t done, uint64_t total)
{
	struct kd_cli *cli = user;

	kd_progress_update(cli->progress, done, total);
}

static int run(struct kd_cli *cli, const void *options)
{
	const struct opts *o = options;
	const size_t skip = cli->dump ? 0 : 1;
	const char *path = cli->dump ? kd_core_path(cli->dump) : cli->args[0];
	const struct kd_core_bt_options want = {
		.cpus = o->all,
		.tasks = o->tasks,
		.state = o->state,
		.no_group = o->no_group,
		.limit = o->limit,
		.offset = o->offset,
		.regs = o->regs,
		.locals = o->locals,
		.cfi = o->cfi,
		.layout = o->raw,
		.pid = cli->args + skip,
		.npid = cli->nargs - skip,
		.debug = o->debug.v,
		.ndebug = o->debug.n,
		.cache.build.progress = progress,
		.cache.build.user = cli,
		.pages = kd_core_dump_how(cli, &o->dump),
	};
	kd_auto(kd_interrupt_end) struct kd_interrupt in = {.on = false};
	kd_auto(kd_arena_deinit) struct kd_arena arena = KD_ARENA_INIT(ARENA_MAX);
	struct kd_core_bt bt;
	struct kd_error *err;
	struct kd_json j;

	if (o->all + (o->tasks || o->state) + (want.npid > 0) > 1)
		return kd_cli_usage(cli, &kd_cmd_core_bt,
				    kd_error_new(KD_INVALID, "--all, --tasks (or --state) and process ids are three questions"));
	if (o->locals && !o->debug.n && !cli->dump)
		return kd_cli_usage(cli, &kd_cmd_core_bt, kd_error_new(KD_INVALID, "--locals takes the kernel's debug info: --debug FILE"));
	if (o->cfi && !o->debug.n && !cli->dump)
		return kd_cli_usage(cli, &kd_cmd_core_bt, kd_error_new(KD_INVALID, "--cfi takes the kernel's debug info: --debug FILE"));
	err = kd_core_confine(cli, o->debug.n);
	if (err)
		return kd_cli_fail(cli, err);
	kd_interrupt_begin(&in, cli->ctx);
	err = cli->dump ? kd_core_bt_on(cli->dump, &want, &arena, &bt) : kd_core_bt(cli->ctx, path, &want, &arena, &bt);
	kd_progress_clear(cli->progress);
	if (err)
		return kd_cli_fail(cli, err);
	if (cli->json) {
		kd_json_init_flush(&j, kd_out_json_flush, cli->out, KD_JSON_PRETTY);
		kd_render_core_bt_json(&j, path, &bt);
		err = kd_json_finish(&j);
		if (err)
			return kd_cli_fail(cli, err);
	} else {
		kd_render_core_bt_text(cli->out, &bt, o->raw);
	}
	return frames(&bt) ? KD_EXIT_OK : KD_EXIT_NEGATIVE;
}

static const char *const about[] = {
	"Shows call chains in a dump with no file besides it: symbols, types and unwind tables are read from the memory of the "
	"crashed kernel itself (kallsyms, BTF, ORC). Without options: of the CPU that panicked; of all CPUs if none did.",
	"Each frame says how it was found. What is not certain is marked with '?' and says why: the caller after a jump to "
	"nowhere, words on a stack that could not be unwound. The chain ends at the border to user space.",
	"x86_64 and arm64. Where a kernel does not say where its symbols are (before 6.0), or its symbols are those of functions alone, "
	"what is needed is searched for in its image.",
	NULL,
};

static const struct kd_example examples[] = {
	{"kdoc core bt vmcore", "of the CPU that panicked"},
	{"kdoc core bt --all vmcore", "of all CPUs"},
	{"kdoc core bt vmcore 1 742", "of these tasks"},
	{"kdoc core bt --state=D vmcore", "of all tasks that wait and cannot be interrupted"},
	{"kdoc core bt --debug vmlinux vmcore", "with source lines and inlined calls"},
	{"kdoc core bt --locals --debug vmlinux vmcore", "with parameters and local variables"},
	{NULL, NULL},
};

const struct kd_cmd kd_cmd_core_bt = {
	.name = "core bt",
	.phase = KD_PHASE_DUMP,
	.usage = "DUMP [PID…]",
	.summary = "call chains in a dump, without debug info",
	.about = about,
	.negative = "no stack could be read",
	.examples = examples,
	.opts = opts,
	.nopts = KD_ARRAY_LEN(opts),
	.opts_size = sizeof(struct opts),
	.min_args = 1,
	.max_args = KD_ARGS_ANY,
	.run = run,
};
