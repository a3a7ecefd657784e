// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/json.h"
#include "cli/cmd.h"
#include "cli/verbs.h"
#include "render/setup.h"
#include "verb/version.h"

static int run(struct kd_cli *cli, const void *options)
{
	struct kd_version v;
	struct kd_error *err;
	struct kd_json j;

	(void)options;
	kd_version_get(&v);
	if (!cli->json) {
		kd_render_version_text(cli->out, &v);
		return KD_EXIT_OK;
	}
	kd_json_init_flush(&j, kd_out_json_flush, cli->out, KD_JSON_PRETTY);
	kd_render_version_json(&j, &v);
	err = kd_json_finish(&j);
	return err ? kd_cli_fail(cli, err) : KD_EXIT_OK;
}

static const char *const about[] = {
	"The version, how it was built, and what it can unpack.",
	NULL,
};

static const struct kd_example examples[] = {
	{"kdoc version", "which kdoc is this?"},
	{"kdoc version --json", "the same for a program or a bug report"},
	{NULL, NULL},
};

const struct kd_cmd kd_cmd_version = {
	.name = "version",
	.phase = KD_PHASE_ANY,
	.usage = "",
	.summary = "version, compiler and build features",
	.about = about,
	.examples = examples,
	.run = run,
};
