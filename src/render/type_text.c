// SPDX-License-Identifier: GPL-2.0-or-later
#include <inttypes.h>
#include <stdio.h>

#include "render/text.h"
#include "render/type.h"

enum { OFF_COLUMNS = 10, SIZE_COLUMNS = 8 };

/* "0x28" or "0x28.3" for the bit within, right-aligned. */
static void columns(struct kd_out *o, uint64_t off, int bit, const char *size)
{
	char text[32];

	if (bit < 0)
		snprintf(text, sizeof(text), "0x%" PRIx64, off);
	else
		snprintf(text, sizeof(text), "0x%" PRIx64 ".%d", off, bit);
	kd_out_printf(o, "%*s%*s  ", OFF_COLUMNS, text, SIZE_COLUMNS, size);
}

static void bits_words(char *buf, size_t n, uint64_t bytes, unsigned bits)
{
	if (!bits)
		snprintf(buf, n, "%" PRIu64 " byte%s", bytes, bytes == 1 ? "" : "s");
	else if (!bytes)
		snprintf(buf, n, "%u bit%s", bits, bits == 1 ? "" : "s");
	else
		snprintf(buf, n, "%" PRIu64 " byte%s and %u bit%s", bytes, bytes == 1 ? "" : "s", bits,
			 bits == 1 ? "" : "s");
}

static void note(struct kd_out *o, unsigned depth, const char *what, const struct kd_layout_row *r)
{
	char words[64];

	bits_words(words, sizeof(words), r->size, r->bits);
	kd_text_pad(o, OFF_COLUMNS + SIZE_COLUMNS + 2 + (size_t)4 * depth);
	kd_style(o, KD_STYLE_DIM);
	kd_out_printf(o, "(%s: %s)", what, words);
	kd_style(o, KD_STYLE_NONE);
	kd_out_puts(o, "\n");
}

static void line_note(struct kd_out *o, const struct kd_layout_row *r)
{
	char text[96];

	snprintf(text, sizeof(text), "-- cache line at 0x%" PRIx64, r->off);
	kd_style(o, KD_STYLE_DIM);
	kd_text_pad(o, OFF_COLUMNS + SIZE_COLUMNS + 2);
	kd_out_puts(o, text);
	if (r->size)
		kd_out_printf(o, ", %" PRIu64 " bytes before this", r->size);
	kd_out_puts(o, " --");
	kd_style(o, KD_STYLE_NONE);
	kd_out_puts(o, "\n");
}

static void row(struct kd_out *o, const struct kd_layout_row *r)
{
	char size[32];

	switch ((enum kd_layout_what)r->what) {
	case KD_LAYOUT_HOLE:
		note(o, r->depth, "hole", r);
		return;
	case KD_LAYOUT_PADDING:
		note(o, r->depth, "padding", r);
		return;
	case KD_LAYOUT_LINE:
		line_note(o, r);
		return;
	case KD_LAYOUT_CLOSE:
		kd_text_pad(o, OFF_COLUMNS + SIZE_COLUMNS + 2 + (size_t)4 * r->depth);
		kd_out_puts(o, r->decl.n ? "} " : "}");
		break;
	case KD_LAYOUT_MEMBER:
	case KD_LAYOUT_OPEN:
	default:
		snprintf(size, sizeof(size), "%" PRIu64, r->size);
		if (r->bits)
			snprintf(size, sizeof(size), "%u bit%s", r->bits, r->bits == 1 ? "" : "s");
		columns(o, r->off, r->bits ? r->bit : -1, size);
		kd_text_pad(o, (size_t)4 * r->depth);
		break;
	}
	kd_out_text(o, r->decl);
	if (r->bits)
		kd_out_printf(o, ":%u", r->bits);
	kd_out_puts(o, r->what == KD_LAYOUT_OPEN ? " {\n" : "\n");
}

static void layout(struct kd_out *o, const struct kd_layout *l)
{
	char words[64];

	kd_out_printf(o, "%*s%*s  member\n", OFF_COLUMNS, "offset", SIZE_COLUMNS, "size");
	for (size_t i = 0; i < l->nrows; i++)
		row(o, &l->rows[i]);
	kd_out_printf(o, "  %u member%s", l->members, l->members == 1 ? "" : "s");
	if (l->hole_bits) {
		bits_words(words, sizeof(words), l->hole_bits / 8, l->hole_bits % 8);
		kd_out_printf(o, ", %s in holes", words);
	}
	if (l->padding_bits) {
		bits_words(words, sizeof(words), l->padding_bits / 8, l->padding_bits % 8);
		kd_out_printf(o, ", %s of padding at the end", words);
	}
	kd_out_printf(o, ", %" PRIu64 " cache line%s\n", (l->size + l->line_size - 1) / l->line_size,
		      l->size > l->line_size ? "s" : "");
	if (l->limited)
		kd_out_puts(o, "  (cut: it has more members, or contains itself)\n");
}

static void enumerators(struct kd_out *o, const struct kd_btf *btf, uint32_t id)
{
	struct kd_btf_type t;

	if (!kd_btf_type(btf, id, &t))
		return;
	for (uint32_t i = 0; i < t.n; i++) {
		const struct kd_btf_enumerator e = kd_btf_enumerator(btf, &t, i);
		char value[32];

		if (t.flag)
			snprintf(value, sizeof(value), "%" PRId64, (int64_t)e.value);
		else
			snprintf(value, sizeof(value), "%" PRIu64, e.value);
		kd_out_printf(o, "%*s  ", OFF_COLUMNS + SIZE_COLUMNS, value);
		kd_out_text(o, e.name);
		kd_out_puts(o, "\n");
	}
}

/* --- offsets ------------------------------------------------------------------------------------- */

const char *kd_reading_how_name(enum kd_reading_how how)
{
	static const char *const names[] = {"exact", "part", "across", "bits", "padding", "beyond", "before"};

	return names[how];
}

static void full_path(struct kd_out *o, const struct kd_type_answer *a, const struct kd_type_reading *r)
{
	kd_out_text(o, a->name);
	kd_out_text(o, a->path);
	if (r->path.n && r->path.p[0] != '[')
		kd_out_puts(o, ".");
	kd_out_text(o, r->path);
}

static void outside(struct kd_out *o, const struct kd_type_match *m, const struct kd_type_reading *r)
{
	if (r->how == KD_READ_BEFORE) {
		kd_out_printf(o, "%" PRIu64 " byte%s in front of ", r->part, r->part == 1 ? "" : "s");
		kd_out_text(o, m->shown_decl);
		kd_out_puts(o, ": of what it lies in, if it lies in something\n");
		return;
	}
	kd_out_printf(o, "beyond the end by 0x%" PRIx64 ": ", r->part - m->size);
	kd_out_text(o, m->shown_decl);
	kd_out_printf(o, " has %" PRIu64 " bytes\n", m->size);
}

static void in_padding(struct kd_out *o, const struct kd_type_answer *a, const struct kd_type_reading *r)
{
	kd_out_puts(o, "no member of ");
	full_path(o, a, r);
	kd_out_printf(o, ": %s of %" PRIu64 " byte%s", r->before.p ? "a hole" : "padding", r->size,
		      r->size == 1 ? "" : "s");
	if (r->after.p) {
		kd_out_puts(o, r->before.p ? " between " : " behind ");
		kd_out_text(o, r->after);
	}
	if (r->before.p) {
		kd_out_puts(o, r->after.p ? " and " : " before ");
		kd_out_text(o, r->before);
	}
	kd_out_puts(o, "\n");
}

static void reading(struct kd_out *o, const struct kd_type_answer *a, const struct kd_type_match *m,
		    const struct kd_type_place *p, size_t i)
{
	const struct kd_type_reading *r = &p->r.v[i];

	kd_out_puts(o, "  ");
	if (r->how == KD_READ_BEYOND || r->how == KD_READ_BEFORE) {
		outside(o, m, r);
		return;
	}
	if (r->how == KD_READ_PADDING) {
		in_padding(o, a, r);
		return;
	}
	full_path(o, a, r);
	kd_out_puts(o, "   ");
	kd_style(o, KD_STYLE_DIM);
	kd_out_text(o, p->decl[i]);
	if (r->how == KD_READ_BITS)
		kd_out_printf(o, ", bit field: %u bit%s from bit %" PRIu64, r->bits, r->bits == 1 ? "" : "s",
			      r->bit_off - 8 * r->off);
	else
		kd_out_printf(o, ", %" PRIu64 " byte%s at 0x%" PRIx64, r->size, r->size == 1 ? "" : "s", r->off);
	if (r->how == KD_READ_PART)
		kd_out_printf(o, "; byte %" PRIu64 " of it", r->part);
	if (r->how == KD_READ_ACROSS)
		kd_out_puts(o, "; the access reaches out of it");
	if (r->flexible)
		kd_out_puts(o, "; in the array at the end, which has no length");
	kd_style(o, KD_STYLE_NONE);
	kd_out_puts(o, "\n");
}

static void containers(struct kd_out *o, const struct kd_type_place *p)
{
	if (!p->around)
		return;
	if (!p->total_around)
		kd_out_puts(o, "  nothing contains it so far from its beginning\n");
	for (size_t i = 0; i < p->naround; i++) {
		const struct kd_container *c = &p->around[i];

		kd_out_puts(o, "  maybe in ");
		kd_out_text(o, p->around_decl[i]);
		kd_out_puts(o, " as ");
		kd_out_text(o, c->path);
		kd_out_printf(o, ": the access is at 0x%" PRIx64 " there\n", c->off - (uint64_t)-p->at.off);
	}
	if (p->naround < p->total_around)
		kd_out_printf(o, "  (and %zu more)\n", p->total_around - p->naround);
}

static void place(struct kd_out *o, const struct kd_type_answer *a, const struct kd_type_match *m,
		  const struct kd_type_place *p)
{
	const uint64_t abs = p->at.off < 0 ? -(uint64_t)p->at.off : (uint64_t)p->at.off;

	kd_style(o, KD_STYLE_BOLD);
	kd_out_printf(o, "%s0x%" PRIx64, p->at.off < 0 ? "-" : "", abs);
	if (p->at.width)
		kd_out_printf(o, ", %" PRIu64 " byte%s", p->at.width, p->at.width == 1 ? "" : "s");
	kd_style(o, KD_STYLE_NONE);
	kd_out_puts(o, "\n");
	for (size_t i = 0; i < p->r.n; i++)
		reading(o, a, m, p, i);
	if (p->r.beyond)
		kd_out_printf(o, "  %" PRIu64 " byte%s of the access lie beyond the end\n", p->r.beyond,
			      p->r.beyond == 1 ? "" : "s");
	if (p->r.limited)
		kd_out_puts(o, "  (and more)\n");
	containers(o, p);
}

/* --- all ------------------------------------------------------------------------------------------ */

static void headline(struct kd_out *o, const struct kd_type_answer *a, const struct kd_type_match *m)
{
	kd_style(o, KD_STYLE_BOLD);
	kd_out_text(o, m->decl);
	kd_out_text(o, m->has_member ? a->path : KD_VNULL);
	kd_style(o, KD_STYLE_NONE);
	if (m->has_member) {
		kd_out_printf(o, ", offset 0x%" PRIx64, m->member.bit_off / 8);
		if (m->member.bits)
			kd_out_printf(o, ", %u bit%s from bit %" PRIu64, m->member.bits,
				      m->member.bits == 1 ? "" : "s", m->member.bit_off % 8);
	}
	if (m->has_size && !m->member.bits)
		kd_out_printf(o, ", %" PRIu64 " byte%s", m->size, m->size == 1 ? "" : "s");
	if (m->has_member) {
		kd_out_puts(o, ", ");
		kd_out_text(o, m->member_decl);
	} else if (m->t.kind == KD_BTF_TYPEDEF) {
		kd_out_puts(o, ", typedef of ");
		kd_out_text(o, m->shown_decl);
	}
	kd_out_puts(o, "\n");
}

static void match(struct kd_out *o, const struct kd_type_answer *a, const struct kd_type_match *m)
{
	if (m->no_member.n) {
		kd_out_text(o, m->no_member);
		kd_out_puts(o, "\n");
		return;
	}
	headline(o, a, m);
	for (size_t i = 0; i < m->nplaces; i++)
		place(o, a, m, &m->places[i]);
	if (m->nplaces)
		return;
	if (m->shown_kind == KD_BTF_STRUCT || m->shown_kind == KD_BTF_UNION)
		layout(o, &m->layout);
	else if (m->shown_kind == KD_BTF_ENUM || m->shown_kind == KD_BTF_ENUM64)
		enumerators(o, kd_types_btf(a->source->types), m->shown);
}

static void source(struct kd_out *o, const struct kd_type_answer *a)
{
	kd_style(o, KD_STYLE_DIM);
	kd_out_puts(o, "types: ");
	if (a->running)
		kd_out_puts(o, "the kernel that runs here, ");
	kd_out_text(o, a->input);
	kd_out_printf(o, " (%s, %" PRIu64 " types", a->source->how, a->source->own);
	if (a->base.n) {
		kd_out_puts(o, ", on top of ");
		kd_out_text(o, a->base);
	}
	kd_out_puts(o, ")\n");
	kd_style(o, KD_STYLE_NONE);
}

static void next(struct kd_out *o, const struct kd_type_answer *a)
{
	bool nested = false;

	for (size_t i = 0; i < a->n; i++)
		nested |= a->v[i].layout.closed && !a->v[i].nplaces;
	if (!nested || a->expand)
		return;
	kd_out_puts(o, "\nnext: ");
	kd_style(o, KD_STYLE_CMD);
	kd_out_puts(o, "kdoc type --expand ");
	if (a->file_arg.n) {
		kd_out_puts(o, "--btf ");
		kd_out_text(o, a->file_arg);
		kd_out_puts(o, " ");
	}
	if (a->base_arg.n) {
		kd_out_puts(o, "--base ");
		kd_out_text(o, a->base_arg);
		kd_out_puts(o, " ");
	}
	kd_out_text(o, a->arg);
	kd_style(o, KD_STYLE_NONE);
	kd_out_puts(o, "\n");
}

void kd_render_type_text(struct kd_out *o, const struct kd_type_answer *a)
{
	source(o, a);
	if (!a->total) {
		kd_out_puts(o, "no type is called '");
		kd_out_text(o, a->kind_word);
		kd_out_text(o, a->name);
		kd_out_puts(o, "'");
		if (a->nearest.n) {
			kd_out_puts(o, "; there is '");
			kd_out_text(o, a->nearest);
			kd_out_puts(o, "'");
		}
		kd_out_puts(o, "\n");
		return;
	}
	if (a->total > 1)
		kd_out_printf(o, "%zu types have this name:\n", a->total);
	for (size_t i = 0; i < a->n; i++) {
		if (i)
			kd_out_puts(o, "\n");
		match(o, a, &a->v[i]);
	}
	if (a->n < a->total)
		kd_out_printf(o, "(and %zu more of this name)\n", a->total - a->n);
	next(o, a);
}
