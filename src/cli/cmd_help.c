// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/alloc.h"
#include "cli/cmd.h"
#include "cli/help.h"
#include "cli/verbs.h"
#include "verb/nearest.h"

struct opts {
	bool man;
	int completion; /* enum kd_shell */
};

static const char *const shells[] = {"none", "bash", "zsh", "fish", NULL};

static const struct kd_opt opts[] = {
	KD_OPT_HIDDEN_FLAG_("man", struct opts, man, "write the man page"),
	KD_OPT_HIDDEN_ENUM_("completion", "SHELL", shells, struct opts, completion,
			    "write the completion for a shell"),
};

static struct kd_error *no_verb(const char *word)
{
	struct kd_nearest near;

	for (const struct kd_planned *p = kd_planned(); p->name; p++)
		if (kd_view_eq(kd_view_of(p->name), kd_view_of(word)))
			return kd_error_new(KD_INVALID,
					    "%s (%s) is planned and not in this version", p->name,
					    p->summary);
	kd_nearest_init(&near, word);
	for (const struct kd_cmd *const *v = kd_verbs(); *v; v++)
		kd_nearest_try(&near, (*v)->name);
	if (near.best)
		return kd_error_new(KD_INVALID, "there is no verb '%s'; did you mean '%s'?", word,
				    near.best);
	return kd_error_new(KD_INVALID, "there is no verb '%s'; 'kdoc help' lists them", word);
}

static int run(struct kd_cli *cli, const void *options)
{
	const struct opts *o = options;
	const struct kd_cmd *cmd = NULL;
	size_t words = 0;

	if (cli->nargs == 1 && kd_verb_is_family(cli->args[0]) && !cli->json && !o->man) {
		kd_help_family(cli->out, cli->args[0]);
		return KD_EXIT_OK;
	}
	if (cli->nargs) {
		cmd = kd_verb_match(cli->args, cli->nargs, &words);
		if (!cmd || words < cli->nargs)
			return kd_cli_fail(cli, no_verb(cli->args[cmd ? words : 0]));
	}
	if (o->completion)
		kd_help_completion(cli->out, o->completion);
	else if (o->man)
		kd_help_man(cli->out, cmd);
	else if (cli->json)
		kd_help_json(cli->out, cmd);
	else if (cmd)
		kd_help_verb(cli->out, cmd);
	else
		kd_help_overview(cli->out);
	return KD_EXIT_OK;
}

static const char *const about[] = {
	"Without a verb: all verbs by phase of the work, and a typical flow. With one: its "
	"options, exit "
	"codes and examples.",
	NULL,
};

static const struct kd_example examples[] = {
	{"kdoc help scan", "what can scan do?"},
	{"kdoc help --json", "all verbs and options, for programs"},
	{NULL, NULL},
};

const struct kd_cmd kd_cmd_help = {
	.name = "help",
	.phase = KD_PHASE_ANY,
	.usage = "[VERB]",
	.summary = "this overview, or all about one verb",
	.about = about,
	.examples = examples,
	.opts = opts,
	.nopts = KD_ARRAY_LEN(opts),
	.opts_size = sizeof(struct opts),
	.max_args = 2,
	.run = run,
};
