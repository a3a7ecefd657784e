// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/ext/curl.h"

#ifdef KD_NO_CURL

struct kd_error *kd_fetch(struct kd_ctx *ctx, const struct kd_fetch *f, bool *ret_found)
{
	(void)ctx;
	(void)f;
	*ret_found = false;
	return kd_error_new(KD_UNSUPPORTED, "asking a server needs libcurl, which a static kdoc cannot load");
}

#else

#include "base/alloc.h"
#include "base/view.h"
#include "base/load.h"

/*
 * libcurl's numbers and types, from the documentation of curl_easy_setopt(3), libcurl-errors(3) and curl/curl.h;
 * they never change (https://curl.se/libcurl/abi.html). long values are C's long, curl_off_t is 64 bits.
 */
enum {
	GLOBAL_DEFAULT = 3,
	OPT_WRITEDATA = 10001, OPT_URL = 10002, OPT_ERRORBUFFER = 10010, OPT_POSTFIELDS = 10015, OPT_USERAGENT = 10018, OPT_HTTPHEADER = 10023,
	OPT_XFERINFODATA = 10057,
	OPT_TIMEOUT = 13, OPT_LOW_SPEED_LIMIT = 19, OPT_LOW_SPEED_TIME = 20, OPT_NOPROGRESS = 43,
	OPT_FAILONERROR = 45, OPT_FOLLOWLOCATION = 52, OPT_MAXREDIRS = 68, OPT_CONNECTTIMEOUT = 78,
	OPT_PROTOCOLS = 181, OPT_REDIR_PROTOCOLS = 182,
	OPT_POST = 47, OPT_POSTFIELDSIZE_LARGE = 30120,
	OPT_WRITEFUNCTION = 20011, OPT_XFERINFOFUNCTION = 20219,
	OPT_MAXFILESIZE_LARGE = 30117,
	INFO_RESPONSE_CODE = 0x200002,
	PROTO_HTTP = 1, PROTO_HTTPS = 2, PROTO_FILE = 1 << 10,
	E_OK = 0, E_PARTIAL_FILE = 18, E_HTTP_RETURNED_ERROR = 22, E_OPERATION_TIMEDOUT = 28,
	E_FILE_COULDNT_READ_FILE = 37, E_ABORTED_BY_CALLBACK = 42, E_FILESIZE_EXCEEDED = 63,
	ERROR_BYTES = 256, /* CURL_ERROR_SIZE */
	REDIRECTS = 5,
};

struct api {
	int (*global_init)(long flags);
	void *(*init)(void);
	int (*setopt)(void *handle, int option, ...);
	int (*perform)(void *handle);
	int (*getinfo)(void *handle, int info, ...);
	void (*cleanup)(void *handle);
	const char *(*strerror)(int code);
	void *(*slist_append)(void *list, const char *line);
	void (*slist_free)(void *list);
};

/* What the callbacks need. */
struct transfer {
	struct kd_ctx *ctx;
	const struct kd_fetch *f;
	struct kd_error *err; /* of the sink */
};

static size_t on_bytes(char *p, size_t one, size_t n, void *user)
{
	struct transfer *t = user;

	t->err = t->f->sink(t->f->user, p, one * n);
	return t->err ? 0 : one * n;
}

static int on_progress(void *user, int64_t total, int64_t done, int64_t up_total, int64_t up)
{
	struct transfer *t = user;

	(void)up_total;
	(void)up;
	if (t->f->progress && done > 0)
		t->f->progress(t->f->progress_user, (uint64_t)done, total > 0 ? (uint64_t)total : 0);
	return kd_ctx_cancelled(t->ctx);
}

static struct kd_error *load(struct api *api, void **handle)
{
	static const char *const sonames[] = {"libcurl.so.4", "libcurl-gnutls.so.4", NULL};
	static const struct kd_sym syms[] = {
		{"curl_global_init", offsetof(struct api, global_init)},
		{"curl_easy_init", offsetof(struct api, init)},
		{"curl_easy_setopt", offsetof(struct api, setopt)},
		{"curl_easy_perform", offsetof(struct api, perform)},
		{"curl_easy_getinfo", offsetof(struct api, getinfo)},
		{"curl_easy_cleanup", offsetof(struct api, cleanup)},
		{"curl_easy_strerror", offsetof(struct api, strerror)},
		{"curl_slist_append", offsetof(struct api, slist_append)},
		{"curl_slist_free_all", offsetof(struct api, slist_free)},
	};
	const struct kd_load l = {sonames, syms, KD_ARRAY_LEN(syms), "asking a server needs libcurl", "libcurl4"};

	return kd_load(&l, api, handle);
}

static int set_all(const struct api *api, void *h, struct transfer *t, char *why)
{
	const struct kd_fetch *f = t->f;
	const bool tls = kd_view_starts(kd_view_of(f->url), KD_V("https:"));
	int bad = 0;

	bad |= api->setopt(h, OPT_URL, f->url);
	bad |= api->setopt(h, OPT_ERRORBUFFER, why);
	bad |= api->setopt(h, OPT_USERAGENT, "kdoc");
	bad |= api->setopt(h, OPT_PROTOCOLS, (long)(PROTO_HTTP | PROTO_HTTPS | PROTO_FILE));
	bad |= api->setopt(h, OPT_REDIR_PROTOCOLS, (long)(tls ? PROTO_HTTPS : PROTO_HTTP | PROTO_HTTPS));
	bad |= api->setopt(h, OPT_FOLLOWLOCATION, 1L);
	bad |= api->setopt(h, OPT_MAXREDIRS, (long)REDIRECTS);
	bad |= api->setopt(h, OPT_FAILONERROR, 1L);
	bad |= api->setopt(h, OPT_CONNECTTIMEOUT, (long)f->connect_s);
	bad |= api->setopt(h, OPT_LOW_SPEED_LIMIT, 1L);
	bad |= api->setopt(h, OPT_LOW_SPEED_TIME, (long)f->stall_s);
	bad |= api->setopt(h, OPT_TIMEOUT, (long)f->all_s);
	bad |= api->setopt(h, OPT_MAXFILESIZE_LARGE, (int64_t)f->max_bytes);
	bad |= api->setopt(h, OPT_WRITEFUNCTION, on_bytes);
	bad |= api->setopt(h, OPT_WRITEDATA, t);
	bad |= api->setopt(h, OPT_NOPROGRESS, 0L);
	bad |= api->setopt(h, OPT_XFERINFOFUNCTION, on_progress);
	bad |= api->setopt(h, OPT_XFERINFODATA, t);
	return bad;
}

/* What is sent goes to the server that was named, and to no other; its answer is the caller's to judge, whatever the status. */
static int set_post(const struct api *api, void *h, const struct kd_fetch *f, void **list)
{
	int bad = 0;

	for (size_t i = 0; i < f->nheaders; i++) {
		void *more = api->slist_append(*list, f->headers[i]);

		bad |= !more;
		*list = more ? more : *list;
	}
	bad |= api->setopt(h, OPT_PROTOCOLS, (long)(PROTO_HTTP | PROTO_HTTPS));
	bad |= api->setopt(h, OPT_FOLLOWLOCATION, 0L);
	bad |= api->setopt(h, OPT_FAILONERROR, 0L);
	bad |= api->setopt(h, OPT_POST, 1L);
	bad |= api->setopt(h, OPT_POSTFIELDSIZE_LARGE, (int64_t)f->body.n);
	bad |= api->setopt(h, OPT_POSTFIELDS, f->body.p);
	bad |= api->setopt(h, OPT_HTTPHEADER, *list);
	return bad;
}

static struct kd_error *judge(const struct api *api, void *h, struct transfer *t, int code, const char *why,
			      bool *found)
{
	const char *text = why[0] ? why : api->strerror(code);
	long status = 0;

	(void)api->getinfo(h, INFO_RESPONSE_CODE, &status);
	if (t->f->status)
		*t->f->status = status;
	*found = true;
	if (t->err)
		return t->err;
	if ((code == E_HTTP_RETURNED_ERROR && (status == 404 || status == 410)) || code == E_FILE_COULDNT_READ_FILE) {
		*found = false;
		return NULL;
	}
	switch (code) {
	case E_OK:
		return NULL;
	case E_ABORTED_BY_CALLBACK:
		return kd_error_new(KD_CANCELLED, "stopped");
	case E_OPERATION_TIMEDOUT:
		return kd_error_new(KD_TIMEOUT, "%s", text);
	case E_FILESIZE_EXCEEDED:
		return kd_error_new(KD_LIMIT, "the file is longer than %llu MiB",
				    (unsigned long long)(t->f->max_bytes >> 20));
	case E_PARTIAL_FILE:
		return kd_error_new(KD_NETWORK, "the file was cut off: %s", text);
	default:
		return kd_error_new(KD_NETWORK, "%s", text);
	}
}

struct kd_error *kd_fetch(struct kd_ctx *ctx, const struct kd_fetch *f, bool *ret_found)
{
	struct transfer t = {.ctx = ctx, .f = f};
	char why[ERROR_BYTES] = "";
	struct kd_error *err;
	struct api api;
	void *lib, *h, *list = NULL;

	*ret_found = false;
	err = load(&api, &lib);
	if (err)
		return err;
	h = api.global_init(GLOBAL_DEFAULT) ? NULL : api.init();
	if (!h)
		err = kd_error_new(KD_UNSUPPORTED, "libcurl does not start");
	else if (set_all(&api, h, &t, why) || (f->body.p && set_post(&api, h, f, &list)))
		err = kd_error_new(KD_UNSUPPORTED, "this libcurl lacks an option that kdoc needs");
	else
		err = judge(&api, h, &t, api.perform(h), why, ret_found);
	if (h)
		api.cleanup(h);
	if (list)
		api.slist_free(list);
	kd_unload(lib);
	return err;
}

#endif
