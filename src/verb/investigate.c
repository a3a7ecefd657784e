/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "verb/caseinv.h"
#include "verb/investigate.h"

#include "base/alloc.h"
#include "base/shellword.h"
#include "verb/inv.h"
#include "verb/inv_debug.h"
#include "verb/inv_raw.h"
#include "verb/priorart.h"

#define FULL_MAX 50 /* findings with `all` */

void kd_investigation_free(struct kd_investigation *inv)
{
	if (!inv)
		return;
	for (size_t i = 0; i < inv->nfindings; i++)
		kd_prior_free(inv->findings[i].prior);
	kd_reports_free(inv->reports);
	kd_raw_deinit(&inv->addresses);
	kd_symset_free(inv->symbols);
	kd_buf_deinit(&inv->raw);
	kd_arena_deinit(&inv->arena);
	kd_free(inv);
}

void kd_investigation_freep(struct kd_investigation **inv)
{
	kd_investigation_free(*inv);
}

static struct kd_error *read_all(struct kd_ctx *ctx, struct kd_source *src, struct kd_buf *raw)
{
	for (;;) {
		struct kd_error *err = kd_ctx_check(ctx);
		size_t n = 0;
		char *p;

		if (err)
			return err;
		p = kd_buf_reserve(raw, 65536);
		if (!p)
			return kd_error_new(KD_LIMIT,
					    "the log is larger than %zu MiB; `kdoc scan` finds the "
					    "part that matters, cut that out",
					    KD_INV_LOG_MAX >> 20);
		err = kd_source_read(src, p, 65536, &n);
		if (err || !n)
			return err;
		raw->n += n;
	}
}

/* Claims: statements that say something about the world; context and commands are none. */
static void make_claims(struct kd_finding *f)
{
	for (size_t i = 0; i < f->nst; i++) {
		struct kd_statement *s = &f->st[i];
		const char *ids[KD_INV_EV_MAX];
		struct kd_claim c;
		struct kd_error *err;

		if (s->part == KD_PART_CONTEXT || s->part == KD_PART_DO || s->part == KD_PART_NEXT ||
		    s->part == KD_PART_SETTLE)
			continue;
		for (uint8_t k = 0; k < s->nev; k++)
			ids[k] = f->ev[s->ev[k]].e.id;
		err = kd_claim_make(s->text, (enum kd_claim_status)s->status, KD_V("investigate"),
				    ids, s->nev, &c);
		if (err)
			kd_error_free(err);
		else
			memcpy(s->id, c.id, sizeof(s->id));
	}
}

/* Evidence or silence: what is said to be proven without a line rests on the whole report. */
static void give_evidence(struct kd_inv_build *b)
{
	for (size_t i = 0; i < b->st.n; i++) {
		struct kd_statement *s = &b->st.v[i];

		if (s->status == KD_CLAIM_SUPPORTED && !s->nev && b->r->nlines)
			kd_inv_span(b, s, 0, (int32_t)(b->r->nlines - 1));
		if (s->status == KD_CLAIM_SUPPORTED && !s->nev)
			s->status = KD_CLAIM_HYPOTHESIS;
	}
}

/* Of the report's kernel: a log may hold several. */
static void ask_debug_info(struct kd_ctx *ctx, struct kd_inv_build *b, const struct kd_inv_request *req)
{
	const struct kd_symset_want want = {.release = b->r->release, .build = b->r->build};
	const struct kd_symset_options o = {.paths = req->debug, .npaths = req->ndebug, .force = req->force,
					    .cache = req->cache};
	kd_auto(kd_symset_freep) struct kd_symset *set = NULL;

	if (!req->ndebug)
		return;
	set = kd_symset_new(ctx, &want, &o);
	if (b->inv->symbols)
		kd_inv_raw(b, &b->inv->addresses);
	kd_inv_debug(b, set);
}

/* What the team's memory has of it: before anybody calls it new. */
static void say_seen(struct kd_ctx *ctx, struct kd_inv_build *b, const struct kd_inv_request *req)
{
	struct kd_caseinv_before was = {.seen = KD_VNULL};

	if (req->seen)
		kd_caseinv_before(ctx, req->memory, b->r, b->arena, &was);
	if (was.known.n)
		kd_inv_at(b, kd_inv_say(b, KD_PART_KNOWN, "known", "%.*s", KD_VARG(was.known)), kd_inv_header(b->r));
	if (was.seen.n)
		kd_inv_at(b, kd_inv_say(b, KD_PART_KNOWN, "seen", "%.*s", KD_VARG(was.seen)), kd_inv_header(b->r));
	if (was.refuted.n)
		kd_inv_at(b, kd_inv_say(b, KD_PART_KNOWN, "refuted", "%.*s", KD_VARG(was.refuted)), kd_inv_header(b->r));
}

static struct kd_error *investigate_one(struct kd_ctx *ctx, struct kd_investigation *inv,
					const struct kd_inv_request *req, const struct kd_report *r,
					struct kd_finding *f)
{
	struct kd_inv_build b = {.arena = &inv->arena, .inv = inv, .r = r, .f = f};
	struct kd_fault *fault;
	struct kd_error *err = kd_fault_read(r, &inv->arena, &fault);

	if (err)
		return err;
	f->fault = fault;

	f->r = r;
	f->number = r->index + 1;
	kd_inv_verdict(&b);
	/* Statements are shown part by part; the order here is that of the E numbers. */
	kd_inv_proven(&b);
	kd_inv_code(&b);
	ask_debug_info(ctx, &b, req);
	kd_inv_family(&b);
	kd_inv_state(&b);
	kd_inv_likely(&b);
	kd_inv_relations(&b);
	say_seen(ctx, &b, req);
	kd_inv_context(&b);
	kd_inv_source(&b, ctx, req->tree);
	kd_inv_severity(&b);
	kd_inv_taint(&b);
	kd_inv_unknown(&b);
	kd_inv_next(&b, req->history && kd_inv_fix(&b, ctx, req->store));
	give_evidence(&b);
	f->st = b.st.v;
	f->nst = b.st.n;
	f->ev = b.ev.v;
	f->nev = b.ev.n;
	f->regs = b.regs.v;
	f->nregs = b.regs.n;
	f->stacks = b.stacks.v;
	f->nstacks = b.stacks.n;
	make_claims(f);
	return NULL;
}

/* --- which reports ---------------------------------------------------------------------- */

static bool shown(const struct kd_report *r, const struct kd_inv_request *req)
{
	return !r->infrastructure || req->infrastructure || req->report == r->index + 1;
}

static const struct kd_report *by_index(const struct kd_reports *rs, int32_t index)
{
	for (size_t i = 0; index >= 0 && i < rs->n; i++)
		if (rs->v[i]->index == (uint32_t)index)
			return rs->v[i];
	return NULL;
}

/* That the machine survived lowers a report's tier, not its claim to be the first domino. */
static int rank(const struct kd_report *r)
{
	return r->kind && r->kind->tier > r->tier ? r->kind->tier : r->tier;
}

const struct kd_report *kd_first_domino(const struct kd_reports *rs, bool infrastructure)
{
	const struct kd_report *best = NULL;

	for (size_t i = 0; i < rs->n; i++)
		if ((infrastructure || !rs->v[i]->infrastructure) &&
		    (!best || rank(rs->v[i]) > rank(best)))
			best = rs->v[i];
	for (size_t guard = 0; best && guard < rs->n; guard++) {
		const struct kd_report *up =
			by_index(rs, best->repeat_of ? (int32_t)best->repeat_of - 1 : best->caused_by);

		if (!up || up == best || (up->infrastructure && !infrastructure))
			break;
		best = up;
	}
	return best;
}

static struct kd_error *fill_rows(struct kd_investigation *inv, const struct kd_inv_request *req)
{
	const struct kd_reports *rs = inv->reports;
	const struct kd_report *first = kd_first_domino(rs, req->infrastructure);

	inv->rows = kd_arena_array(&inv->arena, rs->n ? rs->n : 1, struct kd_inv_row);
	if (!inv->rows)
		return kd_error_new(KD_LIMIT, "too many reports");
	for (size_t i = 0; i < rs->n; i++) {
		struct kd_inv_row *row;

		if (!shown(rs->v[i], req)) {
			inv->hidden++;
			continue;
		}
		row = &inv->rows[inv->nrows++];
		row->r = rs->v[i];
		row->number = rs->v[i]->index + 1;
		row->line = (uint32_t)rs->v[i]->start_line;
		row->relation = kd_inv_relation(&inv->arena, rs, rs->v[i], rs->v[i] == first);
	}
	return NULL;
}

static struct kd_error *investigate_rows(struct kd_ctx *ctx, struct kd_investigation *inv,
					 const struct kd_inv_request *req)
{
	const struct kd_report *one = req->all || req->report
					      ? NULL
					      : kd_first_domino(inv->reports, req->infrastructure);
	size_t max = req->all ? FULL_MAX : 1;

	inv->findings = kd_arena_array(&inv->arena, max, struct kd_finding);
	if (!inv->findings)
		return kd_error_new(KD_LIMIT, "the answer does not fit");
	for (size_t i = 0; i < inv->nrows; i++) {
		struct kd_inv_row *row = &inv->rows[i];
		struct kd_error *err = kd_ctx_check(ctx);

		if (err)
			return err;
		if (!req->all && row->r != one && row->number != req->report)
			continue;
		if (inv->nfindings == max) {
			inv->not_full++;
			continue;
		}
		row->full = true;
		err = investigate_one(ctx, inv, req, row->r, &inv->findings[inv->nfindings++]);
		if (err)
			return err;
	}
	if (req->report && !inv->nfindings)
		return kd_error_new(KD_NOTFOUND, "there is no report %u: the log holds %zu",
				    req->report, inv->reports->n);
	return NULL;
}

struct kd_view kd_input_basename(const char *name)
{
	struct kd_view v = kd_view_of(name ? name : "-");
	size_t i = kd_view_rchr(v, '/');

	return i == KD_NPOS ? v : kd_view_from(v, i + 1);
}

struct kd_view kd_input_quoted(struct kd_arena *a, const char *name)
{
	struct kd_view v = kd_view_of(name ? name : "-");

	if (kd_view_eq(v, KD_V("-")))
		return KD_V("LOG"); /* a pipe cannot be read twice */
	if (kd_view_starts(v, KD_V("-")))
		v = kd_arena_printf(a, "./%.*s", KD_VARG(v));
	return kd_shell_word(a, v);
}

/* Of the first report that says its release; reports of other kernels keep their addresses. */
static bool gather_raw(struct kd_investigation *inv, struct kd_symset_want *want)
{
	const struct kd_reports *rs = inv->reports;
	bool any = false;

	*want = (struct kd_symset_want){.release = KD_VNULL};
	for (size_t i = 0; i < rs->n && !want->release.n; i++)
		*want = (struct kd_symset_want){.release = rs->v[i]->release, .build = rs->v[i]->build};
	if (!want->release.n)
		want->release = kd_view_of(rs->log.release);
	kd_raw_init(&inv->addresses);
	for (size_t i = 0; i < rs->n; i++) {
		const struct kd_report *r = rs->v[i];

		if (r->release.n && !kd_view_eq(r->release, want->release))
			continue;
		kd_raw_report(&inv->addresses, r);
		any |= r->has_kaslr || r->kaslr_disabled;
	}
	return any || kd_raw_any(&inv->addresses);
}

/* Reports whose frames are addresses alone are read again, with names for them. */
static struct kd_error *name_raw(struct kd_ctx *ctx, struct kd_investigation *inv, const struct kd_inv_request *req,
				 struct kd_scan_opts *opts)
{
	const struct kd_symset_options o = {.paths = req->debug, .npaths = req->ndebug, .force = req->force,
					    .cache = req->cache};
	kd_auto(kd_source_closep) struct kd_source *mem = NULL;
	struct kd_symset_want want;
	struct kd_reports *again = NULL;
	struct kd_error *err;

	if (!req->ndebug || !gather_raw(inv, &want))
		return NULL;
	inv->symbols = kd_symset_new(ctx, &want, &o);
	kd_raw_solve(&inv->addresses, inv->symbols);
	if (!kd_raw_any(&inv->addresses) || !inv->addresses.k)
		return NULL;
	opts->name_frames = kd_raw_name;
	opts->name_user = &inv->addresses;
	err = kd_source_from_memory(kd_buf_view(&inv->raw), req->name ? req->name : "-", &mem);
	if (!err)
		err = kd_scan_all(ctx, mem, opts, ctx->limits.log_reports, &again);
	if (err)
		return err;
	kd_reports_free(inv->reports);
	inv->reports = again;
	return NULL;
}

struct kd_error *kd_investigate(struct kd_ctx *ctx, struct kd_source *src,
				const struct kd_inv_request *req, struct kd_investigation **ret)
{
	kd_auto(kd_investigation_freep) struct kd_investigation *inv = kd_xcalloc(1, sizeof(*inv));
	kd_auto(kd_source_closep) struct kd_source *mem = NULL;
	struct kd_scan_opts opts = {.guilty = true};
	struct kd_error *err;

	inv->arena = KD_ARENA_INIT(ctx->limits.result_memory);
	inv->raw = KD_BUF_INIT(KD_INV_LOG_MAX);
	inv->input = kd_arena_view(&inv->arena, kd_input_basename(req->name));
	inv->arg = kd_input_quoted(&inv->arena, req->name);
	err = read_all(ctx, src, &inv->raw);
	if (!err && kd_source_diag(src))
		inv->damaged = kd_arena_view(&inv->arena, kd_view_of(kd_source_diag(src)));
	if (!err)
		err = kd_source_from_memory(kd_buf_view(&inv->raw), req->name ? req->name : "-", &mem);
	if (!err)
		err = kd_scan_all(ctx, mem, &opts, ctx->limits.log_reports, &inv->reports);
	if (!err)
		err = name_raw(ctx, inv, req, &opts);
	if (!err)
		err = fill_rows(inv, req);
	if (!err)
		err = investigate_rows(ctx, inv, req);
	if (err)
		return err;
	*ret = kd_take(inv);
	return NULL;
}
