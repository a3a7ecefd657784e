// SPDX-License-Identifier: GPL-2.0-or-later
/* core list: what hangs together in a dump. */
#include "verb/core_list.h"

#include "base/alloc.h"
#include "cli/core.h"
#include "cli/verbs.h"

struct opts {
	struct kd_core_opts common;
	struct kd_core_list_options list;
};

/* In the order of enum kd_core_list_kind. */
static const char *const kinds[] = {"type", "list", "hlist", "llist", "rbtree", "xarray", "idr", "maple", NULL};

static const struct kd_opt opts[] = {
	KD_OPT_STR_('s', "fields", "NAMES", struct opts, list.fields, "these members of each entry as columns: pid,comm,se.vruntime"),
	KD_OPT_ENUM_('k', "kind", "KIND", kinds, struct opts, list.kind,
		     "what it is: list, hlist, llist, rbtree, xarray, idr, maple; otherwise its type says so"),
	KD_OPT_STR_(0, "next", "MEMBER", struct opts, list.next, "a chain: this member of TYPE points to the next one; START is the first"),
	KD_OPT_FLAG_('m', "member", struct opts, list.member, "START is the list_head of an entry, not the head of the list"),
	KD_OPT_FLAG_('c', "check", struct opts, list.check, "follow a list both ways, each to where it is broken"),
	KD_OPT_FLAG_('x', "hex", struct opts, list.hex, "integers as hexadecimal"),
	KD_CORE_OPTS(struct opts, common),
};

static int run(struct kd_cli *cli, const void *options)
{
	const struct opts *o = options;

	return kd_cli_core(cli, &kd_cmd_core_list, &o->common, kd_core_list, &o->list);
}

static const char *const about[] = {
	"Walks a list, hash chain, red-black tree, XArray, IDR or maple tree of a dump, and shows members of each entry.",
	"START is an expression as of core p. Each step is checked: a node has to point back to the one before it, a node of a tree to "
	"its parent. Where that is not so, the walk ends, and the place is said.",
	NULL,
};

static const struct kd_example examples[] = {
	{"kdoc core list -k list -s name vmcore modules module.list", "a list whose type is said"},
	{"kdoc core list -m -s pid,comm vmcore '((struct task_struct *)&init_task)->tasks' task_struct.tasks",
	 "from an entry on"},
	{"kdoc core list --check -k list vmcore 0xffffffffc0601200", "where is it broken?"},
	{"kdoc core list vmcore 'per_cpu(runqueues, 0).cfs.tasks_timeline' sched_entity.run_node", "a tree, by its type"},
	{NULL, NULL},
};

const struct kd_cmd kd_cmd_core_list = {
	.name = "core list",
	.phase = KD_PHASE_DUMP,
	.usage = "DUMP START [TYPE[.MEMBER]]",
	.summary = "walk a list or tree of a dump",
	.about = about,
	.negative = "it has no entries",
	.examples = examples,
	.opts = opts,
	.nopts = KD_ARRAY_LEN(opts),
	.opts_size = sizeof(struct opts),
	.min_args = 2,
	.max_args = 3,
	.run = run,
};
