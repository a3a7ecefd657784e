// SPDX-License-Identifier: GPL-2.0-or-later
/* The issues and events of a tracker. */
#include "verb/ingest_internal.h"

#include "base/alloc.h"
#include "link/tracker.h"

struct pull {
	struct kd_ingest_job *j;
	struct kd_arena arena;
	KD_VEC(struct kd_tracker_issue) issues;
};

static struct kd_error *on_issue(void *user, const struct kd_tracker_issue *issue)
{
	struct pull *p = user;
	struct kd_tracker_issue *slot = kd_vec_push(&p->issues, KD_TRACKER_ISSUES);
	struct kd_view *texts[4];

	if (!slot)
		return kd_error_new(KD_LIMIT, "the tracker has more than %d issues", KD_TRACKER_ISSUES);
	*slot = *issue;
	texts[0] = &slot->key;
	texts[1] = &slot->title;
	texts[2] = &slot->url;
	texts[3] = &slot->ticket;
	for (size_t i = 0; i < KD_ARRAY_LEN(texts); i++)
		if (texts[i]->n) {
			*texts[i] = kd_arena_view(&p->arena, *texts[i]);
			if (!texts[i]->p)
				return kd_error_new(KD_LIMIT, "the tracker's issues need too much memory");
		}
	return NULL;
}

static void on_bad_issue(void *user, struct kd_view key, const char *why)
{
	struct pull *p = user;

	p->j->problems++;
	kd_ingest_note(p->j, "issue %.*s: %s", KD_VARG(key), why);
}

static struct kd_error *on_event(void *user, struct kd_view json)
{
	kd_auto(kd_jsonin_freep) struct kd_jsonin *doc = NULL;
	struct kd_ingest_job *j = user;
	struct kd_error *err = kd_jsonin_parse(json, NULL, &doc);

	if (!err)
		return kd_ingest_value(j, kd_jsonin_root(doc));
	j->bad_items++;
	kd_ingest_note(j, "an event of issue %.*s is no JSON and was left out: %s", KD_VARG(j->issue->key), err->msg);
	kd_error_free(err);
	return NULL;
}

static struct kd_error *pull_all(struct pull *p, const struct kd_tracker *t)
{
	struct kd_ingest_job *j = p->j;
	struct kd_error *err = t->ops->list(t->conn, on_issue, p, on_bad_issue);

	for (size_t i = 0; i < p->issues.n && !err; i++) {
		j->issue = &p->issues.v[i];
		err = t->ops->events(t->conn, j->issue->key, 0, on_event, j);
		if (err && !j->fatal && err->cls != KD_CANCELLED) {
			on_bad_issue(p, j->issue->key, err->msg);
			kd_error_free(err);
			err = NULL;
		}
	}
	j->issue = NULL;
	j->inputs += !err;
	return err;
}

struct kd_error *kd_ingest_tracker(struct kd_ingest_job *j)
{
	struct kd_tracker_config c = {.address = kd_view_of(j->req->tracker)};
	kd_auto(kd_tracker_closep) struct kd_tracker *t = NULL;
	struct pull p = {.j = j, .arena = KD_ARENA_INIT(j->ctx->limits.result_memory)};
	struct kd_error *err = kd_tracker_open(j->ctx, &c, &t);

	j->in = NULL;
	if (!err)
		err = pull_all(&p, t);
	kd_vec_free(&p.issues);
	kd_arena_deinit(&p.arena);
	return kd_error_wrap(err, "tracker %s", j->req->tracker);
}
