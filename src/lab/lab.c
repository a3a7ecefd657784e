// SPDX-License-Identifier: GPL-2.0-or-later
#include "lab/lab.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/time.h"

enum {
	SLICE_MS = 100,
	CHUNK = 64 << 10,
	ROUNDS = 16,
	SCAN_EVERY_MS = 1000,
	SCAN_QUIET_MS = 400,
	RESET_MS = 500,
	AGAIN_MS = 1500
};

int64_t kd_lab_ms(const struct kd_lab *lab)
{
	return (kd_mono_ns() - lab->start_ns) / 1000000;
}

/* ---- what comes in ---- */

static void console_bytes(struct kd_lab *lab, struct kd_view v)
{
	int64_t ms = kd_lab_ms(lab);

	lab->heard_ms = ms;
	if (lab->run->first_byte_ms < 0)
		lab->run->first_byte_ms = ms;
	kd_console_add(lab->run->console, v, ms);
	kd_lab_write(lab, lab->console_file, v);
	if (lab->req->on_console)
		lab->req->on_console(lab->req->user, v);
}

static void complaint_bytes(struct kd_lab *lab, struct kd_view v)
{
	kd_buf_add(&lab->words, kd_view_head(v, lab->words.max - lab->words.n));
}

/* Read what is there; a descriptor at its end is closed. */
static void drain(struct kd_lab *lab, int *fd, void (*bytes)(struct kd_lab *, struct kd_view))
{
	char chunk[CHUNK];

	for (unsigned i = 0; i < ROUNDS && *fd >= 0; i++) {
		ssize_t n = fd == &lab->vm.complaints ? read(*fd, chunk, sizeof(chunk))
						      : recv(*fd, chunk, sizeof(chunk), MSG_DONTWAIT);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			return;
		if (n <= 0) {
			close(*fd);
			*fd = -1;
			return;
		}
		bytes(lab, kd_view(chunk, (size_t)n));
	}
}

/*
 * One reboot can be several resets: SeaBIOS, entered by a soft one, does a hard one
 * (src/post.c there). Those that follow at once, without a byte of the console, are one.
 */
static void count_reset(struct kd_lab *lab)
{
	const uint64_t at = lab->run->console->bytes.n;
	const int64_t ms = kd_lab_ms(lab);

	if (lab->reset_ms < 0 || at != lab->reset_at || ms - lab->reset_ms > RESET_MS)
		lab->run->resets++;
	lab->reset_at = at;
	lab->reset_ms = ms;
}

static void events(struct kd_lab *lab)
{
	struct kd_qmp_event e;

	if (!lab->vm.qmp)
		return;
	kd_error_free(kd_qmp_poll(lab->vm.qmp)); /* closed: the program's end tells more */
	while (kd_qmp_event(lab->vm.qmp, &e)) {
		if (!strcmp(e.name, "RESET") && e.guest)
			count_reset(lab);
		if (strcmp(e.name, "SHUTDOWN"))
			continue;
		lab->shutdown = true;
		snprintf(lab->reason, sizeof(lab->reason), "%s", e.reason);
	}
}

static void send_pending(struct kd_lab *lab)
{
	while (lab->agent_out.n && lab->vm.agent >= 0) {
		ssize_t n = send(lab->vm.agent, lab->agent_out.p, lab->agent_out.n,
				 MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return;
		kd_buf_drop(&lab->agent_out, (size_t)n);
	}
}

uint64_t kd_lab_tell(struct kd_lab *lab, const char *verb, const char *comm, const char *rest)
{
	const unsigned long long id = ++lab->last_id;

	kd_buf_clear(&lab->asked);
	kd_buf_printf(&lab->asked, "%s %llu%s%s%s%s #%llu\n", verb, id, comm ? " " : "",
		      comm ? comm : "", rest ? " " : "", rest ? rest : "", id);
	lab->asked_ms = kd_lab_ms(lab);
	kd_buf_add(&lab->agent_out, kd_buf_view(&lab->asked));
	send_pending(lab);
	return id;
}

void kd_lab_answered(struct kd_lab *lab, uint64_t id)
{
	if (id == lab->last_id)
		kd_buf_clear(&lab->asked);
}

/* The line end before it finishes what may have come of the first one. */
static void ask_again(struct kd_lab *lab)
{
	if (!lab->asked.n || lab->agent_out.n || kd_lab_ms(lab) - lab->asked_ms < AGAIN_MS)
		return;
	lab->asked_ms = kd_lab_ms(lab);
	lab->resent++;
	kd_buf_addc(&lab->agent_out, '\n');
	kd_buf_add(&lab->agent_out, kd_buf_view(&lab->asked));
	send_pending(lab);
}

static void take_everything(struct kd_lab *lab)
{
	drain(lab, &lab->vm.console, console_bytes);
	drain(lab, &lab->vm.agent, kd_lab_agent_bytes);
	drain(lab, &lab->vm.complaints, complaint_bytes);
	events(lab);
	send_pending(lab);
}

static void wait_for_something(struct kd_lab *lab, int64_t ms)
{
	const short out = lab->agent_out.n ? POLLOUT : 0;
	struct pollfd p[] = {
		{lab->vm.console, POLLIN, 0},
		{lab->vm.agent, (short)(POLLIN | out), 0},
		{lab->vm.complaints, POLLIN, 0},
		{lab->vm.qmp ? kd_qmp_fd(lab->vm.qmp) : -1, POLLIN, 0},
		{lab->vm.proc ? kd_proc_fd(lab->vm.proc) : -1, POLLIN, 0},
	};

	poll(p, KD_ARRAY_LEN(p), (int)(ms > SLICE_MS ? SLICE_MS : ms));
}

/* ---- is it over? ---- */

static void first_words(const struct kd_lab *lab, char *buf, size_t n)
{
	struct kd_view v = kd_view_trim(kd_buf_view(&lab->words));
	size_t nl = kd_view_chr(v, '\n');

	snprintf(buf, n, "%.*s", KD_VARG(kd_view_head(v, nl < 200 ? nl : 200)));
}

static void judge(struct kd_lab *lab)
{
	char words[256];
	struct kd_verdict_in in = {
		.console = lab->run->console,
		.limits = lab->limits,
		.now_ms = kd_lab_ms(lab),
		.heard_ms = lab->heard_ms,
		.since_ms = lab->since_ms,
		.own_initrd = lab->req->initrd != NULL,
		.ready = lab->ready,
		.quitting = lab->quitting,
		.panic_goes_on = lab->req->panic_goes_on,
		.boots_ready = lab->boots_ready,
		.cancelled = kd_ctx_cancelled(lab->ctx),
		.shutdown = lab->shutdown,
		.reason = lab->reason,
		.resets = lab->run->resets,
		.words = words,
		.doing = lab->doing,
	};

	first_words(lab, words, sizeof(words));
	if (lab->vm.proc && kd_proc_ended(lab->vm.proc)) {
		take_everything(lab); /* what it said last */
		in.shutdown = lab->shutdown;
		first_words(lab, words, sizeof(words));
		in.ended = true;
		in.status = kd_proc_status(lab->vm.proc);
		in.signal = kd_proc_signal(lab->vm.proc);
	}
	lab->run->verdict = kd_verdict_of(&in, lab->run->why, sizeof(lab->run->why));
}

/* Is there a report on the console, and has it come to its end? */
static void look_for_report(struct kd_lab *lab)
{
	const struct kd_console *c = lab->run->console;
	int64_t now = kd_lab_ms(lab);

	if (!lab->req->stop_at_report || c->bytes.n == lab->scanned ||
	    now - lab->scan_ms < SCAN_EVERY_MS || now - c->last_ms < SCAN_QUIET_MS)
		return;
	lab->scan_ms = now;
	lab->scanned = c->bytes.n;
	kd_error_free(kd_lab_scan(lab)); /* without memory for it, the end of the run says so */
	for (size_t i = 0; lab->run->reports && i < lab->run->reports->n; i++) {
		const struct kd_report *r = lab->run->reports->v[i];

		if (r->infrastructure)
			continue;
		lab->run->verdict = KD_LAB_STOPPED;
		snprintf(lab->run->why, sizeof(lab->run->why), "a report is complete: %.*s",
			 KD_VARG(kd_view_head(r->title, 300)));
		return;
	}
}

void kd_lab_pump(struct kd_lab *lab, bool (*done)(const struct kd_lab *lab), int64_t ms)
{
	int64_t end = ms ? kd_lab_ms(lab) + ms : INT64_MAX;

	while (lab->run->verdict == KD_LAB_RUNNING) {
		int64_t left = end - kd_lab_ms(lab);

		if ((done && done(lab)) || left <= 0)
			return;
		wait_for_something(lab, left);
		take_everything(lab);
		ask_again(lab);
		judge(lab);
		if (lab->run->verdict == KD_LAB_RUNNING)
			look_for_report(lab);
	}
}
