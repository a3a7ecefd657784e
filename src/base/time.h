/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * time.h: civil times as logs write them, and the monotonic clock.
 *
 *	struct kd_civil t;
 *	int64_t ns;
 *	if (kd_civil_take_any(&line, &t) && kd_civil_absolute(&t, &ns)) …
 *
 * A time stamp is absolute only if the input states year and zone: kdoc never
 * guesses either. Proleptic Gregorian calendar; leap seconds (:60) are
 * accepted and count as the next second.
 */
#ifndef KD_BASE_TIME_H
#define KD_BASE_TIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/view.h"

struct kd_civil {
	int year; /* 0: not given */
	int month; /* 1…12 */
	int day; /* 1…31, checked against the month */
	int hour, min, sec;
	uint32_t nsec;
	bool has_zone;
	int zone_min; /* east of Greenwich, minutes */
};

/*
 * Each takes one form off the front of v, and leaves v alone when it is not there.
 * RFC 3339 "2026-11-21T01:32:50.123456+01:00" (also a blank for the T, a comma
 * for the point, +0100, and no zone at all, which then is not known).
 */
bool kd_civil_take_rfc3339(struct kd_view *v, struct kd_civil *ret);
/* "Nov 21 01:32:50", with fraction if any: no year, no zone (RFC 3164). */
bool kd_civil_take_syslog(struct kd_view *v, struct kd_civil *ret);
/* "Sat Nov 21 01:32:50 2026", also "… 01:32:50 UTC 2026" and "… 2026 +0100". */
bool kd_civil_take_ctime(struct kd_view *v, struct kd_civil *ret);
/* Any of them. */
bool kd_civil_take_any(struct kd_view *v, struct kd_civil *ret);

/* Is there such a day, and such a time of it? Who fills the members asks this first. */
bool kd_civil_is_valid(const struct kd_civil *t);

/* Nanoseconds since 1970-01-01T00:00:00Z; false without year or zone, or outside 1678…2261. */
bool kd_civil_absolute(const struct kd_civil *t, int64_t *ret_ns);

/*
 * Any of the forms off the front of v, as microseconds since 1970: false, and v as it was, without year or zone, and
 * for what is not after 1970. Whoever wants nothing behind it looks at v->n.
 */
bool kd_civil_take_us(struct kd_view *v, int64_t *ret_us);

/* The time in UTC. */
void kd_civil_from_ns(int64_t ns, struct kd_civil *ret);

/* "2026-11-21T01:32:50Z"; fraction and zone as t has them, "----" for no year, no zone if none. */
#define KD_CIVIL_LEN 48
void kd_civil_format(const struct kd_civil *t, char ret[KD_CIVIL_LEN]);

/* A duration for people: "1.5 s", "340 ms", "2 min 5 s", "3 h 20 min". */
void kd_duration_format(int64_t ns, char ret[KD_CIVIL_LEN]);

/* CLOCK_MONOTONIC, nanoseconds: for time limits and measuring, never for results. */
int64_t kd_mono_ns(void);

#endif
