// SPDX-License-Identifier: GPL-2.0-or-later
#include "lab/qmp.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/time.h"
#include "base/view.h"

enum { LINE_MAX_BYTES = 1 << 20, SLICE = 100, CHUNK = 16 << 10 };

struct kd_qmp {
	int fd;
	struct kd_buf in; /* bytes of lines that are not complete */
	struct kd_qmp_event events[KD_QMP_EVENTS];
	size_t first, nevents;
	uint64_t dropped;
	char version[32];
	uint64_t id; /* of the last command */
};

struct kd_qmp *kd_qmp_new(int fd)
{
	struct kd_qmp *q = kd_xcalloc(1, sizeof(*q));

	q->fd = fd;
	q->in = KD_BUF_INIT(LINE_MAX_BYTES);
	return q;
}

void kd_qmp_free(struct kd_qmp *q)
{
	if (!q)
		return;
	if (q->fd >= 0)
		close(q->fd);
	kd_buf_deinit(&q->in);
	kd_free(q);
}

int kd_qmp_fd(const struct kd_qmp *q)
{
	return q->fd;
}

const char *kd_qmp_version(const struct kd_qmp *q)
{
	return q->version;
}

/* ---- events ---- */

static void copy_text(char *to, size_t n, struct kd_jval v)
{
	struct kd_view s;

	if (kd_jsonin_str(v, &s))
		snprintf(to, n, "%.*s", KD_VARG(s));
}

static void keep_event(struct kd_qmp *q, struct kd_jval root)
{
	struct kd_jval data = kd_jsonin_get(root, "data");
	struct kd_qmp_event *e;

	if (q->nevents == KD_QMP_EVENTS) {
		q->first = (q->first + 1) % KD_QMP_EVENTS;
		q->nevents--;
		q->dropped++;
	}
	e = &q->events[(q->first + q->nevents++) % KD_QMP_EVENTS];
	*e = (struct kd_qmp_event){{0}, {0}, false};
	copy_text(e->name, sizeof(e->name), kd_jsonin_get(root, "event"));
	copy_text(e->reason, sizeof(e->reason), kd_jsonin_get(data, "reason"));
	if (!kd_jsonin_bool(kd_jsonin_get(data, "guest"), &e->guest))
		e->guest = false;
}

bool kd_qmp_event(struct kd_qmp *q, struct kd_qmp_event *ret)
{
	if (!q->nevents)
		return false;
	*ret = q->events[q->first];
	q->first = (q->first + 1) % KD_QMP_EVENTS;
	q->nevents--;
	return true;
}

/* ---- lines ---- */

/* What a line is waited for: the greeting, or the answer to the last command. */
enum want { WANT_NOTHING, WANT_GREETING, WANT_ANSWER };

static struct kd_error *answer_error(struct kd_jval root)
{
	struct kd_view words;

	if (kd_jsonin_str(kd_jsonin_get(kd_jsonin_get(root, "error"), "desc"), &words))
		return kd_error_new(KD_IO, "QEMU says: %.*s", KD_VARG(kd_view_head(words, 300)));
	return kd_error_new(KD_BADDATA, "the monitor's answer has neither return nor error");
}

static void greeting(struct kd_qmp *q, struct kd_jval qmp)
{
	struct kd_jval v = kd_jsonin_get(kd_jsonin_get(qmp, "version"), "qemu");
	uint64_t major = 0, minor = 0, micro = 0;

	if (kd_jsonin_u64(kd_jsonin_get(v, "major"), &major) &&
	    kd_jsonin_u64(kd_jsonin_get(v, "minor"), &minor) &&
	    kd_jsonin_u64(kd_jsonin_get(v, "micro"), &micro))
		snprintf(q->version, sizeof(q->version), "%u.%u.%u", (unsigned)major,
			 (unsigned)minor, (unsigned)micro);
}

/* One complete line. *done is set when it is what was waited for. */
static struct kd_error *one_line(struct kd_qmp *q, struct kd_view line, enum want want,
				 struct kd_jsonin **ret, bool *done)
{
	kd_auto(kd_jsonin_freep) struct kd_jsonin *doc = NULL;
	struct kd_error *err = kd_jsonin_parse(line, NULL, &doc);
	struct kd_jval root, hello;
	uint64_t id = 0;

	if (err)
		return kd_error_wrap(err, "the monitor's answer");
	root = kd_jsonin_root(doc);
	if (kd_jsonin_type(kd_jsonin_get(root, "event")) == KD_JSTR) {
		keep_event(q, root);
		return NULL;
	}
	hello = kd_jsonin_get(root, "QMP");
	if (kd_jsonin_type(hello) == KD_JOBJECT) {
		greeting(q, hello);
		*done = want == WANT_GREETING;
		return NULL;
	}
	if (want != WANT_ANSWER || !kd_jsonin_u64(kd_jsonin_get(root, "id"), &id) || id != q->id)
		return NULL; /* of a command that nobody waits for any more */
	*done = true;
	if (kd_jsonin_type(kd_jsonin_get(root, "return")) == KD_JABSENT)
		return answer_error(root);
	if (ret)
		*ret = kd_take(doc);
	return NULL;
}

static struct kd_error *gone(struct kd_qmp *q)
{
	close(q->fd);
	q->fd = -1;
	return kd_error_new(KD_IO, "the monitor was closed by the other side");
}

/* Read once without waiting. */
static struct kd_error *take_in(struct kd_qmp *q)
{
	char chunk[CHUNK];
	ssize_t n;

	if (q->fd < 0)
		return kd_error_new(KD_IO, "the monitor is closed");
	do
		n = recv(q->fd, chunk, sizeof(chunk), MSG_DONTWAIT);
	while (n < 0 && errno == EINTR);
	if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return NULL;
	if (n <= 0)
		return gone(q);
	if (!kd_buf_add(&q->in, kd_view(chunk, (size_t)n)))
		return kd_error_new(KD_BADDATA, "the monitor wrote a line over %d bytes",
				    LINE_MAX_BYTES);
	return NULL;
}

static struct kd_error *lines(struct kd_qmp *q, enum want want, struct kd_jsonin **ret, bool *done)
{
	struct kd_error *err = NULL;

	while (!err && !*done) {
		struct kd_view all = kd_buf_view(&q->in);
		size_t nl = kd_view_chr(all, '\n');
		struct kd_view line = kd_view_trim(kd_view_head(all, nl == KD_NPOS ? 0 : nl));

		if (nl == KD_NPOS)
			break;
		if (line.n)
			err = one_line(q, line, want, ret, done);
		kd_buf_drop(&q->in, nl + 1);
	}
	return err;
}

static struct kd_error *wait_for(struct kd_ctx *ctx, struct kd_qmp *q, enum want want,
				 unsigned timeout_ms, struct kd_jsonin **ret)
{
	int64_t end = kd_mono_ns() + (int64_t)timeout_ms * 1000000;
	bool done = false;

	for (;;) {
		struct kd_error *err = lines(q, want, ret, &done);
		struct pollfd p = {q->fd, POLLIN, 0};

		if (err || done)
			return err;
		err = kd_ctx_check(ctx);
		if (err)
			return err;
		if (kd_mono_ns() >= end)
			return kd_error_new(KD_TIMEOUT, "the monitor did not answer within %u ms",
					    timeout_ms);
		poll(&p, 1, SLICE);
		err = take_in(q);
		if (err)
			return err;
	}
}

static struct kd_error *send_all(struct kd_ctx *ctx, struct kd_qmp *q, struct kd_view v,
				 int64_t end)
{
	while (v.n) {
		ssize_t n = q->fd < 0 ? -1 : send(q->fd, v.p, v.n, MSG_DONTWAIT | MSG_NOSIGNAL);
		struct pollfd p = {q->fd, POLLOUT, 0};

		if (n > 0) {
			v = kd_view_from(v, (size_t)n);
			continue;
		}
		if (q->fd < 0 || (errno != EAGAIN && errno != EINTR))
			return kd_error_new(KD_IO, "the monitor is closed");
		if (kd_mono_ns() >= end || kd_ctx_cancelled(ctx))
			return kd_error_new(KD_TIMEOUT, "the monitor takes no commands");
		poll(&p, 1, SLICE);
	}
	return NULL;
}

struct kd_error *kd_qmp_command(struct kd_ctx *ctx, struct kd_qmp *q, const char *command,
				const char *args, unsigned timeout_ms, struct kd_jsonin **ret)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(LINE_MAX_BYTES);
	int64_t end = kd_mono_ns() + (int64_t)timeout_ms * 1000000;
	struct kd_error *err;

	q->id++;
	if (!kd_buf_printf(&b, "{\"execute\":\"%s\",%s%s%s\"id\":%llu}\n", command,
			   args ? "\"arguments\":" : "", args ? args : "", args ? "," : "",
			   (unsigned long long)q->id))
		return kd_error_new(KD_LIMIT, "the monitor command %s is too long", command);
	err = send_all(ctx, q, kd_buf_view(&b), end);
	if (!err)
		err = wait_for(ctx, q, WANT_ANSWER, timeout_ms, ret);
	return kd_error_wrap(err, "%s", command);
}

struct kd_error *kd_qmp_greet(struct kd_ctx *ctx, struct kd_qmp *q, unsigned timeout_ms)
{
	struct kd_error *err = wait_for(ctx, q, WANT_GREETING, timeout_ms, NULL);

	if (err)
		return kd_error_wrap(err, "greeting of the monitor");
	return kd_qmp_command(ctx, q, "qmp_capabilities", NULL, timeout_ms, NULL);
}

struct kd_error *kd_qmp_poll(struct kd_qmp *q)
{
	struct kd_error *err = take_in(q), *more;
	bool done = false;

	more = lines(q, WANT_NOTHING, NULL, &done);
	if (!err)
		return more;
	kd_error_free(more);
	return err;
}
