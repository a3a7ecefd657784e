// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/alloc.h"
#include "cli/core.h"
#include "cli/interrupt.h"
#include "cli/memory.h"
#include "cli/triagelog.h"
#include "cli/verbs.h"
#include "verb/triage.h"

#define ARENA_MAX ((size_t)512 << 20)

struct opts {
	struct kd_memory_opts common;
	struct kd_triage_options triage;
};

static const struct kd_opt opts[] = {
	KD_OPT_STR_('s', "series", "SERIES", struct opts, triage.series, "kernels of this series alone: 6.18"),
	KD_OPT_STR_('w', "window", "TIME", struct opts, triage.window, "how far back: 24h, 7d, 4w (7d)"),
	KD_OPT_STR_(0, "since", "TIME", struct opts, triage.since, "from then on: 2026-05-12T00:00:00Z"),
	KD_OPT_STR_(0, "until", "TIME", struct opts, triage.until, "until then (now)"),
	KD_OPT_STR_(0, "log", "DIR", struct opts, triage.log, "append to DIR/YYYY-MM-DD-triage.md (triage-log, where it is there)"),
	KD_OPT_FLAG_(0, "no-log", struct opts, triage.no_log, "write no log"),
	KD_MEMORY_OPTS(struct opts, common),
};

static int run(struct kd_cli *cli, const void *options)
{
	struct opts o = *(const struct opts *)options;
	kd_auto(kd_interrupt_end) struct kd_interrupt in = {.on = false};
	kd_auto(kd_arena_deinit) struct kd_arena arena = KD_ARENA_INIT(ARENA_MAX);
	struct kd_error *err;
	struct kd_sheet s;
	int code;

	if (cli->nargs && (!kd_view_dec(kd_view_of(cli->args[0]), &o.triage.candidates) || !o.triage.candidates))
		return kd_cli_usage(cli, &kd_cmd_triage,
				    kd_error_new(KD_INVALID, "'%s' is no number of candidates", cli->args[0]));
	kd_sheet_init(&s, &arena);
	s.limit = o.common.no_limit ? 0 : o.common.limit ? o.common.limit : 100;
	s.offset = o.common.offset;
	kd_interrupt_begin(&in, cli->ctx);
	err = kd_memory_ask(cli->ctx, o.common.store, KD_DB_READ, kd_triage, &o.triage, NULL, 0, &s);
	kd_progress_clear(cli->progress);
	if (!err && !o.triage.no_log)
		err = kd_log_triage(o.triage.log, &s);
	if (err)
		return kd_cli_fail(cli, err);
	code = kd_cli_sheet(cli, &kd_cmd_triage, NULL, &s);
	return code;
}

static const char *const about[] = {
	"What came in during the window, as a short list: each issue of a tracker, or where events come from no tracker each group, is "
	"ticketed, a duplicate of something that is, a candidate, or filtered (hardware, boot noise, what followed from something "
	"else), with the reason.",
	"What ties groups to each other is said with its basis: a cause that a log states, a taint flag whose setter is an event of the "
	"same boot; what only looks so is called a hypothesis.",
	"In a folder with a subfolder triage-log (or with --log) the answer is also appended to a dated file.",
	NULL,
};

static const struct kd_example examples[] = {
	{"kdoc triage", "the five worst without a ticket, of the last seven days"},
	{"kdoc triage 10 --series=6.18 --window=24h", "of one series, of one day"},
	{"kdoc triage --log=triage-log", "and keep it"},
	{NULL, NULL},
};

const struct kd_cmd kd_cmd_triage = {
	.name = "triage",
	.phase = KD_PHASE_TRIAGE,
	.usage = "[N]",
	.summary = "what came in, how bad, known or not, and who does what next",
	.about = about,
	.negative = "there is no candidate without a ticket",
	.examples = examples,
	.opts = opts,
	.nopts = KD_ARRAY_LEN(opts),
	.opts_size = sizeof(struct opts),
	.min_args = 0,
	.max_args = 1,
	.run = run,
};
