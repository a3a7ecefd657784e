// SPDX-License-Identifier: GPL-2.0-or-later
/* Is the crash that somebody holds in his hands one that the team has seen? */
#include <stdio.h>

#include "base/alloc.h"
#include "base/fs.h"
#include "case/event.h"
#include "case/groups.h"
#include "case/siginfo.h"
#include "verb/caseinv.h"
#include "verb/incident.h"
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

static struct kd_error *look(struct kd_db *db, const struct kd_report *r, struct kd_arena *a,
			     struct kd_buf *b)
{
	kd_auto(kd_buf_deinit) struct kd_buf new = KD_BUF_INIT(1024);
	struct kd_event_from from = {.source = "log"};
	struct counts c = {{0}};
	struct kd_siginfo s = {0};
	struct kd_event e;
	struct kd_dbval grp;
	struct kd_error *err;

	kd_event_of(r, &from, &e);
	err = kd_siginfo_get(db, e.sig, a, &s);
	if (err)
		return err;
	grp = kd_dbtext(s.grp);
	err = kd_db_query(db,
			  "SELECT COUNT(*), COUNT(DISTINCT host), MIN(CASE WHEN at > 0 THEN at "
			  "END), MAX(at) FROM event WHERE sig IN (SELECT sig FROM "
			  "sig WHERE grp = ?1)",
			  &grp, 1, on_counts, &c);
	if (!err)
		err = news(db, OF_GROUP "release = ?2", s.grp, e.release, "release", &new);
	if (!err)
		err = news(db, OF_GROUP "host = ?2", s.grp, e.host, "host", &new);
	if (!err)
		err = news(db, OF_GROUP "arch = ?2", s.grp, e.arch, "architecture", &new);
	if (err)
		return err;
	kd_buf_printf(b, "seen before: %.*s, %llu event%s on %llu named host%s, first ",
		      KD_VARG(s.grp), (ull)c.n[0], c.n[0] == 1 ? "" : "s", (ull)c.n[1],
		      c.n[1] == 1 ? "" : "s");
	kd_case_time(b, c.n[2]);
	kd_buf_printf(b, "%s%.*s",
		      new.n ? "; new: "
			    : "; its release, host and architecture are not new, as far as they "
			      "are stated",
		      KD_VARG(kd_buf_view(&new)));
	return NULL;
}

/* Is there a memory at all? A file that is not there is the usual case, and costs no more than this
 * question. */
static bool there(const char *memory)
{
	kd_auto(kd_freep) char *name = NULL;
	kd_auto(kd_error_freep) struct kd_error *err = kd_memory_name(memory, &name);

	return !err && name && (strchr(name, '=') || strstr(name, "://") || kd_fs_exists(name));
}

struct kd_view kd_caseinv_seen(struct kd_ctx *ctx, const char *memory, const struct kd_report *r,
			       struct kd_arena *arena)
{
	kd_auto(kd_db_closep) struct kd_db *db = NULL;
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(4096);
	struct kd_error *err;

	if (!there(memory))
		return KD_VNULL;
	err = kd_memory_open(ctx, memory, KD_DB_READ, &db);
	if (!err)
		err = look(db, r, arena, &b);
	if (err) {
		kd_error_free(err);
		return KD_VNULL;
	}
	return kd_arena_view(arena, kd_buf_view(&b));
}
