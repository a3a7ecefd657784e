/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * core_triage.h: what happened, by a dump: its log's reports, the stack of the panic, the instruction with its operands and
 * the memory behind them, registers, the other CPUs. An answer for kd_core_ask(); no arguments.
 *
 * Every statement carries the memory that it stands on. What the log says is said to be of the log; what is inferred
 * is a hypothesis. Memory is as of the dump.
 */
#ifndef KD_VERB_CORE_TRIAGE_H
#define KD_VERB_CORE_TRIAGE_H

#include "verb/core_ask.h"

struct kd_core_triage_options {
	bool brief; /* verdict, stack, where it happened: for who shows what the log says, too */
	bool locals; /* variables of all frames of the stack, not only of the one that it is about */
};

/* options: struct kd_core_triage_options */
kd_core_answer kd_core_triage;

#endif
