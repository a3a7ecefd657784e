/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * toolnames.h: names of the tools that kdoc's MCP server offers, for who writes and checks texts about them. They are fixed: skills,
 * configurations and habits of models know them. The server's own table is checked against this one.
 *
 *	if (!kd_tool_known(KD_V("scan_log"))) …
 */
#ifndef KD_VERB_TOOLNAMES_H
#define KD_VERB_TOOLNAMES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/view.h"

/* All, NULL at the end. */
const char *const *kd_tool_names(void);

bool kd_tool_known(struct kd_view name);

#endif
