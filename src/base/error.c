// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"

static const struct kd_errclass_info classes[] = {
	[KD_NOMEM] = {"no_memory", 5, 500, -32603},
	[KD_IO] = {"io", 3, 500, -32603},
	[KD_NOTFOUND] = {"not_found", 3, 404, -32602},
	[KD_BADDATA] = {"bad_data", 3, 422, -32602},
	[KD_LIMIT] = {"limit", 3, 413, -32602},
	[KD_UNSUPPORTED] = {"unsupported", 3, 415, -32602},
	[KD_INVALID] = {"invalid", 2, 400, -32602},
	[KD_TIMEOUT] = {"timeout", 4, 504, -32603},
	[KD_CANCELLED] = {"cancelled", 4, 499, -32603},
	[KD_CONFLICT] = {"conflict", 4, 409, -32603},
	[KD_AUTH] = {"auth", 4, 401, -32603},
	[KD_NETWORK] = {"network", 4, 502, -32603},
	[KD_ACCESS] = {"access", 3, 403, -32602},
	[KD_INTERNAL] = {"internal", 5, 500, -32603},
};

const struct kd_errclass_info *kd_errclass_info(enum kd_errclass cls)
{
	if ((unsigned)cls >= KD_ARRAY_LEN(classes) || !classes[cls].name)
		cls = KD_INTERNAL;
	return &classes[cls];
}

__attribute__((format(printf, 1, 0))) static char *vformat(const char *fmt, va_list ap)
{
	va_list again;
	int n;
	char *s;

	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	if (n < 0)
		n = 0;
	s = kd_xmalloc((size_t)n + 1);
	s[0] = '\0';
	vsnprintf(s, (size_t)n + 1, fmt, ap);
	return s;
}

static struct kd_error *make(enum kd_errclass cls, int errnum, int64_t offset, char *msg)
{
	struct kd_error *err = kd_xcalloc(1, sizeof(*err));

	err->cls = cls;
	err->errnum = errnum;
	err->offset = offset;
	err->msg = msg;
	return err;
}

struct kd_error *kd_error_new(enum kd_errclass cls, const char *fmt, ...)
{
	va_list ap;
	char *msg;

	va_start(ap, fmt);
	msg = vformat(fmt, ap);
	va_end(ap);
	return make(cls, 0, -1, msg);
}

struct kd_error *kd_error_at(enum kd_errclass cls, int64_t offset, const char *fmt, ...)
{
	va_list ap;
	char *msg;

	va_start(ap, fmt);
	msg = vformat(fmt, ap);
	va_end(ap);
	return make(cls, 0, offset, msg);
}

static enum kd_errclass class_of_errno(int errnum)
{
	switch (errnum) {
	case ENOENT:
	case ENOTDIR:
		return KD_NOTFOUND;
	case EACCES:
	case EPERM:
		return KD_ACCESS;
	case ENOMEM:
		return KD_NOMEM;
	case ETIMEDOUT:
		return KD_TIMEOUT;
	default:
		return KD_IO;
	}
}

struct kd_error *kd_error_errno(int errnum, const char *fmt, ...)
{
	va_list ap;
	char *outer;
	struct kd_error *err;

	va_start(ap, fmt);
	outer = vformat(fmt, ap);
	va_end(ap);
	err = kd_error_new(class_of_errno(errnum), "%s: %s", outer, strerror(errnum));
	err->errnum = errnum;
	kd_free(outer);
	return err;
}

struct kd_error *kd_error_wrap(struct kd_error *err, const char *fmt, ...)
{
	va_list ap;
	char *outer;
	struct kd_error *out;

	if (!err)
		return NULL;
	va_start(ap, fmt);
	outer = vformat(fmt, ap);
	va_end(ap);
	out = kd_error_new(err->cls, "%s: %s", outer, err->msg);
	out->errnum = err->errnum;
	out->offset = err->offset;
	kd_free(outer);
	kd_error_free(err);
	return out;
}

bool kd_error_catch(struct kd_error **err, enum kd_errclass cls)
{
	if (!*err || (*err)->cls != cls)
		return false;
	kd_error_free(*err);
	*err = NULL;
	return true;
}

void kd_error_free(struct kd_error *err)
{
	if (!err || err->is_static)
		return;
	kd_free(err->msg);
	kd_free(err);
}

void kd_error_freep(struct kd_error **err)
{
	kd_error_free(*err);
	*err = NULL;
}
