// SPDX-License-Identifier: GPL-2.0-or-later
#include "format/printk_internal.h"

/* n digits at *i. */
static bool digits(struct kd_view v, size_t *i, size_t n)
{
	if (v.n - *i < n)
		return false;
	for (size_t k = 0; k < n; k++)
		if (!kd_is_digit(v.p[*i + k]))
			return false;
	*i += n;
	return true;
}

static bool is_char(struct kd_view v, size_t *i, char c)
{
	if (*i >= v.n || v.p[*i] != c)
		return false;
	++*i;
	return true;
}

/* A fraction of a second, if there is one. */
static void fraction(struct kd_view v, size_t *i)
{
	size_t k = *i + 1;

	if (*i + 1 >= v.n || (v.p[*i] != '.' && v.p[*i] != ',') || !kd_is_digit(v.p[k]))
		return;
	while (k < v.n && k < *i + 10 && kd_is_digit(v.p[k]))
		k++;
	*i = k;
}

static bool hms(struct kd_view v, size_t *i)
{
	size_t k = *i;

	if (!digits(v, &k, 2) || !is_char(v, &k, ':') || !digits(v, &k, 2) || !is_char(v, &k, ':') ||
	    !digits(v, &k, 2))
		return false;
	if (v.p[*i] > '2')
		return false;
	fraction(v, &k);
	*i = k;
	return true;
}

size_t kd_time_hms(struct kd_view v)
{
	size_t i = 0;

	return hms(v, &i) ? i : 0;
}

#define NAME(a, b, c) ((unsigned)(a) << 16 | (unsigned)(b) << 8 | (unsigned)(c))

/* Three letters and a blank or comma at *i; 0 when there are none. */
static unsigned name(struct kd_view v, size_t i)
{
	const char *p = v.p + i;

	if (v.n - i < 4 || (p[3] != ' ' && p[3] != ',') || !kd_is_alpha(p[0]) || !kd_is_alpha(p[1]) ||
	    !kd_is_alpha(p[2]))
		return 0;
	return NAME(p[0], p[1], p[2]);
}

static bool month(struct kd_view v, size_t *i)
{
	switch (name(v, *i)) {
	case NAME('J', 'a', 'n'):
	case NAME('F', 'e', 'b'):
	case NAME('M', 'a', 'r'):
	case NAME('A', 'p', 'r'):
	case NAME('M', 'a', 'y'):
	case NAME('J', 'u', 'n'):
	case NAME('J', 'u', 'l'):
	case NAME('A', 'u', 'g'):
	case NAME('S', 'e', 'p'):
	case NAME('O', 'c', 't'):
	case NAME('N', 'o', 'v'):
	case NAME('D', 'e', 'c'):
		*i += 4;
		return true;
	default:
		return false;
	}
}

static bool weekday(struct kd_view v, size_t *i)
{
	switch (name(v, *i)) {
	case NAME('M', 'o', 'n'):
	case NAME('T', 'u', 'e'):
	case NAME('W', 'e', 'd'):
	case NAME('T', 'h', 'u'):
	case NAME('F', 'r', 'i'):
	case NAME('S', 'a', 't'):
	case NAME('S', 'u', 'n'):
		*i += 4;
		return true;
	default:
		return false;
	}
}

/* " 3 " or "03 " or "3 ". */
static bool day(struct kd_view v, size_t *i)
{
	size_t k = *i;

	(void)is_char(v, &k, ' ');
	if (!digits(v, &k, 2) && !digits(v, &k, 1))
		return false;
	if (!is_char(v, &k, ' '))
		return false;
	*i = k;
	return true;
}

size_t kd_time_bsd(struct kd_view v)
{
	size_t i = 0, k;

	if (v.n && kd_is_digit(*v.p) && (!digits(v, &i, 4) || !is_char(v, &i, ' ')))
		return 0;
	if (!month(v, &i) || !day(v, &i))
		return 0;
	k = i;
	if (digits(v, &k, 4) && is_char(v, &k, ' '))
		i = k;
	if (!hms(v, &i))
		return 0;
	k = i;
	if (is_char(v, &k, ' ') && digits(v, &k, 4) && (k == v.n || v.p[k] == ' '))
		i = k;
	return i;
}

/* " CET", " +01", " UTC". */
static void zone(struct kd_view v, size_t *i)
{
	size_t k = *i;

	if (!is_char(v, &k, ' ') || k >= v.n)
		return;
	if (v.p[k] == '+' || v.p[k] == '-')
		k++;
	while (k < v.n && k < *i + 7 && (kd_is_digit(v.p[k]) || (v.p[k] >= 'A' && v.p[k] <= 'Z')))
		k++;
	if (k - *i >= 3 && (k == v.n || v.p[k] == ' '))
		*i = k;
}

size_t kd_time_ctime(struct kd_view v)
{
	size_t i = 0, k;

	if (!weekday(v, &i) || !month(v, &i) || !day(v, &i) || !hms(v, &i))
		return 0;
	k = i;
	if (is_char(v, &k, ' ') && digits(v, &k, 4))
		return k;
	zone(v, &i);
	if (is_char(v, &i, ' ') && digits(v, &i, 4))
		return i;
	return 0;
}

static bool date(struct kd_view v, size_t *i, char sep)
{
	return digits(v, i, 4) && is_char(v, i, sep) && digits(v, i, 2) && is_char(v, i, sep) &&
	       digits(v, i, 2);
}

size_t kd_time_journal(struct kd_view v)
{
	size_t i = 0;

	if (!weekday(v, &i) || !date(v, &i, '-') || !is_char(v, &i, ' ') || !hms(v, &i))
		return 0;
	zone(v, &i);
	return i;
}

size_t kd_time_month_day(struct kd_view v)
{
	size_t i = 0;

	if (!digits(v, &i, 2) || !is_char(v, &i, '-') || !digits(v, &i, 2) || !is_char(v, &i, ' ') ||
	    !hms(v, &i))
		return 0;
	return i;
}

/* The zone of an ISO time; false when there is none. */
static bool iso_zone(struct kd_view v, size_t *i, enum kd_iso_kind *kind)
{
	size_t k = *i;

	if (is_char(v, &k, 'Z')) {
		*kind = KD_ISO_Z;
		*i = k;
		return true;
	}
	if (!is_char(v, &k, '+') && !is_char(v, &k, '-'))
		return false;
	if (!digits(v, &k, 2))
		return false;
	*kind = is_char(v, &k, ':') ? KD_ISO_COLON : KD_ISO_NOCOLON;
	if (!digits(v, &k, 2))
		return false;
	*i = k;
	return true;
}

size_t kd_time_iso(struct kd_view v, enum kd_iso_kind *kind)
{
	size_t i = 0;
	bool slash = v.n > 4 && v.p[4] == '/';

	*kind = slash ? KD_ISO_SLASH : KD_ISO_PLAIN;
	if (!date(v, &i, slash ? '/' : '-'))
		return 0;
	if (!is_char(v, &i, 'T') && !is_char(v, &i, ' '))
		return 0;
	if (!hms(v, &i))
		return 0;
	if (slash)
		return i;
	if (v.n > 19 && v.p[19] == ',') {
		(void)iso_zone(v, &i, kind);
		*kind = v.p[10] == 'T' ? KD_ISO_COMMA : KD_ISO_PLAIN;
		return i;
	}
	if (!iso_zone(v, &i, kind) && kd_view_starts(kd_view_from(v, i), KD_V(" UTC "))) {
		*kind = KD_ISO_Z;
		i += 4;
	}
	return i;
}
