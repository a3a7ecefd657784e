/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * core_ask.h: how every verb of a dump is asked. Such a verb is a function of this type: it reads its options and
 * arguments and fills the sheet; the others (opening, limits, what is known about the kernel) are the same for all.
 *
 *	struct kd_core_question q = {.path = "vmcore", .answer = kd_core_rd, .options = &o, .args = args, .nargs = n};
 *	err = kd_core_ask(ctx, &q, &sheet);
 *
 *	err = kd_core_open(ctx, "vmcore", &dump_options, &d);      // several questions to one dump
 *	q.dump = d;
 */
#ifndef KD_VERB_CORE_ASK_H
#define KD_VERB_CORE_ASK_H

#include "core/dump.h"

/*
 * args: the arguments behind the dump, as text. KD_INVALID: what is wrong with them; KD_NOTFOUND: what the dump lacks;
 * a single value that cannot be read is a cell or a note of the sheet, no error.
 */
typedef struct kd_error *kd_core_answer(struct kd_dump *d, const void *options, const char *const *args, size_t nargs,
					struct kd_sheet *s);

struct kd_core_question {
	struct kd_dump *dump; /* that is open; NULL: path is opened with `how` */
	const char *path;
	struct kd_dump_options how;
	kd_core_answer *answer;
	const void *options; /* answer's own */
	const char *const *args;
	size_t nargs;
};

KD_MUST_CHECK struct kd_error *kd_core_ask(struct kd_ctx *ctx, const struct kd_core_question *q, struct kd_sheet *s);

/* As kd_dump_open(), kd_dump_close(). */
KD_MUST_CHECK struct kd_error *kd_core_open(struct kd_ctx *ctx, const char *path, const struct kd_dump_options *o,
					    struct kd_dump **ret);
void kd_core_close(struct kd_dump *d);
void kd_core_closep(struct kd_dump **d);
const char *kd_core_path(const struct kd_dump *d);

#endif
