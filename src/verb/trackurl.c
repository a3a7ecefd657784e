// SPDX-License-Identifier: GPL-2.0-or-later
#include "verb/trackurl.h"

#include "base/alloc.h"

static const struct kd_view hole = KD_V("{query}");
enum { QUERY = 4096 };

static void encode(struct kd_view v, struct kd_buf *b)
{
	for (size_t i = 0; i < v.n; i++) {
		char c = v.p[i];

		if (kd_is_alnum(c) || c == '-' || c == '.' || c == '_' || c == '~')
			kd_buf_addc(b, c);
		else if (c == ' ')
			kd_buf_addc(b, '+');
		else
			kd_buf_printf(b, "%%%02X", (unsigned char)c);
	}
}

struct kd_error *kd_track_url(struct kd_view url, struct kd_view query, struct kd_buf *ret)
{
	size_t at = kd_view_find(url, hole);

	if (!kd_view_starts(url, KD_V("https://")) && !kd_view_starts(url, KD_V("http://")))
		return kd_error_new(KD_INVALID, "tracker.url is no http address");
	if (at == KD_NPOS || kd_view_has(kd_view_from(url, at + hole.n), hole))
		return kd_error_new(KD_INVALID, "tracker.url needs {query} in one place");
	kd_buf_add(ret, kd_view_head(url, at));
	encode(query, ret);
	kd_buf_add(ret, kd_view_from(url, at + hole.n));
	return NULL;
}

struct kd_error *kd_track_issues(struct kd_view url, const struct kd_view *issue, size_t n,
				 struct kd_buf *ret)
{
	kd_auto(kd_buf_deinit) struct kd_buf q = KD_BUF_INIT(QUERY);

	kd_buf_printf(&q, "issue:%s", n > 1 ? "[" : "");
	for (size_t i = 0; i < n; i++)
		kd_buf_printf(&q, "%s%.*s", i ? ", " : "", KD_VARG(issue[i]));
	kd_buf_printf(&q, "%s", n > 1 ? "]" : "");
	if (q.overflow)
		return kd_error_new(KD_LIMIT, "too many issues for one address");
	return kd_track_url(url, kd_buf_view(&q), ret);
}

struct kd_error *kd_track_message(struct kd_view url, struct kd_view word, struct kd_buf *ret)
{
	kd_auto(kd_buf_deinit) struct kd_buf q = KD_BUF_INIT(QUERY);
	bool plain = word.n > 0;

	for (size_t i = 0; i < word.n; i++)
		plain &= kd_is_word(word.p[i]);
	if (plain)
		return kd_track_url(url, word, ret);
	kd_buf_addc(&q, '"');
	for (size_t i = 0; i < word.n && i < QUERY / 4; i++) {
		if (word.p[i] == '"' || word.p[i] == '\\')
			kd_buf_addc(&q, '\\');
		kd_buf_addc(&q, word.p[i]);
	}
	kd_buf_addc(&q, '"');
	return kd_track_url(url, kd_buf_view(&q), ret);
}
