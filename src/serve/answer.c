// SPDX-License-Identifier: GPL-2.0-or-later
#include "serve/answer.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/alloc.h"
#include "base/hash.h"

#define PREFIX "ans-"
enum { RANDOM = 12 };

struct one {
	char handle[KD_ANSWER_HANDLE];
	char *p;
	size_t n;
	struct one *next; /* the newer one */
};

struct kd_answers {
	struct one *first, *last; /* oldest, newest */
	size_t bytes, max;
};

struct kd_answers *kd_answers_new(size_t max_bytes)
{
	struct kd_answers *a = kd_xcalloc(1, sizeof(*a));

	a->max = max_bytes;
	return a;
}

static void drop_first(struct kd_answers *a)
{
	struct one *o = a->first;

	a->first = o->next;
	if (!a->first)
		a->last = NULL;
	a->bytes -= o->n;
	kd_free(o->p);
	kd_free(o);
}

void kd_answers_free(struct kd_answers *a)
{
	while (a && a->first)
		drop_first(a);
	kd_free(a);
}

static bool name(char ret[KD_ANSWER_HANDLE])
{
	uint8_t r[RANDOM];

	if (getrandom(r, sizeof(r), 0) != (ssize_t)sizeof(r))
		return false;
	memcpy(ret, PREFIX, sizeof(PREFIX) - 1);
	kd_hex(r, sizeof(r), ret + sizeof(PREFIX) - 1);
	return true;
}

bool kd_answers_put(struct kd_answers *a, struct kd_view text, char ret_handle[KD_ANSWER_HANDLE])
{
	struct one *o;

	if (text.n > a->max || !name(ret_handle))
		return false;
	while (a->first && a->bytes + text.n > a->max)
		drop_first(a);
	o = kd_xcalloc(1, sizeof(*o));
	memcpy(o->handle, ret_handle, sizeof(o->handle));
	o->p = kd_xstrndup(text.p ? text.p : "", text.n);
	o->n = text.n;
	if (a->last)
		a->last->next = o;
	else
		a->first = o;
	a->last = o;
	a->bytes += o->n;
	return true;
}

bool kd_answers_get(const struct kd_answers *a, struct kd_view handle, struct kd_view *ret)
{
	for (const struct one *o = a->first; o; o = o->next)
		if (kd_view_eq(handle, kd_view_of(o->handle))) {
			*ret = kd_view(o->p, o->n);
			return true;
		}
	return false;
}
