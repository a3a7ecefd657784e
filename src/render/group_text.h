/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * group_text.h: groups of reports for a terminal.
 *
 *	kd_render_group_text(&out, g);
 *
 * Each group: how many reports in how many logs, its title, why they are one (level and
 * ingredients), some members. Then what looks alike and was kept apart, and why.
 */
#ifndef KD_RENDER_GROUP_TEXT_H
#define KD_RENDER_GROUP_TEXT_H

#include "render/out.h"
#include "verb/group.h"

void kd_render_group_text(struct kd_out *o, const struct kd_grouping *g);

/* The problems and notes about inputs: problems to err, notes to o. */
void kd_render_group_notes(struct kd_out *o, struct kd_out *err, const struct kd_grouping *g);

#endif
