// SPDX-License-Identifier: GPL-2.0-or-later
#include "verb/evread.h"

#include "base/alloc.h"
#include "base/source.h"

enum { DEPTH_MAX = 64, PIECE = 64 << 10 };

static bool digits(struct kd_view hex, uint8_t *ret, size_t n)
{
	for (size_t i = 0; hex.n == 2 * n && i < n; i++) {
		uint64_t byte;

		if (!kd_view_hex(kd_view(hex.p + 2 * i, 2), &byte))
			return false;
		ret[i] = (uint8_t)byte;
	}
	return hex.n == 2 * n;
}

static enum kd_evidence_kind kind_of(struct kd_view locator)
{
	static const struct {
		const char *prefix;
		enum kd_evidence_kind kind;
	} prefixes[] = {
		{"bytes:", KD_EVIDENCE_LOG}, {"mem:", KD_EVIDENCE_MEMORY}, {"src:", KD_EVIDENCE_SOURCE},
		{"commit:", KD_EVIDENCE_COMMIT}, {"mid:", KD_EVIDENCE_MESSAGE}, {"cmd:", KD_EVIDENCE_COMMAND},
	};

	for (size_t i = 0; i < KD_ARRAY_LEN(prefixes); i++)
		if (kd_view_starts(locator, kd_view_of(prefixes[i].prefix)))
			return prefixes[i].kind;
	return KD_EVIDENCE_KINDS;
}

bool kd_answer_record(struct kd_view locator, struct kd_view digest, struct kd_view id, struct kd_evidence *ret)
{
	const enum kd_evidence_kind kind = kind_of(locator);
	uint8_t sum[KD_SHA256_LEN];
	struct kd_error *err;

	if (kind == KD_EVIDENCE_KINDS || !digits(digest, sum, sizeof(sum)))
		return false;
	err = kd_evidence_of_digest(kind, locator, sum, ret);
	if (err) {
		kd_error_free(err);
		return false;
	}
	return !id.n || kd_view_eq(id, kd_view_of(ret->id));
}

static void collect(struct kd_jval v, unsigned depth, kd_answer_fn *fn, void *user)
{
	struct kd_view locator, digest, id = KD_VNULL;
	struct kd_jval member;

	if (depth == DEPTH_MAX)
		return;
	if (kd_jsonin_type(v) == KD_JARRAY) {
		for (size_t i = 0; i < kd_jsonin_len(v); i++)
			collect(kd_jsonin_at(v, i), depth + 1, fn, user);
		return;
	}
	if (kd_jsonin_type(v) != KD_JOBJECT)
		return;
	if (kd_jsonin_str(kd_jsonin_get(v, "locator"), &locator) &&
	    (kd_jsonin_str(kd_jsonin_get(v, "digest"), &digest) || kd_jsonin_str(kd_jsonin_get(v, "sha256"), &digest))) {
		(void)kd_jsonin_str(kd_jsonin_get(v, "id"), &id);
		fn(user, locator, digest, id);
		return;
	}
	for (void *it = NULL; kd_jsonin_next(v, &it, &id, &member);)
		collect(member, depth + 1, fn, user);
}

void kd_answer_evidence(struct kd_jval v, kd_answer_fn *fn, void *user)
{
	collect(v, 0, fn, user);
}

bool kd_answer_input(struct kd_jval root, struct kd_view *ret)
{
	return kd_jsonin_str(kd_jsonin_get(root, "file"), ret) || kd_jsonin_str(kd_jsonin_get(root, "input"), ret) ||
	       kd_jsonin_str(kd_jsonin_get(kd_jsonin_get(root, "input"), "name"), ret);
}

struct kd_error *kd_answer_read(const char *path, struct kd_buf *text, struct kd_jsonin **ret)
{
	kd_auto(kd_source_closep) struct kd_source *src = NULL;
	struct kd_error *err = kd_source_open(path, &src);
	char *to;
	size_t n = 1;

	while (!err && n && (to = kd_buf_reserve(text, PIECE))) {
		err = kd_source_read(src, to, PIECE, &n);
		text->n += err ? 0 : n;
	}
	if (!err && n)
		err = kd_error_new(KD_LIMIT, "%s is larger than an answer of kdoc is", path);
	if (!err)
		err = kd_error_wrap(kd_jsonin_parse(kd_buf_view(text), NULL, ret), "%s", path);
	return err;
}
