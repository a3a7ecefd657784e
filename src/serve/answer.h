/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * answer.h: answers that are longer than one tool result may be, kept so that the rest can be asked for.
 *
 *	char handle[KD_ANSWER_HANDLE];
 *	kd_answers_put(a, text, handle);
 *	…
 *	if (kd_answers_get(a, kd_view_of(handle), &text)) …
 *
 * A handle is made of the answer and of a random number that this store alone has: who does not have it cannot guess it, and
 * the same answer has the same one, so that the same question is answered by the same bytes. The oldest answers go when
 * all of them have more bytes than the limit; a handle whose answer is gone is unknown, and the caller is told to ask the tool again.
 */
#ifndef KD_SERVE_ANSWER_H
#define KD_SERVE_ANSWER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/view.h"

enum { KD_ANSWER_HANDLE = 32 }; /* bytes with the NUL: "ans-" and 24 hexadecimal digits */
enum { KD_ANSWERS_BYTES = 16 << 20 };

struct kd_answers;

struct kd_answers *kd_answers_new(size_t max_bytes);
void kd_answers_free(struct kd_answers *a);

/* Keeps a copy. false: it alone is longer than the limit. */
bool kd_answers_put(struct kd_answers *a, struct kd_view text, char ret_handle[KD_ANSWER_HANDLE]);
/* Borrowed until the next put. */
bool kd_answers_get(const struct kd_answers *a, struct kd_view handle, struct kd_view *ret);

#endif
