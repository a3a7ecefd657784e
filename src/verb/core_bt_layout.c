// SPDX-License-Identifier: GPL-2.0-or-later
/* What the words of frames are, and what they point to. */
#include "base/alloc.h"
#include "core/framedebug.h"
#include "verb/core_bt_internal.h"

enum { NAME_MAX_ = 256 };

static struct kd_view points_to(struct kd_kernel *k, const struct kd_modules *mods, const struct kd_core_stack *st, uint64_t value,
				struct kd_arena *arena)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(NAME_MAX_);
	const size_t frame = kd_frame_of(st, value);

	if (frame < st->n)
		return kd_arena_printf(arena, "→ #%zu", frame);
	return kd_frame_name(k, mods, value, &b) ? kd_arena_view(arena, kd_buf_view(&b)) : KD_VNULL;
}

static struct kd_error *one(struct kd_kernel *k, const struct kd_orctable *t, struct kd_arena *arena, struct kd_core_bt_stack *s, size_t i)
{
	struct kd_core_bt_frame *f = &s->frame[i];
	struct kd_error *err;
	uint64_t canary = 0;

	if (!s->who.has_task || !kd_kernel_read(k, s->who.task.addr, "task_struct", "stack_canary", &canary))
		canary = 0;
	err = kd_frame_layout(t, &s->stack, i, &f->locals, canary, arena, &f->layout);

	if (err || !f->layout.n)
		return err;
	f->slot_text = kd_arena_array(arena, f->layout.n, struct kd_view);
	if (!f->slot_text)
		return kd_error_new(KD_LIMIT, "no room for the words of a frame");
	for (size_t n = 0; n < f->layout.n; n++)
		if (f->layout.v[n].readable)
			f->slot_text[n] = points_to(k, t->mods, &s->stack, f->layout.v[n].value, arena);
	return NULL;
}

struct kd_error *kd_core_bt_layout(struct kd_kernel *k, const struct kd_modules *mods, struct kd_arena *arena, struct kd_core_bt *bt)
{
	struct kd_orctable t;
	struct kd_error *err = kd_orctable_open(k, mods, &t);

	if (err && err->cls == KD_NOTFOUND) { /* no tables: it is known where frames are, not what they hold */
		kd_error_free(err);
		return NULL;
	}
	for (size_t i = 0; !err && i < bt->n; i++)
		for (size_t n = 0; !err && n < bt->v[i].n; n++)
			err = one(k, &t, arena, &bt->v[i], n);
	return err;
}
