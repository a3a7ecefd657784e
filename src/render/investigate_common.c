/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "render/investigate_common.h"

#include "base/alloc.h"
#include "report/kind.h"
#include "verb/version.h"

#define ROWS_MAX 40 /* of the table of a log */

const char *kd_render_tier(uint8_t tier)
{
	static const char *const w[] = {
		[KD_TIER_NONE] = "NOTE", [KD_TIER_LOW] = "LOW",	  [KD_TIER_MED] = "MED",
		[KD_TIER_HIGH] = "HIGH", [KD_TIER_CRIT] = "CRIT",
	};
	return tier < KD_ARRAY_LEN(w) ? w[tier] : w[0];
}

void kd_render_verdict(struct kd_buf *t, const struct kd_finding *f)
{
	struct kd_view func = f->r->has_where ? f->r->where.func : KD_VNULL;

	kd_buf_add(t, f->kind);
	/* The title often names the function: then only offset and module are new. */
	if (func.n && kd_view_ends(f->kind, func) && kd_view_starts(f->place, func))
		kd_buf_add(t, kd_view_from(f->place, func.n));
	else if (f->place.n && !(func.n && kd_view_has(f->kind, func))) {
		kd_buf_add(t, KD_V(": "));
		kd_buf_add(t, f->place);
	}
	if (f->actor.n) {
		kd_buf_add(t, KD_V(" · "));
		kd_buf_add(t, f->actor);
	}
}

void kd_render_refs(struct kd_buf *t, const struct kd_statement *s)
{
	for (uint8_t i = 0; i < s->nev; i++)
		kd_buf_printf(t, "%sE%u", i ? " " : " [", s->ev[i] + 1u);
	if (s->nev)
		kd_buf_addc(t, ']');
}

void kd_render_topic(struct kd_buf *t, const char *topic)
{
	for (; *topic; topic++)
		kd_buf_addc(t, *topic == '_' ? ' ' : *topic);
}

const char *kd_render_stack_ctx(const struct kd_inv_stack *s)
{
	return strcmp(s->ctx, "context not stated") != 0 ? s->ctx : "";
}

void kd_render_stack(struct kd_buf *t, const struct kd_inv_stack *s)
{
	kd_buf_add(t, s->text);
	if (s->cut)
		kd_buf_add(t, KD_V(" (more frames follow in the log)"));
	if (*kd_render_stack_ctx(s))
		kd_buf_printf(t, " (%s)", s->ctx);
	if (s->ev != UINT16_MAX)
		kd_buf_printf(t, " [E%u]", s->ev + 1u);
}

static bool same_value(const struct kd_inv_reg *x, const struct kd_inv_reg *y)
{
	return x->val == y->val && x->cls == y->cls && kd_view_eq(x->note, y->note);
}

bool kd_render_reg_names(struct kd_buf *t, const struct kd_finding *f, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (same_value(&f->regs[k], &f->regs[i]))
			return false;
	for (size_t k = i; k < f->nregs; k++)
		if (same_value(&f->regs[k], &f->regs[i]))
			kd_buf_printf(t, "%s%.*s", t->n ? " " : "", KD_VARG(f->regs[k].name));
	return true;
}

bool kd_render_row_shown(const struct kd_investigation *inv, size_t i, size_t *left)
{
	const struct kd_inv_row *row = &inv->rows[i];
	size_t before = 0;

	if (row->full)
		return true;
	if (row->r->repeat_of)
		return false;
	for (size_t k = 0; k < i && before < ROWS_MAX; k++)
		before += !inv->rows[k].r->repeat_of;
	*left += before == ROWS_MAX;
	return before < ROWS_MAX;
}

void kd_render_row(struct kd_buf *t, const struct kd_inv_row *row)
{
	if (row->r->title.n)
		kd_buf_add(t, kd_view_head(row->r->title, 200));
	else if (row->r->kind)
		kd_buf_printf(t, "%s", row->r->kind->words);
	if (row->r->repeats)
		kd_buf_printf(t, " ×%u", row->r->repeats + 1);
	if (row->relation.n) {
		kd_buf_add(t, KD_V(" ("));
		kd_buf_add(t, row->relation);
		kd_buf_add(t, KD_V(")"));
	}
}

void kd_render_nothing(struct kd_out *o, const struct kd_investigation *inv)
{
	const struct kd_scan_log *l = &inv->reports->log;

	kd_out_puts(o, "no kernel report in ");
	kd_out_text(o, inv->input);
	kd_out_printf(o, ": %llu lines read", (unsigned long long)l->lines);
	if (inv->hidden)
		kd_out_printf(o, ", %u reboots or user-space messages not shown", inv->hidden);
	if (!l->kernel_text)
		kd_out_puts(o, "; nothing in it looks like a kernel's text");
	if (l->starts_late && l->has_time)
		kd_out_printf(o, "; it starts %llu s after boot, so an earlier report may be missing",
			      (unsigned long long)(l->first_us / 1000000));
	if (inv->damaged.n) {
		kd_out_puts(o, "; ");
		kd_out_text(o, inv->damaged);
	}
	kd_out_puts(o, "\n");
}

void kd_render_version(struct kd_out *o)
{
	struct kd_version v;

	kd_version_get(&v);
	kd_out_puts(o, v.version);
}
