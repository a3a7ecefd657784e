/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pq.h: libpq as postgres.c needs it: its functions, a wait that can be interrupted, its errors as ours, values of its binary
 * format.
 *
 *	void *res;
 *	err = kd_pq_next(pq, &res);              // NULL: the command is at its end
 *	if (!err && res && kd_pq_failed(pq, res))
 *		err = kd_pq_error(pq, res);
 *	pq->api.clear(res);
 */
#ifndef KD_CASE_EXT_PQ_H
#define KD_CASE_EXT_PQ_H

#include "base/buf.h"
#include "case/db.h"

/* Numbers of libpq-fe.h, catalog/pg_type.h and postgres_ext.h, which never change (soname libpq.so.5). */
enum {
	PQ_OK = 0, /* CONNECTION_OK */
	PQ_COMMAND_OK = 1, PQ_TUPLES_OK = 2, PQ_NONFATAL = 6, PQ_FATAL = 7, PQ_SINGLE_TUPLE = 9, PQ_SYNC = 10, PQ_ABORTED = 11,
	PQ_FIELD_SEVERITY = 'V', PQ_FIELD_SQLSTATE = 'C', PQ_FIELD_MESSAGE = 'M',
	PQ_TYPE_BOOL = 16, PQ_TYPE_BYTEA = 17, PQ_TYPE_CHAR = 18, PQ_TYPE_NAME = 19, PQ_TYPE_INT8 = 20, PQ_TYPE_INT2 = 21,
	PQ_TYPE_INT4 = 23, PQ_TYPE_TEXT = 25, PQ_TYPE_OID = 26, PQ_TYPE_FLOAT4 = 700, PQ_TYPE_FLOAT8 = 701, PQ_TYPE_UNKNOWN = 705,
	PQ_TYPE_BPCHAR = 1042, PQ_TYPE_VARCHAR = 1043, PQ_TYPE_NUMERIC = 1700,
};

/* PQconninfoOption of libpq-fe.h. */
struct kd_pq_option {
	char *keyword, *envvar, *compiled, *val, *label, *dispchar;
	int dispsize;
};

struct kd_pq_api {
	void *(*connect)(const char *const *keys, const char *const *values, int expand);
	void (*finish)(void *conn);
	int (*status)(void *conn);
	const char *(*error_message)(void *conn);
	int (*needs_password)(void *conn);
	int (*used_password)(void *conn);
	int (*server_version)(void *conn);
	const char *(*parameter)(void *conn, const char *name);
	int (*set_nonblocking)(void *conn, int on);
	int (*socket)(void *conn);
	int (*flush)(void *conn);
	int (*consume)(void *conn);
	int (*is_busy)(void *conn);
	void *(*get_result)(void *conn);
	int (*send_query)(void *conn, const char *sql);
	int (*send_prepare)(void *conn, const char *name, const char *sql, int n, const unsigned *types);
	int (*send_prepared)(void *conn, const char *name, int n, const char *const *values, const int *lengths, const int *formats,
			     int result_format);
	int (*single_row)(void *conn);
	int (*enter_pipeline)(void *conn);
	int (*exit_pipeline)(void *conn);
	int (*pipeline_sync)(void *conn);
	int (*send_flush)(void *conn);
	void *(*get_cancel)(void *conn);
	int (*cancel)(void *cancel, char *why, int n);
	void (*free_cancel)(void *cancel);
	void *(*set_notice)(void *conn, void (*fn)(void *user, const void *res), void *user);
	int (*result_status)(const void *res);
	const char *(*error_field)(const void *res, int field);
	void (*clear)(void *res);
	int (*ntuples)(const void *res);
	int (*nfields)(const void *res);
	unsigned (*ftype)(const void *res, int col);
	int (*is_null)(const void *res, int row, int col);
	const char *(*value)(const void *res, int row, int col);
	int (*length)(const void *res, int row, int col);
	const char *(*cmd_tuples)(void *res);
	const char *(*cmd_status)(void *res);
	struct kd_pq_option *(*parse)(const char *name, char **why);
	void (*parse_free)(struct kd_pq_option *o);
	void (*free)(void *p);
};

struct kd_pq {
	struct kd_pq_api api;
	void *handle, *conn;
	struct kd_ctx *ctx;
	char *name; /* for messages: holds no password */
	char *warning; /* the last one of the server */
	bool cancelled; /* it was asked to stop what it does */
	bool patient; /* what goes on now is not to be stopped (ROLLBACK) */
};

/*
 * A connection. KD_INVALID: the name cannot be parsed, or holds a password; KD_UNSUPPORTED: no libpq, a server that is too
 * old or not UTF-8; KD_AUTH, KD_NOTFOUND, KD_NETWORK. What was made so far is freed by kd_pq_close() in any case.
 */
KD_MUST_CHECK struct kd_error *kd_pq_connect(struct kd_pq *pq, bool write);
void kd_pq_close(struct kd_pq *pq);

/* The next result; waits, but not past a request to stop. */
KD_MUST_CHECK struct kd_error *kd_pq_next(struct kd_pq *pq, void **res_ret);

/* Several statements, all their results thrown away; *tag_ret (may be NULL): what the last one was: "COMMIT". */
KD_MUST_CHECK struct kd_error *kd_pq_simple(struct kd_pq *pq, const char *sql, struct kd_buf *tag_ret);

bool kd_pq_failed(const struct kd_pq *pq, const void *res);
struct kd_error *kd_pq_error(const struct kd_pq *pq, const void *res); /* never NULL */
struct kd_error *kd_pq_lost(const struct kd_pq *pq); /* the connection is; never NULL */

/* One value in binary format. KD_UNSUPPORTED: of a type that none of our tables has. */
KD_MUST_CHECK struct kd_error *kd_pq_value(const struct kd_pq *pq, const void *res, int row, int col, struct kd_dbval *ret);

#endif
