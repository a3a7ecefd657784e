// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/alloc.h"
#include "base/json.h"
#include "cli/cmd.h"
#include "cli/debug.h"
#include "cli/interrupt.h"
#include "cli/verbs.h"
#include "render/disasm.h"
#include "render/head.h"
#include "verb/disasm.h"

struct opts {
	struct kd_opt_list debug;
	const char *root;
	const char *module, *release;
	uint64_t around;
	bool only, force;
};

static const struct kd_opt opts[] = {
	KD_OPT_LIST_('d', "debug", "FILE", struct opts, debug,
		     "vmlinux, module, index (.kdx), package (.deb, .rpm, .tar), boot image or folder; a:b is two; may be given again"),
	KD_OPT_STR_('r', "release", "RELEASE", struct opts, release,
		    "the kernel's release: find its debug info in the usual places"),
	KD_OPT_STR_('m', "module", "NAME", struct opts, module, "of this module, not of the kernel"),
	KD_OPT_NUM_('n', "around", "N", struct opts, around,
		    "with an offset: only N instructions before and behind it"),
	KD_OPT_STR_(0, "root", "DIR", struct opts, root, "look for the usual places below this folder"),
	KD_OPT_FLAG_(0, "only", struct opts, only, "look for debug info at no other place than --debug"),
	KD_OPT_FLAG_('f', "force", struct opts, force, "take debug info of another build"),
};

struct state {
	struct kd_cli *cli;
	struct kd_json *j;
};

static void progress(void *user, uint64_t done, uint64_t total)
{
	struct kd_cli *cli = user;

	kd_progress_update(cli->progress, done, total);
}

static struct kd_error *one(void *user, const struct kd_disasm_insn *i)
{
	struct state *s = user;

	if (s->j) {
		kd_render_disasm_json(s->j, i);
		return NULL;
	}
	kd_progress_clear(s->cli->progress);
	kd_render_disasm_text(s->cli->out, i);
	return NULL;
}

static int run(struct kd_cli *cli, const void *options)
{
	const struct opts *o = options;
	kd_auto(kd_debug_paths_deinit) struct kd_debug_paths paths = kd_debug_paths(&o->debug);
	kd_auto(kd_interrupt_end) struct kd_interrupt in = {.on = false};
	kd_auto(kd_disasm_summary_deinit) struct kd_disasm_summary sum = {.shown = 0};
	struct kd_disasm_request req = {
		.what = cli->args[0],
		.debug = paths.v,
		.ndebug = paths.n,
		.root = o->root,
		.net = kd_debug_net(&paths),
		.only_debug = o->only,
		.force = o->force,
		.release = o->release,
		.module = o->module,
		.around = o->around,
		.cache.build.progress = progress,
		.cache.build.user = cli,
	};
	struct state s = {.cli = cli};
	struct kd_error *err, *bad = NULL;
	struct kd_json j;

	kd_interrupt_begin(&in, cli->ctx);
	if (cli->json) {
		s.j = &j;
		kd_json_init_flush(&j, kd_out_json_flush, cli->out, KD_JSON_PRETTY);
		kd_json_begin_object(&j);
		kd_render_head_json(&j, "kdoc.disasm/1");
		kd_json_key(&j, "instructions");
		kd_json_begin_array(&j);
	}
	err = kd_disasm_func(cli->ctx, &req, one, &s, &sum);
	if (s.j) {
		kd_render_disasm_json_end(&j, &sum);
		bad = kd_json_finish(&j);
		cli->json = false;
	} else if (!err) {
		kd_render_disasm_end(cli->out, req.what, &sum);
	}
	if (err || bad) {
		if (err)
			kd_error_free(bad);
		return kd_cli_fail(cli, err ? err : bad);
	}
	return sum.why || sum.outside ? KD_EXIT_NEGATIVE : KD_EXIT_OK;
}

static const char *const about[] = {
	"The instructions of a function with their source lines, inlined calls, branch targets, and for operands in "
	"memory the C expression: variable and member, from the location lists and types of the debug info. Where no "
	"variable lives in the register, the instructions before are followed back (marked #~).",
	"An operand that cannot be named is left without a name. The bytes are those of the file: what the kernel patches "
	"at run time (alternatives, static keys, the function tracer) is as it was linked.",
	NULL,
};

static const struct kd_example examples[] = {
	{"kdoc disasm -d vmlinux vfs_read", "a whole function"},
	{"kdoc disasm -d vmlinux -n 8 vfs_read+0x9a/0x2e0", "around the place that a crash names"},
	{NULL, NULL},
};

const struct kd_cmd kd_cmd_disasm = {
	.name = "disasm",
	.phase = KD_PHASE_ANALYSIS,
	.usage = "SYMBOL[+OFFSET[/SIZE]]|ADDRESS",
	.summary = "a function's instructions with lines, variables and members",
	.about = about,
	.negative = "there is no such function, or no instruction at the offset",
	.examples = examples,
	.opts = opts,
	.nopts = KD_ARRAY_LEN(opts),
	.opts_size = sizeof(struct opts),
	.min_args = 1,
	.max_args = 1,
	.run = run,
};
