// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "base/alloc.h"
#include "cli/memory.h"
#include "cli/verbs.h"
#include "verb/incident.h"

enum { ROWS = 50, EVENTS = 200 };

struct opts {
	struct kd_memory_opts common;
	struct kd_incident_options o;
};

static const struct kd_opt opts[] = {
	KD_MEMORY_OPTS(struct opts, common),
	KD_OPT_STR_(0, "host", "NAME", struct opts, o.host, "list: only of this host"),
	KD_OPT_FLAG_(0, "several", struct opts, o.several,
		     "list: only incidents of several events"),
};

static int run(struct kd_cli *cli, const void *options)
{
	const struct opts *o = options;

	if (cli->nargs == 1 && !strcmp(cli->args[0], "list"))
		return kd_cli_memory(cli, &kd_cmd_incident, &o->common, KD_DB_READ, ROWS,
				     kd_incident_list, &o->o);
	if (cli->nargs == 2 && !strcmp(cli->args[0], "show")) {
		cli->args++;
		cli->nargs--;
		return kd_cli_memory(cli, &kd_cmd_incident, &o->common, KD_DB_READ, EVENTS,
				     kd_incident_show, &o->o);
	}
	return kd_cli_fail(
		cli, kd_error_new(KD_INVALID, "'kdoc incident list' or 'kdoc incident show ID'"));
}

static const char *const about[] = {
	"An incident is all events of one machine's one boot: the first one may have caused the "
	"others, and trackers make an issue of "
	"each. It shows them in order, which follows from which and why, and what set a taint "
	"flag, if that was reported.",
	"A flag that nothing in this boot set is said to be set by something that was not reported "
	"here. Events of a host without a "
	"boot id are put together by time, which is said.",
	"ID is an incident (inc-…), an event (ev-…) or a host.",
	NULL,
};

static const struct kd_example examples[] = {
	{"kdoc incident list --several", "the newest first"},
	{"kdoc incident show inc-5e0f1c2d3a4b", "one of them"},
	{"kdoc incident show db7", "of a host that had only one"},
	{NULL, NULL},
};

const struct kd_cmd kd_cmd_incident = {
	.name = "incident",
	.phase = KD_PHASE_ANALYSIS,
	.usage = "list|show ID",
	.summary = "events of one machine's one boot, and which came first",
	.about = about,
	.negative = "there are no incidents",
	.examples = examples,
	.opts = opts,
	.nopts = KD_ARRAY_LEN(opts),
	.opts_size = sizeof(struct opts),
	.min_args = 1,
	.max_args = 2,
	.run = run,
};
