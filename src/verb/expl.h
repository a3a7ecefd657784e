/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * expl.h: how the topics of an explanation put notes on lines. For verb/expl_*.c.
 *
 *	kd_expl_note(b, r->cpu_line, KD_NOTE_SAYS, "CPU %u printed this", r->cpu);
 *	if (kd_expl_first(b, KD_EXPL_QUESTION))	// first place only
 *		kd_expl_note(b, line, KD_NOTE_NOT, "…");
 */
#ifndef KD_VERB_EXPL_H
#define KD_VERB_EXPL_H

#include "symbol/fault.h"
#include "verb/explain.h"

#define KD_EXPL_NOTES 12 /* on one line */

/* Notes that are given once, at their first line. */
enum kd_expl_topic {
	KD_EXPL_QUESTION, /* frames with ? */
	KD_EXPL_RETURN,	  /* return addresses */
	KD_EXPL_INLINE,
	KD_EXPL_MODULE,
	KD_EXPL_MARKER, /* <TASK>, <IRQ> */
	KD_EXPL_REGS,
	KD_EXPL_RULER,
	KD_EXPL_DETAIL,
	KD_EXPL_UNREAD,
	KD_EXPL_SIZE, /* offset equals size */
	KD_EXPL_OUTSIDE, /* offset behind the size */
	KD_EXPL_START, /* a return address on a function's first byte */
	KD_EXPL_ENTRY,
	KD_EXPL_TOPICS
};

struct kd_expl_build {
	struct kd_explanation *e;
	const struct kd_report *r;
	const struct kd_fault *fault; /* the instruction at the pc */
	bool given[KD_EXPL_TOPICS];
};

/* line: index into r->lines; outside of them nothing happens. */
void kd_expl_note(struct kd_expl_build *b, int32_t line, enum kd_note_type type, const char *fmt,
		  ...) __attribute__((format(printf, 4, 5)));

/* True at the first call for a topic. */
bool kd_expl_first(struct kd_expl_build *b, enum kd_expl_topic topic);

void kd_expl_header(struct kd_expl_build *b);  /* expl_fields.c: header, access, oops line */
void kd_expl_machine(struct kd_expl_build *b); /* expl_machine.c: CPU line, taint, hardware */
void kd_expl_regs(struct kd_expl_build *b);    /* expl_regs.c: RIP, Code:, registers */
void kd_expl_stacks(struct kd_expl_build *b);  /* expl_stacks.c: headings and frames */
void kd_expl_family(struct kd_expl_build *b);  /* expl_fields.c: facts of the kind */
void kd_expl_rest(struct kd_expl_build *b);    /* expl_fields.c: lines without a note */
void kd_expl_general(struct kd_expl_build *b); /* expl_general.c */

#endif
