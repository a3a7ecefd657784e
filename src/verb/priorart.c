// SPDX-License-Identifier: GPL-2.0-or-later
#include "verb/priorart.h"

#include <time.h>

#include "base/alloc.h"
#include "base/time.h"
#include "history/rank.h"
#include "history/record.h"
#include "verb/fixwhy.h"
#include "verb/mail.h"

enum { MEMORY = 512 << 20, DAY = 86400 };

void kd_prior_free(struct kd_prior *p)
{
	if (!p)
		return;
	kd_releases_deinit(&p->tags);
	kd_relset_deinit(&p->releases);
	kd_history_close(p->h);
	kd_arena_deinit(&p->arena);
	kd_free(p);
}

void kd_prior_freep(struct kd_prior **p)
{
	kd_prior_free(*p);
	*p = NULL;
}

/* --- search ------------------------------------------------------------------------------------ */

static struct kd_error *full(void)
{
	return kd_error_new(KD_LIMIT, "what upstream has about this does not fit");
}

static struct kd_error *take_sources(struct kd_prior *p)
{
	const struct kd_store *st = p->h->git;
	const struct kd_mailstore *ms = p->h->mail;
	struct kd_view days;
	uint64_t max_age;

	p->max_age_days = KD_PRIOR_MAX_AGE_DAYS;
	if (kd_config_get(p->h->config, "history.max-age", &days) && kd_view_take_dec(&days, &max_age) && max_age < 100000)
		p->max_age_days = (unsigned)max_age;
	p->sources = kd_arena_array(&p->arena, st->trees.n + (ms ? ms->boxes.n : 0) + 1, struct kd_prior_source);
	if (!p->sources)
		return full();
	kd_vec_each(t, &st->trees)
		p->sources[p->nsources++] = (struct kd_prior_source){.name = kd_view_of(t->name),
								     .number = t->commits,
								     .newest = t->newest,
								     .indexed = t->indexed,
								     .complete = t->complete && !t->shallow};
	if (ms)
		kd_vec_each(box, &ms->boxes)
			p->sources[p->nsources++] = (struct kd_prior_source){.name = kd_view_of(box->name),
									     .mail = true,
									     .number = box->mails,
									     .newest = box->newest,
									     .indexed = box->indexed,
									     .complete = box->complete && !box->stale};
	p->mail_why = kd_view_of(p->h->mail_why);
	return NULL;
}

static struct kd_error *take_releases(struct kd_prior *p, struct kd_view release)
{
	const char *how;
	size_t left, at = 0;
	struct kd_error *err;

	p->running = KD_NPOS;
	kd_relset_init(&p->releases, p->h->git, p->h->config);
	err = kd_relset_default(&p->releases, &how, &left);
	if (err && err->cls != KD_NOTFOUND)
		return err;
	kd_error_free(err); /* no branch or tag looks like a release: there is mainline alone */
	if (!release.n) {
		p->running_why = KD_V("the report does not say its release");
		return NULL;
	}
	err = kd_relset_add_kernel(&p->releases, release, &at, &p->running_changed);
	if (!err) {
		p->running = at;
		return NULL;
	}
	if (err->cls == KD_LIMIT)
		return err;
	p->running_why = kd_arena_printf(&p->arena, "%s", err->msg);
	kd_error_free(err);
	return NULL;
}

struct looking {
	struct kd_prior *p;
	struct kd_fixquery q;
	struct kd_rank_hit *hits;
	size_t n; /* of them */
	struct kd_bp_cell *cells; /* of the first ones, a row each */
	size_t looked;
};

static struct kd_error *look_up(struct looking *w)
{
	struct kd_bp_commit commits[KD_PRIOR_LOOKED_AT];
	const size_t releases = w->p->releases.v.n;

	w->looked = w->n < KD_PRIOR_LOOKED_AT ? w->n : KD_PRIOR_LOOKED_AT;
	w->cells = kd_arena_array(&w->p->arena, w->looked * releases + 1, struct kd_bp_cell);
	if (!w->cells)
		return full();
	for (size_t i = 0; i < w->looked; i++)
		kd_bp_commit_of(w->p->h->git, w->hits[i].doc, &commits[i]);
	return releases && w->looked ? kd_bp_check(&w->p->releases, commits, w->looked, w->cells) : NULL;
}

/* Is it in the kernel that crashed? Then it is not what that lacks. */
static bool is_there(const struct looking *w, size_t i)
{
	const struct kd_prior *p = w->p;
	const struct kd_bp_cell *cell;

	if (p->running == KD_NPOS || i >= w->looked)
		return false;
	cell = &w->cells[i * p->releases.v.n + p->running];
	return cell->state == KD_BP_PRESENT && !cell->guessed;
}

/* The others move to the front, so that the confidence is of what is left. */
static struct kd_error *leave_out_what_is_there(struct looking *w)
{
	kd_auto(kd_buf_deinit) struct kd_buf had = KD_BUF_INIT(1024);
	const size_t releases = w->p->releases.v.n;
	size_t n = 0, left = 0;

	for (size_t i = 0; i < w->n; i++) {
		if (is_there(w, i)) {
			char hex[2 * KD_SEG_OID + 1];

			kd_store_hex(w->p->h->git, w->hits[i].doc, hex);
			kd_buf_printf(&had, "%s%.12s", had.n ? ", " : "", hex);
			continue;
		}
		if (i < w->looked)
			memmove(&w->cells[left++ * releases], &w->cells[i * releases], releases * sizeof(*w->cells));
		w->hits[n++] = w->hits[i];
	}
	w->n = n;
	w->looked = left;
	if (had.n)
		w->p->had = kd_arena_view(&w->p->arena, kd_buf_view(&had));
	return had.n && !w->p->had.p ? full() : NULL;
}

/* A backport and its original are one fix: the one of mainline stands for both. */
static bool same_fix(struct looking *w, size_t hit, const struct kd_fix_why *why)
{
	struct kd_prior *p = w->p;

	for (size_t i = 0; i < p->n; i++)
		if (kd_view_eq(p->v[i].subject, why->subject))
			return kd_bits_has(&p->releases.mainline, p->v[i].doc) || !kd_bits_has(&p->releases.mainline, w->hits[hit].doc);
	return false;
}

static struct kd_prior_candidate *place_for(struct kd_prior *p, const struct kd_fix_why *why)
{
	for (size_t i = 0; i < p->n; i++)
		if (kd_view_eq(p->v[i].subject, why->subject))
			return &p->v[i];
	return p->n < KD_PRIOR_CANDIDATES ? &p->v[p->n++] : NULL;
}

static struct kd_error *take_candidate(struct looking *w, size_t i)
{
	struct kd_prior *p = w->p;
	const uint32_t doc = w->hits[i].doc;
	struct kd_prior_candidate *c;
	char hex[2 * KD_SEG_OID + 1];
	struct kd_fix_why why;
	struct kd_seg_doc d;
	struct kd_error *err = kd_fix_why(p->h, &w->q, doc, &p->arena, &why);

	if (err || same_fix(w, i, &why))
		return err;
	c = place_for(p, &why);
	if (!c)
		return NULL;
	kd_store_doc(p->h->git, doc, &d);
	*c = (struct kd_prior_candidate){.doc = doc,
					 .subject = why.subject,
					 .why = why.text,
					 .fixes = why.fixes,
					 .date = d.date,
					 .first = kd_releases_first(&p->tags, doc),
					 .first_final = kd_releases_final(&p->tags, doc),
					 .score = (double)w->hits[i].score,
					 .in = &w->cells[i * p->releases.v.n]};
	kd_store_hex(p->h->git, doc, hex);
	memcpy(c->id, hex, sizeof(c->id) - 1);
	return NULL;
}

static struct kd_error *take_candidates(struct looking *w, struct kd_view text)
{
	const struct kd_rank_req req = {.limit = KD_RANK_FOR_CONFIDENCE};
	struct kd_rank_standing standing;
	struct kd_prior *p = w->p;
	struct kd_error *err = kd_fixquery_parse(&p->arena, kd_view_head(text, KD_FIXQUERY_TEXT_MAX), &w->q);

	if (!err)
		err = kd_rank(p->h->git, &w->q, &req, &p->arena, &w->hits, &w->n);
	if (!err)
		err = look_up(w);
	if (!err)
		err = leave_out_what_is_there(w);
	if (err)
		return err;
	p->v = kd_arena_array(&p->arena, KD_PRIOR_CANDIDATES, struct kd_prior_candidate);
	if (!p->v)
		return full();
	kd_releases_make(p->h->git, &p->tags);
	if (w->n) {
		kd_rank_standing(p->h->git, w->hits, w->n, &standing);
		p->confidence = kd_rank_confidence(&standing);
	}
	p->sure = p->confidence >= KD_RANK_SURE;
	for (size_t i = 0; i < w->looked && !err; i++)
		err = take_candidate(w, i);
	return err;
}

/* --- who changed the crashing function last ------------------------------------------------------ */

struct changes {
	uint32_t newest[KD_PRIOR_LOOKED_AT]; /* in descending order */
	size_t n;
};

static void keep_newest(struct changes *c, uint32_t doc)
{
	size_t at = c->n;

	if (c->n == KD_ARRAY_LEN(c->newest) && doc <= c->newest[c->n - 1])
		return;
	c->n += c->n < KD_ARRAY_LEN(c->newest);
	at = c->n - 1;
	for (; at && c->newest[at - 1] < doc; at--)
		c->newest[at] = c->newest[at - 1];
	c->newest[at] = doc;
}

/* The index has numbers for names, and other files may have a function of that name: the commit's record decides. */
static bool changes_it(const struct kd_record *r, struct kd_view func, struct kd_view path)
{
	bool has = false;

	for (size_t i = 0; i < r->nfuncs && !has; i++)
		has = kd_view_eq(r->funcs[i], func);
	if (!has || !path.n)
		return has;
	for (size_t i = 0; i < r->nfiles; i++)
		if (kd_view_eq(r->files[i].path, path))
			return true;
	return false;
}

static struct kd_error *take_change(struct looking *w, struct kd_view func, struct kd_view path, uint32_t doc)
{
	struct kd_prior *p = w->p;
	char hex[2 * KD_SEG_OID + 1];
	struct kd_fix_why why;
	struct kd_record r;
	struct kd_seg_doc d;
	struct kd_error *err = kd_history_record(p->h, doc, &p->arena, &r);

	if (err || !changes_it(&r, func, path))
		return err;
	err = kd_fix_why(p->h, &w->q, doc, &p->arena, &why);
	if (err)
		return err;
	kd_store_doc(p->h->git, doc, &d);
	p->last = (struct kd_prior_change){.func = func, .subject = why.subject, .date = d.date};
	kd_store_hex(p->h->git, doc, hex);
	memcpy(p->last.id, hex, sizeof(p->last.id) - 1);
	return NULL;
}

static struct kd_error *take_last_change(struct looking *w)
{
	const struct kd_prior *p = w->p;
	const struct kd_bits *has = p->running == KD_NPOS ? NULL : &p->releases.v.v[p->running].has;
	const struct kd_view func = w->q.order.n ? w->q.order.v[0] : KD_VNULL;
	struct changes changes = {.n = 0};
	struct kd_view path = KD_VNULL;
	struct kd_error *err = NULL;

	if (!has || !func.n)
		return NULL;
	for (size_t i = 0; i < w->q.frames.n && !path.n; i++)
		if (kd_view_eq(w->q.frames.v[i].func, func))
			path = w->q.frames.v[i].path;
	kd_vec_each(seg, &p->h->git->segs) {
		struct kd_postings posts = kd_seg_postings(*seg, kd_term(KD_FIELD_FUNC, func));
		struct kd_hit hit;

		while (kd_postings_next(&posts, &hit))
			if (hit.level && kd_bits_has(has, hit.doc))
				keep_newest(&changes, hit.doc);
	}
	for (size_t i = 0; i < changes.n && !p->last.func.n && !err; i++)
		err = take_change(w, func, path, changes.newest[i]);
	return err;
}

/* --- what was posted ----------------------------------------------------------------------------- */

static struct kd_error *take_posted(struct kd_prior *p, struct kd_view text)
{
	struct kd_sheet s;
	struct kd_error *err;

	if (!p->h->mail)
		return NULL;
	kd_sheet_init(&s, &p->arena);
	err = kd_mail_pending(p->h, text, &s);
	if (err)
		return err;
	kd_vec_each(b, &s.block) {
		if (b->kind != KD_BLOCK_TABLE || strcmp(b->table->key, "pending") != 0)
			continue;
		p->posted = kd_arena_array(&p->arena, b->table->row.n + 1, struct kd_prior_posted);
		for (size_t i = 0; p->posted && i < b->table->row.n; i++) {
			const struct kd_cell *c = b->table->row.v[i];

			p->posted[p->nposted++] =
				(struct kd_prior_posted){.date = c[0].text, .from = c[2].text, .subject = c[3].text, .why = c[4].text, .answers = c[5].text, .mid = c[6].text};
		}
	}
	return s.full ? full() : NULL;
}

struct kd_error *kd_prior_search(struct kd_ctx *ctx, const struct kd_prior_request *req, struct kd_prior **ret)
{
	kd_auto(kd_prior_freep) struct kd_prior *p = kd_xcalloc(1, sizeof(*p));
	struct looking w = {.p = p};
	struct kd_error *err;

	p->arena = KD_ARENA_INIT(MEMORY);
	p->now = req->now ? req->now : (int64_t)time(NULL);
	err = kd_history_open(ctx, req->store, false, &p->h);
	if (!err)
		err = take_sources(p);
	if (!err)
		err = take_releases(p, req->release);
	if (!err)
		err = take_candidates(&w, req->text);
	if (!err)
		err = take_last_change(&w);
	if (!err)
		err = take_posted(p, req->text);
	if (!err)
		*ret = kd_take(p);
	return err;
}

/* --- the gate ---------------------------------------------------------------------------------- */

static bool searched(const struct kd_prior *p, bool mail, const char **why_ret)
{
	*why_ret = mail ? "no mailing list was searched: none is indexed (kdoc index mail)" : "no tree was searched: none is indexed (kdoc index git)";
	for (size_t i = 0; i < p->nsources; i++) {
		const struct kd_prior_source *s = &p->sources[i];

		if (s->mail != mail)
			continue;
		if (!s->complete)
			*why_ret = mail ? "no list was indexed to its end" : "no tree was indexed to its end with its whole history";
		else if (p->now - s->indexed > (int64_t)p->max_age_days * DAY)
			*why_ret = mail ? "what is indexed of the lists is too old" : "what is indexed of the trees is too old";
		else
			return true;
	}
	return false;
}

struct kd_error *kd_prior_gate(const struct kd_prior *p)
{
	const char *why;

	if (!searched(p, false, &why) || !searched(p, true, &why))
		return kd_error_new(KD_NOTFOUND, "%s", why);
	if (p->sure && p->n)
		return kd_error_new(KD_CONFLICT, "%s is very likely the fix: take it over instead of writing another one", p->v[0].id);
	return NULL;
}

/* --- words ------------------------------------------------------------------------------------- */

void kd_prior_cell(const struct kd_prior *p, size_t c, size_t r, struct kd_buf *ret)
{
	const struct kd_bp_cell *cell = &p->v[c].in[r];
	const bool there = cell->state == KD_BP_PRESENT || cell->state == KD_BP_PARTLY;
	const char *tag = there && cell->by != KD_DOC_NONE ? kd_releases_final(&p->tags, cell->by) : NULL;
	struct kd_view state = kd_view_of(kd_bp_state_name(cell->state)), proof = kd_view_of(kd_bp_proof_name(cell->proof));

	for (size_t i = 0; i < state.n; i++)
		kd_buf_addc(ret, state.p[i] == '_' ? ' ' : state.p[i]);
	if (cell->guessed || (r == p->running && p->running_changed && !there))
		kd_buf_add(ret, KD_V("?"));
	if (!there)
		return;
	kd_buf_add(ret, KD_V(" ("));
	for (size_t i = 0; i < proof.n; i++)
		kd_buf_addc(ret, proof.p[i] == '_' ? ' ' : proof.p[i]);
	if (cell->by != KD_DOC_NONE && cell->by != p->v[c].doc) {
		char hex[2 * KD_SEG_OID + 1];

		kd_store_hex(p->h->git, cell->by, hex);
		kd_buf_printf(ret, " %.12s", hex);
	}
	kd_buf_printf(ret, "%s%s)", tag ? ", " : "", tag ? tag : "");
}

void kd_prior_day(struct kd_buf *b, int64_t t)
{
	struct kd_civil c;

	kd_civil_from_ns(t * INT64_C(1000000000), &c);
	kd_buf_printf(b, "%04d-%02d-%02d", c.year, c.month, c.day);
}

void kd_prior_text(const struct kd_prior *p, struct kd_buf *ret)
{
	for (size_t i = 0; i < p->nsources; i++) {
		const struct kd_prior_source *s = &p->sources[i];

		kd_buf_printf(ret, "searched %s %.*s: %ju %s up to ", s->mail ? "list" : "tree", KD_VARG(s->name), (uintmax_t)s->number,
			      s->mail ? "mails" : "commits");
		kd_prior_day(ret, s->newest);
		kd_buf_add(ret, KD_V(", indexed "));
		kd_prior_day(ret, s->indexed);
		kd_buf_printf(ret, "%s\n", s->complete ? "" : ", incomplete");
	}
	for (size_t i = 0; i < p->n; i++) {
		kd_buf_printf(ret, "candidate %s \"%.*s\": %.*s\n", p->v[i].id, KD_VARG(p->v[i].subject), KD_VARG(p->v[i].why));
		for (size_t r = 0; r < p->releases.v.n; r++) {
			kd_buf_printf(ret, "  in %.*s: ", KD_VARG(p->releases.v.v[r].name));
			kd_prior_cell(p, i, r, ret);
			kd_buf_add(ret, KD_V("\n"));
		}
	}
	for (size_t i = 0; i < p->nposted; i++)
		kd_buf_printf(ret, "posted %.*s \"%.*s\" by %.*s <%.*s>: %.*s\n", KD_VARG(p->posted[i].date), KD_VARG(p->posted[i].subject),
			      KD_VARG(p->posted[i].from), KD_VARG(p->posted[i].mid), KD_VARG(p->posted[i].why));
	if (!p->n)
		kd_buf_add(ret, KD_V("no commit has anything in common with the report\n"));
}
