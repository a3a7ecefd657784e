// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>

#include "base/alloc.h"
#include "base/json.h"
#include "cli/cmd.h"
#include "cli/verbs.h"
#include "render/type.h"
#include "verb/type.h"

struct opts {
	bool expand, containers;
	const char *btf, *base;
	struct kd_opt_list offset;
};

static const struct kd_opt opts[] = {
	KD_OPT_LIST_('o', "offset", "OFFSET[:WIDTH]", struct opts, offset,
		     "the member there instead of all of them: 0x28, 0x28:4, -8; may be given again"),
	KD_OPT_FLAG_('c', "containers", struct opts, containers,
		     "of a negative offset: which structs hold this one so far from their beginning"),
	KD_OPT_FLAG_('e', "expand", struct opts, expand, "open the structs in the struct, too"),
	KD_OPT_STR_('b', "btf", "FILE", struct opts, btf,
		    "a vmlinux, a module or a file of BTF, packed or not, instead of the running kernel"),
	KD_OPT_STR_(0, "base", "VMLINUX", struct opts, base, "the vmlinux of the module that --btf names"),
};

/* "struct" "sock" is "struct sock". */
static bool join(struct kd_cli *cli, char *buf, size_t n)
{
	int used = snprintf(buf, n, "%s%s%s", cli->args[0], cli->nargs > 1 ? " " : "",
			    cli->nargs > 1 ? cli->args[1] : "");

	return used >= 0 && (size_t)used < n;
}

static struct kd_error *answer(struct kd_cli *cli, const struct kd_type_answer *a)
{
	struct kd_json j;

	if (!cli->json) {
		kd_render_type_text(cli->out, a);
		return NULL;
	}
	kd_json_init_flush(&j, kd_out_json_flush, cli->out, KD_JSON_PRETTY);
	kd_render_type_json(&j, a);
	return kd_json_finish(&j);
}

static int run(struct kd_cli *cli, const void *options)
{
	const struct opts *o = options;
	kd_auto(kd_type_answer_freep) struct kd_type_answer *a = NULL;
	struct kd_type_request req = {.file = o->btf, .base = o->base, .expand = o->expand,
				      .containers = o->containers, .nat = o->offset.n};
	struct kd_error *err = NULL;
	char name[4096];

	if (!join(cli, name, sizeof(name)))
		err = kd_error_new(KD_INVALID, "the name is too long");
	if (!err && o->base && !o->btf)
		err = kd_error_new(KD_INVALID, "--base goes with --btf, which names the module");
	for (size_t i = 0; !err && i < o->offset.n && i < KD_TYPE_OFFSETS_MAX; i++)
		err = kd_type_parse_offset(o->offset.v[i], &req.at[i]);
	if (err)
		return kd_cli_usage(cli, &kd_cmd_type, err);
	req.name = name;
	err = kd_type(cli->ctx, &req, &a);
	if (!err)
		err = answer(cli, a);
	if (err)
		return kd_cli_fail(cli, err);
	return a->found ? KD_EXIT_OK : KD_EXIT_NEGATIVE;
}

static const char *const about[] = {
	"What is in a struct or union: offsets, sizes, bit fields, holes, cache lines; where a member is; and "
	"which member lies at an offset, as the address of a fault gives it. Every member of a union is a reading "
	"of its own; padding and what lies beyond the end are named as such.",
	"Types come from BTF: of the running kernel, or with --btf of a vmlinux, of a module (with --base), or of a "
	"file of BTF alone. A name that several types share gives all of them.",
	NULL,
};

static const struct kd_example examples[] = {
	{"kdoc type sock", "struct sock of the running kernel"},
	{"kdoc type sock --offset 0x28:8 --btf vmlinux", "what 8 bytes at 0x28 are"},
	{"kdoc type task_struct.se.run_node --btf vmlinux", "where a member is"},
	{"kdoc type list_head --offset=-16 --containers", "what a list_head may be 16 bytes into"},
	{NULL, NULL},
};

const struct kd_cmd kd_cmd_type = {
	.name = "type",
	.phase = KD_PHASE_ANALYSIS,
	.usage = "TYPE[.MEMBER]",
	.summary = "layout of a struct, and which member is at an offset",
	.about = about,
	.negative = "there is no such type, or it has no such member",
	.examples = examples,
	.opts = opts,
	.nopts = KD_ARRAY_LEN(opts),
	.opts_size = sizeof(struct opts),
	.min_args = 1,
	.max_args = 2,
	.run = run,
};
