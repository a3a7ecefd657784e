// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/alloc.h"
#include "base/json.h"
#include "cli/cmd.h"
#include "cli/verbs.h"
#include "render/setup.h"
#include "verb/setup.h"

static int run(struct kd_cli *cli, const void *options)
{
	struct kd_setup_result res;
	struct kd_error *err;
	struct kd_json j;

	(void)options;
	if (!kd_view_eq(kd_view_of(cli->args[0]), KD_V("check")))
		return kd_cli_usage(cli, &kd_cmd_setup,
				    kd_error_new(KD_INVALID,
						 "setup %s is not in this version; setup check is",
						 cli->args[0]));
	err = kd_setup_check(cli->ctx, &res);
	if (err)
		return kd_cli_fail(cli, err);
	if (cli->json) {
		kd_json_init_flush(&j, kd_out_json_flush, cli->out, KD_JSON_PRETTY);
		kd_render_setup_json(&j, &res);
		err = kd_json_finish(&j);
		if (err)
			return kd_cli_fail(cli, err);
	} else {
		kd_render_setup_text(cli->out, &res);
	}
	return res.missing ? KD_EXIT_NEGATIVE : KD_EXIT_OK;
}

static const char *const about[] = {
	"Looks at what kdoc can use here, says what is missing, what it would be needed for and "
	"how to get "
	"it. Changes nothing, needs no root and no network. The last part is about this machine's "
	"own "
	"crashes: what would be left of them to look at.",
	NULL,
};

static const struct kd_example examples[] = {
	{"kdoc setup check", "is everything there?"},
	{"kdoc setup check --json", "the same for a program"},
	{NULL, NULL},
};

const struct kd_cmd kd_cmd_setup = {
	.name = "setup",
	.phase = KD_PHASE_START,
	.usage = "check",
	.summary = "what is missing here, what it is needed for, how to get it",
	.about = about,
	.negative = "something that kdoc needs is missing (what is optional does not count)",
	.examples = examples,
	.min_args = 1,
	.max_args = 1,
	.run = run,
};
