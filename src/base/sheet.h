/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sheet.h: an answer as sentences, fields, tables, trees and lines. Who answers fills it, one renderer
 * (render/sheet.h) makes text and JSON of it, so that both say the same.
 *
 *	struct kd_sheet s;
 *	kd_sheet_init(&s, &arena);
 *	s.limit = 100;                                          // rows of a table; 0: all
 *	kd_sheet_say(&s, "3 tasks wait for each other");
 *	kd_sheet_field(&s, "release", "RELEASE", kd_cell_text(release));
 *	static const struct kd_column columns[] = {{"pid", "PID"}, {"task", "TASK"}, {"comm", "COMMAND"}};
 *	struct kd_table *t = kd_sheet_table(&s, "tasks", columns, 3);
 *	struct kd_cell *row = kd_table_row(t);                  // never NULL; there are as many cells as columns
 *	row[0] = kd_cell_int(pid);
 *	row[1] = kd_cell_hex(addr);
 *	row[2] = known ? kd_cell_text(comm) : kd_cell_none("the dump left its page out");
 *
 * Everything is copied into the arena or has to live as long as it; keys, titles and reasons given as
 * `const char *` are borrowed. When the arena is full, s.full is set, and the rest is dropped: callers look once,
 * at the end.
 *
 * Rows outside of [offset, offset + limit) are counted and not kept. A cell of which the value is not known
 * says why; that is no zero and no empty text.
 */
#ifndef KD_BASE_SHEET_H
#define KD_BASE_SHEET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/vec.h"
#include "base/view.h"

enum kd_cell_kind {
	KD_CELL_NONE, /* not known; text says why, if anybody knows */
	KD_CELL_TEXT,
	KD_CELL_INT, /* i */
	KD_CELL_UINT, /* u */
	KD_CELL_HEX, /* u: an address, a mask; "0x…" in JSON */
	KD_CELL_BYTES, /* u: an amount of memory; shown as KiB, MiB */
	KD_CELL_NSEC, /* u: a time span; shown as seconds */
	KD_CELL_BOOL, /* u */
};

struct kd_cell {
	uint8_t kind; /* enum kd_cell_kind */
	bool guessed; /* inferred, not read: shown with a '?' */
	struct kd_view text; /* TEXT; with a number: what it means ("jiffies", "sk_free+0x0") */
	union {
		uint64_t u;
		int64_t i;
	};
};

struct kd_cell kd_cell_none(const char *why); /* NULL: nobody knows why */
struct kd_cell kd_cell_text(struct kd_view v); /* absent: as kd_cell_none(NULL) */
struct kd_cell kd_cell_int(int64_t i);
struct kd_cell kd_cell_uint(uint64_t u);
struct kd_cell kd_cell_hex(uint64_t u);
struct kd_cell kd_cell_bytes(uint64_t u);
struct kd_cell kd_cell_nsec(uint64_t u);
struct kd_cell kd_cell_bool(bool b);

struct kd_column {
	const char *key, *title; /* of JSON, of the text; title NULL: in JSON alone */
};

enum { KD_COLUMNS_MAX = 32 };

struct kd_table {
	const char *key;
	const char *title; /* of the text, above its rows; NULL: none. The caller may set it. */
	const struct kd_column *column;
	size_t ncolumns;
	KD_VEC(struct kd_cell *) row; /* those that are kept */
	uint64_t total, offset; /* rows that there are; number of the first that is kept */
	struct kd_sheet *sheet;
};

/* A value with its parts: a struct, an array, a list that was followed. */
struct kd_node {
	struct kd_view name; /* "pid", "[3]"; absent at the root */
	struct kd_view type; /* as C declares it; absent */
	uint64_t addr; /* with has_addr */
	bool has_addr, braces; /* braces: it has parts, if only none */
	struct kd_cell value; /* of one without parts */
	uint64_t more; /* parts that are not shown */
	struct kd_node *child, *last, *next;
};

/* A statement and what it stands on: bytes of the dump's memory (design: evidence or silence). */
struct kd_proof {
	uint64_t addr, size; /* bytes of memory as of the dump; size ≤ 8: value is what they hold */
	uint64_t value;
	struct kd_view what; /* "struct mutex .owner" */
	struct kd_view id, locator, digest; /* evidence/evidence.h, as text; absent: nobody made one */
};

enum kd_statement_status { KD_STATEMENT_HYPOTHESIS, KD_STATEMENT_SUPPORTED, KD_STATEMENT_VERIFIED };

struct kd_assertion {
	uint8_t status; /* enum kd_statement_status */
	struct kd_view text;
	KD_VEC(struct kd_proof) proof;
};

enum kd_block_kind {
	KD_BLOCK_SAY, /* a sentence of the answer */
	KD_BLOCK_HEAD, /* the title of what follows */
	KD_BLOCK_FIELD,
	KD_BLOCK_TABLE,
	KD_BLOCK_TREE,
	KD_BLOCK_LINE, /* a line of text that is not to be laid out: a log, code, a hex dump */
	KD_BLOCK_STATEMENT,
	KD_BLOCK_ITEM, /* a label and a text beside it, for people: JSON has it in a table */
};

struct kd_block {
	uint8_t kind; /* enum kd_block_kind */
	const char *key, *title;
	struct kd_view text;
	struct kd_cell cell;
	struct kd_table *table;
	struct kd_node *node;
	struct kd_assertion *statement;
};

struct kd_views {
	struct kd_view *v;
	size_t n, cap;
};

struct kd_sheet {
	struct kd_arena *arena;
	uint64_t limit, offset; /* of the rows of each table */
	KD_VEC(struct kd_block) block;
	struct kd_views note; /* what could not be read or done, and why */
	struct kd_views next; /* commands to go on with */
	bool none; /* the answer is negative: nothing was found (exit code 1) */
	bool full; /* the arena is: something is missing */
	struct { /* where goes what does not fit, or is not kept */
		struct kd_block block;
		struct kd_table table;
		struct kd_node node;
		struct kd_assertion statement;
		struct kd_cell row[KD_COLUMNS_MAX];
	} spare;
};

void kd_sheet_init(struct kd_sheet *s, struct kd_arena *arena);

void kd_sheet_say(struct kd_sheet *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void kd_sheet_note(struct kd_sheet *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* A command to go on with; the same one twice is one. */
void kd_sheet_next(struct kd_sheet *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void kd_sheet_head(struct kd_sheet *s, struct kd_view title);

/* A line of its own, or, with a label, a text beside it below such a line. Not in JSON: what it says is in a table, too. */
void kd_sheet_item(struct kd_sheet *s, const char *label, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* title NULL: in JSON alone. Each key once. */
void kd_sheet_field(struct kd_sheet *s, const char *key, const char *title, struct kd_cell c);

/* Never NULL. Without any title it is in JSON alone. */
struct kd_table *kd_sheet_table(struct kd_sheet *s, const char *key, const struct kd_column *column, size_t n);
struct kd_cell *kd_table_row(struct kd_table *t);
/* Is the row that comes next kept? For who has to work for its cells. */
bool kd_table_wants(const struct kd_table *t);

/* Lines with one key are one text, in the order in which they were added; key NULL: in the text alone. */
void kd_sheet_line(struct kd_sheet *s, const char *key, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* Trees with one key are an array. Never NULL. */
struct kd_node *kd_sheet_tree(struct kd_sheet *s, const char *key, struct kd_view type);
struct kd_node *kd_node_add(struct kd_sheet *s, struct kd_node *parent, struct kd_view name);

/* Never NULL; proofs are added to it. */
struct kd_assertion *kd_sheet_statement(struct kd_sheet *s, enum kd_statement_status status, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* what is borrowed. NULL: the sheet is full. */
struct kd_proof *kd_statement_proof(struct kd_sheet *s, struct kd_assertion *st, uint64_t addr, uint64_t size, uint64_t value,
				    struct kd_view what);

/* Formatted text that lives as long as the sheet; absent when it is full. */
struct kd_view kd_sheet_text(struct kd_sheet *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* A copy. */
struct kd_cell kd_sheet_cell(struct kd_sheet *s, struct kd_view text);

#endif
