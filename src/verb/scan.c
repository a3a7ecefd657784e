// SPDX-License-Identifier: GPL-2.0-or-later
#include "verb/scan.h"

#include <string.h>

#include "base/alloc.h"
#include "report/kind.h"
#include "verb/nearest.h"
#include "verb/scan_rows.h"

/* A scan in progress. */
struct job {
	struct kd_ctx *ctx;
	const struct kd_scan_request *req;
	const struct kd_scan_sink *sink;
	struct kd_scan_summary *sum;
	const struct kd_input *in;
	struct kd_scan_end *end;
	struct kd_rows rows;
	bool stopped; /* the error comes from the sink or from us, not from the input */
};

static bool has_family(const char *name)
{
	for (const struct kd_kind *k = kd_kinds(); k->name; k++)
		if (!strcmp(k->family, name))
			return true;
	return false;
}

static struct kd_error *check_kind(const char *name)
{
	struct kd_nearest near;

	if (!name || kd_kind_by_name(kd_view_of(name)) || has_family(name))
		return NULL;
	kd_nearest_init(&near, name);
	for (const struct kd_kind *k = kd_kinds(); k->name; k++) {
		kd_nearest_try(&near, k->name);
		kd_nearest_try(&near, k->family);
	}
	if (near.best)
		return kd_error_new(KD_INVALID,
				    "no kind or family of reports is called '%s'; did "
				    "you mean '%s'?",
				    name, near.best);
	return kd_error_new(KD_INVALID,
			    "no kind or family of reports is called '%s'; "
			    "'kdoc scan --list-kinds' names them",
			    name);
}

static bool is_wanted(struct job *j, const struct kd_report *r)
{
	const char *kind = j->req->kind;

	if (r->infrastructure && !j->req->infrastructure) {
		j->end->infrastructure++;
		return false;
	}
	if (kind && (!r->kind || (strcmp(r->kind->name, kind) && strcmp(r->kind->family, kind)))) {
		j->end->other_kind++;
		return false;
	}
	return true;
}

static bool over_limit(const struct job *j)
{
	uint64_t out = j->sink->row ? j->sum->rows + j->end->rows : j->sum->listed + j->end->listed;

	return j->req->limit && out >= j->req->limit;
}

static struct kd_error *add_row(struct job *j, const struct kd_report *r)
{
	struct kd_error *err;
	bool is_new;

	if (!j->req->fold && over_limit(j)) {
		j->end->over_limit++;
		return NULL;
	}
	err = kd_rows_add(&j->rows, r, &is_new);
	if (err)
		return err;
	j->end->listed++;
	if (!j->req->fold)
		j->end->rows++;
	return NULL;
}

static struct kd_error *on_report(void *user, const struct kd_report *r)
{
	struct job *j = user;
	struct kd_error *err = NULL;

	if (!is_wanted(j, r))
		return NULL;
	if (j->sink->row) {
		err = add_row(j, r);
	} else if (over_limit(j)) {
		j->end->over_limit++;
	} else {
		j->end->listed++;
		if (j->sink->report)
			err = j->sink->report(j->sink->user, j->in, r);
	}
	j->stopped = err != NULL;
	return err;
}

static void on_tick(void *user)
{
	const struct job *j = user;

	if (j->sink->progress)
		j->sink->progress(j->sink->progress_user, j->in);
}

static struct kd_error *give_row(void *user, const struct kd_scan_row *row)
{
	struct job *j = user;

	if (j->req->fold) {
		if (over_limit(j)) {
			j->end->over_limit += row->count;
			j->end->listed -= row->count;
			return NULL;
		}
		j->end->rows++;
	}
	return j->sink->row(j->sink->user, j->in, row, j->end);
}

static void sum_up(struct kd_scan_summary *sum, const struct kd_scan_end *e)
{
	sum->inputs++;
	sum->with_reports += e->listed > 0;
	sum->listed += e->listed;
	sum->rows += e->rows;
	sum->infrastructure += e->infrastructure;
	sum->other_kind += e->other_kind;
	sum->over_limit += e->over_limit;
}

/* An input that broke off: what was read of it counts, and the break is told. */
static struct kd_error *tell_broken(struct job *j, struct kd_error *err)
{
	struct kd_input_problem p = {
		.name = j->in->name,
		.cls = kd_errclass_info(err->cls)->name,
		.message = err->msg,
		.remedy = kd_input_remedy(err),
		.offset = err->offset,
	};
	struct kd_error *e = NULL;

	j->sum->problems++;
	if (j->sink->problem)
		e = j->sink->problem(j->sink->user, &p);
	kd_error_free(err);
	return e;
}

static struct kd_error *finish_log(struct job *j)
{
	struct kd_error *err = NULL;

	j->end->packed_diag = kd_source_diag(j->in->src);
	j->end->unfolded = j->rows.unfolded;
	if (j->sink->row)
		err = kd_rows_each(&j->rows, give_row, j);
	if (!err && j->sink->end)
		err = j->sink->end(j->sink->user, j->in, j->end);
	sum_up(j->sum, j->end);
	return err;
}

static struct kd_error *on_log(void *user, struct kd_input *in)
{
	struct job *j = user;
	struct kd_scan_opts o = {
		.want = j->req->titles_only ? KD_WANT_TITLES : j->sink->row ? KD_WANT_TABLE : KD_WANT_ALL,
		.no_infrastructure = !j->req->infrastructure,
		.guilty = j->req->guilty,
		.tick = on_tick,
		.tick_user = j,
	};
	struct kd_scan_end end = {0};
	struct kd_error *err = NULL;

	j->in = in;
	j->end = &end;
	kd_rows_reset(&j->rows);
	if (j->sink->begin)
		err = j->sink->begin(j->sink->user, in);
	if (err)
		return err;
	err = kd_scan(j->ctx, in->src, &o, on_report, j, &end.log);
	if (err && (j->stopped || err->cls == KD_CANCELLED))
		return err;
	if (err)
		err = tell_broken(j, err);
	return err ? err : finish_log(j);
}

static struct kd_error *on_problem(void *user, const struct kd_input_problem *p)
{
	struct job *j = user;

	j->sum->problems++;
	return j->sink->problem ? j->sink->problem(j->sink->user, p) : NULL;
}

static struct kd_error *on_skipped(void *user, const char *dir, const struct kd_input_skipped *s)
{
	struct job *j = user;

	return j->sink->skipped ? j->sink->skipped(j->sink->user, dir, s) : NULL;
}

struct kd_error *kd_scan_list(struct kd_ctx *ctx, const struct kd_scan_request *req,
			      const struct kd_scan_sink *sink, struct kd_scan_summary *ret)
{
	static const struct kd_input_ops ops = {
		.log = on_log, .problem = on_problem, .skipped = on_skipped};
	struct kd_scan_summary sum = {0};
	struct job j = {.ctx = ctx, .req = req, .sink = sink, .sum = &sum};
	struct kd_error *err = check_kind(req->kind);

	if (err)
		return err;
	kd_rows_init(&j.rows, req->fold);
	err = req->log ? on_log(&j, req->log) : kd_input_each(ctx, req->inputs, req->ninputs, &ops, &j);
	kd_rows_deinit(&j.rows);
	if (!err)
		*ret = sum;
	return err;
}

/* ---- words ---- */

static const char *word(const char *const *table, size_t n, unsigned i)
{
	return i < n && table[i] ? table[i] : "unknown";
}

const char *kd_outcome_word(unsigned outcome)
{
	static const char *const t[] = {
		[KD_OUT_UNKNOWN] = "unknown",
		[KD_OUT_FATAL] = "fatal",
		[KD_OUT_RECOVERED] = "recovered",
	};

	return word(t, KD_ARRAY_LEN(t), outcome);
}

const char *kd_tier_word(unsigned tier)
{
	static const char *const t[] = {
		[KD_TIER_NONE] = "none", [KD_TIER_LOW] = "low",       [KD_TIER_MED] = "medium",
		[KD_TIER_HIGH] = "high", [KD_TIER_CRIT] = "critical",
	};

	return word(t, KD_ARRAY_LEN(t), tier);
}

const char *kd_owner_word(unsigned owner)
{
	static const char *const t[] = {
		[KD_OWNER_KERNEL] = "kernel",
		[KD_OWNER_HARDWARE] = "hardware",
		[KD_OWNER_OOT_MODULE] = "out_of_tree_module",
		[KD_OWNER_BPF] = "bpf",
		[KD_OWNER_FIRMWARE] = "firmware",
		[KD_OWNER_USER] = "user_space",
		[KD_OWNER_UNKNOWN] = "unknown",
	};

	return word(t, KD_ARRAY_LEN(t), owner);
}

const char *kd_context_word(unsigned ctx)
{
	static const char *const t[] = {
		[KD_CTX_UNKNOWN] = "unknown", [KD_CTX_TASK] = "task",
		[KD_CTX_SOFTIRQ] = "softirq", [KD_CTX_IRQ] = "irq",
		[KD_CTX_NMI] = "nmi",         [KD_CTX_EXCEPTION] = "exception",
		[KD_CTX_IDLE] = "idle",       [KD_CTX_INTERRUPT] = "interrupt",
	};

	return word(t, KD_ARRAY_LEN(t), ctx);
}
