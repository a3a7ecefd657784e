// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any bytes as a log for the verbs: investigate (one report, and all of them), explain, scan and
 * group, each in all of its formats. Whatever the log holds, an answer is whole: its JSON is JSON,
 * its text can be shown on a terminal, its HTML holds no element that the program did not write,
 * and its evidence is bytes of the log.
 */
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/jsonin.h"
#include "base/utf8.h"
#include "fuzz.h"
#include "render/explain_json.h"
#include "render/explain_text.h"
#include "render/group_json.h"
#include "render/group_text.h"
#include "render/html.h"
#include "render/investigate_json.h"
#include "render/investigate_text.h"
#include "render/markdown.h"
#include "render/scan_json.h"
#include "render/scan_text.h"
#include "render/titles.h"

/* What a terminal, a pager or an editor may be given: UTF-8, and of the controls tab and newline. */
static void check_text(const struct kd_out *o)
{
	struct kd_view v = kd_buf_view(&o->buf);

	check(!o->failed && kd_utf8_valid(v));
	for (size_t i = 0; i < v.n; i++)
		check((unsigned char)v.p[i] >= 0x20 ? v.p[i] != 0x7f : v.p[i] == '\n' || v.p[i] == '\t');
}

/* Each '<' begins one of the few elements that the program writes: nothing of the log does. */
static void check_html(const struct kd_out *o)
{
	struct kd_view v = kd_buf_view(&o->buf), bad[] = {KD_V("script"), KD_V("img"), KD_V("iframe"),
							  KD_V("TASK"), KD_V("IRQ"), KD_V("svg")};

	check_text(o);
	for (size_t i = 0; i < v.n; i++) {
		struct kd_view at = kd_view_from(v, i + 1);

		if (v.p[i] != '<')
			continue;
		check(at.n && (kd_is_alnum(*at.p) || *at.p == '/' || *at.p == '!'));
		kd_view_skip(&at, KD_V("/"));
		for (size_t k = 0; k < KD_ARRAY_LEN(bad); k++)
			check(!kd_view_starts(at, bad[k]));
	}
}

static void check_json(const struct kd_out *o)
{
	struct kd_jsonin *doc = NULL;
	struct kd_error *err = kd_jsonin_parse(kd_buf_view(&o->buf), NULL, &doc);

	check(!err && kd_jsonin_type(kd_jsonin_root(doc)) == KD_JOBJECT);
	kd_jsonin_free(doc);
}

/* An answer's pieces hang together. */
static void check_finding(const struct kd_investigation *inv, const struct kd_finding *f)
{
	check(f->r && f->number == f->r->index + 1);
	for (size_t i = 0; i < f->nev; i++) {
		const struct kd_inv_evidence *e = &f->ev[i];

		check(e->off < e->end && e->end <= inv->raw.n && e->line && e->line <= e->line_end);
		check(kd_evidence_check(&e->e, kd_buf_view(&inv->raw)) == KD_CHECK_SAME);
	}
	for (size_t i = 0; i < f->nst; i++) {
		const struct kd_statement *s = &f->st[i];

		check(s->part < KD_NPARTS && s->nev <= KD_INV_EV_MAX && s->text.n);
		check(s->part != KD_PART_LIKELY || s->refute.n);
		check(s->part != KD_PART_PROVEN || s->nev || f->limited);
		for (size_t k = 0; k < s->nev; k++)
			check(s->ev[k] < f->nev);
	}
}

/* One answer in all its formats. */
struct formats {
	struct kd_out text, md, html, json;
	struct kd_json j; /* writes into json */
};

static void formats_init(struct formats *f)
{
	kd_out_init(&f->text, NULL, NULL);
	kd_out_init(&f->md, NULL, NULL);
	kd_out_init(&f->html, NULL, NULL);
	kd_out_init(&f->json, NULL, NULL);
	kd_json_init_flush(&f->j, kd_out_json_flush, &f->json, KD_JSON_PRETTY);
}

static void formats_check(struct formats *f)
{
	struct kd_error *err = kd_json_finish(&f->j);

	check(!err);
	check_text(&f->text);
	check_text(&f->md);
	check_html(&f->html);
	check_json(&f->json);
	kd_out_deinit(&f->text);
	kd_out_deinit(&f->md);
	kd_out_deinit(&f->html);
	kd_out_deinit(&f->json);
}

static void render_investigation(const struct kd_investigation *inv)
{
	struct formats f;

	formats_init(&f);
	kd_render_investigation_text(&f.text, inv, 0);
	kd_render_investigation_markdown(&f.md, inv);
	kd_render_investigation_html(&f.html, inv, KD_VNULL);
	kd_render_investigation_json(&f.j, inv, NULL, NULL);
	formats_check(&f);
}

static void investigate(struct kd_ctx *ctx, struct kd_view log, bool all)
{
	struct kd_inv_request req = {.name = "fuzz.log", .all = all, .infrastructure = all};
	kd_auto(kd_source_closep) struct kd_source *src = NULL;
	kd_auto(kd_investigation_freep) struct kd_investigation *inv = NULL;
	struct kd_error *err = kd_source_from_memory(log, "fuzz.log", &src);

	if (!err)
		err = kd_investigate(ctx, src, &req, &inv);
	check(!err == !!inv);
	kd_error_free(err); /* damaged packed input */
	if (!inv)
		return;
	for (size_t i = 0; i < inv->nfindings; i++)
		check_finding(inv, &inv->findings[i]);
	render_investigation(inv);
}

static void render_explanation(const struct kd_explanation *e)
{
	struct formats f;

	formats_init(&f);
	kd_render_explanation_text(&f.text, e);
	kd_render_explanation_markdown(&f.md, e);
	kd_render_explanation_html(&f.html, e);
	kd_render_explanation_json(&f.j, e);
	formats_check(&f);
}

static uint32_t explain(struct kd_ctx *ctx, struct kd_view log, uint32_t number)
{
	struct kd_explain_request req = {.name = "fuzz.log", .report = number};
	kd_auto(kd_source_closep) struct kd_source *src = NULL;
	kd_auto(kd_explanation_freep) struct kd_explanation *e = NULL;
	struct kd_error *err = kd_source_from_memory(log, "fuzz.log", &src);

	if (!err)
		err = kd_explain(ctx, src, &req, &e);
	check(!err == !!e);
	kd_error_free(err);
	if (!e)
		return 0;
	check(!e->r || (e->number == e->r->index + 1 && e->number <= e->total));
	render_explanation(e);
	return e->total;
}

static void group(struct kd_ctx *ctx, const char *path, bool engine)
{
	const char *inputs[] = {path, path};
	struct kd_group_request req = {.inputs = inputs,
				       .ninputs = 2,
				       .level = KD_SIG_NORMAL,
				       .infrastructure = true,
				       .engine = engine,
				       .field = engine ? "access.address" : NULL};
	kd_auto(kd_grouping_freep) struct kd_grouping *g = NULL;
	kd_auto(kd_out_deinit) struct kd_out text, json;
	struct kd_json j;
	struct kd_error *err = kd_group(ctx, &req, &g);
	size_t members = 0;

	check(!err);
	for (size_t i = 0; i < g->ngroups; i++) {
		members += g->groups[i].nmembers;
		/* The same log twice: what has a signature is never alone. */
		check(!g->groups[i].has_signature || g->groups[i].nmembers % 2 == 0);
	}
	check(members == g->nmembers);
	kd_out_init(&text, NULL, NULL);
	kd_out_init(&json, NULL, NULL);
	kd_render_group_text(&text, g);
	kd_render_group_notes(&text, &text, g);
	check_text(&text);
	kd_json_init_flush(&j, kd_out_json_flush, &json, KD_JSON_PRETTY);
	kd_render_group_json(&j, g);
	err = kd_json_finish(&j);
	check(!err);
	check_json(&json);
}

static void scan_text(struct kd_ctx *ctx, const struct kd_scan_request *req)
{
	kd_auto(kd_out_deinit) struct kd_out text, problems;
	struct kd_scan_text_render r;
	struct kd_scan_sink sink = {0};
	struct kd_scan_summary sum;
	struct kd_error *err;

	kd_out_init(&text, NULL, NULL);
	kd_out_init(&problems, NULL, NULL);
	kd_scan_text_begin(&r, &text, &problems, &sink);
	err = kd_scan_list(ctx, req, &sink, &sum);
	check(!err);
	kd_scan_text_end(&r, &sum);
	kd_scan_text_deinit(&r);
	check_text(&text);
	check_text(&problems);
}

static void scan_json(struct kd_ctx *ctx, const struct kd_scan_request *req)
{
	kd_auto(kd_out_deinit) struct kd_out json;
	struct kd_scan_json_render r;
	struct kd_scan_sink sink = {0};
	struct kd_scan_summary sum;
	struct kd_error *err;

	kd_out_init(&json, NULL, NULL);
	kd_scan_json_begin(&r, &json, &sink);
	err = kd_scan_list(ctx, req, &sink, &sum);
	err = kd_scan_json_end(&r, err, &sum);
	check(!err);
	check_json(&json);
}

/* group and scan take names: the log is a file without one. */
static void named(struct kd_ctx *ctx, struct kd_view log)
{
	char path[64];
	const char *inputs[] = {path};
	struct kd_scan_request req = {.inputs = inputs, .ninputs = 1, .infrastructure = true};
	int fd = memfd_create("fuzz.log", MFD_CLOEXEC);

	check(fd >= 0 && write(fd, log.p ? log.p : "", log.n) == (ssize_t)log.n);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	group(ctx, path, false);
	group(ctx, path, true);
	scan_json(ctx, &req);
	req.fold = true;
	scan_text(ctx, &req);
	close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const void *p = data;
	struct kd_view log = kd_view(p, size);
	struct kd_ctx ctx;
	uint32_t total;

	kd_ctx_init(&ctx);
	investigate(&ctx, log, false);
	investigate(&ctx, log, true);
	total = explain(&ctx, log, 0);
	for (uint32_t i = 1; i <= total && i <= 4; i++)
		explain(&ctx, log, i);
	named(&ctx, log);
	kd_ctx_deinit(&ctx);
	return 0;
}
