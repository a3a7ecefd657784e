// SPDX-License-Identifier: GPL-2.0-or-later
/* Rows: logs, programs, source, history of commits and mails. */
#include "serve/toolrows.h"

#define LOG_PATH                                                                                                               \
	{                                                                                                                      \
		"path", KD_VT_PATH, KD_VT_INPUT, .help = "log or vmcore"                                                        \
	}
#define LOG_TEXT                                                                                                               \
	{                                                                                                                      \
		"text", KD_VT_TEXT, KD_VT_INPUT, .help = "the log itself"                                                       \
	}
#define DEBUG                                                                                                                  \
	{                                                                                                                      \
		"debug", .type = KD_VT_PATHS, .flags = KD_VT_DIR, .option = "debug", .help = "vmlinux, modules, .kdx or folder"                            \
	}
#define TREE                                                                                                                   \
	{                                                                                                                      \
		"tree", .type = KD_VT_PATH, .flags = KD_VT_TREE, .option = "tree", .help = "source: git, folder, tarball"                                  \
	}
#define REPORT                                                                                                                 \
	{                                                                                                                      \
		"report", KD_VT_INT, .option = "report", .help = "its number in the log", .min = 1, .max = 1000000              \
	}
#define LIMIT                                                                                                                  \
	{                                                                                                                      \
		"limit", KD_VT_INT, .option = "limit", .min = 1, .max = 1000                                                    \
	}
#define OFFSET                                                                                                                 \
	{                                                                                                                      \
		"offset", KD_VT_INT, .option = "offset", .max = 1000000000                                                      \
	}

static const struct kd_vt_param scan_log[] = {
	{"path", .type = KD_VT_PATH, .flags = KD_VT_INPUT | KD_VT_DIR, .help = "log, vmcore or folder"},
	LOG_TEXT,
	{"kind", .type = KD_VT_ID, .option = "kind", .help = "only this kind or family: kasan"},
	{"all", .type = KD_VT_BOOL, .option = "all", .help = "also boots and noise"},
	LIMIT,
};
const struct kd_vt kd_vt_scan_log = {
	KD_VT_VERB("scan"),
	KD_VT_PARAMS(scan_log),
	.next = {{"investigate", "what happened"}, {"explain_report", "line by line"}},
};

static const struct kd_vt_param explain_report[] = {
	LOG_PATH,
	LOG_TEXT,
	REPORT,
	{"kind", .type = KD_VT_ID, .option = "kind", .help = "the playbook of a kind, without a log"},
};
const struct kd_vt kd_vt_explain_report = {
	KD_VT_CHOICES({.verb = "explain", .takes = "path text report"}, {.verb = "explain", .takes = "kind", .needs = "kind"}),
	KD_VT_PARAMS(explain_report),
	.next = {{"investigate", "what is proven"}, {"decode_report", "source lines"}},
};

static const struct kd_vt_param investigate[] = {
	LOG_PATH,
	LOG_TEXT,
	{"id", .type = KD_VT_ID, .flags = KD_VT_INPUT, .begins = KD_VT_MEMORY, .help = "g-…, ev-…, inc-…, issue:KEY, ticket:…"},
	REPORT,
	{"all", .type = KD_VT_BOOL, .option = "all", .help = "every report in full"},
	TREE,
	DEBUG,
};
const struct kd_vt kd_vt_investigate = {
	KD_VT_VERB("investigate"),
	KD_VT_PARAMS(investigate),
	.next = {{"source_of", "read the function"}, {"search_fixes", "is it fixed upstream?"}, {"ledger_add", "keep a claim with its evidence"}},
};

static const struct kd_vt_param decode_report[] = {
	LOG_PATH,
	LOG_TEXT,
	DEBUG,
};
const struct kd_vt kd_vt_decode_report = {
	KD_VT_VERB("decode"),
	KD_VT_PARAMS(decode_report),
	.next = {{"source_of", "read a function"}, {"disassemble", "its instructions"}},
};

static const struct kd_vt_param symbol_at[] = {
	{"symbols", .type = KD_VT_LIST, .flags = KD_VT_REQ, .help = "SYMBOL+OFFSET[/SIZE] or 0x…"},
	DEBUG,
	{"release", .type = KD_VT_ID, .option = "release", .help = "uname -r: its debug info is looked for"},
	{"module", .type = KD_VT_ID, .option = "module"},
	{"return", .type = KD_VT_BOOL, .option = "return", .help = "they are return addresses"},
	{"kaslr", .type = KD_VT_ID, .option = "kaslr", .help = "Kernel Offset 0x…, or auto"},
	{"log", .type = KD_VT_PATH, .option = "log", .help = "log whose Kernel Offset holds"},
};
const struct kd_vt kd_vt_symbol_at = {
	KD_VT_VERB("addr"),
	KD_VT_PARAMS(symbol_at),
	.next = {{"source_of", "read the function"}, {"disassemble", "its instructions"}},
};

static const struct kd_vt_param disassemble[] = {
	{"symbol", .type = KD_VT_STR, .flags = KD_VT_REQ, .help = "SYMBOL[+OFFSET[/SIZE]] or 0x…"},
	DEBUG,
	{"release", .type = KD_VT_ID, .option = "release", .help = "uname -r"},
	{"module", .type = KD_VT_ID, .option = "module"},
	{"around", .type = KD_VT_INT, .option = "around", .help = "so many instructions before and behind", .min = 1, .max = 1000},
};
const struct kd_vt kd_vt_disassemble = {
	KD_VT_VERB("disasm"),
	KD_VT_PARAMS(disassemble),
	.flags = KD_VT_QUOTES,
	.next = {{"type_layout", "which member an offset is"}, {"source_of", "read the function"}},
};

static const struct kd_vt_param type_layout[] = {
	{"type", .type = KD_VT_STR, .flags = KD_VT_REQ, .help = "TYPE[.MEMBER]"},
	{"offsets", .type = KD_VT_LIST, .flags = KD_VT_DASH, .option = "offset", .help = "the member there: 0x28, 0x28:8, -16"},
	{"containers", .type = KD_VT_BOOL, .option = "containers", .help = "what holds it, at a negative offset"},
	{"expand", .type = KD_VT_BOOL, .option = "expand"},
	{"btf", .type = KD_VT_PATH, .option = "btf", .help = "vmlinux or BTF; else the server's kernel"},
	{"base", .type = KD_VT_PATH, .option = "base", .help = "vmlinux of a module's btf"},
};
const struct kd_vt kd_vt_type_layout = {
	KD_VT_VERB("type"),
	KD_VT_PARAMS(type_layout),
	.next = {{"disassemble", "who uses the offset"}},
};

static const struct kd_vt_param source_of[] = {
	{"function", .type = KD_VT_ID, .help = "or file and line"},
	{"release", .type = KD_VT_STR, .option = "at", .help = "uname -r, tag or commit"},
	TREE,
	{"file", .type = KD_VT_STR, .option = "file", .help = "as a trace names it"},
	{"line", .type = KD_VT_INT, .option = "line", .min = 1, .max = 10000000},
	{"callers", .type = KD_VT_BOOL, .option = "callers"},
	{"history", .type = KD_VT_BOOL, .option = "history", .help = "last commits (git)"},
	{"limit", .type = KD_VT_INT, .option = "limit", .help = "callers, commits", .min = 1, .max = 1000},
};
const struct kd_vt kd_vt_source_of = {
	KD_VT_CHOICES({.verb = "source", .needs = "function"}, {.verb = "source", .needs = "file line"}, {.verb = "source", .needs = "function"}),
	KD_VT_PARAMS(source_of),
	.flags = KD_VT_QUOTES,
	.next = {{"search_fixes", "who fixed it"}, {"disassemble", "its instructions"}},
};

static const struct kd_vt_param route_report[] = {
	LOG_PATH,
	LOG_TEXT,
	{"id", .type = KD_VT_ID, .flags = KD_VT_INPUT, .begins = KD_VT_MEMORY, .help = "ev-… or g-…"},
	TREE,
	REPORT,
};
const struct kd_vt kd_vt_route_report = {
	KD_VT_VERB("route"),
	KD_VT_PARAMS(route_report),
	.next = {{"search_mail", "is it discussed?"}, {"case_ticket", "say it to them"}},
};

static const struct kd_vt_param redact_log[] = {
	{"path", .type = KD_VT_PATH, .flags = KD_VT_INPUT},
	LOG_TEXT,
	{"addresses", .type = KD_VT_BOOL, .option = "addresses", .help = "kernel addresses, too"},
};
const struct kd_vt kd_vt_redact_log = {
	KD_VT_VERB("redact"),
	KD_VT_PARAMS(redact_log),
	.flags = KD_VT_RAW,
};

static const struct kd_vt_param search_fixes[] = {
	LOG_PATH,
	{"text", .type = KD_VT_TEXT, .flags = KD_VT_INPUT, .help = "report or words"},
	{"after", .type = KD_VT_ID, .option = "after", .help = "YYYY-MM-DD"},
	{"before", .type = KD_VT_ID, .option = "before"},
	{"touching", .type = KD_VT_STR, .option = "path", .help = "file or folder that it changes"},
	{"except", .type = KD_VT_LIST, .option = "except", .help = "commits that are not it"},
	LIMIT,
};
const struct kd_vt kd_vt_search_fixes = {
	KD_VT_CHOICES({.verb = "search", .fixed = "--fixes"}),
	KD_VT_PARAMS(search_fixes),
	.next = {{"show_commit", "read a candidate"}, {"backport_check", "do my kernels have it?"}, {"search_mail", "what was said"}},
};

static const struct kd_vt_param search_mail[] = {
	{"query", .type = KD_VT_STR, .flags = KD_VT_INPUT | KD_VT_GROUP, .help = "words, \"phrases\", AND OR NOT, s: b: f: d:20250101.. dfn: dfhh:"},
	{"path", .type = KD_VT_PATH, .flags = KD_VT_INPUT, .help = "log: its functions and files"},
	{"text", .type = KD_VT_TEXT, .flags = KD_VT_INPUT, .help = "report"},
	{"relevance", .type = KD_VT_BOOL, .option = "relevance", .help = "best first, not newest"},
	LIMIT,
	OFFSET,
};
const struct kd_vt kd_vt_search_mail = {
	KD_VT_CHOICES({.verb = "search", .fixed = "--mail"}),
	KD_VT_PARAMS(search_mail),
	.flags = KD_VT_QUOTES,
	.next = {{"mail_thread", "read a thread"}},
};

static const struct kd_vt_param mail_thread[] = {
	{"id", .type = KD_VT_STR, .flags = KD_VT_REQ, .help = "Message-ID or its lore URL"},
	LIMIT,
};
const struct kd_vt kd_vt_mail_thread = {
	KD_VT_VERB("thread"),
	KD_VT_PARAMS(mail_thread),
	.flags = KD_VT_QUOTES,
	.next = {{"show_commit", "what a patch became"}},
};

static const struct kd_vt_param show_commit[] = {
	{"commit", .type = KD_VT_STR, .flags = KD_VT_REQ, .help = "id, tag, branch or whole subject"},
	{"diff", .type = KD_VT_BOOL, .option = "diff"},
};
const struct kd_vt kd_vt_show_commit = {
	KD_VT_VERB("show"),
	KD_VT_PARAMS(show_commit),
	.flags = KD_VT_QUOTES,
	.next = {{"backport_check", "do my kernels have it?"}},
};

static const struct kd_vt_param backport_check[] = {
	{"commits", .type = KD_VT_LIST, .help = "ids, subjects, CVE ids"},
	{"in", .type = KD_VT_LIST, .flags = KD_VT_COMMAS, .option = "in", .help = "releases, tags, branches; else those configured"},
	{"missing_fixes", .type = KD_VT_STR, .option = "missing-fixes", .help = "instead: what this release lacks"},
	{"matrix", .type = KD_VT_BOOL, .option = "matrix", .help = "the verdicts alone"},
	LIMIT,
};
const struct kd_vt kd_vt_backport_check = {
	KD_VT_CHOICES({.verb = "backport-check", .takes = "in matrix limit", .needs = "commits"},
		      {.verb = "backport-check", .takes = "limit", .needs = "missing_fixes"}),
	KD_VT_PARAMS(backport_check),
	.next = {{"show_commit", "the backport"}, {"ledger_add", "keep what was found"}},
};

static const struct kd_vt_param find_suspects[] = {
	LOG_PATH,
	LOG_TEXT,
	{"good", .type = KD_VT_STR, .flags = KD_VT_REQ, .option = "good", .help = "last release without the crash"},
	{"bad", .type = KD_VT_STR, .flags = KD_VT_REQ, .option = "bad", .help = "first release with it"},
	LIMIT,
};
const struct kd_vt kd_vt_find_suspects = {
	KD_VT_VERB("suspects"),
	KD_VT_PARAMS(find_suspects),
	.next = {{"show_commit", "read a suspect"}},
};
