// SPDX-License-Identifier: GPL-2.0-or-later
#include <time.h>

#include "base/alloc.h"
#include "base/json.h"
#include "cli/cmd.h"
#include "cli/interrupt.h"
#include "cli/verbs.h"
#include "render/head.h"
#include "render/index.h"
#include "render/text.h"
#include "verb/index.h"

struct opts {
	const char *out, *base;
	uint64_t workers, max, age;
	bool list, prune, dry_run, info;
};

static const struct kd_opt opts[] = {
	KD_OPT_STR_('o', "out", "FILE", struct opts, out, "write the index here; of several files: all of them into one file, for --debug"),
	KD_OPT_STR_(0, "base", "FILE", struct opts, base,
		    "with --out: keep only what differs from this other build's index, which has to stay in the same folder"),
	KD_OPT_NUM_('w', "workers", "N", struct opts, workers, "threads (default: one for each processor)"),
	KD_OPT_FLAG_('l', "list", struct opts, list, "list what is in the cache, and stop"),
	KD_OPT_FLAG_('i', "info", struct opts, info, "say what each FILE.kdx holds and which other file it needs, and stop"),
	KD_OPT_FLAG_(0, "prune", struct opts, prune,
		     "remove from the cache what is older than --age, and what was not used for the longest time until it "
		     "fits --max; and stop"),
	KD_OPT_FLAG_(0, "dry-run", struct opts, dry_run, "with --prune: list what would go, remove nothing"),
	KD_OPT_NUM_(0, "max", "MIB", struct opts, max, "how large the cache may become (symbol.cache-max, or 4096)"),
	KD_OPT_NUM_(0, "age", "DAYS", struct opts, age,
		    "how long an index stays that is not used (symbol.cache-age, or for ever)"),
};

struct state {
	struct kd_cli *cli;
	struct kd_json *j;
	bool bad;
	uint64_t n, bytes;
	int64_t now; /* seconds since 1970 */
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
		kd_json_kv_i64(s->j, "used", e->used);
		kd_json_end_object(s->j);
		return NULL;
	}
	kd_text_cell_right(s->cli->out, kd_view_of(kd_text_bytes(e->bytes, a)), 10);
	kd_out_printf(s->cli->out, "  %4lld d  ", (long long)(s->now > e->used ? (s->now - e->used) / 86400 : 0));
	kd_out_text(s->cli->out, kd_view_of(e->path));
	kd_out_puts(s->cli->out, "\n");
	return NULL;
}

static struct kd_error *info(void *user, const struct kd_index_info *i)
{
	struct state *s = user;

	s->bad |= i->problem != NULL;
	if (s->j)
		kd_render_index_info_json(s->j, i);
	else
		kd_render_index_info_text(s->cli->out, i);
	return NULL;
}

static struct kd_error *do_prune(struct state *s, const struct kd_kdx_cache *c, bool dry_run)
{
	const struct kd_kdx_prune how = {.dry_run = dry_run, .fn = dry_run ? listed : NULL, .user = s};
	char a[KD_TEXT_NUM], b[KD_TEXT_NUM];
	uint64_t n = 0, bytes = 0;
	struct kd_error *err = kd_index_prune(c, &how, &n, &bytes);

	s->n = n;
	s->bytes = bytes;
	if (!err && !s->j)
		kd_out_printf(s->cli->out, "%s %s, %s\n", kd_text_count(n, a), dry_run ? "would be removed" : "removed",
			      kd_text_bytes(bytes, b));
	return err;
}

static struct kd_error *do_list(struct state *s, const struct kd_kdx_cache *c)
{
	char a[KD_TEXT_NUM], b[KD_TEXT_NUM], m[KD_TEXT_NUM];
	uint64_t max = 0, days = 0;
	struct kd_error *err = kd_index_limits(c, &max, &days);

	if (!err)
		err = kd_index_list(c, listed, s);
	if (err || s->j)
		return err;
	kd_out_printf(s->cli->out, "%s indexes, %s of at most %s", kd_text_count(s->n, a), kd_text_bytes(s->bytes, b),
		      kd_text_bytes(max, m));
	if (days)
		kd_out_printf(s->cli->out, ", used within %s days", kd_text_count(days, a));
	kd_out_puts(s->cli->out, "\n");
	return NULL;
}

static struct kd_error *work(struct state *s, const struct opts *o)
{
	struct kd_index_request req = {
		.files = s->cli->args,
		.nfiles = s->cli->nargs,
		.out = o->out,
		.base = o->base,
		.cache = {.max_bytes = o->max << 20,
			  .max_days = o->age,
			  .build = {.workers = (unsigned)o->workers, .progress = progress, .user = s->cli}},
	};

	struct kd_error *err;

	s->now = time(NULL);
	if (o->info)
		return kd_index_info(s->cli->ctx, req.files, req.nfiles, info, s);
	if (o->prune)
		return do_prune(s, &req.cache, o->dry_run);
	if (o->list)
		return do_list(s, &req.cache);
	err = kd_index_build(s->cli->ctx, &req, one, s);
	/* several, or on a base: what became of them together */
	return err || !o->out || (req.nfiles < 2 && !o->base) ? err : kd_index_info(s->cli->ctx, &o->out, 1, info, s);
}

/* "kdoc index build FILE…" is the same as without the word. (A file of that name: ./build.) */
static void skip_word(struct kd_cli *cli)
{
	if (cli->nargs > 1 && !strcmp(cli->args[0], "build")) {
		cli->args++;
		cli->nargs--;
	}
}

static const char *wrong(const struct kd_cli *cli, const struct opts *o)
{
	if (!cli->nargs && !o->list && !o->prune)
		return "index needs a vmlinux or a module";
	if (o->workers > 64 || o->max > (uint64_t)1 << 30 || o->age > 100000)
		return "--workers is at most 64, --max 2^30, --age 100000";
	if (o->base && !o->out)
		return "--base goes with --out";
	if (o->dry_run && !o->prune)
		return "--dry-run goes with --prune";
	return NULL;
}

static int run(struct kd_cli *cli, const void *options)
{
	const struct opts *o = options;
	kd_auto(kd_interrupt_end) struct kd_interrupt in = {.on = false};
	struct state s = {.cli = cli};
	struct kd_error *err, *bad = NULL;
	struct kd_json j;

	skip_word(cli);
	if (wrong(cli, o))
		return kd_cli_usage(cli, &kd_cmd_index, kd_error_new(KD_INVALID, "%s", wrong(cli, o)));
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
	"With --base a further build of almost the same kernel takes what differs alone. Both files have to stay in one "
	"folder; the names may change.",
	"An index is written in one piece and never changed. The cache keeps to a size and, if wanted, an age: what was "
	"not used for the longest time goes.",
	NULL,
};

static const struct kd_example examples[] = {
	{"kdoc index /usr/lib/debug/boot/vmlinux-6.1.0-56-amd64", "prepare a kernel's debug info"},
	{"kdoc index build vmlinux drivers/net/veth.ko -o BUILD.kdx", "a build's indexes in one file, to keep beside it"},
	{"kdoc index vmlinux drivers/net/veth.ko -o NEXT.kdx --base BUILD.kdx", "the next build's, of what differs"},
	{NULL, NULL},
};

const struct kd_cmd kd_cmd_index = {
	.name = "index",
	.phase = KD_PHASE_ANALYSIS,
	.usage = "[build] FILE…",
	.summary = "read debug info once, for fast answers afterwards",
	.about = about,
	.examples = examples,
	.opts = opts,
	.nopts = KD_ARRAY_LEN(opts),
	.opts_size = sizeof(struct opts),
	.max_args = KD_ARGS_ANY,
	.run = run,
};
