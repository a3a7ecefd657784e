// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/alloc.h"
#include "base/json.h"
#include "cli/cmd.h"
#include "cli/verbs.h"
#include "render/core.h"
#include "verb/core.h"

enum { ARENA_MAX = 1 << 20 };

static int run(struct kd_cli *cli, const void *options)
{
	kd_auto(kd_arena_deinit) struct kd_arena arena = KD_ARENA_INIT(ARENA_MAX);
	struct kd_core_check c;
	struct kd_error *err;
	struct kd_json j;

	(void)options;
	err = kd_core_check(cli->ctx, cli->args[0], &arena, &c);
	if (err)
		return kd_cli_fail(cli, err);
	if (cli->json) {
		kd_json_init_flush(&j, kd_out_json_flush, cli->out, KD_JSON_PRETTY);
		kd_render_core_check_json(&j, cli->args[0], &c);
		err = kd_json_finish(&j);
		if (err)
			return kd_cli_fail(cli, err);
	} else {
		kd_render_core_check_text(cli->out, cli->args[0], &c);
	}
	return c.whole && !c.no_memory.n ? KD_EXIT_OK : KD_EXIT_NEGATIVE;
}

static const char *const about[] = {
	"Says what a dump is, without any other file: its container, whether all of it is there, of which kernel, what was "
	"left out of it and what therefore cannot be looked at, whether addresses of the kernel can be translated, and "
	"whether its log can be read.",
	"ELF cores (kdump, QEMU, virsh) and compressed kdump (zlib, lzo, snappy, zstd), flattened or not, of x86_64 and "
	"arm64. Other architectures: the container alone.",
	NULL,
};

static const struct kd_example examples[] = {
	{"kdoc core check /var/crash/202611210132/dump.202611210132", "is it whole, and of which kernel?"},
	{NULL, NULL},
};

const struct kd_cmd kd_cmd_core_check = {
	.name = "core check",
	.phase = KD_PHASE_ANALYSIS,
	.usage = "DUMP",
	.summary = "what a dump is, and whether it is whole",
	.about = about,
	.negative = "the dump is not whole, or addresses of its kernel cannot be translated",
	.examples = examples,
	.min_args = 1,
	.max_args = 1,
	.run = run,
};
