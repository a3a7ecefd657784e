/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * relate.h: how the reports of one log stand to each other.
 *
 *	struct kd_relate *k = kd_relate_new();
 *	kd_relate_add(k, r);            // in the order of the log: fills boot relations of r
 *	kd_relate_free(k);
 *
 * A report "may follow from" an earlier one of the same boot and host only with a tie:
 * the panic's reason names it; a taint flag that it sets was set when the later one
 * fired; the same task or CPU, at once. Order comes from the place in the log and, where
 * printed, the counter [#n]; clocks are compared within a task or CPU only. A flag or a
 * counter that nothing in this boot's log explains is kept as "missing".
 */
#ifndef KD_REPORT_RELATE_H
#define KD_REPORT_RELATE_H

#include "report/scan.h"
#include "report/taint.h"

struct kd_relate;

struct kd_relate *kd_relate_new(void);
void kd_relate_free(struct kd_relate *k);

/* Fills repeat_of, caused_by …, taint_by_none and oops_missing of r. */
void kd_relate_add(struct kd_relate *k, struct kd_report *r);

/* All reports are known: order by [#n] where the log's order differs, then look forward. */
void kd_relate_finish(struct kd_reports *rs);

/* Can a report of this kind have set the taint flag? died: it went through die(). */
enum kd_taint_sets kd_relate_sets(const struct kd_kind *kind, bool died, unsigned bit);

/* Does a report of this kind set the flag before it prints it? */
bool kd_relate_own_flag(const struct kd_kind *kind, unsigned bit);

#endif
