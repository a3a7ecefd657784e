// SPDX-License-Identifier: GPL-2.0-or-later
/* Verified claims → a draft of a playbook in the form of docs/playbooks. */
#include <string.h>

#include "base/alloc.h"
#include "case/groups.h"
#include "case/ledger.h"
#include "verb/know.h"
#include "verb/ledger.h"

enum { CLAIMS_MAX = 1000, KINDS_MAX = 32 };

struct draft {
	struct kd_memory *m;
	struct kd_sheet *s;
	struct kd_claimrows claims; /* verified, refuted */
	struct kd_view kinds[KINDS_MAX];
	size_t nkinds, verified;
	struct kd_view title; /* of the first group */
};

static struct kd_error *add_claim(struct draft *d, const struct kd_claimrow *c)
{
	struct kd_claimrow *to;

	for (size_t i = 0; i < d->claims.n; i++)
		if (!strcmp(d->claims.v[i].id, c->id))
			return NULL;
	to = kd_avec_push(d->s->arena, &d->claims, CLAIMS_MAX);
	if (!to)
		return kd_error_new(KD_LIMIT, "more than %d claims", CLAIMS_MAX);
	*to = *c;
	d->verified += c->status == KD_CLAIM_VERIFIED;
	return NULL;
}

/* kind, title of a signature of the group */
static struct kd_error *kind_row(void *user, struct kd_view kind, struct kd_view title)
{
	struct draft *d = user;

	if (!d->title.n)
		d->title = kd_arena_view(d->s->arena, title);
	for (size_t i = 0; i < d->nkinds; i++)
		if (kd_view_eq(d->kinds[i], kind))
			return NULL;
	if (d->nkinds < KINDS_MAX && kind.n)
		d->kinds[d->nkinds++] = kd_arena_view(d->s->arena, kind);
	return NULL;
}

static struct kd_error *add_group(struct draft *d, const char *arg)
{
	struct kd_claimrows rows = {.n = 0};
	char grp[KD_GROUP_ID];
	struct kd_error *err = kd_groups_find(d->m->db, kd_view_of(arg), grp);

	if (!err)
		err = kd_ledger_list(d->m->db, kd_view_of(grp), d->s->arena, &rows);
	for (size_t i = 0; i < rows.n && !err; i++)
		if (rows.v[i].status == KD_CLAIM_VERIFIED || rows.v[i].status == KD_CLAIM_REFUTED)
			err = add_claim(d, &rows.v[i]);
	return err ? err : kd_ledger_kinds(d->m->db, kd_view_of(grp), kind_row, d);
}

static struct kd_error *add_arg(struct draft *d, const char *arg)
{
	struct kd_claimrow c;
	struct kd_error *err;

	if (kd_view_starts(kd_view_of(arg), KD_V("g-")))
		return add_group(d, arg);
	err = kd_ledger_get(d->m->db, kd_view_of(arg), d->s->arena, &c);
	if (!err && c.status != KD_CLAIM_VERIFIED && c.status != KD_CLAIM_REFUTED)
		return kd_error_new(KD_INVALID, "%s is %s: nothing is learned from what is not verified ('kdoc ledger verify %s')", c.id,
				    kd_claim_status_name(c.status), c.id);
	if (!err)
		err = add_claim(d, &c);
	return err ? err : kd_ledger_kinds(d->m->db, c.subject, kind_row, d);
}

#define LINE(d, ...) kd_sheet_line((d)->s, "draft", __VA_ARGS__)

static void evidence_lines(struct draft *d, const struct kd_claimrow *c)
{
	struct kd_evrows rows = {.n = 0};
	size_t damaged = 0;
	struct kd_error *err = kd_ledger_evidence(d->m->db, c->id, d->s->arena, &rows, &damaged);

	for (size_t i = 0; i < rows.n && !err; i++) {
		const struct kd_evrow *e = &rows.v[i];

		LINE(d, "  Evidence %s: %s of %.*s, %s%.*s%s%.*s.", e->e.id, e->e.locator, KD_VARG(e->input.n ? e->input : KD_V("an input that is not named")),
		     e->checked ? "checked " : "never checked", KD_VARG(e->checked ? kd_view_head(kd_know_when(d->s, e->checked).text, 10) : KD_V("")),
		     e->checked ? ": " : "", KD_VARG(e->verdict));
	}
	kd_error_free(err);
}

static void sources(struct draft *d)
{
	LINE(d, "## Sources");
	for (size_t i = 0; i < d->claims.n; i++) {
		const struct kd_claimrow *c = &d->claims.v[i];

		LINE(d, "- claim %s, said by %.*s%s%.*s, %s %.*s by %.*s", c->id, KD_VARG(c->origin), c->subject.n ? " about " : "", KD_VARG(c->subject),
		     kd_claim_status_name(c->status), KD_VARG(kd_view_head(kd_know_when(d->s, c->changed).text, 10)), KD_VARG(c->who));
	}
}

static void write_draft(struct draft *d)
{
	struct kd_view kinds = KD_V("");

	for (size_t i = 0; i < d->nkinds; i++)
		kinds = kd_sheet_text(d->s, "%.*s%s%.*s", KD_VARG(kinds), i ? " " : "", KD_VARG(d->kinds[i]));
	LINE(d, "# DRAFT: %.*s", KD_VARG(d->title.n ? d->title : KD_V("(a title)")));
	LINE(d, "Kinds: %.*s", KD_VARG(kinds.n ? kinds : KD_V("-")));
	LINE(d, "<!-- A person reads it, corrects it, and puts it where the team's playbooks are. -->");
	LINE(d, "%s", "");
	LINE(d, "## What it proves");
	for (size_t i = 0; i < d->claims.n; i++)
		if (d->claims.v[i].status == KD_CLAIM_VERIFIED) {
			LINE(d, "- %.*s", KD_VARG(d->claims.v[i].text));
			evidence_lines(d, &d->claims.v[i]);
		}
	LINE(d, "%s", "");
	LINE(d, "## What it does not prove");
	for (size_t i = 0; i < d->claims.n; i++)
		if (d->claims.v[i].status == KD_CLAIM_REFUTED)
			LINE(d, "- Refuted: %.*s: %.*s", KD_VARG(d->claims.v[i].text), KD_VARG(d->claims.v[i].why));
	LINE(d, "- TODO: what else it is often taken for.");
	LINE(d, "%s", "");
	LINE(d, "## First three checks");
	for (size_t i = 0, n = 0; i < d->claims.n && n < 3; i++)
		if (d->claims.v[i].status == KD_CLAIM_VERIFIED)
			LINE(d, "%zu. `kdoc evidence check %s`, and the same in the new crash.", ++n, d->claims.v[i].id);
	LINE(d, "%s", "");
	sources(d);
}

struct kd_error *kd_learn(struct kd_memory *m, const void *options, const char *const *args, size_t nargs, struct kd_sheet *s)
{
	struct draft d = {.m = m, .s = s};
	struct kd_error *err = NULL;

	(void)options;
	for (size_t i = 0; i < nargs && !err; i++)
		err = add_arg(&d, args[i]);
	if (err)
		return err;
	s->none = !d.verified;
	if (!d.verified) {
		kd_sheet_say(s, "nothing of it is verified: there is nothing to learn from it yet");
		kd_sheet_next(s, "kdoc ledger list");
		return NULL;
	}
	write_draft(&d);
	return NULL;
}
