// SPDX-License-Identifier: GPL-2.0-or-later
/* Messages in, messages out; no transport, and the loop runs only where a worker is needed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "serve/mcp.h"

#define MODERN "\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\",\"io.modelcontextprotocol/clientCapabilities\":{}}"
#define HELLO                                                                                                                  \
	"{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"initialize\",\"params\":{\"protocolVersion\":\"2025-06-18\","                    \
	"\"capabilities\":{},\"clientInfo\":{\"name\":\"t\",\"version\":\"1\"}}}"

struct client {
	struct kd_loop *loop;
	struct kd_mcp *m;
	struct kd_mcp_peer *peer;
	char sent[4096], told[4096], answer[1 << 16];
	unsigned done, status;
};

static bool notify(void *user, struct kd_view message)
{
	struct client *c = user;

	snprintf(c->told, sizeof(c->told), "%.*s", KD_VARG(message));
	return true;
}

static void sent(void *user, struct kd_view message)
{
	struct client *c = user;

	snprintf(c->sent, sizeof(c->sent), "%.*s", KD_VARG(message));
}

static void done(void *user, struct kd_view message, unsigned status)
{
	struct client *c = user;

	snprintf(c->answer, sizeof(c->answer), "%.*s", KD_VARG(message));
	c->status = status;
	c->done++;
	kd_loop_stop(c->loop);
}

static const struct kd_mcp_peer_ops peer_ops = {.notify = notify};
static const struct kd_mcp_call_ops call_ops = {.send = sent, .done = done};

static const char *const verbs[] = {"version", "which", NULL};
static const char *const roots[] = {"/tmp"};

static int setup(void **state)
{
	struct client *c = kd_xcalloc(1, sizeof(*c));
	const struct kd_mcp_conf conf = {.roots = roots, .nroots = 1, .verbs = verbs, .workers = 2, .program = "/bin/echo"};

	c->loop = kd_loop_new(NULL);
	c->m = kd_mcp_new(c->loop, &conf);
	c->peer = kd_mcp_peer_new(c->m, &peer_ops, c);
	*state = c;
	return 0;
}

static int teardown(void **state)
{
	struct client *c = *state;

	kd_mcp_peer_free(c->peer);
	kd_mcp_free(c->m);
	kd_loop_free(c->loop);
	kd_free(c);
	return 0;
}

static struct kd_mcp_call *message(struct client *c, const struct kd_mcp_headers *headers, const char *text)
{
	kd_auto(kd_mcp_in_deinit) struct kd_mcp_in in;

	kd_mcp_in_read(kd_view_of(text), &in);
	return kd_mcp_message(c->m, c->peer, headers, &in, &call_ops, c);
}

static const char *ask_with(struct client *c, const struct kd_mcp_headers *headers, const char *text)
{
	struct kd_mcp_call *call;
	const unsigned before = c->done;

	c->answer[0] = '\0';
	call = message(c, headers, text);
	if (call)
		kd_loop_run(c->loop);
	assert_int_equal(c->done, before + 1);
	return c->answer;
}

static const char *ask(struct client *c, const char *text)
{
	return ask_with(c, NULL, text);
}

#define HAS(text, what) assert_non_null(strstr((text), (what)))

static void test_versions(void **state)
{
	struct client *c = *state;

	assert_false(kd_mcp_peer_ready(c->peer));
	HAS(ask(c, HELLO), "\"protocolVersion\":\"2025-06-18\"");
	assert_string_equal(kd_mcp_peer_version(c->peer), "2025-06-18");
	HAS(ask(c, HELLO), "-32600"); /* once */
	HAS(ask(c, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"server/discover\",\"params\":{" MODERN "}}"), "\"supportedVersions\"");
	HAS(ask(c, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"server/discover\",\"params\":{\"_meta\":{\"io.modelcontextprotocol/"
		   "protocolVersion\":\"1999-01-01\"}}}"),
	    "\"requested\":\"1999-01-01\"");
	assert_int_equal(c->status, 400);
	HAS(ask(c, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\",\"params\":{" MODERN "}}"), "-32601");
	assert_int_equal(c->status, 404);
	HAS(ask(c, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}"), "\"result\":{}");
	HAS(ask(c, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"server/discover\"}"), "-32601"); /* a probe without _meta */
}

static void test_bad_messages(void **state)
{
	static const struct {
		const char *text, *want;
	} bad[] = {
		{"", "-32700"},
		{"{", "-32700"},
		{"[]", "-32600"},
		{"[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}]", "-32600"},
		{"{\"id\":1,\"method\":\"ping\"}", "-32600"},
		{"{\"jsonrpc\":\"2.0\",\"id\":null,\"method\":\"ping\"}", "-32600"},
		{"{\"jsonrpc\":\"2.0\",\"id\":{},\"method\":\"ping\"}", "-32600"},
		{"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\",\"params\":[1]}", "-32600"},
		{"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"no/such\"}", "-32601"},
		{"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"no_such\"}}", "-32602"},
		{"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/list\",\"params\":{\"cursor\":\"x\"}}", "-32602"},
		{"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/list\",\"params\":{\"cursor\":7}}", "-32602"},
		{"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"logging/setLevel\",\"params\":{\"level\":\"loud\"}}", "-32602"},
		{"{\"jsonrpc\":\"2.0\",\"id\":1}", "-32600"},
	};
	kd_auto(kd_buf_deinit) struct kd_buf deep = KD_BUF_INIT(1 << 20);

	for (size_t i = 0; i < KD_ARRAY_LEN(bad); i++)
		HAS(ask(*state, bad[i].text), bad[i].want);
	kd_buf_printf(&deep, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\",\"params\":{\"x\":");
	for (int i = 0; i < 100000; i++)
		kd_buf_addc(&deep, '[');
	HAS(ask(*state, deep.p), "-32700");
}

/* What is in a text may not be taken; its sender waits for an answer by the id that stands in it. */
static void test_unreadable(void **state)
{
	static const struct {
		const char *text, *id;
	} bad[] = {
		{"{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"ping\",\"params\":{\"address\":18446744071578845184}}", "\"id\":7,"},
		{" {\"params\":{\"id\":1,\"x\":\"\\ud800\"}, \"id\" : \"a-1\" ,\"jsonrpc\":\"2.0\"}\r", "\"id\":\"a-1\","},
		{"{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"ping\",\"params\":{\"a\":1,\"a\":2}}", "\"id\":7,"},
		{"{\"x\":\"\\\"\",\"y\":\"}\",\"id\":-3,\"z\":\"\xff\"}", "\"id\":-3,"},
		{"{\"jsonrpc\":\"2.0\",\"id\":7,\"id\":8,\"method\":\"ping\"}", "\"id\":null,"}, /* which? */
		{"{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"ping\"", "\"id\":null,"}, /* not whole */
		{"{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"ping\"}}", "\"id\":null,"},
		{"{\"jsonrpc\":\"2.0\",\"x\":[{\"id\":7}],\"y\":1e999}", "\"id\":null,"},
		{"{\"id\":\"a\\u0041\",\"y\":1e999}", "\"id\":null,"}, /* no plain one */
		{"{\"id\":{},\"y\":1e999}", "\"id\":null,"},
		{"{\"y\":1e999,\"id\":", "\"id\":null,"},
		{"{\"y\":\"id", "\"id\":null,"},
		{"{\"y\":\"\\", "\"id\":null,"},
	};
	kd_auto(kd_buf_deinit) struct kd_buf deep = KD_BUF_INIT(1 << 20);

	for (size_t i = 0; i < KD_ARRAY_LEN(bad); i++) {
		HAS(ask(*state, bad[i].text), "-32700");
		HAS(ask(*state, bad[i].text), bad[i].id);
	}
	kd_buf_printf(&deep, "{\"params\":");
	for (int i = 0; i < 10000; i++)
		kd_buf_addc(&deep, '[');
	for (int i = 0; i < 10000; i++)
		kd_buf_addc(&deep, ']');
	kd_buf_printf(&deep, ",\"id\":5}");
	HAS(ask(*state, deep.p), "\"id\":5,");
}

static void test_lists_and_names(void **state)
{
	struct client *c = *state;
	char name[] = "/tmp/kdoc-complete-XXXXXX", text[512];
	const int fd = mkstemp(name);

	HAS(ask(c, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"scna_log\"}}"), "did you mean scan_log?");
	assert_null(strstr(ask(c, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"weather\"}}"), "mean"));
	HAS(ask(c, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"prompts/list\",\"params\":{\"cursor\":\"x\"}}"), "-32602");
	HAS(ask(c, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"prompts/list\",\"params\":{\"cursor\":\"p1\"}}"), "\"prompts\":[{");
	HAS(ask(c, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"prompts/get\",\"params\":{\"name\":\"kdoc-triage\",\"arguments\":5}}"), "-32602");
	HAS(ask(c, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"prompts/get\",\"params\":{\"name\":\"kdoc-triage\",\"arguments\":"
		   "{\"arguments\":5}}}"), "-32602");
#define COMPLETE(ref, value) "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"completion/complete\",\"params\":{\"ref\":{" ref "},\"argument\":{" value "}}}"
	HAS(ask(c, COMPLETE("\"type\":\"ref/prompt\",\"name\":\"no\"", "\"name\":\"arguments\",\"value\":\"\"")), "-32602");
	HAS(ask(c, COMPLETE("\"type\":\"ref/resource\",\"uri\":\"file:///x\"", "\"name\":\"path\",\"value\":\"\"")), "-32602");
	HAS(ask(c, COMPLETE("\"type\":\"ref/tool\",\"name\":\"scan_log\"", "\"name\":\"path\",\"value\":\"\"")), "-32602");
	assert_true(fd >= 0);
	close(fd);
	snprintf(text, sizeof(text), COMPLETE("\"type\":\"ref/prompt\",\"name\":\"kdoc-triage\"", "\"name\":\"arguments\",\"value\":\"%s\""),
		 name + strlen("/tmp/"));
	HAS(ask(c, text), "\"total\":1"); /* below the root, as tools look for it */
	HAS(c->answer, name + strlen("/tmp/"));
	snprintf(text, sizeof(text), COMPLETE("\"type\":\"ref/resource\",\"uri\":\"kdoc://report{/path*}\"", "\"name\":\"path\",\"value\":\"%s\""),
		 name + 1);
	HAS(ask(c, text), "\"total\":1");
	unlink(name);
	HAS(ask(c, COMPLETE("\"type\":\"ref/prompt\",\"name\":\"kdoc-triage\"", "\"name\":\"arguments\",\"value\":\"../etc/pass\"")), "\"total\":0");
#undef COMPLETE
}

static void test_notifications(void **state)
{
	struct client *c = *state;

	assert_string_equal(ask(c, "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}"), "");
	assert_int_equal(c->status, 202);
	assert_string_equal(ask(c, "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\",\"params\":{\"requestId\":9}}"), "");
	assert_string_equal(ask(c, "{\"jsonrpc\":\"2.0\",\"id\":\"kdoc-1\",\"result\":{}}"), ""); /* nobody asked */
	assert_string_equal(c->told, "");
}

static void test_headers(void **state)
{
	static const char list[] = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/list\",\"params\":{" MODERN "}}";
	static const char read[] =
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"resources/read\",\"params\":{\"uri\":\"kdoc://help/version\"," MODERN "}}";
	struct kd_mcp_headers h = {.version = KD_V("2026-07-28"), .method = KD_V("tools/list")};

	HAS(ask_with(*state, &h, list), "\"ttlMs\"");
	h.method = KD_V("tools/call");
	HAS(ask_with(*state, &h, list), "-32020");
	h.method = KD_VNULL;
	HAS(ask_with(*state, &h, list), "-32020");
	h = (struct kd_mcp_headers){.version = KD_V("2025-11-25"), .method = KD_V("tools/list")};
	HAS(ask_with(*state, &h, list), "-32020");
	h = (struct kd_mcp_headers){.version = KD_V("2026-07-28"), .method = KD_V("resources/read")};
	HAS(ask_with(*state, &h, read), "-32020");
	h.name = KD_V("kdoc://help/version");
	HAS(ask_with(*state, &h, read), "\"contents\"");
	h.name = KD_V("=?base64?a2RvYzovL2hlbHAvdmVyc2lvbg==?="); /* the transport's business */
	HAS(ask_with(*state, &h, read), "-32020");
}

/* A worker (here: echo) runs; its request is taken back; a second of the same id is refused meanwhile. */
static void test_cancel(void **state)
{
	static const char read[] = "{\"jsonrpc\":\"2.0\",\"id\":5,\"method\":\"resources/read\",\"params\":{\"uri\":\"kdoc://help/version\"}}";
	struct client *c = *state;
	struct kd_mcp_call *call = message(c, NULL, read);

	assert_non_null(call);
	HAS(ask(c, read), "-32600");
	assert_null(message(c, NULL, "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\",\"params\":{\"requestId\":5}}"));
	assert_int_equal(c->done, 3); /* the refused one, the cancelled one without a word, the notification */
	HAS(ask(c, read), "help -- version\\n");
	call = message(c, NULL, read);
	kd_mcp_call_cancel(call);
	assert_int_equal(c->done, 4);
}

static void test_resources(void **state)
{
	struct client *c = *state;
	char name[] = "eXXXXXX", text[256];
	int fd;

	HAS(ask(c, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"resources/list\"}"), "kdoc://help/version");
	HAS(ask(c, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"resources/read\",\"params\":{\"uri\":\"kdoc://help/no\"}}"), "-32002");
	HAS(ask(c, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"resources/read\",\"params\":{\"uri\":\"kdoc://help/no\"," MODERN "}}"),
	    "-32602");
	HAS(ask(c, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"resources/read\",\"params\":{\"uri\":\"kdoc://report/etc/passwd\"}}"),
	    "-32002"); /* below no root */
	HAS(ask(c, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"resources/read\",\"params\":{\"uri\":\"kdoc://report/tmp/../etc/passwd\"}}"),
	    "-32002");
	HAS(ask(c, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"resources/read\",\"params\":{\"uri\":\"kdoc://report/tmp/%00x\"}}"), "-32002");
	HAS(ask(c, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"resources/read\",\"params\":{\"uri\":\"kdoc://group/--store=x\"}}"),
	    "-32002"); /* no option */
	snprintf(text, sizeof(text), "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"resources/read\",\"params\":{\"uri\":\"kdoc://evidence/%s\"}}", name);
	HAS(ask(c, text), "evidence check -- e"); /* (echo) */
	fd = mkstemp(name);
	assert_true(fd >= 0);
	close(fd);
	snprintf(text, sizeof(text), "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"resources/read\",\"params\":{\"uri\":\"kdoc://evidence/%s\"}}", name);
	HAS(ask(c, text), "-32002"); /* the verb would read the file of that name */
	unlink(name);
}

/* A file that is watched, in both eras; one that listens hears of it with its own id. */
static void test_updates(void **state)
{
	struct client *c = *state;
	char name[] = "/tmp/kdoc-mcp-XXXXXX";
	const int fd = mkstemp(name);
	FILE *f = fdopen(fd, "w");
	char text[512];
	struct kd_mcp_call *call;

	ask(c, HELLO);
	snprintf(text, sizeof(text), "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"resources/subscribe\",\"params\":{\"uri\":\"kdoc://report%s\"}}",
		 name);
	HAS(ask(c, text), "\"result\":{}");
	snprintf(text, sizeof(text),
		 "{\"jsonrpc\":\"2.0\",\"id\":\"L\",\"method\":\"subscriptions/listen\",\"params\":{\"notifications\":{"
		 "\"toolsListChanged\":true,\"resourceSubscriptions\":[\"kdoc://report%s\",\"kdoc://no\"]}," MODERN "}}",
		 name);
	call = message(c, NULL, text);
	assert_non_null(call);
	HAS(c->sent, "subscriptions/acknowledged");
	HAS(c->sent, name);
	assert_null(strstr(c->sent, "kdoc://no"));
	assert_null(strstr(c->sent, "toolsListChanged")); /* they never change */
	fputs("x\n", f);
	fclose(f);
	kd_loop_timer(c->loop, 1500, (void (*)(void *))kd_loop_stop, c->loop);
	kd_loop_run(c->loop);
	HAS(c->told, "notifications/resources/updated");
	HAS(c->sent, "notifications/resources/updated");
	HAS(c->sent, "\"io.modelcontextprotocol/subscriptionId\":\"L\"");
	remove(name);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_versions, setup, teardown),
		cmocka_unit_test_setup_teardown(test_bad_messages, setup, teardown),
		cmocka_unit_test_setup_teardown(test_unreadable, setup, teardown),
		cmocka_unit_test_setup_teardown(test_lists_and_names, setup, teardown),
		cmocka_unit_test_setup_teardown(test_notifications, setup, teardown),
		cmocka_unit_test_setup_teardown(test_headers, setup, teardown),
		cmocka_unit_test_setup_teardown(test_cancel, setup, teardown),
		cmocka_unit_test_setup_teardown(test_resources, setup, teardown),
		cmocka_unit_test_setup_teardown(test_updates, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
