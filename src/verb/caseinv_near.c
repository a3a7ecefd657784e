// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Groups that look like this one and are another: why they come to mind, and in what they differ.
 * What differs in the architecture's word alone is likely the same, which is said, not done.
 */
#include <stdio.h>

#include "base/alloc.h"
#include "case/traits.h"
#include "verb/caseinv_internal.h"
#include "verb/inv.h"

enum { TRAITS_ROOM = 1 << 20, TITLE = 512, FRAMES = 24 };

struct near_group {
	struct kd_view grp, why;
	struct kd_siginfo sig;
	struct kd_view traits;
	bool never; /* people said that they are two */
	uint64_t events;
};

struct near_all {
	struct kd_caseinv *ci;
	struct near_group v[KD_CASE_NEAR];
	size_t n;
	const char *why;
};

static struct kd_error *on_near(void *user, const struct kd_dbval *col, size_t n)
{
	struct near_all *a = user;
	struct near_group *g;
	struct kd_view grp = kd_dbtext_of(&col[0]),
		       why = kd_dbtext_of(&col[1]);

	(void)n;
	for (size_t i = 0; i < a->n; i++)
		if (kd_view_eq(a->v[i].grp, grp))
			return NULL;
	if (!grp.n || a->n == KD_CASE_NEAR || kd_view_eq(grp, kd_view_of(a->ci->grp)))
		return NULL;
	g = &a->v[a->n++];
	*g = (struct near_group){.grp = kd_casepage_copy(a->ci->page, grp),
				 .why = why.n ? kd_casepage_copy(a->ci->page, why)
					      : kd_view_of(a->why)};
	return NULL;
}

/* ---- what was seen with it ---- */

static struct kd_error *on_info(void *user, const struct kd_dbval *col, size_t n)
{
	struct near_group *g = ((void **)user)[0];
	struct kd_caseinv *ci = ((void **)user)[1];

	(void)n;
	kd_siginfo_read(col, &g->sig);
	if (col[KD_SIGINFO_NCOLUMNS].type == KD_DBTEXT)
		g->traits = kd_casepage_copy(ci->page, col[KD_SIGINFO_NCOLUMNS].v);
	return kd_siginfo_keep(&g->sig, ci->a)
		       ? NULL
		       : kd_error_new(KD_LIMIT, "the case needs too much memory");
}

/* The signature that founded it, and how many events it has. */
static struct kd_error *load(struct kd_caseinv *ci, struct near_group *g)
{
	struct kd_dbval arg = kd_dbtext(g->grp);
	void *user[] = {g, ci};
	int64_t events = 0, never = 0;
	struct kd_dbval both[] = {kd_dbtext(g->grp), kd_dbtext(kd_view_of(ci->grp))};
	struct kd_error *err =
		kd_db_query(ci->db,
			    "SELECT " KD_SIGINFO_COLUMNS
			    ", traits FROM sig WHERE grp = ?1 ORDER BY made, sig LIMIT 1",
			    &arg, 1, on_info, user);

	if (!err)
		err = kd_db_number(ci->db,
				   "SELECT COUNT(*) FROM event WHERE sig IN (SELECT sig FROM sig "
				   "WHERE grp = ?1)",
				   &arg, 1, &events);
	if (!err)
		err = kd_db_number(ci->db,
				   "SELECT COUNT(*) FROM decision WHERE verb = 'never' AND undone "
				   "IS NULL AND ((a_grp = ?1 AND b_grp = ?2) OR "
				   "(a_grp = ?2 AND b_grp = ?1))",
				   both, 2, &never);
	g->events = (uint64_t)events;
	g->never = never > 0;
	return err;
}

/* ---- in what they differ ---- */

static void differ(struct kd_buf *b, const char *what, struct kd_view ours, struct kd_view theirs)
{
	if (ours.n && theirs.n && !kd_view_eq(ours, theirs))
		kd_buf_printf(b, "%sother %s (%.*s, here %.*s)", b->n ? "; " : "", what,
			      KD_VARG(kd_view_head(theirs, 120)), KD_VARG(kd_view_head(ours, 120)));
}

/* The n-th frame of the crash's stack; absent: there are fewer. */
static struct kd_view frame(const struct kd_traits *t, size_t n)
{
	size_t k = 0;
	uint8_t role = t->nframes ? t->frames[0].role : 0;

	for (size_t i = 0; i < t->nframes; i++)
		if (t->frames[i].role == role && k++ == n)
			return t->frames[i].func;
	return KD_VNULL;
}

static void paths(struct kd_buf *b, const struct kd_traits *ours, const struct kd_traits *theirs)
{
	size_t i = 0;

	while (i < FRAMES && frame(ours, i).n && kd_view_eq(frame(ours, i), frame(theirs, i)))
		i++;
	if (i == FRAMES || (!frame(ours, i).n && !frame(theirs, i).n) || !frame(ours, 0).n ||
	    !frame(theirs, 0).n)
		return;
	kd_buf_printf(b, "%sother call path (", b->n ? "; " : "");
	if (i)
		kd_buf_printf(b, "the first %zu frame%s the same, then ", i, kd_case_s(i));
	kd_buf_printf(b, "%.*s, here %.*s)",
		      KD_VARG(frame(theirs, i).n ? frame(theirs, i) : KD_V("the end")),
		      KD_VARG(frame(ours, i).n ? frame(ours, i) : KD_V("the end")));
}

static void accesses(struct kd_buf *b, const struct kd_traits *ours, const struct kd_traits *theirs)
{
	static const char *const dirs[] = {"access", "read", "write", "execution"};

	if (ours->dir && theirs->dir &&
	    (ours->dir != theirs->dir ||
	     (ours->size && theirs->size && ours->size != theirs->size)))
		kd_buf_printf(b, "%sother access (%s of %u, here %s of %u)", b->n ? "; " : "",
			      dirs[theirs->dir & 3], theirs->size, dirs[ours->dir & 3], ours->size);
}

/* The title with every word for an architecture made one. */
static void plain_title(struct kd_view v, char room[TITLE])
{
	static const struct kd_view arches[] = {KD_V("x86-64"), KD_V("x86_64"), KD_V("aarch64"),
						KD_V("arm64"), KD_V("amd64")};
	size_t n = 0;

	for (size_t i = 0; i < v.n && n + 1 < TITLE;) {
		size_t k = 0;

		while (k < KD_ARRAY_LEN(arches) && !kd_view_starts(kd_view_from(v, i), arches[k]))
			k++;
		room[n++] = k < KD_ARRAY_LEN(arches) ? '*' : v.p[i];
		i += k < KD_ARRAY_LEN(arches) ? arches[k].n : 1;
	}
	room[n] = 0;
}

bool kd_case_arch_alone(struct kd_view a, struct kd_view b)
{
	char x[TITLE], y[TITLE];

	plain_title(a, x);
	plain_title(b, y);
	return !kd_view_eq(a, b) && !strcmp(x, y);
}

static struct kd_error *tell(struct kd_caseinv *ci, const struct near_group *g,
			     const struct kd_traits *ours)
{
	const struct kd_siginfo *s = &ci->sig.v[0];
	kd_auto(kd_arena_deinit) struct kd_arena room = KD_ARENA_INIT(TRAITS_ROOM);
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(4096);
	struct kd_traits *theirs = NULL;
	struct kd_error *err = g->traits.n ? kd_traits_read(g->traits, &room, &theirs) : NULL;
	bool same = kd_case_arch_alone(s->title, g->sig.title);

	if (err) { /* made by another kdoc: compared by what the row says */
		kd_error_free(err);
		theirs = NULL;
	}
	differ(&b, "kind", s->kind, g->sig.kind);
	differ(&b, "function", s->func, g->sig.func);
	differ(&b, "subsystem", s->subsystem, g->sig.subsystem);
	if (ours && theirs) {
		accesses(&b, ours, theirs);
		paths(&b, ours, theirs);
	}
	if (s->tier != g->sig.tier)
		kd_buf_printf(&b, "%sother severity (%s, here %s)", b.n ? "; " : "",
			      kd_tier_words(g->sig.tier), kd_tier_words(s->tier));
	if (same)
		kd_casepage_say(ci->page, KD_CASE_HYPOTHESIS, "likely one",
				"%.*s, %llu event%s, \"%.*s\": its title differs in the "
				"architecture's word alone%s%.*s",
				KD_VARG(g->grp), (unsigned long long)g->events,
				kd_case_s(g->events), KD_VARG(kd_view_head(g->sig.title, 300)),
				g->never ? "; people said that they are two"
				: b.n    ? "; but "
					 : "",
				g->never ? 0 : (int)b.n, b.p ? b.p : "");
	else
		kd_casepage_say(ci->page, KD_CASE_SAID, "related",
				"%.*s, %llu event%s, \"%.*s\": %.*s; different because: %.*s%s",
				KD_VARG(g->grp), (unsigned long long)g->events,
				kd_case_s(g->events), KD_VARG(kd_view_head(g->sig.title, 300)),
				KD_VARG(g->why),
				KD_VARG(b.n ? kd_buf_view(&b)
					    : KD_V("its strict signature is another; the store "
						   "holds no more than that")),
				g->never ? "; people said that they are two" : "");
	return NULL;
}

static struct kd_error *on_traits(void *user, const struct kd_dbval *col, size_t n)
{
	struct kd_caseinv *ci = ((void **)user)[0];
	struct kd_view *v = ((void **)user)[1];

	(void)n;
	if (col[0].type == KD_DBTEXT)
		*v = kd_casepage_copy(ci->page, col[0].v);
	return NULL;
}

struct kd_error *kd_case_near(struct kd_caseinv *ci)
{
	static const struct {
		const char *sql, *why;
	} ways[] = {
		{"SELECT p.grp, p.why FROM possible p JOIN sig s ON s.sig = p.sig WHERE s.grp = ?1 "
		 "ORDER BY p.score DESC, p.grp",
		 "the grouping thought it possible"},
		{"SELECT s.grp, NULL FROM possible p JOIN sig s ON s.sig = p.sig WHERE p.grp = ?1 "
		 "ORDER BY p.score DESC, s.grp",
		 "the grouping thought it possible"},
		{"SELECT DISTINCT grp, NULL FROM sig WHERE loose IS NOT NULL AND loose <> '' AND "
		 "loose IN (SELECT loose FROM sig WHERE grp = ?1) "
		 "ORDER BY grp LIMIT 20",
		 "the same loose signature"},
		{"SELECT DISTINCT grp, NULL FROM sig WHERE func IS NOT NULL AND func IN (SELECT "
		 "func FROM sig WHERE grp = ?1) ORDER BY grp LIMIT 20",
		 "the same function"},
		{"SELECT DISTINCT b.grp, NULL FROM sig a JOIN sig b ON b.kind = a.kind AND "
		 "b.family = 'bpf' WHERE a.grp = ?1 ORDER BY b.grp LIMIT 20",
		 "the same kind of report about a BPF program"},
	};
	kd_auto(kd_arena_deinit) struct kd_arena room = KD_ARENA_INIT(TRAITS_ROOM);
	struct near_all *a = kd_xcalloc(1, sizeof(*a));
	struct kd_view text = KD_VNULL;
	void *user[] = {ci, &text};
	struct kd_dbval arg = kd_dbtext(kd_view_of(ci->grp));
	struct kd_traits *ours = NULL;
	struct kd_error *err = kd_db_query(
		ci->db, "SELECT traits FROM sig WHERE grp = ?1 ORDER BY made, sig LIMIT 1", &arg, 1,
		on_traits, user);

	a->ci = ci;
	kd_casepage_part(ci->page, "related", "RELATED BUT DIFFERENT");
	if (!err && text.n)
		err = kd_traits_read(text, &room, &ours);
	if (kd_error_catch(&err, KD_BADDATA))
		ours = NULL;
	for (size_t i = 0; i < KD_ARRAY_LEN(ways) && !err; i++) {
		a->why = ways[i].why;
		err = kd_db_query(ci->db, ways[i].sql, &arg, 1, on_near, a);
	}
	for (size_t i = 0; i < a->n && !err; i++) {
		err = load(ci, &a->v[i]);
		if (!err)
			err = tell(ci, &a->v[i], ours);
	}
	kd_free(a);
	return err;
}
