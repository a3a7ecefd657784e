/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * error.h: how a function says that it could not do its work.
 *
 *	struct kd_error *err = kd_source_open(path, &limits, &src);
 *	if (err)
 *		return kd_error_wrap(err, "reading %s", path);
 *
 * NULL is success. Whoever receives an error owns it: hand it on, wrap it, or
 * kd_error_free() it. A message reads from the outside in: "reading crash.log:
 * unpacking gzip: the data ends too early". Ordinary misses in inner loops are
 * not errors.
 */
#ifndef KD_BASE_ERROR_H
#define KD_BASE_ERROR_H

#include <stdbool.h>
#include <stdint.h>

enum kd_errclass {
	KD_NOMEM = 1,	/* memory for an input-derived size */
	KD_IO,		/* the system could not read or write; errnum says why */
	KD_NOTFOUND,	/* what was asked for is not there */
	KD_BADDATA,	/* an input is damaged or not what it says it is */
	KD_LIMIT,	/* a limit was reached */
	KD_UNSUPPORTED, /* understood, but not something this build can do */
	KD_INVALID,	/* wrong usage, arguments or configuration */
	KD_TIMEOUT,
	KD_CANCELLED,
	KD_CONFLICT,
	KD_AUTH,
	KD_NETWORK,
	KD_ACCESS,   /* the system says that this user may not */
	KD_INTERNAL, /* a defect of kdoc */
};

struct kd_error {
	enum kd_errclass cls;
	int errnum;	     /* errno, or 0 */
	int64_t offset;	     /* byte offset in the input, or -1 */
	bool is_static;	     /* never freed */
	char *msg;	     /* one line, no full stop */
};

#define KD_MUST_CHECK __attribute__((warn_unused_result))

/* A new error; printf-like message. */
struct kd_error *kd_error_new(enum kd_errclass cls, const char *fmt, ...)
	__attribute__((format(printf, 2, 3), returns_nonnull));

/* KD_IO (or KD_NOTFOUND / KD_ACCESS, by errnum); the text of errnum is appended. */
struct kd_error *kd_error_errno(int errnum, const char *fmt, ...)
	__attribute__((format(printf, 2, 3), returns_nonnull));

/* As kd_error_new(), with the byte offset of the input where it went wrong. */
struct kd_error *kd_error_at(enum kd_errclass cls, int64_t offset, const char *fmt, ...)
	__attribute__((format(printf, 3, 4), returns_nonnull));

/* Put "outer: " in front of the message; NULL stays NULL. */
struct kd_error *kd_error_wrap(struct kd_error *err, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* If *err is of class cls, free it, set it to NULL and return true. */
bool kd_error_catch(struct kd_error **err, enum kd_errclass cls);

/* Free; NULL is fine. */
void kd_error_free(struct kd_error *err);

/* Guard: kd_auto(kd_error_freep) struct kd_error *err = NULL; */
void kd_error_freep(struct kd_error **err);

/* How the world outside sees a class; one row each (exit codes: docs/verbs). */
struct kd_errclass_info {
	const char *name;  /* "not_found" */
	int exit_code;	   /* 2 usage, 3 input, 4 outside, 5 internal */
	int http_status;
	int jsonrpc_code;
};

const struct kd_errclass_info *kd_errclass_info(enum kd_errclass cls)
	__attribute__((returns_nonnull));

#endif
