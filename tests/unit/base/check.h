/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * check.h: what every test of this folder includes: cmocka with its headers, and
 *
 *	assert_view(v, "text");                 // same bytes
 *	assert_error(err, KD_LIMIT, "longer");  // class, part of the message; frees it
 *	assert_ok(err);
 */
#ifndef KD_TEST_CHECK_H
#define KD_TEST_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "base/view.h"

#define assert_view(v, text) assert_view_((v), (text), __FILE__, __LINE__)
#define assert_error(err, cls, part) assert_error_((err), (cls), (part), __FILE__, __LINE__)
#define assert_ok(err) assert_ok_((err), __FILE__, __LINE__)

static inline void assert_view_(struct kd_view v, const char *text, const char *file, int line)
{
	if (!kd_view_eq(v, kd_view_of(text))) {
		fprintf(stderr, "got '%.*s', want '%s'\n", KD_VARG(v), text);
		_fail(file, line);
	}
}

static inline void assert_error_(struct kd_error *err, enum kd_errclass cls, const char *part,
				 const char *file, int line)
{
	if (!err || err->cls != cls || !strstr(err->msg, part)) {
		fprintf(stderr, "got class %d '%s', want class %d '%s'\n", err ? (int)err->cls : 0,
			err ? err->msg : "no error", (int)cls, part);
		_fail(file, line);
	}
	kd_error_free(err);
}

static inline void assert_ok_(struct kd_error *err, const char *file, int line)
{
	if (err) {
		fprintf(stderr, "unexpected: %s\n", err->msg);
		_fail(file, line);
	}
}

#endif
