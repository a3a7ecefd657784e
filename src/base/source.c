// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/source.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/codec.h"
#include "base/ctx.h"
#include "base/time.h"

enum {
	STAGE_BYTES = 64 << 10, /* = KD_SOURCE_PEEK_MAX */
	STAGES = 3, /* raw bytes and two levels of packing */
	STUCK_STEPS = 8, /* a decoder without progress at the end is done for */
	FIFO_WAIT_MS = 30000,
	PAUSE_MS = 300, /* what follows within it belongs together */
};

/* Stage 0 gives the raw bytes, stage i unpacks those of stage i - 1. */
struct stage {
	unsigned char *buf; /* STAGE_BYTES; what was produced and not yet taken */
	size_t pos, n;
	bool end; /* nothing more will be produced */
	uint64_t made, taken; /* bytes, in all */
	const struct kd_codec_ops *ops;
	void *state;
};

struct kd_source {
	char *name;
	int fd; /* -1: memory */
	bool close_fd;
	struct kd_view mem; /* what is left */
	struct kd_buf own;  /* behind mem, if the source owns it */
	uint64_t total;
	size_t memory;
	const volatile sig_atomic_t *cancel;
	char *diag;
	struct stage st[STAGES];
	unsigned top;
	const char *kind; /* of the first member */
};

static size_t avail(const struct stage *st)
{
	return st->n - st->pos;
}

static void take(struct stage *st, size_t n)
{
	st->pos += n;
	st->taken += n;
}

__attribute__((format(printf, 2, 3))) static void set_diag(struct kd_source *s, const char *fmt,
							   ...)
{
	struct kd_buf b = KD_BUF_INIT(1024);
	va_list ap;

	if (s->diag)
		return; /* what comes later follows from the first */
	va_start(ap, fmt);
	if (!kd_buf_vprintf(&b, fmt, ap))
		kd_buf_add(&b, KD_V("the packed data is damaged"));
	va_end(ap);
	s->diag = kd_take(b.p);
}

/* ---- raw bytes ---- */

static struct kd_error *wait_readable(struct kd_source *s)
{
	struct pollfd p = {.fd = s->fd, .events = POLLIN};

	if (poll(&p, 1, -1) < 0 && errno != EINTR)
		return kd_error_errno(errno, "%s: poll", s->name);
	return NULL;
}

static struct kd_error *read_fd(struct kd_source *s, void *buf, size_t n, size_t *ret_n)
{
	for (;;) {
		ssize_t r = read(s->fd, buf, n);

		if (r >= 0) {
			*ret_n = (size_t)r;
			return NULL;
		}
		if (errno == EAGAIN || errno == EWOULDBLOCK) {
			struct kd_error *err = wait_readable(s);

			if (err)
				return err;
		} else if (errno != EINTR) {
			struct kd_error *err = kd_error_errno(errno, "reading %s", s->name);

			err->offset = (int64_t)s->st[0].made;
			return err;
		}
		if (s->cancel && *s->cancel)
			return kd_error_new(KD_CANCELLED, "reading %s was stopped", s->name);
	}
}

static struct kd_error *raw_read(struct kd_source *s, void *buf, size_t n, size_t *ret_n)
{
	struct stage *st = &s->st[0];
	struct kd_error *err;

	if (s->fd >= 0) {
		err = read_fd(s, buf, n, ret_n);
		if (err)
			return err;
	} else {
		struct kd_view v = kd_view_head(s->mem, n);

		if (v.n)
			memcpy(buf, v.p, v.n);
		s->mem = kd_view_from(s->mem, v.n);
		*ret_n = v.n;
	}
	st->made += *ret_n;
	st->end = !*ret_n;
	return NULL;
}

/* ---- unpacking ---- */

static struct kd_error *stage_fill(struct kd_source *s, unsigned i, size_t want);

static struct kd_view stage_view(const struct stage *st)
{
	const void *p = st->buf + st->pos;

	return kd_view(p, avail(st));
}

/* Between members: skip zero padding, find the next member; else the stage ends. */
static struct kd_error *next_member(struct kd_source *s, unsigned i)
{
	struct stage *st = &s->st[i], *from = &s->st[i - 1];
	const struct kd_codec_ops *ops;
	struct kd_error *err;

	st->ops->close(st->state);
	st->state = NULL;
	do {
		err = stage_fill(s, i - 1, KD_CODEC_PROBE_BYTES);
		if (err)
			return err;
		while (avail(from) && !from->buf[from->pos])
			take(from, 1);
	} while (avail(from) < KD_CODEC_PROBE_BYTES && !from->end);
	ops = avail(from) ? kd_codec_find(stage_view(from)) : NULL;
	if (ops && ops->open) {
		st->ops = ops;
		return ops->open(s->memory, &st->state);
	}
	st->end = true;
	if (avail(from))
		set_diag(s,
			 "the %s data ends after %llu unpacked bytes; what follows it at packed "
			 "offset %llu is %s%s and was ignored",
			 st->ops->name, (unsigned long long)st->made,
			 (unsigned long long)from->taken, ops ? ops->name : "not packed",
			 ops ? " (not in this build)" : "");
	return NULL;
}

static struct kd_error *stage_failed(struct kd_source *s, unsigned i, enum kd_codec_status status,
				     const char *why)
{
	struct stage *st = &s->st[i];
	unsigned long long made = st->made, at = s->st[i - 1].taken;

	st->end = true;
	switch (status) {
	case KD_CODEC_CUT:
		set_diag(s, "the %s data ends too early after %llu unpacked bytes", st->ops->name,
			 made);
		return NULL;
	case KD_CODEC_MEMORY:
		if (!made)
			return kd_error_new(KD_LIMIT,
					    "%s: unpacking its %s data needs more than the %zu MiB "
					    "of memory that are allowed",
					    s->name, st->ops->name, s->memory >> 20);
		set_diag(s,
			 "the %s data needs more than %zu MiB of memory after %llu unpacked bytes; "
			 "the rest was not read",
			 st->ops->name, s->memory >> 20, made);
		return NULL;
	default:
		set_diag(s,
			 "the %s data is damaged after %llu unpacked bytes, near packed offset "
			 "%llu (%s)",
			 st->ops->name, made, at, why ? why : "no reason given");
		return NULL;
	}
}

/* One step of the decoder of stage i into out. *made may be 0 before the end. */
static struct kd_error *unpack_step(struct kd_source *s, unsigned i, unsigned char *out,
				    size_t room, size_t *made, unsigned *stuck)
{
	struct stage *st = &s->st[i], *from = &s->st[i - 1];
	struct kd_codec_io io = {.in_n = avail(from), .out = out, .out_n = room};
	enum kd_codec_status status;

	io.in = from->buf + from->pos;
	status = st->ops->step(st->state, &io, from->end);
	*made = room - io.out_n;
	st->made += *made;
	*stuck = *made || io.in_n < avail(from) ? 0 : *stuck + 1;
	take(from, avail(from) - io.in_n);
	if (status == KD_CODEC_MORE && *stuck > STUCK_STEPS)
		status = from->end ? KD_CODEC_CUT : KD_CODEC_DAMAGED;
	if (status == KD_CODEC_MORE)
		return NULL;
	if (status == KD_CODEC_END)
		return next_member(s, i);
	return stage_failed(s, i, status, io.why);
}

static struct kd_error *unpack(struct kd_source *s, unsigned i, unsigned char *out, size_t room,
			       size_t *made)
{
	struct stage *st = &s->st[i], *from = &s->st[i - 1];
	unsigned stuck = 0;
	struct kd_error *err;

	*made = 0;
	while (!*made && !st->end) {
		if (!avail(from) && !from->end) {
			err = stage_fill(s, i - 1, 1);
			if (err)
				return err;
		}
		if (s->cancel && *s->cancel)
			return kd_error_new(KD_CANCELLED, "reading %s was stopped", s->name);
		err = unpack_step(s, i, out, room, made, &stuck);
		if (!err)
			continue;
		st->end = true;
		if (!*made)
			return err;
		set_diag(s, "%s", err->msg); /* the good bytes go first */
		kd_error_free(err);
	}
	return NULL;
}

static struct kd_error *produce(struct kd_source *s, unsigned i, unsigned char *buf, size_t n,
				size_t *ret_n)
{
	return i ? unpack(s, i, buf, n, ret_n) : raw_read(s, buf, n, ret_n);
}

/* Have at least `want` bytes in the buffer of stage i, unless it ends before. */
static struct kd_error *stage_fill(struct kd_source *s, unsigned i, size_t want)
{
	struct stage *st = &s->st[i];

	if (!st->buf)
		st->buf = kd_xmalloc(STAGE_BYTES);
	while (avail(st) < want && !st->end) {
		struct kd_error *err;
		size_t n;

		if (st->pos) {
			memmove(st->buf, st->buf + st->pos, avail(st));
			st->n -= st->pos;
			st->pos = 0;
		}
		err = produce(s, i, st->buf + st->n, STAGE_BYTES - st->n, &n);
		if (err)
			return err;
		st->n += n;
	}
	return NULL;
}

/* Look at the first bytes; stack decoders as long as they are packed. */
static struct kd_error *probe(struct kd_source *s)
{
	for (;;) {
		struct stage *st = &s->st[s->top];
		const struct kd_codec_ops *ops;
		struct kd_error *err = stage_fill(s, s->top, KD_CODEC_PROBE_BYTES);

		if (err)
			return err;
		ops = s->top + 1 < STAGES ? kd_codec_find(stage_view(st)) : NULL;
		if (!ops)
			return NULL;
		if (!ops->open)
			return kd_error_new(KD_UNSUPPORTED,
					    "%s is compressed with %s; this build has no %s",
					    s->name, ops->name, ops->library);
		st[1].ops = ops;
		err = ops->open(s->memory, &st[1].state);
		if (err)
			return kd_error_wrap(err, "%s", s->name);
		if (!s->top++)
			s->kind = ops->name;
	}
}

/* ---- opening ---- */

static struct kd_source *source_new(const char *name, const struct kd_source_opts *opts)
{
	struct kd_source *s = kd_xcalloc(1, sizeof(*s));
	struct kd_limits limits;

	kd_limits_default(&limits);
	s->name = kd_xstrndup(name, strlen(name));
	s->fd = -1;
	s->kind = "plain";
	s->memory = opts && opts->decoder_memory ? opts->decoder_memory : limits.decoder_memory;
	s->cancel = opts ? opts->cancel : NULL;
	return s;
}

static struct kd_error *source_start(struct kd_source *s, struct kd_source **ret)
{
	struct kd_error *err = probe(s);

	if (err) {
		kd_source_close(s);
		return err;
	}
	*ret = s;
	return NULL;
}

/*
 * A FIFO opened without blocking has no writer for a while: then read() gives 0,
 * with a writer that is silent EAGAIN, so that the two can be told apart.
 */
static struct kd_error *wait_for_writer(struct kd_source *s, int wait_ms)
{
	int64_t until = kd_mono_ns() + (int64_t)(wait_ms ? wait_ms : FIFO_WAIT_MS) * 1000000;
	struct stage *st = &s->st[0];

	st->buf = kd_xmalloc(STAGE_BYTES);
	for (;;) {
		struct pollfd p = {.fd = s->fd, .events = POLLIN};
		ssize_t n;

		if (poll(&p, 1, 50) > 0 && !(p.revents & POLLIN))
			return NULL; /* POLLHUP: one was there and left */
		n = read(s->fd, st->buf, STAGE_BYTES);
		if (n > 0) {
			st->n = (size_t)n;
			st->made = (uint64_t)n;
		}
		if (n > 0 || (n < 0 && errno == EAGAIN))
			return NULL;
		if (n < 0 && errno != EINTR)
			return kd_error_errno(errno, "reading %s", s->name);
		if (s->cancel && *s->cancel)
			return kd_error_new(KD_CANCELLED, "reading %s was stopped", s->name);
		if (kd_mono_ns() > until)
			return kd_error_new(KD_TIMEOUT,
					    "%s is a FIFO and no process opened it for writing",
					    s->name);
	}
}

/* /dev/stdin and /dev/fd/63 of a shell: whoever writes there came before us. */
static bool is_pipe(int fd)
{
	struct statfs fs;

	return !fstatfs(fd, &fs) && fs.f_type == PIPEFS_MAGIC;
}

static const char *refused(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFDIR:
		return "a directory";
	case S_IFBLK:
		return "a block device";
	case S_IFSOCK:
		return "a socket";
	default:
		return NULL;
	}
}

static struct kd_error *check_fd(struct kd_source *s, bool ours, int wait_ms)
{
	struct stat sb;
	int flags;

	if (fstat(s->fd, &sb))
		return kd_error_errno(errno, "%s", s->name);
	/* A socket as standard input is how some shells and inetd connect a pipe. */
	if (refused(sb.st_mode) && (ours || !S_ISSOCK(sb.st_mode)))
		return kd_error_new(KD_INVALID, "%s is %s, not a file", s->name,
				    refused(sb.st_mode));
	if (S_ISREG(sb.st_mode))
		s->total = (uint64_t)sb.st_size;
	if (!ours)
		return NULL;
	if (S_ISFIFO(sb.st_mode) && !is_pipe(s->fd)) {
		struct kd_error *err = wait_for_writer(s, wait_ms);

		if (err)
			return err;
	}
	flags = fcntl(s->fd, F_GETFL);
	if (flags >= 0 && fcntl(s->fd, F_SETFL, flags & ~O_NONBLOCK) < 0)
		return kd_error_errno(errno, "%s", s->name);
	return NULL;
}

static struct kd_error *open_fd(int fd, const char *name, const struct kd_source_opts *opts,
				bool ours, bool close_fd, struct kd_source **ret)
{
	struct kd_source *s = source_new(name, opts);
	struct kd_error *err;

	s->fd = fd;
	s->close_fd = close_fd;
	err = check_fd(s, ours, opts ? opts->fifo_wait_ms : 0);
	if (err) {
		kd_source_close(s);
		return err;
	}
	return source_start(s, ret);
}

struct kd_error *kd_source_from_fd(int fd, const char *name, const struct kd_source_opts *opts,
				   struct kd_source **ret)
{
	return open_fd(fd, name, opts, false, true, ret);
}

struct kd_error *kd_source_open_with(const char *path, const struct kd_source_opts *opts,
				     struct kd_source **ret)
{
	int fd;

	if (!strcmp(path, "-"))
		return open_fd(STDIN_FILENO, "standard input", opts, false, false, ret);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0 && errno == ENXIO) /* open(2): a socket, or a device without driver */
		return kd_error_new(KD_INVALID, "%s is a socket or an absent device, not a file",
				    path);
	if (fd < 0)
		return kd_error_errno(errno, "%s", path);
	return open_fd(fd, path, opts, true, true, ret);
}

struct kd_error *kd_source_open(const char *path, struct kd_source **ret)
{
	return kd_source_open_with(path, NULL, ret);
}

struct kd_error *kd_source_from_memory(struct kd_view data, const char *name,
				       struct kd_source **ret)
{
	struct kd_source *s = source_new(name, NULL);

	s->mem = data;
	s->total = data.n;
	return source_start(s, ret);
}

struct kd_error *kd_source_from_buf(struct kd_buf *data, const char *name, struct kd_source **ret)
{
	struct kd_source *s = source_new(name, NULL);

	s->own = *data;
	*data = KD_BUF_INIT(data->max);
	s->mem = kd_buf_view(&s->own);
	s->total = s->mem.n;
	return source_start(s, ret);
}

/* ---- use ---- */

struct kd_error *kd_source_read(struct kd_source *s, void *buf, size_t n, size_t *ret_n)
{
	struct stage *st = &s->st[s->top];
	struct kd_error *err;
	size_t got = 0;

	if (!avail(st)) {
		err = st->end || !n ? NULL : produce(s, s->top, buf, n, &got);
		if (err)
			return err;
		st->taken += got;
		*ret_n = got;
		return NULL;
	}
	got = avail(st) < n ? avail(st) : n;
	memcpy(buf, st->buf + st->pos, got);
	take(st, got);
	*ret_n = got;
	return NULL;
}

struct kd_error *kd_source_peek(struct kd_source *s, size_t n, struct kd_view *ret)
{
	struct kd_error *err;

	if (n > KD_SOURCE_PEEK_MAX)
		n = KD_SOURCE_PEEK_MAX;
	err = stage_fill(s, s->top, n);
	if (err)
		return err;
	*ret = kd_view_head(stage_view(&s->st[s->top]), n);
	return NULL;
}

struct kd_error *kd_source_ready(struct kd_source *s, int wait_ms, bool *ret)
{
	struct pollfd p = {.fd = s->fd, .events = POLLIN};

	for (unsigned i = 0; i <= s->top && s->fd >= 0; i++)
		if (avail(&s->st[i]) || s->st[i].end)
			p.fd = -1;
	*ret = p.fd < 0 || poll(&p, 1, wait_ms) != 0;
	if (s->cancel && *s->cancel)
		return kd_error_new(KD_CANCELLED, "reading %s was stopped", s->name);
	return NULL;
}

struct kd_error *kd_source_peek_live(struct kd_source *s, size_t at_least, struct kd_view *ret)
{
	const struct stage *st = &s->st[s->top];
	struct kd_error *err = kd_source_peek(s, at_least, ret);

	while (!err && avail(st) < KD_SOURCE_PEEK_MAX && !st->end) {
		struct pollfd p = {.fd = s->fd, .events = POLLIN};

		if (s->fd >= 0 && !(s->top && avail(&s->st[0])) && !poll(&p, 1, PAUSE_MS))
			break;
		err = kd_source_peek(s, avail(st) + 1, ret);
	}
	if (!err)
		*ret = stage_view(st);
	return err;
}

const char *kd_source_diag(const struct kd_source *s)
{
	return s->diag;
}

const char *kd_source_kind(const struct kd_source *s)
{
	return s->kind;
}

const char *kd_source_name(const struct kd_source *s)
{
	return s->name;
}

uint64_t kd_source_packed_done(const struct kd_source *s)
{
	return s->st[0].taken;
}

uint64_t kd_source_packed_total(const struct kd_source *s)
{
	return s->total;
}

void kd_source_close(struct kd_source *s)
{
	if (!s)
		return;
	for (unsigned i = 0; i < STAGES; i++) {
		if (s->st[i].state)
			s->st[i].ops->close(s->st[i].state);
		kd_free(s->st[i].buf);
	}
	if (s->close_fd)
		close(s->fd);
	kd_buf_deinit(&s->own);
	kd_free(s->name);
	kd_free(s->diag);
	kd_free(s);
}

void kd_source_closep(struct kd_source **s)
{
	kd_source_close(*s);
	*s = NULL;
}
