// SPDX-License-Identifier: GPL-2.0-or-later
#include "lab/kdumpdisk.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cursor.h"
#include "lab/file.h"

enum { CHUNK = 1 << 20, PAGE = 4096, FLAT_HEADER = 4096, RECORD = 16, WHY_MAX = 300 };

/* --- the index ---------------------------------------------------------------------------- */

static bool index_line(struct kd_view line, struct kd_kdumpdisk_index *ret)
{
	struct kd_kdumpdisk_form f = {.there = true};
	uint64_t number;

	if (!kd_view_skip(&line, KD_V("form ")) || !kd_view_take_dec(&line, &number) ||
	    number >= KD_ARRAY_LEN(ret->form) || !kd_view_skip(&line, KD_V(" ")) ||
	    !kd_view_take_dec(&line, &f.status) || !kd_view_skip(&line, KD_V(" ")) ||
	    !kd_view_take_dec(&line, &f.bytes))
		return false;
	for (size_t i = 0; i < line.n; i++)
		if (line.p[i] < ' ' || line.p[i] > '~')
			return false;
	f.why = kd_view_head(kd_view_trim(line), WHY_MAX);
	ret->form[number] = f;
	return true;
}

bool kd_kdumpdisk_index(struct kd_view block, struct kd_kdumpdisk_index *ret)
{
	struct kd_view line;

	*ret = (struct kd_kdumpdisk_index){.complete = false};
	if (!kd_view_take_until(&block, KD_V("\n"), &line) || !kd_view_eq(line, KD_V("kdoc-kdump 1")))
		return false;
	while (!ret->complete && kd_view_take_until(&block, KD_V("\n"), &line))
		if (!index_line(line, ret))
			ret->complete = kd_view_eq(line, KD_V("end"));
	return true;
}

/* --- files out of it ---------------------------------------------------------------------- */

struct job {
	struct kd_ctx *ctx;
	const struct kd_kdumpdisk_slot *slot;
	const char *to;
	int in, out;
	uint64_t at; /* of the slot: next byte */
	uint64_t end; /* of the file that is written */
	char *buf; /* CHUNK bytes */
};

static struct kd_error *take(struct job *j, size_t n)
{
	struct kd_error *err;
	size_t got;

	if (n > j->slot->room - j->at)
		return kd_error_new(KD_BADDATA, "it has no end: it was not written completely");
	err = kd_file_read_at(j->in, j->slot->disk, j->slot->at + j->at, j->buf, n, &got);
	if (!err && got < n)
		err = kd_error_new(KD_BADDATA, "the disk ends before it");
	j->at += n;
	return err;
}

static bool is_zero(const char *p, size_t n)
{
	return !n || (!p[0] && !memcmp(p, p + 1, n - 1));
}

/* What was taken, to its place; runs of zeros stay holes. */
static struct kd_error *put(struct job *j, uint64_t at, size_t n)
{
	struct kd_error *err = NULL;

	for (size_t i = 0; !err && i < n; i += PAGE) {
		size_t some = n - i < PAGE ? n - i : PAGE;

		if (!is_zero(j->buf + i, some))
			err = kd_file_write_at(j->out, j->to, at + i, j->buf + i, some);
	}
	if (at + n > j->end)
		j->end = at + n;
	return err ? err : kd_ctx_check(j->ctx);
}

static struct kd_error *move(struct job *j, uint64_t to, uint64_t bytes)
{
	struct kd_error *err = NULL;

	while (!err && bytes) {
		size_t some = bytes < CHUNK ? (size_t)bytes : CHUNK;

		err = take(j, some);
		if (!err)
			err = put(j, to, some);
		to += some;
		bytes -= some;
	}
	return err;
}

static struct kd_error *flat_header(struct job *j, bool flat)
{
	struct kd_error *err = take(j, FLAT_HEADER);

	if (err)
		return err;
	if (memcmp(j->buf, "makedumpfile\0\0\0\0", 16) != 0)
		return kd_error_new(KD_BADDATA, "it does not begin as makedumpfile's flattened stream");
	return flat ? put(j, 0, FLAT_HEADER) : NULL;
}

/* One record: its head has been taken. */
static struct kd_error *record(struct job *j, uint64_t to, uint64_t bytes, uint64_t max, bool flat)
{
	struct kd_error *err;

	if (to > max || bytes > max - to)
		return kd_error_new(KD_LIMIT, "a record lies at %#jx, beyond the limit of %#jx",
				    (uintmax_t)to, (uintmax_t)max);
	if (!flat)
		return move(j, to, bytes);
	err = put(j, j->at - RECORD, RECORD);
	return err ? err : move(j, j->at, bytes);
}

static struct kd_error *stream(struct job *j, uint64_t max, bool flat)
{
	struct kd_error *err = flat_header(j, flat);
	uint64_t to = 0, bytes = 0;

	while (!err) {
		struct kd_cursor c = kd_cursor_of(kd_view(j->buf, RECORD), j->at, true);

		err = take(j, RECORD);
		if (err)
			break;
		if (!kd_cursor_next_u64(&c, &to) || !kd_cursor_next_u64(&c, &bytes))
			return kd_cursor_error(&c, "a record");
		if (to == UINT64_MAX && bytes == UINT64_MAX)
			return flat ? put(j, j->at - RECORD, RECORD) : NULL;
		err = record(j, to, bytes, max, flat);
	}
	return err;
}

static struct kd_error *open_both(struct job *j)
{
	j->in = open(j->slot->disk, O_RDONLY | O_CLOEXEC);
	if (j->in < 0)
		return kd_error_errno(errno, "%s", j->slot->disk);
	j->out = open(j->to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (j->out < 0)
		return kd_error_errno(errno, "%s", j->to);
	j->buf = kd_xcalloc(CHUNK, 1);
	return NULL;
}

/* Half a core is none. */
static struct kd_error *close_both(struct job *j, struct kd_error *err)
{
	if (!err && ftruncate(j->out, (off_t)j->end))
		err = kd_error_errno(errno, "writing %s", j->to);
	if (j->out >= 0 && close(j->out) && !err)
		err = kd_error_errno(errno, "writing %s", j->to);
	if (err && j->out >= 0)
		unlink(j->to);
	if (j->in >= 0)
		close(j->in);
	kd_free(j->buf);
	return err;
}

struct kd_error *kd_kdumpdisk_copy(struct kd_ctx *ctx, const struct kd_kdumpdisk_slot *slot,
				   uint64_t bytes, const char *to)
{
	struct job j = {.ctx = ctx, .slot = slot, .to = to, .in = -1, .out = -1};
	struct kd_error *err = open_both(&j);

	if (!err)
		err = move(&j, 0, bytes);
	return close_both(&j, err);
}

struct kd_error *kd_kdumpdisk_stream(struct kd_ctx *ctx, const struct kd_kdumpdisk_slot *slot,
				     uint64_t max, bool flat, const char *to)
{
	struct job j = {.ctx = ctx, .slot = slot, .to = to, .in = -1, .out = -1};
	struct kd_error *err = open_both(&j);

	if (!err)
		err = stream(&j, max, flat);
	return close_both(&j, err);
}
