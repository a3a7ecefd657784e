// SPDX-License-Identifier: GPL-2.0-or-later
/* The conformance suite's tools that ask the client something, and a prompt that does. */
#include "serve/fixtures.h"

#include <string.h>

#include "base/alloc.h"
#include "serve/mcp_internal.h"

enum { TEXT_MAX = 256 << 10 };

#define FORM(message, properties, required)                                                        \
	"{\"method\":\"elicitation/create\",\"params\":{\"message\":" message                      \
	",\"requestedSchema\":{\"type\":\"object\",\"properties\":{" properties                    \
	"},\"required\":[" required "]}}}"
#define FIELD(name, type) "\"" name "\":{\"type\":\"" type "\"}"
#define SAMPLE(text, tokens)                                                                       \
	"{\"method\":\"sampling/"                                                                  \
	"createMessage\",\"params\":{\"messages\":[{\"role\":\"user\",\"content\":{\"type\":"      \
	"\"text\","                                                                                \
	"\"text\":" text "}}],\"maxTokens\":" tokens "}}"
#define ROOTS "{\"method\":\"roots/list\",\"params\":{}}"
#define CHOICES "\"enum\":[\"option1\",\"option2\",\"option3\"]"
#define TITLED(kind, a, b, c)                                                                      \
	"\"" kind "\":[{\"const\":\"value1\",\"title\":\"" a                                       \
	"\"},{\"const\":\"value2\",\"title\":\"" b "\"},{\"const\":\"value3\",\"title\":\"" c      \
	"\"}]"

struct question {
	const char *key, *capability;
	const char *request; /* JSON; "%" stands for the argument as JSON */
};

/* A round of one tool. */
static const struct round {
	const char *tool, *argument; /* that "%" stands for; NULL: none */
	struct question questions[3];
	const char *state; /* that has to come back; NULL: none */
	const char *round; /* the state of the round before; NULL: it is the first one */
	const char *text; /* before the answers, as JSON */
	bool what_it_can; /* leave out what the client cannot answer */
} rounds[] = {
	{"test_sampling",
	 "prompt",
	 {{"sample", "sampling", SAMPLE("%", "100")}},
	 NULL,
	 NULL,
	 "LLM response: ",
	 false},
	{"test_elicitation",
	 "message",
	 {{"answer", "elicitation", FORM("%", FIELD("response", "string"), "\"response\"")}},
	 NULL,
	 NULL,
	 "User response: ",
	 false},
	{"test_elicitation_sep1034_defaults",
	 NULL,
	 {{"answer", "elicitation",
	   FORM("\"Please look at the defaults\"",
		"\"name\":{\"type\":\"string\",\"default\":\"John "
		"Doe\"},\"age\":{\"type\":\"integer\",\"default\":30},"
		"\"score\":{\"type\":\"number\",\"default\":95.5},"
		"\"status\":{\"type\":\"string\",\"enum\":[\"active\",\"inactive\",\"pending\"],"
		"\"default\":\"active\"},"
		"\"verified\":{\"type\":\"boolean\",\"default\":true}",
		"")}},
	 NULL,
	 NULL,
	 "Elicitation completed: ",
	 false},
	{"test_elicitation_sep1330_enums",
	 NULL,
	 {{"answer", "elicitation",
	   FORM("\"Please choose\"",
		"\"untitledSingle\":{\"type\":\"string\"," CHOICES "},"
		"\"titledSingle\":{\"type\":\"string\"," TITLED(
			"oneOf", "First Option", "Second Option",
			"Third Option") "},"
					"\"legacyEnum\":{\"type\":\"string\",\"enum\":[\"opt1\","
					"\"opt2\",\"opt3\"],"
					"\"enumNames\":[\"Option One\",\"Option Two\",\"Option "
					"Three\"]},"
					"\"untitledMulti\":{\"type\":\"array\",\"minItems\":1,"
					"\"maxItems\":3,\"items\":{\"type\":\"string\"," CHOICES
					"}},"
					"\"titledMulti\":{\"type\":\"array\",\"minItems\":1,"
					"\"maxItems\":3,\"items\":{" TITLED("anyOf", "First Choice",
									    "Second Choice",
									    "Third Choice") "}}",
		"")}},
	 NULL,
	 NULL,
	 "Elicitation completed: ",
	 false},
	{"test_streaming_elicitation",
	 NULL,
	 {{"name", "elicitation",
	   FORM("\"What is your name?\"", FIELD("name", "string"), "\"name\"")}},
	 NULL,
	 NULL,
	 "Answered: ",
	 false},
	{"test_input_required_result_elicitation",
	 NULL,
	 {{"user_name", "elicitation",
	   FORM("\"What is your name?\"", FIELD("name", "string"), "\"name\"")}},
	 NULL,
	 NULL,
	 "Hello! ",
	 false},
	{"test_input_required_result_sampling",
	 NULL,
	 {{"capital_question", "sampling", SAMPLE("\"What is the capital of France?\"", "100")}},
	 NULL,
	 NULL,
	 "Sampling result: ",
	 false},
	{"test_input_required_result_list_roots",
	 NULL,
	 {{"client_roots", "roots", ROOTS}},
	 NULL,
	 NULL,
	 "Roots: ",
	 false},
	{"test_input_required_result_request_state",
	 NULL,
	 {{"confirm", "elicitation", FORM("\"Please confirm\"", FIELD("ok", "boolean"), "\"ok\"")}},
	 "asked",
	 NULL,
	 "state-ok: ",
	 false},
	{"test_input_required_result_multiple_inputs",
	 NULL,
	 {{"user_name", "elicitation",
	   FORM("\"What is your name?\"", FIELD("name", "string"), "\"name\"")},
	  {"greeting", "sampling", SAMPLE("\"Generate a greeting\"", "50")},
	  {"client_roots", "roots", ROOTS}},
	 "asked",
	 NULL,
	 "All three: ",
	 false},
	{"test_input_required_result_multi_round",
	 NULL,
	 {{"step2", "elicitation",
	   FORM("\"Step 2: What is your favorite color?\"", FIELD("color", "string"),
		"\"color\"")}},
	 "round 2",
	 "round 1",
	 "After two rounds: ",
	 false},
	{"test_input_required_result_multi_round",
	 NULL,
	 {{"step1", "elicitation",
	   FORM("\"Step 1: What is your name?\"", FIELD("name", "string"), "\"name\"")}},
	 "round 1",
	 NULL,
	 NULL,
	 false},
	{"test_input_required_result_tampered_state",
	 NULL,
	 {{"confirm", "elicitation", FORM("\"Please confirm\"", FIELD("ok", "boolean"), "\"ok\"")}},
	 "asked",
	 NULL,
	 "integrity-ok: ",
	 false},
	{"test_input_required_result_capabilities",
	 NULL,
	 {{"elicit_input", "elicitation",
	   FORM("\"A value, please\"", FIELD("value", "string"), "\"value\"")},
	  {"sample_input", "sampling", SAMPLE("\"Sample request\"", "50")}},
	 "asked",
	 NULL,
	 "capabilities-ok: ",
	 true},
	{FIXTURE_PROMPT,
	 NULL,
	 {{"user_context", "elicitation",
	   FORM("\"What context should the prompt use?\"", FIELD("context", "string"),
		"\"context\"")}},
	 NULL,
	 NULL,
	 "With this context: ",
	 false},
};

bool fixture_needs(struct kd_mcp_call *c, const char *capability)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(256);

	if (kd_mcp_can(c, capability))
		return true;
	kd_buf_printf(&b, "{\"requiredCapabilities\":{\"%s\":{}}}", capability);
	kd_mcp_fail(c, KD_RPC_CAPABILITY, "the client lacks a capability that this needs",
		    kd_buf_view(&b));
	return false;
}

static bool is_asked(struct kd_mcp_call *c, const struct round *r, size_t i)
{
	return i < KD_ARRAY_LEN(r->questions) && r->questions[i].key &&
	       (!r->what_it_can || kd_mcp_can(c, r->questions[i].capability));
}

static bool all_answered(struct kd_mcp_call *c, const struct round *r)
{
	size_t n = 0;

	for (size_t i = 0; i < KD_ARRAY_LEN(r->questions); i++) {
		if (!is_asked(c, r, i))
			continue;
		n++;
		if (kd_jsonin_type(kd_mcp_answer(c, r->questions[i].key)) != KD_JOBJECT)
			return false;
	}
	return n;
}

/* "%" is the argument. */
static void add_request(struct kd_buf *b, const struct round *r, const char *request,
			struct kd_jval args)
{
	struct kd_view argument = KD_VNULL;
	const char *hole = strchr(request, '%');
	struct kd_json j;

	if (!hole) {
		kd_buf_add(b, kd_view_of(request));
		return;
	}
	mcp_str(args, r->argument, &argument);
	kd_buf_add(b, kd_view(request, (size_t)(hole - request)));
	{
		kd_auto(kd_buf_deinit) struct kd_buf text = KD_BUF_INIT(TEXT_MAX);

		kd_json_init(&j, &text, KD_JSON_COMPACT);
		kd_json_str(&j, argument);
		mcp_finish(&j);
		kd_buf_add(b, kd_buf_view(&text));
	}
	kd_buf_add(b, kd_view_of(hole + 1));
}

static void ask(struct kd_mcp_call *c, const struct round *r, struct kd_jval args)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(TEXT_MAX);
	/* A legacy client that answers with an error is not asked again. */
	const char *state = r->state ? r->state : kd_mcp_is_modern(c) ? NULL : "asked";

	for (size_t i = 0; i < KD_ARRAY_LEN(r->questions); i++) {
		if (!is_asked(c, r, i))
			continue;
		if (!r->what_it_can && !fixture_needs(c, r->questions[i].capability))
			return;
		kd_buf_printf(&b, "%c\"%s\":", b.n ? ',' : '{', r->questions[i].key);
		add_request(&b, r, r->questions[i].request, args);
	}
	kd_buf_addc(&b, '}');
	if (b.n < 2)
		kd_mcp_text(c, KD_V("The client can be asked nothing of it."), false);
	else
		kd_mcp_ask(c, kd_buf_view(&b), state ? kd_view_of(state) : KD_VNULL);
}

static void finish(struct kd_mcp_call *c, const struct round *r)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(TEXT_MAX),
					     answers = KD_BUF_INIT(TEXT_MAX);
	struct kd_json j;

	kd_json_init(&j, &answers, KD_JSON_COMPACT);
	kd_json_begin_object(&j);
	for (size_t i = 0; i < KD_ARRAY_LEN(r->questions) && r->questions[i].key; i++) {
		kd_json_key(&j, r->questions[i].key);
		mcp_write(&j, kd_mcp_answer(c, r->questions[i].key));
	}
	kd_json_end_object(&j);
	mcp_finish(&j);
	kd_buf_printf(&b, "%s%.*s", r->text, KD_VARG(kd_buf_view(&answers)));
	if (c->tool)
		kd_mcp_text(c, kd_buf_view(&b), false);
	else
		fixture_prompt_text(c, kd_buf_view(&b));
}

/* The round that is answered: the one whose state came back; else the first. */
static const struct round *round_of(const char *tool, struct kd_view state)
{
	const struct round *first = NULL;

	for (size_t i = 0; i < KD_ARRAY_LEN(rounds); i++) {
		if (strcmp(rounds[i].tool, tool))
			continue;
		if (state.p && rounds[i].state && kd_view_eq(state, kd_view_of(rounds[i].state)))
			return &rounds[i];
		if (!rounds[i].round)
			first = &rounds[i];
	}
	return first;
}

static const struct round *next_round(const struct round *r)
{
	for (size_t i = 0; i < KD_ARRAY_LEN(rounds); i++)
		if (rounds[i].round && r->state && !strcmp(rounds[i].round, r->state) &&
		    !strcmp(rounds[i].tool, r->tool))
			return &rounds[i];
	return NULL;
}

static void run(struct kd_mcp_call *c, const char *name, struct kd_jval args)
{
	bool bad;
	const struct kd_view state = kd_mcp_state(c, &bad);
	const struct round *r = round_of(name, state), *next;

	if (bad) {
		kd_mcp_fail(c, KD_RPC_PARAMS,
			    "requestState is not what the server gave, or too old", KD_VNULL);
		return;
	}
	if (!r) {
		kd_mcp_fail(c, KD_RPC_INTERNAL, "no such fixture", KD_VNULL);
		return;
	}
	if (!all_answered(c, r) || (r->state && !state.p)) {
		if (state.p && !kd_mcp_is_modern(c))
			kd_mcp_text(c, KD_V("The client did not answer."), true);
		else
			ask(c, r, args);
		return;
	}
	next = next_round(r);
	if (next)
		ask(c, next, args);
	else
		finish(c, r);
}

void fixture_ask(struct kd_mcp_call *c, const struct kd_mcp_tool *t, struct kd_jval args)
{
	run(c, t->name, args);
}

void fixture_ask_prompt(struct kd_mcp_call *c)
{
	struct kd_jval none = {NULL};

	if (!kd_mcp_is_modern(c))
		fixture_prompt_text(c, KD_V("This prompt asks a client of 2026-07-28."));
	else
		run(c, FIXTURE_PROMPT, none);
}
