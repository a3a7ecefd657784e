// SPDX-License-Identifier: GPL-2.0-or-later
#include "case/ledger.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/utf8.h"
#include "case/event.h"
#include "case/rows.h"
#include "case/subject.h"

#define COLUMNS                                                                                                                \
	"c.id, c.subject, c.text, c.status, c.origin, c.made, c.changed, (SELECT count(*) FROM claimev v WHERE v.claim = c.id), "         \
	"(SELECT l.why FROM claimlog l WHERE l.claim = c.id ORDER BY l.made DESC LIMIT 1), "                                             \
	"(SELECT l.who FROM claimlog l WHERE l.claim = c.id ORDER BY l.made DESC LIMIT 1)"

enum { WHY_MAX = 2000, WHO_MAX = 200 };

bool kd_claim_status_by_name(struct kd_view name, uint8_t *ret)
{
	for (unsigned i = KD_CLAIM_HYPOTHESIS; i <= KD_CLAIM_VERIFIED; i++)
		if (kd_view_eq(name, kd_view_of(kd_claim_status_name(i)))) {
			*ret = (uint8_t)i;
			return true;
		}
	return false;
}

static bool line_fits(struct kd_view v, size_t max)
{
	for (size_t i = 0; i < v.n; i++)
		if ((unsigned char)v.p[i] < ' ' || v.p[i] == 0x7f)
			return false;
	return v.n <= max && kd_utf8_valid(v);
}

/* ---- adding ---- */

static struct kd_error *fits(const struct kd_claimrow *c, size_t nevidence)
{
	static const struct kd_view origins[] = {KD_V("person:"), KD_V("program:"), KD_V("model:")};
	const struct kd_overclaim_rule *rule = NULL;
	struct kd_error *err;
	bool known = false;

	for (size_t i = 0; i < KD_ARRAY_LEN(origins); i++)
		known |= kd_view_starts(c->origin, origins[i]) && c->origin.n > origins[i].n;
	if (!known || !line_fits(c->origin, WHO_MAX))
		return kd_error_new(KD_INVALID, "who claims it is person:NAME, program:NAME or model:NAME, not '%.*s'", KD_VARG(kd_view_head(c->origin, 80)));
	if (!kd_view_trim(c->text).n || !line_fits(c->text, KD_CLAIM_TEXT))
		return kd_error_new(KD_INVALID, "a claim is one line of at most %d bytes", KD_CLAIM_TEXT);
	err = nevidence ? NULL : kd_ledger_certain(c->text, &rule);
	if (!err && rule)
		err = kd_error_new(KD_INVALID, "\"%s\" without evidence: %s", rule->words, kd_overclaim_instead(rule));
	return err;
}

static struct kd_error *write_step(struct kd_db *db, const char *id, uint8_t status, struct kd_view who, struct kd_view why, int64_t now)
{
	const struct kd_dbval claim = kd_dbtext(kd_view_of(id));
	int64_t last = 0;
	struct kd_error *err = kd_db_number(db, "SELECT max(made) FROM claimlog WHERE claim = ?1", &claim, 1, &last);
	const struct kd_dbval args[] = {claim, kd_dbint(now > last ? now : last + 1), kd_dbtext(kd_view_of(kd_claim_status_name(status))),
					kd_row_put(who), kd_row_put(why)};

	return err ? err : kd_db_run(db, "INSERT INTO claimlog (claim, made, status, who, why) VALUES (?1, ?2, ?3, ?4, ?5)", args, 5, NULL);
}

static struct kd_error *write_claim(struct kd_db *db, const struct kd_claimrow *c, const char *const *evidence, size_t n, bool *ret_new)
{
	const struct kd_dbval args[] = {kd_dbtext(kd_view_of(c->id)), kd_row_put(c->subject), kd_dbtext(c->text),
					kd_dbtext(kd_view_of(kd_claim_status_name(KD_CLAIM_HYPOTHESIS))), kd_dbtext(c->origin), kd_dbint(c->made)};
	uint64_t added = 0;
	struct kd_error *err = kd_db_run(db,
					 "INSERT INTO claim (id, subject, text, status, origin, made, changed) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6) ON "
					 "CONFLICT DO NOTHING",
					 args, KD_ARRAY_LEN(args), &added);

	for (size_t i = 0; i < n && !err && added; i++)
		err = kd_ledger_tie(db, c->id, evidence[i]);
	if (!err && added)
		err = write_step(db, c->id, KD_CLAIM_HYPOTHESIS, c->origin, KD_VNULL, c->made);
	*ret_new = added;
	return err;
}

/* Ends the transaction that err was in. */
static struct kd_error *end(struct kd_db *db, struct kd_error *err)
{
	if (!err)
		err = kd_db_commit(db);
	if (err)
		kd_db_rollback(db);
	return err;
}

struct kd_error *kd_ledger_add(struct kd_db *db, struct kd_claimrow *c, const char *const *evidence, size_t n, bool *ret_new)
{
	kd_auto(kd_arena_deinit) struct kd_arena a = KD_ARENA_INIT(1 << 16);
	const struct kd_view about = kd_arena_printf(&a, "%.*s about %.*s", KD_VARG(c->origin), KD_VARG(c->subject));
	struct kd_claim claim;
	struct kd_error *err = fits(c, n);

	if (!err)
		err = kd_claim_make(c->text, KD_CLAIM_HYPOTHESIS, about, evidence, n, &claim);
	if (err)
		return err;
	memcpy(c->id, claim.id, sizeof(c->id));
	c->status = KD_CLAIM_HYPOTHESIS;
	err = kd_db_begin(db);
	return end(db, err ? err : write_claim(db, c, evidence, n, ret_new));
}

struct kd_error *kd_ledger_put_evidence(struct kd_db *db, const struct kd_evidence *e, struct kd_view input, int64_t now)
{
	char digest[2 * KD_SHA256_LEN + 1];

	kd_hex(e->digest, sizeof(e->digest), digest);
	const struct kd_dbval args[] = {kd_dbtext(kd_view_of(e->id)), kd_dbtext(kd_view_of(kd_evidence_kind_name(e->kind))),
					kd_dbtext(kd_view_of(e->locator)), kd_dbtext(kd_view_of(digest)),
					line_fits(input, KD_LOCATOR_MAX) ? kd_row_put(input) : kd_dbnull(), kd_dbint(now)};

	return kd_db_run(db,
			 "INSERT INTO evidence (id, kind, locator, digest, input, made) VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (id) DO UPDATE SET "
			 "input = COALESCE(evidence.input, excluded.input)",
			 args, KD_ARRAY_LEN(args), NULL);
}

struct kd_error *kd_ledger_tie(struct kd_db *db, const char *claim, const char *evidence)
{
	const struct kd_dbval args[] = {kd_dbtext(kd_view_of(claim)), kd_dbtext(kd_view_of(evidence))};
	int64_t there = 0;
	struct kd_error *err = kd_db_number(db, "SELECT 1 FROM evidence WHERE id = ?1", &args[1], 1, &there);

	if (!err && !there)
		err = kd_error_new(KD_NOTFOUND, "there is no evidence %s in the ledger: --evidence=ANSWER.json brings an answer's in", evidence);
	return err ? err : kd_db_run(db, "INSERT INTO claimev (claim, evidence) VALUES (?1, ?2) ON CONFLICT DO NOTHING", args, 2, NULL);
}

/* ---- reading ---- */

struct reading {
	struct kd_arena *a;
	struct kd_claimrows *to;
	struct kd_view like; /* only what is like this */
};

static void read_claim(struct kd_arena *a, const struct kd_dbval *c, struct kd_claimrow *ret)
{
	*ret = (struct kd_claimrow){
		.subject = kd_row_text(a, &c[1]),
		.text = kd_row_text(a, &c[2]),
		.origin = kd_row_text(a, &c[4]),
		.made = kd_row_int(&c[5]),
		.changed = kd_row_int(&c[6]),
		.nevidence = (size_t)kd_row_int(&c[7]),
		.why = kd_row_text(a, &c[8]),
		.who = kd_row_text(a, &c[9]),
	};
	if (c[0].type == KD_DBTEXT)
		snprintf(ret->id, sizeof(ret->id), "%.*s", KD_VARG(kd_view_head(c[0].v, sizeof(ret->id) - 1)));
	if (c[3].type != KD_DBTEXT || !kd_claim_status_by_name(c[3].v, &ret->status))
		ret->status = KD_CLAIM_HYPOTHESIS;
}

static struct kd_error *claim_row(void *user, const struct kd_dbval *c, size_t n)
{
	struct reading *r = user;
	double likeness = 0;
	struct kd_claimrow *to;

	(void)n;
	if (r->like.n) {
		likeness = c[2].type == KD_DBTEXT ? kd_ledger_likeness(r->like, c[2].v) : 0;
		if (likeness < KD_LEDGER_LIKE)
			return NULL;
	}
	to = kd_avec_push(r->a, r->to, KD_LEDGER_ROWS);
	if (!to) {
		r->to->cut = true;
		return NULL;
	}
	read_claim(r->a, c, to);
	to->likeness = likeness;
	return NULL;
}

struct kd_error *kd_ledger_get(struct kd_db *db, struct kd_view id, struct kd_arena *a, struct kd_claimrow *ret)
{
	const struct kd_view end_of = kd_arena_printf(a, "%.*s~", KD_VARG(id));
	const struct kd_dbval args[] = {kd_dbtext(id), kd_dbtext(end_of)};
	struct kd_claimrows rows = {.n = 0};
	struct reading r = {.a = a, .to = &rows};
	struct kd_error *err;

	if (id.n < 2 || *id.p != 'c')
		return kd_error_new(KD_INVALID, "'%.*s' is no id of a claim (c…)", KD_VARG(kd_view_head(id, 80)));
	err = kd_db_query(db, "SELECT " COLUMNS " FROM claim c WHERE c.id >= ?1 AND c.id < ?2 ORDER BY c.id LIMIT 2", args, 2, claim_row, &r);
	if (!err && !rows.n)
		err = kd_error_new(KD_NOTFOUND, "there is no claim %.*s", KD_VARG(kd_view_head(id, 80)));
	if (!err && rows.n > 1)
		err = kd_error_new(KD_INVALID, "more than one claim begins with %.*s: %s, %s …", KD_VARG(id), rows.v[0].id, rows.v[1].id);
	if (!err)
		*ret = rows.v[0];
	return err;
}

struct kd_error *kd_ledger_list(struct kd_db *db, struct kd_view subject, struct kd_arena *a, struct kd_claimrows *ret)
{
	static const char sql[] =
		KD_ROWS_FAMILY
		"SELECT " COLUMNS " FROM claim c WHERE (CAST(?2 AS BIGINT) = 0 OR c.subject IN (SELECT id FROM fam)) ORDER BY CASE c.status WHEN 'refuted' THEN 0 ELSE 1 "
		"END, c.changed DESC, c.id LIMIT 10001";
	const struct kd_dbval args[] = {kd_dbtext(subject.p ? subject : KD_V("")), kd_dbint(subject.n ? 1 : 0)};
	struct reading r = {.a = a, .to = ret};

	return kd_db_query(db, sql, args, 2, claim_row, &r);
}

static int by_use(const void *x, const void *y)
{
	const struct kd_claimrow *a = x, *b = y;
	const bool ar = a->status == KD_CLAIM_REFUTED, br = b->status == KD_CLAIM_REFUTED;

	if (ar != br)
		return ar ? -1 : 1;
	if (a->likeness != b->likeness)
		return a->likeness > b->likeness ? -1 : 1;
	return strcmp(a->id, b->id);
}

struct kd_error *kd_ledger_similar(struct kd_db *db, struct kd_view text, struct kd_arena *a, struct kd_claimrows *ret)
{
	struct reading r = {.a = a, .to = ret, .like = text};
	struct kd_error *err = kd_db_query(db, "SELECT " COLUMNS " FROM claim c ORDER BY c.changed DESC, c.id LIMIT 100000", NULL, 0, claim_row, &r);

	if (!err && ret->n)
		qsort(ret->v, ret->n, sizeof(*ret->v), by_use);
	return err;
}

struct stepping {
	kd_claimstep_fn *fn;
	void *user;
};

static struct kd_error *step_row(void *user, const struct kd_dbval *c, size_t n)
{
	struct stepping *s = user;
	struct kd_claimstep x = {.at = kd_row_int(&c[0]),
				 .who = kd_dbtext_of(&c[2]),
				 .why = kd_dbtext_of(&c[3])};

	(void)n;
	if (c[1].type != KD_DBTEXT || !kd_claim_status_by_name(c[1].v, &x.status))
		return NULL;
	return s->fn(s->user, &x);
}

struct kd_error *kd_ledger_steps(struct kd_db *db, const char *id, kd_claimstep_fn *fn, void *user)
{
	const struct kd_dbval claim = kd_dbtext(kd_view_of(id));
	struct stepping s = {fn, user};

	return kd_db_query(db, "SELECT made, status, who, why FROM claimlog WHERE claim = ?1 ORDER BY made", &claim, 1, step_row, &s);
}

/* ---- what becomes of a claim ---- */

/* Each piece of evidence, the last time it was looked at: the same? */
static struct kd_error *all_checked(struct kd_db *db, const char *id)
{
	static const char not_same[] =
		"SELECT count(*) FROM claimev v WHERE v.claim = ?1 AND COALESCE((SELECT k.verdict FROM evcheck k WHERE k.evidence = v.evidence ORDER "
		"BY k.made DESC LIMIT 1), '') <> '" KD_EVCHECK_SAME "'";
	const struct kd_dbval claim = kd_dbtext(kd_view_of(id));
	int64_t n = 0;
	struct kd_error *err = kd_db_number(db, not_same, &claim, 1, &n);

	if (err || !n)
		return err;
	return kd_error_new(KD_INVALID,
			    "%lld piece%s of evidence of %s %s not found to be the same again: 'kdoc evidence check %s' looks; what cannot be checked "
			    "verifies nothing",
			    (long long)n, n == 1 ? "" : "s", id, n == 1 ? "was" : "were", id);
}

static struct kd_error *may(struct kd_db *db, const char *id, enum kd_claim_status to, struct kd_view why)
{
	const struct kd_dbval claim = kd_dbtext(kd_view_of(id));
	int64_t there = 0, n = 0;
	struct kd_error *err = kd_db_number(db, "SELECT 1 FROM claim WHERE id = ?1", &claim, 1, &there);

	if (!err && !there)
		err = kd_error_new(KD_NOTFOUND, "there is no claim %s", id);
	if (!err)
		err = kd_db_number(db, "SELECT count(*) FROM claimev WHERE claim = ?1", &claim, 1, &n);
	if (err)
		return err;
	if ((to == KD_CLAIM_SUPPORTED || to == KD_CLAIM_VERIFIED) && !n)
		return kd_error_new(KD_INVALID, "%s has no evidence: it stays a hypothesis (--evidence=ANSWER.json, --with=e…)", id);
	if (to == KD_CLAIM_REFUTED && !kd_view_trim(why).n)
		return kd_error_new(KD_INVALID, "who refutes a claim says why (--why), so that nobody tries it again");
	return to == KD_CLAIM_VERIFIED ? all_checked(db, id) : NULL;
}

struct kd_error *kd_ledger_set(struct kd_db *db, const char *id, enum kd_claim_status to, struct kd_view who, struct kd_view why, int64_t now)
{
	const struct kd_dbval args[] = {kd_dbtext(kd_view_of(id)), kd_dbtext(kd_view_of(kd_claim_status_name(to))), kd_dbint(now)};
	struct kd_error *err;

	if (!line_fits(why, WHY_MAX) || !line_fits(who, WHO_MAX))
		return kd_error_new(KD_INVALID, "a reason is one line of at most %d bytes", WHY_MAX);
	err = kd_db_begin(db);
	if (!err)
		err = may(db, id, to, why);
	if (!err)
		err = write_step(db, id, (uint8_t)to, who, why, now);
	if (!err)
		err = kd_db_run(db, "UPDATE claim SET status = ?2, changed = ?3 WHERE id = ?1", args, 3, NULL);
	return end(db, err);
}

/* ---- evidence ---- */

struct evreading {
	struct kd_arena *a;
	struct kd_evrows *to;
	size_t damaged;
};

static bool digest_of(const struct kd_dbval *c, uint8_t ret[KD_SHA256_LEN])
{
	if (c->type != KD_DBTEXT || c->v.n != 2 * KD_SHA256_LEN)
		return false;
	for (size_t i = 0; i < KD_SHA256_LEN; i++) {
		uint64_t byte;

		if (!kd_view_hex(kd_view(c->v.p + 2 * i, 2), &byte))
			return false;
		ret[i] = (uint8_t)byte;
	}
	return true;
}

static struct kd_error *evidence_row(void *user, const struct kd_dbval *c, size_t n)
{
	struct evreading *r = user;
	uint8_t digest[KD_SHA256_LEN];
	enum kd_evidence_kind kind;
	struct kd_evidence e;
	struct kd_evrow *to;
	struct kd_error *err;

	(void)n;
	if (c[1].type != KD_DBTEXT || !kd_evidence_kind_by_name(c[1].v, &kind) || c[2].type != KD_DBTEXT || !digest_of(&c[3], digest)) {
		r->damaged++;
		return NULL;
	}
	err = kd_evidence_of_digest(kind, c[2].v, digest, &e);
	if (err || c[0].type != KD_DBTEXT || !kd_view_eq(c[0].v, kd_view_of(e.id))) {
		kd_error_free(err);
		r->damaged++;
		return NULL;
	}
	to = kd_avec_push(r->a, r->to, KD_LEDGER_ROWS);
	if (!to)
		return kd_error_new(KD_LIMIT, "a claim has more evidence than fits into memory");
	*to = (struct kd_evrow){.e = e,
				.input = kd_row_text(r->a, &c[4]),
				.made = kd_row_int(&c[5]),
				.checked = kd_row_int(&c[6]),
				.verdict = kd_row_text(r->a, &c[7]),
				.how = kd_row_text(r->a, &c[8]),
				.who = kd_row_text(r->a, &c[9])};
	return NULL;
}

#define EVIDENCE                                                                                                               \
	"SELECT e.id, e.kind, e.locator, e.digest, e.input, e.made, k.made, k.verdict, k.how, k.who FROM evidence e LEFT JOIN evcheck k ON "  \
	"k.evidence = e.id AND k.made = (SELECT max(x.made) FROM evcheck x WHERE x.evidence = e.id) "

struct kd_error *kd_ledger_evidence(struct kd_db *db, const char *id, struct kd_arena *a, struct kd_evrows *ret, size_t *damaged)
{
	const struct kd_dbval arg = kd_dbtext(kd_view_of(id));
	struct evreading r = {.a = a, .to = ret};
	struct kd_error *err;

	if (*id == 'e')
		err = kd_db_query(db, EVIDENCE "WHERE e.id = ?1", &arg, 1, evidence_row, &r);
	else
		err = kd_db_query(db, EVIDENCE "JOIN claimev v ON v.evidence = e.id WHERE v.claim = ?1 ORDER BY e.id", &arg, 1, evidence_row, &r);
	*damaged = r.damaged;
	return err;
}

struct kd_error *kd_ledger_checked(struct kd_db *db, const char *evidence, const char *verdict, struct kd_view how, struct kd_view who,
				   int64_t now)
{
	const struct kd_dbval id = kd_dbtext(kd_view_of(evidence));
	int64_t last = 0;
	struct kd_error *err = kd_db_number(db, "SELECT max(made) FROM evcheck WHERE evidence = ?1", &id, 1, &last);
	const struct kd_dbval args[] = {id, kd_dbint(now > last ? now : last + 1), kd_dbtext(kd_view_of(verdict)), kd_row_put(how), kd_row_put(who)};

	return err ? err : kd_db_run(db, "INSERT INTO evcheck (evidence, made, verdict, how, who) VALUES (?1, ?2, ?3, ?4, ?5)", args, 5, NULL);
}

struct events {
	struct kd_arena a;
	struct {
		struct kd_event *v;
		size_t n, cap;
	} list;
};

static struct kd_error *event_row(void *user, const struct kd_dbval *c, size_t n)
{
	struct events *l = user;
	struct kd_event *e = kd_avec_push(&l->a, &l->list, 64);

	(void)n;
	if (e) {
		kd_event_read(c, e);
		(void)kd_event_keep(e, &l->a);
	}
	return NULL;
}

/* Its text is read by whoever is told: not while a statement runs. */
struct kd_error *kd_ledger_events(struct kd_db *db, struct kd_view subject, struct kd_view input, kd_ledger_event_fn *fn, void *user)
{
	const struct kd_dbval args[] = {kd_dbtext(subject.p ? subject : KD_V("")), kd_dbtext(input.p ? input : KD_V(""))};
	struct events l = {.a = KD_ARENA_INIT(4 << 20)};
	struct kd_error *err = NULL;
	struct kd_evkey key;

	if (kd_event_id_parse(subject, &key)) {
		const struct kd_dbval k[] = {kd_dbint(key.at), kd_dbint(key.dig)};

		err = kd_db_query(db, "SELECT " KD_EVENT_COLUMNS " FROM event WHERE at = ?1 AND dig = ?2", k, 2, event_row, &l);
	} else if (kd_view_starts(subject, KD_V("g-"))) {
		err = kd_db_query(db,
				  "SELECT " KD_EVENT_COLUMNS " FROM event WHERE sig IN (SELECT s.sig FROM sig s WHERE s.grp = ?1) AND block IS NOT NULL "
				  "ORDER BY CASE WHEN input = ?2 THEN 0 ELSE 1 END, at DESC, dig LIMIT 32",
				  args, 2, event_row, &l);
	}
	if (!err && !l.list.n && input.n)
		err = kd_db_query(db, "SELECT " KD_EVENT_COLUMNS " FROM event WHERE input = ?1 AND block IS NOT NULL ORDER BY at DESC, dig LIMIT 32",
				  &args[1], 1, event_row, &l);
	for (size_t i = 0; i < l.list.n && !err; i++)
		err = fn(user, &l.list.v[i]);
	kd_arena_deinit(&l.a);
	return err;
}

struct kinds {
	kd_ledger_kind_fn *fn;
	void *user;
};

static struct kd_error *kind_row(void *user, const struct kd_dbval *c, size_t n)
{
	struct kinds *k = user;

	(void)n;
	if (c[0].type != KD_DBTEXT)
		return NULL;
	return k->fn(k->user, c[0].v, kd_dbtext_of(&c[1]));
}

struct kd_error *kd_ledger_kinds(struct kd_db *db, struct kd_view subject, kd_ledger_kind_fn *fn, void *user)
{
	const struct kd_dbval grp = kd_dbtext(subject.p ? subject : KD_V(""));
	struct kinds k = {fn, user};
	struct kd_evkey key;

	if (kd_event_id_parse(subject, &key)) {
		const struct kd_dbval args[] = {kd_dbint(key.at), kd_dbint(key.dig)};

		return kd_db_query(db, "SELECT s.kind, s.title FROM event e JOIN sig s ON s.sig = e.sig WHERE e.at = ?1 AND e.dig = ?2", args, 2,
				   kind_row, &k);
	}
	return kd_db_query(db,
			   "SELECT s.kind, min(s.title), count(*) FROM sig s WHERE s.grp = ?1 GROUP BY s.kind ORDER BY 3 DESC, 1 LIMIT 32", &grp, 1,
			   kind_row, &k);
}
