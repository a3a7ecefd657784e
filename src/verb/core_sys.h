/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * core_sys.h: a dump's machine and kernel as a whole: `core info`, `core mod`, `core cmdline`, `core config`, `core taint`.
 *
 *	struct kd_core_question q = {.path = "vmcore", .answer = kd_core_info};
 */
#ifndef KD_VERB_CORE_SYS_H
#define KD_VERB_CORE_SYS_H

#include "verb/core_ask.h"

kd_core_answer kd_core_info; /* options: none (NULL); no arguments */
kd_core_answer kd_core_mod; /* options: none (NULL); arguments: names of modules, none: all */
kd_core_answer kd_core_cmdline; /* options: none (NULL); arguments: parameters ("console"), none: the line */
kd_core_answer kd_core_config; /* options: none (NULL); arguments: "CONFIG_X", "X" or parts with '*', none: all of it */
kd_core_answer kd_core_taint; /* options: none (NULL); no arguments */

#endif
