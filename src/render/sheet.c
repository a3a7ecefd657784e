// SPDX-License-Identifier: GPL-2.0-or-later
#include "render/sheet.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "render/casepage.h"
#include "render/head.h"
#include "render/text.h"

enum { GAP = 2, INDENT = 2, LABEL = 8, FOLDED = 8 /* where a row goes on in another line */, DEPTH = 64 };

static void say_span(struct kd_buf *b, uint64_t ns)
{
	const uint64_t s = ns / 1000000000;

	if (s >= 86400)
		kd_buf_printf(b, "%" PRIu64 " d %02" PRIu64 ":%02" PRIu64 ":%02" PRIu64, s / 86400, s / 3600 % 24, s / 60 % 60, s % 60);
	else if (s >= 3600)
		kd_buf_printf(b, "%" PRIu64 ":%02" PRIu64 ":%02" PRIu64, s / 3600, s / 60 % 60, s % 60);
	else if (s)
		kd_buf_printf(b, "%" PRIu64 ".%03" PRIu64 " s", s, ns / 1000000 % 1000);
	else
		kd_buf_printf(b, "%" PRIu64 ".%03" PRIu64 " ms", ns / 1000000, ns / 1000 % 1000);
}

static void say_value(struct kd_buf *b, const struct kd_cell *c)
{
	char text[KD_TEXT_NUM];

	switch (c->kind) {
	case KD_CELL_INT:
		kd_buf_printf(b, "%" PRId64, c->i);
		break;
	case KD_CELL_UINT:
		kd_buf_printf(b, "%" PRIu64, c->u);
		break;
	case KD_CELL_HEX:
		kd_buf_printf(b, "0x%" PRIx64, c->u);
		break;
	case KD_CELL_BYTES:
		kd_buf_printf(b, "%s", kd_text_bytes(c->u, text));
		break;
	case KD_CELL_NSEC:
		say_span(b, c->u);
		break;
	case KD_CELL_BOOL:
		kd_buf_printf(b, "%s", c->u ? "yes" : "no");
		break;
	default:
		break;
	}
}

/* The text of a cell: "-" for what is not known, '?' behind what is guessed. */
static void say_cell(struct kd_buf *b, const struct kd_cell *c)
{
	if (c->kind == KD_CELL_NONE) {
		kd_buf_addc(b, '-');
	} else if (c->kind == KD_CELL_TEXT) {
		kd_buf_add(b, c->text);
	} else {
		say_value(b, c);
		if (c->text.n) {
			kd_buf_add(b, KD_V(" "));
			kd_buf_add(b, c->text);
		}
	}
	if (c->guessed)
		kd_buf_addc(b, '?');
}

static bool to_the_right(const struct kd_cell *c)
{
	return c->kind != KD_CELL_TEXT && c->kind != KD_CELL_NONE && !c->text.n;
}

/* --- text: fields ------------------------------------------------------------------------------------ */

static size_t fields_width(const struct kd_sheet *s, size_t i)
{
	size_t width = 0;

	for (; i < s->block.n && s->block.v[i].kind == KD_BLOCK_FIELD; i++) {
		const size_t n = s->block.v[i].title ? strlen(s->block.v[i].title) : 0;

		width = n > width ? n : width;
	}
	return width;
}

static void field_text(struct kd_out *o, const struct kd_block *f, size_t width)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT((size_t)1 << 20);

	if (!f->title)
		return;
	kd_text_pad(o, INDENT + width - strlen(f->title));
	kd_style(o, KD_STYLE_DIM);
	kd_out_printf(o, "%s: ", f->title);
	kd_style(o, KD_STYLE_NONE);
	if (f->cell.kind == KD_CELL_NONE) {
		kd_buf_add(&b, KD_V("not known"));
		if (f->cell.text.n) {
			kd_buf_add(&b, KD_V(": "));
			kd_buf_add(&b, f->cell.text);
		}
	} else {
		say_cell(&b, &f->cell);
	}
	kd_text_wrap(o, kd_buf_view(&b), INDENT + width + 2, INDENT + width + 2);
}

/* --- text: tables ------------------------------------------------------------------------------------ */

struct shape {
	size_t width[KD_COLUMNS_MAX];
	bool right[KD_COLUMNS_MAX], shown[KD_COLUMNS_MAX]; /* shown: it has a title, and any cell has text */
	bool breaks[KD_COLUMNS_MAX]; /* it begins another line: the row is wider than the terminal */
	size_t gap; /* blanks in front of the next cell */
};

static void measure_cell(struct shape *sh, size_t i, const struct kd_cell *c, struct kd_buf *b)
{
	size_t n;

	kd_buf_clear(b);
	say_cell(b, c);
	n = kd_text_width(kd_buf_view(b));
	sh->shown[i] |= n != 0;
	sh->width[i] = n > sh->width[i] ? n : sh->width[i];
	if (c->kind != KD_CELL_NONE && !to_the_right(c))
		sh->right[i] = false;
}

/* false: no column has a title, it is for JSON alone. */
static bool measure(const struct kd_table *t, struct shape *sh, struct kd_buf *b)
{
	bool any = false;

	*sh = (struct shape){.gap = 0};
	for (size_t i = 0; i < t->ncolumns; i++) {
		sh->right[i] = true;
		if (t->column[i].title) {
			sh->width[i] = strlen(t->column[i].title);
			any = true;
		}
	}
	for (size_t r = 0; r < t->row.n; r++)
		for (size_t i = 0; i < t->ncolumns; i++)
			if (t->column[i].title)
				measure_cell(sh, i, &t->row.v[r][i], b);
	return any;
}

static void put_cell(struct kd_out *o, struct shape *sh, size_t i, struct kd_view v)
{
	const size_t n = kd_text_width(v), pad = sh->width[i] > n ? sh->width[i] - n : 0;

	kd_text_pad(o, sh->gap + (sh->right[i] ? pad : 0));
	kd_out_text(o, v);
	sh->gap = GAP + (sh->right[i] ? 0 : pad); /* blanks at the end of a line are never written */
}

/* A row that does not fit goes on in the next line, further in; no column is left out. */
static void fold(const struct kd_out *o, const struct kd_table *t, struct shape *sh)
{
	size_t at = INDENT;

	for (size_t i = 0; i < t->ncolumns; i++) {
		if (!sh->shown[i])
			continue;
		sh->breaks[i] = at > FOLDED && at + sh->width[i] > o->width;
		at = (sh->breaks[i] ? FOLDED : at) + sh->width[i] + GAP;
	}
}

static bool rest_has_text(const struct shape *sh, const struct kd_table *t, const struct kd_cell *row, size_t i, struct kd_buf *b)
{
	kd_buf_clear(b);
	for (; i < t->ncolumns; i++)
		if (sh->shown[i])
			say_cell(b, &row[i]);
	return b->n > 0;
}

static void put_row(struct kd_out *o, struct shape *sh, const struct kd_table *t, const struct kd_cell *row, struct kd_buf *b)
{
	sh->gap = INDENT;
	for (size_t i = 0; i < t->ncolumns; i++) {
		if (!sh->shown[i])
			continue;
		if (sh->breaks[i] && row && !rest_has_text(sh, t, row, i, b))
			break;
		if (sh->breaks[i]) {
			kd_out_puts(o, "\n");
			sh->gap = FOLDED;
		}
		kd_buf_clear(b);
		if (row)
			say_cell(b, &row[i]);
		else
			kd_buf_add(b, kd_view_of(t->column[i].title));
		if (b->n)
			put_cell(o, sh, i, kd_buf_view(b));
		else
			sh->gap += sh->width[i] + GAP;
	}
	kd_out_puts(o, "\n");
}

static void table_text(struct kd_out *o, const struct kd_table *t)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT((size_t)1 << 20);
	char total[KD_TEXT_NUM];
	struct shape sh;

	if (!measure(t, &sh, &b) || !t->total)
		return;
	fold(o, t, &sh);
	if (t->title) {
		kd_out_puts(o, "\n");
		kd_style(o, KD_STYLE_BOLD);
		kd_out_printf(o, "%s\n", t->title);
		kd_style(o, KD_STYLE_NONE);
	}
	kd_style(o, KD_STYLE_DIM);
	put_row(o, &sh, t, NULL, &b);
	kd_style(o, KD_STYLE_NONE);
	for (size_t r = 0; r < t->row.n; r++)
		put_row(o, &sh, t, t->row.v[r], &b);
	if (t->row.n < t->total) {
		kd_out_printf(o, "  %zu of %s rows, from number %" PRIu64, t->row.n, kd_text_count(t->total, total), t->offset);
		if (t->offset + t->row.n < t->total)
			kd_out_printf(o, "; the next ones: --offset=%" PRIu64, t->offset + t->row.n);
		kd_out_puts(o, "\n");
	}
}

/* --- text: trees ------------------------------------------------------------------------------------- */

static void node_text(struct kd_out *o, const struct kd_node *n, unsigned depth);

static void parts_text(struct kd_out *o, const struct kd_node *n, unsigned depth)
{
	kd_out_puts(o, "{\n");
	for (const struct kd_node *c = n->child; c; c = c->next)
		node_text(o, c, depth + 1);
	if (n->more) {
		kd_text_pad(o, INDENT * (depth + 1));
		kd_out_printf(o, "… %" PRIu64 " more\n", n->more);
	}
	kd_text_pad(o, INDENT * depth);
	kd_out_puts(o, "}");
}

static void node_text(struct kd_out *o, const struct kd_node *n, unsigned depth)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT((size_t)1 << 20);

	kd_text_pad(o, INDENT * depth);
	if (n->name.n) {
		kd_out_text(o, n->name);
		kd_out_puts(o, " = ");
	}
	if (n->type.n && (!n->name.n || depth == 0)) {
		kd_style(o, KD_STYLE_DIM);
		kd_out_puts(o, "(");
		kd_out_text(o, n->type);
		kd_out_puts(o, ") ");
		kd_style(o, KD_STYLE_NONE);
	}
	if (n->braces && depth < DEPTH) {
		parts_text(o, n, depth);
	} else if (n->value.kind == KD_CELL_NONE) {
		kd_out_puts(o, "?");
	} else {
		say_cell(&b, &n->value);
		kd_out_text(o, kd_buf_view(&b));
	}
	if (depth)
		kd_out_puts(o, ",");
	if (!n->braces && n->value.kind == KD_CELL_NONE && n->value.text.n) {
		kd_out_puts(o, "  // ");
		kd_out_text(o, n->value.text);
	}
	kd_out_puts(o, "\n");
}

/* --- text: the whole --------------------------------------------------------------------------------- */

static const char *const statuses[] = {
	[KD_STATEMENT_HYPOTHESIS] = "hypothesis",
	[KD_STATEMENT_SUPPORTED] = "supported",
	[KD_STATEMENT_VERIFIED] = "verified",
};

static void statement_text(struct kd_out *o, const struct kd_assertion *st)
{
	kd_out_puts(o, "* ");
	kd_text_wrap(o, st->text, 2, 2);
	for (size_t i = 0; i < st->proof.n; i++) {
		const struct kd_proof *p = &st->proof.v[i];

		kd_style(o, KD_STYLE_DIM);
		kd_out_printf(o, "    0x%" PRIx64 "+%" PRIu64, p->addr, p->size);
		if (p->size <= 8)
			kd_out_printf(o, " = 0x%" PRIx64, p->value);
		kd_out_puts(o, "  ");
		kd_out_text(o, p->what);
		if (p->id.n) {
			kd_out_puts(o, "  ");
			kd_out_text(o, p->id);
		}
		kd_style(o, KD_STYLE_NONE);
		kd_out_puts(o, "\n");
	}
	kd_out_printf(o, "    (%s)\n", statuses[st->status]);
}

static void item_text(struct kd_out *o, const struct kd_block *b)
{
	const size_t at = INDENT + LABEL;

	if (!b->title) {
		kd_text_wrap(o, b->text, 0, INDENT);
		return;
	}
	kd_text_pad(o, INDENT);
	kd_style(o, KD_STYLE_DIM);
	kd_out_printf(o, "%-*s", LABEL, b->title);
	kd_style(o, KD_STYLE_NONE);
	kd_text_wrap(o, b->text, at, at);
}

static void block_text(struct kd_out *o, const struct kd_sheet *s, size_t i, size_t *width)
{
	const struct kd_block *b = &s->block.v[i];

	switch (b->kind) {
	case KD_BLOCK_SAY:
		kd_text_wrap(o, b->text, 0, 0);
		break;
	case KD_BLOCK_ITEM:
		item_text(o, b);
		break;
	case KD_BLOCK_HEAD:
		if (i)
			kd_out_puts(o, "\n");
		kd_style(o, KD_STYLE_BOLD);
		kd_out_text(o, b->text);
		kd_style(o, KD_STYLE_NONE);
		kd_out_puts(o, "\n");
		break;
	case KD_BLOCK_FIELD:
		if (!i || s->block.v[i - 1].kind != KD_BLOCK_FIELD)
			*width = fields_width(s, i);
		field_text(o, b, *width);
		break;
	case KD_BLOCK_TABLE:
		table_text(o, b->table);
		break;
	case KD_BLOCK_TREE:
		node_text(o, b->node, 0);
		break;
	case KD_BLOCK_LINE:
		kd_out_text(o, b->text);
		kd_out_puts(o, "\n");
		break;
	default:
		statement_text(o, b->statement);
	}
}

void kd_render_sheet_text(struct kd_out *o, const struct kd_sheet *s)
{
	size_t width = 0;

	for (size_t i = 0; i < s->block.n; i++)
		block_text(o, s, i, &width);
	if (s->full)
		kd_out_puts(o, "the answer is larger than its room: the rest is missing (see --limit and --offset)\n");
	if (s->note.n)
		kd_out_puts(o, "\n");
	for (size_t i = 0; i < s->note.n; i++) {
		kd_out_puts(o, "note: ");
		kd_text_wrap(o, s->note.v[i], 6, 6);
	}
	if (s->next.n)
		kd_out_puts(o, "\n");
	for (size_t i = 0; i < s->next.n; i++)
		kd_text_next(o, i == 0, s->next.v[i], NULL);
}

/* --- JSON -------------------------------------------------------------------------------------------- */

static void suffixed(struct kd_json *j, const char *key, const char *suffix)
{
	char name[128];
	const int n = snprintf(name, sizeof(name), "%s_%s", key, suffix);

	kd_json_key_view(j, kd_view(name, n > 0 && (size_t)n < sizeof(name) ? (size_t)n : 0));
}

static void cell_value_json(struct kd_json *j, const struct kd_cell *c)
{
	switch (c->kind) {
	case KD_CELL_TEXT:
		kd_json_str(j, c->text);
		break;
	case KD_CELL_INT:
		kd_json_i64(j, c->i);
		break;
	case KD_CELL_UINT:
	case KD_CELL_BYTES:
	case KD_CELL_NSEC:
		kd_json_u64(j, c->u);
		break;
	case KD_CELL_HEX:
		kd_json_hex64(j, c->u);
		break;
	case KD_CELL_BOOL:
		kd_json_bool(j, c->u != 0);
		break;
	default:
		kd_json_null(j);
	}
}

static void cell_json(struct kd_json *j, const char *key, const struct kd_cell *c)
{
	kd_json_key(j, key);
	cell_value_json(j, c);
	if (c->kind == KD_CELL_NONE && c->text.n) {
		suffixed(j, key, "problem");
		kd_json_str(j, c->text);
	} else if (c->kind != KD_CELL_TEXT && c->kind != KD_CELL_NONE && c->text.n) {
		suffixed(j, key, "text");
		kd_json_str(j, c->text);
	}
	if (c->guessed) {
		suffixed(j, key, "guessed");
		kd_json_bool(j, true);
	}
}

static void table_json(struct kd_json *j, const struct kd_table *t)
{
	kd_json_key(j, t->key);
	kd_json_begin_object(j);
	kd_json_kv_u64(j, "total", t->total);
	kd_json_kv_u64(j, "offset", t->offset);
	kd_json_key(j, "rows");
	kd_json_begin_array(j);
	for (size_t r = 0; r < t->row.n; r++) {
		kd_json_begin_object(j);
		for (size_t i = 0; i < t->ncolumns; i++)
			cell_json(j, t->column[i].key, &t->row.v[r][i]);
		kd_json_end_object(j);
	}
	kd_json_end_array(j);
	kd_json_end_object(j);
}

static void node_json(struct kd_json *j, const struct kd_node *n, unsigned depth)
{
	kd_json_begin_object(j);
	if (n->name.n)
		kd_json_kv_str(j, "name", n->name);
	if (n->type.n)
		kd_json_kv_str(j, "type", n->type);
	if (n->has_addr)
		kd_json_kv_hex(j, "address", n->addr);
	if (n->braces && 2 * depth + 8 < KD_JSON_DEPTH) {
		kd_json_key(j, "parts");
		kd_json_begin_array(j);
		for (const struct kd_node *c = n->child; c; c = c->next)
			node_json(j, c, depth + 1);
		kd_json_end_array(j);
		if (n->more)
			kd_json_kv_u64(j, "more", n->more);
	} else {
		cell_json(j, "value", &n->value);
	}
	kd_json_end_object(j);
}

static void statement_json(struct kd_json *j, const struct kd_assertion *st)
{
	kd_json_begin_object(j);
	kd_json_kv_str(j, "text", st->text);
	kd_json_kv_strz(j, "status", statuses[st->status]);
	kd_json_key(j, "evidence");
	kd_json_begin_array(j);
	for (size_t i = 0; i < st->proof.n; i++) {
		const struct kd_proof *p = &st->proof.v[i];

		kd_json_begin_object(j);
		if (p->id.n)
			kd_json_kv_str(j, "id", p->id);
		if (p->locator.n)
			kd_json_kv_str(j, "locator", p->locator);
		if (p->digest.n)
			kd_json_kv_str(j, "sha256", p->digest);
		kd_json_kv_hex(j, "address", p->addr);
		kd_json_kv_u64(j, "size", p->size);
		if (p->size <= 8)
			kd_json_kv_hex(j, "value", p->value);
		kd_json_kv_str(j, "what", p->what);
		kd_json_end_object(j);
	}
	kd_json_end_array(j);
	kd_json_end_object(j);
}

/* Is it the first block with its key? */
static bool is_first(const struct kd_sheet *s, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (s->block.v[k].kind == s->block.v[i].kind && s->block.v[k].key && !strcmp(s->block.v[k].key, s->block.v[i].key))
			return false;
	return true;
}

/* All blocks of a kind, with this key if it is not NULL, as an array. */
static void gather_json(struct kd_json *j, const struct kd_sheet *s, const char *name, enum kd_block_kind kind, const char *key)
{
	bool any = false;

	for (size_t i = 0; i < s->block.n; i++) {
		const struct kd_block *b = &s->block.v[i];

		if (b->kind != kind || (key && (!b->key || strcmp(b->key, key) != 0)))
			continue;
		if (!any) {
			kd_json_key(j, name);
			kd_json_begin_array(j);
		}
		any = true;
		if (kind == KD_BLOCK_STATEMENT)
			statement_json(j, b->statement);
		else if (kind == KD_BLOCK_TREE)
			node_json(j, b->node, 0);
		else
			kd_json_str(j, b->text);
	}
	if (any)
		kd_json_end_array(j);
}

static void views_json(struct kd_json *j, const char *key, const struct kd_views *v)
{
	if (!v->n)
		return;
	kd_json_key(j, key);
	kd_json_begin_array(j);
	for (size_t i = 0; i < v->n; i++)
		kd_json_str(j, v->v[i]);
	kd_json_end_array(j);
}

static void members_json(struct kd_json *j, const struct kd_sheet *s)
{
	const char *last_key = NULL;

	gather_json(j, s, "answer", KD_BLOCK_SAY, NULL);
	for (size_t i = 0; i < s->block.n; i++) {
		const struct kd_block *b = &s->block.v[i];

		if (b->kind == KD_BLOCK_FIELD)
			cell_json(j, b->key, &b->cell);
		else if (b->kind == KD_BLOCK_TABLE)
			table_json(j, b->table);
		else if ((b->kind == KD_BLOCK_LINE || b->kind == KD_BLOCK_TREE) && b->key && b->key != last_key && is_first(s, i))
			gather_json(j, s, b->key, b->kind, b->key);
		last_key = b->key;
	}
	gather_json(j, s, "statements", KD_BLOCK_STATEMENT, NULL);
	views_json(j, "notes", &s->note);
	views_json(j, "next", &s->next);
	if (s->full)
		kd_json_kv_bool(j, "cut", true);
}

void kd_render_sheet_json(struct kd_json *j, const char *schema, const char *file, const struct kd_sheet *s)
{
	kd_json_begin_object(j);
	kd_render_head_json(j, schema);
	kd_json_kv_strz(j, "file", file);
	members_json(j, s);
	kd_json_end_object(j);
}

/* --- for render/casepage.h --------------------------------------------------------------------------- */

void kd_render_cell(struct kd_buf *b, const struct kd_cell *c)
{
	say_cell(b, c);
}

void kd_render_cell_or_why(struct kd_buf *b, const struct kd_cell *c)
{
	if (c->kind == KD_CELL_NONE)
		kd_buf_printf(b, "not known%s%.*s", c->text.n ? ": " : "", KD_VARG(c->text));
	else
		say_cell(b, c);
}

void kd_render_cell_json(struct kd_json *j, const char *key, const struct kd_cell *c)
{
	cell_json(j, key, c);
}

void kd_render_table_text(struct kd_out *o, const struct kd_table *t)
{
	table_text(o, t);
}

void kd_render_table_json(struct kd_json *j, const struct kd_table *t)
{
	table_json(j, t);
}

void kd_render_sheet_json_object(struct kd_json *j, const struct kd_sheet *s)
{
	kd_json_begin_object(j);
	members_json(j, s);
	kd_json_end_object(j);
}
