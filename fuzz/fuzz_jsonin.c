// SPDX-License-Identifier: GPL-2.0-or-later
/* Any bytes as JSON: a tree or an error; what was parsed is written and parsed again. */
#include <jansson.h>

#include "base/json.h"
#include "base/jsonin.h"
#include "fuzz.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
/* jansson's hashes are random otherwise: the same keys would be compared in another order each time. */
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	json_object_seed(1);
	return 0;
}

/* Keys that come twice would make objects of other sizes: jansson keeps the last. */
static void copy(struct kd_json *j, struct kd_jval v)
{
	struct kd_view s, key;
	struct kd_jval child;
	int64_t i;
	double d;
	bool b;

	switch (kd_jsonin_type(v)) {
	case KD_JOBJECT:
		kd_json_begin_object(j);
		for (void *it = NULL; kd_jsonin_next(v, &it, &key, &child);) {
			kd_json_key_view(j, key);
			copy(j, child);
		}
		kd_json_end_object(j);
		return;
	case KD_JARRAY:
		kd_json_begin_array(j);
		for (size_t k = 0; k < kd_jsonin_len(v); k++)
			copy(j, kd_jsonin_at(v, k));
		kd_json_end_array(j);
		return;
	case KD_JSTR:
		check(kd_jsonin_str(v, &s));
		check(kd_json_str(j, s) == 0); /* the parser took UTF-8 only */
		return;
	case KD_JINT:
		check(kd_jsonin_i64(v, &i));
		kd_json_i64(j, i);
		return;
	case KD_JREAL:
		check(kd_jsonin_double(v, &d));
		kd_json_double(j, d);
		return;
	case KD_JBOOL:
		check(kd_jsonin_bool(v, &b));
		kd_json_bool(j, b);
		return;
	case KD_JNULL:
		kd_json_null(j);
		return;
	case KD_JABSENT:
		break;
	}
	abort();
}

static bool same_shape(struct kd_jval a, struct kd_jval b)
{
	struct kd_view s, t;
	enum kd_jtype x = kd_jsonin_type(a), y = kd_jsonin_type(b);

	if (x == KD_JREAL) /* 6 digits of it are written, perhaps as an integer */
		return y == KD_JREAL || y == KD_JINT;
	if (x != y || kd_jsonin_len(a) != kd_jsonin_len(b))
		return false;
	if (kd_jsonin_str(a, &s) && !(kd_jsonin_str(b, &t) && kd_view_eq(s, t)))
		return false;
	for (size_t i = 0; x == KD_JARRAY && i < kd_jsonin_len(a); i++)
		if (!same_shape(kd_jsonin_at(a, i), kd_jsonin_at(b, i)))
			return false;
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct kd_jsonin *doc = NULL, *again = NULL;
	struct kd_jsonin_opts o = {.max_depth = 32};
	struct kd_buf b = KD_BUF_INIT((size_t)64 << 20);
	const void *p = data;
	struct kd_error *err = kd_jsonin_parse(kd_view(p, size), &o, &doc);
	struct kd_json j;

	if (err) {
		check(err->cls == KD_BADDATA || err->cls == KD_LIMIT);
		check(err->offset <= (int64_t)size);
		kd_error_free(err);
		return 0;
	}
	kd_json_init(&j, &b, size % 2 ? KD_JSON_PRETTY : KD_JSON_COMPACT);
	copy(&j, kd_jsonin_root(doc));
	err = kd_json_finish(&j);
	check(!err);
	err = kd_jsonin_parse(kd_buf_view(&b), &o, &again);
	check(!err);
	check(same_shape(kd_jsonin_root(doc), kd_jsonin_root(again)));
	kd_jsonin_free(doc);
	kd_jsonin_free(again);
	kd_buf_deinit(&b);
	return 0;
}
