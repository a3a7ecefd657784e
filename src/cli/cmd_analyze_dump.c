// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/alloc.h"
#include "base/fs.h"
#include "base/json.h"
#include "cli/core.h"
#include "cli/debug.h"
#include "cli/interrupt.h"
#include "cli/verbs.h"
#include "render/analysis.h"

#define ARENA_MAX ((size_t)512 << 20)

struct opts {
	struct kd_core_dump_opts dump;
	struct kd_opt_list debug;
	const char *write;
	int format;
	bool force;
};

enum { TEXT, JSON, MARKDOWN };

static const char *const formats[] = {"text", "json", "markdown", NULL};

static const struct kd_opt opts[] = {
	KD_OPT_ENUM_('f', "format", "FORMAT", formats, struct opts, format, "text, json or markdown"),
	KD_OPT_STR_('w', "write", "DIR", struct opts, write, "write it as Markdown to DIR/HOST-DATE.md, and say the name"),
	KD_OPT_FLAG_(0, "force", struct opts, force, "overwrite that file"),
	KD_OPT_LIST_('d', "debug", "FILE", struct opts, debug,
		     "debug info, too: this vmlinux, module, index (.kdx) or folder; may be given again"),
	KD_CORE_DUMP_OPTS(struct opts, dump),
};

static void progress(void *user, uint64_t done, uint64_t total)
{
	struct kd_cli *cli = user;

	kd_progress_update(cli->progress, done, total);
}

/* A dump says a lot about its machine: nobody else may read the file. */
static struct kd_error *write_file(struct kd_cli *cli, const struct opts *o, const struct kd_core_analysis *a, struct kd_arena *arena)
{
	const struct kd_view name = kd_core_analysis_name(a, arena);
	const struct kd_view path = kd_arena_printf(arena, "%s/%.*s", o->write, (int)name.n, name.p);
	kd_auto(kd_out_deinit) struct kd_out text = {.write = NULL};
	struct kd_error *err;

	if (!path.n)
		return kd_error_new(KD_LIMIT, "no room for the name of the file");
	if (!o->force && kd_fs_exists(path.p))
		return kd_error_new(KD_CONFLICT, "%s exists; --force overwrites it", path.p);
	err = kd_fs_mkdirs(o->write, 0700);
	if (err)
		return err;
	kd_out_init(&text, NULL, NULL);
	text.width = KD_OUT_COLUMNS;
	kd_render_analysis_markdown(&text, cli->args[0], a);
	err = kd_fs_write_atomic(path.p, kd_buf_view(&text.buf), 0600);
	if (!err) {
		kd_out_text(cli->out, path);
		kd_out_puts(cli->out, "\n");
	}
	return err;
}

static struct kd_error *show(struct kd_cli *cli, int format, const struct kd_core_analysis *a)
{
	struct kd_json j;

	if (format == JSON) {
		kd_json_init_flush(&j, kd_out_json_flush, cli->out, KD_JSON_PRETTY);
		kd_render_analysis_json(&j, cli->args[0], a);
		return kd_json_finish(&j);
	}
	if (format == MARKDOWN)
		kd_render_analysis_markdown(cli->out, cli->args[0], a);
	else
		kd_render_analysis_text(cli->out, a);
	return NULL;
}

static int run(struct kd_cli *cli, const void *options)
{
	const struct opts *o = options;
	kd_auto(kd_debug_paths_deinit) struct kd_debug_paths paths = kd_debug_paths(&o->debug);
	const struct kd_dump_options how = {.debug = paths.v, .ndebug = paths.n, .cache.build = {.progress = progress, .user = cli},
					    .pages = kd_core_dump_how(cli, &o->dump)};
	kd_auto(kd_interrupt_end) struct kd_interrupt in = {.on = false};
	kd_auto(kd_arena_deinit) struct kd_arena arena = KD_ARENA_INIT(ARENA_MAX);
	struct kd_core_analysis a;
	struct kd_error *err = kd_core_confine(cli, paths.n || o->write);

	kd_interrupt_begin(&in, cli->ctx);
	if (!err)
		err = kd_core_analyze(cli->ctx, cli->args[0], &how, &arena, &a);
	kd_progress_clear(cli->progress);
	if (!err)
		err = o->write ? write_file(cli, o, &a, &arena) : show(cli, cli->json ? JSON : o->format, &a);
	return err ? kd_cli_fail(cli, err) : KD_EXIT_OK;
}

static const char *const about[] = {
	"Everything that is known at once about a dump: the machine, what happened (core triage), and the diagnoses that fit the reports in "
	"its log, or that find something in its memory: who waits for whom, stuck CPUs, RCU, work queues, memory.",
	"--write keeps it as a file for the case: HOST-DATE.md. Tables are cut to 50 rows; the verbs that are named show all.",
	NULL,
};

static const struct kd_example examples[] = {
	{"kdoc analyze-dump vmcore", "all at once"},
	{"kdoc analyze-dump --debug vmlinux --write analyses vmcore", "with lines and variables, as a file"},
	{NULL, NULL},
};

const struct kd_cmd kd_cmd_analyze_dump = {
	.name = "analyze-dump",
	.phase = KD_PHASE_DUMP,
	.usage = "DUMP",
	.summary = "everything that is known at once about a dump",
	.about = about,
	.negative = NULL,
	.examples = examples,
	.opts = opts,
	.nopts = KD_ARRAY_LEN(opts),
	.opts_size = sizeof(struct opts),
	.min_args = 1,
	.max_args = 1,
	.run = run,
};
