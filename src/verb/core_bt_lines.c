// SPDX-License-Identifier: GPL-2.0-or-later
/* Lines and inlined calls of frames. The kernel's by address less the KASLR offset, a module's by symbol and offset. */
#include "base/alloc.h"
#include "verb/core_bt_internal.h"

enum { SCRATCH_MAX = 64 << 20 };

struct lines {
	struct kd_symset *set;
	struct kd_view build_id; /* of the kernel */
	uint64_t kaslr;
	struct kd_arena scratch, *arena;
};

static struct kd_error *keep(struct lines *l, const struct kd_chain *chain, struct kd_core_bt_frame *f)
{
	f->place = kd_arena_array(l->arena, chain->n, struct kd_core_bt_place);
	if (chain->n && !f->place)
		return kd_error_new(KD_LIMIT, "no room for lines");
	for (size_t i = 0; i < chain->n; i++) {
		const struct kd_chain_link *link = &chain->v[i];
		struct kd_view path = link->at.name.n ? kd_src_path(&l->scratch, &link->at) : KD_VNULL;

		f->place[i] = (struct kd_core_bt_place){.func = link->func.n ? kd_arena_view(l->arena, link->func) : KD_VNULL,
							.path = path.n ? kd_arena_view(l->arena, path) : KD_VNULL,
							.line = link->at.line,
							.inlined = link->inlined};
	}
	f->nplaces = chain->n;
	return NULL;
}

static struct kd_error *of_kernel(struct lines *l, struct kd_core_bt_frame *f)
{
	struct kd_kdx *k = kd_symset_get(l->set, KD_VNULL, l->build_id);
	struct kd_chain chain;

	if (!k || !kd_chain_at(k, f->f.pc - l->kaslr - !f->f.exact, &l->scratch, &chain))
		return NULL;
	return keep(l, &chain, f);
}

/* Where its sections lie is not in the debug info: by name, if that is one function's alone. */
static struct kd_error *of_module(struct lines *l, struct kd_core_bt_frame *f)
{
	const struct kd_frame_query q = {.func = f->name, .has_offset = true, .offset = f->off, .size = f->size,
					 .exact = f->f.exact};
	struct kd_kdx *k = kd_symset_get(l->set, f->module, KD_VNULL);
	struct kd_matches m;
	struct kd_error *err;

	if (!k)
		return NULL;
	err = kd_match_frame(k, &q, &l->scratch, &m);
	if (err || m.n != 1)
		return err;
	return keep(l, &m.v[0].chain, f);
}

static struct kd_error *each(struct kd_ctx *ctx, struct lines *l, struct kd_core_bt *bt)
{
	struct kd_error *err = NULL;

	for (size_t i = 0; !err && i < bt->n; i++) {
		err = kd_ctx_check(ctx);
		for (size_t j = 0; !err && j < bt->v[i].n; j++) {
			struct kd_core_bt_frame *f = &bt->v[i].frame[j];

			if (f->name.n)
				err = f->module.n ? of_module(l, f) : of_kernel(l, f);
			kd_arena_reset(&l->scratch);
		}
	}
	return err;
}

/* What was given and not used, with the reason. */
static void say_unused(struct lines *l, struct kd_core_bt *bt)
{
	const struct kd_symset_try *t;
	const size_t n = kd_symset_tries(l->set, &t);

	if (kd_symset_get(l->set, KD_VNULL, l->build_id))
		return;
	for (size_t i = 0; i < n && !bt->no_lines.n; i++)
		if (!t[i].used)
			bt->no_lines = kd_arena_printf(l->arena, "%s: %s", t[i].what, t[i].why);
	if (!bt->no_lines.n)
		bt->no_lines = KD_V("none was found for this kernel");
}

struct kd_error *kd_core_bt_lines(struct kd_ctx *ctx, const struct kd_core_bt_options *o, const struct kd_vmcoreinfo *v,
				  struct kd_arena *arena, struct kd_core_bt *bt)
{
	const struct kd_symset_want want = {.release = bt->release};
	const struct kd_symset_options so = {.paths = o->debug, .npaths = o->ndebug, .cache = o->cache};
	struct lines l = {.arena = arena, .scratch = KD_ARENA_INIT(SCRATCH_MAX), .build_id = kd_vmcoreinfo_get(v, KD_V("BUILD-ID"))};
	struct kd_view offset = kd_vmcoreinfo_get(v, KD_V("KERNELOFFSET"));
	struct kd_error *err;

	if (!kd_view_hex(offset, &l.kaslr))
		l.kaslr = 0;
	l.set = kd_symset_new(ctx, &want, &so);
	err = each(ctx, &l, bt);
	if (!err)
		say_unused(&l, bt);
	kd_symset_free(l.set);
	kd_arena_deinit(&l.scratch);
	return err;
}
