// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/verbs.h"

#include <string.h>

#include "base/view.h"

static const struct kd_cmd *const verbs[] = {
	&kd_cmd_scan,
	&kd_cmd_ingest,
	&kd_cmd_triage,
	&kd_cmd_known,
	&kd_cmd_link,
	&kd_cmd_group,
	&kd_cmd_group_list,
	&kd_cmd_group_show,
	&kd_cmd_group_merge,
	&kd_cmd_group_never,
	&kd_cmd_group_split,
	&kd_cmd_group_undo,
	&kd_cmd_group_again,
	&kd_cmd_incident,
	&kd_cmd_timeline,
	&kd_cmd_investigate,
	&kd_cmd_route,
	&kd_cmd_explain,
	&kd_cmd_decode,
	&kd_cmd_addr,
	&kd_cmd_disasm,
	&kd_cmd_type,
	&kd_cmd_source,
	&kd_cmd_index,
	&kd_cmd_index_git,
	&kd_cmd_index_mail,
	&kd_cmd_index_status,
	&kd_cmd_index_verify,
	&kd_cmd_index_gc,
	&kd_cmd_search,
	&kd_cmd_thread,
	&kd_cmd_show,
	&kd_cmd_backport_check,
	&kd_cmd_suspects,
	&kd_cmd_analyze_dump,
	&kd_cmd_core_triage,
	&kd_cmd_core_check,
	&kd_cmd_core_info,
	&kd_cmd_core_log,
	&kd_cmd_core_bt,
	&kd_cmd_core_deadlock,
	&kd_cmd_core_lockup,
	&kd_cmd_core_rcu,
	&kd_cmd_core_runq,
	&kd_cmd_core_workqueue,
	&kd_cmd_core_memory,
	&kd_cmd_core_block,
	&kd_cmd_core_ps,
	&kd_cmd_core_task,
	&kd_cmd_core_vm,
	&kd_cmd_core_files,
	&kd_cmd_core_mount,
	&kd_cmd_core_mod,
	&kd_cmd_core_kmem,
	&kd_cmd_core_what,
	&kd_cmd_core_search,
	&kd_cmd_core_rd,
	&kd_cmd_core_sym,
	&kd_cmd_core_dis,
	&kd_cmd_core_p,
	&kd_cmd_core_struct,
	&kd_cmd_core_whatis,
	&kd_cmd_core_list,
	&kd_cmd_core_irq,
	&kd_cmd_core_timer,
	&kd_cmd_core_dev,
	&kd_cmd_core_net,
	&kd_cmd_core_percpu,
	&kd_cmd_core_waitq,
	&kd_cmd_core_bpf,
	&kd_cmd_core_cmdline,
	&kd_cmd_core_config,
	&kd_cmd_core_taint,
	&kd_cmd_core_sh,
	&kd_cmd_verify,
	&kd_cmd_inventory_ingest,
	&kd_cmd_inventory_show,
	&kd_cmd_inventory_rollout,
	&kd_cmd_evidence_check,
	&kd_cmd_lint,
	&kd_cmd_ledger,
	&kd_cmd_redact,
	&kd_cmd_lab_kernel,
	&kd_cmd_lab_boot,
	&kd_cmd_lab_crash,
	&kd_cmd_store_status,
	&kd_cmd_store_check,
	&kd_cmd_store_backup,
	&kd_cmd_store_export,
	&kd_cmd_store_import,
	&kd_cmd_store_migrate,
	&kd_cmd_store_expire,
	&kd_cmd_state,
	&kd_cmd_follow,
	&kd_cmd_ticket,
	&kd_cmd_learn,
	&kd_cmd_mcp,
	&kd_cmd_setup,
	&kd_cmd_setup_install,
	&kd_cmd_skills_list,
	&kd_cmd_skills_show,
	&kd_cmd_skills_lint,
	&kd_cmd_help,
	&kd_cmd_version,
	NULL,
};

static const struct kd_planned planned[] = {
	{"serve", KD_PHASE_NOTIFICATION, "receive events and answer over HTTP"},
	{"reproduce", KD_PHASE_REPRODUCE, "build a reproducer, boot, run, judge"},
	{"submit-fix", KD_PHASE_FIX, "branch, patch, review request"},
	{"draft-upstream", KD_PHASE_FIX, "a bug report or patch mail for the right people"},
	{"update-ticket", KD_PHASE_FOLLOW_UP, "put the findings into a ticket"},
	{NULL, 0, NULL},
};

/* Other names of verbs, of one word each. */
static const struct kd_alias aliases[] = {
	{"search-upstream", "search"}, /* as the workflow calls its step */
	{NULL, NULL},
};

static const char *const phases[KD_NPHASES][2] = {
	[KD_PHASE_START] = {"First time", "is everything there?"},
	[KD_PHASE_NOTIFICATION] = {"Notification", "an event comes in"},
	[KD_PHASE_TRIAGE] = {"Triage", "what is in these logs, and is it worth a look?"},
	[KD_PHASE_ANALYSIS] = {"Analysis", "what happened?"},
	[KD_PHASE_DUMP] = {"Dump", "what was in memory?"},
	[KD_PHASE_UPSTREAM] = {"Upstream", "is it known, is it fixed?"},
	[KD_PHASE_REPRODUCE] = {"Reproduce", "can it be made to happen?"},
	[KD_PHASE_FIX] = {"Fix", "a patch and its way"},
	[KD_PHASE_FOLLOW_UP] = {"Follow-up", "did it arrive, did it help?"},
	[KD_PHASE_ANY] = {"At any time", ""},
};

const struct kd_cmd *const *kd_verbs(void)
{
	return verbs;
}

const struct kd_cmd *kd_verb_find(const char *name)
{
	for (const struct kd_cmd *const *v = verbs; *v; v++)
		if (!strcmp((*v)->name, name))
			return *v;
	return NULL;
}

/* Is name the words before n, and how many? 0: it is not. */
static size_t words_of(const char *name, const char *const *words, size_t n)
{
	struct kd_view rest = kd_view_of(name), word;
	size_t i = 0;

	while (kd_view_take_word(&rest, &word)) {
		if (i >= n || !kd_view_eq(word, kd_view_of(words[i])))
			return 0;
		i++;
		kd_view_skip_blank(&rest);
	}
	return i;
}

const struct kd_cmd *kd_verb_match(const char *const *words, size_t n, size_t *ret_words)
{
	const struct kd_cmd *best = NULL;

	for (const struct kd_alias *a = aliases; n && a->name; a++)
		if (!strcmp(a->name, words[0])) {
			*ret_words = 1;
			return kd_verb_find(a->verb);
		}
	for (const struct kd_cmd *const *v = verbs; *v; v++) {
		size_t m = words_of((*v)->name, words, n);

		if (m && (!best || m > *ret_words)) {
			best = *v;
			*ret_words = m;
		}
	}
	return best;
}

bool kd_verb_in_family(const struct kd_cmd *cmd, const char *word)
{
	struct kd_view v = kd_view_of(cmd->name);

	return kd_view_skip(&v, kd_view_of(word)) && kd_view_starts(v, KD_V(" "));
}

bool kd_verb_is_family(const char *word)
{
	for (const struct kd_cmd *const *v = verbs; *v; v++)
		if (kd_verb_in_family(*v, word))
			return true;
	return false;
}

const struct kd_planned *kd_planned(void)
{
	return planned;
}

const struct kd_alias *kd_aliases(void)
{
	return aliases;
}

const char *kd_phase_name(unsigned phase)
{
	return phase < KD_NPHASES ? phases[phase][0] : "";
}

const char *kd_phase_words(unsigned phase)
{
	return phase < KD_NPHASES ? phases[phase][1] : "";
}
