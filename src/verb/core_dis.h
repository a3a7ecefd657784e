/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * core_dis.h: instructions in the memory of a dump: those that ran, as the kernel had patched them. Answer for kd_core_ask().
 *
 *	dis: ADDRESS|SYMBOL [COUNT]
 */
#ifndef KD_VERB_CORE_DIS_H
#define KD_VERB_CORE_DIS_H

#include "verb/core_ask.h"

struct kd_core_dis_options {
	uint64_t around; /* so many instructions before and behind it; 0: the whole function, or COUNT */
	bool reverse; /* from the function's beginning up to the address */
};

kd_core_answer kd_core_dis; /* options: struct kd_core_dis_options */

#endif
