// SPDX-License-Identifier: GPL-2.0-or-later
#include "serve/ext/microhttpd.h"

#include "base/alloc.h"
#include "base/load.h"

/* Of microhttpd.h, which has them since the versions behind them; all of them are older than soname 12 (0.9.53). */
enum {
	USE_IPV6 = 16,
	USE_EPOLL = 512,
	ALLOW_SUSPEND = 8192 | 1024,
	OPTION_MEMORY_LIMIT = 1,
	OPTION_CONNECTION_LIMIT = 2,
	OPTION_COMPLETED = 4,
	OPTION_LISTENER = 12,
	OPTION_ARRAY = 15,
	OPTION_CONNECTION = 27,
	OPTION_STRICT = 29,
	DAEMON_EPOLL = 3,
	CONNECTION_FD = 6,
	CONNECTION_CONTEXT = 7,
	HEADERS = 1,
	MUST_COPY = 2,
};

enum { STREAM_BLOCK = 16 << 10 };

/* struct MHD_OptionItem */
struct option {
	int option;
	intptr_t value;
	void *ptr;
};

static struct kd_error *load(struct kd_mhd_api *api, void **handle)
{
	static const char *const names[] = {"libmicrohttpd.so.12", NULL};
#define SYM(member, name) {"MHD_" name, offsetof(struct kd_mhd_api, member)}
	static const struct kd_sym syms[] = {
		SYM(start, "start_daemon"), SYM(stop, "stop_daemon"), SYM(run, "run"), SYM(timeout, "get_timeout"),
		SYM(daemon_info, "get_daemon_info"), SYM(connection_info, "get_connection_info"),
		SYM(values, "get_connection_values"), SYM(suspend, "suspend_connection"), SYM(resume, "resume_connection"),
		SYM(response, "create_response_from_buffer"), SYM(response_stream, "create_response_from_callback"),
		SYM(add_header, "add_response_header"), SYM(queue, "queue_response"), SYM(destroy, "destroy_response"),
	};
#undef SYM
	static const struct kd_load l = {.sonames = names,
					 .syms = syms,
					 .nsyms = KD_ARRAY_LEN(syms),
					 .what = "an HTTP server needs GNU libmicrohttpd",
					 .package = "libmicrohttpd12"};

	return kd_load(&l, api, handle);
}

struct kd_error *kd_mhd_start(struct kd_mhd *m, const struct kd_mhd_conf *conf)
{
	/* Functions go through an integer as wide as a pointer: how the library's own arrays of options have them. */
	struct option options[] = {
		{OPTION_LISTENER, conf->listener, NULL},
		{OPTION_CONNECTION_LIMIT, (intptr_t)conf->connections, NULL},
		{OPTION_MEMORY_LIMIT, (intptr_t)conf->head_max, NULL},
		{OPTION_STRICT, 1, NULL},
		{OPTION_COMPLETED, (intptr_t)conf->completed, conf->user},
		{OPTION_CONNECTION, (intptr_t)conf->connection, conf->user},
		{0, 0, NULL},
	};
	struct kd_error *err = load(&m->api, &m->handle);
	const void *info;

	if (err)
		return err;
	m->daemon = m->api.start(USE_EPOLL | ALLOW_SUSPEND | (conf->v6 ? USE_IPV6 : 0), 0, NULL, NULL, conf->handle, conf->user,
				 OPTION_ARRAY, options, 0);
	if (!m->daemon)
		return kd_error_new(KD_UNSUPPORTED, "libmicrohttpd does not start: one with epoll is needed");
	info = m->api.daemon_info(m->daemon, DAEMON_EPOLL);
	if (!info)
		return kd_error_new(KD_UNSUPPORTED, "this libmicrohttpd has no epoll");
	m->epoll = *(const int *)info;
	return NULL;
}

void kd_mhd_stop(struct kd_mhd *m)
{
	if (m->daemon)
		m->api.stop(m->daemon);
	m->daemon = NULL;
	kd_unload(m->handle);
	m->handle = NULL;
}

bool kd_mhd_run(struct kd_mhd *m)
{
	unsigned long long ms = 0;

	m->api.run(m->daemon);
	/* Without time-outs of its own it says 0: "at once", or nothing. */
	return m->api.timeout(m->daemon, &ms) == KD_MHD_YES;
}

struct each {
	int (*fn)(void *user, int kind, const char *name, const char *value);
	void *user;
};

static int one_header(void *user, int kind, const char *name, const char *value)
{
	const struct each *e = user;

	return e->fn(e->user, kind, name, value ? value : "");
}

void kd_mhd_headers(const struct kd_mhd *m, void *conn, int (*each)(void *user, int kind, const char *name, const char *value),
		    void *user)
{
	struct each e = {each, user};

	m->api.values(conn, HEADERS, one_header, &e);
}

int kd_mhd_fd(const struct kd_mhd *m, void *conn)
{
	const int *fd = m->api.connection_info(conn, CONNECTION_FD);

	return fd ? *fd : -1;
}

void *kd_mhd_context(const struct kd_mhd *m, void *conn)
{
	void *const *context = m->api.connection_info(conn, CONNECTION_CONTEXT);

	return context ? *context : NULL;
}

void *kd_mhd_response(const struct kd_mhd *m, struct kd_view body)
{
	/* It is copied: the cast takes away nothing. */
	return m->api.response(body.n, (void *)(uintptr_t)(body.p ? body.p : ""), MUST_COPY);
}

void *kd_mhd_stream(const struct kd_mhd *m, ssize_t (*read)(void *user, uint64_t at, char *to, size_t max), void *user)
{
	return m->api.response_stream(UINT64_MAX, STREAM_BLOCK, read, user, NULL);
}

int kd_mhd_answer(const struct kd_mhd *m, void *conn, unsigned status, void *response)
{
	int ok = response ? m->api.queue(conn, status, response) : KD_MHD_NO;

	if (response)
		m->api.destroy(response);
	return ok;
}
