/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * triagelog.h: the answer of kdoc triage, kept as Markdown: DIR/YYYY-MM-DD-triage.md, of the day on which the window ends.
 *
 * One that is there is added to, never written over: each run is a section of its own. dir NULL: triage-log, if that
 * folder is there, else nothing is written. Notes in the sheet say what was done.
 */
#ifndef KD_CLI_TRIAGELOG_H
#define KD_CLI_TRIAGELOG_H

#include "base/error.h"
#include "base/sheet.h"

KD_MUST_CHECK struct kd_error *kd_log_triage(const char *dir, struct kd_sheet *s);

#endif
