// SPDX-License-Identifier: GPL-2.0-or-later
/* core bpf. */
#include "verb/core_bpf.h"

#include "base/alloc.h"
#include "cli/core.h"
#include "cli/verbs.h"

struct bpf_opts {
	struct kd_core_opts common;
	struct kd_core_bpf_options bpf;
};

static const struct kd_opt bpf_opts[] = {
	KD_OPT_FLAG_('m', "maps", struct bpf_opts, bpf.maps, "maps alone"),
	KD_OPT_FLAG_('l', "links", struct bpf_opts, bpf.links, "links alone"),
	KD_CORE_OPTS(struct bpf_opts, common),
};

static int run_bpf(struct kd_cli *cli, const void *options)
{
	const struct bpf_opts *o = options;

	return kd_cli_core(cli, &kd_cmd_core_bpf, &o->common, kd_core_bpf, &o->bpf);
}

static const char *const bpf_about[] = {
	"The BPF programs that were loaded, their maps, and what they hang on. With an address: which program is there, and the line of its source, as its own BTF has it.",
	NULL,
};

static const struct kd_example bpf_examples[] = {
	{"kdoc core bpf vmcore", "programs, maps and links"},
	{"kdoc core bpf vmcore 0xffffffffc0201234", "what is at an address in JITed code"},
	{NULL, NULL},
};

const struct kd_cmd kd_cmd_core_bpf = {
	.name = "core bpf",
	.phase = KD_PHASE_DUMP,
	.usage = "DUMP [ADDRESS]",
	.summary = "BPF programs, maps and links of a dump",
	.about = bpf_about,
	.negative = "there are none; the address is in none",
	.examples = bpf_examples,
	.opts = bpf_opts,
	.nopts = KD_ARRAY_LEN(bpf_opts),
	.opts_size = sizeof(struct bpf_opts),
	.min_args = 1,
	.max_args = 2,
	.run = run_bpf,
};
