// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * docs/agents-tools.md says of each tool what the table says: the part behind its marker is what is made here. With
 * KDOC_UPDATE=1 in the environment it is written anew.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/fs.h"
#include "serve/verbtool.h"

#define MARKER "<!-- from here on: tests/unit/serve/test_tooldoc.c -->\n"

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

static const char *type(const struct kd_vt_param *p)
{
	switch (p->type) {
	case KD_VT_PATH:
		return p->flags & (KD_VT_DIR | KD_VT_TREE) ? "file or folder" : "file";
	case KD_VT_PATHS:
		return "files";
	case KD_VT_TEXT:
		return "text";
	case KD_VT_INT:
		return "integer";
	case KD_VT_BOOL:
		return "true or false";
	case KD_VT_LIST:
		return "list";
	case KD_VT_ID:
		return "id";
	default:
		return "string";
	}
}

static void param(struct kd_buf *b, const struct kd_vt_param *p)
{
	kd_buf_printf(b, "| `%s` | ", p->name);
	for (const char *const *c = p->choices; c && *c; c++)
		kd_buf_printf(b, "%s%s", c == p->choices ? "" : ", ", *c);
	if (!p->choices)
		kd_buf_printf(b, "%s", type(p));
	kd_buf_printf(b, " | %s | ", p->flags & KD_VT_REQ ? "needed" : p->flags & KD_VT_INPUT ? "one of" : "");
	if (p->option)
		kd_buf_printf(b, "`--%s`", p->option);
	kd_buf_printf(b, " | %s |\n", p->help ? p->help : "");
}

static void command(struct kd_buf *b, const struct kd_vt_choice *c)
{
	kd_buf_printf(b, "`kdoc %s%s%s%s%s`", c->verb, c->fixed ? " " : "", c->fixed ? c->fixed : "", c->action ? " " : "", c->action ? c->action : "");
}

static void words(struct kd_buf *b, const char *list)
{
	struct kd_view rest = kd_view_of(list), w;
	bool any = false;

	while (list && kd_view_take_word(&rest, &w)) {
		kd_buf_printf(b, "%s`%.*s`", any ? ", " : "", KD_VARG(w));
		any = true;
		kd_view_skip_blank(&rest);
	}
}

static void choices(struct kd_buf *b, const struct kd_vt *vt)
{
	if (vt->nchoices == 1) {
		kd_buf_printf(b, "Runs ");
		command(b, vt->choices);
		kd_buf_printf(b, ".%s%s%s", vt->choices[0].effect ? " It " : "", vt->choices[0].effect ? vt->choices[0].effect : "",
			      vt->choices[0].effect ? ".\n\n" : "\n\n");
		return;
	}
	kd_buf_printf(b, "| %s%s%s | runs | needs | takes, too | writes |\n|---|---|---|---|---|\n", vt->chooser ? "`" : "", vt->chooser ? vt->chooser : "",
		      vt->chooser ? "`" : "");
	for (size_t i = 0; i < vt->nchoices; i++) {
		const struct kd_vt_choice *c = &vt->choices[i];

		kd_buf_printf(b, "| %s | ", c->value ? c->value : "");
		command(b, c);
		kd_buf_printf(b, " | ");
		words(b, c->needs);
		kd_buf_printf(b, " | ");
		words(b, c->takes);
		kd_buf_printf(b, " | %s |\n", c->effect ? c->effect : "");
	}
	kd_buf_addc(b, '\n');
}

static void tool(struct kd_buf *b, const struct kd_mcp_tool *t)
{
	const struct kd_vt *vt = t->data;

	kd_buf_printf(b, "\n## %s\n\n%s\n\n", t->name, t->description);
	if (!vt) {
		kd_buf_printf(b, "Parameters: `handle` (needed), `from`, `detail`.\n");
		return;
	}
	choices(b, vt);
	if (vt->nparams)
		kd_buf_printf(b, "| parameter | is | | option | |\n|---|---|---|---|---|\n");
	for (size_t i = 0; i < vt->nparams; i++)
		param(b, &vt->params[i]);
	if (vt->next[0].tool) {
		kd_buf_printf(b, "%sNext: ", vt->nparams ? "\n" : "");
		for (const struct kd_vt_next *x = vt->next; x->tool; x++)
			kd_buf_printf(b, "%s%s (%s)", x == vt->next ? "" : ", ", x->tool, x->why);
		kd_buf_printf(b, ".\n");
	}
}

static void test_doc(void **state)
{
	kd_auto(kd_buf_deinit) struct kd_buf doc = KD_BUF_INIT(1 << 20), made = KD_BUF_INIT(1 << 20), whole = KD_BUF_INIT(1 << 20);
	const char *root = getenv("KDOC_SOURCE_ROOT");
	char path[4096];
	size_t n, at;
	const struct kd_mcp_tool *t = kd_mcp_tools(&n);

	(void)state;
	snprintf(path, sizeof(path), "%s/docs/agents-tools.md", root ? root : ".");
	assert_null(kd_fs_read_small(path, doc.max, &doc));
	at = kd_view_find(kd_buf_view(&doc), KD_V(MARKER));
	assert_true(at != KD_NPOS);
	at += strlen(MARKER);
	for (size_t i = 0; i < n; i++)
		tool(&made, &t[i]);
	if (getenv("KDOC_UPDATE")) {
		kd_buf_add(&whole, kd_view_head(kd_buf_view(&doc), at));
		kd_buf_add(&whole, kd_buf_view(&made));
		assert_null(kd_fs_write_atomic(path, kd_buf_view(&whole), 0644));
		return;
	}
	if (!kd_view_eq(kd_view_from(kd_buf_view(&doc), at), kd_buf_view(&made)))
		fail_msg("docs/agents-tools.md is not what the table of tools says: KDOC_UPDATE=1 writes it anew");
}

/* Every parameter is taken by a choice, and can be given. */
static void test_params(void **state)
{
	size_t n;
	const struct kd_mcp_tool *t = kd_mcp_tools(&n);

	(void)state;
	for (size_t i = 0; i < n; i++) {
		const struct kd_vt *vt = t[i].data;

		for (size_t k = 0; vt && k < vt->nparams; k++) {
			bool taken = false;

			for (size_t m = 0; m < vt->nchoices && !taken; m++) {
				const struct kd_vt_choice *c = &vt->choices[m];

				taken = !c->takes || has_word(c->takes, vt->params[k].name) || (c->needs && has_word(c->needs, vt->params[k].name));
			}
			if (!taken)
				fail_msg("%s: nothing takes %s", t[i].name, vt->params[k].name);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_doc), cmocka_unit_test(test_params)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
