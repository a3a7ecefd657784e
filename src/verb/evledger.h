/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * evledger.h: evidence of the ledger, looked at again; what it was is stored (case/ledger.h). See verb/memory.h for how it is asked.
 *
 * Spans of a log are read from --log, else from the stored texts of the events that the claim is about; there a span may stand elsewhere than
 * in the whole log (a piece of it was kept): the bytes decide. Memory is read from --dump, commits and source lines of a commit from --tree,
 * else from the trees of the index of commits. What nobody can read is "not checked".
 */
#ifndef KD_VERB_EVLEDGER_H
#define KD_VERB_EVLEDGER_H

#include "verb/memory.h"

struct kd_evledger_options {
	const char *log, *dump, *tree; /* NULL: none is given */
	const char *index; /* folder of the index of commits; NULL: as configured */
};

/* args: claims (c…) and pieces of evidence (e…) by id. s->none: something is not what it was. */
kd_memory_answer kd_evledger_check;

/* Does it look like one of these ids? */
bool kd_evledger_is_id(const char *text);

#endif
