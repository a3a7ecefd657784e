/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shared by the syz_*.c files only. */
#ifndef KD_REPORT_SYZ_INTERNAL_H
#define KD_REPORT_SYZ_INTERNAL_H

#include "report/syz.h"

enum { KD_SYZ_LINES = 800, KD_SYZ_CAPS = 4, KD_SYZ_FRAMES = 800 };

/* The kept text of a report: lines of the window, header first. */
struct kd_syz_text {
	struct kd_wline *l[KD_SYZ_LINES];
	size_t n;   /* lines that the title is taken from */
	size_t all; /* and those up to the end of the report */
	uint8_t header;
};

/* Where the function of a title comes from. */
enum kd_syz_how {
	KD_SYZ_PLAIN, /* no function: the title is made of captures */
	KD_SYZ_RIP,   /* the pc line, then the first trace */
	KD_SYZ_TRACE, /* the first trace */
	KD_SYZ_FIRST, /* capture 1, then the first trace */
	KD_SYZ_STALL,
	KD_SYZ_HANG,
	KD_SYZ_ONLY,  /* capture 1 alone */
	KD_SYZ_WARN,  /* the pc line and what follows it, else the first trace */
	KD_SYZ_ALLOC, /* "page last allocated" stack */
	KD_SYZ_LOCKS, /* "at: f" lines, then the trace */
	KD_SYZ_RCU,   /* stall, from the timer interrupt down */
	KD_SYZ_IRQSAFE, /* the stack "which became …-safe at:" */
	KD_SYZ_BACKTRACE, /* the "backtrace:" of a leak */
};

struct kd_syz_format {
	const char *header; /* which header it belongs to */
	const char *pat;    /* first line; see syz_format.c */
	const char *more;   /* must fit a later line as well, or NULL */
	const char *title, *alt;
	uint8_t how;
	uint8_t flags;
	const char *const *skip; /* further functions to skip */
};

enum {
	KD_SYZF_CORRUPTED = 1, /* such a title is always corrupted */
	KD_SYZF_NOSTACK = 2,   /* no stack is expected */
};

bool kd_syz_second(struct kd_view t);

/* The format that fits first. caps get the captures. NULL: none. partial: see .more. */
const struct kd_syz_format *kd_syz_format_find(const struct kd_syz_text *t,
					       struct kd_view caps[KD_SYZ_CAPS], bool *partial);

/* The guilty function; absent if every candidate is skipped. raw: as printed. */
struct kd_view kd_syz_guilty(const struct kd_syz_text *t, const struct kd_syz_format *f,
			     struct kd_view cap1, bool *injected);

/* KMSAN: the first telling function of the stack that created the value; absent if none. */
struct kd_view kd_syz_origin(const struct kd_syz_text *t);

/*
 * The line of the timer interrupt that noticed a stall, where the search for the file
 * begins; 0 for reports that are no stalls.
 */
size_t kd_syz_file_from(const struct kd_syz_text *t, const struct kd_syz_format *f);

/*
 * Does the text hold one of the list's patterns? Substrings of at least three letters; '^'
 * only at the start, '$' only at the end. The list ends after n rows or with NULL.
 */
bool kd_syz_in_list(const char *const *list, size_t n, struct kd_view text);

/* The file to blame among those named in decoded frames; absent if none is named. */
struct kd_view kd_syz_guilty_file(const struct kd_syz_text *t, size_t from);

/* Why the text looks damaged, or NULL. */
const char *kd_syz_corrupted(const struct kd_syz_text *t, bool needs_stack);

bool kd_syz_stack_start(struct kd_view t);

#endif
