// SPDX-License-Identifier: GPL-2.0-or-later
#include <inttypes.h>
#include <stdio.h>

#include "base/alloc.h"
#include "cli/core.h"
#include "cli/interrupt.h"
#include "cli/memory.h"
#include "cli/verbs.h"
#include "verb/ingest.h"

#define ARENA_MAX ((size_t)16 << 20)

struct opts {
	const char *store, *tracker, *host, *boot, *release, *time;
	bool durable, all, ack;
};

static const struct kd_opt opts[] = {
	KD_MEMORY_STORE_OPT(struct opts, store),
	KD_OPT_STR_(0, "tracker", "dir:FOLDER", struct opts, tracker, "all events of a tracker's issues, too: a folder of JSON files"),
	KD_OPT_STR_(0, "host", "NAME", struct opts, host, "the machine that these inputs are of"),
	KD_OPT_STR_(0, "boot", "ID", struct opts, boot, "its boot id"),
	KD_OPT_STR_(0, "release", "RELEASE", struct opts, release, "its kernel, where the text does not say"),
	KD_OPT_STR_(0, "time", "TIME", struct opts, time, "when it happened, where the text does not say: 2026-11-22T10:00:00Z"),
	KD_OPT_FLAG_(0, "durable", struct opts, durable, "what is acknowledged also survives a loss of power"),
	KD_OPT_FLAG_(0, "ack", struct opts, ack, "print a line for each batch that is safe: how many events so far"),
	KD_OPT_FLAG_('a', "all", struct opts, all, "also infrastructure: reboots, fuzzer and user-space panics, boot noise"),
};

static void progress(void *user, const struct kd_input *in)
{
	kd_cli_progress(user, in);
}

static void ack(void *user, uint64_t events)
{
	struct kd_cli *cli = user;

	kd_out_printf(cli->out, "%" PRIu64 "\n", events);
	kd_out_flush(cli->out);
}

static int run(struct kd_cli *cli, const void *options)
{
	const struct opts *o = options;
	kd_auto(kd_interrupt_end) struct kd_interrupt in = {.on = false};
	kd_auto(kd_arena_deinit) struct kd_arena arena = KD_ARENA_INIT(ARENA_MAX);
	struct kd_ingest_request req = {
		.inputs = cli->args,
		.ninputs = cli->nargs,
		.store = o->store,
		.tracker = o->tracker,
		.host = o->host,
		.boot = o->boot,
		.release = o->release,
		.time = o->time,
		.durable = o->durable,
		.infrastructure = o->all,
		.progress = progress,
		.user = cli,
		.ack = o->ack ? ack : NULL,
	};
	uint64_t problems = 0;
	struct kd_error *err;
	struct kd_sheet s;
	int code;

	if (!cli->nargs && !o->tracker)
		return kd_cli_usage(cli, &kd_cmd_ingest, kd_error_new(KD_INVALID, "ingest needs an input: a log, JSON, a directory, - or --tracker"));
	kd_sheet_init(&s, &arena);
	kd_interrupt_begin(&in, cli->ctx);
	err = kd_ingest(cli->ctx, &req, &s, &problems);
	kd_progress_clear(cli->progress);
	if (err)
		return kd_cli_fail(cli, err);
	code = kd_cli_sheet(cli, &kd_cmd_ingest, NULL, &s);
	return problems ? KD_EXIT_INPUT : code;
}

static const char *const about[] = {
	"Puts the reports of logs and of exported events into the team's memory: each becomes an event (a report at a time on a "
	"machine) and comes into the group of its bug. The same event again changes nothing, so whole folders can be ingested over "
	"and over.",
	"Inputs are logs in any disguise (serial console, dmesg, syslog, the journal in any format, pstore, mails that quote one) and "
	"JSON: one event an object, on a line each or in an array, as Sentry, log stores and kdoc's own form have them.",
	NULL,
};

static const struct kd_example examples[] = {
	{"kdoc ingest /var/crash", "all logs below a folder"},
	{"kdoc ingest --host=db7 console.log", "a serial log that does not name its machine"},
	{"journalctl -k -o json | kdoc ingest -", "with boot ids and times"},
	{"kdoc ingest events.jsonl", "an export of events"},
	{"kdoc ingest --tracker=dir:/srv/issues", "issues of a tracker that is a folder of JSON files"},
	{NULL, NULL},
};

const struct kd_cmd kd_cmd_ingest = {
	.name = "ingest",
	.phase = KD_PHASE_NOTIFICATION,
	.usage = "[LOG…|JSON…|DIR|-]",
	.summary = "logs and exported events into the team's memory",
	.about = about,
	.negative = "no report was found",
	.examples = examples,
	.opts = opts,
	.nopts = KD_ARRAY_LEN(opts),
	.opts_size = sizeof(struct opts),
	.min_args = 0,
	.max_args = KD_ARGS_ANY,
	.run = run,
};
