// SPDX-License-Identifier: GPL-2.0-or-later
/* core p, core struct, core whatis: memory of a dump as C sees it. */
#include "verb/core_p.h"

#include "base/alloc.h"
#include "cli/core.h"
#include "cli/verbs.h"

struct opts {
	struct kd_core_opts common;
	struct kd_core_p_options p;
};

#define SHOW_OPTS                                                                                                     \
	KD_OPT_FLAG_('x', "hex", struct opts, p.hex, "integers as hexadecimal"),                                      \
	KD_OPT_NUM_(0, "depth", "N", struct opts, p.depth, "so many levels of structs in structs (8)"),               \
	KD_OPT_NUM_(0, "elements", "N", struct opts, p.elements, "so many elements of an array (64; all with --no-limit)")

static const struct kd_opt p_opts[] = {
	SHOW_OPTS,
	KD_OPT_STR_('f', "path", "PATH", struct opts, p.path, "follow these members from EXPRESSION on, through pointers, and show each hop: mm.exe_file.f_path"),
	KD_OPT_FLAG_('a', "cpus", struct opts, p.cpus, "EXPRESSION is a per-CPU variable: of each CPU"),
	KD_CORE_OPTS(struct opts, common),
};

static int run_p(struct kd_cli *cli, const void *options)
{
	const struct opts *o = options;

	return kd_cli_core(cli, &kd_cmd_core_p, &o->common, kd_core_p, &o->p);
}

static const char *const p_about[] = {
	"Works out a C expression about the memory of a dump: symbols, numbers, casts, sizeof, members ('.' and '->' alike), "
	"elements, arithmetic, comparisons; per_cpu(SYMBOL, CPU) or SYMBOL:CPU, container_of(POINTER, TYPE, MEMBER), "
	"offsetof(TYPE, MEMBER), ADDRESS @ TYPE.",
	"Types are those of the BTF in the dump itself; with --debug those of the debug info, which has the types of variables, too. "
	"What cannot be read is said in its place, with the reason.",
	NULL,
};

static const struct kd_example p_examples[] = {
	{"kdoc core p vmcore '((struct task_struct *)&init_task)->comm'", "a member, by the types in the dump"},
	{"kdoc core p --debug vmlinux vmcore jiffies", "a variable, by debug info"},
	{"kdoc core p vmcore runqueues:1", "what belongs to one CPU"},
	{"kdoc core p --path=mm.exe_file.f_inode vmcore '(struct task_struct *)0xffff888003a10000'", "each hop of a path"},
	{NULL, NULL},
};

const struct kd_cmd kd_cmd_core_p = {
	.name = "core p",
	.phase = KD_PHASE_DUMP,
	.usage = "DUMP EXPRESSION",
	.summary = "a C expression about a dump",
	.about = p_about,
	.negative = "its value could not be read",
	.examples = p_examples,
	.opts = p_opts,
	.nopts = KD_ARRAY_LEN(p_opts),
	.opts_size = sizeof(struct opts),
	.min_args = 2,
	.max_args = KD_ARGS_ANY,
	.run = run_p,
};

static const struct kd_opt struct_opts[] = {
	SHOW_OPTS,
	KD_OPT_STR_('l', "embedded", "MEMBER", struct opts, p.embedded, "the address is that of this member of it"),
	KD_CORE_OPTS(struct opts, common),
};

static int run_struct(struct kd_cli *cli, const void *options)
{
	const struct opts *o = options;

	return kd_cli_core(cli, &kd_cmd_core_struct, &o->common, kd_core_struct, &o->p);
}

static const char *const struct_about[] = {
	"Shows a struct or union of a dump with its values: all members, or those that are named, with paths (\"se.vruntime\"). "
	"Without an address: its members with offsets and sizes.",
	"The address is a number, a symbol, or an expression as of core p; COUNT shows so many of them, one behind the other.",
	NULL,
};

static const struct kd_example struct_examples[] = {
	{"kdoc core struct vmcore task_struct.pid,comm init_task", "two members"},
	{"kdoc core struct vmcore list_head", "how it is laid out"},
	{"kdoc core struct --embedded=tasks vmcore task_struct.comm 0xffff888003a10000", "of which a member is there"},
	{NULL, NULL},
};

const struct kd_cmd kd_cmd_core_struct = {
	.name = "core struct",
	.phase = KD_PHASE_DUMP,
	.usage = "DUMP TYPE[.MEMBER,…] [ADDRESS [COUNT]]",
	.summary = "a struct or union of a dump with its values",
	.about = struct_about,
	.negative = NULL,
	.examples = struct_examples,
	.opts = struct_opts,
	.nopts = KD_ARRAY_LEN(struct_opts),
	.opts_size = sizeof(struct opts),
	.min_args = 2,
	.max_args = 4,
	.run = run_struct,
};

static const struct kd_opt whatis_opts[] = {
	KD_CORE_OPTS(struct opts, common),
};

static int run_whatis(struct kd_cli *cli, const void *options)
{
	const struct opts *o = options;

	return kd_cli_core(cli, &kd_cmd_core_whatis, &o->common, kd_core_whatis, &o->p);
}

static const char *const whatis_about[] = {
	"Says what type an expression has, or what a type is: its size, the members of a struct, the names of an enum.",
	NULL,
};

static const struct kd_example whatis_examples[] = {
	{"kdoc core whatis vmcore struct list_head", "a type"},
	{"kdoc core whatis vmcore 'per_cpu(runqueues, 0).curr'", "an expression"},
	{NULL, NULL},
};

const struct kd_cmd kd_cmd_core_whatis = {
	.name = "core whatis",
	.phase = KD_PHASE_DUMP,
	.usage = "DUMP EXPRESSION|TYPE",
	.summary = "the type of an expression, the layout of a type",
	.about = whatis_about,
	.negative = NULL,
	.examples = whatis_examples,
	.opts = whatis_opts,
	.nopts = KD_ARRAY_LEN(whatis_opts),
	.opts_size = sizeof(struct opts),
	.min_args = 2,
	.max_args = KD_ARGS_ANY,
	.run = run_whatis,
};
