/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * team.h: kdoc store …: what the team's memory is and holds, whether it is sound, copies of it.
 *
 *	struct kd_team_request req = {.store = NULL, .path = "team.jsonl"};
 *	err = kd_team_export(ctx, &req, &sheet);
 *
 * Each fills the sheet; s->none (exit code 1) is said at each.
 */
#ifndef KD_VERB_TEAM_H
#define KD_VERB_TEAM_H

#include "base/ctx.h"
#include "base/sheet.h"

struct kd_team_request {
	const char *store; /* --store */
	const char *path; /* backup, export: the file that is made; import: that is read; "-": standard input or output() */
	const char *before; /* expire: "2026-01-31", or a time with zone */
	bool yes; /* expire: do it */
	/* export to "-" */
	struct kd_error *(*output)(void *user, struct kd_view bytes);
	void *user;
};

typedef struct kd_error *kd_team_answer(struct kd_ctx *ctx, const struct kd_team_request *req, struct kd_sheet *s);

kd_team_answer kd_team_status, kd_team_migrate, kd_team_backup, kd_team_export, kd_team_import;
kd_team_answer kd_team_check; /* none: something is wrong */
kd_team_answer kd_team_expire; /* none: nothing is that old */

#endif
