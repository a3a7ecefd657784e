// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/sh_read.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fs.h"
#include "cli/sh_line.h"

enum { HISTORY_LINES = 1000, HISTORY_BYTES = 4 << 20, CHUNK = 4096 };

/* --- history ----------------------------------------------------------------------------------------- */

/* Without the directory itself. */
static struct kd_error *make_folder(const char *path)
{
	struct kd_view v = kd_view_of(path);
	kd_auto(kd_freep) char *dir = kd_xstrndup(path, kd_view_rchr(v, '/'));

	return kd_fs_mkdirs(dir, 0700);
}

/* The last lines of the file. */
static struct kd_view last_lines(struct kd_view all, size_t *ret_dropped)
{
	size_t lines = 0, from = all.n;

	while (from > 0 && lines <= HISTORY_LINES)
		lines += all.p[--from] == '\n';
	*ret_dropped = from ? from + 1 : 0;
	return kd_view_from(all, *ret_dropped);
}

static struct kd_error *load_history(struct kd_sh_reader *r)
{
	kd_auto(kd_buf_deinit) struct kd_buf all = KD_BUF_INIT(HISTORY_BYTES);
	struct kd_error *err = kd_fs_read_small(r->history, HISTORY_BYTES, &all);
	struct kd_view rest, line;
	size_t dropped;

	if (kd_error_catch(&err, KD_NOTFOUND))
		return NULL;
	if (err)
		return err;
	rest = last_lines(kd_buf_view(&all), &dropped);
	if (dropped)
		err = kd_fs_write_atomic(r->history, rest, 0600);
	while (kd_view_take_until(&rest, KD_V("\n"), &line)) {
		kd_auto(kd_freep) char *text = kd_xstrndup(line.p, line.n);

		if (line.n && r->edit)
			kd_libedit_remember(r->edit, text);
	}
	return err;
}

static void open_history(struct kd_sh_reader *r)
{
	struct kd_error *err = kd_fs_xdg_path(KD_XDG_STATE, "core-sh.history", &r->history);

	if (!err)
		err = make_folder(r->history);
	if (!err)
		err = load_history(r);
	if (err) {
		kd_free(r->history);
		r->history = NULL;
	}
	r->no_history = err;
}

static void remember(struct kd_sh_reader *r, struct kd_view line)
{
	const struct kd_view kept = kd_view_trim(line);
	kd_auto(kd_freep) char *text = kd_xstrndup(kept.p, kept.n);
	struct kd_error *err;
	int fd;

	if (!kept.n || kept.p != line.p || (r->last && !strcmp(r->last, text)))
		return;
	kd_libedit_remember(r->edit, text);
	kd_free(r->last);
	r->last = kd_xstrndup(kept.p, kept.n);
	if (!r->history)
		return;
	text[kept.n] = '\n'; /* where its NUL was */
	fd = open(r->history, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return;
	err = kd_fs_write(fd, r->history, kd_view(text, kept.n + 1));
	close(fd);
	kd_error_free(err); /* a full disk is no reason to stop; the line stays in memory */
}

/* --- keys and signals -------------------------------------------------------------------------------- */

static enum kd_key key_of(struct kd_sh_reader *r, uint32_t number)
{
	switch (number) {
	case SIGWINCH:
		return KD_KEY_RESIZED;
	case SIGCONT:
		return KD_KEY_CONTINUED;
	case SIGTERM:
		r->terminated = true;
		return KD_KEY_END;
	default:
		return KD_KEY_INTERRUPT;
	}
}

/* Ctrl-C and a terminal of another size come through a descriptor: nothing is lost between looking and waiting. */
static enum kd_key wait_key(void *user)
{
	struct kd_sh_reader *r = user;
	struct pollfd p[] = {{r->how.fd, POLLIN, 0}, {r->signals, POLLIN, 0}};
	struct signalfd_siginfo si;

	while (poll(p, r->signals >= 0 ? 2 : 1, -1) < 0 && errno == EINTR)
		;
	if (r->signals >= 0 && (p[1].revents & POLLIN) && read(r->signals, &si, sizeof(si)) == sizeof(si))
		return key_of(r, si.ssi_signo);
	return KD_KEY_READY;
}

static void block_signals(struct kd_sh_reader *r)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGCONT);
	sigaddset(&set, SIGWINCH);
	pthread_sigmask(SIG_BLOCK, &set, &r->old);
	r->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

void kd_sh_read_begin(struct kd_sh_reader *r, const struct kd_sh_read_how *how)
{
	struct kd_libedit_how edit;

	*r = (struct kd_sh_reader){.how = *how, .signals = -1, .buf = KD_BUF_INIT(KD_SH_LINE_MAX + 2 * CHUNK)};
	if (!how->terminal)
		return;
	block_signals(r);
	edit = (struct kd_libedit_how){.prompt = how->prompt, .user = r, .wait = wait_key, .complete = how->complete,
				       .complete_user = how->user};
	r->no_edit = kd_libedit_open(&edit, &r->edit);
	if (r->edit)
		open_history(r);
}

void kd_sh_read_end(struct kd_sh_reader *r)
{
	kd_libedit_close(r->edit);
	kd_error_free(r->no_edit);
	kd_error_free(r->no_history);
	kd_free(r->history);
	kd_free(r->last);
	kd_buf_deinit(&r->buf);
	if (r->signals >= 0)
		close(r->signals);
	if (r->how.terminal)
		pthread_sigmask(SIG_SETMASK, &r->old, NULL);
}

/* --- lines ------------------------------------------------------------------------------------------- */

static bool next_line(struct kd_sh_reader *r, struct kd_view *ret)
{
	struct kd_view rest = kd_view_from(kd_buf_view(&r->buf), r->used);
	const size_t nl = kd_view_chr(rest, '\n');

	if (nl == KD_NPOS && !(r->at_end && rest.n))
		return false;
	*ret = kd_view_head(rest, nl);
	r->used += nl == KD_NPOS ? rest.n : nl + 1;
	return true;
}

/* More bytes; false: a signal came. */
static bool fill(struct kd_sh_reader *r)
{
	char *room;
	ssize_t n;

	kd_buf_drop(&r->buf, r->used);
	r->used = 0;
	switch (wait_key(r)) {
	case KD_KEY_INTERRUPT:
		return false;
	case KD_KEY_END:
		r->at_end = true;
		return true;
	case KD_KEY_READY:
		break;
	default:
		return true;
	}
	room = kd_buf_reserve(&r->buf, CHUNK);
	n = room ? read(r->how.fd, room, CHUNK) : 0;
	if (n > 0)
		r->buf.n += (size_t)n;
	else if (n == 0 || (errno != EINTR && errno != EAGAIN))
		r->at_end = true;
	return true;
}

static enum kd_sh_read plain(struct kd_sh_reader *r, struct kd_view *ret)
{
	for (;;) {
		if (next_line(r, ret)) {
			if (!r->skipping)
				return KD_SH_READ_LINE;
			r->skipping = false;
			return KD_SH_READ_LONG;
		}
		if (r->at_end)
			return KD_SH_READ_END;
		if (r->buf.n - r->used > KD_SH_LINE_MAX) {
			r->skipping = true;
			r->used = r->buf.n;
		}
		if (!fill(r)) {
			r->used = r->buf.n;
			return KD_SH_READ_DROPPED;
		}
	}
}

static enum kd_sh_read edited(struct kd_sh_reader *r, struct kd_view *ret)
{
	bool ended;
	const char *text = kd_libedit_read(r->edit, &ended);

	if (!text)
		return ended ? KD_SH_READ_END : KD_SH_READ_DROPPED;
	*ret = kd_view_of(text);
	while (ret->n && (ret->p[ret->n - 1] == '\n' || ret->p[ret->n - 1] == '\r'))
		ret->n--;
	remember(r, *ret);
	return KD_SH_READ_LINE;
}

enum kd_sh_read kd_sh_read(struct kd_sh_reader *r, struct kd_view *ret)
{
	if (r->edit)
		return edited(r, ret);
	if (r->how.terminal) {
		fputs(r->how.prompt, stdout);
		fflush(stdout);
	}
	return plain(r, ret);
}
