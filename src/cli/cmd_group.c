// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/alloc.h"
#include "base/json.h"
#include "cli/cmd.h"
#include "cli/verbs.h"
#include "render/group_eval.h"
#include "render/group_json.h"
#include "render/group_text.h"
#include "verb/group.h"

struct opts {
	bool all, eval;
	int level;
	const char *field;
};

/* The first one is the default; run() has the same order. */
static const char *const levels[] = {"engine", "normal", "strict", "loose", NULL};

static const struct kd_opt opts[] = {
	KD_OPT_ENUM_('l', "level", "LEVEL", levels, struct opts, level,
		     "what decides: engine (signatures and likeness), or one signature alone: strict, normal or loose"),
	KD_OPT_STR_('F', "field", "NAME", struct opts, field,
		    "how the values of a field are spread in each group: access.address, rax, comm, object.cache …"),
	KD_OPT_FLAG_('e', "eval", struct opts, eval,
		     "the argument has reports of known bugs (JSON lines with \"report\" and \"cluster\"): how well are they grouped?"),
	KD_OPT_FLAG_('a', "all", struct opts, all,
		     "also infrastructure: reboots, fuzzer and user-space panics, boot noise"),
};

static void progress(void *user, const struct kd_input *in)
{
	kd_cli_progress(user, in);
}

static struct kd_error *answer_json(struct kd_cli *cli, const struct kd_grouping *g)
{
	struct kd_json j;

	kd_json_init_flush(&j, kd_out_json_flush, cli->out, KD_JSON_PRETTY);
	kd_render_group_json(&j, g);
	return kd_json_finish(&j);
}

static int evaluate(struct kd_cli *cli)
{
	struct kd_group_eval_request req = {.path = cli->args[0]};
	kd_auto(kd_group_eval_freep) struct kd_group_eval *e = NULL;
	struct kd_json j;
	struct kd_error *err;

	if (cli->nargs != 1)
		return kd_cli_fail(cli, kd_error_new(KD_INVALID, "--eval takes one file"));
	err = kd_group_eval(cli->ctx, &req, &e);
	if (!err && cli->json) {
		kd_json_init_flush(&j, kd_out_json_flush, cli->out, KD_JSON_PRETTY);
		kd_render_group_eval_json(&j, e);
		err = kd_json_finish(&j);
	} else if (!err) {
		kd_render_group_eval_text(cli->out, e);
	}
	return err ? kd_cli_fail(cli, err) : KD_EXIT_OK;
}

static int run(struct kd_cli *cli, const void *options)
{
	static const uint8_t level[] = {KD_SIG_NORMAL, KD_SIG_NORMAL, KD_SIG_STRICT, KD_SIG_LOOSE};
	const struct opts *o = options;
	kd_auto(kd_grouping_freep) struct kd_grouping *g = NULL;
	struct kd_group_request req = {
		.inputs = cli->args,
		.ninputs = cli->nargs,
		.level = level[o->level],
		.engine = !o->level,
		.field = o->field,
		.infrastructure = o->all,
		.progress = progress,
		.user = cli,
	};
	struct kd_error *err;

	if (o->eval)
		return evaluate(cli);
	err = kd_group(cli->ctx, &req, &g);
	if (err)
		return kd_cli_fail(cli, err);
	if (cli->json) {
		err = answer_json(cli, g);
		if (err)
			return kd_cli_fail(cli, err);
	} else {
		kd_render_group_text(cli->out, g);
		kd_render_group_notes(cli->out, cli->err, g);
	}
	if (g->nproblems)
		return KD_EXIT_INPUT;
	return g->nmembers ? KD_EXIT_OK : KD_EXIT_NEGATIVE;
}

static const char *const about[] = {
	"Puts the reports of many logs together that are one bug as far as their text can tell, and says why: the "
	"signature that they share with its ingredients (kind, place, frames), or the likeness of their stacks, places "
	"and words with what speaks for and against it. Groups that may be one bug are named for a person to decide, as "
	"are groups that seem to hold two.",
	"A signature or a likeness is a hint, not a proof: one bug may show itself in two places, and one place may have "
	"two bugs. How often it is right was measured: --eval measures it again. With --level=normal (strict, loose) "
	"equal signatures alone decide, and the id of a group depends on its signature alone.",
	NULL,
};

static const struct kd_example examples[] = {
	{"kdoc group /var/crash", "which of these crashes are one bug?"},
	{"kdoc group --level=loose a.log b.log", "group by the little that a cut log still has"},
	{"kdoc group --field=access.address /var/crash", "is the bad address always the same?"},
	{"kdoc group --eval known.jsonl.zst", "how often is the grouping right?"},
	{NULL, NULL},
};

const struct kd_cmd kd_cmd_group = {
	.name = "group",
	.phase = KD_PHASE_TRIAGE,
	.usage = "LOG…|DIR|-",
	.summary = "which reports of many logs are one bug, and why",
	.about = about,
	.negative = "no report was found",
	.examples = examples,
	.opts = opts,
	.nopts = KD_ARRAY_LEN(opts),
	.opts_size = sizeof(struct opts),
	.min_args = 1,
	.max_args = KD_ARGS_ANY,
	.run = run,
};
