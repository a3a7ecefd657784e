/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fixwatch.h: how far the fix of a group has come, as the history index and the table of what hosts run say it.
 *
 *	kd_auto(kd_fixwatch_closep) struct kd_fixwatch *w = NULL;
 *	err = kd_fixwatch_open(ctx, index, &w);                 // no index is no error: facts say that nothing was checked
 *	err = kd_fixwatch_facts(w, db, "g-…", &steps, &arena, &facts);   // all of struct kd_state_facts
 *	kd_state_judge(&steps, &facts, &now);
 *
 * A group's fix are the commits that its links (kind fix), its known issues and its steps (merged, by commit) name. A fact holds when it
 * holds for each of them:
 *	merged     in the index's mainline
 *	stable     in a branch or last tag of a stable series
 *	built      in a release of the configuration ([release "…"])
 *	deployed   hosts run a release that has it, or one that was said to have it (steps built, deployed)
 *	regressed  since it was deployed there were events on such a release
 */
#ifndef KD_VERB_FIXWATCH_H
#define KD_VERB_FIXWATCH_H

#include "base/ctx.h"
#include "case/state.h"

struct kd_fixwatch;

/* index: folder; NULL: as configured. */
KD_MUST_CHECK struct kd_error *kd_fixwatch_open(struct kd_ctx *ctx, const char *index, struct kd_fixwatch **ret);
void kd_fixwatch_closep(struct kd_fixwatch **w);

KD_MUST_CHECK struct kd_error *kd_fixwatch_facts(struct kd_fixwatch *w, struct kd_db *db, const char *grp, const struct kd_states *st,
						 struct kd_arena *a, struct kd_state_facts *ret);

/* Why it cannot look at the history; NULL: it can. */
const char *kd_fixwatch_why_not(const struct kd_fixwatch *w);

#endif
