// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/alloc.h"
#include "base/json.h"
#include "cli/core.h"
#include "cli/interrupt.h"
#include "cli/scan.h"
#include "cli/verbs.h"
#include "render/core.h"
#include "verb/core.h"
#include "verb/core_ask.h"

struct opts {
	struct kd_core_dump_opts dump;
	bool level, caller, reports;
	int time;
	uint64_t last;
	const char *grep;
};

static const char *const times[] = {"seconds", "date", "none", NULL};

static const struct kd_opt opts[] = {
	KD_OPT_FLAG_('l', "level", struct opts, level, "the level of each record in front: <3>"),
	KD_OPT_FLAG_('c', "caller", struct opts, caller,
		     "who wrote it behind the time: [T123] a task, [C0] a CPU; where the kernel keeps it (CONFIG_PRINTK_CALLER)"),
	KD_OPT_ENUM_('T', "time", "FORM", times, struct opts, time, "times as seconds since boot; date: by the kernel's clock, to a second; none"),
	KD_OPT_NUM_('n', "last", "N", struct opts, last, "the last N lines"),
	KD_OPT_STR_('g', "grep", "TEXT", struct opts, grep, "lines that have TEXT in them"),
	KD_OPT_FLAG_('r', "reports", struct opts, reports, "the crash reports in it instead, as kdoc scan lists them"),
	KD_CORE_DUMP_OPTS(struct opts, dump),
};

/* The log as if it were a file: what scan says of the dump. */
static int reports(struct kd_cli *cli, const char *path, struct kd_buf *text, const struct kd_klog *log)
{
	kd_auto(kd_source_closep) struct kd_source *src = NULL;
	struct kd_input in = {.name = path, .kind = KD_FILE_TEXT, .packing = "log of a dump", .dump = true};
	const struct kd_scan_request req = {.log = &in, .fold = !cli->json, .guilty = cli->json};
	struct kd_scan_summary sum;
	struct kd_error *err = kd_source_from_buf(text, path, &src);

	in.src = src;
	if (!err)
		err = cli->json ? kd_cli_scan_json(cli, &req, &sum) : kd_cli_scan_text(cli, &req, &sum);
	if (err)
		return kd_cli_fail(cli, err);
	if (!cli->json)
		kd_render_core_log_text(cli->err, log);
	return sum.problems ? KD_EXIT_INPUT : sum.listed ? KD_EXIT_OK : KD_EXIT_NEGATIVE;
}

static int run(struct kd_cli *cli, const void *options)
{
	const struct opts *o = options;
	const struct kd_klog_options want = {.level = o->level, .caller = o->caller, .time = (enum kd_klog_time)o->time};
	kd_auto(kd_buf_deinit) struct kd_buf text = KD_BUF_INIT(KD_CORE_LOG_MAX);
	const struct kd_pages_options how = kd_core_dump_how(cli, &o->dump);
	kd_auto(kd_interrupt_end) struct kd_interrupt in = {.on = false};
	const char *path = cli->dump ? kd_core_path(cli->dump) : cli->args[0];
	struct kd_klog log;
	struct kd_json j;
	struct kd_error *err;

	if (o->reports && (o->level || o->caller || o->time || o->last || o->grep))
		return kd_cli_usage(cli, &kd_cmd_core_log, kd_error_new(KD_INVALID, "--reports reads the log as it is: without other options"));
	err = kd_core_confine(cli, false);
	if (err)
		return kd_cli_fail(cli, err);
	kd_interrupt_begin(&in, cli->ctx);
	err = cli->dump ? kd_core_log_on(cli->dump, &want, &text, &log) : kd_core_log(path, &how, &want, &text, &log);
	kd_progress_clear(cli->progress);
	if (err)
		return kd_cli_fail(cli, err);
	if (o->reports)
		return reports(cli, path, &text, &log);
	if (o->last || o->grep)
		kd_core_log_pick(&text, o->grep, o->last);
	if (cli->json) {
		kd_json_init_flush(&j, kd_out_json_flush, cli->out, KD_JSON_PRETTY);
		kd_render_core_log_json(&j, path, kd_buf_view(&text), &log);
		err = kd_json_finish(&j);
		if (err)
			return kd_cli_fail(cli, err);
	} else {
		kd_out_raw(cli->out, kd_buf_view(&text));
		if (log.live)
			kd_out_puts(cli->err, "live: inconsistent, for the kernel writes while it is read\n");
		kd_render_core_log_text(cli->err, &log);
	}
	return text.n ? KD_EXIT_OK : KD_EXIT_NEGATIVE;
}

static const char *const about[] = {
	"Writes the kernel's log buffer in a dump as text, as its console had it: every line with its time, bytes as they are. "
	"No file besides the dump is needed. What the log lacks (records that were overwritten, or cannot be read) is told "
	"on standard error.",
	"scan, investigate and the others take a dump as it is, too: they read this log. --reports lists its crash reports as scan does; "
	"with --json that is scan's document.",
	NULL,
};

static const struct kd_example examples[] = {
	{"kdoc core log vmcore > dmesg.txt", "the log as a file"},
	{"kdoc core log --last=40 --time=date vmcore", "its end, with dates"},
	{"kdoc core log --reports vmcore", "what the kernel complained about"},
	{NULL, NULL},
};

const struct kd_cmd kd_cmd_core_log = {
	.name = "core log",
	.phase = KD_PHASE_DUMP,
	.usage = "DUMP",
	.summary = "the kernel's log in a dump",
	.about = about,
	.negative = "the log in the dump is empty, or has no such line or report",
	.examples = examples,
	.opts = opts,
	.nopts = KD_ARRAY_LEN(opts),
	.opts_size = sizeof(struct opts),
	.min_args = 1,
	.max_args = 1,
	.run = run,
};
