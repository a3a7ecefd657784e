// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "base/alloc.h"
#include "base/json.h"
#include "cli/cmd.h"
#include "cli/verbs.h"
#include "render/redact.h"
#include "render/scan_text.h"
#include "verb/outfile.h"
#include "verb/redact.h"

struct opts {
	const char *map, *restore, *output;
	bool addresses;
};

static const struct kd_opt opts[] = {
	KD_OPT_STR_('m', "map", "FILE", struct opts, map,
		    "write what each placeholder stands for into this new, private file"),
	KD_OPT_STR_('r', "restore", "MAP", struct opts, restore,
		    "the other direction: put back what the placeholders of this map stand for"),
	KD_OPT_FLAG_('a', "addresses", struct opts, addresses, "replace kernel addresses, too"),
	KD_OPT_STR_('o', "output", "FILE", struct opts, output,
		    "write the log into this file, all of it or nothing"),
};

struct sink {
	struct kd_cli *cli;
	struct kd_outfile *file; /* NULL: the standard output */
};

static bool write_text(void *user, struct kd_view bytes)
{
	struct sink *s = user;

	if (s->file)
		return kd_outfile_write(s->file, bytes);
	kd_out_raw(s->cli->out, bytes);
	return !s->cli->out->failed;
}

static void problem(void *user, const struct kd_input_problem *p)
{
	struct sink *s = user;

	kd_render_problem_text(s->cli->err, p);
}

static void progress(void *user, const struct kd_input *in)
{
	struct sink *s = user;

	kd_cli_progress(s->cli, in);
}

static struct kd_error *check(const struct kd_cli *cli, const struct opts *o)
{
	if (o->restore && (o->map || o->addresses))
		return kd_error_new(KD_INVALID, "--restore goes without --%s", o->map ? "map" : "addresses");
	if (cli->json && !o->output)
		return kd_error_new(KD_INVALID, "--json needs --output: both would go to the standard output");
	if (o->map && o->output && !strcmp(o->map, o->output))
		return kd_error_new(KD_INVALID, "the log and the map cannot be the same file");
	for (size_t i = 0; o->output && i < cli->nargs; i++)
		if (kd_outfile_is(o->output, cli->args[i]))
			return kd_error_new(KD_INVALID, "%s is the input; the output needs a name of its own",
					    o->output);
	if (o->output && o->restore && kd_outfile_is(o->output, o->restore))
		return kd_error_new(KD_INVALID, "%s is the map; the output needs a name of its own",
				    o->output);
	return NULL;
}

static struct kd_error *answer(struct kd_cli *cli, const struct kd_redact_request *req,
			       const struct kd_redact_summary *sum)
{
	struct kd_json j;

	if (!cli->json) {
		kd_out_flush(cli->out);
		kd_render_redact_text(cli->err, req, sum);
		return NULL;
	}
	kd_json_init_flush(&j, kd_out_json_flush, cli->out, KD_JSON_PRETTY);
	kd_render_redact_json(&j, req, sum);
	return kd_json_finish(&j);
}

/* What failed to be written is no input's fault. */
static int output_failed(struct kd_cli *cli, struct kd_error *err)
{
	kd_cli_fail(cli, err);
	return KD_EXIT_OUTSIDE;
}

static int run(struct kd_cli *cli, const void *options)
{
	const struct opts *o = options;
	kd_auto(kd_outfile_abort) struct kd_outfile file = {.fd = -1};
	struct sink user = {.cli = cli, .file = o->output ? &file : NULL};
	struct kd_redact_request req = {.inputs = cli->args,
					.ninputs = cli->nargs,
					.addresses = o->addresses,
					.map = o->map,
					.restore = o->restore};
	struct kd_redact_sink sink = {
		.write = write_text, .problem = problem, .progress = progress, .user = &user};
	struct kd_redact_summary sum = {0};
	struct kd_error *err = check(cli, o);

	if (err)
		return kd_cli_usage(cli, &kd_cmd_redact, err);
	if (o->output)
		err = kd_outfile_open(&file, o->output, o->restore ? 0600 : 0666);
	if (err)
		return output_failed(cli, err);
	err = o->restore ? kd_restore(cli->ctx, &req, &sink, &sum) : kd_redact(cli->ctx, &req, &sink, &sum);
	if (file.errnum) {
		kd_error_free(err);
		err = kd_error_errno(file.errnum, "writing %s", o->output);
		return output_failed(cli, err);
	}
	if (err)
		return kd_cli_fail(cli, err);
	if (o->output && sum.inputs)
		err = kd_outfile_commit(&file);
	if (err)
		return output_failed(cli, err);
	err = answer(cli, &req, &sum);
	if (err)
		return kd_cli_fail(cli, err);
	if (sum.problems)
		return KD_EXIT_INPUT;
	return sum.lost || sum.long_lines || sum.unknown || sum.map_is_partial ? KD_EXIT_NEGATIVE
									      : KD_EXIT_OK;
}

static const char *const about[] = {
	"Writes the log with placeholders for host and user names, IP, hardware and mail addresses, "
	"UUIDs, serial numbers, passwords, tokens and keys. The same text gets the same placeholder "
	"(host-1, ip4-2, …) in all inputs, so that one can still see what belongs together. Function "
	"names, registers, versions and device names stay: the reports that kdoc finds are the same "
	"before and after.",
	"With --map, a private file is made that tells what the placeholders stand for; --restore puts "
	"the text back, byte for byte. Several inputs are written one behind the other.",
	"Nobody can promise that nothing is left: a name that nothing marks as a name looks like any "
	"word. Read the result before it leaves the house.",
	NULL,
};

static const struct kd_example examples[] = {
	{"kdoc redact crash.log -o shareable.log", "a copy for others"},
	{"kdoc redact --map=private.map crash.log -o shareable.log", "… that can be undone"},
	{"kdoc redact --restore=private.map answer.txt", "what does host-1 in their answer mean?"},
	{"dmesg | kdoc redact -", "the running kernel's log"},
	{NULL, NULL},
};

const struct kd_cmd kd_cmd_redact = {
	.name = "redact",
	.phase = KD_PHASE_ANALYSIS,
	.usage = "LOG…|DIR|-",
	.summary = "replace names, addresses and secrets, so that a log can be shared",
	.about = about,
	.negative = "it was written, but a limit was reached: not all can be restored",
	.examples = examples,
	.opts = opts,
	.nopts = KD_ARRAY_LEN(opts),
	.opts_size = sizeof(struct opts),
	.min_args = 1,
	.max_args = KD_ARGS_ANY,
	.run = run,
};
