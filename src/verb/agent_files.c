// SPDX-License-Identifier: GPL-2.0-or-later
/* Files below the folder of an installation: never through a link. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fs.h"
#include "base/hash.h"
#include "verb/agent_internal.h"

#define LISTS ".kdoc/agents"
#define TMP LISTS "/writing"

struct agent_file *kd_agent_plan_add(struct agent_plan *p, struct kd_view path, enum agent_action action, const char *why)
{
	struct agent_file *f = kd_avec_push(p->arena, &p->file, 2 * AGENT_FILES_MAX);

	if (!f)
		return NULL;
	*f = (struct agent_file){.path = path, .action = (uint8_t)action, .why = kd_view_of(why)};
	return f;
}

/* DIR/path as a string. NULL: the arena is full. */
static const char *full_path(const struct agent_plan *p, struct kd_view path)
{
	return kd_arena_printf(p->arena, "%s/%.*s", p->dir, KD_VARG(path)).p;
}

/* Is each part of the way to path a folder, or not there? *there: all of them are. */
static struct kd_error *look_at_way(const struct agent_plan *p, struct kd_view path, bool *there, struct kd_view *why)
{
	for (size_t i = 0; i < path.n; i++) {
		const char *part;
		struct stat sb;

		if (path.p[i] != '/')
			continue;
		part = full_path(p, kd_view_head(path, i));
		if (!part)
			return kd_error_new(KD_LIMIT, "too many files");
		if (lstat(part, &sb)) {
			*there = false;
			return errno == ENOENT ? NULL : kd_error_errno(errno, "%s", part);
		}
		if (!S_ISDIR(sb.st_mode)) {
			*why = kd_arena_printf(p->arena, "%.*s is %s", (int)i, path.p,
					       S_ISLNK(sb.st_mode) ? "a symbolic link: kdoc writes nothing through it" : "no folder");
			return NULL;
		}
	}
	*there = true;
	return NULL;
}

struct kd_error *kd_agent_read(struct agent_plan *p, struct kd_view path, struct kd_view *ret, mode_t *mode, struct kd_view *why)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(AGENT_FILE_MAX + 1);
	const char *full = full_path(p, path);
	struct kd_error *err;
	bool there = false;
	struct stat sb;

	*ret = *why = KD_VNULL;
	err = full ? look_at_way(p, path, &there, why) : kd_error_new(KD_LIMIT, "too many files");
	if (err || why->p || !there)
		return err;
	if (lstat(full, &sb))
		return errno == ENOENT ? NULL : kd_error_errno(errno, "%s", full);
	*mode = sb.st_mode & 07777;
	if (!S_ISREG(sb.st_mode)) {
		*why = S_ISLNK(sb.st_mode) ? KD_V("is a symbolic link: kdoc writes nothing through it") : KD_V("is no regular file");
		return NULL;
	}
	err = kd_fs_read_small(full, AGENT_FILE_MAX, &b);
	if (!err)
		*ret = b.n ? kd_arena_view(p->arena, kd_buf_view(&b)) : KD_V("");
	return err;
}

static bool holds(const struct kd_views *v, struct kd_view text)
{
	for (size_t i = 0; i < v->n; i++)
		if (kd_view_eq(v->v[i], text))
			return true;
	return false;
}

void kd_agent_note_folders(struct agent_plan *p, struct kd_view path)
{
	for (size_t i = 0; i < path.n; i++) {
		const struct kd_view folder = kd_view_head(path, i);
		const char *full = path.p[i] == '/' ? full_path(p, folder) : NULL;
		struct kd_view *slot;

		if (!full || holds(&p->fresh.folders, folder) || kd_fs_exists(full))
			continue;
		slot = kd_avec_push(p->arena, &p->fresh.folders, AGENT_FILES_MAX);
		if (slot)
			*slot = folder;
	}
}

void kd_agent_unlock(const int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

struct kd_error *kd_agent_lock(const char *dir, int *ret)
{
	enum { TRIES = 200, WAIT_MS = 50 };
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	for (int i = 0; fd >= 0 && flock(fd, LOCK_EX | LOCK_NB); i++) {
		const bool busy = errno == EWOULDBLOCK || errno == EINTR;

		if (busy && i < TRIES) {
			poll(NULL, 0, WAIT_MS);
			continue;
		}
		close(fd);
		fd = -1;
		if (busy)
			return kd_error_new(KD_CONFLICT, "another kdoc setup install is at work in %s; try again", dir);
	}
	*ret = fd;
	return NULL;
}

/* A file of its own, whole. mode 0: as the umask has it. */
static struct kd_error *fill(const char *tmp, struct kd_view text, mode_t mode)
{
	kd_auto(kd_agent_unlock) int fd = -1;
	struct kd_error *err;

	unlink(tmp);
	fd = open(tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (fd < 0)
		return kd_error_errno(errno, "creating %s", tmp);
	err = kd_fs_write(fd, tmp, text);
	if (!err && ((mode && fchmod(fd, mode)) || fsync(fd)))
		err = kd_error_errno(errno, "writing %s", tmp);
	return err;
}

/*
 * By way of one file beside the list: what a kill leaves behind lies there, the next run takes it away, and no name of anybody's
 * is guessed at.
 */
struct kd_error *kd_agent_write(const struct agent_plan *p, struct kd_view path, struct kd_view text, mode_t mode)
{
	const char *full = full_path(p, path), *tmp = full_path(p, KD_V(TMP)), *lists = full_path(p, KD_V(LISTS));
	size_t slash = kd_view_rchr(path, '/');
	struct kd_error *err = full && tmp && lists ? kd_fs_mkdirs(lists, 0777) : kd_error_new(KD_LIMIT, "too many files");

	if (!err && slash != KD_NPOS)
		err = kd_fs_mkdirs(full_path(p, kd_view_head(path, slash)), 0777);
	if (!err)
		err = fill(tmp, text, mode);
	if (err || !rename(tmp, full))
		return err;
	if (errno != EXDEV)
		err = kd_error_errno(errno, "renaming %s to %s", tmp, full);
	unlink(tmp);
	return err ? err : kd_fs_write_atomic(full, text, mode ? mode : 0644);
}

struct kd_error *kd_agent_delete(const struct agent_plan *p, struct kd_view path)
{
	const char *full = full_path(p, path);

	if (full && unlink(full) && errno != ENOENT)
		return kd_error_errno(errno, "deleting %s", full);
	return NULL;
}

void kd_agent_drop_folders(const struct agent_plan *p)
{
	const struct kd_views *v = &p->old.folders;
	static const char *const own[] = {LISTS, ".kdoc"}; /* another program's list may have made them */
	const char *tmp = full_path(p, KD_V(TMP));

	if (tmp)
		unlink(tmp);
	for (size_t i = v->n; i > 0; i--) { /* inner ones first */
		const char *full = full_path(p, v->v[i - 1]);

		if (full)
			rmdir(full); /* one that is not empty stays */
	}
	for (size_t i = 0; i < KD_ARRAY_LEN(own); i++) {
		const char *full = full_path(p, kd_view_of(own[i]));

		if (full)
			rmdir(full);
	}
}

struct kd_view kd_agent_digest(struct kd_arena *a, struct kd_view text)
{
	uint8_t sum[KD_SHA256_LEN];
	char hex[2 * KD_SHA256_LEN + 1];

	kd_sha256_of(text, sum);
	kd_hex(sum, sizeof(sum), hex);
	return kd_arena_view(a, kd_view(hex, AGENT_DIGEST));
}

/* ---- differences ---- */

enum { CONTEXT = 3 };

struct lines {
	struct kd_view *v;
	size_t n;
};

/* false: the arena is full. */
static bool split(struct kd_arena *a, struct kd_view text, struct lines *ret)
{
	size_t most = 1;

	for (size_t i = 0; i < text.n; i++)
		most += text.p[i] == '\n';
	*ret = (struct lines){.v = kd_arena_array(a, most, struct kd_view)};
	if (!ret->v)
		return false;
	for (; text.n; ret->n++)
		if (!kd_view_take_until(&text, KD_V("\n"), &ret->v[ret->n])) {
			ret->v[ret->n] = text;
			text = KD_VNULL;
		}
	return true;
}

/* Of a line that is long (a file in one line) what lies from..to is shown, and a little beside it. */
static void print_line(struct kd_sheet *s, char sign, struct kd_view line, size_t from, size_t to)
{
	enum { LONG = 1000, BESIDE = 100 };
	size_t end = line.n;

	if (line.n <= LONG)
		from = 0;
	else if (to + BESIDE < line.n)
		end = to + BESIDE;
	from = from > BESIDE ? from - BESIDE : 0;
	while (from && (line.p[from] & 0xc0) == 0x80)
		from--;
	while (end < line.n && (line.p[end] & 0xc0) == 0x80)
		end++;
	kd_sheet_line(s, "diff", "%c%s%.*s%s", sign, from ? "…" : "", KD_VARG(kd_view(line.p + from, end - from)), end < line.n ? "…" : "");
}

static void print(struct kd_sheet *s, char sign, const struct lines *l, size_t from, size_t to)
{
	for (; from < to; from++)
		print_line(s, sign, l->v[from], 0, sign == ' ' ? 0 : l->v[from].n);
}

/* One line for another: where they differ. */
static void print_change(struct kd_sheet *s, struct kd_view a, struct kd_view b)
{
	size_t head = 0, tail = 0;

	while (head < a.n && head < b.n && a.p[head] == b.p[head])
		head++;
	while (tail < a.n - head && tail < b.n - head && a.p[a.n - 1 - tail] == b.p[b.n - 1 - tail])
		tail++;
	print_line(s, '-', a, head, a.n - tail);
	print_line(s, '+', b, head, b.n - tail);
}

/* One hunk from the first line that differs to the last one. */
static void hunk(struct kd_sheet *s, const struct lines *a, const struct lines *b)
{
	size_t head = 0, tail = 0, from, end;

	while (head < a->n && head < b->n && kd_view_eq(a->v[head], b->v[head]))
		head++;
	while (tail < a->n - head && tail < b->n - head && kd_view_eq(a->v[a->n - 1 - tail], b->v[b->n - 1 - tail]))
		tail++;
	from = head > CONTEXT ? head - CONTEXT : 0;
	end = tail > CONTEXT ? tail - CONTEXT : 0;
	kd_sheet_line(s, "diff", "@@ -%zu,%zu +%zu,%zu @@", a->n ? from + 1 : 0, a->n - end - from, b->n ? from + 1 : 0, b->n - end - from);
	print(s, ' ', a, from, head);
	if (a->n - tail - head == 1 && b->n - tail - head == 1) {
		print_change(s, a->v[head], b->v[head]);
	} else {
		print(s, '-', a, head, a->n - tail);
		print(s, '+', b, head, b->n - tail);
	}
	print(s, ' ', a, a->n - tail, a->n - end);
}

void kd_agent_diff(struct kd_sheet *s, const struct agent_file *f, bool full)
{
	struct lines before, after;

	if (f->action == AGENT_SAME || f->action == AGENT_LEFT || f->action == AGENT_REFUSED)
		return;
	if (!full && f->action == AGENT_NEW && !f->settings)
		return;
	if (f->action == AGENT_REMOVED && !full && !f->settings)
		return;
	if (!split(s->arena, f->before, &before) || !split(s->arena, f->after, &after))
		return;
	kd_sheet_line(s, "diff", "--- %.*s", KD_VARG(f->before.p ? f->path : KD_V("/dev/null")));
	kd_sheet_line(s, "diff", "+++ %.*s", KD_VARG(f->after.p ? f->path : KD_V("/dev/null")));
	hunk(s, &before, &after);
}
