/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kind.h: the plug-in contract of report kinds.
 *
 * The kinds are rows of the table in kinds.c; families whose lines need reading have
 * their functions in kinds_*.c. A kind says which header line starts a report, what it is
 * called, how bad it is, and how to read the lines that only its family prints.
 * Frames, registers, taint, modules and tails are common to all and are read by the
 * engine, not by the kinds.
 *
 * To add one: docs/ADDING.md, "a report kind".
 */
#ifndef KD_REPORT_KIND_H
#define KD_REPORT_KIND_H

#include <string.h>

#include "report/report.h"

/* What the instruction pointer of a report means (where the evidence stops). */
enum kd_pcclass {
	KD_PCC_NONE,	  /* no pc, or one that says nothing */
	KD_PCC_FAULTING,  /* the instruction that could not be executed (#PF, #GP, #UD, #DE) */
	KD_PCC_EXECUTED,  /* the one after an instruction that was executed (int3, #DB) */
	KD_PCC_TRAP,	  /* a deliberate trap: WARN, BUG (ud2, brk) */
	KD_PCC_SAMPLED,	  /* where the CPU happened to be: lockups, stalls, hangs, NMI */
	KD_PCC_IMPRECISE, /* SError, machine check: the cause may be elsewhere */
	KD_PCC_REPORTER,  /* in the checker that prints (sanitizers, lockdep) */
};

struct kd_builder; /* report/builder.h */

struct kd_kind {
	const char *name;   /* stable id in JSON: "null_deref", "kasan" … */
	const char *family; /* "page_fault", "sanitizer", "lockdep", "hang", … */
	const char *words;  /* for people: "NULL pointer dereference" */
	uint8_t pcclass;    /* enum kd_pcclass */
	uint8_t tier;	    /* enum kd_tier before context is known */
	uint8_t owner;	    /* enum kd_owner before the stack is known */
	uint8_t about;	    /* enum kd_stack_role of the stack that the report is about */
	bool infrastructure;
	bool oops;  /* goes through die(): the task is killed or the machine panics */
	bool alone; /* one line may be the whole report (no trace expected) */
	bool needs_trace; /* too weak a header: only with a trace, registers or "cut here" behind it */
	bool weak; /* inside another report its header means nothing */
	bool tight; /* only lines that line() reads belong to it; others are passed over */
	bool traced; /* with tight: what common.c reads of a trace belongs to it too */
	bool rejoins; /* line() is asked whether one more header of this kind goes on with it */

	/*
	 * Which header lines (without prefix) start a report of this kind: patterns, any
	 * of which must fit, ended by NULL. '*' stands for any text, a leading '^' for the
	 * start of the line (after blanks); everything else is literal and may stand
	 * anywhere. Kinds are asked in table order; the first that fits wins.
	 */
	const char *const *pats;

	/* Optional: lines that fit but are not meant; the same patterns. */
	const char *const *except;

	/* Optional: functions that say nothing about a report of this kind; the same patterns. */
	const char *const *helpers;

	/*
	 * Optional. Called once per line of the report, header first, in order. Reads
	 * what only this family prints. true: the line is understood (its role has been
	 * set with kd_builder_role() or stays FIELD); false: the engine reads it, and
	 * nothing may have been put. Header lines of other kinds inside the report are
	 * asked too: true takes them in.
	 */
	bool (*line)(struct kd_builder *b, struct kd_view text);

	/* Optional. After all lines: derived facts, kdoc's title if it is special. */
	void (*finish)(struct kd_builder *b);
};

/* All kinds, in match order; the table ends with a row without a name. */
const struct kd_kind *kd_kinds(void);

/* The first kind whose patterns fit the line; NULL: none. */
const struct kd_kind *kd_kind_match(struct kd_view text);

/* Does the pattern (see pats) fit? */
bool kd_pattern_fits(const char *pattern, struct kd_view text);

/* Is this its name or its family? */
bool kd_kind_is(const struct kd_kind *kind, const char *name_or_family);

/* Is this its family? Asked for every line of a report: most differ in the first letter. */
static inline bool kd_kind_in(const struct kd_kind *kind, const char *family)
{
	return *kind->family == *family && !strcmp(kind->family, family);
}

/* By name; NULL when there is none. */
const struct kd_kind *kd_kind_by_name(struct kd_view name);

#endif
