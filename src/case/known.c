// SPDX-License-Identifier: GPL-2.0-or-later
#include "case/known.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/hash.h"
#include "base/time.h"
#include "base/utf8.h"
#include "case/groups.h"
#include "case/rows.h"

#define COLUMNS "k.id, k.title, k.ticket, k.fix, k.workaround, k.status, k.notes, k.made, k.changed, k.who"

static const char *const hows[KD_KNOWN_HOWS] = {
	[KD_KNOWN_STRICT] = "strict", [KD_KNOWN_NORMAL] = "normal", [KD_KNOWN_GROUP] = "group", [KD_KNOWN_LOOSE] = "loose"};
static const char *const statuses[KD_KNOWN_STATUSES] = {[KD_KNOWN_OPEN] = "open",
							[KD_KNOWN_MITIGATED] = "mitigated",
							[KD_KNOWN_FIXED] = "fixed",
							[KD_KNOWN_WONTFIX] = "wontfix",
							[KD_KNOWN_RETIRED] = "retired"};

static bool find_word(const char *const *words, size_t n, struct kd_view name, uint8_t *ret)
{
	for (size_t i = 0; i < n; i++)
		if (kd_view_eq(name, kd_view_of(words[i]))) {
			*ret = (uint8_t)i;
			return true;
		}
	return false;
}

const char *kd_known_how_name(unsigned how)
{
	return how < KD_KNOWN_HOWS ? hows[how] : "?";
}

bool kd_known_how_of(struct kd_view name, uint8_t *ret)
{
	return find_word(hows, KD_KNOWN_HOWS, name, ret);
}

const char *kd_known_status_name(unsigned s)
{
	return s < KD_KNOWN_STATUSES ? statuses[s] : "?";
}

bool kd_known_status_of(struct kd_view name, uint8_t *ret)
{
	return find_word(statuses, KD_KNOWN_STATUSES, name, ret);
}

/* ---- an entry ---- */

static bool line_fits(struct kd_view v, size_t max)
{
	for (size_t i = 0; i < v.n; i++)
		if ((unsigned char)v.p[i] < ' ' || v.p[i] == 0x7f)
			return false;
	return v.n <= max && kd_utf8_valid(v);
}

static bool text_fits(struct kd_view v)
{
	for (size_t i = 0; i < v.n; i++)
		if (((unsigned char)v.p[i] < ' ' && v.p[i] != '\n' && v.p[i] != '\t') || v.p[i] == 0x7f)
			return false;
	return v.n <= KD_KNOWN_TEXT && kd_utf8_valid(v);
}

static bool hex(struct kd_view v, size_t least, size_t most)
{
	for (size_t i = 0; i < v.n; i++)
		if (!kd_is_digit(v.p[i]) && !(v.p[i] >= 'a' && v.p[i] <= 'f'))
			return false;
	return v.n >= least && v.n <= most;
}

static bool by_fits(const struct kd_known_by *b)
{
	if (b->how != KD_KNOWN_GROUP)
		return b->how < KD_KNOWN_HOWS && hex(b->value, KD_SIG_HEX - 1, KD_SIG_HEX - 1);
	return kd_view_starts(b->value, KD_V("g-")) && hex(kd_view_from(b->value, 2), 12, 12);
}

struct kd_error *kd_known_check(const struct kd_known *k)
{
	if (!k->title.n || !line_fits(k->title, KD_KNOWN_TITLE))
		return kd_error_new(KD_INVALID, "a known issue needs a title: one line of at most %d bytes", KD_KNOWN_TITLE);
	if (!line_fits(k->ticket, KD_KNOWN_WORD) || !line_fits(k->fix, KD_KNOWN_WORD) || !line_fits(k->who, KD_KNOWN_WORD))
		return kd_error_new(KD_INVALID, "ticket and fix of a known issue are one line of at most %d bytes", KD_KNOWN_WORD);
	if (!text_fits(k->workaround) || !text_fits(k->notes))
		return kd_error_new(KD_INVALID, "workaround and notes of a known issue are UTF-8 of at most %zu bytes", KD_KNOWN_TEXT);
	if (!k->nby || k->nby > KD_KNOWN_MATCHES)
		return kd_error_new(KD_INVALID, "a known issue needs something that it is recognised by: a signature or a group, at most %d",
				    KD_KNOWN_MATCHES);
	for (size_t i = 0; i < k->nby; i++)
		if (!by_fits(&k->by[i]))
			return kd_error_new(KD_INVALID, "'%s:%.*s' is no signature (%d hex digits) and no group (g-…)",
					    kd_known_how_name(k->by[i].how), KD_VARG(kd_view_head(k->by[i].value, 80)), KD_SIG_HEX - 1);
	if (k->id.n && !kd_known_id_valid(k->id))
		return kd_error_new(KD_INVALID, "'%.*s' is no id of a known issue (k-…)", KD_VARG(kd_view_head(k->id, 80)));
	return k->status < KD_KNOWN_STATUSES ? NULL : kd_error_new(KD_INVALID, "a known issue has no such status");
}

bool kd_known_id_valid(struct kd_view id)
{
	return id.n == KD_KNOWN_ID - 1 && kd_view_starts(id, KD_V("k-")) && hex(kd_view_from(id, 2), 10, 10);
}

void kd_known_id(const struct kd_known *k, char ret[KD_KNOWN_ID])
{
	uint8_t sum[KD_SHA256_LEN];
	struct kd_sha256 h;

	kd_sha256_init(&h);
	kd_sha256_update(&h, KD_V("kdoc-known-1"));
	kd_sha256_update(&h, kd_view("", 1));
	kd_sha256_update(&h, k->title);
	kd_sha256_update(&h, kd_view("", 1));
	kd_sha256_update(&h, kd_view_of(kd_known_how_name(k->by[0].how)));
	kd_sha256_update(&h, KD_V(":"));
	kd_sha256_update(&h, k->by[0].value);
	kd_sha256_final(&h, sum);
	memcpy(ret, "k-", 2);
	kd_hex(sum, 5, ret + 2);
}

static struct kd_error *put_matches(struct kd_db *db, struct kd_view id, const struct kd_known *k)
{
	struct kd_dbval args[3] = {kd_dbtext(id)};
	struct kd_error *err = kd_db_run(db, "DELETE FROM knownmatch WHERE known = ?1", args, 1, NULL);

	for (size_t i = 0; i < k->nby && !err; i++) {
		args[1] = kd_dbtext(kd_view_of(kd_known_how_name(k->by[i].how)));
		args[2] = kd_dbtext(k->by[i].value);
		err = kd_db_run(db, "INSERT INTO knownmatch (known, how, value) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING", args, 3, NULL);
	}
	return err;
}

struct kd_error *kd_known_put(struct kd_db *db, const struct kd_known *k, bool *ret_new)
{
	char made[KD_KNOWN_ID];
	struct kd_error *err = kd_known_check(k);
	struct kd_view id = k->id;
	uint64_t changed = 0;

	if (err)
		return err;
	if (!id.n) {
		kd_known_id(k, made);
		id = kd_view_of(made);
	}
	const struct kd_dbval args[] = {kd_dbtext(id),		 kd_dbtext(k->title), kd_row_put(k->ticket),
					kd_row_put(k->fix),	 kd_row_put(k->workaround), kd_dbtext(kd_view_of(kd_known_status_name(k->status))),
					kd_row_put(k->notes),	 kd_dbint(k->made),   kd_dbint(k->changed),
					kd_row_put(k->who)};

	err = kd_db_run(db,
			"UPDATE known SET title = ?2, ticket = ?3, fix = ?4, workaround = ?5, status = ?6, notes = ?7, changed = ?8, who = ?9 "
			"WHERE id = ?1",
			(const struct kd_dbval[]){args[0], args[1], args[2], args[3], args[4], args[5], args[6], args[8], args[9]}, 9, &changed);
	if (!err && !changed)
		err = kd_db_run(db,
				"INSERT INTO known (id, title, ticket, fix, workaround, status, notes, made, changed, who) VALUES (?1, ?2, ?3, "
				"?4, ?5, ?6, ?7, ?8, ?9, ?10)",
				args, KD_ARRAY_LEN(args), NULL);
	if (!err)
		err = put_matches(db, id, k);
	if (!err && ret_new)
		*ret_new = !changed;
	return err;
}

/* ---- reading ---- */

static void read_entry(struct kd_arena *a, const struct kd_dbval *c, struct kd_known *k)
{
	*k = (struct kd_known){
		.id = kd_row_text(a, &c[0]),
		.title = kd_row_text(a, &c[1]),
		.ticket = kd_row_text(a, &c[2]),
		.fix = kd_row_text(a, &c[3]),
		.workaround = kd_row_text(a, &c[4]),
		.notes = kd_row_text(a, &c[6]),
		.made = kd_row_int(&c[7]),
		.changed = kd_row_int(&c[8]),
		.who = kd_row_text(a, &c[9]),
	};
	if (c[5].type != KD_DBTEXT || !kd_known_status_of(c[5].v, &k->status))
		k->status = KD_KNOWN_OPEN;
}

struct matches {
	struct kd_arena *a;
	struct kd_known *k;
};

static struct kd_error *match_row(void *user, const struct kd_dbval *c, size_t n)
{
	struct matches *m = user;
	struct kd_known_by *b = &m->k->by[m->k->nby];

	(void)n;
	if (m->k->nby < KD_KNOWN_MATCHES && c[0].type == KD_DBTEXT && kd_known_how_of(c[0].v, &b->how)) {
		b->value = kd_row_text(m->a, &c[1]);
		m->k->nby++;
	}
	return NULL;
}

static struct kd_error *read_matches(struct kd_db *db, struct kd_arena *a, struct kd_known *k)
{
	const struct kd_dbval id = kd_dbtext(k->id);
	struct matches m = {a, k};

	return kd_db_query(db,
			   "SELECT how, value FROM knownmatch WHERE known = ?1 ORDER BY CASE how WHEN 'strict' THEN 0 WHEN 'normal' THEN 1 "
			   "WHEN 'group' THEN 2 ELSE 3 END, value",
			   &id, 1, match_row, &m);
}

struct got {
	struct kd_arena *a;
	struct kd_known *k;
	struct kd_view want, other;
	size_t n;
	bool exact;
};

static struct kd_error *get_row(void *user, const struct kd_dbval *c, size_t n)
{
	struct got *g = user;
	bool exact = c[0].type == KD_DBTEXT && kd_view_eq(c[0].v, g->want);

	(void)n;
	if (g->exact)
		return NULL;
	if (g->n && !exact)
		g->other = kd_row_text(g->a, &c[0]);
	else
		read_entry(g->a, c, g->k);
	g->n = exact ? 1 : g->n + 1;
	g->exact = exact;
	return NULL;
}

struct kd_error *kd_known_get(struct kd_db *db, struct kd_view name, struct kd_arena *a, struct kd_known *ret)
{
	struct got g = {.a = a, .k = ret, .want = name};
	struct kd_view end = kd_arena_printf(a, "%.*s~", KD_VARG(name));
	const struct kd_dbval args[] = {kd_dbtext(name), kd_dbtext(end)};
	const bool id = kd_view_starts(name, KD_V("k-")) && name.n > 2;
	struct kd_error *err;

	if (id)
		err = kd_db_query(db, "SELECT " COLUMNS " FROM known k WHERE k.id >= ?1 AND k.id < ?2 ORDER BY k.id LIMIT 3", args, 2, get_row, &g);
	else /* "KRN-1138" of "jira:KRN-1138" */
		err = kd_db_query(db,
				  "SELECT " COLUMNS " FROM known k WHERE k.ticket = ?1 OR substr(k.ticket, length(k.ticket) - length(?1)) = ':' || ?1 "
				  "ORDER BY k.id LIMIT 3",
				  args, 1, get_row, &g);
	if (!err && !g.n)
		err = kd_error_new(KD_NOTFOUND, "there is no known issue '%.*s'", KD_VARG(kd_view_head(name, 80)));
	if (!err && g.n > 1)
		err = kd_error_new(KD_INVALID, "more than one known issue is called '%.*s': %.*s, %.*s …", KD_VARG(kd_view_head(name, 80)),
				   KD_VARG(ret->id), KD_VARG(g.other));
	return err ? err : read_matches(db, a, ret);
}

struct ids {
	struct kd_arena *a;
	KD_VEC(struct kd_known) v;
};

static struct kd_error *each_row(void *user, const struct kd_dbval *c, size_t n)
{
	struct ids *l = user;
	struct kd_known *k = kd_avec_push(l->a, &l->v, 100000);

	(void)n;
	if (!k)
		return kd_error_new(KD_LIMIT, "more known issues than fit into memory");
	read_entry(l->a, c, k);
	return NULL;
}

/* Statements do not nest on every database: read first, then tell. */
struct kd_error *kd_known_each(struct kd_db *db, kd_known_fn *fn, void *user)
{
	kd_auto(kd_arena_deinit) struct kd_arena a = KD_ARENA_INIT((size_t)512 << 20);
	struct ids l = {.a = &a};
	struct kd_error *err = kd_db_query(db, "SELECT " COLUMNS " FROM known k ORDER BY k.changed DESC, k.id", NULL, 0, each_row, &l);

	for (size_t i = 0; i < l.v.n && !err; i++) {
		err = read_matches(db, &a, &l.v.v[i]);
		if (!err)
			err = fn(user, &l.v.v[i]);
	}
	return err;
}

/* ---- recognising ---- */

struct best {
	struct kd_arena *a;
	struct kd_known_hit *hit;
};

/* The strictest comes first. */
static struct kd_error *hit_row(void *user, const struct kd_dbval *c, size_t n)
{
	struct best *b = user;
	struct kd_known_hit *h = b->hit;

	(void)n;
	if (h->found) {
		h->others += c[0].type == KD_DBTEXT && !kd_view_eq(c[0].v, h->entry.id);
		return NULL;
	}
	read_entry(b->a, c, &h->entry);
	h->found = c[10].type == KD_DBTEXT && kd_known_how_of(c[10].v, &h->by.how);
	h->by.value = kd_row_text(b->a, &c[11]);
	return NULL;
}

struct kd_error *kd_known_match(struct kd_db *db, const struct kd_sigrow *sig, const char *grp, struct kd_arena *a, struct kd_known_hit *ret)
{
	/* ?1: the group, as KD_ROWS_FAMILY wants it */
	static const char sql[] =
		KD_ROWS_FAMILY
		"SELECT " COLUMNS ", m.how, m.value FROM knownmatch m JOIN known k ON k.id = m.known WHERE k.status <> 'retired' AND "
		"((m.how = 'strict' AND m.value = ?2) OR (m.how = 'normal' AND m.value = ?3) OR (m.how = 'loose' AND m.value = ?4) OR "
		"(m.how = 'group' AND m.value IN (SELECT id FROM fam))) ORDER BY CASE m.how WHEN 'strict' THEN 0 WHEN 'normal' THEN 1 WHEN "
		"'group' THEN 2 ELSE 3 END, k.made DESC, k.id LIMIT 100";
	const struct kd_dbval args[] = {kd_dbtext(kd_view_of(grp ? grp : "")), kd_row_put(sig->strict), kd_row_put(sig->normal),
					kd_row_put(sig->loose)};
	struct best b = {a, ret};
	struct kd_error *err;

	*ret = (struct kd_known_hit){.found = false};
	err = kd_db_query(db, sql, args, KD_ARRAY_LEN(args), hit_row, &b);
	if (!err && ret->found)
		err = read_matches(db, a, &ret->entry);
	return kd_error_wrap(err, "looking through the known issues");
}

struct kd_error *kd_known_match_group(struct kd_db *db, const char *grp, struct kd_arena *a, struct kd_known_hit *ret)
{
	static const char sql[] =
		KD_ROWS_FAMILY
		"SELECT " COLUMNS ", m.how, m.value FROM knownmatch m JOIN known k ON k.id = m.known WHERE k.status <> 'retired' AND "
		"((m.how = 'group' AND m.value IN (SELECT id FROM fam)) OR EXISTS (SELECT 1 FROM sig s WHERE s.grp = ?1 AND ((m.how = 'strict' "
		"AND m.value = s.strict) OR (m.how = 'normal' AND m.value = s.normal) OR (m.how = 'loose' AND m.value = s.loose)))) ORDER BY "
		"CASE m.how WHEN 'strict' THEN 0 WHEN 'normal' THEN 1 WHEN 'group' THEN 2 ELSE 3 END, k.made DESC, k.id LIMIT 100";
	const struct kd_dbval id = kd_dbtext(kd_view_of(grp));
	struct best b = {a, ret};
	struct kd_error *err;

	*ret = (struct kd_known_hit){.found = false};
	err = kd_db_query(db, sql, &id, 1, hit_row, &b);
	if (!err && ret->found)
		err = read_matches(db, a, &ret->entry);
	return kd_error_wrap(err, "looking through the known issues");
}

struct sigrow {
	struct kd_arena *a;
	struct kd_sigrow *ret;
	struct kd_view *grp;
	bool found;
};

static struct kd_error *sig_row(void *user, const struct kd_dbval *c, size_t n)
{
	struct sigrow *s = user;

	(void)n;
	*s->ret = (struct kd_sigrow){.sig = kd_row_int(&c[0]),
				     .strict = kd_row_text(s->a, &c[1]),
				     .normal = kd_row_text(s->a, &c[2]),
				     .loose = kd_row_text(s->a, &c[3]),
				     .title = kd_row_text(s->a, &c[4])};
	*s->grp = kd_row_text(s->a, &c[5]);
	s->found = true;
	return NULL;
}

struct kd_error *kd_known_sig(struct kd_db *db, int64_t sig, struct kd_arena *a, struct kd_sigrow *ret, struct kd_view *grp_ret)
{
	const struct kd_dbval arg = kd_dbint(sig);
	struct sigrow s = {a, ret, grp_ret, false};
	struct kd_error *err = kd_db_query(db, "SELECT sig, strict, normal, loose, title, grp FROM sig WHERE sig = ?1", &arg, 1, sig_row, &s);

	return err || s.found ? err : kd_error_new(KD_NOTFOUND, "no event had the signature %016" PRIx64, (uint64_t)sig);
}

struct last {
	struct kd_arena *a;
	struct kd_event *ret;
	bool found;
};

static struct kd_error *last_row(void *user, const struct kd_dbval *c, size_t n)
{
	struct last *l = user;

	(void)n;
	kd_event_read(c, l->ret);
	l->found = kd_event_keep(l->ret, l->a);
	return NULL;
}

struct kd_error *kd_known_last_event(struct kd_db *db, const char *grp, struct kd_arena *a, struct kd_event *ret)
{
	static const char sql[] = "SELECT " KD_EVENT_COLUMNS " FROM event WHERE sig IN (SELECT s.sig FROM sig s WHERE s.grp = ?1) ORDER BY CASE WHEN at > 0 "
				  "THEN at ELSE seen END DESC, dig LIMIT 1";
	const struct kd_dbval id = kd_dbtext(kd_view_of(grp));
	struct last l = {a, ret, false};
	struct kd_error *err = kd_db_query(db, sql, &id, 1, last_row, &l);

	return err || l.found ? err : kd_error_new(KD_NOTFOUND, "group %s has no events", grp);
}

struct seen {
	struct kd_known_news *news;
	bool release, host, arch;
};

static struct kd_error *news_row(void *user, const struct kd_dbval *c, size_t n)
{
	struct seen *s = user;

	(void)n;
	s->news->events = kd_row_int(&c[0]);
	s->news->hosts = kd_row_int(&c[1]);
	s->news->first = kd_row_int(&c[2]);
	s->news->last = kd_row_int(&c[3]);
	s->news->same_release = kd_row_int(&c[4]);
	s->release = s->news->same_release > 0;
	s->host = kd_row_int(&c[5]) > 0;
	s->arch = kd_row_int(&c[6]) > 0;
	return NULL;
}

struct kd_error *kd_known_news(struct kd_db *db, const struct kd_known_hit *hit, const struct kd_event *e, struct kd_arena *a,
			       struct kd_known_news *ret)
{
	/* a time of 0 is not stated: then when it came counts */
	static const char sql[] =
		"SELECT count(*), count(DISTINCT e.host), min(CASE WHEN e.at > 0 THEN e.at ELSE e.seen END), "
		"max(CASE WHEN e.at > 0 THEN e.at ELSE e.seen END), sum(CASE WHEN e.release = ?3 THEN 1 ELSE 0 END), "
		"sum(CASE WHEN e.host = ?4 THEN 1 ELSE 0 END), sum(CASE WHEN e.arch = ?5 THEN 1 ELSE 0 END) "
		"FROM sig s JOIN event e ON e.sig = s.sig WHERE ((?2 = 'strict' AND s.strict = ?1) OR (?2 = 'normal' AND s.normal = ?1) OR "
		"(?2 = 'loose' AND s.loose = ?1) OR (?2 = 'group' AND s.grp = ?1)) AND NOT (e.at = ?6 AND e.dig = ?7) "
		"AND (CAST(?8 AS BIGINT) = 0 OR CASE WHEN e.at > 0 THEN e.at ELSE e.seen END <= CAST(?8 AS BIGINT))";
	char grp[KD_GROUP_ID] = "";
	struct kd_error *err = NULL;

	*ret = (struct kd_known_news){.stated_release = e->release.n, .stated_host = e->host.n, .stated_arch = e->arch.n};
	if (hit->by.how == KD_KNOWN_GROUP)
		err = kd_groups_find(db, hit->by.value, grp); /* it may have been merged since */
	if (err)
		return kd_error_catch(&err, KD_NOTFOUND) ? NULL : err;
	const struct kd_dbval args[] = {*grp ? kd_dbtext(kd_view_of(grp)) : kd_dbtext(hit->by.value),
					kd_dbtext(kd_view_of(kd_known_how_name(hit->by.how))),
					kd_row_put(e->release),	  kd_row_put(e->host),
					kd_row_put(e->arch),	  kd_dbint(e->key.at),
					kd_dbint(e->key.dig),	  kd_dbint(e->key.at)};
	struct seen s = {.news = ret};

	err = kd_db_query(db, sql, args, KD_ARRAY_LEN(args), news_row, &s);
	if (err || !ret->events)
		return err;
	if (e->release.n && !s.release)
		ret->release = kd_arena_view(a, e->release);
	if (e->host.n && !s.host)
		ret->host = kd_arena_view(a, e->host);
	if (e->arch.n && !s.arch)
		ret->arch = kd_arena_view(a, e->arch);
	return NULL;
}

static void day(int64_t us, struct kd_buf *b)
{
	struct kd_civil t;

	kd_civil_from_ns(us * 1000, &t);
	kd_buf_printf(b, "%04d-%02d-%02d", t.year, t.month, t.day);
}

/* What is new, then what was there before; what the event does not state is neither. */
static void list_news(const struct kd_known_news *w, struct kd_buf *b)
{
	const struct {
		const char *what;
		struct kd_view v;
		bool stated;
	} parts[] = {{"release", w->release, w->stated_release}, {"host", w->host, w->stated_host}, {"arch", w->arch, w->stated_arch}};
	const char *sep = ": new: ";

	for (size_t i = 0; i < KD_ARRAY_LEN(parts); i++)
		if (parts[i].v.n) {
			kd_buf_printf(b, "%s%s %.*s", sep, parts[i].what, KD_VARG(parts[i].v));
			sep = ", ";
		}
	if (*sep != ':')
		return;
	sep = ": not new: ";
	for (size_t i = 0; i < KD_ARRAY_LEN(parts); i++)
		if (parts[i].stated) {
			kd_buf_printf(b, "%s%s", sep, parts[i].what);
			sep = ", ";
		}
}

void kd_known_words(const struct kd_known_hit *hit, const struct kd_known_news *w, struct kd_buf *b)
{
	const struct kd_known *k = &hit->entry;

	kd_buf_printf(b, "%s of %.*s \"%.*s\" (matched by %s%s %.*s)", hit->by.how == KD_KNOWN_LOOSE ? "possibly a new occurrence" : "new occurrence",
		      KD_VARG(k->ticket.n ? k->ticket : k->id), KD_VARG(k->title), kd_known_how_name(hit->by.how),
		      hit->by.how == KD_KNOWN_GROUP ? "" : " signature", KD_VARG(hit->by.value));
	if (!w->events) {
		kd_buf_printf(b, ": no earlier event is on record");
		return;
	}
	list_news(w, b);
	kd_buf_printf(b, " (first seen ");
	day(w->first, b);
	kd_buf_printf(b, "; %" PRId64 " event%s", w->events, w->events == 1 ? "" : "s");
	if (w->hosts) /* none: none of them says its host */
		kd_buf_printf(b, ", %" PRId64 " host%s", w->hosts, w->hosts == 1 ? "" : "s");
	kd_buf_add(b, KD_V(" before)"));
}
