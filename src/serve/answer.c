// SPDX-License-Identifier: GPL-2.0-or-later
#include "serve/answer.h"

#include <string.h>

#include "base/alloc.h"
#include "base/hash.h"
#include "serve/secret.h"

#define PREFIX "ans-"
enum { OF_SUM = 12 }; /* bytes of the sum in a handle */

struct one {
	char handle[KD_ANSWER_HANDLE];
	char *p;
	size_t n;
	struct one *next; /* the newer one */
};

struct kd_answers {
	struct one *first, *last; /* oldest, newest */
	size_t bytes, max;
	uint8_t secret[KD_SHA256_LEN];
};

struct kd_answers *kd_answers_new(size_t max_bytes)
{
	struct kd_answers *a = kd_xcalloc(1, sizeof(*a));

	a->max = max_bytes;
	kd_secret(a->secret, sizeof(a->secret));
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

static void name(const struct kd_answers *a, struct kd_view text, char ret[KD_ANSWER_HANDLE])
{
	struct kd_sha256 h;
	uint8_t sum[KD_SHA256_LEN];

	kd_sha256_init(&h);
	kd_sha256_update(&h, kd_view((const char *)a->secret, sizeof(a->secret)));
	kd_sha256_update(&h, text);
	kd_sha256_final(&h, sum);
	memcpy(ret, PREFIX, sizeof(PREFIX) - 1);
	kd_hex(sum, OF_SUM, ret + sizeof(PREFIX) - 1);
}

bool kd_answers_put(struct kd_answers *a, struct kd_view text, char ret_handle[KD_ANSWER_HANDLE])
{
	struct kd_view there;
	struct one *o;

	if (text.n > a->max)
		return false;
	name(a, text, ret_handle);
	if (kd_answers_get(a, kd_view_of(ret_handle), &there))
		return true;
	while (a->first && a->bytes + text.n > a->max)
		drop_first(a);
	o = kd_xcalloc(1, sizeof(*o));
	memcpy(o->handle, ret_handle, strlen(ret_handle) + 1);
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
