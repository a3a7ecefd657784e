// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/alloc.h"
#include "base/json.h"
#include "cli/cmd.h"
#include "cli/interrupt.h"
#include "cli/verbs.h"
#include "render/core_bt.h"
#include "verb/core_bt.h"

#define ARENA_MAX ((size_t)512 << 20)

struct opts {
	struct kd_opt_list debug;
	bool all, tasks, raw;
};

static const struct kd_opt opts[] = {
	KD_OPT_FLAG_('a', "all", struct opts, all, "of all CPUs, not only of the one that panicked"),
	KD_OPT_FLAG_('t', "tasks", struct opts, tasks, "of all tasks"),
	KD_OPT_FLAG_('r', "raw", struct opts, raw, "the stack pointer of each frame, and where its address was read"),
	KD_OPT_LIST_('d', "debug", "FILE", struct opts, debug,
		     "lines and inlined calls, too, by this vmlinux, module, index (.kdx) or folder; may be given again"),
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
	const struct kd_core_bt_options want = {
		.cpus = o->all,
		.tasks = o->tasks,
		.pid = cli->args + 1,
		.npid = cli->nargs - 1,
		.debug = o->debug.v,
		.ndebug = o->debug.n,
		.cache.build.progress = progress,
		.cache.build.user = cli,
	};
	kd_auto(kd_interrupt_end) struct kd_interrupt in = {.on = false};
	kd_auto(kd_arena_deinit) struct kd_arena arena = KD_ARENA_INIT(ARENA_MAX);
	struct kd_core_bt bt;
	struct kd_error *err;
	struct kd_json j;

	if (o->all + o->tasks + (want.npid > 0) > 1)
		return kd_cli_usage(cli, &kd_cmd_core_bt, kd_error_new(KD_INVALID, "--all, --tasks and process ids are three questions"));
	kd_interrupt_begin(&in, cli->ctx);
	err = kd_core_bt(cli->ctx, cli->args[0], &want, &arena, &bt);
	kd_progress_clear(cli->progress);
	if (err)
		return kd_cli_fail(cli, err);
	if (cli->json) {
		kd_json_init_flush(&j, kd_out_json_flush, cli->out, KD_JSON_PRETTY);
		kd_render_core_bt_json(&j, cli->args[0], &bt);
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
	"x86_64 with ORC, kernels since 6.0: earlier ones do not say in a dump where their symbols are.",
	NULL,
};

static const struct kd_example examples[] = {
	{"kdoc core bt vmcore", "of the CPU that panicked"},
	{"kdoc core bt --all vmcore", "of all CPUs"},
	{"kdoc core bt vmcore 1 742", "of these tasks"},
	{"kdoc core bt --debug vmlinux vmcore", "with source lines and inlined calls"},
	{NULL, NULL},
};

const struct kd_cmd kd_cmd_core_bt = {
	.name = "core bt",
	.phase = KD_PHASE_ANALYSIS,
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
