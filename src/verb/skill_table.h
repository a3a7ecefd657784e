/* SPDX-License-Identifier: GPL-2.0-or-later */
/* skill_table.h: the table that tools/embed-skills writes; for skill.c only. */
#ifndef KD_VERB_SKILL_TABLE_H
#define KD_VERB_SKILL_TABLE_H

#include "verb/skill.h"

/* Skills sorted by name, then commands sorted by name. */
extern const struct kd_skill kd_skill_table[];
extern const size_t kd_skill_table_n;

#endif
