// SPDX-License-Identifier: GPL-2.0-or-later
#include <stddef.h>

#include "base/alloc.h"
#include "serve/http_internal.h"

static const struct {
	const char *name;
	size_t offset;
} known[] = {
	{"Host", offsetof(struct http_head, host)},
	{"Origin", offsetof(struct http_head, origin)},
	{"Authorization", offsetof(struct http_head, authorization)},
	{"Content-Type", offsetof(struct http_head, type)},
	{"Content-Length", offsetof(struct http_head, length)},
	{"Transfer-Encoding", offsetof(struct http_head, coding)},
	{"Expect", offsetof(struct http_head, expect)},
	{"Mcp-Session-Id", offsetof(struct http_head, session)},
	{"MCP-Protocol-Version", offsetof(struct http_head, version)},
	{"Mcp-Method", offsetof(struct http_head, method)},
	{"Mcp-Name", offsetof(struct http_head, name)},
	{"Last-Event-ID", offsetof(struct http_head, last)},
};

static void one_param(struct http_head *head, struct kd_view name, struct kd_view value)
{
	struct http_param *p;

	for (size_t i = 0; i < head->params.n; i++)
		if (kd_view_ieq(head->params.v[i].name, name))
			head->bad = "a header that counts is given twice";
	p = kd_vec_push(&head->params, HTTP_PARAMS_MAX);
	if (p)
		*p = (struct http_param){name, value};
	else
		head->bad = "more than 64 Mcp-Param headers";
}

/* Two of a kind: this server and whoever is before it may each believe another one. */
static int one_header(void *user, int kind, const char *key, const char *text)
{
	struct http_head *head = user;
	struct kd_view name = kd_view_of(key), value = kd_view_trim(kd_view_of(text));
	const struct kd_view param = KD_V("Mcp-Param-");

	(void)kind;
	if (kd_view_ieq(name, KD_V("Accept"))) {
		head->accept = value;
		head->accepts |= kd_http_accepts(value);
	} else if (kd_view_istarts(name, param)) {
		one_param(head, kd_view_from(name, param.n), value);
	}
	for (size_t i = 0; i < KD_ARRAY_LEN(known); i++) {
		struct kd_view *v = (struct kd_view *)((char *)head + known[i].offset);

		if (!kd_view_ieq(name, kd_view_of(known[i].name)))
			continue;
		if (v->p)
			head->bad = "a header that counts is given twice";
		*v = value;
		break;
	}
	return KD_MHD_YES;
}

void http_head_read(struct kd_http *h, void *conn, struct http_head *ret)
{
	*ret = (struct http_head){0};
	kd_mhd_headers(&h->mhd, conn, one_header, ret);
	if (!ret->accept.p)
		ret->accepts = KD_HTTP_ANY;
	if (ret->length.p && ret->coding.p)
		ret->bad = "Content-Length and Transfer-Encoding";
}

void http_head_deinit(struct http_head *head)
{
	kd_vec_free(&head->params);
}
