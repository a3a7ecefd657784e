// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/alloc.h"
#include "base/json.h"
#include "cli/cmd.h"
#include "cli/verbs.h"
#include "render/explain_json.h"
#include "render/explain_text.h"
#include "render/html.h"
#include "render/markdown.h"
#include "verb/explain.h"

struct opts {
	bool list;
	int format;
	const char *kind;
	uint64_t report;
};

enum { F_TEXT, F_JSON, F_MARKDOWN, F_HTML };

static const char *const formats[] = {"text", "json", "markdown", "html", NULL};

static const struct kd_opt opts[] = {
	KD_OPT_ENUM_('f', "format", "FORMAT", formats, struct opts, format,
		     "text, json, markdown or html"),
	KD_OPT_NUM_('r', "report", "N", struct opts, report,
		    "the N-th report of the log instead of the first domino"),
	KD_OPT_STR_('k', "kind", "KIND", struct opts, kind, "the playbook of a kind, without a log"),
	KD_OPT_FLAG_('l', "list", struct opts, list, "the playbooks that there are"),
};

static struct kd_error *flush_playbooks(struct kd_cli *cli, const struct kd_playbook *p, size_t n)
{
	struct kd_json j;

	kd_json_init_flush(&j, kd_out_json_flush, cli->out, KD_JSON_PRETTY);
	kd_render_playbooks_json(&j, p, n);
	return kd_json_finish(&j);
}

static int playbooks(struct kd_cli *cli, const struct opts *o)
{
	bool json = cli->json || o->format == F_JSON;
	const struct kd_playbook *p;
	struct kd_error *err = NULL;
	size_t n;

	if (o->list) {
		p = kd_playbooks(&n);
		if (json)
			err = flush_playbooks(cli, p, n);
		else
			kd_render_playbook_list_text(cli->out);
		return err ? kd_cli_fail(cli, err) : KD_EXIT_OK;
	}
	p = kd_playbook_named(kd_view_of(o->kind));
	if (!p)
		return kd_cli_usage(cli, &kd_cmd_explain,
				    kd_error_new(KD_INVALID, "no playbook is called '%s'; kdoc explain "
							     "--list names them",
						 o->kind));
	if (json)
		err = flush_playbooks(cli, p, 1);
	else
		kd_render_playbook_text(cli->out, p);
	return err ? kd_cli_fail(cli, err) : KD_EXIT_OK;
}

static struct kd_error *answer(struct kd_cli *cli, int format, const struct kd_explanation *e)
{
	struct kd_json j;

	switch (cli->json ? F_JSON : format) {
	case F_JSON:
		kd_json_init_flush(&j, kd_out_json_flush, cli->out, KD_JSON_PRETTY);
		kd_render_explanation_json(&j, e);
		return kd_json_finish(&j);
	case F_MARKDOWN:
		kd_render_explanation_markdown(cli->out, e);
		return NULL;
	case F_HTML:
		kd_render_explanation_html(cli->out, e);
		return NULL;
	default:
		kd_render_explanation_text(cli->out, e);
		return NULL;
	}
}

static int run(struct kd_cli *cli, const void *options)
{
	const struct opts *o = options;
	kd_auto(kd_input_close) struct kd_input in = {0};
	kd_auto(kd_explanation_freep) struct kd_explanation *e = NULL;
	struct kd_explain_request req = {.report = (uint32_t)o->report};
	struct kd_error *err;

	if (o->list || o->kind)
		return playbooks(cli, o);
	if (!cli->nargs)
		return kd_cli_usage(cli, &kd_cmd_explain,
				    kd_error_new(KD_INVALID, "a log is missing; '-' reads the standard input"));
	req.name = cli->args[0];
	err = kd_input_open(cli->ctx, cli->args[0], &in);
	if (!err)
		err = kd_explain(cli->ctx, in.src, &req, &e);
	if (!err)
		err = answer(cli, o->format, e);
	if (err)
		return kd_cli_fail(cli, err);
	return e->r ? KD_EXIT_OK : KD_EXIT_NEGATIVE;
}

static const char *const about[] = {
	"The report annotated line by line: what each line says in this report, what it does not "
	"prove and what to look at next, then the playbook of its kind. For people who learn, and "
	"for checking what a tool claims.",
	NULL,
};

static const struct kd_example examples[] = {
	{"kdoc explain crash.log", "every line of the report in words"},
	{"kdoc explain --kind kasan", "the playbook alone"},
	{"kdoc explain --list", "which playbooks there are"},
	{NULL, NULL},
};

const struct kd_cmd kd_cmd_explain = {
	.name = "explain",
	.phase = KD_PHASE_ANALYSIS,
	.usage = "[LOG|-]",
	.summary = "the report line by line, for a learner",
	.about = about,
	.negative = "the log holds no report",
	.examples = examples,
	.opts = opts,
	.nopts = KD_ARRAY_LEN(opts),
	.opts_size = sizeof(struct opts),
	.min_args = 0,
	.max_args = 1,
	.run = run,
};
