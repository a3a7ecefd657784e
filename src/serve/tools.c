// SPDX-License-Identifier: GPL-2.0-or-later
/* The tools: names, words for finding them, and their rows (toolrows.h). In the order in which they are listed. */
#include "base/alloc.h"
#include "serve/toolrows.h"

#define TOOL(n, ti, f, d)                                                                                                      \
	{                                                                                                                      \
		.name = #n, .title = (ti), .description = (d), .output = kd_vt_output, .schema = kd_vt_schema, .flags = (f),    \
		.call = kd_vt_call, .data = &kd_vt_##n                                                                          \
	}

#define MORE_INPUT                                                                                                             \
	"{\"type\":\"object\",\"properties\":{\"handle\":{\"type\":\"string\"},\"from\":{\"type\":\"integer\",\"minimum\":0},"  \
	"\"detail\":{\"type\":\"string\",\"enum\":[\"brief\",\"normal\",\"full\"]}},\"required\":[\"handle\"],"                 \
	"\"additionalProperties\":false}"

static const struct kd_mcp_tool tools[] = {
	TOOL(scan_log, "List crash reports", 0,
	     "Finds kernel crash reports (oops, panic, BUG, WARNING, lockup, hung task, KASAN …) in a log, dmesg, vmcore or folder: line, kind, "
	     "severity, task. None found is no proof of health."),
	TOOL(investigate, "What happened", 0,
	     "The answer about one crash: what happened, where, owner, severity, what is proven with evidence ids, what is only likely, what is "
	     "unknown, what to do. Of a log, a vmcore, or a group, event, incident, ticket of the team's memory. No root cause by itself."),
	TOOL(explain_report, "Line by line", 0,
	     "Explains an oops or other kernel report line by line: what a line says, what it does not prove, and the playbook of its kind."),
	TOOL(decode_report, "Source lines of a trace", 0,
	     "Adds file, line and inlined calls to each frame of a kernel stack trace from debug info (as decode_stacktrace.sh). Debug info of "
	     "another build is refused."),
	TOOL(symbol_at, "Where an address is", 0,
	     "Function, file, line and inlined calls of symbols with offset or addresses (as addr2line, faddr2line)."),
	TOOL(disassemble, "Instructions", 0,
	     "Instructions of a function with source lines and the variable or member behind each memory operand. As linked, not as patched at run time."),
	TOOL(type_layout, "Struct layout", 0,
	     "Layout of a kernel struct or union (as pahole), or which member lies at a fault's offset; with a negative one what contains it."),
	TOOL(source_of, "Source of a function", 0,
	     "A kernel function's text from the tree of exactly that release: body, marked line, callers, last commits, maintainers. Says when the "
	     "tree is not that kernel."),
	TOOL(route_report, "Who has to fix it", 0,
	     "Who is responsible for a crash: kernel, out-of-tree module, hardware, firmware, user space; subsystem, maintainers, lists, and why."),
	TOOL(redact_log, "Make a log shareable", 0,
	     "Replaces host, user names, IP, MAC, mail addresses, serials, passwords, tokens in a log by placeholders. Read the result: nothing "
	     "promises that all is found."),
	TOOL(search_fixes, "Find upstream fixes", 0,
	     "Searches the git index for commits that plausibly fix a crash: candidates with reasons, and patches that are posted and not merged. "
	     "A candidate is no proof: read it."),
	TOOL(search_mail, "Search mailing lists", 0,
	     "Searches indexed kernel mailing lists (lore, public-inbox) for discussions, bug reports and patches by words, function, file, person, date."),
	TOOL(mail_thread, "Mail thread", 0, "A mailing list thread as a tree, what became of its patches (applied, superseded, nak), the commit it became."),
	TOOL(show_commit, "A commit", 0,
	     "A kernel commit: message, first release with it, what it fixes or reverts, its fixes and backports, CVE ids; on demand its diff."),
	TOOL(backport_check, "Is the fix in my kernels", 0,
	     "Is a commit (or CVE) in your releases or stable branches, and by which proof: ancestor, stable backport, patch id, lines. Reverts count. Or: "
	     "which fixes does a release lack?"),
	TOOL(find_suspects, "Who brought it in", 0,
	     "Ranks commits between a good and a bad release by what they have to do with a crash (regression). Suspects, not culprits: bisect decides."),
	TOOL(core_triage, "What a vmcore says", 0,
	     "First look at a vmcore (kdump): what happened, the panicking stack, registers and what they point to. Or: is the dump whole, info, modules, "
	     "cmdline, config, taint."),
	TOOL(core_log, "dmesg of a vmcore", 0, "The kernel log (dmesg) in a vmcore: lines by text, the last ones, or its crash reports."),
	TOOL(core_backtrace, "Stacks of a vmcore", 0,
	     "Backtraces in a vmcore: of the CPU that panicked, all CPUs, tasks, states such as D; registers, variables. Unsure frames are marked."),
	TOOL(core_hangs, "Hangs in a vmcore", 0,
	     "Why a machine hung, by its vmcore: deadlock and lock owners, stuck CPU, RCU stall, run queues, workqueues, out of memory, blocked I/O, network."),
	TOOL(core_tasks, "Tasks of a vmcore", 0, "Processes in a vmcore (ps), or of one: its state, memory map, open files, mounts; sockets."),
	TOOL(core_memory, "Memory of a vmcore", 0,
	     "Memory in a vmcore: what an address is (slab object, stack, page …), raw words, search for a value, walk a list, slab caches, zones, vmalloc."),
	TOOL(core_print, "Values of a vmcore", 0,
	     "Values in a vmcore: a C expression, a struct, per-CPU variables, a type, a symbol, instructions."),
	TOOL(triage, "What came in", 0, "Triage of the team's crash events of a window: candidates without ticket, duplicates, ticketed, filtered, with reasons."),
	TOOL(case_group, "Groups of one bug", 0, "Groups (one bug each) of the team's memory, why reports are one group, likely duplicates; or groups the reports of logs."),
	TOOL(case_incident, "One machine's one boot", 0, "Incidents: all events of one boot of a machine, which came first, what followed from which."),
	TOOL(case_timeline, "Events by time", 0, "Timeline of an incident, host, event or group: boots, releases, taint, cause and effect."),
	TOOL(case_follow, "Open follow-ups", 0, "Queue of open follow-ups: state of each group, how long, what is next, who has it."),
	TOOL(case_verify, "Did the fix help", 0,
	     "Did a deployed fix end a crash? Crash rates with and without it, with intervals; or regressions of fixed groups. Silence alone proves nothing."),
	TOOL(case_known, "Known issues", KD_TOOL_READS | KD_TOOL_WRITES,
	     "The team's known issues: is this log or group known (match), by what, ticket, fix, workaround. add, edit, retire write: confirm."),
	TOOL(case_decide, "Merge or split groups", KD_TOOL_WRITES, "Decides that groups are one bug, stay apart, are split, or undoes that. Writes: confirm."),
	TOOL(case_state, "State of a follow-up", KD_TOOL_READS | KD_TOOL_WRITES, "Shows how far a group's fix is (known, posted, merged, stable, deployed, verified …) or moves it. Moving writes: confirm."),
	TOOL(case_link, "Links to tickets, fixes", KD_TOOL_READS | KD_TOOL_WRITES | KD_TOOL_DESTRUCTIVE | KD_TOOL_IDEMPOTENT,
	     "Shows links of a group, event or issue, or ties it to a ticket, fix commit, duplicate. Writes: confirm."),
	TOOL(case_ticket, "Tickets", KD_TOOL_READS | KD_TOOL_WRITES | KD_TOOL_IDEMPOTENT | KD_TOOL_OUTSIDE, "Lists and shows tickets; creates one of a group or comments. Writes: without confirm it shows what it would write."),
	TOOL(case_ingest, "Take logs in", KD_TOOL_WRITES | KD_TOOL_IDEMPOTENT, "Puts crash reports of logs or events into the team's memory. Writes: confirm."),
	TOOL(ledger_show, "What was claimed", 0, "Claims about crashes (hypothesis, supported, refuted, verified) with evidence; refuted ones first: do not try them again."),
	TOOL(ledger_add, "Claim, support, refute", KD_TOOL_OPEN,
	     "Writes a claim into the ledger, or supports, refutes (why), verifies one. Words of certainty need evidence; verified needs evidence_check."),
	TOOL(evidence_check, "Does evidence hold", 0, "Looks again whether evidence of claims or of an answer is still what it was: log bytes, memory, commits."),
	TOOL(lint_report, "Check a report", 0, "Checks a written crash report for overclaims and for lines, addresses, commits, places that do not exist. Before a report is given out."),
	TOOL(setup_check, "What is missing here", 0, "What kdoc can use on the server, what is missing, and what it would be needed for."),
	{
		.name = "more", .title = "Rest of an answer", .description = "The rest of an answer that was cut: handle and byte as the answer says.",
		.input = MORE_INPUT, .output = kd_vt_output, .call = kd_vt_more,
	},
};

const struct kd_mcp_tool *kd_mcp_tools(size_t *n)
{
	*n = KD_ARRAY_LEN(tools);
	return tools;
}
