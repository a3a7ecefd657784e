// SPDX-License-Identifier: GPL-2.0-or-later
/* The side that reads the dump. */
#include <signal.h>
#include <string.h>
#include <time.h>

#include "base/alloc.h"
#include "cli/sh_complete.h"
#include "cli/sh_frame.h"
#include "cli/sh_worker.h"

enum { WORDS_MAX = 2 * KD_SH_WORDS_MAX };

struct serving {
	struct kd_sh *sh;
	struct kd_out out, err;
};

static bool send_as(struct kd_progress *progress, char type, struct kd_view v)
{
	if (progress)
		kd_progress_clear(progress);
	return kd_sh_frame_write(KD_SH_WORKER_OUT, type, v);
}

static bool send_out(void *user, struct kd_view v)
{
	return send_as(user, 'o', v);
}

static bool send_err(void *user, struct kd_view v)
{
	return send_as(user, 'e', v);
}

static void send_status(int status)
{
	char bytes[4];

	kd_sh_frame_put_number(bytes, (uint32_t)status);
	kd_sh_frame_write(KD_SH_WORKER_OUT, 'x', kd_view(bytes, sizeof(bytes)));
}

void kd_sh_worker_ready(struct kd_cli *cli, int status, struct kd_error *err)
{
	struct kd_out out;

	kd_out_init(&out, send_err, cli->progress);
	if (err) {
		struct kd_cli c = *cli;

		c.err = &out;
		status = kd_cli_fail(&c, err);
	}
	kd_out_flush(&out);
	kd_out_deinit(&out);
	send_status(status);
}

static void command(struct serving *s, struct kd_view v)
{
	const char *word[WORDS_MAX + 1];
	size_t n = 0;

	kd_out_init(&s->out, send_out, s->sh->cli->progress);
	kd_out_init(&s->err, send_err, s->sh->cli->progress);
	s->out.color = v.n && v.p[0] == 'c';
	v = kd_view_from(v, 1);
	while (v.n && n < WORDS_MAX && kd_view_chr(v, '\0') != KD_NPOS) {
		word[n++] = v.p;
		v = kd_view_from(v, kd_view_chr(v, '\0') + 1);
	}
	word[n] = NULL;
	if (n && !v.n)
		kd_sh_words(s->sh, word, n, &s->out, &s->err);
	else
		s->sh->last = KD_EXIT_INTERNAL;
	kd_out_flush(&s->out);
	kd_out_flush(&s->err);
	kd_out_deinit(&s->out);
	kd_out_deinit(&s->err);
	send_status(s->sh->last);
}

static void names(struct serving *s, struct kd_view v)
{
	kd_auto(kd_arena_deinit) struct kd_arena arena = KD_ARENA_INIT(4 << 20);
	struct kd_candidates c = {.typed = 0};

	kd_sh_complete(s->sh, v, &arena, &c);
	for (size_t i = 0; i < c.v.n; i++) {
		kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(64 << 10);

		kd_buf_add_le32(&b, (uint32_t)c.typed);
		kd_buf_add(&b, c.v.v[i]);
		kd_sh_frame_write(KD_SH_WORKER_OUT, 'n', kd_buf_view(&b));
	}
	if (c.more)
		kd_sh_frame_write(KD_SH_WORKER_OUT, 'm', KD_VNULL);
	send_status(KD_EXIT_OK);
}

/* One that came when its command had ended is not for the next one. */
static void forget_interrupts(void)
{
	const struct timespec now = {0, 0};
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	while (sigtimedwait(&set, NULL, &now) == SIGINT)
		;
}

static void request(void *user, char type, struct kd_view v)
{
	forget_interrupts();
	if (type == 'c')
		command(user, v);
	else if (type == 'n')
		names(user, v);
}

void kd_sh_worker_serve(struct kd_sh *sh)
{
	struct serving s = {.sh = sh};
	struct kd_sh_frame *f = kd_sh_frame_new();

	while (kd_sh_frame_read(f, KD_SH_WORKER_IN, request, &s))
		;
	kd_sh_frame_free(f);
}
