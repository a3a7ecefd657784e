// SPDX-License-Identifier: GPL-2.0-or-later
/* Lines, inlined calls and variables of frames. */
#include "base/alloc.h"
#include "core/framedebug.h"
#include "verb/core_bt_internal.h"

enum { SCRATCH_MAX = 64 << 20 };

struct lines {
	struct kd_symset *set;
	struct kd_frame_debug *debug;
	struct kd_view build_id; /* of the kernel */
	bool variables; /* somebody asked for them */
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

static struct kd_error *of_frame(struct lines *l, struct kd_core_bt_stack *s, size_t i)
{
	struct kd_core_bt_frame *f = &s->frame[i];
	struct kd_frame_at at;
	struct kd_error *err = kd_frame_debug_at(l->debug, &f->f, &l->scratch, &at);

	if (err || !at.kdx)
		return err;
	err = keep(l, &at.chain, f);
	if (err || !l->variables)
		return err;
	return kd_frame_debug_locals(l->debug, &s->stack, i, &at, &l->scratch, l->arena, &f->locals);
}

static struct kd_error *each(struct kd_ctx *ctx, struct lines *l, struct kd_core_bt *bt)
{
	struct kd_error *err = NULL;

	for (size_t i = 0; !err && i < bt->n; i++) {
		err = kd_ctx_check(ctx);
		for (size_t j = 0; !err && j < bt->v[i].n; j++) {
			err = of_frame(l, &bt->v[i], j);
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

struct kd_error *kd_core_bt_lines(struct kd_dump *d, const struct kd_core_bt_options *o, struct kd_arena *arena, struct kd_core_bt *bt)
{
	const struct kd_vmcoreinfo *v = kd_space_vmcoreinfo(kd_dump_space(d));
	struct lines l = {.set = kd_dump_symset(d), .arena = arena, .scratch = KD_ARENA_INIT(SCRATCH_MAX), .variables = o->locals,
			  .build_id = kd_vmcoreinfo_get(v, KD_V("BUILD-ID"))};
	const struct kd_frame_source from = {.k = kd_dump_kernel(d), .mods = kd_dump_modules(d), .set = l.set,
					     .build_id = l.build_id, .kaslr = kd_dump_kaslr(d)};
	struct kd_error *err;

	l.debug = kd_frame_debug_new(&from);
	err = each(kd_dump_ctx(d), &l, bt);
	if (!err)
		say_unused(&l, bt);
	kd_frame_debug_free(l.debug);
	kd_arena_deinit(&l.scratch);
	return err;
}
