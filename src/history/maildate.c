// SPDX-License-Identifier: GPL-2.0-or-later
/* Days and times of queries. */
#include "base/alloc.h"
#include "base/time.h"
#include "history/mailquery.h"

enum { DAY = 86400 };

static bool digits(struct kd_view *v, size_t n, int *ret)
{
	uint64_t x;

	if (v->n < n || !kd_view_dec(kd_view_head(*v, n), &x))
		return false;
	*v = kd_view_from(*v, n);
	*ret = (int)x;
	return true;
}

static bool absolute(const struct kd_civil *c, int64_t *ret)
{
	int64_t ns;

	if (c->year < 1970 || c->year > 2105 || !kd_civil_is_valid(c) || !kd_civil_absolute(c, &ns))
		return false;
	*ret = ns / INT64_C(1000000000);
	return true;
}

/* YYYYMMDD, YYYY-MM-DD, both perhaps with HHMMSS or THH:MM:SS or .HH:MM:SS behind it */
static bool fixed(struct kd_view v, int64_t *first, int64_t *last)
{
	struct kd_civil c = {.has_zone = true};
	bool time;

	if (!digits(&v, 4, &c.year))
		return false;
	kd_view_skip(&v, KD_V("-"));
	if (!digits(&v, 2, &c.month))
		return false;
	kd_view_skip(&v, KD_V("-"));
	if (!digits(&v, 2, &c.day))
		return false;
	if (v.n && (*v.p == 'T' || *v.p == '.' || *v.p == ' '))
		v = kd_view_from(v, 1);
	time = v.n != 0;
	if (time && !digits(&v, 2, &c.hour))
		return false;
	kd_view_skip(&v, KD_V(":"));
	if (time && !digits(&v, 2, &c.min))
		return false;
	kd_view_skip(&v, KD_V(":"));
	if (v.n && !digits(&v, 2, &c.sec))
		return false;
	kd_view_skip(&v, KD_V("Z"));
	if (v.n || !absolute(&c, first))
		return false;
	*last = *first + (time ? 0 : DAY - 1);
	return true;
}

/* "2.days.ago", "3.weeks.ago", "yesterday" */
static bool ago(struct kd_view v, int64_t now, int64_t *first, int64_t *last)
{
	static const struct {
		struct kd_view word;
		int64_t s;
	} units[] = {{{"second", 6}, 1}, {{"minute", 6}, 60}, {{"hour", 4}, 3600}, {{"day", 3}, DAY},
		     {{"week", 4}, 7 * DAY}, {{"month", 5}, 30 * DAY}, {{"year", 4}, 365 * DAY}};
	uint64_t n;

	if (kd_view_eq(v, KD_V("now")) || kd_view_eq(v, KD_V("today"))) {
		*first = v.n == 3 ? now : now - now % DAY;
		*last = now;
		return true;
	}
	if (kd_view_eq(v, KD_V("yesterday"))) {
		*first = now - now % DAY - DAY;
		*last = now - now % DAY - 1;
		return true;
	}
	if (!kd_view_take_dec(&v, &n) || n > 100000 || !kd_view_skip(&v, KD_V(".")))
		return false;
	for (size_t i = 0; i < KD_ARRAY_LEN(units); i++) {
		struct kd_view rest = v;

		if (!kd_view_skip(&rest, units[i].word))
			continue;
		kd_view_skip(&rest, KD_V("s"));
		*first = *last = now - (int64_t)n * units[i].s;
		return kd_view_eq(rest, KD_V(".ago"));
	}
	return false;
}

bool kd_mailquery_date(struct kd_view text, int64_t now, int64_t *first, int64_t *last)
{
	return fixed(text, first, last) || ago(text, now, first, last);
}
