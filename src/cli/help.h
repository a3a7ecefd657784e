/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * help.h: help, man pages and completions, all from the tables of verbs and options.
 *
 *	kd_help_overview(&out);                      // kdoc help
 *	kd_help_verb(&out, kd_verb_find("scan"));    // kdoc help scan
 *	kd_help_man(&out, cmd);                      // roff; NULL: kdoc(1) itself
 *	kd_help_completion(&out, KD_SHELL_FISH);
 */
#ifndef KD_CLI_HELP_H
#define KD_CLI_HELP_H

#include "cli/cmd.h"

enum kd_shell { KD_SHELL_NONE, KD_SHELL_BASH, KD_SHELL_ZSH, KD_SHELL_FISH };

void kd_help_overview(struct kd_out *o);
void kd_help_verb(struct kd_out *o, const struct kd_cmd *cmd);
void kd_help_family(struct kd_out *o, const char *word); /* verbs of two words */
void kd_help_json(struct kd_out *o, const struct kd_cmd *cmd); /* NULL: all verbs */

void kd_help_man(struct kd_out *o, const struct kd_cmd *cmd);
void kd_help_completion(struct kd_out *o, enum kd_shell shell);

#endif
