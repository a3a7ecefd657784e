// SPDX-License-Identifier: GPL-2.0-or-later
#include "render/group_eval.h"

#include <inttypes.h>

#include "base/alloc.h"
#include "render/head.h"

enum { WRONG_SHOWN = 20 };

static double part(uint64_t a, uint64_t b)
{
	return b ? (double)a / (double)b : 0;
}

void kd_render_group_eval_text(struct kd_out *o, const struct kd_group_eval *e)
{
	kd_out_printf(o, "%zu reports of %zu bugs (in %zu nothing was found), %" PRIu64 " pairs, %" PRIu64 " of them one bug\n",
		      e->reports, e->clusters, e->unseen, e->pairs, e->positive);
	kd_out_printf(o, "\nAUC of the likeness of two reports  %.4f   (cosine of stacks alone: %.4f)\n", e->auc, e->auc_baseline);
	kd_out_puts(o, "\npairs that are called one bug    right    wrong  precision   recall\n");
	for (size_t i = 0; i < KD_ARRAY_LEN(e->rule); i++) {
		const struct kd_eval_pairs *r = &e->rule[i];

		kd_out_printf(o, "  %-26s %9" PRIu64 " %8" PRIu64 "  %9.4f  %7.4f\n", r->name, r->right, r->wrong,
			      part(r->right, r->right + r->wrong), part(r->right, e->positive));
	}
	kd_out_printf(o, "\n%zu groups: B-cubed precision %.4f, recall %.4f, F1 %.4f; adjusted Rand index %.4f\n", e->groups,
		      e->bcubed_precision, e->bcubed_recall, e->bcubed_f1, e->rand_adjusted);
	kd_out_puts(o, "\npairs by score      precision   recall\n");
	for (size_t i = 0; i < KD_EVAL_CURVE && e->curve[i].recall > 0; i++)
		kd_out_printf(o, "  at least %.4f    %.4f   %.4f\n", e->curve[i].score, e->curve[i].precision, e->curve[i].recall);
	kd_out_puts(o, "\nscore           pairs   share that is one bug\n");
	for (size_t i = 0; i < KD_EVAL_BINS; i++)
		kd_out_printf(o, "  %.1f … %.1f  %9" PRIu64 "   %.4f\n", (double)i / KD_EVAL_BINS, (double)(i + 1) / KD_EVAL_BINS,
			      e->bin[i].all, part(e->bin[i].positive, e->bin[i].all));
	if (e->nwrong_all)
		kd_out_printf(o, "\nmerged although their bugs differ (%" PRIu64 " pairs)\n", e->nwrong_all);
	for (size_t i = 0; i < e->nwrong && i < WRONG_SHOWN; i++) {
		kd_out_printf(o, "  %zu and %zu: ", e->wrong[i].a + 1, e->wrong[i].b + 1);
		kd_out_text(o, e->title[e->wrong[i].a]);
		kd_out_puts(o, " | ");
		kd_out_text(o, e->title[e->wrong[i].b]);
		kd_out_puts(o, "\n");
	}
	if (e->nwrong_all > WRONG_SHOWN)
		kd_out_printf(o, "  … and %" PRIu64 " more (--json has the first %d)\n", e->nwrong_all - WRONG_SHOWN, KD_EVAL_WRONG_MAX);
}

static void kv(struct kd_json *j, const char *key, double x)
{
	kd_json_key(j, key);
	kd_json_double(j, x);
}

static void rules(struct kd_json *j, const struct kd_group_eval *e)
{
	kd_json_key(j, "merged_pairs");
	kd_json_begin_array(j);
	for (size_t i = 0; i < KD_ARRAY_LEN(e->rule); i++) {
		const struct kd_eval_pairs *r = &e->rule[i];

		kd_json_begin_object(j);
		kd_json_kv_strz(j, "by", r->name);
		kd_json_kv_u64(j, "right", r->right);
		kd_json_kv_u64(j, "wrong", r->wrong);
		kv(j, "precision", part(r->right, r->right + r->wrong));
		kv(j, "recall", part(r->right, e->positive));
		kd_json_end_object(j);
	}
	kd_json_end_array(j);
}

static void tables(struct kd_json *j, const struct kd_group_eval *e)
{
	kd_json_key(j, "curve");
	kd_json_begin_array(j);
	for (size_t i = 0; i < KD_EVAL_CURVE && e->curve[i].recall > 0; i++) {
		kd_json_begin_object(j);
		kv(j, "score", e->curve[i].score);
		kv(j, "precision", e->curve[i].precision);
		kv(j, "recall", e->curve[i].recall);
		kd_json_end_object(j);
	}
	kd_json_end_array(j);
	kd_json_key(j, "calibration");
	kd_json_begin_array(j);
	for (size_t i = 0; i < KD_EVAL_BINS; i++) {
		kd_json_begin_object(j);
		kv(j, "from", (double)i / KD_EVAL_BINS);
		kd_json_kv_u64(j, "pairs", e->bin[i].all);
		kd_json_kv_u64(j, "one_bug", e->bin[i].positive);
		kd_json_end_object(j);
	}
	kd_json_end_array(j);
}

static void wrong(struct kd_json *j, const struct kd_group_eval *e)
{
	kd_json_key(j, "wrong");
	kd_json_begin_array(j);
	for (size_t i = 0; i < e->nwrong; i++) {
		size_t a = e->wrong[i].a, b = e->wrong[i].b;

		kd_json_begin_object(j);
		kd_json_kv_u64(j, "a", a + 1);
		kd_json_kv_u64(j, "b", b + 1);
		kd_json_kv_str(j, "bug_a", e->name[a]);
		kd_json_kv_str(j, "bug_b", e->name[b]);
		kd_json_kv_str(j, "title_a", e->title[a]);
		kd_json_kv_str(j, "title_b", e->title[b]);
		kd_json_end_object(j);
	}
	kd_json_end_array(j);
	kd_json_kv_u64(j, "wrong_over_limit", e->nwrong_all - e->nwrong);
}

void kd_render_group_eval_json(struct kd_json *j, const struct kd_group_eval *e)
{
	kd_json_begin_object(j);
	kd_render_head_json(j, "kdoc.group-eval/1");
	kd_json_kv_u64(j, "reports", e->reports);
	kd_json_kv_u64(j, "unseen", e->unseen);
	kd_json_kv_u64(j, "bugs", e->clusters);
	kd_json_kv_u64(j, "groups", e->groups);
	kd_json_kv_u64(j, "pairs", e->pairs);
	kd_json_kv_u64(j, "positive_pairs", e->positive);
	kv(j, "auc", e->auc);
	kv(j, "auc_stack_cosine", e->auc_baseline);
	kv(j, "bcubed_precision", e->bcubed_precision);
	kv(j, "bcubed_recall", e->bcubed_recall);
	kv(j, "bcubed_f1", e->bcubed_f1);
	kv(j, "adjusted_rand", e->rand_adjusted);
	rules(j, e);
	tables(j, e);
	wrong(j, e);
	kd_json_end_object(j);
}
