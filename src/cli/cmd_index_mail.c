// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/alloc.h"
#include "cli/core.h"
#include "cli/history.h"
#include "cli/interrupt.h"
#include "cli/verbs.h"
#include "verb/mail.h"

#define ARENA_MAX ((size_t)64 << 20)

struct opts {
	struct kd_history_opts common;
	const char *name;
	uint64_t workers;
	bool offline;
};

static const struct kd_opt opts[] = {
	KD_OPT_STR_('N', "name", "NAME", struct opts, name, "what to call the archive (default: the last part of its path)"),
	KD_OPT_NUM_('w', "workers", "N", struct opts, workers, "threads (default: one for each processor)"),
	KD_OPT_FLAG_(0, "offline", struct opts, offline, "of an address: what was fetched earlier, without asking the server"),
	KD_HISTORY_STORE_OPT(struct opts, common),
};

static void watch(void *user, uint64_t done)
{
	struct kd_cli *cli = user;

	kd_progress_update(cli->progress, done, 0);
}

static int run(struct kd_cli *cli, const void *options)
{
	const struct opts *o = options;
	const struct kd_index_mail_options how = {.store = o->common.store, .sources = cli->args, .nsources = cli->nargs, .name = o->name,
						  .workers = (unsigned)o->workers, .offline = o->offline, .watch = watch, .user = cli};
	kd_auto(kd_interrupt_end) struct kd_interrupt in = {.on = false};
	kd_auto(kd_arena_deinit) struct kd_arena arena = KD_ARENA_INIT(ARENA_MAX);
	struct kd_error *err;
	struct kd_sheet s;

	if (o->name && cli->nargs > 1)
		return kd_cli_usage(cli, &kd_cmd_index_mail, kd_error_new(KD_INVALID, "--name goes with one archive"));
	if (o->workers > 64)
		return kd_cli_usage(cli, &kd_cmd_index_mail, kd_error_new(KD_INVALID, "--workers is at most 64"));
	kd_sheet_init(&s, &arena);
	kd_interrupt_begin(&in, cli->ctx);
	err = kd_index_mail(cli->ctx, &how, &s);
	kd_progress_clear(cli->progress);
	return err ? kd_cli_fail(cli, err) : kd_cli_sheet(cli, &kd_cmd_index_mail, cli->args[0], &s);
}

static const char *const about[] = {
	"Reads mails into the index that search --mail, thread, show and search --fixes ask: archives of public-inbox (a folder with "
	"git/0.git …, one such repository, the old form), mboxes (perhaps packed), Maildirs, single messages. An address of a list on "
	"a public-inbox server (https://lore.kernel.org/io-uring) is fetched first, into a copy beside the index; nothing else of "
	"kdoc's index asks the network.",
	"A second run reads what is new. What was read is kept while it goes on: after an interruption the next run continues. Mails "
	"that an archive took out are not found any more; damaged mails are kept aside, counted by reason and listed by index status.",
	NULL,
};

static const struct kd_example examples[] = {
	{"kdoc index mail /lore/linux-mm /lore/netdev", "copies of lists"},
	{"kdoc index mail https://lore.kernel.org/io-uring", "a list, fetched"},
	{"kdoc index mail --name mine ~/Mail/kernel", "a Maildir"},
	{NULL, NULL},
};

const struct kd_cmd kd_cmd_index_mail = {
	.name = "index mail",
	.phase = KD_PHASE_UPSTREAM,
	.usage = "ARCHIVE|URL|MBOX|MAILDIR…",
	.summary = "read mailing lists into the index",
	.about = about,
	.examples = examples,
	.opts = opts,
	.nopts = KD_ARRAY_LEN(opts),
	.opts_size = sizeof(struct opts),
	.min_args = 1,
	.max_args = KD_ARGS_ANY,
	.run = run,
};
