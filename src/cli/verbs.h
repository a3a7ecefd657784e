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

extern const struct kd_cmd kd_cmd_scan, kd_cmd_group, kd_cmd_investigate, kd_cmd_explain,
	kd_cmd_decode, kd_cmd_addr, kd_cmd_disasm, kd_cmd_type, kd_cmd_source, kd_cmd_index, kd_cmd_redact, kd_cmd_core_check, kd_cmd_core_log,
	kd_cmd_core_bt, kd_cmd_lab_kernel,
	kd_cmd_lab_boot, kd_cmd_lab_crash, kd_cmd_setup, kd_cmd_help,
	kd_cmd_version;

/* In the order of help; NULL at the end. */
const struct kd_cmd *const *kd_verbs(void);

const struct kd_cmd *kd_verb_find(const char *name); /* NULL: there is none */

/* The verb that the words begin with; *ret_words says how many are its name. NULL: none. */
const struct kd_cmd *kd_verb_match(const char *const *words, size_t n, size_t *ret_words);

/* Is word the first of verbs with two ("lab")? */
bool kd_verb_is_family(const char *word);
bool kd_verb_in_family(const struct kd_cmd *cmd, const char *word);

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
