// SPDX-License-Identifier: GPL-2.0-or-later
#include "verb/toolnames.h"

static const char *const names[] = {
	"scan_log", "explain_report", "investigate", "decode_report", "symbol_at", "disassemble", "type_layout",
	"source_of", "route_report", "redact_log", "search_fixes", "search_mail", "mail_thread", "show_commit",
	"backport_check", "find_suspects", "core_triage", "core_log", "core_backtrace", "core_hangs", "core_tasks",
	"core_memory", "core_print", "triage", "case_group", "case_incident", "case_timeline", "case_follow",
	"case_verify", "case_known", "case_decide", "case_state", "case_link", "case_ticket", "case_ingest",
	"ledger_show", "ledger_add", "evidence_check", "lint_report", "setup_check", "more", NULL,
};

const char *const *kd_tool_names(void)
{
	return names;
}

bool kd_tool_known(struct kd_view name)
{
	for (const char *const *t = names; *t; t++)
		if (kd_view_eq(kd_view_of(*t), name))
			return true;
	return false;
}
