// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/alloc.h"
#include "base/json.h"
#include "cli/interrupt.h"
#include "cli/memory.h"
#include "cli/verbs.h"
#include "render/timeline.h"

struct opts {
	const char *store;
	int format;
};

enum { F_TEXT, F_JSON, F_HTML };

static const char *const formats[] = {"text", "json", "html", NULL};

static const struct kd_opt opts[] = {
	KD_OPT_ENUM_('f', "format", "FORMAT", formats, struct opts, format,
		     "text, json or html (one self-contained file)"),
	KD_MEMORY_STORE_OPT(struct opts, store),
};

static int run(struct kd_cli *cli, const void *options)
{
	const struct opts *o = options;
	kd_auto(kd_interrupt_end) struct kd_interrupt in = {.on = false};
	kd_auto(kd_timeline_freep) struct kd_timeline *t = NULL;
	struct kd_error *err;
	struct kd_json j;

	kd_interrupt_begin(&in, cli->ctx);
	err = kd_timeline(cli->ctx, o->store, cli->args[0], &t);
	if (!err && (cli->json || o->format == F_JSON)) {
		kd_json_init_flush(&j, kd_out_json_flush, cli->out, KD_JSON_PRETTY);
		kd_render_timeline_json(&j, t);
		err = kd_json_finish(&j);
	} else if (!err && o->format == F_HTML) {
		kd_render_timeline_html(cli->out, t);
	} else if (!err) {
		kd_render_timeline_text(cli->out, t);
	}
	return err ? kd_cli_fail(cli, err) : KD_EXIT_OK;
}

static const char *const about[] = {
	"Events of the team's memory by time: an incident, all incidents of a host, or those that "
	"a group was part of. Boots, the first event of "
	"a host with a release, taint flags, CPUs, and which event follows from which within a "
	"boot.",
	"Order within a boot is by [#n] and the kernel's clock; a question mark says where that is "
	"not sure.",
	NULL,
};

static const struct kd_example examples[] = {
	{"kdoc timeline db7", "of a host"},
	{"kdoc timeline inc-5e0f1c2d3a4b", "of one incident"},
	{"kdoc timeline --format=html g-0123456789ab > bug.html", "of a group, to send around"},
	{NULL, NULL},
};

const struct kd_cmd kd_cmd_timeline = {
	.name = "timeline",
	.phase = KD_PHASE_ANALYSIS,
	.usage = "INCIDENT|EVENT|HOST|GROUP",
	.summary = "events by time: boots, releases, taint, cause and effect",
	.about = about,
	.examples = examples,
	.opts = opts,
	.nopts = KD_ARRAY_LEN(opts),
	.opts_size = sizeof(struct opts),
	.min_args = 1,
	.max_args = 1,
	.run = run,
};
