// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Maildir: a file per message in new/ and cur/; tmp/ holds what is being written. A message keeps its name up to the
 * colon when it moves from new/ to cur/ or gets flags, so that part is its id, and there is no position: what is known
 * is asked for by id. And a file with one message.
 */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/fs.h"
#include "base/source.h"
#include "history/mailsrc_internal.h"

static bool is_folder(const char *path, const char *name)
{
	char full[4096];
	struct stat st;

	return snprintf(full, sizeof(full), "%s/%s", path, name) < (int)sizeof(full) && !stat(full, &st) &&
	       S_ISDIR(st.st_mode);
}

bool kd_mailsrc_is_maildir(struct kd_ctx *ctx, const char *path)
{
	(void)ctx;
	return is_folder(path, "cur") && is_folder(path, "new");
}

/* A whole file, unpacked where it is packed. false: longer than a message may be. */
static struct kd_error *read_whole(struct kd_mailsrc *s, const char *path, struct kd_buf *ret, bool *fits)
{
	kd_auto(kd_source_closep) struct kd_source *src = NULL;
	const struct kd_source_opts opts = {.decoder_memory = s->ctx->limits.decoder_memory, .cancel = s->ctx->cancel};
	struct kd_error *err = kd_source_open_with(path, &opts, &src);
	char *room;
	size_t n = 1;

	*fits = true;
	if (err)
		return err;
	room = kd_xmalloc(KD_SOURCE_PEEK_MAX);
	while (!err && n && *fits) {
		err = kd_source_read(src, room, KD_SOURCE_PEEK_MAX, &n);
		if (!err && !kd_buf_add(ret, kd_view(room, n)))
			*fits = false;
	}
	kd_free(room);
	return err;
}

struct maildir {
	struct kd_mailsrc *s;
	struct kd_mailsrc_read *r;
};

static struct kd_error *give_file(struct kd_mailsrc *s, struct kd_mailsrc_read *r, const char *path, struct kd_view id)
{
	kd_auto(kd_buf_deinit) struct kd_buf bytes = KD_BUF_INIT(KD_MAILSRC_MESSAGE_MAX);
	struct kd_mailsrc_mail m = {.id = id};
	struct kd_error *err;
	bool fits;

	err = read_whole(s, path, &bytes, &fits);
	if (kd_error_catch(&err, KD_CANCELLED))
		return kd_error_new(KD_CANCELLED, "reading %s was stopped", path);
	if (err)
		m.lost = "it cannot be read"; /* gone or moved meanwhile, or not ours */
	else if (!fits)
		m.lost = "it is longer than 16 MiB";
	else
		m.bytes = bytes.n ? kd_buf_view(&bytes) : KD_V("");
	kd_error_free(err);
	return kd_mailsrc_give(s, r, &m);
}

static struct kd_error *on_file(void *user, const struct kd_fs_entry *e)
{
	struct maildir *d = user;
	struct kd_view id = kd_view_of(e->name);
	size_t colon = kd_view_chr(id, ':');

	if (colon != KD_NPOS)
		id = kd_view_head(id, colon);
	return kd_mailsrc_skip(d->r, id) ? NULL : give_file(d->s, d->r, e->path, id);
}

struct kd_error *kd_mailsrc_read_maildir(struct kd_mailsrc *s, struct kd_mailsrc_read *r)
{
	static const char *const folders[] = {"new", "cur"};
	const struct kd_fs_walk_opts opts = {.max_entries = 5000000, .max_depth = 1};
	struct maildir d = {.s = s, .r = r};
	struct kd_error *err = NULL;
	char path[4096];

	for (size_t i = 0; i < KD_ARRAY_LEN(folders) && !err; i++) {
		snprintf(path, sizeof(path), "%s/%s", s->path, folders[i]);
		err = kd_fs_walk(path, &opts, on_file, &d);
	}
	return err;
}

/* ---- one message ---- */

/* Does it begin with a field? */
bool kd_mailsrc_is_one(struct kd_ctx *ctx, const char *path)
{
	kd_auto(kd_source_closep) struct kd_source *src = NULL;
	const struct kd_source_opts opts = {.decoder_memory = ctx->limits.decoder_memory};
	struct kd_error *err;
	struct kd_view head = KD_VNULL;
	size_t i = 0;

	if (kd_fs_exists(path) && is_folder(path, "."))
		return false;
	err = kd_source_open_with(path, &opts, &src);
	if (!err)
		err = kd_source_peek(src, 200, &head);
	if (err) {
		kd_error_free(err);
		return false;
	}
	while (i < head.n && (kd_is_alnum(head.p[i]) || head.p[i] == '-'))
		i++;
	return i && i < head.n && head.p[i] == ':';
}

struct kd_error *kd_mailsrc_read_one(struct kd_mailsrc *s, struct kd_mailsrc_read *r)
{
	return kd_mailsrc_skip(r, KD_V("file")) ? NULL : give_file(s, r, s->path, KD_V("file"));
}
