// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Names that the protocol's conformance suite asks for (kdoc mcp --fixtures), and what it wants
 * them to say
 * (@modelcontextprotocol/conformance, the descriptions of its server scenarios). Never there in
 * normal use. Those that ask the client something are in fixtures_ask.c.
 */
#include "serve/fixtures.h"

#include "base/alloc.h"
#include "serve/mcp_internal.h"

enum { STEP_MS = 50, TEXT_MAX = 256 << 10, TTL_MS = 300000 };

/* One grey pixel; two samples of silence. */
#define PNG                                                                                        \
	"iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR42mNoAAAAggCB2kUIOwAAAABJRU5ErkJg" \
	"gg=="
#define WAV "UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAEAfAAABAAgAZGF0YQIAAACAgA=="

#define TEXT_ITEM(text) "{\"type\":\"text\",\"text\":\"" text "\"}"
#define IMAGE_ITEM "{\"type\":\"image\",\"data\":\"" PNG "\",\"mimeType\":\"image/png\"}"
#define RESOURCE_ITEM(uri, type, text)                                                             \
	"{\"type\":\"resource\",\"resource\":{\"uri\":\"" uri "\",\"mimeType\":\"" type            \
	"\",\"text\":\"" text "\"}}"

/* ---- tools that always say the same ---- */

static void call_same(struct kd_mcp_call *c, const struct kd_mcp_tool *t, struct kd_jval args)
{
	(void)args;
	kd_mcp_result(c, kd_view_of(t->data));
}

static void call_error(struct kd_mcp_call *c, const struct kd_mcp_tool *t, struct kd_jval args)
{
	(void)t;
	(void)args;
	kd_mcp_text(c, KD_V("This tool returns an error: it is made for that."), true);
}

static void call_logging(struct kd_mcp_call *c, const struct kd_mcp_tool *t, struct kd_jval args)
{
	(void)t;
	(void)args;
	kd_mcp_log(c, "info", "fixtures", KD_V("a message for who asked for messages"));
	kd_mcp_text(c, KD_V("The message was sent where it was wanted."), false);
}

/* data: what changes. */
static void call_change(struct kd_mcp_call *c, const struct kd_mcp_tool *t, struct kd_jval args)
{
	(void)args;
	kd_mcp_changed(kd_mcp_of(c), t->data, KD_VNULL);
	kd_mcp_text(c, KD_V("Who listens was told."), false);
}

static void call_capability(struct kd_mcp_call *c, const struct kd_mcp_tool *t, struct kd_jval args)
{
	(void)t;
	(void)args;
	if (fixture_needs(c, "sampling"))
		kd_mcp_text(c, KD_V("The client can be asked for sampling."), false);
}

/* ---- tools that take their time ---- */

struct step {
	double done; /* progress, of 100 */
	const char *log; /* NULL: progress alone */
};

static const struct step logging_steps[] = {{0, "Tool execution started"},
					    {0, "Tool processing data"},
					    {0, "Tool execution completed"}};
static const struct step progress_steps[] = {{0, NULL}, {50, NULL}, {100, NULL}};
static const struct step waiting_steps[] = {{0, NULL}, {0, NULL}};

struct steps {
	const struct step *v;
	size_t n;
	const char *text;
};

static const struct steps with_logging = {logging_steps, KD_ARRAY_LEN(logging_steps),
					  "It logged three messages."};
static const struct steps with_progress = {progress_steps, KD_ARRAY_LEN(progress_steps),
					   "It made progress, from 0 to 100."};
static const struct steps with_wait = {waiting_steps, KD_ARRAY_LEN(waiting_steps), "It waited."};

struct playing {
	struct kd_mcp_call *call;
	const struct steps *steps;
	size_t at;
	struct kd_timer *timer;
};

static void playing_cancelled(void *user)
{
	struct playing *p = user;

	kd_timer_end(p->timer);
	kd_free(p);
}

static void play(void *user)
{
	struct playing *p = user;
	const struct step *s = &p->steps->v[p->at++];

	if (s->log)
		kd_mcp_log(p->call, "info", "fixtures", kd_view_of(s->log));
	else
		kd_mcp_progress(p->call, s->done, 100, "a step");
	if (p->at < p->steps->n) {
		p->timer = kd_loop_timer(kd_mcp_loop(kd_mcp_of(p->call)), STEP_MS, play, p);
		return;
	}
	kd_mcp_on_cancel(p->call, NULL, NULL);
	kd_mcp_text(p->call, kd_view_of(p->steps->text), false);
	kd_free(p);
}

/* data: its steps. */
static void call_steps(struct kd_mcp_call *c, const struct kd_mcp_tool *t, struct kd_jval args)
{
	struct playing *p = kd_xcalloc(1, sizeof(*p));

	(void)args;
	*p = (struct playing){.call = c, .steps = t->data};
	kd_mcp_on_cancel(c, playing_cancelled, p);
	play(p);
}

/* ---- the tools ---- */

#define NONE "{\"type\":\"object\",\"properties\":{}}"
#define ONE_TEXT(name)                                                                             \
	"{\"type\":\"object\",\"properties\":{\"" name                                             \
	"\":{\"type\":\"string\"}},\"required\":[\"" name "\"]}"
#define SAME(id, what, items)                                                                      \
	{                                                                                          \
		.name = id, .description = what, .input = NONE, .call = call_same,                 \
		.data = "\"content\":[" items "]"                                                  \
	}
#define STEPS(id, what, steps)                                                                     \
	{                                                                                          \
		.name = id, .description = what, .input = NONE, .call = call_steps,                \
		.data = &(steps)                                                                   \
	}
#define ASK(id, what)                                                                              \
	{                                                                                          \
		.name = "test_" id, .description = what, .input = NONE, .call = fixture_ask        \
	}
#define ASK_LATER(id, what) ASK("input_required_result_" id, what)

/* The suite compares it member by member. */
static const char schema_2020[] =
	"{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"type\":\"object\","
	"\"$defs\":{\"address\":{\"$anchor\":\"addressDef\",\"type\":\"object\","
	"\"properties\":{\"street\":{\"type\":\"string\"},\"city\":{\"type\":\"string\"}}}},"
	"\"properties\":{\"name\":{\"type\":\"string\"},\"address\":{\"$ref\":\"#/$defs/address\"},"
	"\"contactMethod\":{\"type\":\"string\",\"enum\":[\"phone\",\"email\"]},"
	"\"phone\":{\"type\":\"string\"},\"email\":{\"type\":\"string\"}},"
	"\"allOf\":[{\"anyOf\":[{\"required\":[\"phone\"]},{\"required\":[\"email\"]}]}],"
	"\"if\":{\"properties\":{\"contactMethod\":{\"const\":\"phone\"}},\"required\":["
	"\"contactMethod\"]},"
	"\"then\":{\"required\":[\"phone\"]},\"else\":{\"required\":[\"email\"]},"
	"\"additionalProperties\":false}";

static const char schema_header[] = "{\"type\":\"object\",\"properties\":{\"region\":{\"type\":"
				    "\"string\",\"x-mcp-header\":\"Region\"}},"
				    "\"required\":[\"region\"]}";

static const struct kd_mcp_tool tools[] = {
	SAME("test_simple_text", "A text",
	     TEXT_ITEM("This is a simple text response for testing.")),
	SAME("test_image_content", "An image", IMAGE_ITEM),
	SAME("test_audio_content", "A sound",
	     "{\"type\":\"audio\",\"data\":\"" WAV "\",\"mimeType\":\"audio/wav\"}"),
	SAME("test_embedded_resource", "A resource in a result",
	     RESOURCE_ITEM("test://embedded-resource", "text/plain",
			   "This is an embedded resource content.")),
	SAME("test_multiple_content_types", "A text, an image and a resource",
	     TEXT_ITEM("Multiple content types test:") "," IMAGE_ITEM "," RESOURCE_ITEM(
		     "test://mixed-content-resource", "application/json",
		     "{\\\"test\\\":\\\"data\\\",\\\"value\\\":123}")),
	STEPS("test_tool_with_logging", "Logs three messages", with_logging),
	STEPS("test_tool_with_progress", "Tells its progress", with_progress),
	STEPS("test_reconnection", "Takes a moment", with_wait),
	{.name = "test_error_handling",
	 .description = "An error",
	 .input = NONE,
	 .call = call_error},
	{.name = "test_sampling",
	 .description = "Asks the client's model",
	 .input = ONE_TEXT("prompt"),
	 .call = fixture_ask},
	{.name = "test_elicitation",
	 .description = "Asks the client's user",
	 .input = ONE_TEXT("message"),
	 .call = fixture_ask},
	ASK("elicitation_sep1034_defaults", "Asks with defaults"),
	ASK("elicitation_sep1330_enums", "Asks with choices"),
	{.name = "json_schema_2020_12_tool",
	 .description = "Has a schema with many keywords",
	 .input = schema_2020,
	 .call = call_same,
	 .data = "\"content\":[" TEXT_ITEM("The schema is what it is about.") "]"},
	{.name = "test_missing_capability",
	 .description = "Needs sampling",
	 .input = NONE,
	 .call = call_capability},
	ASK("streaming_elicitation", "Asks the client's user, in a stream"),
	{.name = "test_logging_tool",
	 .description = "Logs where it is asked to",
	 .input = NONE,
	 .call = call_logging},
	{.name = "test_trigger_tool_change",
	 .description = "As if the tools had changed",
	 .input = NONE,
	 .call = call_change,
	 .data = "notifications/tools/list_changed"},
	{.name = "test_trigger_prompt_change",
	 .description = "As if the prompts had changed",
	 .input = NONE,
	 .call = call_change,
	 .data = "notifications/prompts/list_changed"},
	ASK_LATER("elicitation", "Asks for a name"),
	ASK_LATER("sampling", "Asks the client's model"),
	ASK_LATER("list_roots", "Asks for the client's roots"),
	ASK_LATER("request_state", "Asks, and wants its state back"),
	ASK_LATER("multiple_inputs", "Asks three things at once"),
	ASK_LATER("multi_round", "Asks twice"),
	ASK_LATER("tampered_state", "Asks, and refuses a state that is not its own"),
	ASK_LATER("capabilities", "Asks what the client can answer"),
	{.name = "test_custom_header",
	 .description = "An argument that is a header, too",
	 .input = schema_header,
	 .call = call_same,
	 .data = "\"content\":[" TEXT_ITEM("Header and argument agree.") "]"},
};

const struct kd_mcp_tool *kd_mcp_fixture_tools(size_t *n)
{
	*n = KD_ARRAY_LEN(tools);
	return tools;
}

/* ---- prompts ---- */

static const struct prompt {
	const char *name, *description, *arguments[2]; /* all of them required */
} prompts[] = {
	{"test_simple_prompt", "A text", {NULL}},
	{"test_prompt_with_arguments", "A text of two arguments", {"arg1", "arg2"}},
	{"test_prompt_with_embedded_resource", "A resource in a message", {"resourceUri"}},
	{"test_prompt_with_image", "An image in a message", {NULL}},
	{FIXTURE_PROMPT, "Asks the client's user first", {NULL}},
};

void mcp_fixture_prompts(struct kd_json *j)
{
	for (size_t i = 0; i < KD_ARRAY_LEN(prompts); i++) {
		kd_json_begin_object(j);
		kd_json_kv_strz(j, "name", prompts[i].name);
		kd_json_kv_strz(j, "description", prompts[i].description);
		kd_json_key(j, "arguments");
		kd_json_begin_array(j);
		for (size_t k = 0;
		     k < KD_ARRAY_LEN(prompts[i].arguments) && prompts[i].arguments[k]; k++) {
			kd_json_begin_object(j);
			kd_json_kv_strz(j, "name", prompts[i].arguments[k]);
			kd_json_kv_strz(j, "description", "for testing");
			kd_json_kv_bool(j, "required", true);
			kd_json_end_object(j);
		}
		kd_json_end_array(j);
		kd_json_end_object(j);
	}
}

static void add_quoted(struct kd_buf *b, struct kd_view text)
{
	kd_auto(kd_buf_deinit) struct kd_buf quoted = KD_BUF_INIT(TEXT_MAX);
	struct kd_json j;

	kd_json_init(&j, &quoted, KD_JSON_COMPACT);
	kd_json_str(&j, text);
	mcp_finish(&j);
	kd_buf_add(b, kd_buf_view(&quoted));
}

/* One message of the user's; content: JSON. */
static void add_message(struct kd_buf *b, struct kd_view content)
{
	kd_buf_printf(b, "%s{\"role\":\"user\",\"content\":", b->n ? "," : "");
	kd_buf_add(b, content);
	kd_buf_addc(b, '}');
}

void fixture_prompt_text(struct kd_mcp_call *c, struct kd_view text)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(TEXT_MAX);

	kd_buf_add(
		&b,
		KD_V("\"messages\":[{\"role\":\"user\",\"content\":{\"type\":\"text\",\"text\":"));
	add_quoted(&b, text);
	kd_buf_add(&b, KD_V("}}]"));
	kd_mcp_result(c, kd_buf_view(&b));
}

static void prompt_with_arguments(struct kd_mcp_call *c, const struct kd_view *args)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(TEXT_MAX);

	kd_buf_printf(&b, "Prompt with arguments: arg1='%.*s', arg2='%.*s'", KD_VARG(args[0]),
		      KD_VARG(args[1]));
	fixture_prompt_text(c, kd_buf_view(&b));
}

static void end_messages(struct kd_mcp_call *c, struct kd_view content, struct kd_view content2)
{
	kd_auto(kd_buf_deinit) struct kd_buf messages = KD_BUF_INIT(TEXT_MAX),
					     b = KD_BUF_INIT(TEXT_MAX);

	add_message(&messages, content);
	add_message(&messages, content2);
	kd_buf_printf(&b, "\"messages\":[%.*s]", KD_VARG(kd_buf_view(&messages)));
	kd_mcp_result(c, kd_buf_view(&b));
}

static void prompt_with_resource(struct kd_mcp_call *c, struct kd_view uri)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(TEXT_MAX);

	kd_buf_add(&b, KD_V("{\"type\":\"resource\",\"resource\":{\"uri\":"));
	add_quoted(&b, uri);
	kd_buf_add(&b, KD_V(",\"mimeType\":\"text/plain\",\"text\":\"Embedded resource content for "
			    "testing.\"}}"));
	end_messages(c, kd_buf_view(&b),
		     KD_V(TEXT_ITEM("Please process the embedded resource above.")));
}

bool mcp_fixture_prompt(struct kd_mcp_call *c, struct kd_view name)
{
	const struct kd_jval given = kd_jsonin_get(c->params, "arguments");
	struct kd_view args[2] = {KD_VNULL, KD_VNULL};
	size_t at = 0;

	while (at < KD_ARRAY_LEN(prompts) && !kd_view_eq(name, kd_view_of(prompts[at].name)))
		at++;
	if (at == KD_ARRAY_LEN(prompts))
		return false;
	for (size_t i = 0; i < 2 && prompts[at].arguments[i]; i++)
		if (!mcp_str(given, prompts[at].arguments[i], &args[i])) {
			kd_mcp_fail(c, KD_RPC_PARAMS, "an argument of the prompt is missing",
				    KD_VNULL);
			return true;
		}
	if (at == 0)
		fixture_prompt_text(c, KD_V("This is a simple prompt for testing."));
	else if (at == 1)
		prompt_with_arguments(c, args);
	else if (at == 2)
		prompt_with_resource(c, args[0]);
	else if (at == 3)
		end_messages(c, KD_V(IMAGE_ITEM),
			     KD_V(TEXT_ITEM("Please analyze the image above.")));
	else
		fixture_ask_prompt(c);
	return true;
}

/* ---- resources ---- */

static const struct {
	const char *uri, *name, *mime, *text, *blob;
} resources[] = {
	{"test://static-text", "static-text", "text/plain",
	 "This is the content of the static text resource.", NULL},
	{"test://static-binary", "static-binary", "image/png", NULL, PNG},
	{"test://watched-resource", "watched-resource", "text/plain", "Watched resource content",
	 NULL},
};

void mcp_fixture_resources(struct kd_json *j)
{
	for (size_t i = 0; i < KD_ARRAY_LEN(resources); i++) {
		kd_json_begin_object(j);
		kd_json_kv_strz(j, "uri", resources[i].uri);
		kd_json_kv_strz(j, "name", resources[i].name);
		kd_json_kv_strz(j, "description", "for testing");
		kd_json_kv_strz(j, "mimeType", resources[i].mime);
		kd_json_end_object(j);
	}
}

void mcp_fixture_templates(struct kd_json *j)
{
	kd_json_begin_object(j);
	kd_json_kv_strz(j, "uriTemplate", "test://template/{id}/data");
	kd_json_kv_strz(j, "name", "template");
	kd_json_kv_strz(j, "description", "for testing");
	kd_json_kv_strz(j, "mimeType", "application/json");
	kd_json_end_object(j);
}

static void end_contents(struct kd_mcp_call *c, struct kd_view uri, const char *mime,
			 const char *member, struct kd_view value)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(TEXT_MAX);

	kd_buf_add(&b, KD_V("\"contents\":[{\"uri\":"));
	add_quoted(&b, uri);
	kd_buf_printf(&b, ",\"mimeType\":\"%s\",\"%s\":", mime, member);
	add_quoted(&b, value);
	kd_buf_add(&b, KD_V("}]"));
	mcp_end_cacheable(c, kd_buf_view(&b), TTL_MS, false);
}

bool mcp_fixture_resource(struct kd_mcp_call *c, struct kd_view uri)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(TEXT_MAX);
	struct kd_view id = uri;

	for (size_t i = 0; i < KD_ARRAY_LEN(resources); i++)
		if (kd_view_eq(uri, kd_view_of(resources[i].uri))) {
			end_contents(c, uri, resources[i].mime, resources[i].text ? "text" : "blob",
				     kd_view_of(resources[i].text ? resources[i].text
								  : resources[i].blob));
			return true;
		}
	if (!kd_view_skip(&id, KD_V("test://template/")) || !kd_view_ends(id, KD_V("/data")))
		return false;
	id = kd_view_head(id, id.n - 5);
	kd_buf_add(&b, KD_V("{\"id\":"));
	add_quoted(&b, id);
	kd_buf_add(&b, KD_V(",\"templateTest\":true}"));
	end_contents(c, uri, "application/json", "text", kd_buf_view(&b));
	return true;
}
