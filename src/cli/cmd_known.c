// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/alloc.h"
#include "cli/memory.h"
#include "cli/verbs.h"
#include "verb/known.h"

struct opts {
	struct kd_memory_opts common;
	struct kd_known_options ask;
	struct kd_opt_list match, unmatch;
};

static const struct kd_opt opts[] = {
	KD_OPT_STR_('t', "title", "TEXT", struct opts, ask.title, "what it is called (default: the title of --from, of the event)"),
	KD_OPT_STR_(0, "ticket", "SYSTEM:KEY", struct opts, ask.ticket, "its ticket, as jira:KRN-1138"),
	KD_OPT_STR_(0, "fix", "COMMIT", struct opts, ask.fix, "the commit that fixes it"),
	KD_OPT_STR_('w', "workaround", "TEXT", struct opts, ask.workaround, "what helps meanwhile"),
	KD_OPT_STR_('s', "status", "STATUS", struct opts, ask.status, "open, mitigated, fixed, wontfix, retired"),
	KD_OPT_STR_(0, "notes", "TEXT", struct opts, ask.notes, "whatever else is to be said"),
	KD_OPT_LIST_('m', "match", "WHAT", struct opts, match,
		     "it is recognised by this: strict:HEX, normal:HEX, loose:HEX, a group g-…, the signature of an event ev-…; may be given again"),
	KD_OPT_LIST_(0, "unmatch", "WHAT", struct opts, unmatch, "edit: by this no longer; may be given again"),
	KD_OPT_STR_('f', "from", "LOG", struct opts, ask.from, "it is recognised by the signature of the first report of this log"),
	KD_OPT_STR_(0, "by", "SIGNATURE", struct opts, ask.by, "which one of --from and of events: strict, normal (default), loose"),
	KD_OPT_FLAG_('a', "all", struct opts, ask.all, "list: retired ones, too; match: infrastructure reports, too"),
	KD_OPT_FLAG_(0, "replace", struct opts, ask.replace, "export: write over files that say something else"),
	KD_MEMORY_OPTS(struct opts, common),
};

static int run(struct kd_cli *cli, const void *options)
{
	struct opts o = *(const struct opts *)options;
	const bool write = cli->nargs && kd_known_changes(cli->args[0]);

	o.ask.match = o.match.v;
	o.ask.nmatch = o.match.n;
	o.ask.unmatch = o.unmatch.v;
	o.ask.nunmatch = o.unmatch.n;
	return kd_cli_memory(cli, &kd_cmd_known, &o.common, write ? KD_DB_WRITE : KD_DB_READ, 1000, kd_known_ask, &o.ask);
}

static const char *const about[] = {
	"The base of known issues: what a crash is recognised by (signatures, groups), its ticket, its fix, what helps meanwhile. Before "
	"anything is called new it is looked up here: 'match' says which known issue a log, an event or a group is a new occurrence "
	"of, by what it was recognised, and what of it is new: release, host, architecture.",
	"ACTION is add, list, show ID, edit ID, retire ID, match LOG…|ev-…|g-…, import DIR, export DIR. ID is an id (k-…, its beginning is "
	"enough) or a ticket. A folder holds one entry a file, Markdown with a head, or JSON (docs/verbs/known.md): a team keeps it in git.",
	NULL,
};

static const struct kd_example examples[] = {
	{"kdoc known add --from=crash.log --ticket=jira:KRN-1138", "from now on it is known"},
	{"kdoc known match new.log", "is it known, and what is new about it?"},
	{"kdoc known import team-issues/", "what the team keeps in git"},
	{"kdoc known edit KRN-1138 --fix=1a2b3c4d5e6f --status=fixed", "its fix was found"},
	{NULL, NULL},
};

const struct kd_cmd kd_cmd_known = {
	.name = "known",
	.phase = KD_PHASE_TRIAGE,
	.usage = "[ACTION [ARGUMENT…]]",
	.summary = "known issues: what they are recognised by, ticket, fix, workaround",
	.about = about,
	.negative = "nothing is listed, or nothing was recognised",
	.examples = examples,
	.opts = opts,
	.nopts = KD_ARRAY_LEN(opts),
	.opts_size = sizeof(struct opts),
	.min_args = 0,
	.max_args = KD_ARGS_ANY,
	.run = run,
};
