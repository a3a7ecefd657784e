// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * mbox. A message begins at a line "From sender date" that stands at the beginning or behind an empty line; "From " in
 * a text that has no date in it is text (many programs wrote such without quoting it). A Content-Length: is believed
 * when the next message, or the end, is where it says (mboxcl, mboxcl2).
 *
 * Quoting: one ">" is taken from lines of ">" and "From " (mboxrd; for ">From " that is what mboxo means, too). In a
 * message of which Content-Length: is right and that holds such a line unquoted nothing was quoted (mboxcl2).
 *
 * Position: "mbox <offset> <check>": bytes of the unpacked file, and a check of the last 4 KiB before them.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/hash.h"
#include "base/source.h"
#include "history/mailsrc_internal.h"

enum { CHUNK = 64 << 10, TAIL = 4096, FROM_LINE_MAX = 1000 };

struct box {
	struct kd_mailsrc *s;
	struct kd_mailsrc_read *r;
	struct kd_source *src;
	struct kd_buf buf;
	size_t start; /* of the message in buf */
	uint64_t offset; /* of `start` in the file */
	bool end; /* nothing follows what is in buf */
	char tail[TAIL]; /* the bytes before `start` */
	size_t tail_n;
};

static struct kd_view here(const struct box *b)
{
	return kd_view_from(kd_buf_view(&b->buf), b->start);
}

/* Have n bytes behind start, or the end. */
static struct kd_error *fill(struct box *b, size_t n)
{
	struct kd_error *err = NULL;

	if (b->start > b->buf.n / 2) {
		kd_buf_drop(&b->buf, b->start);
		b->start = 0;
	}
	while (!err && !b->end && b->buf.n - b->start < n) {
		char *room = kd_buf_reserve(&b->buf, CHUNK);
		size_t got = 0;

		if (!room)
			return kd_error_new(KD_INTERNAL, "no room for a message");
		err = kd_source_read(b->src, room, CHUNK, &got);
		b->buf.n += got;
		b->end = !err && !got;
	}
	return err;
}

/* Go n bytes on, remembering what was passed. */
static void pass(struct box *b, size_t n)
{
	struct kd_view gone = kd_view_head(here(b), n);
	size_t keep;

	b->start += gone.n;
	b->offset += gone.n;
	if (gone.n > TAIL)
		gone = kd_view_from(gone, gone.n - TAIL);
	keep = b->tail_n + gone.n > TAIL ? TAIL - gone.n : b->tail_n;
	memmove(b->tail, b->tail + b->tail_n - keep, keep);
	if (gone.n)
		memcpy(b->tail + keep, gone.p, gone.n);
	b->tail_n = keep + gone.n;
}

/* "From x@y Sat Jan 17 06:28:50 2026": a time and a year must be in it. */
static bool is_from_line(struct kd_view v)
{
	size_t n = kd_view_chr(kd_view_head(v, FROM_LINE_MAX), '\n');
	bool time = false, year = false;

	if (!kd_view_starts(v, KD_V("From ")))
		return false;
	v = kd_view_head(v, n == KD_NPOS ? FROM_LINE_MAX : n);
	for (size_t i = 5; i + 4 < v.n + 1; i++) {
		if (!kd_is_digit(v.p[i]) || kd_is_digit(v.p[i - 1]))
			continue;
		if (i + 4 < v.n && kd_is_digit(v.p[i + 1]) && v.p[i + 2] == ':' && kd_is_digit(v.p[i + 3]))
			time = true;
		else if (i + 4 <= v.n && (v.p[i] == '1' || v.p[i] == '2') && kd_is_digit(v.p[i + 1]) &&
			 kd_is_digit(v.p[i + 2]) && kd_is_digit(v.p[i + 3]))
			year = true;
	}
	return time && year;
}

/* Behind an empty line? `at` is the first byte of a line. */
static bool behind_empty(struct kd_view v, size_t at)
{
	size_t i = at;

	if (!i || v.p[--i] != '\n')
		return !at;
	if (i && v.p[i - 1] == '\r')
		i--;
	return !i || v.p[i - 1] == '\n';
}

/*
 * The next From_ line at or behind *at; false: not in what is there, and *at is where to go on. So far as the buffer
 * allows a whole From_ line is there to be looked at.
 */
static bool find_from(const struct box *b, size_t *at)
{
	struct kd_view v = here(b);
	size_t i = *at, usable = b->end ? v.n : v.n > FROM_LINE_MAX ? v.n - FROM_LINE_MAX : 0;

	while (i < usable) {
		size_t nl;

		if (v.p[i] == 'F' && behind_empty(v, i) && is_from_line(kd_view_from(v, i))) {
			*at = i;
			return true;
		}
		nl = kd_view_chr(kd_view_from(v, i), '\n');
		if (nl == KD_NPOS)
			break;
		i += nl + 1;
	}
	*at = i < v.n ? i : v.n;
	return false;
}

/* ---- the end of the message at start ---- */

/* Where the header ends: the first byte of the body; 0 when it has none within the buffer. */
static struct kd_error *find_body(struct box *b, size_t *ret)
{
	size_t at = 0;

	*ret = 0;
	for (;;) {
		struct kd_view v = here(b);
		size_t nl = kd_view_chr(kd_view_from(v, at), '\n');

		if (nl == KD_NPOS) {
			struct kd_error *err;

			if (b->end || v.n > KD_MAILSRC_MESSAGE_MAX)
				return NULL;
			err = fill(b, v.n + CHUNK / 2);
			if (err)
				return err;
			continue;
		}
		if (at && (nl == 0 || (nl == 1 && v.p[at] == '\r'))) {
			*ret = at + nl + 1;
			return NULL;
		}
		at += nl + 1;
	}
}

static bool content_length(struct kd_view header, uint64_t *ret)
{
	struct kd_view line;

	while (kd_view_take_until(&header, KD_V("\n"), &line))
		if (kd_view_istarts(line, KD_V("content-length:")))
			return kd_view_dec(kd_view_trim(kd_view_from(line, 15)), ret);
	return false;
}

/* Is Content-Length: right? Then *end is the first byte behind the body. */
static struct kd_error *try_length(struct box *b, size_t body, size_t *end, bool *right)
{
	struct kd_view v;
	uint64_t n;
	size_t at;
	struct kd_error *err;

	*right = false;
	if (!body || !content_length(kd_view_head(here(b), body), &n) || n > KD_MAILSRC_MESSAGE_MAX - body)
		return NULL;
	at = body + (size_t)n;
	err = fill(b, at + FROM_LINE_MAX);
	v = here(b);
	if (err || at > v.n)
		return err;
	*end = at;
	while (at < v.n && (v.p[at] == '\n' || v.p[at] == '\r') && at < *end + 4)
		at++;
	*right = at == v.n ? b->end : is_from_line(kd_view_from(v, at));
	return NULL;
}

/* Without Content-Length:: the next From_ line; beyond the maximum *lost, and *end is where the message ends all the same. */
static struct kd_error *find_end(struct box *b, size_t body, size_t *end, bool *lost)
{
	/* from the empty line that ends the header on, which may be the one before the next message */
	size_t at = body ? body : 1;
	struct kd_error *err = NULL;

	*lost = false;
	while (!err && !find_from(b, &at)) {
		if (b->end) {
			*end = here(b).n;
			return NULL;
		}
		if (at > KD_MAILSRC_MESSAGE_MAX) { /* let go of it, but for the lines before `at` */
			*lost = true;
			pass(b, at - 2);
			at = 2;
		}
		err = fill(b, here(b).n + CHUNK);
	}
	*end = at;
	return err;
}

/* ---- giving ---- */

static bool is_quoted_from(struct kd_view line)
{
	size_t n = 0;

	while (n < line.n && line.p[n] == '>')
		n++;
	return n && kd_view_starts(kd_view_from(line, n), KD_V("From "));
}

static void unquote(struct kd_view v, struct kd_buf *out)
{
	while (v.n) {
		size_t nl = kd_view_chr(v, '\n'), n = nl == KD_NPOS ? v.n : nl + 1;
		struct kd_view line = kd_view_head(v, n);

		kd_buf_add(out, is_quoted_from(line) ? kd_view_from(line, 1) : line);
		v = kd_view_from(v, n);
	}
}

/* The line "From …" is no part of the message, nor is the empty line before the next one. */
static struct kd_view inner(struct kd_view v, bool exact)
{
	struct kd_view line;

	if (!kd_view_take_until(&v, KD_V("\n"), &line))
		return kd_view_from(v, v.n);
	if (!exact && kd_view_ends(v, KD_V("\n\n")))
		v.n--;
	else if (!exact && kd_view_ends(v, KD_V("\r\n\r\n")))
		v.n -= 2;
	return v;
}

static struct kd_error *give(struct box *b, uint64_t offset, size_t end, bool exact, bool lost)
{
	struct kd_view v = inner(kd_view_head(here(b), end), exact);
	kd_auto(kd_buf_deinit) struct kd_buf plain = KD_BUF_INIT(v.n + 1);
	struct kd_mailsrc_mail m = {.lost = lost ? "it is longer than 16 MiB" : NULL};
	char id[64];

	snprintf(id, sizeof(id), "mbox:%" PRIu64 "+%" PRIu64, offset, b->offset + end - offset);
	m.id = kd_view_of(id);
	if (kd_mailsrc_skip(b->r, m.id))
		return NULL;
	if (!lost && exact && (kd_view_has(v, KD_V("\nFrom ")))) {
		m.bytes = v;
	} else if (!lost) {
		unquote(v, &plain);
		m.bytes = plain.n ? kd_buf_view(&plain) : KD_V("");
	}
	return kd_mailsrc_give(b->s, b->r, &m);
}

static void set_position(struct box *b)
{
	kd_buf_clear(b->r->position);
	kd_buf_printf(b->r->position, "mbox %" PRIu64 " %08x\n", b->offset, kd_check32(kd_view(b->tail, b->tail_n)));
}

static void pass_blank(struct box *b)
{
	while (here(b).n && (here(b).p[0] == '\n' || here(b).p[0] == '\r'))
		pass(b, 1);
}

static struct kd_error *next_message(struct box *b)
{
	uint64_t offset = b->offset;
	size_t body, end = 0;
	bool exact = false, lost = false, cut;
	struct kd_error *err = find_body(b, &body);

	if (!err)
		err = try_length(b, body, &end, &exact);
	if (!err && !exact)
		err = find_end(b, body, &end, &lost);
	if (err)
		return err;
	cut = b->end && end == here(b).n && !exact && (!body || !kd_view_ends(here(b), KD_V("\n")));
	err = give(b, offset, end, exact, lost);
	if (err)
		return err;
	if (cut)
		b->r->note = "the mbox ends inside of a line: its last message may be cut, and is read again next time";
	pass(b, end);
	if (!cut)
		set_position(b);
	return NULL;
}

/* The mbox up to the stored position: the same as then? */
static struct kd_error *resume(struct box *b, bool *same)
{
	struct kd_view since = b->r->since;
	uint64_t offset, check;
	struct kd_error *err = NULL;

	*same = true;
	if (!kd_view_skip(&since, KD_V("mbox ")) || !kd_view_take_dec(&since, &offset))
		return NULL;
	kd_view_skip_blank(&since);
	if (!kd_view_take_hex(&since, &check))
		return NULL;
	while (!err && b->offset < offset && !(b->end && !here(b).n)) {
		uint64_t left = offset - b->offset;

		err = fill(b, CHUNK);
		pass(b, left < here(b).n ? (size_t)left : here(b).n);
	}
	*same = b->offset == offset && kd_check32(kd_view(b->tail, b->tail_n)) == check;
	if (*same)
		set_position(b);
	return err;
}

static struct kd_error *open_box(struct box *b)
{
	const struct kd_source_opts opts = {.decoder_memory = b->s->ctx->limits.decoder_memory, .cancel = b->s->ctx->cancel};

	kd_source_close(b->src);
	b->src = NULL;
	kd_buf_clear(&b->buf);
	b->start = b->tail_n = 0;
	b->offset = 0;
	b->end = false;
	return kd_source_open_with(b->s->path, &opts, &b->src);
}

static struct kd_error *read_box(struct box *b)
{
	bool same = true;
	struct kd_error *err = open_box(b);

	if (!err)
		err = resume(b, &same);
	if (!err && !same) {
		b->r->restarted = true;
		err = open_box(b);
	}
	while (!err) {
		err = fill(b, CHUNK);
		if (err)
			break;
		pass_blank(b);
		if (!here(b).n && b->end)
			break;
		if (here(b).n)
			err = next_message(b);
	}
	if (!err && !b->r->note && kd_source_diag(b->src))
		b->r->note = "the packed mbox is damaged or cut: what is behind that place was not read";
	return err;
}

struct kd_error *kd_mailsrc_read_mbox(struct kd_mailsrc *s, struct kd_mailsrc_read *r)
{
	struct box *b = kd_xcalloc(1, sizeof(*b));
	struct kd_error *err;

	b->s = s;
	b->r = r;
	b->buf = KD_BUF_INIT(2 * KD_MAILSRC_MESSAGE_MAX + 8 * (size_t)CHUNK);
	err = read_box(b);
	kd_source_close(b->src);
	kd_buf_deinit(&b->buf);
	kd_free(b);
	return err ? kd_error_wrap(err, "%s", s->path) : NULL;
}

bool kd_mailsrc_is_mbox(struct kd_ctx *ctx, const char *path)
{
	kd_auto(kd_source_closep) struct kd_source *src = NULL;
	const struct kd_source_opts opts = {.decoder_memory = ctx->limits.decoder_memory};
	struct kd_error *err = kd_source_open_with(path, &opts, &src);
	struct kd_view head = KD_VNULL;

	if (!err)
		err = kd_source_peek(src, FROM_LINE_MAX, &head);
	while (!err && head.n && (head.p[0] == '\n' || head.p[0] == '\r'))
		head = kd_view_from(head, 1);
	kd_error_free(err);
	return is_from_line(head);
}
