// SPDX-License-Identifier: GPL-2.0-or-later
/* index git, index status, index verify, index gc. */
#include "base/alloc.h"
#include "cli/core.h"
#include "cli/history.h"
#include "cli/interrupt.h"
#include "cli/verbs.h"
#include "verb/history_index.h"

#define ARENA_MAX ((size_t)64 << 20)

struct git_opts {
	struct kd_history_opts common;
	const char *name;
	struct kd_opt_list refs;
	uint64_t workers;
	bool embed, embed_again;
};

static const struct kd_opt git_opts[] = {
	KD_OPT_STR_('N', "name", "NAME", struct git_opts, name, "what to call the tree (default: the last part of its path)"),
	KD_OPT_LIST_('r', "refs", "PATTERN", struct git_opts, refs,
		     "branches and tags, as git for-each-ref has patterns (default: refs/heads, refs/tags, refs/remotes); may be given again"),
	KD_OPT_NUM_('w', "workers", "N", struct git_opts, workers, "threads and git programs at a time (default: one for each processor)"),
	KD_OPT_FLAG_(0, "embed", struct git_opts, embed, "ask the server of embed.url for embeddings of commits that have none"),
	KD_OPT_FLAG_(0, "embed-again", struct git_opts, embed_again, "of all commits: those that are there, of another model, are thrown away"),
	KD_HISTORY_STORE_OPT(struct git_opts, common),
};

static void watch(void *user, const char *tree, uint64_t done, uint64_t total)
{
	struct kd_cli *cli = user;

	(void)tree;
	kd_progress_update(cli->progress, done, total);
}

static int run_git(struct kd_cli *cli, const void *options)
{
	const struct git_opts *o = options;
	const struct kd_index_git_options how = {.store = o->common.store, .trees = cli->args, .ntrees = cli->nargs, .name = o->name,
						 .refs = o->refs.v, .nrefs = o->refs.n, .workers = (unsigned)o->workers, .embed = o->embed || o->embed_again,
						 .embed_again = o->embed_again, .watch = watch,
						 .user = cli};
	kd_auto(kd_interrupt_end) struct kd_interrupt in = {.on = false};
	kd_auto(kd_arena_deinit) struct kd_arena arena = KD_ARENA_INIT(ARENA_MAX);
	struct kd_error *err;
	struct kd_sheet s;

	if (o->name && cli->nargs > 1)
		return kd_cli_usage(cli, &kd_cmd_index_git, kd_error_new(KD_INVALID, "--name goes with one tree"));
	if (o->workers > 64)
		return kd_cli_usage(cli, &kd_cmd_index_git, kd_error_new(KD_INVALID, "--workers is at most 64"));
	kd_sheet_init(&s, &arena);
	kd_interrupt_begin(&in, cli->ctx);
	err = kd_index_git(cli->ctx, &how, &s);
	kd_progress_clear(cli->progress);
	return err ? kd_cli_fail(cli, err) : kd_cli_sheet(cli, &kd_cmd_index_git, cli->args[0], &s);
}

static const char *const git_about[] = {
	"Reads the history of git repositories (checkouts or bare ones) into an index of kdoc's own, which search, show, "
	"backport-check and the others ask: who, when, messages, trailers, what refers to what, files, functions and words of "
	"the diffs, quoted traces, patch ids. Several trees go into one index; a commit that several have is there once.",
	"A second run reads what is new. What was read is kept while it goes on: after an interruption the next run "
	"continues. Nothing is written to the repositories, and nothing that they configure is run.",
	NULL,
};

static const struct kd_example git_examples[] = {
	{"kdoc index git /src/linux --name mainline", "a tree"},
	{"kdoc index git /src/stable --refs 'refs/heads/linux-*.y' --refs refs/tags", "stable branches"},
	{NULL, NULL},
};

const struct kd_cmd kd_cmd_index_git = {
	.name = "index git",
	.phase = KD_PHASE_UPSTREAM,
	.usage = "TREE…",
	.summary = "read git trees into the index of commits",
	.about = git_about,
	.examples = git_examples,
	.opts = git_opts,
	.nopts = KD_ARRAY_LEN(git_opts),
	.opts_size = sizeof(struct git_opts),
	.min_args = 1,
	.max_args = KD_ARGS_ANY,
	.run = run_git,
};

struct plain_opts {
	struct kd_history_opts common;
};

static const struct kd_opt plain_opts[] = {
	KD_HISTORY_OPTS(struct plain_opts, common),
};

static int run_status(struct kd_cli *cli, const void *options)
{
	const struct plain_opts *o = options;

	return kd_cli_history_any(cli, &kd_cmd_index_status, &o->common, KD_HISTORY_ROWS, kd_index_status, NULL);
}

static const char *const status_about[] = {
	"Says which trees and archives of mail the index holds, how fresh they are, how large its parts are, and which mails were "
	"kept aside because they could not be read.",
	NULL,
};

static const struct kd_example status_examples[] = {
	{"kdoc index status", "what is there"},
	{NULL, NULL},
};

const struct kd_cmd kd_cmd_index_status = {
	.name = "index status",
	.phase = KD_PHASE_UPSTREAM,
	.usage = "",
	.summary = "what the index of commits and mails holds",
	.about = status_about,
	.examples = status_examples,
	.opts = plain_opts,
	.nopts = KD_ARRAY_LEN(plain_opts),
	.opts_size = sizeof(struct plain_opts),
	.run = run_status,
};

static int run_verify(struct kd_cli *cli, const void *options)
{
	const struct plain_opts *o = options;

	return kd_cli_history_any(cli, &kd_cmd_index_verify, &o->common, KD_HISTORY_ROWS, kd_index_verify, NULL);
}

static const char *const verify_about[] = {
	"Reads the whole index of commits and mails and checks every part of it against the checksums that were written with it.",
	NULL,
};

static const struct kd_example verify_examples[] = {
	{"kdoc index verify", "after a disk had errors"},
	{NULL, NULL},
};

const struct kd_cmd kd_cmd_index_verify = {
	.name = "index verify",
	.phase = KD_PHASE_UPSTREAM,
	.usage = "",
	.summary = "check the index of commits and mails",
	.about = verify_about,
	.negative = "something of it is damaged",
	.examples = verify_examples,
	.opts = plain_opts,
	.nopts = KD_ARRAY_LEN(plain_opts),
	.opts_size = sizeof(struct plain_opts),
	.run = run_verify,
};

struct gc_opts {
	struct kd_history_opts common;
	struct kd_opt_list drop;
};

static const struct kd_opt gc_opts[] = {
	KD_OPT_LIST_('d', "drop", "TREE", struct gc_opts, drop, "take this tree out as well; may be given again"),
	KD_HISTORY_STORE_OPT(struct gc_opts, common),
};

static int run_gc(struct kd_cli *cli, const void *options)
{
	const struct gc_opts *o = options;
	const struct kd_index_gc_options how = {.drop = o->drop.v, .ndrop = o->drop.n};
	struct kd_history_opts common = o->common;

	common.write = true;
	return kd_cli_history(cli, &kd_cmd_index_gc, &common, KD_HISTORY_ROWS, kd_index_gc, &how);
}

static const char *const gc_about[] = {
	"Takes out of the index of commits what nothing names any more: commits that no branch or tag reaches (of branches that were "
	"rewritten, of trees that --drop names, of a run that was cut off), and files that killed runs left. Small parts become larger "
	"ones. Says what it freed.",
	"Other kdoc processes can read the index meanwhile. One that is killed leaves the index as it was; the next run removes what it left.",
	NULL,
};

static const struct kd_example gc_examples[] = {
	{"kdoc index gc", "after branches were rewritten"},
	{"kdoc index gc --drop old-vendor", "a tree that is not needed any more"},
	{NULL, NULL},
};

const struct kd_cmd kd_cmd_index_gc = {
	.name = "index gc",
	.phase = KD_PHASE_UPSTREAM,
	.usage = "",
	.summary = "take out of the index of commits what nothing names",
	.about = gc_about,
	.examples = gc_examples,
	.opts = gc_opts,
	.nopts = KD_ARRAY_LEN(gc_opts),
	.opts_size = sizeof(struct gc_opts),
	.run = run_gc,
};
