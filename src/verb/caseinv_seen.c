// SPDX-License-Identifier: GPL-2.0-or-later
/* Is the crash that somebody holds in his hands one that the team has seen? */
#include <stdio.h>

#include "base/alloc.h"
#include "base/fs.h"
#include "case/event.h"
#include "case/groups.h"
#include "case/ledger.h"
#include "case/links.h"
#include "case/resign.h"
#include "case/siginfo.h"
#include "verb/caseinv_internal.h"
#include "verb/incident.h"
#include "verb/known.h"
#include "verb/memory.h"

typedef unsigned long long ull;

struct counts {
	int64_t n[4]; /* events, hosts, first, last */
};

static struct kd_error *on_counts(void *user, const struct kd_dbval *col, size_t n)
{
	struct counts *c = user;

	for (size_t i = 0; i < n && i < KD_ARRAY_LEN(c->n); i++)
		c->n[i] = kd_dbint_of(&col[i], 0);
	return NULL;
}

/* Has an event of the group this value? */
static struct kd_error *news(struct kd_db *db, const char *sql, struct kd_view grp,
			     struct kd_view value, const char *what, struct kd_buf *b)
{
	struct kd_dbval args[] = {kd_dbtext(grp), kd_dbtext(value)};
	int64_t n = 0;
	struct kd_error *err = value.n ? kd_db_number(db, sql, args, 2, &n) : NULL;

	if (!err && value.n && !n)
		kd_buf_printf(b, "%s%s %.*s", b->n ? ", " : "", what,
			      KD_VARG(kd_view_head(value, 100)));
	return err;
}

#define OF_GROUP "SELECT COUNT(*) FROM event WHERE sig IN (SELECT sig FROM sig WHERE grp = ?1) AND "

static struct kd_error *seen(struct kd_db *db, const struct kd_event *e, struct kd_view group,
			     struct kd_buf *b)
{
	kd_auto(kd_buf_deinit) struct kd_buf new = KD_BUF_INIT(1024);
	struct kd_dbval grp = kd_dbtext(group);
	struct counts c = {{0}};
	struct kd_error *err = kd_db_query(
		db,
		"SELECT COUNT(*), COUNT(DISTINCT host), MIN(CASE WHEN at > 0 THEN at "
		"END), MAX(at) FROM event WHERE sig IN (SELECT sig FROM "
		"sig WHERE grp = ?1)",
		&grp, 1, on_counts, &c);

	if (!err)
		err = news(db, OF_GROUP "release = ?2", group, e->release, "release", &new);
	if (!err)
		err = news(db, OF_GROUP "host = ?2", group, e->host, "host", &new);
	if (!err)
		err = news(db, OF_GROUP "arch = ?2", group, e->arch, "architecture", &new);
	if (err)
		return err;
	kd_buf_printf(b, "seen before: %.*s, %llu event%s on %llu named host%s, first ",
		      KD_VARG(group), (ull)c.n[0], c.n[0] == 1 ? "" : "s", (ull)c.n[1],
		      c.n[1] == 1 ? "" : "s");
	kd_case_time(b, c.n[2]);
	kd_buf_printf(b, "%s%.*s",
		      new.n ? "; new: "
			    : "; its release, host and architecture are not new, as far as they "
			      "are stated",
		      KD_VARG(kd_buf_view(&new)));
	return NULL;
}

static struct kd_error *on_like(void *user, const struct kd_dbval *col, size_t n)
{
	struct kd_buf *b = user;

	(void)n;
	if (col[0].type == KD_DBTEXT)
		kd_buf_printf(b, "%s%.*s", b->n ? ", " : "", KD_VARG(col[0].v));
	return NULL;
}

/* The strict signature is new: that of function and nearest callers may be not. */
static struct kd_error *not_seen(struct kd_db *db, const struct kd_sigrow *row, struct kd_buf *b)
{
	kd_auto(kd_buf_deinit) struct kd_buf like = KD_BUF_INIT(1024);
	struct kd_dbval normal = kd_dbtext(row->normal);
	int64_t signatures = 0;
	struct kd_error *err = NULL;

	if (row->normal.n)
		err = kd_db_query(db,
				  "SELECT grp FROM sig WHERE normal = ?1 AND grp IS NOT NULL GROUP "
				  "BY grp ORDER BY grp LIMIT 3",
				  &normal, 1, on_like, &like);
	if (!err)
		err = kd_db_number(db, "SELECT COUNT(*) FROM sig", NULL, 0, &signatures);
	if (err)
		return err;
	if (like.n)
		kd_buf_printf(b,
			      "not with these frames; the same function and nearest callers: %.*s",
			      KD_VARG(kd_buf_view(&like)));
	else
		kd_buf_printf(b,
			      "not seen before: it is none of the %llu signature%s of the team's memory",
			      (ull)signatures, signatures == 1 ? "" : "s");
	return NULL;
}

/* A known issue, else the ticket of the group. */
static struct kd_error *known(struct kd_db *db, const struct kd_report *r, const char *grp,
			      struct kd_arena *a, struct kd_buf *b)
{
	struct kd_event_from from = {.source = "log"};
	struct kd_links links = {.n = 0};
	const struct kd_link *ticket;
	struct kd_known_news w = {0};
	struct kd_known_hit hit = {0};
	struct kd_error *err = kd_known_of_report(db, r, &from, a, &hit, &w);

	if (!err && hit.found) {
		kd_case_known_words(&hit, &w, b);
		return NULL;
	}
	if (!err && *grp)
		err = kd_links_of_group(db, grp, a, &links);
	ticket = kd_links_ticket(&links);
	if (!err && ticket)
		kd_buf_printf(b, "new occurrence of %.*s:%.*s, the ticket of its group",
			      KD_VARG(ticket->system), KD_VARG(ticket->key));
	return err;
}

static struct kd_error *refuted(struct kd_db *db, const char *grp, struct kd_arena *a,
				struct kd_buf *b)
{
	struct kd_claimrows rows = {.n = 0};
	struct kd_error *err = *grp ? kd_ledger_list(db, kd_view_of(grp), a, &rows) : NULL;

	for (size_t i = 0; i < rows.n && !err; i++)
		if (rows.v[i].status == KD_CLAIM_REFUTED && b->n < 2000) {
			kd_buf_printf(b, "%s", b->n ? "; " : "");
			kd_case_claim_words(&rows.v[i], b);
		}
	return err;
}

static struct kd_error *look(struct kd_db *db, const struct kd_report *r, struct kd_arena *a,
			     struct kd_caseinv_before *ret)
{
	kd_auto(kd_buf_deinit) struct kd_buf was = KD_BUF_INIT(4096), is = KD_BUF_INIT(1 << 17),
					     wrong = KD_BUF_INIT(1 << 14);
	struct kd_event_from from = {.source = "log"};
	char grp[KD_GROUP_ID] = "";
	struct kd_siginfo s = {0};
	struct kd_sigrow row;
	struct kd_event e;
	struct kd_error *err;

	kd_event_of(r, &from, &e);
	kd_sigrow_of(r, &row);
	err = kd_siginfo_get(db, e.sig, a, &s);
	if (!err) {
		snprintf(grp, sizeof(grp), "%.*s", KD_VARG(s.grp));
		err = seen(db, &e, s.grp, &was);
		if (!err && kd_signature_unplaced(&r->sig[KD_SIG_STRICT]))
			kd_buf_add(&was, KD_V("; " KD_UNPLACED_WORDS));
	} else if (kd_error_catch(&err, KD_NOTFOUND)) {
		err = not_seen(db, &row, &was);
	}
	if (!err)
		err = known(db, r, grp, a, &is);
	if (!err)
		err = refuted(db, grp, a, &wrong);
	if (err)
		return err;
	ret->seen = kd_arena_view(a, kd_buf_view(&was));
	ret->known = kd_arena_view(a, kd_buf_view(&is));
	ret->refuted = kd_arena_view(a, kd_buf_view(&wrong));
	return NULL;
}

bool kd_caseinv_there(const char *memory)
{
	kd_auto(kd_freep) char *name = NULL;
	kd_auto(kd_error_freep) struct kd_error *err = kd_memory_name(memory, &name);

	return !err && name && (strchr(name, '=') || strstr(name, "://") || kd_fs_exists(name));
}

void kd_caseinv_before(struct kd_ctx *ctx, const char *memory, const struct kd_report *r,
		       struct kd_arena *arena, struct kd_caseinv_before *ret)
{
	kd_auto(kd_buf_deinit) struct kd_buf why = KD_BUF_INIT(4096);
	kd_auto(kd_db_closep) struct kd_db *db = NULL;
	struct kd_error *err;

	*ret = (struct kd_caseinv_before){.seen = KD_VNULL};
	if (!kd_caseinv_there(memory))
		return;
	err = kd_memory_open(ctx, memory, KD_DB_READ, &db);
	if (!err)
		err = kd_signatures_check(db, false); /* others are no answer to "was it seen?" */
	if (!err)
		err = look(db, r, arena, ret);
	if (!err)
		return;
	kd_buf_printf(&why, "not known, the team's memory could not be asked: %s", err->msg);
	ret->seen = kd_arena_view(arena, kd_buf_view(&why));
	kd_error_free(err);
}
