// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/cli.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/config.h"
#include "base/json.h"
#include "cli/help.h"
#include "cli/verbs.h"
#include "render/text.h"
#include "verb/nearest.h"

enum { EXIT_EPIPE = 141 /* as if SIGPIPE had ended us */, PROGRESS_FD = 3 };

static const char *const color_choices[] = {"auto", "always", "never", NULL};

const struct kd_opt kd_common_opts[] = {
	KD_OPT_FLAG_('j', "json", struct kd_common, json, "the whole answer as JSON (docs/schema/)"),
	KD_OPT_ENUM_(0, "color", "WHEN", color_choices, struct kd_common, color,
		     "colours: auto (on a terminal, unless NO_COLOR is set), always, never"),
	KD_OPT_FLAG_('h', "help", struct kd_common, help, "show help for this verb"),
};
const size_t kd_common_nopts = KD_ARRAY_LEN(kd_common_opts);

/* A descriptor to write to, and what went wrong there. */
struct fd_out {
	int fd, errnum;
	struct kd_progress *progress;
};

static bool write_fd(void *user, struct kd_view v)
{
	struct fd_out *f = user;

	if (f->progress)
		kd_progress_clear(f->progress);
	while (v.n) {
		ssize_t n = write(f->fd, v.p, v.n);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			f->errnum = n ? errno : EIO;
			return false;
		}
		v = kd_view_from(v, (size_t)n);
	}
	return true;
}

/* Everything that one run of the program has. */
struct run {
	struct kd_ctx ctx;
	struct kd_out out, err;
	struct fd_out fd_out, fd_err;
	struct kd_progress progress;
	struct kd_cli cli;
	struct kd_common common;
};

static void emit(void *user, enum kd_level level, const char *msg)
{
	struct kd_out *err = user;

	kd_out_printf(err, "kdoc: %s: %s\n", kd_level_name(level), msg);
	kd_out_flush(err);
}

/* Only a pipe: nothing that was left open by chance. */
static bool somebody_reads_progress(void)
{
	const char *which = getenv(KD_PROGRESS_ENV);
	struct stat sb;

	return which && !strcmp(which, "3") && !fstat(PROGRESS_FD, &sb) && S_ISFIFO(sb.st_mode);
}

static void run_init(struct run *r, struct kd_log *log)
{
	memset(r, 0, sizeof(*r));
	kd_ctx_init(&r->ctx);
	*log = (struct kd_log){.emit = emit, .user = &r->err, .min = KD_LOG_WARN};
	r->ctx.log = log;
	kd_progress_init(&r->progress, STDERR_FILENO, "reading", true);
	if (somebody_reads_progress())
		kd_progress_tell(&r->progress, PROGRESS_FD);
	r->fd_out = (struct fd_out){.fd = STDOUT_FILENO, .progress = &r->progress};
	r->fd_err = (struct fd_out){.fd = STDERR_FILENO, .progress = &r->progress};
	kd_out_init(&r->out, write_fd, &r->fd_out);
	kd_out_init(&r->err, write_fd, &r->fd_err);
	r->cli = (struct kd_cli){
		.ctx = &r->ctx, .out = &r->out, .err = &r->err, .progress = &r->progress};
}

/* Hand on what is left; an answer that did not arrive is no answer. */
static int run_finish(struct run *r, int status)
{
	kd_auto(kd_error_freep) struct kd_error *lost = NULL;

	kd_progress_end(&r->progress);
	lost = kd_out_finish(&r->out);
	if (lost && r->fd_out.errnum == EPIPE)
		status = EXIT_EPIPE;
	else if (lost) {
		kd_out_printf(&r->err, "kdoc: the answer could not be written: %s\n",
			      strerror(r->fd_out.errnum ? r->fd_out.errnum : ENOSPC));
		status = KD_EXIT_OUTSIDE;
	}
	kd_out_flush(&r->err);
	kd_out_deinit(&r->out);
	kd_out_deinit(&r->err);
	kd_ctx_deinit(&r->ctx);
	return status;
}

static bool config_color(struct run *r)
{
	kd_auto(kd_config_freep) struct kd_config *c = kd_config_new();
	kd_auto(kd_error_freep) struct kd_error *err = kd_config_load(c, ".");
	bool color = true;

	if (!err)
		err = kd_config_bool(c, "output.color", true, &color);
	if (err)
		kd_log_printf(r->ctx.log, KD_LOG_WARN, "configuration not used: %s", err->msg);
	return color;
}

static void decide_color(struct run *r)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	if (r->common.color == 1)
		r->out.color = true;
	else if (r->common.color == 2 || (no && *no) || (term && !strcmp(term, "dumb")))
		r->out.color = false;
	else
		r->out.color = isatty(STDOUT_FILENO) && config_color(r);
}

void kd_input_close(struct kd_input *in)
{
	kd_source_close(in->src);
	in->src = NULL;
}

void kd_cli_progress(struct kd_cli *cli, const struct kd_input *in)
{
	kd_progress_update(cli->progress, kd_source_packed_done(in->src),
			   kd_source_packed_total(in->src));
}

static void error_json(struct kd_cli *cli, const struct kd_error *err)
{
	struct kd_json j;
	kd_auto(kd_error_freep) struct kd_error *lost = NULL;

	kd_json_init_flush(&j, kd_out_json_flush, cli->out, KD_JSON_PRETTY);
	kd_json_begin_object(&j);
	kd_json_kv_strz(&j, "schema", "kdoc.error/1");
	kd_json_key(&j, "error");
	kd_json_begin_object(&j);
	kd_json_kv_strz(&j, "class", kd_errclass_info(err->cls)->name);
	kd_json_kv_str(&j, "message", kd_view_of(err->msg));
	if (err->offset >= 0)
		kd_json_kv_i64(&j, "offset", err->offset);
	kd_json_end_object(&j);
	kd_json_end_object(&j);
	lost = kd_json_finish(&j);
}

int kd_cli_fail(struct kd_cli *cli, struct kd_error *err)
{
	int status = kd_errclass_info(err->cls)->exit_code;

	if (err->errnum == ENOSPC ||
	    err->errnum == EDQUOT) /* of a temporary folder: no input's fault */
		status = KD_EXIT_OUTSIDE;
	/* run_finish() says why nothing could be written. */
	if (!cli->out->failed) {
		if (cli->json)
			error_json(cli, err);
		kd_out_flush(cli->out);
		kd_out_puts(cli->err, "kdoc: ");
		kd_out_text(cli->err, kd_view_of(err->msg));
		if (err->offset > 0)
			kd_out_printf(cli->err, " (at byte %lld)", (long long)err->offset);
		kd_out_puts(cli->err, "\n");
	}
	kd_error_free(err);
	return status;
}

int kd_cli_usage(struct kd_cli *cli, const struct kd_cmd *cmd, struct kd_error *err)
{
	int status = kd_cli_fail(cli, err);
	struct kd_view args = kd_view_of(cmd ? cmd->usage : NULL);

	if (cmd && cli->dump && kd_view_skip(&args, KD_V("DUMP"))) { /* in a session over a dump */
		const char *name = cmd->name + kd_view_chr(kd_view_of(cmd->name), ' ') + 1;

		kd_out_printf(cli->err, "usage: %s [options]%.*s   ('help %s' says more)\n", name, KD_VARG(args), name);
	} else if (cmd)
		kd_out_printf(cli->err,
			      "usage: kdoc %s [options] %s   ('kdoc help %s' says more)\n",
			      cmd->name, cmd->usage, cmd->name);
	(void)status;
	return KD_EXIT_USAGE;
}

static struct kd_error *check_args(const struct kd_cmd *cmd, size_t n)
{
	if (n < cmd->min_args)
		return kd_error_new(KD_INVALID, "%s needs %s", cmd->name, cmd->usage);
	if (n > cmd->max_args)
		return kd_error_new(KD_INVALID, "%s takes at most %zu %s", cmd->name, cmd->max_args,
				    cmd->max_args == 1 ? "argument" : "arguments");
	return NULL;
}

/* "-" at a terminal: nothing would happen, and nobody would know why. */
static void say_that_we_wait(struct run *r)
{
	for (size_t i = 0; i < r->cli.nargs; i++)
		if (!strcmp(r->cli.args[i], "-") && isatty(STDIN_FILENO) && isatty(STDERR_FILENO)) {
			kd_out_puts(&r->err, "kdoc: paste the text here, then Ctrl-D on a line of its own\n");
			kd_out_flush(&r->err);
			return;
		}
}

static int run_verb(struct run *r, const struct kd_cmd *cmd, const char **argv, size_t argc)
{
	union {
		max_align_t align;
		char bytes[KD_OPTS_MAX];
	} opts = {.bytes = {0}};
	const struct kd_opt_set sets[] = {
		{cmd->opts, cmd->nopts, &opts},
		{kd_common_opts, kd_common_nopts, &r->common},
	};
	size_t nargs = 0;
	struct kd_error *err = kd_opts_parse(sets, KD_ARRAY_LEN(sets), argv, argc, &nargs);

	r->cli.json = r->common.json;
	decide_color(r);
	if (!err && r->common.help) {
		kd_help_verb(&r->out, cmd);
		return KD_EXIT_OK;
	}
	if (!err)
		err = check_args(cmd, nargs);
	if (err)
		return kd_cli_usage(&r->cli, cmd, err);
	r->cli.args = argv;
	r->cli.nargs = nargs;
	say_that_we_wait(r);
	return cmd->run(&r->cli, &opts);
}

/* ---- what is no verb ---- */

static bool is_input(const char *word)
{
	struct stat sb;

	return !strcmp(word, "-") || !stat(word, &sb);
}

static int suggest_input(struct kd_out *err, const char *word)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(64 << 10);
	struct stat sb;
	bool dir = strcmp(word, "-") && !stat(word, &sb) && S_ISDIR(sb.st_mode);

	kd_text_shell(&b, kd_view_of(word));
	kd_out_puts(err, "kdoc: ");
	kd_out_text(err, kd_view_of(word));
	kd_out_printf(err, " is %s, not a verb; try: kdoc %s ",
		      !strcmp(word, "-") ? "an input"
		      : dir              ? "a directory"
					 : "a file",
		      dir ? "scan" : "investigate");
	kd_out_text(err, kd_buf_view(&b));
	kd_out_puts(err, "\n");
	return KD_EXIT_USAGE;
}

static int no_verb(struct run *r, const char *word)
{
	struct kd_nearest near;
	struct kd_out *err = &r->err;

	for (const struct kd_planned *p = kd_planned(); p->name; p++) {
		if (!strcmp(p->name, word)) {
			kd_out_printf(err,
				      "kdoc: %s (%s) is planned and not in this version; "
				      "'kdoc help' lists what is\n",
				      p->name, p->summary);
			return KD_EXIT_USAGE;
		}
	}
	if (is_input(word))
		return suggest_input(err, word);
	kd_nearest_init(&near, word);
	for (const struct kd_cmd *const *v = kd_verbs(); *v; v++)
		kd_nearest_try(&near, (*v)->name);
	for (const struct kd_alias *a = kd_aliases(); a->name; a++)
		kd_nearest_try(&near, a->name);
	kd_out_puts(err, "kdoc: there is no verb '");
	kd_out_text(err, kd_view_of(word));
	if (near.best)
		kd_out_printf(err, "'; did you mean '%s'?\n", near.best);
	else
		kd_out_puts(err, "', and no file of that name; 'kdoc help' lists the verbs\n");
	return KD_EXIT_USAGE;
}

/* "kdoc lab", "kdoc lab --help", "kdoc lab nonsense" */
static int family(struct run *r, const char **words, size_t n)
{
	struct kd_nearest near;

	if (n > 1 && (!strcmp(words[1], "--help") || !strcmp(words[1], "-h"))) {
		kd_help_family(&r->out, words[0]);
		return KD_EXIT_OK;
	}
	if (n > 1) {
		kd_nearest_init(&near, words[1]);
		for (const struct kd_cmd *const *v = kd_verbs(); *v; v++)
			if (kd_verb_in_family(*v, words[0]))
				kd_nearest_try(&near, (*v)->name + strlen(words[0]) + 1);
		kd_out_printf(&r->err, "kdoc: there is no verb '%s ", words[0]);
		kd_out_text(&r->err, kd_view_of(words[1]));
		if (near.best)
			kd_out_printf(&r->err, "'; did you mean '%s %s'?\n", words[0], near.best);
		else
			kd_out_printf(&r->err, "'; 'kdoc help %s' lists them\n", words[0]);
		return KD_EXIT_USAGE;
	}
	kd_help_family(&r->err, words[0]);
	return KD_EXIT_USAGE;
}

static int dispatch(struct run *r, const char **argv, size_t argc)
{
	const struct kd_cmd *cmd;
	size_t words = 0;

	if (argc < 2) {
		kd_help_overview(&r->err);
		return KD_EXIT_USAGE;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))
		return run_verb(r, &kd_cmd_help, argv + 2, argc - 2);
	if (!strcmp(argv[1], "--version") || !strcmp(argv[1], "-V"))
		return run_verb(r, &kd_cmd_version, argv + 2, argc - 2);
	if (argv[1][0] == '-' && argv[1][1]) {
		kd_out_puts(&r->err, "kdoc: a verb comes first: kdoc VERB [options] [input…]; "
				     "'kdoc help' lists the verbs\n");
		return KD_EXIT_USAGE;
	}
	cmd = kd_verb_match(argv + 1, argc - 1, &words);
	if (cmd)
		return run_verb(r, cmd, argv + 1 + words, argc - 1 - words);
	return kd_verb_is_family(argv[1]) ? family(r, argv + 1, argc - 1) : no_verb(r, argv[1]);
}

int kd_cli_main(size_t argc, const char **argv)
{
	struct run r;
	struct kd_log log;

	run_init(&r, &log);
	return run_finish(&r, dispatch(&r, argv, argc));
}
