// SPDX-License-Identifier: GPL-2.0-or-later
#include "case/groups_internal.h"

#include <string.h>

#include "base/alloc.h"
#include "base/hashmap.h"

enum { KNOWN_MAX = 1 << 20, WHY_MAX = 2048 };

struct kd_groups {
	struct kd_db *db;
	struct kd_grouper *engine; /* NULL: not filled yet */
	struct kd_hashmap known; /* 8 bytes of a signature's number */
	struct kd_arena keys;
	int64_t filled; /* signatures in the engine */
};

struct kd_groups *kd_groups_new(struct kd_db *db)
{
	struct kd_groups *g = kd_xcalloc(1, sizeof(*g));

	g->db = db;
	g->keys = KD_ARENA_INIT(64 << 20);
	g->known = KD_HASHMAP_INIT(KNOWN_MAX, &g->keys);
	return g;
}

void kd_groups_free(struct kd_groups *g)
{
	if (!g)
		return;
	kd_grouper_free(g->engine);
	kd_hashmap_deinit(&g->known);
	kd_arena_deinit(&g->keys);
	kd_free(g);
}

void kd_groups_freep(struct kd_groups **g)
{
	kd_groups_free(*g);
}

struct kd_db *kd_groups_db(const struct kd_groups *g)
{
	return g->db;
}

static struct kd_view number_key(const int64_t *sig)
{
	return kd_view((const char *)sig, sizeof(*sig));
}

bool kd_groups_knows(const struct kd_groups *g, int64_t sig)
{
	return kd_hashmap_get(&g->known, number_key(&sig)) != NULL;
}

/* When the map is full the database is asked again each time: slower, not wrong. */
static void remember(struct kd_groups *g, int64_t sig)
{
	kd_hashmap_add(&g->known, number_key(&sig), NULL);
}

static const char *text_in(struct kd_arena *a, const struct kd_dbval *v)
{
	struct kd_view t = v->type == KD_DBTEXT ? kd_arena_view(a, v->v) : KD_V("");

	return t.p ? t.p : "";
}

/* ---- filling the engine ---- */

struct kd_error *kd_groups_add_row(struct kd_grouper *engine, const struct kd_dbval *c, bool keep, struct kd_decision *ret)
{
	kd_auto(kd_arena_deinit) struct kd_arena a = KD_ARENA_INIT(1 << 20);
	struct kd_traits *traits = NULL;
	struct kd_grouper_item it = {.strict = text_in(&a, &c[0]), .normal = text_in(&a, &c[1]), .loose = text_in(&a, &c[2])};
	struct kd_error *err = kd_traits_read(c[3].type == KD_DBTEXT ? c[3].v : KD_V("{}"), &a, &traits);

	if (err)
		return kd_error_wrap(err, "signature %s", it.strict);
	it.traits = traits;
	if (keep)
		it.group = text_in(&a, &c[4]);
	return kd_grouper_add(engine, &it, ret);
}

static struct kd_error *fill_row(void *user, const struct kd_dbval *c, size_t n)
{
	struct kd_groups *g = user;
	struct kd_decision d;
	struct kd_error *err;
	char strict[KD_SIG_HEX];

	(void)n;
	if (c[0].type != KD_DBTEXT || c[0].v.n >= sizeof(strict))
		return kd_error_new(KD_BADDATA, "a signature is none");
	memcpy(strict, c[0].v.p, c[0].v.n);
	strict[c[0].v.n] = '\0';
	if (kd_grouper_group_of(g->engine, strict))
		return NULL;
	err = kd_groups_add_row(g->engine, c, true, &d);
	if (!err)
		g->filled++;
	return err;
}

static struct kd_error *constraint_row(void *user, const struct kd_dbval *c, size_t n)
{
	struct kd_grouper *engine = user;
	kd_auto(kd_arena_deinit) struct kd_arena a = KD_ARENA_INIT(4096);
	const char *x = text_in(&a, &c[1]), *y = text_in(&a, &c[2]);

	(void)n;
	if (c[0].type != KD_DBTEXT || !*x || !*y || !strcmp(x, y))
		return NULL;
	return kd_view_eq(c[0].v, KD_V("never")) ? kd_grouper_never(engine, x, y) : kd_grouper_must(engine, x, y);
}

/* By what the events' signatures are now; an event that is gone stands for the signature that it had. */
struct kd_error *kd_groups_constraints(struct kd_db *db, struct kd_grouper *engine)
{
	return kd_db_query(db,
			   "SELECT d.verb, sa.strict, sb.strict FROM decision d "
			   "LEFT JOIN event ea ON ea.at = d.a_at AND ea.dig = d.a_dig "
			   "LEFT JOIN event eb ON eb.at = d.b_at AND eb.dig = d.b_dig "
			   "JOIN sig sa ON sa.sig = COALESCE(ea.sig, d.a_sig) JOIN sig sb ON sb.sig = COALESCE(eb.sig, d.b_sig) "
			   "WHERE d.undone IS NULL ORDER BY d.made, d.id",
			   NULL, 0, constraint_row, engine);
}

/* The first time all signatures, later those that others placed since. */
static struct kd_error *fill(struct kd_groups *g)
{
	struct kd_error *err = NULL;
	int64_t there = 0;

	if (!g->engine) {
		g->engine = kd_grouper_new(NULL);
		err = kd_groups_constraints(g->db, g->engine);
	}
	if (!err)
		err = kd_db_number(g->db, "SELECT count(*) FROM sig", NULL, 0, &there);
	if (!err && there != g->filled)
		err = kd_db_query(g->db, "SELECT strict, normal, loose, traits, grp FROM sig ORDER BY made, sig", NULL, 0, fill_row, g);
	return kd_error_wrap(err, "reading the groups");
}

struct kd_error *kd_groups_engine(struct kd_groups *g, struct kd_grouper **ret)
{
	struct kd_error *err = fill(g);

	*ret = g->engine;
	return err;
}

void kd_groups_forget(struct kd_groups *g)
{
	kd_grouper_free(g->engine);
	g->engine = NULL;
	kd_hashmap_clear(&g->known);
	kd_arena_reset(&g->keys);
}

/* ---- placing ---- */

static void why_words(const struct kd_reasons *r, struct kd_buf *b)
{
	for (size_t i = 0; i < r->n; i++)
		kd_buf_printf(b, "%s%s%s: %.*s", i ? "; " : "", r->v[i].against ? "against: " : "", r->v[i].ingredient,
			      KD_VARG(r->v[i].words));
}

static struct kd_error *write_group(struct kd_groups *g, const struct kd_newsig *n, const char *id)
{
	struct kd_dbval args[] = {kd_dbtext(kd_view_of(id)), kd_dbint(n->row.sig), kd_dbtext(n->row.title), kd_dbint(n->now)};

	return kd_db_run(g->db, "INSERT INTO grp (id, founder, title, made) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING", args, 4,
			 NULL);
}

static struct kd_error *write_possible(struct kd_groups *g, int64_t sig, const struct kd_possible *p)
{
	kd_auto(kd_buf_deinit) struct kd_buf why = KD_BUF_INIT(WHY_MAX);
	struct kd_dbval args[4] = {kd_dbint(sig), kd_dbtext(kd_view_of(p->group)), kd_dbreal(p->score)};

	why_words(&p->reasons, &why);
	args[3] = kd_dbtext(kd_buf_view(&why));
	return kd_db_run(g->db, "INSERT INTO possible (sig, grp, score, why) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING", args, 4,
			 NULL);
}

static struct kd_error *write_sig(struct kd_groups *g, const struct kd_newsig *n, const struct kd_decision *d)
{
	static const char sql[] = "INSERT INTO sig (sig, strict, normal, loose, kind, family, title, syz, func, place, subsystem, owner, "
				  "tier, infra, traits, grp, verdict, score, via, why, made, rep_at, rep_dig) VALUES (?1, ?2, ?3, ?4, "
				  "?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23) "
				  "ON CONFLICT DO NOTHING";
	kd_auto(kd_buf_deinit) struct kd_buf why = KD_BUF_INIT(WHY_MAX), traits = KD_BUF_INIT(KD_TRAITS_JSON_MAX);
	const struct kd_sigrow *r = &n->row;
	struct kd_json j;
	struct kd_error *err;

	kd_json_init(&j, &traits, KD_JSON_COMPACT);
	kd_traits_write(&j, n->traits);
	err = kd_json_finish(&j);
	if (err)
		return err;
	why_words(&d->reasons, &why);
	const struct kd_dbval args[] = {
		kd_dbint(r->sig), kd_dbtext(r->strict), kd_dbtext(r->normal), kd_dbtext(r->loose), kd_dbtext(r->kind),
		kd_dbtext(r->family), kd_dbtext(r->title), kd_dbtext(r->syz), kd_dbtext(r->func), kd_dbtext(r->place),
		kd_dbtext(r->subsystem), kd_dbint(r->owner), kd_dbint(r->tier), kd_dbint(r->infra), kd_dbtext(kd_buf_view(&traits)),
		kd_dbtext(kd_view_of(d->group)), kd_dbtext(kd_view_of(kd_join_word(d->join))), kd_dbreal(d->score),
		*d->via ? kd_dbint(kd_sig_number(kd_view_of(d->via))) : kd_dbnull(), kd_dbtext(kd_buf_view(&why)), kd_dbint(n->now),
		kd_dbint(n->rep.at), kd_dbint(n->rep.dig)};

	return kd_db_run(g->db, sql, args, KD_ARRAY_LEN(args), NULL);
}

static struct kd_error *place_new(struct kd_groups *g, const struct kd_newsig *n)
{
	struct kd_grouper_item it = {
		.strict = n->row.strict.p, .normal = n->row.normal.p, .loose = n->row.loose.p, .traits = n->traits, .group = n->group};
	struct kd_decision d;
	struct kd_error *err = fill(g);

	if (!err)
		err = kd_grouper_add(g->engine, &it, &d);
	g->filled += !err;
	if (!err && d.is_new)
		err = write_group(g, n, d.group);
	if (!err)
		err = write_sig(g, n, &d);
	for (size_t i = 0; i < d.npossible && !err; i++)
		if (!d.possible[i].never)
			err = write_possible(g, n->row.sig, &d.possible[i]);
	return err;
}

struct kd_error *kd_groups_unplaced(struct kd_db *db, const char *group, bool *ret)
{
	const struct kd_dbval id = kd_dbtext(kd_view_of(group));
	int64_t placed = 0;
	struct kd_error *err = kd_db_number(db, "SELECT count(*) FROM sig s WHERE s.grp = ?1 AND NOT (" KD_SIG_UNPLACED ")", &id, 1, &placed);

	*ret = !err && !placed;
	return err;
}

struct kd_error *kd_groups_place(struct kd_groups *g, const struct kd_newsig *n, bool *ret_new)
{
	struct kd_dbval sig = kd_dbint(n->row.sig);
	int64_t there = 0;
	struct kd_error *err = kd_db_number(g->db, "SELECT 1 FROM sig WHERE sig = ?1", &sig, 1, &there);

	if (!err && !there)
		err = place_new(g, n);
	if (err)
		return err;
	remember(g, n->row.sig);
	*ret_new = !there;
	return NULL;
}
