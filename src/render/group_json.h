/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * group_json.h: groups of reports as kdoc.group/1 (docs/schema/group.json).
 *
 *	kd_json_init_flush(&j, kd_out_json_flush, &out, KD_JSON_PRETTY);
 *	kd_render_group_json(&j, g);
 *	err = kd_json_finish(&j);
 */
#ifndef KD_RENDER_GROUP_JSON_H
#define KD_RENDER_GROUP_JSON_H

#include "base/json.h"
#include "verb/group.h"

/* One object. */
void kd_render_group_json(struct kd_json *j, const struct kd_grouping *g);

#endif
