/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cmd.h: the contract of a verb on the command line.
 *
 * A command is arguments → one verb call → render; it stays below 250 lines:
 *
 *	struct opts { bool all; };
 *	static const struct kd_opt opts[] = {
 *		KD_OPT_FLAG_('a', "all", struct opts, all, "also show …"),
 *	};
 *
 *	static int run(struct kd_cli *cli, const void *options)
 *	{
 *		const struct opts *o = options;
 *		kd_auto(kd_input_close) struct kd_input in = {0};
 *		struct kd_error *err = kd_input_open(cli->ctx, cli->args[0], &in);
 *
 *		if (!err)
 *			err = kd_verb(cli->ctx, in.src, …, &answer);
 *		if (err)
 *			return kd_cli_fail(cli, err);
 *		render(cli->out, answer);
 *		return answer->found ? KD_EXIT_OK : KD_EXIT_NEGATIVE;
 *	}
 *
 *	const struct kd_cmd kd_cmd_x = {.name = "x", .run = run, …};
 *
 * To add one: write cmd_x.c, declare kd_cmd_x in verbs.h, one line in the table of
 * verbs.c, one in meson.build, a page in docs/verbs/, a schema in docs/schema/. The name of a
 * verb may be two words; its files are then called cmd_x_y.c, docs/verbs/x-y.md, kdoc-x-y(1).
 */
#ifndef KD_CLI_CMD_H
#define KD_CLI_CMD_H

#include "base/ctx.h"
#include "base/progress.h"
#include "cli/opts.h"
#include "render/out.h"
#include "verb/input.h"

enum kd_exit {
	KD_EXIT_OK = 0, /* answered */
	KD_EXIT_NEGATIVE = 1, /* the answer is negative: none found, not ok */
	KD_EXIT_USAGE = 2,
	KD_EXIT_INPUT = 3, /* an input was not readable or not what was asked for */
	KD_EXIT_OUTSIDE = 4, /* a needed outside thing failed; the answer could not be written */
	KD_EXIT_INTERNAL = 5,
};

/* Phases of the workflow (docs/WORKFLOW.md), in the order of `kdoc help`. */
enum kd_phase {
	KD_PHASE_START,
	KD_PHASE_NOTIFICATION,
	KD_PHASE_TRIAGE,
	KD_PHASE_ANALYSIS,
	KD_PHASE_DUMP,
	KD_PHASE_UPSTREAM,
	KD_PHASE_REPRODUCE,
	KD_PHASE_FIX,
	KD_PHASE_FOLLOW_UP,
	KD_PHASE_ANY,
	KD_NPHASES
};

struct kd_dump;

/* What a command works with. */
struct kd_cli {
	struct kd_ctx *ctx;
	struct kd_out *out, *err; /* standard output, standard error */
	struct kd_progress *progress; /* for update(); shown on a terminal only */
	bool json; /* --json was given */
	struct kd_dump *dump; /* verbs of a dump: it is open already (core sh), and no argument names it; else NULL */
	const char *const *args;
	size_t nargs;
};

struct kd_example {
	const char *cmd, *what;
};

struct kd_cmd {
	const char *name; /* one word, or two: "lab boot" */
	uint8_t phase; /* enum kd_phase */
	const char *usage; /* arguments: "LOG…|DIR|-" */
	const char *summary; /* one line without full stop */
	const char *const *about; /* paragraphs, NULL at the end */
	const char *negative; /* what exit code 1 means, NULL: it is never given */
	const struct kd_example *examples; /* .cmd NULL at the end; at least one */
	const struct kd_opt *opts;
	size_t nopts;
	size_t opts_size; /* of the verb's option struct, at most KD_OPTS_MAX */
	size_t min_args, max_args;
	int (*run)(struct kd_cli *cli, const void *opts); /* → enum kd_exit */
};

#define KD_OPTS_MAX 4096
#define KD_ARGS_ANY ((size_t)-1)

/* Options that each verb has; filled before run(). */
struct kd_common {
	bool json, help;
	int color; /* auto, always, never */
};

extern const struct kd_opt kd_common_opts[];
extern const size_t kd_common_nopts;

/* Print the error (with --json also as a kdoc.error/1 object), free it, give its exit code. */
int kd_cli_fail(struct kd_cli *cli, struct kd_error *err);

/* Wrong usage: message and the verb's usage line. Gives KD_EXIT_USAGE. */
int kd_cli_usage(struct kd_cli *cli, const struct kd_cmd *cmd, struct kd_error *err);

/* Update the progress line for an input that is being read. */
void kd_cli_progress(struct kd_cli *cli, const struct kd_input *in);

/* Guard: close the source of a struct kd_input. */
void kd_input_close(struct kd_input *in);

#endif
