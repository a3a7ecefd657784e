// SPDX-License-Identifier: GPL-2.0-or-later
/* The files of a run, below its output folder. Without a folder nothing is written. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fs.h"
#include "lab/lab.h"

enum { PATH_BYTES = 4096 };

static struct kd_error *create(struct kd_lab *lab, const char *name, int *ret)
{
	struct kd_view path = kd_arena_printf(&lab->run->arena, "%s/%s", lab->req->out, name);

	if (!path.p)
		return kd_error_new(KD_INVALID, "%s is too long a path", lab->req->out);
	*ret = open(path.p, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (*ret < 0)
		return kd_error_errno(errno, "%s", path.p);
	if (!strcmp(name, "console.log"))
		lab->run->console_path = kd_xstrndup(path.p, path.n);
	return NULL;
}

struct kd_error *kd_lab_files_open(struct kd_lab *lab)
{
	const char *out = lab->req->out;
	struct kd_error *err;

	if (!out)
		return NULL;
	err = kd_fs_mkdirs(out, 0755);
	if (!err)
		err = create(lab, "console.log", &lab->console_file);
	if (!err && !lab->req->initrd)
		err = create(lab, "agent.log", &lab->agent_file);
	if (!err)
		lab->run->out = kd_xstrndup(out, strlen(out));
	return kd_error_wrap(err, "the output folder");
}

void kd_lab_write(struct kd_lab *lab, int fd, struct kd_view v)
{
	while (fd >= 0 && v.n && !lab->out_errno) {
		ssize_t n = write(fd, v.p, v.n);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			lab->out_errno = n ? errno : EIO;
			kd_log_printf(lab->ctx->log, KD_LOG_WARN,
				      "%s cannot be written any more: %s", lab->req->out,
				      strerror(lab->out_errno));
			return;
		}
		v = kd_view_from(v, (size_t)n);
	}
}

/* The last part of the guest's path, and only if it is harmless. */
static struct kd_view harmless(const char *path)
{
	struct kd_view v = kd_view_of(path);
	size_t slash = kd_view_rchr(v, '/');

	v = kd_view_from(v, slash == KD_NPOS ? 0 : slash + 1);
	for (size_t i = 0; i < v.n; i++)
		if (!kd_is_word(v.p[i]) && v.p[i] != '-' && (v.p[i] != '.' || !i))
			return KD_V("file");
	return v.n && v.n < 100 ? v : KD_V("file");
}

void kd_lab_keep_file(struct kd_lab *lab, size_t i)
{
	struct kd_lab_done *d = &lab->done.v[i];
	struct kd_lab_flight *f = &lab->flight.v[i];
	kd_auto(kd_error_freep) struct kd_error *err = NULL;
	struct kd_view path;

	if (f->bad || f->file.n != f->size) {
		d->error = "it did not come completely";
		return;
	}
	if (!lab->req->out) { /* whoever asked takes it from the output */
		kd_buf_deinit(&d->output);
		d->output = f->file;
		f->file = (struct kd_buf){.max = 0};
		return;
	}
	path = kd_arena_printf(&lab->run->arena, "%s/files/%zu-%.*s", lab->req->out, i + 1,
			       KD_VARG(harmless(d->command)));
	if (!path.p) {
		d->error = "the path is too long";
		return;
	}
	err = kd_fs_mkdirs(kd_arena_printf(&lab->run->arena, "%s/files", lab->req->out).p, 0755);
	if (!err)
		err = kd_fs_write_atomic(path.p, kd_buf_view(&f->file), 0644);
	if (err)
		d->error = kd_arena_view(&lab->run->arena, kd_view_of(err->msg)).p;
	else
		d->file = path.p;
	kd_buf_deinit(&f->file);
}

static void write_times(struct kd_lab *lab)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT((size_t)256 << 20);
	kd_auto(kd_error_freep) struct kd_error *err = NULL;
	const struct kd_console *c = lab->run->console;
	struct kd_view path;

	for (size_t i = 0; i < c->lines.n; i++)
		kd_buf_printf(&b, "%llu %lld\n", (unsigned long long)c->lines.v[i].off,
			      (long long)c->lines.v[i].ms);
	path = kd_arena_printf(&lab->run->arena, "%s/console.times", lab->req->out);
	if (path.p)
		err = kd_fs_write_atomic(path.p, kd_buf_view(&b), 0644);
	if (err)
		kd_log_printf(lab->ctx->log, KD_LOG_WARN, "%s", err->msg);
}

void kd_lab_files_close(struct kd_lab *lab)
{
	int *const fds[] = {&lab->console_file, &lab->agent_file, &lab->initrd_fd};

	if (lab->run && lab->run->out && lab->console_file >= 0)
		write_times(lab);
	for (size_t i = 0; i < KD_ARRAY_LEN(fds); i++) {
		if (*fds[i] >= 0)
			close(*fds[i]);
		*fds[i] = -1;
	}
}
