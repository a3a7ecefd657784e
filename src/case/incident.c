// SPDX-License-Identifier: GPL-2.0-or-later
#include "case/incident.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/hash.h"
#include "base/vec.h"

enum { TEXTS = 4096 };

void kd_incident_id(struct kd_view host, struct kd_view boot, struct kd_evkey begin,
		    char ret[KD_INCIDENT_ID])
{
	uint8_t sum[KD_SHA256_LEN];
	char hex[13], ev[KD_EVENT_ID];
	struct kd_sha256 h;

	kd_sha256_init(&h);
	kd_sha256_update(&h, KD_V("kdoc-incident-1\0"));
	kd_sha256_update(&h, host);
	kd_sha256_update(&h, kd_view("", 1));
	if (boot.n) {
		kd_sha256_update(&h, boot);
	} else {
		kd_event_id(begin, ev);
		kd_sha256_update(&h, kd_view_of(ev));
	}
	kd_sha256_final(&h, sum);
	kd_hex(sum, 6, hex);
	snprintf(ret, KD_INCIDENT_ID, "inc-%.12s", hex);
}

const char *kd_incident_tie_words(uint8_t tie)
{
	static const char *const words[] = {
		[KD_INCIDENT_LOG] = "its log ties them",
		[KD_INCIDENT_FLAG] = "a taint flag ties them",
		[KD_INCIDENT_MAYBE] = "a taint flag may tie them",
	};

	return tie < KD_ARRAY_LEN(words) && words[tie] ? words[tie]
						       : "nothing here comes before it";
}

const char *kd_incident_tie_key(uint8_t tie)
{
	static const char *const keys[] = {"root", "log", "taint", "maybe"};

	return tie < KD_ARRAY_LEN(keys) ? keys[tie] : "root";
}

/* ---- one pass over all ---- */

struct pass {
	kd_incident_fn *fn;
	void *user;
	struct kd_incident_sum s;
	bool any, alone; /* alone: nothing more can come to it */
	char host[TEXTS], boot[TEXTS];
	int64_t sig[KD_INCIDENT_SIGS];
};

/* The columns of the pass; in this order, so that an incident's events come one after the other. */
#define PASS_COLUMNS "SELECT host, boot, at, dig, seen, tier, outcome, fatal, sig FROM event "
enum { C_HOST, C_BOOT, C_AT, C_DIG, C_SEEN, C_TIER, C_OUTCOME, C_FATAL, C_SIG };
static const char pass_all[] = PASS_COLUMNS "ORDER BY host, boot, at";
static const char pass_host[] = PASS_COLUMNS "WHERE host = ?1 ORDER BY host, boot, at";
static const char pass_boot[] = PASS_COLUMNS "WHERE host = ?1 AND boot = ?2 ORDER BY at";
static const char pass_no_boot[] = PASS_COLUMNS "WHERE host = ?1 AND boot IS NULL ORDER BY at";
static const char pass_no_host[] = PASS_COLUMNS "WHERE host IS NULL AND boot = ?1 ORDER BY at";

static struct kd_error *flush(struct pass *p)
{
	if (!p->any)
		return NULL;
	p->any = false;
	kd_incident_id(p->s.host, p->s.boot, p->s.begin, p->s.id);
	return p->fn(p->user, &p->s);
}

static struct kd_view hold(char room[TEXTS], struct kd_view v)
{
	v = kd_view_head(v, TEXTS);
	if (v.n)
		memcpy(room, v.p, v.n);
	return v.n ? kd_view(room, v.n) : KD_VNULL;
}

static void begin(struct pass *p, const struct kd_dbval *c)
{
	struct kd_view boot = kd_dbtext_of(&c[C_BOOT]);

	p->any = true;
	p->s = (struct kd_incident_sum){
		.host = hold(p->host, kd_dbtext_of(&c[C_HOST])),
		.boot = hold(p->boot, boot),
		.by_time = !boot.n,
		.made_up = kd_view_starts(boot, KD_V("~")),
		.begin = {kd_dbint_of(&c[C_AT], 0), kd_dbint_of(&c[C_DIG], 0)},
	};
	p->alone = !boot.n && (!p->s.host.n || !p->s.begin.at);
}

static bool goes_on(const struct pass *p, const struct kd_dbval *c)
{
	int64_t at = kd_dbint_of(&c[C_AT], 0);

	if (!p->any || p->alone || !kd_view_eq(p->s.host, kd_dbtext_of(&c[C_HOST])) ||
	    !kd_view_eq(p->s.boot, kd_dbtext_of(&c[C_BOOT])))
		return false;
	return p->s.boot.n || (at && at - p->s.until <= KD_INCIDENT_GAP);
}

static void count_signature(struct pass *p, int64_t sig)
{
	for (unsigned i = 0; i < p->s.signatures; i++)
		if (p->sig[i] == sig)
			return;
	if (p->s.signatures < KD_INCIDENT_SIGS)
		p->sig[p->s.signatures++] = sig;
}

static struct kd_error *on_pass(void *user, const struct kd_dbval *c, size_t n)
{
	struct pass *p = user;
	struct kd_error *err = NULL;
	int64_t at = kd_dbint_of(&c[C_AT], 0), tier = kd_dbint_of(&c[C_TIER], 0);

	(void)n;
	if (!goes_on(p, c)) {
		err = flush(p);
		begin(p, c);
	}
	p->s.events++;
	if (at && (!p->s.from || at < p->s.from))
		p->s.from = at;
	if (at > p->s.until)
		p->s.until = at;
	if (tier > p->s.tier && tier <= KD_TIER_CRIT)
		p->s.tier = (uint8_t)tier;
	p->s.fatal |= kd_dbint_of(&c[C_OUTCOME], 0) == KD_OUT_FATAL || kd_dbtext_of(&c[C_FATAL]).n;
	count_signature(p, kd_dbint_of(&c[C_SIG], 0));
	return err;
}

static struct kd_error *run_pass(struct kd_db *db, const char *sql, const struct kd_dbval *args,
				 size_t n, kd_incident_fn *fn, void *user)
{
	struct pass *p = kd_xcalloc(1, sizeof(*p));
	struct kd_error *err;

	p->fn = fn;
	p->user = user;
	err = kd_db_query(db, sql, args, n, on_pass, p);
	if (!err)
		err = flush(p);
	kd_free(p);
	return err;
}

struct kd_error *kd_incident_each(struct kd_db *db, struct kd_view host, kd_incident_fn *fn,
				  void *user)
{
	struct kd_dbval arg = kd_dbtext(host);

	return host.n ? run_pass(db, pass_host, &arg, 1, fn, user)
		      : run_pass(db, pass_all, NULL, 0, fn, user);
}

/* ---- one of them ---- */

struct search {
	struct kd_view id; /* a beginning of it */
	struct kd_evkey key; /* or: it has this event (its time lies in it) */
	struct kd_arena *a;
	struct kd_incident_sum *ret;
	unsigned found;
};

static struct kd_error *take(struct search *f, const struct kd_incident_sum *s)
{
	struct kd_incident_sum x = *s;

	if (x.host.n)
		x.host = kd_arena_view(f->a, s->host);
	if (x.boot.n)
		x.boot = kd_arena_view(f->a, s->boot);
	if ((s->host.n && !x.host.p) || (s->boot.n && !x.boot.p))
		return kd_error_new(KD_LIMIT, "the incident's texts need too much memory");
	*f->ret = x;
	f->found++;
	return NULL;
}

static struct kd_error *on_id(void *user, const struct kd_incident_sum *s)
{
	struct search *f = user;

	return kd_view_starts(kd_view_of(s->id), f->id) ? take(f, s) : NULL;
}

struct kd_error *kd_incident_find(struct kd_db *db, struct kd_view id, struct kd_arena *a,
				  struct kd_incident_sum *ret)
{
	struct search f = {.id = id, .a = a, .ret = ret};
	struct kd_error *err = kd_incident_each(db, KD_VNULL, on_id, &f);

	if (err)
		return err;
	if (f.found > 1)
		return kd_error_new(KD_INVALID, "%u incidents begin with %.*s: give more of it",
				    f.found, KD_VARG(id));
	return f.found ? NULL : kd_error_new(KD_NOTFOUND, "there is no incident %.*s; kdoc incident list names them", KD_VARG(id));
}

static struct kd_error *on_event(void *user, const struct kd_incident_sum *s)
{
	struct search *f = user;
	bool here = s->boot.n || (f->key.at && f->key.at >= s->from && f->key.at <= s->until);

	return here ? take(f, s) : NULL;
}

struct kd_error *kd_incident_of(struct kd_db *db, const struct kd_event *e, struct kd_arena *a,
				struct kd_incident_sum *ret)
{
	struct search f = {.key = e->key, .a = a, .ret = ret};
	struct kd_dbval both[] = {kd_dbtext(e->host), kd_dbtext(e->boot)};
	struct kd_error *err = NULL;

	if (e->host.n && e->boot.n)
		err = run_pass(db, pass_boot, both, 2, on_event, &f);
	else if (e->boot.n)
		err = run_pass(db, pass_no_host, both + 1, 1, on_event, &f);
	else if (e->host.n && e->key.at)
		err = run_pass(db, pass_no_boot, both, 1, on_event, &f);
	if (err || f.found)
		return err;
	*ret = (struct kd_incident_sum){.host = e->host,
					.by_time = true,
					.from = e->key.at,
					.until = e->key.at,
					.events = 1,
					.signatures = 1,
					.tier = e->tier,
					.fatal = e->outcome == KD_OUT_FATAL || e->fatal.n,
					.begin = e->key};
	kd_incident_id(ret->host, KD_VNULL, ret->begin, ret->id);
	return NULL;
}
