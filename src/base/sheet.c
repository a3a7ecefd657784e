// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/sheet.h"

#include <assert.h>
#include <stdarg.h>
#include <string.h>

enum { BLOCKS_MAX = 1 << 22, ROWS_MAX = 1 << 22, NOTES_MAX = 1 << 16, PROOFS_MAX = 1 << 12 };

/* --- cells ------------------------------------------------------------------------------------------- */

struct kd_cell kd_cell_none(const char *why)
{
	return (struct kd_cell){.kind = KD_CELL_NONE, .text = why ? kd_view_of(why) : KD_VNULL};
}

struct kd_cell kd_cell_text(struct kd_view v)
{
	return v.p ? (struct kd_cell){.kind = KD_CELL_TEXT, .text = v} : kd_cell_none(NULL);
}

struct kd_cell kd_cell_int(int64_t i)
{
	return (struct kd_cell){.kind = KD_CELL_INT, .i = i};
}

static struct kd_cell number(enum kd_cell_kind kind, uint64_t u)
{
	return (struct kd_cell){.kind = (uint8_t)kind, .u = u};
}

struct kd_cell kd_cell_uint(uint64_t u)
{
	return number(KD_CELL_UINT, u);
}

struct kd_cell kd_cell_hex(uint64_t u)
{
	return number(KD_CELL_HEX, u);
}

struct kd_cell kd_cell_bytes(uint64_t u)
{
	return number(KD_CELL_BYTES, u);
}

struct kd_cell kd_cell_nsec(uint64_t u)
{
	return number(KD_CELL_NSEC, u);
}

struct kd_cell kd_cell_bool(bool b)
{
	return number(KD_CELL_BOOL, b);
}

/* --- the sheet --------------------------------------------------------------------------------------- */

void kd_sheet_init(struct kd_sheet *s, struct kd_arena *arena)
{
	*s = (struct kd_sheet){.arena = arena};
}

__attribute__((format(printf, 2, 0))) static struct kd_view take_text(struct kd_sheet *s, const char *fmt, va_list ap)
{
	const struct kd_view v = kd_arena_vprintf(s->arena, fmt, ap);

	s->full |= !v.p;
	return v;
}

/* What does not fit goes to the spare one. */
static struct kd_block *add(struct kd_sheet *s, enum kd_block_kind kind, const char *key)
{
	struct kd_block *b = kd_avec_push(s->arena, &s->block, BLOCKS_MAX);

	if (!b) {
		s->full = true;
		b = &s->spare.block;
	}
	*b = (struct kd_block){.kind = (uint8_t)kind, .key = key};
	return b;
}

static void add_view(struct kd_sheet *s, struct kd_views *to, struct kd_view v)
{
	struct kd_view *room = v.p ? kd_avec_push(s->arena, to, NOTES_MAX) : NULL;

	if (room)
		*room = v;
	else
		s->full = true;
}

void kd_sheet_say(struct kd_sheet *s, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add(s, KD_BLOCK_SAY, NULL)->text = take_text(s, fmt, ap);
	va_end(ap);
}

void kd_sheet_note(struct kd_sheet *s, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add_view(s, &s->note, take_text(s, fmt, ap));
	va_end(ap);
}

void kd_sheet_next(struct kd_sheet *s, const char *fmt, ...)
{
	struct kd_view command;
	va_list ap;

	va_start(ap, fmt);
	command = take_text(s, fmt, ap);
	va_end(ap);
	for (size_t i = 0; i < s->next.n; i++)
		if (kd_view_eq(s->next.v[i], command))
			return;
	add_view(s, &s->next, command);
}

void kd_sheet_head(struct kd_sheet *s, struct kd_view title)
{
	add(s, KD_BLOCK_HEAD, NULL)->text = title;
}

void kd_sheet_field(struct kd_sheet *s, const char *key, const char *title, struct kd_cell c)
{
	struct kd_block *b = add(s, KD_BLOCK_FIELD, key);

	b->title = title;
	b->cell = c;
}

void kd_sheet_item(struct kd_sheet *s, const char *label, const char *fmt, ...)
{
	struct kd_block *b = add(s, KD_BLOCK_ITEM, NULL);
	va_list ap;

	va_start(ap, fmt);
	b->title = label;
	b->text = take_text(s, fmt, ap);
	va_end(ap);
}

void kd_sheet_line(struct kd_sheet *s, const char *key, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add(s, KD_BLOCK_LINE, key)->text = take_text(s, fmt, ap);
	va_end(ap);
}

struct kd_view kd_sheet_text(struct kd_sheet *s, const char *fmt, ...)
{
	struct kd_view v;
	va_list ap;

	va_start(ap, fmt);
	v = take_text(s, fmt, ap);
	va_end(ap);
	return v;
}

struct kd_cell kd_sheet_cell(struct kd_sheet *s, struct kd_view text)
{
	const struct kd_view v = text.p ? kd_arena_view(s->arena, text) : KD_VNULL;

	s->full |= text.p && !v.p;
	return kd_cell_text(v);
}

/* --- tables ------------------------------------------------------------------------------------------ */

struct kd_table *kd_sheet_table(struct kd_sheet *s, const char *key, const struct kd_column *column, size_t n)
{
	struct kd_table *t = kd_arena_new(s->arena, struct kd_table);

	assert(n <= KD_COLUMNS_MAX);
	if (!t) {
		s->full = true;
		t = &s->spare.table;
	}
	*t = (struct kd_table){.key = key, .column = column, .ncolumns = n, .offset = s->offset, .sheet = s};
	add(s, KD_BLOCK_TABLE, key)->table = t;
	return t;
}

bool kd_table_wants(const struct kd_table *t)
{
	return t->total >= t->offset && (!t->sheet->limit || t->row.n < t->sheet->limit);
}

struct kd_cell *kd_table_row(struct kd_table *t)
{
	const bool keep = kd_table_wants(t);
	struct kd_cell **room = NULL, *row = NULL;

	t->total++;
	if (keep) {
		row = kd_arena_array(t->sheet->arena, t->ncolumns, struct kd_cell);
		room = row ? kd_avec_push(t->sheet->arena, &t->row, ROWS_MAX) : NULL;
		if (room)
			*room = row;
		else
			t->sheet->full = true;
	}
	if (room)
		return row;
	memset(t->sheet->spare.row, 0, sizeof(t->sheet->spare.row));
	return t->sheet->spare.row;
}

/* --- trees ------------------------------------------------------------------------------------------- */

static struct kd_node *new_node(struct kd_sheet *s)
{
	struct kd_node *n = kd_arena_new(s->arena, struct kd_node);

	if (n)
		return n;
	s->full = true;
	s->spare.node = (struct kd_node){0};
	return &s->spare.node;
}

struct kd_node *kd_sheet_tree(struct kd_sheet *s, const char *key, struct kd_view type)
{
	struct kd_node *n = new_node(s);

	n->type = type;
	add(s, KD_BLOCK_TREE, key)->node = n;
	return n;
}

struct kd_node *kd_node_add(struct kd_sheet *s, struct kd_node *parent, struct kd_view name)
{
	struct kd_node *n = new_node(s);

	n->name = name;
	parent->braces = true;
	if (n == &s->spare.node || parent == &s->spare.node)
		return n; /* nobody will see it */
	if (parent->last)
		parent->last->next = n;
	else
		parent->child = n;
	parent->last = n;
	return n;
}

/* --- statements ------------------------------------------------------------------------------------------ */

struct kd_assertion *kd_sheet_statement(struct kd_sheet *s, enum kd_statement_status status, const char *fmt, ...)
{
	struct kd_assertion *c = kd_arena_new(s->arena, struct kd_assertion);
	va_list ap;

	if (!c) {
		s->full = true;
		c = &s->spare.statement;
		*c = (struct kd_assertion){0};
	}
	c->status = (uint8_t)status;
	va_start(ap, fmt);
	c->text = take_text(s, fmt, ap);
	va_end(ap);
	add(s, KD_BLOCK_STATEMENT, NULL)->statement = c;
	return c;
}

struct kd_proof *kd_statement_proof(struct kd_sheet *s, struct kd_assertion *st, uint64_t addr, uint64_t size, uint64_t value,
				    struct kd_view what)
{
	struct kd_proof *p = kd_avec_push(s->arena, &st->proof, PROOFS_MAX);

	if (p)
		*p = (struct kd_proof){.addr = addr, .size = size, .value = value, .what = what};
	else
		s->full = true;
	return p;
}
