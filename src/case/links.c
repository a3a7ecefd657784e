// SPDX-License-Identifier: GPL-2.0-or-later
#include "case/links.h"

#include <stdio.h>

#include "base/alloc.h"
#include "base/utf8.h"
#include "case/rows.h"

#define COLUMNS "l.subject, l.system, l.key, l.kind, l.url, l.title, l.made, l.who"

static bool word(struct kd_view v)
{
	for (size_t i = 0; i < v.n; i++)
		if (!(v.p[i] >= 'a' && v.p[i] <= 'z') && !kd_is_digit(v.p[i]) && v.p[i] != '-' && v.p[i] != '_')
			return false;
	return v.n && v.n <= KD_LINK_SYSTEM_MAX;
}

static bool key_fits(struct kd_view v)
{
	for (size_t i = 0; i < v.n; i++)
		if (v.p[i] <= ' ' || v.p[i] > '~')
			return false;
	return v.n && v.n <= KD_LINK_KEY_MAX;
}

static bool text_fits(struct kd_view v)
{
	for (size_t i = 0; i < v.n; i++)
		if ((unsigned char)v.p[i] < ' ' || v.p[i] == 0x7f)
			return false;
	return v.n <= KD_LINK_TEXT_MAX && kd_utf8_valid(v);
}

/* What a key of this system is, when nobody says. */
static struct kd_view kind_of(struct kd_view system)
{
	static const struct {
		struct kd_view system, kind;
	} kinds[] = {
		{KD_V("sentry"), KD_V("issue")}, {KD_V("glitchtip"), KD_V("issue")}, {KD_V("syzbot"), KD_V("issue")},
		{KD_V("abrt"), KD_V("issue")},	 {KD_V("lkp"), KD_V("issue")},	     {KD_V("git"), KD_V("fix")},
		{KD_V("commit"), KD_V("fix")},
	};

	for (size_t i = 0; i < KD_ARRAY_LEN(kinds); i++)
		if (kd_view_eq(system, kinds[i].system))
			return kinds[i].kind;
	return KD_V("ticket");
}

struct kd_error *kd_link_parse(struct kd_view text, struct kd_link *ret)
{
	struct kd_link l = {.made = 0};
	struct kd_view rest = text;

	if (kd_view_starts(text, KD_V("https://")) || kd_view_starts(text, KD_V("http://"))) {
		l.system = KD_V("web");
		l.key = l.url = text;
	} else if (kd_view_take_until(&rest, KD_V(":"), &l.system)) {
		l.key = rest;
	}
	if (!word(l.system) || !key_fits(l.key))
		return kd_error_new(KD_INVALID, "'%.*s' is no SYSTEM:KEY (as jira:KRN-1138) and no address (https://…)",
				    KD_VARG(kd_view_head(text, 100)));
	l.kind = kind_of(l.system);
	*ret = l;
	return NULL;
}

bool kd_link_kind_valid(struct kd_view kind)
{
	return kd_view_eq(kind, KD_V("ticket")) || kd_view_eq(kind, KD_V("issue")) || kd_view_eq(kind, KD_V("fix")) ||
	       kd_view_eq(kind, KD_V("dup"));
}

struct kd_error *kd_link_put(struct kd_db *db, const struct kd_link *l, bool *ret_new)
{
	static const char insert[] = "INSERT INTO link (subject, system, key, kind, url, title, made, who, ev_at, ev_dig) VALUES (?1, ?2, ?3, "
				     "?4, ?5, ?6, ?7, ?8, ?9, ?10) ON CONFLICT DO NOTHING";
	struct kd_subject s;
	struct kd_error *err = kd_subject_parse(l->subject, &s);
	uint64_t added = 0;

	if (err)
		return err;
	if (!word(l->system) || !key_fits(l->key) || !kd_link_kind_valid(l->kind) || !text_fits(l->url) || !text_fits(l->title))
		return kd_error_new(KD_INVALID, "a link's system, key, kind, address or title is too long or not what it may be");
	const bool event = s.kind == KD_SUBJECT_EVENT;
	const struct kd_dbval args[] = {kd_dbtext(l->subject),	kd_dbtext(l->system),  kd_dbtext(l->key), kd_dbtext(l->kind),
					kd_row_put(l->url),	kd_row_put(l->title),  kd_dbint(l->made), kd_row_put(l->who),
					event ? kd_dbint(s.event.at) : kd_dbnull(), event ? kd_dbint(s.event.dig) : kd_dbnull()};

	err = kd_db_run(db, insert, args, KD_ARRAY_LEN(args), &added);
	if (!err && !added)
		err = kd_db_run(db,
				"UPDATE link SET kind = ?4, url = COALESCE(?5, url), title = COALESCE(?6, title) WHERE subject = ?1 AND "
				"system = ?2 AND key = ?3",
				args, 6, NULL);
	if (!err && ret_new)
		*ret_new = added;
	return err;
}

struct kd_error *kd_link_remove(struct kd_db *db, struct kd_view subject, struct kd_view system, struct kd_view key, bool *ret)
{
	const struct kd_dbval args[] = {kd_dbtext(subject), kd_dbtext(system), kd_dbtext(key)};
	uint64_t gone = 0;
	struct kd_error *err = kd_db_run(db, "DELETE FROM link WHERE subject = ?1 AND system = ?2 AND key = ?3", args, 3, &gone);

	if (!err)
		*ret = gone;
	return err;
}

/* ---- reading ---- */

struct reading {
	struct kd_arena *a;
	struct kd_links *to;
	const char *via; /* of what is being read; may have a place for the subject */
};

static bool have(const struct kd_links *l, struct kd_view system, struct kd_view key)
{
	for (size_t i = 0; i < l->n; i++)
		if (kd_view_eq(l->v[i].system, system) && kd_view_eq(l->v[i].key, key))
			return true;
	return false;
}

static struct kd_error *add(struct reading *r, const struct kd_link *from)
{
	struct kd_link *l = kd_avec_push(r->a, r->to, KD_LINKS_MAX);

	if (l)
		*l = *from;
	else
		r->to->cut = true;
	return NULL;
}

static void read_link(struct kd_arena *a, const struct kd_dbval *c, struct kd_link *ret)
{
	*ret = (struct kd_link){
		.subject = kd_row_text(a, &c[0]),
		.system = kd_row_text(a, &c[1]),
		.key = kd_row_text(a, &c[2]),
		.kind = kd_row_text(a, &c[3]),
		.url = kd_row_text(a, &c[4]),
		.title = kd_row_text(a, &c[5]),
		.made = kd_row_int(&c[6]),
		.who = kd_row_text(a, &c[7]),
	};
}

static struct kd_error *plain_row(void *user, const struct kd_dbval *c, size_t n)
{
	struct reading *r = user;
	struct kd_link l;

	(void)n;
	read_link(r->a, c, &l);
	return add(r, &l);
}

struct kd_error *kd_links_of(struct kd_db *db, struct kd_view subject, struct kd_arena *a, struct kd_links *ret)
{
	const struct kd_dbval arg = kd_dbtext(subject);
	struct reading r = {.a = a, .to = ret};

	return kd_db_query(db, "SELECT " COLUMNS " FROM link l WHERE l.subject = ?1 ORDER BY l.made, l.system, l.key LIMIT 1001", &arg, 1,
			   plain_row, &r);
}

struct kd_error *kd_links_to(struct kd_db *db, struct kd_view system, struct kd_view key, struct kd_arena *a, struct kd_links *ret)
{
	const struct kd_dbval args[] = {kd_dbtext(system), kd_dbtext(key)};
	struct reading r = {.a = a, .to = ret};

	return kd_db_query(db, "SELECT " COLUMNS " FROM link l WHERE l.system = ?1 AND l.key = ?2 ORDER BY l.made, l.subject LIMIT 1001",
			   args, 2, plain_row, &r);
}

static struct kd_error *via_row(void *user, const struct kd_dbval *c, size_t n)
{
	struct reading *r = user;
	struct kd_link l;

	(void)n;
	if (c[1].type != KD_DBTEXT || c[2].type != KD_DBTEXT || have(r->to, c[1].v, c[2].v))
		return NULL;
	read_link(r->a, c, &l);
	l.via = kd_arena_printf(r->a, "%s%.*s", r->via, KD_VARG(l.subject));
	return add(r, &l);
}

/* subject, then ticket and title of a known issue; its ticket may be no SYSTEM:KEY. */
static struct kd_error *known_row(void *user, const struct kd_dbval *c, size_t n)
{
	struct reading *r = user;
	struct kd_view text = kd_row_text(r->a, &c[1]);
	struct kd_link l;
	struct kd_error *err = kd_link_parse(text, &l);

	(void)n;
	if (err) { /* a bare key */
		kd_error_free(err);
		l = (struct kd_link){.system = KD_V("ticket"), .key = text, .kind = KD_V("ticket")};
	}
	if (!text.n || have(r->to, l.system, l.key))
		return NULL;
	l.subject = kd_row_text(r->a, &c[0]);
	l.title = kd_row_text(r->a, &c[2]);
	l.made = kd_row_int(&c[3]);
	l.via = kd_arena_printf(r->a, "known issue %.*s", KD_VARG(l.subject));
	return add(r, &l);
}

/* source and key of an issue that events came with */
static struct kd_error *issue_row(void *user, const struct kd_dbval *c, size_t n)
{
	struct reading *r = user;
	struct kd_link l = {.kind = KD_V("issue"), .via = KD_V("its events")};

	(void)n;
	l.system = kd_row_text(r->a, &c[0]);
	l.key = kd_row_text(r->a, &c[1]);
	if (!l.system.n)
		l.system = KD_V("event");
	return have(r->to, l.system, l.key) ? NULL : add(r, &l);
}

struct step {
	const char *via, *sql;
	kd_dbrow_fn *fn;
	const char *only_if; /* without such a row the step is not made: it reads all events of the group */
};

struct kd_error *kd_links_of_group(struct kd_db *db, const char *grp, struct kd_arena *a, struct kd_links *ret)
{
	static const struct step steps[] = {
		{"", "SELECT " COLUMNS " FROM link l WHERE l.subject = ?1 ORDER BY l.made, l.system, l.key", via_row, NULL},
		{"merged group ",
		 KD_ROWS_FAMILY "SELECT " COLUMNS " FROM fam JOIN link l ON l.subject = fam.id ORDER BY l.made, l.system, l.key", via_row, NULL},
		{"event ",
		 "SELECT " COLUMNS " FROM link l JOIN event e ON e.at = l.ev_at AND e.dig = l.ev_dig JOIN sig s ON s.sig = e.sig "
		 "WHERE s.grp = ?1 AND l.ev_at IS NOT NULL ORDER BY l.made, l.system, l.key",
		 via_row, "SELECT 1 FROM link WHERE ev_at IS NOT NULL LIMIT 1"},
		{"",
		 "SELECT " COLUMNS " FROM (SELECT DISTINCT e.issue FROM sig s JOIN event e ON e.sig = s.sig WHERE s.grp = ?1 AND e.issue IS "
		 "NOT NULL) AS x JOIN link l ON l.subject = 'issue:' || x.issue ORDER BY l.made, l.system, l.key",
		 via_row, "SELECT 1 FROM link WHERE subject >= 'issue:' AND subject < 'issue;' LIMIT 1"},
		{"",
		 KD_ROWS_FAMILY "SELECT k.id, k.ticket, k.title, k.made FROM known k WHERE k.status <> 'retired' AND k.ticket IS NOT NULL AND EXISTS "
		 "(SELECT 1 FROM knownmatch m JOIN sig s ON s.grp = ?1 WHERE m.known = k.id AND ((m.how = 'strict' AND m.value = s.strict) "
		 "OR (m.how = 'normal' AND m.value = s.normal) OR (m.how = 'loose' AND m.value = s.loose) OR (m.how = 'group' AND m.value IN "
		 "(SELECT id FROM fam)))) ORDER BY k.made, k.id",
		 known_row, "SELECT 1 FROM known WHERE ticket IS NOT NULL LIMIT 1"},
		{"",
		 "SELECT DISTINCT e.source, e.issue FROM sig s JOIN event e ON e.sig = s.sig WHERE s.grp = ?1 AND e.issue IS NOT NULL "
		 "ORDER BY e.source, e.issue LIMIT 1001",
		 issue_row, "SELECT 1 FROM event WHERE issue IS NOT NULL LIMIT 1"},
	};
	const struct kd_dbval id = kd_dbtext(kd_view_of(grp));
	struct kd_error *err = NULL;

	for (size_t i = 0; i < KD_ARRAY_LEN(steps) && !err; i++) {
		struct reading r = {.a = a, .to = ret, .via = steps[i].via};
		int64_t any = !steps[i].only_if;

		if (steps[i].only_if)
			err = kd_db_number(db, steps[i].only_if, NULL, 0, &any);
		if (!err && any)
			err = kd_db_query(db, steps[i].sql, &id, 1, steps[i].fn, &r);
	}
	return kd_error_wrap(err, "links of %s", grp);
}

const struct kd_link *kd_links_kind(const struct kd_links *l, const char *kind)
{
	for (size_t i = 0; i < l->n; i++)
		if (kd_view_eq(l->v[i].kind, kd_view_of(kind)))
			return &l->v[i];
	return NULL;
}
