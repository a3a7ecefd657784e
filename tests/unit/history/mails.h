/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mails.h: mails from descriptions, for the tests of src/history. A folder of its own comes from ../source/box.h.
 */
#ifndef KD_TEST_HISTORY_MAILS_H
#define KD_TEST_HISTORY_MAILS_H

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "history/mail.h"

struct reader {
	struct kd_gmime *g; /* NULL: GMime is not installed, the test is skipped */
	struct kd_arena a;
};

static inline void reader_make(struct reader *r)
{
	r->g = NULL;
	r->a = KD_ARENA_INIT(KD_MAIL_ARENA);
	kd_error_free(kd_gmime_open(&r->g));
}

static inline void reader_free(struct reader *r)
{
	kd_gmime_close(r->g);
	kd_arena_deinit(&r->a);
}

#define NEEDS_GMIME(r)                                                                             \
	do {                                                                                       \
		reader_make(r);                                                                    \
		if (!(r)->g) {                                                                     \
			reader_free(r);                                                            \
			skip();                                                                    \
		}                                                                                  \
	} while (0)

#define assert_view(v, text)                                                                       \
	do {                                                                                       \
		struct kd_view seen_ = (v), wanted_ = kd_view_of(text);                            \
		if (!kd_view_eq(seen_, wanted_))                                                   \
			fail_msg("\"%.*s\" instead of \"%s\"", KD_VARG(seen_), (text));            \
	} while (0)

static inline struct kd_mail read_mail(struct reader *r, struct kd_view bytes)
{
	struct kd_mail m = {.body = KD_VNULL};
	struct kd_error *err = kd_mail_parse(r->g, bytes, &r->a, &m);

	if (err)
		fail_msg("%s", err->msg);
	return m;
}

/* The class of the refusal, 0 when it was read. */
static inline int refuse_mail(struct reader *r, struct kd_view bytes)
{
	struct kd_mail m;
	struct kd_error *err = kd_mail_parse(r->g, bytes, &r->a, &m);
	int cls = err ? (int)err->cls : 0;

	kd_error_free(err);
	return cls;
}

#endif
