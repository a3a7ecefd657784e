/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * commit.h: the bytes of one commit object → who, when, what it says, what it refers to.
 *
 *	struct kd_arena a = KD_ARENA_INIT(KD_COMMIT_MEMORY);
 *	struct kd_commit c;
 *	err = kd_commit_parse(&a, raw, &c);        // raw as `git cat-file commit ID` prints it
 *	for (size_t i = 0; i < c.nrelations; i++)
 *		if (c.relations[i].kind == KD_REL_UPSTREAM) …
 *	kd_arena_reset(&a);                        // before the next one
 *
 * Everything in *ret is borrowed from the arena or from raw. Nothing is looked up: a relation is
 * what the text says, and its kind is never more than the text says. Absent is absent: a view
 * without a value has p == NULL.
 *
 * Lines are counted from 0 in c.message, the whole message as UTF-8. Each of them has one role
 * (c.lines[i].role): subject, body, trailer, note, quoted log. Views of the message never cross it.
 *
 * Hostile input: only a message's first KD_COMMIT_TEXT bytes and KD_COMMIT_LINES lines are read, the
 * lists below have KD_COMMIT_LIST entries at most; `cut` says when one of these was reached.
 *
 * Formats: git's Documentation/gitformat-commit (headers), git-interpret-trailers(1) (the block of
 * trailers), the kernel's Documentation/process/{submitting-patches,stable-kernel-rules}.rst, and
 * what distributions write above a backport (commit_refs.c names them).
 */
#ifndef KD_HISTORY_COMMIT_H
#define KD_HISTORY_COMMIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/view.h"

#define KD_COMMIT_TEXT ((size_t)1 << 20)
#define KD_COMMIT_LINES 32768u
#define KD_COMMIT_LIST 4096u
#define KD_COMMIT_MEMORY ((size_t)64 << 20) /* enough for any commit under these caps */

struct kd_person {
	struct kd_view name, mail; /* without quotes and brackets; either may be absent */
};

struct kd_commit_stamp {
	struct kd_person who;
	int64_t time;  /* seconds since 1970, UTC; valid if has_time */
	int16_t zone;  /* minutes east of Greenwich; valid if has_zone */
	bool has_time, has_zone;
};

enum kd_line_role {
	KD_LINE_BLANK,
	KD_LINE_SUBJECT,
	KD_LINE_BODY,
	KD_LINE_TRAILER,
	KD_LINE_NOTE,  /* "[ tglx: Massaged changelog ]" among the trailers */
	KD_LINE_TRACE, /* text of a kernel's log */
};

struct kd_commit_line {
	uint32_t off, len; /* in message, without the newline */
	uint8_t role;	   /* enum kd_line_role */
};

struct kd_trailer {
	struct kd_view key, value; /* value unfolded, both trimmed */
	struct kd_person who;	   /* of keys that end in -by, and Cc */
	uint32_t line, nlines;
	bool stray; /* not in the last paragraphs: git does not see it */
};

/* A remark of somebody who handled the patch: "[ mingo: Minor updates. ]". */
struct kd_commit_note {
	struct kd_view who, text;
	uint32_t line, nlines;
};

enum kd_relation_kind {
	KD_REL_UPSTREAM,  /* is a backport of it: "commit X upstream." and its other spellings */
	KD_REL_CHERRY_PICK, /* was taken from it: "(cherry picked from commit X)", "(backported from …)" */
	KD_REL_FIXES,	  /* Fixes: */
	KD_REL_REVERTS,
	KD_REL_REAPPLIES, /* takes a revert of it back */
	KD_REL_DEPENDS,	  /* needs it: Depends-on:, the prerequisites of "Cc: stable # 5.4: X" */
	KD_REL_DEP_OF,	  /* is needed by it: Stable-dep-of: */
	KD_REL_OMITS,	  /* knowingly goes without this fix: Omitted-fix: */
	KD_REL_MENTIONED, /* is named, no more */
	KD_REL_KINDS
};

struct kd_relation {
	uint8_t kind; /* enum kd_relation_kind */
	bool partial; /* "This partially reverts …" */
	bool guessed; /* the title alone names it, or its place in the text says what it is */
	const char *form; /* the spelling: "commit X upstream", "Git-commit:", … static text */
	struct kd_view oid;   /* 7…64 hex digits as written; absent when only a title is given */
	struct kd_view title; /* as written, without the quotes around it; absent without one */
	struct kd_view repo;  /* the repository that the text names: "linux-next"; absent without one */
	uint32_t line, nlines;
};

/* Names of other things. */
enum kd_commit_id_kind {
	KD_ID_MESSAGE,	  /* a Message-ID, without brackets, percent-decoded */
	KD_ID_SYZBOT,	  /* the hash of syzbot+HASH@…: one of its bugs */
	KD_ID_SYZ_EXTID,  /* syzkaller.appspot.com/bug?extid= */
	KD_ID_SYZ_BUG,	  /* syzkaller.appspot.com/bug?id= */
	KD_ID_BUGZILLA,	  /* a number; host says whose */
	KD_ID_LAUNCHPAD,
	KD_ID_CVE,	  /* "CVE-2021-12345", upper case as written */
	KD_ID_KINDS
};

struct kd_commit_id {
	uint8_t kind; /* enum kd_commit_id_kind */
	uint8_t from; /* enum kd_id_from */
	struct kd_view value;
	struct kd_view host; /* of the URL, absent without one */
	uint32_t line;
};

enum kd_id_from { KD_FROM_TEXT, KD_FROM_LINK, KD_FROM_CLOSES, KD_FROM_BUG, KD_FROM_REPORTED };

/* "Cc: stable@vger.kernel.org # v5.10+" */
struct kd_stable_version {
	struct kd_view version; /* "5.10", "4.19" (of 4.19.x) */
	bool later;		/* "+": and all later ones */
	uint32_t line;
};

/* A function of a quoted log, in the order of the text. */
struct kd_quoted_func {
	struct kd_view func; /* without .isra.0 and the like */
	struct kd_view module;
	uint32_t line;
	bool unsure; /* printed with '?' */
	bool at;     /* named by a headline or a RIP line, not a frame */
};

struct kd_quote {
	uint32_t line, nlines;
	uint32_t func, nfuncs; /* of c.funcs */
	bool trace; /* has frames; else lines of a log alone */
};

struct kd_commit {
	struct kd_view tree;
	struct kd_view *parents;
	size_t nparents;
	struct kd_commit_stamp author, committer;
	struct kd_view encoding; /* as the header says; absent: UTF-8 */
	bool encoding_unknown;	 /* no such table here: bytes ≥ 0x80 that are not UTF-8 were replaced */
	uint32_t replaced;	 /* ill-formed pieces that became U+FFFD */
	bool signed_;		 /* a gpgsig header */
	uint32_t mergetags;
	uint32_t bad_headers;	 /* header lines that no git writes */
	bool cut;

	struct kd_view message;
	struct kd_commit_line *lines;
	size_t nlines;

	struct kd_view subject; /* as git's %s */
	struct kd_view title;	/* subject without what vendors and lists put in front */
	struct kd_view prefix;	/* what that was; absent without */
	struct kd_view body;	/* lines of role BODY, paragraphs a blank line apart */

	struct kd_trailer *trailers;
	size_t ntrailers;
	struct kd_commit_note *notes;
	size_t nnotes;
	struct kd_relation *relations; /* those of trailers first, then those of the text */
	size_t nrelations;
	struct kd_commit_id *ids;
	size_t nids;

	bool stable;	      /* asks for stable: Cc: stable@… */
	bool stable_noautosel; /* Cc: stable+noautosel@… */
	bool autosel;	      /* chosen by AUTOSEL, by its own words */
	struct kd_stable_version *stable_versions;
	size_t nstable_versions;

	bool conflicts; /* tells of conflicts of a backport */
	uint32_t conflicts_line;

	struct kd_quote *quotes;
	size_t nquotes;
	struct kd_quoted_func *funcs;
	size_t nfuncs;
};

/*
 * KD_BADDATA when raw has neither a tree nor an author (it is no commit), KD_LIMIT when the arena is
 * too small. Fields that the object lacks are absent.
 */
struct kd_error *kd_commit_parse(struct kd_arena *a, struct kd_view raw, struct kd_commit *ret) KD_MUST_CHECK;

/* The same for a message alone, in UTF-8 (a mail's). raw must outlive *ret. */
struct kd_error *kd_commit_parse_message(struct kd_arena *a, struct kd_view raw,
					 struct kd_commit *ret) KD_MUST_CHECK;

/*
 * A subject without "[PATCH 5.10 1/2]", "UPSTREAM: ", "UBUNTU: SAUCE: " and the like; what was taken
 * off in *prefix_ret. "net: …" is part of a title and stays.
 */
struct kd_view kd_commit_title(struct kd_view subject, struct kd_view *prefix_ret);

/*
 * For comparing titles: ASCII in lower case, blanks folded, quotation marks and the full stop at the
 * end gone. Absent at the arena's limit.
 */
struct kd_view kd_commit_title_key(struct kd_arena *a, struct kd_view title);

/* "Jane Doe <jane@example.org>", also without name, without brackets, with quotes. */
struct kd_person kd_person_parse(struct kd_view v);

const char *kd_relation_kind_name(enum kd_relation_kind k);	/* "upstream", "cherry_pick" … */
const char *kd_commit_id_kind_name(enum kd_commit_id_kind k); /* "message_id", "syzbot" … */

#endif
