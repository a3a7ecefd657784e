/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * known.h: the base of known issues, asked and changed. See verb/memory.h for how it is asked.
 *
 * For verbs that say of a crash whether it is known before they call it new:
 *
 *	struct kd_known_hit hit;
 *	struct kd_known_news news;
 *	err = kd_known_of_report(db, report, &from, &arena, &hit, &news);
 *	if (!err && hit.found)
 *		kd_known_words(&hit, &news, &buf);
 */
#ifndef KD_VERB_KNOWN_H
#define KD_VERB_KNOWN_H

#include "case/known.h"
#include "verb/memory.h"

struct kd_known_options {
	/* add, edit; NULL: nothing, or as it is */
	const char *title, *ticket, *fix, *workaround, *status, *notes;
	const char *const *match; /* HOW:VALUE; groups g-…, events ev-…: by default their normal signature */
	size_t nmatch;
	const char *const *unmatch;
	size_t nunmatch;
	const char *from; /* a log: its first report that nothing else led to */
	const char *by; /* which signature of --from and of events: "strict", "normal", "loose" */
	bool all; /* list: retired ones, too; match: infrastructure, too */
	bool replace; /* export: into a folder that has files of that name */
};

/*
 * args: add | list | show ID | edit ID | retire ID | match LOG…|ev-…|g-… | import DIR | export DIR; no word: list. s->none: nothing is
 * listed, or nothing was recognised.
 */
kd_memory_answer kd_known_ask;

/* Does this word of it change the base? */
bool kd_known_changes(const char *word);

/* from: what came with the report from outside; may be NULL. news is filled when hit->found. */
KD_MUST_CHECK struct kd_error *kd_known_of_report(struct kd_db *db, const struct kd_report *r, const struct kd_event_from *from,
						  struct kd_arena *a, struct kd_known_hit *hit, struct kd_known_news *news);
KD_MUST_CHECK struct kd_error *kd_known_of_event(struct kd_db *db, struct kd_evkey key, struct kd_arena *a, struct kd_known_hit *hit,
						 struct kd_known_news *news);
/* News are those of the last event beside all before it. */
KD_MUST_CHECK struct kd_error *kd_known_of_group(struct kd_db *db, const char *grp, struct kd_arena *a, struct kd_known_hit *hit,
						 struct kd_known_news *news);

#endif
