// SPDX-License-Identifier: GPL-2.0-or-later
#include "serve/http.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fs.h"
#include "base/time.h"
#include "serve/http_internal.h"

#define MS_NS INT64_C(1000000)

enum {
	CONNECTIONS = 512,
	FILES_RESERVED = 128, /* descriptors that are not for connections */
	SESSIONS = 256,
	SESSION_IDLE_MS = 30 * 60 * 1000,
	REQUEST_MS = 30 * 1000,
	IDLE_MS = 75 * 1000,
	STALL_MS = 60 * 1000,
	RESUME_MS = 60 * 1000,
	KEEPALIVE_MS = 15 * 1000,
	UNREAD_MAX = 4 << 20,
	BACKLOG = 128,
	TOKEN_MIN = 16,
	TOKEN_MAX = 4096,
	STOP_ROUNDS = 64,
};

/* --- time ---------------------------------------------------------------------------------------- */

int64_t http_in(unsigned ms)
{
	return kd_mono_ns() + ms * MS_NS;
}

/*
 * Too late, or gone. The library is told of changes alone (EPOLLET): the end of a connection that came together with part of
 * a request is one that it does not see.
 */
static bool is_over(const struct http_conn *c, int64_t now)
{
	struct pollfd p = {.fd = c->fd, .events = POLLRDHUP};

	return now >= c->deadline_ns || (poll(&p, 1, 0) > 0 && p.revents);
}

static void tick(void *user)
{
	struct kd_http *h = user;
	int64_t now = kd_mono_ns();

	h->clock = NULL;
	for (struct http_conn *c = h->conns; c; c = c->next)
		if (c->deadline_ns && is_over(c, now)) {
			c->deadline_ns = 0;
			shutdown(c->fd, SHUT_RDWR); /* the library reads the end, and closes */
		}
	for (struct http_stream *st = h->streams, *next; st; st = next) {
		next = st->next;
		http_stream_tick(st, now);
	}
	if (kd_sessions_expire(&h->sessions, now) || h->conns)
		h->clock = kd_loop_timer(h->loop, HTTP_SECOND, tick, h);
}

/* --- the library ------------------------------------------------------------------------------------ */

static void kicked(void *user)
{
	struct kd_http *h = user;

	h->kick = NULL;
	if (kd_mhd_run(&h->mhd))
		http_kick(h);
}

void http_kick(struct kd_http *h)
{
	if (!h->kick && !h->stopping)
		h->kick = kd_loop_timer(h->loop, 0, kicked, h);
}

static void readable(void *user, short revents)
{
	(void)revents;
	if (kd_mhd_run(&((struct kd_http *)user)->mhd))
		http_kick(user);
}

/*
 * As many as there may be: the one that has been idle longest goes, also where its request is not here yet. So those that hold
 * connections and say nothing keep nobody out.
 */
static void make_room(struct kd_http *h)
{
	struct http_conn *oldest = NULL;

	for (struct http_conn *c = h->conns; c; c = c->next)
		if (c->idle_ns && c->deadline_ns && (!oldest || c->idle_ns < oldest->idle_ns))
			oldest = c;
	if (!oldest)
		return;
	oldest->deadline_ns = 0;
	shutdown(oldest->fd, SHUT_RDWR);
}

static void connection(void *user, void *mhd, void **context, int closed)
{
	struct kd_http *h = user;
	struct http_conn *c = *context;
	const int on = 1;

	if (closed) {
		if (c) {
			*c->back = c->next;
			if (c->next)
				c->next->back = c->back;
			kd_free(c);
			h->nconns--;
		}
		*context = NULL;
		http_kick(h); /* it accepts again, if there were too many, when it is run once more */
		return;
	}
	if (h->nconns >= h->conf.connections)
		make_room(h);
	c = kd_xcalloc(1, sizeof(*c));
	*c = (struct http_conn){.http = h, .fd = kd_mhd_fd(&h->mhd, mhd), .deadline_ns = http_in(h->conf.request_ms),
				.idle_ns = kd_mono_ns(), .next = h->conns, .back = &h->conns};
	if (c->next)
		c->next->back = &c->next;
	h->conns = c;
	h->nconns++;
	*context = c;
	setsockopt(c->fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on)); /* a peer that lost its power */
	if (!h->clock)
		h->clock = kd_loop_timer(h->loop, HTTP_SECOND, tick, h);
}

/* --- start and end --------------------------------------------------------------------------------- */

static struct kd_error *listen_at(struct kd_http_address *a, int *ret)
{
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(a->port)};
	struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(a->port)};
	struct sockaddr *to = a->v6 ? (struct sockaddr *)&v6 : (struct sockaddr *)&v4;
	socklen_t n = a->v6 ? sizeof(v6) : sizeof(v4);
	char text[KD_HTTP_ADDRESS_LEN];
	const int on = 1;
	int fd;

	memcpy(&v6.sin6_addr, a->bytes, sizeof(v6.sin6_addr));
	memcpy(&v4.sin_addr, a->bytes, sizeof(v4.sin_addr));
	kd_http_address_text(a, text);
	fd = socket(to->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return kd_error_errno(errno, "a socket for %s", text);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, to, n) || listen(fd, BACKLOG) || getsockname(fd, to, &n)) {
		struct kd_error *err = kd_error_errno(errno, "listening at %s", text);

		close(fd);
		return err;
	}
	a->port = ntohs(a->v6 ? v6.sin6_port : v4.sin_port);
	*ret = fd;
	return NULL;
}

/* No more than there are descriptors for: workers need some, too. */
static unsigned most_connections(unsigned wanted)
{
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) || files.rlim_cur >= (rlim_t)wanted + FILES_RESERVED)
		return wanted;
	return files.rlim_cur > 2 * FILES_RESERVED ? (unsigned)files.rlim_cur - FILES_RESERVED : FILES_RESERVED / 4;
}

static void defaults(struct kd_http_conf *c)
{
#define OR(member, value) c->member = c->member ? c->member : (value)
	OR(address, "127.0.0.1:0");
	OR(connections, CONNECTIONS);
	OR(sessions, SESSIONS);
	OR(session_idle_ms, SESSION_IDLE_MS);
	OR(request_ms, REQUEST_MS);
	OR(idle_ms, IDLE_MS);
	OR(stall_ms, STALL_MS);
	OR(resume_ms, RESUME_MS);
	OR(keepalive_ms, KEEPALIVE_MS);
	OR(unread_max, UNREAD_MAX);
#undef OR
	c->connections = most_connections(c->connections);
}

static struct kd_error *judge(const struct kd_http_conf *c, struct kd_http_address *ret)
{
	if (!kd_http_address(kd_view_of(c->address), ret))
		return kd_error_new(KD_INVALID, "'%s' is no address: 127.0.0.1:PORT, [::1]:PORT, localhost:PORT; port 0 is any free one",
				    c->address);
	if (!c->token && !kd_http_address_loopback(ret))
		return kd_error_new(KD_INVALID,
				    "%s can be reached from other machines, and whoever reaches it can have files read: give a token, or listen "
				    "at 127.0.0.1",
				    c->address);
	return NULL;
}

static struct kd_error *start(struct kd_http *h)
{
	struct kd_mhd_conf mhd = {.v6 = h->own.addr.v6,
				  .connections = h->conf.connections + HTTP_SPARE,
				  .head_max = HTTP_HEAD_MAX,
				  .handle = http_request_handle,
				  .completed = http_request_completed,
				  .connection = connection,
				  .user = h};
	struct kd_error *err = listen_at(&h->own.addr, &mhd.listener);
	char text[KD_HTTP_ADDRESS_LEN];

	if (err)
		return err;
	err = kd_mhd_start(&h->mhd, &mhd);
	if (err) {
		if (!h->mhd.daemon)
			close(mhd.listener);
		return err;
	}
	kd_http_address_text(&h->own.addr, text);
	snprintf(h->url, sizeof(h->url), "http://%s/mcp", text);
	h->watch = kd_loop_watch(h->loop, h->mhd.epoll, POLLIN, readable, h);
	return NULL;
}

struct kd_error *kd_http_start(struct kd_loop *loop, struct kd_mcp *mcp, const struct kd_http_conf *conf, struct kd_http **ret)
{
	struct kd_http *h = kd_xcalloc(1, sizeof(*h));
	struct kd_error *err;

	h->loop = loop;
	h->mcp = mcp;
	h->conf = *conf;
	defaults(&h->conf);
	h->own.names = conf->hosts;
	h->own.nnames = conf->nhosts;
	h->has_token = conf->token != NULL;
	if (h->has_token)
		kd_sha256_of(kd_view_of(conf->token), h->token);
	h->sessions = (struct kd_sessions){.max = h->conf.sessions, .idle_ns = h->conf.session_idle_ms * MS_NS,
					   .ended = http_session_ended, .user = h};
	err = judge(&h->conf, &h->own.addr);
	h->conf.token = NULL; /* its sum is enough */
	if (!err)
		err = start(h);
	if (err) {
		kd_http_stop(h);
		return err;
	}
	*ret = h;
	return NULL;
}

void kd_http_stop(struct kd_http *h)
{
	if (!h)
		return;
	h->stopping = true;
	kd_watch_end(h->watch);
	kd_timer_end(kd_take(h->kick));
	kd_timer_end(kd_take(h->clock));
	kd_sessions_end(&h->sessions);
	while (h->streams)
		http_stream_free(h->streams);
	for (struct http_request *r = h->requests; r; r = r->next)
		http_request_drop(r);
	/* The library wants no connection set aside when it stops. */
	for (unsigned i = 0; h->mhd.daemon && h->requests && i < STOP_ROUNDS; i++)
		kd_mhd_run(&h->mhd);
	kd_mhd_stop(&h->mhd);
	kd_timer_end(h->clock); /* a connection that came meanwhile */
	kd_free(h);
}

unsigned kd_http_port(const struct kd_http *h)
{
	return h->own.addr.port;
}

const char *kd_http_url(const struct kd_http *h)
{
	return h->url;
}

/* --- the token ------------------------------------------------------------------------------------- */

static struct kd_error *read_token(const char *file, struct kd_buf *ret)
{
	struct stat st;
	struct kd_error *err = kd_fs_read_small(file, TOKEN_MAX, ret);

	if (err)
		return err;
	if (!stat(file, &st) && (st.st_mode & 0007))
		return kd_error_new(KD_ACCESS, "everybody may read %s: chmod 600 it, and make a new token", file);
	return NULL;
}

struct kd_error *kd_http_token(const char *file, const char *variable, char **ret)
{
	kd_auto(kd_buf_deinit) struct kd_buf text = KD_BUF_INIT(TOKEN_MAX + 1);
	const char *where = file ? file : variable, *value;
	struct kd_view token;

	if (file) {
		struct kd_error *err = read_token(file, &text);

		if (err)
			return kd_error_wrap(err, "the token");
		token = kd_view_trim(kd_buf_view(&text));
	} else {
		value = getenv(variable);
		if (!value)
			return kd_error_new(KD_NOTFOUND, "the token: there is no environment variable %s", variable);
		token = kd_view_trim(kd_view_of(value));
	}
	if (token.n < TOKEN_MIN || token.n > TOKEN_MAX)
		return kd_error_new(KD_INVALID, "the token in %s has %zu characters: 16 are the least", where, token.n);
	for (size_t i = 0; i < token.n; i++)
		if (token.p[i] <= 0x20 || token.p[i] > 0x7e)
			return kd_error_new(KD_INVALID, "the token in %s has a character that a header cannot have", where);
	*ret = kd_xstrndup(token.p, token.n);
	return NULL;
}
