/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * trackurl.h: addresses of a tracker's search page, for people to click on. Nothing is fetched.
 *
 *	[tracker]
 *		url = https://sentry.example.org/organizations/acme/issues/?project=7&query={query}
 *
 *	err = kd_track_issues(template, issues, n, &buf);      // issue:[KERNEL-1, KERNEL-2]
 *	err = kd_track_message(template, KD_V("lavd_cgroup_init"), &buf);
 *
 * {query} is replaced by the query, encoded as a form does: letters, digits and "-._~" stand for themselves, a blank is "+",
 * every other byte is %XX. Other text of the template stays as it is.
 */
#ifndef KD_VERB_TRACKURL_H
#define KD_VERB_TRACKURL_H

#include "base/buf.h"
#include "base/error.h"
#include "base/view.h"

/* Appended to ret. KD_INVALID: the template is no http address, has no {query}, or several. */
KD_MUST_CHECK struct kd_error *kd_track_url(struct kd_view url, struct kd_view query, struct kd_buf *ret);
/* One issue: "issue:K"; several: "issue:[K, L]". */
KD_MUST_CHECK struct kd_error *kd_track_issues(struct kd_view url, const struct kd_view *issue, size_t n, struct kd_buf *ret);
/* A word of the message; one with blanks or quotes is put into quotes. */
KD_MUST_CHECK struct kd_error *kd_track_message(struct kd_view url, struct kd_view word, struct kd_buf *ret);

#endif
