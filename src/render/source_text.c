// SPDX-License-Identifier: GPL-2.0-or-later
#include <inttypes.h>
#include <stdio.h>

#include "base/alloc.h"
#include "render/source.h"
#include "render/text.h"

enum {
	INDENT = 13,
	TEXT_MAX = 16 << 10,
	LINES_SHOWN = 400, /* of a long function, those around the mark */
	TAB = 8,
};

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

static void wrapped(struct kd_out *o, const char *what, struct kd_view text)
{
	label(o, what);
	kd_text_wrap(o, text, INDENT, INDENT);
}

static void heading(struct kd_out *o, const char *s)
{
	kd_out_puts(o, "\n");
	kd_style(o, KD_STYLE_BOLD);
	kd_out_puts(o, s);
	kd_style(o, KD_STYLE_NONE);
}

/* ---- the tree ---- */

static void tree(struct kd_out *o, const struct kd_source_answer *a)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(TEXT_MAX);
	const struct kd_tree_info *i = a->info;

	for (size_t n = 0; n < a->ntried; n++) {
		kd_buf_clear(&b);
		kd_buf_printf(&b, "%.*s: %.*s", KD_VARG(a->tried[n].tree), KD_VARG(a->tried[n].why));
		wrapped(o, "not", kd_buf_view(&b));
	}
	kd_buf_clear(&b);
	kd_buf_printf(&b, "%s %.*s", kd_tree_kind_word(i->kind), KD_VARG(i->where));
	if (i->revision.n)
		kd_buf_printf(&b, ", commit %.*s", KD_VARG(kd_view_head(i->revision, 12)));
	else if (i->version.n)
		kd_buf_printf(&b, ", version %.*s", KD_VARG(i->version));
	wrapped(o, "tree", kd_buf_view(&b));
	if (i->at.n) {
		for (size_t n = 0; n < i->nsteps; n++) {
			kd_buf_clear(&b);
			kd_buf_printf(&b, "%.*s: %.*s", KD_VARG(i->steps[n].what),
				      KD_VARG(i->steps[n].outcome));
			wrapped(o, n ? "" : "release", kd_buf_view(&b));
		}
	}
	if (i->warning.n)
		wrapped(o, "careful", i->warning);
}

static void index_notes(struct kd_out *o, const struct kd_source_answer *a)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(TEXT_MAX);

	if (!a->has_index)
		return;
	if (a->index.unread)
		kd_buf_printf(&b, "%u of %u files could not be read. ", a->index.unread, a->index.files);
	if (a->index.cut)
		kd_buf_printf(&b, "The tree has more functions than kdoc's index holds. ");
	if (a->index.cache_problem)
		kd_buf_printf(&b, "%s.", a->index.cache_problem);
	if (b.n)
		wrapped(o, "index", kd_view_trim(kd_buf_view(&b)));
}

/* ---- definitions ---- */

static void definitions(struct kd_out *o, const struct kd_source_answer *a)
{
	char at[64];

	for (size_t i = 0; i < a->ndefs; i++) {
		const struct kd_source_def *d = &a->defs[i];

		snprintf(at, sizeof(at), ":%u-%u", d->def.start, d->def.close);
		kd_out_puts(o, d->out ? "  - " : "  ? ");
		kd_text_clip_front(o, d->def.file, 70);
		kd_out_puts(o, at);
		kd_out_puts(o, "\n");
		if (d->note.n) {
			kd_text_pad(o, 6);
			kd_text_wrap(o, d->note, 6, 6);
		}
	}
}

/* ---- the body ---- */

/* Tabs become blanks, so that columns agree behind the numbers. */
static void code(struct kd_buf *b, struct kd_view line)
{
	size_t column = 0;

	kd_buf_clear(b);
	for (size_t i = 0; i < line.n; i++) {
		if (line.p[i] != '\t') {
			kd_buf_addc(b, line.p[i]);
			column += (line.p[i] & 0xc0) != 0x80;
			continue;
		}
		do
			kd_buf_addc(b, ' ');
		while (++column % TAB);
	}
}

static void one_line(struct kd_out *o, const struct kd_place *p, uint32_t n, struct kd_buf *b)
{
	bool marked = n == p->marked;
	char number[32];

	snprintf(number, sizeof(number), "%s%7u  ", marked ? ">" : " ", n);
	code(b, kd_place_line(p, n));
	if (marked)
		kd_style(o, KD_STYLE_BOLD);
	kd_out_puts(o, number);
	kd_text_clip(o, kd_buf_view(b), o->width > 12 ? o->width - 11 : 80);
	if (marked)
		kd_style(o, KD_STYLE_NONE);
	kd_out_puts(o, "\n");
}

static void left_out(struct kd_out *o, uint32_t n)
{
	if (n)
		kd_out_printf(o, "          … %u %s (--json has all)\n", n, plural(n, "line", "lines"));
}

static void body(struct kd_out *o, const struct kd_place *p)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(256 << 10);
	uint32_t first = p->first, last = p->last;

	if (last - first >= LINES_SHOWN) {
		if (p->marked > first + LINES_SHOWN / 2)
			first = p->marked - LINES_SHOWN / 2;
		if (last - first >= LINES_SHOWN)
			last = first + LINES_SHOWN - 1;
	}
	kd_out_puts(o, "\n");
	left_out(o, first - p->first);
	for (uint32_t n = first; n <= last; n++)
		one_line(o, p, n, &b);
	left_out(o, p->last - last);
}

static void title(struct kd_out *o, const struct kd_source_answer *a)
{
	const struct kd_place *p = &a->place;
	char lines[64];

	kd_style(o, KD_STYLE_BOLD);
	if (a->has_place) {
		struct kd_view name = p->body.name.n ? p->body.name : KD_V("no function");

		kd_out_text(o, p->path);
		snprintf(lines, sizeof(lines), ":%u  ", p->marked ? p->marked : p->first);
		kd_out_puts(o, lines);
		if (p->body.macro.n && p->body.arg.n) {
			kd_out_text(o, p->body.macro);
			kd_out_puts(o, "(");
			kd_out_text(o, p->body.arg);
			kd_out_puts(o, ", …)");
		} else {
			kd_out_text(o, name);
		}
	} else {
		kd_out_text(o, a->func.n ? a->func : KD_V("no function"));
	}
	kd_style(o, KD_STYLE_NONE);
	if (a->has_place) {
		snprintf(lines, sizeof(lines), ", lines %u to %u", p->first, p->last);
		kd_out_puts(o, lines);
	}
	kd_out_puts(o, "\n");
}

/* ---- callers, history, maintainers ---- */

static void callers(struct kd_out *o, const struct kd_source_answer *a)
{
	if (!a->files_looked && !a->files_left)
		return;
	heading(o, "MENTIONS");
	kd_out_printf(o, " by name, in %" PRIu64 " %s\n", a->files_looked,
		      plural(a->files_looked, "file that may hold it", "files that may hold it"));
	for (size_t i = 0; i < a->ncallers; i++) {
		const struct kd_source_caller *c = &a->callers[i];
		char line[32];

		snprintf(line, sizeof(line), ":%u ", c->line);
		kd_out_puts(o, "  ");
		kd_text_clip_front(o, c->file, 60);
		kd_out_puts(o, line);
		kd_out_puts(o, c->kind == KD_REF_CALL ? "" : kd_ref_kind_word(c->kind));
		kd_out_puts(o, c->kind == KD_REF_CALL || !c->in.n ? "" : " in ");
		kd_out_text(o, c->in);
		kd_out_puts(o, "\n      ");
		kd_text_clip(o, c->text, o->width > 20 ? o->width - 8 : 80);
		kd_out_puts(o, "\n");
	}
	if (a->callers_more)
		kd_out_printf(o, "  … and %" PRIu64 " more: --limit=N shows N\n", a->callers_more);
	if (a->files_left)
		kd_out_printf(o, "  … and %" PRIu64 " files that were not looked at\n", a->files_left);
}

static void commit(struct kd_out *o, const struct kd_commit_line *c)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(TEXT_MAX);

	kd_buf_printf(&b, "%.*s %.*s %.*s · %.*s", KD_VARG(kd_view_head(c->commit, 12)), KD_VARG(c->date),
		      KD_VARG(c->subject), KD_VARG(c->author));
	kd_text_wrap(o, kd_buf_view(&b), INDENT, INDENT);
}

static void history(struct kd_out *o, const struct kd_source_answer *a)
{
	if (a->history_why_not.n) {
		heading(o, "HISTORY");
		kd_out_puts(o, "\n");
		wrapped(o, "none", a->history_why_not);
	}
	if (!a->has_history)
		return;
	heading(o, "HISTORY");
	kd_out_puts(o, "\n");
	if (a->place.marked) {
		label(o, "the line");
		if (a->blame.found)
			commit(o, &a->blame.commit);
		else
			kd_out_puts(o, "not found in the time for it\n");
		if (a->blame.boundary)
			wrapped(o, "", KD_V("the repository's history begins there: the line may be older"));
	}
	for (size_t i = 0; i < a->ncommits; i++) {
		label(o, i ? "" : "function");
		commit(o, &a->commits[i]);
	}
	if (a->history_cut)
		wrapped(o, "", KD_V("the time was up: there may be more commits"));
}

static void maintainers(struct kd_out *o, const struct kd_source_answer *a)
{
	const struct kd_maint_answer *m = &a->maint;
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(TEXT_MAX);

	if (!a->has_place)
		return;
	heading(o, "MAINTAINERS");
	kd_out_puts(o, "\n");
	if (!a->has_maintainers)
		wrapped(o, "none", a->maintainers_why_not);
	for (size_t i = 0; i < m->nsections; i++) {
		const struct kd_maint_section *s = &m->sections[i];

		kd_buf_clear(&b);
		kd_buf_printf(&b, "%.*s", KD_VARG(s->title));
		if (s->status.n)
			kd_buf_printf(&b, " (%.*s)", KD_VARG(s->status));
		kd_buf_printf(&b, " by %c: %.*s", s->by, KD_VARG(s->pattern));
		wrapped(o, i ? "" : "section", kd_buf_view(&b));
	}
	for (size_t i = 0; i < m->naddresses; i++) {
		const struct kd_maint_address *x = &m->addresses[i];

		wrapped(o, x->role == 'M' ? "to" : x->role == 'R' ? "reviewer" : "list", x->address);
	}
	if (m->skipped) {
		kd_buf_clear(&b);
		kd_buf_printf(&b, "%zu %s not asked: %.*s", m->skipped,
			      plural(m->skipped, "pattern was", "patterns were"), KD_VARG(m->skipped_why));
		wrapped(o, "note", kd_buf_view(&b));
	}
}

/* ---- what to do next ---- */

static void command(struct kd_buf *b, const struct kd_source_answer *a)
{
	kd_buf_clear(b);
	kd_buf_add(b, KD_V("kdoc source "));
	if (a->func.n) {
		kd_text_shell(b, a->func);
		kd_buf_addc(b, ' ');
	}
	if (a->info->at.n) {
		kd_buf_add(b, KD_V("--at "));
		kd_text_shell(b, a->info->at);
		kd_buf_addc(b, ' ');
	}
	kd_buf_add(b, KD_V("--tree "));
	kd_text_shell(b, a->info->where);
}

static void next(struct kd_out *o, const struct kd_source_answer *a)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(TEXT_MAX);

	kd_out_puts(o, "\n");
	command(&b, a);
	if (!a->has_place && a->ndefs) {
		kd_buf_add(&b, KD_V(" --file "));
		kd_text_shell(&b, a->defs[0].def.file);
		kd_text_next(o, true, kd_buf_view(&b), "one of them");
	} else if (a->has_place) {
		kd_buf_add(&b, KD_V(" --file "));
		kd_text_shell(&b, a->place.path);
		kd_buf_add(&b, a->info->kind == KD_TREE_GIT ? KD_V(" --callers --history") : KD_V(" --callers"));
		kd_text_next(o, true, kd_buf_view(&b), "who calls it");
	} else {
		kd_text_next(o, true, KD_V("kdoc help source"), "how trees and releases are given");
	}
}

void kd_render_source_text(struct kd_out *o, const struct kd_source_answer *a)
{
	title(o, a);
	tree(o, a);
	index_notes(o, a);
	if (a->choice.n && !(a->has_place && a->ndefs <= 1))
		wrapped(o, a->has_place ? "chosen" : "answer", a->choice);
	if (a->has_place && a->place.warning.n)
		wrapped(o, "careful", a->place.warning);
	if (a->compiled == KD_COMPILED_OTHER)
		wrapped(o, "careful", KD_V("this tree's file is not the one that was compiled: the MD5 in the debug info is another; "
					   "lines may be others"));
	else if (a->compiled == KD_COMPILED_SAME)
		wrapped(o, "compiled", KD_V("this very file: the MD5 in the debug info is the same"));
	else if (a->compiled == KD_COMPILED_UNKNOWN)
		wrapped(o, "compiled", KD_V("not known: the debug info has no MD5 of this file"));
	if (a->has_evidence)
		wrapped(o, "evidence", kd_view_of(a->evidence.id));
	if (a->ndefs > 1 || (a->ndefs && !a->has_place))
		definitions(o, a);
	if (a->has_place)
		body(o, &a->place);
	callers(o, a);
	history(o, a);
	maintainers(o, a);
	next(o, a);
}

void kd_render_source_row(struct kd_out *o, struct kd_view name, const struct kd_srcindex_def *d)
{
	char lines[64];

	kd_out_text(o, name);
	kd_out_puts(o, "\t");
	kd_out_text(o, d->file);
	snprintf(lines, sizeof(lines), "\t%u\t%u\t%u\n", d->start, d->line, d->close);
	kd_out_puts(o, lines);
}
