// SPDX-License-Identifier: GPL-2.0-or-later
#include "case/subject.h"

#include <stdio.h>
#include <string.h>

#include "case/groups.h"
#include "evidence/evidence.h"

_Static_assert(KD_SUBJECT_GROUP_ID == KD_GROUP_ID, "an id of a group");

/* Printable ASCII without blanks: goes into commands to copy. */
static bool plain(struct kd_view v)
{
	for (size_t i = 0; i < v.n; i++)
		if (v.p[i] <= ' ' || v.p[i] > '~')
			return false;
	return v.n;
}

static bool is_incident(struct kd_view v)
{
	if (!kd_view_skip(&v, KD_V("inc-")) || !v.n)
		return false;
	for (size_t i = 0; i < v.n; i++)
		if (!kd_is_xdigit(v.p[i]))
			return false;
	return true;
}

static bool kind_of(struct kd_view text, struct kd_subject *s)
{
	struct kd_view v = text;

	if (kd_view_starts(v, KD_V("g-")))
		s->kind = KD_SUBJECT_GROUP;
	else if (kd_event_id_parse(v, &s->event))
		s->kind = KD_SUBJECT_EVENT;
	else if (is_incident(v))
		s->kind = KD_SUBJECT_INCIDENT;
	else if (kd_view_skip(&v, KD_V("issue:")) && v.n)
		s->kind = KD_SUBJECT_ISSUE;
	else if (kd_view_skip(&v, KD_V("ticket:")) && v.n)
		s->kind = KD_SUBJECT_TICKET;
	else if (*text.p == 'c' && kd_evidence_id_valid(text))
		s->kind = KD_SUBJECT_CLAIM;
	else
		return false;
	return true;
}

struct kd_error *kd_subject_parse(struct kd_view text, struct kd_subject *ret)
{
	struct kd_subject s = {.kind = 0};

	if (!plain(text) || text.n >= sizeof(s.id) || !kind_of(text, &s))
		return kd_error_new(KD_INVALID,
				    "'%.*s' is none of: a group g-…, an event ev-…, an incident inc-…, a claim c…, issue:KEY, "
				    "ticket:SYSTEM:KEY",
				    KD_VARG(kd_view_head(text, 80)));
	snprintf(s.id, sizeof(s.id), "%.*s", KD_VARG(text));
	*ret = s;
	return NULL;
}

static struct kd_error *there(struct kd_db *db, const struct kd_subject *s)
{
	const struct kd_dbval claim = kd_dbtext(kd_view_of(s->id)), key[] = {kd_dbint(s->event.at), kd_dbint(s->event.dig)};
	struct kd_error *err = NULL;
	int64_t n = 0;

	if (s->kind == KD_SUBJECT_EVENT)
		err = kd_db_number(db, "SELECT 1 FROM event WHERE at = ?1 AND dig = ?2", key, 2, &n);
	else if (s->kind == KD_SUBJECT_CLAIM)
		err = kd_db_number(db, "SELECT 1 FROM claim WHERE id = ?1", &claim, 1, &n);
	else
		return NULL;
	return err || n ? err : kd_error_new(KD_NOTFOUND, "there is no %s", s->id);
}

struct kd_error *kd_subject_find(struct kd_db *db, struct kd_view text, struct kd_subject *ret)
{
	struct kd_subject s;
	struct kd_error *err = kd_subject_parse(text, &s);

	if (!err && s.kind == KD_SUBJECT_GROUP) {
		char id[KD_GROUP_ID];

		err = kd_groups_find(db, text, id);
		if (!err)
			memcpy(s.id, id, sizeof(id));
	} else if (!err) {
		err = there(db, &s);
	}
	if (!err)
		*ret = s;
	return err;
}

struct group_of {
	char *ret;
	bool found;
};

static struct kd_error *group_row(void *user, const struct kd_dbval *c, size_t n)
{
	struct group_of *g = user;

	(void)n;
	if (c[0].type == KD_DBTEXT && c[0].v.n < KD_GROUP_ID) {
		snprintf(g->ret, KD_GROUP_ID, "%.*s", KD_VARG(c[0].v));
		g->found = true;
	}
	return NULL;
}

struct kd_error *kd_subject_group_of(struct kd_db *db, struct kd_evkey k, char ret[KD_SUBJECT_GROUP_ID])
{
	const struct kd_dbval key[] = {kd_dbint(k.at), kd_dbint(k.dig)};
	struct group_of g = {.ret = ret};
	struct kd_error *err = kd_db_query(db, "SELECT s.grp FROM event e JOIN sig s ON s.sig = e.sig WHERE e.at = ?1 AND e.dig = ?2", key, 2,
					   group_row, &g);
	char id[KD_EVENT_ID];

	if (err || g.found)
		return err;
	kd_event_id(k, id);
	return kd_error_new(KD_NOTFOUND, "there is no event %s", id);
}
