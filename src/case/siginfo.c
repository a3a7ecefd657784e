// SPDX-License-Identifier: GPL-2.0-or-later
#include "case/siginfo.h"

#include <inttypes.h>

#include "report/report.h"

static int64_t number_of(const struct kd_dbval *v, int64_t max, int64_t otherwise)
{
	return v->type == KD_DBINT && v->i >= 0 && v->i <= max ? v->i : otherwise;
}

void kd_siginfo_read(const struct kd_dbval *c, struct kd_siginfo *ret)
{
	struct kd_view *const texts[] = {&ret->strict, &ret->normal,    &ret->loose, &ret->kind,
					 &ret->family, &ret->title,     &ret->syz,   &ret->func,
					 &ret->place,  &ret->subsystem, &ret->grp,   &ret->verdict,
					 &ret->why};

	ret->sig = kd_dbint_of(&c[0], 0);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		*texts[i] = kd_dbtext_of(&c[i + 1]);
	ret->owner = (uint8_t)number_of(&c[14], KD_OWNER_UNKNOWN, KD_OWNER_UNKNOWN);
	ret->tier = (uint8_t)number_of(&c[15], KD_TIER_CRIT, KD_TIER_NONE);
	ret->infra = number_of(&c[16], 1, 0) != 0;
}

bool kd_siginfo_keep(struct kd_siginfo *s, struct kd_arena *a)
{
	struct kd_view *const texts[] = {
		&s->strict, &s->normal, &s->loose,     &s->kind, &s->family,  &s->title, &s->syz,
		&s->func,   &s->place,  &s->subsystem, &s->grp,  &s->verdict, &s->why};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (!texts[i]->n)
			continue;
		*texts[i] = kd_arena_view(a, *texts[i]);
		if (!texts[i]->p)
			return false;
	}
	return true;
}

struct get {
	struct kd_arena *a;
	struct kd_siginfo *s;
	bool found;
};

static struct kd_error *on_row(void *user, const struct kd_dbval *col, size_t n)
{
	struct get *g = user;

	(void)n;
	kd_siginfo_read(col, g->s);
	g->found = true;
	return kd_siginfo_keep(g->s, g->a)
		       ? NULL
		       : kd_error_new(KD_LIMIT, "the signature's texts need too much memory");
}

struct kd_error *kd_siginfo_get(struct kd_db *db, int64_t sig, struct kd_arena *a,
				struct kd_siginfo *ret)
{
	struct kd_dbval arg = kd_dbint(sig);
	struct get g = {a, ret, false};
	struct kd_error *err = kd_db_query(
		db, "SELECT " KD_SIGINFO_COLUMNS " FROM sig WHERE sig = ?1", &arg, 1, on_row, &g);

	if (err || g.found)
		return err;
	return kd_error_new(KD_NOTFOUND, "there is no signature %016" PRIx64, (uint64_t)sig);
}
