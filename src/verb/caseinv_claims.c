// SPDX-License-Identifier: GPL-2.0-or-later
/* What was claimed and is known of it already: whoever comes next shall not try again what is refuted. */
#include <inttypes.h>
#include <stdio.h>

#include "base/alloc.h"
#include "base/time.h"
#include "verb/caseinv_internal.h"

enum { TOLD = 10 };

void kd_case_known_words(const struct kd_known_hit *hit, const struct kd_known_news *news, struct kd_buf *ret)
{
	const struct kd_known *k = &hit->entry;

	kd_known_words(hit, news, ret);
	kd_buf_printf(ret, "; %s%s%.*s%s%.*s", kd_known_status_name(k->status), k->fix.n ? ", fix " : "", KD_VARG(k->fix),
		      k->workaround.n ? "; meanwhile: " : "", KD_VARG(k->workaround));
}

void kd_case_claim_words(const struct kd_claimrow *c, struct kd_buf *ret)
{
	char day[KD_CIVIL_LEN];
	struct kd_civil t;

	if (c->status == KD_CLAIM_REFUTED) {
		kd_civil_from_ns(c->changed / 1000000 * 1000000000, &t);
		kd_civil_format(&t, day);
		kd_buf_printf(ret, "refuted %.10s by %.*s because %.*s: do not try it again: ", day, KD_VARG(c->who), KD_VARG(c->why));
	}
	kd_buf_printf(ret, "%.*s (%s)", KD_VARG(kd_view_head(c->text, 600)), c->id);
	if (c->status != KD_CLAIM_REFUTED)
		kd_buf_printf(ret, ", said by %.*s, %zu piece%s of evidence", KD_VARG(c->origin), c->nevidence, kd_case_s(c->nevidence));
}

struct told {
	struct kd_caseinv *ci;
	size_t n, left;
};

static struct kd_error *about(struct told *t, struct kd_view subject)
{
	struct kd_claimrows rows = {.n = 0};
	struct kd_error *err = kd_ledger_list(t->ci->db, subject, t->ci->a, &rows);

	for (size_t i = 0; i < rows.n && !err; i++) {
		kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(4096);
		uint8_t status = rows.v[i].status;

		if (t->n++ >= TOLD) {
			t->left++;
			continue;
		}
		kd_case_claim_words(&rows.v[i], &b);
		kd_casepage_say(t->ci->page, status == KD_CLAIM_HYPOTHESIS || status == KD_CLAIM_SUPPORTED ? KD_CASE_HYPOTHESIS : KD_CASE_SAID,
				kd_claim_status_name(status), "%.*s", KD_VARG(kd_buf_view(&b)));
	}
	return err;
}

struct kd_error *kd_case_claims(struct kd_caseinv *ci)
{
	struct told t = {.ci = ci};
	struct kd_error *err;

	kd_casepage_part(ci->page, "claims", "CLAIMED BEFORE");
	err = about(&t, kd_view_of(ci->grp));
	if (!err && ci->has_event)
		err = about(&t, kd_case_ev(ci, ci->event));
	if (!err && ci->has_incident)
		err = about(&t, kd_view_of(ci->incident.sum.id));
	for (size_t i = 0; i < ci->issue.n && !err; i++)
		err = about(&t, kd_casepage_text(ci->page, "issue:%.*s", KD_VARG(ci->issue.v[i])));
	if (t.left)
		kd_casepage_say(ci->page, KD_CASE_SAID, "more", "%zu are left out here; kdoc ledger list has them", t.left);
	return err;
}
