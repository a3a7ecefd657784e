// SPDX-License-Identifier: GPL-2.0-or-later
#include "render/scan_json.h"

#include "render/head.h"
#include "render/report_json.h"

static struct kd_error *lost(const struct kd_scan_json_render *r)
{
	return r->j.failed || r->out->failed
		       ? kd_error_new(KD_IO, "the answer could not be written completely")
		       : NULL;
}

static void open_input(struct kd_json *j, const char *name)
{
	kd_json_begin_object(j);
	kd_json_kv_str(j, "input", kd_view_of(name));
}

static struct kd_error *begin(void *user, const struct kd_input *in)
{
	struct kd_scan_json_render *r = user;

	open_input(&r->j, in->name);
	kd_json_kv_strz(&r->j, "taken_for", kd_filekind_info(in->kind)->name);
	kd_json_kv_strz(&r->j, "packing", in->packing);
	kd_json_key(&r->j, "reports");
	kd_json_begin_array(&r->j);
	r->in_input = r->in_reports = true;
	return lost(r);
}

static struct kd_error *report(void *user, const struct kd_input *in, const struct kd_report *rep)
{
	struct kd_scan_json_render *r = user;

	(void)in;
	kd_render_report_json(&r->j, rep);
	return lost(r);
}

static void close_reports(struct kd_scan_json_render *r)
{
	if (r->in_reports)
		kd_json_end_array(&r->j);
	r->in_reports = false;
}

static struct kd_error *end(void *user, const struct kd_input *in, const struct kd_scan_end *e)
{
	struct kd_scan_json_render *r = user;
	struct kd_json *j = &r->j;

	(void)in;
	close_reports(r);
	kd_json_kv_u64(j, "listed", e->listed);
	kd_json_kv_u64(j, "infrastructure_hidden", e->infrastructure);
	kd_json_kv_u64(j, "other_kinds_hidden", e->other_kind);
	kd_json_kv_u64(j, "over_limit", e->over_limit);
	kd_json_key(j, "log");
	kd_json_begin_object(j);
	kd_render_log_json(j, &e->log);
	if (e->packed_diag)
		kd_json_kv_strz(j, "packed_data", e->packed_diag);
	kd_json_end_object(j);
	kd_json_end_object(j);
	r->in_input = false;
	return lost(r);
}

void kd_render_problem_json(struct kd_json *j, const struct kd_input_problem *p)
{
	kd_json_kv_strz(j, "class", p->cls);
	kd_json_kv_str(j, "message", kd_view_of(p->message));
	kd_json_kv_str(j, "remedy", kd_view_of(p->remedy));
	if (p->offset >= 0)
		kd_json_kv_i64(j, "offset", p->offset);
}

static struct kd_error *problem(void *user, const struct kd_input_problem *p)
{
	struct kd_scan_json_render *r = user;
	bool inside = r->in_input;

	if (inside)
		close_reports(r);
	else
		open_input(&r->j, p->name);
	kd_json_key(&r->j, "error");
	kd_json_begin_object(&r->j);
	kd_render_problem_json(&r->j, p);
	kd_json_end_object(&r->j);
	if (!inside)
		kd_json_end_object(&r->j);
	return lost(r);
}

static struct kd_error *skipped(void *user, const char *dir, const struct kd_input_skipped *s)
{
	struct kd_scan_json_render *r = user;

	open_input(&r->j, dir);
	kd_json_key(&r->j, "passed_over");
	kd_json_begin_object(&r->j);
	kd_json_kv_u64(&r->j, "empty", s->empty);
	kd_json_kv_u64(&r->j, "no_text", s->binary);
	kd_json_kv_u64(&r->j, "unreadable", s->unreadable);
	kd_json_kv_u64(&r->j, "special", s->special);
	kd_json_end_object(&r->j);
	kd_json_end_object(&r->j);
	return lost(r);
}

void kd_scan_json_begin(struct kd_scan_json_render *r, struct kd_out *out,
			struct kd_scan_sink *sink)
{
	*r = (struct kd_scan_json_render){.out = out};
	*sink = (struct kd_scan_sink){.user = r,
				      .begin = begin,
				      .report = report,
				      .end = end,
				      .problem = problem,
				      .skipped = skipped};
	kd_json_init_flush(&r->j, kd_out_json_flush, out, KD_JSON_PRETTY);
	kd_json_begin_object(&r->j);
	kd_render_head_json(&r->j, "kdoc.scan/1");
	kd_json_key(&r->j, "inputs");
	kd_json_begin_array(&r->j);
}

static void summary(struct kd_json *j, const struct kd_scan_summary *s)
{
	kd_json_key(j, "summary");
	kd_json_begin_object(j);
	kd_json_kv_u64(j, "logs_read", s->inputs);
	kd_json_kv_u64(j, "logs_with_reports", s->with_reports);
	kd_json_kv_u64(j, "problems", s->problems);
	kd_json_kv_u64(j, "reports", s->listed);
	kd_json_kv_u64(j, "infrastructure_hidden", s->infrastructure);
	kd_json_kv_u64(j, "other_kinds_hidden", s->other_kind);
	kd_json_kv_u64(j, "over_limit", s->over_limit);
	kd_json_end_object(j);
}

struct kd_error *kd_scan_json_end(struct kd_scan_json_render *r, struct kd_error *err,
				  const struct kd_scan_summary *sum)
{
	if (err) {
		kd_buf_deinit(&r->j.own);
		return err;
	}
	kd_json_end_array(&r->j);
	summary(&r->j, sum);
	kd_json_end_object(&r->j);
	return kd_json_finish(&r->j);
}
