/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * casepage.h: an answer of several parts, each with facts, statements, tables and actions; one model for text, JSON, Markdown and
 * HTML (render/casepage.h).
 *
 *	struct kd_casepage *p = kd_casepage_new(1 << 24);
 *	kd_casepage_part(p, "exposure", "EXPOSURE");
 *	kd_casepage_fact(p, "events", "events", kd_cell_uint(9));
 *	struct kd_casestmt *s = kd_casepage_say(p, KD_CASE_HYPOTHESIS, "release", "all %u boots ran %.*s", n, KD_VARG(release));
 *	kd_casepage_test(p, s, "p = 0.003 (Fisher)");
 *	kd_casepage_refute(p, s, "it fires on another release");
 *	kd_casepage_ev(p, s, KD_V("ev-…"));
 *
 * Everything lives in the page's arena. Functions that give a statement never give NULL; when the arena is full the page's
 * `full` is set, and what came later is missing.
 */
#ifndef KD_VERB_CASEPAGE_H
#define KD_VERB_CASEPAGE_H

#include "base/arena.h"
#include "base/sheet.h"
#include "base/vec.h"

#define KD_CASE_EVIDENCE 12 /* of one statement */
#define KD_CASE_STATEMENTS 400 /* of one part */

enum kd_case_status {
	KD_CASE_SAID, /* what the input or the store says, or a count of it */
	KD_CASE_PROVEN, /* follows without a guess */
	KD_CASE_HYPOTHESIS,
	KD_CASE_UNKNOWN, /* not known, and why */
	KD_CASE_ACTION, /* to do */
	KD_CASE_STATUSES
};

struct kd_casestmt {
	uint8_t status; /* enum kd_case_status */
	struct kd_view topic; /* short word */
	struct kd_view text;
	struct kd_view test; /* how strong: "p = 0.003 (Fisher)", "too few boots to test"; absent */
	struct kd_view confirm, refute; /* what would; absent */
	struct kd_view url; /* an address for people; absent */
	struct kd_view ev[KD_CASE_EVIDENCE]; /* ids of events; "e…" of the representative's log; commits */
	size_t nev;
};

struct kd_casefact {
	const char *key, *title;
	struct kd_cell cell;
};

struct kd_casepart {
	const char *key, *title;
	KD_VEC(struct kd_casefact) fact;
	KD_VEC(struct kd_casestmt) stmt;
	KD_VEC(struct kd_table *) table;
};

/* Lines of the representative's log that statements rest on. */
struct kd_caseline {
	struct kd_view id, locator, quote;
	uint64_t line;
};

struct kd_casepage {
	struct kd_arena arena;
	struct kd_sheet sheet; /* makes cells and tables; not shown itself */
	const char *schema; /* "kdoc.case-investigation/1" */
	struct kd_view id, what; /* "g-…", "group" */
	uint8_t tier;
	struct kd_view verdict; /* the first line */
	struct kd_view event; /* id of the representative; absent */
	KD_VEC(struct kd_casepart) part;
	KD_VEC(struct kd_caseline) line;
	KD_VEC(struct kd_view) next;
	/* For who keeps the case (casefolder.h): what it was made of. */
	struct {
		struct kd_views hosts, releases, arches, issues, commits;
		uint64_t events, boots, runs;
		int64_t looked, last; /* now; the newest event: microseconds since 1970 */
	} seen;
	struct kd_view log; /* the text of the representative; absent unless it was asked for */
	bool full;
	struct kd_casestmt spare;
};

struct kd_casepage *kd_casepage_new(size_t max_bytes);
void kd_casepage_free(struct kd_casepage *p); /* NULL is fine */
void kd_casepage_freep(struct kd_casepage **p);

/* What follows goes into this part; key and title are borrowed. */
void kd_casepage_part(struct kd_casepage *p, const char *key, const char *title);
void kd_casepage_fact(struct kd_casepage *p, const char *key, const char *title, struct kd_cell c);
struct kd_casestmt *kd_casepage_say(struct kd_casepage *p, enum kd_case_status status, const char *topic, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
/* The same with text that is there. */
struct kd_casestmt *kd_casepage_put(struct kd_casepage *p, enum kd_case_status status, struct kd_view topic, struct kd_view text);
void kd_casepage_test(struct kd_casepage *p, struct kd_casestmt *s, const char *text);
void kd_casepage_confirm(struct kd_casepage *p, struct kd_casestmt *s, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
void kd_casepage_refute(struct kd_casepage *p, struct kd_casestmt *s, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
void kd_casepage_ev(struct kd_casepage *p, struct kd_casestmt *s, struct kd_view id);
/* A table of this part; rows by kd_table_row(). */
struct kd_table *kd_casepage_table(struct kd_casepage *p, const char *key, const char *title, const struct kd_column *c, size_t n);
void kd_casepage_next(struct kd_casepage *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Formatted text in the arena; empty, and full set, when it does not fit. */
struct kd_view kd_casepage_text(struct kd_casepage *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
struct kd_view kd_casepage_copy(struct kd_casepage *p, struct kd_view v);
/* Has the part anything? */
bool kd_casepart_empty(const struct kd_casepart *part);
const char *kd_case_status_key(uint8_t status); /* "hypothesis" */

#endif
