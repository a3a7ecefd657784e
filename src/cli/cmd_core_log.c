// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/alloc.h"
#include "base/json.h"
#include "cli/cmd.h"
#include "cli/verbs.h"
#include "render/core.h"
#include "verb/core.h"

struct opts {
	bool level, caller;
};

static const struct kd_opt opts[] = {
	KD_OPT_FLAG_('l', "level", struct opts, level, "the level of each record in front: <3>"),
	KD_OPT_FLAG_('c', "caller", struct opts, caller,
		     "who wrote it behind the time: [T123] a task, [C0] a CPU; where the kernel keeps it (CONFIG_PRINTK_CALLER)"),
};

static int run(struct kd_cli *cli, const void *options)
{
	const struct opts *o = options;
	const struct kd_klog_options want = {.level = o->level, .caller = o->caller};
	kd_auto(kd_buf_deinit) struct kd_buf text = KD_BUF_INIT(KD_CORE_LOG_MAX);
	struct kd_klog log;
	struct kd_json j;
	struct kd_error *err = kd_core_log(cli->args[0], &want, &text, &log);

	if (err)
		return kd_cli_fail(cli, err);
	if (cli->json) {
		kd_json_init_flush(&j, kd_out_json_flush, cli->out, KD_JSON_PRETTY);
		kd_render_core_log_json(&j, cli->args[0], kd_buf_view(&text), &log);
		err = kd_json_finish(&j);
		if (err)
			return kd_cli_fail(cli, err);
	} else {
		kd_out_raw(cli->out, kd_buf_view(&text));
		kd_render_core_log_text(cli->err, &log);
	}
	return log.records ? KD_EXIT_OK : KD_EXIT_NEGATIVE;
}

static const char *const about[] = {
	"Writes the kernel's log buffer in a dump as text, as its console had it: every line with its time, bytes as they are. "
	"No file besides the dump is needed. What the log lacks (records that were overwritten, or cannot be read) is told "
	"on standard error.",
	"scan, investigate and the others take a dump as it is, too: they read this log.",
	NULL,
};

static const struct kd_example examples[] = {
	{"kdoc core log vmcore > dmesg.txt", "the log as a file"},
	{"kdoc core log vmcore | tail -40", "its end"},
	{NULL, NULL},
};

const struct kd_cmd kd_cmd_core_log = {
	.name = "core log",
	.phase = KD_PHASE_ANALYSIS,
	.usage = "DUMP",
	.summary = "the kernel's log in a dump",
	.about = about,
	.negative = "the log in the dump is empty",
	.examples = examples,
	.opts = opts,
	.nopts = KD_ARRAY_LEN(opts),
	.opts_size = sizeof(struct opts),
	.min_args = 1,
	.max_args = 1,
	.run = run,
};
