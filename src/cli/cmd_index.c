// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/alloc.h"
#include "base/json.h"
#include "cli/cmd.h"
#include "cli/interrupt.h"
#include "cli/verbs.h"
#include "render/chain.h"
#include "render/index.h"
#include "render/text.h"
#include "verb/index.h"

struct opts {
	const char *out, *base;
	uint64_t workers, max;
	bool list, prune;
};

static const struct kd_opt opts[] = {
	KD_OPT_STR_('o', "out", "FILE", struct opts, out, "write the index here; of several files: all of them into one file, for --debug"),
	KD_OPT_STR_(0, "base", "FILE", struct opts, base,
		    "with --out: keep only what differs from this other build's index, which has to stay in the same folder"),
	KD_OPT_NUM_('w', "workers", "N", struct opts, workers, "threads (default: one for each processor)"),
	KD_OPT_FLAG_('l', "list", struct opts, list, "list what is in the cache, and stop"),
	KD_OPT_FLAG_(0, "prune", struct opts, prune,
		     "remove from the cache what was not used for the longest time, until it fits --max; and stop"),
	KD_OPT_NUM_(0, "max", "MIB", struct opts, max, "how large the cache may become (4096)"),
};

struct state {
	struct kd_cli *cli;
	struct kd_json *j;
	bool bad;
	uint64_t n, bytes;
};

static void progress(void *user, uint64_t done, uint64_t total)
{
	struct kd_cli *cli = user;

	kd_progress_update(cli->progress, done, total);
}

static struct kd_error *one(void *user, const struct kd_index_result *r)
{
	struct state *s = user;

	s->bad |= r->problem != NULL;
	if (s->j) {
		kd_render_index_json(s->j, r);
		return NULL;
	}
	kd_progress_clear(s->cli->progress);
	kd_render_index_text(s->cli->out, r);
	kd_out_flush(s->cli->out);
	return NULL;
}

static struct kd_error *listed(void *user, const struct kd_kdx_entry *e)
{
	struct state *s = user;
	char a[KD_TEXT_NUM];

	s->n++;
	s->bytes += e->bytes;
	if (s->j) {
		kd_json_begin_object(s->j);
		kd_json_kv_strz(s->j, "index", e->path);
		kd_json_kv_u64(s->j, "bytes", e->bytes);
		kd_json_end_object(s->j);
		return NULL;
	}
	kd_text_cell_right(s->cli->out, kd_view_of(kd_text_bytes(e->bytes, a)), 10);
	kd_out_puts(s->cli->out, "  ");
	kd_out_text(s->cli->out, kd_view_of(e->path));
	kd_out_puts(s->cli->out, "\n");
	return NULL;
}

static struct kd_error *do_prune(struct state *s, const struct kd_kdx_cache *c)
{
	char a[KD_TEXT_NUM], b[KD_TEXT_NUM];
	struct kd_error *err = kd_index_prune(c, &s->n, &s->bytes);

	if (!err && !s->j)
		kd_out_printf(s->cli->out, "%s removed, %s\n", kd_text_count(s->n, a), kd_text_bytes(s->bytes, b));
	return err;
}

static struct kd_error *work(struct state *s, const struct opts *o)
{
	struct kd_index_request req = {
		.files = s->cli->args,
		.nfiles = s->cli->nargs,
		.out = o->out,
		.base = o->base,
		.cache = {.max_bytes = o->max << 20,
			  .build = {.workers = (unsigned)o->workers, .progress = progress, .user = s->cli}},
	};
	char a[KD_TEXT_NUM], b[KD_TEXT_NUM];
	struct kd_error *err;

	if (o->prune)
		return do_prune(s, &req.cache);
	if (!o->list)
		return kd_index_build(s->cli->ctx, &req, one, s);
	err = kd_index_list(&req.cache, listed, s);
	if (!err && !s->j)
		kd_out_printf(s->cli->out, "%s indexes, %s\n", kd_text_count(s->n, a), kd_text_bytes(s->bytes, b));
	return err;
}

static int run(struct kd_cli *cli, const void *options)
{
	const struct opts *o = options;
	kd_auto(kd_interrupt_end) struct kd_interrupt in = {.on = false};
	struct state s = {.cli = cli};
	struct kd_error *err, *bad = NULL;
	struct kd_json j;

	if (!cli->nargs && !o->list && !o->prune)
		return kd_cli_usage(cli, &kd_cmd_index, kd_error_new(KD_INVALID, "index needs a vmlinux or a module"));
	if (o->base && !o->out)
		return kd_cli_usage(cli, &kd_cmd_index, kd_error_new(KD_INVALID, "--base goes with --out"));
	if (o->workers > 64 || o->max > (uint64_t)1 << 30)
		return kd_cli_usage(cli, &kd_cmd_index, kd_error_new(KD_INVALID, "--workers is at most 64, --max 2^30"));
	kd_interrupt_begin(&in, cli->ctx);
	if (cli->json) {
		s.j = &j;
		kd_json_init_flush(&j, kd_out_json_flush, cli->out, KD_JSON_PRETTY);
		kd_json_begin_object(&j);
		kd_render_head_json(&j, "kdoc.index/1");
		kd_json_key(&j, "files");
		kd_json_begin_array(&j);
	}
	err = work(&s, o);
	if (s.j) {
		kd_json_end_array(&j);
		if (o->prune) {
			kd_json_kv_u64(&j, "removed", s.n);
			kd_json_kv_u64(&j, "removed_bytes", s.bytes);
		}
		kd_json_end_object(&j);
		bad = kd_json_finish(&j);
		cli->json = false;
	}
	if (err || bad) {
		if (err)
			kd_error_free(bad);
		return kd_cli_fail(cli, err ? err : bad);
	}
	return s.bad ? KD_EXIT_INPUT : KD_EXIT_OK;
}

static const char *const about[] = {
	"Reads the debug info of a vmlinux or of modules once and keeps what decode, addr and the others need as an "
	"index: functions, inlined calls, lines, symbols, code. The verbs do that themselves when it is missing; doing "
	"it beforehand, in a build pipeline with --out, makes the first answer fast, and the index can be used "
	"(--debug=FILE.kdx) where the debug info itself is not.",
	"An index is written in one piece and never changed. The cache keeps to a size: what was not used for the "
	"longest time goes.",
	NULL,
};

static const struct kd_example examples[] = {
	{"kdoc index /usr/lib/debug/boot/vmlinux-6.1.0-56-amd64", "prepare a kernel's debug info"},
	{"kdoc index vmlinux drivers/net/veth.ko -o BUILD.kdx", "a build's indexes in one file, to keep beside it"},
	{NULL, NULL},
};

const struct kd_cmd kd_cmd_index = {
	.name = "index",
	.phase = KD_PHASE_ANALYSIS,
	.usage = "FILE…",
	.summary = "read debug info once, for fast answers afterwards",
	.about = about,
	.examples = examples,
	.opts = opts,
	.nopts = KD_ARRAY_LEN(opts),
	.opts_size = sizeof(struct opts),
	.max_args = KD_ARGS_ANY,
	.run = run,
};
