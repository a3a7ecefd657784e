// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/alloc.h"
#include "base/json.h"
#include "cli/scan.h"
#include "cli/verbs.h"
#include "render/kinds.h"
#include "render/scan_json.h"
#include "render/scan_text.h"
#include "render/titles.h"
#include "verb/scan.h"

enum format { FORMAT_TEXT, FORMAT_JSON, FORMAT_TITLES };

struct opts {
	bool all, guilty, list_kinds, no_fold;
	const char *kind;
	uint64_t limit;
	int format;
};

static const char *const formats[] = {"text", "json", "titles", NULL};

static const struct kd_opt opts[] = {
	KD_OPT_FLAG_('a', "all", struct opts, all,
		     "also infrastructure: reboots, fuzzer and user-space panics, boot noise"),
	KD_OPT_STR_('k', "kind", "KIND", struct opts, kind,
		    "only this kind or family of reports (--list-kinds)"),
	KD_OPT_NUM_('n', "limit", "N", struct opts, limit, "list at most N reports"),
	KD_OPT_ENUM_(0, "format", "FORMAT", formats, struct opts, format,
		     "text; json: as --json; titles: one JSON array of syzbot-compatible titles"),
	KD_OPT_FLAG_(0, "no-fold", struct opts, no_fold,
		     "text: a row for each report, repeats too"),
	KD_OPT_FLAG_(0, "list-kinds", struct opts, list_kinds,
		     "list the kinds and families that kdoc knows, and stop"),
};

static void progress(void *user, const struct kd_input *in)
{
	kd_cli_progress(user, in);
}

struct kd_error *kd_cli_scan_text(struct kd_cli *cli, const struct kd_scan_request *req, struct kd_scan_summary *sum)
{
	struct kd_scan_text_render r;
	struct kd_scan_sink sink;
	struct kd_error *err;

	kd_scan_text_begin(&r, cli->out, cli->err, &sink);
	sink.progress = progress;
	sink.progress_user = cli;
	err = kd_scan_list(cli->ctx, req, &sink, sum);
	if (!err)
		kd_scan_text_end(&r, sum);
	kd_scan_text_deinit(&r);
	return err;
}

struct kd_error *kd_cli_scan_json(struct kd_cli *cli, const struct kd_scan_request *req, struct kd_scan_summary *sum)
{
	struct kd_scan_json_render r;
	struct kd_scan_sink sink;

	kd_scan_json_begin(&r, cli->out, &sink);
	sink.progress = progress;
	sink.progress_user = cli;
	return kd_scan_json_end(&r, kd_scan_list(cli->ctx, req, &sink, sum), sum);
}

static struct kd_error *scan_titles(struct kd_cli *cli, struct kd_scan_request *req,
				    struct kd_scan_summary *sum)
{
	struct kd_titles_render r;
	struct kd_scan_sink sink;

	kd_titles_begin(&r, cli->out, cli->err, &sink);
	sink.progress = progress;
	sink.progress_user = cli;
	return kd_titles_end(&r, kd_scan_list(cli->ctx, req, &sink, sum));
}

static int list_kinds(struct kd_cli *cli, int format)
{
	struct kd_json j;
	struct kd_error *err;

	if (format == FORMAT_TEXT) {
		kd_render_kinds_text(cli->out);
		return KD_EXIT_OK;
	}
	kd_json_init_flush(&j, kd_out_json_flush, cli->out, KD_JSON_PRETTY);
	kd_render_kinds_json(&j);
	err = kd_json_finish(&j);
	return err ? kd_cli_fail(cli, err) : KD_EXIT_OK;
}

static int run(struct kd_cli *cli, const void *options)
{
	const struct opts *o = options;
	int format = cli->json ? FORMAT_JSON : o->format;
	struct kd_scan_request req = {
		.inputs = cli->args,
		.ninputs = cli->nargs,
		.infrastructure = o->all || format == FORMAT_TITLES,
		.kind = o->kind,
		.limit = o->limit,
		.fold = format == FORMAT_TEXT && !o->no_fold,
		.titles_only = format == FORMAT_TITLES,
		.guilty = format != FORMAT_TEXT,
	};
	struct kd_scan_summary sum;
	struct kd_error *err;

	if (o->list_kinds)
		return list_kinds(cli, format);
	if (!cli->nargs)
		return kd_cli_usage(cli, &kd_cmd_scan,
				    kd_error_new(KD_INVALID,
						 "scan needs a log, "
						 "a directory, or - for the standard input"));
	cli->json = format != FORMAT_TEXT;
	err = format == FORMAT_JSON     ? kd_cli_scan_json(cli, &req, &sum)
	      : format == FORMAT_TITLES ? scan_titles(cli, &req, &sum)
					: kd_cli_scan_text(cli, &req, &sum);
	if (err)
		return kd_cli_fail(cli, err);
	if (sum.problems)
		return KD_EXIT_INPUT;
	return sum.listed + sum.over_limit ? KD_EXIT_OK : KD_EXIT_NEGATIVE;
}

static const char *const about[] = {
	"Lists the kernel's complaints (oopses, warnings, lockups, sanitizer reports, …) in any "
	"number "
	"of logs: one row for each, with its repeats in the same log folded (×N). A directory is "
	"searched recursively; files that are no text are passed over and counted. Packed logs are "
	"unpacked. Memory does not depend on the size of a log.",
	"tier is how bad it is for the machine (CRIT, HIGH, MED, LOW); ends says whether the "
	"kernel "
	"died of it: fatal, alive (it went on), or ? when the log does not tell.",
	NULL,
};

static const struct kd_example examples[] = {
	{"kdoc scan /var/log/kern.log", "which crashes are in this log?"},
	{"kdoc scan /var/crash", "… in all logs below this directory?"},
	{"dmesg | kdoc scan -", "… in the running kernel?"},
	{"kdoc scan --kind=kasan --json console.log.zst", "all that is known of the KASAN reports"},
	{NULL, NULL},
};

const struct kd_cmd kd_cmd_scan = {
	.name = "scan",
	.phase = KD_PHASE_TRIAGE,
	.usage = "LOG…|DIR|-",
	.summary = "list the crash reports of any number of logs",
	.about = about,
	.negative = "no report was found",
	.examples = examples,
	.opts = opts,
	.nopts = KD_ARRAY_LEN(opts),
	.opts_size = sizeof(struct opts),
	.max_args = KD_ARGS_ANY,
	.run = run,
};
