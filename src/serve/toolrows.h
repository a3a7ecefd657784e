/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * toolrows.h: rows of the tools, by what they are about; tools.c gives them their names and words.
 *
 * To add a tool: a row here and in tools_*.c, its name in tools.c and in verb/toolnames.c, its section in docs/agents-tools.md.
 */
#ifndef KD_SERVE_TOOLROWS_H
#define KD_SERVE_TOOLROWS_H

#include "serve/verbtool.h"

/* tools_log.c: logs, programs, source, history */
extern const struct kd_vt kd_vt_scan_log, kd_vt_explain_report, kd_vt_investigate, kd_vt_decode_report, kd_vt_symbol_at, kd_vt_disassemble,
	kd_vt_type_layout, kd_vt_source_of, kd_vt_route_report, kd_vt_redact_log, kd_vt_search_fixes, kd_vt_search_mail, kd_vt_mail_thread,
	kd_vt_show_commit, kd_vt_backport_check, kd_vt_find_suspects;

/* tools_core.c: dumps */
extern const struct kd_vt kd_vt_core_triage, kd_vt_core_log, kd_vt_core_backtrace, kd_vt_core_hangs, kd_vt_core_tasks, kd_vt_core_memory,
	kd_vt_core_print;

/* tools_case.c: the team's memory, the ledger */
extern const struct kd_vt kd_vt_triage, kd_vt_case_group, kd_vt_case_incident, kd_vt_case_timeline, kd_vt_case_follow, kd_vt_case_verify,
	kd_vt_case_known, kd_vt_case_decide, kd_vt_case_state, kd_vt_case_link, kd_vt_case_ticket, kd_vt_case_ingest, kd_vt_ledger_show,
	kd_vt_ledger_add, kd_vt_evidence_check, kd_vt_lint_report, kd_vt_setup_check;

#endif
