// SPDX-License-Identifier: GPL-2.0-or-later
/* Trees of jansson behind the accessors of base/jsonin.h. */
#include "base/ext/jansson.h"

#include <jansson.h>

#include "base/alloc.h"

struct kd_jsonin {
	json_t *root;
};

struct kd_error *kd_jansson_parse(struct kd_view text, bool unique, struct kd_jsonin **ret)
{
	json_error_t e;
	struct kd_jsonin *doc;
	json_t *root = json_loadb(text.p ? text.p : "", text.n,
				  JSON_DECODE_ANY | JSON_ALLOW_NUL | (unique ? JSON_REJECT_DUPLICATES : 0), &e);

	if (!root)
		return kd_error_at(KD_BADDATA, e.position,
				   "not JSON%s: line %d, column %d (offset %d): %s",
				   json_error_code(&e) == json_error_numeric_overflow ? " that can be read" : "",
				   e.line, e.column, e.position, e.text);
	doc = kd_xcalloc(1, sizeof(*doc));
	doc->root = root;
	*ret = doc;
	return NULL;
}

void kd_jsonin_free(struct kd_jsonin *doc)
{
	if (doc)
		json_decref(doc->root);
	kd_free(doc);
}

struct kd_jval kd_jsonin_root(const struct kd_jsonin *doc)
{
	return (struct kd_jval){doc ? doc->root : NULL};
}

static json_t *node(struct kd_jval v)
{
	return v.node;
}

enum kd_jtype kd_jsonin_type(struct kd_jval v)
{
	if (!v.node)
		return KD_JABSENT;
	switch (json_typeof(node(v))) {
	case JSON_OBJECT:
		return KD_JOBJECT;
	case JSON_ARRAY:
		return KD_JARRAY;
	case JSON_STRING:
		return KD_JSTR;
	case JSON_INTEGER:
		return KD_JINT;
	case JSON_REAL:
		return KD_JREAL;
	case JSON_TRUE:
	case JSON_FALSE:
		return KD_JBOOL;
	case JSON_NULL:
		break;
	}
	return KD_JNULL;
}

struct kd_jval kd_jsonin_get(struct kd_jval v, const char *key)
{
	return (struct kd_jval){json_object_get(node(v), key)};
}

bool kd_jsonin_str(struct kd_jval v, struct kd_view *ret)
{
	if (!json_is_string(node(v)))
		return false;
	*ret = kd_view(json_string_value(node(v)), json_string_length(node(v)));
	return true;
}

bool kd_jsonin_bool(struct kd_jval v, bool *ret)
{
	if (!json_is_boolean(node(v)))
		return false;
	*ret = json_is_true(node(v));
	return true;
}

bool kd_jsonin_i64(struct kd_jval v, int64_t *ret)
{
	if (!json_is_integer(node(v)))
		return false;
	*ret = json_integer_value(node(v));
	return true;
}

bool kd_jsonin_double(struct kd_jval v, double *ret)
{
	if (!json_is_number(node(v)))
		return false;
	*ret = json_number_value(node(v));
	return true;
}

size_t kd_jsonin_len(struct kd_jval v)
{
	if (json_is_array(node(v)))
		return json_array_size(node(v));
	return json_is_object(node(v)) ? json_object_size(node(v)) : 0;
}

struct kd_jval kd_jsonin_at(struct kd_jval v, size_t i)
{
	return (struct kd_jval){json_array_get(node(v), i)};
}

bool kd_jsonin_next(struct kd_jval v, void **it, struct kd_view *key, struct kd_jval *val)
{
	void *next;

	if (!json_is_object(node(v)))
		return false;
	next = *it ? json_object_iter_next(node(v), *it) : json_object_iter(node(v));
	if (!next)
		return false;
	*it = next;
	*key = kd_view_of(json_object_iter_key(next));
	val->node = json_object_iter_value(next);
	return true;
}
