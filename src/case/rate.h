/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rate.h: did a fix help? Boots with the crash per exposure, before and after it.
 *
 *	struct kd_rate_host hosts[] = {
 *		{.host = KD_V("db1"), .before = {.hours = 700, .hours_known = true, .boots = 9, .hit = 7},
 *		 .after = {.hours = 650, .hours_known = true, .boots = 2, .hit = 0}},
 *		…
 *	};
 *	struct kd_rate_input in = {.host = hosts, .n = 200, .hours_per_day = 4800};
 *	struct kd_rate r;
 *	err = kd_rate_compare(&in, &arena, &r);
 *	printf("%.*s\n", KD_VARG(r.sentence));
 *
 * What is counted are boots in which the crash was seen, never messages: a warning prints once a boot, KASAN reports
 * once a boot, hung tasks ten times. Events are carried along for information. Rates are per 1,000 host-hours.
 *
 * The interval of the rate ratio (after over before) is the union of two, so that each alone may fail:
 *
 *  exact      boots as Poisson counts: given their sum the later ones are binomial, the interval is that of Clopper and
 *             Pearson, the exposures are the offset.
 *  clustered  hosts are what was drawn. Either (KD_RATE_HITS) each host counts once a period, and its time after its
 *             first crash, which nobody can know from totals, is taken out by the likelihood of "crashed at all" (the
 *             complementary log-log model); so a host that boots a thousand times in a loop weighs as much as one that
 *             crashed once. Or (KD_RATE_DISPERSION), where so many hosts crashed that this says nothing, or their counts
 *             scatter hardly more than Poisson's, counts are divided by Pearson's dispersion, widened by Student's t with
 *             the degrees of freedom of the hosts. Both, where more hosts crashed in both periods than equal hosts would.
 *
 * docs/case-verify.md has what both cover in simulations, and what the interval does not know: exposure that comes in other
 * places than before (a fix that is rolled out to the machines that never crashed), seasons, load.
 *
 * Boots with the crash that have no host or no exposure cannot be in a rate: they are counted, and the ends of the
 * interval are those of the worse case, in which each is a crash of its own.
 *
 * Nothing here reads a clock or a file; the same input gives the same answer.
 */
#ifndef KD_CASE_RATE_H
#define KD_CASE_RATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/view.h"

#define KD_RATE_HOSTS_MAX 4000000
#define KD_RATE_PER 1000.0 /* host-hours that a rate is for */
#define KD_RATE_NOTES_MAX 12
#define KD_RATE_TOP 3

/* One host in one period. */
struct kd_rate_cell {
	double hours; /* host-hours under observation, with hours_known */
	bool hours_known;
	uint64_t boots; /* all boots; 0: not known */
	uint64_t hit; /* boots with the crash */
	uint64_t events; /* reports of it: for information */
};

/* A host stands once in the input. */
struct kd_rate_host {
	struct kd_view host;
	struct kd_rate_cell before, after;
};

struct kd_rate_input {
	const struct kd_rate_host *host;
	size_t n;
	/* Boots with the crash, or reports of it when nobody knows the boot, without a host. */
	uint64_t unplaced_before, unplaced_after;
	double hours_per_day; /* host-hours that come in each day now; 0: not known */
	double target; /* ratio that "enough exposure" is asked for; 0: 0.5 */
};

enum kd_rate_verdict {
	KD_RATE_HELPED, /* the whole interval is below 1 */
	KD_RATE_GONE, /* the same, and no boot after it has the crash */
	KD_RATE_NO_CHANGE, /* 1 is in the interval, though the exposure would do for `target` */
	KD_RATE_WORSE, /* the whole interval is above 1 */
	KD_RATE_NOT_ENOUGH, /* 1 is in the interval, and the exposure would not do */
	KD_RATE_UNKNOWN, /* no exposure is known: counts alone */
	KD_RATE_VERDICTS
};

enum kd_rate_method { KD_RATE_NONE, KD_RATE_HITS, KD_RATE_DISPERSION };

struct kd_rate_side {
	uint64_t hosts; /* with exposure */
	uint64_t hosts_hit;
	double hours;
	uint64_t boots, hit, events;
	double rate; /* per KD_RATE_PER host-hours; NaN without exposure */
	uint64_t unknown_hosts, unknown_hit; /* left out of all of the above: exposure not known */
	uint64_t unplaced; /* and these: no host */
	double independent; /* how many crashes of unrelated hosts they count for in the interval */
};

struct kd_rate_top {
	struct kd_view host;
	uint64_t hit; /* in both periods */
};

struct kd_rate {
	struct kd_rate_side before, after;
	uint8_t verdict; /* enum kd_rate_verdict */
	uint8_t method; /* enum kd_rate_method: of the clustered interval */
	bool hosts_differ; /* some hosts crash more than others: KD_RATE_DISPERSION was taken besides KD_RATE_HITS */
	bool has_ratio; /* there is exposure on both sides, and a boot with it before */
	double ratio, lo, hi; /* after over before with its 95 % interval; hi may be INFINITY */
	double exact_lo, exact_hi; /* what boots as Poisson counts alone would say */
	double p, exact_p; /* two-sided, of ratio 1; with KD_RATE_UNKNOWN under equal exposure */
	double dispersion; /* of boots with it over hosts: 1 is Poisson; NaN: cannot be measured */
	double wider; /* how many times as wide as the exact one, logarithms; NaN: an end is 0 or infinite */

	/* Further host-hours after the fix, and days of them; NaN: not to be had, or not known. */
	double need_zero, need_zero_days; /* until the upper end is below 1, if no further boot has it */
	double need_power, need_power_days; /* until a true ratio of `target` is told from 1 in 80 % of cases */
	double target;

	struct kd_rate_top top[KD_RATE_TOP]; /* hosts with most boots with it */
	size_t ntop;
	struct kd_view sentence; /* the verdict for people */
	struct kd_view need; /* what is needed to tell, and by which criterion; absent: nothing */
	struct kd_view note[KD_RATE_NOTES_MAX]; /* what to know about it */
	size_t nnotes;
};

/*
 * Texts and host names in the result live in the arena or are the input's. KD_INVALID: hours that are no number or
 * negative, more boots with the crash than boots, a host twice; KD_LIMIT: too many hosts, or the arena is full.
 */
KD_MUST_CHECK struct kd_error *kd_rate_compare(const struct kd_rate_input *in, struct kd_arena *arena, struct kd_rate *ret);

const char *kd_rate_verdict_name(enum kd_rate_verdict v); /* "helped", "not-enough-exposure" …; never NULL */
const char *kd_rate_method_name(enum kd_rate_method m); /* "hosts-hit" …; never NULL */

/* --- a fixed group returns -------------------------------------------------------------------------------- */

/* Boots with the crash since its group was closed as fixed, by whether their kernel has the fix. */
struct kd_return_input {
	bool fixed; /* it was closed as fixed */
	uint64_t with_fix, with_fix_hosts;
	uint64_t without_fix, unknown;
	struct kd_view release; /* of the first one with the fix; absent */
};

enum kd_return {
	KD_RETURN_NONE, /* not closed, or nothing came back */
	KD_RETURN_OLD_KERNEL, /* only kernels without the fix: no regression, they wait for an update */
	KD_RETURN_PERHAPS, /* kernels of which nobody knows whether they have it */
	KD_RETURN_REGRESSION, /* a kernel with the fix crashed in that way */
};

/* alert_ret: a sentence in the arena, absent for KD_RETURN_NONE. */
enum kd_return kd_rate_return(const struct kd_return_input *in, struct kd_arena *arena, struct kd_view *alert_ret);

#endif
