// SPDX-License-Identifier: GPL-2.0-or-later
/* Any bytes as a query of mails, and as the record of one: a tree within its bounds, or a reason. */
#include "base/alloc.h"
#include "fuzz.h"
#include "history/mailquery.h"
#include "history/mailrec.h"

static const int64_t now = 1700000000;

static size_t walk(const struct kd_mq *q, unsigned depth)
{
	size_t n = 1;

	check(q->kind <= KD_MQ_NOT && depth <= KD_MAILQUERY_DEPTH_MAX + 8);
	check(q->kind != KD_MQ_WORD || q->words.n == 1);
	check(q->kind != KD_MQ_STAR || q->words.n == 1);
	check(q->kind != KD_MQ_TERM || q->keys.n == 1);
	check(q->kind != KD_MQ_NOT || q->sub.n);
	for (size_t i = 0; i < q->sub.n; i++)
		n += walk(q->sub.v[i], depth + 1);
	return n;
}

static bool field(void *user, enum kd_word_field f, struct kd_view text)
{
	uint64_t *bytes = user;

	check(f != 0 && (!text.n || text.p));
	*bytes += text.n;
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const void *p = data;
	const struct kd_view all = kd_view(p, size);
	struct kd_arena a = KD_ARENA_INIT((size_t)64 << 20);
	struct kd_mailrec r;
	struct kd_mq *q = NULL;
	int64_t first, last;
	uint64_t bytes = 0;
	struct kd_error *err = kd_mailquery_parse(&a, all, now, &q);

	check(!err || err->cls == KD_INVALID || err->cls == KD_LIMIT);
	if (!err && q)
		check(walk(q, 0) <= 64 * (size_t)KD_MAILQUERY_NODES_MAX);
	kd_error_free(err);
	if (kd_mailquery_date(all, now, &first, &last))
		check(first <= last);
	err = kd_mailrec_parse(&a, all, &r);
	if (!err)
		err = kd_mailrec_fields(&a, &r, field, &bytes);
	check(!err || err->cls == KD_LIMIT);
	kd_error_free(err);
	kd_arena_deinit(&a);
	return 0;
}
