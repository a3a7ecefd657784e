/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sh_complete.h: what may stand at the end of a line of the shell: commands, their options, symbols and types of the
 * dump once three letters are there. Nothing behind a pipe: that is the user's own shell's.
 *
 *	kd_sh_complete(&sh, KD_V("rd jiff"), &arena, &c);     // c.v: "jiffies", "jiffies_64" …; c.typed 4
 */
#ifndef KD_CLI_SH_COMPLETE_H
#define KD_CLI_SH_COMPLETE_H

#include "cli/ext/libedit.h"
#include "cli/sh.h"

void kd_sh_complete(struct kd_sh *sh, struct kd_view before, struct kd_arena *arena, struct kd_candidates *ret);

#endif
