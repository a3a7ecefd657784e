/* SPDX-License-Identifier: GPL-2.0-or-later */
/* playbook_table.h: the table that tools/embed-playbooks writes; for playbook.c only. */
#ifndef KD_VERB_PLAYBOOK_TABLE_H
#define KD_VERB_PLAYBOOK_TABLE_H

#include "verb/playbook.h"

/* Sorted by name. */
extern const struct kd_playbook kd_playbook_table[];
extern const size_t kd_playbook_table_n;

#endif
