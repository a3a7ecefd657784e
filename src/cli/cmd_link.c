// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/alloc.h"
#include "cli/memory.h"
#include "cli/verbs.h"
#include "verb/link.h"

struct opts {
	struct kd_memory_opts common;
	struct kd_link_options ask;
};

static const struct kd_opt opts[] = {
	KD_OPT_STR_('k', "kind", "KIND", struct opts, ask.kind, "ticket, issue, fix, dup (default: as the system suggests)"),
	KD_OPT_STR_('u', "url", "URL", struct opts, ask.url, "its address"),
	KD_OPT_STR_('t', "title", "TEXT", struct opts, ask.title, "its title"),
	KD_OPT_FLAG_(0, "remove", struct opts, ask.remove, "take the link away"),
	KD_MEMORY_OPTS(struct opts, common),
};

static int run(struct kd_cli *cli, const void *options)
{
	const struct opts *o = options;

	return kd_cli_memory(cli, &kd_cmd_link, &o->common, cli->nargs > 1 ? KD_DB_WRITE : KD_DB_READ, 1000, kd_link_ask, &o->ask);
}

static const char *const about[] = {
	"Ties a group (g-…), event (ev-…), incident (inc-…), claim (c…), issue of a tracker (issue:KEY) or ticket (ticket:SYSTEM:KEY) to something "
	"elsewhere: a ticket, an issue, the commit that fixes it, what it is a duplicate of.",
	"Without SYSTEM:KEY it shows what there is: of a group all links that lead to it, also through its events, their issues, groups that were "
	"merged into it and known issues.",
	NULL,
};

static const struct kd_example examples[] = {
	{"kdoc link g-1a2b3c jira:KRN-1138", "its ticket"},
	{"kdoc link issue:SENTRY-77 jira:KRN-1138", "every event that came with this issue"},
	{"kdoc link g-1a2b3c git:0123456789ab --kind=fix", "the commit that fixes it"},
	{"kdoc link g-1a2b3c", "what leads to it?"},
	{NULL, NULL},
};

const struct kd_cmd kd_cmd_link = {
	.name = "link",
	.phase = KD_PHASE_TRIAGE,
	.usage = "SUBJECT [SYSTEM:KEY]",
	.summary = "tie groups, events and issues to tickets, fixes, duplicates",
	.about = about,
	.negative = "there is no link",
	.examples = examples,
	.opts = opts,
	.nopts = KD_ARRAY_LEN(opts),
	.opts_size = sizeof(struct opts),
	.min_args = 1,
	.max_args = 2,
	.run = run,
};
