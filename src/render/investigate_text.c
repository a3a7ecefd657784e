/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "render/investigate_text.h"

#include "base/alloc.h"
#include "render/investigate_common.h"
#include "render/text.h"

#define LABEL 12 /* columns of the topic, blank in front included */

static enum kd_style tier_style(uint8_t tier)
{
	static const uint8_t s[] = {
		[KD_TIER_NONE] = KD_STYLE_DIM, [KD_TIER_LOW] = KD_STYLE_LOW,
		[KD_TIER_MED] = KD_STYLE_MED,  [KD_TIER_HIGH] = KD_STYLE_HIGH,
		[KD_TIER_CRIT] = KD_STYLE_CRIT,
	};
	return tier < KD_ARRAY_LEN(s) ? (enum kd_style)s[tier] : KD_STYLE_NONE;
}

static void verdict(struct kd_out *o, const struct kd_finding *f, uint64_t elapsed_us)
{
	kd_auto(kd_buf_deinit) struct kd_buf t = KD_BUF_INIT(4096);
	const char *tier = kd_render_tier(f->r->tier);

	kd_style(o, tier_style(f->r->tier));
	kd_out_puts(o, tier);
	kd_out_puts(o, " ");
	kd_out_puts(o, f->outcome);
	kd_style(o, KD_STYLE_NONE);
	kd_out_puts(o, "  ");
	kd_render_verdict(&t, f);
	if (elapsed_us)
		kd_buf_printf(&t, " · %.1f ms", (double)elapsed_us / 1000);
	kd_text_wrap(o, kd_buf_view(&t), strlen(tier) + strlen(f->outcome) + 3, LABEL);
}

static void label(struct kd_out *o, const char *topic)
{
	kd_auto(kd_buf_deinit) struct kd_buf t = KD_BUF_INIT(64);

	kd_render_topic(&t, topic);
	kd_out_puts(o, " ");
	kd_style(o, KD_STYLE_DIM);
	kd_text_clip(o, kd_buf_view(&t), 40);
	kd_style(o, KD_STYLE_NONE);
	if (t.n < LABEL - 2)
		kd_text_pad(o, LABEL - 1 - t.n);
	else
		kd_out_puts(o, " ");
}

static size_t label_end(const char *topic)
{
	size_t n = strlen(topic);

	return n < LABEL - 2 ? LABEL : n + 2;
}

static void statement(struct kd_out *o, const struct kd_statement *s)
{
	kd_auto(kd_buf_deinit) struct kd_buf t = KD_BUF_INIT(16384);

	if (s->part == KD_PART_NEXT) {
		kd_out_puts(o, " ");
		kd_style(o, KD_STYLE_CMD);
		kd_out_text(o, s->text); /* never broken: it is to be copied */
		kd_style(o, KD_STYLE_NONE);
		kd_out_puts(o, "\n");
		return;
	}
	label(o, s->topic);
	kd_buf_add(&t, s->text);
	if (s->refute.n) {
		kd_buf_add(&t, KD_V("; refuted if "));
		kd_buf_add(&t, s->refute);
	}
	if (s->part != KD_PART_CONTEXT)
		kd_render_refs(&t, s);
	kd_text_wrap(o, kd_buf_view(&t), label_end(s->topic), LABEL);
}

static void heading(struct kd_out *o, const char *text)
{
	kd_style(o, KD_STYLE_BOLD);
	kd_out_puts(o, text);
	kd_style(o, KD_STYLE_NONE);
	kd_out_puts(o, "\n");
}

static void part(struct kd_out *o, const struct kd_finding *f, enum kd_part p)
{
	bool any = false;

	for (size_t i = 0; i < f->nst; i++) {
		if (f->st[i].part != p)
			continue;
		if (!any && p != KD_PART_CONTEXT)
			heading(o, kd_part_heading(p));
		any = true;
		statement(o, &f->st[i]);
	}
}

static void registers(struct kd_out *o, const struct kd_finding *f)
{
	for (size_t i = 0; i < f->nregs; i++) {
		const struct kd_inv_reg *x = &f->regs[i];
		kd_auto(kd_buf_deinit) struct kd_buf t = KD_BUF_INIT(4096);

		if (!kd_render_reg_names(&t, f, i))
			continue;
		label(o, i ? "" : "registers");
		kd_buf_printf(&t, " %016llx %s%s%.*s", (unsigned long long)x->val, x->cls, x->note.n ? ": " : "",
			      KD_VARG(x->note));
		kd_text_wrap(o, kd_buf_view(&t), LABEL, LABEL);
	}
	if (f->nregs) {
		label(o, "");
		kd_text_wrap(o, KD_V("what a value looks like; whose it was needs the instruction"),
			     LABEL, LABEL);
	}
}

static void stacks(struct kd_out *o, const struct kd_finding *f)
{
	for (size_t i = 0; i < f->nstacks; i++) {
		const struct kd_inv_stack *s = &f->stacks[i];
		kd_auto(kd_buf_deinit) struct kd_buf t = KD_BUF_INIT(16384);

		label(o, s->role);
		kd_render_stack(&t, s);
		kd_text_wrap(o, kd_buf_view(&t), label_end(s->role), LABEL);
	}
}

static void evidence(struct kd_out *o, const struct kd_finding *f)
{
	heading(o, "EVIDENCE");
	for (size_t i = 0; i < f->nev; i++) {
		const struct kd_inv_evidence *e = &f->ev[i];
		kd_auto(kd_buf_deinit) struct kd_buf t = KD_BUF_INIT(256);
		size_t w;

		kd_buf_printf(&t, " E%-3zu %s  line %llu", i + 1, e->e.id,
			      (unsigned long long)e->line);
		if (e->line_end != e->line)
			kd_buf_printf(&t, "-%llu", (unsigned long long)e->line_end);
		kd_buf_printf(&t, ", bytes %llu-%llu  ", (unsigned long long)e->off,
			      (unsigned long long)e->end);
		w = kd_text_width(kd_buf_view(&t));
		kd_style(o, KD_STYLE_DIM);
		kd_out_raw(o, kd_buf_view(&t));
		if (w + 10 < o->width)
			kd_text_clip(o, e->quote, o->width - w);
		kd_style(o, KD_STYLE_NONE);
		kd_out_puts(o, "\n");
	}
}

static void table(struct kd_out *o, const struct kd_investigation *inv)
{
	size_t left = 0;

	if (inv->nrows > 1)
		heading(o, "REPORTS IN THIS LOG");
	for (size_t i = 0; inv->nrows > 1 && i < inv->nrows; i++) {
		const struct kd_inv_row *row = &inv->rows[i];
		kd_auto(kd_buf_deinit) struct kd_buf t = KD_BUF_INIT(1024);
		size_t w;

		if (!kd_render_row_shown(inv, i, &left))
			continue;
		kd_buf_printf(&t, "%s#%-3u line %-6u ", row->full ? ">" : " ", row->number, row->line);
		kd_out_raw(o, kd_buf_view(&t));
		kd_style(o, tier_style(row->r->tier));
		kd_text_cell(o, kd_view_of(kd_render_tier(row->r->tier)), 5);
		kd_style(o, KD_STYLE_NONE);
		w = kd_text_width(kd_buf_view(&t)) + 5;
		kd_buf_clear(&t);
		kd_render_row(&t, row);
		kd_text_wrap(o, kd_buf_view(&t), w, w);
	}
	if (left)
		kd_out_printf(o, "  %zu more; kdoc scan lists all\n", left);
	if (inv->hidden)
		kd_out_printf(o, "  %u reboots or user-space messages not shown (kdoc scan --all lists them)\n",
			      inv->hidden);
}

static void finding(struct kd_out *o, const struct kd_investigation *inv,
		    const struct kd_finding *f, uint64_t elapsed_us)
{
	verdict(o, f, elapsed_us);
	part(o, f, KD_PART_CONTEXT);
	part(o, f, KD_PART_PROVEN);
	registers(o, f);
	stacks(o, f);
	part(o, f, KD_PART_LIKELY);
	part(o, f, KD_PART_KNOWN);
	part(o, f, KD_PART_FIX);
	if (inv->nfindings == 1)
		table(o, inv);
	part(o, f, KD_PART_UNKNOWN);
	part(o, f, KD_PART_SETTLE);
	part(o, f, KD_PART_DO);
	part(o, f, KD_PART_NEXT);
	if (f->limited)
		kd_out_puts(o, " (limits of kdoc were reached: the answer is not complete)\n");
	evidence(o, f);
}

void kd_render_investigation_text(struct kd_out *o, const struct kd_investigation *inv,
				  uint64_t elapsed_us)
{
	for (size_t i = 0; i < inv->nfindings; i++) {
		if (i)
			kd_out_puts(o, "\n");
		finding(o, inv, &inv->findings[i], i ? 0 : elapsed_us);
	}
	if (inv->not_full)
		kd_out_printf(o, "%u more reports are in the table only: use --report N\n",
			      inv->not_full);
	if (!inv->nfindings)
		kd_render_nothing(o, inv);
	if (inv->nfindings > 1)
		table(o, inv);
	kd_out_puts(o, "-- ");
	kd_out_puts(o, KD_RENDER_TOOL);
	kd_render_version(o);
	kd_out_puts(o, "\n");
}
