/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * investigate_case.h: kdoc investigate of something that the team's memory holds: a group, an event, an incident, an issue, a ticket.
 *
 *	if (kd_inv_case_is(cli, name, &took))                          // a file of that name wins
 *		return kd_inv_case(cli, &request, format, save);
 */
#ifndef KD_CLI_INVESTIGATE_CASE_H
#define KD_CLI_INVESTIGATE_CASE_H

#include "cli/cmd.h"
#include "verb/caseinv.h"

enum kd_inv_format { KD_INV_TEXT_F, KD_INV_JSON_F, KD_INV_MARKDOWN_F, KD_INV_HTML_F };

/*
 * Is the name meant for the memory? Only when there is no file of that name; says on standard error when there is one and the name looks
 * like an id.
 */
bool kd_inv_case_is(struct kd_cli *cli, const char *name);

#define KD_INV_CASE_NOT (-1) /* no id, and the memory does not know it: it is a file that is missing */

/* Answers; save: write the case's folder below this one ("": the working folder), NULL: do not. Gives the exit code, or KD_INV_CASE_NOT. */
int kd_inv_case(struct kd_cli *cli, const struct kd_caseinv_request *req, int format, const char *save);

#endif
