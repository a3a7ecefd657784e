/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * verbs.h: all verbs, and those that are planned.
 *
 *	const struct kd_cmd *c = kd_verb_find("scan");
 *	for (const struct kd_cmd *const *v = kd_verbs(); *v; v++) …
 */
#ifndef KD_CLI_VERBS_H
#define KD_CLI_VERBS_H

#include "cli/cmd.h"

extern const struct kd_cmd kd_cmd_scan,
	kd_cmd_group,
	kd_cmd_ingest, kd_cmd_triage, kd_cmd_group_list, kd_cmd_group_show, kd_cmd_group_merge,
	kd_cmd_group_never, kd_cmd_group_split, kd_cmd_group_undo, kd_cmd_group_again, kd_cmd_investigate,
	kd_cmd_incident,
	kd_cmd_timeline,
	kd_cmd_route,
	kd_cmd_explain,
	kd_cmd_decode,
	kd_cmd_addr,
	kd_cmd_disasm,
	kd_cmd_type,
	kd_cmd_source,
	kd_cmd_index,
	kd_cmd_index_git,
	kd_cmd_index_mail,
	kd_cmd_index_status,
	kd_cmd_index_verify,
	kd_cmd_index_gc,
	kd_cmd_search,
	kd_cmd_thread,
	kd_cmd_show,
	kd_cmd_backport_check,
	kd_cmd_suspects,
	kd_cmd_core_check,
	kd_cmd_core_log,
	kd_cmd_core_bt,
	kd_cmd_core_triage,
	kd_cmd_core_rd,
	kd_cmd_core_sym,
	kd_cmd_core_dis,
	kd_cmd_core_sh,
	kd_cmd_core_p,
	kd_cmd_core_struct,
	kd_cmd_core_whatis,
	kd_cmd_core_list,
	kd_cmd_core_deadlock,
	kd_cmd_core_block,
	kd_cmd_core_lockup,
	kd_cmd_core_rcu,
	kd_cmd_core_runq,
	kd_cmd_core_workqueue,
	kd_cmd_core_memory,
	kd_cmd_core_kmem,
	kd_cmd_core_what,
	kd_cmd_core_search,
	kd_cmd_core_ps,
	kd_cmd_core_task,
	kd_cmd_core_vm,
	kd_cmd_core_files,
	kd_cmd_core_mount,
	kd_cmd_core_info,
	kd_cmd_core_mod,
	kd_cmd_core_cmdline,
	kd_cmd_core_config,
	kd_cmd_core_taint,
	kd_cmd_core_irq,
	kd_cmd_core_timer,
	kd_cmd_core_dev,
	kd_cmd_core_net,
	kd_cmd_core_percpu,
	kd_cmd_core_waitq,
	kd_cmd_core_bpf,
	kd_cmd_analyze_dump,
	kd_cmd_verify,
	kd_cmd_inventory_ingest,
	kd_cmd_inventory_show,
	kd_cmd_inventory_rollout,
	kd_cmd_evidence_check,
	kd_cmd_lint,
	kd_cmd_redact,
	kd_cmd_lab_kernel,
	kd_cmd_lab_boot,
	kd_cmd_lab_crash,
	kd_cmd_store_status,
	kd_cmd_store_check,
	kd_cmd_store_backup,
	kd_cmd_store_export,
	kd_cmd_store_import,
	kd_cmd_store_migrate,
	kd_cmd_store_expire,
	kd_cmd_known, kd_cmd_link, kd_cmd_state, kd_cmd_follow, kd_cmd_ledger, kd_cmd_learn, kd_cmd_mcp, kd_cmd_ticket,
	kd_cmd_setup,
	kd_cmd_setup_install,
	kd_cmd_skills_list,
	kd_cmd_skills_show,
	kd_cmd_skills_lint,
	kd_cmd_help,
	kd_cmd_version;

/* In the order of help; NULL at the end. */
const struct kd_cmd *const *kd_verbs(void);

const struct kd_cmd *kd_verb_find(const char *name); /* NULL: there is none */

/* The verb that the words begin with; *ret_words says how many are its name. NULL: none. */
const struct kd_cmd *kd_verb_match(const char *const *words, size_t n, size_t *ret_words);

/* Is word the first of verbs with two ("lab")? */
bool kd_verb_is_family(const char *word);
bool kd_verb_in_family(const struct kd_cmd *cmd, const char *word);

/* Another name of a verb: kd_verb_match() knows it. */
struct kd_alias {
	const char *name, *verb;
};

const struct kd_alias *kd_aliases(void); /* .name NULL at the end */

/* A verb of a later version: named, so that nobody looks for it in vain. */
struct kd_planned {
	const char *name;
	uint8_t phase;
	const char *summary;
};

const struct kd_planned *kd_planned(void); /* .name NULL at the end */

const char *kd_phase_name(unsigned phase);
const char *kd_phase_words(unsigned phase); /* what the phase is about */

#endif
