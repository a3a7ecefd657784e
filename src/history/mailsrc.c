// SPDX-License-Identifier: GPL-2.0-or-later
#include "history/mailsrc.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "history/mailsrc_internal.h"

static const struct kd_mailsrc_ops kinds[] = {
	{KD_MAILSRC_V2, "public-inbox v2", kd_mailsrc_is_v2, kd_mailsrc_read_v2},
	{KD_MAILSRC_EPOCH, "an epoch of public-inbox v2", kd_mailsrc_is_epoch, kd_mailsrc_read_git},
	{KD_MAILSRC_V1, "public-inbox v1", kd_mailsrc_is_v1, kd_mailsrc_read_git},
	{KD_MAILSRC_MAILDIR, "Maildir", kd_mailsrc_is_maildir, kd_mailsrc_read_maildir},
	{KD_MAILSRC_MBOX, "mbox", kd_mailsrc_is_mbox, kd_mailsrc_read_mbox},
	{KD_MAILSRC_ONE, "one message", kd_mailsrc_is_one, kd_mailsrc_read_one},
};

struct kd_error *kd_mailsrc_open(struct kd_ctx *ctx, const char *path, struct kd_mailsrc **ret)
{
	struct stat st;

	if (stat(path, &st))
		return kd_error_errno(errno, "%s", path);
	for (size_t i = 0; i < KD_ARRAY_LEN(kinds); i++) {
		struct kd_mailsrc *s;

		if (!kinds[i].probe(ctx, path))
			continue;
		s = kd_xcalloc(1, sizeof(*s));
		s->ctx = ctx;
		s->path = kd_xstrndup(path, strlen(path));
		s->ops = &kinds[i];
		*ret = s;
		return NULL;
	}
	return kd_error_new(KD_BADDATA, "%s holds no mail: no archive of public-inbox, mbox, Maildir or message", path);
}

void kd_mailsrc_close(struct kd_mailsrc *s)
{
	if (!s)
		return;
	kd_free(s->path);
	kd_free(s);
}

void kd_mailsrc_closep(struct kd_mailsrc **s)
{
	kd_mailsrc_close(*s);
}

enum kd_mailsrc_kind kd_mailsrc_kind(const struct kd_mailsrc *s)
{
	return s->ops->kind;
}

const char *kd_mailsrc_word(enum kd_mailsrc_kind k)
{
	for (size_t i = 0; i < KD_ARRAY_LEN(kinds); i++)
		if (kinds[i].kind == k)
			return kinds[i].word;
	return "unknown";
}

struct kd_error *kd_mailsrc_read(struct kd_mailsrc *s, struct kd_mailsrc_read *r)
{
	kd_buf_clear(r->position);
	r->restarted = false;
	r->given = r->skipped = r->lost = 0;
	r->note = NULL;
	return s->ops->read(s, r);
}

struct kd_error *kd_mailsrc_give(struct kd_mailsrc *s, struct kd_mailsrc_read *r, const struct kd_mailsrc_mail *m)
{
	struct kd_error *err = kd_ctx_check(s->ctx);

	if (!err)
		err = r->fn(r->user, m);
	if (!err) {
		r->given++;
		r->lost += m->lost != NULL;
	}
	return err;
}

bool kd_mailsrc_skip(struct kd_mailsrc_read *r, struct kd_view id)
{
	bool known = r->known && r->known(r->user, id);

	r->skipped += known;
	return known;
}
