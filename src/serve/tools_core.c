// SPDX-License-Identifier: GPL-2.0-or-later
/* Rows: dumps (vmcore). */
#include "serve/toolrows.h"

#define DUMP                                                                                                                   \
	{                                                                                                                      \
		"path", KD_VT_PATH, KD_VT_REQ, .help = "vmcore"                                                                 \
	}
#define DEBUG                                                                                                                  \
	{                                                                                                                      \
		"debug", .type = KD_VT_PATHS, .flags = KD_VT_DIR, .option = "debug"                                              \
	}
#define LIMIT                                                                                                                  \
	{                                                                                                                      \
		"limit", KD_VT_INT, .option = "limit", .min = 1, .max = 100000                                                  \
	}

static const struct kd_vt_param core_triage[] = {
	DUMP,
	{"names", .type = KD_VT_LIST, .help = "of modules, cmdline, config: these alone"},
	{"locals", .type = KD_VT_BOOL, .option = "locals", .help = "variables of all frames (with debug)"},
	DEBUG,
};
const struct kd_vt kd_vt_core_triage = {
	.chooser = "what",
	.chooser_help = "triage: what happened; check: is the dump whole?; full: everything",
	KD_VT_CHOICES({"triage", "core triage", .takes = "path locals debug"}, {"check", "core check", .takes = "path"},
		      {"info", "core info", .takes = "path debug"}, {"full", "analyze-dump", .takes = "path debug"},
		      {"modules", "core mod", .takes = "path names debug"}, {"cmdline", "core cmdline", .takes = "path names"},
		      {"config", "core config", .takes = "path names"}, {"taint", "core taint", .takes = "path"},
		      {"dev", "core dev", .takes = "path"}, {"irq", "core irq", .takes = "path"}, {"timer", "core timer", .takes = "path"},
		      {"bpf", "core bpf", .takes = "path"}),
	KD_VT_PARAMS(core_triage),
	.next = {{"core_backtrace", "other stacks"}, {"core_hangs", "who waits for whom"}, {"core_memory", "what an address is"}},
};

static const struct kd_vt_param core_log[] = {
	DUMP,
	{"reports", .type = KD_VT_BOOL, .option = "reports", .help = "its crash reports as a list"},
	{"last", .type = KD_VT_INT, .option = "last", .help = "lines", .min = 1, .max = 1000000},
	{"grep", .type = KD_VT_STR, .flags = KD_VT_DASH, .option = "grep", .help = "lines with this text"},
};
const struct kd_vt kd_vt_core_log = {
	KD_VT_VERB("core log"),
	KD_VT_PARAMS(core_log),
	.flags = KD_VT_RAW,
	.next = {{"investigate", "the report in it"}, {"core_triage", "with its memory"}},
};

static const struct kd_vt_param core_backtrace[] = {
	DUMP,
	{"pids", .type = KD_VT_LIST, .help = "else the CPU that panicked"},
	{"all", .type = KD_VT_BOOL, .option = "all", .help = "all CPUs"},
	{"tasks", .type = KD_VT_BOOL, .option = "tasks", .help = "all tasks, equal stacks once"},
	{"state", .type = KD_VT_ID, .option = "state", .help = "tasks in D, S, R …"},
	{"registers", .type = KD_VT_BOOL, .option = "registers"},
	{"locals", .type = KD_VT_BOOL, .option = "locals", .help = "variables (with debug)"},
	DEBUG,
	LIMIT,
};
const struct kd_vt kd_vt_core_backtrace = {
	KD_VT_VERB("core bt"),
	KD_VT_PARAMS(core_backtrace),
	.next = {{"core_memory", "what a register points to"}, {"source_of", "read a function"}},
};

static const struct kd_vt_param core_hangs[] = {
	DUMP,
	{"queue", .type = KD_VT_STR, .help = "of waitq: address or expression"},
	{"all", .type = KD_VT_BOOL, .option = "all", .help = "idle ones, too"},
	DEBUG,
	LIMIT,
};
const struct kd_vt kd_vt_core_hangs = {
	.chooser = "what",
	KD_VT_CHOICES({"deadlock", "core deadlock", .takes = "path all debug limit"}, {"lockup", "core lockup", .takes = "path debug limit"},
		      {"rcu", "core rcu", .takes = "path debug limit"}, {"runq", "core runq", .takes = "path debug limit"},
		      {"workqueue", "core workqueue", .takes = "path all debug limit"}, {"memory", "core memory", .takes = "path all debug limit"},
		      {"block", "core block", .takes = "path all debug limit"},
		      {"net", "core net", .fixed = "--diagnose", .takes = "path debug limit"},
		      {"waitq", "core waitq", .takes = "path debug limit", .needs = "queue"}),
	KD_VT_PARAMS(core_hangs),
	.next = {{"core_backtrace", "a task's stack"}, {"core_tasks", "a task"}},
};

static const char *const sorts[] = {"rss", "vsz", "pid", "time", "cpu", "comm", NULL};

static const struct kd_vt_param core_tasks[] = {
	DUMP,
	{"tasks", .type = KD_VT_LIST, .help = "PIDs, commands or task addresses"},
	{"state", .type = KD_VT_ID, .option = "state", .help = "of ps: D, S, R …"},
	{"sort", .type = KD_VT_ENUM, .option = "sort", .help = "of ps", .choices = sorts},
	{"tree", .type = KD_VT_BOOL, .option = "tree", .help = "of ps"},
	DEBUG,
	LIMIT,
};
const struct kd_vt kd_vt_core_tasks = {
	.chooser = "what",
	KD_VT_CHOICES({"ps", .verb = "core ps"}, {"task", "core task", .takes = "path tasks debug limit"},
		      {"vm", "core vm", .takes = "path tasks debug limit"}, {"files", "core files", .takes = "path tasks debug limit"},
		      {"mount", "core mount", .takes = "path tasks debug limit"},
		      {"sockets", "core net", .fixed = "--sockets", .takes = "path debug limit"}),
	KD_VT_PARAMS(core_tasks),
	.next = {{"core_backtrace", "a task's stack"}},
};

static const struct kd_vt_param core_memory[] = {
	DUMP,
	{"address", .type = KD_VT_STR, .help = "0x…, symbol+offset; of list: expression"},
	{"value", .type = KD_VT_STR, .help = "of search: number, symbol or text"},
	{"count", .type = KD_VT_INT, .help = "of rd: words", .min = 1, .max = 65536},
	{"type", .type = KD_VT_STR, .help = "of list: TYPE.MEMBER"},
	{"caches", .type = KD_VT_LIST, .help = "of slab: names"},
	{"symbols", .type = KD_VT_BOOL, .option = "symbols", .help = "of rd: words as symbols"},
	{"objects", .type = KD_VT_BOOL, .option = "objects", .help = "of rd: what each word is"},
	{"fields", .type = KD_VT_ID, .option = "fields", .help = "of list: pid,comm"},
	{"is_text", .type = KD_VT_BOOL, .option = "text", .help = "of search"},
	DEBUG,
	LIMIT,
};
const struct kd_vt kd_vt_core_memory = {
	.chooser = "what",
	.chooser_help = "what: what an address is; rd: its bytes",
	KD_VT_CHOICES({"what", "core what", .takes = "path debug limit", .needs = "address"},
		      {"rd", "core rd", .takes = "path count symbols objects debug limit", .needs = "address"},
		      {"search", "core search", .takes = "path is_text limit", .needs = "value"},
		      {"list", "core list", .takes = "path type fields debug limit", .needs = "address"},
		      {"kmem", "core kmem", .fixed = "--info", .takes = "path limit"},
		      {"slab", "core kmem", .fixed = "--slab", .takes = "path caches limit"},
		      {"zones", "core kmem", .fixed = "--zones", .takes = "path limit"},
		      {"pages", "core kmem", .fixed = "--pages", .takes = "path limit"},
		      {"vmalloc", "core kmem", .fixed = "--vmalloc", .takes = "path limit"}),
	KD_VT_PARAMS(core_memory),
	.next = {{"core_print", "it as a struct"}},
};

static const struct kd_vt_param core_print[] = {
	DUMP,
	{"expr", .type = KD_VT_STR, .flags = KD_VT_REQ | KD_VT_DASH, .help = "C expression; struct: TYPE[.MEMBER]; sym, dis: symbol or 0x…"},
	{"address", .type = KD_VT_STR, .help = "of struct"},
	{"count", .type = KD_VT_INT, .help = "of struct, dis", .min = 1, .max = 10000},
	{"hex", .type = KD_VT_BOOL, .option = "hex"},
	{"depth", .type = KD_VT_INT, .option = "depth", .min = 1, .max = 64},
	{"follow", .type = KD_VT_ID, .option = "path", .help = "of p: members through pointers: mm.exe_file"},
	DEBUG,
	LIMIT,
};
const struct kd_vt kd_vt_core_print = {
	.chooser = "what",
	KD_VT_CHOICES({"p", "core p", .takes = "path expr hex depth follow debug limit"},
		      {"struct", "core struct", .takes = "path expr address count hex depth debug limit"},
		      {"whatis", "core whatis", .takes = "path expr debug limit"}, {"sym", "core sym", .takes = "path expr debug limit"},
		      {"dis", "core dis", .takes = "path expr count debug limit"}, {"percpu", "core percpu", .takes = "path expr hex debug limit"}),
	KD_VT_PARAMS(core_print),
	.next = {{"core_memory", "what a pointer leads to"}},
};
