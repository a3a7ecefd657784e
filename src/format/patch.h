/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * patch.h: unified diffs as git prints them (`git log -p`, `git diff-tree -p`, `git format-patch`): files, hunks,
 * git's patch id, the functions that a hunk touches, the words in it. What is written there, without
 * judgement; no I/O.
 *
 *	struct kd_patch p;
 *	err = kd_patch_parse(text, &arena, NULL, &p);         // text stays the caller's, the records point into it
 *	for (size_t i = 0; !err && i < p.nfiles; i++)
 *		printf("%.*s: +%u -%u\n", KD_VARG(kd_patch_path(&p.files[i])), p.files[i].added, p.files[i].removed);
 *	if (kd_patch_id(&p, id)) …                            // as `git patch-id --stable`
 *	kd_patch_functions(&p, seen, user);
 *	kd_patch_words(&p.files[0], &p.hunks[0], word, user);
 *
 * Format: git-diff(1), "Generating patch text with -p"; names in C quotes: core.quotePath in git-config(1).
 * Text before the first "diff --git" (a mail's head, a commit's message) is skipped. A line that begins
 * with "--" where none of a hunk is due (a mail's signature "-- ") ends the patch. Lines may end with CR LF.
 */
#ifndef KD_FORMAT_PATCH_H
#define KD_FORMAT_PATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/view.h"

/* What a file's head says became of it. */
enum kd_patch_status {
	KD_PATCH_MODIFIED,
	KD_PATCH_ADDED,
	KD_PATCH_DELETED,
	KD_PATCH_RENAMED, /* perhaps with changes: look at nhunks */
	KD_PATCH_COPIED,
	KD_PATCH_MODE, /* nothing but its mode */
};

/* In which language functions are looked for; by the name's end. */
enum kd_patch_lang {
	KD_PATCH_OTHER, /* none are */
	KD_PATCH_C,	/* .c .h .y .l .cc .cpp .hpp */
	KD_PATCH_ASM,	/* .S */
	KD_PATCH_RUST,	/* .rs */
};

/* How a hunk is not what its "@@" line promises; bits. */
enum {
	KD_PATCH_SHORT = 1,    /* it ends before its counts do */
	KD_PATCH_LONG = 2,     /* more lines follow than it counts, or more of one sign */
	KD_PATCH_STRIPPED = 4, /* empty lines stand for empty context lines (diff.suppressBlankEmpty): not an error */
	KD_PATCH_NO_EOL = 8,   /* with a line "\ No newline at end of file": not an error */
	KD_PATCH_CORRUPT = KD_PATCH_SHORT | KD_PATCH_LONG,
};

struct kd_patch_hunk {
	uint32_t old_start, old_count, new_start, new_count;
	struct kd_view heading; /* behind the second @@; empty when there is none */
	struct kd_view body;	/* the lines with their signs; with those too many when KD_PATCH_LONG */
	uint32_t added, removed;
	uint32_t flags;
};

struct kd_patch_file {
	struct kd_view old_path, new_path; /* decoded, without a/ and b/; absent on the side where there is no file */
	struct kd_view old_id, new_id;	   /* of "index a..b", hexadecimal, often abbreviated; absent: not said */
	struct kd_view head;		   /* the lines before the first hunk */
	uint32_t old_mode, new_mode;	   /* as 0100644; 0: not said */
	enum kd_patch_status status;
	enum kd_patch_lang lang;
	uint8_t similarity; /* of a rename or copy in percent; 0: not said */
	bool binary;	    /* no lines are shown, or they are GIT binary patch */
	uint32_t hunk, nhunks; /* kd_patch.hunks[hunk …] */
	uint32_t added, removed;
};

/* What was not understood. */
enum kd_patch_problem_kind {
	KD_PATCH_BAD_NAME,  /* a file's names cannot be told: it has none in the records */
	KD_PATCH_BAD_HUNK,  /* an "@@" line that is none; what follows is stray */
	KD_PATCH_BAD_COUNT, /* a hunk with KD_PATCH_SHORT or KD_PATCH_LONG */
	KD_PATCH_COMBINED,  /* a file of a merge ("diff --cc"): against several parents, skipped */
	KD_PATCH_STRAY,	    /* lines between files that belong to none */
};

struct kd_patch_problem {
	enum kd_patch_problem_kind kind;
	size_t off; /* in the text given to kd_patch_parse() */
};

struct kd_patch {
	struct kd_view text; /* from the first "diff " line to the end of what was given; empty: no diff in it */
	const struct kd_patch_file *files;
	size_t nfiles;
	const struct kd_patch_hunk *hunks; /* of all files */
	size_t nhunks;
	const struct kd_patch_problem *problems; /* the first ones */
	size_t nproblems, all_problems;
	size_t all_files, all_hunks; /* more than nfiles, nhunks where a limit was reached */
	uint32_t added, removed;
};

struct kd_patch_limits {
	size_t files, hunks, problems;
};

/* 65,536 files, 1,048,576 hunks, 100 problems: the kernel's largest commits have about 40,000 files. */
extern const struct kd_patch_limits kd_patch_limits_default;

/*
 * KD_LIMIT when the arena is full; nothing else fails: a text without a diff has no files. limits may be NULL.
 * The records live in the arena and point into the text.
 */
KD_MUST_CHECK struct kd_error *kd_patch_parse(struct kd_view text, struct kd_arena *arena,
					      const struct kd_patch_limits *limits, struct kd_patch *ret);

/* The new path, or the old one of a deleted file. */
static inline struct kd_view kd_patch_path(const struct kd_patch_file *f)
{
	return f->new_path.p ? f->new_path : f->old_path;
}

/* "modified", "added", … */
const char *kd_patch_status_name(enum kd_patch_status status) __attribute__((returns_nonnull));
const char *kd_patch_problem_name(enum kd_patch_problem_kind kind) __attribute__((returns_nonnull));

/*
 * The commits of a text of `git log -p`: moves past the next one, gives its id (the 40 or 64 digits behind "commit ") and
 * what stands between that line and the next commit's; false when there is none. Any --format that
 * begins each commit with that line at column 0 and has none other there will do.
 */
bool kd_patch_next_commit(struct kd_view *rest, struct kd_view *ret_id, struct kd_view *ret_text);

/* --- patch_id.c ------------------------------------------------------------------------------------------- */

#define KD_PATCH_ID_LEN 20

/*
 * What `git patch-id --stable` of git 2.39 prints for this text: equal for equal changes, whatever their line
 * numbers and white space, in whatever order the files stand. Git 2.38 and older say otherwise where binary files
 * are among them. False: there is no diff, git prints nothing.
 */
bool kd_patch_id(const struct kd_patch *patch, uint8_t ret[KD_PATCH_ID_LEN]);

/* --- patch_func.c ----------------------------------------------------------------------------------------- */

/* What sort of thing a name is of. */
enum kd_patch_func_kind {
	KD_PATCH_FUNCTION,
	KD_PATCH_SYSCALL, /* SYSCALL_DEFINEn(name, …) and COMPAT_…: name is without sys_ */
	KD_PATCH_MADE,	  /* a macro makes it: DEFINE_MUTEX(name), TRACE_EVENT(name, …) */
	KD_PATCH_TYPE,	  /* struct, union, enum, trait */
	KD_PATCH_OBJECT,  /* a variable with its initialiser */
};

/* From where it is known. */
enum kd_patch_func_how {
	KD_PATCH_HEADING, /* the text behind @@: it begins above the hunk, and may have ended there, too */
	KD_PATCH_DEFINED, /* it begins in the hunk, on a line of `sign` */
	KD_PATCH_CHANGED, /* changed lines stand in it; once in a hunk (of hunks with more than 32, perhaps twice) */
};

struct kd_patch_func {
	uint32_t file, hunk;  /* indices into kd_patch.files and kd_patch.hunks */
	struct kd_view name;
	enum kd_patch_func_kind kind;
	enum kd_patch_func_how how;
	char sign;    /* DEFINED: '+', '-' or ' '; else 0 */
	bool guessed; /* the hunk ends before it is clear that this is a definition, or CHANGED rests on the heading alone */
};

typedef void kd_patch_func_fn(void *user, const struct kd_patch_func *f);

/*
 * Definitions as the kernel's style has them, at column 0 (Rust: at any). Those of the old side and the new
 * are followed apart. A heading names what began above, and that may have ended above, too: a change is given to
 * it as `guessed` unless its end, or a line that begins with a tab, was seen in the hunk. Statements of no
 * function (EXPORT_SYMBOL, #include, a comment at column 0) are in none.
 */
void kd_patch_functions(const struct kd_patch *patch, kd_patch_func_fn *seen, void *user);

/* The same of one line of code without sign: what does it begin to define? False: nothing, or a declaration. */
bool kd_patch_definition(struct kd_view line, enum kd_patch_lang lang, struct kd_view *ret_name,
			 enum kd_patch_func_kind *ret_kind);

/* --- patch_words.c ---------------------------------------------------------------------------------------- */

/* Where a word stands; as far as a hunk can tell, which may begin in the midst of a comment. */
enum {
	KD_PATCH_COMMENT = 1,
	KD_PATCH_STRING = 2,
};

/* sign: '+', '-' or ' '; where: the bits above */
typedef void kd_patch_word_fn(void *user, struct kd_view word, char sign, unsigned where);

/*
 * Each [A-Za-z_][A-Za-z0-9_]* of a hunk's lines in their order; numbers (0x1f, 10UL) are none. Comments and strings are
 * told in C, assembly and Rust; elsewhere `where` is 0.
 */
void kd_patch_words(const struct kd_patch_file *file, const struct kd_patch_hunk *hunk, kd_patch_word_fn *word,
		    void *user);

#endif
