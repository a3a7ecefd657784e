// SPDX-License-Identifier: GPL-2.0-or-later
/* core rd, core sym, core dis: memory as it is, names of addresses, instructions. */
#include "verb/core_rd.h"

#include "base/alloc.h"
#include "cli/core.h"
#include "cli/verbs.h"
#include "verb/core_dis.h"

struct rd_opts {
	struct kd_core_opts common;
	struct kd_core_rd_options rd;
};

static const char *const forms[] = {"64", "32", "16", "8", "ascii", "decimal", "unsigned", "string", NULL};

static const struct kd_opt rd_opts[] = {
	KD_OPT_ENUM_('f', "form", "FORM", forms, struct rd_opts, rd.form,
		     "words of 64, 32, 16 or 8 bits, ascii, decimal, unsigned, or string (up to its NUL)"),
	KD_OPT_FLAG_('s', "symbols", struct rd_opts, rd.symbols, "words that are addresses of the kernel as symbols"),
	KD_OPT_FLAG_('o', "objects", struct rd_opts, rd.objects, "a word a line, with what it is: object of a cache, stack, task, symbol …"),
	KD_OPT_FLAG_('p', "physical", struct rd_opts, rd.physical, "the address is one of physical memory"),
	KD_OPT_STR_('e', "end", "ADDRESS", struct rd_opts, rd.end, "up to this address"),
	KD_OPT_FLAG_('R', "reverse", struct rd_opts, rd.reverse, "the words that end with the one at ADDRESS"),
	KD_CORE_OPTS(struct rd_opts, common),
};

static int run_rd(struct kd_cli *cli, const void *options)
{
	const struct rd_opts *o = options;

	return kd_cli_core(cli, &kd_cmd_core_rd, &o->common, kd_core_rd, &o->rd);
}

static const char *const rd_about[] = {
	"Shows memory of a dump. What is not in the dump is shown as '--', with the reason below: left out by the dump's level, "
	"not mapped, cut off; it is never shown as zero.",
	"ADDRESS is 0x…, eight or more hexadecimal digits, or a symbol (\"jiffies\", \"ext4:ext4_fs_type\", \"init_task+0x10\").",
	NULL,
};

static const struct kd_example rd_examples[] = {
	{"kdoc core rd vmcore jiffies", "one word"},
	{"kdoc core rd --symbols vmcore 0xffffc90000003e00 32", "words of a stack"},
	{"kdoc core rd --form=string vmcore saved_command_line", "text"},
	{NULL, NULL},
};

const struct kd_cmd kd_cmd_core_rd = {
	.name = "core rd",
	.phase = KD_PHASE_DUMP,
	.usage = "DUMP ADDRESS|SYMBOL [COUNT]",
	.summary = "memory of a dump as it is",
	.about = rd_about,
	.negative = "nothing of it could be read",
	.examples = rd_examples,
	.opts = rd_opts,
	.nopts = KD_ARRAY_LEN(rd_opts),
	.opts_size = sizeof(struct rd_opts),
	.min_args = 2,
	.max_args = 3,
	.run = run_rd,
};

struct sym_opts {
	struct kd_core_opts common;
	struct kd_core_sym_options sym;
};

static const struct kd_opt sym_opts[] = {
	KD_OPT_FLAG_('l', "list", struct sym_opts, sym.list, "all symbols"),
	KD_OPT_STR_('q', "query", "TEXT", struct sym_opts, sym.query, "those with TEXT in their name"),
	KD_OPT_STR_('m', "module", "NAME", struct sym_opts, sym.module, "of this module alone"),
	KD_OPT_FLAG_('a', "around", struct sym_opts, sym.around, "the symbol before and the one behind, too"),
	KD_CORE_OPTS(struct sym_opts, common),
};

static int run_sym(struct kd_cli *cli, const void *options)
{
	const struct sym_opts *o = options;

	return kd_cli_core(cli, &kd_cmd_core_sym, &o->common, kd_core_sym, &o->sym);
}

static const char *const sym_about[] = {
	"Says which symbol an address is in, or where the symbols of a name are: of the kernel and of its modules, as its own "
	"tables in the dump have them. Of a name that several symbols have all are shown.",
	NULL,
};

static const struct kd_example sym_examples[] = {
	{"kdoc core sym vmcore 0xffffffff81234567", "what is there"},
	{"kdoc core sym --query=oom vmcore", "symbols with a word in their name"},
	{NULL, NULL},
};

const struct kd_cmd kd_cmd_core_sym = {
	.name = "core sym",
	.phase = KD_PHASE_DUMP,
	.usage = "DUMP [ADDRESS|SYMBOL…]",
	.summary = "symbols of a dump's kernel and modules",
	.about = sym_about,
	.negative = "there is none",
	.examples = sym_examples,
	.opts = sym_opts,
	.nopts = KD_ARRAY_LEN(sym_opts),
	.opts_size = sizeof(struct sym_opts),
	.min_args = 1,
	.max_args = KD_ARGS_ANY,
	.run = run_sym,
};

struct dis_opts {
	struct kd_core_opts common;
	struct kd_core_dis_options dis;
};

static const struct kd_opt dis_opts[] = {
	KD_OPT_NUM_('a', "around", "N", struct dis_opts, dis.around, "N instructions before and behind it"),
	KD_OPT_FLAG_('r', "reverse", struct dis_opts, dis.reverse, "from the function's beginning up to it; with COUNT the last COUNT of these"),
	KD_CORE_OPTS(struct dis_opts, common),
};

static int run_dis(struct kd_cli *cli, const void *options)
{
	const struct dis_opts *o = options;

	return kd_cli_core(cli, &kd_cmd_core_dis, &o->common, kd_core_dis, &o->dis);
}

static const char *const dis_about[] = {
	"Shows instructions out of the memory of a dump: those that ran, as the kernel had patched them, with the targets of "
	"branches by name. With --debug the source line stands where it changes.",
	"Of a symbol or an address inside of a function: the whole function, '=>' at the address; with COUNT so many from there on.",
	NULL,
};

static const struct kd_example dis_examples[] = {
	{"kdoc core dis vmcore vfs_read", "a function"},
	{"kdoc core dis --around 8 --debug vmlinux vmcore vfs_read+0xc7", "around a place, with lines"},
	{NULL, NULL},
};

const struct kd_cmd kd_cmd_core_dis = {
	.name = "core dis",
	.phase = KD_PHASE_DUMP,
	.usage = "DUMP ADDRESS|SYMBOL [COUNT]",
	.summary = "instructions in a dump's memory",
	.about = dis_about,
	.negative = "the memory is not in the dump",
	.examples = dis_examples,
	.opts = dis_opts,
	.nopts = KD_ARRAY_LEN(dis_opts),
	.opts_size = sizeof(struct dis_opts),
	.min_args = 2,
	.max_args = 3,
	.run = run_dis,
};
