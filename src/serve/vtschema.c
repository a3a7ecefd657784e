// SPDX-License-Identifier: GPL-2.0-or-later
/* The schema of a row's arguments: plain objects, so that simple clients (n8n) take it too. */
#include "base/alloc.h"
#include "base/json.h"
#include "serve/verbtool.h"

enum { WIDE = 1000 }; /* a limit that is so high needs no word in a schema */

const char kd_vt_output[] = "{\"type\":\"object\",\"properties\":{\"status\":{\"type\":\"string\"},\"answer\":{\"type\":\"string\"}},"
			    "\"required\":[\"status\"]}";

static void strings(struct kd_json *j, const char *const *v)
{
	kd_json_key(j, "enum");
	kd_json_begin_array(j);
	for (; *v; v++)
		kd_json_strz(j, *v);
	kd_json_end_array(j);
}

static const char *type_name(unsigned type)
{
	switch (type) {
	case KD_VT_INT:
		return "integer";
	case KD_VT_BOOL:
		return "boolean";
	case KD_VT_LIST:
	case KD_VT_PATHS:
		return "array";
	default:
		return "string";
	}
}

static void param(struct kd_json *j, const struct kd_vt_param *p)
{
	kd_json_key(j, p->name);
	kd_json_begin_object(j);
	kd_json_kv_strz(j, "type", type_name(p->type));
	if (p->type == KD_VT_LIST || p->type == KD_VT_PATHS) {
		kd_json_key(j, "items");
		kd_json_begin_object(j);
		kd_json_kv_strz(j, "type", "string");
		kd_json_end_object(j);
	}
	if (p->type == KD_VT_ENUM)
		strings(j, p->choices);
	if (p->type == KD_VT_INT && (p->min > 1 || (p->max && p->max < WIDE))) { /* others say nothing that a model would not do */
		kd_json_kv_i64(j, "minimum", p->min);
		kd_json_kv_i64(j, "maximum", p->max);
	}
	if (p->help)
		kd_json_kv_strz(j, "description", p->help);
	kd_json_end_object(j);
}

static void chooser(struct kd_json *j, const struct kd_vt *vt)
{
	kd_json_key(j, vt->chooser);
	kd_json_begin_object(j);
	kd_json_kv_strz(j, "type", "string");
	kd_json_key(j, "enum");
	kd_json_begin_array(j);
	for (size_t i = 0; i < vt->nchoices; i++)
		kd_json_strz(j, vt->choices[i].value);
	kd_json_end_array(j);
	kd_json_kv_strz(j, "default", vt->choices[0].value);
	if (vt->chooser_help)
		kd_json_kv_strz(j, "description", vt->chooser_help);
	kd_json_end_object(j);
}

static void simple(struct kd_json *j, const char *name, const char *type)
{
	kd_json_key(j, name);
	kd_json_begin_object(j);
	kd_json_kv_strz(j, "type", type);
	kd_json_end_object(j);
}

static void common(struct kd_json *j, const struct kd_vt *vt)
{
	bool writes = false;

	kd_json_key(j, "detail");
	kd_json_begin_object(j);
	kd_json_kv_strz(j, "type", "string");
	strings(j, kd_vt_details);
	kd_json_end_object(j);
	simple(j, "at", "string");
	for (size_t i = 0; i < vt->nchoices; i++)
		writes |= vt->choices[i].effect != NULL;
	if (writes && !(vt->flags & KD_VT_FREE))
		simple(j, "confirm", "boolean");
}

static void required(struct kd_json *j, const struct kd_vt *vt)
{
	bool any = false;

	for (size_t i = 0; i < vt->nparams; i++) {
		if (!(vt->params[i].flags & KD_VT_REQ))
			continue;
		if (!any) {
			kd_json_key(j, "required");
			kd_json_begin_array(j);
		}
		any = true;
		kd_json_strz(j, vt->params[i].name);
	}
	if (any)
		kd_json_end_array(j);
}

void kd_vt_schema(const struct kd_mcp_tool *t, struct kd_buf *ret_input)
{
	kd_auto(kd_error_freep) struct kd_error *err = NULL;
	const struct kd_vt *vt = t->data;
	struct kd_json j;

	kd_json_init(&j, ret_input, KD_JSON_COMPACT);
	kd_json_begin_object(&j);
	kd_json_kv_strz(&j, "type", "object");
	kd_json_key(&j, "properties");
	kd_json_begin_object(&j);
	if (vt->chooser)
		chooser(&j, vt);
	for (size_t i = 0; i < vt->nparams; i++)
		param(&j, &vt->params[i]);
	common(&j, vt);
	kd_json_end_object(&j);
	required(&j, vt);
	kd_json_kv_bool(&j, "additionalProperties", false);
	kd_json_end_object(&j);
	err = kd_json_finish(&j);
}
