// SPDX-License-Identifier: GPL-2.0-or-later
#include "verb/know.h"

#include <inttypes.h>

#include "base/time.h"

struct kd_cell kd_know_when(struct kd_sheet *s, int64_t at)
{
	char text[KD_CIVIL_LEN];
	struct kd_civil t;

	if (at <= 0 || at > INT64_MAX / 1000)
		return kd_cell_none(NULL);
	kd_civil_from_ns(at / 1000000 * 1000000000, &t);
	kd_civil_format(&t, text);
	return kd_sheet_cell(s, kd_view_of(text));
}

struct kd_cell kd_know_age(struct kd_sheet *s, int64_t from, int64_t to)
{
	const int64_t sec = (to - from) / 1000000, min = sec / 60, hours = min / 60, days = hours / 24;
	struct kd_view v;

	if (from <= 0)
		return kd_cell_none(NULL);
	if (sec < 60)
		v = KD_V("now");
	else if (days >= 2)
		v = kd_sheet_text(s, "%" PRId64 " d", days);
	else if (hours >= 1)
		v = kd_sheet_text(s, "%" PRId64 " h", hours);
	else
		v = kd_sheet_text(s, "%" PRId64 " min", min);
	return kd_cell_text(v);
}

struct kd_cell kd_know_seconds(int64_t from, int64_t to)
{
	return from > 0 ? kd_cell_int((to - from) / 1000000) : kd_cell_none(NULL);
}

struct kd_cell kd_know_text(struct kd_sheet *s, struct kd_view v)
{
	return v.n ? kd_sheet_cell(s, v) : kd_cell_text(KD_V(""));
}

struct kd_view kd_know_base(const char *path)
{
	struct kd_view v = kd_view_of(path);
	size_t at = kd_view_rchr(v, '/');

	return at == KD_NPOS ? v : kd_view_from(v, at + 1);
}
