// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * "Cc: stable@vger.kernel.org # v5.10+", as Documentation/process/stable-kernel-rules.rst has it, and as
 * people write it: "[4.19.x]", "# 3.4.x", "#4.4+", "# 5.15, 6.1", "# 3.3.x: a1f84a3: sched: Check for idle".
 */
#include "base/alloc.h"
#include "history/commit_internal.h"

static bool is_stable_list(struct kd_view mail)
{
	return kd_view_istarts(mail, KD_V("stable@")) || kd_view_istarts(mail, KD_V("stable+")) ||
	       kd_view_istarts(mail, KD_V("linux-stable@"));
}

/* "5.10", "v4.19.x", "6.6.12" off the front. */
static bool take_version(struct kd_view *v, struct kd_view *ret)
{
	struct kd_view w = *v, start;
	size_t n = 0, dots = 0;

	if (w.n && (*w.p == 'v' || *w.p == 'V'))
		w = kd_view_from(w, 1);
	start = w;
	while (n < w.n && (kd_is_digit(w.p[n]) || (w.p[n] == '.' && n + 1 < w.n && kd_is_digit(w.p[n + 1]))))
		dots += w.p[n++] == '.';
	if (!n || !dots || dots > 3 || n > 16)
		return false;
	w = kd_view_from(w, n);
	if (kd_view_starts(w, KD_V(".x")) || kd_view_starts(w, KD_V(".y")))
		w = kd_view_from(w, 2);
	if (kd_view_starts(w, KD_V("-rc")) || (w.n && kd_is_alnum(*w.p)))
		return false; /* "6.1-rc3" and the like are no stable series */
	*ret = kd_view_head(start, n);
	*v = w;
	return true;
}

static void prerequisite(struct kd_cparse *p, struct kd_view oid, struct kd_view rest, size_t line)
{
	struct kd_relation *r = kd_commit_relate(p, KD_REL_DEPENDS, "Cc: stable # prerequisite", oid, line);

	if (!r)
		return;
	if (kd_view_skip(&rest, KD_V(":"))) {
		rest = kd_view_trim(rest);
		if (rest.n)
			r->title = rest;
	} else {
		kd_oid_title(p, &rest, line, &r->nlines, &r->title);
	}
}

/* Digits alone, like a date. */
static bool is_number(struct kd_view v)
{
	for (size_t i = 0; i < v.n; i++)
		if (!kd_is_digit(v.p[i]))
			return false;
	return v.n < 12;
}

static void comment(struct kd_cparse *p, struct kd_view v, size_t line)
{
	struct kd_view version, oid;
	char before = ' ';

	while (v.n) {
		struct kd_view at = v;
		bool start = !kd_is_word(before) && before != '.' && before != '-';

		if (start && take_version(&v, &version)) {
			struct kd_stable_version *s = kd_cpush(p, versions);

			kd_view_skip_blank(&v);
			if (s) {
				s->version = version;
				s->later = kd_view_starts(v, KD_V("+")) || kd_view_istarts(v, KD_V("and later")) ||
					   kd_view_istarts(v, KD_V("or later")) || kd_view_starts(v, KD_V("-"));
				s->line = (uint32_t)line;
			}
			before = ' ';
			continue;
		}
		if (start && kd_oid_take(&v, &oid) && !is_number(oid)) {
			prerequisite(p, oid, v, line);
			if (kd_view_starts(v, KD_V(":")) || kd_view_starts(kd_view_trim(v), KD_V("(")))
				return; /* the rest is its title */
			before = ' ';
			continue;
		}
		before = v.n < at.n ? v.p[-1] : *at.p;
		v = v.n < at.n ? v : kd_view_from(at, 1);
	}
}

void kd_commit_stable(struct kd_cparse *p, const struct kd_trailer *t)
{
	struct kd_view v = t->value, mail = t->who.mail;
	size_t at;

	if (!kd_view_ieq(t->key, KD_V("Cc")) || (!is_stable_list(mail) && !is_stable_list(v)))
		return;
	if (kd_view_istarts(mail, KD_V("stable+noautosel@"))) {
		p->c->stable_noautosel = true;
		return;
	}
	p->c->stable = true;
	if (kd_view_has(v, KD_V("stable+autosel")))
		p->c->autosel = true;
	at = kd_view_chr(v, '@');
	v = kd_view_from(v, at == KD_NPOS ? 0 : at + 1);
	for (at = 0; at < v.n && !strchr("#[(, ", v.p[at]); at++)
		;
	comment(p, kd_view_from(v, at), t->line);
}
