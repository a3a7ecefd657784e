// SPDX-License-Identifier: GPL-2.0-or-later
/* Files of known issues: what was read and written again is read as the same; the same bytes as a ticket's file. */
#include <assert.h>

#include "base/alloc.h"
#include "case/known_text.h"
#include "link/ticket.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct kd_error *again(void *user, const struct kd_known *k)
{
	const struct kd_known *first = user;

	assert(kd_view_eq(k->title, first->title) && kd_view_eq(k->ticket, first->ticket) && kd_view_eq(k->fix, first->fix));
	assert(k->nby == first->nby && k->status == first->status);
	return NULL;
}

static struct kd_error *one(void *user, const struct kd_known *k)
{
	kd_auto(kd_arena_deinit) struct kd_arena a = KD_ARENA_INIT(1 << 22);
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(1 << 20);
	struct kd_known copy = *k;
	struct kd_error *err;

	(void)user;
	assert(k->title.n && k->nby);
	kd_known_write(k, &b);
	err = kd_known_read(kd_buf_view(&b), &a, again, &copy);
	/* blanks at the ends of a line, and headings in a text, are the only things that do not come through */
	kd_error_free(err);
	return NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct kd_view v = kd_view((const char *)data, size);
	kd_auto(kd_arena_deinit) struct kd_arena a = KD_ARENA_INIT(1 << 22);
	struct kd_ticket t;

	(void)kd_known_is_text(v);
	kd_error_free(kd_known_read(v, &a, one, NULL));
	kd_error_free(kd_ticket_dir_read(v, &t));
	return 0;
}
