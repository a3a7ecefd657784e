/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * casefolder.h: the state of a case on disk, so that the next look says what is new since the last.
 *
 *	kd_auto(kd_freep) char *folder = NULL;
 *	err = kd_casefolder_resume(NULL, page, &folder);        // case/g-…: adds the part "since" when it was there before
 *	… render the page into md and json …
 *	err = kd_casefolder_write(folder, page, md, json);
 *
 * A folder holds answer.json, answer.md, log.txt (the text of the event that was read) and state.json. Each file is replaced as a whole,
 * state.json last: who is interrupted has the old state, and is told the same news again. Nothing else in the folder is touched:
 * notes.md is people's.
 *
 * state.json: {"schema": "kdoc.case-state/1", "id", "runs", "looked" (µs since 1970), "events", "boots", "last" (time of the newest event),
 * "hosts": […], "releases": […], "arches": […], "issues": […], "commits": […]}, docs/schema/case-state.json.
 */
#ifndef KD_VERB_CASEFOLDER_H
#define KD_VERB_CASEFOLDER_H

#include "base/error.h"
#include "verb/casepage.h"

/*
 * parent: folder of the folders; NULL: "case". *ret on the heap: its path, which is made. KD_BADDATA: its state.json is none of kdoc's, and
 * nothing was touched; KD_INVALID: the id cannot be a name of a folder.
 */
KD_MUST_CHECK struct kd_error *kd_casefolder_resume(const char *parent, struct kd_casepage *page, char **ret);
KD_MUST_CHECK struct kd_error *kd_casefolder_write(const char *folder, const struct kd_casepage *page, struct kd_view md, struct kd_view json);

#endif
