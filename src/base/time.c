// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/time.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "base/alloc.h"

static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
				     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

static bool is_leap(int y)
{
	return (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
}

/* Year 0 means "not given": then 29 February is possible. */
static int days_in(int month, int year)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

	return month == 2 && (!year || is_leap(year)) ? 29 : days[month - 1];
}

bool kd_civil_is_valid(const struct kd_civil *t)
{
	return t->month >= 1 && t->month <= 12 && t->day >= 1 &&
	       t->day <= days_in(t->month, t->year) && t->hour <= 23 && t->min <= 59 &&
	       t->sec <= 60;
}

/* Exactly n digits. */
static bool digits(struct kd_view *v, unsigned n, int *ret)
{
	int x = 0;

	if (v->n < n)
		return false;
	for (unsigned i = 0; i < n; i++) {
		if (!kd_is_digit(v->p[i]))
			return false;
		x = x * 10 + (v->p[i] - '0');
	}
	*v = kd_view_from(*v, n);
	*ret = x;
	return true;
}

static bool one_of(struct kd_view *v, const char *set)
{
	if (!v->n || !v->p[0] || !strchr(set, v->p[0]))
		return false;
	*v = kd_view_from(*v, 1);
	return true;
}

/* .123456 or ,123456: digits behind the ninth are dropped */
static void fraction(struct kd_view *v, uint32_t *nsec)
{
	struct kd_view w = *v;
	uint32_t x = 0, unit = 100000000;

	*nsec = 0;
	if (!one_of(&w, ".,") || !w.n || !kd_is_digit(*w.p))
		return;
	for (; w.n && kd_is_digit(*w.p); w = kd_view_from(w, 1), unit /= 10)
		x += (uint32_t)(*w.p - '0') * unit;
	*nsec = x;
	*v = w;
}

static bool clock_time(struct kd_view *v, struct kd_civil *t)
{
	if (!digits(v, 2, &t->hour) || !one_of(v, ":") || !digits(v, 2, &t->min) ||
	    !one_of(v, ":") || !digits(v, 2, &t->sec))
		return false;
	fraction(v, &t->nsec);
	return true;
}

/* Z, +01:00, +0100; UTC and GMT. Other letters are ambiguous: not a zone. */
static void zone(struct kd_view *v, struct kd_civil *t)
{
	struct kd_view w = *v;
	int h, m, sign;

	if (kd_view_skip(&w, KD_V("UTC")) || kd_view_skip(&w, KD_V("GMT")) || one_of(&w, "Zz")) {
		if (w.n && kd_is_word(*w.p))
			return;
		t->has_zone = true;
		*v = w;
		return;
	}
	sign = w.n && *w.p == '-' ? -1 : 1;
	if (!one_of(&w, "+-") || !digits(&w, 2, &h))
		return;
	one_of(&w, ":");
	if (!digits(&w, 2, &m) || h > 23 || m > 59)
		return;
	t->has_zone = true;
	t->zone_min = sign * (h * 60 + m);
	*v = w;
}

bool kd_civil_take_rfc3339(struct kd_view *v, struct kd_civil *ret)
{
	struct kd_civil t = {0};
	struct kd_view w = *v;

	if (!digits(&w, 4, &t.year) || !one_of(&w, "-") || !digits(&w, 2, &t.month) ||
	    !one_of(&w, "-") || !digits(&w, 2, &t.day) || !one_of(&w, "Tt ") || !clock_time(&w, &t))
		return false;
	if (!t.year || !kd_civil_is_valid(&t))
		return false;
	zone(&w, &t);
	*ret = t;
	*v = w;
	return true;
}

/* "Nov 21" or "Nov  1" */
static bool month_day(struct kd_view *v, struct kd_civil *t)
{
	uint64_t day;

	for (size_t i = 0; i < KD_ARRAY_LEN(months) && !t->month; i++)
		if (kd_view_skip(v, kd_view_of(months[i])))
			t->month = (int)i + 1;
	if (!t->month || !one_of(v, " "))
		return false;
	one_of(v, " ");
	if (!kd_view_take_dec(v, &day) || day > 31 || !one_of(v, " "))
		return false;
	t->day = (int)day;
	return true;
}

bool kd_civil_take_syslog(struct kd_view *v, struct kd_civil *ret)
{
	struct kd_civil t = {0};
	struct kd_view w = *v;

	if (!month_day(&w, &t) || !clock_time(&w, &t) || !kd_civil_is_valid(&t))
		return false;
	*ret = t;
	*v = w;
	return true;
}

static bool weekday(struct kd_view *v)
{
	static const char *const names[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};

	for (size_t i = 0; i < KD_ARRAY_LEN(names); i++)
		if (kd_view_skip(v, kd_view_of(names[i])))
			return one_of(v, " ");
	return false;
}

bool kd_civil_take_ctime(struct kd_view *v, struct kd_civil *ret)
{
	struct kd_civil t = {0};
	struct kd_view w = *v, after;

	if (!weekday(&w) || !month_day(&w, &t) || !clock_time(&w, &t))
		return false;
	after = w;
	if (one_of(&after, " ")) { /* date(1): the zone before the year */
		zone(&after, &t);
		if (t.has_zone)
			w = after;
	}
	if (!one_of(&w, " ") || !digits(&w, 4, &t.year) || (w.n && kd_is_word(*w.p)))
		return false;
	if (!t.year || !kd_civil_is_valid(&t))
		return false;
	after = w;
	if (!t.has_zone && one_of(&after, " ")) { /* git: the zone behind it */
		zone(&after, &t);
		if (t.has_zone)
			w = after;
	}
	*ret = t;
	*v = w;
	return true;
}

bool kd_civil_take_any(struct kd_view *v, struct kd_civil *ret)
{
	return kd_civil_take_rfc3339(v, ret) || kd_civil_take_syslog(v, ret) ||
	       kd_civil_take_ctime(v, ret);
}

/* Days since 1970-01-01; years begin in March, so that leap days come last. */
static int64_t days_from_civil(int64_t y, int m, int d)
{
	int64_t era, yoe, doy;

	y -= m <= 2;
	era = (y >= 0 ? y : y - 399) / 400;
	yoe = y - era * 400;
	doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
	return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

bool kd_civil_absolute(const struct kd_civil *t, int64_t *ret_ns)
{
	int64_t s;

	if (!t->year || !t->has_zone || t->year < 1678 || t->year > 2261)
		return false;
	s = days_from_civil(t->year, t->month, t->day) * 86400 + t->hour * 3600 + t->min * 60 +
	    t->sec - t->zone_min * 60;
	*ret_ns = s * 1000000000 + t->nsec;
	return true;
}

bool kd_civil_take_us(struct kd_view *v, int64_t *ret_us)
{
	struct kd_view w = *v;
	struct kd_civil t;
	int64_t ns;

	if (!kd_civil_take_any(&w, &t) || !kd_civil_absolute(&t, &ns) || ns <= 0)
		return false;
	*ret_us = ns / 1000;
	*v = w;
	return true;
}

void kd_civil_from_ns(int64_t ns, struct kd_civil *ret)
{
	int64_t s = ns / 1000000000, frac = ns % 1000000000, days, rest, era, doe, yoe, doy, mp;

	if (frac < 0) {
		frac += 1000000000;
		s--;
	}
	days = s / 86400;
	rest = s % 86400;
	if (rest < 0) {
		rest += 86400;
		days--;
	}
	days += 719468; /* the inverse of days_from_civil() */
	era = (days >= 0 ? days : days - 146096) / 146097;
	doe = days - era * 146097;
	yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	mp = (5 * doy + 2) / 153;
	*ret = (struct kd_civil){
		.day = (int)(doy - (153 * mp + 2) / 5 + 1),
		.month = (int)(mp < 10 ? mp + 3 : mp - 9),
		.hour = (int)(rest / 3600),
		.min = (int)(rest / 60 % 60),
		.sec = (int)(rest % 60),
		.nsec = (uint32_t)frac,
		.has_zone = true,
	};
	ret->year = (int)(yoe + era * 400 + (ret->month <= 2));
}

static void format_zone(const struct kd_civil *t, char *buf, size_t n)
{
	int z = t->zone_min < 0 ? -t->zone_min : t->zone_min;

	buf[0] = '\0';
	if (t->has_zone && !z)
		snprintf(buf, n, "Z");
	else if (t->has_zone)
		snprintf(buf, n, "%c%02d:%02d", t->zone_min < 0 ? '-' : '+', z / 60, z % 60);
}

void kd_civil_format(const struct kd_civil *t, char ret[KD_CIVIL_LEN])
{
	char year[16] = "----", frac[16] = "", z[16];

	if (t->year)
		snprintf(year, sizeof(year), "%04d", t->year);
	if (t->nsec) {
		int n = snprintf(frac, sizeof(frac), ".%09" PRIu32, t->nsec);

		while (n > 1 && frac[n - 1] == '0')
			frac[--n] = '\0';
	}
	format_zone(t, z, sizeof(z));
	snprintf(ret, KD_CIVIL_LEN, "%.7s-%02u-%02uT%02u:%02u:%02u%.10s%.7s", year,
		 (unsigned char)t->month, (unsigned char)t->day, (unsigned char)t->hour,
		 (unsigned char)t->min, (unsigned char)t->sec, frac, z);
}

void kd_duration_format(int64_t ns, char ret[KD_CIVIL_LEN])
{
	const char *sign = ns < 0 ? "-" : "";
	uint64_t u = ns < 0 ? -(uint64_t)ns : (uint64_t)ns;
	uint64_t ms = u / 1000000, s = ms / 1000, min = s / 60, h = min / 60;

	if (!ms && u)
		snprintf(ret, KD_CIVIL_LEN, "%s%" PRIu64 " us", sign, u / 1000);
	else if (ms < 1000)
		snprintf(ret, KD_CIVIL_LEN, "%s%" PRIu64 " ms", sign, ms);
	else if (s < 60)
		snprintf(ret, KD_CIVIL_LEN, "%s%" PRIu64 ".%" PRIu64 " s", sign, s,
			 ms % 1000 / 100);
	else if (h < 1)
		snprintf(ret, KD_CIVIL_LEN, "%s%" PRIu64 " min %" PRIu64 " s", sign, min, s % 60);
	else
		snprintf(ret, KD_CIVIL_LEN, "%s%" PRIu64 " h %" PRIu64 " min", sign, h, min % 60);
}

int64_t kd_mono_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}
