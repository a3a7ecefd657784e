/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * team.h: what the verbs kdoc store … have in common.
 *
 *	return kd_cli_team(cli, &kd_cmd_store_check, &(struct kd_team_request){.store = o->store}, kd_team_check);
 */
#ifndef KD_CLI_TEAM_H
#define KD_CLI_TEAM_H

#include "cli/cmd.h"
#include "verb/team.h"

/* Asks, renders; gives the exit code. With req->output the answer went there. */
int kd_cli_team(struct kd_cli *cli, const struct kd_cmd *cmd, const struct kd_team_request *req, kd_team_answer *answer);

#endif
