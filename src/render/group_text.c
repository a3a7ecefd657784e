// SPDX-License-Identifier: GPL-2.0-or-later
#include "render/group_text.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/alloc.h"
#include "render/scan_text.h"
#include "render/text.h"
#include "report/kind.h"

enum { MEMBERS_SHOWN = 5, NEAR_SHOWN = 20, JOINS_SHOWN = 5, INDENT = 10 };

static const char *plural(uint64_t n, const char *one, const char *many)
{
	return n == 1 ? one : many;
}

static void label(struct kd_out *o, const char *s)
{
	kd_out_puts(o, "  ");
	kd_style(o, KD_STYLE_DIM);
	kd_text_cell(o, kd_view_of(s), INDENT - 3);
	kd_style(o, KD_STYLE_NONE);
	kd_out_puts(o, " ");
}

static void add_parts(struct kd_buf *b, const struct kd_view *v, size_t n, size_t max)
{
	for (size_t i = 0; i < n; i++) {
		kd_buf_add(b, i ? KD_V(" · ") : KD_V(""));
		kd_buf_add(b, v[i]);
	}
	if (n >= max)
		kd_buf_add(b, KD_V(" · …"));
}

static void why(struct kd_out *o, const struct kd_grouping *g, const struct kd_group *x)
{
	const struct kd_member *m = x->members[0];
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(64 << 10);
	const struct kd_signature *s = &m->sig[g->level];

	const bool unplaced = x->nmembers > 1 && x->has_signature && kd_signature_unplaced(&m->sig[KD_SIG_STRICT]);

	label(o, unplaced ? "alike" : x->nmembers > 1 ? "one bug" : "known by");
	if (!x->has_signature) {
		kd_out_puts(o, "nothing: no frame or place to compare, so it stays alone\n");
		return;
	}
	if (x->merged_by == KD_NSIG) {
		kd_buf_add(&b, KD_V("alike, though no signature is common to all"));
	} else {
		if (x->nmembers > 1)
			kd_buf_printf(&b, "same %s signature: ", kd_sigtype_word(x->merged_by));
		s = &m->sig[x->nmembers > 1 ? x->merged_by : g->level];
		add_parts(&b, s->parts, s->nparts, SIZE_MAX);
	}
	if (unplaced)
		kd_buf_add(&b, KD_V("; " KD_UNPLACED_WORDS));
	kd_text_wrap(o, kd_buf_view(&b), INDENT, INDENT);
	if (!x->nvaries)
		return;
	label(o, "varies");
	kd_buf_clear(&b);
	kd_buf_printf(&b, "not the same in all (%s): ", kd_sigtype_word(x->merged_by - 1));
	add_parts(&b, x->varies, x->nvaries, KD_GROUP_DIFF_MAX);
	kd_text_wrap(o, kd_buf_view(&b), INDENT, INDENT);
}

static void member(struct kd_out *o, const struct kd_member *m)
{
	char line[32];

	label(o, "");
	kd_text_clip_front(o, m->input, 52);
	snprintf(line, sizeof(line), ":%" PRIu64, m->start_line);
	kd_out_puts(o, line);
	if (m->release.n) {
		kd_out_puts(o, "  ");
		kd_text_clip(o, m->release, 26);
	}
	kd_out_puts(o, "\n");
}

static void add_place(struct kd_buf *b, const struct kd_member *m)
{
	kd_buf_add(b, m->input);
	kd_buf_printf(b, ":%" PRIu64, m->start_line);
}

/* What speaks for it, then what speaks against it. */
static void add_reasons(struct kd_buf *b, const struct kd_reasons *r)
{
	bool any = false;

	for (int against = 0; against < 2; against++)
		for (size_t i = 0; i < r->n; i++) {
			if (r->v[i].against != against)
				continue;
			kd_buf_add(b, any ? KD_V("; ") : KD_V(": "));
			kd_buf_add(b, against ? KD_V("but ") : KD_V(""));
			kd_buf_add(b, r->v[i].words);
			any = true;
		}
}

static void join(struct kd_out *o, const struct kd_group_join *j)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(32 << 10);

	label(o, "joined");
	add_place(&b, j->member);
	kd_buf_printf(&b, " by %s", j->join == KD_JOIN_NORMAL ? "normal signature" : "likeness");
	if (j->join == KD_JOIN_SIMILAR)
		kd_buf_printf(&b, " %.2f", j->score);
	if (j->via) {
		kd_buf_add(&b, KD_V(" with "));
		add_place(&b, j->via);
	}
	add_reasons(&b, &j->reasons);
	kd_text_wrap(o, kd_buf_view(&b), INDENT, INDENT);
}

static void two(struct kd_out *o, const struct kd_overmerge *m)
{
	for (size_t i = 0; i < m->nfindings; i++) {
		const struct kd_om_finding *f = &m->finding[i];
		kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(8192);

		label(o, "two ???");
		kd_buf_printf(&b, "%.*s; a split by signature would part %zu from %zu", KD_VARG(f->words), f->nonly_a, f->nonly_b);
		if (f->mixed)
			kd_buf_printf(&b, ", %zu have both", f->mixed);
		kd_text_wrap(o, kd_buf_view(&b), INDENT, INDENT);
	}
}

static void values(struct kd_out *o, struct kd_view field, const struct kd_spread_result *d)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(32 << 10);

	label(o, "values");
	kd_buf_add(&b, field);
	kd_buf_printf(&b, ": %" PRIu64 " have it, %" PRIu64 " lack it, %" PRIu64 "%s different", d->have, d->absent, d->distinct,
		      d->more ? " or more" : "");
	if (d->numbers && d->hex)
		kd_buf_printf(&b, ", 0x%" PRIx64 " … 0x%" PRIx64 ", median 0x%" PRIx64, d->min, d->max, d->median);
	else if (d->numbers)
		kd_buf_printf(&b, ", %" PRIu64 " … %" PRIu64 ", median %" PRIu64, d->min, d->max, d->median);
	for (size_t i = 0; i < d->ntop; i++) {
		kd_buf_add(&b, i ? KD_V(" · ") : KD_V(": "));
		kd_buf_add(&b, d->top[i].value);
		kd_buf_printf(&b, " (%" PRIu64 ")", d->top[i].n);
	}
	if (d->ntop < d->distinct)
		kd_buf_add(&b, KD_V(" · …"));
	kd_text_wrap(o, kd_buf_view(&b), INDENT, INDENT);
}

static void group(struct kd_out *o, const struct kd_grouping *g, const struct kd_group *x)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(8192);
	const struct kd_member *m = x->members[0];

	kd_out_puts(o, "\n");
	kd_style(o, KD_STYLE_BOLD);
	kd_out_puts(o, x->id);
	kd_style(o, KD_STYLE_NONE);
	kd_out_puts(o, "  ");
	kd_buf_printf(&b, "%zu %s in %zu %s: %.*s", x->nmembers,
		      plural(x->nmembers, "report", "reports"), x->ninputs,
		      plural(x->ninputs, "log", "logs"), KD_VARG(m->title));
	kd_text_wrap(o, kd_buf_view(&b), sizeof("g-123456789012  ") - 1, INDENT);
	why(o, g, x);
	for (size_t i = 0; i < x->njoins && i < JOINS_SHOWN; i++)
		join(o, x->joins[i]);
	if (x->njoins > JOINS_SHOWN) {
		label(o, "");
		kd_out_printf(o, "… and %zu more signatures joined (--json has all)\n", x->njoins - JOINS_SHOWN);
	}
	if (x->two)
		two(o, x->two);
	if (x->values)
		values(o, g->field, x->values);
	for (size_t i = 0; i < x->nmembers && i < MEMBERS_SHOWN; i++)
		member(o, x->members[i]);
	if (x->nmembers > MEMBERS_SHOWN) {
		label(o, "");
		kd_out_printf(o, "… and %zu more (--json has all)\n", x->nmembers - MEMBERS_SHOWN);
	}
}

static void side(struct kd_out *o, const char *id, const struct kd_view *v, size_t n)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(32 << 10);

	kd_out_printf(o, "    only %s: ", id);
	add_parts(&b, v, n, KD_GROUP_DIFF_MAX);
	if (!n)
		kd_buf_add(&b, KD_V("nothing (the order differs)"));
	kd_text_wrap(o, kd_buf_view(&b), 26, INDENT);
}

static void near_misses(struct kd_out *o, const struct kd_grouping *g)
{
	if (!g->nnear)
		return;
	kd_out_puts(o, "\n");
	kd_style(o, KD_STYLE_BOLD);
	kd_out_puts(o, "KEPT APART");
	kd_style(o, KD_STYLE_NONE);
	kd_out_printf(o, " although the %s signature is the same\n",
		      kd_sigtype_word(g->near[0].alike));
	for (size_t i = 0; i < g->nnear && i < NEAR_SHOWN; i++) {
		const struct kd_near_miss *m = &g->near[i];

		kd_out_printf(o, "  %s and %s\n", m->a->id, m->b->id);
		side(o, m->a->id, m->only_a, m->nonly_a);
		side(o, m->b->id, m->only_b, m->nonly_b);
	}
	if (g->nnear > NEAR_SHOWN || g->near_over_limit)
		kd_out_printf(o, "  … and %" PRIu64 " more pairs (--json has the first %d)\n",
			      g->nnear - (g->nnear < NEAR_SHOWN ? g->nnear : NEAR_SHOWN) +
				      g->near_over_limit,
			      KD_GROUP_NEAR_MAX);
}

static void possible(struct kd_out *o, const struct kd_grouping *g)
{
	if (!g->npossible)
		return;
	kd_out_puts(o, "\n");
	kd_style(o, KD_STYLE_BOLD);
	kd_out_puts(o, "POSSIBLE DUPLICATES");
	kd_style(o, KD_STYLE_NONE);
	kd_out_puts(o, ", for a person to decide\n");
	for (size_t i = 0; i < g->npossible && i < NEAR_SHOWN; i++) {
		const struct kd_group_possible *p = &g->possible[i];
		kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(32 << 10);

		kd_buf_printf(&b, "%s and %s, likeness %.2f", p->a->id, p->b->id, p->score);
		add_reasons(&b, &p->reasons);
		kd_out_puts(o, "  ");
		kd_text_wrap(o, kd_buf_view(&b), 2, INDENT);
	}
	if (g->npossible > NEAR_SHOWN || g->possible_over_limit)
		kd_out_printf(o, "  … and %" PRIu64 " more pairs (--json has the first %d)\n",
			      g->npossible - (g->npossible < NEAR_SHOWN ? g->npossible : NEAR_SHOWN) + g->possible_over_limit,
			      KD_GROUP_NEAR_MAX);
}

static void next_commands(struct kd_out *o, const struct kd_grouping *g)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(64 << 10);
	const struct kd_member *m = g->groups[0].members[0];
	bool pipe = kd_view_eq(m->input, KD_V("standard input"));

	kd_out_puts(o, "\n");
	kd_buf_printf(&b, "%skdoc investigate --report %u ", pipe ? "… | " : "", m->number);
	kd_text_shell(&b, pipe ? KD_V("-") : m->input);
	kd_text_next(o, true, kd_buf_view(&b), "the first of the largest group");
}

void kd_render_group_text(struct kd_out *o, const struct kd_grouping *g)
{
	if (!g->ninputs)
		return;
	kd_out_printf(o, "%zu %s of %zu %s: %zu %s by %s%s\n", g->nmembers,
		      plural(g->nmembers, "report", "reports"), g->ninputs,
		      plural(g->ninputs, "log", "logs"), g->ngroups,
		      plural(g->ngroups, "group", "groups"), g->engine ? "signature and likeness" : kd_sigtype_word(g->level),
		      g->engine ? "" : " signature");
	if (g->infrastructure)
		kd_out_printf(o, "  note  %" PRIu64 " infrastructure %s left out: --all\n",
			      g->infrastructure, plural(g->infrastructure, "report", "reports"));
	if (g->over_limit)
		kd_out_printf(o,
			      "  note  %" PRIu64 " more reports are not grouped: at most %d are\n",
			      g->over_limit, KD_GROUP_MEMBERS_MAX);
	for (size_t i = 0; i < g->ngroups; i++)
		group(o, g, &g->groups[i]);
	possible(o, g);
	near_misses(o, g);
	if (g->values && g->ngroups > 1) {
		kd_out_puts(o, "\nall groups\n");
		values(o, g->field, g->values);
	}
	if (g->ngroups)
		next_commands(o, g);
}

void kd_render_group_notes(struct kd_out *o, struct kd_out *err, const struct kd_grouping *g)
{
	for (size_t i = 0; i < g->nnotes; i++) {
		const struct kd_group_note *n = &g->notes[i];
		struct kd_input_problem p = {
			.name = n->name.p ? n->name.p : "",
			.cls = n->cls.p ? n->cls.p : "",
			.message = n->message.p ? n->message.p : "",
			.remedy = n->remedy.p ? n->remedy.p : "",
			.offset = n->offset,
		};

		if (n->is_problem) {
			kd_render_problem_text(err, &p);
			continue;
		}
		kd_out_puts(o, "  note  ");
		kd_out_text(o, n->name);
		kd_out_puts(o, ": ");
		kd_out_text(o, n->message);
		kd_out_puts(o, "\n");
	}
	if (g->notes_over_limit)
		kd_out_printf(err, "kdoc: %" PRIu64 " more inputs have problems\n",
			      g->notes_over_limit);
}
