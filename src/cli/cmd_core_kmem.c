// SPDX-License-Identifier: GPL-2.0-or-later
/* core kmem, core what, core search: the kernel's memory, what an address is, where a value is. */
#include "base/alloc.h"
#include "cli/core.h"
#include "cli/verbs.h"
#include "verb/core_mem.h"

struct kmem_opts {
	struct kd_core_opts common;
	struct kd_core_kmem_options kmem;
};

static const struct kd_opt kmem_opts[] = {
	KD_OPT_FLAG_('i', "info", struct kmem_opts, kmem.info, "how much memory there is, and what it is used for"),
	KD_OPT_FLAG_('s', "slab", struct kmem_opts, kmem.slab, "caches of objects, or those of these names"),
	KD_OPT_FLAG_('S', "objects", struct kmem_opts, kmem.objects, "slabs and objects of the caches of these names"),
	KD_OPT_FLAG_('z', "zones", struct kmem_opts, kmem.zones, "zones, and their free blocks"),
	KD_OPT_FLAG_('p', "pages", struct kmem_opts, kmem.pages, "how many pages are used for what, by their struct pages"),
	KD_OPT_FLAG_('v', "vmalloc", struct kmem_opts, kmem.vmalloc, "areas of vmalloc"),
	KD_OPT_FLAG_('m', "by-memory", struct kmem_opts, kmem.by_memory, "with --slab: those that have most memory first"),
	KD_CORE_OPTS(struct kmem_opts, common),
};

static int run_kmem(struct kd_cli *cli, const void *options)
{
	const struct kmem_opts *o = options;

	return kd_cli_core(cli, &kd_cmd_core_kmem, &o->common, kd_core_kmem, &o->kmem);
}

static const char *const kmem_about[] = {
	"Shows how the kernel's memory was used when it was dumped: by its own counters, its caches of objects (SLUB), its zones, its "
	"areas of vmalloc. With an ADDRESS, what that is (as kdoc core what).",
	"Free objects that a CPU keeps aside, or that wait in sheaves, are counted as free. A list that is broken or not in the dump is "
	"named, and what depends on it is not given.",
	NULL,
};

static const struct kd_example kmem_examples[] = {
	{"kdoc core kmem vmcore", "the summary"},
	{"kdoc core kmem --slab --by-memory --limit=20 vmcore", "who has most"},
	{"kdoc core kmem --objects vmcore task_struct", "each object, and whether it is free"},
	{"kdoc core kmem --vmalloc vmcore", "areas of vmalloc and who asked for them"},
	{NULL, NULL},
};

const struct kd_cmd kd_cmd_core_kmem = {
	.name = "core kmem",
	.phase = KD_PHASE_DUMP,
	.usage = "DUMP [CACHE…|ADDRESS…]",
	.summary = "the kernel's memory in a dump: counters, caches, zones, areas",
	.about = kmem_about,
	.negative = "there is none of it",
	.examples = kmem_examples,
	.opts = kmem_opts,
	.nopts = KD_ARRAY_LEN(kmem_opts),
	.opts_size = sizeof(struct kmem_opts),
	.min_args = 1,
	.max_args = KD_ARGS_ANY,
	.run = run_kmem,
};

struct what_opts {
	struct kd_core_opts common;
	struct kd_core_what_options what;
};

static const struct kd_opt what_opts[] = {
	KD_OPT_FLAG_('s', "stacks", struct what_opts, what.stacks,
		     "of an object's last allocation and release, where the kernel keeps them (slub_debug=U)"),
	KD_CORE_OPTS(struct what_opts, common),
};

static int run_what(struct kd_cli *cli, const void *options)
{
	const struct what_opts *o = options;

	return kd_cli_core(cli, &kd_cmd_core_what, &o->common, kd_core_what, &o->what);
}

static const char *const what_about[] = {
	"Says all that the dump knows about an address, or any other word: the symbol, task, stack, per-CPU variable, object of a cache "
	"(and whether it is free), area of vmalloc, page; or that it is an error pointer, a poison, text.",
	"'?' marks what is inferred and not read: what a pattern means, what a pointer's low bits would stand for, which struct a "
	"cache of this name holds.",
	NULL,
};

static const struct kd_example what_examples[] = {
	{"kdoc core what vmcore 0xffff888003f1a2c0", "whose memory is that?"},
	{"kdoc core what --stacks vmcore 0xffff888003f1a2c0", "who allocated it, who freed it"},
	{"kdoc core what vmcore 0x6b6b6b6b6b6b6bb3", "a value out of a register"},
	{NULL, NULL},
};

const struct kd_cmd kd_cmd_core_what = {
	.name = "core what",
	.phase = KD_PHASE_DUMP,
	.usage = "DUMP ADDRESS|SYMBOL…",
	.summary = "what an address of a dump is",
	.about = what_about,
	.negative = "nothing is known about it",
	.examples = what_examples,
	.opts = what_opts,
	.nopts = KD_ARRAY_LEN(what_opts),
	.opts_size = sizeof(struct what_opts),
	.min_args = 1,
	.max_args = KD_ARGS_ANY,
	.run = run_what,
};

struct search_opts {
	struct kd_core_opts common;
	struct kd_core_search_options search;
};

static const char *const sizes[] = {"8", "4", "2", "1", NULL};

static const struct kd_opt search_opts[] = {
	KD_OPT_ENUM_('w', "width", "BYTES", sizes, struct search_opts, search.size, "of a word: 8, 4, 2 or 1 (8)"),
	KD_OPT_STR_('m', "mask", "BITS", struct search_opts, search.mask, "only these bits have to be those of VALUE"),
	KD_OPT_STR_('u', "until", "VALUE", struct search_opts, search.until, "words from the one up to this one, which is not meant any more"),
	KD_OPT_FLAG_('t', "text", struct search_opts, search.string, "VALUE is text"),
	KD_OPT_STR_(0, "start", "ADDRESS", struct search_opts, search.start, "from here …"),
	KD_OPT_STR_(0, "end", "ADDRESS", struct search_opts, search.end, "… to here; without: all memory in the dump"),
	KD_OPT_FLAG_('p', "physical", struct search_opts, search.physical, "these are addresses of physical memory"),
	KD_CORE_OPTS(struct search_opts, common),
};

static int run_search(struct kd_cli *cli, const void *options)
{
	const struct search_opts *o = options;

	return kd_cli_core(cli, &kd_cmd_core_search, &o->common, kd_core_search, &o->search);
}

static const char *const search_about[] = {
	"Finds a value in the memory of a dump, and says of each place what it is: who still points to a freed object, for example. Words "
	"are sought at multiples of their width. What the dump left out cannot be searched, and is counted.",
	NULL,
};

static const struct kd_example search_examples[] = {
	{"kdoc core search vmcore 0xffff888003f1a2c0", "who points to it"},
	{"kdoc core search --until=0xffff888003f1a340 vmcore 0xffff888003f1a2c0", "who points into it"},
	{"kdoc core search --text vmcore 'root=/dev/vda1'", "text"},
	{NULL, NULL},
};

const struct kd_cmd kd_cmd_core_search = {
	.name = "core search",
	.phase = KD_PHASE_DUMP,
	.usage = "DUMP VALUE|SYMBOL|TEXT",
	.summary = "where a value is in a dump's memory",
	.about = search_about,
	.negative = "it is nowhere in what the dump has",
	.examples = search_examples,
	.opts = search_opts,
	.nopts = KD_ARRAY_LEN(search_opts),
	.opts_size = sizeof(struct search_opts),
	.min_args = 2,
	.max_args = 2,
	.run = run_search,
};
