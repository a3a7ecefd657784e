// SPDX-License-Identifier: GPL-2.0-or-later
#include "verb/addr.h"

#include <stdio.h>

#include "base/alloc.h"
#include "report/scan.h"
#include "verb/input.h"
#include "verb/rawaddr.h"
#include "verb/symtext.h"

enum { OBJECTS_MAX = 4096 };

struct kd_addr {
	struct kd_ctx *ctx;
	struct kd_addr_request req;
	struct kd_symset *set;
	struct kd_arena arena; /* of one answer */
};

struct kd_addr *kd_addr_new(struct kd_ctx *ctx, const struct kd_addr_request *req)
{
	struct kd_addr *a = kd_xcalloc(1, sizeof(*a));
	const struct kd_symset_want want = {.release = kd_view_of(req->release)};
	const struct kd_symset_options o = {.paths = req->debug, .npaths = req->ndebug, .cache = req->cache,
					    .only_paths = req->only_debug, .force = req->force, .root = req->root,
					    .net = req->net};

	a->ctx = ctx;
	a->req = *req;
	a->set = kd_symset_new(ctx, &want, &o);
	a->arena = KD_ARENA_INIT(64 << 20);
	return a;
}

void kd_addr_free(struct kd_addr *a)
{
	if (!a)
		return;
	kd_symset_free(a->set);
	kd_arena_deinit(&a->arena);
	kd_free(a);
}

void kd_addr_freep(struct kd_addr **a)
{
	kd_addr_free(*a);
	*a = NULL;
}

size_t kd_addr_tries(const struct kd_addr *a, const struct kd_symset_try **ret)
{
	return kd_symset_tries(a->set, ret);
}

/* --- where the kernel lay ----------------------------------------------------------------- */

static struct kd_error *gather(void *user, const struct kd_report *r)
{
	kd_raw_report(user, r);
	return NULL;
}

/* One answer of all boots; KD_KASLR_SEVERAL when they are not of one mind. */
static void of_boots(const struct kd_raw *raw, struct kd_kaslr *ret)
{
	bool have = false;

	for (size_t i = 0; i < raw->boots.n; i++) {
		const struct kd_raw_boot *b = raw->boots.v[i];

		if (!b->solved || (have && (b->found.state != KD_KASLR_FOUND || b->found.offset == ret->offset)))
			continue;
		if (have && ret->state == KD_KASLR_FOUND) {
			*ret = (struct kd_kaslr){.state = KD_KASLR_SEVERAL};
			snprintf(ret->words, sizeof(ret->words), "the log has several boots, and their kernels lay at different places");
			return;
		}
		*ret = b->found;
		have = b->found.state == KD_KASLR_FOUND;
	}
}

static struct kd_error *from_log(struct kd_addr *a, const char *log, struct kd_kaslr *ret)
{
	kd_auto(kd_raw_deinit) struct kd_raw raw;
	struct kd_scan_opts o = {.want = KD_WANT_ALL};
	struct kd_input in = {.name = NULL};
	struct kd_scan_log about;
	struct kd_error *err;

	kd_raw_init(&raw);
	err = kd_input_open(a->ctx, log, &in);
	if (!err)
		err = kd_scan(a->ctx, in.src, &o, gather, &raw, &about);
	kd_source_close(in.src);
	if (err)
		return err;
	snprintf(ret->words, sizeof(ret->words), "the log has no report with a Kernel Offset or raw addresses");
	kd_raw_solve(&raw, a->set);
	of_boots(&raw, ret);
	return NULL;
}

static void from_texts(struct kd_kdx *k, const char *const *texts, size_t n, struct kd_kaslr *ret)
{
	kd_auto(kd_kaslr_log_deinit) struct kd_kaslr_log log;
	struct kd_symtext q;

	kd_kaslr_log_init(&log);
	for (size_t i = 0; i < n; i++) {
		struct kd_kaslr_pc *to = NULL;

		if (kd_symtext(kd_view_of(texts[i]), &q) && q.is_address)
			to = kd_vec_push(&log.pcs, KD_KASLR_PCS);
		if (to)
			*to = (struct kd_kaslr_pc){.addr = q.addr};
	}
	kd_kaslr_find(k, &log, ret);
}

struct kd_error *kd_addr_find_offset(struct kd_addr *a, const char *log, const char *const *texts, size_t n,
				     struct kd_kaslr *ret)
{
	struct kd_kdx *k = kd_symset_get(a->set, KD_VNULL, KD_VNULL);
	struct kd_error *err = NULL;

	*ret = (struct kd_kaslr){.state = KD_KASLR_NOTHING};
	if (!k)
		return kd_error_new(KD_NOTFOUND, "no debug info for the kernel: --debug=FILE names it");
	if (log)
		err = from_log(a, log, ret);
	else
		from_texts(k, texts, n, ret);
	if (err || ret->state != KD_KASLR_FOUND)
		return err;
	a->req.has_kaslr = true;
	a->req.kaslr = (uint64_t)ret->offset;
	return NULL;
}

/* --- answers ------------------------------------------------------------------------------ */

static struct kd_error *by_address(struct kd_addr *a, struct kd_kdx *k, uint64_t addr,
				   struct kd_addr_answer *ret)
{
	struct kd_match *m = kd_arena_new(&a->arena, struct kd_match);

	if (!m)
		return kd_error_new(KD_LIMIT, "no room for an answer");
	if (a->req.has_kaslr)
		addr -= a->req.kaslr;
	m->addr = addr;
	m->lookup = addr - a->req.returns;
	m->size = KD_MATCH_SIZE_UNKNOWN;
	if (!kd_symbol_at(k, m->lookup, &m->sym))
		m->sym = (struct kd_symbol){.addr = 0};
	(void)kd_chain_at(k, m->lookup, &a->arena, &m->chain);
	if (!m->sym.name.n && !m->chain.n)
		ret->problem = "it lies in no function and no object of this file";
	else
		ret->n = 1;
	ret->v = m;
	return NULL;
}

/* Symbols of that name that are no code: all of them. */
static struct kd_error *by_object(struct kd_addr *a, struct kd_kdx *k, const struct kd_frame_query *q,
				  struct kd_addr_answer *ret)
{
	size_t first, n = kd_symbols_named(k, q->func, &first);

	ret->v = n <= OBJECTS_MAX ? kd_arena_array(&a->arena, n + 1, struct kd_match) : NULL;
	if (!ret->v)
		return kd_error_new(KD_LIMIT, "%zu symbols have the name %.*s", n, KD_VARG(kd_view_head(q->func, 100)));
	for (size_t i = 0; i < n; i++) {
		struct kd_match *m = &ret->v[ret->n];

		if (!kd_symbol_by_name(k, first + i, &m->sym))
			continue;
		m->addr = m->lookup = m->sym.addr + q->offset;
		m->size = KD_MATCH_SIZE_UNKNOWN;
		ret->n++;
	}
	if (!ret->n)
		ret->problem = "there is no symbol of that name";
	return NULL;
}

static struct kd_error *by_symbol(struct kd_addr *a, struct kd_kdx *k, struct kd_frame_query *q,
				  struct kd_addr_answer *ret)
{
	struct kd_matches m = {.n = 0};
	struct kd_error *err;

	q->exact = !a->req.returns;
	err = kd_match_frame(k, q, &a->arena, &m);
	ret->v = m.v;
	ret->n = m.n;
	if (!err && !m.n)
		err = by_object(a, k, q, ret);
	return err;
}

struct kd_error *kd_addr_ask(struct kd_addr *a, const char *text, kd_addr_fn *fn, void *user)
{
	struct kd_addr_answer r = {.text = text};
	struct kd_view module;
	struct kd_symtext q;
	const struct kd_symset_try *t;
	struct kd_kdx *k;
	struct kd_error *err = NULL;
	uint64_t misses;

	kd_arena_reset(&a->arena);
	if (!kd_symtext(kd_view_of(text), &q)) {
		r.bad_text = true;
		r.problem = "it is neither an address nor SYMBOL, SYMBOL+OFFSET, SYMBOL+OFFSET/SIZE";
		return fn(user, &r);
	}
	module = q.module.n ? q.module : kd_view_of(a->req.module);
	k = kd_symset_get(a->set, module, KD_VNULL);
	if (!k)
		return kd_error_new(KD_NOTFOUND, "no debug info for %s%.*s%s: --debug=FILE names it",
				    module.n ? "module " : "the kernel", KD_VARG(module),
				    kd_symset_tries(a->set, &t) ? " that fits (see what was tried)" : "");
	r.unsure = kd_symset_unsure(a->set, module);
	misses = kd_kdx_misses(k);
	err = q.is_address ? by_address(a, k, q.addr, &r) : by_symbol(a, k, &q.q, &r);
	if (kd_kdx_misses(k) != misses) {
		r.n = 0;
		r.problem = kd_kdx_damage(k);
	}
	return err ? err : fn(user, &r);
}
