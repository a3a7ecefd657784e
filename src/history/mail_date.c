// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Dates of mail: RFC 5322, 3.3 and 4.3: "Sat, 17 Jan 2026 06:28:50 +0100 (CET)", years of two digits, zones by name.
 * As mail has it besides: no seconds, "Sat Jan 17 06:28:50 2026", a missing zone (then UTC), "GMT+0100".
 */
#include "base/alloc.h"
#include "base/time.h"
#include "history/mail.h"

struct parts {
	int day, month, year, zone; /* zone: minutes east; day 0, month 0, year -1: not seen */
	int hour, min, sec;
	bool has_time, has_zone;
};

static const char months[][4] = {"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"};

/* RFC 5322, 4.3; the military letters all count as -0000. */
static const struct {
	const char *name;
	int minutes;
} zones[] = {
	{"ut", 0}, {"utc", 0}, {"gmt", 0}, {"z", 0}, {"est", -300}, {"edt", -240}, {"cst", -360}, {"cdt", -300},
	{"mst", -420}, {"mdt", -360}, {"pst", -480}, {"pdt", -420}, {"bst", 60}, {"cet", 60}, {"cest", 120},
	{"met", 60}, {"mest", 120}, {"eet", 120}, {"eest", 180}, {"msk", 180}, {"ist", 330}, {"jst", 540},
};

/* The next word; comments in ( ), which nest, and commas are passed over. */
static bool take_token(struct kd_view *v, struct kd_view *ret)
{
	unsigned depth = 0;
	size_t n = 0;

	while (v->n && (depth || kd_is_space(v->p[0]) || v->p[0] == ',' || v->p[0] == '(')) {
		if (v->p[0] == '(')
			depth++;
		else if (v->p[0] == ')' && depth)
			depth--;
		*v = kd_view_from(*v, 1);
	}
	while (n < v->n && !kd_is_space(v->p[n]) && v->p[n] != ',' && v->p[n] != '(')
		n++;
	*ret = kd_view_head(*v, n);
	*v = kd_view_from(*v, n);
	return n != 0;
}

static bool two_digits(struct kd_view *v, int *ret)
{
	uint64_t n;
	size_t before = v->n;

	if (!kd_view_take_dec(v, &n) || before - v->n > 2)
		return false;
	*ret = (int)n;
	return true;
}

static bool take_time(struct kd_view word, struct parts *p)
{
	if (!two_digits(&word, &p->hour) || !kd_view_skip(&word, KD_V(":")) || !two_digits(&word, &p->min))
		return false;
	if (kd_view_skip(&word, KD_V(":")) && !two_digits(&word, &p->sec))
		return false;
	p->has_time = p->hour < 24 && p->min < 60 && p->sec < 61;
	return p->has_time;
}

static bool take_offset(struct kd_view word, struct parts *p)
{
	bool minus = word.n && word.p[0] == '-';
	uint64_t n;

	if (!minus && !(word.n && word.p[0] == '+'))
		return false;
	word = kd_view_from(word, 1);
	if (word.n == 5 && word.p[2] == ':') { /* "+01:00" */
		uint64_t h, m;

		if (!kd_view_dec(kd_view_head(word, 2), &h) || !kd_view_dec(kd_view_from(word, 3), &m))
			return false;
		n = h * 100 + m;
	} else if (word.n > 4 || !kd_view_dec(word, &n)) {
		return false;
	}
	if (n / 100 > 15 || n % 100 > 59)
		return false;
	p->zone = (int)(n / 100 * 60 + n % 100) * (minus ? -1 : 1);
	p->has_zone = true;
	return true;
}

static bool take_zone(struct kd_view word, struct parts *p)
{
	if (take_offset(word, p))
		return true;
	if (word.n > 4 && (kd_view_istarts(word, KD_V("gmt")) || kd_view_istarts(word, KD_V("utc"))))
		return take_offset(kd_view_from(word, 3), p);
	for (size_t i = 0; i < KD_ARRAY_LEN(zones); i++)
		if (kd_view_ieq(word, kd_view_of(zones[i].name))) {
			p->zone = zones[i].minutes;
			p->has_zone = true;
			return true;
		}
	return false;
}

static bool take_month(struct kd_view word, struct parts *p)
{
	for (int i = 0; i < 12 && word.n >= 3; i++)
		if (kd_view_istarts(word, kd_view_of(months[i]))) {
			p->month = i + 1;
			return true;
		}
	return false;
}

static void take_number(struct kd_view word, struct parts *p)
{
	uint64_t n;

	if (!kd_view_dec(word, &n) || n > 9999)
		return;
	if (!p->day && word.n <= 2) {
		p->day = (int)n;
	} else if (p->year < 0) {
		/* RFC 5322, 4.3: 00…49 are 2000…2049, other two digits and all three digits count from 1900 */
		p->year = word.n == 2 && n < 50 ? 2000 + (int)n : word.n < 4 ? 1900 + (int)n : (int)n;
	}
}

/* "17-Jan-2026" */
static bool take_joined(struct kd_view word, struct parts *p)
{
	struct kd_view day, month;

	if (!word.n || !kd_is_digit(word.p[0]) || !kd_view_take_until(&word, KD_V("-"), &day) ||
	    !kd_view_take_until(&word, KD_V("-"), &month) || !take_month(month, p))
		return false;
	take_number(day, p);
	take_number(word, p);
	return true;
}

bool kd_mail_date(struct kd_view text, int64_t *ret)
{
	struct parts p = {.year = -1};
	struct kd_view word;
	struct kd_civil c;
	int64_t ns;

	text = kd_view_head(text, 200);
	for (int i = 0; i < 12 && take_token(&text, &word); i++) {
		if (kd_is_digit(word.p[0]) && kd_view_chr(word, ':') != KD_NPOS) {
			if (p.has_time || !take_time(word, &p))
				return false;
		} else if (kd_is_digit(word.p[0])) {
			if (!take_joined(word, &p))
				take_number(word, &p);
		} else if (!(p.has_time && !p.has_zone && take_zone(word, &p)) && !p.month) {
			take_month(word, &p);
		}
	}
	if (!p.day || !p.month || p.year < 0 || !p.has_time)
		return false;
	c = (struct kd_civil){.year = p.year, .month = p.month, .day = p.day, .hour = p.hour, .min = p.min,
			      .sec = p.sec, .has_zone = true, .zone_min = p.zone};
	if (!kd_civil_absolute(&c, &ns))
		return false;
	*ret = ns / 1000000000 - (ns % 1000000000 < 0);
	return true;
}
