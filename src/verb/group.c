// SPDX-License-Identifier: GPL-2.0-or-later
#include "verb/group.h"

#include <string.h>

#include "base/alloc.h"
#include "report/scan.h"
#include "verb/group_internal.h"

enum { NOTES_MAX = 1000, PARTS_MAX = 64, PART_BYTES = 512 };

struct job {
	struct kd_ctx *ctx;
	const struct kd_group_request *req;
	struct kd_grouping *g;
	struct kd_member_list members;
	struct kd_group_engine *engine; /* NULL: signatures decide */
	struct {
		struct kd_group_note *v;
		size_t n, cap;
	} notes;
	struct kd_view input; /* name of the current one, in the arena */
	const struct kd_input *in;
	bool stopped;
};

static struct kd_error *no_room(void)
{
	return kd_error_new(KD_LIMIT, "the groups need more memory than one answer may have; give "
				      "fewer logs at a time");
}

static struct kd_view keep(struct job *j, struct kd_view v)
{
	return v.n ? kd_arena_view(&j->g->arena, v) : KD_VNULL;
}

static bool copy_signature(struct job *j, const struct kd_signature *from, struct kd_signature *to)
{
	size_t n = from->nparts < PARTS_MAX ? from->nparts : PARTS_MAX;

	memcpy(to->hex, from->hex, sizeof(to->hex));
	if (!n)
		return true;
	to->parts = kd_arena_array(&j->g->arena, n, struct kd_view);
	if (!to->parts)
		return false;
	for (size_t i = 0; i < n; i++)
		to->parts[i] = keep(j, kd_view_head(from->parts[i], PART_BYTES));
	to->nparts = n;
	return true;
}

static struct kd_view first_host(const struct kd_report *r)
{
	return r->nlines ? r->lines[0].host : KD_VNULL;
}

static struct kd_error *add_member(struct job *j, const struct kd_report *r)
{
	struct kd_member *m = kd_arena_new(&j->g->arena, struct kd_member);
	struct kd_member **slot;

	if (!m)
		return no_room();
	m->input = j->input;
	m->start_line = r->start_line;
	m->end_line = r->end_line;
	m->number = r->index + 1;
	m->title = keep(j, r->title);
	m->release = keep(j, r->release);
	m->host = keep(j, first_host(r));
	m->outcome = r->outcome;
	m->tier = r->tier;
	m->kind = r->kind;
	for (size_t i = 0; i < KD_NSIG; i++)
		if (!copy_signature(j, &r->sig[i], &m->sig[i]))
			return no_room();
	m->boot = r->boot;
	if (j->req->field)
		m->value = keep(j, kd_field_of(r, kd_view_of(j->req->field), &j->g->arena));
	slot = kd_vec_push(&j->members, KD_GROUP_MEMBERS_MAX);
	if (slot)
		*slot = m;
	return j->engine ? kd_group_engine_add(j->engine, r, m) : NULL;
}

static struct kd_error *on_report(void *user, const struct kd_report *r)
{
	struct job *j = user;
	struct kd_error *err;

	if (r->infrastructure && !j->req->infrastructure) {
		j->g->infrastructure++;
		return NULL;
	}
	if (j->members.n >= KD_GROUP_MEMBERS_MAX) {
		j->g->over_limit++;
		return NULL;
	}
	err = add_member(j, r);
	j->stopped = err != NULL;
	return err;
}

static void add_note(struct job *j, const struct kd_input_problem *p, bool is_problem)
{
	struct kd_group_note *n;

	j->g->nproblems += is_problem;
	n = kd_vec_push(&j->notes, NOTES_MAX);
	if (!n) {
		j->g->notes_over_limit++;
		return;
	}
	n->name = keep(j, kd_view_of(p->name));
	n->cls = keep(j, kd_view_of(p->cls));
	n->message = keep(j, kd_view_of(p->message));
	n->remedy = keep(j, kd_view_of(p->remedy));
	n->offset = p->offset;
	n->is_problem = is_problem;
}

static struct kd_error *on_problem(void *user, const struct kd_input_problem *p)
{
	add_note(user, p, true);
	return NULL;
}

static struct kd_error *on_skipped(void *user, const char *dir, const struct kd_input_skipped *s)
{
	char msg[256];
	struct kd_input_problem p = {
		.name = dir, .cls = "skipped", .message = msg, .remedy = "", .offset = -1};

	kd_input_skipped_words(s, msg, sizeof(msg));
	add_note(user, &p, false);
	return NULL;
}

static void on_tick(void *user)
{
	const struct job *j = user;

	if (j->req->progress)
		j->req->progress(j->req->user, j->in);
}

static struct kd_error *on_log(void *user, struct kd_input *in)
{
	struct job *j = user;
	struct kd_scan_opts o = {.tick = on_tick, .tick_user = j};
	struct kd_scan_log log;
	struct kd_input_problem p = {.name = in->name, .remedy = "", .offset = -1};
	const char *diag;
	struct kd_error *err;

	j->in = in;
	j->input = keep(j, kd_view_of(in->name));
	err = kd_scan(j->ctx, in->src, &o, on_report, j, &log);
	if (err && (j->stopped || err->cls == KD_CANCELLED))
		return err;
	if (err) {
		p.cls = kd_errclass_info(err->cls)->name;
		p.message = err->msg;
		p.remedy = kd_input_remedy(err);
		p.offset = err->offset;
		add_note(j, &p, true);
		kd_error_free(err);
		return NULL;
	}
	j->g->ninputs++;
	diag = kd_source_diag(in->src);
	if (diag) {
		p.cls = "cut";
		p.message = diag;
		add_note(j, &p, false);
	}
	return NULL;
}

static struct kd_error *collect(struct job *j)
{
	static const struct kd_input_ops ops = {
		.log = on_log, .problem = on_problem, .skipped = on_skipped};
	struct kd_error *err;

	err = kd_input_each(j->ctx, j->req->inputs, j->req->ninputs, &ops, j);
	if (err)
		return err;
	if (j->notes.n) {
		j->g->notes = kd_arena_array(&j->g->arena, j->notes.n, struct kd_group_note);
		if (!j->g->notes)
			return no_room();
		memcpy(j->g->notes, j->notes.v, j->notes.n * sizeof(*j->notes.v));
		j->g->nnotes = j->notes.n;
	}
	j->g->nmembers = j->members.n;
	if (j->engine)
		kd_group_engine_assign(j->engine, &j->members);
	err = kd_group_merge(j->g, &j->members);
	if (!err && j->engine)
		err = kd_group_engine_explain(j->engine);
	if (!err && j->req->field)
		err = kd_group_values(j->g);
	return err;
}

struct kd_error *kd_group(struct kd_ctx *ctx, const struct kd_group_request *req,
			  struct kd_grouping **ret)
{
	kd_auto(kd_grouping_freep) struct kd_grouping *g = kd_xcalloc(1, sizeof(*g));
	struct job j = {.ctx = ctx, .req = req, .g = g};
	struct kd_error *err;

	g->arena = KD_ARENA_INIT(ctx->limits.result_memory);
	g->level = req->level;
	g->engine = req->engine;
	g->field = req->field ? kd_arena_view(&g->arena, kd_view_of(req->field)) : KD_VNULL;
	j.engine = req->engine ? kd_group_engine_new(g) : NULL;
	err = collect(&j);
	kd_group_engine_free(j.engine);
	kd_vec_free(&j.members);
	kd_vec_free(&j.notes);
	if (!err)
		*ret = kd_take(g);
	return err;
}

void kd_grouping_free(struct kd_grouping *g)
{
	if (!g)
		return;
	kd_arena_deinit(&g->arena);
	kd_free(g);
}

void kd_grouping_freep(struct kd_grouping **g)
{
	kd_grouping_free(*g);
}

const char *kd_sigtype_word(enum kd_sigtype t)
{
	return t == KD_SIG_STRICT ? "strict" : t == KD_SIG_NORMAL ? "normal" : t == KD_SIG_LOOSE ? "loose" : "no";
}
