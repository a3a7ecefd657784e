// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/alloc.h"
#include "base/json.h"
#include "cli/cmd.h"
#include "cli/verbs.h"
#include "render/source.h"
#include "verb/source.h"

struct opts {
	const char *at, *tree, *file;
	uint64_t line, limit;
	bool callers, history, list;
	struct kd_opt_list debug;
};

static const struct kd_opt opts[] = {
	KD_OPT_STR_('a', "at", "RELEASE", struct opts, at,
		    "the release (uname -r, with Debian's package version behind it), a tag or a commit"),
	KD_OPT_STR_('t', "tree", "TREE", struct opts, tree,
		    "git repository, folder or tarball; default: source.tree of the configuration"),
	KD_OPT_STR_('f', "file", "FILE", struct opts, file, "the file, as a trace or debug info names it"),
	KD_OPT_NUM_('l', "line", "N", struct opts, line, "mark this line, and check that it is in the function"),
	KD_OPT_FLAG_('c', "callers", struct opts, callers, "who calls or mentions it, by name"),
	KD_OPT_FLAG_('H', "history", struct opts, history,
		     "git: who wrote the line, and the last commits of the function"),
	KD_OPT_NUM_('n', "limit", "N", struct opts, limit, "at most N callers and N commits (50 and 10)"),
	KD_OPT_LIST_('d', "debug", "FILE", struct opts, debug,
		     "vmlinux or index: is the file the one that was compiled? (where the debug info has its MD5)"),
	KD_OPT_FLAG_('L', "list", struct opts, list,
		     "all functions of the tree, or of FILE: name, file, first line, line, last line"),
};

static void progress(void *user, uint64_t files)
{
	struct kd_cli *cli = user;

	kd_progress_update(cli->progress, files, 0);
}

/* ---- --list ---- */

struct list {
	struct kd_cli *cli;
	struct kd_json j;
};

static struct kd_error *row(void *user, struct kd_view name, const struct kd_srcindex_def *d)
{
	struct list *l = user;

	if (l->cli->json)
		kd_render_source_list_row(&l->j, name, d);
	else
		kd_render_source_row(l->cli->out, name, d);
	return l->cli->out->failed ? kd_error_new(KD_IO, "the answer could not be written completely")
				   : kd_ctx_check(l->cli->ctx);
}

static int list(struct kd_cli *cli, const struct kd_source_request *req)
{
	struct list l = {.cli = cli};
	struct kd_error *err;
	uint64_t n = 0;

	if (cli->json) {
		kd_json_init_flush(&l.j, kd_out_json_flush, cli->out, KD_JSON_PRETTY);
		kd_render_source_list_begin(&l.j);
	}
	err = kd_source_list(cli->ctx, req, row, &l, &n);
	if (cli->json) {
		struct kd_error *lost;

		kd_render_source_list_end(&l.j, n);
		lost = kd_json_finish(&l.j);
		if (err)
			kd_error_free(lost);
		else
			err = lost;
	}
	if (err)
		return kd_cli_fail(cli, err);
	return n ? KD_EXIT_OK : KD_EXIT_NEGATIVE;
}

static struct kd_error *answer(struct kd_cli *cli, const struct kd_source_answer *a)
{
	struct kd_json j;

	if (!cli->json) {
		kd_render_source_text(cli->out, a);
		return NULL;
	}
	kd_json_init_flush(&j, kd_out_json_flush, cli->out, KD_JSON_PRETTY);
	kd_render_source_json(&j, a);
	return kd_json_finish(&j);
}

static int run(struct kd_cli *cli, const void *options)
{
	const struct opts *o = options;
	kd_auto(kd_source_answer_freep) struct kd_source_answer *a = NULL;
	struct kd_source_request req = {
		.func = cli->nargs ? cli->args[0] : NULL,
		.at = o->at,
		.tree = o->tree,
		.file = o->file,
		.line = o->line > UINT32_MAX ? UINT32_MAX : (uint32_t)o->line,
		.callers = o->callers,
		.history = o->history,
		.debug = o->debug.v,
		.ndebug = o->debug.n,
		.limit = o->limit,
		.progress = progress,
		.user = cli,
	};
	struct kd_error *err;

	if (o->list)
		return list(cli, &req);
	if (!req.func && !(req.file && req.line))
		return kd_cli_usage(cli, &kd_cmd_source,
				    kd_error_new(KD_INVALID, "give a function, or --file and --line"));
	err = kd_source_show(cli->ctx, &req, &a);
	if (!err)
		err = answer(cli, a);
	if (err)
		return kd_cli_fail(cli, err);
	return a->has_place ? KD_EXIT_OK : KD_EXIT_NEGATIVE;
}

static const char *const about[] = {
	"Shows a function as it is in the tree of exactly that kernel: its body with line numbers, a line "
	"marked, who calls it, who wrote it, and who answers for it by the MAINTAINERS of that tree. A git "
	"repository is read without checkout; a release string becomes its commit or tag, each step is "
	"told, and a nearby tag is never taken.",
	"A name that several files define is listed with what tells the definitions apart; --file or "
	"--line chooses. A line that is not in the function, a file that is too short and a tree of another "
	"version are said: they mean that this is not the text of that kernel.",
	"Nothing in a repository is run: no hooks, helpers, drivers or transports of its configuration.",
	NULL,
};

static const struct kd_example examples[] = {
	{"kdoc source kfree --at 6.1.90 --tree ~/src/linux", "the function as it was in that release"},
	{"kdoc source --file mm/slub.c --line 4561 --at 6.1.90", "the function around a line of a trace"},
	{"kdoc source vfs_read --callers --history", "who calls it, and what happened to it"},
	{"kdoc source --list --file mm/slub.c", "all functions of a file, for programs"},
	{NULL, NULL},
};

const struct kd_cmd kd_cmd_source = {
	.name = "source",
	.phase = KD_PHASE_ANALYSIS,
	.usage = "[FUNC]",
	.summary = "a function's text in the tree of exactly that kernel",
	.about = about,
	.negative = "no definition was found, or several and nothing tells which",
	.examples = examples,
	.opts = opts,
	.nopts = KD_ARRAY_LEN(opts),
	.opts_size = sizeof(struct opts),
	.max_args = 1,
	.run = run,
};
