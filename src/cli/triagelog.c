// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/triagelog.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fs.h"
#include "render/sheet_md.h"

enum { PATH_BYTES = 4096 };

/* The field `until`: "2026-05-12 12:00Z". */
static struct kd_view until_of(const struct kd_sheet *s)
{
	for (size_t i = 0; i < s->block.n; i++)
		if (s->block.v[i].kind == KD_BLOCK_FIELD && s->block.v[i].key &&
		    kd_view_eq(kd_view_of(s->block.v[i].key), KD_V("until")))
			return s->block.v[i].cell.text;
	return KD_VNULL;
}

static struct kd_error *append(const char *path, struct kd_view text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	struct kd_error *err;

	if (fd < 0)
		return kd_error_errno(errno, "%s", path);
	flock(fd, LOCK_EX); /* two runs at once: one section after the other */
	err = kd_fs_write(fd, path, text);
	if (!err && fsync(fd))
		err = kd_error_errno(errno, "%s", path);
	close(fd);
	return err;
}

struct kd_error *kd_log_triage(const char *dir, struct kd_sheet *s)
{
	kd_auto(kd_buf_deinit) struct kd_buf path = KD_BUF_INIT(PATH_BYTES);
	kd_auto(kd_out_deinit) struct kd_out text;
	struct kd_view until = until_of(s), day = kd_view_head(until, 10);
	struct kd_error *err = NULL;
	bool there;

	kd_out_init(&text, NULL, NULL);
	if (!dir && !kd_fs_exists("triage-log"))
		return NULL;
	if (dir)
		err = kd_fs_mkdirs(dir, 0755);
	kd_buf_printf(&path, "%s/%.*s-triage.md", dir ? dir : "triage-log", KD_VARG(day));
	if (err)
		return err;
	if (path.overflow)
		return kd_error_new(KD_INVALID, "the name of the folder is too long");
	there = kd_fs_exists(path.p);
	if (!there)
		kd_out_printf(&text, "# Triage %.*s\n", KD_VARG(day));
	kd_out_printf(&text, "\n## %.*s\n\n", KD_VARG(until));
	kd_render_sheet_md(&text, s);
	if (text.failed || text.buf.overflow)
		return kd_error_new(KD_LIMIT, "the answer is too long for a log");
	err = append(path.p, kd_buf_view(&text.buf));
	if (!err)
		kd_sheet_note(s, "%s %s", there ? "appended to" : "written to", path.p);
	return err;
}
