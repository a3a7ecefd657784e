// SPDX-License-Identifier: GPL-2.0-or-later
/* One input, read as what it is: a stream of lines of JSON, a log that goes on, or a text that ends, however long. */
#include "verb/ingest_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fs.h"
#include "base/time.h"

enum {
	MEMORY = 64 << 20, /* a log that is held in memory; a longer one goes through a temporary file */
	STREAM_PIECE = 1 << 20,
};

#define COMMIT_NS ((int64_t)1000000000)
#define QUIET_MS 2000 /* so long does no report pause in a log that goes on */

/* More of the input: what there is of it, so that a slow stream does not wait for a full buffer. *ret_more: false at its end. */
static struct kd_error *read_more(struct kd_source *src, struct kd_buf *b, size_t want, bool *ret_more)
{
	char *room = kd_buf_reserve(b, want);
	size_t got = 0;
	struct kd_error *err = room ? kd_source_read(src, room, want, &got) : NULL;

	if (!room)
		return kd_error_new(KD_LIMIT, "a line is longer than %d MiB", KD_INGEST_LINE_MAX >> 20);
	b->n += got;
	*ret_more = got > 0;
	return err;
}

/* What was taken so far is safe and acknowledged. */
static struct kd_error *commit(struct kd_ingest_job *j)
{
	struct kd_error *err = kd_intake_finish(j->intake);

	j->fatal = err != NULL;
	return err;
}

/*
 * A line of JSON after the other, without holding more than a few of them. What comes slowly is committed every second,
 * and when nothing comes.
 */
static struct kd_error *take_stream(struct kd_ingest_job *j)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT((size_t)KD_INGEST_LINE_MAX + STREAM_PIECE);
	int64_t committed = kd_mono_ns();
	struct kd_error *err = NULL;
	uint64_t no = 0;
	bool more = true;

	while (!err && more) {
		size_t done = 0;
		bool ready;

		err = read_more(j->in->src, &b, STREAM_PIECE, &more);
		if (!err)
			err = kd_ingest_lines(j, kd_buf_view(&b), !more, &no, &done);
		if (!err)
			err = kd_source_ready(j->in->src, COMMIT_NS / 1000000, &ready);
		if (err)
			break;
		kd_buf_drop(&b, done);
		if (!ready || kd_mono_ns() - committed > COMMIT_NS) {
			err = commit(j);
			committed = kd_mono_ns();
		}
	}
	return err;
}

static struct kd_error *take_text(struct kd_ingest_job *j, struct kd_view text)
{
	kd_auto(kd_jsonin_freep) struct kd_jsonin *doc = NULL;
	struct kd_event_from from = {.source = "log"};
	enum kd_ingest_shape s = kd_ingest_shape(text, true);
	struct kd_error *err;
	uint64_t no = 0;
	size_t done;

	if (s == KD_INGEST_LINES) /* the first is longer than what was looked at before */
		return kd_ingest_lines(j, text, true, &no, &done);
	if (s == KD_INGEST_VALUE) {
		err = kd_jsonin_parse(text, NULL, &doc);
		return err ? err : kd_ingest_value(j, kd_jsonin_root(doc));
	}
	if (kd_ingest_broken_json(text))
		kd_ingest_note(j, "%s begins like JSON, and is none that is whole and within the limits (a line of %d MiB, a document of %d): it was read as a log",
		     j->in->name, KD_INGEST_LINE_MAX >> 20, MEMORY >> 20);
	kd_ingest_given(j, &from);
	return kd_ingest_text(j, text, &from, true);
}

/*
 * All of a log, or MEMORY bytes of it. One on the standard input may go on for ever (journalctl -f): when nothing comes for a while, what is
 * there is looked at; when more came, all of it is looked at again, for the same event is one. *ret_done: that was done with the last of it.
 */
static struct kd_error *read_log(struct kd_ingest_job *j, struct kd_buf *text, bool *ret_more, bool *ret_done)
{
	const uint64_t reports = j->reports, infrastructure = j->infrastructure;
	struct kd_error *err = NULL;
	size_t looked = 0;
	bool ready = true;

	*ret_more = true;
	while (!err && *ret_more && text->n < MEMORY) {
		struct kd_view v = kd_buf_view(text);

		if (j->in->standard_input)
			err = kd_source_ready(j->in->src, QUIET_MS, &ready);
		v = kd_view_head(v, kd_view_rchr(v, '\n') + 1); /* KD_NPOS + 1 is 0 */
		if (!err && !ready && v.n > looked && !kd_ingest_may_be_value(v)) {
			looked = v.n;
			j->reports = reports;
			j->infrastructure = infrastructure;
			err = take_text(j, v);
			if (!err)
				err = commit(j);
		}
		if (!err)
			err = read_more(j->in->src, text, 1 << 16, ret_more);
	}
	*ret_done = !err && !*ret_more && looked && looked == text->n;
	if (!*ret_done) {
		j->reports = reports;
		j->infrastructure = infrastructure;
	}
	return err;
}

/* The first line and what else is there of it at once: a stream may wait for long before it goes on. */
static struct kd_error *peek_line(struct kd_source *src, struct kd_view *ret)
{
	struct kd_error *err;
	size_t n;

	*ret = KD_VNULL;
	do {
		n = ret->n;
		err = kd_source_peek_live(src, n + 1, ret);
	} while (!err && ret->n > n && ret->n < KD_SOURCE_PEEK_MAX && kd_view_chr(*ret, '\n') == KD_NPOS);
	return err;
}

/* What is too long for memory: unpacked into a file without a name, and mapped; nobody else can change it. */
static struct kd_error *take_long(struct kd_ingest_job *j, struct kd_buf *head)
{
	const char *dir = getenv("TMPDIR");
	kd_auto(kd_buf_deinit) struct kd_buf path = KD_BUF_INIT(4096);
	struct kd_error *err = NULL;
	uint64_t size = 0;
	bool more = true;
	void *map;
	int fd;

	kd_buf_printf(&path, "%s/kdoc-ingest-XXXXXX", dir && *dir ? dir : "/tmp");
	if (path.overflow)
		return kd_error_new(KD_INVALID, "TMPDIR is too long");
	fd = mkostemp(path.p, O_CLOEXEC);
	if (fd < 0)
		return kd_error_errno(errno, "%s", path.p);
	unlink(path.p);
	while (!err && head->n) {
		err = kd_fs_write(fd, path.p, kd_buf_view(head));
		size += head->n;
		kd_buf_clear(head);
		if (!err)
			err = read_more(j->in->src, head, 1 << 20, &more);
	}
	map = err ? MAP_FAILED : mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (!err && map == MAP_FAILED)
		err = kd_error_errno(errno, "%s", path.p);
	if (!err) {
		err = take_text(j, kd_view(map, size));
		munmap(map, size);
	}
	close(fd);
	return err;
}

struct kd_error *kd_ingest_input(void *user, struct kd_input *in)
{
	struct kd_ingest_job *j = user;
	kd_auto(kd_buf_deinit) struct kd_buf text = KD_BUF_INIT((size_t)MEMORY + (1 << 17));
	struct kd_view head;
	bool more = false, stream = false, done = false;
	struct kd_error *err;

	j->in = in;
	j->label[0] = '\0';
	err = peek_line(in->src, &head);
	if (!err)
		stream = kd_view_chr(head, '\n') != KD_NPOS && kd_ingest_shape(head, false) == KD_INGEST_LINES;
	if (!err)
		err = stream ? take_stream(j) : read_log(j, &text, &more, &done);
	if (!err && !stream && !done)
		err = more ? take_long(j, &text) : take_text(j, kd_buf_view(&text));
	if (err && (j->fatal || err->cls == KD_CANCELLED))
		return err;
	if (err) {
		j->problems++;
		kd_ingest_note(j, "%s: %s", in->name, err->msg);
		kd_error_free(err);
		return NULL;
	}
	j->inputs++;
	if (kd_source_diag(in->src))
		kd_ingest_note(j, "%s: %s", in->name, kd_source_diag(in->src));
	return NULL;
}
