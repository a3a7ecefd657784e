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
#include "render/kaslr.h"
#include "verb/addr.h"

struct opts {
	struct kd_opt_list debug;
	const char *root;
	const char *module, *release, *kaslr, *log;
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
		    "\"Kernel Offset\" of the running kernel, taken off addresses; auto: find it from them, as return addresses"),
	KD_OPT_STR_(0, "log", "LOG", struct opts, log,
		    "the addresses are of this log's kernel: take its Kernel Offset, or find it from its raw addresses"),
	KD_OPT_STR_(0, "root", "DIR", struct opts, root, "look for the usual places below this folder"),
	KD_OPT_FLAG_(0, "only", struct opts, only, "look for debug info at no other place than --debug"),
	KD_OPT_FLAG_('f', "force", struct opts, force, "take debug info of another build"),
};

struct state {
	struct kd_cli *cli;
	struct kd_addr *a;
	struct kd_json *j;
	bool missing, bad;
	bool later; /* questions are kept: where the kernel lay is found from all of them */
	KD_VEC(char *) kept;
};

enum { KEPT_MAX = 1 << 20 };

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

static struct kd_error *ask(struct state *s, const char *text)
{
	char **to;

	if (!s->later)
		return kd_addr_ask(s->a, text, answer, s);
	to = kd_vec_push(&s->kept, KEPT_MAX);
	if (!to)
		return kd_error_new(KD_LIMIT, "more than %d questions with --kaslr=auto", KEPT_MAX);
	*to = kd_xstrndup(text, strlen(text));
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
			err = ask(s, text.p);
			kd_buf_clear(&text);
			text.p[0] = '\0';
		}
	}
	if (!err && kd_view_trim(kd_buf_view(&text)).n)
		err = ask(s, text.p);
	return err;
}

static struct kd_error *ask_all(struct state *s)
{
	struct kd_error *err = NULL;

	for (size_t i = 0; !err && i < s->cli->nargs; i++)
		err = strcmp(s->cli->args[i], "-") != 0 ? ask(s, s->cli->args[i])
							: ask_stdin(s);
	return err;
}

/* --kaslr=auto, --log: how it was found goes to the error output, or into the document. */
static struct kd_error *find_offset(struct state *s, const char *log)
{
	struct kd_kaslr found;
	struct kd_error *err = kd_addr_find_offset(s->a, log, (const char *const *)s->kept.v, s->kept.n, &found);

	if (err)
		return err;
	kd_progress_clear(s->cli->progress);
	if (found.state != KD_KASLR_FOUND)
		return kd_error_new(KD_NOTFOUND, "where the kernel lay (KASLR) is not known: %s", found.words);
	if (s->j) {
		kd_json_key(s->j, "kaslr");
		kd_render_kaslr_one(s->j, &found);
	} else {
		kd_out_printf(s->cli->err, "kdoc: KASLR: offset %#jx: %s\n", (uintmax_t)found.offset, found.words);
	}
	return NULL;
}

static struct kd_error *run_all(struct state *s, const char *log)
{
	const bool keep = s->later;
	struct kd_error *err = keep ? ask_all(s) : NULL;

	if (!err && (log || keep))
		err = find_offset(s, log);
	if (s->j) {
		kd_json_key(s->j, "answers");
		kd_json_begin_array(s->j);
	}
	s->later = false;
	if (!err && !keep)
		err = ask_all(s);
	for (size_t i = 0; i < s->kept.n; i++) {
		if (!err)
			err = ask(s, s->kept.v[i]);
		kd_free(s->kept.v[i]);
	}
	kd_vec_free(&s->kept);
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

	s.later = o->kaslr && !strcmp(o->kaslr, "auto") && !o->log;
	if (o->kaslr && strcmp(o->kaslr, "auto") != 0 && (o->log || !kd_view_hex(kd_view_of(o->kaslr), &req.kaslr)))
		return kd_cli_usage(cli, &kd_cmd_addr, kd_error_new(KD_INVALID, "--kaslr is a hexadecimal number or auto"));
	req.has_kaslr = o->kaslr && strcmp(o->kaslr, "auto") != 0;
	kd_interrupt_begin(&in, cli->ctx);
	s.a = a = kd_addr_new(cli->ctx, &req);
	if (cli->json) {
		s.j = &j;
		kd_json_init_flush(&j, kd_out_json_flush, cli->out, KD_JSON_PRETTY);
		kd_json_begin_object(&j);
		kd_render_head_json(&j, "kdoc.addr/1");
	}
	return finish(&s, run_all(&s, o->log));
}

static const char *const about[] = {
	"Says in which function, file and line an address or a symbol with an offset lies, with the chain of inlined "
	"calls: what addr2line and faddr2line say, from an index that is made once per file.",
	"All functions of a name are answered; with /SIZE behind the offset only those of that size. Addresses are "
	"those of the file; --kaslr takes the running kernel's offset off, --log finds it in a log. A System.map or a copy "
	"of /proc/kallsyms in place of the vmlinux gives functions without lines.",
	NULL,
};

static const struct kd_example examples[] = {
	{"kdoc addr -d vmlinux vfs_read+0x9a/0x2e0", "the line of a frame of a trace (add --return)"},
	{"kdoc addr -d vmlinux --log crash.log - < addresses", "one on each line of the standard input, of that log's boot"},
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
