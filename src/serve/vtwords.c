// SPDX-License-Identifier: GPL-2.0-or-later
/* What a verb says to who typed it, in words of tools: "kdoc core check" is core_triage {"what":"check"}, --debug is debug. */
#include "base/alloc.h"
#include "serve/verbtool.h"

/* The parameter that this option of the verb is; KD_VNULL: none. */
static struct kd_view param_of(const struct kd_vt *vt, struct kd_view option)
{
	for (size_t i = 0; i < vt->nparams; i++)
		if (vt->params[i].option && kd_view_eq(option, kd_view_of(vt->params[i].option)))
			return kd_view_of(vt->params[i].name);
	return KD_VNULL;
}

static bool ends_here(struct kd_view rest)
{
	return !rest.n || !(kd_is_word(*rest.p) || *rest.p == '-');
}

/* A command of words, one blank or a line's end between them, at the beginning of text? Gives its length. */
static size_t said(struct kd_view text, const char *words)
{
	struct kd_view rest = text, all = kd_view_of(words), word;

	while (kd_view_take_word(&all, &word)) {
		if (rest.p != text.p) {
			if (!rest.n || !kd_is_space(*rest.p))
				return 0;
			while (rest.n && kd_is_space(*rest.p))
				rest = kd_view_from(rest, 1);
		}
		if (!kd_view_skip(&rest, word) || !ends_here(rest))
			return 0;
		kd_view_skip_blank(&all);
	}
	return text.n - rest.n;
}

struct found {
	const struct kd_mcp_tool *tool;
	const struct kd_vt_choice *choice;
	size_t n;
};

/* The tool for the command that text begins with (without "kdoc "): the longest one of all rows. */
static struct found tool_of(struct kd_view text)
{
	struct found best = {NULL, NULL, 0};
	size_t ntools;
	const struct kd_mcp_tool *tools = kd_mcp_tools(&ntools);

	for (size_t i = 0; i < ntools; i++) {
		const struct kd_vt *vt = tools[i].data;

		for (size_t k = 0; vt && k < vt->nchoices; k++) {
			const struct kd_vt_choice *c = &vt->choices[k];
			const size_t verb = said(text, c->verb);
			const struct kd_view behind = kd_view_from(text, verb + 1);
			const char *rest = c->action ? c->action : c->fixed;
			const size_t more = verb && rest ? said(behind, rest) : 0;
			const size_t n = more ? verb + 1 + more : verb;

			if (c->action && !more && behind.n && kd_is_alpha(*behind.p))
				continue; /* "kdoc setup install": another action of the verb */
			if (n > best.n)
				best = (struct found){&tools[i], c, n};
		}
	}
	return best;
}

static void name_tool(const struct found *f, struct kd_buf *ret)
{
	const struct kd_vt *vt = f->tool->data;

	kd_buf_printf(ret, "%s", f->tool->name);
	if (vt->chooser && f->choice != vt->choices)
		kd_buf_printf(ret, " {\"%s\":\"%s\"}", vt->chooser, f->choice->value);
}

/* An option at the beginning of text: bytes that are taken, or 0. */
static size_t option_at(const struct kd_vt *vt, struct kd_view text, struct kd_buf *ret)
{
	struct kd_view name = text, known;
	size_t n = 0;

	if (!kd_view_skip(&name, KD_V("--")))
		return 0;
	while (n < name.n && (kd_is_alnum(name.p[n]) || name.p[n] == '-'))
		n++;
	known = param_of(vt, kd_view_head(name, n));
	if (known.n)
		kd_buf_add(ret, known);
	return known.n ? n + 2 : 0;
}

bool kd_vt_words(const struct kd_vt *vt, struct kd_view text, struct kd_buf *ret)
{
	bool commands = false;
	size_t i = 0;

	while (i < text.n) {
		struct kd_view rest = kd_view_from(text, i);
		const bool begins = !i || !(kd_is_word(text.p[i - 1]) || text.p[i - 1] == '-' || text.p[i - 1] == '/');
		size_t n = begins && vt ? option_at(vt, rest, ret) : 0;

		if (!n && begins && kd_view_skip(&rest, KD_V("kdoc "))) {
			const struct found f = tool_of(rest);

			commands |= !f.tool;
			n = f.tool ? 5 + f.n : 0;
			if (f.tool)
				name_tool(&f, ret);
		}
		if (!n)
			kd_buf_addc(ret, text.p[i]);
		i += n ? n : 1;
	}
	return commands;
}
