// SPDX-License-Identifier: GPL-2.0-or-later
#include "verb/addr.h"

#include "base/alloc.h"
#include "verb/symtext.h"

enum { OBJECTS_MAX = 4096 };

struct kd_addr {
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
