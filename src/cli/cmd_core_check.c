// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/alloc.h"
#include "base/json.h"
#include "cli/core.h"
#include "cli/interrupt.h"
#include "cli/verbs.h"
#include "render/core.h"
#include "verb/core.h"
#include "verb/core_ask.h"

enum { ARENA_MAX = 1 << 20 };

struct opts {
	struct kd_core_dump_opts dump;
};

static const struct kd_opt opts[] = {KD_CORE_DUMP_OPTS(struct opts, dump)};

static int run(struct kd_cli *cli, const void *options)
{
	const struct opts *o = options;
	const struct kd_pages_options how = kd_core_dump_how(cli, &o->dump);
	kd_auto(kd_interrupt_end) struct kd_interrupt in = {.on = false};
	kd_auto(kd_arena_deinit) struct kd_arena arena = KD_ARENA_INIT(ARENA_MAX);
	const char *path = cli->dump ? kd_core_path(cli->dump) : cli->args[0];
	struct kd_core_check c;
	struct kd_error *err;
	struct kd_json j;

	err = kd_core_confine(cli, false);
	if (err)
		return kd_cli_fail(cli, err);
	kd_interrupt_begin(&in, cli->ctx);
	err = cli->dump ? kd_core_check_on(cli->dump, &arena, &c) : kd_core_check(cli->ctx, path, &how, &arena, &c);
	kd_progress_clear(cli->progress);
	if (err)
		return kd_cli_fail(cli, err);
	if (cli->json) {
		kd_json_init_flush(&j, kd_out_json_flush, cli->out, KD_JSON_PRETTY);
		kd_render_core_check_json(&j, path, &c);
		err = kd_json_finish(&j);
		if (err)
			return kd_cli_fail(cli, err);
	} else {
		kd_render_core_check_text(cli->out, path, &c);
	}
	return c.whole && !c.no_memory.n ? KD_EXIT_OK : KD_EXIT_NEGATIVE;
}

static const char *const about[] = {
	"Says what a dump is, without any other file: its container, whether all of it is there, of which kernel, what was "
	"left out of it and what therefore cannot be looked at, whether addresses of the kernel can be translated, and "
	"whether its log can be read.",
	"ELF cores (kdump, QEMU, virsh, /proc/kcore when it is named) and compressed kdump (zlib, lzo, snappy, zstd; all parts of a "
	"split one), flattened or not, of x86_64 and arm64. Other architectures: the container alone. What kdoc does not read "
	"itself, libkdumpfile may, if it is installed.",
	"A dump without VMCOREINFO (a guest without the device for it) is searched for it; --vmcoreinfo gives it from outside.",
	NULL,
};

static const struct kd_example examples[] = {
	{"kdoc core check /var/crash/202611210132/dump.202611210132", "is it whole, and of which kernel?"},
	{"kdoc core check --part=dump2 --part=dump3 dump1", "all of what makedumpfile --split wrote"},
	{NULL, NULL},
};

const struct kd_cmd kd_cmd_core_check = {
	.name = "core check",
	.phase = KD_PHASE_DUMP,
	.usage = "DUMP",
	.summary = "what a dump is, and whether it is whole",
	.about = about,
	.negative = "the dump is not whole, or addresses of its kernel cannot be translated",
	.examples = examples,
	.opts = opts,
	.nopts = KD_ARRAY_LEN(opts),
	.opts_size = sizeof(struct opts),
	.min_args = 1,
	.max_args = 1,
	.run = run,
};
