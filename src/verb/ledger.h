/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ledger.h: claims about crashes, their evidence, what became of them. See verb/memory.h for how it is asked. */
#ifndef KD_VERB_LEDGER_H
#define KD_VERB_LEDGER_H

#include "verb/evledger.h"
#include "verb/memory.h"

struct kd_ledger_options {
	const char *about; /* g-…, ev-…, inc-…, issue:KEY, ticket:…; NULL: none, of list all */
	const char *origin; /* person:NAME …; NULL: who asks */
	const char *why;
	const char *const *evidence; /* answers of kdoc whose evidence comes into the ledger and is tied to the claim */
	size_t nevidence;
	const char *const *with; /* ids of evidence that is there */
	size_t nwith;
	const char *status; /* list: only these */
	struct kd_evledger_options check;
};

/*
 * args: add TEXT | list | show ID | support ID | refute ID | verify ID | check ID…; no word: list. s->none: nothing is listed, or (check)
 * something is not what it was.
 */
kd_memory_answer kd_ledger_ask;

/* Does this word of it change the ledger? */
bool kd_ledger_changes(const char *word);

/*
 * args: claims (c…), or groups, of which all verified claims are taken. A draft of a playbook (docs/playbooks), for a person to review.
 * s->none: nothing of it is verified.
 */
kd_memory_answer kd_learn;

#endif
