// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/sh_session.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "cli/sh_complete.h"
#include "cli/sh_read.h"
#include "cli/sh_worker.h"

/* What a shell says of a program that a signal ended. */
enum { SIGNALLED = 128 };

/* Is the session to go on? */
static bool run_line(struct kd_sh_session *s, struct kd_view line)
{
	kd_sh_line(&s->sh, line);
	return !s->sh.quit && !(s->stop && s->sh.last >= KD_EXIT_USAGE);
}

/* As the user would see it had he typed it. */
static void echo(struct kd_sh_session *s, struct kd_view line)
{
	if (s->sh.json || !kd_view_trim(line).n)
		return;
	kd_out_puts(s->sh.cli->out, "> ");
	kd_out_text(s->sh.cli->out, line);
	kd_out_puts(s->sh.cli->out, "\n");
	kd_out_flush(s->sh.cli->out);
}

static void too_long(struct kd_sh_session *s)
{
	kd_sh_bad_line(&s->sh, kd_error_new(KD_LIMIT, "a line has more than %d bytes", KD_SH_LINE_MAX));
}

/* Lines without a terminal. false: the session is over. */
static bool script(struct kd_sh_session *s, int fd)
{
	const struct kd_sh_read_how how = {.fd = fd};
	struct kd_sh_reader r;
	enum kd_sh_read what;
	struct kd_view line;
	bool on = true;

	kd_sh_read_begin(&r, &how);
	while (on && (what = kd_sh_read(&r, &line)) != KD_SH_READ_END) {
		if (what == KD_SH_READ_LONG) {
			too_long(s);
			on = !s->stop;
			continue;
		}
		echo(s, line);
		on = run_line(s, line);
	}
	kd_sh_read_end(&r);
	return on;
}

static struct kd_error *file(struct kd_sh_session *s, const char *path, bool *ret_on)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	if (fd < 0)
		return kd_error_errno(errno, "%s", path);
	*ret_on = script(s, fd);
	close(fd);
	return NULL;
}

static void complete(void *user, struct kd_view before, struct kd_arena *arena, struct kd_candidates *ret)
{
	struct kd_sh *sh = user;

	if (sh->worker)
		kd_sh_worker_complete(sh->worker, before, arena, ret);
	else
		kd_sh_complete(sh, before, arena, ret);
}

static void greet(struct kd_sh_session *s, const struct kd_sh_reader *r)
{
	struct kd_out *err = s->sh.cli->err;

	if (r->no_edit)
		kd_out_printf(err, "kdoc: %s; lines are plain\n", r->no_edit->msg);
	if (r->no_history) {
		kd_out_puts(err, "kdoc: the history is not kept: ");
		kd_out_text(err, kd_view_of(r->no_history->msg));
		kd_out_puts(err, "\n");
	}
	kd_out_puts(err, "kdoc core sh: 'help' lists the commands, Ctrl-D ends\n");
	kd_out_flush(err);
}

/* At a terminal errors do not count: their user has seen them. */
static void interactive(struct kd_sh_session *s)
{
	const struct kd_sh_read_how how = {.fd = STDIN_FILENO, .terminal = true, .prompt = "kdoc> ", .user = &s->sh, .complete = complete};
	struct kd_sh_reader r;
	enum kd_sh_read what = KD_SH_READ_LINE;
	struct kd_view line;

	s->sh.interactive = true;
	kd_sh_read_begin(&r, &how);
	greet(s, &r);
	while (!s->sh.quit && (what = kd_sh_read(&r, &line)) != KD_SH_READ_END) {
		if (what == KD_SH_READ_LINE)
			kd_sh_line(&s->sh, line);
		else if (what == KD_SH_READ_LONG)
			too_long(s);
		else
			kd_out_puts(s->sh.cli->out, "\n");
		kd_out_flush(s->sh.cli->out);
	}
	if (what == KD_SH_READ_END && !s->sh.quit)
		kd_out_puts(s->sh.cli->out, "\n");
	if (r.terminated)
		s->sh.signalled = SIGNALLED + SIGTERM;
	kd_sh_read_end(&r);
	s->sh.last = KD_EXIT_OK;
	s->sh.worst = 0;
}

struct kd_error *kd_sh_session(struct kd_sh_session *s)
{
	const bool terminal = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) && !s->sh.json;
	struct kd_error *err = NULL;
	bool on = true;

	for (size_t i = 0; !err && on && i < s->input->n; i++)
		err = file(s, s->input->v[i], &on);
	for (size_t i = 0; !err && on && i < s->command->n; i++) {
		const struct kd_view line = kd_view_of(s->command->v[i]);

		if (s->command->n > 1 || s->input->n)
			echo(s, line);
		on = run_line(s, line);
	}
	if (err || !on || s->command->n)
		return err;
	if (terminal)
		interactive(s);
	else
		script(s, STDIN_FILENO);
	return NULL;
}
