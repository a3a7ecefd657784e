// SPDX-License-Identifier: GPL-2.0-or-later
/* Any bytes as a flat object of JSON: what is taken is what base/jsonin.h reads. */
#include "base/jsonflat.h"
#include "base/jsonin.h"
#include "fuzz.h"

static void same(const struct kd_jsonflat_member *m, struct kd_jval v)
{
	struct kd_view s;
	int64_t i;
	bool b;

	switch (m->type) {
	case KD_JFLAT_TEXT:
		check(kd_jsonin_str(v, &s) && kd_view_eq(s, m->text));
		break;
	case KD_JFLAT_INT:
		check(kd_jsonin_i64(v, &i) && i == m->num);
		break;
	case KD_JFLAT_NULL:
		check(kd_jsonin_type(v) == KD_JNULL);
		break;
	default:
		check(kd_jsonin_bool(v, &b) && b == (m->type == KD_JFLAT_TRUE));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct kd_buf room = KD_BUF_INIT((size_t)16 << 20);
	struct kd_jsonin *doc = NULL;
	struct kd_jsonflat f;
	struct kd_view key;
	struct kd_jval v;
	const void *p = data;
	struct kd_error *err;
	size_t i = 0;

	if (kd_jsonflat_parse(kd_view(p, size), &room, &f)) {
		err = kd_jsonin_parse(kd_view(p, size), NULL, &doc);
		check(!err);
		check(kd_jsonin_len(kd_jsonin_root(doc)) == f.n);
		for (void *it = NULL; kd_jsonin_next(kd_jsonin_root(doc), &it, &key, &v); i++) {
			check(kd_view_eq(key, f.member[i].key));
			same(&f.member[i], v);
		}
		kd_jsonin_free(doc);
	}
	kd_buf_deinit(&room);
	return 0;
}
