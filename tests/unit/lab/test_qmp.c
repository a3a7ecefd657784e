// SPDX-License-Identifier: GPL-2.0-or-later
/* The monitor's client against a scripted server: what it is sent, and what it makes of it. */
#include "../base/check.h"

#include "base/alloc.h"

#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/time.h"
#include "lab/qmp.h"

#define HELLO                                                                                      \
	"{\"QMP\": {\"version\": {\"qemu\": {\"micro\": 2, \"minor\": 2, \"major\": 7}}, "         \
	"\"capabilities\": []}}\r\n"

/* The socket buffers the script, so that no second thread is needed. */
struct pair {
	struct kd_qmp *q;
	int server;
	struct kd_ctx ctx;
};

static void begin(struct pair *p, const char *script)
{
	int sv[2];

	kd_ctx_init(&p->ctx);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, sv), 0);
	p->q = kd_qmp_new(sv[0]);
	p->server = sv[1];
	assert_int_equal(write(p->server, script, strlen(script)), (ssize_t)strlen(script));
}

static void end(struct pair *p)
{
	kd_qmp_free(p->q);
	if (p->server >= 0)
		close(p->server);
	kd_ctx_deinit(&p->ctx);
}

static void hang_up(struct pair *p)
{
	close(p->server);
	p->server = -1;
}

static void greeting_and_commands(void **state)
{
	struct pair p;
	kd_auto(kd_jsonin_freep) struct kd_jsonin *doc = NULL;
	char sent[512] = "";
	bool running = false;

	(void)state;
	begin(&p, HELLO "{\"return\": {}, \"id\": 1}\n"
			"{\"event\": \"RESUME\", \"timestamp\": {}}\n"
			"{\"return\": {}, \"id\": 1}\n" /* late: of nobody */
			"{\"return\": {\"running\": true}, \"id\": 2}\n");
	assert_ok(kd_qmp_greet(&p.ctx, p.q, 1000));
	assert_string_equal(kd_qmp_version(p.q), "7.2.2");
	assert_ok(kd_qmp_command(&p.ctx, p.q, "query-status", "{\"a\":1}", 1000, &doc));
	assert_true(kd_jsonin_bool(kd_jsonin_get(kd_jsonin_get(kd_jsonin_root(doc), "return"),
						 "running"),
				   &running));
	assert_true(running);
	assert_true(read(p.server, sent, sizeof(sent) - 1) > 0);
	assert_string_equal(sent, "{\"execute\":\"qmp_capabilities\",\"id\":1}\n"
				  "{\"execute\":\"query-status\",\"arguments\":{\"a\":1},\"id\":2}\n");
	end(&p);
}

static void events(void **state)
{
	struct kd_qmp_event e;
	struct pair p;

	(void)state;
	begin(&p, "{\"event\": \"RESET\", \"data\": {\"guest\": true, \"reason\": \"guest-reset\"}}\n"
		  "{\"event\": \"SHUTDOWN\", \"data\": {\"guest\": false}}\n{\"event\": \"ST");
	assert_ok(kd_qmp_poll(p.q));
	assert_true(kd_qmp_event(p.q, &e));
	assert_string_equal(e.name, "RESET");
	assert_string_equal(e.reason, "guest-reset");
	assert_true(e.guest);
	assert_true(kd_qmp_event(p.q, &e));
	assert_string_equal(e.name, "SHUTDOWN");
	assert_string_equal(e.reason, "");
	assert_false(e.guest);
	assert_false(kd_qmp_event(p.q, &e)); /* half a line */
	assert_int_equal(write(p.server, "OP\"}\n", 5), 5);
	assert_ok(kd_qmp_poll(p.q));
	assert_true(kd_qmp_event(p.q, &e));
	assert_string_equal(e.name, "STOP");
	end(&p);
}

static void errors(void **state)
{
	struct pair p;

	(void)state;
	begin(&p, HELLO "{\"error\": {\"class\": \"CommandNotFound\", \"desc\": \"no such\"}, \"id\": 1}\n"
			"{\"id\": 2}\n"
			"[1]\nnonsense\n");
	assert_error(kd_qmp_greet(&p.ctx, p.q, 1000), KD_IO, "qmp_capabilities: QEMU says: no such");
	assert_error(kd_qmp_command(&p.ctx, p.q, "x", NULL, 1000, NULL), KD_BADDATA, "neither");
	assert_error(kd_qmp_command(&p.ctx, p.q, "x", NULL, 1000, NULL), KD_BADDATA, "monitor");
	end(&p);
}

static void silence(void **state)
{
	int64_t start = kd_mono_ns();
	struct pair p;

	(void)state;
	begin(&p, "");
	assert_error(kd_qmp_greet(&p.ctx, p.q, 200), KD_TIMEOUT, "within 200 ms");
	assert_true(kd_mono_ns() - start < 20000000000);
	hang_up(&p);
	assert_error(kd_qmp_command(&p.ctx, p.q, "x", NULL, 1000, NULL), KD_IO, "closed");
	assert_error(kd_qmp_command(&p.ctx, p.q, "x", NULL, 1000, NULL), KD_IO, "closed");
	end(&p);
}

static void cancelled(void **state)
{
	volatile sig_atomic_t stop = 1;
	struct pair p;

	(void)state;
	begin(&p, "");
	p.ctx.cancel = &stop;
	assert_error(kd_qmp_greet(&p.ctx, p.q, 100000), KD_CANCELLED, "");
	end(&p);
}

/* A line without end, more events than are kept. */
static void floods(void **state)
{
	static char chunk[16 << 10];
	struct kd_error *err = NULL;
	struct kd_qmp_event e;
	struct pair p;
	unsigned n = 0;

	(void)state;
	memset(chunk, 'x', sizeof(chunk));
	begin(&p, "");
	for (unsigned i = 0; i < 100 && !err; i++) {
		assert_int_equal(write(p.server, chunk, sizeof(chunk)), (ssize_t)sizeof(chunk));
		err = kd_qmp_poll(p.q);
	}
	assert_error(err, KD_BADDATA, "a line over");
	end(&p);
	begin(&p, "");
	for (unsigned i = 0; i < 3 * KD_QMP_EVENTS; i++) {
		assert_int_equal(write(p.server, "{\"event\":\"E\"}\n", 14), 14);
		assert_ok(kd_qmp_poll(p.q));
	}
	while (kd_qmp_event(p.q, &e))
		n++;
	assert_int_equal(n, KD_QMP_EVENTS);
	end(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(greeting_and_commands), cmocka_unit_test(events),
		cmocka_unit_test(errors),		 cmocka_unit_test(silence),
		cmocka_unit_test(cancelled),		 cmocka_unit_test(floods),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
