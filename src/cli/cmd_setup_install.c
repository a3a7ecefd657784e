// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "base/alloc.h"
#include "cli/core.h"
#include "cli/verbs.h"
#include "verb/agent.h"

#define ARENA_MAX ((size_t)256 << 20)

struct opts {
	const char *agent, *dir, *command;
	struct kd_opt_list root;
	bool yes, full, uninstall, user;
};

static const struct kd_opt opts[] = {
	KD_OPT_STR_('a', "agent", "PROGRAM", struct opts, agent, "opencode, claude (Claude Code), codex, gemini (Gemini CLI)"),
	KD_OPT_STR_('d', "dir", "DIR", struct opts, dir, "the project's folder (default: the working folder)"),
	KD_OPT_FLAG_(0, "user", struct opts, user, "for all projects of yours: in the home folder, where the program looks for that"),
	KD_OPT_LIST_('r', "root", "DIR", struct opts, root,
		     "a folder that kdoc's server may read (kept the next time, if none is given); may be given again"),
	KD_OPT_STR_(0, "command", "PATH", struct opts, command, "how the program starts kdoc (default: kdoc, or this program's path)"),
	KD_OPT_FLAG_('y', "yes", struct opts, yes, "do it; without it only what would be done is shown"),
	KD_OPT_FLAG_('u', "uninstall", struct opts, uninstall, "take it away again"),
	KD_OPT_FLAG_('f', "full", struct opts, full, "show the text of new and deleted files, too"),
};

static int run(struct kd_cli *cli, const void *options)
{
	const struct opts *o = options;
	const struct kd_agent_options how = {
		.dir = o->dir,
		.user = o->user,
		.root = o->root.v,
		.nroots = o->root.n,
		.command = o->command,
		.write = o->yes,
		.full = o->full,
	};
	kd_auto(kd_arena_deinit) struct kd_arena arena = KD_ARENA_INIT(ARENA_MAX);
	struct kd_error *err;
	struct kd_sheet s;
	unsigned agent = 0;

	while (o->agent && agent < KD_AGENT_PROGRAMS && strcmp(o->agent, kd_agent_name(agent)))
		agent++;
	if (o->user && o->dir)
		return kd_cli_usage(cli, &kd_cmd_setup_install, kd_error_new(KD_INVALID, "--user is the home folder: no --dir beside it"));
	if (!o->agent || agent == KD_AGENT_PROGRAMS)
		return kd_cli_usage(cli, &kd_cmd_setup_install,
				    kd_error_new(KD_INVALID, "for which program? --agent=opencode, claude, codex or gemini"));
	kd_sheet_init(&s, &arena);
	err = (o->uninstall ? kd_agent_uninstall : kd_agent_install)((enum kd_agent)agent, &how, &s);
	return err ? kd_cli_fail(cli, err) : kd_cli_sheet(cli, &kd_cmd_setup_install, NULL, &s);
}

static const char *const about[] = {
	"Puts kdoc's server, its skills and its commands into the settings of an agent program: first it shows what would change, --yes does it. "
	"The same command brings everything up to date after an upgrade of kdoc; kdoc setup check says when that is due.",
	"What somebody else wrote is never overwritten: of a settings file one entry is added, every other byte stays; a file that is there and "
	"not from kdoc is named, and then nothing at all is written. A file of kdoc's that somebody changed stays as it is.",
	"--uninstall gives back what was there before; what was changed since stays, and is named. Which files are kdoc's stands in "
	".kdoc/agents/PROGRAM.json of the folder.",
	NULL,
};

static const struct kd_example examples[] = {
	{"kdoc setup install --agent claude", "what would be written into this folder?"},
	{"kdoc setup install --agent opencode --dir ~/cases --root ~/cases --yes", "do it; the server may read the folder of the cases"},
	{"kdoc setup install --agent claude --user --root /var/crash --yes", "for all projects of yours"},
	{"kdoc setup install --agent gemini --uninstall --yes", "take it away again"},
	{NULL, NULL},
};

const struct kd_cmd kd_cmd_setup_install = {
	.name = "setup install",
	.phase = KD_PHASE_START,
	.usage = "--agent=PROGRAM",
	.summary = "kdoc's tools, skills and commands for an agent program",
	.about = about,
	.negative = "something is in the way, and nothing was written; (--uninstall) there is nothing",
	.examples = examples,
	.opts = opts,
	.nopts = KD_ARRAY_LEN(opts),
	.opts_size = sizeof(struct opts),
	.min_args = 0,
	.max_args = 0,
	.run = run,
};
