// SPDX-License-Identifier: GPL-2.0-or-later
#include "case/ext/pq.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#include "base/alloc.h"
#include "base/load.h"
#include "base/time.h"

enum {
	OLDEST_SERVER = 120000,
	POLL_MS = 200,
	STOP_MS = 10000, /* so long a server has to obey a request to stop */
	LONG_WHY = 300,
};

/* Options of the connection; what the name says counts more ("dbname" is expanded, and comes later). */
#define CONNECT_SECONDS "10"
#define PEER_SILENT_MS "30000"

static const char settings[] = "SET client_min_messages = warning; SET statement_timeout = '15min'; SET lock_timeout = '10s'; "
			       "SET idle_in_transaction_session_timeout = '15min'; SET standard_conforming_strings = on";

static struct kd_error *load(struct kd_pq_api *api, void **handle)
{
	static const char *const names[] = {"libpq.so.5", NULL};
#define SYM(member, name) {"PQ" name, offsetof(struct kd_pq_api, member)}
	static const struct kd_sym syms[] = {
		SYM(connect, "connectdbParams"), SYM(finish, "finish"), SYM(status, "status"), SYM(error_message, "errorMessage"),
		SYM(needs_password, "connectionNeedsPassword"), SYM(used_password, "connectionUsedPassword"),
		SYM(server_version, "serverVersion"), SYM(parameter, "parameterStatus"), SYM(set_nonblocking, "setnonblocking"),
		SYM(socket, "socket"), SYM(flush, "flush"), SYM(consume, "consumeInput"), SYM(is_busy, "isBusy"),
		SYM(get_result, "getResult"), SYM(send_query, "sendQuery"), SYM(send_prepare, "sendPrepare"),
		SYM(send_prepared, "sendQueryPrepared"), SYM(single_row, "setSingleRowMode"),
		SYM(enter_pipeline, "enterPipelineMode"), SYM(exit_pipeline, "exitPipelineMode"),
		SYM(pipeline_sync, "pipelineSync"), SYM(send_flush, "sendFlushRequest"), SYM(get_cancel, "getCancel"),
		SYM(cancel, "cancel"), SYM(free_cancel, "freeCancel"), SYM(set_notice, "setNoticeReceiver"),
		SYM(result_status, "resultStatus"), SYM(error_field, "resultErrorField"), SYM(clear, "clear"),
		SYM(ntuples, "ntuples"), SYM(nfields, "nfields"), SYM(ftype, "ftype"), SYM(is_null, "getisnull"),
		SYM(value, "getvalue"), SYM(length, "getlength"), SYM(cmd_tuples, "cmdTuples"), SYM(cmd_status, "cmdStatus"),
		SYM(parse, "conninfoParse"), SYM(parse_free, "conninfoFree"), SYM(free, "freemem"),
	};
#undef SYM
	static const struct kd_load l = {.sonames = names,
					 .syms = syms,
					 .nsyms = KD_ARRAY_LEN(syms),
					 .what = "a team's memory in PostgreSQL needs libpq of PostgreSQL 14 or newer",
					 .package = "libpq5"};

	return kd_load(&l, api, handle);
}

/* --- errors -------------------------------------------------------------------------------------- */

/* Message of the server or of libpq: its first line. */
static struct kd_view first_line(const char *text)
{
	struct kd_view v = kd_view_of(text ? text : ""), line;

	line = kd_view_head(v, kd_view_chr(v, '\n') == KD_NPOS ? v.n : kd_view_chr(v, '\n'));
	return line.n > LONG_WHY ? kd_view_head(line, LONG_WHY) : line;
}

struct kd_error *kd_pq_lost(const struct kd_pq *pq)
{
	return kd_error_new(KD_NETWORK, "the connection to %s was lost (%.*s): what was acknowledged is kept, repeat the rest", pq->name,
			    KD_VARG(first_line(pq->api.error_message(pq->conn))));
}

/* What the states begin with (PostgreSQL's documentation, appendix A); the first row that fits. */
static const struct {
	const char *state;
	uint8_t cls;
	const char *remedy;
} states[] = {
	{"08", KD_NETWORK, "what was acknowledged is kept, repeat the rest"},
	{"57P", KD_NETWORK, "the server is going down or coming up; what was acknowledged is kept, repeat the rest"},
	{"57014", KD_TIMEOUT, "the server stopped what took too long"},
	{"28", KD_AUTH, "look at pg_hba.conf there, and at ~/.pgpass or PGPASSFILE here"},
	{"25006", KD_ACCESS, "this server is a standby, or read-only: name the primary as well, host=A,B"},
	{"25P03", KD_NETWORK, "repeat it"},
	{"40", KD_CONFLICT, "another writer was faster; repeat it"},
	{"55P03", KD_CONFLICT, "another writer holds it for longer than 10 s; repeat it later"},
	{"55006", KD_CONFLICT, "it is in use; repeat it later"},
	{"23", KD_CONFLICT, "another row is there already"},
	{"42P07", KD_CONFLICT, "the database holds something else of that name: make one for kdoc alone"},
	{"42P01", KD_BADDATA, "its tables are not as kdoc made them"},
	{"42703", KD_BADDATA, "its tables are not as kdoc made them"},
	{"42501", KD_ACCESS, "this role may not do that"},
	{"3D000", KD_NOTFOUND, "createdb makes it"},
	{"53100", KD_IO, "what was acknowledged is kept, free some room there and repeat the rest"},
	{"58", KD_IO, "the server's own disk failed; see its log"},
	{"53300", KD_NETWORK, "repeat it later, or raise max_connections"},
	{"53", KD_LIMIT, "the server has no room for that"},
	{"54", KD_LIMIT, "that is more than PostgreSQL takes"},
	{"22021", KD_INVALID, "a text that is not UTF-8"},
	{"22P05", KD_INVALID, "a text that this database cannot hold"},
	{"XX001", KD_BADDATA, "the server's files are damaged: take the last backup"},
	{"XX002", KD_BADDATA, "an index of the server is damaged: REINDEX makes it anew"},
};

bool kd_pq_failed(const struct kd_pq *pq, const void *res)
{
	int status = pq->api.result_status(res);

	return status != PQ_COMMAND_OK && status != PQ_TUPLES_OK && status != PQ_SINGLE_TUPLE && status != PQ_SYNC;
}

struct kd_error *kd_pq_error(const struct kd_pq *pq, const void *res)
{
	const char *state = pq->api.error_field(res, PQ_FIELD_SQLSTATE);
	struct kd_view msg = first_line(pq->api.error_field(res, PQ_FIELD_MESSAGE));

	if (pq->cancelled && state && !strcmp(state, "57014"))
		return kd_error_new(KD_CANCELLED, "stopped");
	/* libpq itself makes results without a state when the connection breaks. */
	if (!state || pq->api.status(pq->conn) != PQ_OK)
		return kd_pq_lost(pq);
	for (size_t i = 0; i < KD_ARRAY_LEN(states); i++)
		if (kd_view_starts(kd_view_of(state), kd_view_of(states[i].state)))
			return kd_error_new(states[i].cls, "%s: %.*s (%s): %s", pq->name, KD_VARG(msg), state, states[i].remedy);
	return kd_error_new(KD_INTERNAL, "%s: %.*s (%s)", pq->name, KD_VARG(msg), state);
}

/* Why there is no connection. There is no state to look at, and the text is in the server's language. */
static struct kd_error *no_connection(const struct kd_pq *pq)
{
	struct kd_view all = kd_view_of(pq->api.error_message(pq->conn)), why = all, line;

	/* One line for each host: the last one is as good as any, and the first is the one that people look for. */
	while (kd_view_take_until(&all, KD_V("\n"), &line))
		if (kd_view_has(line, KD_V("FATAL:")) || !why.n)
			why = line;
	if (pq->api.needs_password(pq->conn) || pq->api.used_password(pq->conn) || kd_view_has(why, KD_V("authentication")) ||
	    kd_view_has(why, KD_V("pg_hba.conf")) || kd_view_has(why, KD_V("role \"")))
		return kd_error_new(KD_AUTH, "%s lets nobody in: %.*s; look at pg_hba.conf there, and at ~/.pgpass or PGPASSFILE here", pq->name,
				    KD_VARG(first_line(why.p)));
	if (kd_view_has(why, KD_V("database \"")))
		return kd_error_new(KD_NOTFOUND, "%s: %.*s; createdb makes it", pq->name, KD_VARG(first_line(why.p)));
	return kd_error_new(KD_NETWORK, "no connection to %s: %.*s", pq->name, KD_VARG(first_line(why.p)));
}

/* --- a connection -------------------------------------------------------------------------------- */

static struct kd_error *judge_name(struct kd_pq *pq)
{
	char *why = NULL;
	struct kd_pq_option *all = pq->api.parse(pq->name, &why);
	bool secret = false;

	pq->api.free(why); /* it may quote what is not to be shown */
	if (!all) {
		pq->name[0] = 0;
		return kd_error_new(KD_INVALID, "that is no name of a PostgreSQL database: postgresql://USER@HOST/DATABASE or host=… dbname=…");
	}
	for (const struct kd_pq_option *o = all; o->keyword; o++)
		secret = secret || (o->val && o->val[0] && (!strcmp(o->keyword, "password") || !strcmp(o->keyword, "sslpassword")));
	pq->api.parse_free(all);
	if (secret)
		return kd_error_new(KD_INVALID, "a password does not belong into the name of a database: put it into ~/.pgpass, or a file that "
						"PGPASSFILE names");
	return NULL;
}

static void on_notice(void *user, const void *res)
{
	struct kd_pq *pq = user;
	const char *severity = pq->api.error_field(res, PQ_FIELD_SEVERITY);
	const char *msg = pq->api.error_field(res, PQ_FIELD_MESSAGE);

	if (!severity || strcmp(severity, "WARNING"))
		return;
	kd_free(pq->warning);
	pq->warning = kd_xstrndup(msg ? msg : "", msg ? strlen(msg) : 0);
}

static struct kd_error *judge_server(const struct kd_pq *pq)
{
	const char *encoding = pq->api.parameter(pq->conn, "server_encoding");
	int version = pq->api.server_version(pq->conn);

	if (version < OLDEST_SERVER)
		return kd_error_new(KD_UNSUPPORTED, "%s is PostgreSQL %d; 12 or newer is needed", pq->name, version / 10000);
	if (!encoding || strcmp(encoding, "UTF8"))
		return kd_error_new(KD_UNSUPPORTED, "%s holds texts as %s: make a database with --encoding=UTF8", pq->name,
				    encoding ? encoding : "nobody knows what");
	return NULL;
}

struct kd_error *kd_pq_connect(struct kd_pq *pq, bool write)
{
	const char *const keys[] = {"connect_timeout", "tcp_user_timeout", "keepalives_idle", "keepalives_interval", "keepalives_count",
				    "fallback_application_name", "target_session_attrs", "dbname", "client_encoding", NULL};
	const char *const values[] = {CONNECT_SECONDS, PEER_SILENT_MS, "10", "5", "4",
				      "kdoc", write ? "read-write" : "any", pq->name, "UTF8", NULL};
	struct kd_error *err = load(&pq->api, &pq->handle);

	if (!err)
		err = judge_name(pq);
	if (err)
		return err;
	pq->conn = pq->api.connect(keys, values, 1);
	if (!pq->conn)
		return kd_error_new(KD_NOMEM, "no memory for a connection");
	if (pq->api.status(pq->conn) != PQ_OK)
		return no_connection(pq);
	err = judge_server(pq);
	if (err)
		return err;
	pq->api.set_notice(pq->conn, on_notice, pq);
	pq->api.set_nonblocking(pq->conn, 1);
	return kd_pq_simple(pq, settings, NULL);
}

void kd_pq_close(struct kd_pq *pq)
{
	if (pq->conn)
		pq->api.finish(pq->conn);
	kd_unload(pq->handle);
	kd_free(pq->name);
	kd_free(pq->warning);
}

/* --- waiting ------------------------------------------------------------------------------------- */

static void ask_to_stop(struct kd_pq *pq)
{
	char why[256];
	void *cancel = pq->api.get_cancel(pq->conn);

	if (cancel)
		pq->api.cancel(cancel, why, sizeof(why));
	pq->api.free_cancel(cancel);
	pq->cancelled = true;
}

static struct kd_error *wait_a_moment(struct kd_pq *pq, bool to_send, int64_t *stop_since)
{
	struct pollfd p = {.fd = pq->api.socket(pq->conn), .events = (short)(POLLIN | (to_send ? POLLOUT : 0))};

	if (p.fd < 0 || (poll(&p, 1, POLL_MS) < 0 && errno != EINTR))
		return kd_pq_lost(pq);
	if (pq->patient || !kd_ctx_cancelled(pq->ctx))
		return NULL;
	if (!*stop_since) {
		*stop_since = kd_mono_ns();
		ask_to_stop(pq);
	}
	if (kd_mono_ns() - *stop_since > (int64_t)STOP_MS * 1000000)
		return kd_error_new(KD_CANCELLED, "stopped; the server did not answer");
	return NULL;
}

struct kd_error *kd_pq_next(struct kd_pq *pq, void **res_ret)
{
	struct kd_error *err = NULL;
	int64_t stop_since = 0;

	*res_ret = NULL;
	for (;;) {
		int left = pq->api.flush(pq->conn);

		if (left >= 0 && !pq->api.is_busy(pq->conn))
			break;
		if (left >= 0)
			err = wait_a_moment(pq, left > 0, &stop_since);
		if (err)
			return err;
		if (left < 0 || !pq->api.consume(pq->conn))
			return kd_pq_lost(pq);
	}
	*res_ret = pq->api.get_result(pq->conn);
	return NULL;
}

struct kd_error *kd_pq_simple(struct kd_pq *pq, const char *sql, struct kd_buf *tag_ret)
{
	struct kd_error *first = NULL, *err = NULL;
	void *res = NULL;

	pq->cancelled = false;
	if (!pq->api.send_query(pq->conn, sql))
		return kd_pq_lost(pq);
	for (;;) {
		err = kd_pq_next(pq, &res);
		if (err || !res)
			break;
		if (!first && kd_pq_failed(pq, res))
			first = kd_pq_error(pq, res);
		if (tag_ret) {
			kd_buf_clear(tag_ret);
			kd_buf_add(tag_ret, kd_view_of(pq->api.cmd_status(res)));
		}
		pq->api.clear(res);
	}
	if (first)
		kd_error_free(err);
	return first ? first : err;
}

/* --- values -------------------------------------------------------------------------------------- */

/* n bytes, the high one first. */
static uint64_t big_endian(const char *p, size_t n)
{
	uint64_t x = 0;

	for (size_t i = 0; i < n; i++)
		x = x << 8 | (uint8_t)p[i];
	return x;
}

/*
 * numeric, which sum() and avg() of numbers give: count of digits, weight of the first, sign, digits behind the point, all of two
 * bytes; then digits to the base 10000 (numeric_send() of PostgreSQL).
 */
enum { NUMERIC_HEAD = 8, NUMERIC_NEGATIVE = 0x4000, NUMERIC_BASE = 10000, NUMERIC_FAR = 80 };

/* Digits of a whole number; false: it does not fit into 64 bits. */
static bool numeric_whole(const char *digits, size_t n, int weight, int64_t *ret)
{
	int64_t x = 0;

	if (weight > 5) /* 20 decimal digits and more */
		return false;
	for (int i = 0; i <= weight; i++) {
		int64_t digit = (size_t)i < n ? (int64_t)big_endian(digits + 2 * (size_t)i, 2) : 0;

		if (__builtin_mul_overflow(x, NUMERIC_BASE, &x) || __builtin_add_overflow(x, digit, &x))
			return false;
	}
	*ret = x;
	return true;
}

static double numeric_real(const char *digits, size_t n, int weight)
{
	double d = 0;

	for (size_t i = 0; i < n; i++) {
		double scaled = (double)big_endian(digits + 2 * i, 2);

		for (int k = weight - (int)i; k > 0 && k < NUMERIC_FAR; k--)
			scaled *= NUMERIC_BASE;
		for (int k = weight - (int)i; k < 0 && k > -NUMERIC_FAR; k++)
			scaled /= NUMERIC_BASE;
		d += scaled;
	}
	return d;
}

static bool numeric(struct kd_view v, struct kd_dbval *ret)
{
	size_t n = v.n >= NUMERIC_HEAD ? (size_t)big_endian(v.p, 2) : 0;
	const char *digits = v.p + NUMERIC_HEAD;
	int64_t whole = 0;
	uint64_t sign;
	int weight;

	if (v.n < NUMERIC_HEAD || v.n != NUMERIC_HEAD + 2 * n)
		return false;
	weight = (int16_t)big_endian(v.p + 2, 2);
	sign = big_endian(v.p + 4, 2);
	if (sign != 0 && sign != NUMERIC_NEGATIVE) /* NaN, infinities */
		return false;
	if (!big_endian(v.p + 6, 2) && numeric_whole(digits, n, weight, &whole))
		*ret = kd_dbint(sign ? -whole : whole);
	else
		*ret = kd_dbreal((sign ? -1 : 1) * numeric_real(digits, n, weight));
	return true;
}

static double float8(const char *p)
{
	uint64_t bits = big_endian(p, 8);
	double d;

	memcpy(&d, &bits, sizeof(d));
	return d;
}

static double float4(const char *p)
{
	uint32_t bits = (uint32_t)big_endian(p, 4);
	float f;

	memcpy(&f, &bits, sizeof(f));
	return (double)f;
}

static bool fixed(unsigned type, struct kd_view v, struct kd_dbval *ret)
{
	if (type == PQ_TYPE_INT8 && v.n == 8)
		*ret = kd_dbint((int64_t)big_endian(v.p, 8));
	else if (type == PQ_TYPE_INT4 && v.n == 4)
		*ret = kd_dbint((int32_t)big_endian(v.p, 4));
	else if (type == PQ_TYPE_INT2 && v.n == 2)
		*ret = kd_dbint((int16_t)big_endian(v.p, 2));
	else if (type == PQ_TYPE_OID && v.n == 4)
		*ret = kd_dbint((int64_t)big_endian(v.p, 4));
	else if (type == PQ_TYPE_BOOL && v.n == 1)
		*ret = kd_dbint(v.p[0] != 0);
	else if (type == PQ_TYPE_FLOAT8 && v.n == 8)
		*ret = kd_dbreal(float8(v.p));
	else if (type == PQ_TYPE_FLOAT4 && v.n == 4)
		*ret = kd_dbreal(float4(v.p));
	else
		return type == PQ_TYPE_NUMERIC && numeric(v, ret);
	return true;
}

struct kd_error *kd_pq_value(const struct kd_pq *pq, const void *res, int row, int col, struct kd_dbval *ret)
{
	unsigned type = pq->api.ftype(res, col);
	struct kd_view v = kd_view(pq->api.value(res, row, col), (size_t)pq->api.length(res, row, col));

	*ret = kd_dbnull();
	if (pq->api.is_null(res, row, col))
		return NULL;
	switch (type) {
	case PQ_TYPE_BYTEA:
		*ret = kd_dbblob(v);
		return NULL;
	case PQ_TYPE_TEXT:
	case PQ_TYPE_VARCHAR:
	case PQ_TYPE_BPCHAR:
	case PQ_TYPE_NAME:
	case PQ_TYPE_CHAR:
	case PQ_TYPE_UNKNOWN:
		*ret = kd_dbtext(v);
		return NULL;
	default:
		if (fixed(type, v, ret))
			return NULL;
		return kd_error_new(KD_UNSUPPORTED, "%s gave a value of a type that kdoc does not use (%u)", pq->name, type);
	}
}
