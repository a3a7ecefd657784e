// SPDX-License-Identifier: GPL-2.0-or-later
#include "verb/ingest_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fs.h"
#include "base/hash.h"
#include "base/time.h"
#include "base/vec.h"
#include "case/intake.h"
#include "case/resign.h"
#include "link/tracker.h"
#include "report/scan.h"
#include "verb/memory.h"

enum {
	MEMORY = 64 << 20, /* a log that is held in memory; a longer one goes through a temporary file */
	SHARED = 64 << 10, /* a text that is kept as a whole; of a longer one the reports and what is around them */
	BEFORE = 8 << 10,
	AFTER = 4 << 10,
	LINE_MAX_BYTES = 16 << 20, /* of JSON */
	STREAM_PIECE = 1 << 20,
	BOOT_LABEL = 24,
	HEAD = 64 << 10,
	NOTES_MAX = 100,
};

#define COMMIT_NS ((int64_t)1000000000)
#define QUIET_MS 2000 /* so long does no report pause in a log that goes on */

struct seen_report {
	struct kd_evkey key;
	bool has;
};

struct job {
	struct kd_ctx *ctx;
	const struct kd_ingest_request *req;
	struct kd_sheet *s;
	struct kd_db *db;
	struct kd_intake *intake;
	struct kd_event_from given;
	int64_t now;
	const struct kd_input *in;
	/* of the text that is being scanned */
	struct kd_view text;
	const struct kd_event_from *from;
	bool log; /* it is a whole log, not the text of one event */
	char label[13]; /* of a log that goes on: as it was when it was looked at first */
	struct kd_intake_where shared;
	KD_VEC(struct seen_report) seen;
	bool again; /* the quick pass is not enough */
	struct kd_buf room; /* texts of a flat line of JSON */
	const struct kd_tracker_issue *issue; /* that the events at hand are of; NULL: they say it themselves */
	uint64_t inputs, items, reports, infrastructure, empty, messages, bad_items, problems, notes;
	bool fatal; /* an error of the store, not of the input */
};

static void note(struct job *j, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void note(struct job *j, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	if (j->notes++ >= NOTES_MAX)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	kd_sheet_note(j->s, "%s", text);
}

/* ---- one report ---- */

/* Begin of the line that off is in. */
static size_t line_begin(struct kd_view v, size_t off)
{
	while (off && v.p[off - 1] != '\n')
		off--;
	return off;
}

/* The report and what stands around it. */
static struct kd_view around(struct kd_view text, const struct kd_report *r)
{
	size_t from = r->off < text.n ? (size_t)r->off : text.n, to = r->end_off < text.n ? (size_t)r->end_off : text.n;

	from = line_begin(text, from > BEFORE ? from - BEFORE : 0);
	to = to + AFTER < text.n ? to + AFTER : text.n;
	return kd_view(text.p + from, to - from);
}

/* What journald says of the boot in the report's lines, or journalctl above them. */
static struct kd_view stated_boot(struct kd_view text, const struct kd_report *r)
{
	static const struct kd_view marks[] = {KD_V("\"_BOOT_ID\""), KD_V("_BOOT_ID=")};
	struct kd_view v = kd_view_head(text, (size_t)(r->end_off < text.n ? r->end_off : text.n));

	v = kd_view_from(v, (size_t)r->off);
	for (size_t i = 0; i < KD_ARRAY_LEN(marks); i++) {
		size_t at = kd_view_find(v, marks[i]), n = 0;
		struct kd_view id;

		if (at == KD_NPOS)
			continue;
		id = kd_view_from(v, at + marks[i].n);
		while (id.n && !kd_is_xdigit(*id.p) && *id.p != '\n')
			id = kd_view_from(id, 1);
		while (n < id.n && kd_is_xdigit(id.p[n]))
			n++;
		if (n == 32)
			return kd_view_head(id, n);
	}
	return KD_VNULL;
}

/*
 * A log without a boot id is of one boot as long as its kernel clock runs on: its reports get a label that says which log
 * and which boot of it ("~", 12 digits of its beginning, number), so that they are found together and count as one boot.
 */
static struct kd_view boot_label(const struct job *j, const struct kd_report *r, char room[BOOT_LABEL])
{
	if (!j->log)
		return KD_VNULL;
	snprintf(room, BOOT_LABEL, "~%s.%u", j->label, r->boot > 9999 ? 9999 : r->boot);
	return kd_view_of(room);
}

static struct kd_error *where_of(struct job *j, const struct kd_report *r, struct kd_intake_where *ret)
{
	if (j->text.n > SHARED)
		return kd_intake_text(j->intake, around(j->text, r), ret);
	if (!j->shared.has) {
		struct kd_error *err = kd_intake_text(j->intake, j->text, &j->shared);

		if (err)
			return err;
	}
	*ret = j->shared;
	return NULL;
}

static struct kd_error *take(struct job *j, const struct kd_report *r, struct seen_report *slot)
{
	struct kd_event_from from = *j->from;
	struct kd_intake_where where = {0};
	struct kd_cause cause, *why = NULL;
	char label[BOOT_LABEL];
	struct kd_error *err = where_of(j, r, &where);

	if (err)
		return err;
	if (!from.boot.n)
		from.boot = stated_boot(j->text, r);
	if (!from.boot.n)
		from.boot = boot_label(j, r, label);
	if (r->caused_by >= 0 && (size_t)r->caused_by < j->seen.n && j->seen.v[r->caused_by].has) {
		cause = (struct kd_cause){j->seen.v[r->caused_by].key, r->caused_why};
		why = &cause;
	}
	err = kd_intake_report(j->intake, r, &from, &where, why, &slot->key);
	slot->has = !err;
	return err;
}

static struct kd_error *on_report(void *user, const struct kd_report *r)
{
	struct job *j = user;
	struct seen_report *slot = kd_vec_push(&j->seen, j->ctx->limits.log_reports * 100);
	struct kd_error *err;

	if (r->infrastructure && !j->req->infrastructure) {
		j->infrastructure++;
		return NULL;
	}
	if (!slot)
		return kd_error_new(KD_LIMIT, "more than %zu reports in one log", j->ctx->limits.log_reports * 100);
	j->reports++;
	err = take(j, r, slot);
	j->fatal = err != NULL;
	return err;
}

/* All of its text of signatures that were seen before? Then their table rows are all that is needed. */
static struct kd_error *on_quick_report(void *user, const struct kd_report *r)
{
	struct job *j = user;

	j->again |= !r->infrastructure && !kd_intake_knows(j->intake, kd_sig_number(kd_view_of(r->sig[KD_SIG_STRICT].hex)));
	return j->again ? NULL : on_report(j, r);
}

static void on_tick(void *user)
{
	const struct job *j = user;

	if (j->req->progress && j->in)
		j->req->progress(j->req->user, j->in);
}

static struct kd_error *one_pass(struct job *j, const struct kd_scan_opts *o, kd_report_fn *fn)
{
	kd_auto(kd_source_closep) struct kd_source *src = NULL;
	struct kd_scan_log log;
	struct kd_error *err = kd_source_from_memory(j->text, j->in ? j->in->name : "text", &src);

	j->seen.n = 0;
	return err ? err : kd_scan(j->ctx, src, o, fn, j, &log);
}

/*
 * All reports of a text. Of the text of an event that has reports of known signatures only, what events differ in is read without what the
 * first of a signature needs (names, owner, call …): half of the time.
 */
static struct kd_error *scan_text(struct job *j, struct kd_view text, const struct kd_event_from *from, bool is_log)
{
	struct kd_scan_opts o = {.no_infrastructure = !j->req->infrastructure, .tick = on_tick, .tick_user = j};
	struct kd_scan_opts quick = {.want = KD_WANT_TABLE, .relate = true, .no_infrastructure = o.no_infrastructure};
	struct kd_error *err;

	j->text = text;
	j->from = from;
	j->log = is_log;
	if (is_log && !j->label[0]) {
		uint8_t sum[KD_SHA256_LEN];

		kd_sha256_of(kd_view_head(text, HEAD), sum);
		kd_hex(sum, 6, j->label);
	}
	j->again = false;
	j->shared.has = false;
	if (!is_log) {
		uint64_t before = j->reports, infrastructure = j->infrastructure;

		err = one_pass(j, &quick, on_quick_report);
		if (err || !j->again)
			return err;
		kd_intake_drop(j->intake, (size_t)(j->reports - before));
		j->reports = before;
		j->infrastructure = infrastructure;
	}
	return one_pass(j, &o, on_report);
}

/* ---- JSON ---- */

static struct kd_error *read_some(struct kd_source *src, struct kd_buf *b, size_t max, bool *ret_more)
{
	size_t got = 1;

	while (b->n < max) {
		char *room = kd_buf_reserve(b, 1 << 16);
		struct kd_error *err;

		if (!room)
			break;
		err = kd_source_read(src, room, 1 << 16, &got);
		if (err)
			return err;
		if (!got)
			break;
		b->n += got;
	}
	*ret_more = got > 0;
	return NULL;
}

static void with_given(struct job *j, struct kd_event_from *f)
{
	const struct kd_event_from *g = &j->given;

	if (g->host.n)
		f->host = g->host;
	if (g->boot.n)
		f->boot = g->boot;
	if (!f->release.n)
		f->release = g->release;
	if (!f->at)
		f->at = g->at;
	if (j->issue && !f->issue.n)
		f->issue = j->issue->key;
	if (j->issue && !f->issue_title.n)
		f->issue_title = j->issue->title;
	if (j->issue && !f->issue_url.n)
		f->issue_url = j->issue->url;
	if (j->issue && !f->ticket.n)
		f->ticket = j->issue->ticket;
	f->seen = j->now;
	f->input = kd_view_of(j->in ? j->in->name : j->req->tracker);
	if (kd_view_rchr(f->input, '/') != KD_NPOS)
		f->input = kd_view_from(f->input, kd_view_rchr(f->input, '/') + 1);
}

static struct kd_error *take_object(struct job *j, const struct kd_ingest_object *o)
{
	struct kd_ingest_item it;
	uint64_t before = j->reports, infrastructure = j->infrastructure;
	struct kd_error *err = NULL;

	j->items++;
	kd_ingest_item(o, &it);
	with_given(j, &it.from);
	if (it.text.n)
		err = scan_text(j, it.text, &it.from, false);
	if (err || j->reports != before)
		return err;
	j->empty++;
	/* What a tracker has as an issue is kept, too: nothing of it gets lost because its text was not understood. */
	if (it.from.issue.n && it.text.n && j->infrastructure == infrastructure) {
		struct kd_intake_where where = {0};

		j->messages++;
		err = kd_intake_text(j->intake, it.text, &where);
		if (!err)
			err = kd_intake_message(j->intake, it.text, it.noise, &it.from, &where);
		j->fatal = err != NULL;
	}
	return err;
}

/* An object, an array of them, or one that holds them ("events": […]). */
static struct kd_error *take_value(struct job *j, struct kd_jval v)
{
	static const char *const lists[] = {"events", "data", "crashes", "hits", "items", "results"};
	struct kd_ingest_object o = {.tree = v};
	struct kd_jval list = v;
	struct kd_error *err = NULL;

	for (size_t i = 0; i < KD_ARRAY_LEN(lists) && kd_jsonin_type(list) != KD_JARRAY; i++)
		if (kd_jsonin_type(kd_jsonin_get(v, lists[i])) == KD_JARRAY)
			list = kd_jsonin_get(v, lists[i]);
	if (kd_jsonin_type(list) != KD_JARRAY)
		return take_object(j, &o);
	for (size_t i = 0; i < kd_jsonin_len(list) && !err; i++) {
		o.tree = kd_jsonin_at(list, i);
		if (kd_jsonin_type(o.tree) == KD_JOBJECT)
			err = take_object(j, &o);
	}
	return err;
}

static struct kd_error *take_line(struct job *j, struct kd_view line, uint64_t no)
{
	kd_auto(kd_jsonin_freep) struct kd_jsonin *doc = NULL;
	struct kd_jsonflat flat;
	struct kd_ingest_object o = {.flat = &flat};
	struct kd_error *err;

	if (kd_jsonflat_parse(line, &j->room, &flat))
		return take_object(j, &o);
	err = kd_jsonin_parse(line, NULL, &doc);
	if (err) {
		j->bad_items++;
		note(j, "%s, line %llu is no JSON and was left out: %s", j->in->name, (unsigned long long)no, err->msg);
		kd_error_free(err);
		return NULL;
	}
	return take_value(j, kd_jsonin_root(doc));
}

/* The complete lines of a block. *ret: bytes of them; last: what is left is one, too. */
static struct kd_error *take_lines(struct job *j, struct kd_view text, bool last, uint64_t *no, size_t *ret)
{
	struct kd_error *err = NULL;
	size_t done = 0;

	while (done < text.n && !err) {
		struct kd_view rest = kd_view_from(text, done), line;
		size_t n = kd_view_chr(rest, '\n');

		if (n == KD_NPOS && !last)
			break;
		line = kd_view_trim(kd_view_head(rest, n == KD_NPOS ? rest.n : n));
		done += n == KD_NPOS ? rest.n : n + 1;
		++*no;
		if (line.n)
			err = take_line(j, line, *no);
		if (!err)
			err = kd_ctx_check(j->ctx);
		if (!(*no & 1023))
			on_tick(j);
	}
	*ret = done;
	return err;
}

/* More of the input: what there is of it, so that a slow stream does not wait for a full buffer. *ret_more: false at its end. */
static struct kd_error *read_more(struct kd_source *src, struct kd_buf *b, size_t want, bool *ret_more)
{
	char *room = kd_buf_reserve(b, want);
	size_t got = 0;
	struct kd_error *err = room ? kd_source_read(src, room, want, &got) : NULL;

	if (!room)
		return kd_error_new(KD_LIMIT, "a line is longer than %d MiB", LINE_MAX_BYTES >> 20);
	b->n += got;
	*ret_more = got > 0;
	return err;
}

/* What was taken so far is safe and acknowledged. */
static struct kd_error *commit(struct job *j)
{
	struct kd_error *err = kd_intake_finish(j->intake);

	j->fatal = err != NULL;
	return err;
}

/*
 * A line of JSON after the other, without holding more than a few of them. What comes slowly is committed every second,
 * and when nothing comes.
 */
static struct kd_error *take_stream(struct job *j)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT((size_t)LINE_MAX_BYTES + STREAM_PIECE);
	int64_t committed = kd_mono_ns();
	struct kd_error *err = NULL;
	uint64_t no = 0;
	bool more = true;

	while (!err && more) {
		size_t done = 0;
		bool ready;

		err = read_more(j->in->src, &b, STREAM_PIECE, &more);
		if (!err)
			err = take_lines(j, kd_buf_view(&b), !more, &no, &done);
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

enum shape { A_LOG, LINES, ONE_VALUE };

/* The first line of v without blanks around it; v is what follows. */
static struct kd_view first_line(struct kd_view *v)
{
	size_t n = kd_view_chr(*v, '\n');
	struct kd_view line = kd_view_head(*v, n == KD_NPOS ? v->n : n);

	*v = kd_view_from(*v, n == KD_NPOS ? v->n : n + 1);
	return kd_view_trim(line);
}

/* A file that was cut at its front, or whose first line was not finished: the second one is an event? */
static bool cut_line_first(struct kd_view v)
{
	kd_auto(kd_jsonin_freep) struct kd_jsonin *doc = NULL;
	struct kd_view first = first_line(&v), second = first_line(&v);
	struct kd_error *err;

	if (!first.n || (first.p[0] != '{' && first.p[first.n - 1] != '}') || !second.n || second.p[0] != '{')
		return false;
	err = kd_jsonin_parse(second, NULL, &doc);
	if (err) {
		kd_error_free(err);
		return false;
	}
	return !kd_ingest_is_log_line(&(struct kd_ingest_object){.tree = kd_jsonin_root(doc)});
}

/* "{" and a name, or "[{", and not a value: somebody meant it to be read as events. */
static bool broken_json(struct kd_view v)
{
	kd_auto(kd_jsonin_freep) struct kd_jsonin *doc = NULL;
	kd_auto(kd_error_freep) struct kd_error *err = NULL;
	struct kd_view line = first_line(&v), after;

	after = line.n ? kd_view_trim(kd_view_from(line, 1)) : line;
	if (!line.n || !(line.p[0] == '{' ? !after.n || after.p[0] == '"' : line.p[0] == '[' && after.n && after.p[0] == '{'))
		return false;
	err = kd_jsonin_parse(line, NULL, &doc);
	return err != NULL;
}

/* Which of the three begins so? Decided by its first value. whole: there is no more of it. */
static enum shape shape_of(struct kd_view text, bool whole)
{
	kd_auto(kd_jsonin_freep) struct kd_jsonin *doc = NULL;
	struct kd_view v = whole ? kd_view_trim(text) : text;
	struct kd_error *err;
	enum shape s = LINES;
	size_t n;

	while (v.n && kd_is_space(*v.p))
		v = kd_view_from(v, 1);
	if (!v.n || (*v.p != '{' && *v.p != '['))
		return cut_line_first(v) ? LINES : A_LOG;
	n = kd_view_chr(v, '\n');
	err = kd_jsonin_parse(kd_view_head(v, n == KD_NPOS ? v.n : n), NULL, &doc);
	if (err && whole) {
		kd_error_free(err);
		err = kd_jsonin_parse(v, NULL, &doc);
		s = ONE_VALUE;
	} else if (!err && n == KD_NPOS) {
		s = ONE_VALUE;
	}
	if (err) { /* "[    0.000000] Linux version …" */
		kd_error_free(err);
		return cut_line_first(v) ? LINES : A_LOG;
	}
	if (kd_jsonin_type(kd_jsonin_root(doc)) != KD_JOBJECT && s == LINES)
		return A_LOG; /* "[12]" on a line of its own */
	return kd_ingest_is_log_line(&(struct kd_ingest_object){.tree = kd_jsonin_root(doc)}) ? A_LOG : s;
}

/* ---- one input ---- */

static struct kd_error *take_text(struct job *j, struct kd_view text)
{
	kd_auto(kd_jsonin_freep) struct kd_jsonin *doc = NULL;
	struct kd_event_from from = {.source = "log"};
	enum shape s = shape_of(text, true);
	struct kd_error *err;
	uint64_t no = 0;
	size_t done;

	if (s == LINES) /* the first is longer than what was looked at before */
		return take_lines(j, text, true, &no, &done);
	if (s == ONE_VALUE) {
		err = kd_jsonin_parse(text, NULL, &doc);
		return err ? err : take_value(j, kd_jsonin_root(doc));
	}
	if (broken_json(text))
		note(j, "%s begins like JSON, and is none that is whole and within the limits (a line of %d MiB, a document of %d): it was read as a log",
		     j->in->name, LINE_MAX_BYTES >> 20, MEMORY >> 20);
	with_given(j, &from);
	return scan_text(j, text, &from, true);
}

/* Could it be the beginning of a JSON document, whose end decides what it is? */
static bool may_be_value(struct kd_view v)
{
	while (v.n && kd_is_space(*v.p))
		v = kd_view_from(v, 1);
	if (v.n && *v.p == '{')
		return !kd_view_has(kd_view_head(v, kd_view_chr(v, '\n')), KD_V("\"MESSAGE\"")); /* the journal's lines */
	return v.n > 1 && *v.p == '[' && !kd_is_digit(v.p[1]) && !kd_is_blank(v.p[1]);
}

/*
 * All of a log, or MEMORY bytes of it. One on the standard input may go on for ever (journalctl -f): when nothing comes for a while, what is
 * there is looked at; when more came, all of it is looked at again, for the same event is one. *ret_done: that was done with the last of it.
 */
static struct kd_error *read_log(struct job *j, struct kd_buf *text, bool *ret_more, bool *ret_done)
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
		if (!err && !ready && v.n > looked && !may_be_value(v)) {
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
static struct kd_error *take_long(struct job *j, struct kd_buf *head)
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
		if (!err && more)
			err = read_some(j->in->src, head, 1 << 20, &more);
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

static struct kd_error *on_log(void *user, struct kd_input *in)
{
	struct job *j = user;
	kd_auto(kd_buf_deinit) struct kd_buf text = KD_BUF_INIT((size_t)MEMORY + (1 << 17));
	struct kd_view head;
	bool more = false, stream = false, done = false;
	struct kd_error *err;

	j->in = in;
	j->label[0] = '\0';
	err = peek_line(in->src, &head);
	if (!err)
		stream = kd_view_chr(head, '\n') != KD_NPOS && shape_of(head, false) == LINES;
	if (!err)
		err = stream ? take_stream(j) : read_log(j, &text, &more, &done);
	if (!err && !stream && !done)
		err = more ? take_long(j, &text) : take_text(j, kd_buf_view(&text));
	if (err && (j->fatal || err->cls == KD_CANCELLED))
		return err;
	if (err) {
		j->problems++;
		note(j, "%s: %s", in->name, err->msg);
		kd_error_free(err);
		return NULL;
	}
	j->inputs++;
	if (kd_source_diag(in->src))
		note(j, "%s: %s", in->name, kd_source_diag(in->src));
	return NULL;
}

static struct kd_error *on_problem(void *user, const struct kd_input_problem *p)
{
	struct job *j = user;

	j->problems++;
	note(j, "%s: %s%s%s", p->name, p->message, *p->remedy ? "; " : "", p->remedy);
	return NULL;
}

static struct kd_error *on_skipped(void *user, const char *dir, const struct kd_input_skipped *s)
{
	char text[256];

	kd_input_skipped_words(s, text, sizeof(text));
	note(user, "%s: %s", dir, text);
	return NULL;
}

/* ---- a tracker ---- */

struct pull {
	struct job *j;
	struct kd_arena arena;
	KD_VEC(struct kd_tracker_issue) issues;
};

static struct kd_error *on_issue(void *user, const struct kd_tracker_issue *issue)
{
	struct pull *p = user;
	struct kd_tracker_issue *slot = kd_vec_push(&p->issues, KD_TRACKER_ISSUES);
	struct kd_view *texts[4];

	if (!slot)
		return kd_error_new(KD_LIMIT, "the tracker has more than %d issues", KD_TRACKER_ISSUES);
	*slot = *issue;
	texts[0] = &slot->key;
	texts[1] = &slot->title;
	texts[2] = &slot->url;
	texts[3] = &slot->ticket;
	for (size_t i = 0; i < KD_ARRAY_LEN(texts); i++)
		if (texts[i]->n) {
			*texts[i] = kd_arena_view(&p->arena, *texts[i]);
			if (!texts[i]->p)
				return kd_error_new(KD_LIMIT, "the tracker's issues need too much memory");
		}
	return NULL;
}

static void on_bad_issue(void *user, struct kd_view key, const char *why)
{
	struct pull *p = user;

	p->j->problems++;
	note(p->j, "issue %.*s: %s", KD_VARG(key), why);
}

static struct kd_error *on_event(void *user, struct kd_view json)
{
	kd_auto(kd_jsonin_freep) struct kd_jsonin *doc = NULL;
	struct job *j = user;
	struct kd_error *err = kd_jsonin_parse(json, NULL, &doc);

	if (!err)
		return take_value(j, kd_jsonin_root(doc));
	j->bad_items++;
	note(j, "an event of issue %.*s is no JSON and was left out: %s", KD_VARG(j->issue->key), err->msg);
	kd_error_free(err);
	return NULL;
}

static struct kd_error *pull_all(struct pull *p, const struct kd_tracker *t)
{
	struct job *j = p->j;
	struct kd_error *err = t->ops->list(t->conn, on_issue, p, on_bad_issue);

	for (size_t i = 0; i < p->issues.n && !err; i++) {
		j->issue = &p->issues.v[i];
		err = t->ops->events(t->conn, j->issue->key, 0, on_event, j);
		if (err && !j->fatal && err->cls != KD_CANCELLED) {
			on_bad_issue(p, j->issue->key, err->msg);
			kd_error_free(err);
			err = NULL;
		}
	}
	j->issue = NULL;
	j->inputs += !err;
	return err;
}

static struct kd_error *from_tracker(struct job *j)
{
	struct kd_tracker_config c = {.address = kd_view_of(j->req->tracker)};
	kd_auto(kd_tracker_closep) struct kd_tracker *t = NULL;
	struct pull p = {.j = j, .arena = KD_ARENA_INIT(j->ctx->limits.result_memory)};
	struct kd_error *err = kd_tracker_open(j->ctx, &c, &t);

	j->in = NULL;
	if (!err)
		err = pull_all(&p, t);
	kd_vec_free(&p.issues);
	kd_arena_deinit(&p.arena);
	return kd_error_wrap(err, "tracker %s", j->req->tracker);
}

/* ---- the whole ---- */

static void on_ack(void *user, const struct kd_intake_counts *c)
{
	const struct job *j = user;

	if (j->req->ack)
		j->req->ack(j->req->user, c->events);
}

static struct kd_error *given(struct job *j)
{
	const struct kd_ingest_request *q = j->req;
	struct kd_event_from *f = &j->given;
	struct kd_error *err;
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	j->now = (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
	f->host = kd_view_of(q->host);
	f->boot = kd_view_of(q->boot);
	f->release = kd_view_of(q->release);
	err = q->time ? kd_moment_of(q->time, &f->at) : NULL;
	if (!err && f->at >= KD_EVENT_AT_END)
		err = kd_error_new(KD_INVALID, "'%s' is too late for the id of an event: it can state times until September 2112", q->time);
	return err;
}

static void tell(struct job *j)
{
	const struct kd_intake_counts *c = kd_intake_counts(j->intake);
	struct kd_sheet *s = j->s;

	kd_sheet_say(s, "%llu event%s from %llu input%s: %llu new, %llu known already; %llu new signature%s",
		     (unsigned long long)c->events, c->events == 1 ? "" : "s", (unsigned long long)j->inputs,
		     j->inputs == 1 ? "" : "s", (unsigned long long)c->added, (unsigned long long)(c->events - c->added),
		     (unsigned long long)c->signatures, c->signatures == 1 ? "" : "s");
	kd_sheet_field(s, "inputs", NULL, kd_cell_uint(j->inputs));
	kd_sheet_field(s, "events", NULL, kd_cell_uint(c->events));
	kd_sheet_field(s, "added", NULL, kd_cell_uint(c->added));
	kd_sheet_field(s, "signatures", NULL, kd_cell_uint(c->signatures));
	kd_sheet_field(s, "objects", NULL, kd_cell_uint(j->items));
	kd_sheet_field(s, "objects_without_report", NULL, kd_cell_uint(j->empty));
	kd_sheet_field(s, "infrastructure", NULL, kd_cell_uint(j->infrastructure));
	kd_sheet_field(s, "raw_bytes", NULL, kd_cell_uint(c->raw_bytes));
	kd_sheet_field(s, "packed_bytes", NULL, kd_cell_uint(c->packed_bytes));
	kd_sheet_field(s, "messages", NULL, kd_cell_uint(j->messages));
	if (j->empty)
		kd_sheet_note(s, "%llu of %llu objects have no kernel report in their texts; %llu of them are issues of a tracker and kept as "
				 "messages",
			      (unsigned long long)j->empty, (unsigned long long)j->items, (unsigned long long)j->messages);
	if (j->infrastructure)
		kd_sheet_note(s, "%llu infrastructure reports left out (--all takes them)", (unsigned long long)j->infrastructure);
	if (j->notes > NOTES_MAX)
		kd_sheet_note(s, "%llu more notes were left out", (unsigned long long)(j->notes - NOTES_MAX));
	s->none = !c->events;
	if (c->events)
		kd_sheet_next(s, "kdoc triage");
	else if (j->inputs && !j->items)
		kd_sheet_note(s, "no kernel report was found in %s; 'kdoc scan --all FILE' shows what a log holds",
			      j->inputs == 1 ? "it" : "any of them");
}

struct kd_error *kd_ingest(struct kd_ctx *ctx, const struct kd_ingest_request *req, struct kd_sheet *s, uint64_t *ret_problems)
{
	static const struct kd_input_ops ops = {.log = on_log, .problem = on_problem, .skipped = on_skipped};
	kd_auto(kd_db_closep) struct kd_db *db = NULL;
	kd_auto(kd_intake_freep) struct kd_intake *intake = NULL;
	struct job j = {.ctx = ctx, .req = req, .s = s, .room = KD_BUF_INIT((size_t)LINE_MAX_BYTES + 1)};
	struct kd_intake_opts o = {.ack = on_ack, .user = &j};
	struct kd_error *err = given(&j);

	if (!err)
		err = kd_memory_open(ctx, req->store, KD_DB_WRITE | (req->durable ? KD_DB_DURABLE : 0), &db);
	if (!err)
		err = kd_signatures_check(db, true);
	if (err)
		return err;
	j.db = db;
	j.intake = intake = kd_intake_new(db, &o);
	err = kd_input_each(ctx, req->inputs, req->ninputs, &ops, &j);
	if (!err && req->tracker)
		err = from_tracker(&j);
	if (!err || err->cls == KD_CANCELLED) { /* what was read is kept */
		struct kd_error *last = kd_intake_finish(intake);

		if (err)
			kd_error_free(last);
		else
			err = last;
	}
	kd_vec_free(&j.seen);
	kd_buf_deinit(&j.room);
	if (err)
		return err;
	tell(&j);
	*ret_problems = j.problems;
	return NULL;
}
