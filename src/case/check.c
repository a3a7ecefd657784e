// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "base/alloc.h"
#include "base/hash.h"
#include "base/source.h"
#include "case/admin.h"
#include "case/schema.h"

enum { SHOWN = 200, BLOCK_MAX = 1 << 30, PIECE = 64 << 10 };

/*
 * Each query gives the rows that are wrong: up to three columns that name one. ?1 is the time before which events were
 * thrown away, ?2 how many rows are wanted.
 */
static const struct rule {
	const char *sql, *what;
} rules[] = {
	{"SELECT s.sig FROM (SELECT DISTINCT sig FROM event) s WHERE NOT EXISTS (SELECT 1 FROM sig WHERE sig.sig = s.sig) AND ?1 = ?1 LIMIT ?2",
	 "events of a signature that is not there: sig"},
	{"SELECT sig, grp FROM sig WHERE NOT EXISTS (SELECT 1 FROM grp WHERE grp.id = sig.grp) AND ?1 = ?1 LIMIT ?2",
	 "a signature in a group that is not there: sig, group"},
	{"SELECT sig, rep_at, rep_dig FROM sig WHERE rep_dig IS NOT NULL AND rep_at >= ?1 AND NOT EXISTS "
	 "(SELECT 1 FROM event WHERE event.at = sig.rep_at AND event.dig = sig.rep_dig) LIMIT ?2",
	 "a signature whose first event is not there: sig, time, digest"},
	{"SELECT sig, grp FROM possible WHERE (NOT EXISTS (SELECT 1 FROM grp WHERE grp.id = possible.grp) OR NOT EXISTS "
	 "(SELECT 1 FROM sig WHERE sig.sig = possible.sig)) AND ?1 = ?1 LIMIT ?2",
	 "a possible group, and one of the two is not there: sig, group"},
	{"SELECT id, into_grp FROM grp WHERE into_grp IS NOT NULL AND NOT EXISTS (SELECT 1 FROM grp g WHERE g.id = grp.into_grp) "
	 "AND ?1 = ?1 LIMIT ?2",
	 "a group that became part of one that is not there: group, group"},
	{"SELECT at, dig, count(*) FROM event WHERE at >= ?1 OR at = 0 GROUP BY at, dig HAVING count(*) > 1 LIMIT ?2",
	 "an event that is there more than once: time, digest, how often"},
	{"SELECT b.block FROM (SELECT DISTINCT block FROM event WHERE block IS NOT NULL) b WHERE NOT EXISTS "
	 "(SELECT 1 FROM block WHERE block.id = b.block) AND ?1 = ?1 LIMIT ?2",
	 "events whose raw text is not there: block"},
	{"SELECT event.at, event.dig, event.block FROM event JOIN block ON block.id = event.block WHERE (off IS NULL OR len IS NULL OR off < 0 "
	 "OR len < 0 OR off > size OR len > size - off) AND ?1 = ?1 LIMIT ?2",
	 "an event whose raw text is longer than its block: time, digest, block"},
	{"SELECT at, dig FROM event WHERE cause_dig IS NOT NULL AND cause_at >= ?1 AND NOT EXISTS (SELECT 1 FROM event c WHERE "
	 "c.at = event.cause_at AND c.dig = event.cause_dig) LIMIT ?2",
	 "an event that follows from one that is not there: time, digest"},
	{"SELECT id, a_at, a_dig FROM decision WHERE a_dig IS NOT NULL AND a_at >= ?1 AND NOT EXISTS (SELECT 1 FROM event WHERE "
	 "event.at = a_at AND event.dig = a_dig) LIMIT ?2",
	 "a decision about an event that is not there: decision, time, digest"},
	{"SELECT id, b_at, b_dig FROM decision WHERE b_dig IS NOT NULL AND b_at >= ?1 AND NOT EXISTS (SELECT 1 FROM event WHERE "
	 "event.at = b_at AND event.dig = b_dig) LIMIT ?2",
	 "a decision about an event that is not there: decision, time, digest"},
	{"SELECT id, a_grp, b_grp FROM decision WHERE ((a_grp IS NOT NULL AND NOT EXISTS (SELECT 1 FROM grp WHERE grp.id = a_grp)) OR "
	 "(b_grp IS NOT NULL AND NOT EXISTS (SELECT 1 FROM grp WHERE grp.id = b_grp))) AND ?1 = ?1 LIMIT ?2",
	 "a decision about a group that is not there: decision, groups"},
	{"SELECT subject, system, key FROM link WHERE subject LIKE 'g-%' AND NOT EXISTS (SELECT 1 FROM grp WHERE grp.id = subject) "
	 "AND ?1 = ?1 LIMIT ?2",
	 "a link of a group that is not there: group, system, key"},
	{"SELECT subject, state FROM state WHERE subject LIKE 'g-%' AND NOT EXISTS (SELECT 1 FROM grp WHERE grp.id = subject) "
	 "AND ?1 = ?1 LIMIT ?2",
	 "a state of a group that is not there: group, state"},
	{"SELECT claim, evidence FROM claimev WHERE (NOT EXISTS (SELECT 1 FROM claim WHERE claim.id = claimev.claim) OR NOT EXISTS "
	 "(SELECT 1 FROM evidence WHERE evidence.id = claimev.evidence)) AND ?1 = ?1 LIMIT ?2",
	 "a claim with its evidence, and one of the two is not there: claim, evidence"},
	{"SELECT claim, status FROM claimlog WHERE NOT EXISTS (SELECT 1 FROM claim WHERE claim.id = claimlog.claim) AND ?1 = ?1 LIMIT ?2",
	 "what happened to a claim that is not there: claim, status"},
	{"SELECT host, release, since FROM exposure WHERE until < since AND ?1 = ?1 LIMIT ?2",
	 "a host that ran a release until before it began: host, release, since"},
};

struct state {
	struct kd_ctx *ctx;
	struct kd_db *db;
	kd_complaint_fn *fn;
	void *user;
	uint64_t n, of_rule;
	const char *what;
};

static void complain(struct state *s, struct kd_view line)
{
	s->n++;
	if (s->fn)
		s->fn(s->user, line);
}

static void add_value(struct kd_buf *b, const struct kd_dbval *v)
{
	if (v->type == KD_DBINT)
		kd_buf_printf(b, " %lld", (long long)v->i);
	else if (v->type == KD_DBTEXT)
		kd_buf_printf(b, " %.*s", v->v.n > SHOWN ? SHOWN : (int)v->v.n, v->v.p);
	else
		kd_buf_add(b, KD_V(" -"));
}

static struct kd_error *on_wrong(void *user, const struct kd_dbval *col, size_t n)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(4096);
	struct state *s = user;

	if (s->of_rule++ == KD_COMPLAINTS_EACH) {
		kd_buf_printf(&b, "more of these: %s", s->what);
	} else {
		kd_buf_add(&b, kd_view_of(s->what));
		for (size_t i = 0; i < n; i++)
			add_value(&b, &col[i]);
	}
	complain(s, kd_buf_view(&b));
	return NULL;
}

/* A block's id is the first 64 bits of the digest of its bytes. */
static bool named_by(struct kd_view bytes, int64_t id)
{
	uint8_t sum[KD_SHA256_LEN];
	uint64_t first = 0;

	kd_sha256_of(bytes, sum);
	for (int i = 0; i < 8; i++)
		first = first << 8 | sum[i];
	return (int64_t)first == id;
}

/* A packed block: does it unpack, and into as many bytes as it says? */
static struct kd_error *unpacks(const struct state *s, const struct kd_dbval *col, const char **ret_why)
{
	kd_auto(kd_source_closep) struct kd_source *src = NULL;
	struct kd_error *err;
	int64_t total = 0;
	char piece[PIECE];
	size_t n = 1;

	*ret_why = NULL;
	if (col[2].type == KD_DBBLOB && !named_by(col[2].v, col[0].i)) {
		*ret_why = "was changed: its digest is not its id";
		return NULL;
	}
	if (col[2].type != KD_DBBLOB || col[1].i < 0 || col[1].i > BLOCK_MAX) {
		*ret_why = "is no block";
		return NULL;
	}
	if (col[2].v.n == (size_t)col[1].i) /* it did not shrink and is there as it is */
		return NULL;
	err = kd_source_from_memory(col[2].v, "block", &src);
	while (!err && n && total <= col[1].i) {
		err = kd_source_read(src, piece, sizeof(piece), &n);
		total += err ? 0 : (int64_t)n;
		if (!err)
			err = kd_ctx_check(s->ctx);
	}
	if (err && err->cls != KD_CANCELLED) {
		kd_error_free(err);
		err = NULL;
		*ret_why = "cannot be unpacked";
	} else if (!err && kd_source_diag(src)) {
		*ret_why = "is damaged";
	} else if (!err && total != col[1].i) {
		*ret_why = "has another size than it says";
	}
	return err;
}

static struct kd_error *on_block(void *user, const struct kd_dbval *col, size_t n)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(256);
	struct state *s = user;
	const char *why = NULL;
	struct kd_error *err = n == 3 ? unpacks(s, col, &why) : NULL;

	if (err || !why)
		return err;
	kd_buf_printf(&b, "raw text of block %lld %s", (long long)col[0].i, why);
	complain(s, kd_buf_view(&b));
	return NULL;
}

static struct kd_error *agree(struct state *s)
{
	kd_auto(kd_freep) char *expired = NULL;
	struct kd_dbval args[] = {kd_dbint(INT64_MIN + 1), kd_dbint(KD_COMPLAINTS_EACH + 1)};
	struct kd_error *err = kd_meta_get(s->db, "expired", &expired);
	struct kd_view v = kd_view_of(expired);

	if (!err && expired)
		kd_view_take_int(&v, &args[0].i);
	for (size_t i = 0; !err && i < KD_ARRAY_LEN(rules); i++) {
		s->what = rules[i].what;
		s->of_rule = 0;
		err = kd_db_query(s->db, rules[i].sql, args, 2, on_wrong, s);
	}
	if (!err)
		err = kd_db_query(s->db, "SELECT id, size, packed FROM block", NULL, 0, on_block, s);
	return err;
}

static void on_own(void *user, struct kd_view line)
{
	const struct state *s = user;

	if (s->fn)
		s->fn(s->user, line);
}

struct kd_error *kd_case_check(struct kd_ctx *ctx, struct kd_db *db, kd_complaint_fn *fn, void *user, uint64_t *ret)
{
	struct state s = {.ctx = ctx, .db = db, .fn = fn, .user = user};
	struct kd_error *err = kd_db_check(db, on_own, &s, &s.n);

	/* Of a damaged file nothing more can be said. */
	if (!err && !s.n) {
		err = kd_db_begin_read(db);
		if (!err)
			err = agree(&s);
		kd_db_rollback(db);
	}
	*ret = s.n;
	return err;
}
