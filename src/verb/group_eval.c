// SPDX-License-Identifier: GPL-2.0-or-later
#include "verb/group_eval.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/hash.h"
#include "base/hashmap.h"
#include "base/jsonin.h"
#include "base/source.h"
#include "base/vec.h"
#include "case/grouper.h"
#include "report/scan.h"

enum { LINE_MAX_BYTES = 8 << 20, REPORTS_ASKED = 16, SCALE = 4096, BINS = 40 * SCALE };

struct item {
	struct kd_traits *traits;
	char sig[KD_NSIG][KD_SIG_HEX], key[KD_SIG_HEX];
	uint32_t cluster, group;
};

struct job {
	struct kd_ctx *ctx;
	const struct kd_group_eval_request *req;
	struct kd_group_eval *e;
	struct kd_arena traits;
	KD_VEC(struct item) items;
	KD_VEC(struct kd_view) names, titles;
	struct kd_hashmap clusters, groups;
};

static struct kd_error *no_room(void)
{
	return kd_error_new(KD_LIMIT, "at most %d reports are evaluated at once", KD_EVAL_REPORTS_MAX);
}

/* ---- reading ---- */

static void key_of(struct item *it, size_t i)
{
	char text[32];
	uint8_t sum[KD_SHA256_LEN];

	snprintf(text, sizeof(text), "report %zu", i);
	kd_sha256_of(kd_view_of(text), sum);
	kd_hex(sum, (KD_SIG_HEX - 1) / 2, it->key);
}

/* The first report that is one, or nothing. */
static struct kd_error *traits_of(struct job *j, struct kd_view text, struct item *it, struct kd_view *title)
{
	kd_auto(kd_source_closep) struct kd_source *src = NULL;
	kd_auto(kd_reports_freep) struct kd_reports *rs = NULL;
	struct kd_scan_opts o = {0};
	const struct kd_report *r = NULL;
	struct kd_error *err = kd_source_from_memory(text, "report", &src);

	if (!err)
		err = kd_scan_all(j->ctx, src, &o, REPORTS_ASKED, &rs);
	if (err)
		return err;
	for (size_t i = 0; i < rs->n && !r; i++)
		r = rs->v[i]->infrastructure ? NULL : rs->v[i];
	r = !r && rs->n ? rs->v[0] : r;
	if (!r) {
		j->e->unseen++;
		it->traits = kd_arena_new(&j->traits, struct kd_traits);
		return it->traits ? NULL : no_room();
	}
	for (size_t k = 0; k < KD_NSIG; k++)
		memcpy(it->sig[k], r->sig[k].hex, KD_SIG_HEX);
	*title = kd_arena_view(&j->e->arena, r->title);
	return kd_traits_of(r, &j->traits, &it->traits);
}

static struct kd_error *add_line(struct job *j, struct kd_view line, size_t no)
{
	kd_auto(kd_jsonin_freep) struct kd_jsonin *doc = NULL;
	struct kd_view report, cluster, name = KD_VNULL, title = KD_VNULL, *slot;
	struct kd_hashmap_entry *e;
	struct item *it;
	bool is_new;
	struct kd_error *err = kd_jsonin_parse(line, NULL, &doc);

	if (err)
		return kd_error_wrap(err, "line %zu", no);
	if (!kd_jsonin_str(kd_jsonin_get(kd_jsonin_root(doc), "report"), &report) ||
	    !kd_jsonin_str(kd_jsonin_get(kd_jsonin_root(doc), "cluster"), &cluster))
		return kd_error_new(KD_BADDATA, "line %zu: no \"report\" and \"cluster\"", no);
	(void)kd_jsonin_str(kd_jsonin_get(kd_jsonin_root(doc), "bug_id"), &name);
	it = kd_vec_push(&j->items, KD_EVAL_REPORTS_MAX);
	e = kd_hashmap_add(&j->clusters, cluster, &is_new);
	if (!it || !e)
		return no_room();
	if (is_new)
		e->num = j->e->clusters++;
	it->cluster = (uint32_t)e->num;
	key_of(it, j->items.n - 1);
	err = traits_of(j, report, it, &title);
	slot = kd_vec_push(&j->names, KD_EVAL_REPORTS_MAX);
	*slot = name.n ? kd_arena_view(&j->e->arena, name) : KD_VNULL;
	slot = kd_vec_push(&j->titles, KD_EVAL_REPORTS_MAX);
	*slot = title;
	return err;
}

static struct kd_error *read_all(struct job *j)
{
	kd_auto(kd_source_closep) struct kd_source *src = NULL;
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(2 * LINE_MAX_BYTES);
	struct kd_error *err = kd_source_open(j->req->path, &src);
	size_t n = 1, no = 0;

	while (!err && n) {
		char *room = kd_buf_reserve(&b, 65536);
		size_t end, at = 0;

		if (!room)
			return kd_error_new(KD_LIMIT, "line %zu is longer than %d bytes", no + 1, LINE_MAX_BYTES);
		err = kd_source_read(src, room, 65536, &n);
		if (err)
			break;
		b.n += n;
		while (!err && (end = kd_view_chr(kd_view_from(kd_buf_view(&b), at), '\n')) != KD_NPOS) {
			if (end)
				err = add_line(j, kd_view(b.p + at, end), no + 1);
			no++;
			at += end + 1;
		}
		kd_buf_drop(&b, at);
		if (!err)
			err = kd_ctx_check(j->ctx);
	}
	if (!err && b.n)
		err = add_line(j, kd_buf_view(&b), no + 1);
	if (!err && !j->items.n)
		err = kd_error_new(KD_BADDATA, "there is no report in it");
	return err ? kd_error_wrap(err, "reading %s", j->req->path) : NULL;
}

/* ---- pairs by score ---- */

struct histogram {
	uint32_t pos[BINS], neg[BINS];
};

static size_t bin_of(double score)
{
	double z = score <= 0 ? -20 : score >= 1 ? 20 : log(score / (1 - score));
	double at = (z + 20) * SCALE;

	return at < 0 ? 0 : at >= BINS ? BINS - 1 : (size_t)at;
}

static double auc_of(const struct histogram *h, uint64_t pos, uint64_t neg)
{
	double sum = 0, below = 0;

	for (size_t i = 0; i < BINS; i++) {
		sum += h->pos[i] * (below + h->neg[i] / 2.0);
		below += h->neg[i];
	}
	return pos && neg ? sum / ((double)pos * (double)neg) : 0;
}

static void curve_of(struct kd_group_eval *e, const struct histogram *h)
{
	static const double recalls[KD_EVAL_CURVE] = {.05, .1, .2, .3, .4, .5, .6, .8};
	double pos = 0, neg = 0;
	size_t k = 0;

	for (size_t i = BINS; i-- && k < KD_EVAL_CURVE && e->positive;) {
		pos += h->pos[i];
		neg += h->neg[i];
		while (k < KD_EVAL_CURVE && pos >= recalls[k] * (double)e->positive) {
			e->curve[k].score = 1 / (1 + exp(20 - (double)i / SCALE));
			e->curve[k].precision = pos / (pos + neg);
			e->curve[k].recall = pos / (double)e->positive;
			k++;
		}
	}
}

static struct kd_error *score_pairs(struct job *j, const struct kd_vocab *v, struct kd_profile *const *p)
{
	struct histogram *score = kd_xcalloc(1, sizeof(*score)), *base = kd_xcalloc(1, sizeof(*base));
	struct kd_group_eval *e = j->e;
	struct kd_error *err = NULL;

	for (size_t a = 0; a < j->items.n && !err; a++) {
		for (size_t b = a + 1; b < j->items.n; b++) {
			bool same = j->items.v[a].cluster == j->items.v[b].cluster;
			struct kd_likeness l;
			size_t tenth;

			kd_similar(v, p[a], p[b], &l);
			(same ? score->pos : score->neg)[bin_of(l.score)]++;
			(same ? base->pos : base->neg)[bin_of((double)l.feature[0])]++;
			tenth = l.score >= 1 ? KD_EVAL_BINS - 1 : (size_t)(l.score * KD_EVAL_BINS);
			e->bin[tenth].all++;
			e->bin[tenth].positive += same;
			e->pairs++;
			e->positive += same;
			if (j->req->pair)
				j->req->pair(j->req->user, a, b, same, l.score, l.feature);
		}
		err = kd_ctx_check(j->ctx);
	}
	e->auc = auc_of(score, e->positive, e->pairs - e->positive);
	e->auc_baseline = auc_of(base, e->positive, e->pairs - e->positive);
	curve_of(e, score);
	kd_free(score);
	kd_free(base);
	return err;
}

static struct kd_error *all_pairs(struct job *j)
{
	kd_auto(kd_freep) struct kd_profile **p = kd_xcalloc(j->items.n, sizeof(struct kd_profile *));
	struct kd_vocab *v = kd_vocab_new(0);
	struct kd_error *err = NULL;

	for (size_t i = 0; i < j->items.n && !err; i++)
		err = kd_profile_make(v, j->items.v[i].traits, &p[i]);
	if (!err)
		err = score_pairs(j, v, p);
	kd_vocab_free(v);
	return err;
}

/* ---- groups ---- */

static struct kd_error *group_all(struct job *j)
{
	kd_auto(kd_grouper_freep) struct kd_grouper *g = kd_grouper_new(NULL);
	struct kd_error *err = NULL;

	for (size_t i = 0; i < j->items.n && !err; i++) {
		struct item *it = &j->items.v[i];
		struct kd_grouper_item in = {it->key, it->sig[KD_SIG_NORMAL], it->sig[KD_SIG_LOOSE], it->traits, NULL};
		struct kd_decision d;

		err = kd_grouper_add(g, &in, &d);
	}
	for (size_t i = 0; i < j->items.n && !err; i++) {
		bool is_new;
		struct kd_hashmap_entry *e =
			kd_hashmap_add(&j->groups, kd_view_of(kd_grouper_group_of(g, j->items.v[i].key)), &is_new);

		if (!e)
			return no_room();
		if (is_new)
			e->num = j->e->groups++;
		j->items.v[i].group = (uint32_t)e->num;
	}
	return err;
}

static void wrong(struct job *j, size_t a, size_t b)
{
	struct kd_group_eval *e = j->e;

	e->nwrong_all++;
	if (e->nwrong < KD_EVAL_WRONG_MAX)
		e->wrong[e->nwrong++] = (struct kd_eval_wrong){.a = a, .b = b};
}

static void count_rules(struct job *j)
{
	static const char *const names[] = {"strict signature", "normal signature", "loose signature", "groups"};
	struct kd_eval_pairs *rule = j->e->rule;

	for (size_t k = 0; k < KD_ARRAY_LEN(names); k++)
		rule[k].name = names[k];
	for (size_t a = 0; a < j->items.n; a++)
		for (size_t b = a + 1; b < j->items.n; b++) {
			const struct item *x = &j->items.v[a], *y = &j->items.v[b];
			bool same = x->cluster == y->cluster;

			for (size_t k = 0; k < KD_NSIG; k++)
				if (x->sig[k][0] && !strcmp(x->sig[k], y->sig[k]))
					*(same ? &rule[k].right : &rule[k].wrong) += 1;
			if (x->group != y->group)
				continue;
			*(same ? &rule[KD_NSIG].right : &rule[KD_NSIG].wrong) += 1;
			if (!same)
				wrong(j, a, b);
		}
}

/*
 * B-cubed (Bagga and Baldwin 1998): for each report, which part of its group is of its bug, which part of its bug is in
 * its group; means over all. Adjusted Rand index: Hubert and Arabie 1985.
 */
static void cluster_scores(struct job *j)
{
	struct kd_group_eval *e = j->e;
	double right = 0, in_group = 0, in_cluster = 0, pairs = (double)e->pairs, expected, most;

	for (size_t a = 0; a < j->items.n; a++) {
		double group = 0, cluster = 0, both = 0;

		for (size_t b = 0; b < j->items.n; b++) {
			bool g = j->items.v[a].group == j->items.v[b].group, c = j->items.v[a].cluster == j->items.v[b].cluster;

			group += g;
			cluster += c;
			both += g && c;
		}
		e->bcubed_precision += both / group;
		e->bcubed_recall += both / cluster;
		right += (both - 1) / 2;
		in_group += (group - 1) / 2;
		in_cluster += (cluster - 1) / 2;
	}
	e->bcubed_precision /= (double)j->items.n;
	e->bcubed_recall /= (double)j->items.n;
	e->bcubed_f1 = 2 * e->bcubed_precision * e->bcubed_recall / (e->bcubed_precision + e->bcubed_recall);
	expected = pairs > 0 ? in_group * in_cluster / pairs : 0;
	most = (in_group + in_cluster) / 2;
	e->rand_adjusted = most > expected ? (right - expected) / (most - expected) : 1;
}

static struct kd_error *evaluate(struct job *j)
{
	struct kd_error *err = read_all(j);

	if (!err)
		err = all_pairs(j);
	if (!err)
		err = group_all(j);
	if (err)
		return err;
	j->e->reports = j->items.n;
	j->e->wrong = kd_arena_array(&j->e->arena, KD_EVAL_WRONG_MAX, struct kd_eval_wrong);
	j->e->name = kd_arena_array(&j->e->arena, j->items.n, struct kd_view);
	j->e->title = kd_arena_array(&j->e->arena, j->items.n, struct kd_view);
	j->e->cluster = kd_arena_array(&j->e->arena, j->items.n, uint32_t);
	if (!j->e->wrong || !j->e->name || !j->e->title || !j->e->cluster)
		return no_room();
	for (size_t i = 0; i < j->items.n; i++)
		j->e->cluster[i] = j->items.v[i].cluster;
	memcpy(j->e->name, j->names.v, j->items.n * sizeof(struct kd_view));
	memcpy(j->e->title, j->titles.v, j->items.n * sizeof(struct kd_view));
	count_rules(j);
	cluster_scores(j);
	return NULL;
}

struct kd_error *kd_group_eval(struct kd_ctx *ctx, const struct kd_group_eval_request *req, struct kd_group_eval **ret)
{
	kd_auto(kd_group_eval_freep) struct kd_group_eval *e = kd_xcalloc(1, sizeof(*e));
	struct job j = {.ctx = ctx, .req = req, .e = e, .traits = KD_ARENA_INIT((size_t)1 << 30)};
	struct kd_error *err;

	e->arena = KD_ARENA_INIT(ctx->limits.result_memory);
	j.clusters = j.groups = KD_HASHMAP_INIT(KD_EVAL_REPORTS_MAX, &e->arena);
	err = evaluate(&j);
	kd_hashmap_deinit(&j.clusters);
	kd_hashmap_deinit(&j.groups);
	kd_vec_free(&j.items);
	kd_vec_free(&j.names);
	kd_vec_free(&j.titles);
	kd_arena_deinit(&j.traits);
	if (!err)
		*ret = kd_take(e);
	return err;
}

void kd_group_eval_free(struct kd_group_eval *e)
{
	if (!e)
		return;
	kd_arena_deinit(&e->arena);
	kd_free(e);
}

void kd_group_eval_freep(struct kd_group_eval **e)
{
	kd_group_eval_free(*e);
}
