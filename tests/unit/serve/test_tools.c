// SPDX-License-Identifier: GPL-2.0-or-later
/* The table of tools against the verbs' own tables, and arguments → command lines. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/fs.h"
#include "cli/verbs.h"
#include "serve/verbtool.h"
#include "verb/toolnames.h"

static const struct kd_mcp_tool *tool(const char *name)
{
	size_t n;
	const struct kd_mcp_tool *t = kd_mcp_tools(&n);

	for (size_t i = 0; i < n; i++)
		if (!strcmp(t[i].name, name))
			return &t[i];
	fail_msg("no tool %s", name);
	return NULL;
}

static bool has_word(const char *list, const char *word)
{
	struct kd_view rest = kd_view_of(list), w;

	while (kd_view_take_word(&rest, &w)) {
		if (kd_view_eq(w, kd_view_of(word)))
			return true;
		kd_view_skip_blank(&rest);
	}
	return false;
}

/* ---- names and words ---- */

static void test_names(void **state)
{
	size_t n, pinned = 0;
	const struct kd_mcp_tool *t = kd_mcp_tools(&n);

	(void)state;
	for (const char *const *p = kd_tool_names(); *p; p++, pinned++)
		tool(*p);
	assert_int_equal(n, pinned);
	for (size_t i = 0; i < n; i++) {
		const size_t len = strlen(t[i].name);

		assert_true(len >= 1 && len <= 40);
		for (const char *c = t[i].name; *c; c++)
			assert_true((*c >= 'a' && *c <= 'z') || kd_is_digit(*c) || *c == '_');
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(t[i].name, t[k].name);
		assert_true(t[i].title && strlen(t[i].title) <= 40);
		if (strlen(t[i].description) > 300)
			fail_msg("%s: a description of %zu bytes", t[i].name, strlen(t[i].description));
		assert_non_null(t[i].call);
	}
}

static void test_next(void **state)
{
	size_t n;
	const struct kd_mcp_tool *t = kd_mcp_tools(&n);

	(void)state;
	for (size_t i = 0; i < n; i++) {
		const struct kd_vt *vt = t[i].data;

		for (const struct kd_vt_next *x = vt ? vt->next : NULL; x && x->tool; x++) {
			tool(x->tool);
			assert_non_null(x->why);
			assert_string_not_equal(x->tool, t[i].name);
		}
	}
}

/* ---- rows and the verbs' options ---- */

static const struct kd_opt *option(const struct kd_cmd *cmd, struct kd_view name)
{
	for (size_t i = 0; i < cmd->nopts; i++)
		if (kd_view_eq(name, kd_view_of(cmd->opts[i].name)))
			return &cmd->opts[i];
	return NULL;
}

static bool choices_fit(const struct kd_vt_param *p, const struct kd_opt *o)
{
	for (const char *const *c = p->choices; *c; c++) {
		bool found = false;

		for (const char *const *v = o->choices; *v && !found; v++)
			found = !strcmp(*c, *v);
		if (!found)
			return false;
	}
	return true;
}

static bool fits(const struct kd_vt_param *p, const struct kd_opt *o)
{
	switch (p->type) {
	case KD_VT_BOOL:
		return o->type == KD_OPT_FLAG;
	case KD_VT_INT:
		return o->type == KD_OPT_NUM;
	case KD_VT_LIST:
	case KD_VT_PATHS:
		return o->type == (p->flags & KD_VT_COMMAS ? KD_OPT_STR : KD_OPT_LIST);
	case KD_VT_ENUM:
		return o->type == KD_OPT_STR || (o->type == KD_OPT_ENUM && choices_fit(p, o));
	case KD_VT_PATH:
		return o->type == KD_OPT_STR || o->type == KD_OPT_LIST;
	default:
		return o->type == KD_OPT_STR;
	}
}

static bool takes(const struct kd_vt_choice *c, const char *name)
{
	return !c->takes || has_word(c->takes, name) || (c->needs && has_word(c->needs, name));
}

static void check_words(const char *tool_name, const struct kd_vt *vt, const char *words)
{
	struct kd_view rest = kd_view_of(words), w;

	while (words && kd_view_take_word(&rest, &w)) {
		bool found = false;

		for (size_t i = 0; i < vt->nparams && !found; i++)
			found = kd_view_eq(w, kd_view_of(vt->params[i].name));
		if (!found)
			fail_msg("%s: no parameter %.*s", tool_name, KD_VARG(w));
		kd_view_skip_blank(&rest);
	}
}

static void check_fixed(const char *tool_name, const struct kd_cmd *cmd, const char *fixed)
{
	struct kd_view rest = kd_view_of(fixed), w;

	while (fixed && kd_view_take_word(&rest, &w)) {
		struct kd_view name = w;
		const size_t eq = kd_view_chr(w, '=');
		const struct kd_opt *o;

		assert_true(kd_view_skip(&name, KD_V("--")));
		if (eq != KD_NPOS)
			name.n = eq - 2;
		o = option(cmd, name);
		if (!o || (o->type == KD_OPT_FLAG) != (eq == KD_NPOS))
			fail_msg("%s: kdoc %s has no option %.*s of this form", tool_name, cmd->name, KD_VARG(w));
		kd_view_skip_blank(&rest);
	}
}

static void check_choice(const char *name, const struct kd_vt *vt, const struct kd_vt_choice *c)
{
	const struct kd_cmd *cmd = kd_verb_find(c->verb);
	size_t places = c->action ? 1 : 0;
	bool input = false;

	if (!cmd)
		fail_msg("%s: no verb %s", name, c->verb);
	check_words(name, vt, c->takes);
	check_words(name, vt, c->needs);
	check_fixed(name, cmd, c->fixed);
	if (c->effect && (vt->flags & KD_VT_TRY))
		assert_non_null(option(cmd, KD_V("yes")));
	for (size_t i = 0; i < vt->nparams; i++) {
		const struct kd_vt_param *p = &vt->params[i];
		const struct kd_opt *o = p->option ? option(cmd, kd_view_of(p->option)) : NULL;

		if (!takes(c, p->name))
			continue;
		if (p->option && (!o || !fits(p, o)))
			fail_msg("%s: %s: kdoc %s has no such option --%s", name, p->name, cmd->name, p->option);
		if (!p->option && !(p->flags & KD_VT_INPUT && input))
			places++;
		input |= !!(p->flags & KD_VT_INPUT);
	}
	if (places > cmd->max_args)
		fail_msg("%s: kdoc %s takes %zu arguments, not %zu", name, cmd->name, cmd->max_args, places);
}

static void test_rows(void **state)
{
	static const char *const configured[] = {"store", "memory", "index", "history", "vulns", "to", "yes"}; /* the server's, not a caller's */
	size_t n;
	const struct kd_mcp_tool *t = kd_mcp_tools(&n);

	(void)state;
	for (size_t i = 0; i < n; i++) {
		const struct kd_vt *vt = t[i].data;
		bool writes = false;

		for (size_t k = 0; vt && k < vt->nchoices; k++) {
			check_choice(t[i].name, vt, &vt->choices[k]);
			writes |= vt->choices[k].effect != NULL;
			assert_true(!vt->chooser == !vt->choices[k].value);
		}
		for (size_t k = 0; vt && k < vt->nparams; k++) {
			const struct kd_vt_param *p = &vt->params[k];

			assert_true((p->type == KD_VT_ENUM) == (p->choices != NULL));
			for (size_t m = 0; p->option && p->type != KD_VT_BOOL && m < KD_ARRAY_LEN(configured); m++)
				assert_string_not_equal(p->option, configured[m]);
			for (size_t m = 0; m < k; m++)
				assert_string_not_equal(p->name, vt->params[m].name);
			assert_true(strcmp(p->name, "at") && strcmp(p->name, "detail") && strcmp(p->name, "confirm"));
		}
		assert_int_equal(writes, !!(t[i].flags & (KD_TOOL_WRITES | KD_TOOL_OPEN)));
	}
}

/* ---- schemas ---- */

static size_t schema_size(const struct kd_mcp_tool *t)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(65536);
	kd_auto(kd_jsonin_freep) struct kd_jsonin *doc = NULL;
	struct kd_jval props, v;
	struct kd_view key, s;
	bool more = true;

	if (t->input)
		kd_buf_add(&b, kd_view_of(t->input));
	else
		t->schema(t, &b);
	kd_error_free(kd_jsonin_parse(kd_buf_view(&b), NULL, &doc));
	assert_non_null(doc);
	assert_true(kd_jsonin_str(kd_jsonin_get(kd_jsonin_root(doc), "type"), &s) && kd_view_eq(s, KD_V("object")));
	assert_true(kd_jsonin_bool(kd_jsonin_get(kd_jsonin_root(doc), "additionalProperties"), &more) && !more);
	props = kd_jsonin_get(kd_jsonin_root(doc), "properties");
	for (void *it = NULL; kd_jsonin_next(props, &it, &key, &v);)
		assert_true(kd_jsonin_str(kd_jsonin_get(v, "type"), &s));
	v = kd_jsonin_get(kd_jsonin_root(doc), "required");
	for (size_t i = 0; i < kd_jsonin_len(v); i++) {
		kd_auto(kd_freep) char *name = NULL;

		assert_true(kd_jsonin_str(kd_jsonin_at(v, i), &s));
		name = kd_xstrndup(s.p, s.n);
		assert_int_equal(kd_jsonin_type(kd_jsonin_get(props, name)), KD_JOBJECT);
	}
	assert_false(kd_view_has(kd_buf_view(&b), KD_V("$ref")));
	return b.n;
}

static void test_schemas(void **state)
{
	size_t n, sum = 0;
	const struct kd_mcp_tool *t = kd_mcp_tools(&n);
	kd_auto(kd_jsonin_freep) struct kd_jsonin *doc = NULL;

	(void)state;
	for (size_t i = 0; i < n; i++)
		sum += schema_size(&t[i]) + strlen(t[i].description);
	kd_error_free(kd_jsonin_parse(kd_view_of(kd_vt_output), NULL, &doc));
	assert_non_null(doc);
	assert_true(sum < 27000); /* what a model reads before it did anything */
}

/* ---- arguments ---- */

struct place {
	char dir[64], inside[96], outside[64];
	const char *roots[1];
	struct kd_mcp_conf conf;
};

static void put_file(const char *dir, const char *name)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	assert_null(kd_fs_write_atomic(path, KD_V("hello\n"), 0600));
}

static int setup(void **state)
{
	struct place *p = kd_xcalloc(1, sizeof(*p));
	char path[128];

	snprintf(p->dir, sizeof(p->dir), "/tmp/kdoc-tools-XXXXXX");
	snprintf(p->outside, sizeof(p->outside), "/tmp/kdoc-outside-XXXXXX");
	if (!mkdtemp(p->dir) || !mkdtemp(p->outside))
		return -1;
	put_file(p->dir, "crash.log");
	put_file(p->dir, "-rf");
	put_file(p->outside, "secret.log");
	snprintf(p->inside, sizeof(p->inside), "%s/sub", p->dir);
	mkdir(p->inside, 0700);
	put_file(p->inside, "other.log");
	snprintf(path, sizeof(path), "%s/fifo", p->dir);
	if (mkfifo(path, 0600))
		return -1;
	snprintf(path, sizeof(path), "%s/link", p->dir);
	if (symlink("sub/other.log", path))
		return -1;
	snprintf(path, sizeof(path), "%s/sub/out", p->dir);
	if (symlink(p->outside, path))
		return -1;
	p->roots[0] = p->dir;
	p->conf = (struct kd_mcp_conf){.roots = p->roots, .nroots = 1};
	*state = p;
	return 0;
}

static int teardown(void **state)
{
	struct place *p = *state;
	char cmd[256];

	snprintf(cmd, sizeof(cmd), "rm -rf %s %s", p->dir, p->outside);
	if (system(cmd))
		return -1;
	kd_free(p);
	return 0;
}

/* The command line, blanks between words, "$" for the root; or "!" and the message. */
static const char *line(const struct place *p, const char *name, const char *args)
{
	static char text[16384];
	const struct kd_mcp_tool *t = tool(name);
	kd_auto(kd_jsonin_freep) struct kd_jsonin *doc = NULL;
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(sizeof(text) - 1);
	struct kd_vt_line l;
	struct kd_error *err = kd_jsonin_parse(kd_view_of(args), NULL, &doc);

	assert_null(err);
	err = kd_vt_parse(t->name, t->data, &p->conf, kd_jsonin_root(doc), &l);
	if (err)
		kd_buf_printf(&b, "!%s", err->msg);
	for (size_t i = 0; !err && i < l.argc; i++) {
		struct kd_view v = kd_view_of(l.argv[i]);
		const size_t at = kd_view_find(v, kd_view_of(p->dir));

		kd_buf_printf(&b, "%s", i ? " " : "");
		if (at != KD_NPOS)
			kd_buf_printf(&b, "%.*s$%.*s", (int)at, v.p, KD_VARG(kd_view_from(v, at + strlen(p->dir))));
		else
			kd_buf_add(&b, v);
	}
	if (!err && l.input.n)
		kd_buf_printf(&b, " < %.*s", KD_VARG(l.input));
	kd_error_free(err);
	kd_vt_line_deinit(&l);
	snprintf(text, sizeof(text), "%.*s", KD_VARG(kd_buf_view(&b)));
	return text;
}

static void test_lines(void **state)
{
	static const struct {
		const char *tool, *args, *line;
	} rows[] = {
		{"scan_log", "{\"path\":\"crash.log\"}", "scan --color=never -- $/crash.log"},
		{"scan_log", "{\"path\":\"link\",\"limit\":3,\"all\":true,\"kind\":\"kasan\"}", "scan --color=never --kind=kasan --all --limit=3 -- $/sub/other.log"},
		{"scan_log", "{\"path\":\"crash.log\",\"limit\":3.0}", "scan --color=never --limit=3 -- $/crash.log"}, /* JSON Schema's integer */
		{"scan_log", "{\"text\":\"x\",\"detail\":\"json\",\"all\":false,\"limit\":null}", "scan --json -- - < x"},
		{"scan_log", "{\"path\":\"-rf\"}", "scan --color=never -- $/-rf"},
		{"investigate", "{\"id\":\"g-1\"}", "investigate --color=never -- g-1"},
		{"investigate", "{\"path\":\"crash.log\",\"report\":2,\"debug\":\"sub/other.log\",\"at\":\"\"}",
		 "investigate --json --report=2 --debug=$/sub/other.log -- $/crash.log"},
		{"explain_report", "{\"kind\":\"kasan\"}", "explain --color=never --kind=kasan --"},
		{"search_fixes", "{\"text\":\"--help\"}", "search --fixes --color=never -- - < --help"},
		{"search_mail", "{\"query\":\"s:\\\"a b\\\" OR c\"}", "search --mail --color=never -- (s:\"a b\" OR c)"},
		{"backport_check", "{\"commits\":[\"abc1234\"],\"in\":[\"v6.1\",\"v6.6\"]}", "backport-check --color=never --in=v6.1,v6.6 -- abc1234"},
		{"backport_check", "{\"missing_fixes\":\"v6.1\"}", "backport-check --color=never --missing-fixes=v6.1 --"},
		{"source_of", "{\"file\":\"mm/slub.c\",\"line\":7}", "source --color=never --file=mm/slub.c --line=7 --"},
		{"source_of", "{\"function\":\"kfree\",\"release\":\"v6.1\"}", "source --color=never --at=v6.1 -- kfree"},
		{"type_layout", "{\"type\":\"sock\",\"offsets\":[\"-8\"]}", "type --color=never --offset=-8 -- sock"},
		{"core_backtrace", "{\"path\":\"crash.log\",\"pids\":[1,\"2\"]}", "core bt --color=never -- $/crash.log 1 2"},
		{"core_hangs", "{\"path\":\"crash.log\"}", "core deadlock --color=never -- $/crash.log"},
		{"core_hangs", "{\"path\":\"crash.log\",\"what\":\"net\"}", "core net --diagnose --color=never -- $/crash.log"},
		{"core_print", "{\"path\":\"crash.log\",\"expr\":\"-1\"}", "core p --color=never -- $/crash.log -1"},
		{"core_print", "{\"what\":\"struct\",\"path\":\"crash.log\",\"expr\":\"page\",\"address\":\"0x1\",\"count\":2}",
		 "core struct --color=never -- $/crash.log page 0x1 2"},
		{"core_memory", "{\"what\":\"search\",\"path\":\"crash.log\",\"value\":\"abc\",\"is_text\":true}", "core search --color=never --text -- $/crash.log abc"},
		{"core_memory", "{\"what\":\"slab\",\"path\":\"crash.log\"}", "core kmem --slab --color=never -- $/crash.log"},
		{"triage", "{}", "triage --no-log --color=never --"},
		{"case_group", "{}", "group list --color=never --"},
		{"case_group", "{\"id\":\"g-1\"}", "group show --color=never -- g-1"},
		{"case_group", "{\"path\":\"crash.log\"}", "group --color=never -- $/crash.log"},
		{"case_known", "{\"action\":\"match\",\"text\":\"log\"}", "known --color=never -- match - < log"},
		{"case_decide", "{\"group\":\"g-1\",\"other\":\"g-2\",\"why\":\"-\"}", "!case_decide: why cannot begin with '-'"},
		{"case_decide", "{\"group\":\"g-1\",\"other\":\"g-2\",\"why\":\"- same\"}", "group merge --color=never --why=- same -- g-1 g-2"},
		{"case_ticket", "{\"action\":\"comment\",\"ticket\":\"KRN-1\",\"text\":\"seen\"}", "ticket --color=never --file=- -- comment KRN-1 < seen"},
		{"ledger_add", "{\"claim\":\"--by=person:ada\"}", "!ledger_add: claim cannot begin with '-'"},
		{"ledger_add", "{\"claim\":\"a b\",\"by\":\"person:ada\"}", "!ledger_add: by begins with one of model: program:"},
		{"ledger_add", "{\"claim\":\"a b\",\"by\":\"model:m\"}", "ledger --by=program:mcp --color=never --by=model:m -- add a b"},
		{"ledger_add", "{\"claim\":\"a b\",\"log\":\"crash.log\",\"with\":[\"e1\"]}", "ledger --by=program:mcp --color=never --evidence=- -- add a b"},
		{"ledger_add", "{\"claim\":\"a b\",\"with\":[\"e1\"]}", "ledger --by=program:mcp --color=never --with=e1 -- add a b"},
		{"evidence_check", "{\"ids\":[\"c1\",\"e2\"]}", "evidence check --color=never -- c1 e2"},
		{"evidence_check", "{\"answer\":\"crash.log\",\"input\":\"link\"}", "evidence check --color=never -- $/crash.log $/sub/other.log"},
		{"setup_check", "{}", "setup --color=never -- check"},
	};

	for (size_t i = 0; i < KD_ARRAY_LEN(rows); i++)
		assert_string_equal(line(*state, rows[i].tool, rows[i].args), rows[i].line);
}

static void test_refused(void **state)
{
	static const struct {
		const char *tool, *args, *says;
	} rows[] = {
		{"scan_log", "[]", "arguments are an object"},
		{"scan_log", "{}", "needs one of: path, text"},
		{"scan_log", "{\"path\":\"crash.log\",\"text\":\"x\"}", "only one of: path, text"},
		{"scan_log", "{\"pth\":\"crash.log\"}", "no parameter pth; did you mean path? It has: path, text, kind, all, limit, detail, at"},
		{"scan_log", "{\"--output\":\"x\"}", "no parameter --output"},
		{"scan_log", "{\"path\":1}", "path is a string"},
		{"scan_log", "{\"text\":\" \"}", "text is empty"},
		{"scan_log", "{\"path\":\"crash.log\",\"limit\":\"5\"}", "limit is an integer"},
		{"scan_log", "{\"path\":\"crash.log\",\"limit\":0}", "limit is 0; it goes from 1 to 1000"},
		{"scan_log", "{\"path\":\"crash.log\",\"limit\":1.5}", "limit is an integer"},
		{"scan_log", "{\"path\":\"crash.log\",\"limit\":1e300}", "limit is an integer"},
		{"symbol_at", "{\"symbols\":[]}", "symbol_at needs symbols: SYMBOL"},
		{"backport_check", "{\"commits\":[]}", "backport_check needs commits"},
		{"scan_log", "{\"path\":\"crash.log\",\"all\":\"yes\"}", "all is true or false"},
		{"scan_log", "{\"path\":\"crash.log\",\"kind\":\"\"}", "kind is empty"},
		{"scan_log", "{\"path\":\"crash.log\",\"kind\":\"-x\"}", "kind cannot begin with '-'"},
		{"scan_log", "{\"path\":\"crash.log\",\"kind\":\"a b\"}", "kind is an id or a name"},
		{"scan_log", "{\"path\":\"crash.log\",\"detail\":\"long\"}", "detail cannot be long; it is one of brief, normal, full, json"},
		{"scan_log", "{\"path\":\"crash.log\",\"detail\":\"ful\"}", "did you mean full?"},
		{"scan_log", "{\"path\":\"crash.log\",\"at\":\"reports\"}", "at is a JSON pointer"},
		{"core_hangs", "{\"path\":\"crash.log\",\"what\":\"deadlok\"}", "did you mean deadlock?"},
		{"core_hangs", "{\"path\":\"crash.log\",\"what\":\"waitq\"}", "core_hangs with what=waitq needs queue"},
		{"core_hangs", "{\"path\":\"crash.log\",\"queue\":\"x\"}", "core_hangs with what=deadlock takes no queue"},
		{"core_hangs", "{}", "core_hangs with what=deadlock needs path: vmcore"},
		{"core_print", "{\"what\":\"struct\",\"path\":\"crash.log\",\"expr\":\"page\",\"count\":2}", "count needs address, too"},
		{"investigate", "{\"id\":\"/etc/passwd\"}", "begins with one of"},
		{"investigate", "{\"id\":\"g-../../x\"}", "without blanks and '/'"},
		{"investigate", "{\"id\":\"crash.log\"}", "id begins with one of g- ev-"},
		{"investigate", "{\"id\":\"g-\"}", "id begins with one of"},
		{"investigate", "{\"id\":\"-\"}", "cannot begin with '-'"},
		{"backport_check", "{\"commits\":[\"-\"]}", "cannot begin with '-'"},
		{"backport_check", "{\"commits\":[[]]}", "commits is a list of strings"},
		{"backport_check", "{\"commits\":{}}", "commits is a list of strings"},
		{"backport_check", "{}", "needs commits"},
		{"evidence_check", "{\"ids\":[\"../x\"]}", "is an id"},
		{"evidence_check", "{\"answer\":\"crash.log\"}", "evidence_check needs ids"},
		{"case_state", "{\"group\":\"g-1\",\"state\":\"fixd\"}", "state cannot be fixd"},
		{"case_link", "{\"subject\":\"g-1\",\"confirm\":1}", "confirm is true or false"},
		{"scan_log", "{\"path\":\"crash.log\",\"confirm\":true}", "no parameter confirm"},
		{"triage", "{\"store\":\"x\"}", "no parameter store"},
		/* what an answer names as its input is read: not without a log that the caller may read */
		{"lint_report", "{\"path\":\"crash.log\"}", "path goes with log alone"},
		{"lint_report", "{\"text\":\"x\",\"evidence\":\"crash.log\"}", "evidence goes with log alone"},
		{"evidence_check", "{\"answer\":\"crash.log\"}", "needs"},
		{"redact_log", "{\"path\":\"sub\"}", "is a folder; give a file in it"},
	};

	for (size_t i = 0; i < KD_ARRAY_LEN(rows); i++) {
		const char *said = line(*state, rows[i].tool, rows[i].args);

		if (said[0] != '!' || !strstr(said, rows[i].says))
			fail_msg("%s %s: %s", rows[i].tool, rows[i].args, said);
	}
}

/* ---- a verb's words ---- */

static void test_words(void **state)
{
	static const struct {
		const char *tool, *said, *says;
		bool commands;
	} rows[] = {
		{"scan_log", "try kdoc investigate x", "try investigate x", false},
		{"scan_log", "'kdoc core check' says it", "'core_triage {\"what\":\"check\"}' says it", false},
		{"scan_log", "kdoc core\n  check", "core_triage {\"what\":\"check\"}", false},
		{"scan_log", "kdoc search --fixes and kdoc search --mail", "search_fixes and search_mail", false},
		{"scan_log", "kdoc ledger support c1", "ledger_add {\"action\":\"support\"} c1", false},
		{"scan_log", "kdoc setup check, kdoc setup install", "setup_check, kdoc setup install", true},
		{"scan_log", "kdoc index git TREE does it", "kdoc index git TREE does it", true},
		{"scan_log", "kdoc_crash, /usr/bin/kdoc scan, kdoc 0.1.0", "kdoc_crash, /usr/bin/kdoc scan, kdoc 0.1.0", true},
		{"scan_log", "--limit=5: give --all, --nothing, ---limit", "limit=5: give all, --nothing, ---limit", false},
		{"search_fixes", "--path", "touching", false},
		{"type_layout", "--offset=x", "offsets=x", false},
	};

	(void)state;
	for (size_t i = 0; i < KD_ARRAY_LEN(rows); i++) {
		kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(4096);

		assert_int_equal(kd_vt_words(tool(rows[i].tool)->data, kd_view_of(rows[i].said), &b), rows[i].commands);
		kd_buf_addc(&b, '\0');
		assert_string_equal(b.p, rows[i].says);
	}
}

/* ---- paths ---- */

static const char *scan(const struct place *p, const char *path)
{
	char args[512];

	snprintf(args, sizeof(args), "{\"path\":\"%s\"}", path);
	return line(p, "scan_log", args);
}

static void test_paths(void **state)
{
	const struct place *p = *state;
	char path[256];

	snprintf(path, sizeof(path), "%s/crash.log", p->dir);
	assert_string_equal(scan(p, path), "scan --color=never -- $/crash.log");
	assert_string_equal(scan(p, "sub/../crash.log"), "scan --color=never -- $/crash.log");
	assert_non_null(strstr(scan(p, "crash.lgo"), "there is no crash.lgo in "));
	assert_non_null(strstr(scan(p, "crash.lgo"), "; near is crash.log"));
	assert_non_null(strstr(scan(p, "nothing/like/it"), "there is no nothing/like/it below "));
	assert_non_null(strstr(scan(p, "fifo"), "device, pipe or socket"));
	assert_non_null(strstr(scan(p, "sub/out/secret.log"), "is not below the folders"));
	snprintf(path, sizeof(path), "%s/secret.log", p->outside);
	assert_non_null(strstr(scan(p, path), "is not below the folders"));
	/* whether it exists is not said */
	snprintf(path, sizeof(path), "%s/nothing.log", p->outside);
	assert_non_null(strstr(scan(p, path), "is not below the folders"));
	snprintf(path, sizeof(path), "../%s/secret.log", p->outside + 5);
	assert_non_null(strstr(scan(p, path), "is not below the folders"));
	/* a root's name is not the beginning of another folder's name */
	snprintf(path, sizeof(path), "%s-other", p->dir);
	assert_false(kd_vt_below(&p->conf, path));
	assert_true(kd_vt_below(&p->conf, p->dir));
	/* a folder with a link that leads out */
	put_file(p->outside, "more.log");
	snprintf(path, sizeof(path), "%s/escape", p->inside);
	assert_int_equal(symlink("../../../etc/passwd", path), 0);
	assert_non_null(strstr(scan(p, "sub"), "is a link that leads out"));
	assert_int_equal(unlink(path), 0);
	assert_string_equal(scan(p, "sub"), "scan --color=never -- $/sub");
}

static void test_no_roots(void **state)
{
	struct place p = *(struct place *)*state;

	p.conf.nroots = 0;
	assert_non_null(strstr(scan(&p, "crash.log"), "may read no files"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_next),
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_schemas),
		cmocka_unit_test(test_words),
		cmocka_unit_test_setup_teardown(test_lines, setup, teardown),
		cmocka_unit_test_setup_teardown(test_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(test_paths, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_roots, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
