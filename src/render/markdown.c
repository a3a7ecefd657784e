/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "render/markdown.h"

#include "base/alloc.h"
#include "base/utf8.h"
#include "render/investigate_common.h"

static struct kd_view printable(struct kd_view v, struct kd_buf *b)
{
	kd_utf8_printable(v, b);
	for (size_t i = 0; i < b->n; i++)
		if (b->p[i] == '\n' || b->p[i] == '\t' || b->p[i] == '\r')
			b->p[i] = ' ';
	return kd_buf_view(b);
}

void kd_md_text(struct kd_out *o, struct kd_view v)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(1 << 20);
	struct kd_view t = printable(v, &b);

	for (size_t i = 0; i < t.n; i++) {
		/* '@', '#' and "://" as entities: forges link them in spite of a backslash. */
		if (strchr("<>&@#", t.p[i]) ||
		    (t.p[i] == ':' && kd_view_starts(kd_view_from(t, i), KD_V("://")))) {
			kd_out_printf(o, "&#%d;", t.p[i]);
			continue;
		}
		if (strchr("\\`*_[]|!~", t.p[i]))
			kd_out_puts(o, "\\");
		kd_out_raw(o, kd_view(t.p + i, 1));
	}
}

void kd_md_code(struct kd_out *o, struct kd_view v)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(1 << 20);
	struct kd_view t = printable(v, &b);
	size_t run = 0, longest = 0;

	for (size_t i = 0; i < t.n; i++) {
		run = t.p[i] == '`' ? run + 1 : 0;
		longest = run > longest ? run : longest;
	}
	for (size_t i = 0; i <= longest; i++)
		kd_out_puts(o, "`");
	kd_out_puts(o, longest ? " " : "");
	kd_out_raw(o, t);
	kd_out_puts(o, longest ? " " : "");
	for (size_t i = 0; i <= longest; i++)
		kd_out_puts(o, "`");
}

void kd_md_block(struct kd_out *o, struct kd_view text)
{
	size_t run = 0, longest = 3;

	for (size_t i = 0; i < text.n; i++) {
		run = text.p[i] == '`' ? run + 1 : 0;
		longest = run >= longest ? run + 1 : longest;
	}
	for (size_t i = 0; i < longest; i++)
		kd_out_puts(o, "`");
	kd_out_puts(o, "\n");
	kd_out_raw(o, text);
	for (size_t i = 0; i < longest; i++)
		kd_out_puts(o, "`");
	kd_out_puts(o, "\n");
}

static void statement(struct kd_out *o, const struct kd_statement *s)
{
	kd_auto(kd_buf_deinit) struct kd_buf refs = KD_BUF_INIT(256), topic = KD_BUF_INIT(256);

	if (s->part == KD_PART_NEXT) {
		kd_out_puts(o, "- ");
		kd_md_code(o, s->text);
		kd_out_puts(o, "\n");
		return;
	}
	kd_out_puts(o, "- **");
	kd_render_topic(&topic, s->topic);
	kd_md_text(o, kd_buf_view(&topic));
	kd_out_puts(o, "**: ");
	kd_md_text(o, s->text);
	if (s->refute.n) {
		kd_out_puts(o, " (refuted if ");
		kd_md_text(o, s->refute);
		kd_out_puts(o, ")");
	}
	kd_render_refs(&refs, s);
	kd_md_text(o, kd_buf_view(&refs));
	kd_out_puts(o, "\n");
}

static void part(struct kd_out *o, const struct kd_finding *f, enum kd_part p)
{
	bool any = false;

	for (size_t i = 0; i < f->nst; i++) {
		if (f->st[i].part != p)
			continue;
		if (!any)
			kd_out_printf(o, "\n### %s\n\n", kd_part_heading(p));
		any = true;
		statement(o, &f->st[i]);
	}
}

static void state(struct kd_out *o, const struct kd_finding *f)
{
	if (f->nregs || f->nstacks)
		kd_out_puts(o, "\n### STATE\n\n");
	for (size_t i = 0; i < f->nregs; i++) {
		kd_auto(kd_buf_deinit) struct kd_buf t = KD_BUF_INIT(4096);

		if (!kd_render_reg_names(&t, f, i))
			continue;
		kd_out_puts(o, "- ");
		kd_md_code(o, kd_buf_view(&t));
		kd_out_printf(o, " = `%016llx`: %s", (unsigned long long)f->regs[i].val, f->regs[i].cls);
		kd_out_puts(o, f->regs[i].note.n ? ", " : "");
		kd_md_text(o, f->regs[i].note);
		kd_out_puts(o, "\n");
	}
	for (size_t i = 0; i < f->nstacks; i++) {
		kd_auto(kd_buf_deinit) struct kd_buf t = KD_BUF_INIT(16384);

		kd_out_printf(o, "- **%s**: ", f->stacks[i].role);
		kd_render_stack(&t, &f->stacks[i]);
		kd_md_text(o, kd_buf_view(&t));
		kd_out_puts(o, "\n");
	}
}

static void evidence(struct kd_out *o, const struct kd_finding *f)
{
	kd_out_puts(o, "\n### EVIDENCE\n\n");
	for (size_t i = 0; i < f->nev; i++) {
		const struct kd_inv_evidence *e = &f->ev[i];

		kd_out_printf(o, "- E%zu `%s` line %llu", i + 1, e->e.id, (unsigned long long)e->line);
		if (e->line_end != e->line)
			kd_out_printf(o, "-%llu", (unsigned long long)e->line_end);
		kd_out_printf(o, ", bytes %llu-%llu: ", (unsigned long long)e->off,
			      (unsigned long long)e->end);
		kd_md_code(o, e->quote);
		kd_out_puts(o, "\n");
	}
}

static void finding(struct kd_out *o, const struct kd_finding *f)
{
	static const enum kd_part after[] = {KD_PART_LIKELY, KD_PART_KNOWN, KD_PART_FIX, KD_PART_UNKNOWN,
					     KD_PART_SETTLE, KD_PART_DO,    KD_PART_NEXT};
	kd_auto(kd_buf_deinit) struct kd_buf t = KD_BUF_INIT(4096);

	kd_out_printf(o, "## %s %s: ", kd_render_tier(f->r->tier), f->outcome);
	kd_render_verdict(&t, f);
	kd_md_text(o, kd_buf_view(&t));
	kd_out_puts(o, "\n");
	part(o, f, KD_PART_CONTEXT);
	part(o, f, KD_PART_PROVEN);
	state(o, f);
	for (size_t i = 0; i < KD_ARRAY_LEN(after); i++)
		part(o, f, after[i]);
	evidence(o, f);
}

static void table(struct kd_out *o, const struct kd_investigation *inv)
{
	size_t left = 0;

	if (inv->nrows < 2)
		return;
	kd_out_puts(o, "\n### REPORTS IN THIS LOG\n\n| # | line | severity | report |\n|---|---|---|---|\n");
	for (size_t i = 0; i < inv->nrows; i++) {
		kd_auto(kd_buf_deinit) struct kd_buf t = KD_BUF_INIT(1024);

		if (!kd_render_row_shown(inv, i, &left))
			continue;
		kd_out_printf(o, "| %u | %u | %s | ", inv->rows[i].number, inv->rows[i].line,
			      kd_render_tier(inv->rows[i].r->tier));
		kd_render_row(&t, &inv->rows[i]);
		kd_md_text(o, kd_buf_view(&t));
		kd_out_puts(o, " |\n");
	}
	if (left)
		kd_out_printf(o, "\n%zu more; `kdoc scan` lists all.\n", left);
}

static void footer(struct kd_out *o)
{
	kd_out_puts(o, "\n---\n" KD_RENDER_TOOL);
	kd_render_version(o);
	kd_out_puts(o, "\n");
}

void kd_render_investigation_markdown(struct kd_out *o, const struct kd_investigation *inv)
{
	for (size_t i = 0; i < inv->nfindings; i++) {
		kd_out_puts(o, i ? "\n" : "");
		finding(o, &inv->findings[i]);
	}
	if (!inv->nfindings)
		kd_render_nothing(o, inv);
	table(o, inv);
	footer(o);
}

static void section(struct kd_out *o, const struct kd_playbook_section *s)
{
	kd_out_printf(o, "\n### %s\n\n", s->heading);
	for (size_t i = 0; i < s->nitems; i++) {
		if (s->numbered)
			kd_out_printf(o, "%zu. ", i + 1);
		else
			kd_out_puts(o, "- ");
		kd_md_text(o, kd_view_of(s->items[i]));
		kd_out_puts(o, "\n");
	}
}

void kd_render_explanation_markdown(struct kd_out *o, const struct kd_explanation *e)
{
	for (size_t i = 0; i < e->nlines; i++) {
		const struct kd_expl_line *l = &e->lines[i];

		if (!l->nnotes)
			continue;
		kd_out_printf(o, "\nline %llu: ", (unsigned long long)l->no);
		kd_md_code(o, l->text);
		kd_out_puts(o, "\n\n");
		for (size_t k = 0; k < l->nnotes; k++) {
			kd_out_printf(o, "- *%s*: ", kd_note_words((enum kd_note_type)l->notes[k].type));
			kd_md_text(o, l->notes[k].text);
			kd_out_puts(o, "\n");
		}
	}
	if (e->playbook) {
		kd_out_printf(o, "\n## %s\n", e->playbook->title);
		for (size_t i = 0; i < e->playbook->nsections; i++)
			section(o, &e->playbook->sections[i]);
	}
	for (size_t i = 0; i < e->ngeneral; i++)
		section(o, e->general[i].body);
	footer(o);
}
