// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/sh.h"

#include <inttypes.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/alloc.h"
#include "cli/help.h"
#include "cli/sh_worker.h"
#include "cli/verbs.h"

#define ARENA_MAX ((size_t)256 << 20)

enum { SIGNALLED = 128 };

void kd_sh_init(struct kd_sh *sh, struct kd_cli *cli, struct kd_dump *dump, struct kd_sh_worker *worker, const char *path)
{
	*sh = (struct kd_sh){.cli = cli, .dump = dump, .worker = worker, .path = path, .arena = KD_ARENA_INIT(ARENA_MAX)};
}

void kd_sh_deinit(struct kd_sh *sh)
{
	kd_vec_each(a, &sh->alias) {
		kd_free(a->name);
		kd_free(a->text);
	}
	kd_vec_free(&sh->alias);
	kd_arena_deinit(&sh->arena);
}

const char *kd_sh_alias(const struct kd_sh *sh, struct kd_view name)
{
	for (size_t i = 0; i < sh->alias.n; i++)
		if (kd_view_eq(kd_view_of(sh->alias.v[i].name), name))
			return sh->alias.v[i].text;
	return NULL;
}

bool kd_sh_current(struct kd_sh *sh)
{
	struct kd_error *err;

	if (!sh->has_current) {
		err = kd_core_who_panicked(sh->dump, &sh->current);
		sh->has_current = !err;
		kd_error_free(err);
	}
	return sh->has_current;
}

int kd_sh_fail(struct kd_sh *sh, struct kd_error *err)
{
	if (sh->line_json) {
		kd_out_flush(sh->run.out);
		sh->line_json->is_text = false;
	}
	return kd_cli_fail(&sh->run, err);
}

/* --- a verb ------------------------------------------------------------------------------------------ */

/* Options that say how a dump is opened: it is open. */
static struct kd_error *only_at_start(const struct kd_cmd *cmd, const void *options)
{
	static const char *const names[] = {"debug", "vmcoreinfo", "part"};

	for (size_t i = 0; i < cmd->nopts; i++) {
		const struct kd_opt *o = &cmd->opts[i];
		const void *at = (const char *)options + o->offset;
		bool given = (o->type == KD_OPT_LIST && ((const struct kd_opt_list *)at)->n) ||
			     (o->type == KD_OPT_STR && *(const char *const *)at);

		for (size_t k = 0; given && k < KD_ARRAY_LEN(names); k++)
			if (!strcmp(o->name, names[k]))
				return kd_error_new(KD_INVALID, "--%s is given once, at the start: kdoc core sh --%s=%s DUMP", o->name,
						    o->name, o->arg);
	}
	return NULL;
}

static struct kd_error *check_args(const struct kd_cmd *cmd, size_t n)
{
	const size_t least = cmd->min_args ? cmd->min_args - 1 : 0;

	if (n < least)
		return kd_error_new(KD_INVALID, "%s needs more arguments", cmd->name + strlen("core "));
	if (cmd->max_args != KD_ARGS_ANY && n + 1 > cmd->max_args)
		return kd_error_new(KD_INVALID, "%s takes at most %zu arguments", cmd->name + strlen("core "), cmd->max_args - 1);
	return NULL;
}

int kd_sh_run_call(struct kd_sh *sh, const struct kd_sh_call *call)
{
	union {
		max_align_t align;
		char bytes[KD_OPTS_MAX];
	} opts = {.bytes = {0}};
	const struct kd_cmd *cmd = call->cmd;
	struct kd_common common = {.json = sh->json};
	const struct kd_opt_set sets[] = {
		{cmd->opts, cmd->nopts, &opts},
		{kd_common_opts, kd_common_nopts, &common},
	};
	size_t nargs = 0;
	struct kd_error *err = kd_opts_parse(sets, KD_ARRAY_LEN(sets), call->argv, call->argc, &nargs);

	sh->run.json = common.json;
	if (!err && common.help) {
		if (sh->line_json)
			sh->line_json->is_text = true;
		kd_help_verb(sh->run.out, cmd);
		return KD_EXIT_OK;
	}
	if (!err)
		err = only_at_start(cmd, &opts);
	if (!err)
		err = check_args(cmd, nargs);
	if (err)
		return kd_cli_usage(&sh->run, cmd, err);
	sh->run.args = call->argv;
	sh->run.nargs = nargs;
	return cmd->run(&sh->run, &opts);
}

/* Does bt ask about all CPUs or tasks? */
static bool asks_for_all(const struct kd_sh_call *c)
{
	static const char *const options[] = {"--all", "--tasks", "--state"};

	for (size_t i = 0; i < c->argc; i++)
		for (size_t k = 0; k < KD_ARRAY_LEN(options); k++)
			if (kd_view_starts(kd_view_of(c->argv[i]), kd_view_of(options[k])))
				return true;
	return false;
}

/* Without one, commands about tasks are about the current one. Without 'set' bt is about the panic by itself. */
static struct kd_error *add_current(struct kd_sh *sh, struct kd_sh_call *c)
{
	const bool is_bt = !strcmp(c->cmd->name, "core bt");
	struct kd_view task;

	if (!kd_sh_of_tasks(c->cmd) || !strcmp(c->cmd->name, "core ps") || c->args || (is_bt && (asks_for_all(c) || !sh->has_current)) || !kd_sh_current(sh))
		return NULL;
	if (is_bt && sh->current.panicked)
		return NULL;
	task = kd_arena_printf(&sh->arena, "0x%" PRIx64, sh->current.task.addr);
	if (!task.p)
		return kd_error_new(KD_LIMIT, "no room for the command");
	c->argv[c->argc++] = task.p;
	return NULL;
}

int kd_sh_verb(struct kd_sh *sh, const char *const *word, size_t n)
{
	struct kd_sh_call call;
	struct kd_error *err = kd_sh_call(word, n, &sh->arena, &call);

	if (!err)
		err = add_current(sh, &call);
	if (!err)
		return kd_sh_run_call(sh, &call);
	return err->cls == KD_LIMIT || err->cls == KD_UNSUPPORTED ? (kd_sh_fail(sh, err), KD_EXIT_USAGE) : kd_sh_fail(sh, err);
}

/* --- a line ------------------------------------------------------------------------------------------ */

/* The first word is a name of the user's: its text stands for it, once. */
static struct kd_error *expand(struct kd_sh *sh, struct kd_view *text)
{
	struct kd_view rest = kd_view_trim(*text), name;
	size_t n = 0;
	const char *alias;

	while (n < rest.n && kd_is_word(rest.p[n]))
		n++;
	name = kd_view_head(rest, n);
	alias = n ? kd_sh_alias(sh, name) : NULL;
	if (!alias)
		return NULL;
	*text = kd_arena_printf(&sh->arena, "%s%.*s", alias, KD_VARG(kd_view_from(rest, n)));
	return text->p ? NULL : kd_error_new(KD_LIMIT, "no room for the alias");
}

/* "kdoc core bt DUMP …", as answers name it, is "bt …". */
static void strip_kdoc(const struct kd_sh *sh, struct kd_sh_line *l)
{
	if (l->n < 3 || strcmp(l->word[0], "kdoc") || strcmp(l->word[1], "core"))
		return;
	l->word += 2;
	l->n -= 2;
	if (l->n > 1 && !strcmp(l->word[1], sh->path)) {
		memmove(&l->word[1], &l->word[2], (l->n - 1) * sizeof(l->word[0])); /* with the NULL */
		l->n--;
	}
}

/* Variables of 'set' are the shell's own. */
static bool is_local(const struct kd_sh_builtin *b, const char *const *word, size_t n)
{
	return b && (b->local || (b->run == kd_sh_set && n > 1 && (!strcmp(word[1], "scroll") || !strcmp(word[1], "-v"))));
}

static int words(struct kd_sh *sh, const char *const *word, size_t n)
{
	const struct kd_sh_builtin *b = kd_sh_builtin(word[0]);

	if (sh->worker && !is_local(b, word, n))
		return kd_sh_worker_command(sh->worker, word, n, sh->run.out, sh->run.err, sh->run.ctx->cancel);
	if (b && sh->line_json)
		sh->line_json->is_text = strcmp(b->name, "foreach") != 0;
	return b ? b->run(sh, word, n) : kd_sh_verb(sh, word, n);
}

static int command(struct kd_sh *sh, struct kd_sh_line *l)
{
	strip_kdoc(sh, l);
	return words(sh, l->word, l->n);
}

void kd_sh_words(struct kd_sh *sh, const char **word, size_t n, struct kd_out *out, struct kd_out *err)
{
	kd_auto(kd_interrupt_end) struct kd_interrupt in;

	kd_interrupt_begin_stay(&in, sh->cli->ctx);
	sh->run = *sh->cli;
	sh->run.dump = sh->dump;
	sh->run.out = out;
	sh->run.err = err;
	sh->last = words(sh, word, n);
	kd_arena_reset(&sh->arena);
	kd_progress_clear(sh->cli->progress);
}

static unsigned terminal_rows(void)
{
	struct winsize w;

	return ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) || !w.ws_row ? 0 : w.ws_row;
}

static int shell(struct kd_sh *sh, const struct kd_sh_where *w)
{
	int status = 0;
	struct kd_error *err = kd_sh_out_shell(w, &status);

	if (err)
		return kd_sh_fail(sh, err);
	return status ? KD_EXIT_NEGATIVE : KD_EXIT_OK;
}

static int with_text(struct kd_sh *sh, struct kd_sh_line *l)
{
	const struct kd_sh_where w = {.to = l->to, .target = l->target, .on = sh->cli->out, .cancel = sh->cli->ctx->cancel,
				      .terminal = sh->interactive,
				      .rows = sh->interactive && sh->scroll && !sh->no_shell ? terminal_rows() : 0};
	struct kd_sh_out o;
	struct kd_error *err;
	int status;

	if (l->to == KD_SH_TO_SHELL)
		return shell(sh, &w);
	err = kd_sh_out_open(&o, &w);
	if (err)
		return kd_sh_fail(sh, err);
	sh->run.out = &o.out;
	status = command(sh, l);
	sh->run.out = sh->cli->out;
	err = kd_sh_out_close(&o, NULL);
	return err ? kd_sh_fail(sh, err) : status;
}

static struct kd_error *allowed(const struct kd_sh *sh, const struct kd_sh_line *l)
{
	if (l->to == KD_SH_TO_US)
		return NULL;
	if (sh->json)
		return kd_error_new(KD_INVALID, "pipes, files and '!' are for text; with --json every answer is one line");
	if (sh->no_shell)
		return kd_error_new(KD_INVALID, "pipes, files and '!' are switched off (--no-shell)");
	return NULL;
}

static void count(struct kd_sh *sh, int status)
{
	sh->last = status;
	if (status >= KD_EXIT_USAGE && status > sh->worst)
		sh->worst = status;
}

static void run_line(struct kd_sh *sh, struct kd_view text)
{
	struct kd_sh_line l = {.n = 0};
	struct kd_view expanded = text;
	struct kd_sh_json j;
	struct kd_error *err = expand(sh, &expanded);
	int status;

	if (!err)
		err = kd_sh_line_parse(expanded, &sh->arena, &l);
	if (!err && !l.n && l.to != KD_SH_TO_SHELL)
		return;
	sh->commands++;
	sh->run = *sh->cli;
	sh->run.dump = sh->dump;
	sh->run.json = sh->json;
	if (sh->json) {
		kd_sh_json_begin(&j, sh->cli->out, sh->commands, text);
		sh->run.out = &j.out;
		sh->run.err = &j.err;
		sh->line_json = &j;
	}
	if (!err)
		err = allowed(sh, &l);
	status = err ? (kd_sh_fail(sh, err), KD_EXIT_USAGE) : sh->json ? command(sh, &l) : with_text(sh, &l);
	sh->line_json = NULL;
	if (sh->json)
		kd_sh_json_end(&j, status);
	count(sh, status);
}

void kd_sh_bad_line(struct kd_sh *sh, struct kd_error *err)
{
	struct kd_sh_json j;

	sh->commands++;
	sh->run = *sh->cli;
	sh->run.json = sh->json;
	if (sh->json) {
		kd_sh_json_begin(&j, sh->cli->out, sh->commands, KD_V(""));
		sh->run.out = &j.out;
		sh->run.err = &j.err;
	}
	kd_cli_fail(&sh->run, err);
	if (sh->json)
		kd_sh_json_end(&j, KD_EXIT_USAGE);
	count(sh, KD_EXIT_USAGE);
}

void kd_sh_line(struct kd_sh *sh, struct kd_view text)
{
	kd_auto(kd_interrupt_end) struct kd_interrupt in;

	kd_interrupt_begin_stay(&in, sh->cli->ctx);
	run_line(sh, text);
	kd_arena_reset(&sh->arena);
	kd_progress_clear(sh->cli->progress);
	kd_out_flush(sh->cli->out);
	kd_out_flush(sh->cli->err);
	if (in.number && (in.number == SIGTERM || !sh->interactive))
		sh->signalled = SIGNALLED + in.number;
	if (sh->signalled || sh->cli->out->failed)
		sh->quit = true;
}
