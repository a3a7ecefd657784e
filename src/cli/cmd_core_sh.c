// SPDX-License-Identifier: GPL-2.0-or-later
/* core sh: many questions to one open dump. */
#include <pthread.h>
#include <signal.h>

#include "base/alloc.h"
#include "cli/core.h"
#include "cli/sh_session.h"
#include "cli/sh_worker.h"
#include "cli/verbs.h"

struct opts {
	struct kd_core_dump_opts dump;
	struct kd_opt_list debug, input, command;
	bool stop, no_shell, worker;
};

static const struct kd_opt opts[] = {
	KD_OPT_LIST_('i', "input", "FILE", struct opts, input, "run the lines of this file first; may be given again"),
	KD_OPT_LIST_('c', "command", "LINE", struct opts, command,
		     "run this line, and nothing from standard input; may be given again"),
	KD_OPT_FLAG_(0, "stop-on-error", struct opts, stop, "end at the first line that fails (exit code 2 and above)"),
	KD_OPT_FLAG_(0, "no-shell", struct opts, no_shell, "no pipes, no redirection, no '!': for lines of somebody else"),
	KD_OPT_LIST_('d', "debug", "FILE", struct opts, debug,
		     "debug info, too: this vmlinux, module, index (.kdx) or folder; may be given again"),
	KD_CORE_DUMP_OPTS(struct opts, dump),
	{.type = KD_OPT_FLAG, .hidden = true, .name = "worker", .help = "as in cli/sh_worker.h", .offset = offsetof(struct opts, worker)},
};

/* --- the dump here, or in another process ------------------------------------------------------------ */

static void progress(void *user, uint64_t done, uint64_t total)
{
	struct kd_cli *cli = user;

	kd_progress_update(cli->progress, done, total);
}

static struct kd_error *open_dump(struct kd_cli *cli, const struct opts *o, struct kd_dump **ret)
{
	const struct kd_dump_options how = {.debug = o->debug.v, .ndebug = o->debug.n,
					    .cache.build = {.progress = progress, .user = cli},
					    .pages = kd_core_dump_how(cli, &o->dump)};
	kd_auto(kd_interrupt_end) struct kd_interrupt in;
	struct kd_error *err = kd_core_confine_session(o->debug.n);

	kd_interrupt_begin(&in, cli->ctx);
	if (!err)
		err = kd_core_open(cli->ctx, cli->args[0], &how, ret);
	kd_progress_clear(cli->progress);
	return err;
}

static int exit_code(const struct kd_sh *sh)
{
	return sh->signalled ? sh->signalled : sh->worst ? sh->worst : sh->last;
}

/* Nobody's programs are started: one process, and it is confined. */
static int alone(struct kd_cli *cli, const struct opts *o)
{
	kd_auto(kd_core_closep) struct kd_dump *dump = NULL;
	struct kd_sh_session s = {.input = &o->input, .command = &o->command, .stop = o->stop};
	struct kd_error *err = open_dump(cli, o, &dump);

	if (err)
		return kd_cli_fail(cli, err);
	kd_sh_init(&s.sh, cli, dump, NULL, cli->args[0]);
	s.sh.json = cli->json;
	s.sh.no_shell = true;
	err = kd_sh_session(&s);
	kd_sh_deinit(&s.sh);
	return err ? kd_cli_fail(cli, err) : exit_code(&s.sh);
}

/* The process that has the dump. */
static int serve(struct kd_cli *cli, const struct opts *o)
{
	kd_auto(kd_core_closep) struct kd_dump *dump = NULL;
	struct kd_sh sh;
	sigset_t set;
	struct kd_error *err = open_dump(cli, o, &dump);
	const bool open = !err;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	kd_sh_worker_ready(cli, KD_EXIT_OK, err);
	if (!open)
		return KD_EXIT_INPUT;
	kd_sh_init(&sh, cli, dump, NULL, cli->args[0]);
	kd_sh_worker_serve(&sh);
	kd_sh_deinit(&sh);
	return KD_EXIT_OK;
}

static bool add_word(struct kd_arena *a, const char **argv, size_t *n, size_t max, const char *option, const char *value)
{
	if (*n >= max || (value && !(argv[*n] = kd_arena_printf(a, "%s%s", option, value).p)))
		return false;
	(*n)++;
	return true;
}

/* The command line of a worker. */
static const char *const *worker_argv(struct kd_cli *cli, const struct opts *o, struct kd_arena *a)
{
	const size_t max = 2 * KD_OPT_LIST_MAX + 8;
	const char **argv = kd_arena_array(a, max + 1, const char *);
	size_t n = 0;
	bool ok = argv && add_word(a, argv, &n, max, "", "/proc/self/exe") && add_word(a, argv, &n, max, "", "core") &&
		  add_word(a, argv, &n, max, "", "sh") && add_word(a, argv, &n, max, "", "--worker");

	for (size_t i = 0; ok && i < o->debug.n; i++)
		ok = add_word(a, argv, &n, max, "--debug=", o->debug.v[i]);
	for (size_t i = 0; ok && i < o->dump.part.n; i++)
		ok = add_word(a, argv, &n, max, "--part=", o->dump.part.v[i]);
	if (ok && o->dump.vmcoreinfo)
		ok = add_word(a, argv, &n, max, "--vmcoreinfo=", o->dump.vmcoreinfo);
	return ok && add_word(a, argv, &n, max, "", "--") && add_word(a, argv, &n, max, "", cli->args[0]) ? argv : NULL;
}

static int with_worker(struct kd_cli *cli, const struct opts *o)
{
	kd_auto(kd_arena_deinit) struct kd_arena a = KD_ARENA_INIT(16 << 20);
	const struct kd_sh_worker_how how = {.argv = worker_argv(cli, o, &a), .err = cli->err};
	const struct sigaction ignore = {.sa_handler = SIG_IGN};
	struct kd_sh_worker *worker = NULL;
	struct kd_sh_session s = {.input = &o->input, .command = &o->command, .stop = o->stop};
	struct sigaction old;
	struct kd_error *err;
	int status;

	if (!how.argv)
		return kd_cli_fail(cli, kd_error_new(KD_LIMIT, "the command line is too long"));
	sigaction(SIGPIPE, &ignore, &old); /* whoever reads a pipe of ours may end first */
	status = kd_sh_worker_start(&how, &worker);
	if (!status) {
		kd_sh_init(&s.sh, cli, NULL, worker, cli->args[0]);
		err = kd_sh_session(&s);
		status = err ? kd_cli_fail(cli, err) : exit_code(&s.sh);
		kd_sh_deinit(&s.sh);
		kd_sh_worker_free(worker);
	}
	sigaction(SIGPIPE, &old, NULL);
	return status;
}

static int run(struct kd_cli *cli, const void *options)
{
	const struct opts *o = options;

	if (o->worker)
		return serve(cli, o);
	return cli->json || o->no_shell ? alone(cli, o) : with_worker(cli, o);
}

static const char *const about[] = {
	"Opens a dump once and answers many questions to it. A line is a verb of 'kdoc core' without these two words and without the "
	"dump: 'bt -a', 'rd -s jiffies 4', 'sym vfs_read'. crash's names and short options mean what they mean there; those that "
	"have no counterpart say what to use. Long options are the verbs' own.",
	"'COMMAND | PROGRAM' gives the text to a program by your own shell, 'COMMAND > FILE' and '>> FILE' write it. '! PROGRAM' "
	"runs one. Nothing of a dump is ever run, or made part of a command.",
	"On a terminal with history and completion when libedit is there; Ctrl-C ends a command, Ctrl-D the session. Otherwise "
	"standard input is a script: each line is shown as '> line' in front of its answer.",
	"With --json each command is answered by one line, an object: command, answer (the document of the verb), exit, ms.",
	NULL,
};

static const struct kd_example examples[] = {
	{"kdoc core sh vmcore", "look around"},
	{"kdoc core sh --command='bt -a' --command='log | tail' vmcore", "some commands, one process"},
	{"kdoc core sh -i commands.txt vmcore < /dev/null", "as crash -i"},
	{"echo 'foreach UN bt' | kdoc core sh --json vmcore", "for programs: one line of JSON each"},
	{NULL, NULL},
};

const struct kd_cmd kd_cmd_core_sh = {
	.name = "core sh",
	.phase = KD_PHASE_DUMP,
	.usage = "DUMP",
	.summary = "a shell over one open dump, with crash's names",
	.about = about,
	.negative = "the last command said so, and none failed",
	.examples = examples,
	.opts = opts,
	.nopts = KD_ARRAY_LEN(opts),
	.opts_size = sizeof(struct opts),
	.min_args = 1,
	.max_args = 1,
	.run = run,
};
