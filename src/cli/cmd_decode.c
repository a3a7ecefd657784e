// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/alloc.h"
#include "base/json.h"
#include "cli/cmd.h"
#include "cli/debug.h"
#include "cli/interrupt.h"
#include "cli/verbs.h"
#include "render/decode.h"
#include "verb/decode.h"

struct opts {
	struct kd_opt_list debug;
	const char *root;
	bool force, only;
};

static const struct kd_opt opts[] = {
	KD_OPT_LIST_('d', "debug", "FILE", struct opts, debug,
		     "vmlinux, module, index (.kdx), package (.deb, .rpm, .tar), boot image or folder; a:b is two; may be given again"),
	KD_OPT_STR_(0, "root", "DIR", struct opts, root, "look for the usual places below this folder"),
	KD_OPT_FLAG_(0, "only", struct opts, only, "look for debug info at no other place than --debug"),
	KD_OPT_FLAG_('f', "force", struct opts, force,
		     "take debug info of another build; what comes of it is marked as unsure"),
};

static struct kd_error *text_line(void *user, const struct kd_decode_line *l)
{
	struct kd_cli *cli = user;

	kd_render_decode_line(cli->out, l);
	return NULL;
}

static struct kd_error *json_line(void *user, const struct kd_decode_line *l)
{
	kd_render_decode_json_line(user, l);
	return NULL;
}

static void progress(void *user, uint64_t done, uint64_t total)
{
	struct kd_cli *cli = user;

	kd_progress_update(cli->progress, done, total);
}

static int one_input(struct kd_cli *cli, struct kd_decode_request *req)
{
	kd_auto(kd_decode_deinit) struct kd_decode_summary sum = {.lines = 0};
	struct kd_error *err;
	struct kd_json j;

	if (!cli->json) {
		err = kd_decode(cli->ctx, req, text_line, cli, &sum);
		if (err)
			return kd_cli_fail(cli, err);
		kd_progress_clear(cli->progress);
		kd_out_flush(cli->out);
		kd_render_decode_notes(cli->err, req->input, &sum);
	} else {
		kd_json_init_flush(&j, kd_out_json_flush, cli->out, KD_JSON_PRETTY);
		kd_render_decode_json_begin(&j, req->input);
		err = kd_decode(cli->ctx, req, json_line, &j, &sum);
		kd_render_decode_json_end(&j, &sum);
		if (!err)
			err = kd_json_finish(&j);
		cli->json = false; /* the document is complete: an error goes to the error output alone */
		if (err)
			return kd_cli_fail(cli, err);
	}
	return sum.state[KD_DECODE_DONE] + sum.state[KD_DECODE_SEVERAL] ? KD_EXIT_OK : KD_EXIT_NEGATIVE;
}

static int run(struct kd_cli *cli, const void *options)
{
	const struct opts *o = options;
	kd_auto(kd_debug_paths_deinit) struct kd_debug_paths paths = kd_debug_paths(&o->debug);
	kd_auto(kd_interrupt_end) struct kd_interrupt in = {.on = false};
	struct kd_decode_request req = {
		.input = cli->args[0],
		.debug = paths.v,
		.ndebug = paths.n,
		.root = o->root,
		.net = kd_debug_net(&paths),
		.only_debug = o->only,
		.force = o->force,
		.cache.build.progress = progress,
		.cache.build.user = cli,
	};

	kd_interrupt_begin(&in, cli->ctx);
	return one_input(cli, &req);
}

static const char *const about[] = {
	"Adds file, line and inlined calls to every symbol+offset of a log, in one pass, from the kernel's and its "
	"modules' debug info. Debug info is looked for by build-id and release in the usual places; --debug names "
	"it. It is read once and kept as an index in the cache; after that an answer takes milliseconds.",
	"A return address is looked up at the call before it, RIP and what an exception interrupted exactly where "
	"they are. Of several functions with one name the printed size decides; what it leaves open is printed as "
	"alternatives. Debug info of another build is refused, with the two facts that differ.",
	"The form of the output is that of syzbot's reports: programs that read those, and kdoc, can read it.",
	NULL,
};

static const struct kd_example examples[] = {
	{"kdoc decode crash.log --debug=/usr/lib/debug", "lines of source for a crash of a kernel with packages"},
	{"dmesg | kdoc decode - -d vmlinux:drivers/", "a build tree's kernel and modules"},
	{NULL, NULL},
};

const struct kd_cmd kd_cmd_decode = {
	.name = "decode",
	.phase = KD_PHASE_ANALYSIS,
	.usage = "LOG|-",
	.summary = "source lines and inlined calls for each frame of a log",
	.about = about,
	.negative = "nothing could be decoded",
	.examples = examples,
	.opts = opts,
	.nopts = KD_ARRAY_LEN(opts),
	.opts_size = sizeof(struct opts),
	.min_args = 1,
	.max_args = 1,
	.run = run,
};
