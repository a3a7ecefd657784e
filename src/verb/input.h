/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * input.h: what the user named → sources to read, and what is wrong with the others.
 *
 *	static struct kd_error *log(void *user, struct kd_input *in) { … in->src … }
 *	static struct kd_error *problem(void *user, const struct kd_input_problem *p) { … }
 *	struct kd_input_ops ops = {.log = log, .problem = problem};
 *	err = kd_input_each(ctx, names, n, &ops, user);
 *
 * A name is a file, a directory (searched for text files, recursively) or "-". Packed
 * files are unpacked on the way. A name that cannot be read, or is something else than
 * a log, becomes one problem with its remedy; the other names are still answered.
 * Inside a directory files that are no text are passed over and counted; the parts of a
 * pstore dump (parts.h) are one log with the name of the directory.
 *
 * Verbs with one input use kd_input_open().
 */
#ifndef KD_VERB_INPUT_H
#define KD_VERB_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/ctx.h"
#include "base/error.h"
#include "base/filekind.h"
#include "base/source.h"

/* One readable input; borrowed during the callback. */
struct kd_input {
	const char *name; /* as the user wrote it; below a directory: its path */
	struct kd_source *src; /* at its beginning */
	enum kd_filekind kind; /* what its first bytes look like */
	const char *packing; /* "plain", "gzip" … */
	bool in_directory; /* found by walking a directory */
	bool standard_input;
	bool dump; /* the name is a dump, src the kernel's log in it */
};

/* Something that could not be answered. */
struct kd_input_problem {
	const char *name; /* the input */
	const char *cls; /* name of the error class: "not_found" */
	const char *message; /* "is an ELF core dump (vmcore), not a log" */
	const char *remedy; /* one sentence, "" without one */
	int64_t offset; /* byte in the input where it went wrong, -1 */
};

/* What was passed over inside a directory. */
struct kd_input_skipped {
	uint64_t empty, binary, unreadable, special;
	const char *first_binary; /* an example with its kind, NULL: none */
	const char *first_kind;
	const char *first_unreadable;
};

struct kd_input_ops {
	/* An error ends everything; what is wrong with this input alone goes to problem(). */
	struct kd_error *(*log)(void *user, struct kd_input *in);
	struct kd_error *(*problem)(void *user, const struct kd_input_problem *p);
	/* Optional: after a directory in which something was passed over. */
	struct kd_error *(*skipped)(void *user, const char *dir, const struct kd_input_skipped *s);
};

struct kd_error *kd_input_each(struct kd_ctx *ctx, const char *const *names, size_t n,
			       const struct kd_input_ops *ops, void *user) KD_MUST_CHECK;

/*
 * One input that has to be one log: opened, its first bytes looked at. Errors carry
 * name, what is wrong and the remedy in one line. A directory is KD_BADDATA here,
 * unless it holds parts of a pstore dump.
 * in->src is the caller's to close.
 */
struct kd_error *kd_input_open(struct kd_ctx *ctx, const char *name,
			       struct kd_input *ret) KD_MUST_CHECK;

/* "passed over: 2 empty files, 1 that is no text (a/vmcore is an ELF core dump)". */
void kd_input_skipped_words(const struct kd_input_skipped *s, char *buf, size_t n);

/* What helps against an error of reading an input: one sentence, or "". */
const char *kd_input_remedy(const struct kd_error *err);

#endif
