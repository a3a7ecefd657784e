/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tomledit.h: a block of one's own at the end of somebody else's TOML; every other byte stays.
 *
 *	struct kd_tomlplace at;
 *	err = kd_tomledit_find(text, "mcp_servers", "kdoc", &at);
 *	if (!err && !at.has_block && !at.foreign)
 *		… text, a line break, KD_TOMLEDIT_BEGIN, "[mcp_servers.kdoc]\n…", KD_TOMLEDIT_END …
 *
 * What is read of TOML (1.0.0) is what it takes to know which lines are headers and keys: strings (basic, literal, of several
 * lines), comments. It is not checked whether the rest is right.
 *
 * Errors: KD_BADDATA with the offset: a string does not end, a begin without an end.
 */
#ifndef KD_BASE_TOMLEDIT_H
#define KD_BASE_TOMLEDIT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/view.h"

#define KD_TOMLEDIT_BEGIN "# kdoc: begin (made by kdoc setup install)\n"
#define KD_TOMLEDIT_END "# kdoc: end\n"

struct kd_tomlplace {
	bool has_block;
	size_t start, end; /* of the block, with its first and last line */
	bool foreign; /* the table is there outside of the block */
	size_t foreign_at; /* begin of that line */
};

/* The block, and the table [table.name] in any other form: [table.name.x], table.name = …, name = … below [table]. */
KD_MUST_CHECK struct kd_error *kd_tomledit_find(struct kd_view text, const char *table, const char *name, struct kd_tomlplace *ret);

#endif
