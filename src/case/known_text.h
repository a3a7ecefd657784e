/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * known_text.h: known issues as files that a team keeps in git: Markdown with a head, or JSON. Both are hostile input.
 *
 *	---
 *	id: k-0123456789
 *	title: KASAN: use-after-free in widget_release
 *	status: open                     (mitigated, fixed, wontfix, retired)
 *	ticket: jira:KRN-1138
 *	fix: 0123456789abcdef0123456789abcdef01234567
 *	match: normal:0011…              (strict, normal, loose, group; any number of such lines)
 *	---
 *
 *	## Workaround
 *	…
 *	## Notes
 *	…
 *
 * What stands between the head and the first of these headings belongs to the notes. JSON: an object with the same members, "match" an
 * array of texts, "workaround" and "notes" texts; or an array of such objects.
 *
 *	err = kd_known_read(text, &arena, fn, user);   // calls fn for each entry, checked (kd_known_check)
 *	kd_known_write(&entry, &buf);                   // Markdown
 */
#ifndef KD_CASE_KNOWN_TEXT_H
#define KD_CASE_KNOWN_TEXT_H

#include "case/known.h"

#define KD_KNOWN_FILE_MAX ((size_t)1 << 20)
#define KD_KNOWN_FILE_ENTRIES 10000

/* Does it begin as such a file? A README beside them does not. */
bool kd_known_is_text(struct kd_view text);

/*
 * KD_BADDATA: neither form, an unknown or repeated member of the head; KD_INVALID: an entry that is none. Messages name the line, or the
 * number of the object. Entries borrow from the arena; an error of fn ends it.
 */
KD_MUST_CHECK struct kd_error *kd_known_read(struct kd_view text, struct kd_arena *a, kd_known_fn *fn, void *user);

void kd_known_write(const struct kd_known *k, struct kd_buf *ret);

#endif
