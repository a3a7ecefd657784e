// SPDX-License-Identifier: GPL-2.0-or-later
#include <unistd.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/time.h"
#include "cli/cmd.h"
#include "cli/debug.h"
#include "cli/investigate_case.h"
#include "cli/investigate_dump.h"
#include "cli/verbs.h"
#include "render/html.h"
#include "render/investigate_json.h"
#include "render/investigate_text.h"
#include "render/markdown.h"
#include "verb/investigate.h"

struct opts {
	struct kd_opt_list debug;
	const char *tree;
	bool all, force, no_history, save;
	const char *store, *memory, *save_in;
	int format;
	uint64_t report;
};

enum { F_TEXT, F_JSON, F_MARKDOWN, F_HTML };

static const char *const formats[] = {"text", "json", "markdown", "html", NULL};

static const struct kd_opt opts[] = {
	KD_OPT_ENUM_('f', "format", "FORMAT", formats, struct opts, format,
		     "text, json, markdown or html (one self-contained file)"),
	KD_OPT_NUM_('r', "report", "N", struct opts, report,
		    "the N-th report of the log instead of the first domino"),
	KD_OPT_STR_('t', "tree", "TREE", struct opts, tree,
		    "source tree: the line that the log names, and its maintainers (see kdoc source)"),
	KD_OPT_FLAG_('a', "all", struct opts, all, "every report of the log in full"),
	KD_OPT_LIST_('d', "debug", "FILE", struct opts, debug,
		     "vmlinux, module, index (.kdx), package, boot image or folder with debug info: lines, variables, members; "
		     "a:b is two; may be given again"),
	KD_OPT_FLAG_(0, "no-history", struct opts, no_history, "do not look for fixes in the index of git"),
	KD_OPT_STR_(0, "store", "DIR", struct opts, store, "folder of that index (history.store, or kdoc/history in the data folder)"),
	KD_OPT_STR_(0, "memory", "NAME", struct opts, memory,
		    "the team's memory, for an ID and for what was seen before (case.database, or kdoc/team.db in the data folder)"),
	KD_OPT_FLAG_(0, "save", struct opts, save, "of an ID: keep the answer in case/ID; the next time it says what is new"),
	KD_OPT_STR_(0, "save-in", "DIR", struct opts, save_in, "the same below another folder than case"),
	KD_OPT_FLAG_(0, "force", struct opts, force,
		     "take debug info of another build; what it says is only likely then"),
};

static struct kd_error *answer(struct kd_cli *cli, int format, const struct kd_investigation *inv, struct kd_inv_dump *dump,
			       uint64_t elapsed_us)
{
	kd_auto(kd_out_deinit) struct kd_out page = {.write = NULL};
	struct kd_view memory = KD_VNULL;
	struct kd_json j;

	if (dump && (format == F_MARKDOWN || format == F_HTML))
		memory = kd_inv_dump_page(dump, &page);
	switch (cli->json ? F_JSON : format) {
	case F_JSON:
		kd_json_init_flush(&j, kd_out_json_flush, cli->out, KD_JSON_PRETTY);
		kd_render_investigation_json(&j, inv, kd_inv_dump_json, dump);
		return kd_json_finish(&j);
	case F_MARKDOWN:
		if (memory.n) {
			kd_out_puts(cli->out, "## By the memory of the dump\n\n");
			kd_md_block(cli->out, memory);
			kd_out_puts(cli->out, "\n");
		}
		kd_render_investigation_markdown(cli->out, inv);
		return NULL;
	case F_HTML:
		kd_render_investigation_html(cli->out, inv, memory);
		return NULL;
	default:
		if (dump)
			kd_inv_dump_text(dump, cli->out);
		kd_render_investigation_text(cli->out, inv, elapsed_us);
		return NULL;
	}
}

static void progress(void *user, uint64_t done, uint64_t total)
{
	struct kd_cli *cli = user;

	kd_progress_update(cli->progress, done, total);
}

/* What the memory of a dump says; without that it is an answer by the log, and why is told. */
static struct kd_inv_dump *ask_dump(struct kd_cli *cli, const struct kd_input *in, const struct kd_debug_paths *paths)
{
	kd_auto(kd_error_freep) struct kd_error *err = NULL;
	struct kd_inv_dump *d = NULL;

	if (!in->dump)
		return NULL;
	err = kd_inv_dump_ask(cli, cli->args[0], paths->v, paths->n, &d);
	if (err)
		kd_out_printf(cli->err, "kdoc: by the log alone: %s\n", err->msg);
	return d;
}

static int run(struct kd_cli *cli, const void *options)
{
	const struct opts *o = options;
	kd_auto(kd_debug_paths_deinit) struct kd_debug_paths paths = kd_debug_paths(&o->debug);
	kd_auto(kd_input_close) struct kd_input in = {0};
	kd_auto(kd_investigation_freep) struct kd_investigation *inv = NULL;
	kd_auto(kd_inv_dump_freep) struct kd_inv_dump *dump = NULL;
	struct kd_inv_request req = {
		.name = cli->args[0],
		.report = (uint32_t)o->report,
		.all = o->all,
		.debug = paths.v,
		.ndebug = paths.n,
		.force = o->force,
		.cache.build.progress = progress,
		.cache.build.user = cli,
		.tree = o->tree,
		.history = !o->no_history,
		.store = o->store,
		.seen = true,
		.memory = o->memory,
	};
	const struct kd_caseinv_request as_case = {.id = cli->args[0],
						   .memory = o->memory,
						   .tree = o->tree,
						   .history = !o->no_history,
						   .store = o->store,
						   .keep_log = o->save || o->save_in,
						   .debug = paths.v,
						   .ndebug = paths.n};
	int64_t began = kd_mono_ns();
	struct kd_error *err;
	uint64_t took;
	int code;

	code = kd_inv_case_is(cli, cli->args[0]) ? kd_inv_case(cli, &as_case, o->format, o->save_in ? o->save_in : o->save ? "" : NULL) : KD_INV_CASE_NOT;
	if (code != KD_INV_CASE_NOT)
		return code;
	if (o->save || o->save_in)
		return kd_cli_fail(cli, kd_error_new(KD_INVALID, "--save is for an ID of the team's memory, and '%s' is none", cli->args[0]));
	err = kd_input_open(cli->ctx, cli->args[0], &in);
	if (!err)
		err = kd_investigate(cli->ctx, in.src, &req, &inv);
	if (err)
		return kd_cli_fail(cli, err);
	dump = ask_dump(cli, &in, &paths);
	took = isatty(STDOUT_FILENO) ? (uint64_t)(kd_mono_ns() - began) / 1000 : 0;
	err = answer(cli, o->format, inv, dump, took);
	if (err)
		return kd_cli_fail(cli, err);
	return inv->nfindings || dump ? KD_EXIT_OK : KD_EXIT_NEGATIVE;
}

static const char *const about[] = {
	"What happened, where, who is concerned, how bad it is, what is proven by which bytes of the "
	"log, what is only likely and what would refute it, what the log cannot tell, and the exact "
	"next commands. No network, no model; debug information only when --debug names it.",
	"Of a dump (vmcore) what its memory says comes first: the stack of the CPU that panicked, the instruction, what it stands on; "
	"then what its log says.",
	"Where git trees are indexed (kdoc index git): commits that plausibly fix it, why, and which of your releases has them.",
	"An ID instead of a file is a group (g-…), an event (ev-…), an incident (inc-…), an issue or a linked ticket of the team's memory: "
	"all its events together, what changed, explanations with exact tests, near groups, whom to ask. --save keeps that in a folder.",
	"Of several reports in one log the first domino is investigated and the others are listed "
	"with their relation to it.",
	NULL,
};

static const struct kd_example examples[] = {
	{"kdoc investigate crash.log", "the answer for one crash"},
	{"dmesg | kdoc investigate -", "of the running kernel's log"},
	{"kdoc investigate crash.log --debug=vmlinux:modules/", "with source lines, variables and members"},
	{"kdoc investigate g-0123456789ab", "a group of the team's memory"},
	{"kdoc investigate --save KERNEL-77", "an issue; the next time it says what is new"},
	{"kdoc investigate vmcore", "a dump: its memory, then its log"},
	{"kdoc investigate --format=html crash.log > crash.html", "one file to send around"},
	{NULL, NULL},
};

const struct kd_cmd kd_cmd_investigate = {
	.name = "investigate",
	.phase = KD_PHASE_ANALYSIS,
	.usage = "LOG|-|ID",
	.summary = "what happened, where, what is proven, what next",
	.about = about,
	.negative = "the log holds no report",
	.examples = examples,
	.opts = opts,
	.nopts = KD_ARRAY_LEN(opts),
	.opts_size = sizeof(struct opts),
	.min_args = 1,
	.max_args = 1,
	.run = run,
};
