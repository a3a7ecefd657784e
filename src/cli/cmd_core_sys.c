// SPDX-License-Identifier: GPL-2.0-or-later
/* core info, core mod, core cmdline, core config, core taint: a dump's machine and kernel as a whole. */
#include "verb/core_sys.h"

#include "base/alloc.h"
#include "cli/core.h"
#include "cli/verbs.h"

struct opts {
	struct kd_core_opts common;
};

static const struct kd_opt opts[] = {
	KD_CORE_OPTS(struct opts, common),
};

#define RUN(verb)                                                                                                      \
	static int run_##verb(struct kd_cli *cli, const void *options)                                                 \
	{                                                                                                              \
		return kd_cli_core(cli, &kd_cmd_core_##verb, &((const struct opts *)options)->common, kd_core_##verb, NULL); \
	}

RUN(info)
RUN(mod)
RUN(cmdline)
RUN(config)
RUN(taint)

#define COMMON                                                                                                         \
	.phase = KD_PHASE_DUMP, .opts = opts, .nopts = KD_ARRAY_LEN(opts), .opts_size = sizeof(struct opts), .min_args = 1

static const char *const info_about[] = {
	"Shows the header of a dump: what crashed, where, when, what the machine was, and who panicked. A clock that cannot be right is "
	"marked, and nothing is put in order by it.",
	NULL,
};

static const struct kd_example info_examples[] = {
	{"kdoc core info vmcore", "the first look"},
	{NULL, NULL},
};

const struct kd_cmd kd_cmd_core_info = {
	.name = "core info",
	.usage = "DUMP",
	.summary = "what crashed, when, on which machine",
	.about = info_about,
	.examples = info_examples,
	COMMON,
	.max_args = 1,
	.run = run_info,
};

static const char *const mod_about[] = {
	"Lists the modules of a dump; of one that is named also version, parameters and build-id, and with --debug which debug info was "
	"tried and found for it.",
	NULL,
};

static const struct kd_example mod_examples[] = {
	{"kdoc core mod vmcore", "all"},
	{"kdoc core mod --debug=/usr/lib/debug vmcore ext4", "one, and its debug info"},
	{NULL, NULL},
};

const struct kd_cmd kd_cmd_core_mod = {
	.name = "core mod",
	.usage = "DUMP [NAME…]",
	.summary = "modules of a dump",
	.about = mod_about,
	.negative = "there is none of that name",
	.examples = mod_examples,
	COMMON,
	.max_args = KD_ARGS_ANY,
	.run = run_mod,
};

static const char *const cmdline_about[] = {
	"Shows the kernel's command line, or the parameters of it that are named.",
	NULL,
};

static const struct kd_example cmdline_examples[] = {
	{"kdoc core cmdline vmcore crashkernel", "one parameter"},
	{NULL, NULL},
};

const struct kd_cmd kd_cmd_core_cmdline = {
	.name = "core cmdline",
	.usage = "DUMP [PARAMETER…]",
	.summary = "the kernel's command line",
	.about = cmdline_about,
	.negative = "it has no such parameter",
	.examples = cmdline_examples,
	COMMON,
	.max_args = KD_ARGS_ANY,
	.run = run_cmdline,
};

static const char *const config_about[] = {
	"Shows the configuration that the kernel carries (CONFIG_IKCONFIG), or the options of it that are named; '*' stands for any "
	"characters. Kernels of Debian do not carry it.",
	NULL,
};

static const struct kd_example config_examples[] = {
	{"kdoc core config vmcore 'KASAN*' CONFIG_HZ", "some options"},
	{NULL, NULL},
};

const struct kd_cmd kd_cmd_core_config = {
	.name = "core config",
	.usage = "DUMP [OPTION…]",
	.summary = "the kernel's configuration",
	.about = config_about,
	.negative = "the kernel does not carry its configuration, or it has no such option",
	.examples = config_examples,
	COMMON,
	.max_args = KD_ARGS_ANY,
	.run = run_config,
};

static const char *const taint_about[] = {
	"Shows the taint flags of a dump's kernel in words, and the modules that have some.",
	NULL,
};

static const struct kd_example taint_examples[] = {
	{"kdoc core taint vmcore", "what to think of it"},
	{NULL, NULL},
};

const struct kd_cmd kd_cmd_core_taint = {
	.name = "core taint",
	.usage = "DUMP",
	.summary = "taint flags of the kernel and its modules",
	.about = taint_about,
	.negative = "the kernel is not tainted",
	.examples = taint_examples,
	COMMON,
	.max_args = 1,
	.run = run_taint,
};
