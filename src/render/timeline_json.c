// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/alloc.h"
#include "render/head.h"
#include "render/investigate_common.h"
#include "render/timeline.h"
#include "verb/incident.h"

static void text(struct kd_json *j, const char *key, struct kd_view v)
{
	if (v.n)
		kd_json_kv_str(j, key, v);
}

static void time_of(struct kd_json *j, int64_t at)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(64);

	if (!at)
		return;
	kd_case_time(&b, at);
	kd_json_kv_str(j, "at", kd_buf_view(&b));
}

static void event(struct kd_json *j, const struct kd_timeline_row *r)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(64);

	kd_json_kv_u64(j, "number", r->number);
	if (r->cause)
		kd_json_kv_u64(j, "cause", r->cause);
	if (r->cause)
		kd_json_kv_bool(j, "hypothesis", r->guess);
	text(j, "why", r->why);
	text(j, "missing", r->open);
	text(j, "group", r->grp);
	text(j, "issue", r->issue);
	text(j, "fatal", r->fatal);
	kd_json_kv_strz(j, "severity", kd_render_tier(r->tier));
	kd_json_kv_u64(j, "times", r->times);
	kd_json_kv_bool(j, "order_unsure", r->unsure);
	kd_json_kv_bool(j, "first_domino", r->first);
	if (r->has_taint)
		kd_json_kv_strz(j, "taint", r->taint);
	if (r->has_cpu)
		kd_json_kv_i64(j, "cpu", r->cpu);
	if (r->has_mono) {
		kd_case_clock(&b, r->mono);
		kd_json_kv_str(j, "clock", kd_buf_view(&b));
	}
}

void kd_render_timeline_json(struct kd_json *j, const struct kd_timeline *t)
{
	static const char *const kinds[] = {"boot", "release", "event"};

	kd_json_begin_object(j);
	kd_render_head_json(j, "kdoc.timeline/1");
	kd_json_kv_str(j, "id", t->id);
	kd_json_kv_str(j, "what", t->what);
	kd_json_kv_u64(j, "incidents", t->incidents);
	kd_json_kv_u64(j, "events", t->events);
	kd_json_kv_u64(j, "left_out", t->left_out);
	kd_json_kv_bool(j, "cut", t->cut);
	kd_json_key(j, "rows");
	kd_json_begin_array(j);
	for (size_t i = 0; i < t->n; i++) {
		const struct kd_timeline_row *r = &t->row[i];

		kd_json_begin_object(j);
		kd_json_kv_strz(j, "kind", kinds[r->kind]);
		time_of(j, r->at);
		text(j, "host", r->host);
		text(j, "boot", r->boot);
		text(j, "text", r->text);
		text(j, "id", r->id);
		if (r->kind == KD_TIMELINE_EVENT)
			event(j, r);
		kd_json_end_object(j);
	}
	kd_json_end_array(j);
	kd_json_end_object(j);
}
