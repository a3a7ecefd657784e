// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/alloc.h"
#include "cli/memory.h"
#include "cli/verbs.h"
#include "verb/ticket.h"

struct opts {
	struct kd_memory_opts common;
	struct kd_ticket_options ask;
};

static const struct kd_opt opts[] = {
	KD_OPT_STR_(0, "to", "ADDRESS", struct opts, ask.to, "the ticket system: a folder of Markdown files (ticket.address)"),
	KD_OPT_STR_('p', "project", "NAME", struct opts, ask.project, "of new tickets: KRN makes KRN-1 (ticket.project, or T)"),
	KD_OPT_STR_(0, "system", "NAME", struct opts, ask.system, "what links to it call it (ticket.system, or ticket)"),
	KD_OPT_STR_('t', "title", "TEXT", struct opts, ask.title, "create: its title (default: the group's)"),
	KD_OPT_STR_('f', "file", "FILE", struct opts, ask.file, "text of the comment, body of the new ticket; -: standard input"),
	KD_OPT_FLAG_('y', "yes", struct opts, ask.yes, "do it; without it the answer shows what would be written"),
	KD_MEMORY_OPTS(struct opts, common),
};

static int run(struct kd_cli *cli, const void *options)
{
	const struct opts *o = options;
	const bool write = cli->nargs && o->ask.yes && kd_ticket_changes(cli->args[0]);

	return kd_cli_memory(cli, &kd_cmd_ticket, &o->common, write ? KD_DB_WRITE : KD_DB_READ, 1000, kd_ticket_ask, &o->ask);
}

static const char *const about[] = {
	"Makes a ticket of a group, comments on tickets, shows and searches them. Nothing is written without --yes: without it the answer is "
	"what would be written, in full. What was written is read back, and the group is linked to its ticket. The same again changes "
	"nothing, so that a run that was cut off is simply made again.",
	"ACTION is create GROUP, comment TICKET [TEXT], show TICKET, list [WORD…].",
	NULL,
};

static const struct kd_example examples[] = {
	{"kdoc ticket create g-1a2b3c --to=tickets/", "what would the ticket be?"},
	{"kdoc ticket create g-1a2b3c --to=tickets/ --yes", "make it, and link the group to it"},
	{"kdoc ticket comment KRN-12 'seen on 6.12.85 as well' --to=tickets/ --yes", "one comment, however often it is said"},
	{"kdoc ticket list widget --to=tickets/", "tickets that have this word"},
	{NULL, NULL},
};

const struct kd_cmd kd_cmd_ticket = {
	.name = "ticket",
	.phase = KD_PHASE_FOLLOW_UP,
	.usage = "[ACTION [ARGUMENT…]]",
	.summary = "make tickets of groups, comment on them, find them",
	.about = about,
	.negative = "no ticket was found",
	.examples = examples,
	.opts = opts,
	.nopts = KD_ARRAY_LEN(opts),
	.opts_size = sizeof(struct opts),
	.min_args = 0,
	.max_args = KD_ARGS_ANY,
	.run = run,
};
