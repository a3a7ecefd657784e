// SPDX-License-Identifier: GPL-2.0-or-later
/* Calls of tools with a made-up program in the place of kdoc: how each end of a worker is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/fs.h"
#include "serve/tool.h"

static const char script[] = "#!/bin/sh\n"
			     "case $1 in\n"
			     "scan) kill -SEGV $$ ;;\n"
			     "explain) echo 'a defect' >&2; exit 5 ;;\n"
			     "decode) exec sleep 600 ;;\n"
			     "addr) head -c 9000000 /dev/zero ;;\n"
			     "disasm) echo partly; echo 'kdoc: one file was not readable' >&2; exit 3 ;;\n"
			     "type) echo 'kdoc: --offset=x: give a number' >&2; echo 'usage: kdoc type [options] TYPE' >&2; exit 2 ;;\n"
			     "source) echo 'nothing of it'; exit 1 ;;\n"
			     "thread) exit 0 ;;\n"
			     "show) echo '{\"schema\":\"kdoc.error/1\"}'; echo 'kdoc: no index' >&2; exit 4 ;;\n"
			     "link) echo \"did $*\" ;;\n"
			     "ticket) echo \"would $*\" ;;\n"
			     "route) echo 'no JSON' ;;\n"
			     "esac\n";

struct client {
	char dir[64], program[96];
	const char *roots[1];
	struct kd_loop *loop;
	struct kd_mcp *m;
	struct kd_mcp_peer *peer;
	char *answer;
	unsigned done;
};

static bool notify(void *user, struct kd_view message)
{
	(void)user;
	(void)message;
	return true;
}

static void sent(void *user, struct kd_view message)
{
	(void)user;
	(void)message;
}

static void done(void *user, struct kd_view message, unsigned status)
{
	struct client *c = user;

	(void)status;
	kd_free(c->answer);
	c->answer = kd_xstrndup(message.p ? message.p : "", message.n);
	c->done++;
	kd_loop_stop(c->loop);
}

static const struct kd_mcp_peer_ops peer_ops = {.notify = notify};
static const struct kd_mcp_call_ops call_ops = {.send = sent, .done = done};

static struct kd_mcp_call *message(struct client *c, const char *text)
{
	kd_auto(kd_mcp_in_deinit) struct kd_mcp_in in;

	kd_mcp_in_read(kd_view_of(text), &in);
	return kd_mcp_message(c->m, c->peer, NULL, &in, &call_ops, c);
}

static const char *send(struct client *c, const char *text)
{
	const unsigned before = c->done;

	if (message(c, text))
		kd_loop_run(c->loop);
	assert_int_equal(c->done, before + 1);
	return c->answer;
}

static const char *call(struct client *c, const char *name, const char *args)
{
	char text[1024];

	snprintf(text, sizeof(text), "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"%s\",\"arguments\":%s}}", name, args);
	return send(c, text);
}

static int setup(void **state)
{
	struct client *c = kd_xcalloc(1, sizeof(*c));
	struct kd_mcp_conf conf = {.workers = 2};

	snprintf(c->dir, sizeof(c->dir), "/tmp/kdoc-calls-XXXXXX");
	if (!mkdtemp(c->dir))
		return -1;
	snprintf(c->program, sizeof(c->program), "%s/program", c->dir);
	kd_error_free(kd_fs_write_atomic(c->program, kd_view_of(script), 0700));
	c->roots[0] = c->dir;
	conf.roots = c->roots;
	conf.nroots = 1;
	conf.program = c->program;
	c->loop = kd_loop_new(NULL);
	c->m = kd_mcp_new(c->loop, &conf);
	c->peer = kd_mcp_peer_new(c->m, &peer_ops, c);
	send(c, "{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"initialize\",\"params\":{\"protocolVersion\":\"2025-06-18\",\"capabilities\":{},"
		"\"clientInfo\":{\"name\":\"t\",\"version\":\"1\"}}}");
	*state = c;
	return 0;
}

static int teardown(void **state)
{
	struct client *c = *state;

	kd_mcp_peer_free(c->peer);
	kd_mcp_free(c->m);
	kd_loop_free(c->loop);
	unlink(c->program);
	rmdir(c->dir);
	kd_free(c->answer);
	kd_free(c);
	return 0;
}

#define HAS(text, what)                                                                                                        \
	do {                                                                                                                   \
		const char *text_ = (text);                                                                                    \
		if (!strstr(text_, (what)))                                                                                    \
			fail_msg("no %s in %.600s", (what), text_);                                                            \
	} while (0)
#define LACKS(text, what) assert_null(strstr((text), (what)))

static void test_ends(void **state)
{
	struct client *c = *state;

	HAS(call(c, "scan_log", "{\"text\":\"x\"}"), "killed by signal 11 while reading the text; the server goes on");
	HAS(c->answer, "\"isError\":true");
	HAS(call(c, "scan_log", "{\"path\":\"program\"}"), "while reading /tmp/kdoc-calls-");
	HAS(call(c, "explain_report", "{\"text\":\"x\"}"), "ended with code 5");
	HAS(c->answer, "a defect");
	HAS(call(c, "symbol_at", "{\"symbols\":[\"x\"]}"), "too long to be kept");
	HAS(c->answer, "\"isError\":true");
	HAS(call(c, "disassemble", "{\"symbol\":\"x\"}"), "\"status\":\"answered\",\"answer\":\"partly\"");
	HAS(c->answer, "\"notes\":[\"one file was not readable\"]");
	LACKS(c->answer, "isError");
	HAS(call(c, "type_layout", "{\"type\":\"x\"}"), "\"text\":\"offsets=x: give a number\"");
	LACKS(c->answer, "usage");
	HAS(call(c, "source_of", "{\"function\":\"x\"}"), "\"status\":\"nothing\",\"answer\":\"nothing of it\"");
	LACKS(c->answer, "isError");
	HAS(call(c, "mail_thread", "{\"id\":\"x\"}"), "done; there is nothing to show");
	HAS(call(c, "show_commit", "{\"commit\":\"x\",\"detail\":\"json\"}"), "\"text\":\"no index\"");
	HAS(call(c, "route_report", "{\"text\":\"x\",\"detail\":\"json\"}"), "\"isError\":true");
}

static void test_consent(void **state)
{
	struct client *c = *state;

	HAS(call(c, "case_link", "{\"subject\":\"g-1\",\"target\":\"jira:X-1\"}"), "\"status\":\"refused\"");
	HAS(c->answer, "With: link g-1 jira:X-1");
	LACKS(c->answer, "did ");
	HAS(call(c, "case_link", "{\"subject\":\"g-1\",\"target\":\"jira:X-1\",\"confirm\":false}"), "\"status\":\"refused\"");
	HAS(call(c, "case_link", "{\"subject\":\"g-1\",\"target\":\"jira:X-1\",\"confirm\":true}"), "did link --color=never -- g-1 jira:X-1");
	HAS(call(c, "case_ticket", "{\"action\":\"create\",\"group\":\"g-1\"}"), "What it would write:\\nwould ticket --color=never -- create g-1");
	LACKS(c->answer, "--yes");
	HAS(call(c, "case_ticket", "{\"action\":\"create\",\"group\":\"g-1\",\"confirm\":true}"), "would ticket --color=never --yes -- create g-1");
	HAS(call(c, "case_ticket", "{\"words\":[\"--yes\"]}"), "words cannot begin with '-'");
}

/* The client gives up: the worker is killed, and nothing is answered. */
static void test_cancel(void **state)
{
	struct client *c = *state;
	const unsigned before = c->done;
	struct kd_mcp_call *running = message(c, "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"tools/call\",\"params\":{\"name\":\"decode_report\","
						 "\"arguments\":{\"text\":\"x\"}}}");

	assert_non_null(running);
	kd_mcp_call_cancel(running);
	assert_int_equal(c->done, before);
	HAS(call(c, "source_of", "{\"function\":\"x\"}"), "nothing of it"); /* and the next one runs */
}

/* A server that ends while a call runs leaves nothing behind: the leak checker looks. */
static void test_end_while_running(void **state)
{
	struct client *c = *state;

	assert_non_null(message(c, "{\"jsonrpc\":\"2.0\",\"id\":8,\"method\":\"tools/call\",\"params\":{\"name\":\"decode_report\","
				   "\"arguments\":{\"text\":\"x\"}}}"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_ends, setup, teardown),
		cmocka_unit_test_setup_teardown(test_consent, setup, teardown),
		cmocka_unit_test_setup_teardown(test_cancel, setup, teardown),
		cmocka_unit_test_setup_teardown(test_end_while_running, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
