// SPDX-License-Identifier: GPL-2.0-or-later
#include "verb/redact.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "verb/redact_line.h"
#include "verb/spool.h"

enum { CHUNK = 64 << 10, SPOOL_MEMORY = 8 << 20, OUT_MAX = 32 << 20, FLUSH_AT = 64 << 10 };

/* A job in both directions: text comes in pieces, goes out in lines. */
struct job {
	struct kd_ctx *ctx;
	const struct kd_redact_request *req;
	const struct kd_redact_sink *sink;
	struct kd_redact_summary sum;
	struct kd_redact_map *map;
	struct kd_redactor red;
	struct kd_spool spool;
	struct kd_buf line, out;
	size_t max_line;
	uint64_t dropped; /* bytes of a line that is too long */
	bool learning, ended; /* ended: the last line had its line end */
	void (*on_line)(struct job *j, struct kd_view line);
};

static struct kd_error *flush(struct job *j, size_t at)
{
	if (j->out.overflow)
		return kd_error_new(KD_LIMIT, "a line grew past %d MiB", OUT_MAX >> 20);
	if (j->out.n < at || !j->out.n)
		return NULL;
	if (!j->sink->write(j->sink->user, kd_buf_view(&j->out)))
		return kd_error_new(KD_IO, "the text could not be written");
	kd_buf_clear(&j->out);
	return NULL;
}

/* ---- lines ---- */

static void redact_line(struct job *j, struct kd_view line)
{
	kd_redactor_line(&j->red, line, &j->out);
}

static void restore_line(struct job *j, struct kd_view line)
{
	kd_redact_undo(j->map, line, &j->out, &j->sum.places[0], &j->sum.unknown);
}

static void long_line(struct job *j)
{
	if (j->learning)
		return;
	kd_buf_printf(&j->out, "[kdoc redact: a line of %ju bytes was removed]",
		      (uintmax_t)(j->line.n + j->dropped));
	j->sum.long_lines++;
	j->map->partial = true;
}

static void end_line(struct job *j, bool newline)
{
	if (j->dropped)
		long_line(j);
	else if (j->learning)
		kd_redactor_learn(&j->red, kd_buf_view(&j->line));
	else
		j->on_line(j, kd_buf_view(&j->line));
	if (newline && !j->learning)
		kd_buf_addc(&j->out, '\n');
	kd_buf_clear(&j->line);
	j->dropped = 0;
	j->ended = newline;
	if (!j->learning)
		j->sum.lines++;
}

static void add_part(struct job *j, struct kd_view v)
{
	size_t room = j->max_line - j->line.n;

	if (j->dropped || v.n > room) {
		j->dropped += v.n;
		return;
	}
	kd_buf_add(&j->line, v);
}

static struct kd_error *add_bytes(struct job *j, struct kd_view v)
{
	struct kd_error *err = kd_ctx_check(j->ctx);

	while (!err && v.n) {
		size_t n = kd_view_chr(v, '\n');

		if (n == KD_NPOS) {
			add_part(j, v);
			return NULL;
		}
		add_part(j, kd_view_head(v, n));
		end_line(j, true);
		v = kd_view_from(v, n + 1);
		err = flush(j, FLUSH_AT);
	}
	return err;
}

/* Of one input; before another one begins, a line end is added where it is missing. */
static void end_input(struct job *j, bool more)
{
	if (j->line.n || j->dropped)
		end_line(j, more);
	else if (more && !j->ended)
		end_line(j, true);
}

/* ---- inputs ---- */

static void tell_broken(struct job *j, const struct kd_input *in, struct kd_view message)
{
	char buf[512];
	struct kd_input_problem p = {.name = in->name, .cls = "bad_data", .message = buf,
				     .remedy = "what could be read was written", .offset = -1};

	snprintf(buf, sizeof(buf), "%.*s", KD_VARG(kd_view_head(message, 400)));
	j->sum.problems++;
	j->sink->problem(j->sink->user, &p);
}

/* Everything into the spool; 'D' and bytes, 'E' at the end of an input. */
static struct kd_error *on_log(void *user, struct kd_input *in)
{
	struct job *j = user;
	char chunk[CHUNK + 1];
	struct kd_error *err = NULL;
	size_t n;

	j->sum.inputs++;
	chunk[0] = 'D';
	while (!err) {
		err = kd_source_read(in->src, chunk + 1, CHUNK, &n);
		if (err && err->cls != KD_CANCELLED) {
			tell_broken(j, in, kd_view_of(err->msg));
			kd_error_free(err);
			err = NULL;
			break;
		}
		if (err || !n)
			break;
		j->sum.bytes += n;
		err = kd_spool_add(&j->spool, kd_view(chunk, n + 1));
		if (j->sink->progress)
			j->sink->progress(j->sink->user, in);
	}
	if (!err && kd_source_diag(in->src))
		tell_broken(j, in, kd_view_of(kd_source_diag(in->src)));
	return err ? err : kd_spool_add(&j->spool, KD_V("E"));
}

static struct kd_error *on_problem(void *user, const struct kd_input_problem *p)
{
	struct job *j = user;

	j->sum.problems++;
	j->sink->problem(j->sink->user, p);
	return NULL;
}

static struct kd_error *on_skipped(void *user, const char *dir, const struct kd_input_skipped *s)
{
	struct job *j = user;

	(void)dir;
	j->sum.skipped += s->empty + s->binary + s->unreadable + s->special;
	return NULL;
}

static struct kd_error *pass(struct job *j, bool learning)
{
	struct kd_error *err = kd_spool_rewind(&j->spool);
	struct kd_view v;
	uint64_t input = 0;

	j->learning = learning;
	j->ended = true;
	while (!err && !(err = kd_spool_next(&j->spool, &v)) && v.p) {
		if (v.p[0] == 'D') {
			j->ended = false;
			err = add_bytes(j, kd_view_from(v, 1));
		} else {
			end_input(j, ++input < j->sum.inputs);
			j->ended = true;
		}
	}
	return err ? err : flush(j, 0);
}

/* ---- the two directions ---- */

static void job_init(struct job *j, struct kd_ctx *ctx, const struct kd_redact_request *req,
		     const struct kd_redact_sink *sink)
{
	memset(j, 0, sizeof(*j));
	j->ctx = ctx;
	j->req = req;
	j->sink = sink;
	j->max_line = req->max_line && req->max_line < KD_REDACT_MAX_LINE ? req->max_line
									  : KD_REDACT_MAX_LINE;
	j->line = KD_BUF_INIT(KD_REDACT_MAX_LINE + 1);
	j->out = KD_BUF_INIT(OUT_MAX);
	kd_spool_init(&j->spool, SPOOL_MEMORY);
}

static void job_deinit(struct job *j)
{
	kd_redact_map_freep(&j->map);
	kd_spool_deinit(&j->spool);
	kd_buf_deinit(&j->line);
	kd_buf_deinit(&j->out);
}

static struct kd_error *read_inputs(struct job *j)
{
	static const struct kd_input_ops ops = {
		.log = on_log, .problem = on_problem, .skipped = on_skipped};

	return kd_input_each(j->ctx, j->req->inputs, j->req->ninputs, &ops, j);
}

static void sum_up(struct job *j)
{
	const struct kd_redactor *r = &j->red;
	struct kd_redact_summary *s = &j->sum;

	for (size_t k = 0; k < KD_RK_N; k++) {
		s->places[k] = r->places[k];
		s->values[k] = j->map->by_kind[k].n;
	}
	s->lost = r->lost;
	s->whole_lines = r->whole_lines;
	s->common = r->common.entries.n;
	if (s->common)
		snprintf(s->first_common, sizeof(s->first_common), "%.*s",
			 KD_VARG(r->common.entries.v[0].key));
}

static struct kd_error *redact(struct job *j)
{
	struct kd_error *err = read_inputs(j);

	j->on_line = redact_line;
	if (!err)
		err = pass(j, true);
	if (!err && j->red.names_lost)
		err = kd_error_new(KD_LIMIT, "more names than can be kept apart: redact fewer logs at "
					     "a time");
	kd_redactor_rewind(&j->red);
	if (!err)
		err = pass(j, false);
	if (!err)
		sum_up(j);
	return err;
}

struct kd_error *kd_redact(struct kd_ctx *ctx, const struct kd_redact_request *req,
			   const struct kd_redact_sink *sink, struct kd_redact_summary *ret)
{
	struct kd_error *err = NULL;
	int fd = -1;
	struct job j;

	if (req->map)
		err = kd_redact_map_reserve(req->map, &fd);
	if (err)
		return err;
	job_init(&j, ctx, req, sink);
	j.map = kd_redact_map_new(req->max_entries);
	kd_redactor_init(&j.red, j.map, req->addresses);
	err = redact(&j);
	if (!err && req->map)
		err = kd_redact_map_write(j.map, fd, req->map);
	if (fd >= 0 && close(fd) && !err)
		err = kd_error_new(KD_IO, "the map %s could not be written", req->map);
	if (req->map && (err || !j.sum.inputs))
		unlink(req->map);
	if (!err)
		*ret = j.sum;
	kd_redactor_deinit(&j.red);
	job_deinit(&j);
	return err;
}

struct kd_error *kd_restore(struct kd_ctx *ctx, const struct kd_redact_request *req,
			    const struct kd_redact_sink *sink, struct kd_redact_summary *ret)
{
	struct kd_error *err;
	struct job j;

	job_init(&j, ctx, req, sink);
	/* Redacted lines can be longer than the original ones. */
	j.line = KD_BUF_INIT(OUT_MAX);
	j.max_line = OUT_MAX - 1;
	j.on_line = restore_line;
	/* The map last: it may be on its way, made by the program in front of the pipe. */
	err = read_inputs(&j);
	if (!err)
		err = kd_redact_map_read(req->restore, &j.map);
	if (!err)
		err = pass(&j, false);
	if (!err) {
		j.sum.map_is_partial = j.map->partial;
		*ret = j.sum;
	}
	job_deinit(&j);
	return err;
}

/* ---- words ---- */

static const char *const kinds[KD_RK_N][2] = {
	[KD_RK_HOST] = {"host", "host names"},
	[KD_RK_IP4] = {"ip4", "IPv4 addresses"},
	[KD_RK_IP6] = {"ip6", "IPv6 addresses"},
	[KD_RK_MAC] = {"mac", "hardware addresses"},
	[KD_RK_UUID] = {"uuid", "UUIDs"},
	[KD_RK_SERIAL] = {"serial", "serial numbers"},
	[KD_RK_USER] = {"user", "user names"},
	[KD_RK_MAIL] = {"mail", "mail addresses"},
	[KD_RK_SECRET] = {"secret", "keys and secrets"},
	[KD_RK_HEX] = {"hex", "long hexadecimal ids"},
	[KD_RK_TEXT] = {"text", "texts that look like placeholders"},
	[KD_RK_LINE] = {"line", "whole lines"},
	[KD_RK_ADDR] = {"address", "kernel addresses"},
	[KD_RK_ADDR32] = {"address32", "kernel addresses of 32 bits"},
};

const char *kd_redact_kind_name(unsigned kind)
{
	return kind < KD_RK_N ? kinds[kind][0] : "unknown";
}

const char *kd_redact_kind_words(unsigned kind)
{
	return kind < KD_RK_N ? kinds[kind][1] : "unknown";
}
