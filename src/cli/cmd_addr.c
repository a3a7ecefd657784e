// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/source.h"
#include "cli/cmd.h"
#include "cli/debug.h"
#include "cli/interrupt.h"
#include "cli/verbs.h"
#include "render/addr.h"
#include "render/chain.h"
#include "render/head.h"
#include "verb/addr.h"

struct opts {
	struct kd_opt_list debug;
	const char *root;
	const char *module, *release, *kaslr;
	bool force, only, returns;
};

static const struct kd_opt opts[] = {
	KD_OPT_LIST_('d', "debug", "FILE", struct opts, debug,
		     "vmlinux, module, index (.kdx), package (.deb, .rpm, .tar), boot image or folder; a:b is two; may be given again"),
	KD_OPT_STR_('r', "release", "RELEASE", struct opts, release,
		    "the kernel's release: find its debug info in the usual places"),
	KD_OPT_STR_('m', "module", "NAME", struct opts, module, "of this module, not of the kernel"),
	KD_OPT_FLAG_(0, "return", struct opts, returns,
		     "they are return addresses: say where the call before each is"),
	KD_OPT_STR_(0, "kaslr", "OFFSET", struct opts, kaslr,
		    "\"Kernel Offset\" of the running kernel, taken off addresses"),
	KD_OPT_STR_(0, "root", "DIR", struct opts, root, "look for the usual places below this folder"),
	KD_OPT_FLAG_(0, "only", struct opts, only, "look for debug info at no other place than --debug"),
	KD_OPT_FLAG_('f', "force", struct opts, force, "take debug info of another build"),
};

struct state {
	struct kd_cli *cli;
	struct kd_addr *a;
	struct kd_json *j;
	bool missing, bad;
};

static void progress(void *user, uint64_t done, uint64_t total)
{
	struct kd_cli *cli = user;

	kd_progress_update(cli->progress, done, total);
}

static struct kd_error *answer(void *user, const struct kd_addr_answer *a)
{
	struct state *s = user;

	s->bad |= a->bad_text;
	s->missing |= a->problem && !a->bad_text;
	if (s->j) {
		kd_render_addr_json(s->j, a);
		return NULL;
	}
	kd_progress_clear(s->cli->progress);
	kd_render_addr_text(s->cli->out, a);
	return NULL;
}

/* One question on each line. */
static struct kd_error *ask_stdin(struct state *s)
{
	kd_auto(kd_source_closep) struct kd_source *src = NULL;
	kd_auto(kd_buf_deinit) struct kd_buf text = KD_BUF_INIT(64 << 10);
	struct kd_error *err = kd_source_open("-", &src);
	char c[4096];
	size_t n = 1;

	while (!err && n) {
		err = kd_source_read(src, c, sizeof(c), &n);
		for (size_t i = 0; !err && i < n; i++) {
			if (c[i] != '\n' && !kd_buf_addc(&text, c[i]))
				return kd_error_new(KD_LIMIT, "a line has more than 64 KiB");
			if (c[i] != '\n' || !kd_view_trim(kd_buf_view(&text)).n)
				continue;
			err = kd_addr_ask(s->a, text.p, answer, s);
			kd_buf_clear(&text);
			text.p[0] = '\0';
		}
	}
	if (!err && kd_view_trim(kd_buf_view(&text)).n)
		err = kd_addr_ask(s->a, text.p, answer, s);
	return err;
}

static struct kd_error *ask_all(struct state *s)
{
	struct kd_error *err = NULL;

	for (size_t i = 0; !err && i < s->cli->nargs; i++)
		err = strcmp(s->cli->args[i], "-") != 0 ? kd_addr_ask(s->a, s->cli->args[i], answer, s)
							: ask_stdin(s);
	return err;
}

static int finish(struct state *s, struct kd_error *err)
{
	const struct kd_symset_try *t;
	size_t n = kd_addr_tries(s->a, &t);
	struct kd_error *bad = NULL;

	if (s->j) {
		kd_json_end_array(s->j);
		kd_render_tries_json(s->j, t, n);
		kd_json_end_object(s->j);
		bad = kd_json_finish(s->j);
		s->cli->json = false;
	} else if (err) {
		kd_render_tries_text(s->cli->err, t, n);
	}
	if (err) {
		kd_error_free(bad);
		return kd_cli_fail(s->cli, err);
	}
	if (bad)
		return kd_cli_fail(s->cli, bad);
	return s->bad ? KD_EXIT_INPUT : s->missing ? KD_EXIT_NEGATIVE : KD_EXIT_OK;
}

static int run(struct kd_cli *cli, const void *options)
{
	const struct opts *o = options;
	kd_auto(kd_debug_paths_deinit) struct kd_debug_paths paths = kd_debug_paths(&o->debug);
	kd_auto(kd_interrupt_end) struct kd_interrupt in = {.on = false};
	struct kd_addr_request req = {
		.debug = paths.v,
		.ndebug = paths.n,
		.root = o->root,
		.net = kd_debug_net(&paths),
		.only_debug = o->only,
		.force = o->force,
		.release = o->release,
		.module = o->module,
		.returns = o->returns,
		.cache.build.progress = progress,
		.cache.build.user = cli,
	};
	kd_auto(kd_addr_freep) struct kd_addr *a = NULL;
	struct state s = {.cli = cli};
	struct kd_json j;

	if (o->kaslr && !kd_view_hex(kd_view_of(o->kaslr), &req.kaslr))
		return kd_cli_usage(cli, &kd_cmd_addr, kd_error_new(KD_INVALID, "--kaslr takes a hexadecimal number"));
	req.has_kaslr = o->kaslr != NULL;
	kd_interrupt_begin(&in, cli->ctx);
	s.a = a = kd_addr_new(cli->ctx, &req);
	if (cli->json) {
		s.j = &j;
		kd_json_init_flush(&j, kd_out_json_flush, cli->out, KD_JSON_PRETTY);
		kd_json_begin_object(&j);
		kd_render_head_json(&j, "kdoc.addr/1");
		kd_json_key(&j, "answers");
		kd_json_begin_array(&j);
	}
	return finish(&s, ask_all(&s));
}

static const char *const about[] = {
	"Says in which function, file and line an address or a symbol with an offset lies, with the chain of inlined "
	"calls: what addr2line and faddr2line say, from an index that is made once per file.",
	"All functions of a name are answered; with /SIZE behind the offset only those of that size. Addresses are "
	"those of the file; --kaslr takes the running kernel's offset off.",
	NULL,
};

static const struct kd_example examples[] = {
	{"kdoc addr -d vmlinux vfs_read+0x9a/0x2e0", "the line of a frame of a trace (add --return)"},
	{"kdoc addr -d vmlinux - < addresses", "one on each line of the standard input"},
	{NULL, NULL},
};

const struct kd_cmd kd_cmd_addr = {
	.name = "addr",
	.phase = KD_PHASE_ANALYSIS,
	.usage = "ADDRESS|SYMBOL[+OFFSET[/SIZE]]|-…",
	.summary = "function, file and line of addresses and symbols",
	.about = about,
	.negative = "one of them lies nowhere",
	.examples = examples,
	.opts = opts,
	.nopts = KD_ARRAY_LEN(opts),
	.opts_size = sizeof(struct opts),
	.min_args = 1,
	.max_args = KD_ARGS_ANY,
	.run = run,
};
