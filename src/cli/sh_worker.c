// SPDX-License-Identifier: GPL-2.0-or-later
/* The side that has the terminal; the other is in sh_serve.c. */
#include "cli/sh_worker.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/proc.h"
#include "base/time.h"
#include "cli/sh_frame.h"

enum { SLICE_MS = 50, NAMES_MS = 5000, CANDIDATES_MAX = 1024 };
#define GRACE_NS ((int64_t)10 * 1000000000)

struct kd_sh_worker {
	struct kd_sh_worker_how how;
	struct kd_proc *proc; /* NULL: it is to be started */
	int to, from; /* -1: closed */
	struct kd_sh_frame *frame;
};

/* One exchange: a request was sent, answers come until 'x'. */
struct exchange {
	struct kd_sh_worker *w;
	struct kd_out *out, *err; /* NULL: what comes is dropped */
	const volatile sig_atomic_t *cancel; /* NULL: nobody does */
	int64_t stop_ns; /* when it was asked to stop; 0: it was not */
	int64_t limit_ns; /* no longer than this; 0: no limit */
	struct kd_arena *arena; /* of candidates */
	struct kd_candidates *names;
	bool done;
	int status;
};

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void stop(struct kd_sh_worker *w)
{
	close_fd(&w->to);
	close_fd(&w->from);
	kd_proc_free(w->proc); /* kills it if it runs */
	w->proc = NULL;
}

/* --- answers ----------------------------------------------------------------------------------------- */

/* What a word of a line may hold: it comes from a process that reads what others made. */
static bool is_plain(struct kd_view v)
{
	for (size_t i = 0; i < v.n; i++)
		if (!kd_is_word(v.p[i]) && !strchr("-=.$*", v.p[i]))
			return false;
	return v.n > 0;
}

static void take_name(struct exchange *x, struct kd_view v)
{
	uint32_t typed;
	struct kd_view name, *at;

	if (!x->names || v.n < 4)
		return;
	typed = kd_sh_frame_number(v.p);
	name = kd_view_from(v, 4);
	if (!is_plain(name) || typed > name.n)
		return;
	name = kd_arena_view(x->arena, name);
	at = name.p ? kd_avec_push(x->arena, &x->names->v, CANDIDATES_MAX) : NULL;
	x->names->typed = typed;
	if (at)
		*at = name;
}

static void take(void *user, char type, struct kd_view v)
{
	struct exchange *x = user;

	if (type == 'o' && x->out)
		kd_out_raw(x->out, v);
	else if (type == 'e' && x->err)
		kd_out_raw(x->err, v);
	else if (type == 'n')
		take_name(x, v);
	else if (type == 'm' && x->names)
		x->names->more = true;
	else if (type == 'x' && v.n == 4) {
		x->status = (int)(kd_sh_frame_number(v.p) & 0xff);
		x->done = true;
	}
}

/* Is it to stop, or to be stopped? false: it had its time. */
static bool look_after(struct exchange *x)
{
	const int64_t now = kd_mono_ns();

	if (x->limit_ns && now > x->limit_ns)
		return false;
	if (!x->stop_ns && ((x->cancel && *x->cancel) || (x->out && x->out->failed))) {
		x->stop_ns = now;
		kd_proc_interrupt(x->w->proc);
	}
	return !x->stop_ns || now - x->stop_ns < GRACE_NS;
}

/* false: it ended, or was not to be waited for. */
static bool receive(struct exchange *x)
{
	struct pollfd p = {x->w->from, POLLIN, 0};

	while (!x->done) {
		if (!look_after(x))
			return false;
		if (poll(&p, 1, SLICE_MS) > 0 && !kd_sh_frame_read(x->w->frame, x->w->from, take, x))
			return x->done;
		if (x->out) /* what is there is shown, although more is to come */
			kd_out_flush(x->out);
	}
	return true;
}

static void say_end(struct exchange *x)
{
	struct kd_proc *p = x->w->proc;

	if (!x->err)
		return;
	if (!kd_proc_wait(p, 1000))
		kd_out_puts(x->err, "kdoc: the process that reads the dump did not stop and is killed");
	else if (kd_proc_signal(p))
		kd_out_printf(x->err, "kdoc: the process that reads the dump was killed by signal %d", kd_proc_signal(p));
	else
		kd_out_printf(x->err, "kdoc: the process that reads the dump ended with exit code %d", kd_proc_status(p));
	kd_out_puts(x->err, "; the next command starts another, without a current task\n");
}

/* The exit code. */
static int exchange(struct exchange *x, char type, struct kd_view request)
{
	if (kd_sh_frame_write(x->w->to, type, request) && receive(x))
		return x->status;
	say_end(x);
	stop(x->w);
	return KD_EXIT_INTERNAL;
}

/* --- life -------------------------------------------------------------------------------------------- */

struct ends {
	int request[2], answer[2], err;
};

static void ends_close(struct ends *e)
{
	int *const all[] = {&e->request[0], &e->request[1], &e->answer[0], &e->answer[1], &e->err};

	for (size_t i = 0; i < KD_ARRAY_LEN(all); i++)
		close_fd(all[i]);
}

static bool make_ends(struct ends *e)
{
	int all[4];

	if (pipe2(all, O_CLOEXEC))
		return false;
	if (pipe2(all + 2, O_CLOEXEC)) {
		close(all[0]);
		close(all[1]);
		return false;
	}
	for (size_t i = 0; i < KD_ARRAY_LEN(all); i++) {
		const int up = fcntl(all[i], F_DUPFD_CLOEXEC, STDERR_FILENO + 1);

		close(all[i]);
		*(i < 2 ? &e->request[i] : &e->answer[i - 2]) = up;
	}
	e->err = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	return e->request[0] >= 0 && e->request[1] >= 0 && e->answer[0] >= 0 && e->answer[1] >= 0 && e->err >= 0;
}

static struct kd_error *spawn(struct kd_sh_worker *w)
{
	kd_auto(ends_close) struct ends e = {{-1, -1}, {-1, -1}, -1};
	int pass[2];
	struct kd_proc_spawn_req req = {.argv = w->how.argv, .pass = pass, .npass = 2, .err = &e.err};
	struct kd_error *err;

	if (!make_ends(&e))
		return kd_error_errno(errno, "descriptors for the process that reads the dump");
	pass[0] = e.request[0];
	pass[1] = e.answer[1];
	err = kd_proc_spawn(&req, &w->proc);
	if (err)
		return err;
	w->to = e.request[1];
	w->from = e.answer[0];
	e.request[1] = e.answer[0] = -1;
	return NULL;
}

static int start(struct kd_sh_worker *w, const volatile sig_atomic_t *cancel, struct kd_out *err_out)
{
	struct exchange x = {.w = w, .err = err_out, .cancel = cancel};
	struct kd_error *err = spawn(w);

	if (err) {
		kd_out_printf(err_out, "kdoc: %s\n", err->msg);
		kd_error_free(err);
		return KD_EXIT_OUTSIDE;
	}
	kd_sh_frame_reset(w->frame);
	if (!receive(&x)) {
		say_end(&x);
		x.status = KD_EXIT_INTERNAL;
	}
	if (x.status)
		stop(w);
	return x.status;
}

int kd_sh_worker_start(const struct kd_sh_worker_how *how, struct kd_sh_worker **ret)
{
	struct kd_sh_worker *w = kd_xcalloc(1, sizeof(*w));
	int status;

	*w = (struct kd_sh_worker){.how = *how, .to = -1, .from = -1, .frame = kd_sh_frame_new()};
	status = start(w, NULL, how->err);
	if (status)
		kd_sh_worker_free(w);
	else
		*ret = w;
	return status;
}

void kd_sh_worker_free(struct kd_sh_worker *w)
{
	if (!w)
		return;
	stop(w);
	kd_sh_frame_free(w->frame);
	kd_free(w);
}

int kd_sh_worker_command(struct kd_sh_worker *w, const char *const *word, size_t n, struct kd_out *out, struct kd_out *err,
			 const volatile sig_atomic_t *cancel)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(KD_SH_FRAME_MAX);
	struct exchange x = {.w = w, .out = out, .err = err, .cancel = cancel};
	int status = w->proc ? 0 : start(w, cancel, err);

	if (status)
		return status;
	kd_buf_addc(&b, out->color ? 'c' : '-');
	for (size_t i = 0; i < n; i++)
		kd_buf_add(&b, kd_view(word[i], strlen(word[i]) + 1));
	if (b.overflow) {
		kd_out_puts(err, "kdoc: the command is too long\n");
		return KD_EXIT_USAGE;
	}
	return exchange(&x, 'c', kd_buf_view(&b));
}

void kd_sh_worker_complete(struct kd_sh_worker *w, struct kd_view before, struct kd_arena *arena, struct kd_candidates *ret)
{
	struct exchange x = {.w = w, .arena = arena, .names = ret, .limit_ns = kd_mono_ns() + (int64_t)NAMES_MS * 1000000};

	if (w->proc && before.n <= KD_SH_FRAME_MAX)
		(void)exchange(&x, 'n', before);
}
